"""Aggregates and windows by the rules of docs/language.md, from the values of the rows that count, in plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from explained_values import Descending, Value, covered, extreme

from engine.trace.node import Node
from language import tree


def aggregate(node: Node) -> Value:
    """One value of the rows that count."""
    expr = node.expr
    assert isinstance(expr, tree.Aggregate)
    rows = [part for part in node.parts if part.kind == "row" and part.slot in ("row", "other")]
    for row in rows:
        assert all(part.value is True for part in row.parts if part.slot == "where"), f"{node.name}: {row.name}"
    if "all subjects" in node.note:
        return float(len(rows)) if expr.function == "count" else node.value
    values = [[part.value for part in row.parts if part.slot == "value"] for row in rows]
    if expr.function == "covered_days":
        return covered(values)
    if expr.function in ("first", "last"):
        return _taken(rows, expr)
    if expr.function == "count" and not expr.values:
        return float(len(rows))
    firsts: list[Value] = [value[0] for value in values]
    present = [value for value in firsts if value is not None]
    kind = getattr(expr.values[0], "type", "")
    known: dict[str, Callable[[], Value]] = {
        "count": lambda: float(len(present)),
        "count_distinct": lambda: float(len(set(present))),
        "any": lambda: any(firsts),
        "all": lambda: all(firsts),
        "sum": lambda: math.fsum(present) if present else None,
        "mean": lambda: math.fsum(present) / len(present) if present else None,
        "min": lambda: extreme(present, kind, False),
        "max": lambda: extreme(present, kind, True),
        "only": lambda: present[0] if present else None,
    }
    if expr.function == "only":
        assert len(set(present)) <= 1
    return known[expr.function]()


def _taken(rows: list[Node], expr: tree.Aggregate) -> Value:
    if not rows:
        return None
    keys = [_order(row, expr.order) for row in rows]
    last = expr.function == "last"
    assert all((keys[0] >= key) if last else (keys[0] <= key) for key in keys), "another row comes before"
    return rows[0].parts[0].value


def _order(row: Node, keys: Sequence[tree.Key]) -> list[Any]:
    """What sorts a row: missing first, numbers by size, texts by code point."""
    found = []
    for part, key in zip([part for part in row.parts if part.slot == "order"], keys, strict=True):
        rank = (0, 0) if part.value is None else (1, part.value)
        found.append(Descending(rank) if key.descending else rank)
    return found


def window(node: Node) -> Value:
    """The place of a record among others."""
    expr, rows = node.expr, list(node.parts)
    assert isinstance(expr, tree.Window)
    keys = [_order(row, expr.order) for row in rows]
    counts = [all(part.value is True for part in row.parts if part.slot == "where") for row in rows]
    assert all(one or row.slot == "own" for one, row in zip(counts, rows, strict=True))
    if expr.function in ("sequence", "row_number"):
        assert all(one <= other for one, other in pairwise(keys))
        return float(len(rows)) if rows else None
    if expr.function in ("is_first", "is_last"):
        assert all(one != (row.note == "does not count") for one, row in zip(counts, rows, strict=True))
        for key, counted in zip(keys[1:], counts[1:]):
            assert not counted or (keys[0] <= key if expr.function == "is_first" else key <= keys[0])
        return bool(rows) and rows[0].note == "this record"
    near = [row for row in rows if row.slot == "neighbour"]
    return near[0].parts[0].value if near else None
