"""Columns of the engine: numbers and conditions are numpy arrays, texts are codes into a dictionary.

A text column holds each distinct text once, so functions of texts cost what the distinct values cost, and
comparing texts is comparing codes. Missing is NaN, code -1, or (for conditions) does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import numpy as np
import pandas as pd

from derivations.decimals import written
from engine.dictionary import EMPTY as _EMPTY
from engine.dictionary import Dictionary

Array = np.ndarray


class Text:
    """A text column: `codes` (int32, -1 missing) into `dictionary`. No text is blank, no text occurs twice."""

    __slots__ = ("codes", "dictionary")
    codes: Array
    dictionary: Dictionary

    def __init__(self, codes: Array, dictionary: Dictionary) -> None:
        self.codes = codes
        self.dictionary = dictionary

    def __len__(self) -> int:
        return len(self.codes)

    @classmethod
    def of(cls, values: Iterable[object]) -> Text:
        """From texts; None, NaN and blank texts are missing."""
        array = np.asarray(values if isinstance(values, np.ndarray) else list(values), dtype=object)
        codes, found = pd.factorize(array, use_na_sentinel=True)
        found = np.asarray(found, dtype=object)
        if _whole_texts(found.tolist()):
            return cls(codes.astype(np.int32), Dictionary(found))
        return cls.coded(codes, found)

    @classmethod
    def coded(cls, codes: Array, values: Array) -> Text:
        """From codes into values that may repeat or be missing; codes of such values are put right."""
        texts = np.array([None if _blank(value) else str(value) for value in values.tolist()], dtype=object)
        mapped, distinct = pd.factorize(texts, use_na_sentinel=True)
        table = np.append(mapped, -1).astype(np.int32)
        return cls(table[codes], Dictionary(np.asarray(distinct, dtype=object)))

    @classmethod
    def missing(cls, count: int) -> Text:
        return cls(np.full(count, -1, np.int32), _EMPTY)

    @classmethod
    def constant(cls, value: str, count: int) -> Text:
        return cls(np.zeros(count, np.int32), Dictionary(np.array([value], dtype=object)))

    def objects(self) -> Array:
        """The texts as an object array, None for missing."""
        return self.dictionary.padded[self.codes]

    def take(self, rows: Array) -> Text:
        return Text(_take(self.codes, rows, -1), self.dictionary)

    def at(self, rows: Rows) -> Text:
        """As `take` for rows of which none is -1."""
        return Text(self.codes[rows], self.dictionary)

    def compact(self) -> Text:
        """The same texts with a dictionary of those alone that a row holds, where that is much smaller."""
        size = len(self.dictionary)
        if size <= 2 * len(self.codes) + 64:
            return self
        used = np.zeros(size + 1, bool)
        used[self.codes] = True
        used[-1] = False
        table = np.append(np.cumsum(used[:-1]) - 1, -1).astype(np.int32)
        return Text(table[self.codes], self.dictionary.some(used[:-1]))

    def trimmed(self) -> Text:
        """The same texts without the blanks at their end, which SAS and its transport files do not hold."""
        if not self.dictionary.trails:
            return self
        return Text.coded(self.codes, np.array([text.rstrip(" ") for text in self.dictionary.values], dtype=object))

    def days(self) -> Array:
        """The numeric day of each complete date, else NaN."""
        return self.dictionary.days[self.codes]

    def parts(self) -> tuple[Array, Array, Array]:
        """First day, last day and seconds of each row, NaN where there is none."""
        found = self.dictionary.parts
        return found.first[self.codes], found.last[self.codes], found.seconds[self.codes]

    def ranks(self) -> Array:
        """Ranks by code point; missing is -1 and sorts first."""
        return self.dictionary.ranks[self.codes]


Column = Text | Array


def _whole_texts(values: list[object]) -> bool:
    """Whether every value is a text that is not blank."""
    try:
        return all(values) and not any(map(str.isspace, values))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


def _blank(value: object) -> bool:
    return value is None or value != value or not str(value).strip()


def _take(values: Array, rows: Array, missing: object) -> Array:
    if len(values) == 0:
        return np.full(len(rows), missing, dtype=values.dtype)
    found = values[rows]
    if len(rows) and rows.min() < 0:
        found = found.copy()
        found[rows < 0] = missing
    return found


def take(column: Column, rows: Array) -> Column:
    """The column at `rows`; row -1 gives missing (False for conditions)."""
    if isinstance(column, Text):
        return column.take(rows)
    return _take(column, rows, False if column.dtype == bool else np.nan)


Rows = Array | slice
EVERY = slice(None)


def as_rows(rows: Array, total: int) -> Rows:
    """Some of `total` rows; a slice where they follow each other, which takes a column without a copy."""
    if not len(rows) or rows[-1] - rows[0] != len(rows) - 1 or not (rows[1:] - rows[:-1] == 1).all():
        return rows
    return EVERY if len(rows) == total else slice(int(rows[0]), int(rows[-1]) + 1)


def at(column: Column, rows: Rows) -> Column:
    """As `take` for rows of which none is -1."""
    if isinstance(rows, slice) and rows == EVERY:
        return column
    return column.at(rows) if isinstance(column, Text) else column[rows]


def as_type(column: Column, kind: str) -> Column:
    """A look-up column of numbers as the type in which an expression uses it; other columns as they are."""
    if kind != "number" or not isinstance(column, Text):
        return column
    values = np.array([float(text) for text in column.dictionary.values] + [np.nan])
    return values[column.codes]


def as_text(column: Column) -> Text:
    """A column as texts: a number with up to 15 significant digits and no exponent, a whole one without a point."""
    if isinstance(column, Text):
        return column
    codes, values = pd.factorize(column, use_na_sentinel=True)
    return Text.coded(codes, np.array([*map(_number_text, values.tolist())], dtype=object))


def _number_text(given: float) -> str:
    value = float(given)
    if value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    shown = f"{value:.15g}"
    return written(Decimal(shown)) if "e" in shown and abs(value) < _EXACT else shown


def missing(column: Column) -> Array:
    """True where a value is missing."""
    if isinstance(column, Text):
        return column.codes < 0
    return np.zeros(len(column), bool) if column.dtype == bool else np.isnan(column)


def unify(columns: Sequence[Text]) -> tuple[list[Array], Dictionary]:
    """The codes of several text columns in one dictionary, which holds every text of any of them.

    That is the largest of theirs, with what it lacks behind it; where it lacks nothing it stays as it is.
    """
    base = max((column.dictionary for column in columns), key=len)
    tables: dict[int, Array] = {}
    new: dict[str, int] = {}
    for column in columns:
        other = column.dictionary
        if other is base or id(other) in tables:
            continue
        codes = [base.index.get(text, -1) for text in other.values.tolist()]
        for place, code in enumerate(codes):
            if code < 0:
                codes[place] = new.setdefault(other.values[place], len(base) + len(new))
        tables[id(other)] = np.array([*codes, -1], np.int32)
    found = [
        tables[id(column.dictionary)][column.codes] if id(column.dictionary) in tables else column.codes
        for column in columns
    ]
    return found, Dictionary(np.append(base.values, np.array([*new], object))) if new else base


def concat(columns: Sequence[Column]) -> Column:
    """One column after the other."""
    if any(isinstance(column, Text) for column in columns):
        texts = [column if isinstance(column, Text) else Text.missing(len(column)) for column in columns]
        codes, dictionary = unify(texts)
        return Text(np.concatenate(codes), dictionary)
    return np.concatenate(columns)  # type: ignore[arg-type]


def choose(condition: Array, yes: Column, no: Column) -> Column:
    """`yes` where the condition holds, else `no`."""
    if isinstance(yes, Text) or isinstance(no, Text):
        left = yes if isinstance(yes, Text) else Text.missing(len(yes))
        right = no if isinstance(no, Text) else Text.missing(len(no))
        codes, dictionary = unify([left, right])
        return Text(np.where(condition, codes[0], codes[1]).astype(np.int32), dictionary)
    return np.where(condition, yes, no)


def empty(kind: str, count: int) -> Column:
    """A column of `count` missing values of a type of the language."""
    if kind == "condition":
        return np.zeros(count, bool)
    return np.full(count, np.nan) if kind == "number" else Text.missing(count)


def group_codes(columns: Sequence[Column], count: int) -> tuple[Array, int]:
    """A code for each distinct combination of exact values, and how many there are. Missing is a value."""
    if not columns or not count:
        return np.zeros(count, np.int64), 1
    found, size = _codes(columns[0])
    for column in columns[1:]:
        codes, more = _codes(column)
        if size * more > _WIDEST:
            found, size = _dense(found, size)
        found = found * more + codes
        size *= more
    return _dense(found, size)


def distinct(columns: Sequence[Column], count: int) -> tuple[Array, Array]:
    """The first row of each distinct combination of values, and which combination each row has."""
    codes, groups = group_codes(columns, count)
    first = np.zeros(groups if count else 0, np.int64)
    first[codes[::-1]] = np.arange(count - 1, -1, -1)
    return first, codes


_WIDEST = 2**62
_EXACT = 2.0**53
_NARROW = 1024  # so many values are worth a table, however few the rows


def _dense(codes: Array, size: int) -> tuple[Array, int]:
    """Codes below `size` as codes without gaps, and how many differ."""
    if size > 4 * len(codes) + _NARROW:
        found, values = pd.factorize(codes)
        return found, max(len(values), 1)
    used = np.zeros(size, bool)
    used[codes] = True
    table = np.cumsum(used) - 1
    return table[codes], max(int(table[-1]) + 1, 1) if size else 1


def _codes(column: Column) -> tuple[Array, int]:
    """Codes of the exact values, and a bound above them."""
    if isinstance(column, Text):
        return column.codes.astype(np.int64) + 1, len(column.dictionary) + 1
    if column.dtype == bool:
        return column.astype(np.int64), 2
    if column.dtype.kind == "i":
        low, width = int(column.min()), int(column.max()) - int(column.min()) + 1
        if width <= 4 * len(column) + _NARROW:
            return column.astype(np.int64) - low, width
    whole = whole_codes(column) if column.dtype.kind == "f" else None
    if whole is not None and whole[1] <= 4 * len(column) + _NARROW:
        return whole
    codes, values = pd.factorize(column, use_na_sentinel=False)
    return codes.astype(np.int64), max(len(values), 1)


def whole_codes(column: Array) -> tuple[Array, int] | None:
    """Codes of numbers that are whole, 0 for missing, in their order; None where one is not or they lie far apart."""
    gone = np.isnan(column)
    filled = np.where(gone, 0.0, column) if gone.any() else column
    if not len(filled):
        return np.zeros(0, np.int64), 1
    low, high = filled.min(), filled.max()
    if not (low > -_EXACT and high < _EXACT and high - low < 2**31 and (filled == np.rint(filled)).all()):
        return None
    codes = filled.astype(np.int64) - (int(low) - 1)
    codes[gone] = 0
    return codes, int(high - low) + 2


def paired_codes(pairs: Sequence[tuple[Column, Column]], left: int, right: int) -> tuple[Array, Array, int]:
    """As `group_codes` for two sets of rows at once, so that equal combinations get equal codes."""
    both = [concat([a, b]) for a, b in pairs]
    codes, groups = group_codes(both, left + right)
    return codes[:left], codes[left:], groups
