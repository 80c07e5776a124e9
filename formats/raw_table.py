"""A raw table as every reader gives it, and the texts that values of other types become.

All columns are text. Numbers become the shortest text that gives them back (5, not 5.0), dates and times
ISO 8601 text, truth values TRUE and FALSE, as a spreadsheet shows them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from formats.coded import Coded
from formats.delimited import TableError

__all__ = ["RawTable", "TableError", "ValueProblem", "check_names", "moment_text", "number_text"]

TRUTH = {True: "TRUE", False: "FALSE"}
DAY_SECONDS = 86400


class ValueProblem(NamedTuple):
    """A value that could not be read as its file means it: its place, what stands there, what is wrong.

    `value` is what the column now holds ("" when it holds none).
    """

    line: int
    column: str
    value: str
    message: str


@dataclass(frozen=True, eq=False)
class RawTable:
    """A raw table. columns: name to texts, in the order of the file. rows: records without the header.

    line_numbers: where each record stands: the line of the file on which it starts (delimited text, where
    the header starts on line 1; NDJSON; ODM), the row of the sheet (Excel), or the number of the record.
    path: as it was given, with the sheet or item group after `#`. problems: in the order of the records.
    """

    columns: dict[str, Coded]
    rows: int
    line_numbers: np.ndarray
    path: str
    problems: tuple[ValueProblem, ...] = ()


def from_rows(names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> dict[str, Coded]:
    """The columns of rows of texts, each as long as `names`."""
    if not rows:
        return {name: Coded.missing(0) for name in names}
    return {name: Coded.from_objects(list(column)) for name, column in zip(names, zip(*rows))}


def check_names(names: Iterable[str], path: str, line: int = 0) -> None:
    """Raise TableError for a column without name and for two of one name."""
    seen: set[str] = set()
    for number, name in enumerate(names, 1):
        if not name.strip():
            raise TableError(path, f"column {number} has no name", line=line, hint="name every column")
        if name in seen:
            hint = "rename one of them"
            raise TableError(path, "two columns have this name", line=line, column=name, hint=hint)
        seen.add(name)


def number_text(number: float) -> str:
    """The shortest text that gives the number back; raises ValueError for NaN and infinity.

    >>> number_text(5.0), number_text(0.1), number_text(1e-5), number_text(-0.0)
    ('5', '0.1', '1e-05', '0')
    """
    if not math.isfinite(number):
        raise ValueError(f"{number} is no number")
    return repr(float(number) + 0.0).removesuffix(".0")


def clock_text(seconds: float, digits: int = 6) -> str:
    """Seconds as hh:mm:ss, with `digits` decimals at most; hours over 23 and a sign are kept.

    >>> clock_text(3661), clock_text(108900.5), clock_text(-60)
    ('01:01:01', '30:15:00.5', '-00:01:00')
    """
    units = round(abs(seconds) * 10**digits)
    whole, part = divmod(units, 10**digits)
    fraction = f".{part:0{digits}}".rstrip("0") if part else ""
    sign = "-" if seconds < 0 and units else ""
    return f"{sign}{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{fraction}"


def moment_text(base: date, seconds: float, digits: int = 6) -> str:
    """The date and time `seconds` after the start of `base`; raises OverflowError beyond years 1 to 9999.

    >>> moment_text(date(1960, 1, 1), 86400 + 3661.25)
    '1960-01-02T01:01:01.25'
    """
    seconds = round(seconds, digits)
    days = math.floor(seconds / DAY_SECONDS)
    day = base + timedelta(days=days)
    return f"{day.isoformat()}T{clock_text(seconds - days * DAY_SECONDS, digits)}"
