"""Which variables the tables of the results name, of a dataset and of one result."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from results import records
from results.figures.call import read_figure
from results.levels import COMPANIONS, DECODES, OF_SUBJECT, RANDOMISED
from results.needed import Needed
from results.ready import ADSL
from specs.model import Figure, Result, Spec
from specs.problem import SpecError

# The words of a condition as it is written in the P21 workbook, which are no names.
_WORDS = frozenset(("AND", "OR", "NOT", "IN", "NOTIN", "EQ", "NE", "LT", "LE", "GT", "GE"))


def of_dataset(spec: Spec, dataset: str) -> set[str]:
    """The variables of a dataset that its results and listings name; of ADSL, whose variables every dataset gets, those
    that anything names."""
    texts: list[str] = []
    for result in spec.results.values():
        if dataset in (ADSL, result.dataset):
            texts += _of_result(spec, result)
    for listing in spec.listings:
        if dataset in (ADSL, listing.dataset):
            texts += [listing.where, listing.order, listing.columns]
    if dataset == ADSL:
        texts += [text for box in spec.boxes for text in (box.where, box.reasons)]
        return _names(texts) | of_figures(spec)
    return _names(texts)


def of_figures(spec: Spec, result: str = "") -> set[str]:
    """The variables that the figures name, of whatever dataset; those of the figures that show a result, if it is
    given."""
    return _names(row.figure for row in spec.figures if not result or result in _shown(row, spec))


def _shown(row: Figure, spec: Spec) -> set[str]:
    """The texts that a call of Figures gives as arguments, among them the results that it shows."""
    try:
        given = read_figure(row.figure, row.at("Figure"), spec.study.constants).arguments.values()
    except SpecError:
        return set(spec.results)  # the drawing reports what is wrong with the call
    parts = [part for one in given for part in (one if isinstance(one, tuple) else (one,))]
    return {part for part in parts if isinstance(part, str)}


def of_result(spec: Spec, result: Result, present: Mapping[str, Collection[str]]) -> Needed:
    """The variables in the records of a result that may be asked for.

    present: the variables of each dataset. Where a name is not known, none is left out, so that the message about it
    can point to the nearest one.
    """
    mine = _names(_of_result(spec, result))
    if not known(spec, result.dataset, mine, present):
        return Needed(None, None, frozenset(), 0)
    selection = _names([result.selection_criteria]) | {"USUBJID"}
    further = of_figures(spec, result.id)
    if ADSL in present:
        # Population and planned treatment are asked of ADSL.
        found = _with_texts(_names(_of_result(spec, result, population=False)) | further)
    else:
        found = with_companions(mine | further)
        selection |= found  # the levels are those of the whole population
    return Needed(frozenset(found), frozenset(selection), frozenset(records.identifying(spec)), records.MOST)


def known(spec: Spec, dataset: str, names: Collection[str], present: Mapping[str, Collection[str]]) -> bool:
    """Does a dataset, ADSL or the study have everything that is named, and some dataset what the figures name?"""
    constants = set(spec.study.constants)
    own = {*present.get(dataset, ()), *present.get(ADSL, ()), *constants}
    everywhere = {name for columns in present.values() for name in columns} | constants
    return own.issuperset(names) and everywhere.issuperset(of_figures(spec))


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


def _of_result(spec: Spec, result: Result, population: bool = True) -> list[str]:
    texts = [result.population if population else "", result.selection_criteria, result.group]
    for statistic in spec.statistics:
        if statistic.result == result.id:
            texts += [statistic.statistic, statistic.denominator, *statistic.by]
    return texts


def _names(texts: Iterable[str]) -> set[str]:
    return {name for text in texts for name in records.names_in(text)} - _WORDS
