"""Texts of dates, moments and times as numbers, for comparing them with the numbers of SAS."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

import numpy as np

from engine.columns import Text
from qc.compare.exact import is_local

DAY_SECONDS = 86400
_CLOCK = re.compile(r"(-?)(\d{1,4}):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?")


def dates(texts: Iterable[str | None]) -> tuple[np.ndarray, np.ndarray]:
    """The SAS day of each text that is a complete ISO 8601 date, else NaN; its seconds of the day, NaN without.

    A moment with a UTC offset, or finer than a microsecond, is none that a number of SAS stands for: NaN.

    >>> [part.tolist() for part in dates(["2024-03-04T08:00", "2024-03", None])]
    [[23439.0, nan, nan], [28800.0, nan, nan]]
    """
    found = Text.of(texts)
    first, last, seconds = found.parts()
    local = np.append(np.array([is_local(text) for text in found.dictionary.values], bool), True)[found.codes]
    return np.where((first == last) & local, first, np.nan), seconds


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
