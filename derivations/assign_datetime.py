"""Dates and times collected as one text, as ISO 8601."""

from __future__ import annotations

from derivations.columns import condition_column, optional_texts, text_column, texts
from derivations.date_formats import TIME, check, check_time, read
from derivations.date_parts import ILLEGAL, NO_MONTH, UNKNOWN, Composed, DateParts, check_pivot, compose
from derivations.iso8601 import with_time
from derivations.registry import Iso, Problems, Text, derivation, problems_of

__all__ = ["assign_datetime", "problems", "text_column"]

PIVOT = 68


@derivation(
    source="sdtm.oak 0.2: assign_datetime(), create_iso8601(); POSIX 2018: strptime, %y",
    subject="Collected dates and times",
    also="sdtm.oak assign_datetime, create_iso8601, --DTC, date format, two-digit year, YEARCUTOFF",
)
def assign_datetime(
    text: Text,
    format: str,
    time: Text = None,
    *,
    time_format: str = TIME,
    pivot: int = PIVOT,
    unknown: str = UNKNOWN,
    hyphens: bool = False,
) -> Iso:
    """The date and time, collected as one text in the given format, in ISO 8601 with the precision collected.

    In the format y is the year, m the month (number or English name), d the day, H the hour, M the minute, S
    the second, p AM or PM and z the UTC offset; MMM is a month too, yyyy a year of four digits; every other
    character stands for itself. Several formats are parted by " | ": the first that has the shape of the text
    is used. UN, UNK, UNKNOWN and NK stand for an unknown part. Two-digit years 00 to 68 are 2000 to 2068, 69
    to 99 are 1969 to 1999, unless a pivot is given. 24:00 is 00:00 of the next day. A UTC offset stays in the
    text.

    Args:
        text: date, or date and time, as collected.
        format: such as "d-m-y", "m/d/y", "dd MMM yyyy HH:MM", "yyyymmdd", "dd MMM yyyy | MMM yyyy | yyyy".
        time: the time where it was collected apart from the date, in `time_format`.
        time_format: format of that time.
        pivot: the last two-digit year of the 2000s.
        unknown: the ways to say that a part is unknown, parted by blanks.
        hyphens: a hyphen stands for an unknown part before a known one (2024---15, --03-04, -----T08:30), and
            a format may do without y; left out, the text ends before the first part that is unknown.

    Missing: missing if the text is missing or its year unknown (with hyphens, if nothing is known). A text
    that does not fit the format, and a date that the calendar does not have, is left out and reported; a time
    that does not exist is left out, its date kept, and reported; a day without a month is cut to the year and
    reported (with hyphens, kept).

    Example:
        >>> collected = text_column(["04-MAR-2024", "UN-MAR-2024", "31-FEB-2024", None])
        >>> assign_datetime(collected, "d-m-y").tolist()
        ['2024-03-04', '2024-03', None, None]
        >>> assign_datetime(text_column(["2024-03-04 8:30", "MAR 2024"]), "y-m-d H:M | mmm yyyy").tolist()
        ['2024-03-04T08:30', '2024-03']
    """
    check("assign_datetime", format, year=not hyphens)
    check_time("assign_datetime", time_format)
    check_pivot("assign_datetime", pivot)
    found = _read(text, format, time, time_format, pivot, unknown, hyphens)
    return text_column([iso for iso, _ in found], text.index)


@problems_of("assign_datetime")
def problems(
    text: Text,
    format: str,
    time: Text = None,
    *,
    time_format: str = TIME,
    pivot: int = PIVOT,
    unknown: str = UNKNOWN,
    hyphens: bool = False,
) -> Problems:
    """Texts that do not fit the format, dates or times that do not exist, and days without a month."""
    found = [kind for _, kind in _read(text, format, time, time_format, pivot, unknown, hyphens)]
    kinds = (ILLEGAL, NO_MONTH)
    return {kind: condition_column([kind == of_row for of_row in found], text.index) for kind in kinds}


def _read(
    text: Text, format: str, time: Text, time_format: str, pivot: int, unknown: str, hyphens: bool
) -> list[Composed]:
    rows: list[Composed] = []
    for value, clock in zip(texts(text), optional_texts(time, text), strict=True):
        parts = DateParts() if value is None else read(value, format, unknown, pivot)
        if parts is None:
            rows.append((None, ILLEGAL))
        elif parts.hour or parts.minute or parts.second:
            rows.append(compose(parts, hyphens))
        else:
            rows.append(with_time(parts, clock, time_format, unknown, hyphens))
    return rows
