"""Days and moments as numbers: the same seconds for both, and a guard against taking one for the other.

ADaM has days since 1960-01-01 (--DT) and seconds since 1960-01-01T00:00:00 (--DTM), and a number does not say
which of the two it is. A moment of any trial, taken for a day, lies thousands of years after the last day that
ISO 8601 can write.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from derivations.columns import Floats, floats
from derivations.imputation import SECONDS_PER_DAY

LAST_DAY = 2_936_549
"""9999-12-31, the last day that a text of ISO 8601 can state, in days since 1960-01-01."""


FIRST_DAY = -715_509
"""0001-01-01, the first."""
MOMENT = "a moment in seconds (--DTM) is the day floor(X / 86400)"


def check_days(function: str, **dates: pd.Series | None) -> None:
    """ValueError that names the first argument with a number that is no day but, likely, a moment."""
    for name, column in dates.items():
        if column is not None and bool((column > LAST_DAY).any()):
            raise ValueError(f"{function}: {name} lies after 9999-12-31; {MOMENT}")
        if column is not None and bool((column < FIRST_DAY).any()):
            raise ValueError(f"{function}: {name} lies before 0001-01-01; {MOMENT}")


def whole_days(function: str, **dates: pd.Series) -> list[pd.Series]:
    """Days without a fraction, which is the time of the day. ValueError as for `check_days`."""
    check_days(function, **dates)
    return [pd.Series(np.floor(floats(column)), index=column.index) for column in dates.values()]


def seconds(function: str, datetime: bool, *, whole: bool = False, **dates: pd.Series) -> list[Floats]:
    """The seconds since 1960 of days, or of moments (`datetime`); ValueError for days that are none.

    whole: a fraction of a day is dropped.
    """
    if datetime:
        return [floats(column) for column in dates.values()]
    for name, column in dates.items():
        where = "after 9999-12-31" if bool((column > LAST_DAY).any()) else "before 0001-01-01"
        if bool(((column > LAST_DAY) | (column < FIRST_DAY)).any()):
            raise ValueError(f"{function}: {name} lies {where}; say datetime=True for moments in seconds")
    days = [floats(column) for column in dates.values()]
    return [(np.floor(column) if whole else column) * SECONDS_PER_DAY for column in days]


def day_of(moments: Floats) -> Floats:
    """The seconds of the midnight at which the day of each moment begins.

    >>> day_of(np.array([86405.0, np.nan])).tolist()
    [86400.0, nan]
    """
    return np.floor(moments / SECONDS_PER_DAY) * SECONDS_PER_DAY
