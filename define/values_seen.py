"""The distinct values of a column, met block by block; of too many, what Define-XML states of them.

Up to `LIMIT` different values are kept, and facts are taken of them at the end, as of a column in memory. Of more, the
first ones by their order are kept, and of the others what `define.facts.Beyond` says. So a column in which every record
has another value (an identifier, a date with its time) takes no more memory in a large study than in a small one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from define.facts import (
    EVERY_ISO,
    Beyond,
    Facts,
    fraction_digits,
    iso_types,
    number_facts,
    plain_numbers,
    text_facts,
    whole_digits,
)

LIMIT = 50_000


class TextsSeen:
    """The distinct texts of a column. encoding: that of its file, for lengths. limit: None keeps all of them."""

    def __init__(self, encoding: str, limit: int | None) -> None:
        self.encoding, self.limit = encoding, limit
        self.kept: set[str] = set()
        self.longest = 0
        self.beyond: Beyond | None = None

    def add(self, values: np.ndarray) -> None:
        """Take distinct texts of a block."""
        self.kept.update(map(str, values))
        if self.limit is not None and len(self.kept) > self.limit:
            self._fold(self.limit)

    def facts(self) -> Facts:
        """The facts of all values."""
        if self.beyond is None or self.limit is None:
            return text_facts(self.kept, self.encoding)
        self._fold(self.limit)
        return Facts(text_facts(self.kept).present, self.longest, 0, self.beyond)

    def _fold(self, limit: int) -> None:
        """Note what holds of all values, and keep the first half of as many as may be kept."""
        self.kept.discard("")
        known = self.beyond or Beyond(EVERY_ISO, 0)
        numbers = None if known.whole is None else plain_numbers(self.kept)
        whole, digits = (max(known.whole or 0, numbers[0]), max(known.digits, numbers[1])) if numbers else (None, 0)
        self.beyond = Beyond(iso_types(self.kept, known.iso), whole, digits)
        found = text_facts(self.kept, self.encoding)
        self.longest = max(self.longest, found.length)
        self.kept = set(found.present[: limit // 2].tolist())


class NumbersSeen:
    """The distinct numbers of a column. limit: None keeps all of them."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self.kept = np.empty(0)
        self.parts: list[np.ndarray] = []
        self.waiting = 0
        self.whole, self.digits = 1, 0
        self.beyond: Beyond | None = None

    def add(self, values: np.ndarray) -> None:
        """Take distinct numbers of a block."""
        self.parts.append(values)
        self.waiting += len(values)
        if self.waiting > max(len(self.kept), 1024):
            self._together()

    def facts(self) -> Facts:
        """The facts of all values."""
        self._together()
        if self.beyond is None or self.limit is None:
            return number_facts(self.kept)
        self._fold(self.limit)
        return Facts(self.kept, self.whole + self.digits, self.digits, self.beyond)

    def _together(self) -> None:
        """One sorted array of the values; 0 stands for -0, which is the same number."""
        self.kept = np.unique(np.concatenate([self.kept, *self.parts]) + 0.0)
        self.parts, self.waiting = [], 0
        if self.limit is not None and len(self.kept) > self.limit:
            self._fold(self.limit)

    def _fold(self, limit: int) -> None:
        known = self.beyond or Beyond()
        self.whole = max(self.whole, whole_digits(self.kept))
        self.digits = max(self.digits, fraction_digits(self.kept))
        if not known.fraction:
            broken = self.kept[self.kept != np.floor(self.kept)]
            known = replace(known, fraction=number_facts(broken).fraction)
        self.beyond = known
        self.kept = self.kept[: limit // 2]


Seen = TextsSeen | NumbersSeen


def seen(numeric: bool, encoding: str, limit: int | None) -> Seen:
    """Nothing seen yet of a column of texts or numbers."""
    return NumbersSeen(limit) if numeric else TextsSeen(encoding, limit)
