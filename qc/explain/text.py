"""An explanation as text: a line for each value, and below it, indented, what it was made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from engine.trace.node import (
    AGGREGATE,
    CELL,
    CRITERIA,
    JOIN,
    NOTE,
    ROW,
    RULE,
    STEP,
    SUBMITTED,
    VALUE,
    WHY,
    WINDOW,
    Node,
    origin,
)
from qc.explain import said
from qc.explain.chain import Explained

OPENED = 3  # rows that are explained; of others the values are given
LISTED = 10  # rows that are listed; the rest are counted


def lines(found: Explained, depth: int | None) -> Iterator[str]:
    """An explained record as lines of text; depth: how many values deep (None: down to the raw cells)."""
    keys = ", ".join(f"{name} {said.plain(value)}" for name, value in found.keys.items())
    yield f"{found.dataset} record {found.record} of {found.stage}/{found.dataset.lower()}.xpt"
    yield from [f"  {keys}"] if keys else []
    if found.origin is not None:
        yield _line(1, found.origin.note, said.place(found.origin.place))
    for change in found.changed:
        yield f"  NOT AS BUILT: {change}"
    page = _Page(depth)
    for node in found.nodes.values():
        yield from [""] if depth is None or depth > 1 else []
        yield from page.node(node, 0, 0)


class _Page:
    """Writes steps, what is behind each once: where one comes again, a word points back."""

    def __init__(self, depth: int | None) -> None:
        self.depth = depth
        self.seen: set[int] = set()
        self.noted: set[tuple[object, ...]] = set()
        self._parts: dict[str, Callable[[Node, int, int], Iterator[str]]] = {
            NOTE: self._note,
            RULE: self._not_held,
            JOIN: self._join,
            STEP: self._step,
            ROW: self._row,
        }

    def node(self, node: Node, indent: int, level: int, lead: str = "") -> Iterator[str]:
        """A value with what is behind it."""
        behind = _behind(node)
        known = id(origin(node)) in self.seen and (node.parts or behind.parts)
        place = "see above" if known and node.kind != CELL else _places(node, behind)
        text = f"{lead}{said.name(node)} = {said.value(node)}"
        notes = list(dict.fromkeys(filter(None, [node.note, behind.note])))
        if self.depth == 1:
            yield _line(indent, text, place, "   ".join([*notes, *filter(None, [said.rule(behind)])]))
            return
        yield _line(indent, text, place, "   ".join(notes))
        if known:
            return
        self.seen.add(id(origin(node)))
        if said.rule(behind):
            yield _line(indent + 1, said.rule(behind))
        deeper = level + (node.kind in (*said.FILLED, SUBMITTED))
        if self.depth is None or deeper < self.depth:
            yield from self._below(behind, indent + 1, deeper)

    def _below(self, node: Node, indent: int, level: int) -> Iterator[str]:
        parts = list(said.made_of(node))
        rows = [part for part in parts if part.kind == ROW]
        if node.kind == WINDOW:
            for row in rows:
                unmet = [one for one in row.parts if one.slot == "where" and one.value is not True]
                for part in unmet if row.slot == "own" else []:
                    yield from self.part(part, indent, level)
            yield from self._some([row for row in rows if _decides(row)], indent, level)
            yield from _others(rows, indent)
            return
        if node.kind == AGGREGATE:
            yield from self._some([row for row in rows if row.slot == "row"], indent, level)
            yield from _others(rows, indent)
            return
        for part in parts:
            if part.kind in (AGGREGATE, WINDOW) and _compact(part.name) == _compact(node.text):
                yield _line(indent, part.note)  # the rule is this aggregate, so it was just written
                yield from self._below(part, indent, level)
            elif part.slot != "before":
                yield from self.part(part, indent, level)
        if node.kind == CRITERIA:
            near, others = said.nearly(node)
            for part in near:
                yield _line(indent, f"not {said.short(part.name)}", "", said.asked(part))
            if others:
                yield _line(indent, f"nor {others} other rows of the set before it")

    def part(self, part: Node, indent: int, level: int) -> Iterator[str]:
        """A part of a value: what it was made of, or why it is as it is."""
        write = self._parts.get(part.kind)
        if write is not None:
            yield from write(part, indent, level)
        elif part.role == WHY:
            text = f"because {said.short(part.name)} is {said.value(part)}"
            yield _line(indent, text, said.where(part), said.asked(part))
        else:
            yield from self.node(part, indent, level)

    def _note(self, part: Node, indent: int, level: int) -> Iterator[str]:
        key = (part.name, part.note, part.facts.get("file"))
        if key not in self.noted:
            self.noted.add(key)
            yield _line(indent, f"{part.name}: {part.note}", said.place(part.place))

    def _not_held(self, part: Node, indent: int, level: int) -> Iterator[str]:
        yield _line(indent, f"not where {said.short(part.facts['where'])}", said.place(part.place), said.asked(part))

    def _join(self, part: Node, indent: int, level: int) -> Iterator[str]:
        key = (part.facts["join"], part.note, part.place, *(row.name for row in part.parts))
        if key not in self.noted:
            self.noted.add(key)
            yield _line(indent, f"{part.facts['join']} is {part.note}", said.place(part.place))
            yield from _others(part.parts, indent + 1)

    def _step(self, part: Node, indent: int, level: int) -> Iterator[str]:
        yield _line(indent, f"{part.name}: {part.note}", said.place(part.place), said.short(part.text))
        for row in part.parts:
            if row.slot == "picked":
                yield from self._held(row, indent + 1)
        yield from _others(part.parts, indent + 1)

    def _held(self, row: Node, indent: int) -> Iterator[str]:
        """The conditions that a picked row met."""
        asked = [said.asked(one) for one in row.parts if one.slot == "where"]
        yield _line(indent, row.name, "", "; ".join(filter(None, asked)))

    def _row(self, part: Node, indent: int, level: int) -> Iterator[str]:
        values = [one for one in part.parts if one.role == VALUE]
        note = f" ({part.note})" if part.note else ""
        if len(values) == 1 and values[0].kind in (*said.FILLED, SUBMITTED, CELL):
            lead = "" if values[0].facts.get("record") == part.name else f"{part.name}{note}: "
            yield from self.node(values[0], indent, level, lead)
            return
        yield _line(indent, f"{part.name}{note}", "", said.order(part) if part.slot in ("edge", "own") else "")
        for value in values:
            for inner in said.made_of(part):
                if inner.role == VALUE and value is values[0]:
                    yield from self.node(inner, indent + 1, level)

    def _some(self, rows: Sequence[Node], indent: int, level: int) -> Iterator[str]:
        """The rows that counted: the first explained, more with their values, the rest counted."""
        for place, row in enumerate(rows[:LISTED]):
            if place < OPENED and row.facts.get("decides", True):
                yield from self._row(row, indent, level)
            else:
                yield _line(indent, f"{row.name}: {said.values(row) or row.note}".rstrip(": "))
        if len(rows) > LISTED:
            yield _line(indent, f"... and {len(rows) - LISTED} more rows")


def _decides(row: Node) -> bool:
    """Of the records that a window ranges over the first, the last or the neighbour, and the record itself."""
    return row.slot in ("edge", "neighbour") or (row.slot == "own" and row.note == "this record")


def _others(rows: Sequence[Node], indent: int) -> Iterator[str]:
    """Rows that were not taken: with what their order says, or with the conditions that they do not meet."""
    others = [row for row in rows if row.slot in ("other", "unmet")]
    for row in others[:OPENED]:
        if row.slot == "other":
            text = " ".join(filter(None, [row.name, said.values(row)]))
            yield _line(indent, f"not {text}", "", said.order(row))
            continue
        failed = [one for one in row.parts if one.slot == "where" and one.value is not True]
        for one in failed[:1]:
            yield _line(indent, f"not {row.name}: {said.short(one.name)} is false", "", said.asked(one))
    if len(others) > OPENED:
        yield _line(indent, f"... and {len(others) - OPENED} more")


def _compact(text: str) -> str:
    """An expression without what its writer chose freely: blanks and the kind of quotes."""
    return "".join(text.split()).replace('"', "'")


def _behind(node: Node) -> Node:
    """What a value of a file is in the stage before: the two are one line."""
    if node.kind == SUBMITTED and node.parts and node.parts[0].kind in said.FILLED:
        return node.parts[0]
    return node


def _places(node: Node, behind: Node) -> str:
    places = [said.where(node), said.where(behind) if behind is not node else ""]
    return "; ".join(filter(None, places))


def _line(indent: int, text: str, place: str = "", note: str = "") -> str:
    more = "   ".join(filter(None, [note, f"[{place}]" if place else ""]))
    return f"{'  ' * indent}{text}{'   ' + more if more else ''}"
