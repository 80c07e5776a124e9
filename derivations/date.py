"""The day of an ISO 8601 text."""

from __future__ import annotations

import numpy as np

from derivations.columns import number_column, text_column
from derivations.iso_calendar import DAY, parse
from derivations.registry import Iso, Number, derivation

__all__ = ["date", "text_column"]


@derivation(
    source="ADaMIG 1.3, section 3.1.2: timing variable conventions; SAS dates count from 1960-01-01",
    subject="Numeric dates and imputation",
    also="derive_vars_dt, convert_dtc_to_dt, ADT, ASTDT, AENDT, --DT, DATEPART, INPUT, E8601DA, numeric date",
)
def date(iso: Iso) -> Number:
    """The numeric day of the date, its time left out; a partial date has none.

    Args:
        iso: ISO 8601 date or datetime (--DTC).

    Returns days since 1960-01-01.

    Missing: a missing or partial date gives a missing day.

    Example:
        >>> date(text_column(["1960-01-02", "2024-03-04T08:00", "2024-03", None])).tolist()
        [1.0, 23439.0, nan, nan]
    """
    parts = parse(iso.to_numpy())
    return number_column(np.where(parts.level == DAY, parts.first, np.nan), iso.index)
