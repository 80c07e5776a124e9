"""Which variables the tables of the results name, of a dataset and of one result."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from results import records
from results.levels import COMPANIONS, DECODES, OF_SUBJECT, RANDOMISED
from specs.model import Result, Spec

ADSL = "ADSL"
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


def of_figures(spec: Spec) -> set[str]:
    """The variables that the figures name, of whatever dataset."""
    return _names(row.figure for row in spec.figures)


def of_result(spec: Spec, result: Result, present: Mapping[str, Collection[str]]) -> set[str] | None:
    """The variables in the records of a result that may be asked for; None for all of them.

    present: the variables of each dataset. Where a name is not known, none is left out, so that the message about it
    can point to the nearest one.
    """
    mine = _names(_of_result(spec, result))
    if not known(spec, result.dataset, mine, present):
        return None
    return with_companions(mine | of_figures(spec)) | records.identifying(spec)


def known(spec: Spec, dataset: str, names: Collection[str], present: Mapping[str, Collection[str]]) -> bool:
    """Does a dataset, ADSL or the study have everything that is named, and some dataset what the figures name?"""
    constants = set(spec.study.constants)
    own = {*present.get(dataset, ()), *present.get(ADSL, ()), *constants}
    everywhere = {name for columns in present.values() for name in columns} | constants
    return own.issuperset(names) and everywhere.issuperset(of_figures(spec))


def with_companions(named: Collection[str]) -> set[str]:
    """The variables, the numbers that order their levels, their texts, and what they are called in ADSL."""
    found = {*named, "USUBJID", "PARAM"}
    for name in named:
        found |= {COMPANIONS.get(name, f"{name}N"), DECODES.get(name, name)}
    return found | {OF_SUBJECT[name] for name in found if name in OF_SUBJECT} | {RANDOMISED}


def _of_result(spec: Spec, result: Result) -> list[str]:
    texts = [result.population, result.selection_criteria, result.group]
    for statistic in spec.statistics:
        if statistic.result == result.id:
            texts += [statistic.statistic, statistic.denominator, *statistic.by]
    return texts


def _names(texts: Iterable[str]) -> set[str]:
    return {name for text in texts for name in records.names_in(text)} - _WORDS
