"""What the comparisons of a result say, in words: the effect with its interval, the p-value with its test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from results.analysis import Level
from results.ard import shown_format
from results.call import Call
from results.computed import Computed
from results.statistics.registry import Statistic, Value
from results.template import NOT_ESTIMABLE, formatted

# What an effect is called; a statistic that is not here is called what its value says of itself.
EFFECTS = {
    "ancova": "LS mean difference",
    "difference": "difference",
    "cluster_difference": "difference (clustered by subject)",
    "cmh": "common odds ratio",
    "cox": "hazard ratio",
    "crossover": "LS mean difference",
    "hodges_lehmann": "shift (Hodges-Lehmann)",
    "mmrm": "LS mean difference",
    "odds_ratio": "odds ratio",
    "rate_difference": "rate difference",
    "rate_ratio": "rate ratio",
    "relative_risk": "relative risk",
    "t_test": "difference of means",
}
TESTS = {
    "ancova": "t test of the model",
    "chi_square": "chi-square test",
    "chi_square_table": "chi-square test",
    "cluster_difference": "test clustered by subject",
    "cmh": "Cochran-Mantel-Haenszel test",
    "cmh_table": "Cochran-Mantel-Haenszel test",
    "cox": "Wald test",
    "crossover": "t test of the model",
    "fisher": "Fisher's exact test",
    "fisher_table": "Fisher's exact test",
    "gray": "Gray's test",
    "kruskal_wallis": "Kruskal-Wallis test",
    "logrank": "log-rank test",
    "mmrm": "t test of the model",
    "t_test": "t test",
    "van_elteren": "van Elteren test",
    "wilcoxon": "Wilcoxon rank-sum test",
}
# What the option ci of a difference of proportions is called.
INTERVALS = {
    "agresti_caffo": "Agresti-Caffo",
    "hauck_anderson": "Hauck-Anderson",
    "mantel_haenszel": "Mantel-Haenszel",
    "mee": "Mee",
    "miettinen_nurminen": "Miettinen-Nurminen",
    "newcombe": "Newcombe",
    "newcombe_cc": "Newcombe with continuity correction",
    "wald": "Wald",
    "wald_cc": "Wald with continuity correction",
}
# Differences of proportions, which read as percentage points.
POINTS = ("difference", "cluster_difference")
SUBJECTS = "ADSL"
_ESTIMATES = (
    ("estimate", "conf_low", "conf_high"),
    ("hr", "conf_low", "conf_high"),
    ("difference", "difference_low", "difference_high"),
    ("ratio", "ratio_low", "ratio_high"),
)


@dataclass(frozen=True)
class Comparison:
    """A comparison of a level with the reference, or a test over all levels (both then empty).

    effect, interval, p: as they are shown, empty where the statistic has none. test: the test behind p.
    """

    level: str
    reference: str
    name: str
    effect: str
    interval: str
    p: str
    test: str

    @property
    def text(self) -> str:
        """The comparison in words."""
        parts = []
        if self.effect:
            parts.append(f"{self.name} {self.effect}" + (f" ({self.interval})" if self.interval else ""))
        if self.p:
            parts.append(f"p {self.p} ({self.test})")
        return ", ".join(parts)


Labels = Mapping[tuple[str, str], str]


def comparisons(
    computed: Sequence[Computed], by: tuple[str, ...], level: Level, labels: Labels | None = None
) -> list[Comparison]:
    """The comparisons among the calls of a result that are made at a level of these By variables.

    labels: what a variable of a dataset is called in words.
    """
    return [
        found
        for one in computed
        if (one.call.compares or one.call.overall or one.call.modelled) and one.statistic.by == by
        for found in _of_call(one, level, labels or {})
        if found.effect or found.p
    ]


def _of_call(one: Computed, level: Level, labels: Labels) -> Iterator[Comparison]:
    for (group, at), estimated in one.estimates.items():
        if at == level and not (one.call.modelled and group == (one.call.reference,)):
            values = {value.name: value for value in estimated.values() if value.level is None}
            context = one.call.known.name
            name, effect, interval = _effect(context, values)
            name, interval = name + _apart(one, labels), interval + _method(one.call)
            shown = "" if one.call.overall else ", ".join(group)
            p = _p_value(values)
            test = TESTS.get(context, context.replace("_", " "))
            yield Comparison(shown, one.call.reference, name, effect, interval, p, test if p else "")


def _apart(one: Computed, labels: Labels) -> str:
    """What sets an effect apart from another of the same name: its strata, its variance."""
    call, dataset = one.call, one.analysis.result.dataset
    names = []
    for name in call.strata:
        label = labels.get((dataset, name)) or labels.get((SUBJECTS, name))
        names.append(f"{label} ({name})" if label else name)
    strata = f", stratified by {' and '.join(names)}" if names else ""
    robust = " (clustered by subject)" if call.constants.get("variance") == "robust" else ""
    return robust + strata


def _method(call: Call) -> str:
    given = call.constants.get("ci", call.known.constants.get("ci"))
    return f", {INTERVALS.get(str(given), given)}" if call.known.name == "difference" else ""


def leading(found: Sequence[Comparison]) -> list[Comparison]:
    """Of each level the first comparison that has an effect, and the first that has a p-value."""
    kept: list[Comparison] = []
    effects: set[str] = set()
    tests: set[str] = set()
    for one in found:
        if (one.effect and one.level not in effects) or (one.p and not {one.level, ""} & tests):
            kept.append(one)
            effects |= {one.level} if one.effect else set()
            tests |= {one.level} if one.p else set()
    return kept


def _effect(context: str, values: dict[str, Value]) -> tuple[str, str, str]:
    for name, low, high in _ESTIMATES:
        if {name, low, high} <= set(values):
            points = context in POINTS
            known = EFFECTS.get(context, values[name].label.lower())
            if values[name].label.startswith("Ratio"):
                known = values[name].label.replace("Ratio", "ratio", 1)
            shown = [_number(values[part], points) for part in (name, low, high)]
            unit = " percentage points" if points and shown[0] != NOT_ESTIMABLE else ""
            interval = _interval(shown[1], shown[2], values.get("conf_level"))
            return known, shown[0] + unit, interval
    return "", "", ""


def _number(value: Value, points: bool) -> str:
    content: Statistic = value.value
    if points and isinstance(content, int | float):
        return formatted(100 * content, ".1f").replace("-", "−")
    digits = value.fmt if value.fmt not in (".3f", ".4f") else ".2f"
    return formatted(content, digits).replace("-", "−")


def _interval(low: str, high: str, level: Value | None) -> str:
    if low == high == NOT_ESTIMABLE:
        return f"CI {NOT_ESTIMABLE}"
    share = formatted(level.value, "%") + " " if level and level.value is not None else ""
    return f"{share}CI {low} to {high}"


def _p_value(values: dict[str, Value]) -> str:
    """`= 0.0123` or `< 0.0001`: that named p_value, else the first whose name is that of a p-value."""
    names = [name for name, value in values.items() if shown_format(name, value.fmt) == "p"]
    if not names:
        return ""
    name = "p_value" if "p_value" in names else names[0]
    shown = formatted(values[name].value, "p")
    if shown == NOT_ESTIMABLE:
        return shown
    return f"{shown[0]} {shown[1:]}" if shown[0] in "<>" else f"= {shown}"
