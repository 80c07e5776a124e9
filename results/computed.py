"""One call of Statistics at every level of Group and By: alone, against the reference level, or over all levels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from results import arguments, levels
from results.analysis import Analysis, Level, Positions
from results.call import Call
from results.models import models
from results.statistics.registry import Estimated, Value
from specs.model import Statistic
from specs.problem import DataError, Problem

Used = npt.NDArray[np.int32]
NONE: Positions = np.array([], dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Computed:
    """One call of Statistics with its results by level of Group and of By.

    A comparison has no estimate at the reference level; a statistic over all levels of Group has one, under the
    first level. used: the positions (int32), in the records of the analysis, of those that each estimate is made of.
    """

    analysis: Analysis
    statistic: Statistic
    call: Call
    by_levels: tuple[Level, ...]
    estimates: Mapping[tuple[Level, Level], Estimated]
    used: Mapping[tuple[Level, Level], Used]

    @property
    def order(self) -> str:
        """Order among the calls of the result, as text."""
        return levels.shown(float(self.statistic.order))

    def values(self, group: Level, level: Level) -> tuple[Value, ...]:
        """The values of an estimate, which several outputs ask for."""
        if (group, level) not in self._values:
            self._values[group, level] = tuple(self.estimates[group, level].values())
        return self._values[group, level]

    @cached_property
    def _values(self) -> dict[tuple[Level, Level], tuple[Value, ...]]:
        return {}

    @cached_property
    def conditions(self) -> dict[tuple[Level, Level], str]:
        """The conditions on the records of estimates that were asked for."""
        return {}


@dataclass(frozen=True)
class _Cell:
    """What is computed once: the level under which it stands, its records, and which level each is of."""

    group: Level
    level: Level
    records: Positions
    code: npt.NDArray[np.int64]


def computed(analysis: Analysis, statistic: Statistic, call: Call) -> Computed:
    """Compute a call. Raises SpecError for a fault of its row, DataError for records it cannot be computed from."""
    if call.modelled:
        by_levels = analysis.by_levels(statistic)
        return Computed(analysis, statistic, call, by_levels, *models(analysis, statistic, call, by_levels))
    columns = arguments.columns(analysis, call)
    by_levels = analysis.by_levels(statistic)
    populations = _populations(analysis, statistic, call)
    subject = analysis.records["USUBJID"].to_numpy(dtype=object)
    strata, covariates = arguments.strata(analysis, call), arguments.covariates(analysis, call)
    inside = arguments.inside(analysis, statistic, call)
    estimates: dict[tuple[Level, Level], Estimated] = {}
    used: dict[tuple[Level, Level], Used] = {}
    for cell in _cells(analysis, statistic, call, by_levels):
        held = inside[cell.records]
        where, code = cell.records[held], cell.code[held]
        used[cell.group, cell.level] = where.astype(np.int32)
        given: dict[str, object] = {name: values[where] for name, values in columns.items()}
        passed = {
            "subject": subject[where],
            "population": populations.get(cell.group, 0),
            "group": code,
            "groups": code,
            "strata": None if strata is None else strata[where],
            "covariates": None if covariates is None else covariates[where],
        }
        given |= {name: passed[kind] for name, kind in call.known.passed.items()}
        try:
            estimates[cell.group, cell.level] = call.known.function(**given, **call.constants)
        except ValueError as error:
            at = ", ".join((*cell.group, *cell.level)) or "all records"
            message = f"{call.known.name} of {analysis.result.dataset}: {error} ({at})"
            raise DataError([Problem(call.place, message)]) from None
    return Computed(analysis, statistic, call, by_levels, estimates, used)


def _cells(analysis: Analysis, statistic: Statistic, call: Call, by_levels: tuple[Level, ...]) -> Iterator[_Cell]:
    positions = analysis.cut(statistic)
    reference = arguments.reference(analysis, call)
    for level in by_levels:
        if call.overall:
            parts = [positions.get((*group, *level), NONE) for group in analysis.group_levels]
            if parts:
                yield _Cell(analysis.group_levels[0], level, *_joined(parts))
            continue
        for group in analysis.group_levels if call.compares else analysis.columns:
            mine = positions.get((*group, *level), NONE)
            if not call.compares:
                yield _Cell(group, level, mine, np.zeros(len(mine), dtype=np.int64))
            elif group != reference:
                other = positions.get((*(reference or ()), *level), NONE)
                yield _Cell(group, level, *_joined([other, mine]))


def _joined(parts: list[Positions]) -> tuple[Positions, npt.NDArray[np.int64]]:
    """The records of several levels in their order in the data, and the position of each record's level."""
    records = np.concatenate(parts)
    codes = np.repeat(np.arange(len(parts), dtype=np.int64), [len(part) for part in parts])
    order = np.argsort(records, kind="stable")
    return records[order], codes[order]


def _populations(analysis: Analysis, statistic: Statistic, call: Call) -> dict[Level, int]:
    if not call.counts_subjects:
        return {}
    place = statistic.at("Denominator")
    _check_counted(analysis, statistic, call)
    return {group: analysis.subjects_at(group, statistic.denominator, place) for group in analysis.columns}


def _check_counted(analysis: Analysis, statistic: Statistic, call: Call) -> None:
    """Raises DataError for records of subjects who would be counted without being in the denominator."""
    outside = analysis.outside(statistic.denominator, statistic.at("Denominator"))
    if not len(outside):
        return
    subjects, first = analysis.subjects_of(outside), outside[0]
    at = " ".join(f"{name} {analysis.level_of(name, first)!r}" for name in analysis.groups)
    who = f"the first {analysis.records['USUBJID'].iloc[first]!r}" + (f" at {at}" if at else "")
    message = f"{call.known.name} of {analysis.result.dataset}: {subjects} subject(s) with records, {who}, are not in"
    if statistic.denominator:
        place, hint = statistic.at("Denominator"), "let Selection Criteria ask for the same, or widen Denominator"
    else:
        place, hint = call.place, "Group of the record and of ADSL must agree; see the values of this subject in both"
    raise DataError([Problem(place, f"{message} the denominator", hint)])
