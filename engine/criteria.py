"""Evaluates a set of criteria: the value of the first row that holds.

A published set has some hundred rows, of which a record meets the few for its term and unit. So records are parted by
the texts that most rows compare for equality, and each part meets only the rows that may hold for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from engine.columns import Array, Column, Text, concat, distinct, empty, take
from engine.compare import keyed
from engine.context import Context, Remembered
from language.matching import conjuncts
from language.tree import TEXT, Compare, Constant, Criteria, Criterion, Logic, Member, Node
from language.tree import Column as ColumnNode

Evaluate = Callable[[Node, Context, str], Column]
_PARTED_BY = 2
_KIND = "criterion"


@dataclass(frozen=True)
class _Rule:
    """A row of the set: the texts that it asks of some columns, and what else must hold."""

    texts: Mapping[ColumnNode, frozenset[str]]
    rest: Node | None
    row: Criterion

    def may_hold(self, values: Mapping[ColumnNode, str | None]) -> bool:
        return all(values[column] in texts for column, texts in self.texts.items())


def graded(node: Criteria, context: Context, evaluate: Evaluate) -> Column:
    """The column of a set. `evaluate` gives the column of an expression in a context, for a type of the language."""
    whole = Remembered(context)
    columns, rules = _parted(node)
    pieces: list[Column] = []
    taken: list[Array] = []
    for values, free in _groups(whole, columns):
        for rule in rules:
            if not len(free):
                break
            if not rule.may_hold(values):
                continue
            holds = _holds(rule.rest, whole, free, evaluate)
            claimed, free = free[holds], free[~holds]
            if len(claimed):
                pieces.append(evaluate(rule.row.value, whole.part(claimed), node.type))
                taken.append(claimed)
                _tell(rule.row, whole, claimed)
    return _put_together(pieces, taken, node.type, context.count)


def _holds(rest: Node | None, whole: Remembered, rows: Array, evaluate: Evaluate) -> Array:
    if rest is None:
        return np.ones(len(rows), bool)
    return np.asarray(evaluate(rest, whole.part(rows), ""), bool)


def _tell(row: Criterion, whole: Remembered, rows: Array) -> None:
    if row.issue and whole.reports:
        told = np.zeros(whole.count, bool)
        told[rows] = True
        whole.report(_KIND, told, row)


def _put_together(pieces: list[Column], taken: list[Array], kind: str, count: int) -> Column:
    if not pieces:
        return empty(kind, count)
    position = np.full(count, -1, np.int64)
    position[np.concatenate(taken)] = np.arange(sum(map(len, taken)))
    return take(concat(pieces), position)


def _parted(node: Criteria) -> tuple[tuple[ColumnNode, ...], list[_Rule]]:
    """The columns by which records are parted, and the rows as rules."""
    asked = [_texts(row) for row in node.rows]
    counts = Counter(column for found in asked for column in found)
    columns = tuple(column for column, _ in counts.most_common(_PARTED_BY))
    rules = []
    for row, found in zip(node.rows, asked):
        texts = {column: found[column][1] for column in columns if column in found}
        stated = [found[column][0] for column in texts]
        rest = tuple(part for part in conjuncts(row.where) if not any(part is other for other in stated))
        rules.append(_Rule(texts, Logic("and", rest) if rest else None, row))
    return columns, rules


def _texts(row: Criterion) -> dict[ColumnNode, tuple[Node, frozenset[str]]]:
    """Column to the part of the row's condition that asks one of some texts of it."""
    found: dict[ColumnNode, tuple[Node, frozenset[str]]] = {}
    for part in conjuncts(row.where):
        items: tuple[Node, ...] = ()
        if isinstance(part, Compare) and part.operator == "==":
            items = (part.right,)
        elif isinstance(part, Member):
            items = part.items
        left = getattr(part, "left", None)
        texts = [item.value for item in items if isinstance(item, Constant) and isinstance(item.value, str)]
        if isinstance(left, ColumnNode) and left.type == TEXT and items and len(texts) == len(items):
            found.setdefault(left, (part, frozenset(text.rstrip(" ") for text in texts)))
    return found


def _groups(whole: Remembered, columns: tuple[ColumnNode, ...]) -> Iterator[tuple[dict[ColumnNode, str | None], Array]]:
    """Records parted by the values of the columns: the values, and the positions of the records."""
    if not whole.count:
        return
    found = [keyed(whole.column(column)) for column in columns]
    first, codes = distinct(found, whole.count)
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(first)))
    shown = [column.take(first).objects() for column in found if isinstance(column, Text)]
    for group, (start, end) in enumerate(zip([0, *ends[:-1]], ends)):
        yield {column: texts[group] for column, texts in zip(columns, shown)}, order[start:end]
