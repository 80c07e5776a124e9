"""Raw tables: delimited text and SAS transport files, every column as text.

A value that is blank (white space alone) is missing; any other is kept as it stands. What cannot be read
without a guess raises TableError with its line.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from formats import delimited
from formats.coded import MISSING, Coded
from formats.delimited import Records, TableError
from formats.xpt_layout import Column, XptError
from formats.xpt_read import read as read_xpt

__all__ = ["RawTable", "TableError", "headers", "read_table"]

CHUNK_ROWS = 1 << 16
HEADER_BYTES = 1 << 20


@dataclass(frozen=True, eq=False)
class RawTable:
    """A raw table. columns: name to texts, in the order of the file. rows: records without the header.

    line_numbers: for each record the line of the file on which it starts (the header starts on line 1); in a
    transport file, which has no lines, the number of the record.
    """

    columns: dict[str, Coded]
    rows: int
    line_numbers: np.ndarray
    path: str


def read_table(
    path: str | os.PathLike[str], *, encoding: str = "utf-8", delimiter: str | None = None
) -> RawTable:
    """Read a raw table: a transport file when the name ends in `.xpt`, delimited text otherwise.

    encoding: of the file; a byte order mark of UTF-8 is accepted. delimiter: one character; None: the one of
    comma, semicolon, tab and bar that divides the header and the records after it alike.
    Raises TableError.
    """
    if Path(path).suffix.lower() == ".xpt":
        return _read_transport(Path(path), encoding)
    data = _file_bytes(Path(path), None)
    text = delimited.to_utf8(data, encoding, str(path))
    names, delimiter = delimited.header(text, _checked(delimiter, str(path)), str(path))
    records = delimited.scan(text, delimiter, names, str(path))
    rows = len(records.start) - 1
    columns = dict(zip(names, _texts(text, records, len(names), delimiter)))
    return RawTable(columns, rows, records.line[1:], str(path))


def headers(
    path: str | os.PathLike[str], *, encoding: str = "utf-8", delimiter: str | None = None
) -> list[str]:
    """The names of the columns; of delimited text only the beginning is read. Raises TableError."""
    if Path(path).suffix.lower() == ".xpt":
        return list(_read_transport(Path(path), encoding, max_rows=0).columns)
    wide = encoding.lower().startswith(("utf-16", "utf_16", "utf16", "utf-32", "utf_32", "utf32"))
    data = _file_bytes(Path(path), None if wide else HEADER_BYTES)
    if len(data) == HEADER_BYTES and not wide:
        # The last line may be cut, even within a character.
        data = data[: data.rfind(b"\n") + 1] or _file_bytes(Path(path), None)
    text = delimited.to_utf8(data, encoding, str(path))
    return delimited.header(text, _checked(delimiter, str(path)), str(path))[0]


def _checked(delimiter: str | None, path: str) -> str | None:
    if delimiter is not None and (len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n'):
        message = f"{delimiter!r} is not a delimiter"
        raise TableError(path, message, hint="state one ASCII character such as , ; | or a tab")
    return delimiter


def _file_bytes(path: Path, limit: int | None) -> bytes:
    try:
        with open(path, "rb") as file:
            data = file.read(-1 if limit is None else limit)
    except FileNotFoundError:
        raise TableError(str(path), "there is no such file") from None
    except OSError as error:
        raise TableError(str(path), f"the file cannot be read: {error.strerror}") from None
    if not data:
        raise TableError(str(path), "the file is empty", hint="the first line names the columns")
    return data


def _texts(text: bytes, records: Records, count: int, delimiter: str) -> list[Coded]:
    """The columns of the records after the header."""
    rows = len(records.start) - 1
    if not rows:
        return [Coded.missing(0) for _ in range(count)]
    columns = [_Dictionary(rows) for _ in range(count)]
    body = memoryview(text)[int(records.start[1]) : int(records.end[-1])]
    chunks = pd.read_csv(
        io.BytesIO(body),
        sep=delimiter,
        header=None,
        names=list(range(count)),
        index_col=False,
        dtype=object,
        na_filter=False,
        skip_blank_lines=False,
        engine="c",
        encoding="utf-8",
        chunksize=CHUNK_ROWS,
    )
    for chunk in chunks:
        for number, column in enumerate(columns):
            column.append(chunk[number].to_numpy(dtype=object))
    return [column.coded() for column in columns]


class _Dictionary:
    """One column, filled chunk by chunk."""

    def __init__(self, rows: int) -> None:
        self.codes = np.empty(rows, np.int32)
        self.filled = 0
        self.known: dict[str, int] = {}

    def append(self, values: np.ndarray) -> None:
        codes, distinct = pd.factorize(values)
        known = self.known
        renumber = np.array(
            [known.setdefault(value, len(known)) if value.strip() else MISSING for value in distinct],
            np.int32,
        )
        self.codes[self.filled : self.filled + len(values)] = renumber[codes]
        self.filled += len(values)

    def coded(self) -> Coded:
        if self.filled != len(self.codes):  # pandas and our scan disagree: a fault of ours, not of the file
            raise RuntimeError(f"{self.filled} records were parsed where {len(self.codes)} were found")
        return Coded(self.codes, np.array(list(self.known), object))


def _read_transport(path: Path, encoding: str, max_rows: int | None = None) -> RawTable:
    if not path.is_file():
        raise TableError(str(path), "there is no such file")
    try:
        dataset = read_xpt(path, encoding=encoding, max_rows=max_rows)
    except XptError as error:
        message = f"record {error.row}: {error.message}" if error.row else error.message
        raise TableError(str(path), message, column=error.variable, hint=error.hint) from None
    columns = {column.name: _as_text(column) for column in dataset.columns}
    return RawTable(columns, dataset.rows, np.arange(1, dataset.rows + 1), str(path))


def _as_text(column: Column) -> Coded:
    """Numbers as the shortest text that gives them back, 5 and not 5.0; a special missing value as `.A`."""
    if isinstance(column.values, Coded):
        return column.values
    codes, numbers = pd.factorize(column.values)
    texts = [repr(number).removesuffix(".0") for number in numbers.tolist()]
    if column.special is not None:
        letters, special = pd.factorize(column.special)
        codes = np.where(column.special != 0, len(texts) + letters, codes)
        texts += [f".{chr(code)}" for code in special.tolist()]
    return Coded(codes.astype(np.int32), np.array(texts, object))
