"""Raw tables as the engine holds them: files read, tokens for missing taken out, expressions over their rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.columns import Column, Text
from engine.evaluate import evaluate
from engine.issues import IssueLog
from engine.lazy_text import LazyText, Source
from engine.progress import Progress
from engine.table_context import TableContext
from engine.views import Table
from formats import folders
from formats.side_by_side import side_by_side
from formats.tables import RawTable, TableError, ValueProblem, headers, read_table, split_part
from language.tree import Node
from specs.model import Spec
from specs.model import Table as TableRow
from specs.problem import DataError, Place, Problem

_TABLES = (".csv", ".tsv", ".txt", ".sas7bdat", ".xpt", ".xlsx", ".parquet", ".json", ".ndjson", ".dsjc", ".xml")


def raw_rows(spec: Spec) -> list[TableRow]:
    """The rows of Tables that are raw data, not look-ups."""
    return [row for row in spec.tables.values() if row.table not in spec.lookups]


def raw_headers(spec: Spec, raw: Path) -> dict[str, list[str]]:
    """The column names of every raw table. Raises DataError with every file that cannot be read."""
    found, problems = {}, []
    if not raw.is_dir() and raw_rows(spec):
        hint = "say with --raw DIR where the raw tables are"
        raise DataError([Problem(Place(str(raw)), "is no folder" if raw.exists() else "there is no such folder", hint)])
    for row in raw_rows(spec):
        try:
            found[row.table] = headers(raw / row.file, encoding=row.encoding or "utf-8")
        except TableError as error:
            problems.append(problem_of(error, row, raw))
    if problems:
        raise DataError(problems)
    return found


def unnamed_files(spec: Spec, raw: Path) -> list[Problem]:
    """A finding for each table in the folder of raw data, or below it, that no row of Tables names."""
    named = {split_part(raw / row.file)[0].resolve() for row in raw_rows(spec)}
    found = sorted(path for path in raw.rglob("*") if path.is_file() and path.suffix.lower() in _TABLES)
    return [
        Problem(Place(path.relative_to(raw).as_posix()), "no row of Tables names this file", "add it, or take it away")
        for path in found
        if path.resolve() not in named
    ]


def file_hashes(spec: Spec, raw: Path) -> dict[str, str]:
    """The hash of the file of each raw table, by table."""
    paths = {row.table: split_part(raw / row.file)[0] for row in raw_rows(spec)}
    known = folders.file_hashes(paths.values())
    return {table: known[path] for table, path in paths.items()}


def read_raw(spec: Spec, raw: Path, progress: Progress, log: IssueLog) -> dict[str, Table]:
    """Every raw table with all its rows; a value that its file holds damaged is an issue with its place.

    Raises DataError with every file that cannot be read.
    """
    found, problems = {}, []
    progress("reading the raw tables")
    rows = sorted(raw_rows(spec), key=lambda row: -_size(row, raw))  # the largest is begun first
    read = side_by_side(lambda row: _read(row, raw), rows, sum(_size(row, raw) for row in rows))
    known = dict(zip((row.table for row in rows), read))
    for row in raw_rows(spec):
        table = known[row.table]
        if isinstance(table, TableError):
            problems.append(problem_of(table, row, raw))
            continue
        found[row.table] = table_of(row, table)
        log_values(table.problems, row.table, found[row.table].file, log)
        log_no_rows(row.table, found[row.table].file, table.rows, log)
    if problems:
        raise DataError(problems)
    return found


def _read(row: TableRow, raw: Path) -> RawTable | TableError:
    """A raw table, or what is wrong with its file."""
    try:
        return read_table(raw / row.file, encoding=row.encoding or "utf-8")
    except TableError as error:
        return error


def _size(row: TableRow, raw: Path) -> int:
    """The bytes of the file of a table, 0 where it is missing."""
    file = split_part(raw / row.file)[0]
    return file.stat().st_size if file.is_file() else 0


def log_values(problems: Sequence[ValueProblem], table: str, file: str, log: IssueLog) -> None:
    """Write down the values that a file holds damaged."""
    found = {name: np.array([getattr(problem, name) for problem in problems], dtype=object)
             for name in ("line", "column", "value", "message")}  # fmt: skip
    log.add(len(problems), kind="damaged_value", table=table, file=file, row=found.pop("line"), **found)


def log_no_rows(table: str, file: str, rows: int, log: IssueLog) -> None:
    """Write down a table that has a header and nothing below it: nobody can tell that from an export that failed."""
    message = "the table has no rows; check the export, or take the form out of Tables if it was never used"
    log.add(int(rows == 0), kind="no_rows", table=table, file=file, message=message)


def problem_of(error: TableError, row: TableRow, raw: Path) -> Problem:
    hint = error.hint
    if not split_part(raw / row.file)[0].exists():
        hint = f"{row.place} names it; export the form, or take the row out of Tables"
    return Problem(Place(error.path, error.line, error.column), error.message, hint)


def table_of(row: TableRow, read: RawTable) -> Table:
    """A table that was read, or some of its rows, as the engine holds it."""
    columns: dict[str, Column] = {
        name: LazyText(Source(coded, row.missing)) for name, coded in read.columns.items()
    }
    record = columns.get(row.record)
    return Table(
        row.table, columns, read.rows, np.full(read.rows, -1, np.int32), read.line_numbers,
        record if isinstance(record, Text) else None, Path(read.path).name,
    )  # fmt: skip


def texts_of(node: Node | None, table: Table) -> Text | None:
    """A text expression over the rows of a raw table; None without one."""
    found = evaluate(node, TableContext(table)) if node is not None else None
    return found if isinstance(found, Text) else None
