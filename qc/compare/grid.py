"""Tables of plain text in the shape of SAS listings."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

WIDTH = 100
INDENT = "  "


def heading(text: str) -> list[str]:
    """A heading in the middle of the line, a blank line before and after it."""
    return ["", text.center(WIDTH).rstrip(), ""]


def wrapped(text: str) -> list[str]:
    """A text in lines of the report's width, the further ones set in by six."""
    return textwrap.wrap(text, WIDTH, subsequent_indent=" " * 6, break_long_words=False, break_on_hyphens=False)


def note(text: str) -> list[str]:
    """A NOTE as SAS writes one."""
    return wrapped(f"NOTE: {text}.")


def grid(header: Sequence[str], rows: Sequence[Sequence[str]], right: str = "") -> list[str]:
    """A table with a header; a column without a value is left out.

    right: for each column `r` for numbers, which stand at the right, else another letter.

    >>> print(*grid(("Variable", "Ndif"), [("AVAL", "12")], "lr"), sep="\\n")
      Variable  Ndif
    <BLANKLINE>
      AVAL        12
    """
    kept = [i for i in range(len(header)) if not rows or any(row[i] for row in rows)]
    lines = [[row[i] for i in kept] for row in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*lines)]
    sides = "".join(right.ljust(len(header), "l")[i] for i in kept)
    first, *others = (_line(line, widths, sides) for line in lines)
    return [first, "", *others]


def _line(cells: Sequence[str], widths: Sequence[int], sides: str) -> str:
    parts = [cell.rjust(width) if side == "r" else cell.ljust(width) for cell, width, side in zip(cells, widths, sides)]
    return (INDENT + "  ".join(parts)).rstrip()


def ruled(titles: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], keys: int, right: str) -> list[str]:
    """The listing of a variable: lines of titles, a rule, rows; `||` parts the first `keys` columns from the rest."""
    every = [*titles, *rows]
    widths = [max(len(row[i]) for row in every) for i in range(len(titles[0]))]
    rule = _ruled([("_" * width) for width in widths], widths, keys, right)
    whole = INDENT + "_" * (len(rule) - len(INDENT))
    blank = _ruled([""] * len(widths), widths, keys, right)
    lines = [whole, *(_ruled(title, widths, keys, right) for title in titles), rule, blank]
    return [*lines, *(_ruled(row, widths, keys, right) for row in rows), whole]


def _ruled(cells: Sequence[str], widths: Sequence[int], keys: int, sides: str) -> str:
    parts = [cell.rjust(width) if side == "r" else cell.ljust(width) for cell, width, side in zip(cells, widths, sides)]
    return (INDENT + "  ".join([*parts[:keys], "||", *parts[keys:]])).rstrip()


def cut(text: str, width: int) -> str:
    """The text in `width` characters, the last one `+` where it was cut."""
    return text if len(text) <= width else text[: width - 1] + "+"
