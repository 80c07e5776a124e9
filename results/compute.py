"""The calls of Statistics over their records, at every level of Group and By, as a table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from results import levels, variables, where
from results.analysis import Analysis, Level, names, prepare, with_levels
from results.ard import Row
from results.call import Call, read_call
from results.computed import Computed, computed
from results.evaluate import known_name
from results.ready import Ready
from results.reasons import reason
from results.statistics.registry import Value
from specs.model import Codelist, Result, Spec, Statistic
from specs.problem import Problem, SpecError, nearest

# What a statistic over all levels of Group calls the level that one of its values is of.
GROUP = "group"


def compute(
    spec: Spec, frames: Mapping[str, pd.DataFrame], present: Mapping[str, Collection[str]] | None = None
) -> list[Computed]:
    """Every call of Statistics with its estimates; the faults of all calls are reported together.

    frames: the datasets by name; but for ADSL each is asked for once. present: the variables of each, where the frames
    need not be asked for them.
    """
    calls = read_calls(spec)
    problems: list[Problem] = []
    present = {name: list(frame.columns) for name, frame in frames.items()} if present is None else present
    found: list[Computed] = []
    for analysis in with_levels(_analyses(spec, calls, Ready(frames, present, spec.study.constants), problems)):
        for statistic, call in calls:
            try:
                if statistic.result == analysis.result.id:
                    found.append(computed(analysis, statistic, call))
            except SpecError as error:
                problems += error.problems
        analysis.forget()
    if problems:
        raise SpecError(problems)
    return found


def _analyses(
    spec: Spec, calls: Sequence[tuple[Statistic, Call]], ready: Ready, problems: list[Problem]
) -> list[Analysis]:
    """The results that compute something, in the order of Analysis Results, made one dataset after the other."""
    found: dict[str, Analysis | list[Problem]] = {}
    named = variables.Named(spec, ready.present)
    datasets = list(dict.fromkeys(result.dataset for result in spec.results.values()))
    for result in sorted(spec.results.values(), key=lambda result: datasets.index(result.dataset)):
        mine = [statistic for statistic, _ in calls if statistic.result == result.id]
        try:
            if mine:
                codelists = _codelists(spec, result, mine)
                found[result.id] = prepare(result, ready, mine, codelists, named.of_result(result))
        except SpecError as error:
            found[result.id] = list(error.problems)
    made = [found[name] for name in spec.results if name in found]
    problems += [problem for one in made if isinstance(one, list) for problem in one]
    return [one for one in made if isinstance(one, Analysis)]


def _codelists(spec: Spec, result: Result, statistics: Sequence[Statistic]) -> dict[str, Codelist]:
    """The codelists of the Group and By variables, of the dataset or else of ADSL."""
    found = {}
    for name in dict.fromkeys((*names(result.group), *(name for statistic in statistics for name in statistic.by))):
        variable = spec.variables.get((result.dataset, name)) or spec.variables.get(("ADSL", name))
        codelist = spec.codelists.get(variable.codelist) if variable else None
        if codelist:
            found[name] = codelist
    return found


def read_calls(spec: Spec) -> list[tuple[Statistic, Call]]:
    """Every row of Statistics with its checked call, in order; SpecError with all that is wrong in them."""
    found: list[tuple[Statistic, Call]] = []
    problems: list[Problem] = []
    for statistic in sorted(spec.statistics, key=lambda row: row.order):
        try:
            known_name(statistic.result, spec.results, "result", statistic.at("Result"))
            call = read_call(statistic.statistic, statistic.at("Statistic"))
            group = spec.results[statistic.result].group
            found.append((statistic, replace(call, group=group) if call.modelled else call))
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
        for group, level in one.estimates:
            table += rows_of(one, group, level)
    return table


def rows_of(one: Computed, group: Level, level: Level) -> Iterator[Row]:
    """The rows of one estimate of a call."""
    analysis, result = one.analysis, one.analysis.result
    values = one.values(group, level)
    whole = {value.name: value.value for value in values if value.level is None}
    used = one.used[group, level]
    condition, subjects = where.of_records(one, group, level), analysis.subjects_of(used)
    keys = keys_of(one, group, level)
    for value in values:
        own = _level_of(one, group, value)
        yield Row(
            result.display,
            result.id,
            one.order,
            result.dataset,
            analysis.where,
            groups=keys if own is None else (*zip(analysis.groups, own), *zip(one.statistic.by, level)),
            variable=value.variable if value.variable and own is None else one.call.variable,
            variable_level="" if value.level is None or own is not None else levels.shown(value.level),
            context=one.call.known.name,
            stat_name=value.name,
            stat_label=value.label,
            stat=value.value,
            fmt=value.fmt,
            reference=_reference_of(one, group),
            warning=reason(one.call.known.name, value, whole, len(used)),
            population=result.population,
            denominator=one.statistic.denominator,
            records_where=condition,
            records=len(used),
            subjects=subjects,
        )


def _reference_of(one: Computed, group: Level) -> str:
    """The level with which a level is compared; of a model, which tells of the reference too, none for that."""
    return "" if one.call.modelled and group == (one.call.reference,) else one.call.reference


def _level_of(one: Computed, group: Level, value: Value) -> Level | None:
    """The level of Group that a value is of by its code: of all levels, or of reference (0) and `group` (1)."""
    if value.variable != GROUP or value.level is None or not one.analysis.groups:
        return None
    code = int(value.level)
    if one.call.overall:
        return one.analysis.group_levels[code]
    return group if code else (one.call.reference,)


def keys_of(one: Computed, group: Level, level: Level) -> tuple[tuple[str, str], ...]:
    """Variable and level of Group, then of By; what is over all levels of Group has none."""
    over_all = group == one.analysis.total or one.call.overall
    groups = () if over_all else tuple(zip(one.analysis.groups, group))
    return (*groups, *zip(one.statistic.by, level))


def _population_rows(computed: list[Computed]) -> list[Row]:
    """The number of subjects of each population at each level of Group."""
    found: dict[tuple[str, tuple[tuple[str, str], ...], str], Row] = {}
    for one in computed:
        analysis = one.analysis
        if analysis.subjects is None:
            continue
        for group in analysis.columns:
            pairs = () if group == analysis.total else tuple(zip(analysis.groups, group))
            key = (analysis.result.population, pairs, _on_subjects(analysis, group))
            if key not in found:
                size = analysis.subjects_at(group, "", analysis.result.at("Population"))
                body = ("USUBJID", "", "population", "N", "Subjects of the population", size, "d")
                found[key] = Row(
                    "", "", "", "ADSL", key[0], key[1], *body,
                    population=key[0], records_where=key[2], records=size, subjects=size,
                )  # fmt: skip
    return list(found.values())


def _on_subjects(analysis: Analysis, group: Level) -> str:
    """The condition of a level of Group on ADSL."""
    if analysis.subjects is None or group == analysis.total:
        return ""
    parts = []
    for variable, at in zip(analysis.groups, group):
        names = levels.in_adsl(variable, analysis.subjects.columns, analysis.periods)
        each = [(pd.api.types.is_numeric_dtype(analysis.subjects[name].dtype), name, [at]) for name in names]
        found = " or ".join(where.is_level(*one) for one in each)
        parts.append(f"({found})" if len(names) > 1 else found)
    return " and ".join(parts)
