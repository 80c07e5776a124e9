"""A display on pages of so many lines: texts broken to the width of their columns, and where each page ends.

With a font of one width a column is so many signs wide and every line can be counted before it is printed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from results.lines import TableRow
from results.shown import Shown

CONTINUED = " (continued)"
# Signs of an indent; the least and greatest width of the labels; the least width of a column; signs between columns.
STEP, LABEL_LEAST, LABEL_MOST, COLUMN_LEAST, GAP = 2, 28, 60, 10, 1
# The widths up to which a cell, and the head of a column, are not broken; the least of a column of a listing.
CELL_MOST, HEAD_MOST, WORD_LEAST = 40, 22, 4


@dataclass(frozen=True)
class Broken:
    """A row broken to the widths: its label and cells, how many lines it takes; whole: as the first of a page."""

    label: str
    cells: tuple[str, ...]
    indent: int
    lines: int
    heading: bool = False
    depth: int = 0
    whole: Broken | None = None


def width_of(text: str) -> int:
    """The width of a text in signs; those of East Asia that take two count twice."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


def broken(text: str, width: int) -> list[str]:
    """A text in lines of at most `width` signs, broken between words, or inside a word that is too long.

    >>> broken("a word too_long_for_it", 8)
    ['a word', 'too_long', '_for_it']
    """
    return [part for line in text.split("\n") for part in (_broken_line(line, max(width, 2)) or [""])]


def _broken_line(line: str, width: int) -> list[str]:
    found: list[str] = []
    here = ""
    for word in line.split():
        if here and width_of(here) + 1 + width_of(word) <= width:
            here = f"{here} {word}"
            continue
        found += [here] if here else []
        *whole, here = _pieces(word, width)
        found += whole
    return [*found, here] if here else found


def _pieces(word: str, width: int) -> list[str]:
    """A word in parts that each fit, the last one perhaps shorter."""
    if width_of(word) <= width:
        return [word]
    parts = [""]
    for sign in word:
        if width_of(parts[-1] + sign) > width:
            parts.append("")
        parts[-1] += sign
    return parts


def widths(shown: Shown, room: int) -> tuple[int, ...]:
    """The width of the labels (0 for a listing) and of each column, together `room` signs, or fewer columns' least."""
    columns = range(len(shown.columns))
    wanted = [_wanted(shown, position) for position in columns]
    least = [_least(shown, position) for position in columns]
    if shown.is_listing:
        return (0, *_shared(wanted, least, room))
    labels = max((width_of(row.label) + STEP * row.indent for row in shown.rows), default=0) + GAP
    label = min(max(labels, LABEL_LEAST), LABEL_MOST, max(room - sum(wanted), LABEL_LEAST))
    return (label, *_shared(wanted, least, room - label))


def needed(shown: Shown) -> int:
    """The width at which no cell is broken and the labels have their least room."""
    cells = sum(_wanted(shown, position) for position in range(len(shown.columns)))
    return cells + (0 if shown.is_listing else LABEL_LEAST)


def _wanted(shown: Shown, position: int) -> int:
    """The width of the longest cell of a column and of its head, up to a limit; at least that of a word."""
    longest = max((width_of(line) for cell in _cells(shown, position) for line in cell.split("\n")), default=0)
    head = width_of(shown.columns[position].label)
    return max(min(longest, CELL_MOST) + GAP, min(head, HEAD_MOST) + GAP, _least(shown, position))


def _least(shown: Shown, position: int) -> int:
    """The width of the longest word of a column and of its head, up to a limit."""
    texts = [*_cells(shown, position), shown.columns[position].label]
    longest = max((width_of(word) for text in texts for word in text.split()), default=0)
    return max(min(longest, CELL_MOST) + GAP, WORD_LEAST if shown.is_listing else COLUMN_LEAST)


def _cells(shown: Shown, position: int) -> set[str]:
    return {row.cells[position] for row in shown.rows if row.cells}


def _shared(wanted: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """The widths wanted, wider alike where there is room; narrower where there is not, the words whole if they fit."""
    if not wanted:
        return []
    if sum(wanted) <= room:
        extra = (room - sum(wanted)) // len(wanted)
        return [width + extra for width in wanted]
    if sum(least) > room:
        return [max(width * room // sum(least), WORD_LEAST) for width in least]
    over = sum(wanted) - sum(least)
    return [low + (width - low) * (room - sum(least)) // over for width, low in zip(wanted, least)]


def rows(shown: Shown, room: Sequence[int]) -> list[Broken]:
    """The rows of a display broken to the widths, in their order."""
    return [_broken_row(row, room) for row in shown.rows]


def _broken_row(row: TableRow, room: Sequence[int]) -> Broken:
    inside = (sum(room) if not row.cells else room[0]) - STEP * row.indent - GAP
    label = broken(row.label, max(inside, COLUMN_LEAST)) if room[0] else []
    cells = [broken(cell, width - GAP) for cell, width in zip(row.cells, room[1:])]
    lines = max([len(label), 1, *(len(cell) for cell in cells)])
    texts = tuple("\n".join(cell) for cell in cells)
    whole = _broken_row(replace(row, cells=row.whole, whole=()), room) if row.whole else None
    return Broken("\n".join(label), texts, row.indent, lines, not row.cells, row.indent, whole)


def paged(found: Sequence[Broken], most: int) -> list[list[Broken]]:
    """The rows on pages of at most `most` lines.

    A heading, and a row with others under it, is never the last of a page; a page that begins under one repeats it
    with "(continued)". A blank line stands before a heading inside a page. A row that leaves blank what repeats the row
    above is whole where it is the first of a page.
    """
    out: list[list[Broken]] = []
    start = 0
    while start < len(found):
        page = [replace(row, label=row.label + CONTINUED, cells=()) for row in _above(found, start)]
        first = len(page)
        lines = sum(row.lines for row in page)
        end = start
        while end < len(found):
            row = (found[end].whole if end == start else None) or found[end]
            gap = _gap(row, len(page) > first)
            if lines + gap + row.lines > most and end > start:
                break
            page += [Broken("", (), 0, 1)] * gap + [row]
            lines += gap + row.lines
            end += 1
        while end < len(found) and end - 1 > start and _leads(found, end - 1):
            end -= 1
            page.pop()
            if page and not page[-1].label and not page[-1].cells:
                page.pop()
        out.append(page)
        start = end
    return out


def _gap(row: Broken, inside: bool) -> int:
    return 1 if inside and row.heading and not row.indent else 0


def _leads(found: Sequence[Broken], position: int) -> bool:
    """True for a row that belongs to the next."""
    return found[position].heading or found[position + 1].indent > found[position].indent


def _above(found: Sequence[Broken], position: int) -> list[Broken]:
    """The rows under which a row stands, outermost first."""
    above: list[Broken] = []
    indent = found[position].indent
    for row in reversed(found[:position]):
        if row.indent < indent:
            above.append(row)
            indent = row.indent
    return above[::-1]
