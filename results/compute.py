"""The calls of Statistics over their records, at every level of Group and By, as a table."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from results import levels
from results.analysis import Analysis, Level, prepare, with_levels
from results.ard import Row
from results.call import Call, read_call
from results.computed import Computed, computed
from results.evaluate import known_name
from specs.model import Spec, Statistic
from specs.problem import Problem, SpecError, nearest


def compute(spec: Spec, frames: Mapping[str, pd.DataFrame]) -> list[Computed]:
    """Every call of Statistics with its estimates; the faults of all calls are reported together."""
    calls = read_calls(spec)
    problems: list[Problem] = []
    analyses: list[Analysis] = []
    for result in spec.results.values():
        mine = [statistic for statistic, _ in calls if statistic.result == result.id]
        try:
            if mine:
                analyses.append(prepare(result, frames, spec.study.constants, mine))
        except SpecError as error:
            problems += error.problems
    found: list[Computed] = []
    for analysis in with_levels(analyses):
        for statistic, call in calls:
            try:
                if statistic.result == analysis.result.id:
                    found.append(computed(analysis, statistic, call))
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


def check_references(spec: Spec) -> None:
    """The level that a comparison calls its reference stands in the codelist of the Group variable, if it has one."""
    problems: list[Problem] = []
    for statistic, call in read_calls(spec):
        result = spec.results[statistic.result]
        variable = spec.variables.get((result.dataset, result.group))
        codelist = spec.codelists.get(variable.codelist) if variable else None
        terms = [term.term for term in codelist.terms] if codelist else []
        if call.reference and terms and call.reference not in terms:
            hint = nearest(call.reference, terms) or f"its terms are {', '.join(terms)}"
            message = f"reference {call.reference!r} is no term of {result.group} of {result.dataset}"
            problems.append(Problem(call.place, message, hint))
    if problems:
        raise SpecError(problems)


def rows(computed: list[Computed]) -> list[Row]:
    """The table of the estimates, one statistic a row, after the sizes of the populations."""
    table = _population_rows(computed)
    for one in computed:
        analysis, result = one.analysis, one.analysis.result
        head = (result.display, result.id, one.order, result.dataset, analysis.where)
        for (group, level), estimated in one.estimates.items():
            keys = keys_of(one, group, level)
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
                        reference=one.call.reference,
                    )
                )
    return table


def keys_of(one: Computed, group: Level, level: Level) -> tuple[tuple[str, str], ...]:
    """Variable and level of Group, then of By; what is over all levels of Group has none."""
    over_all = group == one.analysis.total or one.call.overall
    groups = () if over_all else tuple(zip(one.analysis.groups, group))
    return (*groups, *zip(one.statistic.by, level))


def _population_rows(computed: list[Computed]) -> list[Row]:
    """The number of subjects of each population at each level of Group."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Row] = {}
    for one in computed:
        analysis = one.analysis
        if analysis.subjects is None:
            continue
        for group in analysis.columns:
            pairs = () if group == analysis.total else tuple(zip(analysis.groups, group))
            key = (analysis.result.population, pairs)
            if key not in found:
                size = analysis.subjects_at(group, "", analysis.result.at("Population"))
                body = ("USUBJID", "", "population", "N", "Subjects of the population", size, "d")
                found[key] = Row("", "", "", "ADSL", key[0], key[1], *body)
    return list(found.values())
