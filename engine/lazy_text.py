"""Text columns of a table that was read: what no rule asks for is never encoded, and rows are taken once.

A raw table has many columns that nothing reads; giving each a dictionary would cost more than parsing the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Protocol

import numpy as np

from engine.columns import Array, Column, Text, take
from engine.dictionary import Dictionary

_FEW = 8  # rows are encoded by themselves where the column has so many times more


class Coded(Protocol):
    """A text column of a file: `codes` into `values`, -1 for missing; found when they are asked for."""

    @property
    def codes(self) -> Array: ...

    @property
    def values(self) -> Array: ...

    def __len__(self) -> int: ...


class Source:
    """A column of a file with the tokens in it that mean missing (blanks around them do not count).

    Blanks at the end of a text do not count either: a table means the same in a format that pads texts with them.
    """

    def __init__(self, coded: Coded, missing: tuple[str, ...] = ()) -> None:
        self.coded, self.missing = coded, missing

    @cached_property
    def text(self) -> Text:
        """The whole column."""
        return self._text(self.coded)

    @property
    def is_encoded(self) -> bool:
        return "text" in self.__dict__

    def some(self, rows: Array) -> Text:
        """The column at some rows; row -1 gives missing."""
        several = getattr(self.coded, "some", None)
        if several is None or self.is_encoded or _FEW * len(rows) >= len(self.coded) or rows.min(initial=0) < 0:
            return self.text.take(rows)
        return self._text(several(rows))

    def _text(self, coded: Coded) -> Text:
        arrow = getattr(coded, "dictionary", None)
        dictionary = Dictionary(arrow=arrow) if arrow is not None else Dictionary(coded.values)
        found = Text(coded.codes, dictionary).trimmed()
        if not self.missing:
            return found
        kept = np.array([value.strip() not in self.missing for value in found.dictionary.values] + [False])
        return Text(np.where(kept[found.codes], found.codes, -1).astype(np.int32), found.dictionary)


class LazyText(Text):
    """A text column that is `rows` (None: all) of a column of a file, encoded when codes or texts are asked for."""

    __slots__ = ("_found", "rows", "source")

    def __init__(self, source: Source, rows: Array | None = None) -> None:
        self.source, self.rows = source, rows
        self._found: Text | None = None

    def __len__(self) -> int:
        return len(self.source.coded) if self.rows is None else len(self.rows)

    @property
    def waits(self) -> bool:
        """Whether the column is not encoded yet."""
        return self._found is None and not self.source.is_encoded

    def _text(self) -> Text:
        if self._found is None:
            self._found = self.source.text if self.rows is None else self.source.some(self.rows)
        return self._found

    @property
    def codes(self) -> Array:  # type: ignore[override]
        return self._text().codes

    @property
    def dictionary(self) -> Dictionary:  # type: ignore[override]
        return self._text().dictionary

    def take(self, rows: Array) -> Text:
        if not self.waits:
            return self._text().take(rows)
        return LazyText(self.source, rows if self.rows is None else _composed(self.rows, rows))


def take_all(columns: Mapping[str, Column], rows: Array) -> dict[str, Column]:
    """Every column at `rows`; the rows of rows are found once for columns of one table that were taken before."""
    composed: dict[int, Array] = {}
    found: dict[str, Column] = {}
    for name, column in columns.items():
        if isinstance(column, LazyText) and column.waits:
            before = column.rows
            if before is not None and id(before) not in composed:
                composed[id(before)] = _composed(before, rows)
            found[name] = LazyText(column.source, rows if before is None else composed[id(before)])
        else:
            found[name] = take(column, rows)
    return found


def _composed(first: Array, then: Array) -> Array:
    """The rows `then` of the rows `first`."""
    return np.where(then < 0, -1, first[then]) if len(first) else np.full(len(then), -1, np.int64)
