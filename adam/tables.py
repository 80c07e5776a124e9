"""Rows of Tables in ADaM: inputs that are no plain transport file, such as an SDTM dataset kept as CSV.

The file stands in the folder of the SDTM files. A transport file keeps the types of its columns; in any other file
every column is a text, and those that the SDTM implementation guide has as numbers in a dataset of that name are
read as numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from adam import transport
from derivations.decimals import plain_float
from engine.columns import Column, Dictionary, Rows, Text, at
from formats.tables import RawTable, TableError, headers, read_table, split_part
from language.parse import parsed
from language.tree import NUMBER, Name
from specs import standards
from specs.compiled import InputTable
from specs.model import Spec
from specs.model import Table as TableRow
from specs.problem import DataError, Place, Problem, SpecError
from specs.study import standard

KEY = "USUBJID"
GUIDE = "SDTMIG 3.4"
_INTAKE = ("Previous", "System", "Where", "Version")
_KEYS = {"STUDYID", KEY}
SHOWN = 10


def table_rows(spec: Spec) -> dict[str, TableRow]:
    """The rows of Tables that are no look-ups. Raises SpecError for cells that only raw data have a use for."""
    found = {name: row for name, row in spec.tables.items() if name not in spec.lookups}
    problems = [problem for row in found.values() for problem in _strange(row)]
    if problems:
        raise SpecError(problems)
    return found


def _strange(row: TableRow) -> Iterator[Problem]:
    for column, cell in zip(_INTAKE, (row.previous, row.system, row.where, row.version), strict=True):
        if cell:
            hint = "raw tables are taken in by the SDTM stage"
            yield Problem(row.at(column), f"{column} has no meaning in ADaM", hint)
    if row.subject and not isinstance(parsed(row.subject), Name):
        yield Problem(row.at("Subject"), "is not the name of a column", f"name the column that holds {KEY}")


def subject_column(row: TableRow) -> str:
    """The column that holds the subject key: that of Subject, else USUBJID; "" where Subject is `none`."""
    if row.subject:
        node = parsed(row.subject)
        return node.name if isinstance(node, Name) else ""
    return "" if row.cells.get("Subject", "").strip() else KEY


def input_table(spec: Spec, row: TableRow, folder: Path) -> InputTable:
    """The columns and types of a table, from the head of its file. Raises DataError where it cannot be read."""
    path = folder / row.file
    if _is_transport(path):
        columns = transport.types(path, row.encoding or spec.study.encoding)
    else:
        try:
            names = headers(path, encoding=row.encoding or "utf-8")
        except TableError as error:
            raise _fault(error, row, path) from None
        columns = {name: _type(spec, row.table, name) for name in names}
    one_row = set(row.key) <= _KEYS if row.key else row.table == "DM"
    return InputTable(row.table, columns, subject_column(row) in columns, one_row)


def _type(spec: Spec, dataset: str, name: str) -> str:
    guide = standard(spec.study, "sdtmig") or GUIDE
    known = standards.variable(guide, dataset, name) if standards.known(guide) else None
    return NUMBER if known is not None and known.type == "Num" else transport.text_type(name)


def _is_transport(path: Path) -> bool:
    return split_part(path)[0].suffix.lower() == ".xpt"


Read = tuple[dict[str, Column], int, np.ndarray]


def read_columns(spec: Spec, row: TableRow, table: InputTable, folder: Path, chosen: Rows | None = None) -> Read:
    """The columns of a table, the number of its rows and their lines in the file. Raises DataError.

    chosen: some of its rows, None for all.
    """
    path = folder / row.file
    if _is_transport(path):
        stored, rows = transport.columns(path, row.encoding or spec.study.encoding, chosen)
        columns = {name: _without(column, row.missing) for name, column in stored.items()}
        lines = np.arange(1, transport.columns(path, row.encoding or spec.study.encoding)[1] + 1)
        return columns, rows, lines if chosen is None else lines[chosen]
    try:
        read = read_table(path, encoding=row.encoding or "utf-8")
    except TableError as error:
        raise _fault(error, row, path) from None
    if read.problems:
        found = [Problem(Place(row.file, p.line, p.column), f"{p.value!r}: {p.message}") for p in read.problems]
        raise DataError(found)
    problems: list[Problem] = []
    columns = {name: _column(read, name, row, table.columns[name], problems) for name in read.columns}
    if problems:
        raise DataError(problems)
    if chosen is None:
        return columns, read.rows, read.line_numbers
    lines = read.line_numbers[chosen]
    return {name: at(column, chosen) for name, column in columns.items()}, len(lines), lines


def _column(read: RawTable, name: str, row: TableRow, kind: str, problems: list[Problem]) -> Column:
    coded = read.columns[name]
    texts = _without(Text(coded.codes, Dictionary(coded.values)).trimmed(), row.missing)
    assert isinstance(texts, Text)
    if kind != NUMBER:
        return texts
    numbers = np.array([*map(_number, texts.dictionary.values.tolist()), np.nan])
    found = numbers[texts.codes]
    wrong = np.flatnonzero(np.isnan(found) & (texts.codes >= 0))
    for number in wrong[:SHOWN]:
        place = Place(row.file, int(read.line_numbers[number]), name)
        hint = "correct the file, or name the value in Missing of Tables"
        problems.append(Problem(place, f"{texts.objects()[number]!r} is no number, which {row.table}.{name} is", hint))
    return found


def _number(text: str) -> float:
    found = plain_float(text)
    return float("nan") if found is None else found


def _without(column: Column, tokens: tuple[str, ...]) -> Column:
    """The column with the tokens that mean missing made missing."""
    if not tokens or not isinstance(column, Text):
        return column
    kept = np.array([value.strip() not in tokens for value in column.dictionary.values] + [False])
    return Text(np.where(kept[column.codes], column.codes, -1).astype(np.int32), column.dictionary)


def _fault(error: TableError, row: TableRow, path: Path) -> DataError:
    hint = error.hint
    if not split_part(path)[0].exists():
        hint = f"{row.place} names it; --sdtm DIR says in which folder the SDTM files are"
    return DataError([Problem(Place(error.path, error.line, error.column), error.message, hint)])
