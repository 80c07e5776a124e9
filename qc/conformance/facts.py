"""What the data say of a column: how many values are missing, the longest, decimals, the form of dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from define.facts import Facts, facts_of, iso_type
from engine.columns import Array, Column, Text, as_text

DATE_TYPES = (
    "date", "time", "datetime", "partialDate", "partialTime", "partialDatetime", "incompleteDate",
    "incompleteDatetime", "incompleteTime", "intervalDatetime", "durationDatetime",
)  # fmt: skip
NUMBER_TYPES = ("integer", "float")


@dataclass(frozen=True, eq=False)
class Distinct:
    """The different values of a column as texts, how many records hold each, and the first record (from 1)."""

    values: list[str]
    counts: Array
    first: Array

    def __iter__(self) -> Iterator[tuple[str, int, int]]:
        return iter(zip(self.values, self.counts.tolist(), self.first.tolist(), strict=True))


def distinct(column: Column) -> Distinct:
    """The different values of a column; missing is none."""
    texts = as_text(column)
    size = len(texts.dictionary)
    counts = np.bincount(texts.codes[texts.codes >= 0], minlength=size)
    used = np.flatnonzero(counts)
    values = texts.dictionary.values[used].tolist()
    return Distinct(values, counts[used], _first(texts.codes, size)[used])


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


def column_facts(column: Column, data_type: str = "", dated: bool = False) -> ColumnFacts:
    """The facts of a column. The form of dates is looked for where it is `dated`, or is to be of such a type."""
    if not isinstance(column, Text):
        return _number_facts(column)
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.dictionary))
    used = np.flatnonzero(counts)
    values = [str(value) for value in column.dictionary.values[used]]
    weights = counts[used]
    longest = max((len(value.encode()) for value in values), default=0)
    iso = iso_type(tuple(values)) if dated or data_type in DATE_TYPES else ""
    decimals = None
    if data_type in NUMBER_TYPES:
        numbers = Facts(np.array(values, dtype=object), longest, 0).as_numbers()
        decimals = None if numbers is None else numbers.digits
        longest = longest if numbers is None else numbers.length
    leading = np.array([value[:1] == " " for value in values], bool)
    dots = np.array([value.strip() == "." for value in values], bool)
    nonascii = np.array([not value.isascii() for value in values], bool)
    odd = np.zeros(len(counts) + 1, bool)
    odd[used] = leading | dots | nonascii
    return ColumnFacts(
        int((column.codes < 0).sum()), len(used), longest, decimals, iso,
        int(weights[leading].sum()), int(weights[dots].sum()), int(weights[nonascii].sum()),
        data_type in NUMBER_TYPES and decimals is not None,
        _place(column.codes < 0), _place(odd[column.codes]) if odd.any() else None,
    )  # fmt: skip


def _place(held: Array) -> int | None:
    """The number of the first record, from 1, for which something holds."""
    return int(held.argmax()) + 1 if held.any() else None


def _number_facts(column: Array) -> ColumnFacts:
    gaps = np.isnan(column)
    found = facts_of(pd.Series(pd.unique(column[~gaps])))
    return ColumnFacts(int(gaps.sum()), len(found.present), found.length, found.digits, "", 0, 0, 0, True, _place(gaps))
