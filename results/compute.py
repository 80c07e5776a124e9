"""The calls of Statistics over their records, at every level of Group and By."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from results import levels
from results.analysis import Analysis, Level, prepare, with_levels
from results.ard import Row
from results.call import Call, read_call
from results.evaluate import condition, known_name, number, text_levels
from results.statistics.registry import Estimated
from specs.model import Spec, Statistic
from specs.problem import DataError, Problem, SpecError


@dataclass(frozen=True, eq=False)
class Computed:
    """One call of Statistics with its results by level of Group and of By."""

    analysis: Analysis
    statistic: Statistic
    call: Call
    by_levels: tuple[Level, ...]
    estimates: Mapping[tuple[Level, Level], Estimated]

    @property
    def order(self) -> str:
        """Order among the calls of the result, as text."""
        return levels.shown(float(self.statistic.order))


def compute(spec: Spec, frames: Mapping[str, pd.DataFrame]) -> list[Computed]:
    """Every call of Statistics with its estimates; the faults of all calls are reported together."""
    calls = read_calls(spec)
    problems: list[Problem] = []
    analyses: list[Analysis] = []
    for result in spec.results.values():
        mine = [statistic for statistic, _ in calls if statistic.result == result.id]
        try:
            if mine:
                by = tuple(dict.fromkeys(name for statistic in mine for name in statistic.by))
                analyses.append(prepare(result, frames, spec.study.constants, by))
        except SpecError as error:
            problems += error.problems
    found: list[Computed] = []
    for analysis in with_levels(analyses):
        for statistic, call in calls:
            try:
                if statistic.result == analysis.result.id:
                    found.append(_computed(analysis, statistic, call))
            except SpecError as error:
                problems += error.problems
    if problems:
        raise SpecError(problems)
    return found


def read_calls(spec: Spec) -> list[tuple[Statistic, Call]]:
    """Every row of Statistics with its checked call, in order; SpecError with all that is wrong in them."""
    found: list[tuple[Statistic, Call]] = []
    problems: list[Problem] = []
    for statistic in sorted(spec.statistics, key=lambda row: row.order):
        try:
            known_name(statistic.result, spec.results, "result", statistic.at("Result"))
            found.append((statistic, read_call(statistic.statistic, statistic.at("Statistic"))))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return found


def _computed(analysis: Analysis, statistic: Statistic, call: Call) -> Computed:
    columns = _columns(analysis, call)
    positions, by_levels = analysis.cut(statistic.by), analysis.by_levels(statistic.by)
    counts = _populations(analysis, statistic, call)
    subject = analysis.records["USUBJID"].to_numpy(dtype=object)
    inside = _inside(analysis, statistic, call)
    estimates: dict[tuple[Level, Level], Estimated] = {}
    for group in analysis.group_levels:
        for level in by_levels:
            where = positions.get((*group, *level), np.array([], dtype=np.intp))
            where = where[inside[where]]
            arguments: dict[str, object] = {name: values[where] for name, values in columns.items()}
            for name, kind in call.known.passed.items():
                arguments[name] = subject[where] if kind == "subject" else counts[group]
            try:
                estimates[group, level] = call.known.function(**arguments, **call.constants)
            except ValueError as error:
                at = ", ".join((*group, *level)) or "all records"
                message = f"{call.known.name} of {analysis.result.dataset}: {error} ({at})"
                raise DataError([Problem(call.place, message)]) from None
    return Computed(analysis, statistic, call, by_levels, estimates)


def _columns(analysis: Analysis, call: Call) -> dict[str, npt.NDArray[np.generic] | pd.Categorical]:
    """Each column expression of a call over the records of the result."""
    evaluate = {"condition": condition, "number": number, "text": text_levels}
    return {
        name: evaluate[call.known.columns[name]](source, analysis.records, analysis.constants, call.place)
        for name, source in call.columns.items()
    }


def _inside(analysis: Analysis, statistic: Statistic, call: Call) -> npt.NDArray[np.bool_]:
    """The records that count: a Denominator narrows them, unless the statistic counts subjects of ADSL."""
    if "population" in call.known.passed.values():
        return np.ones(len(analysis.records), dtype=bool)
    return condition(statistic.denominator, analysis.records, analysis.constants, statistic.at("Denominator"))


def _populations(analysis: Analysis, statistic: Statistic, call: Call) -> dict[Level, int]:
    if "population" not in call.known.passed.values():
        return {}
    place = statistic.at("Denominator")
    return {group: analysis.subjects_at(group, statistic.denominator, place) for group in analysis.group_levels}


def rows(computed: list[Computed]) -> list[Row]:
    """The table of the estimates, one statistic a row, after the sizes of the populations."""
    table = _population_rows(computed)
    for one in computed:
        analysis, result = one.analysis, one.analysis.result
        head = (result.display, result.id, one.order, result.dataset, analysis.where)
        for (group, level), estimated in one.estimates.items():
            keys = tuple(zip((*analysis.groups, *one.statistic.by), (*group, *level)))
            for value in estimated.values():
                table.append(
                    Row(
                        *head,
                        groups=keys,
                        variable=value.variable or one.call.variable,
                        variable_level="" if value.level is None else levels.shown(value.level),
                        context=one.call.known.name,
                        stat_name=value.name,
                        stat_label=value.label,
                        stat=value.value,
                        fmt=value.fmt,
                    )
                )
    return table


def _population_rows(computed: list[Computed]) -> list[Row]:
    """The number of subjects of each population at each level of Group."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Row] = {}
    for one in computed:
        analysis = one.analysis
        if analysis.subjects is None:
            continue
        for group in analysis.group_levels:
            key = (analysis.result.population, tuple(zip(analysis.groups, group)))
            if key not in found:
                size = analysis.subjects_at(group, "", analysis.result.at("Population"))
                body = ("USUBJID", "", "population", "N", "Subjects of the population", size, "d")
                found[key] = Row("", "", "", "ADSL", key[0], key[1], *body)
    return list(found.values())
