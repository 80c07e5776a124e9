"""Text columns that Arrow holds: they become codes and distinct values when somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from formats.coded import MISSING, Coded

_GRAPHIC = "[!-~]"  # a text with one of these characters of ASCII is not blank
Encoded = tuple[np.ndarray, pa.Array]


class LazyCoded(Coded):
    """A text column that `load` reads when it is asked for: the codes and, as an Arrow array, the distinct texts.

    `some` reads some of its rows only.
    """

    some: Callable[[np.ndarray], Coded]

    def __init__(self, rows: int, load: Callable[[], Encoded], some: Callable[[np.ndarray], Coded]) -> None:
        for name, value in (("_rows", rows), ("_load", load), ("some", some)):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return int(self.__dict__["_rows"])

    @cached_property
    def _encoded(self) -> Encoded:
        found: Encoded = self.__dict__.pop("_load")()
        del self.__dict__["some"]  # both hold the column as it was before
        return found

    @property
    def codes(self) -> np.ndarray:
        return self._encoded[0]

    @property
    def dictionary(self) -> pa.Array:
        """The distinct texts, in the order of `values`."""
        return self._encoded[1]

    @cached_property
    def values(self) -> np.ndarray:
        return self.dictionary.to_numpy(zero_copy_only=False)


def text_column(column: pa.ChunkedArray) -> LazyCoded:
    """A column of strings; null and white space alone are missing."""

    def some(rows: np.ndarray) -> Coded:
        return text_column(column.take(pa.array(rows)))

    return LazyCoded(len(column), lambda: _encoded(column), some)


def _encoded(column: pa.ChunkedArray) -> Encoded:
    codes, dictionary = dictionary_encoded(column)
    return without_blanks(codes, dictionary)


def dictionary_encoded(column: pa.ChunkedArray) -> Encoded:
    """The code of each row (-1 for null) and the distinct values, in the order of first appearance."""
    found = column.dictionary_encode()
    if not found.num_chunks:
        return np.empty(0, np.int32), pa.array([], column.type)
    parts = [_codes(chunk.indices) for chunk in found.chunks]
    codes = np.concatenate(parts) if len(parts) > 1 else parts[0]
    return codes, found.chunk(found.num_chunks - 1).dictionary


def _codes(indices: pa.Array) -> np.ndarray:
    found = indices.fill_null(MISSING) if indices.null_count else indices
    return found.to_numpy()


def without_blanks(codes: np.ndarray, dictionary: pa.Array) -> Encoded:
    """The same column with the texts that are blank made missing."""
    doubtful = np.flatnonzero(~pc.match_substring_regex(dictionary, _GRAPHIC).to_numpy(zero_copy_only=False))
    return _without(codes, dictionary, [at for at in doubtful.tolist() if not dictionary[at].as_py().strip()])


def without_empty(codes: np.ndarray, dictionary: pa.Array) -> Encoded:
    """The same column with the text of no character made missing."""
    return _without(codes, dictionary, np.flatnonzero(pc.binary_length(dictionary).to_numpy() == 0).tolist())


def _without(codes: np.ndarray, dictionary: pa.Array, taken: list[int]) -> Encoded:
    if not taken:
        return codes, dictionary
    kept = np.ones(len(dictionary), bool)
    kept[taken] = False
    renumber = np.append(np.where(kept, np.cumsum(kept) - 1, MISSING), MISSING).astype(np.int32)
    return renumber[codes], dictionary.filter(pa.array(kept))


def series_texts(texts: pd.Series) -> Coded:
    """A column of texts of whatever type pandas has for them (object, string, category), as `Coded.from_objects`.

    >>> coded = series_texts(pd.Series(["b", None, "a", "b"], dtype="str"))
    >>> coded.codes.tolist(), coded.values.tolist()
    ([0, -1, 1, 0], ['b', 'a'])
    """
    if isinstance(texts.dtype, pd.CategoricalDtype):
        return _categories(texts.cat.codes.to_numpy(), texts.cat.categories.to_numpy(dtype=object))
    if hasattr(texts.array, "__arrow_array__") and texts.dtype != object:
        arrow = pa.chunked_array(pa.array(texts.array))
        if pa.types.is_string(arrow.type) or pa.types.is_large_string(arrow.type):
            codes, dictionary = _encoded(arrow)
            return Coded(codes, dictionary.to_numpy(zero_copy_only=False))
    return Coded.from_objects(texts)


def _categories(codes: np.ndarray, categories: np.ndarray) -> Coded:
    wrong = [value for value in categories if not isinstance(value, str)]
    if wrong:
        raise TypeError(f"the category {wrong[0]!r} ({type(wrong[0]).__name__}) is no text")
    distinct = Coded.from_objects(categories)
    return Coded(np.append(distinct.codes, np.int32(MISSING))[codes], distinct.values)
