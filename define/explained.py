"""What stands behind the names of an expression: working variables, joins, constants, working datasets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from define import rules
from define.filled import absent, working_rules
from language import tree
from specs.model import Join, Parameter, Source, Spec
from specs.rules import Instance

Read = Callable[[str, str, set[str]], "tree.Node | None"]


@dataclass(frozen=True)
class Named:
    """A name as an expression of `dataset` means it, in some blocks; `shown` is how readers know it."""

    shown: str
    name: str
    dataset: str
    blocks: frozenset[str]


@dataclass(frozen=True)
class Explained:
    """What a name is: one of rules, a join, the sources of records, blocks of a group, a constant, or missing."""

    named: Named
    rules: tuple[Instance, ...] = ()
    join: Join | None = None
    sources: tuple[Source | Parameter, ...] = ()
    members: tuple[str, ...] = ()
    constant: str | float | bool | None = None
    absent: bool = False

    @property
    def scope(self) -> tuple[str, frozenset[str]]:
        """The dataset and the blocks in which its expressions are meant."""
        return (self.sources[0].dataset, frozenset()) if self.sources else (self.named.dataset, self.named.blocks)

    @property
    def texts(self) -> list[tuple[str, frozenset[str]]]:
        """The expressions that it is made of, and the blocks in which each is meant."""
        found = [(text, self._blocks(rule)) for rule in self.rules for text in (rule.expression, rule.where)]
        others = [self.join.where, self.join.order] if self.join else []
        others += [text for row in self.sources for text in (row.where, row.expand, row.one_per, row.order)]
        return [*found, *((text, self.scope[1]) for text in others)]

    def _blocks(self, rule: Instance) -> frozenset[str]:
        return self.named.blocks or frozenset({rule.block} if rule.block else ())


def explained(
    spec: Spec, dataset: str, texts: Iterable[str], blocks: set[str], read: Read, records: Iterable[str] = ()
) -> Iterator[Explained]:
    """What stands behind the names that some expressions of `dataset` use, directly or through others, each once.

    read: the tree of a text of a dataset in some blocks; the names are taken from it. records: blocks of which it is
    told, before all else, from what their records are made.
    """
    told = dict.fromkeys(records)
    waiting = [Named(block, block, dataset, frozenset()) for block in told]
    waiting += [named for text in texts for named in _names(spec, dataset, dataset, text, frozenset(blocks), read)]
    seen: set[tuple[str, str]] = set()
    while waiting:
        named = waiting.pop(0)
        if (named.dataset, named.name) in seen:
            continue
        seen.add((named.dataset, named.name))
        for found in _behind(spec, named, named.dataset == dataset and named.name in told):
            yield found
            for text, within in found.texts:
                waiting += _names(spec, dataset, found.scope[0], text, within, read)


def _names(spec: Spec, home: str, dataset: str, text: str, blocks: frozenset[str], read: Read) -> list[Named]:
    node = read(dataset, text, set(blocks)) if text else None
    found: list[Named] = []
    for part in tree.walk(node) if node else ():
        if isinstance(part, tree.Name | tree.Attribute):
            name = part.name if isinstance(part, tree.Name) else part.table
            found.append(_bare(spec, home, dataset, name, blocks))
        if isinstance(part, tree.Attribute):
            owner, within = _owner(spec, dataset, part.table)
            # The variables of a working dataset are working variables too.
            if part.name.startswith("_") or owner.startswith("_"):
                found.append(Named(f"{part.table}.{part.name}", part.name, owner, within))
    return found


def _bare(spec: Spec, home: str, dataset: str, name: str, blocks: frozenset[str]) -> Named:
    """A bare name or a table; readers know those that mean the same everywhere without their dataset."""
    everywhere = name in spec.study.constants or any(source.dataset == name for source in spec.sources)
    if everywhere and (dataset, name) not in spec.variables:
        return Named(name, name, "", frozenset())
    return Named(name if dataset == home else f"{name} in {dataset}", name, dataset, blocks)


def _owner(spec: Spec, dataset: str, table: str) -> tuple[str, frozenset[str]]:
    """The dataset and block that a table of an expression is: a join, a block of the dataset, or another dataset."""
    join = next((join for join in spec.joins if join.name == table and dataset in join.datasets), None)
    table = join.source if join else table
    blocks = rules.blocks_named(spec, dataset)
    return (dataset, frozenset(blocks[table])) if table in blocks else (table, frozenset())


def _behind(spec: Spec, named: Named, told: bool) -> Iterator[Explained]:
    name, dataset, blocks = named.name, named.dataset, set(named.blocks)
    own = working_rules(spec, dataset, name, blocks)
    if own:
        yield Explained(named, rules=tuple(own))
    elif absent(spec, dataset, name, blocks):
        yield Explained(named, absent=True)
    if name in spec.study.constants and (dataset, name) not in spec.variables:
        yield Explained(named, constant=spec.study.constants[name])
    for join in spec.joins:
        if join.name == name and dataset in join.datasets:
            yield Explained(named, join=join)
    sources = _sources(spec, named, told)
    if sources:
        yield Explained(named, sources=sources)
    elif name in rules.groups(spec, dataset):
        yield Explained(named, members=rules.groups(spec, dataset)[name])


def _sources(spec: Spec, named: Named, told: bool) -> tuple[Source | Parameter, ...]:
    """From what the records of a working dataset or of a block are made; parameters are described by themselves."""
    if named.name.startswith("_"):
        return rules.records_of(spec, named.name, "")
    if not named.dataset:
        return ()
    found = rules.records_of(spec, named.dataset, named.name)
    return found if told or (len(rules.records_of(spec, named.dataset, "")) > 1 and _of_sources(found)) else ()


def _of_sources(rows: tuple[Source | Parameter, ...]) -> bool:
    return all(isinstance(row, Source) for row in rows)
