"""What of a block waits for Expand: it names a variable that Expand fills, itself or through rules and joins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from language.tree import Column, Exists, Node, walk

if TYPE_CHECKING:
    from specs.check import Compiler


class Late:
    """Asks of expressions of one block whether they need one of the variables `expanded`."""

    def __init__(self, compiler: Compiler, dataset: str, block: str, expanded: tuple[str, ...]) -> None:
        self.compiler, self.dataset, self.block, self.expanded = compiler, dataset, block, expanded
        self._known: dict[tuple[str, str], bool] = {}

    def waits(self, node: Node | None) -> bool:
        """True if a part of the expression waits for Expand."""
        return node is not None and any(self._part(part) for part in walk(node))

    def _part(self, part: Node) -> bool:
        if isinstance(part, Exists):
            return self.names("join", part.join)
        if isinstance(part, Column) and part.kind in ("own", "join"):
            return self.names("variable", part.name) if part.kind == "own" else self.names("join", part.table)
        return False

    def names(self, kind: str, name: str) -> bool:
        """True for a variable (or join) that waits for Expand."""
        if kind == "variable" and name in self.expanded:
            return True
        if (kind, name) not in self._known:
            self._known[kind, name] = False  # a circle is a fault of its own, which the order of computing shows
            self._known[kind, name] = self._join(name) if kind == "join" else self._variable(name)
        return self._known[kind, name]

    def _variable(self, name: str) -> bool:
        rules = self.compiler.rules(self.dataset, self.block, name)
        return any(self.waits(rule.where) or self.waits(rule.value) for rule in rules)

    def _join(self, name: str) -> bool:
        found = self.compiler.need_join(self.dataset, self.block, name, True)
        if found is None:
            return False
        return any(self.waits(node) for node in (*found.match.both, *(key.node for key in found.order)))
