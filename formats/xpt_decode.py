"""Fields of the records of a transport file, as bytes, turned into numbers and dictionary-encoded texts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from formats import ibm_float
from formats.coded import MISSING, Coded
from formats.xpt_layout import XptError

BLOCK_ROWS = 1 << 16
_BLANKS = b" \0"


def numbers(field: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float64 values and special missings of a numeric field of 2 to 8 bytes."""
    values, special = np.empty(len(field)), np.empty(len(field), np.uint8)
    for start in range(0, len(field), BLOCK_ROWS):
        rows = slice(start, min(start + BLOCK_ROWS, len(field)))
        padded = np.zeros((rows.stop - rows.start, 8), np.uint8)
        padded[:, : field.shape[1]] = field[rows]
        values[rows], special[rows] = ibm_float.from_ibm(padded.view(">u8")[:, 0].astype(np.uint64))
    return values, special


def _distinct(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Code of each row of bytes, and the first row of each code.

    Rows are compared as hashes of their 8-byte words; a collision, which the check against the first row of
    each code finds, falls back to comparing the bytes themselves.
    """
    rows, width = block.shape
    padded = np.zeros((rows, -(-width // 8) * 8), np.uint8)
    padded[:, :width] = block
    words = padded.view(np.uint64)
    hashed = np.zeros(rows, np.uint64)
    for word in words.T:
        hashed = (hashed ^ word ^ (hashed >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15)
    codes, distinct = pd.factorize(hashed)
    first = np.empty(len(distinct), np.int64)
    first[codes[::-1]] = np.arange(rows)[::-1]
    if not np.array_equal(words, words[first][codes]):
        codes, distinct = pd.factorize(np.array([row.tobytes() for row in block], object))
        first = np.array([np.argmax(codes == code) for code in range(len(distinct))], np.int64)
    return codes, first


def texts(field: np.ndarray, encoding: str, fail: Callable[..., XptError]) -> Coded:
    """The texts of a field (uint8, rows x bytes), each distinct value decoded once; all blank is missing.

    `fail` makes the error for a value that is not in the encoding. A NUL at
    the end, with which some writers pad, is taken for a blank.
    """
    codes = np.empty(len(field), np.int32)
    known: dict[bytes, int] = {}
    values: list[str] = []
    for start in range(0, len(field), BLOCK_ROWS):
        block = np.ascontiguousarray(field[start : start + BLOCK_ROWS])
        block_codes, first = _distinct(block)
        renumber = np.empty(len(first), np.int32)
        for i, row in enumerate(first):
            raw = block[row].tobytes().rstrip(_BLANKS)
            if raw and raw not in known:
                known[raw] = len(values)
                values.append(_value(raw, encoding, start + int(row) + 1, fail))
            renumber[i] = known[raw] if raw else MISSING
        codes[start : start + len(block)] = renumber[block_codes]
    objects = np.empty(len(values), object)
    objects[:] = values
    return Coded(codes, objects)


def _value(raw: bytes, encoding: str, row: int, fail: Callable[..., XptError]) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        message = f"byte {raw[error.start]:02X} of {raw!r} is not in {encoding}"
        raise fail(message, row=row, value=raw, hint="state the encoding of the file") from None
