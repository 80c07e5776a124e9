"""Age in completed years."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from derivations.columns import floats, number_column
from derivations.iso_calendar import EPOCH
from derivations.moments import whole_days
from derivations.registry import Day, Number, derivation

__all__ = ["age_years", "number_column"]

DAYS_PER_MONTH_CODE = 100


@derivation(
    source="SDTMIG 3.4, section 5.2: AGE; SAS 9.4 Functions: INTCK('YEAR', ..., 'CONTINUOUS')",
    subject="Study days, durations, ages",
    also="AGE, AAGE, birthdays, derive_vars_aage, INTCK, YRDIF, completed years",
)
def age_years(birth: Day, reference: Day) -> Number:
    """The number of birthdays reached from birth to the reference date (completed years).

    Who is born on 29 February completes a year on 1 March of the years that have no 29 February.

    Args:
        birth: date of birth, in days since 1960-01-01; a fraction of a day is dropped.
        reference: the date at which the age is taken, likewise.

    Missing: missing if one of the dates is missing or partial, or if the reference is before birth.

    Example:
        >>> birth = number_column([0, 0, None])
        >>> age_years(birth, number_column([365, 366, 366])).tolist()
        [0.0, 1.0, nan]
    """
    born, then = map(floats, whole_days("age_years", birth=birth, reference=reference))
    known = born <= then
    born_year, born_day = _year_and_day(born[known])
    then_year, then_day = _year_and_day(then[known])
    ages = np.full(len(birth), np.nan)
    ages[known] = then_year - born_year - (then_day < born_day)
    return number_column(ages, birth.index)


def _year_and_day(days: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The year, and month and day as one number that orders as they do inside a year."""
    dates = EPOCH + np.floor(days).astype("int64").astype("timedelta64[D]")
    months = dates.astype("datetime64[M]")
    years = dates.astype("datetime64[Y]").astype("int64")
    month = months.astype("int64") - years * 12
    return years, month * DAYS_PER_MONTH_CODE + (dates - months.astype("datetime64[D]")).astype("int64")
