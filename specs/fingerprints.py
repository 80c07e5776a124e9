"""What each dataset of a stage is made from, as hashes: where they agree, two builds make the same records.

A part is something that a user changes as one: a rule, the rows of a block, a join, a table, the attributes of a
dataset. Where a row stands in its table is no part of it: a row that moved changes no value. The order of
the blocks of a dataset is a part of its own, for records with equal keys stand in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace

from derivations.registry import Codelist
from language.tree import Call, Column, Match, Node, walk
from specs.compiled import Block, CompiledStage, Step
from specs.kept import Kept
from specs.order import steps_behind, steps_behind_records, steps_behind_table
from specs.problem import Place
from specs.unfilled import unfilled_variables

STUDY, CODE = "study.toml", "trialspec itself"
CUT = "the data cut-off"
_SUBJECTS = "DM"  # whose records may be left out by the data cut, and all records of the subject with them


def digest(*values: object) -> str:
    """A hash of values of a specification: records, expressions, texts, numbers, tuples, mappings."""
    return _hash("".join(_written(value) for value in values))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _written(value: object) -> str:
    """A value so written that two of them are equal where the texts are, without where it stands."""
    if type(value) in _PLAIN or isinstance(value, str):
        return repr(value)
    if isinstance(value, Place):
        return ""
    if isinstance(value, Node):
        return repr(value)
    if names := _fields(type(value)):
        parts = [f"{name}={_written(getattr(value, name))}" for name in names]
        return f"{type(value).__name__}({','.join(parts)})"
    if isinstance(value, Mapping):
        return "{" + ",".join([f"{_written(key)}:{_written(item)}" for key, item in value.items()]) + "}"
    if isinstance(value, (set, frozenset)):
        return "{" + ",".join(sorted([_written(item) for item in value])) + "}"
    if isinstance(value, (tuple, list)):
        return "(" + ",".join([_written(item) for item in value]) + ",)"
    return repr(value)


_PLAIN = {str, int, float, bool, type(None)}  # nothing stands in them
_FIELDS: dict[type, tuple[str, ...]] = {}


def _fields(kind: type) -> tuple[str, ...]:
    """The fields of a kind of record, none of what is no record."""
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(item.name for item in fields(kind)) if is_dataclass(kind) else ()
    return _FIELDS[kind]


@dataclass(frozen=True)
class Behind:
    """What something is made from: the names of the parts, the steps, the tables."""

    parts: frozenset[str] = frozenset()
    steps: frozenset[Step] = frozenset()
    tables: frozenset[str] = frozenset()

    def with_more(self, *others: Behind) -> Behind:
        """All of them together."""
        every = (self, *others)
        return Behind(
            frozenset().union(*(one.parts for one in every)),
            frozenset().union(*(one.steps for one in every)),
            frozenset().union(*(one.tables for one in every)),
        )


@dataclass
class Fingerprints:
    """The parts of a stage with their hashes, and what its datasets and tables are made from.

    datasets: submitted and working datasets, each with its qualifiers (SUPP--); tables: those that the stage reads,
    after intake and data cut. reads: the tables that each step reads itself. blocks: of all datasets, as the ledger
    lists them.
    """

    parts: dict[str, str] = field(default_factory=dict)
    datasets: dict[str, Behind] = field(default_factory=dict)
    tables: dict[str, Behind] = field(default_factory=dict)
    reads: dict[Step, frozenset[str]] = field(default_factory=dict)
    blocks: list[str] = field(default_factory=list)

    def of_dataset(self, name: str) -> str:
        """One hash for all that a dataset is made from."""
        return self._of(self.datasets[name])

    def of_table(self, name: str) -> str:
        """One hash for all that the rows of a table are made from."""
        return self._of(self.tables[name])

    def _of(self, behind: Behind) -> str:
        return _hash("\n".join(f"{name} {self.parts[name]}" for name in sorted(behind.parts)))


def fingerprints(stage: CompiledStage, files: Mapping[str, str], code: str) -> Fingerprints:
    """The fingerprints of a stage. files: the hash of the content of each table; code: that of the program."""
    found = of_rules(stage)
    held = {_parts_of(name)[1]: files.get(name, "") for name in stage.inputs}
    return replace(found, parts={**found.parts, CODE: code, **held})


def of_rules(stage: CompiledStage) -> Fingerprints:
    """The fingerprints of a stage as far as they need neither files nor program; those of a stage are found once."""
    # The finder holds its stage, so as long as it is kept no other one has this identity.
    return _KEPT.get(id(stage), lambda: _Finder(stage)).found


class _Finder:
    def __init__(self, stage: CompiledStage) -> None:
        self.stage = stage
        self.found = Fingerprints({CODE: "", STUDY: _study(stage)})
        self._direct: dict[Step, Behind] = {}
        previous = [name for name, table in stage.tables.items() if table.previous is not None]
        for name in stage.inputs:
            self._table(name)
        for step in stage.reads:
            self._direct[step] = self._step(step)
            self.found.reads[step] = self._direct[step].tables
        for name in stage.inputs:
            # who a person is may be told by any table that states earlier numbers
            self.found.tables[name] = self._rows(name, frozenset({name, *previous}))
        for name in units(stage):
            self.found.datasets[name] = self._dataset(name)
        self.found.blocks = [f"{block.dataset} {block.name}" for made in stage.blocks.values() for block in made]

    def _table(self, name: str) -> None:
        """The part of a table: its file, its row of Tables, its columns, the rows of a look-up table."""
        spec, parts = self.stage.spec, self.found.parts
        row, compiled = spec.tables.get(name), self.stage.tables.get(name)
        made, held = _parts_of(name)
        parts[made], parts[held] = digest(row, compiled, self.stage.inputs[name], spec.lookups.get(name, ())), ""

    def _rows(self, name: str, read: frozenset[str]) -> Behind:
        """What the rows of a table are made from: its file and row, raw checks, the data cut."""
        parts = frozenset({CODE, STUDY, *(part for one in read for part in _parts_of(one))})
        found = Behind(parts, tables=read)
        for check in self.stage.checks:
            if check.raw and check.dataset == name:
                label = f"check {check.row.rule} of {name}"
                self.found.parts[label] = digest(self.found.parts.get(label, ""), check)
                nodes = [node for node in (check.where, check.condition) if node is not None]
                found = found.with_more(Behind(frozenset({label})), self._nodes(nodes))
        return found.with_more(self._cut(name))

    def _cut(self, name: str) -> Behind:
        stage = self.stage
        if stage.cutoff is None or name in stage.spec.lookups:
            return Behind()
        mine = [one for one in stage.cuts if one.table in (name, _SUBJECTS)]
        label = f"{CUT} of {name}"
        self.found.parts[label] = digest(stage.cutoff, [(one.table, one.where, one.values, one.row) for one in mine])
        nodes = [stage.cutoff, *(node for one in mine for node in (one.where, *one.values.values()))]
        subjects = Behind(frozenset({label, *_parts_of(_SUBJECTS)}), tables=frozenset({_SUBJECTS}))
        return subjects.with_more(self._nodes(nodes))

    def _nodes(self, nodes: Iterable[Node]) -> Behind:
        """What expressions over the rows of a table are made from; tables as they were read."""
        found: list[Behind] = []
        for name, columns in _tables_of(nodes).items():
            if name in self.stage.inputs:
                found.append(Behind(tables=frozenset({name})))
            elif name in self.stage.blocks:
                found.append(self._steps(steps_behind_table(self.stage, "", name, columns)))
        read = frozenset(table for one in found for table in one.tables)
        return Behind(frozenset(part for table in read for part in _parts_of(table)), tables=read).with_more(*found)

    def _step(self, step: Step) -> Behind:
        """The part that a step is, and the tables that it reads itself."""
        kind, dataset, block, *name = step
        of, stage = kind.removeprefix("candidate "), self.stage
        where = f"{dataset}[{block}]" if block != dataset else dataset
        label = f"{kind} {where}.{name[0]}" if name else f"{kind} of {where}"
        made: list[object] = []
        if of == "variable":
            rules = stage.rules.get((dataset, block, name[0]), ())
            made += [stage.types.get((dataset, name[0]))]
            made += [(rule.where, rule.value, rule.rank, rule.text, rule.where_text) for rule in rules]
        elif of == "join":
            made.append(stage.joins.get((dataset, block, name[0], kind != of)))
        elif of == "events":
            made.append(stage.events[dataset, block])
            made.append({one: row.sequence for one, row in stage.spec.datasets.items()})
            made.append({one: kind for one, kind in stage.types.items() if one[0] == dataset})
        else:
            made += [one for one in stage.blocks[dataset] if one.name == block]
        nodes = list(_nodes_in(made))
        # of a codelist the message for a value without a term says more than the mapping of its terms holds
        lists = {one.id for node in nodes for part in walk(node) if isinstance(part, Call)
                 for one in part.supplied.values() if isinstance(one, Codelist)}  # fmt: skip
        self.found.parts[label] = digest(*made, [stage.spec.codelists.get(one) for one in sorted(lists)])
        tables = {*_tables_of(nodes), *(one.source for one in made if isinstance(one, Block))}
        return Behind(frozenset({label}), frozenset({step}), frozenset(tables & set(stage.inputs)))

    def _steps(self, steps: Iterable[Step]) -> Behind:
        """What steps are made from, through all that they read."""
        seen = steps_behind(self.stage, steps)
        direct = [self._direct[step] for step in seen if step in self._direct]
        return Behind(self._orders(seen)).with_more(*direct)

    def _orders(self, steps: Iterable[Step]) -> frozenset[str]:
        """The order of the blocks of datasets of which several are read: records with equal keys stand in it."""
        found = set()
        for dataset in {step[1] for step in steps}:
            names = [block.name for block in self.stage.blocks.get(dataset, ())]
            if len({step[2] for step in steps if step[1] == dataset} & set(names)) > 1:
                found.add(label := f"order of the blocks of {dataset}")
                self.found.parts[label] = digest(names)
        return frozenset(found)

    def _dataset(self, name: str) -> Behind:
        stage = self.stage
        own = [step for step in stage.order if step[1] == name and not step[0].startswith("candidate")]
        checks = [check for check in stage.checks if not check.raw and check.dataset == name]
        nodes = [node for check in checks for node in (check.where, check.condition) if node is not None]
        blocks = [block.name for block in stage.blocks.get(name, ())]
        asked = steps_behind_records(stage, name, blocks, nodes)
        found = self._steps([*own, *asked])
        tables = [self.found.tables[one] for one in found.tables | (set(_tables_of(nodes)) & set(stage.inputs))]
        label = f"attributes of {name}"
        self.found.parts[label] = digest(*self._attributes(name), sorted(own), checks)
        study = Behind(frozenset({CODE, STUDY, label}))
        return study.with_more(found, *tables)

    def _attributes(self, name: str) -> Iterator[object]:
        """What Datasets, Variables, Codelists say of a dataset and its qualifiers."""
        spec = self.stage.spec
        for one in (name, f"SUPP{name}"):
            yield spec.datasets.get(one)
            for variable in spec.variables.values():
                if variable.dataset == one:
                    yield variable
                    yield spec.codelists.get(variable.codelist)
        for variable in unfilled_variables(self.stage):
            if variable.dataset == name:  # the issue of an empty column names the row of Variables
                yield f"{variable.variable} {variable.place}"


_KEPT: Kept[_Finder] = Kept()


def units(stage: CompiledStage) -> list[str]:
    """The datasets of a stage that are made each for itself: submitted ones with their qualifiers, working ones."""
    return list(dict.fromkeys(unit_of(stage, name) for name in (*stage.spec.datasets, *stage.blocks)))


def unit_of(stage: CompiledStage, dataset: str) -> str:
    """The dataset with which one is made: that of its qualifiers, else itself."""
    parent = dataset.removeprefix("SUPP")
    return parent if parent in stage.spec.datasets else dataset


def _study(stage: CompiledStage) -> str:
    study = stage.spec.study
    return digest(study.id, study.created, study.encoding, study.rules, study.standards, stage.spec.stage)


def _parts_of(table: str) -> tuple[str, str]:
    return f"table {table}", f"file of {table}"


def _nodes_in(value: object) -> Iterator[Node]:
    """The expressions that something compiled holds."""
    if type(value) in _PLAIN:
        return
    if isinstance(value, Node):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _nodes_in(item)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _nodes_in(item)
    else:
        for name in _fields(type(value)):
            yield from _nodes_in(getattr(value, name))


def _tables_of(nodes: Iterable[Node]) -> dict[str, set[str]]:
    """The tables that expressions read other than through joins, with the columns that they name."""
    found: dict[str, set[str]] = {}
    for node in (part for one in nodes for part in walk(one)):
        if isinstance(node, Match):
            found.setdefault(node.table, set())
        elif isinstance(node, Column) and node.kind in ("subject", "inner", "source"):
            found.setdefault(node.table, set()).add(node.name)
    return found
