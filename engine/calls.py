"""Calls of derivations: with the distinct combinations of their arguments, spread to the rows afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

import derivations
from derivations.registry import Derivation
from engine.columns import Array, Column, Text, at, distinct
from engine.views import RowFault
from language.functions import Signature, signature
from language.tree import Call, Constant

Report = Callable[[str, Array, Call], None]


def call(
    node: Call, arguments: Mapping[str, Column], several: list[Column], count: int, report: Report | None
) -> Column:
    """The result of a derivation for `count` rows.

    `arguments` are the columns by parameter name, `several` those of `*values`. `report` gets, for each kind of
    problem, the rows that have it. Raises RowFault, which names the values, where the derivation cannot be computed.
    """
    known = derivations.REGISTRY[node.function]
    rows, inverse = distinct([*arguments.values(), *several], count)
    given: dict[str, Any] = {name: _series(column, rows) for name, column in arguments.items()}
    given.update(_constants(signature(node.function), node))
    positional = _positional(signature(node.function), given, [_series(column, rows) for column in several])
    try:
        with np.errstate(all="ignore"):  # what is no finite number becomes missing
            found = known.function(*positional, **given)
        problems = known.problems(*positional, **given) if report is not None and known.problems is not None else {}
    except (ValueError, ArithmeticError) as error:
        raise _fault(known, positional, given, error) from error
    for kind, rows_with in problems.items():
        mask = np.asarray(rows_with, dtype=bool)
        if report is not None and mask.any():
            report(kind, mask[inverse], node)
    return _column(found, known.returns, inverse)


def _fault(known: Derivation, positional: list[Any], given: dict[str, Any], error: Exception) -> RowFault:
    """What a derivation could not compute, with the values of the first combination that it fails for."""
    series = [value for value in [*positional, *given.values()] if isinstance(value, pd.Series)]
    low, high = 0, len(series[0]) if series else 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _fails(known, positional, given, slice(low, middle)) else (middle, high)
    shown = [_shown(value, low) for value in positional]
    shown += [f"{name}={_shown(value, low)}" for name, value in given.items() if _tellable(value)]
    what = str(error) if isinstance(error, ValueError) else "the result is no number that can be held"
    return RowFault(f"{known.name}({', '.join(shown)}): {what}")


def _fails(known: Derivation, positional: list[Any], given: dict[str, Any], rows: slice) -> bool:
    part = {name: _part(value, rows) for name, value in given.items()}
    several = [_part(value, rows) for value in positional]
    try:
        known.function(*several, **part)
        if known.problems is not None:
            known.problems(*several, **part)
    except (ValueError, ArithmeticError):
        return True
    return False


def _part(value: Any, rows: slice) -> Any:
    return value.iloc[rows].reset_index(drop=True) if isinstance(value, pd.Series) else value


def _tellable(value: Any) -> bool:
    return isinstance(value, (pd.Series, str, int, float))


def _shown(value: Any, row: int) -> str:
    if isinstance(value, pd.Series) and not len(value):
        return "no rows"
    cell = value.iloc[row] if isinstance(value, pd.Series) else value
    if cell is None or cell != cell:
        return "missing"
    return repr(cell) if isinstance(cell, str) else f"{cell:.15g}" if isinstance(cell, float) else str(cell)


def _positional(known: Signature, given: dict[str, Any], several: list[pd.Series]) -> list[Any]:
    """The arguments up to and with `*values`, which Python takes by position only; taken out of `given`."""
    names = [parameter.name for parameter in known.parameters]
    kinds = [parameter.kind for parameter in known.parameters]
    if "texts" not in kinds:
        return []
    before = names[: kinds.index("texts")]
    return [*(given.pop(name) for name in before), *several]


def _series(column: Column, rows: Array) -> pd.Series:
    part = at(column, rows)
    return pd.Series(part.objects(), dtype=object) if isinstance(part, Text) else pd.Series(part)


def _constants(known: Signature, node: Call) -> dict[str, Any]:
    constants = {
        parameter.name: argument.value
        for parameter in known.parameters
        if parameter.kind == "constant" and isinstance(argument := node.options.get(parameter.name), Constant)
    }
    return {**constants, **node.supplied}


def _column(found: pd.Series, returns: str, inverse: Array) -> Column:
    if returns in ("text", "iso"):
        return Text.of(found.to_numpy(dtype=object)).at(inverse)
    return found.to_numpy(dtype=bool if returns == "condition" else np.float64)[inverse]
