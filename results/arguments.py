"""What the cells of a call are given: its expressions over the records, reference level, strata, terms of a model."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from results import levels
from results.analysis import Analysis, Level
from results.call import Call
from results.evaluate import condition, number, text_levels
from results.statistics.model_terms import Ints, ModelTerms, refuse
from specs.model import Statistic
from specs.problem import Problem, SpecError, nearest


def reference(analysis: Analysis, call: Call) -> Level | None:
    """The level of Group with which the others are compared. Raises SpecError for one that there cannot be.

    A term of the codelist of Group that no record has yet, as at an early data cut, is a level without records.
    """
    if not (call.compares or call.modelled):
        return None
    known = {", ".join(level): level for level in analysis.group_levels}
    codelist = analysis.codelists.get(analysis.groups[0]) if len(analysis.groups) == 1 else None
    if codelist and call.reference in {term.term for term in codelist.terms}:
        return (call.reference,)
    if call.reference not in known and known:
        hint = nearest(call.reference, known) or f"levels of {' '.join(analysis.groups)} are {', '.join(known)}"
        raise SpecError([Problem(call.place, f"reference {call.reference!r} is no level of Group", hint)])
    if not analysis.groups:
        message = f"{call.known.name}() compares levels of Group, and {analysis.result.id} has none"
        raise SpecError([Problem(call.place, message, "fill Group of the result")])
    return known.get(call.reference)


def columns(analysis: Analysis, call: Call) -> dict[str, npt.NDArray[np.generic] | pd.Categorical]:
    """Each column expression of a call over the records of the result."""
    evaluate = {"condition": condition, "number": number, "text": text_levels}
    return {
        name: evaluate[call.known.columns[name]](text, analysis.records, analysis.constants, call.place)
        for name, text in call.columns.items()
    }


def strata(analysis: Analysis, call: Call) -> npt.NDArray[np.int64] | None:
    """A code for the stratum of each record. Raises DataError for a record without one."""
    if not call.strata:
        return None
    for variable in call.strata:
        if variable not in analysis.records.columns:
            hint = nearest(variable, analysis.records.columns)
            raise SpecError([Problem(call.place, f"strata: {analysis.result.dataset} has no {variable}", hint)])
        levels.complete(analysis.records, variable, analysis.result.dataset, call.place)
    codes = analysis.records.groupby(list(call.strata), sort=True).ngroup()
    found: npt.NDArray[np.int64] = codes.to_numpy(dtype=np.int64)
    return found


def covariates(analysis: Analysis, call: Call) -> npt.NDArray[np.float64] | None:
    """A column for each covariate over the records of the result."""
    if not call.covariates:
        return None
    columns = [number(text, analysis.records, analysis.constants, call.place) for text in call.covariates]
    return np.column_stack(columns)


def inside(analysis: Analysis, statistic: Statistic, call: Call) -> npt.NDArray[np.bool_]:
    """The records that count: a Denominator narrows them, unless the statistic counts subjects of ADSL."""
    if call.counts_subjects:
        return np.ones(len(analysis.records), dtype=bool)
    return condition(statistic.denominator, analysis.records, analysis.constants, statistic.at("Denominator"))


def terms(analysis: Analysis, call: Call) -> ModelTerms:
    """The terms of a model over the records. Raises SpecError for one that there is not."""
    if len(analysis.groups) != 1:
        count = len(analysis.groups)
        message = f"{call.known.name}() needs one variable in Group, and {analysis.result.id} has {count}"
        raise SpecError([Problem(analysis.result.at("Group"), message, "the treatment, such as TRTP")])
    (group,) = analysis.groups
    for name in (*call.classes, call.visit):
        if name and name not in analysis.records.columns:
            hint = nearest(name, analysis.records.columns)
            message = f"{call.known.name}(): {analysis.result.dataset} has no {name}"
            raise SpecError([Problem(call.place, message, hint)])
    _check_numbers(analysis, call)
    found = covariates(analysis, call)
    numbers = np.empty((len(analysis.records), 0)) if found is None else found
    codes = [class_codes(analysis, name) for name in call.classes]
    classes = np.column_stack(codes) if codes else np.empty((len(analysis.records), 0), dtype=np.int64)
    made = ModelTerms(call.covariates, numbers, call.classes, classes, call.interactions, group, call.visit)
    try:
        refuse(made, "visits" in call.known.passed.values())
    except ValueError as error:
        raise SpecError([Problem(call.place, f"{call.known.name}(): {error}")]) from None
    return made


def level_order(analysis: Analysis, name: str) -> tuple[str, ...]:
    """The levels of a variable of a model, in an order that does not depend on that of the records."""
    found = levels.ordered(analysis.records, name, (), analysis.terms_of(name))
    if levels.companion(name) in analysis.records.columns:
        return found
    if analysis.is_number(name):
        return tuple(sorted(found, key=float))
    return found if is_ordered(analysis, name) else tuple(sorted(found))


def is_ordered(analysis: Analysis, name: str) -> bool:
    """Whether the levels have an order: of numbers, of the numeric companion, of the terms of a codelist."""
    if levels.companion(name) in analysis.records.columns:
        return True
    known = set(analysis.terms_of(name))
    return analysis.is_number(name) or (bool(known) and set(levels.ordered(analysis.records, name)) <= known)


def class_codes(analysis: Analysis, name: str) -> Ints:
    """The position of each record's level of a variable, -1 where it has none."""
    column = analysis.records[name]
    found = levels.texts(column).where(~levels.blank(column), None)
    order = level_order(analysis, name)
    return np.asarray(pd.Categorical(found, categories=list(order)).codes, dtype=np.int64)


def _check_numbers(analysis: Analysis, call: Call) -> None:
    for name in call.covariates:
        if name in analysis.records.columns and not analysis.is_number(name):
            hint = f"a variable whose levels each have an effect stands in classes: classes={name}"
            raise SpecError([Problem(call.place, f"{call.known.name}(): covariate {name} is not a number", hint)])
