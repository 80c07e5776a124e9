"""Dates up to a limit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from derivations.columns import condition_column, text_column, texts
from derivations.iso_calendar import parse
from derivations.registry import Iso, Problems, derivation, problems_of

__all__ = ["problems", "text_column", "until"]


@derivation(
    source="SDTMIG 3.4, section 4.4.2: a partial date stands for a range of days",
    subject="Collected dates and times",
    also="cut-off date, data cut, death date, date not after",
)
def until(iso: Iso, limit: Iso) -> Iso:
    """The date if it is not after the limit; a date that certainly lies after the day of the limit is left
    out.

    Days are compared, not times. A partial date is after the limit only if every day that it may stand for is
    after every day that the limit may stand for.

    Args:
        iso: ISO 8601 date or datetime (--DTC).
        limit: the last date that may stand.

    Missing: a missing date stays missing; with a missing limit the date stays. A date left out is reported.

    Example:
        >>> dates = text_column(["2024-03-04T08:00", "2024-03-05", "2024-03", None])
        >>> until(dates, text_column(["2024-03-04"] * 4)).tolist()
        ['2024-03-04T08:00', None, '2024-03', None]
    """
    kept = [None if late else value for value, late in zip(texts(iso), _after(iso, limit), strict=True)]
    return text_column(kept, iso.index)


@problems_of("until")
def problems(iso: Iso, limit: Iso) -> Problems:
    """Dates that certainly lie after their limit."""
    return {"after_limit": condition_column(_after(iso, limit).tolist(), iso.index)}


def _after(iso: Iso, limit: Iso) -> npt.NDArray[np.bool_]:
    return parse(iso.to_numpy()).first > parse(limit.to_numpy()).last
