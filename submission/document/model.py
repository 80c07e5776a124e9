"""A document: headings, paragraphs, lists and tables, in order; its writers decide how they look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from specs.markup import Grid, Inline, Items, Piece, Run
from specs.problem import DataError, Place, Problem, nearest


@dataclass(frozen=True)
class Heading:
    """A heading of level 1, 2 or 3. `anchor` is the name under which links and define.xml reach it."""

    level: int
    number: str
    title: str
    anchor: str

    @property
    def text(self) -> str:
        """Number and title."""
        return f"{self.number} {self.title}" if self.number else self.title


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `minor` is a heading inside a section, which no table of contents lists."""

    runs: Inline
    minor: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[Inline, ...]


@dataclass(frozen=True)
class Table:
    """A table with a head (none where every name is blank). `widths` are shares of the width of the page."""

    head: tuple[str, ...]
    rows: tuple[tuple[Inline, ...], ...]
    widths: tuple[float, ...]


Block = Heading | Paragraph | Bullets | Table


@dataclass
class Document:
    """A document with its title page. `lines` stand below the title; `created` is the time that its files state."""

    title: str
    study: str
    lines: tuple[str, ...]
    created: datetime
    blocks: list[Block] = field(default_factory=list)

    def heading(self, level: int, number: str, title: str, anchor: str = "") -> None:
        """Append a heading; without `anchor` it is named for its number, or its title."""
        name = anchor or anchor_of(f"sec-{number}" if number else title)
        self.blocks.append(Heading(level, number, title, name))

    def say(self, text: str) -> None:
        """Append a paragraph of plain text."""
        self.blocks.append(Paragraph((Run(text),)))

    def table(self, head: Sequence[str], rows: Iterable[Sequence[object]], widths: Sequence[float] = ()) -> None:
        """Append a table of texts, numbers or runs; without rows nothing."""
        lines = tuple(tuple(cell_of(cell) for cell in row) for row in rows)
        if lines:
            self.blocks.append(Table(tuple(head), lines, tuple(widths) or (1.0,) * len(head)))

    def pieces(self, pieces: Iterable[Piece]) -> None:
        """Append the pieces of a text of the study."""
        for piece in pieces:
            if isinstance(piece, Items):
                self.blocks.append(Bullets(piece.items))
            elif isinstance(piece, Grid):
                self._grid(piece)
            else:
                self.blocks.append(Paragraph(piece.runs, minor=piece.heading))

    def _grid(self, grid: Grid) -> None:
        head, *lines = grid.lines
        names = tuple("".join(run.text for run in cell) for cell in head)
        width = len(names)
        rows = tuple((*line[:width], *((),) * (width - len(line))) for line in lines)
        self.blocks.append(Table(names, rows, (1.0,) * width))

    def check_links(self) -> None:
        """Raise DataError for a link to an anchor that no heading has."""
        known = {heading.anchor for heading in self.headings}
        wanted = {run.link[1:] for runs in self.lines_of_runs() for run in runs if run.link.startswith("#")}
        problems = [
            Problem(Place(self.title), f"a link leads to #{name}, which no section has", nearest(name, known))
            for name in sorted(wanted - known)
        ]
        if problems:
            raise DataError(problems)

    def lines_of_runs(self) -> Iterator[Inline]:
        """Every line of text that is made of runs."""
        for block in self.blocks:
            if isinstance(block, Paragraph):
                yield block.runs
            elif isinstance(block, Bullets):
                yield from block.items
            elif isinstance(block, Table):
                yield from (cell for row in block.rows for cell in row)

    @property
    def headings(self) -> list[Heading]:
        """The headings in order."""
        return [block for block in self.blocks if isinstance(block, Heading)]


def cell_of(cell: object) -> Inline:
    """A cell as runs: runs as they are, whole numbers with a comma for thousands."""
    if isinstance(cell, Run):
        return (cell,)
    if isinstance(cell, tuple):
        return cell
    if isinstance(cell, int) and not isinstance(cell, bool):
        return (Run(f"{cell:,d}"),)
    return (Run(str(cell)),) if str(cell) else ()


def anchor_of(text: str) -> str:
    """A text as a named destination: letters, digits, `.`, `-` and `_`.

    >>> anchor_of("Appendix II"), anchor_of("sec-2.3")
    ('Appendix-II', 'sec-2.3')
    """
    return re.sub(r"[^\w.-]+", "-", text, flags=re.ASCII).strip("-")
