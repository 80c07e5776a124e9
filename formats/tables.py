"""Raw tables from the files that trials deliver: every column as text, whatever the format.

A value that is blank (white space alone) is missing; any other text is kept as it stands. What cannot be read
without a guess raises TableError with its place; a value that could be read in part is one of the table's
problems.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pyarrow as pa

from formats import dataset_json, delimited, delimited_read, excel, odm, parquet, sas7bdat, sas_values
from formats.arrow_text import text_column
from formats.coded import Coded
from formats.raw_table import RawTable, TableError, ValueProblem
from formats.xpt_layout import Column, XptError
from formats.xpt_read import read as read_xpt

__all__ = ["RawTable", "TableError", "ValueProblem", "headers", "read_table", "split_part"]

HEADER_BYTES = 1 << 20
_PARTS = re.compile(r"(.*\.(?:xlsx|xlsm|xml))#(.*)", re.IGNORECASE | re.DOTALL)
_UNREAD = {
    ".xls": "save the workbook as .xlsx",
    ".xlsb": "save the workbook as .xlsx",
    ".ods": "save the workbook as .xlsx",
    ".sas7bcat": "formats are not applied; export the decodes as a table",
    ".sav": "export it as CSV",
    ".dta": "export it as CSV",
    ".zip": "unpack it",
    ".gz": "unpack it",
}


def read_table(path: str | os.PathLike[str], *, encoding: str = "utf-8", delimiter: str | None = None) -> RawTable:
    """Read a raw table, in the format that the name of its file says.

    - `.xlsx`, `.xlsm`: a sheet, `book.xlsx#Sheet`; without `#` the only one (formats.excel).
    - `.xml`: an item group of a CDISC ODM file, `odm.xml#ItemGroupOID`; without `#` the only one (formats.odm).
    - `.sas7bdat` (formats.sas7bdat), `.xpt`: SAS datasets; dates, datetimes and times as ISO 8601 text.
    - `.json`, `.ndjson`, also `.gz`, `.dsjc`: Dataset-JSON 1.1 (formats.dataset_json).
    - `.parquet` (formats.parquet; needs pyarrow).
    - any other: delimited text.

    encoding: of delimited text (a byte order mark of UTF-8 is accepted) and of SAS datasets; the other formats
    state or fix theirs. delimiter: of delimited text, one character; None: the one of comma, semicolon, tab
    and bar that divides the header and the records after it alike. Raises TableError.
    """
    file, part = _existing(path)
    match _suffix(file):
        case "excel":
            return excel.read(file, part)
        case "odm":
            return odm.read(file, part)
        case "dataset-json":
            return dataset_json.read(file)
        case ".sas7bdat":
            return sas7bdat.read(file, encoding)
        case ".parquet":
            return parquet.read(file)
        case ".xpt":
            return _read_transport(file, encoding)
    found = list(delimited_read.pieces(file, encoding, _checked(delimiter, str(path)), str(path)))
    table = pa.concat_tables(piece.columns for piece in found)
    columns: dict[str, Coded] = {name: text_column(table[name]) for name in table.column_names}
    return RawTable(columns, table.num_rows, np.concatenate([piece.lines for piece in found]), str(path))


def headers(path: str | os.PathLike[str], *, encoding: str = "utf-8", delimiter: str | None = None) -> list[str]:
    """The names of the columns; as a rule only the beginning of the file is read. Raises TableError."""
    file, part = _existing(path)
    match _suffix(file):
        case "excel":
            return excel.names(file, part)
        case "odm":
            return odm.names(file, part)
        case "dataset-json":
            return dataset_json.names(file)
        case ".sas7bdat":
            return sas7bdat.names(file, encoding)
        case ".parquet":
            return parquet.names(file)
        case ".xpt":
            return list(_read_transport(file, encoding, max_rows=0).columns)
    wide = encoding.lower().startswith(("utf-16", "utf_16", "utf16", "utf-32", "utf_32", "utf32"))
    data = _file_bytes(file, None if wide else HEADER_BYTES)
    if len(data) == HEADER_BYTES and not wide:
        # The last line may be cut, even within a character.
        data = data[: data.rfind(b"\n") + 1] or _file_bytes(file, None)
    text = delimited.to_utf8(data, encoding, str(path))
    return delimited.header(text, _checked(delimiter, str(path)), str(path))[0]


def split_part(path: str | os.PathLike[str]) -> tuple[Path, str]:
    """The file of a path and what stands after its `#`: the sheet of a workbook, the item group of an ODM file.

    >>> [(file.as_posix(), part) for file, part in map(split_part, ("raw/book.xlsx#AE", "raw/a#b.csv"))]
    [('raw/book.xlsx', 'AE'), ('raw/a#b.csv', '')]
    """
    found = _PARTS.fullmatch(os.fspath(path))
    return (Path(found[1]), found[2]) if found else (Path(path), "")


def _existing(path: str | os.PathLike[str]) -> tuple[Path, str]:
    file, part = split_part(path)
    if not file.is_file():
        is_folder = file.is_dir()
        raise TableError(str(path), "a folder cannot be read as a table" if is_folder else "there is no such file")
    return file, part


def _suffix(file: Path) -> str:
    """What reads the file: a suffix, or the name of a format that has several; "" for delimited text."""
    name = file.name.lower()
    if name.endswith(dataset_json.SUFFIXES):
        return "dataset-json"
    suffix = file.suffix.lower()
    if suffix in _UNREAD:
        raise TableError(str(file), f"{suffix} files are not read", hint=_UNREAD[suffix])
    if suffix in excel.SUFFIXES:
        return "excel"
    return {".xml": "odm", ".sas7bdat": suffix, ".parquet": suffix, ".xpt": suffix}.get(suffix, "")


def _checked(delimiter: str | None, path: str) -> str | None:
    if delimiter is not None and (len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n'):
        message = f"{delimiter!r} is not a delimiter"
        raise TableError(path, message, hint="state one ASCII character such as , ; | or a tab")
    return delimiter


def _file_bytes(path: Path, limit: int | None) -> bytes:
    try:
        with open(path, "rb") as file:
            data = file.read(-1 if limit is None else limit)
    except OSError as error:
        raise TableError(str(path), f"the file cannot be read: {error.strerror}") from None
    if not data:
        raise TableError(str(path), "the file is empty", hint="the first line names the columns")
    return data


def _read_transport(path: Path, encoding: str, max_rows: int | None = None) -> RawTable:
    try:
        dataset = read_xpt(path, encoding=encoding, max_rows=max_rows)
    except XptError as error:
        message = f"record {error.row}: {error.message}" if error.row else error.message
        raise TableError(str(path), message, column=error.variable, hint=error.hint) from None
    columns: dict[str, Coded] = {}
    problems: list[ValueProblem] = []
    for column in dataset.columns:
        columns[column.name], found = _as_text(column)
        problems += found
    problems.sort(key=lambda problem: problem.line)
    return RawTable(columns, dataset.rows, np.arange(1, dataset.rows + 1), str(path), tuple(problems))


def _as_text(column: Column) -> tuple[Coded, list[ValueProblem]]:
    if isinstance(column.values, Coded):
        return column.values, []
    return sas_values.as_text(column.values, column.special, column.format, column.name)
