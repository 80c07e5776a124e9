"""The imputation flag of a time."""

from __future__ import annotations

import numpy as np

from derivations.columns import number_column, numbers, text_column, texts
from derivations.imputation import PARTS, check_highest, clocks
from derivations.registry import Iso, Number, Text, derivation

__all__ = ["number_column", "time_flag"]


@derivation(
    source="ADaMIG 1.3, section 3.1.3: TIMEFL controlled terminology for *TMF; admiral: compute_tmf()",
    subject="Numeric dates and imputation",
    also="compute_tmf, --TMF, ASTTMF, AENTMF, TIMEFL, time imputation flag, ignore_seconds_flag",
)
def time_flag(
    iso: Iso, imputed: Number, *, highest: str = "M", preserve: bool = False, ignore_seconds: bool = False
) -> Text:
    """The highest part of the time that was imputed: H for the hour, M for the minute, S for the second.

    Args:
        iso: the collected ISO 8601 date or datetime (--DTC).
        imputed: the moment made from it, in seconds since 1960-01-01T00:00:00.
        highest: as for impute_datetime; with "Y" the moment of a missing date counts as imputed.
        preserve: as for impute_datetime.
        ignore_seconds: no flag for seconds, in a study that does not collect them.

    Missing: missing if nothing was imputed: the collected time is complete, or there is no moment, or no
    collected date and the year may not be imputed.

    Example:
        >>> dates = text_column(["2024-03-04T08:30:15", "2024-03-04T08:30", "2024-03-04T08", "2024-03"])
        >>> time_flag(dates, number_column([0, 0, 0, 0])).tolist()
        [None, 'S', 'M', 'H']
    """
    check_highest("time_flag", highest, PARTS)
    hour, minute, second = np.isnan(clocks(iso.to_numpy(), preserve)).T
    flags = np.select([hour, minute, second & (not ignore_seconds)], ["H", "M", "S"], "").tolist()
    rows = zip(texts(iso), flags, numbers(imputed), strict=True)
    found = [
        None if moment is None or (text is None and highest != "Y") else flag for text, flag, moment in rows
    ]
    return text_column(found, iso.index)
