"""Fills a variable of a block: each record takes the value of the first rule, by rank, that claims it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.columns import Array, Column, choose, empty, take
from engine.contexts import RecordContext
from engine.evaluate import condition, typed
from engine.reports import report_call
from engine.views import RowFault, faults_at
from specs.compiled import CompiledRule
from specs.problem import Place

if TYPE_CHECKING:
    from engine.run import Run


@dataclass
class _Claims:
    """The rules of one rank: which records were free before it, and which rule claimed each."""

    rank: tuple[int, float, int]
    free: Array
    owner: Array
    places: list[Place]


def fill(run: Run, dataset: str, block: str, variable: str) -> Column:
    """A variable in the records of a block. Raises DataError for a record that two rules of one rank claim."""
    context = RecordContext(run, dataset, block)
    result = empty(run.stage.types.get((dataset, variable), "text"), context.count)
    free = np.ones(context.count, bool)
    claims: _Claims | None = None
    for rule in run.stage.rules.get((dataset, block, variable), ()):
        if claims is None or claims.rank != rule.rank:
            if not free.any() and context.count:
                break
            claims = _Claims(rule.rank, free.copy(), np.full(context.count, -1, np.int32), [])
        with faults_at(rule.place):
            wanted = condition(rule.where, context) & claims.free
            _claim(run, dataset, block, variable, rule, claims, wanted)
            result = _filled(run, dataset, block, rule, wanted, result)
        free &= ~wanted
    return result


def _claim(
    run: Run, dataset: str, block: str, variable: str, rule: CompiledRule, claims: _Claims, wanted: Array
) -> None:
    rivals = np.flatnonzero(wanted & (claims.owner >= 0))
    if len(rivals):
        record = int(rivals[0])
        other = claims.places[claims.owner[record]]
        raise RowFault(
            f"{variable}: this rule and the one at {other.file}:{other.row} both claim"
            f" {run.describe(dataset, block, record)}; give one of them an Order or a narrower Where"
        )
    claims.owner[wanted] = len(claims.places)
    claims.places.append(rule.place)


def _filled(run: Run, dataset: str, block: str, rule: CompiledRule, claimed: Array, result: Column) -> Column:
    """`result` with the value of a rule in the records that it claims; only for those is it evaluated."""
    rows = np.flatnonzero(claimed)
    if not len(rows):
        return result
    kind = run.stage.types.get((dataset, rule.variable), "text")
    everything = len(rows) == len(claimed)
    context = RecordContext(run, dataset, block, None if everything else rows)
    context.reports = True
    found = typed(rule.value, context, kind)
    for problem, mask, node in context.pending:
        report_call(run, dataset, block, rule.variable, problem, rows[mask], node)
    if everything:
        return found
    position = np.full(len(claimed), -1, np.int64)
    position[rows] = np.arange(len(rows))
    return choose(claimed, take(found, position), result)
