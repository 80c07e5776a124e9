"""Ages in another unit."""

from __future__ import annotations

import numpy as np

from derivations.columns import condition_column, finite_column, floats, looked_up, number_column, text_column
from derivations.registry import Number, Problems, Text, derivation, problems_of
from derivations.time_units import SECONDS, unit_of

__all__ = ["convert_age", "number_column", "problems", "text_column"]


@derivation(
    source="NCI EVS codelist AGEU (C66781); admiral: compute_age_years() (a year has 365.25 days)",
    subject="Study days, durations, ages",
    also="compute_age_years, derive_var_age_years, AGEU, AAGE, AAGEU, age in years",
)
def convert_age(age: Number, ageu: Text, unit: str = "YEARS") -> Number:
    """The age converted to the given unit; a year has 365.25 days, a month 30.4375 days.

    The units are those of AGEU (YEARS, MONTHS, WEEKS, DAYS, HOURS), in any case; minutes and seconds are known
    too. The result keeps its fraction: completed years are floor(convert_age(AGE, AGEU)).

    Args:
        age: an age.
        ageu: its unit (AGEU).
        unit: the unit wanted.

    Missing: missing if the age or its unit is missing, or if the unit is none of time, which is reported.

    Example:
        >>> ages, units = number_column([30, 18, 14, None]), text_column(["YEARS", "Months", "DAYS", "YEARS"])
        >>> convert_age(ages, units).tolist()[:2]
        [30.0, 1.5]
        >>> convert_age(ages, units, "WEEKS").tolist()[2:]
        [2.0, nan]
    """
    wanted = SECONDS[unit_of("convert_age", "unit", unit)]
    return finite_column(floats(age) * looked_up(ageu, _length) / wanted, age.index)


@problems_of("convert_age")
def problems(age: Number, ageu: Text, unit: str = "YEARS") -> Problems:
    """Ages whose unit is none of time."""
    strange = looked_up(ageu, lambda name: _length(name) or 0.0) == 0
    return {"unit_without_factor": condition_column(strange & ~np.isnan(floats(age)), age.index)}


def _length(name: str) -> float | None:
    return SECONDS.get(name.strip().lower())
