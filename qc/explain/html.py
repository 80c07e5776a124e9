"""An explanation as one HTML page: every step folds out, raw cells stand out, what comes again is a link."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import jinja2

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
    Nothing,
    origin,
)
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
    def __init__(self, depth: int | None) -> None:
        self.depth = depth
        self.anchors: dict[int, str] = {}
        self.count = 0
        self.cut = False

    def item(self, node: Node, level: int = 0) -> Item:
        """A step with its parts, values before reasons."""
        behind = _behind(node)
        self.count += 1
        found = Item(
            f"n{self.count}", _mark(node), _name(node), said.value(node), _places(node, behind),
            " ".join(filter(None, [node.note, behind.note if behind is not node else ""])), said.rule(behind),
            node.role == WHY,
        )  # fmt: skip
        key = id(origin(node))
        if key in self.anchors:
            found.link = self.anchors[key] if behind.parts else ""
            return found
        self.anchors[key] = found.anchor
        deeper = level + (node.kind in (*said.FILLED, SUBMITTED))
        if self.depth is not None and deeper >= self.depth:
            return found
        parts = _parts(behind)
        for part in [*(one for one in parts if one.role == VALUE), *(one for one in parts if one.role != VALUE)]:
            if self.count >= MOST or len(found.parts) >= LISTED:
                self.cut = True
                found.parts.append(Item("", "note", "further steps are left out", "", "", "", "", True))
                break
            found.parts.append(self.item(part, deeper))
        return found


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
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    maker = _Items(depth)
    items = [maker.item(node) for node in found.nodes.values()]
    origin_item = maker.item(found.origin) if found.origin is not None else None
    return environment.get_template("explain.html").render(
        found=found,
        title=title,
        keys={name: said.plain(value) for name, value in found.keys.items()},
        items=items,
        origin=origin_item,
        cut=maker.cut,
        shown={name: _shown(node) for name, node in found.nodes.items()},
    )


def _shown(node: Node) -> str:
    return "" if isinstance(node.value, Nothing) else said.value(node)
