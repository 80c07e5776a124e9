"""The rows of a forest plot: every comparison of the results it names, at every level of By."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from results.analysis import Level
from results.computed import Computed
from results.evaluate import condition
from results.figures.source import Source, named
from results.figures.style import clean
from results.statistics.registry import Estimated, Value
from results.template import fill

COUNTS = ("n1", "N1", "n2", "N2")


@dataclass(frozen=True)
class Names:
    """Which values of the statistic are shown: the estimate, its limits, the templates of the texts."""

    estimate: str
    low: str
    high: str
    text: str
    compared: str
    reference: str


@dataclass(frozen=True)
class ForestRow:
    """A row: a heading has no text. low and high are None where the statistic gives no limit.

    sizes: the records of the compared and of the reference level.
    """

    label: str
    indent: int = 0
    result: str = ""
    level: str = ""
    group: str = ""
    against: str = ""
    compared: str = ""
    reference: str = ""
    sizes: tuple[int, int] = (0, 0)
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    text: str = ""
    heading: bool = False


def chosen(source: Source, results: Sequence[str], statistic: str, names: tuple[str, str, str]) -> list[Computed]:
    """The calls that the figure shows: those of one statistic with an estimate and limits, without By first.

    SpecError where there is none, or where the results have several such statistics and none is named.
    """
    found: list[Computed] = []
    for result in results:
        mine = [one for one in source.calls(result) if set(names) <= {value.name for value in _plain(one)}]
        mine = [one for one in mine if statistic in ("", one.call.known.name)]
        if not mine:
            what = statistic or f"statistic with {', '.join(names)}"
            known = ", ".join(dict.fromkeys(one.call.known.name for one in source.calls(result)))
            raise source.wrong(f"result {result!r} has no {what}", f"it has {known}")
        found += sorted(mine, key=lambda one: bool(one.statistic.by))
    kinds = list(dict.fromkeys(one.call.known.name for one in found))
    if len(kinds) > 1:
        raise source.wrong(f"the results have {' and '.join(kinds)}", f"name one: statistic='{kinds[0]}'")
    return found


def _plain(one: Computed) -> tuple[Value, ...]:
    return tuple(value for value in one.call.of_nothing().values() if value.level is None)


def names_of(
    source: Source, calls: Sequence[Computed], names: tuple[str, str, str], percent: bool, template: str
) -> Names:
    """The names with the templates that suit them; SpecError for a template that names what there is not."""
    known = {value.name: value.fmt for value in _plain(calls[0])}
    form = ".1%" if percent else known[names[0]]
    value, low, high = (f"{{{name}:{form}}}" if form else f"{{{name}}}" for name in names)
    text = template or f"{value} ({low}, {high})"
    counted = set(COUNTS) <= set(known)
    fill(text, dict.fromkeys(known), source.row.at("Figure"))
    return Names(*names, text, "{n1}/{N1}" if counted else "", "{n2}/{N2}" if counted else "")


def label(calls: Sequence[Computed], name: str) -> str:
    """What the estimate is called."""
    return next(value.label for value in _plain(calls[0]) if value.name == name)


def rows(
    source: Source, calls: Sequence[Computed], names: Names, overall: str, headings: Sequence[str]
) -> Iterator[ForestRow]:
    """The rows in order: of each result the whole, then each By with its levels under a heading."""
    parted = [one for one in calls if one.statistic.by]
    if headings and len(headings) != len(parted):
        raise source.wrong(f"{len(headings)} headings for {len(parted)} calls with By", "write one for each, in order")
    given = dict(zip((id(one) for one in parted), headings))
    several = len({one.analysis.result.id for one in calls}) > 1
    for one in calls:
        by = one.statistic.by
        if by and one.estimates:
            heading = given.get(id(one)) or ", ".join(source.label(one.analysis.result.dataset, name) for name in by)
            yield ForestRow(clean(heading), heading=True, result=one.analysis.result.id)
        for level in one.by_levels:
            texts = [one.analysis.decodes.get(pair, pair[1]) for pair in zip(by, level)]
            whole = one.analysis.result.description if several else overall
            yield from _of_level(source, one, level, clean(", ".join(texts) or whole), names)


def _of_level(source: Source, one: Computed, level: Level, text: str, names: Names) -> Iterator[ForestRow]:
    found = {
        group: estimated
        for (group, at), estimated in one.estimates.items()
        if at == level and not (one.call.modelled and group == _reference(one))
    }
    sizes = _sizes(source, one, level)
    for group, estimated in found.items():
        values = _values(estimated)
        pair = (sizes.get(group, 0), sizes.get(_reference(one), 0))
        place = source.row.at("Figure")
        yield ForestRow(
            text + (f": {clean(named(group))}" if len(found) > 1 else ""),
            1 if one.statistic.by else 0,
            one.analysis.result.id,
            ", ".join(level),
            clean(named(group)),
            one.call.reference,
            fill(names.compared, values, place) if names.compared else str(pair[0]),
            fill(names.reference, values, place) if names.reference else str(pair[1]),
            pair,
            _number(values[names.estimate]),
            _number(values[names.low]),
            _number(values[names.high]),
            fill(names.text, values, place),
        )


def _values(estimated: Estimated) -> dict[str, float | int | str | None]:
    return {value.name: value.value for value in estimated.values() if value.level is None}


def _number(value: float | int | str | None) -> float | None:
    return float(value) if isinstance(value, int | float) and np.isfinite(value) else None


def _reference(one: Computed) -> Level:
    known = {", ".join(level): level for level in one.analysis.group_levels}
    return known.get(one.call.reference, ())


def _sizes(source: Source, one: Computed, level: Level) -> Mapping[Level, int]:
    """The records that count at each level of Group."""
    analysis = one.analysis
    place = one.statistic.at("Denominator")
    inside = condition(one.statistic.denominator, analysis.records, analysis.constants, place)
    positions = analysis.cut(one.statistic)
    return {
        group: int(inside[positions[(*group, *level)]].sum()) if (*group, *level) in positions else 0
        for group in analysis.columns
    }
