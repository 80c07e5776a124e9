"""The distinct texts of a column, and what is asked of each once: its place in the order, the days it stands for."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from derivations.iso_calendar import IsoParts, parse


class Dictionary:
    """The distinct texts of a column; shared by the columns that are taken from it.

    It is made from Python texts or from an Arrow array of them; the one is found from the other when it is asked for.
    """

    def __init__(self, values: np.ndarray | None = None, arrow: pa.Array | None = None) -> None:
        self._arrow = arrow
        if values is not None:
            self.values = values

    def __len__(self) -> int:
        return len(self._arrow) if self._arrow is not None else len(self.values)

    @cached_property
    def values(self) -> np.ndarray:
        """The texts, dtype object."""
        assert self._arrow is not None
        found: np.ndarray = self._arrow.to_numpy(zero_copy_only=False)
        return found

    def arrow(self) -> pa.Array:
        """The texts as Arrow has them. Raises for a lone surrogate, which UTF-8 does not hold."""
        return self._arrow if self._arrow is not None else pa.array(self.values, pa.string())

    @cached_property
    def padded(self) -> np.ndarray:
        """The texts and None at the end, where the code of a missing text leads."""
        return np.append(self.values, [None])

    @cached_property
    def parts(self) -> IsoParts:
        """The days and times that the texts stand for, read as ISO 8601; NaN at the end, as in `padded`."""
        return parse(self.padded)

    @cached_property
    def days(self) -> np.ndarray:
        """The numeric day of each complete date, else NaN; NaN at the end, as in `padded`."""
        return np.where(self.parts.first == self.parts.last, self.parts.first, np.nan)

    @cached_property
    def index(self) -> dict[str, int]:
        """The code of each text."""
        return {text: code for code, text in enumerate(self.values.tolist())}

    @cached_property
    def exact(self) -> bool:
        """Whether every text that is a date names one day."""
        return bool(np.all((self.parts.first == self.parts.last) | np.isnan(self.parts.first)))

    @cached_property
    def timed(self) -> bool:
        """Whether some text has a time."""
        return bool(np.isfinite(self.parts.seconds).any())

    @cached_property
    def trails(self) -> bool:
        """Whether some text ends with a blank."""
        if self._arrow is not None and "values" not in self.__dict__:
            return bool(pc.any(pc.ends_with(self._arrow, " ")).as_py())
        return any(text.endswith(" ") for text in self.values.tolist())

    @cached_property
    def ranks(self) -> np.ndarray:
        """The rank of each text by code point, 0 first; -1 at the end, where the code of a missing text leads."""
        ranks = np.empty(len(self) + 1, np.int64)
        ranks[self._order()] = np.arange(len(self))
        ranks[-1] = -1
        return ranks

    def _order(self) -> np.ndarray:
        if not len(self):
            return np.empty(0, np.int64)
        try:
            texts = self.arrow()
        except (pa.ArrowInvalid, UnicodeEncodeError):  # a lone surrogate, which UTF-8 does not hold
            return np.argsort(self.values, kind="stable")
        return pc.sort_indices(texts).to_numpy()

    def some(self, used: np.ndarray) -> Dictionary:
        """The texts that are marked in `used`."""
        if self._arrow is not None and "values" not in self.__dict__:
            return Dictionary(arrow=self._arrow.filter(pa.array(used)))
        return Dictionary(self.values[used])


EMPTY = Dictionary(np.empty(0, dtype=object))
