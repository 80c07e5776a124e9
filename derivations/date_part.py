"""The date of a datetime."""

from __future__ import annotations

from derivations.columns import text_column, texts
from derivations.registry import Iso, derivation

__all__ = ["date_part", "text_column"]


@derivation(
    source="SDTMIG 3.4, section 4.4.1: date and time in one text, split by T",
    subject="Collected dates and times",
    also="DATEPART, date of a datetime, --DTC",
)
def date_part(iso: Iso) -> Iso:
    """The date of the datetime, its time left out; a partial date stays as it is.

    Args:
        iso: ISO 8601 date or datetime (--DTC).

    Missing: a missing text, and a time without any date, gives a missing text.

    Example:
        >>> date_part(text_column(["2024-03-04T08:00", "2024-03", "2024-03--T08:00", "-----T08:00"])).tolist()
        ['2024-03-04', '2024-03', '2024-03', None]
    """
    # Without its time a text needs no hyphens for the parts that are missing on the right.
    return text_column([value and value.split("T")[0].rstrip("-") for value in texts(iso)], iso.index)
