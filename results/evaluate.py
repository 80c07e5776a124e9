"""Expressions of Analysis Results and Statistics over one dataset: the only door from here to the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.single import condition_on, evaluate_on, order_on
from language import tree
from language.parse import ExpressionError
from language.where_clause import parse_condition
from results import levels
from specs.model import Constant
from specs.problem import Place, Problem, SpecError, nearest


def condition(text: str, frame: pd.DataFrame, constants: Mapping[str, Constant], place: Place) -> npt.NDArray[np.bool_]:
    """One bool per record; an empty text holds for all. SpecError with the place when the text is wrong."""
    try:
        return condition_on(text, frame, constants)
    except ExpressionError as error:
        raise SpecError([Problem(place, error.message, error.hint)]) from None


def joined(conditions: Iterable[str]) -> str:
    """Conditions as one that holds where all of them do; blank ones are left out.

    >>> joined(["SAFFL == 'Y'", "", "(AVAL > 1)or(AVAL < 0)"])
    "SAFFL == 'Y' and ((AVAL > 1)or(AVAL < 0))"
    """
    parts = [text.strip() for text in conditions if text.strip()]
    return " and ".join(f"({part})" if len(parts) > 1 and _is_loose(part) else part for part in parts)


def _is_loose(condition: str) -> bool:
    """Whether `and` binds closer than what a condition is made of: `or`, `if`."""
    try:
        node = parse_condition(condition)
    except ExpressionError:
        return True
    return isinstance(node, tree.Choice) or (isinstance(node, tree.Logic) and node.operator == "or")


def number(text: str, frame: pd.DataFrame, constants: Mapping[str, Constant], place: Place) -> npt.NDArray[np.float64]:
    """One number per record, NaN missing. SpecError with the place when the text is wrong or no number."""
    try:
        found = evaluate_on(text, frame, constants)
    except ExpressionError as error:
        raise SpecError([Problem(place, error.message, error.hint)]) from None
    if not np.issubdtype(found.dtype, np.floating):
        raise SpecError([Problem(place, f"{text!r} is not a number")])
    return found


def text_values(text: str, frame: pd.DataFrame, constants: Mapping[str, Constant], place: Place) -> pd.Series:
    """One text per record, blank where missing; a number as the shortest text that is exact."""
    try:
        found = pd.Series(evaluate_on(text, frame, constants), index=frame.index)
    except ExpressionError as error:
        raise SpecError([Problem(place, error.message, error.hint)]) from None
    if found.dtype == bool:
        raise SpecError([Problem(place, f"{text!r} is a condition, not a text", "such as USUBJID")])
    distinct = {value: _shown(value) for value in found.drop_duplicates()}
    return found.map(distinct).astype(object).where(found.notna(), "")


def order(text: str, frame: pd.DataFrame, constants: Mapping[str, Constant], place: Place) -> npt.NDArray[np.int64]:
    """The positions of the records in the order of keys such as `TRTPN, desc(AVAL)`; missing values are first."""
    try:
        return order_on(text, frame, constants)
    except ExpressionError as error:
        raise SpecError([Problem(place, error.message, error.hint)]) from None


def _shown(value: object) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def text_levels(text: str, frame: pd.DataFrame, constants: Mapping[str, Constant], place: Place) -> pd.Categorical:
    """One text per record, missing where blank; numbers as text, whole ones without decimals.

    The categories are the levels of all records: of a variable as a level of By is ordered, by its numeric
    companion or else by appearance; of any other expression ascending. SpecError for a wrong text or a
    condition.
    """
    try:
        found = evaluate_on(text, frame, constants)
    except ExpressionError as error:
        raise SpecError([Problem(place, error.message, error.hint)]) from None
    if found.dtype == bool:
        raise SpecError([Problem(place, f"{text!r} is a condition, not a text", "such as AESEV")])
    column = pd.Series(found)
    known = column[~levels.blank(column)]
    if text.strip() in frame.columns and found.dtype == object:
        order = levels.ordered(frame, text.strip())
    else:
        order = tuple(levels.shown(value) for value in sorted(known.unique()))
    shown = levels.texts(column).where(~levels.blank(column), None)
    return pd.Categorical(shown, categories=list(dict.fromkeys(order)))


def known_name(name: str, valid: Mapping[str, object], what: str, place: Place) -> None:
    """SpecError when a name is none of the valid ones, with the nearest of them."""
    if name not in valid:
        hint = nearest(name, valid) or (f"valid are {', '.join(sorted(valid))}" if valid else "there is none to name")
        raise SpecError([Problem(place, f"{what} {name!r} is not known", hint)])
