"""The ISO 8601 date of a numeric day."""

from __future__ import annotations

from derivations.columns import floats, number_column, text_column
from derivations.iso_calendar import format_days
from derivations.moments import check_days
from derivations.registry import Day, Iso, derivation

__all__ = ["iso_date", "number_column"]



@derivation(
    source="ISO 8601:2004; SDTMIG 3.4, section 4.4.1; SAS dates count from 1960-01-01",
    subject="Numeric dates and imputation",
    also="PUT, E8601DA, YYMMDD10, day after, SESTDTC, SEENDTC, --DTC of a numeric date, format_ISO8601",
)
def iso_date(day: Day) -> Iso:
    """The ISO 8601 date of the numeric day, such as the day after another date.

    Args:
        day: days since 1960-01-01; a fraction of a day is dropped.

    Missing: missing if the day is missing.

    Example:
        >>> iso_date(number_column([23439, 0, None])).tolist()
        ['2024-03-04', '1960-01-01', None]
    """
    check_days("iso_date", day=day)
    return text_column(format_days(floats(day)), day.index)
