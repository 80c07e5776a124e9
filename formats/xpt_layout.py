"""The parts of a SAS transport file (version 5) that its reader and its writer share.

Source: SAS technical note TS-140, "The record layout of a data set in SAS transport (XPORT) format".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from formats.coded import Coded

CARD = 80
MAX_NAME = 8
MAX_LABEL = 40
MAX_TEXT = 200
MAX_VARIABLES = 9999
FIRST_YEAR = 1960  # two-digit years are 1960 to 2059
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

NAMESTR = np.dtype(
    [
        ("ntype", ">i2"),  # 1 numeric, 2 text
        ("nhfun", ">i2"),
        ("nlng", ">i2"),  # bytes in a record
        ("nvar0", ">i2"),  # 1, 2, ...
        ("nname", "S8"),
        ("nlabel", "S40"),
        ("nform", "S8"),
        ("nfl", ">i2"),
        ("nfd", ">i2"),
        ("nfj", ">i2"),  # 0 left, 1 right
        ("nfill", "S2"),
        ("niform", "S8"),
        ("nifl", ">i2"),
        ("nifd", ">i2"),
        ("npos", ">i4"),  # of the value in a record
        ("rest", "V52"),
    ]
)

_FORMAT_NAME = r"\$?(?:[A-Za-z_](?:\w*[A-Za-z_])?)?"
_FORMAT = re.compile(rf"(?P<name>{_FORMAT_NAME})(?P<width>\d*)\.(?P<decimals>\d*)", re.ASCII)


class XptError(Exception):
    """A dataset that the format cannot hold, or a file that is not what it should be.

    row counts records from 1, 0 when the fault is not in one; value is what stands there.
    """

    def __init__(
        self,
        message: str,
        *,
        dataset: str = "",
        variable: str = "",
        row: int = 0,
        value: Any = None,
        hint: str = "",
        path: str = "",
    ) -> None:
        self.message, self.hint, self.path = message, hint, path
        self.dataset, self.variable, self.row, self.value = dataset, variable, row, value
        place = ".".join(part for part in (dataset, variable) if part)
        where = ": ".join(part for part in (path, place + (f" record {row}" if row else "")) if part.strip())
        super().__init__(f"{where}: {message}".removeprefix(": ") + (f"; {hint}" if hint else ""))


@dataclass(frozen=True, eq=False)
class Column:
    """One variable.

    values: Coded for text, float64 for numbers (NaN missing). length: bytes; 0 means the longest text, or
    8 for a number. format, informat: as SAS writes them ("DATE9.", "8.2", "$20."). special: for numbers,
    the ASCII code of the special missing value (.A to .Z, ._) of each row, 0 where there is none (uint8).
    """

    name: str
    values: Coded | np.ndarray
    label: str = ""
    length: int = 0
    format: str = ""
    informat: str = ""
    special: np.ndarray | None = None
    right_justified: bool = False

    @property
    def numeric(self) -> bool:
        """True for numbers, False for text."""
        return not isinstance(self.values, Coded)

    @property
    def texts(self) -> Coded:
        """The values of a text column; TypeError for a number."""
        if not isinstance(self.values, Coded):
            raise TypeError(f"{self.name} holds numbers, not texts")
        return self.values

    @property
    def numbers(self) -> np.ndarray:
        """The values of a numeric column; TypeError for a text."""
        if isinstance(self.values, Coded):
            raise TypeError(f"{self.name} holds texts, not numbers")
        return self.values

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, eq=False)
class Dataset:
    """One member of a transport file. sas_version, system and type are those of its header, as they stand."""

    name: str
    columns: tuple[Column, ...]
    label: str = ""
    created: datetime | None = None
    modified: datetime | None = None
    sas_version: str = "9.4"
    system: str = ""
    type: str = ""

    @property
    def rows(self) -> int:
        """The number of records."""
        return len(self.columns[0]) if self.columns else 0

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def header(kind: str, numbers: str = "") -> bytes:
    """The card that opens a section: `kind` is LIBRARY, MEMBER, DSCRPTR, NAMESTR or OBS."""
    card = f"HEADER RECORD*******{kind:<8}HEADER RECORD!!!!!!!{numbers:0<30}  "
    return card.encode("ascii")


def timestamp(moment: datetime) -> str:
    """`ddMMMyy:hh:mm:ss`; raises ValueError for years whose two digits would mean another year.

    >>> timestamp(datetime(2026, 4, 5, 6, 7, 8))
    '05APR26:06:07:08'
    """
    if not FIRST_YEAR <= moment.year < FIRST_YEAR + 100:
        raise ValueError(f"the year {moment.year} is not between {FIRST_YEAR} and {FIRST_YEAR + 99}")
    return f"{moment.day:02}{MONTHS[moment.month - 1]}{moment.year % 100:02}:{moment:%H:%M:%S}"


def parse_timestamp(text: str) -> datetime | None:
    """The moment that `timestamp` wrote; None when the text is none.

    >>> parse_timestamp("05APR59:06:07:08"), parse_timestamp("")
    (datetime.datetime(2059, 4, 5, 6, 7, 8), None)
    """
    found = re.fullmatch(r"([ \d]\d)([A-Za-z]{3})(\d\d):(\d\d):(\d\d):(\d\d)", text)
    if not found or found[2].upper() not in MONTHS:
        return None
    year = int(found[3]) + (1900 if int(found[3]) >= FIRST_YEAR - 1900 else 2000)
    month = MONTHS.index(found[2].upper()) + 1
    try:
        return datetime(year, month, int(found[1]), int(found[4]), int(found[5]), int(found[6]))
    except ValueError:
        return None


def parse_format(text: str) -> tuple[str, int, int]:
    """Name, width and decimals of a format or informat; raises ValueError when `text` is none.

    >>> parse_format("DATE9."), parse_format("8.2"), parse_format("$20."), parse_format("")
    (('DATE', 9, 0), ('', 8, 2), ('$', 20, 0), ('', 0, 0))
    """
    if not text:
        return "", 0, 0
    found = _FORMAT.fullmatch(text)
    if not found or text == "." or len(found["name"]) > MAX_NAME or max(map(len, found.groups()[1:])) > 4:
        raise ValueError(f"{text!r} is not a SAS format such as DATE9., 8.2 or $20.")
    return found["name"], int(found["width"] or 0), int(found["decimals"] or 0)


def format_text(name: str, width: int, decimals: int) -> str:
    """The format or informat as SAS writes it, "" when there is none.

    >>> format_text("DATE", 9, 0), format_text("", 8, 2), format_text("", 0, 0)
    ('DATE9.', '8.2', '')
    """
    if not name and not width and not decimals:
        return ""
    return f"{name}{width or ''}.{decimals or ''}"
