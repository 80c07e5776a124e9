"""Numbers and moments as texts, and whether a float64 tells them from their neighbours.

Two texts that stand for different values must not become one number, or a difference would be told as equal.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_WHOLE = re.compile(r"[+-]?\d+")
_WHOLE_BELOW = 2**63
_DIGITS = 17
"""The significant digits with which programs write a float64 so that it is read again as it was."""
# A UTC offset, which no date or datetime of SAS holds, and digits beyond a microsecond.
_BEYOND = re.compile(r".*[T ].*(?:Z|[+-]\d\d(?::?\d\d)?)|.*\.\d{6}\d*[1-9]\d*")


def number(text: str) -> float | None:
    """The number that a text stands for beside numbers; None where it is none, or a float64 does not hold it.

    A fraction of up to 17 digits stands for the float64 next to it, a whole number only for itself.

    >>> number("0.10000000000000001"), number("9007199254740992"), number("9007199254740993"), number("1,5")
    (0.1, 9007199254740992.0, None, None)
    """
    stated = _stated(text)
    if stated is None:
        return None
    found = float(text)
    if found == 0 and stated != 0:
        return None
    if _WHOLE.fullmatch(text) or (abs(stated) < _WHOLE_BELOW and stated == stated.to_integral_value()):
        return found if stated == Decimal(found) else None
    return found if len(stated.as_tuple().digits) <= _DIGITS or stated == Decimal(found) else None


def decimal(text: str) -> float | None:
    """The number of a decimal that two files state as text: None where another decimal has the same float64.

    >>> decimal("0.10"), decimal("0.12345678901234567891")
    (0.1, None)
    """
    stated = _stated(text)
    if stated is None:
        return None
    found = float(text)
    return found if stated == Decimal(repr(found)) else None


def _stated(text: str) -> Decimal | None:
    """The decimal that a text stands for; None where it is no number, or beyond those of float64."""
    if not NUMBER.fullmatch(text) or float(text) in (float("inf"), float("-inf")):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent far below
        return None


def is_local(text: str) -> bool:
    """Is a moment one that a number of SAS can stand for: without a UTC offset, no finer than a microsecond?

    >>> is_local("2024-01-05T08:00"), is_local("2024-01-05T08:00+02:00"), is_local("2024-01-05T08:00:00.0000001")
    (True, False, False)
    """
    return not _BEYOND.fullmatch(text)
