"""Dates and times collected in parts, as ISO 8601."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from derivations.columns import condition_column, text_column, texts
from derivations.date_formats import TIME, check_time, read
from derivations.date_parts import (
    ILLEGAL,
    NO_MONTH,
    UNKNOWN,
    Composed,
    DateParts,
    check_pivot,
    compose,
    full_year,
    known,
    tokens,
)
from derivations.registry import Iso, Problems, Text, derivation, problems_of

__all__ = ["iso8601", "problems", "text_column", "with_time"]

Objects = npt.NDArray[np.object_]
NO_PIVOT = -1
COMPLETE = len("2024-03-04")
ANY_DAY = DateParts("2024", "03", "04")


@derivation(
    source="SDTMIG 3.4, section 4.4: ISO 8601 with the precision collected",
    subject="Collected dates and times",
    also="create_iso8601, --DTC, --STDTC, --ENDTC, ISO 8601, partial date, E8601DA",
)
def iso8601(
    year: Text,
    month: Text,
    day: Text,
    time: Text = None,
    *,
    time_format: str = TIME,
    pivot: int = NO_PIVOT,
    unknown: str = UNKNOWN,
    hyphens: bool = False,
) -> Iso:
    """The date, and the time where the day is known, in ISO 8601 with the precision collected.

    UN, UNK, UNKNOWN and NK stand for an unknown part. An unknown day leaves year and month, an unknown month
    the year alone, an unknown year nothing. Months are numbers or English names (MAR). 24:00 is 00:00 of the
    next day.

    Args:
        year: four digits; two where a pivot is given.
        month: 1 to 12, or the English name or its first three letters, in any case.
        day: 1 to 31.
        time: the time of a clock with 24 hours, in `time_format`.
        time_format: format of the time as for assign_datetime.
        pivot: the last two-digit year of the 2000s; left out, a year of two digits is a problem.
        unknown: the ways to say that a part is unknown, parted by blanks.
        hyphens: a hyphen stands for an unknown part before a known one (2024---15, --03-04, 2024-03-04T-:30);
            left out, the text ends before the first part that is unknown.

    Missing: missing if the year is unknown (with hyphens, if nothing is known). A date that the calendar does
    not have is left out and reported; a time that does not exist is left out, its date kept, and reported; a
    day without a month is cut to the year and reported (with hyphens, kept).

    Example:
        >>> parts = ["2024", "2024", "2024", "UN"], ["3", "MAR", "UN", "3"], ["4", "UN", "15", "4"]
        >>> iso8601(*map(text_column, parts)).tolist()
        ['2024-03-04', '2024-03', '2024', None]
        >>> iso8601(*map(text_column, parts), hyphens=True).tolist()
        ['2024-03-04', '2024-03', '2024---15', '--03-04']
        >>> one = text_column(["2024"]), text_column(["2"]), text_column(["29"])
        >>> iso8601(*one, text_column(["24:00"])).tolist()
        ['2024-03-01T00:00']
    """
    if pivot != NO_PIVOT:
        check_pivot("iso8601", pivot)
    check_time("iso8601", time_format)
    found, _ = _composed(year, month, day, time, time_format, pivot, unknown, hyphens)
    return pd.Series(found, index=year.index, dtype=object)


@problems_of("iso8601")
def problems(
    year: Text,
    month: Text,
    day: Text,
    time: Text = None,
    *,
    time_format: str = TIME,
    pivot: int = NO_PIVOT,
    unknown: str = UNKNOWN,
    hyphens: bool = False,
) -> Problems:
    """Dates or times that do not exist, and days without a month."""
    _, found = _composed(year, month, day, time, time_format, pivot, unknown, hyphens)
    return {kind: condition_column(found == kind, year.index) for kind in (ILLEGAL, NO_MONTH)}


def with_time(parts: DateParts, time: str | None, time_format: str, unknown: str, hyphens: bool) -> Composed:
    """The text of a date and of a time collected apart from it; a time that cannot be read is reported."""
    if known(time, tokens(unknown)) is None:
        return compose(parts, hyphens)
    clock = read(str(time), time_format, unknown, 0)
    if clock is None:
        iso, kind = compose(parts, hyphens)
        return iso, kind or (ILLEGAL if hyphens or (iso and parts.day) else None)
    return compose(replace(clock, year=parts.year, month=parts.month, day=parts.day), hyphens)


def _composed(
    year: Text, month: Text, day: Text, time: Text, time_format: str, pivot: int, unknown: str, hyphens: bool
) -> tuple[Objects, Objects]:
    """The text of each row and the kind of its problem (None for none).

    Days and clock times repeat far more often than their combinations: each is read once, and what does not hang on
    both is put together for all rows at once.
    """
    dates, of_date = _distinct(year, month, day)
    own = [_own_date(*parts, pivot, unknown, hyphens) for parts in dates]
    written = _objects(iso for _, (iso, _) in own)[of_date]
    found = _objects(kind for _, (_, kind) in own)[of_date]
    if time is None:
        return written, found
    times, of_time = _distinct(time)
    behind = [_behind_a_day(text, time_format, unknown, hyphens) if text is not None else "" for (text,) in times]
    follows = np.array([bool(text) for text in behind], bool)[of_time]
    follows &= np.array([_is_whole_day(*date) for date in own], bool)[of_date]
    written[follows] += _objects(behind)[of_time[follows]]
    nothing = np.array([text == "" for text in behind], bool)[of_time]
    for row in np.flatnonzero(~follows & ~nothing).tolist():
        parts, clock = own[of_date[row]][0], times[of_time[row]][0]
        written[row], found[row] = with_time(parts, clock, time_format, unknown, hyphens)
    return written, found


def _objects(values: Iterable[str | None]) -> Objects:
    listed = list(values)
    found = np.empty(len(listed), dtype=object)
    found[:] = listed
    return found


def _is_whole_day(parts: DateParts, composed: Composed) -> bool:
    iso, kind = composed
    return kind is None and iso is not None and len(iso) == COMPLETE and bool(parts.day)


def _distinct(*columns: Text) -> tuple[list[tuple[str | None, ...]], npt.NDArray[np.intp]]:
    """The different combinations of the cells of some columns, and which of them each row has."""
    codes, size = np.zeros(len(columns[0]), np.int64), 1
    for column in columns:
        own, values = pd.factorize(column.to_numpy(dtype=object))
        codes, size = codes * (len(values) + 1) + own + 1, size * (len(values) + 1)
    inverse, found = pd.factorize(codes)
    first = np.zeros(len(found), np.intp)
    first[inverse[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return list(zip(*(texts(column.iloc[first]) for column in columns))), inverse


@functools.lru_cache(maxsize=1 << 16)
def _own_date(
    year: str | None, month: str | None, day: str | None, pivot: int, unknown: str, hyphens: bool
) -> tuple[DateParts, Composed]:
    without = tokens(unknown)
    parts = DateParts(known(year, without), known(month, without), known(day, without))
    if pivot != NO_PIVOT:
        parts = replace(parts, year=full_year(parts.year, pivot))
    return parts, compose(parts, hyphens)


@functools.lru_cache(maxsize=1 << 16)
def _behind_a_day(time: str, time_format: str, unknown: str, hyphens: bool) -> str | None:
    """What a time puts behind any complete date; None for a time that depends on the date or is a problem."""
    iso, kind = with_time(ANY_DAY, time, time_format, unknown, hyphens)
    written = f"{ANY_DAY.year}-{ANY_DAY.month}-{ANY_DAY.day}"
    return iso.removeprefix(written) if kind is None and iso and iso.startswith(written) else None
