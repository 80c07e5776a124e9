"""What a block's Where, One Per, Order and Expand read before there are records.

They see source columns, joins and other tables; a variable of the dataset only where its rules can be computed
for source rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from language.tree import Aggregate, Column, Exists, Node, Window, walk
from specs.blocks import NONE_ROWS
from specs.compiled import Block
from specs.problem import Place

if TYPE_CHECKING:
    from specs.check import Compiler


def complete(compiler: Compiler, blocks: Mapping[str, tuple[Block, ...]]) -> None:
    """Resolve the joins that candidates need; note what cannot be computed before there are records."""
    for dataset, found in blocks.items():
        for block in found:
            _Candidates(compiler, dataset, block).follow()


class _Candidates:
    def __init__(self, compiler: Compiler, dataset: str, block: Block) -> None:
        self.compiler, self.dataset, self.block = compiler, dataset, block
        self.seen: set[tuple[str, str]] = set()
        self.waiting: list[tuple[Node, Place]] = []

    def follow(self) -> None:
        block = self.block
        row = block.row
        cells: list[tuple[str, list[Node]]] = [("Where", [block.where] if block.where is not None else [])]
        cells += [("One Per", list(block.one_per)), ("Order", [key.node for key in block.order])]
        if block.expand is not None:
            every = [block.expand.every] if block.expand.every is not None else []
            cells.append(("Expand", [*block.expand.arguments, *every]))
            self._before_expand([*cells[0][1], *cells[-1][1]])
        for column, nodes in cells:
            place = row.at(column) if row is not None else Place(block.place.file, block.place.row, column)
            self._nodes(nodes, place)
        self._nodes([*block.exists, *(node for node in block.test_where if node is not None)], block.place)
        while self.waiting:
            node, place = self.waiting.pop()
            for part in walk(node):
                self._part(part, place)

    def _before_expand(self, nodes: list[Node]) -> None:
        expand = self.block.expand
        assert expand is not None and self.block.row is not None
        for node in nodes:
            for part in walk(node):
                if isinstance(part, Column) and part.kind == "own" and part.name == expand.variable:
                    self.compiler.add(
                        self.block.row.at("Where"),
                        f"{part.name} is made by Expand, after Where",
                        "limit the dates or values in Expand, or select in a block made from this one",
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
