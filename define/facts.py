"""What the data say of a column: the facts that Define-XML states and that nobody should have to type.

Every fact is computed on the distinct values of a column or with whole-column operations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    ("incompleteDate", re.compile(r"(\d{4}|-)-(\d\d|-)-(\d\d|-)|\d{4}(-\d\d)?")),
    ("incompleteDatetime", re.compile(r"[\d-]+(T[\d:-]+(\.\d+)?)?" + _ZONE)),
    ("durationDatetime", re.compile(r"[+-]?P[\dYMWDTHS.,]+")),
)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_SIGNIFICANT = 12


@dataclass(frozen=True, eq=False)
class Facts:
    """Facts of one column, or of one slice of it; `present` holds its distinct values, sorted.

    length: bytes of the longest text, or digits of the longest number. digits: digits to the right of the
    decimal point, 0 for texts.
    """

    present: np.ndarray
    length: int
    digits: int

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
        return tuple(f"{value:.{_SIGNIFICANT}g}" if self.numeric else str(value) for value in self.present)

    @cached_property
    def iso(self) -> str:
        """The type of the values as ISO 8601 texts, or ""."""
        return "" if self.numeric else iso_type(self.values)

    def as_numbers(self) -> Facts | None:
        """The facts of the numbers that the texts are, or None if one of them is no plain number."""
        return self._numbers

    @cached_property
    def _numbers(self) -> Facts | None:
        if self.numeric or self.empty:
            return self if self.numeric else None
        if not all(_NUMBER.fullmatch(value) for value in self.values):
            return None
        digits = max(len(value.partition(".")[2]) for value in self.values)
        longest = max(len(value.partition(".")[0].lstrip("-")) for value in self.values)
        return Facts(self.present.astype("float64"), longest + digits, digits)


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
    digits = _fraction_digits(numbers)
    longest = int(np.floor(np.abs(numbers).max())) if len(numbers) else 0
    return Facts(numbers, len(str(longest)) + digits, digits)


def _fraction_digits(numbers: np.ndarray) -> int:
    """The least number of decimals that shows every number to 12 significant digits."""
    for digits in range(_SIGNIFICANT):
        if np.allclose(np.round(numbers, digits), numbers, rtol=0.5 * 10.0 ** (1 - _SIGNIFICANT), atol=0):
            return digits
    return _SIGNIFICANT


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
    fitting = (name for name, form in _ISO_TYPES if values and all(form.fullmatch(value) for value in values))
    return next(fitting, "")
