"""A workbook as the tables of a stage: what `build spec import` writes, and where each row came from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from specs.columns import EXECUTABLE, RESULTS, Sheet
from specs.format import canonical
from specs.problem import Place, Problem, SpecError
from specs.read_csv import RawTable, Row
from specs.workbook_damage import damaged, repeated_orders, typed_columns
from specs.workbook_layouts import in_words_of_2_1
from specs.workbook_read import ReadSheet, read_book
from specs.workbook_sheets import (
    Table,
    contents_of,
    grid_bytes,
    grid_file,
    guessed_stage,
    lookup_name,
    table_place,
    tables_of,
)
from specs.workbook_study import complete_define, study_toml, with_standard
from specs.workbook_titles import CONTENTS, IN_FILE, file_of, safe_file

_ALWAYS = ("Datasets", "Variables")


@dataclass
class Imported:
    """The files of a stage by their path in the study, and what was noticed.

    `damaged`: cells that Excel changed; what they held is not known. `remarks`: what was read otherwise than it
    stands, or kept without being read. `faults`: where the tables contradict themselves. `study`: a study.toml for a
    study that has none. `places`: where each line of a file stood, `headers` how a column was called there.
    `results`: the tables of results/ are among them.
    """

    stage: str
    files: dict[str, bytes] = field(default_factory=dict)
    damaged: list[Problem] = field(default_factory=list)
    faults: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    study: str = ""
    places: dict[tuple[str, int], Place] = field(default_factory=dict)
    headers: dict[tuple[str, str], str] = field(default_factory=dict)
    results: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders of the study whose tables the workbook holds."""
        return (self.stage, "results") if self.results else (self.stage,)

    def in_workbook(self, problem: Problem) -> Problem:
        """A fault of the written tables at its place in the workbook."""
        found = self.places.get((problem.place.file, problem.place.row))
        if found is None:
            return problem
        column = self.headers.get((found.file, problem.place.column), problem.place.column)
        return replace(problem, place=Place(found.file, found.row, column))


def import_workbook(path: Path, stage: str = "") -> Imported:
    """The tables of the workbook at `path`; `stage` where it cannot be read off it. Nothing is written.

    Raises SpecError for a file that is no workbook, one without a specification, which would replace that of the
    study by nothing, and one that would write outside the stage.
    """
    path = Path(path)
    sheets = read_book(path)
    named, contents = contents_of(path.name, sheets, stage)
    tables = tables_of(path.name, sheets, contents)
    if not contents and not any(table.sheet and table.table.rows for table in tables):
        titles = ", ".join(sheet.title for sheet in sheets[:5]) + (", ..." if len(sheets) > 5 else "")
        hint = "a specification has sheets such as Datasets and Variables, whose first row names the columns"
        raise SpecError([Problem(Place(path.name), f"holds no sheet of a specification, only {titles}", hint)])
    return import_tables(path.name, sheets, tables, stage or named, contents)


def import_tables(
    book: str,
    sheets: Iterable[ReadSheet],
    tables: list[Table],
    stage: str,
    contents: Mapping[str, list[str]],
    created: str = "",
) -> Imported:
    """The files of the tables of `book`. Tables that only describe, without a list of contents, are complete in
    themselves: a workbook of others.

    created: the time that the source states, for the study.toml of a new study.
    """
    by_title = {sheet.title: sheet for sheet in sheets}
    result = Imported(stage or guessed_stage(tables))
    if not contents and not _runs(tables):
        tables = with_standard(complete_define(book, tables), result)
    result.study = study_toml(book, tables, created)
    shown = {table.sheet.name for table in tables if table.sheet}
    result.results = result.stage == "adam" and bool(shown & set(RESULTS))
    datasets = _dataset_names(tables)
    for title in sorted(contents.keys() - {table.title for table in tables}):
        message = f"the sheet {title!r}, which the list of contents names, is not there; its table is left out"
        result.remarks.append(Problem(Place(f"{book}#{CONTENTS}"), message, "restore the sheet, or its name"))
    for table in tables:
        result.remarks += table.remarks
        if table.sheet is not None:
            _add_known(result, table, table.sheet, contents)
        elif name := lookup_name(table, contents, datasets):
            _add_lookup(result, table, name)
        elif table.title in by_title:
            _add_grid(result, table, by_title[table.title], contents)
        if table.title in by_title:
            _add_notes(result, table, by_title[table.title])
    return result


def _add_grid(result: Imported, table: Table, sheet: ReadSheet, contents: Mapping[str, list[str]]) -> None:
    file = grid_file(table, contents, result.stage)
    result.files[file] = grid_bytes(sheet)
    if table.title not in contents:
        message = f"{table.title!r} is no table of a specification; it is kept in {file}"
        result.remarks.append(Problem(table_place(table), message))


def _runs(tables: Iterable[Table]) -> bool:
    """True where a table that runs has a row: a specification of ours, though its list of contents is gone."""
    return any(table.sheet in EXECUTABLE and table.table.rows for table in tables)


def _dataset_names(tables: Iterable[Table]) -> set[str]:
    rows = (row for table in tables if table.sheet and table.sheet.name == "Datasets" for row in table.table.rows)
    return {row.get("Dataset").upper() for row in rows}


def _add_notes(result: Imported, table: Table, sheet: ReadSheet) -> None:
    for area in sheet.merged if table.sheet else ():
        message = f"the cells {area} are merged; only the first holds a text"
        result.damaged.append(Problem(table_place(table), message, "part them and fill each"))
    if sheet.notes:
        shown = ", ".join(sheet.notes[:5]) + (", ..." if len(sheet.notes) > 5 else "")
        message = f"{len(sheet.notes)} notes on cells ({shown}) are not taken over"
        result.remarks.append(Problem(table_place(table), message, "write them into Developer Notes"))


def _add_known(result: Imported, table: Table, sheet: Sheet, contents: Mapping[str, list[str]]) -> None:
    result.damaged += damaged(table.table, sheet, table.typed)
    result.remarks += typed_columns(table.table, sheet, table.typed)
    result.faults += repeated_orders(table.table, sheet)
    rows = [_translated(row, sheet) for row in table.table.rows]
    changed = sum(row is not old for row, old in zip(rows, table.table.rows))
    if changed:
        message = f"{changed} cells hold words of Define-XML 2.0; those of 2.1 are written, the old ones kept"
        result.remarks.append(Problem(Place(table.table.file, 0, "Origin"), message))
    columns = tuple(dict.fromkeys([*table.table.columns, *(name for row in rows for name in row.cells)]))
    listed = contents.get(table.title, [])
    own = {sheet.name: listed[0]} if len(listed) == 1 else {}
    files: dict[str, list[Row]] = {file: [] for file in listed}
    if not contents and sheet.name in _ALWAYS:
        files[file_of(sheet.name, Row("", 0, {}), result.stage, own)] = []
    for row in rows:
        files.setdefault(_file(row, sheet, result, own), []).append(_without_file(row))
    shown = tuple(name for name in columns if name != IN_FILE)
    for file, parted in files.items():
        _add_file(result, table, RawTable(file, shown, tuple(_padded(row, shown) for row in parted)), sheet)


def _translated(row: Row, sheet: Sheet) -> Row:
    changes = in_words_of_2_1(sheet, dict(row.cells))
    return replace(row, cells={**row.cells, **changes}) if changes else row


def _file(row: Row, sheet: Sheet, result: Imported, own: dict[str, str]) -> str:
    given = row.get(IN_FILE)
    if not given:
        return file_of(sheet.name, row, result.stage, own)
    if not safe_file(given, result.stage):
        raise SpecError([Problem(row.at(IN_FILE), f"{given!r} is no table of stage {result.stage}", "clear the cell")])
    return given


def _without_file(row: Row) -> Row:
    return replace(row, cells={name: cell for name, cell in row.cells.items() if name != IN_FILE})


def _padded(row: Row, columns: tuple[str, ...]) -> Row:
    return replace(row, cells={name: row.cells.get(name, "") for name in columns})


def _add_lookup(result: Imported, table: Table, name: str) -> None:
    pseudo = Sheet(table.title, "", ())
    result.damaged += damaged(table.table, pseudo, table.typed)
    result.remarks += typed_columns(table.table, pseudo, table.typed)
    file = f"{result.stage}/tables/{name}.csv"
    _add_file(result, table, replace(table.table, file=file), None)


def _add_file(result: Imported, table: Table, content: RawTable, sheet: Sheet | None) -> None:
    """One file, with the place in the workbook of each of its lines."""
    written = canonical(content, sheet)
    result.files[content.file] = written
    result.headers |= {(table.table.file, ours): theirs for ours, theirs in table.theirs.items()}
    result.places[content.file, 0] = result.places[content.file, 1] = Place(table.table.file, 1)
    reader = csv.reader(io.StringIO(written.decode(), newline=""))
    next(reader, None)
    before = reader.line_num
    for row, _ in zip(content.rows, reader):
        result.places[content.file, before + 1] = Place(table.table.file, row.line)
        before = reader.line_num
