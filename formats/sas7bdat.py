"""SAS datasets (`.sas7bdat`), read through ReadStat (pyreadstat): as text, or with the types of their variables.

ReadStat is asked for the bytes of the texts (as Latin-1, in which every byte is a character); they are decoded
here, value by value, so that a byte that is not in the encoding has a place instead of failing the file.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

import numpy as np
import pyreadstat

from formats.coded import MISSING, Coded
from formats.raw_table import RawTable, TableError, ValueProblem, check_names
from formats.sas_values import as_text
from formats.xpt_layout import Column, Dataset

_BYTES = "ISO-8859-1"
_UNSTATED = "utf-8"
_PYTHON_NAMES = {"BIG-5": "big5", "MACROMAN": "mac-roman", "WINDOWS-936": "gbk"}


def read(path: Path, encoding: str = _UNSTATED) -> RawTable:
    """The dataset as text: trailing blanks are no part of a text, numbers with a date, datetime or time format
    are ISO 8601 text, special missing values `.A` to `.Z` and `._`.

    encoding: a SAS dataset states its own; another than utf-8 takes its place. A text with bytes that are not
    in the encoding keeps U+FFFD in their place and is a problem. Formats of a catalogue (decodes) are not
    applied: a coded number stays its code. Raises TableError.
    """
    meta = _metadata(path)
    codec = _codec(path, encoding, meta.file_encoding)
    values, meta, rows = _records(path)
    columns: dict[str, Coded] = {}
    problems: list[ValueProblem] = []
    for raw, name in zip(values, _names(path, list(values), codec)):
        if meta.readstat_variable_types[raw] == "string":
            columns[name], found = _decoded(values[raw], codec, name)
        else:
            numbers, special = _numbers(values[raw])
            columns[name], found = as_text(numbers, special, meta.original_variable_types[raw], name)
        problems += found
    return RawTable(columns, rows, np.arange(1, rows + 1), str(path), tuple(sorted(problems, key=_line)))


def read_typed(path: Path, encoding: str = _UNSTATED) -> tuple[Dataset, list[ValueProblem]]:
    """The dataset with its attributes: texts without trailing blanks, numbers as numbers whatever their format.

    encoding, and texts that are not in it: as `read`. Raises TableError.
    """
    codec = _codec(path, encoding, _metadata(path).file_encoding)
    values, meta, _ = _records(path)
    columns: list[Column] = []
    problems: list[ValueProblem] = []
    for raw, name, label in zip(values, _names(path, list(values), codec), meta.column_labels):
        coded, special = None, None
        if meta.readstat_variable_types[raw] == "string":
            coded, found = _decoded(values[raw], codec, name)
            problems += found
        else:
            numbers, special = _numbers(values[raw])
        columns.append(
            Column(
                name,
                numbers if coded is None else coded,
                _text(label or "", codec)[0],
                int(meta.variable_storage_width[raw]),
                meta.original_variable_types[raw] or "",
                meta.original_variable_informats[raw] or "",
                special,
            )
        )
    label = _text(meta.file_label or "", codec)[0]
    dataset = Dataset(meta.table_name or "", tuple(columns), label, meta.creation_time, meta.modification_time)
    return dataset, sorted(problems, key=_line)


def names(path: Path, encoding: str = _UNSTATED) -> list[str]:
    """The names of the variables; only the header is read. Raises TableError."""
    meta = _metadata(path)
    codec = _codec(path, encoding, meta.file_encoding)
    return _names(path, _call(path, metadataonly=True)[1].column_names, codec)


def _records(path: Path) -> tuple[dict[str, list[Any]], Any, int]:
    """The values of every variable, the metadata, and how many records there are."""
    values, meta = _call(path, metadataonly=False)
    rows = len(next(iter(values.values()))) if values else 0
    if meta.number_rows is not None and meta.number_rows != rows:
        message = f"the header states {meta.number_rows} records, the file holds {rows}"
        raise TableError(str(path), message, hint="it may be truncated; export it again")
    return values, meta, rows


def _line(problem: ValueProblem) -> int:
    return problem.line


def _names(path: Path, raw: list[str], codec: str) -> list[str]:
    found = [_text(name, codec)[0] for name in raw]
    check_names(found, str(path))
    return found


def _metadata(path: Path) -> Any:
    """The header as the file's own encoding gives it."""
    with open(path, "rb") as file:
        if not file.read(1):
            raise TableError(str(path), "the file is empty")
    try:
        return pyreadstat.read_sas7bdat(str(path), metadataonly=True)[1]
    except UnicodeDecodeError:
        message = "a name or a label is not in the encoding that the file states"
        raise TableError(str(path), message, hint="export the dataset again") from None
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
        raise TableError(str(path), f"this is no SAS dataset that can be read: {error}") from None


def _call(path: Path, *, metadataonly: bool) -> tuple[dict[str, list[Any]], Any]:
    try:
        return pyreadstat.read_sas7bdat(
            str(path),
            metadataonly=metadataonly,
            encoding=_BYTES,
            user_missing=True,
            disable_datetime_conversion=True,
            output_format="dict",
        )
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
        message = f"the SAS dataset cannot be read: {error}"
        raise TableError(str(path), message, hint="it may be truncated or encrypted; export it again") from None


def _codec(path: Path, stated: str, own: str | None) -> str:
    name = own or _UNSTATED if stated.lower().replace("_", "-") == _UNSTATED else stated
    try:
        return codecs.lookup(_PYTHON_NAMES.get(name, name)).name
    except LookupError:
        message = f"the encoding {name!r} is unknown"
        raise TableError(str(path), message, hint="state the encoding of its texts") from None


def _text(raw: str, codec: str) -> tuple[str, str]:
    """The text, and what is wrong with it."""
    data = raw.encode("latin-1")
    try:
        return data.decode(codec).rstrip(" "), ""
    except UnicodeDecodeError as error:
        wrong = data[error.start : error.end].hex(" ").upper()
        text = data.decode(codec, errors="replace").rstrip(" ")
        return text, f"the bytes {wrong} are not in {codec}"


def _decoded(raw: list[str | None], codec: str, name: str) -> tuple[Coded, list[ValueProblem]]:
    coded = Coded.from_objects(raw)
    texts, faults = [], {}
    for code, value in enumerate(coded.values.tolist()):
        text, fault = _text(value, codec)
        texts.append(text)
        if fault:
            faults[code] = fault
    # Two byte sequences may decode to one text, so the dictionary is made anew.
    objects = np.array([*texts, None], object)[np.where(coded.codes == MISSING, len(texts), coded.codes)]
    rows = np.flatnonzero(np.isin(coded.codes, list(faults))) if faults else np.empty(0, int)
    problems = [
        ValueProblem(row + 1, name, texts[code], faults[code])
        for row, code in zip(rows.tolist(), coded.codes[rows].tolist())
    ]
    return Coded.from_objects(objects), problems


def _numbers(values: list[Any]) -> tuple[np.ndarray, np.ndarray | None]:
    """Numbers and letters of special missing values from a list of floats, None and letters."""
    objects = np.array(values, object) if values else np.empty(0, object)
    special = np.zeros(len(objects), np.uint8)
    letters = [row for row, value in enumerate(values) if isinstance(value, str)]
    special[letters] = [ord(values[row]) for row in letters]
    objects[letters] = None
    numbers = objects.astype(float)
    return numbers, special if letters else None
