"""Ages in another unit."""

from __future__ import annotations

import numpy as np

from derivations.columns import condition_column, finite_column, floats, number_column, text_column, texts
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
    lengths = np.array([SECONDS.get((name or "").strip().lower(), np.nan) for name in texts(ageu)], dtype=float)
    return finite_column(floats(age) * lengths / wanted, age.index)


@problems_of("convert_age")
def problems(age: Number, ageu: Text, unit: str = "YEARS") -> Problems:
    """Ages whose unit is none of time."""
    strange = [name is not None and name.strip().lower() not in SECONDS for name in texts(ageu)]
    return {"unit_without_factor": condition_column(np.array(strange, dtype=bool) & ~np.isnan(floats(age)), age.index)}
