"""Which raw columns stand behind an expression: those whose values it takes, those by which it looks something up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from language import tree
from specs.compiled import CompiledJoin, CompiledRule, CompiledStage


@dataclass(frozen=True, order=True)
class RawColumn:
    """A column of a raw table. `looked_up`: its value is not taken, it finds the row from which one is."""

    table: str
    column: str
    looked_up: bool = False


def never(node: tree.Node | None) -> bool:
    """True for a condition that holds for no row, whatever the data: `SOC_IN_EX and ...` with a false constant.

    >>> never(tree.Logic("and", (tree.Constant(False, tree.CONDITION), tree.Constant(True, tree.CONDITION))))
    True
    """
    if isinstance(node, tree.Constant):
        return node.value is False
    if isinstance(node, tree.Logic):
        return any(map(never, node.items)) if node.operator == "and" else all(map(never, node.items))
    return isinstance(node, tree.Unary) and node.operator == "not" and _always(node.operand)


def _always(node: tree.Node) -> bool:
    return isinstance(node, tree.Constant) and node.value is True


class Behind:
    """The raw columns behind the expressions of one block of a dataset, through its working variables and joins."""

    def __init__(self, stage: CompiledStage, dataset: str, block: str) -> None:
        self.stage, self.dataset, self.block = stage, dataset, block
        self.raw = {name for name, table in stage.inputs.items() if table.raw}

    @cached_property
    def subject_columns(self) -> set[tuple[str, str]]:
        """(table, column) of the raw columns that say whose a row is."""
        subjects = {name: table.subject for name, table in self.stage.tables.items() if table.subject is not None}
        return {
            (name, part.name)
            for name, node in subjects.items()
            for part in tree.walk(node)
            if isinstance(part, tree.Column)
        }

    def rules(self, variable: str) -> tuple[CompiledRule, ...]:
        """The rules of a variable that some record can take."""
        found = self.stage.rules.get((self.dataset, self.block, variable), ())
        return tuple(rule for rule in found if not never(rule.where))

    def columns(self, node: tree.Node | None) -> set[RawColumn]:
        """The raw columns behind an expression."""
        return set() if node is None else set(self._columns(node, frozenset()))

    def _columns(self, node: tree.Node, seen: frozenset[str]) -> Iterator[RawColumn]:
        if isinstance(node, tree.Column):
            yield from self._column(node, seen)
        elif isinstance(node, tree.Choice):
            yield from self._choice(node, seen)
        elif isinstance(node, tree.Aggregate):
            for value in node.values:
                yield from self._columns(value, seen)
        else:
            for part in tree.children(node):
                yield from self._columns(part, seen)

    def _choice(self, node: tree.Choice, seen: frozenset[str]) -> Iterator[RawColumn]:
        """The columns of the two values; where both are constants, those that decide between them."""
        values = {*self._columns(node.yes, seen), *self._columns(node.no, seen)}
        yield from values or self._columns(node.condition, seen)

    def _column(self, node: tree.Column, seen: frozenset[str]) -> Iterator[RawColumn]:
        if node.kind == "join":
            yield from self._joined(node, seen)
        elif node.table in self.raw:
            yield RawColumn(node.table, node.name)
        elif node.kind == "own":
            yield from self._working(node, seen, (self,))
        elif node.table in self.stage.blocks:
            blocks = (Behind(self.stage, node.table, block.name) for block in self.stage.blocks[node.table])
            yield from self._working(node, seen, blocks)

    @staticmethod
    def _working(node: tree.Column, seen: frozenset[str], blocks: Iterable[Behind]) -> Iterator[RawColumn]:
        """What a working variable is made of, in these blocks; a submitted variable is annotated where it is filled."""
        name = f"{node.table}.{node.name}"
        if node.name.startswith("_") and name not in seen:
            for block in blocks:
                for rule in block.rules(node.name):
                    yield from block._columns(rule.value, seen | {name})

    def _joined(self, node: tree.Column, seen: frozenset[str]) -> Iterator[RawColumn]:
        """A column of the row that a join picked: a raw column, or what the row was looked up by."""
        join = self._join(node.table)
        if join is None or join.match.table in self.raw:
            if join is not None:
                yield RawColumn(join.match.table, node.name)
            return
        for part in join.match.both:
            for found in self._columns(part, seen):
                yield RawColumn(found.table, found.column, looked_up=True)

    def _join(self, name: str) -> CompiledJoin | None:
        joins = self.stage.joins
        return joins.get((self.dataset, self.block, name, False)) or joins.get((self.dataset, self.block, name, True))
