"""Which variables the tables of the results name, of a dataset and of one result."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from results import records
from results.figures.call import FigureCall, read_figure
from results.levels import DECODES, PERIOD, RANDOMISED, companion, in_adsl, is_treatment
from results.needed import Needed
from results.ready import ADSL
from specs.model import Figure, Result, Spec
from specs.problem import SpecError

# The words of a condition as it is written in the P21 workbook, which are no names.
_WORDS = frozenset(("AND", "OR", "NOT", "IN", "NOTIN", "EQ", "NE", "LT", "LE", "GT", "GE"))


class Named:
    """The variables that the results of a specification name.

    present: the variables of each dataset that there is. What may be a name counts as one, so that no variable is
    missed in any spelling of a constant; whether all that is named is known is asked of what is a name for certain.
    """

    def __init__(self, spec: Spec, present: Mapping[str, Collection[str]]) -> None:
        self.spec, self.present = spec, {name: frozenset(columns) for name, columns in present.items()}

    def texts_of(self, dataset: str) -> list[str]:
        """What the results and listings of a dataset write; for ADSL, whose variables every dataset gets, all of it."""
        found: list[str] = []
        for result in self.spec.results.values():
            if dataset in (ADSL, result.dataset):
                found += [result.population, *self._of_results[result.id]]
        for listing in self.spec.listings:
            if dataset in (ADSL, listing.dataset):
                found += [listing.where, listing.order, listing.columns]
        if dataset == ADSL:
            found += [text for box in self.spec.boxes for text in (box.where, box.reasons)] + self._of_figures
        return found

    def of_dataset(self, dataset: str) -> set[str]:
        """Those that may be asked for of a dataset; a figure may name those of any."""
        return _words([*self.texts_of(dataset), *self._of_figures])

    @cached_property
    def _of_figures(self) -> list[str]:
        return [row.figure for row in self.spec.figures]

    @cached_property
    def _figures(self) -> list[tuple[set[str], set[str]]]:
        """For each figure the variables that it may name, and its texts as arguments, as IDs of results."""
        return [(_words([row.figure]), _given(row, self.spec)) for row in self.spec.figures]

    @cached_property
    def _of_results(self) -> dict[str, list[str]]:
        """What a result and its statistics write, without the population, by ID."""
        texts = {name: [one.selection_criteria, one.group] for name, one in self.spec.results.items()}
        for row in self.spec.statistics:
            texts.get(row.result, []).extend([row.statistic, row.denominator, *row.by])
        return texts

    def of_result(self, result: Result) -> Needed:
        """Those in the records of a result that may be asked for.

        Where a name is not known, none is left out, so that the message about it can point to the nearest one.
        """
        texts = self._of_results[result.id]
        if not self.known(result.dataset, [*texts, result.population]):
            return Needed(None, None, frozenset(), 0)
        named = _words(texts).union(*(names for names, shown in self._figures if result.id in shown))
        population = _words([result.population])
        selection = _words([result.selection_criteria]) | {"USUBJID"}
        if ADSL in self.present:
            found = _with_texts(named)  # population and planned treatment are asked of ADSL
        else:
            found = with_companions(named | population, ())
            selection |= found  # the levels are those of the whole population
        identifying = frozenset(records.identifying(self.spec))
        return Needed(frozenset(found), frozenset(selection), identifying, records.MOST)

    def known(self, dataset: str, texts: Iterable[str]) -> bool:
        """Does a dataset, ADSL or the study have all that texts name, and some dataset what the figures name?"""
        constants = set(self.spec.study.constants)
        own = self.present.get(dataset, frozenset()) | self.present.get(ADSL, frozenset()) | constants
        figures = _names(self._of_figures)
        return own.issuperset(_names(texts)) and (self._everywhere | constants).issuperset(figures)

    @cached_property
    def _everywhere(self) -> set[str]:
        return {name for columns in self.present.values() for name in columns}


def with_companions(named: Collection[str], adsl: Collection[str]) -> set[str]:
    """The variables, the numbers that order their levels, their texts, and what they are called in ADSL."""
    found = _with_texts(named)
    of_periods = {PERIOD} if any(is_treatment(name) for name in found) else set()
    return found | {own for name in found for own in in_adsl(name, adsl)} | {RANDOMISED} | of_periods


def _with_texts(named: Collection[str]) -> set[str]:
    """The variables, the numbers that order their levels, and their texts."""
    found = {*named, "USUBJID", "PARAM"}
    for name in named:
        found |= {companion(name), DECODES.get(name, name)}
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


def _words(texts: Iterable[str]) -> set[str]:
    return {name for text in texts for name in records.words_in(text)}


def _names(texts: Iterable[str]) -> set[str]:
    return {name for text in texts for name in records.names_in(text)} - _WORDS
