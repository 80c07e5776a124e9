"""The parts of a SAS transport file that its reader and its writer share.

Source: SAS technical note TS-140, "The record layout of a data set in SAS transport (XPORT) format", and its
successor for data sets of version 8 and 9.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from formats.dataset import Column, Dataset, DatasetError

__all__ = ["NAMESTR", "V5", "V8", "Column", "Dataset", "Version", "XptError", "format_text", "header", "timestamp"]

CARD = 80
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
        ("longname", "S32"),  # version 8; in version 5 NUL to the end
        ("labeln", ">i2"),  # bytes of the label
        ("rest", "V18"),
    ]
)

_FORMAT_NAME = r"\$?(?:[A-Za-z_](?:\w*[A-Za-z_])?)?"
_FORMAT = re.compile(rf"(?P<name>{_FORMAT_NAME})(?P<width>\d*)\.(?P<decimals>\d*)", re.ASCII)


class XptError(DatasetError):
    """A dataset that a transport file cannot hold, or a file that is not what it should be."""


@dataclass(frozen=True)
class Version:
    """What a version of the format allows, in bytes, and the words of its header cards."""

    number: int
    name: int
    label: int
    text: int
    format_name: int
    library: str
    member: str
    descriptor: str
    variables: str
    records: str


V5 = Version(5, 8, 40, 200, 8, "LIBRARY", "MEMBER", "DSCRPTR", "NAMESTR", "OBS")
V8 = Version(8, 32, 256, 32767, 32, "LIBV8", "MEMBV8", "DSCPTV8", "NAMSTV8", "OBSV8")
VERSIONS = {5: V5, 8: V8}


def header(kind: str, numbers: str = "") -> bytes:
    """The card that opens a section of a `kind` (those of `Version`, or LABELV8 and LABELV9)."""
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
    if not found or text == "." or len(found["name"]) > V8.format_name or max(map(len, found.groups()[1:])) > 4:
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
