"""Dates and times collected as one text, as ISO 8601."""

from __future__ import annotations

import functools
import re

from derivations.columns import clean, condition_column, optional_texts, text_column, texts
from derivations.iso8601 import ILLEGAL, NO_MONTH, Composed, compose
from derivations.registry import Iso, Problems, Text, derivation, problems_of

__all__ = ["assign_datetime", "problems", "text_column"]

UNKNOWN = "UNKNOWN|UNK|UN|NK"
# One digit is a part only between separators; in 990101 every part has two.
SHORT = r"\d{2}|(?<!\d)\d(?!\d)"
PARTS = {
    "y": r"\d{4}|\d{2}",
    "m": SHORT + "|[A-Z]{3,9}",
    "d": SHORT,
    "H": SHORT,
    "M": SHORT,
    "S": rf"(?:{SHORT})(?:\.\d+)?",
}
LAST_YEAR_OF_2000S = 68


@derivation(source="sdtm.oak 0.2: assign_datetime(); POSIX 2018: strptime, %y")
def assign_datetime(text: Text, format: str, time: Text = None) -> Iso:
    """The date and time, collected as one text in the given format, in ISO 8601 with the precision collected.

    In the format y is the year, m the month (number or English name), d the day, H the hour, M the minute and
    S the second; MMM is a month too; every other character stands for itself. UN, UNK, UNKNOWN and NK stand
    for an unknown part. Two-digit years 00 to 68 are 2000 to 2068, 69 to 99 are 1969 to 1999.

    Args:
        text: date, or date and time, as collected.
        format: such as "d-m-y", "m/d/y", "dd MMM yyyy", "y-m-d H:M".
        time: the time where it was collected apart from the date, H:MM or H:MM:SS.

    Missing: missing if the text is missing or its year unknown. A text that does not fit the format, and a
    date that the calendar does not have, is left out and reported; a time that does not exist is left out,
    its date kept, and reported; a day without a month is cut to the year and reported.

    Example:
        >>> collected = text_column(["04-MAR-2024", "UN-MAR-2024", "31-FEB-2024", None])
        >>> assign_datetime(collected, "d-m-y").tolist()
        ['2024-03-04', '2024-03', None, None]
        >>> assign_datetime(text_column(["2024-03-04 8:30"]), "y-m-d H:M").tolist()
        ['2024-03-04T08:30']
    """
    return text_column([found for found, _ in _read(text, format, time)], text.index)


@problems_of("assign_datetime")
def problems(text: Text, format: str, time: Text = None) -> Problems:
    """Texts that do not fit the format, dates or times that do not exist, and days without a month."""
    found = [kind for _, kind in _read(text, format, time)]
    kinds = (ILLEGAL, NO_MONTH)
    return {kind: condition_column([kind == of_row for of_row in found], text.index) for kind in kinds}


def _read(text: Text, format: str, time: Text) -> list[Composed]:
    pattern = _pattern(format)
    return [
        (None, None) if value is None else _one(pattern, value, clock)
        for value, clock in zip(texts(text), optional_texts(time, text), strict=True)
    ]


def _one(pattern: re.Pattern[str], value: str, time: str | None) -> Composed:
    collected = clean(value).upper()
    match = pattern.fullmatch(collected)
    if match is None:
        return (None, None) if collected in UNKNOWN.split("|") else (None, ILLEGAL)
    found = match.groupdict()
    if found.get("H"):
        time = ":".join([found["H"], *(_two_digits(found.get(part)) for part in "MS")])
    return compose(_century(found.get("y")), found.get("m"), found.get("d"), time)


def _two_digits(part: str | None) -> str:
    if part is None:
        return "UN"
    return part if re.match(r"\d\d|\D", part) else f"0{part}"


def _century(year: str | None) -> str | None:
    if year is None or not re.fullmatch(r"\d\d", year, re.ASCII):
        return year
    return f"{20 if int(year) <= LAST_YEAR_OF_2000S else 19}{year}"


@functools.lru_cache(maxsize=256)
def _pattern(format: str) -> re.Pattern[str]:
    """The pattern of a format; ValueError if a component comes twice or there is no year."""
    spelled = format.replace("MMM", "m")
    pieces = []
    seen: list[str] = []
    for run in re.finditer(r"(?P<letter>[ymdHMS])(?P=letter)*|.", spelled):
        letter = run["letter"]
        if letter is None:
            pieces.append(re.escape(run[0].upper()))
            continue
        seen.append(letter)
        pieces.append(f"(?P<{letter}>{PARTS[letter]}|{UNKNOWN})")
    if "y" not in seen or len(set(seen)) < len(seen):
        raise ValueError(f"assign_datetime: {format!r} needs one y, and each of y m d H M S once at most")
    return re.compile("".join(pieces), re.ASCII)
