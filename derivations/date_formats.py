"""Formats of collected dates and times, as sdtm.oak writes them: `dd MMM yyyy HH:MM`, `yyyymmdd`, `H:M:S`.

====================  ===========================================================================
in the format         what it reads
====================  ===========================================================================
y, yy                 a year of four digits or two
yyyy                  a year of four digits
m, mm, mmm, MMM       a month: number, English name or its first three letters
d, dd                 a day
H, HH                 an hour, 0 to 24; with p, 1 to 12
M, MM                 a minute
S, SS                 a second, with or without decimals
p                     AM or PM
z                     a UTC offset: Z, UTC, +08:00, +0800, +08
a blank               one blank or more
` | `                 parts alternatives: the first that has the shape of the text is used
any other character   itself
====================  ===========================================================================

Digits that follow one another without a separator are two for each part (a year two or four); only an hour in
front may have one (`915` is 9:15).
"""

from __future__ import annotations

import functools
import re

from derivations.columns import clean
from derivations.date_parts import DateParts, full_year, known, tokens

SEPARATOR = " | "
TIME = "H:M:S | H:M | H"
# One digit is a part only between separators; in 990101 every part has two.
_SHORT = r"\d{2}|(?<!\d)\d(?!\d)"
_READS = {
    "y": r"\d{4}|\d{2}",
    "m": _SHORT + "|[A-Z]{3,9}",
    "d": _SHORT,
    "H": r"\d{2}|(?<!\d)\d",
    "M": _SHORT,
    "S": rf"(?:{_SHORT})(?:[.,]\d*)?",
    "p": r"[AP]\.?M\.?",
    "z": r"Z|UTC|GMT|(?:UTC|GMT)?[+-](?:1[0-4]|0?\d)(?::?[0-5]\d)?",
}
_FIELDS = {"m": "month", "d": "day", "H": "hour", "M": "minute", "S": "second", "p": "half", "z": "offset"}
_RUN = re.compile(r"(?P<letter>[ymdHMSpz])(?P=letter)*| +|.", re.DOTALL)


@functools.lru_cache(maxsize=200_000)
def read(text: str, formats: str, unknown: str, pivot: int) -> DateParts | None:
    """The parts of a text by the first of the formats whose shape it has; None if it has that of none."""
    collected = clean(text).upper()
    without = tokens(unknown)
    if collected in without:
        return DateParts()
    for pattern in patterns(formats, unknown):
        match = pattern.fullmatch(collected)
        if match:
            found = {letter: known(part, without) for letter, part in match.groupdict().items()}
            fields = {name: found.get(letter) for letter, name in _FIELDS.items()}
            return DateParts(full_year(found.get("y"), pivot), **fields)
    return None


def check(function: str, formats: str, *, year: bool) -> None:
    """ValueError for a format that names a component twice, lacks the year where it is needed, or has none.

    Nor has it a day without a month, which the year alone would remain of, or a minute without an hour.
    """
    for format in formats.split(SEPARATOR):
        seen = _components(format)
        if len(set(seen)) < len(seen) or not seen or (year and "y" not in seen):
            needs = "needs one y, and" if year else "needs a component, and"
            raise ValueError(f"{function}: {format!r} {needs} each of y m d H M S p z once at most")
        if "d" in seen and "m" not in seen and year:
            raise ValueError(f"{function}: {format!r} has a day d and no month; write m or MMM for it, M is the minute")
        if "M" in seen and "H" not in seen:
            raise ValueError(f"{function}: {format!r} has a minute M and no hour H; a month is m or MMM")


def check_time(function: str, formats: str) -> None:
    """ValueError for a format of a time that names a component of a date, or none at all."""
    check(function, formats, year=False)
    for format in formats.split(SEPARATOR):
        if set(_components(format)) & set("ymd"):
            raise ValueError(f"{function}: time_format {format!r} may hold H M S p z only")


@functools.lru_cache(maxsize=256)
def patterns(formats: str, unknown: str) -> tuple[re.Pattern[str], ...]:
    """The patterns of the formats, in their order, to be matched against texts in capitals."""
    return tuple(_pattern(format, tokens(unknown)) for format in formats.split(SEPARATOR))


def _components(format: str) -> list[str]:
    return [run["letter"] for run in _RUN.finditer(_spelled(format)) if run["letter"]]


def _spelled(format: str) -> str:
    return format.strip().replace("MMM", "m")


def _pattern(format: str, unknown: frozenset[str]) -> re.Pattern[str]:
    otherwise = "".join(f"|{re.escape(token)}" for token in sorted(unknown, key=lambda token: (-len(token), token)))
    pieces = []
    for run in _RUN.finditer(_spelled(format)):
        letter = run["letter"]
        if letter:
            reads = r"\d{4}" if letter == "y" and len(run[0]) > 2 else _READS[letter]
            pieces.append(f"(?P<{letter}>{reads}{otherwise})")
        else:
            pieces.append(r"\s+" if run[0].isspace() else re.escape(run[0].upper()))
    return re.compile("".join(pieces), re.ASCII)
