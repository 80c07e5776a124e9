"""A model of all levels of Group: fitted once for each level of By, or of the By variables besides its visit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from results import arguments, levels
from results.analysis import Analysis, Level, Positions
from results.call import Call
from results.statistics.covariance_structure import BY_DISTANCE
from results.statistics.model_terms import Ints, ModelTerms
from results.statistics.registry import Estimated, Modelled
from specs.model import Statistic
from specs.problem import DataError, Problem, SpecError

Estimates = Mapping[tuple[Level, Level], Estimated]
Used = npt.NDArray[np.int32]


def models(
    analysis: Analysis, statistic: Statistic, call: Call, by_levels: tuple[Level, ...]
) -> tuple[Estimates, Mapping[tuple[Level, Level], Used]]:
    """The estimates of a model at each level of Group and By, and the records of the model.

    Where the variable of the visits is one of By, the records of all visits are in one model, and each has cells of
    its own; where it is not, an estimate is the mean over the visits.
    """
    _refuse_companion(statistic, call)
    given = _Given(analysis, statistic, call)
    place = statistic.by.index(call.visit) if call.visit in statistic.by else None
    estimates: dict[tuple[Level, Level], Estimated] = {}
    used: dict[tuple[Level, Level], Used] = {}
    fitted: dict[Level, tuple[Modelled, Used]] = {}
    for level in by_levels:
        rest = _without(level, place)
        if rest not in fitted:
            fitted[rest] = given.fit(rest, place)
        model, records = fitted[rest]
        visit = None if place is None else given.visit_code(level[place])
        for code, group in enumerate(analysis.group_levels):
            estimates[group, level] = model.cell(code, visit)
            used[group, level] = records
    return estimates, used


def _refuse_companion(statistic: Statistic, call: Call) -> None:
    """With the companion of the visit in By each visit would have a model of its own, without a word."""
    for name in statistic.by if call.visit else ():
        if name != call.visit and (levels.companion(name) == call.visit or levels.companion(call.visit) == name):
            message = f"{call.known.name}() has the visits of {call.visit}, and By has {name}"
            raise SpecError([Problem(statistic.at("By"), message, f"write {call.visit} in By, or {name} in the call")])


def _several(value: object) -> tuple[object, ...]:
    """An option that may be one value or several."""
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _without(level: Level, place: int | None) -> Level:
    return level if place is None else (*level[:place], *level[place + 1 :])


class _Given:
    """What a call gives its model, over all records of the result."""

    def __init__(self, analysis: Analysis, statistic: Statistic, call: Call) -> None:
        self.analysis, self.call = analysis, call
        self.terms: ModelTerms = arguments.terms(analysis, call)
        self.columns = arguments.columns(analysis, call)
        reference = arguments.reference(analysis, call)
        known = {level: code for code, level in enumerate(analysis.group_levels)}
        self.reference = known.get(reference, -1) if reference else -1
        self.inside = arguments.inside(analysis, statistic, call)
        self.subject = analysis.records["USUBJID"].to_numpy(dtype=object)
        self.visits, self.visit_levels = self._visits()
        self.positions = analysis.cut(statistic)

    def _visits(self) -> tuple[Ints, tuple[str, ...]]:
        if not self.call.visit:
            return np.zeros(len(self.analysis.records), dtype=np.int64), ()
        levels.complete(self.analysis.records, self.call.visit, self.analysis.result.dataset, self.call.place)
        order = arguments.level_order(self.analysis, self.call.visit)
        self._check_order()
        return arguments.class_codes(self.analysis, self.call.visit), order

    def _check_order(self) -> None:
        """A covariance by the distance of visits needs their order."""
        named = [self.call.constants.get("covariance"), *_several(self.call.constants.get("fallback"))]
        apart = [name for name in named if name in BY_DISTANCE]
        if apart and not arguments.is_ordered(self.analysis, self.call.visit):
            message = f"covariance {apart[0]!r} goes by the distance of visits, and {self.call.visit} has no order"
            number = levels.companion(self.call.visit)
            hint = f"give the dataset {number}, or {self.call.visit} a codelist of its levels"
            raise SpecError([Problem(self.call.place, message, hint)])

    def visit_code(self, level: str) -> int:
        """The code of a visit; one without records has a code that no record has."""
        return self.visit_levels.index(level) if level in self.visit_levels else -2

    def fit(self, rest: Level, place: int | None) -> tuple[Modelled, Used]:
        """The model of the records at a level of the By variables besides the visit."""
        where, arms = self._records(rest, place)
        chosen: dict[str, object] = {name: values[where] for name, values in self.columns.items()}
        terms = self.terms
        passed = {
            "subject": self.subject[where],
            "arms": arms,
            "reference": self.reference,
            "visits": self.visits[where],
            "periods": self.visits[where],
            "terms": ModelTerms(
                terms.covariates, terms.numbers[where], terms.classes, terms.codes[where],
                terms.interactions, terms.group, terms.visit,
            ),
        }  # fmt: skip
        chosen |= {name: passed[kind] for name, kind in self.call.known.passed.items()}
        try:
            return self.call.known.function(**chosen, **self.call.constants), where.astype(np.int32)
        except ValueError as error:
            at = ", ".join(rest) or "all records"
            message = f"{self.call.known.name} of {self.analysis.result.dataset}: {error} ({at})"
            raise DataError([Problem(self.call.place, message)]) from None

    def _records(self, rest: Level, place: int | None) -> tuple[Positions, Ints]:
        """The records of all levels of Group in their order in the data, with the position of the level of each."""
        code = {group: number for number, group in enumerate(self.analysis.group_levels)}
        size = len(self.analysis.groups)
        found, arms = [np.array([], dtype=np.intp)], [np.array([], dtype=np.int64)]
        for key, positions in self.positions.items():
            if key[:size] in code and len(key) > size - 1 and _without(key[size:], place) == rest:
                found.append(positions)
                arms.append(np.full(len(positions), code[key[:size]], dtype=np.int64))
        where, codes = np.concatenate(found), np.concatenate(arms)
        order = np.argsort(where, kind="stable")
        where, codes = where[order], codes[order]
        held = self.inside[where]
        return where[held], codes[held]
