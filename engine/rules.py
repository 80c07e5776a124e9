"""Fills a variable of a block: each record takes the value of the first rule, by rank, that claims it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from engine.columns import Array, Column, Text, choose, empty, take
from engine.contexts import CandidateContext, RecordContext
from engine.evaluate import condition, typed
from engine.iso_texts import KIND as NOT_ISO
from engine.iso_texts import no_dates
from engine.issues import texts
from engine.reports import report, report_call, report_read
from engine.views import RowFault, faults_at
from language.tree import ISO, TEXT
from language.types import type_of
from specs.compiled import CompiledRule
from specs.problem import Place

if TYPE_CHECKING:
    from engine.run import Run

Rows = RecordContext | CandidateContext


@dataclass
class _Claims:
    """The rules of one rank: which rows were free before it, and which rule claimed each."""

    rank: tuple[int, float, int]
    free: Array
    owner: Array
    places: list[Place] = field(default_factory=list)


def fill(run: Run, dataset: str, block: str, variable: str) -> Column:
    """A variable in the records of a block. Raises DataError for a record that two rules of one rank claim."""
    return by_precedence(RecordContext(run, dataset, block), variable)


def candidates(run: Run, dataset: str, block: str, variable: str) -> Column:
    """A variable for the source rows of a block, before there are records. Raises DataError as `fill` does."""
    return by_precedence(CandidateContext(run, dataset, block), variable)


def by_precedence(context: Rows, variable: str) -> Column:
    """A variable in the rows of a context, which are all of their block, by the first rule that claims each."""
    return kept(variable, _by_precedence(context, variable))


def kept(variable: str, column: Column) -> Column:
    """A variable as its dataset holds it: a text of one that is written loses the blanks at its end."""
    return column.trimmed() if isinstance(column, Text) and not variable.startswith("_") else column


def _by_precedence(context: Rows, variable: str) -> Column:
    stage = context.run.stage
    rules = stage.rules.get((context.dataset, context.block, variable), ())
    if len(rules) == 1 and rules[0].where is None:
        with faults_at(rules[0].place):
            return _value(context, rules[0], None)
    result = empty(stage.types.get((context.dataset, variable), "text"), context.count)
    free = np.ones(context.count, bool)
    claims: _Claims | None = None
    for rule in rules:
        if claims is None or claims.rank != rule.rank:
            if not free.any() and context.count:
                break
            claims = _Claims(rule.rank, free.copy(), np.full(context.count, -1, np.int32))
        with faults_at(rule.place):
            wanted = condition(rule.where, context) & claims.free
            _claim(context, rule, claims, wanted)
            result = _filled(context, rule, wanted, result)
        free &= ~wanted
    return result


def _claim(context: Rows, rule: CompiledRule, claims: _Claims, wanted: Array) -> None:
    rivals = np.flatnonzero(wanted & (claims.owner >= 0))
    if len(rivals):
        row = int(rivals[0])
        other = claims.places[claims.owner[row]]
        raise RowFault(
            f"{rule.variable}: this rule and the one at {other.file}:{other.row} both claim"
            f" {context.describe(row)}; give one of them an Order or a narrower Where"
        )
    claims.owner[wanted] = len(claims.places)
    claims.places.append(rule.place)


def _filled(context: Rows, rule: CompiledRule, claimed: Array, result: Column) -> Column:
    """`result` with the value of a rule in the rows that it claims; only for those is it evaluated."""
    rows = np.flatnonzero(claimed)
    if not len(rows):
        return result
    if len(rows) == len(claimed):
        return _value(context, rule, None)
    found = _value(context, rule, rows)
    position = np.full(len(claimed), -1, np.int64)
    position[rows] = np.arange(len(rows))
    return choose(claimed, take(found, position), result)


def _value(context: Rows, rule: CompiledRule, rows: Array | None) -> Column:
    """The value of a rule in some rows (None: all); what is reported there comes into the issues."""
    run, dataset, block = context.run, context.dataset, context.block
    part = context.part(rows)
    part.reports = isinstance(part, RecordContext)  # what a candidate reports, its record reports again
    kind = run.stage.types.get((dataset, rule.variable), "text")
    found = typed(rule.value, part, kind)
    if isinstance(part, RecordContext):
        if kind == ISO and type_of(rule.value) == TEXT and isinstance(found, Text):
            _report_dates(part, rule, rows, found)
        for problem, mask, node in part.pending:
            told = np.flatnonzero(mask) if rows is None else rows[mask]
            report_call(run, dataset, block, rule.variable, problem, told, node)
    return found


def _report_dates(part: RecordContext, rule: CompiledRule, rows: Array | None, found: Text) -> None:
    """A text that a rule takes for a date as it is, and that is none, is written as it is and told."""
    wrong = np.flatnonzero(no_dates(found)[NOT_ISO])
    if len(wrong):
        told = wrong if rows is None else rows[wrong]
        report_read(part.run, part.dataset, part.block, rule.variable, NOT_ISO, told, [rule.value])


def report_filled(run: Run, dataset: str, block: str, name: str, found: Column) -> None:
    """As `_report_dates`, for a variable that Expand fills with texts."""
    if run.stage.types.get((dataset, name)) != ISO or not isinstance(found, Text):
        return
    parts = [part for part in run.block(dataset, block).expand if name in part.variables]
    given = [node for part in parts for node in part.arguments[part.variables.index(name) :: len(part.variables)]]
    wrong = np.flatnonzero(no_dates(found)[NOT_ISO]) if any(type_of(node) == TEXT for node in given) else ()
    if len(wrong):
        report(run, dataset, block, name, NOT_ISO, np.asarray(wrong), name, texts(take(found, np.asarray(wrong))))
