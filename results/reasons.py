"""Why a statistic is not estimable, in words: the `warning` of its row of analysis results data."""

from __future__ import annotations

import re
from collections.abc import Mapping

from results.levels import shown
from results.statistics.registry import Statistic, Value

Values = Mapping[str, Statistic]
NO_RECORDS = "no records"
_QUANTILES = {"q1": "0.75", "median": "0.5", "q3": "0.25"}
_LIMIT = re.compile(r"(.+)_(low|high)")
# Statistics that only some methods have, each with one that all of them have.
_OF_SOME_METHODS = {
    ("difference", "std_error"): "estimate",
    ("odds_ratio", "estimate_conditional"): "estimate",
    ("hodges_lehmann", "conf_level_attained"): "estimate",
    ("cluster_difference", "parameter"): "std_error",
    ("cluster_ratio", "parameter"): "std_error",
}
_FOURFOLD = ("difference", "relative_risk", "odds_ratio", "fisher", "chi_square", "cmh")
_HOMOGENEITY = ("breslow_day", "breslow_day_p", "tarone", "tarone_p", "homogeneity_parameter")
_SPREAD = ("t_test", "one_sample_t_test", "paired_t_test", "geometric_mean")
# What is lacking where the counts do not tell it.
_LACKING = {
    "ancova": "a term without columns of its own, an empty cell, or no model",
    "cluster_ratio": "one subject has no spread",
    "cluster_difference": "a group of one subject has no spread, or all subjects have the same proportion",
    "crossover": "a term without columns of its own, an empty cell, or no model",
    "mmrm": "a term without columns of its own, an empty cell, or no model",
    "cox": "beyond the range of numbers, or not bounded by the data",
    "cmh_table": "one group or one value only",
    "chi_square_table": "one group or one level only",
    "fisher_table": "one group or one level only",
    "gray": "no events, or one level only is at risk at them",
    "kruskal_wallis": "one group only, or all values are equal",
    "logrank": "no events, or one level only is at risk at them",
    "rmst": "a curve is not known up to the horizon, has no events before it, or a mean is 0",
    "van_elteren": "no stratum has values of both groups that differ",
    "wilcoxon": "all values are equal",
    "zph": "fewer than two event times, or the Cox model has no finite estimate",
}


def reason(context: str, value: Value, values: Values, records: int) -> str:
    """Why `value`, one of a statistic's `values` (those of the whole, by name), is None; "" where it is not.

    records: how many it was computed from. A statistic that gives a value `note` says itself why; a blank note means
    that there is nothing to note.
    """
    if value.value is not None:
        return ""
    note = values.get("note")
    if isinstance(note, str) and note:
        return note
    if not records and not values.get("N"):
        return NO_RECORDS
    found = ""
    if context in ("kaplan_meier", "cumulative_incidence"):
        found = _of_curve(value, values)
    elif context == "summary":
        found = _of_summary(value, values)
    elif value.name == "note":
        found = "nothing to note"
    elif values.get("N") == 0:
        found = "the denominator is 0"
    else:
        found = _of_comparison(context, value, values)
    return found or _LACKING.get(context, "") or f"{context} gives none for these {records} record(s)"


def _of_comparison(context: str, value: Value, values: Values) -> str:
    """What the counts of a test, or of two groups, tell; "" where they tell nothing."""
    lacking = _of_groups(values)
    if lacking:
        return lacking
    if values.get(_OF_SOME_METHODS.get((context, value.name), "")) is not None:
        return f"not a part of the method {values.get('method')}"
    if context in _FOURFOLD:
        return _of_fourfold(value, values)
    if context in ("rate_difference", "rate_ratio", "incidence_rate"):
        if (context, value.name) == ("rate_difference", "p_value"):
            return "this statistic has limits and no test"
        return _of_rates(values)
    if context in _SPREAD:
        return _of_spread(values)
    return ""


def _of_groups(values: Values) -> str:
    """The group without records, or without values where these are counted alone."""
    names = ("N1", "N2") if {"N1", "N2"} <= set(values) else ("n1", "n2")
    what = "record" if names[0] == "N1" else "value"
    empty = [group for group, name in zip(("compared", "reference"), names) if values.get(name) == 0]
    return f"no {what} of the {' and of the '.join(empty)} group" if empty else ""


def _of_fourfold(value: Value, values: Values) -> str:
    met, sizes = (values.get("n1"), values.get("n2")), (values.get("N1"), values.get("N2"))
    if met == (0, 0):
        return "the condition holds for no record"
    if met == sizes:
        return "the condition holds for every record"
    if value.name in _HOMOGENEITY:
        return "fewer than two strata in which both groups and both answers occur, or no finite common odds ratio"
    if 0 in met or met[0] == sizes[0] or met[1] == sizes[1]:
        return "in a group the condition holds for no record, or for every one"
    if 1 in sizes:
        return "a group of one record has no variance"
    return "no stratum has both groups and both answers" if values.get("strata") != 1 else ""


def _of_rates(values: Values) -> str:
    times = [values[name] for name in ("exposure", "exposure1", "exposure2") if name in values]
    if 0 in times:
        return "a group has no exposure" if len(times) > 1 else "no exposure"
    return "a group has no events" if 0 in (values.get("events1"), values.get("events2")) else ""


def _of_spread(values: Values) -> str:
    if values.get("n_not_positive"):
        return "a value is not positive, and has no logarithm"
    if values.get("n") == 0:
        return "no value that is not missing"
    if 1 in (values.get("n"), values.get("n1"), values.get("n2")):
        return "one value has no spread"
    return "the values have no spread"


def _of_summary(value: Value, values: Values) -> str:
    if values.get("n") == 0:
        return "no value that is not missing"
    if values.get("n") == 1:
        return "one value has no spread"
    if value.name == "skewness":
        return "fewer than three values, or all the same"
    return "the mean is 0" if value.name == "cv" else "the values have no spread"


def _of_curve(value: Value, values: Values) -> str:
    if value.variable == "time":
        at = shown(value.level)
        if value.name.endswith(("_low", "_high")) or value.name == "std_error":
            return f"no limit at time {at}: no event before it, no record followed to it, or a curve at 0"
        return f"no record is followed to time {at}, and the curve has not come down to 0"
    limit = _LIMIT.fullmatch(value.name)
    height = _QUANTILES.get(limit.group(1) if limit else value.name, "the wanted height")
    if not values.get("events"):
        return "no events"
    return f"the {'limit of the ' if limit else ''}curve does not come down to {height}"
