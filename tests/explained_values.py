"""Operations, comparisons and orders by the rules of docs/language.md, one value at a time, in plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from language import tree

EPOCH = date(1960, 1, 1)
Value = Any


def equal(one: Value, other: Value) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return one == other or math.isclose(one, other, rel_tol=1e-14)
    return bool(one == other)


def arithmetic(operator: str, left: Value, right: Value) -> Value:
    if left is None or right is None:
        return None
    functions_of: dict[str, Callable[[Value, Value], Value]] = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "//": lambda a, b: a // b,
        "%": lambda a, b: a % b,
        "**": lambda a, b: a**b,
    }
    try:
        return functions_of[operator](left, right)
    except (ZeroDivisionError, OverflowError):
        return None


def kind_of(*nodes: tree.Node) -> str:
    kinds = {getattr(node, "type", "none") for node in nodes} - {"none"}
    return "text" if kinds == {"iso", "text"} or not kinds else kinds.pop()


def compare(operator: str, left: Value, right: Value, kind: str) -> bool:
    """A comparison by docs/language.md: missing sides are false, != is the negation of ==."""
    if operator == "!=":
        return not compare("==", left, right, kind)
    if left is None or right is None:
        return False
    if kind == "iso":
        return _dates(operator, left, right)
    if isinstance(left, float) and isinstance(right, float):
        same = _same(left, right)
        return {"==": same, "<": left < right and not same, "<=": left < right or same,
                ">": left > right and not same, ">=": left > right or same}[operator]  # fmt: skip
    return bool(left == right)


def _same(left: float, right: float) -> bool:
    whole = left == round(left) and right == round(right)
    return left == right if whole else f"{left:.9e}" == f"{right:.9e}"


def _dates(operator: str, left: str, right: str) -> bool:
    if operator in (">", ">="):
        return _dates("<" if operator == ">" else "<=", right, left)
    (first_a, last_a, time_a), (first_b, last_b, time_b) = span(left), span(right)
    if first_a is None or first_b is None:
        return False
    one_day = first_a == last_a == first_b == last_b
    timed = time_a is not None and time_b is not None
    if operator == "==":
        return one_day and (not timed or time_a == time_b)
    if operator == "<":
        return bool(last_a < first_b or (one_day and timed and time_a < time_b))
    return (not timed or time_a <= time_b) if one_day else bool(last_a <= first_b)


def span(text: str) -> tuple[Value, Value, Value]:
    """The first and the last day that an ISO 8601 text may stand for, and its time."""
    day, _, clock = text.partition("T")
    parts = [int(part) for part in day.split("-") if part.isdigit()]
    if not parts:
        return None, None, None
    first = date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)
    if len(parts) == 3:
        last = first
    elif len(parts) == 2:
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    else:
        last = date(parts[0], 12, 31)
    return first, last, clock or None


def day_of(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    first, last, _ = span(value)
    return float((first - EPOCH).days) if first is not None and first == last else None


def extreme(values: Sequence[Value], kind: str, greatest: bool) -> Value:
    """The least or the greatest; of dates only those with a day, of equal days the one with a time, then by time."""
    if kind != "iso":
        return (max(values) if greatest else min(values)) if values else None
    days = [value for value in values if span(value)[0] is not None and span(value)[0] == span(value)[1]]
    if not days:
        return None
    worst = "" if greatest else "~"
    ranked = [(span(value)[0], span(value)[2] or worst, value) for value in days]
    best = (max if greatest else min)(ranked, key=lambda item: item[:2])
    return best[2]


def covered(values: list[list[Value]]) -> Value:
    intervals = [(start, end) for start, end in values if start is not None and end is not None and end >= start]
    days = {day for start, end in intervals for day in range(int(start), int(end) + 1)}
    return float(len(days)) if intervals else None


class Descending:
    """Sorts the other way round."""

    def __init__(self, key: Any) -> None:
        self.key = key

    def __lt__(self, other: Descending) -> bool:
        return bool(other.key < self.key)

    def __le__(self, other: Descending) -> bool:
        return bool(other.key <= self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Descending) and bool(self.key == other.key)
