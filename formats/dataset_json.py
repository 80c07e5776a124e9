"""Dataset-JSON 1.1: `.json` (one object) and `.ndjson` (metadata, then one line for each record), also gzipped.

Source: CDISC Dataset-JSON v1.1. A `.dsjc` file is a compressed NDJSON.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np

from formats.coded import Coded
from formats.raw_table import TRUTH, RawTable, TableError, ValueProblem, check_names, number_text
from formats.unpack import gunzip

SUFFIXES = (".json", ".ndjson", ".json.gz", ".ndjson.gz", ".dsjc")
HEADER_BYTES = 1 << 20
_NUMBER_TYPES = ("integer", "float", "double")


def read(path: Path) -> RawTable:
    """The dataset as text; null and "" are missing. Line numbers: of the line (NDJSON) or of the record.

    A value whose JSON type is not the one of its column is kept as text, with a problem. Raises TableError.
    """
    columns, names, rows, lines, _ = contents(path)
    found: dict[str, Coded] = {}
    problems: list[ValueProblem] = []
    for column, name, values in zip(columns, names, zip(*rows) if rows else [()] * len(names)):
        found[name], wrong = _texts(values, lines, name, column, path)
        problems += wrong
    problems.sort(key=lambda problem: problem.line)
    return RawTable(found, len(rows), lines, str(path), tuple(problems))


class Contents(NamedTuple):
    """What a file holds: the metadata of its columns, their names, the records, their lines, all metadata."""

    columns: list[dict[str, Any]]
    names: list[str]
    rows: list[list[Any]]
    lines: np.ndarray
    metadata: dict[str, Any]


def contents(path: Path) -> Contents:
    """The metadata and the records as JSON gives them. Raises TableError."""
    if _is_ndjson(path):
        text = _decoded(_content(path), path)
        metadata, rows, lines = _ndjson(text, path)
    else:
        metadata = _object(_decoded(_content(path), path), path)
        rows = metadata.get("rows", [])
        lines = np.arange(1, len(rows) + 1)
        if not isinstance(rows, list):
            raise TableError(str(path), "rows is no array")
    columns = _columns(metadata, path)
    names = _names(columns, path)
    _check_rows(rows, lines, len(names), metadata, path)
    return Contents(columns, names, rows, lines, metadata)


def names(path: Path) -> list[str]:
    """The names of the columns, from the beginning of the file where it holds them. Raises TableError."""
    start = _content(path, HEADER_BYTES)
    if _is_ndjson(path):
        line = start.partition(b"\n")[0]
        whole = len(line) < len(start) or len(start) < HEADER_BYTES
        metadata = _object(_decoded(line if whole else _content(path).partition(b"\n")[0], path), path)
    else:
        metadata = _beginning(start) or _object(_decoded(_content(path), path), path)
    return _names(_columns(metadata, path), path)


def _is_ndjson(path: Path) -> bool:
    return path.name.lower().endswith((".ndjson", ".ndjson.gz", ".dsjc"))


def _content(path: Path, limit: int | None = None) -> bytes:
    if path.name.lower().endswith((".gz", ".dsjc")):
        return gunzip(path, limit)
    with open(path, "rb") as file:
        data = file.read(-1 if limit is None else limit)
    if not data.strip():
        raise TableError(str(path), "the file is empty")
    return data


def _decoded(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte {error.start + 1} ({data[error.start]:02X}) is not UTF-8"
        raise TableError(str(path), message, line=line, hint="Dataset-JSON is UTF-8; export it again") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names occur once: of two, JSON readers keep either."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name occurs twice in an object")
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)


def _parsed(text: str, path: Path, line: int = 1) -> Any:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        message = f"this is no JSON: {error.msg} (character {error.colno})"
        at = line + error.lineno - 1
        hint = "the file may be truncated; export it again"
        raise TableError(str(path), message, line=at, hint=hint) from None
    except (ValueError, RecursionError) as error:
        raise TableError(str(path), f"this JSON cannot be read: {error}", line=line) from None


def _object(text: str, path: Path) -> dict[str, Any]:
    found = _parsed(text, path)
    if not isinstance(found, dict):
        raise TableError(str(path), "the file does not begin with the metadata of a dataset", line=1)
    return found


def _ndjson(text: str, path: Path) -> tuple[dict[str, Any], list[Any], np.ndarray]:
    # Not splitlines: U+2028 and its like may stand within a JSON text.
    parts = text.split("\n")
    numbered = [(number, line) for number, line in enumerate(parts, 1) if line.strip()]
    metadata = _object(numbered[0][1], path) if numbered else {}
    rows = [_parsed(line, path, number) for number, line in numbered[1:]]
    return metadata, rows, np.array([number for number, _ in numbered[1:]], int)


def _beginning(start: bytes) -> dict[str, Any] | None:
    """The members of a JSON object that stand before its rows; None when the columns are not among them."""
    text = start.decode("utf-8-sig", errors="ignore")
    found: dict[str, Any] = {}
    at = _after_blanks(text, 0)
    if text[at : at + 1] != "{":
        return None
    try:
        while True:
            name, at = _DECODER.raw_decode(text, _after_blanks(text, at + 1))
            at = _after_blanks(text, at)
            if text[at : at + 1] != ":" or name == "rows":
                return found if "columns" in found and "datasetJSONVersion" in found else None
            found[name], at = _DECODER.raw_decode(text, _after_blanks(text, at + 1))
            at = _after_blanks(text, at)
    except ValueError:  # the beginning ends within a value
        return found if "columns" in found and "datasetJSONVersion" in found else None


def _after_blanks(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t", "\r", "\n"):
        at += 1
    return at


def _columns(metadata: dict[str, Any], path: Path) -> list[dict[str, Any]]:
    version = str(metadata.get("datasetJSONVersion", ""))
    if version != "1.1" and not version.startswith("1.1."):
        message = f"this is Dataset-JSON {version}" if version else "this is no Dataset-JSON 1.1"
        raise TableError(str(path), message, hint="export it as Dataset-JSON 1.1")
    columns = metadata.get("columns")
    if not isinstance(columns, list) or not columns:
        raise TableError(str(path), "the metadata names no columns")
    for number, column in enumerate(columns, 1):
        if not isinstance(column, dict) or not isinstance(column.get("name"), str):
            raise TableError(str(path), f"column {number} has no name", hint="name every column")
    return columns


def _names(columns: list[dict[str, Any]], path: Path) -> list[str]:
    found = [column["name"] for column in columns]
    check_names(found, str(path))
    return found


def _check_rows(rows: Sequence[Any], lines: np.ndarray, width: int, metadata: dict[str, Any], path: Path) -> None:
    for row, line in zip(rows, lines.tolist()):
        if not isinstance(row, list):
            raise TableError(str(path), "the record is no array", line=line)
        if len(row) != width:
            raise TableError(str(path), f"{len(row)} values where there are {width} columns", line=line)
    stated = metadata.get("records")
    if stated is not None and stated != len(rows):
        message = f"records states {stated}, the file holds {len(rows)}"
        raise TableError(str(path), message, hint="it may be truncated; export it again")


def _texts(
    values: Sequence[Any], lines: np.ndarray, name: str, column: dict[str, Any], path: Path
) -> tuple[Coded, list[ValueProblem]]:
    """One column as text. Distinct values are read once; true, 1 and 1.0 are told apart by their types."""
    read = _Reader(str(column.get("dataType", "string")))
    objects: list[str | None] = []
    problems = []
    for row, value in enumerate(values):
        if value is None or value == "":
            objects.append(None)
            continue
        try:
            text, fault = read(value)
        except (ValueError, OverflowError) as error:
            raise TableError(str(path), str(error), line=int(lines[row]), column=name) from None
        objects.append(text)
        if fault:
            problems.append(ValueProblem(int(lines[row]), name, text, fault))
    return Coded.from_objects(objects), problems


class _Reader:
    """The values of a column of one dataType as text, and what is wrong with each."""

    def __init__(self, data_type: str) -> None:
        self.data_type = data_type
        self.known: dict[tuple[type, Any], tuple[str, str]] = {}

    def __call__(self, value: Any) -> tuple[str, str]:
        kind = type(value)
        if kind in (list, dict):
            raise ValueError("a value is an array or an object")
        found = self.known.get((kind, value))
        if found is None:
            found = self.known[kind, value] = self._read(value)
        return found

    def _read(self, value: Any) -> tuple[str, str]:
        if isinstance(value, bool):
            fits, text = self.data_type == "boolean", TRUTH[value]
        elif isinstance(value, str):
            fits, text = self.data_type not in (*_NUMBER_TYPES, "boolean"), value
        else:
            fits, text = self.data_type in (*_NUMBER_TYPES, "decimal"), _number(value)
        return text, "" if fits else f"{json.dumps(value)} stands in a column of type {self.data_type}"


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else number_text(value)
