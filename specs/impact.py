"""What depends on what: the references of the rules of a study, turned round.

A thing is a raw column, the rows of a table, a variable in the records of a block, which records a block has, the
events of a parameter, a constant, a codelist, a set of criteria, a check, a result or a display.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from derivations.registry import Codelist
from language.tree import Call, Column, Constant, Criteria, Match, Node, walk
from specs.blocks import EVENT_VARIABLES, NONE_ROWS
from specs.compile_cuts import CUTOFF, SUBJECTS, constants_of_cutoff
from specs.compiled import CompiledCheck, CompiledCut, CompiledStage, Step
from specs.problem import Place

COLUMN, ROWS, VARIABLE, RECORDS, EVENTS, JOIN = "column", "rows", "variable", "records", "events", "join"
CONSTANT, CODELIST, CRITERIA = "constant", "codelist", "criteria"
CHECK, RESULT, DISPLAY = "check", "result", "display"
_KINDS = {"rows": RECORDS, "variable": VARIABLE, "join": JOIN, "events": EVENTS}


@dataclass(frozen=True, order=True)
class Thing:
    """stage: sdtm or adam, "" for what belongs to none. owner: dataset or table. block: of records, "" for none."""

    kind: str
    stage: str
    owner: str
    block: str = ""
    name: str = ""


@dataclass
class Impact:
    """`affects`: what each thing is read by. `places`: where the rules of a thing stand."""

    affects: dict[Thing, dict[Thing, None]] = field(default_factory=dict)
    places: dict[Thing, Place] = field(default_factory=dict)

    def add(self, source: Thing, target: Thing) -> None:
        """`target` reads `source`."""
        if source != target:
            self.affects.setdefault(source, {})[target] = None

    def of(self, thing: Thing) -> list[Thing]:
        """What reads a thing; a join is passed over to what reads the row that it picks."""
        found: dict[Thing, None] = {}
        waiting = list(self.affects.get(thing, ()))
        passed: set[Thing] = set()
        while waiting:
            target = waiting.pop(0)
            if target.kind == JOIN:
                if target not in passed:
                    passed.add(target)
                    waiting += self.affects.get(target, ())
            elif not (thing.kind == RECORDS and _same_records(thing, target)):
                found[target] = None
        return list(found)


def _same_records(thing: Thing, target: Thing) -> bool:
    """Variables of the records themselves: where a record goes, all of them go."""
    return target.kind in (VARIABLE, EVENTS) and (thing.stage, thing.owner, thing.block) == (
        target.stage, target.owner, target.block
    )  # fmt: skip


def impact_of(stages: Mapping[str, CompiledStage]) -> Impact:
    """The references of the stages, of their checks, and of the results and displays that the last of them states."""
    from specs.impact_results import results

    found = Impact()
    for stage in stages.values():
        _Stage(found, stage, stages).all()
    for stage in stages.values():
        results(found, stage)
    return found


class _Stage:
    def __init__(self, found: Impact, stage: CompiledStage, stages: Mapping[str, CompiledStage]) -> None:
        self.found, self.stage, self.name = found, stage, stage.spec.stage
        before = stages.get("sdtm")
        self.before = before if before is not None and before is not stage else None
        self.blocks = {(d, block.name): block for d, blocks in stage.blocks.items() for block in blocks}
        self.readers: dict[tuple[str, str], dict[Thing, None]] = {}

    def all(self) -> None:
        """Every reference of the stage."""
        for step, reads in self.stage.reads.items():
            if step[1] == NONE_ROWS:
                continue
            target = thing_of(self.stage, step)
            self.found.places.setdefault(target, self._place(step))
            for read in reads:
                self.found.add(thing_of(self.stage, read), target)
            self.leaves(list(nodes_of(self.stage, step)), target, step[1], step[2], step[0].startswith("candidate"))
            block = self.blocks.get((step[1], step[2]))
            if target.kind == RECORDS and block is not None and not block.own_source:
                self._input(block.source, "*", target)
        self._intake()
        for check in self.stage.checks:
            self._check(check)
        self._cuts()

    def _place(self, step: Step) -> Place:
        kind = step[0].removeprefix("candidate ")
        if kind == "variable":
            rules = self.stage.rules.get((step[1], step[2], step[3]), ())
            return rules[0].place if rules else Place(f"{self.name}/mapping")
        if kind == "events":
            return self.stage.events[step[1], step[2]][0].row.place
        if kind == "join":
            return self.stage.joins[step[1], step[2], step[3], step[0] != kind].row.place
        return self.blocks[step[1], step[2]].place

    # --- what expressions name -------------------------------------------------------------------------

    def leaves(self, nodes: Iterable[Node], target: Thing, dataset: str, block: str, candidate: bool) -> None:
        """Inputs, constants, codelists and criteria that expressions name."""
        for node in nodes:
            for part in walk(node):
                if isinstance(part, Column):
                    self._column(part, target, dataset, block, candidate)
                elif isinstance(part, Match):
                    self._table(part.table, "*", target, dataset)
                elif isinstance(part, Constant) and part.name:
                    self.found.add(Thing(CONSTANT, "", "", "", part.name), target)
                elif isinstance(part, Criteria):
                    self.found.add(Thing(CRITERIA, "", "", "", part.name), target)
                elif isinstance(part, Call):
                    for given in part.supplied.values():
                        if isinstance(given, Codelist):
                            self.found.add(Thing(CODELIST, "", "", "", given.id), target)

    def _column(self, part: Column, target: Thing, dataset: str, block: str, candidate: bool) -> None:
        table = part.table
        if part.kind == "join":
            join = self.stage.joins.get((dataset, block, part.table, candidate))
            table = join.match.table if join is not None else ""
        if part.kind in ("source", "join", "subject", "inner") and table:
            self._table(table, part.name, target, dataset)

    def _table(self, table: str, column: str, target: Thing, dataset: str) -> None:
        own = any(table in block.names for block in self.stage.blocks.get(dataset, ()))
        if not own and table not in self.stage.blocks and table in self.stage.inputs:
            self._input(table, column, target)

    def _input(self, table: str, column: str, target: Thing) -> None:
        self.readers.setdefault((table, column), {})[target] = None
        for source in self.inputs(table, column):
            self.found.add(source, target)

    def inputs(self, table: str, column: str) -> Iterator[Thing]:
        """The things that a column (`*`: the rows) of an input is: those of the stage before, where that makes it."""
        if self.before is not None and table in self.before.blocks:
            for block in self.before.blocks[table]:
                if column == "*":
                    yield Thing(RECORDS, "sdtm", table, block.name)
                else:
                    yield variable(self.before, table, block.name, column)
        elif table not in self.stage.blocks:
            yield Thing(ROWS, self.name, table) if column == "*" else Thing(COLUMN, self.name, table, "", column)

    # --- intake, checks, the data cut ------------------------------------------------------------------

    def _intake(self) -> None:
        for name, table in self.stage.tables.items():
            rows = Thing(ROWS, self.name, name)
            self.found.places.setdefault(rows, self.stage.spec.tables[name].place)
            keys = [node.node for node in table.version]
            nodes = [node for node in (table.where, table.subject, table.previous, *keys) if node is not None]
            self.leaves(nodes, rows, "", "", False)
            names = {part.name for node in nodes for part in walk(node) if isinstance(part, Column)}
            for column in sorted(names | set(self.stage.spec.tables[name].key)):
                self.found.add(Thing(COLUMN, self.name, name, "", column), rows)

    def _check(self, check: CompiledCheck) -> None:
        target = check_of(self.stage, check)
        self.found.places.setdefault(target, check.row.place)
        nodes = [node for node in (check.where, check.condition) if node is not None]
        for node in nodes:
            for part in walk(node):
                if isinstance(part, Column) and part.kind == "own":
                    for source in variables(self.stage, check.dataset, part.name):
                        self.found.add(source, target)
                elif isinstance(part, Column) and part.kind == "source":
                    self.found.add(Thing(COLUMN, self.name, check.dataset, "", part.name), target)
                elif isinstance(part, Column) and part.table in self.stage.blocks:
                    for source in variables(self.stage, part.table, part.name):
                        self.found.add(source, target)
        self.leaves(nodes, target, check.dataset, "", False)

    def _cuts(self) -> None:
        """The cut-off, and what a data cut asks about, decide what every reader of the changed variables sees.

        A cut that a blank constant switches off depends on that constant alone.
        """
        given = [] if self.stage.cutoff is None else [self.stage.cutoff]
        for target in list(self.readers.get((SUBJECTS, CUTOFF), ())):
            self._cut_from(given, target)
        for cut in self.stage.cuts:
            nodes = [*given, cut.where, *cut.values.values()] if given else []
            for target in self._cut_readers(cut):
                self._cut_from(nodes, target)

    def _cut_from(self, nodes: Iterable[Node], target: Thing) -> None:
        self.leaves(nodes, target, "", "", False)
        for name in constants_of_cutoff(self.stage.spec):
            self.found.add(Thing(CONSTANT, "", "", "", name), target)

    def _cut_readers(self, cut: CompiledCut) -> list[Thing]:
        """What reads the changed variables or the records left out: with one of DM go all records of the subject."""
        if cut.values:
            places = [(cut.table, name) for name in cut.values]
        else:
            of_subject = [name for name, table in self.stage.inputs.items() if table.has_subject]
            places = [(name, "*") for name in (of_subject if cut.table == SUBJECTS else [cut.table])]
        return list(dict.fromkeys(target for place in places for target in self.readers.get(place, ())))


def thing_of(stage: CompiledStage, step: Step) -> Thing:
    """A step of computing as a thing; what is computed before there are records is the same thing."""
    kind = _KINDS[step[0].removeprefix("candidate ")]
    return Thing(kind, stage.spec.stage, step[1], step[2], step[3] if len(step) > 3 else "")


def check_of(stage: CompiledStage, check: CompiledCheck) -> Thing:
    """A check as a thing: one that rejects rows of a table decides which of them count."""
    if check.raw and check.row.action == "reject":
        return Thing(ROWS, stage.spec.stage, check.dataset)
    return Thing(CHECK, stage.spec.stage, check.dataset, "", check.row.rule or str(check.row.place))


def variable(stage: CompiledStage, dataset: str, block: str, name: str) -> Thing:
    """A variable in the records of a block: what Events fills there is one thing."""
    events = stage.events.get((dataset, block), ())
    if events and (name in EVENT_VARIABLES or any(name in event.texts for event in events)):
        return Thing(EVENTS, stage.spec.stage, dataset, block)
    return Thing(VARIABLE, stage.spec.stage, dataset, block, name)


def variables(stage: CompiledStage, dataset: str, name: str, blocks: Iterable[str] | None = None) -> list[Thing]:
    """A variable in all blocks of a dataset, or in some."""
    names = [block.name for block in stage.blocks.get(dataset, ())]
    wanted = set(names if blocks is None else blocks)
    return [variable(stage, dataset, block, name) for block in names if block in wanted]


def nodes_of(stage: CompiledStage, step: Step) -> Iterator[Node]:
    """Every expression of a step."""
    kind, dataset, name = step[0].removeprefix("candidate "), step[1], step[2]
    if kind == "variable":
        for rule in stage.rules.get((dataset, name, step[3]), ()):
            yield from (node for node in (rule.where, rule.value) if node is not None)
    elif kind == "join":
        join = stage.joins.get((dataset, name, step[3], step[0] != kind))
        if join is not None:
            yield join.match
            yield from (key.node for key in join.order)
    elif kind == "events":
        for event in stage.events[dataset, name]:
            yield from (event.match, event.cnsr, event.date, *event.texts.values(), *(key.node for key in event.order))
    else:
        yield from _of_block(stage, dataset, name)


def _of_block(stage: CompiledStage, dataset: str, name: str) -> Iterator[Node]:
    for block in stage.blocks.get(dataset, ()):
        if block.name == name:
            yield from (node for node in (block.where, block.later, *block.test_where) if node is not None)
            yield from (*block.one_per, *(key.node for key in block.order), *block.exists)
            for part in block.expand:
                yield from part.nodes
                yield from (part.match,) if part.match is not None else ()
