"""Comparisons: numbers on 10 significant digits, ISO 8601 texts as dates, texts but for blanks at their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from engine.columns import Array, Column, Text, unify

_NONE = -2  # the code of no text
_BLOCK = 1 << 14


def compare(operator: str, left: Column, right: Column, kind: str) -> Array:
    """`left operator right`, False where a side is missing; `!=` is the exact negation of `==`."""
    if operator == "!=":
        return ~compare("==", left, right, kind)
    if isinstance(left, Text) and isinstance(right, Text):
        return _dates(operator, left, right) if kind == "iso" else _texts(left, right)
    assert not isinstance(left, Text) and not isinstance(right, Text)
    if left.dtype == bool:
        return left == right
    return _numbers(operator, left, right)


def _texts(left: Text, right: Text) -> Array:
    left, right = left.trimmed(), right.trimmed()
    if left.dictionary is not right.dictionary and min(len(left.dictionary), len(right.dictionary)) == 1:
        few, many = (left, right) if len(left.dictionary) == 1 else (right, left)
        code = many.dictionary.index.get(few.dictionary.values[0], _NONE)
        return (many.codes == code) & (few.codes == 0)
    (a, b), _ = unify([left, right])
    return (a == b) & (a >= 0)


def same_number(left: Array, right: Array) -> Array:
    """Equality of numbers: whole ones exactly, others after rounding both to 10 significant digits."""
    equal = left == right
    near = np.concatenate([np.flatnonzero(~equal[rows] & _near(left[rows], right[rows])) + rows.start
                           for rows in _blocks(len(equal))])  # fmt: skip
    if len(near):
        equal[near] = ten_digits(left[near]) == ten_digits(right[near])
    return equal


def _blocks(count: int) -> Iterator[slice]:
    """All rows, so many at a time as stay in the cache of the processor."""
    for start in range(0, max(count, 1), _BLOCK):
        yield slice(start, start + _BLOCK)


def _near(left: Array, right: Array) -> Array:
    """Numbers that 10 significant digits may not tell apart, and of which one is not whole."""
    with np.errstate(invalid="ignore"):
        size = np.maximum(np.abs(left), np.abs(right))
        near = (np.abs(left - right) <= 2e-9 * size) & np.isfinite(size)
        if near.any():
            near &= ~((left == np.rint(left)) & (right == np.rint(right)))
    return near


def ten_digits(values: Array) -> Array:
    """Numbers rounded to 10 significant digits."""
    return np.array([float(f"{value:.9e}") for value in values.tolist()]) if len(values) < 64 else _ten(values)


def keyed(column: Column) -> Column:
    """A column as keys that are the same where its values are equal: numbers that are not whole on 10 digits.

    Texts are keys without the blanks at their end.

    A whole number above 1E10 next to one that is not whole keeps all its digits; `==` of the two compares 10.
    """
    if isinstance(column, Text):
        return column.trimmed()
    if column.dtype.kind != "f":
        return column
    rows = np.flatnonzero(np.isfinite(column) & (column != np.rint(column)))
    if not len(rows):
        return column
    found = column.copy()
    found[rows] = ten_digits(column[rows])
    return found


def _ten(values: Array) -> Array:
    distinct, inverse = np.unique(values, return_inverse=True)
    rounded = np.array([float(f"{value:.9e}") for value in distinct.tolist()])
    return rounded[inverse]


def _numbers(operator: str, left: Array, right: Array) -> Array:
    equal = same_number(left, right)
    if operator == "==":
        return equal
    if operator == "<":
        return (left < right) & ~equal
    if operator == "<=":
        return (left < right) | equal
    if operator == ">":
        return (left > right) & ~equal
    return (left > right) | equal


_ORDER: dict[str, Callable[[Array, Array], Array]] = {"==": np.equal, "<": np.less, "<=": np.less_equal}


def _dates(operator: str, left: Text, right: Text) -> Array:
    """By day, and by time if both have one; partial dates only where every day gives the same answer."""
    if operator in (">", ">="):
        return _dates("<" if operator == ">" else "<=", right, left)
    if left.dictionary.exact and right.dictionary.exact and not (left.dictionary.timed and right.dictionary.timed):
        return _ORDER[operator](left.days(), right.days())
    first_a, last_a, time_a = left.parts()
    first_b, last_b, time_b = right.parts()
    one_day = (first_a == last_a) & (first_b == last_b) & (first_a == first_b)
    timed = np.isfinite(time_a) & np.isfinite(time_b)
    if operator == "==":
        return one_day & (~timed | (time_a == time_b))
    if operator == "<":
        return (last_a < first_b) | (one_day & timed & (time_a < time_b))
    return np.where(one_day, ~timed | (time_a <= time_b), last_a <= first_b)


def extreme_ranks(column: Text, greatest: bool) -> Array:
    """Ranks whose minimum (or maximum, for `greatest`) is the wanted date; NaN for dates without a day.

    Dates order by day; of equal days those with a time come before (after) the one without, so that they win,
    and among times the earlier (later) wins.
    """
    first, last, seconds = column.parts()
    day = np.where(first == last, first, np.nan)
    within = np.where(np.isfinite(seconds), seconds, -1.0 if greatest else 86_400.0)
    return day * 100_000.0 + within
