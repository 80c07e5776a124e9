"""An explanation as one HTML page: every step folds out, raw cells stand out, what comes again is a link."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.trace.node import (
    CELL,
    CRITERIA,
    JOIN,
    LOOKUP,
    NOTE,
    ROW,
    RULE,
    STEP,
    SUBMITTED,
    VALUE,
    WHY,
    Node,
    origin,
)
from formats import html_templates
from qc.explain import said
from qc.explain.chain import Explained

TEMPLATES = Path(__file__).parents[1] / "templates"
MOST = 20_000  # steps of a page; a browser shows more only slowly
LISTED = 200  # rows of one step
_MARKS = {CELL: "raw", SUBMITTED: "dataset", LOOKUP: "look-up", ROW: "row", JOIN: "join", STEP: "event", NOTE: "note"}


@dataclass
class Item:
    """A step as the page shows it. link: the anchor of the same step further up, whose parts are not repeated."""

    anchor: str
    mark: str
    name: str
    value: str
    place: str
    note: str
    rule: str
    why: bool
    link: str = ""
    parts: list[Item] = field(default_factory=list)


class _Items:
    """Makes the steps of a page: what flows into the values first, then the reasons.

    So a step that does both is explained where its value flows, and the reason links there.
    """

    def __init__(self, depth: int | None) -> None:
        self.depth = depth
        self.anchors: dict[int, str] = {}
        self.count = 0
        self.cut = False
        self._reasons: deque[tuple[Item, list[Node], int]] = deque()

    def items(self, nodes: Sequence[Node]) -> list[Item]:
        """Values that the page explains, each at its own place."""
        roots = [origin(node) for node in nodes]
        self.anchors = {id(root): f"v{place}" for place, root in enumerate(roots)}
        found = [self._item(node, 0, f"v{place}") for place, node in enumerate(nodes)]
        while self._reasons:
            item, parts, level = self._reasons.popleft()
            self._add(item, parts, level)
        return found

    def _item(self, node: Node, level: int, own: str = "") -> Item:
        behind = _behind(node)
        self.count += 1
        found = Item(
            own or f"n{self.count}", _mark(node), _name(node), said.value(node), _places(node, behind),
            " ".join(filter(None, [node.note, behind.note if behind is not node else ""])), said.rule(behind),
            node.role == WHY,
        )  # fmt: skip
        key = id(origin(node))
        if not own and key in self.anchors:
            found.link = self.anchors[key] if behind.parts else ""
            return found
        self.anchors[key] = found.anchor
        deeper = level + (node.kind in (*said.FILLED, SUBMITTED))
        if self.depth is not None and deeper >= self.depth:
            return found
        parts = _parts(behind)
        reasons = [one for one in parts if one.role != VALUE]
        if reasons:
            self._reasons.append((found, reasons, deeper))
        self._add(found, [one for one in parts if one.role == VALUE], deeper)
        return found

    def _add(self, item: Item, parts: Sequence[Node], level: int) -> None:
        for part in parts:
            if self.count >= MOST or len(item.parts) >= LISTED:
                self.cut = True
                item.parts.append(Item("", "note", "further steps are left out", "", "", "", "", True))
                return
            item.parts.append(self._item(part, level))


def _parts(node: Node) -> list[Node]:
    if node.kind == CRITERIA:
        near, _ = said.nearly(node)
        return [part for part in said.made_of(node) if part.slot != "before" or any(part is one for one in near)]
    if node.kind == ROW or node.role == WHY:
        return list(node.parts)
    return list(said.made_of(node))


def _behind(node: Node) -> Node:
    if node.kind == SUBMITTED and node.parts and node.parts[0].kind in said.FILLED:
        return node.parts[0]
    return node


def _mark(node: Node) -> str:
    if node.kind == RULE:
        return "not"
    return _MARKS.get(node.kind, "why" if node.role == WHY else "")


def _name(node: Node) -> str:
    if node.kind == RULE:
        return f"{node.name} where {node.facts['where']}"
    return str(node.facts["join"]) if node.kind == JOIN else said.name(node)


def _places(node: Node, behind: Node) -> str:
    return "; ".join(filter(None, [said.where(node), said.where(behind) if behind is not node else ""]))


def page(found: Explained, depth: int | None, title: str) -> str:
    """The page of an explained record; every text of the study is escaped."""
    environment = html_templates.environment(TEMPLATES)
    maker = _Items(depth)
    roots = [*found.nodes.values(), *([found.origin] if found.origin is not None else [])]
    items = maker.items(roots)
    return environment.get_template("explain.html").render(
        found=found,
        title=title,
        keys={name: said.plain(value) for name, value in found.keys.items()},
        items=items[: len(found.nodes)],
        origin=items[-1] if found.origin is not None else None,
        cut=maker.cut,
    )
