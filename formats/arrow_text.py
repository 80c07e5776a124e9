"""Text columns that Arrow has read: they become codes and distinct values when somebody asks for them."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from formats.coded import MISSING, Coded

_GRAPHIC = "[!-~]"  # a text with one of these characters of ASCII is not blank


class ArrowText(Coded):
    """A text column from an Arrow column of strings (null and white space alone are missing).

    `dictionary` holds the distinct texts as Arrow has them, in the order of `values`: in that of first appearance.
    """

    def __init__(self, column: pa.ChunkedArray) -> None:
        object.__setattr__(self, "_column", column)
        object.__setattr__(self, "_rows", len(column))

    def __len__(self) -> int:
        return int(self.__dict__["_rows"])

    def some(self, rows: np.ndarray) -> Coded:
        """As `take` for rows of which none is -1, of a column that is not encoded; only these are."""
        column: pa.ChunkedArray = self.__dict__["_column"]
        return ArrowText(column.take(pa.array(rows)))

    @cached_property
    def _encoded(self) -> tuple[np.ndarray, pa.Array]:
        encoded = self.__dict__.pop("_column").dictionary_encode()
        if not encoded.num_chunks:
            return np.empty(0, np.int32), pa.array([], pa.string())
        parts = [_codes(chunk.indices) for chunk in encoded.chunks]
        codes = np.concatenate(parts) if len(parts) > 1 else parts[0]
        return _without_blanks(codes, encoded.chunk(encoded.num_chunks - 1).dictionary)

    @property
    def codes(self) -> np.ndarray:  # type: ignore[override]
        return self._encoded[0]

    @property
    def dictionary(self) -> pa.Array:
        return self._encoded[1]

    @cached_property
    def values(self) -> np.ndarray:  # type: ignore[override]
        return self.dictionary.to_numpy(zero_copy_only=False)


def _codes(indices: pa.Array) -> np.ndarray:
    """The codes of a chunk, -1 for null."""
    found = indices.fill_null(MISSING) if indices.null_count else indices
    return found.to_numpy()


def _without_blanks(codes: np.ndarray, dictionary: pa.Array) -> tuple[np.ndarray, pa.Array]:
    doubtful = np.flatnonzero(~pc.match_substring_regex(dictionary, _GRAPHIC).to_numpy(zero_copy_only=False))
    blank = [at for at in doubtful.tolist() if not dictionary[at].as_py().strip()]
    if not blank:
        return codes, dictionary
    kept = np.ones(len(dictionary), bool)
    kept[blank] = False
    renumber = np.append(np.where(kept, np.cumsum(kept) - 1, MISSING), MISSING).astype(np.int32)
    return renumber[codes], dictionary.filter(pa.array(kept))
