"""One row of Analysis Results made ready: its records, its population, the levels of Group and By."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from results import levels
from results.evaluate import condition, joined, known_name
from results.needed import Needed
from results.ready import ADSL, Positions, Ready
from results.treatments import agree, of_every_subject, periods_of
from specs.model import Codelist, Constant, Result, Statistic
from specs.problem import Place, Problem, SpecError, nearest

Level = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Analysis:
    """The records of a result inside its population and selection.

    records: the variables of the dataset, and those of ADSL that it lacks. subjects: the ADSL rows of the
    population, None without ADSL. groups: the Group variables. group_levels: their combinations in order, the
    same in every result of a display that has these Group variables: each variable's levels include those
    without a record. periods: those whose treatments of ADSL count, all if none is named. levels_from: those that
    there are in the population. codelists: those of Group and By variables
    that have one. decodes: the text behind a variable and its level.
    """

    result: Result
    records: pd.DataFrame
    subjects: pd.DataFrame | None
    groups: tuple[str, ...]
    group_levels: tuple[Level, ...]
    constants: Mapping[str, Constant]
    where: str
    periods: tuple[str, ...] = ()
    levels_from: tuple[pd.DataFrame, ...] = ()
    codelists: Mapping[str, Codelist] = field(default_factory=dict)
    decodes: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def parameter(self) -> str:
        """The text of the parameter that the records share; empty when they have none or several."""
        found = levels.ordered(self.records, "PARAM") if "PARAM" in self.records.columns else ()
        return found[0] if len(found) == 1 else ""

    def subjects_of(self, positions: npt.NDArray[np.integer]) -> int:
        """How many subjects the records at these positions are of."""
        return len(np.unique(self.subject_codes[positions]))

    @cached_property
    def subject_codes(self) -> npt.NDArray[np.intp]:
        """A number for the subject of each record."""
        return pd.factorize(self.records["USUBJID"])[0]

    @cached_property
    def _numbers(self) -> dict[str, bool]:
        """The variables of which it was asked whether they are numbers."""
        return {}

    def is_number(self, variable: str) -> bool:
        """Whether a variable of the records is a number."""
        if variable not in self._numbers:
            self._numbers[variable] = pd.api.types.is_numeric_dtype(self.records[variable].dtype)
        return self._numbers[variable]

    @property
    def total(self) -> Level | None:
        """The column over all levels of Group, None without one."""
        return (self.result.total,) if self.result.total else None

    @property
    def columns(self) -> tuple[Level, ...]:
        """The levels of Group, then the total."""
        return (*self.group_levels, *((self.total,) if self.total else ()))

    def by_levels(self, statistic: Statistic) -> tuple[Level, ...]:
        """The combinations of the By variables: of one variable all levels, of several those with records.

        The level of records without a value comes last.
        """
        key = (statistic.by, statistic.missing)
        if key not in self._levels:
            self._levels[key] = self._by_levels(statistic)
        return self._levels[key]

    def _by_levels(self, statistic: Statistic) -> tuple[Level, ...]:
        by = statistic.by
        if not by:
            return ((),)
        named = levels.selected(self.result.selection_criteria)
        each = [
            levels.ordered(self.records, variable, named.get(variable, ()), self.terms_of(variable)) for variable in by
        ]
        keys = [self._texts(statistic, variable) for variable in by]
        each = [
            (*known, *((statistic.missing,) if statistic.missing and (key == statistic.missing).any() else ()))
            for known, key in zip(each, keys)
        ]
        if len(by) == 1:
            return tuple((level,) for level in each[0])
        present = pd.concat(keys, axis=1).drop_duplicates()
        places = [{level: place for place, level in enumerate(known)} for known in each]
        found = list(present.itertuples(index=False, name=None))
        return tuple(sorted(found, key=lambda level: [place[name] for place, name in zip(places, level)]))

    def terms_of(self, variable: str) -> tuple[str, ...]:
        codelist = self.codelists.get(variable)
        return tuple(term.term for term in codelist.terms) if codelist else ()

    def _texts(self, statistic: Statistic, variable: str) -> pd.Series:
        """A By variable as text, records without a value under the name that the statistic gives them."""
        found = self._shown(variable).astype(object)
        return found.where(~levels.blank(self.records[variable]), statistic.missing) if statistic.missing else found

    def _shown(self, variable: str) -> pd.Series:
        if variable not in self._columns:
            self._columns[variable] = levels.texts(self.records[variable])
        return self._columns[variable]

    @cached_property
    def _columns(self) -> dict[str, pd.Series]:
        """The levels as text that were asked for, by variable."""
        return {}

    @cached_property
    def _levels(self) -> dict[tuple[tuple[str, ...], str], tuple[Level, ...]]:
        """The levels of By that were asked for, by the same."""
        return {}

    @cached_property
    def _cuts(self) -> dict[tuple[tuple[str, ...], str], Mapping[Level, Positions]]:
        """The cuts that were asked for, by By variables and the name of the level without a value."""
        return {}

    def forget(self) -> None:
        """Give back what was kept for the calls of the result; it is made anew if it is asked for."""
        for kept in (self._columns, self._cuts):
            kept.clear()

    def cut(self, statistic: Statistic) -> Mapping[Level, Positions]:
        """The positions of the records of each combination of Group (and the total) and By that has any."""
        key = (statistic.by, statistic.missing)
        if key not in self._cuts:
            self._cuts[key] = self._cut(statistic)
        return self._cuts[key]

    def _cut(self, statistic: Statistic) -> Mapping[Level, Positions]:
        by = [self._texts(statistic, variable) for variable in statistic.by]
        keys = [*(self._shown(variable) for variable in self.groups), *by]
        found = _positions(self.records, keys)
        if self.total:
            found |= {(*self.total, *level): where for level, where in _positions(self.records, by).items()}
        return found

    def subjects_at(self, group: Level, denominator: str, place: Place) -> int:
        """The number of subjects of the population at a level of Group, narrowed by a Denominator."""
        if (group, denominator) not in self._sizes:
            self._sizes[group, denominator] = self._subjects_at(group, denominator, place)
        return self._sizes[group, denominator]

    @cached_property
    def _sizes(self) -> dict[tuple[Level, str], int]:
        return {}

    def outside(self, denominator: str, place: Place) -> Positions:
        """The positions of records whose subject is not in the denominator at the level of Group of the record."""
        if denominator not in self._outside:
            self._outside[denominator] = self._find_outside(denominator, place)
        return self._outside[denominator]

    @cached_property
    def _outside(self) -> dict[str, Positions]:
        return {}

    def _find_outside(self, denominator: str, place: Place) -> Positions:
        frame = self.records if self.subjects is None else self.subjects
        counted = frame.loc[condition(denominator, frame, self.constants, place)].drop_duplicates("USUBJID")
        rows = pd.Index(counted["USUBJID"]).get_indexer(pd.Index(self.records["USUBJID"]))
        inside = rows >= 0
        for variable in self.groups if self.subjects is not None and len(counted) else ():
            names = levels.in_adsl(variable, counted.columns, self.periods)
            if names:
                shown = self._shown(variable).to_numpy(dtype=object)
                own = [levels.texts(counted[name]).to_numpy(dtype=object)[rows] for name in names]
                inside &= np.any([of_one == shown for of_one in own], axis=0)
        return np.flatnonzero(~inside)

    def level_of(self, variable: str, position: int) -> str:
        """The level of a Group variable that a record has."""
        return str(self._shown(variable).iloc[position])

    def _subjects_at(self, group: Level, denominator: str, place: Place) -> int:
        frame = self.records if self.subjects is None else self.subjects
        inside = condition(denominator, frame, self.constants, place)
        for variable, level in zip(self.groups, group) if group != self.total else ():
            names = levels.in_adsl(variable, frame.columns, self.periods)
            if not names:
                hint = "Group is a variable of ADSL for subjects(), or TRTP, TRTA"
                raise SpecError([Problem(self.result.at("Group"), f"ADSL has no {variable}", hint)])
            inside = inside & np.any([levels.texts(frame[name]) == level for name in names], axis=0)
        return int(frame.loc[inside, "USUBJID"].nunique())


def _positions(records: pd.DataFrame, keys: Sequence[pd.Series]) -> dict[Level, Positions]:
    if not keys:
        return {(): np.arange(len(records))}
    coded = [pd.factorize(key.array, use_na_sentinel=False) for key in keys]
    codes = np.zeros(len(records), dtype=np.int64)
    for own, distinct in coded:
        codes = pd.factorize(codes * len(distinct) + own)[0]  # small numbers again
    order = np.argsort(codes, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1) if len(order) else []
    texts = [(own, distinct.tolist()) for own, distinct in coded]
    return {tuple(distinct[own[part[0]]] for own, distinct in texts): part for part in parts}


def names(cell: str) -> tuple[str, ...]:
    """The names in a cell, parted by blanks or commas."""
    return tuple(name for name in re.split(r"[,\s]+", cell) if name)


def prepare(
    result: Result,
    ready: Ready,
    statistics: Sequence[Statistic],
    codelists: Mapping[str, Codelist],
    needed: Needed,
) -> Analysis:
    """Select the records of a result. `statistics`: its rows of Statistics; `codelists`: those of variables.

    The Population is a condition on ADSL: the records of its subjects enter. Without ADSL it is a condition on the
    dataset itself. needed: the variables that are kept of the records. SpecError for a dataset or variable that is not
    there, DataError for records without a level.
    """
    known_name(result.dataset, ready.present, "dataset", result.at("Dataset"))
    groups = names(result.group)
    _check_total(result, groups)
    by = tuple(dict.fromkeys(name for statistic in statistics for name in statistic.by))
    _check_variables(result, ready, groups, by)
    rows, subjects = ready.population(result), ready.subjects(result)
    population = ready.records(result.dataset, rows, needed.for_selection)
    selection = condition(result.selection_criteria, population, ready.constants, result.at("Selection Criteria"))
    rows = rows[selection]
    records = ready.records(result.dataset, rows, needed.of(len(rows)))
    for variable in (*groups, *_need_level(statistics)):
        levels.complete(records, variable, result.dataset, result.place)
    periods = periods_of(result, ready.present[result.dataset])
    found: tuple[pd.DataFrame, ...] = (levels.of_variables(groups, population),)
    if subjects is not None:
        found = (ready.levels_of(result, groups, periods, subjects), levels.of_variables(groups, records))
        for variable in groups:
            for name in of_every_subject(variable, subjects.columns, periods):
                levels.complete(subjects, name, "ADSL", result.at("Population"))
            agree(result, variable, records, subjects, periods)
    where = joined((result.population, result.selection_criteria))
    decodes = _decoded(records, by, codelists)
    return Analysis(result, records, subjects, groups, (), ready.constants, where, periods, found, codelists, decodes)


def _check_variables(result: Result, ready: Ready, groups: tuple[str, ...], by: tuple[str, ...]) -> None:
    """Group and By name variables of the dataset or of ADSL."""
    own = ready.present[result.dataset]
    lacking = [name for name in ready.present.get(ADSL, ()) if name not in own]
    present = [*own, *lacking]
    for variable, column in (*((name, "Group") for name in groups), *((name, "By") for name in by)):
        if variable not in present:
            place = result.at(column) if column == "Group" else result.place
            hint = nearest(variable, present)
            raise SpecError([Problem(place, f"{column} {variable!r} is not in {result.dataset}", hint)])


def _check_total(result: Result, groups: tuple[str, ...]) -> None:
    if result.total and len(groups) != 1:
        hint = "leave Total blank, or name one variable in Group"
        raise SpecError([Problem(result.at("Total"), "a total is over the levels of one Group variable", hint)])


def _need_level(statistics: Sequence[Statistic]) -> tuple[str, ...]:
    """The By variables that every record has to have, since no name is given for the level of those without."""
    return tuple(dict.fromkeys(name for row in statistics if not row.missing for name in row.by))


def with_levels(analyses: Sequence[Analysis]) -> list[Analysis]:
    """The analyses with the levels of Group: those of every result of the display with the same variables.

    So an arm that is empty in one population, as at an early data cut, is a column with N = 0, and the
    results of a display have the same columns.
    """
    sources: dict[tuple[str, Level], list[pd.DataFrame]] = {}
    for one in analyses:
        sources.setdefault((one.result.display, one.groups), []).extend(one.levels_from)
    combinations = {
        (display, groups): tuple(itertools.product(*(levels.of_group(variable, frames) for variable in groups)))
        for (display, groups), frames in sources.items()
    }
    made = [combinations[one.result.display, one.groups] for one in analyses]
    return [replace(one, group_levels=found, levels_from=()) for one, found in zip(analyses, made)]


def _decoded(
    records: pd.DataFrame, by: tuple[str, ...], codelists: Mapping[str, Codelist]
) -> dict[tuple[str, str], str]:
    """The text behind the level of a code: PARAM of PARAMCD, of others the decoded value of the codelist."""
    found: dict[tuple[str, str], str] = {}
    for variable in by:
        if variable in codelists:
            found |= {(variable, term): text for term, text in codelists[variable].decodes().items()}
        decode = levels.DECODES.get(variable, "")
        if decode in records.columns:
            pairs = records[[variable, decode]].drop_duplicates(variable)
            found |= {(variable, levels.shown(code)): str(text) for code, text in pairs.itertuples(index=False)}
    return found
