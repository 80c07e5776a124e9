"""Why a statistic is not estimable, in words: the `warning` of its row of analysis results data."""

from __future__ import annotations

import re
from collections.abc import Mapping

from results.levels import shown
from results.statistics.registry import Statistic, Value

NO_RECORDS = "no records"
_QUANTILES = {"q1": "0.75", "median": "0.5", "q3": "0.25"}
_LIMIT = re.compile(r"(.+)_(low|high)")


def reason(context: str, value: Value, values: Mapping[str, Statistic], records: int) -> str:
    """Why `value`, one of a statistic's `values` (those of the whole, by name), is None; "" where it is not.

    records: how many it was computed from. A statistic that gives a value `note` says itself why.
    """
    if value.value is not None:
        return ""
    note = values.get("note")
    if isinstance(note, str) and note:
        return note
    if not records and not values.get("N"):
        return NO_RECORDS
    if context == "kaplan_meier":
        return _of_curve(value, values)
    if context == "summary" and values.get("n") == 0:
        return "no value that is not missing"
    if context == "summary":
        return _of_summary(value, values)
    if values.get("N") == 0:
        return "the denominator is 0"
    return _of_groups(values) or f"{context} gives none for these {records} record(s)"


def _of_groups(values: Mapping[str, Statistic]) -> str:
    """What two groups lack; "" where the counts of the groups do not tell."""
    counted = "N" if {"N1", "N2"} <= set(values) else "n"
    sizes = {name: values.get(f"{counted}{mark}") for name, mark in (("compared", 1), ("reference", 2))}
    empty = [name for name, size in sizes.items() if size == 0]
    if empty:
        return f"no {'record' if counted == 'N' else 'value'} of the {' and of the '.join(empty)} group"
    if counted == "N" and values["n1"] == values["n2"] == 0:
        return "the condition holds for no record"
    if counted == "N" and (values["n1"], values["n2"]) == (values["N1"], values["N2"]):
        return "the condition holds for every record"
    if counted == "n" and 1 in sizes.values():
        return "a group of one value has no spread"
    return ""


def _of_summary(value: Value, values: Mapping[str, Statistic]) -> str:
    if values.get("n") == 1:
        return "one value has no spread"
    if value.name == "skewness":
        return "fewer than three values, or all the same"
    return "the mean is 0" if value.name == "cv" else "the values have no spread"


def _of_curve(value: Value, values: Mapping[str, Statistic]) -> str:
    if value.variable == "time":
        at = shown(value.level)
        if value.name in ("survival_low", "survival_high", "incidence_low", "incidence_high", "std_error"):
            return f"no limit at time {at}: no event before it, no record followed to it, or a curve at 0"
        return f"no record is followed to time {at}, and the curve has not come down to 0"
    limit = _LIMIT.fullmatch(value.name)
    height = _QUANTILES.get(limit.group(1) if limit else value.name, "the wanted height")
    if not values.get("events"):
        return "no events"
    return f"the {'limit of the ' if limit else ''}curve does not come down to {height}"
