"""The moment of an ISO 8601 text."""

from __future__ import annotations

import numpy as np

from derivations.columns import number_column, text_column
from derivations.imputation import SECONDS_PER_DAY
from derivations.iso_calendar import DAY, components, parse
from derivations.registry import Iso, Number, derivation

__all__ = ["datetime", "text_column"]


@derivation(
    source="ADaMIG 1.3, section 3.1.2: timing variable conventions; SAS datetimes count from 1960-01-01",
    subject="Numeric dates and imputation",
    also="derive_vars_dtm, convert_dtc_to_dtm, ADTM, ASTDTM, --DTM, E8601DT, numeric datetime",
)
def datetime(iso: Iso) -> Number:
    """The numeric date and time; seconds that were not collected are 0, a date without hour and minute has
    none.

    A UTC offset is not used: the clock is the one that was collected.

    Args:
        iso: ISO 8601 date or datetime (--DTC).

    Returns seconds since 1960-01-01T00:00:00.

    Missing: a missing or partial date, and one without hour and minute, gives a missing number.

    Example:
        >>> datetime(text_column(["1960-01-02T00:00:05", "1960-01-01T08:30", "1960-01-01", None])).tolist()
        [86405.0, 30600.0, nan, nan]
    """
    texts = iso.to_numpy()
    parts = parse(texts)
    timed = (parts.level == DAY) & ~np.isnan(components(texts)[:, 4])
    moments = np.where(timed, parts.first * SECONDS_PER_DAY + parts.seconds, np.nan)
    return number_column(moments, iso.index)
