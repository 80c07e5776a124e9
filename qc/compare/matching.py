"""Which record of compare belongs to which of base: by key, and among records of one key by what else they hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Codes = tuple[np.ndarray, np.ndarray]
Content = Callable[[np.ndarray, np.ndarray], Codes]


@dataclass(frozen=True, eq=False)
class Repeated:
    """Keys that several records of a side share: how many records of each side, and one row of the key.

    row: of base, or of compare where base has none (`in_base` False).
    """

    base: np.ndarray
    compare: np.ndarray
    row: np.ndarray
    in_base: np.ndarray

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True, eq=False)
class Matched:
    """Rows, from 0, of the records that belong together, in the order of base; those on one side only."""

    base: np.ndarray
    compare: np.ndarray
    base_only: np.ndarray
    compare_only: np.ndarray
    repeated: Repeated

    def __len__(self) -> int:
        return len(self.base)


_NONE = np.empty(0, np.int64)
NO_REPEATED = Repeated(_NONE, _NONE, _NONE, np.empty(0, bool))


def by_position(base: int, compare: int) -> Matched:
    """The first record with the first, the second with the second."""
    common = np.arange(min(base, compare))
    return Matched(common, common, np.arange(len(common), base), np.arange(len(common), compare), NO_REPEATED)


def by_key(base: np.ndarray, compare: np.ndarray, keys: int, content: Content) -> Matched:
    """Records of equal keys.

    base, compare: the key of each record as a code below `keys`. content: called with the rows of base and of
    compare whose key is repeated, gives codes that are equal where two records agree in every variable. Of
    records with one key those that agree are paired, then the others in the order of the files.
    """
    count = np.bincount(base, minlength=keys), np.bincount(compare, minlength=keys)
    many = (count[0] > 1) | (count[1] > 1)
    place = np.full(keys, -1, np.int64)
    place[compare] = np.arange(len(compare))
    place[many] = -1
    other = place[base]
    rows = np.flatnonzero(other >= 0)
    pairs = rows, other[rows]
    if many.any():
        more = _repeated_pairs(base, compare, many, content)
        joined = np.concatenate([pairs[0], more[0]]), np.concatenate([pairs[1], more[1]])
        order = np.argsort(joined[0], kind="stable")
        pairs = joined[0][order], joined[1][order]
    return Matched(
        *pairs, _others(len(base), pairs[0]), _others(len(compare), pairs[1]), _repeated(base, compare, count, many)
    )


def _others(count: int, rows: np.ndarray) -> np.ndarray:
    left = np.ones(count, bool)
    left[rows] = False
    return np.flatnonzero(left)


def _repeated(base: np.ndarray, compare: np.ndarray, count: Codes, many: np.ndarray) -> Repeated:
    keys = np.flatnonzero(many)
    first = np.full(len(many), -1, np.int64), np.full(len(many), -1, np.int64)
    for codes, found in ((base, first[0]), (compare, first[1])):
        found[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    in_base = first[0][keys] >= 0
    row = np.where(in_base, first[0][keys], first[1][keys])
    order = np.lexsort((row, ~in_base))
    return Repeated(count[0][keys][order], count[1][keys][order], row[order], in_base[order])


def _repeated_pairs(base: np.ndarray, compare: np.ndarray, many: np.ndarray, content: Content) -> Codes:
    rows = np.flatnonzero(many[base]), np.flatnonzero(many[compare])
    if not len(rows[0]) or not len(rows[1]):
        return _NONE, _NONE
    inside = content(*rows)
    size = int(max(inside[0].max(), inside[1].max())) + 1
    same = _in_turn(base[rows[0]] * size + inside[0], compare[rows[1]] * size + inside[1])
    rest = _others(len(rows[0]), same[0]), _others(len(rows[1]), same[1])
    turn = _in_turn(base[rows[0]][rest[0]], compare[rows[1]][rest[1]])
    return (
        rows[0][np.concatenate([same[0], rest[0][turn[0]]])],
        rows[1][np.concatenate([same[1], rest[1][turn[1]]])],
    )


def _in_turn(base: np.ndarray, compare: np.ndarray) -> Codes:
    """Positions of equal codes: the first of a code with the first, the second with the second."""
    turns = _turn(base), _turn(compare)
    most = int(max(turns[0].max(initial=0), turns[1].max(initial=0))) + 1
    codes = np.unique(np.concatenate([base, compare]), return_inverse=True)[1]
    left, right = codes[: len(base)] * most + turns[0], codes[len(base) :] * most + turns[1]
    _, first, second = np.intersect1d(left, right, assume_unique=True, return_indices=True)
    return first, second


def _turn(codes: np.ndarray) -> np.ndarray:
    """How many earlier records have the same code."""
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    new = np.append(True, ordered[1:] != ordered[:-1]) if len(codes) else np.empty(0, bool)
    start = np.maximum.accumulate(np.where(new, np.arange(len(codes)), 0))
    turn = np.empty(len(codes), np.int64)
    turn[order] = np.arange(len(codes)) - start
    return turn
