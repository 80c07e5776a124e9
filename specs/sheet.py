"""What a table of a specification is: its columns, and how they are written down in `specs/columns.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Column:
    """One column: its header, one line on what it holds, the kind of its cells, whether a row needs it."""

    name: str
    description: str
    kind: str = "text"
    needed: bool = False
    ours: bool = False


@dataclass(frozen=True)
class Sheet:
    """One table. `open`: further columns are variables or working names whose cells are expressions.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    open: bool = False

    def column(self, name: str) -> Column | None:
        """The column of that header, or None."""
        return next((column for column in self.columns if column.name == name), None)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The headers in order."""
        return tuple(column.name for column in self.columns)


def _parse(line: str, ours: bool) -> Column:
    head, description = (part.strip() for part in line.split("|", 1))
    name, _, kind = (part.strip() for part in head.partition(":"))
    return Column(name.rstrip("!"), description, kind or "text", name.endswith("!"), ours)


def _columns(text: str) -> Iterator[Column]:
    """`Name! : kind | description` per line; `!` marks a needed cell, a line `+` the start of our columns."""
    ours = False
    for line in text.strip().splitlines():
        if line.strip() == "+":
            ours = True
        else:
            yield _parse(line, ours)


def sheet(name: str, description: str, text: str, *, open_: bool = False) -> Sheet:
    """A table from its columns as text, one a line."""
    return Sheet(name, description, tuple(_columns(text)), open_)
