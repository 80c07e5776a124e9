"""Which records of a dataset the results, figures and listings use, asked of a block of them before they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from formats import xpt
from results import records
from results.evaluate import condition
from results.ready import with_subject_variables
from results.variables import call_of
from specs.model import Spec
from specs.problem import Place

_PLACE = Place("results")


@dataclass(frozen=True)
class Use:
    """Records that something uses: those that meet a condition, of the subjects that meet another on ADSL."""

    population: str
    where: str


def uses_of(spec: Spec, dataset: str, with_adsl: bool, *, results: bool, shown: bool) -> list[Use]:
    """What uses records of a dataset: the results with statistics; the figures that name it and the listings (`shown`).

    Without ADSL a result uses all records of its population, in which its levels are looked for.
    """
    found = _of_results(spec, dataset, with_adsl) if results else []
    return list(dict.fromkeys([*found, *(_of_displays(spec, dataset) if shown else [])]))


def _of_results(spec: Spec, dataset: str, with_adsl: bool) -> list[Use]:
    computed = {statistic.result for statistic in spec.statistics}
    mine = [result for result in spec.results.values() if result.dataset == dataset and result.id in computed]
    return [Use(one.population, one.selection_criteria) if with_adsl else Use("", one.population) for one in mine]


def _of_displays(spec: Spec, dataset: str) -> list[Use]:
    found: list[Use] = []
    for row in spec.figures:
        call = call_of(row, spec)
        if call and dataset in call.datasets:
            found.append(Use("", str(call.arguments.get("where", ""))))
    return found + [Use("", row.where) for row in spec.listings if row.dataset == dataset]


class Wanted:
    """The records that some uses are about, asked block by block.

    names: the variables of the dataset that the conditions may name, and USUBJID. ADSL gives what the dataset lacks.
    """

    def __init__(self, spec: Spec, uses: Sequence[Use], header: Sequence[str], adsl: pd.DataFrame | None) -> None:
        self.uses, self.constants = uses, spec.study.constants
        named = {name for use in uses for name in records.words_in(use.where)} | {"USUBJID"}
        self.names = [name for name in header if name in named]
        self.adsl = None
        if adsl is not None:
            self.adsl = adsl[[name for name in adsl if name == "USUBJID" or (name in named and name not in header)]]
        self.subjects = self._subjects(adsl)

    def _subjects(self, adsl: pd.DataFrame | None) -> Mapping[str, frozenset[str]]:
        """The subjects of each population. Raises SpecError."""
        wanted = {use.population for use in self.uses if use.population and adsl is not None}
        return {
            text: frozenset(adsl.loc[condition(text, adsl, self.constants, _PLACE), "USUBJID"])
            for text in wanted if adsl is not None
        }  # fmt: skip

    def of_block(self, columns: Sequence[xpt.Column]) -> np.ndarray:
        """A bool for each record of a block. Raises SpecError for a condition that cannot be evaluated."""
        frame = xpt.frame(xpt.Dataset("", tuple(columns)))
        frame = with_subject_variables(frame, self.adsl)
        inside = {text: self._inside(columns, found) for text, found in self.subjects.items()}
        mask = np.zeros(len(frame), bool)
        for use in self.uses:
            found = condition(use.where, frame, self.constants, _PLACE)
            mask |= found & inside[use.population] if use.population in inside else found
        return mask

    def _inside(self, columns: Sequence[xpt.Column], subjects: frozenset[str]) -> np.ndarray:
        """Which records of a block are of some subjects."""
        (subject,) = [column.texts for column in columns if column.name == "USUBJID"]
        known = np.array([*(value in subjects for value in subject.values.tolist()), None in subjects], bool)
        return known[subject.codes]
