"""What the data say of a column: how many values are missing, the longest, decimals, the form of dates.

A column may come in blocks of records. What is kept of it is its distinct values, of very many a number for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from define.facts import EVERY_ISO, iso_types, plain_numbers
from define.values_seen import NumbersSeen
from engine.columns import Array, Column, Text, as_text
from qc.conformance.different import Different

DATE_TYPES = (
    "date", "time", "datetime", "partialDate", "partialTime", "partialDatetime", "incompleteDate",
    "incompleteDatetime", "incompleteTime", "intervalDatetime", "durationDatetime",
)  # fmt: skip
NUMBER_TYPES = ("integer", "float")


class Distinct:
    """The different values of a column as texts, in the order in which they appear: for each how many records hold it,
    and the first of them (from 1). Missing is none."""

    def __init__(self) -> None:
        self._found: dict[str, list[int]] = {}

    def add(self, column: Column, start: int = 0) -> None:
        """Take the values of a block, before which there are `start` records."""
        texts = as_text(column)
        size = len(texts.dictionary)
        counts = np.bincount(texts.codes[texts.codes >= 0], minlength=size)
        used = np.flatnonzero(counts)
        first = _first(texts.codes, size)[used] + start
        values = texts.dictionary.values[used].tolist()
        for value, count, place in zip(values, counts[used].tolist(), first.tolist(), strict=True):
            self._found.setdefault(value, [0, place])[0] += count

    def __iter__(self) -> Iterator[tuple[str, int, int]]:
        return ((value, count, first) for value, (count, first) in self._found.items())


def _first(codes: Array, size: int) -> Array:
    found = np.zeros(size + 1, np.int64)
    found[codes[::-1]] = np.arange(len(codes), 0, -1)
    return found[:-1]


@dataclass(frozen=True)
class ColumnFacts:
    """Facts of one column or of some of its records. `decimals` is None for texts that are not all numbers."""

    missing: int
    distinct: int
    longest: int
    decimals: int | None
    iso: str
    leading: int
    dots: int
    nonascii: int
    numbers: bool
    missing_at: int | None = None
    odd_at: int | None = None


class NumberFacts:
    """The facts of numbers, taken block by block."""

    def __init__(self) -> None:
        self.seen = NumbersSeen(None)
        self.missing = 0
        self.missing_at: int | None = None

    def add(self, column: Array, start: int = 0) -> None:
        """Take the values of a block, before which there are `start` records."""
        gaps = np.isnan(column)
        self.missing_at = _earliest(self.missing_at, gaps, start)
        self.missing += int(gaps.sum())
        self.seen.add(pd.unique(column[~gaps]))

    def made(self) -> ColumnFacts:
        """The facts of all blocks."""
        found = self.seen.facts()
        return ColumnFacts(
            self.missing, len(found.present), found.length, found.digits, "", 0, 0, 0, True, self.missing_at
        )


class TextFacts:
    """The facts of texts, taken block by block. The form of dates is looked for where the column is `dated`, or is to
    be of such a type."""

    def __init__(self, data_type: str = "", dated: bool = False) -> None:
        self.different = Different()
        self.missing, self.longest = 0, 0
        self.missing_at: int | None = None
        self.odd_at: int | None = None
        self.odd: dict[str, tuple[bool, bool, bool]] = {}
        self.counts = np.zeros(3, np.int64)
        self.iso: tuple[str, ...] = EVERY_ISO if dated or data_type in DATE_TYPES else ()
        self.numbers: tuple[int, int] | None = (0, 0) if data_type in NUMBER_TYPES else None

    def add(self, column: Text, start: int = 0) -> None:
        """Take the values of a block, before which there are `start` records."""
        gaps = column.codes < 0
        self.missing_at = _earliest(self.missing_at, gaps, start)
        self.missing += int(gaps.sum())
        counts = np.bincount(column.codes[~gaps], minlength=len(column.dictionary))
        used = np.flatnonzero(counts)
        values = [str(value) for value in column.dictionary.values[used]]
        self._learn(self.different.new(values))
        if not self.odd:
            return
        kinds = np.array([self.odd.get(value, _PLAIN) for value in values], bool).reshape(len(values), 3)
        self.counts += counts[used] @ kinds
        odd = np.zeros(len(counts) + 1, bool)
        odd[used] = kinds.any(axis=1)
        self.odd_at = _earliest(self.odd_at, odd[column.codes], start)

    def _learn(self, values: list[str]) -> None:
        """What holds of values that were not met before, or that are too many to tell."""
        if not values:
            return
        self.longest = max(self.longest, *(len(value) if value.isascii() else len(value.encode()) for value in values))
        self.iso = iso_types(values, self.iso) if self.iso else ()
        found = plain_numbers(values) if self.numbers is not None else None
        known = self.numbers or (0, 0)
        self.numbers = (max(known[0], found[0]), max(known[1], found[1])) if found is not None else None
        for value in values:
            kind = value[:1] == " ", value.strip() == ".", not (value.isascii() and value.isprintable())
            if kind != _PLAIN:
                self.odd[value] = kind

    def made(self) -> ColumnFacts:
        """The facts of all blocks."""
        different = len(self.different)
        whole, digits = self.numbers if self.numbers is not None and different else (None, None)
        leading, dots, nonascii = self.counts.tolist()
        return ColumnFacts(
            self.missing, different, self.longest if whole is None or digits is None else whole + digits, digits,
            self.iso[0] if self.iso and different else "", leading, dots, nonascii, digits is not None,
            self.missing_at, self.odd_at,
        )  # fmt: skip


_PLAIN = (False, False, False)


def _earliest(known: int | None, held: Array, start: int) -> int | None:
    """The number of the first record, from 1, for which something holds, now or in an earlier block."""
    if known is not None or not held.any():
        return known
    return start + int(held.argmax()) + 1
