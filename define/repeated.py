"""Records that repeat the key of an earlier one, found in blocks of the records.

Records that stand in the order of their keys (missing values first, texts by code point) repeat none if each is behind
the one before it. Others are told apart by a number of 64 bits for each key; those whose numbers agree are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from define.distinct import Column

Blocks = Callable[[Sequence[str]], Iterator[Mapping[str, Column]]]
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no number is lost by multiplying


class Ordered:
    """Whether records stand in the order of their keys without two alike; takes blocks as the answer to a question."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys, self.holds = keys, True
        self.last: tuple[tuple[int, Any], ...] | None = None

    def add(self, block: Mapping[str, Column], start: int) -> None:
        """Take a block."""
        columns = [block[key] for key in self.keys]
        if not self.holds or not len(columns[0].codes):
            return
        first, last = (tuple(_value(column, place) for column in columns) for place in (0, -1))
        self.holds = (self.last is None or self.last < first) and _rising(columns)
        self.last = last

    def made(self) -> bool:
        return self.holds


def _value(column: Column, place: int) -> tuple[int, Any]:
    """A value of a key that sorts as it does, a missing one before all others."""
    code = column.codes[place]
    return (1, column.values[code]) if code >= 0 else (0, 0)


def _rising(columns: Sequence[Column]) -> bool:
    """Is each record behind the one before it?"""
    count = len(columns[0].codes) - 1
    settled, falling = np.zeros(count, bool), np.zeros(count, bool)
    for column in columns:
        ranks = np.empty(len(column.values) + 1, np.int64)
        ranks[np.argsort(column.values, kind="stable")] = np.arange(len(column.values))
        ranks[-1] = -1
        steps = np.diff(ranks[column.codes])
        falling |= ~settled & (steps < 0)
        settled |= steps != 0
    return bool(settled.all() and not falling.any())


def repeated(keys: Sequence[str], blocks: Blocks, count: int) -> tuple[int, int]:
    """How many of `count` records repeat the key of an earlier one, and the position of the first that does.

    A missing value is a value of its own. blocks: gives the records of some columns anew, block by block.
    """
    numbers, start = np.empty(count, np.uint64), 0
    for block in blocks(keys):
        found = _numbers([block[key] for key in keys])
        numbers[start : start + len(found)] = found
        start += len(found)
    ordered = np.sort(numbers)
    alike = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(alike):
        return 0, 0
    places = np.flatnonzero(np.isin(numbers, alike))
    again = _chosen(keys, blocks, places).duplicated().to_numpy()
    return int(again.sum()), int(places[np.argmax(again)])


def _numbers(columns: Sequence[Column]) -> np.ndarray:
    """A number for the key of each record, the same for the same key."""
    found = np.zeros(len(columns[0].codes), np.uint64)
    for column in columns:
        values = np.append(pd.util.hash_array(column.values + 0.0 if column.numeric else column.values), np.uint64(0))
        found = found * _FACTOR + values[column.codes]
    return found


def _chosen(keys: Sequence[str], blocks: Blocks, places: np.ndarray) -> pd.DataFrame:
    """The keys of the records at some positions."""
    parts, start = [], 0
    for block in blocks(keys):
        count = len(block[keys[0]].codes)
        inside = places[np.searchsorted(places, start) : np.searchsorted(places, start + count)] - start
        # of texts alone pandas would make columns of strings, in which what is missing is not None
        parts.append(pd.DataFrame({key: _objects(block[key], inside) for key in keys}, dtype=object))
        start += count
    return pd.concat(parts, ignore_index=True)


def _objects(column: Column, places: np.ndarray) -> np.ndarray:
    return np.append(column.values.astype(object), [None])[column.codes[places]]
