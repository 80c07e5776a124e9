"""Intervals that end before they start: an aggregate over the days of intervals counts none for them, and says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from derivations.iso_calendar import format_days
from engine.columns import Array
from engine.context import Context
from language.matching import sides
from language.tree import CONDITION, NUMBER, Aggregate, Binary, Compare, Constant, Key, Logic, Node

KIND = "end_before_start"


def report_reversed(node: Aggregate, context: Context) -> None:
    """Tell the rows for which an interval of `covered_days` ends before it starts.

    Not told of records of all subjects (`subjects='all'` without a table), which no part of a study knows.
    """
    if node.match is None and node.subjects_all:
        return
    asked = replace(node, function="any", values=(_ends_before(node),), type=CONDITION)
    found = np.asarray(context.aggregate(asked), bool)
    if found.any():
        context.report(KIND, found, node)


def first_reversed(node: Aggregate, context: Context) -> Array:
    """The first of these intervals of each row in words, by its start: `2024-03-05 | 2024-03-01`."""
    found = replace(_where(node, _ends_before(node)), function="first", type=NUMBER, order=(*map(Key, node.values),))
    ends = [format_days(np.asarray(context.aggregate(replace(found, values=(value,))))) for value in node.values]
    return np.array([f"{start} | {end}" for start, end in zip(*(column.tolist() for column in ends))], dtype=object)


def _ends_before(node: Aggregate) -> Node:
    start, end = (Binary("//", value, Constant(1.0, NUMBER), NUMBER) for value in node.values)
    return Compare("<", end, start)


def _where(node: Aggregate, more: Node) -> Aggregate:
    """The aggregate over those of its rows for which one more condition holds."""
    if node.match is None:
        return replace(node, where=more if node.where is None else Logic("and", (node.where, more)))
    match, (_, outer) = node.match, sides(more)
    if outer:
        return replace(node, match=replace(match, residual=(*match.residual, more)))
    return replace(node, match=replace(match, filters=(*match.filters, more)))
