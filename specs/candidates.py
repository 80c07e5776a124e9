"""What a block's Where, One Per, Order and Expand read before there are records.

They see source columns, joins and other tables; a variable of the dataset only where its rules can be computed
for source rows. What needs a variable that Expand fills is computed after Expand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from language.matching import conjuncts
from language.tree import Aggregate, Column, Exists, Logic, Node, Window, walk
from specs.blocks import NONE_ROWS
from specs.compiled import Block, Expansion
from specs.late import Late
from specs.problem import Place

if TYPE_CHECKING:
    from specs.check import Compiler


def complete(compiler: Compiler, blocks: Mapping[str, tuple[Block, ...]]) -> dict[str, tuple[Block, ...]]:
    """The blocks with the parts of Where that wait for Expand set apart, and the joins of candidates resolved.

    What cannot be computed before there are records is noted as a fault.
    """
    return {
        dataset: tuple(_Candidates(compiler, dataset, block).complete() for block in found)
        for dataset, found in blocks.items()
    }


class _Candidates:
    def __init__(self, compiler: Compiler, dataset: str, block: Block) -> None:
        self.compiler, self.dataset, self.block = compiler, dataset, block
        self.seen: set[tuple[str, str]] = set()
        self.waiting: list[tuple[Node, Place]] = []
        self.late = Late(compiler, dataset, block.name, compiler.blocks.expanded(dataset, block.name))

    def complete(self) -> Block:
        """The block as it is computed."""
        self._follow()
        if not self.block.expand:
            return self.block
        self._check_expand()
        parts = conjuncts(self.block.where)
        late = [self.late.waits(part) for part in parts]
        now = _all(part for part, waits in zip(parts, late, strict=True) if not waits)
        later = _all(part for part, waits in zip(parts, late, strict=True) if waits)
        waiting = frozenset(key for key in self.seen if self.late.names(*key))
        return replace(self.block, where=now, later=later, late=waiting)

    def _follow(self) -> None:
        block = self.block
        row = block.row
        self._nodes([block.where] if block.where is not None else [], row.at("Where"))
        self._nodes(block.one_per, row.at("One Per"))
        self._nodes([key.node for key in block.order], row.at("Order"))
        for expansion in block.expand:
            self._nodes(_of_expansion(expansion), row.at("Expand"))
        self._nodes([*block.exists, *(node for node in block.test_where if node is not None)], block.place)
        while self.waiting:
            node, place = self.waiting.pop()
            for part in walk(node):
                self._part(part, place)

    def _check_expand(self) -> None:
        """No part of Expand, nor the choice of a test, can name what is filled later."""
        block = self.block
        rest = self.late.expanded
        for part in block.expand:
            unfilled = Late(self.compiler, self.dataset, block.name, rest)
            if any(unfilled.waits(node) for node in _of_expansion(part)):
                self._made_later(rest, "a part of Expand reads what it fills itself or a later part fills")
            rest = rest[len(part.variables) :]
        if any(self.late.waits(node) for node in block.test_where):
            self._made_later(self.late.expanded, "Where in Tests is asked before Expand has filled its variables")

    def _made_later(self, names: tuple[str, ...], message: str) -> None:
        self.compiler.add(
            self.block.row.at("Expand"), f"{message} ({', '.join(names)})", "parts are filled from left to right"
        )

    def _nodes(self, nodes: Iterable[Node], place: Place) -> None:
        self.waiting += [(node, place) for node in nodes]

    def _part(self, part: Node, place: Place) -> None:
        own = isinstance(part, Aggregate) and part.match is None
        if own or isinstance(part, Window):
            function = getattr(part, "function", "")
            self.compiler.add(
                place,
                f"{function} would range over records of {self.dataset or NONE_ROWS} that are still to be made"
                f" (for the block {self.block.name!r})",
                "name the table that it ranges over: T.X",
            )
        elif isinstance(part, Column) and part.kind == "test" and self.block.test_column:
            self.compiler.add(
                place,
                f"a cell of Tests is read before it is known which row of Tests a record of {self.block.name!r} takes",
                "use the source column in Where",
            )
        elif isinstance(part, Exists):
            self._join(part.join)
        elif isinstance(part, Column) and part.kind == "join":
            self._join(part.table)
        elif isinstance(part, Column) and part.kind == "own":
            self._variable(part.name)

    def _join(self, name: str) -> None:
        if ("join", name) in self.seen:
            return
        self.seen.add(("join", name))
        found = self.compiler.need_join(self.dataset, self.block.name, name, True)
        if found is not None:
            keys = [key.node for key in found.order]
            self._nodes([*found.match.both, *keys], found.row.at("Where"))

    def _variable(self, name: str) -> None:
        if ("variable", name) in self.seen:
            return
        self.seen.add(("variable", name))
        for rule in self.compiler.rules(self.dataset, self.block.name, name):
            self._nodes([node for node in (rule.where, rule.value) if node is not None], rule.place)


def _of_expansion(part: Expansion) -> list[Node]:
    return [*part.nodes, *(part.match.both if part.match is not None else ())]


def _all(nodes: Iterable[Node]) -> Node | None:
    parts = tuple(nodes)
    return Logic("and", parts) if len(parts) > 1 else parts[0] if parts else None
