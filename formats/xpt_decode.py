"""Fields of the records of a transport file, as bytes, turned into numbers and dictionary-encoded texts."""

from __future__ import annotations

import codecs
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from formats import ibm_float
from formats.arrow_text import Encoded, LazyCoded, dictionary_encoded
from formats.coded import MISSING, Coded
from formats.xpt_layout import XptError

BLOCK_ROWS = 1 << 16
_BLANKS = b" \0"
_ASCII_WITHIN = ("ascii", "utf-8", "iso8859-1", "cp1252")  # encodings whose bytes below 128 are those of ASCII


def numbers(field: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float64 values and special missings of a numeric field of 2 to 8 bytes."""
    values, special = np.empty(len(field)), np.empty(len(field), np.uint8)
    for start in range(0, len(field), BLOCK_ROWS):
        rows = slice(start, min(start + BLOCK_ROWS, len(field)))
        padded = np.zeros((rows.stop - rows.start, 8), np.uint8)
        padded[:, : field.shape[1]] = field[rows]
        values[rows], special[rows] = ibm_float.from_ibm(padded.view(">u8")[:, 0].astype(np.uint64))
    return values, special


def texts(field: np.ndarray, encoding: str, fail: Callable[..., XptError]) -> Coded:
    """The texts of a field (uint8, rows x bytes), each distinct value decoded once; all blank is missing.

    `fail` makes the error for a value that is not in the encoding. A NUL at the end, with which some writers pad, is
    taken for a blank.
    """
    found = lazy_texts(field, encoding, fail)
    assert len(found.codes) == len(field)  # which decodes them
    return found


def lazy_texts(field: np.ndarray, encoding: str, fail: Callable[..., XptError]) -> LazyCoded:
    """As `texts`, decoded when they are asked for, which is when the error is raised."""

    def some(rows: np.ndarray) -> Coded:
        return lazy_texts(field[rows], encoding, fail)

    return LazyCoded(len(field), lambda: _decoded(field, encoding, fail), some)


def _decoded(field: np.ndarray, encoding: str, fail: Callable[..., XptError]) -> Encoded:
    codes, values = dictionary_encoded(_as_arrow(field))
    width = field.shape[1]
    raw = np.frombuffer(values.buffers()[1] or b"", np.uint8)[: len(values) * width]
    if codecs.lookup(encoding).name in _ASCII_WITHIN and raw.max(initial=0) < 128 and raw.min(initial=1):
        texts = pc.ascii_rtrim(values.cast(pa.binary()).cast(pa.string()), " ")
        return _without_empty(codes, texts)
    return _one_by_one(codes, values, encoding, fail)


def _as_arrow(field: np.ndarray) -> pa.ChunkedArray:
    """The rows of bytes as Arrow has them."""
    kind = pa.binary(field.shape[1])
    blocks = [np.ascontiguousarray(field[start : start + BLOCK_ROWS]) for start in range(0, len(field), BLOCK_ROWS)]
    arrays = [pa.FixedSizeBinaryArray.from_buffers(kind, len(block), [None, pa.py_buffer(block)]) for block in blocks]
    return pa.chunked_array(arrays, kind)


def _without_empty(codes: np.ndarray, texts: pa.Array) -> Encoded:
    empty = np.flatnonzero(pc.equal(texts, "").to_numpy(zero_copy_only=False))
    if not len(empty):
        return codes, texts
    kept = np.ones(len(texts), bool)
    kept[empty] = False
    renumber = np.where(kept, np.cumsum(kept) - 1, MISSING).astype(np.int32)
    return renumber[codes], texts.filter(pa.array(kept))


def _one_by_one(codes: np.ndarray, values: pa.Array, encoding: str, fail: Callable[..., XptError]) -> Encoded:
    """Texts that may not be in the encoding, or of which two may mean the same."""
    known: dict[bytes, int] = {}
    found: list[str] = []
    renumber = np.empty(len(values), np.int32)
    for code, value in enumerate(values.to_pylist()):
        raw = value.rstrip(_BLANKS)
        if raw and raw not in known:
            known[raw] = len(found)
            found.append(_value(raw, encoding, codes, code, fail))
        renumber[code] = known[raw] if raw else MISSING
    return renumber[codes], pa.array(found, pa.string())


def _value(raw: bytes, encoding: str, codes: np.ndarray, code: int, fail: Callable[..., XptError]) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        row = int(np.argmax(codes == code)) + 1
        message = f"byte {raw[error.start]:02X} of {raw!r} is not in {encoding}"
        raise fail(message, row=row, value=raw, hint="state the encoding of the file") from None
