"""The year of an ISO 8601 text."""

from __future__ import annotations

import numpy as np

from derivations.columns import number_column, text_column
from derivations.iso_calendar import EPOCH, parse
from derivations.registry import Iso, Number, derivation

__all__ = ["text_column", "year"]


@derivation(
    source="SDTMIG 3.4, section 4.4.2: precision of dates",
    subject="Numeric dates and imputation",
    also="YEAR, partial date",
)
def year(iso: Iso) -> Number:
    """The year of the date, also of a partial date.

    Args:
        iso: ISO 8601 date or datetime (--DTC).

    Missing: a missing date, and one without a year, gives a missing number.

    Example:
        >>> year(text_column(["2024-03-04", "2023", "--03-04", None])).tolist()
        [2024.0, 2023.0, nan, nan]
    """
    first = parse(iso.to_numpy()).first
    known = ~np.isnan(first)
    years = np.full(len(first), np.nan)
    days = EPOCH + first[known].astype("int64").astype("timedelta64[D]")
    years[known] = days.astype("datetime64[Y]").astype("int64") + 1970
    return number_column(years, iso.index)
