"""Numbers that stand for dates and times in SAS (days and seconds from 1960-01-01) and their ISO 8601 texts."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal

import numpy as np

_KINDS = {
    "date": re.compile(r"(DATE|E8601DA|B8601DA|IS8601DA|(YYMMDD|DDMMYY|MMDDYY)[BCDNPS]?)\d*\.\d*", re.IGNORECASE),
    "datetime": re.compile(r"(DATETIME|E8601DT|B8601DT|IS8601DT)\d*\.\d*", re.IGNORECASE),
    "time": re.compile(r"(TIME|TOD|HHMM|E8601TM|B8601TM|IS8601TM)\d*\.\d*", re.IGNORECASE),
}
_ORIGIN = date(1960, 1, 1)
_DAY = 86400
_FIRST, _LAST = (date(1, 1, 1) - _ORIGIN).days, (date(9999, 12, 31) - _ORIGIN).days
_CLOCK = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?", re.ASCII)


def kind_of(format: str) -> str:
    """"date", "datetime" or "time" where a SAS format shows numbers so, else "".

    >>> kind_of("DATE9."), kind_of("E8601DT19."), kind_of("8.2")
    ('date', 'datetime', '')
    """
    return next((kind for kind, pattern in _KINDS.items() if pattern.fullmatch(format)), "")


def fit(numbers: np.ndarray, kind: str) -> bool:
    """Can every number that is not missing be written as ISO 8601 text of the kind, and read back?"""
    known = np.unique(numbers[~np.isnan(numbers)]).tolist()
    return all((found := text(value, kind)) is not None and number(found, kind) == value for value in known)


def text(value: float, kind: str) -> str | None:
    """The ISO 8601 text of days (date) or seconds (datetime, time); None where there is none.

    >>> text(22000.0, "date"), text(0.5, "datetime"), text(86399.0, "time"), text(0.5, "date")
    ('2020-03-26', '1960-01-01T00:00:00.5', '23:59:59', None)
    """
    if not np.isfinite(value):
        return None
    if kind == "date":
        return (_ORIGIN + timedelta(days=int(value))).isoformat() if value % 1 == 0 and _within(value) else None
    # As a decimal: a remainder of floats would bring digits that the number does not have.
    stated = Decimal(repr(float(value)))
    days = int((stated / _DAY).to_integral_value(ROUND_FLOOR))
    seconds = stated - days * _DAY
    if kind == "time":
        return _clock(seconds) if days == 0 else None
    return f"{(_ORIGIN + timedelta(days=days)).isoformat()}T{_clock(seconds)}" if _within(days) else None


def _within(days: float) -> bool:
    return _FIRST <= days <= _LAST


def _clock(seconds: Decimal) -> str:
    whole = int(seconds)
    shown = f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
    rest = f"{seconds % 1:f}".rstrip("0").rstrip(".")
    return shown + rest.removeprefix("0") if seconds % 1 else shown


def number(text: str, kind: str) -> float | None:
    """The SAS number of a complete ISO 8601 text; None where it is none.

    >>> number("2020-03-26", "date"), number("1960-01-01T00:00:00.5", "datetime"), number("2020-03", "date")
    (22000.0, 0.5, None)
    """
    found = _exact(text, kind)
    return None if found is None else float(found)


def keeps(text: str, kind: str) -> bool:
    """Does the number of a complete ISO 8601 text say all that it says? A fraction may be too fine for it.

    >>> keeps("2020-03-26T10:00:00.123456", "datetime"), keeps("2020-03-26T10:00:00.123456789", "datetime")
    (True, False)
    """
    found = _exact(text, kind)
    return found is not None and Decimal(repr(float(found))) == found


def _exact(text: str, kind: str) -> Decimal | None:
    day, mark, clock = text.partition("T") if kind != "time" else ("", "T", text)
    if (mark == "") != (kind == "date"):
        return None
    try:
        days = (date.fromisoformat(day) - _ORIGIN).days if kind != "time" and len(day) == 10 else 0
        if kind != "time" and len(day) != 10:
            return None
    except ValueError:
        return None
    if kind == "date":
        return Decimal(days)
    found = _CLOCK.fullmatch(clock)
    if not found or int(found[1]) > 23 or int(found[2]) > 59 or int(found[3] or 0) > 59:
        return None
    seconds = int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)
    return Decimal(days * _DAY + seconds) + Decimal(found[4] or 0)
