"""What the data say of a column: the facts that Define-XML states and that nobody should have to type.

Every fact is computed on the distinct values of a column or with whole-column operations.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

_ZONE = r"([+-]\d\d(:?\d\d)?|Z)?"
_ISO_TYPES = (
    ("date", re.compile(r"\d{4}-\d\d-\d\d")),
    ("datetime", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?" + _ZONE)),
    ("partialDate", re.compile(r"\d{4}(-\d\d(-\d\d)?)?")),
    ("partialDatetime", re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d(:\d\d(:\d\d(\.\d+)?)?)?)?)?)?" + _ZONE)),
    ("time", re.compile(r"\d\d:\d\d:\d\d(\.\d+)?" + _ZONE)),
    ("partialTime", re.compile(r"\d\d(:\d\d(:\d\d)?)?")),
    ("incompleteTime", re.compile(r"(\d\d|-)(:(\d\d|-)){1,2}")),
    ("incompleteDate", re.compile(r"(\d{4}|-)-(\d\d|-)-(\d\d|-)|\d{4}(-\d\d)?")),
    ("incompleteDatetime", re.compile(r"[\d-]+(T[\d:-]+(\.\d+)?)?" + _ZONE)),
    ("durationDatetime", re.compile(r"[+-]?P[\dYMWDTHS.,]+")),
    ("intervalDatetime", re.compile(r"(\d[\dT:.Z+-]*|P[\dYMWDTHS.,]+)/(\d[\dT:.Z+-]*|P[\dYMWDTHS.,]+)")),
)
EVERY_ISO = tuple(name for name, _ in _ISO_TYPES)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_SIGNIFICANT = 12


@dataclass(frozen=True)
class Beyond:
    """What is known of distinct values that are too many to be kept.

    iso: the ISO 8601 types that all of them are. whole, digits: the most digits before and behind the decimal point
    that one of them has as a plain number; None where one is no number. fraction: one that is no whole number, or "".
    """

    iso: tuple[str, ...] = ()
    whole: int | None = None
    digits: int = 0
    fraction: str = ""


@dataclass(frozen=True, eq=False)
class Facts:
    """Facts of one column, or of one slice of it; `present` holds its distinct values, sorted.

    length: bytes of the longest text, or digits of the longest number. digits: digits to the right of the
    decimal point, 0 for texts. beyond: what is known of the values that are not kept; `present` has the first ones
    then, by their order, and all other facts are of all values.
    """

    present: np.ndarray
    length: int
    digits: int
    beyond: Beyond | None = None

    @property
    def numeric(self) -> bool:
        """True if the column is stored as numbers."""
        return self.present.dtype.kind == "f"

    @property
    def empty(self) -> bool:
        return not len(self.present)

    @property
    def whole(self) -> bool:
        """True for a number column without fractions."""
        return self.numeric and not self.digits

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The distinct values as Define-XML writes them."""
        return tuple(_number_text(value) if self.numeric else str(value) for value in self.present)

    @cached_property
    def iso(self) -> str:
        """The type of the values as ISO 8601 texts, or ""."""
        if self.numeric:
            return ""
        return next(_fitting(self.values, self.beyond.iso if self.beyond else EVERY_ISO), "")

    @property
    def fraction(self) -> str:
        """A number that is no whole one, as Define-XML writes it; "" if there is none."""
        found = (value for value in self.values if "." in value or "e" in value)
        return next(found, self.beyond.fraction if self.beyond else "")

    def as_numbers(self) -> Facts | None:
        """The facts of the numbers that the texts are, or None if one of them is no plain number."""
        return self._numbers

    @cached_property
    def _numbers(self) -> Facts | None:
        if self.numeric or self.empty:
            return self if self.numeric else None
        found = plain_numbers(self.values)
        if found is None or (self.beyond and self.beyond.whole is None):
            return None
        whole, digits = found
        if self.beyond:
            whole, digits = max(whole, self.beyond.whole or 0), max(digits, self.beyond.digits)
        return Facts(self.present.astype("float64"), whole + digits, digits, self.beyond)


def _number_text(value: float) -> str:
    """A number to 12 significant digits; a whole one of at most 15 digits with all of them.

    >>> _number_text(0.1 + 0.2), _number_text(4012345678901.0)
    ('0.3', '4012345678901')
    """
    whole = float(value).is_integer() and abs(value) < 10**15
    return f"{value + 0.0:.0f}" if whole else f"{value:.{_SIGNIFICANT}g}"


def facts_of(column: pd.Series) -> Facts:
    """The facts of one column; a missing value is None, NaN or an empty text."""
    kept = column.cat.categories.dtype if isinstance(column.dtype, pd.CategoricalDtype) else column.dtype
    values = pd.Series(column.dropna().unique())
    if pd.api.types.is_numeric_dtype(kept):
        return number_facts(values.to_numpy(dtype="float64"))
    return text_facts(str(value) for value in values)


def text_facts(values: Iterable[str], encoding: str = "utf-8") -> Facts:
    """The facts of distinct texts, which a file holds in an encoding; a blank one is no value."""
    texts = sorted(filter(None, values))
    longest = max((len(text) if text.isascii() else len(text.encode(encoding)) for text in texts), default=0)
    return Facts(np.array(texts, dtype=object), longest, 0)


def number_facts(distinct: np.ndarray) -> Facts:
    """The facts of distinct numbers."""
    numbers = np.sort(distinct)
    digits = fraction_digits(numbers)
    return Facts(numbers, whole_digits(numbers) + digits, digits)


def whole_digits(numbers: np.ndarray) -> int:
    """The digits before the decimal point of the longest number, 1 without numbers."""
    return len(str(int(np.floor(np.abs(numbers).max())))) if len(numbers) else 1


def fraction_digits(numbers: np.ndarray) -> int:
    """The least number of decimals that shows every number to 12 significant digits."""
    for digits in range(_SIGNIFICANT):
        if np.allclose(np.round(numbers, digits), numbers, rtol=0.5 * 10.0 ** (1 - _SIGNIFICANT), atol=0):
            return digits
    return _SIGNIFICANT


def plain_numbers(values: Collection[str]) -> tuple[int, int] | None:
    """The most digits before and behind the decimal point of texts that are plain numbers; None if one is not.

    >>> plain_numbers(["12.1", "-3"]), plain_numbers(["<5"])
    ((2, 1), None)
    """
    if not all(_NUMBER.fullmatch(value) for value in values):
        return None
    digits = max((len(value.partition(".")[2]) for value in values), default=0)
    return max((len(value.partition(".")[0].lstrip("-")) for value in values), default=0), digits


def iso_type(values: tuple[str, ...]) -> str:
    """The narrowest Define-XML type that holds every one of these ISO 8601 texts; "" if there is none.

    Types are those of ODM 1.3.2: date and datetime are complete, partial types are cut from the right,
    incomplete types lack a component in the middle (`2024---15`).

    >>> iso_type(("2024-03-04", "2024-03"))
    'partialDate'
    >>> iso_type(("2024-03-04", "2024-03-04T08:00"))
    'partialDatetime'
    >>> iso_type(("2024---15",))
    'incompleteDate'
    """
    return next(_fitting(values, EVERY_ISO), "")


def iso_types(values: Collection[str], among: Collection[str]) -> tuple[str, ...]:
    """Those of some types, the narrowest first, that hold every one of these texts; none without texts."""
    return tuple(_fitting(values, among))


def _fitting(values: Collection[str], among: Collection[str]) -> Iterator[str]:
    forms = [(name, form) for name, form in _ISO_TYPES if values and name in among]
    return (name for name, form in forms if all(form.fullmatch(value) for value in values))
