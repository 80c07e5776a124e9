"""Fields of the records of a transport file, as bytes, turned into numbers and dictionary-encoded texts.

A field is taken out of the records as words of 8 bytes; what two records have in common is found by comparing words.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from formats import ibm_float
from formats.arrow_text import Encoded, without_empty
from formats.coded import Coded, first_rows
from formats.mapped import release
from formats.side_by_side import side_by_side
from formats.xpt_layout import XptError

CHUNK_BYTES = 1 << 26  # of records, whose fields are held as words at one time
HELD_BYTES = 1 << 30  # of a mapped file may count as memory of the process; a smaller file is not read anew
CACHED_BYTES = 1 << 20  # of records, which stay in the cache of the processor while their fields are taken out
WORD = 8
_BLANKS = b" \0"
_LITTLE = sys.byteorder == "little"
Numbers = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Field:
    """Where a variable lies in a record, and what makes the error for a text that is not in the encoding."""

    position: int
    length: int
    numeric: bool
    fail: Callable[..., XptError] = XptError

    @property
    def words(self) -> int:
        """The number of words that cover the field; the last two may overlap."""
        return -(-self.length // WORD)


def values(area: np.ndarray, fields: Sequence[Field], encoding: str) -> list[Numbers | Coded]:
    """The values of some fields: numbers as `decoded` gives them, texts as Coded."""
    found = decoded(area, fields, encoding)
    return [
        Coded(part[0], part[1].to_numpy(zero_copy_only=False)) if isinstance(part[1], pa.Array) else part
        for part in found
    ]


def decoded(area: np.ndarray, fields: Sequence[Field], encoding: str) -> list[Numbers | Encoded]:
    """The values of some fields of the records in `area` (uint8, one contiguous line per record).

    Numbers: float64 and the ASCII codes of special missing values (uint8, 0 for none). Texts: codes and distinct
    values, which are decoded once, without trailing blanks (and NULs, with which some writers pad); all blank is
    missing.
    """
    rows, record = area.shape
    step = max(1, CHUNK_BYTES // max(record, 1))
    columns: list[_Numbers | _Texts] = [_Numbers(rows) if field.numeric else _Texts(rows, field) for field in fields]
    for start in range(0, rows, step):
        part = area[start : start + step]
        items = [
            (column, start, part[:, field.position : field.position + field.length], words)
            for column, field, words in zip(columns, fields, _words(part, fields))
        ]
        side_by_side(_add, items, part.nbytes if len(items) > 1 else 0)
        if area.nbytes > HELD_BYTES:
            release(area)
    return [column.made(encoding) for column in columns]


def _add(item: tuple[_Numbers | _Texts, int, np.ndarray, np.ndarray]) -> None:
    column, start, field, words = item
    column.add(start, field, words)


def _words(area: np.ndarray, fields: Sequence[Field]) -> list[np.ndarray]:
    """For each field its words (uint64, a line for each), the bytes of a short field followed by NULs."""
    rows, record = area.shape
    if record < WORD:
        area = np.pad(area, ((0, 0), (0, WORD - record)))
        record = WORD
    found = [np.empty((field.words, rows), np.uint64) for field in fields]
    places = []
    for field, words in zip(fields, found):
        last = field.position + field.length - WORD  # where the last word of the field starts
        for number, word in enumerate(words):
            start = min(field.position + WORD * number, last if field.length >= WORD else record - WORD)
            places.append((word, np.ndarray(rows, np.uint64, area.data, offset=start, strides=(record,))))
    step = max(1, CACHED_BYTES // record)
    for first in range(0, rows, step):
        for word, place in places:
            word[first : first + step] = place[first : first + step]
    for field, words in zip(fields, found):
        if field.length < WORD:
            _shorten(words[0], field.position - min(field.position, record - WORD), field.length)
    return found


def _shorten(word: np.ndarray, skipped: int, length: int) -> None:
    """Keep `length` bytes after `skipped` ones, as the first bytes of the word."""
    before, after = np.uint64(8 * skipped), np.uint64(8 * (WORD - length))
    if _LITTLE:
        word >>= before
        word <<= after
        word >>= after
    else:
        word <<= before
        word >>= after
        word <<= after


class _Numbers:
    """A numeric column on its way."""

    def __init__(self, rows: int) -> None:
        self.values, self.special = np.empty(rows), np.empty(rows, np.uint8)

    def add(self, start: int, field: np.ndarray, words: np.ndarray) -> None:
        word = words[0]
        for first in range(0, len(word), ibm_float.BLOCK_ROWS):
            block = word[first : first + ibm_float.BLOCK_ROWS]
            rows = slice(start + first, start + first + len(block))
            ibm = block.byteswap() if _LITTLE else block
            self.values[rows], self.special[rows] = ibm_float.from_ibm(ibm)

    def made(self, encoding: str) -> Numbers:
        return self.values, self.special


class _Texts:
    """A text column on its way: codes for each part of the records, and the bytes of the distinct values of each."""

    def __init__(self, rows: int, field: Field) -> None:
        self.codes, self.field = np.empty(rows, np.int32), field
        self.parts: list[tuple[int, np.ndarray]] = []

    def add(self, start: int, field: np.ndarray, words: np.ndarray) -> None:
        codes, first = distinct(words)
        self.codes[start : start + len(codes)] = codes
        self.parts.append((start, field[first]))

    def made(self, encoding: str) -> Encoded:
        if not self.parts:
            return np.empty(0, np.int32), pa.array([], pa.string())
        codes, table = self.codes, self.parts[0][1]
        if len(self.parts) > 1:
            codes, table = self._together()
        return _texts_of(codes, np.ascontiguousarray(table), encoding, self.field.fail)

    def _together(self) -> tuple[np.ndarray, np.ndarray]:
        """One dictionary for all parts."""
        tables = np.concatenate([table for _, table in self.parts])
        renumber, first = distinct(_words(tables, [Field(0, self.field.length, False)])[0])
        ends = [start for start, _ in self.parts[1:]] + [len(self.codes)]
        before = 0
        for (start, table), end in zip(self.parts, ends):
            self.codes[start:end] = renumber[before : before + len(table)][self.codes[start:end]]
            before += len(table)
        return self.codes, tables[first]


def distinct(words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For rows of one or more words (uint64, a line for each word): a code for each row, by first appearance, and
    the first row of each code."""
    rows = words.shape[1]
    changes = np.zeros(rows, bool)
    changes[:1] = True
    for word in words:
        changes[1:] |= word[1:] != word[:-1]
    starts = np.flatnonzero(changes)
    if len(starts) <= rows // 4:
        codes, first = _factorized(words[:, starts])
        return np.repeat(codes, np.diff(starts, append=rows)), starts[first]
    return _factorized(words)


def _factorized(words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows = words.shape[1]
    codes = np.zeros(rows, np.int64)
    count = min(rows, 1)
    for word in words.view(np.int64):
        if rows and (word != word[0]).any():
            more, values = pd.factorize(word)
            if count > 1:
                # Both are numbers of distinct values, of which there are no more than 2^31 in a part.
                more, values = pd.factorize(codes * len(values) + more)
            codes, count = more, len(values)
    return codes, first_rows(codes)


def _texts_of(codes: np.ndarray, table: np.ndarray, encoding: str, fail: Callable[..., XptError]) -> Encoded:
    """Texts from codes and the bytes of the distinct values (uint8, a line for each)."""
    if _holds_ascii(encoding) and table.max(initial=0) < 128 and table.min(initial=1):
        rows, width = table.shape
        raw = pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), rows, [None, pa.py_buffer(table)])
        return without_empty(codes, pc.ascii_rtrim(raw.cast(pa.binary()).cast(pa.string()), " "))
    texts = [_decoded(row.tobytes(), encoding, codes, code, fail) for code, row in enumerate(table)]
    known: dict[str, int] = {}
    renumber = np.array([known.setdefault(text, len(known)) for text in texts], np.int32)
    return without_empty(renumber[codes], pa.array(list(known), pa.string()))


@lru_cache
def _holds_ascii(encoding: str) -> bool:
    """Do the bytes of ASCII mean in this encoding what they mean there, wherever they stand?"""
    ascii_bytes = bytes(range(1, 128))
    try:
        return (ascii_bytes * 2).decode(encoding) == (ascii_bytes * 2).decode("ascii")
    except UnicodeDecodeError:
        return False


def _decoded(value: bytes, encoding: str, codes: np.ndarray, code: int, fail: Callable[..., XptError]) -> str:
    raw = value.rstrip(_BLANKS)
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        row = int(np.argmax(codes == code)) + 1
        message = f"byte {raw[error.start]:02X} of {raw!r} is not in {encoding}"
        raise fail(message, row=row, value=raw, hint="state the encoding of the file") from None
