"""Dictionary-encoded text: each distinct value once, and a code for each row."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

MISSING = -1
_MANY_ROWS = 1 << 12


@dataclass(frozen=True, eq=False)
class Coded:
    """A text column. codes: int32 per row, -1 where the value is missing. values: the texts, dtype object.

    `values` may hold texts that no row uses (after `take`); `used` tells which are.
    """

    codes: np.ndarray
    values: np.ndarray

    @classmethod
    def from_objects(cls, texts: Sequence[Any] | np.ndarray | pd.Series) -> Coded:
        """Encode texts in the order of their first appearance; None, NaN and white space alone are missing.

        Raises TypeError, with the row counted from 1, when a value is not text.

        >>> coded = Coded.from_objects(["b", None, "a", "b", " "])
        >>> coded.codes.tolist(), coded.values.tolist()
        ([0, -1, 1, 0, -1], ['b', 'a'])
        """
        codes, values = _factorized(_objects(texts))
        for code, value in enumerate(values):
            if not isinstance(value, str):
                row = int(np.argmax(codes == code)) + 1
                raise TypeError(f"row {row} holds {value!r} ({type(value).__name__}) where text is expected")
        return cls(codes.astype(np.int32, copy=False), values)._without_blanks()

    @classmethod
    def missing(cls, rows: int) -> Coded:
        """A column of `rows` missing values.

        >>> Coded.missing(2).to_objects().tolist()
        [None, None]
        """
        return cls(np.full(rows, MISSING, np.int32), np.empty(0, object))

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: np.ndarray) -> Coded:
        """The values at `rows` (from 0); -1 gives a missing value. The dictionary is shared, not copied.

        >>> Coded.from_objects(["a", "b"]).take(np.array([1, -1, 0])).to_objects().tolist()
        ['b', None, 'a']
        """
        if not len(self.codes):
            return Coded(np.full(len(rows), MISSING, np.int32), self.values)
        return Coded(np.where(rows < 0, MISSING, self.codes[rows]).astype(np.int32), self.values)

    def to_objects(self) -> np.ndarray:
        """One str or None per row, dtype object."""
        return np.append(self.values, [None])[self.codes]

    def used(self) -> np.ndarray:
        """bool per value: does any row hold it?

        >>> Coded.from_objects(["a", "b"]).take(np.array([1])).used().tolist()
        [False, True]
        """
        mask = np.zeros(len(self.values) + 1, bool)
        mask[self.codes] = True
        return mask[:-1]

    def _without_blanks(self) -> Coded:
        kept = np.array([bool(value.strip()) for value in self.values], bool)
        if kept.all():
            return self
        renumber = np.append(np.where(kept, np.cumsum(kept) - 1, MISSING), MISSING).astype(np.int32)
        return Coded(renumber[self.codes], self.values[kept])


def _factorized(objects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes by first appearance (-1 for what pandas takes for missing) and the distinct values.

    Where many rows hold the very same object, the objects are told apart by their addresses first, which is quicker
    than to look into them.
    """
    if len(objects) < _MANY_ROWS or len(np.unique(_addresses(objects[:_MANY_ROWS]))) > _MANY_ROWS // 2:
        return pd.factorize(objects, use_na_sentinel=True)
    by_address, _ = pd.factorize(_addresses(objects).view(np.int64))
    by_address = by_address.astype(np.int32)
    codes, values = pd.factorize(objects[first_rows(by_address)], use_na_sentinel=True)
    if len(values) == len(codes):
        return by_address, values
    return codes.astype(np.int32)[by_address], values


def first_rows(codes: np.ndarray) -> np.ndarray:
    """The first row of each code, of codes that are numbered by their first appearance.

    >>> first_rows(np.array([0, 0, 1, 0, 2, 1])).tolist()
    [0, 2, 4]
    """
    if not len(codes):
        return np.empty(0, np.int64)
    highest = np.maximum.accumulate(codes)
    return np.append(0, np.flatnonzero(highest[1:] != highest[:-1]) + 1)


def _addresses(objects: np.ndarray) -> np.ndarray:
    """Where the objects of a contiguous array lie in memory (uintp); true as long as the array lives."""
    addresses = (ctypes.c_size_t * len(objects)).from_address(objects.ctypes.data)
    return np.ctypeslib.as_array(addresses)


def _objects(texts: Sequence[Any] | np.ndarray | pd.Series) -> np.ndarray:
    if isinstance(texts, pd.Series):
        return np.ascontiguousarray(texts.to_numpy(dtype=object))
    if isinstance(texts, np.ndarray) and texts.dtype == object and texts.flags.c_contiguous:
        return texts
    objects = np.empty(len(texts), object)
    objects[:] = texts
    return objects
