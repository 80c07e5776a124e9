"""Texts of transport files as bytes: the distinct ones encoded all at once, and laid into fields of one length."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from formats.coded import Coded
from formats.xpt_layout import XptError

SPACE = ord(" ")  # the first byte of ASCII that is no control character
SHOWN = 60


@dataclass(frozen=True, eq=False)
class Encoded:
    """Encoded texts without their trailing blanks, which mean nothing in SAS.

    data: uint8; starts, lengths: where in it each text of a dictionary stands.
    """

    data: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray

    @property
    def longest(self) -> int:
        """The bytes of the longest text, 0 without texts."""
        return int(self.lengths.max(initial=0))

    def table(self, length: int) -> np.ndarray:
        """Each text blank-padded to `length` bytes (dtype V), and a blank one at the end for code -1."""
        count = len(self.lengths)
        table = np.full((count + 1) * length, SPACE, np.uint8)
        order = np.argsort(self.lengths, kind="stable")
        sizes, first = np.unique(self.lengths[order], return_index=True)
        for size, rows in zip(sizes.tolist(), np.split(order, first[1:])):
            if size:
                texts = np.ndarray(len(self.data) - size + 1, f"V{size}", self.data, strides=(1,))
                np.ndarray(count, f"V{size}", table, strides=(length,))[rows] = texts[self.starts[rows]]
        return table.view(f"V{length}")


def encoded(coded: Coded, encoding: str, fail: Callable[..., XptError]) -> Encoded:
    """The texts that rows use; those that none uses count as blank. Raises the error that `fail` makes."""
    used = coded.used()
    texts = coded.values.tolist() if used.all() else coded.values[used].tolist()
    found = _at_once(texts, encoding) or _one_by_one(coded, used, encoding, fail)
    if len(found.starts) == len(used):
        return found
    starts, lengths = np.zeros(len(used), np.int64), np.zeros(len(used), np.int64)
    starts[used], lengths[used] = found.starts, found.lengths
    return Encoded(found.data, starts, lengths)


def _at_once(texts: list[str], encoding: str) -> Encoded | None:
    """All texts encoded in one call, divided by line feeds; None where one of them may have to be refused."""
    try:
        data = np.frombuffer("\n".join(texts).encode(encoding), np.uint8)
    except UnicodeEncodeError:
        return None
    breaks = np.flatnonzero(data < SPACE)
    if len(breaks) != max(len(texts) - 1, 0):
        return None
    if not texts:
        return Encoded(data, np.empty(0, np.int64), np.empty(0, np.int64))
    starts = np.concatenate(([0], breaks + 1))
    return _trimmed(data, starts, np.append(breaks, len(data)) - starts)


def _trimmed(data: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> Encoded:
    rows = np.flatnonzero(lengths)
    while len(rows := rows[data[starts[rows] + lengths[rows] - 1] == SPACE]):
        lengths[rows] -= 1
        rows = rows[lengths[rows] > 0]
    return Encoded(data, starts, lengths)


def _one_by_one(coded: Coded, used: np.ndarray, encoding: str, fail: Callable[..., XptError]) -> Encoded:
    codes = np.flatnonzero(used).tolist()
    parts = [_encode(value, encoding) for value in coded.values[codes]]
    unencoded = [code for code, part in zip(codes, parts) if part is None]
    if unencoded:
        raise _not_encoded(coded, unencoded, encoding, fail)
    texts = [part or b"" for part in parts]
    controls = [code for code, text in zip(codes, texts) if min(text, default=SPACE) < SPACE]
    if controls:
        row, value = first_row(coded, controls)
        message = f"a control character or line break stands in {shown(value)}"
        raise fail(message, row=row, value=value, hint="take it out in the mapping: transliterate(...)")
    lengths = np.array([len(text) for text in texts], np.int64)
    return Encoded(np.frombuffer(b"".join(texts), np.uint8), np.cumsum(lengths) - lengths, lengths)


def _encode(value: str, encoding: str) -> bytes | None:
    """The value without its trailing blanks; None when it cannot be written."""
    try:
        return None if "\0" in value else value.rstrip(" ").encode(encoding)
    except UnicodeEncodeError:
        return None


def _not_encoded(coded: Coded, codes: list[int], encoding: str, fail: Callable[..., XptError]) -> XptError:
    row, value = first_row(coded, codes)
    if "\0" in value:
        return fail(f"a NUL stands in {shown(value)}", row=row, value=value, hint="remove it")
    character = next(character for character in value if _encode(character, encoding) is None)
    message = f"the character {named(character)} of {shown(value)} is not in {encoding}"
    return fail(message, row=row, value=value, hint="transliterate it, or state another encoding")


def first_row(coded: Coded, codes: list[int] | np.ndarray) -> tuple[int, str]:
    """The first row (from 1) that holds one of the values, and that value."""
    row = int(np.argmax(np.isin(coded.codes, codes)))
    return row + 1, coded.values[coded.codes[row]]


def named(character: str) -> str:
    """The character and its code point.

    >>> named("\\u03b1")
    "'\\u03b1' (U+03B1)"
    """
    return f"{character!r} (U+{ord(character):04X})"


def shown(text: str) -> str:
    """A text as messages show it."""
    return repr(text if len(text) <= SHOWN else text[: SHOWN - 3] + "...")
