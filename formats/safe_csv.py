"""Tables for people as CSV, which a spreadsheet may open without running what a value says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from formats.coded import Coded
from formats.whole_file import told

CHUNK_ROWS = 1 << 17
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_QUOTED = (",", '"', "\n", "\r")

Column = Coded | np.ndarray


def safe(value: object) -> object:
    """A text that a spreadsheet would take for a formula, with an apostrophe before it; numbers as they are.

    >>> safe("=1+1"), safe("-5"), safe("<5"), safe(3)
    ("'=1+1", '-5', '<5', 3)
    """
    if not isinstance(value, str) or not value.startswith(_FORMULA):
        return value
    try:
        float(value)
    except ValueError:
        return "'" + value
    return value


def plain(text: str) -> str:
    """A text as it was before `safe`.

    >>> plain("'=1+1"), plain("'80s"), plain("-5")
    ('=1+1', "'80s", '-5')
    """
    return text[1:] if text.startswith("'") and safe(text[1:]) == text else text


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a table as UTF-8 CSV with line feeds, texts made safe."""
    write_columns({str(name): table[name].to_numpy() for name in table.columns}, path)


def write_columns(columns: Mapping[str, Column], path: Path) -> None:
    """As `write` for columns: texts as codes into distinct values, or arrays; all of one length."""
    with told(path), path.open("wb") as file:
        file.write(header(list(columns)))
        append(columns, file)


def header(names: Sequence[str]) -> bytes:
    """The first line of a file."""
    return (",".join(_cell(name) for name in names) + "\n").encode()


def append(columns: Mapping[str, Column], file: BinaryIO) -> None:
    """Write rows behind those that a file has; a text is encoded once, however often it occurs."""
    for lines in _lines(columns):
        file.write(_bytes(lines))


def append_measured(columns: Mapping[str, Column], file: BinaryIO) -> np.ndarray:
    """As `append`; the bytes of each row, its line feed with it (a row may hold line feeds of its own)."""
    found = [np.empty(0, np.int64)]
    for lines in _lines(columns):
        file.write(_bytes(lines))
        found.append(pc.binary_length(lines).to_numpy().astype(np.int64))
    return np.concatenate(found)


def _lines(columns: Mapping[str, Column]) -> Iterator[pa.Array]:
    """The lines of a file, some rows at a time."""
    cells = [_cells(column) for column in columns.values()]
    count = len(next(iter(columns.values()))) if columns else 0
    for start in range(0, count, CHUNK_ROWS):
        parts = [part.slice(start, CHUNK_ROWS) for part in cells]
        lines = [part.cast(pa.string()) for part in parts]
        lines[-1] = pc.binary_join_element_wise(lines[-1], "", "\n")
        yield pc.binary_join_element_wise(*lines, ",") if len(lines) > 1 else lines[0]


def _bytes(texts: pa.Array) -> memoryview:
    """The texts one behind the other, as they lie in memory."""
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return memoryview(texts.buffers()[2] or b"")[int(offsets[0]) : int(offsets[-1])]


def _cells(column: Column) -> pa.Array:
    """What each row holds as it stands in the file."""
    if isinstance(column, Coded):
        codes, values = column.codes, column.values.tolist()
    elif column.dtype.kind in "iu":
        return pa.array(column)
    else:
        codes, found = pd.factorize(column, use_na_sentinel=True)
        values = [_number(value) if column.dtype.kind == "f" else value for value in found.tolist()]
    texts = pa.array([*(_cell(safe(value)) for value in values), ""], pa.string())
    indices = np.where(codes < 0, len(values), codes).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(indices), texts)


def _number(value: float) -> str:
    return repr(float(value))


def _cell(value: object) -> str:
    """A value in quotes where it holds what divides cells and lines.

    >>> _cell("a,b"), _cell(1), _cell("5-inch")
    ('"a,b"', '1', '5-inch')
    """
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in _QUOTED) else text


def join(paths: Sequence[Path], target: Path) -> None:
    """Put files that `write` wrote one behind the other; nothing where there is none. They may differ in columns."""
    heads = []
    for path in paths:
        with path.open("rb") as file:
            heads.append(file.readline())
    if len(set(heads)) > 1:
        tables = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in paths]
        write(pd.concat(tables, ignore_index=True), target)
    elif paths:
        with told(target), target.open("wb") as joined:
            joined.write(heads[0])
            for path in paths:
                with path.open("rb") as file:
                    file.readline()
                    shutil.copyfileobj(file, joined, 1 << 20)
