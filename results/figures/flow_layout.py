"""Where the boxes of a flow diagram stand, and the lines between them; places in inches from the top left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from results.figures.flow_boxes import Counted, Diagram
from results.figures.sheet import line
from results.figures.style import clean, wrapped

SIZES = (8.5, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5)
GUTTER = 0.1
_BETWEEN = 0.18
_WIDEST = 3.2
_NBSP = "\u00a0"


def pad(size: float) -> float:
    """The room between a box and its text, for a size of type."""
    return 0.06 * size / SIZES[0]


def gap(size: float) -> float:
    """The room between two rows of boxes, for a size of type."""
    return 0.2 * size / SIZES[0]


@dataclass(frozen=True)
class Text:
    """A line of a box: how far it is indented, whether it is bold."""

    text: str
    indent: float = 0.0
    bold: bool = False


@dataclass(frozen=True)
class Placed:
    """A box with its lines: left edge, top, width, height; `stem` is where the line from above meets it."""

    box: Counted
    lines: tuple[Text, ...]
    left: float
    top: float
    wide: float
    high: float
    stem: float

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.high


@dataclass(frozen=True)
class Line:
    """A line through points (x, y), with a head at its end or without."""

    points: tuple[tuple[float, float], ...]
    head: bool = True


@dataclass(frozen=True)
class Layout:
    """A diagram laid out: its boxes and lines, its height, and the size of its type in points."""

    boxes: tuple[Placed, ...]
    lines: tuple[Line, ...]
    high: float
    size: float


def laid_out(diagram: Diagram, wide: float, most: float) -> Layout:
    """The layout in the greatest size of type that fits into a height; in the least where none does."""
    for size in SIZES:
        boxes = tuple(_placed(diagram, wide, size))
        high = max((box.bottom for box in boxes), default=0.0)
        if high <= most or size == SIZES[-1]:
            return Layout(boxes, tuple(_lines(diagram, boxes, size)), high, size)
    raise AssertionError  # SIZES is not empty


def _placed(diagram: Diagram, wide: float, size: float) -> Iterator[Placed]:
    """Level by level: first the boxes at the side, below them the others."""
    top = 0.0
    for order in dict.fromkeys(box.row.order for box in diagram.boxes):
        mine = [box for box in diagram.boxes if box.row.order == order]
        for side in (True, False):
            row = list(_row(diagram, [box for box in mine if box.row.side is side], wide, size, top, side))
            yield from row
            top = max((box.bottom for box in row), default=top - gap(size)) + gap(size)


def _row(
    diagram: Diagram, boxes: Sequence[Counted], wide: float, size: float, top: float, side: bool
) -> Iterator[Placed]:
    """The boxes of one row; several in one column stand beside each other, at the side below each other."""
    columns: dict[str | None, list[Counted]] = {}
    for box in boxes:
        columns.setdefault(box.group, []).append(box)
    for group, mine in columns.items():
        left, column, stem = _column(diagram, group, wide)
        if side:
            below = top
            for box in mine:
                start = stem + _BETWEEN
                placed = _box(box, start, below, min(left + column - start, _WIDEST), size, start)
                yield placed
                below = placed.bottom + pad(size)
            continue
        full = _main_width(group, column)
        each = (full - GUTTER * (len(mine) - 1)) / len(mine) if group is not None else min(full, column / len(mine))
        span = each * len(mine) + GUTTER * (len(mine) - 1)
        for place, box in enumerate(mine):
            start = max(stem - span / 2, left) + place * (each + GUTTER)
            yield _box(box, start, top, each, size, start + each / 2)


def _column(diagram: Diagram, group: str | None, wide: float) -> tuple[float, float, float]:
    """Left edge, width and line of the column of a level; those of the whole for a box of all subjects."""
    if group is None:
        return 0.0, wide, wide / 2
    column = (wide - GUTTER * (len(diagram.groups) - 1)) / len(diagram.groups)
    left = diagram.groups.index(group) * (column + GUTTER)
    return left, column, left + GUTTER + 0.36 * (column - GUTTER)


def _main_width(group: str | None, column: float) -> float:
    return 0.42 * column if group is None else 0.7 * (column - GUTTER)


def _box(box: Counted, left: float, top: float, wide: float, size: float, stem: float) -> Placed:
    lines = tuple(_texts(box, wide - 2 * pad(size), size))
    return Placed(box, lines, left, top, wide, len(lines) * line(size) + 2 * pad(size), stem)


def _texts(box: Counted, wide: float, size: float) -> Iterator[Text]:
    """The label with the count, the reasons, and what no box below holds."""
    if box.group is not None and box.row.group:
        for text in wrapped(clean(box.group), wide, size, bold=True, most=2):
            yield Text(text, bold=True)
    for text in wrapped(f"{clean(box.row.label)} {_number(box.subjects)}", wide, size, bold=True):
        yield Text(text, bold=True)
    for reason, number in box.reasons:
        for place, text in enumerate(wrapped(f"{clean(reason)} {_number(number)}", wide - 0.12, size)):
            yield Text(text, 0.06 if place == 0 else 0.14)
    if box.left:
        for text in wrapped(f"In no box below {_number(box.left)}", wide, size, bold=True):
            yield Text(text, bold=True)


def _number(subjects: int) -> str:
    return f"(n{_NBSP}={_NBSP}{subjects})"


# --- lines ----------------------------------------------------------------------------------------------


def _lines(diagram: Diagram, boxes: Sequence[Placed], size: float) -> Iterator[Line]:
    known = {(placed.box.row.box, placed.box.group): placed for placed in boxes}
    for placed in boxes:
        for order in dict.fromkeys(row.row.order for row in diagram.boxes if row.row.parent == placed.box.row.box):
            below = [other for other in boxes if _from(other, placed, known) and other.box.row.order == order]
            if below:
                yield from _division(placed, below, boxes, gap(size))


def _from(other: Placed, above: Placed, known: Mapping[tuple[str, str | None], Placed]) -> bool:
    """Whether a box comes from this one: of a grouped box the one of its own level."""
    parent = known.get((other.box.row.parent, other.box.group)) or known.get((other.box.row.parent, None))
    return parent is above


def _division(above: Placed, below: Sequence[Placed], boxes: Sequence[Placed], room: float) -> Iterator[Line]:
    """The lines from a box to those of one division: down to the main ones, off to those at the side."""
    sides = [box for box in below if box.box.row.side]
    mains = [box for box in below if not box.box.row.side]
    first = min(box.top for box in below)
    stem, start = above.stem, above.bottom
    if any(_between(above, box, first) for box in boxes):
        # Other boxes stand below: the line runs past them, in the gutter at the left.
        stem, start = above.left - GUTTER / 2, above.top + above.high / 2
        yield Line(((above.left, start), (stem, start)), head=False)
    for box in sides:
        middle = box.top + box.high / 2
        yield Line(((stem, middle), (box.left, middle)))
    if not mains:
        yield Line(((stem, start), (stem, max(box.top + box.high / 2 for box in sides))), head=False)
        return
    turn = mains[0].top - room / 2
    yield Line(((stem, start), (stem, turn)), head=False)
    for box in mains:
        yield Line(((stem, turn), (box.stem, turn), (box.stem, box.top)))


def _between(above: Placed, box: Placed, first: float) -> bool:
    """Whether a main box stands in the way from a box down to its division."""
    if box.box.row.side or box is above:
        return False
    covers = box.left < above.stem < box.left + box.wide
    return covers and above.bottom < box.top < first - 0.01
