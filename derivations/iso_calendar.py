"""The calendar behind ISO 8601 texts: which days a text may stand for, and the day as a SAS number.

A SAS day is the number of days since 1960-01-01. The texts are those of SDTMIG 3.4, section 4.4: a date or
datetime that may be cut on the right (`2024`, `2024-03`, `2024-03-04T08`) or hold a single hyphen for a
missing part on the left (`2024---15`, `--03-04`, `-----T08:00`).

A UTC offset (`Z`, `+08:00`) is read and then ignored: the text says the local day and the local time of the
person, and a study compares local days. Two texts of different offsets thus compare by their clocks.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]

EPOCH = np.datetime64("1960-01-01", "D")
NO_PART, YEAR, MONTH, DAY = 0, 1, 2, 3

_TIME = r"(?P<hour>[01]\d|2[0-3]|-)(?::(?P<minute>[0-5]\d|-)(?::(?P<second>[0-5]\d(?:[.,]\d+)?))?)?"
_OFFSET = r"(?:Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?"
_TEXT = re.compile(
    rf"(?P<year>\d{{4}})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?"
    rf"|(?P<year_t>\d{{4}}|-)-(?P<month_t>\d\d|-)-(?P<day_t>\d\d|-)T{_TIME}{_OFFSET}"
    rf"|(?!-----$)(?P<year_d>\d{{4}}|-)-(?P<month_d>\d\d|-)-(?P<day_d>\d\d|-)"
    rf"|--(?P<month_m>\d\d)",
    re.ASCII,
)


@dataclass(frozen=True)
class IsoParts:
    """What ISO 8601 texts say, one entry per text.

    first, last: the earliest and the latest SAS day that the text may stand for; equal for a complete date;
    NaN
        where the text is missing, is no ISO 8601 date or has no year.
    seconds: seconds since midnight of the local clock; NaN without a time or without a complete date. An hour
        alone stands for its first second.
    level: how much of the date is known: 0 nothing, 1 the year, 2 the month, 3 the day.
    """

    first: Floats
    last: Floats
    seconds: Floats
    level: npt.NDArray[np.int8]


def parse(values: npt.ArrayLike) -> IsoParts:
    """Read ISO 8601 texts (str or None); a text that is none, or names no day of the calendar, gives NaN.

    >>> parts = parse(np.array(["2024-03-04T08:00", "2024-02", None, "2024-02-30"], dtype=object))
    >>> parts.first.tolist(), parts.last.tolist()
    ([23439.0, 23407.0, nan, nan], [23439.0, 23435.0, nan, nan])
    >>> parts.seconds.tolist(), parts.level.tolist()
    ([28800.0, nan, nan, nan], [3, 2, 0, 0])
    """
    year, month, day, hour, minute, second = _rows(values).T
    seconds = hour * 3600 + np.nan_to_num(minute) * 60 + np.where(np.isnan(minute), 0, np.nan_to_num(second))
    level = np.where(
        np.isnan(year), NO_PART, np.where(np.isnan(month), YEAR, np.where(np.isnan(day), MONTH, DAY))
    )
    first, last = _range(year, month, day, level)
    legal = ~np.isnan(first)
    return IsoParts(
        first=first,
        last=last,
        seconds=np.where(legal & (level == DAY), seconds, np.nan),
        level=np.where(legal, level, NO_PART).astype(np.int8),
    )


def format_days(days: npt.ArrayLike) -> Objects:
    """The ISO 8601 dates of SAS days (a fraction of a day is dropped); None for NaN.

    >>> format_days(np.array([0.0, 23439.0, np.nan])).tolist()
    ['1960-01-01', '2024-03-04', None]
    """
    numbers = np.asarray(days, dtype=np.float64)
    known = np.isfinite(numbers)
    result = np.full(numbers.shape, None, dtype=object)
    whole = np.floor(numbers[known]).astype(np.int64)
    result[known] = np.datetime_as_string(EPOCH + whole.astype("timedelta64[D]")).astype(object)
    return result


def valid(values: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """True where the text is an ISO 8601 date or datetime of SDTM, cut or with missing parts; None is not.

    >>> valid(np.array(["2024", "--03-04", "2024-3-4", "2024-02-30", None], dtype=object)).tolist()
    [True, True, False, False, False]
    """
    codes, distinct = _distinct(values)
    shaped = np.array([_TEXT.fullmatch(text) is not None for text in distinct] + [False])
    has_year = np.array([not text.startswith("-") for text in distinct] + [False])
    dated = ~np.isnan(parse(np.array([*distinct, None], dtype=object)).first)
    undated = np.array([_month_and_day_exist(text) for text in distinct] + [False])
    return (shaped & np.where(has_year, dated, undated))[codes]


def components(values: npt.ArrayLike) -> Floats:
    """Year, month, day, hour, minute and second of ISO 8601 texts, one row per text; NaN for a missing part.

    A text that names no day of the calendar has no part. Only a text with a year has parts of a date.

    >>> components(np.array(["2024-03-04T08:30", "2024---15", "2024-02-30"], dtype=object)).tolist()
    [[2024.0, 3.0, 4.0, 8.0, 30.0, nan], [2024.0, nan, 15.0, nan, nan, nan], [nan, nan, nan, nan, nan, nan]]
    """
    legal = ~np.isnan(parse(values).first)
    return np.where(legal[:, None], _rows(values), np.nan)


_NOTHING = (np.nan, np.nan, np.nan, np.nan, np.nan, np.nan)


def _distinct(values: npt.ArrayLike) -> tuple[npt.NDArray[np.intp], list[str]]:
    """The position of each value among the distinct texts (-1, the last, for missing) and those texts."""
    codes, found = pd.factorize(np.asarray(values, dtype=object))
    return codes, [str(text) for text in found]


# The forms that nearly every text has are read all at once: these are their lengths.
_USUAL = "0000-00-00T00:00:00"
_LENGTHS = (4, 7, 10, 16, 19)
_STARTS = (0, 5, 8, 11, 14, 17)


def _rows(values: npt.ArrayLike) -> Floats:
    """Year, month, day, hour, minute and second of each text as it is written; NaN for a part that is missing."""
    objects = np.asarray(values, dtype=object)
    rows = np.full((len(objects), len(_NOTHING)), np.nan)
    try:
        array = pa.array(objects, pa.string(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):  # no texts, or a lone surrogate: one by one
        return np.array([_NOTHING if _is_null(value) else _read(str(value)) for value in objects] or rows)
    offsets = np.frombuffer(array.buffers()[1] or b"", np.int32)[: len(objects) + 1].astype(np.int64)
    data = np.frombuffer(array.buffers()[2] or b"", np.uint8)
    lengths = np.diff(offsets)
    read = lengths == 0
    for length in _LENGTHS:
        at = np.flatnonzero(lengths == length)
        if len(at):
            parts, fits = _usual(data[offsets[at][:, None] + np.arange(length)])
            rows[at[fits], : parts.shape[1]] = parts[fits]
            read[at[fits]] = True
    rest = np.flatnonzero(~read)
    if len(rest):
        rows[rest] = [_read(str(text)) for text in objects[rest]]
    return rows


def _usual(letters: npt.NDArray[np.uint8]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The parts of texts of one length (bytes, a row each), and which of them are dates or datetimes without gaps."""
    length = letters.shape[1]
    form = np.frombuffer(_USUAL[:length].encode(), np.uint8)
    digit = form == ord("0")
    numbers = letters - ord("0")
    fits = (numbers[:, digit] <= 9).all(axis=1) & (letters[:, ~digit] == form[~digit]).all(axis=1)
    ends = [*(start - 1 for start in _STARTS[1:] if start < length), length]
    powers = [10.0 ** np.arange(end - start - 1, -1, -1) for start, end in zip(_STARTS, ends)]
    parts = np.stack([numbers[:, start:end] @ power for start, end, power in zip(_STARTS, ends, powers)], axis=1)
    if parts.shape[1] > 3:
        fits &= (parts[:, 3] < 24) & (parts[:, 4:] < 60).all(axis=1)
    return parts, fits


def _is_null(value: object) -> bool:
    return value is None or value != value


@functools.lru_cache(maxsize=200_000)
def _read(text: str) -> tuple[float, float, float, float, float, float]:
    """Year, month, day, hour, minute and second of one text; NaN for a part that is missing."""
    match = _TEXT.fullmatch(text)
    if match is None:
        return _NOTHING
    found: dict[str, Any] = match.groupdict()
    year, month, day = (
        _part(found[name] or found[f"{name}_t"] or found[f"{name}_d"]) for name in ("year", "month", "day")
    )
    return year, month, day, _part(found["hour"]), _part(found["minute"]), _part(found["second"])


def _part(text: str | None) -> float:
    return np.nan if text is None or text == "-" else float(text.replace(",", "."))


def _range(year: Floats, month: Floats, day: Floats, level: npt.NDArray[Any]) -> tuple[Floats, Floats]:
    """First and last SAS day of each text; NaN where there is no year or no such month or day."""
    legal = (level > NO_PART) & (np.isnan(month) | ((month >= 1) & (month <= 12)))
    months = _whole(year, legal) * 12 - 1970 * 12 + np.where(level >= MONTH, _whole(month, legal, 1) - 1, 0)
    span = np.where(level >= MONTH, 1, 12)
    start = _sas_day(months)
    end = _sas_day(months + span) - 1
    is_day = level == DAY
    given = start + _whole(day, legal & is_day, 1) - 1
    legal &= ~is_day | ((day >= 1) & (given <= end))
    first = np.where(is_day, given, start)
    last = np.where(is_day, given, end)
    return np.where(legal, first, np.nan), np.where(legal, last, np.nan)


def _whole(numbers: Floats, known: npt.NDArray[np.bool_], otherwise: int = 1970) -> npt.NDArray[np.int64]:
    return np.where(known & ~np.isnan(numbers), numbers, otherwise).astype(np.int64)


def _sas_day(months: npt.NDArray[np.int64]) -> Floats:
    """The SAS day of the first of a month, counted in months since 1970-01."""
    starts = months.astype("datetime64[M]").astype("datetime64[D]")
    return (starts - EPOCH).astype(np.float64)


def _month_and_day_exist(text: str) -> bool:
    """Whether month and day of a text without a year exist in some year."""
    match = _TEXT.fullmatch(text)
    if match is None:
        return False
    found = match.groupdict()
    month = found["month_t"] or found["month_d"] or found["month_m"]
    day = found["day_t"] or found["day_d"]
    some_month = "01" if month in (None, "-") else month
    some_day = "01" if day in (None, "-") else day
    return bool(~np.isnan(parse(np.array([f"2024-{some_month}-{some_day}"], dtype=object)).first[0]))
