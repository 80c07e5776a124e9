"""The planned time of a nominal time point."""

from __future__ import annotations

import functools
import re

import numpy as np

from derivations.columns import clean, condition_column, finite_column, floats, looked_up, number_column, text_column
from derivations.registry import Number, Problems, Text, derivation, problems_of

__all__ = ["number_column", "problems", "text_column", "timepoint_hours"]

METHODS = ("start", "midpoint", "end")
HOURS = {"D": 24.0, "H": 1.0, "M": 1 / 60}

_NUMBER = r"\d+(?:\.\d+)?"
_MINUTES = r"M(?:IN(?:UTE)?S?)?"
_UNIT = rf"D(?:AYS?)?|H(?:(?:OU)?RS?)?|{_MINUTES}"
_AMOUNT = re.compile(
    rf"DAY (?P<day>{_NUMBER})(?![\d.])"
    rf"|(?P<low>{_NUMBER})(?: ?- ?(?P<high>{_NUMBER}))? ?(?P<unit>{_UNIT})"
    rf"(?: ?(?P<minutes>{_NUMBER}) ?{_MINUTES})?(?![A-Z])",
    re.ASCII,
)
_ANCHOR = re.compile(
    r"(?:(?P<back>PRE|BEFORE|PRIOR(?: TO)?)|(?P<on>POST|AFTER))?[ -]?"
    r"(?:(?P<end>EOI|EOT|END(?: OF)? (?:INF(?:USION)?|TREATMENT))|(?P<drip>INF(?:USION)?)"
    r"|(?P<start>START(?:(?: OF)? (?:INF(?:USION)?|TREATMENT|DOSING))?|TREATMENT|DOSE|LAST(?: DOSE)?))?",
    re.ASCII,
)

@derivation(
    source="admiral: convert_xxtpt_to_hours(); SDTMIG 3.4, section 4.4.10: time points",
    subject="Treatment and doses",
    also="convert_xxtpt_to_hours, --TPT, PCTPT, VSTPT, EGTPT, NFRLT, NRRLT, planned time point, PK",
)
def timepoint_hours(timepoint: Text, treatment_duration: Number = None, *, range_method: str = "midpoint") -> Number:
    """The planned hours from the start of treatment to the time point that the text names; negative before it. An
    amount is in hours, minutes or days (2H, 30 MIN, 1H30M, 2 DAYS; DAY 2 counts as 2 days), or a range of them
    (0-6H). PRE, BEFORE and PRIOR count back, POST and AFTER and no word count on: from the start of treatment, or
    from its end, where the text says so (EOI, EOT, END OF INFUSION, POST INFUSION). SCREENING, PREDOSE and BEFORE
    alone are 0, EOI alone is the end of treatment.

    Args:
        timepoint: planned time point (--TPT), in any case.
        treatment_duration: hours from the start to the end of treatment; 0 if left out.
        range_method: the "start", "midpoint" or "end" of a range.

    Missing: a missing text gives a missing number, and so does one that names no time (MORNING), which is reported;
    a missing duration makes time points from the end of treatment missing.

    Example:
        >>> points = text_column(["Pre-dose", "30 MIN POST", "0-6h Post-dose", "1 HOUR POST EOI", "10MIN PRE EOI"])
        >>> timepoint_hours(points, number_column([2] * 5)).tolist()[:4]
        [0.0, 0.5, 3.0, 3.0]
        >>> timepoint_hours(points, range_method="end").tolist()[2]
        6.0
    """
    if range_method not in METHODS:
        raise ValueError(f"timepoint_hours: range_method is one of {', '.join(METHODS)}, but it is {range_method!r}")
    length = np.zeros(len(timepoint)) if treatment_duration is None else floats(treatment_duration)
    if bool((length < 0).any()):
        raise ValueError("timepoint_hours: treatment_duration is negative")
    hours = looked_up(timepoint, lambda text: _read(text, range_method)[0])
    from_end = looked_up(timepoint, lambda text: _read(text, range_method)[1])
    return finite_column(np.where(from_end == 1, hours + length, hours) + 0.0, timepoint.index)


@problems_of("timepoint_hours")
def problems(timepoint: Text, treatment_duration: Number = None, *, range_method: str = "midpoint") -> Problems:
    """Texts that name no time."""
    strange = looked_up(timepoint, lambda text: float(np.isnan(_read(text, range_method)[0]))) == 1
    return {"no_match": condition_column(strange, timepoint.index)}


@functools.lru_cache(maxsize=20_000)
def _read(text: str, range_method: str) -> tuple[float, float]:
    """The hours of a time point, and 1 if they count from the end of treatment."""
    written = " ".join(clean(text).upper().split())
    if written == "SCREENING":
        return 0.0, 0.0
    amount = _AMOUNT.match(written)
    anchor = _ANCHOR.fullmatch(written[amount.end() :].lstrip() if amount else written)
    if anchor is None or not (amount or any(anchor.groups())):
        return np.nan, 0.0
    from_end = bool(anchor["end"] or (anchor["drip"] and anchor["on"]))
    if amount is None:
        return (0.0, float(from_end)) if _names_a_time(anchor, from_end) else (np.nan, 0.0)
    hours = _hours(amount, range_method)
    return -hours if anchor["back"] else hours, float(from_end)


def _names_a_time(anchor: re.Match[str], from_end: bool) -> bool:
    """Whether an anchor without an amount is a time: itself, what comes just before the start, or after the end."""
    if anchor["back"]:
        return not from_end
    return from_end or not anchor["on"]


def _hours(amount: re.Match[str], range_method: str) -> float:
    if amount["day"]:
        return float(amount["day"]) * HOURS["D"]
    low = float(amount["low"])
    high = float(amount["high"] or low)
    value = {"start": low, "midpoint": (low + high) / 2, "end": high}[range_method]
    return value * HOURS[amount["unit"][0]] + float(amount["minutes"] or 0) * HOURS["M"]
