"""Which variables the tables of the results name, of a dataset and of one result."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from results import records
from results.figures.call import FigureCall, read_figure
from results.levels import COMPANIONS, DECODES, OF_SUBJECT, RANDOMISED
from results.needed import Needed
from results.ready import ADSL
from specs.model import Figure, Result, Spec
from specs.problem import SpecError

# The words of a condition as it is written in the P21 workbook, which are no names.
_WORDS = frozenset(("AND", "OR", "NOT", "IN", "NOTIN", "EQ", "NE", "LT", "LE", "GT", "GE"))


class Named:
    """The variables that the results of a specification name.

    present: the variables of each dataset that there is.
    """

    def __init__(self, spec: Spec, present: Mapping[str, Collection[str]]) -> None:
        self.spec, self.present = spec, {name: frozenset(columns) for name, columns in present.items()}

    def of_dataset(self, dataset: str) -> set[str]:
        """Those that the results and listings of a dataset name; of ADSL, whose variables every dataset gets, those
        that anything names."""
        found: set[str] = set()
        for result in self.spec.results.values():
            if dataset in (ADSL, result.dataset):
                found |= _names([result.population]) | self._of_results[result.id]
        for listing in self.spec.listings:
            if dataset in (ADSL, listing.dataset):
                found |= _names([listing.where, listing.order, listing.columns])
        if dataset == ADSL:
            found |= _names(text for box in self.spec.boxes for text in (box.where, box.reasons)) | self.of_figures
        return found

    @cached_property
    def of_figures(self) -> set[str]:
        """Those that the figures name, of whatever dataset."""
        return {name for names, _ in self._figures for name in names}

    @cached_property
    def _figures(self) -> list[tuple[set[str], set[str]]]:
        """For each figure the variables that it names, and the texts that it gives as arguments, as IDs of results."""
        return [(_names([row.figure]), _given(row, self.spec)) for row in self.spec.figures]

    @cached_property
    def _of_results(self) -> dict[str, set[str]]:
        """Those that a result and its statistics name, without the population, by ID."""
        texts = {name: [one.selection_criteria, one.group] for name, one in self.spec.results.items()}
        for row in self.spec.statistics:
            texts.get(row.result, []).extend([row.statistic, row.denominator, *row.by])
        return {name: _names(some) for name, some in texts.items()}

    def of_result(self, result: Result) -> Needed:
        """Those in the records of a result that may be asked for.

        Where a name is not known, none is left out, so that the message about it can point to the nearest one.
        """
        own, population = self._of_results[result.id], _names([result.population])
        if not self.known(result.dataset, own | population):
            return Needed(None, None, frozenset(), 0)
        named = own.union(*(names for names, shown in self._figures if result.id in shown))
        selection = _names([result.selection_criteria]) | {"USUBJID"}
        if ADSL in self.present:
            found = _with_texts(named)  # population and planned treatment are asked of ADSL
        else:
            found = with_companions(named | population)
            selection |= found  # the levels are those of the whole population
        identifying = frozenset(records.identifying(self.spec))
        return Needed(frozenset(found), frozenset(selection), identifying, records.MOST)

    def known(self, dataset: str, names: Collection[str]) -> bool:
        """Does a dataset, ADSL or the study have all that is named, and some dataset what the figures name?"""
        constants = set(self.spec.study.constants)
        own = self.present.get(dataset, frozenset()) | self.present.get(ADSL, frozenset()) | constants
        return own.issuperset(names) and (self._everywhere | constants).issuperset(self.of_figures)

    @cached_property
    def _everywhere(self) -> set[str]:
        return {name for columns in self.present.values() for name in columns}


def with_companions(named: Collection[str]) -> set[str]:
    """The variables, the numbers that order their levels, their texts, and what they are called in ADSL."""
    found = _with_texts(named)
    return found | {OF_SUBJECT[name] for name in found if name in OF_SUBJECT} | {RANDOMISED}


def _with_texts(named: Collection[str]) -> set[str]:
    """The variables, the numbers that order their levels, and their texts."""
    found = {*named, "USUBJID", "PARAM"}
    for name in named:
        found |= {COMPANIONS.get(name, f"{name}N"), DECODES.get(name, name)}
    return found


def _given(row: Figure, spec: Spec) -> set[str]:
    """The texts that a call of Figures gives as arguments, among them the results that it shows."""
    found = call_of(row, spec)
    if found is None:
        return set(spec.results)
    parts = [part for one in found.arguments.values() for part in (one if isinstance(one, tuple) else (one,))]
    return {part for part in parts if isinstance(part, str)}


def call_of(row: Figure, spec: Spec) -> FigureCall | None:
    """The call of a figure; None for one that is wrong, which the drawing reports with its place."""
    try:
        return read_figure(row.figure, row.at("Figure"), spec.study.constants)
    except SpecError:
        return None


def _names(texts: Iterable[str]) -> set[str]:
    return {name for text in texts for name in records.names_in(text)} - _WORDS
