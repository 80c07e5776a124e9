"""Calls of derivations: with the distinct combinations of their arguments, spread to the rows afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

import derivations
from engine.columns import Array, Column, Text, group_codes
from language.functions import Signature, signature
from language.tree import Call, Constant

Report = Callable[[str, Array, Call], None]


def call(
    node: Call, arguments: Mapping[str, Column], several: list[Column], count: int, report: Report | None
) -> Column:
    """The result of a derivation for `count` rows.

    `arguments` are the columns by parameter name, `several` those of `*values`. `report` gets, for each kind of
    problem, the rows that have it.
    """
    known = derivations.REGISTRY[node.function]
    columns = [*arguments.values(), *several]
    rows, inverse = _distinct(columns, count)
    given: dict[str, Any] = {name: _series(column, rows) for name, column in arguments.items()}
    given.update(_constants(signature(node.function), node))
    positional = _positional(signature(node.function), given, [_series(column, rows) for column in several])
    found = known.function(*positional, **given)
    if report is not None and known.problems is not None:
        for kind, rows_with in known.problems(*positional, **given).items():
            mask = np.asarray(rows_with, dtype=bool)
            if mask.any():
                report(kind, mask if inverse is None else mask[inverse], node)
    return _column(found, known.returns, inverse)


def _positional(known: Signature, given: dict[str, Any], several: list[pd.Series]) -> list[Any]:
    """The arguments up to and with `*values`, which Python takes by position only; taken out of `given`."""
    names = [parameter.name for parameter in known.parameters]
    kinds = [parameter.kind for parameter in known.parameters]
    if "texts" not in kinds:
        return []
    before = names[: kinds.index("texts")]
    return [*(given.pop(name) for name in before), *several]


def _distinct(columns: list[Column], count: int) -> tuple[Array | None, Array | None]:
    """The first row of each distinct combination, and which combination each row has; None when all are taken."""
    if not any(isinstance(column, Text) for column in columns):
        return None, None
    codes, groups = group_codes(columns, count)
    first = np.zeros(groups if count else 0, np.int64)
    first[codes[::-1]] = np.arange(count - 1, -1, -1)
    return first, codes


def _series(column: Column, rows: Array | None) -> pd.Series:
    if isinstance(column, Text):
        part = column if rows is None else column.take(rows)
        return pd.Series(part.objects(), dtype=object)
    return pd.Series(column if rows is None else column[rows])


def _constants(known: Signature, node: Call) -> dict[str, Any]:
    constants = {
        parameter.name: argument.value
        for parameter in known.parameters
        if parameter.kind == "constant" and isinstance(argument := node.options.get(parameter.name), Constant)
    }
    return {**constants, **node.supplied}


def _column(found: pd.Series, returns: str, inverse: Array | None) -> Column:
    if returns in ("text", "iso"):
        text = Text.of(found.to_numpy(dtype=object))
        return text if inverse is None else text.take(inverse)
    kind = bool if returns == "condition" else np.float64
    values = found.to_numpy(dtype=kind)
    return values if inverse is None else values[inverse]
