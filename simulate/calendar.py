"""Days as whole numbers since 1970-01-01 and their texts in an EDC export (display text and parts)."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from simulate.rng import Ints, Texts

NONE = -999_999
"""The day of a date that was not collected."""

_FIRST = date(1930, 1, 1)
_LAST = date(2030, 12, 31)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = [_FIRST + timedelta(days=n) for n in range((_LAST - _FIRST).days + 1)]
_OFFSET = (_FIRST - date(1970, 1, 1)).days


def _pool(texts: list[str]) -> Texts:
    return np.array(["", *texts], dtype=object)


_ISO = _pool([day.isoformat() for day in _DAYS])
_DISPLAY = _pool([f"{day.day:02d} {_MONTHS[day.month - 1]} {day.year}" for day in _DAYS])
_YEAR = _pool([f"{day.year}" for day in _DAYS])
_MONTH = _pool([f"{day.month:02d}" for day in _DAYS])
_DAY = _pool([f"{day.day:02d}" for day in _DAYS])
_CLOCK = np.array([f"{m // 60:02d}:{m % 60:02d}" for m in range(24 * 60)], dtype=object)
_STAMP = np.array(
    [f"T{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}+08:00" for s in range(24 * 3600)], dtype=object
)

VISITS = ("SCR", "D1", "D4", "W1", "W2", "W3", "W4", "W6", "W8", "FU", "UNSCH")
"""FOLDER of the visit forms."""
TARGETS = (-7, 1, 4, 8, 15, 22, 29, 43, 57, 87)
"""Planned study day of each visit (A-04); the screening visit is on the day of consent or after."""
TOLERANCES = (0, 0, 1, 1, 2, 2, 3, 3, 3, 7)
"""Days that a visit may be early or late (A-04)."""
INJECTION_DAYS = (1, 4, 8, 11, 15, 18, 22, 25, 29, 32, 36, 39, 43, 46, 50, 53)
"""Planned study days of the thymalfasin injections (A-02)."""
FIRST_CONSENT = (date(2023, 9, 1) - date(1970, 1, 1)).days
LAST_CONSENT = (date(2025, 1, 5) - date(1970, 1, 1)).days


def day(text: str) -> int:
    """The day number of an ISO date, NONE of a blank.

    >>> day("1970-01-02"), day("")
    (1, -999999)
    """
    return (date.fromisoformat(text) - date(1970, 1, 1)).days if text else NONE


def _position(days: npt.ArrayLike) -> Ints:
    days = np.asarray(days, dtype=np.int64)
    return np.where(days == NONE, 0, days - _OFFSET + 1)


def iso(days: npt.ArrayLike) -> Texts:
    """ISO 8601 texts of days, blank for NONE."""
    return _ISO[_position(days)]


def clock(minutes: npt.ArrayLike) -> Texts:
    """`HH:MM` of minutes after midnight."""
    return _CLOCK[np.asarray(minutes)]


def timestamp(days: npt.ArrayLike, seconds: npt.ArrayLike) -> Texts:
    """`yyyy-mm-ddThh:mm:ss+08:00` of days and seconds after midnight."""
    return _ISO[_position(days)] + _STAMP[np.asarray(seconds)]


def date_item(display: str, parts: str, days: npt.ArrayLike) -> dict[str, Texts]:
    """The columns of a date item: display text, year, month, day.

    >>> {name: str(column[0]) for name, column in date_item("AESTDAT", "AEST", [19786]).items()}
    {'AESTDAT': '04 MAR 2024', 'AEST_YY': '2024', 'AEST_MM': '03', 'AEST_DD': '04'}
    """
    at = _position(days)
    return {display: _DISPLAY[at], f"{parts}_YY": _YEAR[at], f"{parts}_MM": _MONTH[at], f"{parts}_DD": _DAY[at]}
