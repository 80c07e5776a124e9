"""The imputation flag of a date."""

from __future__ import annotations

from derivations.columns import number_column, numbers, text_column, texts
from derivations.imputation import PARTS, check_highest
from derivations.iso_calendar import DAY, MONTH, NO_PART, YEAR, parse
from derivations.registry import Iso, Number, Text, derivation

__all__ = ["date_flag", "number_column"]

FLAGS = {DAY: None, MONTH: "D", YEAR: "M", NO_PART: "Y"}


@derivation(
    source="ADaMIG 1.3, section 3.1.3: DATEFL controlled terminology for *DTF",
    subject="Numeric dates and imputation",
    also="compute_dtf, --DTF, ASTDTF, AENDTF, DATEFL, date imputation flag",
)
def date_flag(iso: Iso, imputed: Number, *, highest: str = "M") -> Text:
    """The highest part of the date that was imputed: Y for the year, M for the month, D for the day.

    Args:
        iso: the collected ISO 8601 date (--DTC).
        imputed: the day made from it, in days since 1960-01-01.
        highest: as for impute_date; with "Y" the day of a missing date counts as imputed.

    Missing: missing if nothing was imputed: the collected date is complete, or there is no day, or no collected
    date and the year may not be imputed.

    Example:
        >>> dates = text_column(["2024-03-04", "2024-03", "2024", "--03-04", None])
        >>> date_flag(dates, number_column([23439, 23436, 23376, 23376, 23376])).tolist()
        [None, 'D', 'M', 'Y', None]
    """
    check_highest("date_flag", highest, PARTS)
    rows = zip(texts(iso), parse(iso.to_numpy()).level.tolist(), numbers(imputed), strict=True)
    flags = [
        None if day is None or (text is None and highest != "Y") else FLAGS[level] for text, level, day in rows
    ]
    return text_column(flags, iso.index)
