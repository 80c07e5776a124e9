"""Texts of times and moments as numbers, for comparing them with the numbers of SAS."""

from __future__ import annotations

import math
import re

_CLOCK = re.compile(r"(-?)(\d{1,4}):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?")


def clock_seconds(text: str) -> float | None:
    """The seconds of a clock time `hh:mm` or `hh:mm:ss`; None where the text is none.

    >>> clock_seconds("01:01:01.5"), clock_seconds("30:15"), clock_seconds("noon")
    (3661.5, 108900.0, None)
    """
    found = _CLOCK.fullmatch(text)
    if not found:
        return None
    sign, hours, minutes, seconds = found.groups()
    return math.copysign(int(hours) * 3600 + int(minutes) * 60 + float(seconds or 0), -1 if sign else 1)
