"""The answers of a study: the headline of each outcome measure by level of Group, its comparison, in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from results.analysis import Level
from results.comparisons import Comparison, Labels, comparisons, leading
from results.computed import Computed
from results.graphic import Interval
from results.lines import Behind
from results.statistics.registry import Statistic
from results.template import fields, fill
from specs.problem import Place

PURPOSES = {
    "PRIMARY OUTCOME MEASURE": "Primary outcome",
    "SECONDARY OUTCOME MEASURE": "Secondary outcomes",
    "EXPLORATORY OUTCOME MEASURE": "Exploratory outcomes",
}
PROTOCOL, PRIMARY = "SPECIFIED IN PROTOCOL", "PRIMARY OUTCOME MEASURE"


@dataclass(frozen=True)
class Headline:
    """How the first statistic of a result reads: the figure, what stands below it, in a sentence, as an interval.

    interval: names of estimate, lower and upper limit; share: True for proportions, drawn from 0 to 1.
    """

    figure: str
    below: str
    sentence: str
    interval: tuple[str, str, str]
    share: bool = False
    drawn: str = "estimate and confidence interval"


_SHARE = Headline(
    "{pct:.1f}%",
    "{n} of {N}\n{conf_level:%} CI {conf_low:.1%} to {conf_high:.1%}",
    "{pct:.1f}% ({n} of {N})",
    ("estimate", "conf_low", "conf_high"),
    True,
)
_LS_MEAN = Headline(
    "{lsmean:.2f}",
    "LS mean, n = {n}\n{conf_level:%} CI {lsmean_low:.2f} to {lsmean_high:.2f}",
    "LS mean {lsmean:.2f} (n = {n})",
    ("lsmean", "lsmean_low", "lsmean_high"),
    drawn="LS mean and confidence interval",
)
HEADLINES = {
    "proportion": _SHARE,
    "incidence": _SHARE,
    "cluster_ratio": _SHARE,
    "subjects": Headline("{n}", "of {N} subjects", "{n} of {N} subjects", ("estimate", "", ""), True, "proportion"),
    "kaplan_meier": Headline(
        "{median:.1f}",
        "median, event in {events} of {n}\n{conf_level:%} CI {median_low:.1f} to {median_high:.1f}",
        "median {median:.1f} (event in {events} of {n})",
        ("median", "median_low", "median_high"),
        drawn="median and confidence interval",
    ),
    "summary": Headline(
        "{mean:.1f}",
        "mean, n = {n}\nSD {sd:.1f}, median {median:.1f}",
        "mean {mean:.1f} (SD {sd:.1f}, n = {n})",
        ("mean", "q1", "q3"),
        drawn="mean, and line from first to third quartile",
    ),
    "ancova": _LS_MEAN,
    "crossover": _LS_MEAN,
    "mmrm": _LS_MEAN,
    "geometric_mean": Headline(
        "{estimate:.2f}",
        "geometric mean, n = {n}\n{conf_level:%} CI {conf_low:.2f} to {conf_high:.2f}",
        "geometric mean {estimate:.2f} (n = {n})",
        ("estimate", "conf_low", "conf_high"),
    ),
    "incidence_rate": Headline(
        "{estimate:.2f}",
        "per {per}, {events} events\n{conf_level:%} CI {conf_low:.2f} to {conf_high:.2f}",
        "{estimate:.2f} per {per} ({events} events)",
        ("estimate", "conf_low", "conf_high"),
    ),
}
_HERE = Place("results/answers.py")


@dataclass(frozen=True)
class Answer:
    """An outcome measure, at a level of By if it has some, with its headline per level of Group.

    cells: figure and explanation by level of Group. behind: where the numbers come from. intervals: to be drawn.
    """

    purpose: str
    result: str
    measure: str
    level: str
    display: str
    cells: tuple[tuple[str, str], ...]
    behind: tuple[Behind, ...]
    intervals: tuple[Interval, ...]
    headline: Headline
    comparisons: tuple[Comparison, ...]
    sentence: str


def main(computed: Sequence[Computed]) -> list[Computed]:
    """The calls that share the columns of the first that answers something: those that can be set side by side."""
    known = [(one.analysis.groups, one.analysis.group_levels) for one in computed]
    first = next((columns for one, columns in zip(computed, known) if columns[1] and _is_answer(one)), None)
    return [one for one, columns in zip(computed, known) if columns == first]


def _is_answer(one: Computed) -> bool:
    result = one.analysis.result
    return (result.reason == PROTOCOL or result.purpose == PRIMARY) and one.call.known.name in HEADLINES


def answers(computed: Sequence[Computed], labels: Labels | None = None) -> list[Answer]:
    """The headline of every outcome measure of the protocol, and of all results of the primary one.

    computed: calls that share their columns. The headline is the first statistic of a result that has one; beside it
    stand the comparisons of what it analyses, not those of another variable, such as the change beside the value.
    labels: as in `comparisons`.
    """
    found: list[Answer] = []
    seen = set()
    for one in computed:
        result = one.analysis.result
        if result.id in seen or not _is_answer(one):
            continue
        seen.add(result.id)
        mine = [other for other in computed if other.analysis.result.id == result.id and _beside(one, other)]
        found += [_answer(one, level, mine, labels) for level in one.by_levels]
    return found


def _beside(one: Computed, other: Computed) -> bool:
    """Whether two calls analyse the same: the same expressions, of which one call may have more than the other."""
    return all(a == b for a, b in zip(one.call.columns.values(), other.call.columns.values()))


def _answer(one: Computed, level: Level, mine: Sequence[Computed], labels: Labels | None) -> Answer:
    result, headline = one.analysis.result, HEADLINES[one.call.known.name]
    groups = one.analysis.group_levels
    values = [_values(one, group, level) for group in groups]
    cells = [(fill(headline.figure, known, _HERE), _below(headline, known)) for known in values]
    text = ", ".join(one.analysis.decodes.get((name, at), at) for name, at in zip(one.statistic.by, level))
    names = tuple(name for text in (headline.figure, headline.below) for _, name, _ in fields(text, _HERE) if name)
    compared = tuple(comparisons(mine, one.statistic.by, level, labels))
    phrases = [f"{fill(headline.sentence, known, _HERE)} with {', '.join(at)}" for known, at in zip(values, groups)]
    return Answer(
        PURPOSES.get(result.purpose, result.purpose),
        result.id,
        result.description,
        text or one.analysis.parameter,
        result.display,
        tuple(cells),
        tuple(Behind(one, group, level, "", names) for group in groups),
        tuple(_interval(headline, known, ", ".join(at)) for known, at in zip(values, groups)),
        headline,
        compared,
        _sentence(phrases, leading(compared), len(groups)),
    )


def _values(one: Computed, group: Level, level: Level) -> dict[str, Statistic]:
    return {value.name: value.value for value in one.values(group, level) if value.level is None}


def _below(headline: Headline, values: dict[str, Statistic]) -> str:
    return fill(headline.below, values, _HERE).replace("NE to NE", "NE")


def _interval(headline: Headline, values: dict[str, Statistic], label: str) -> Interval:
    numbers = [values.get(name) for name in headline.interval]
    known = [float(number) if isinstance(number, int | float) else None for number in numbers]
    return Interval(label, *known)


def _sentence(phrases: Sequence[str], compared: Sequence[Comparison], groups: int) -> str:
    """The levels of Group, then the comparisons that lead, with the levels these compare where there are several."""
    text = ", ".join(phrases[:-1]) + " and " + phrases[-1] if len(phrases) > 1 else phrases[0]
    for one in compared:
        between = f" ({one.level} against {one.reference})" if one.level and groups > 2 else ""
        text += f"; {one.text}{between}"
    return f"{text[:1].upper()}{text[1:]}."
