"""Texts in the forms of ISO 8601 that SDTM allows."""

from __future__ import annotations

import re

import numpy as np

from derivations.columns import condition_column, text_column, texts
from derivations.iso_calendar import valid
from derivations.registry import Condition, Text, derivation

__all__ = ["is_iso8601", "text_column"]

DATE, DURATION, INTERVAL = "date", "duration", "interval"
_NUMBER = r"\d+(?:[.,]\d+)?"
_DURATION = re.compile(
    rf"[+-]?P(?=\d|T\d)(?:{_NUMBER}W|(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}D)?"
    rf"(?:T(?=\d)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?)",
    re.ASCII,
)


@derivation(
    source="ISO 8601:2004; SDTMIG 3.4, section 4.4.1 (dates and times), 4.4.3 (durations)",
    subject="Collected dates and times",
    also="is8601, ISO8601DA., ISO8601DT., --DTC, --DUR, --ELTM",
)
def is_iso8601(text: Text, kind: str = DATE) -> Condition:
    """Whether the text is an ISO 8601 date or time as SDTM writes it: it may be partial, and is a day of the calendar.

    Args:
        text: any text.
        kind: "date" (a date, a date and time, or an interval of two of them), "duration" (P1DT2H), "interval" (a
            duration, or the two ends parted by "/").

    Missing: false for a missing text.

    Example:
        >>> is_iso8601(text_column(["2024-03", "2024-02-30", "4-MAR-2024", None])).tolist()
        [True, False, False, False]
        >>> is_iso8601(text_column(["P1D", "-PT30M", "1 day"]), "duration").tolist()
        [True, True, False]
    """
    if kind not in (DATE, DURATION, INTERVAL):
        raise ValueError(f"is_iso8601: kind is 'date', 'duration' or 'interval', not {kind!r}")
    values = texts(text)
    parts = sorted({part for value in values if value is not None for part in value.split("/")})
    dates = dict(zip(parts, np.atleast_1d(valid(np.array(parts, dtype=object))).tolist(), strict=True)) if parts else {}
    return condition_column([value is not None and _fits(value, kind, dates) for value in values], text.index)


def _fits(value: str, kind: str, dates: dict[str, bool]) -> bool:
    ends = value.split("/")
    durations = [_DURATION.fullmatch(end) is not None for end in ends]
    if len(ends) == 1:
        return dates[value] if kind == DATE else durations[0]
    whole = all(dates[end] or lasts for end, lasts in zip(ends, durations, strict=True))
    return kind != DURATION and len(ends) == 2 and whole and not all(durations)
