"""Dates and times collected in parts, as ISO 8601."""

from __future__ import annotations

import re
from calendar import monthrange

import numpy as np

from derivations.columns import clean, condition_column, optional_texts, text_column, texts
from derivations.iso_calendar import format_days, parse
from derivations.registry import Iso, Problems, Text, derivation, problems_of

__all__ = ["compose", "iso8601", "problems", "text_column"]

UNKNOWN = frozenset({"", "UN", "UNK", "UNKNOWN", "NK"})
NAMES = (
    "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE",
    "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER",
)  # fmt: skip
MONTHS = {
    spelled: f"{number:02d}" for number, name in enumerate(NAMES, start=1) for spelled in (name, name[:3])
}
ILLEGAL, NO_MONTH = "illegal_date", "day_without_month"
TIME = re.compile(
    r"(?P<hour>\d{1,2}|[A-Z]+):(?P<minute>\d\d|[A-Z]+)(?::(?P<second>\d\d(?:\.\d+)?|[A-Z]+))?", re.ASCII
)

CLOCK = re.compile(r"(?:[01]\d|2[0-3])(?::[0-5]\d(?::[0-5]\d(?:\.\d+)?)?)?", re.ASCII)

Composed = tuple[str | None, str | None]


@derivation(source="SDTMIG 3.4, section 4.4: ISO 8601 with the precision collected")
def iso8601(year: Text, month: Text, day: Text, time: Text = None) -> Iso:
    """The date, and the time where the day is known, in ISO 8601 with the precision collected.

    UN, UNK, UNKNOWN and NK stand for an unknown part. An unknown day leaves year and month, an unknown month
    the year alone, an unknown year nothing. Months are numbers or English names (MAR). 24:00 is 00:00 of the
    next day.

    Args:
        year: four digits.
        month: 1 to 12, or the English name or its first three letters, in any case.
        day: 1 to 31.
        time: H:MM or H:MM:SS of a clock with 24 hours.

    Missing: missing if the year is unknown. A date that the calendar does not have is left out and reported;
    a time that does not exist is left out, its date kept, and reported; a day without a month is cut to the
    year and reported.

    Example:
        >>> parts = ["2024", "2024", "2024", "UN"], ["3", "MAR", "UN", "3"], ["4", "UN", "15", "4"]
        >>> iso8601(*map(text_column, parts)).tolist()
        ['2024-03-04', '2024-03', '2024', None]
        >>> one = text_column(["2024"]), text_column(["2"]), text_column(["29"])
        >>> iso8601(*one, text_column(["24:00"])).tolist()
        ['2024-03-01T00:00']
    """
    return text_column([text for text, _ in _composed(year, month, day, time)], year.index)


@problems_of("iso8601")
def problems(year: Text, month: Text, day: Text, time: Text = None) -> Problems:
    """Dates or times that do not exist, and days without a month."""
    found = [kind for _, kind in _composed(year, month, day, time)]
    return {
        kind: condition_column([kind == of_row for of_row in found], year.index)
        for kind in (ILLEGAL, NO_MONTH)
    }


def compose(year: str | None, month: str | None, day: str | None, time: str | None) -> Composed:
    """One ISO 8601 text from its parts, and the kind of problem met (None without one)."""
    year, month, day, time = (_part(value) for value in (year, month, day, time))
    if year is None:
        return None, None
    month_number = _month(month)
    if (
        not re.fullmatch(r"\d{4}", year, re.ASCII)
        or (month and not month_number)
        or (day and not _is_day(day))
    ):
        return None, ILLEGAL
    if month_number is None:
        return year, NO_MONTH if day else None
    if day is None:
        return f"{year}-{month_number}", None
    if int(day) > monthrange(int(year), int(month_number))[1]:
        return None, ILLEGAL
    date = f"{year}-{month_number}-{day.zfill(2)}"
    return (date, None) if time is None else _with_time(date, time)


def _composed(year: Text, month: Text, day: Text, time: Text) -> list[Composed]:
    columns = (texts(year), texts(month), texts(day), optional_texts(time, year))
    return [compose(*parts) for parts in zip(*columns, strict=True)]


def _part(value: str | None) -> str | None:
    """A collected part, or None for the ways to say that it is unknown."""
    known = "" if value is None else clean(value).upper()
    return None if known in UNKNOWN else known


def _month(text: str | None) -> str | None:
    """Two digits of a month given as a number or an English name; None for any other text."""
    if text is None:
        return None
    if re.fullmatch(r"\d{1,2}", text, re.ASCII):
        return text.zfill(2) if 1 <= int(text) <= 12 else None
    return MONTHS.get(text)


def _is_day(text: str) -> bool:
    return re.fullmatch(r"\d{1,2}", text, re.ASCII) is not None and 1 <= int(text) <= 31


def _with_time(date: str, time: str) -> Composed:
    """The date with its time; 24:00 is the next day's midnight; a part of the time may be unknown."""
    match = TIME.fullmatch(time)
    if match is None:
        return date, ILLEGAL
    hour, minute, second = (_part(match[name]) for name in ("hour", "minute", "second"))
    if hour is None:
        return date, None
    clock = ":".join([hour.zfill(2), *_known_start(minute, second)])
    if re.fullmatch(r"24:00(:00(\.0+)?)?", clock):
        next_day = parse(np.array([date], dtype=object)).first + 1
        return f"{format_days(next_day)[0]}T00{clock[2:]}", None
    return (f"{date}T{clock}", None) if CLOCK.fullmatch(clock) else (date, ILLEGAL)


def _known_start(*parts: str | None) -> list[str]:
    """The parts up to the first that is unknown."""
    known: list[str] = []
    for part in parts:
        if part is None:
            break
        known.append(part)
    return known
