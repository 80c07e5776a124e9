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


def check_days(function: str, **dates: pd.Series | None) -> None:
    """ValueError that names the first argument with a number that is no day but, likely, a moment."""
    for name, column in dates.items():
        if column is not None and bool((column > LAST_DAY).any()):
            raise ValueError(
                f"{function}: {name} lies after 9999-12-31; a moment in seconds (--DTM) is the day floor(X / 86400)"
            )


def seconds(function: str, datetime: bool, **dates: pd.Series) -> list[Floats]:
    """The seconds since 1960 of days, or of moments (`datetime`); ValueError for days that are none."""
    if datetime:
        return [floats(column) for column in dates.values()]
    late = [name for name, column in dates.items() if bool((column > LAST_DAY).any())]
    if late:
        raise ValueError(f"{function}: {late[0]} lies after 9999-12-31; say datetime=True for moments in seconds")
    return [floats(column) * SECONDS_PER_DAY for column in dates.values()]


def day_of(moments: Floats) -> Floats:
    """The seconds of the midnight at which the day of each moment begins.

    >>> day_of(np.array([86405.0, np.nan])).tolist()
    [86400.0, nan]
    """
    return np.floor(moments / SECONDS_PER_DAY) * SECONDS_PER_DAY
