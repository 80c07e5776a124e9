"""What each sheet of a workbook is in a study: a table that we know, a look-up table, or a grid that is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from specs.columns import Sheet
from specs.format import csv_bytes
from specs.problem import Place, Problem, SpecError
from specs.read_csv import RawTable, Row
from specs.standards import CLASSES
from specs.workbook_layouts import known_column, known_sheet
from specs.workbook_titles import (
    CONTENTS,
    CONTENTS_COLUMNS,
    LOOKUP_MARK,
    OTHER,
    file_stem,
    is_table_name,
    safe_file,
)

if TYPE_CHECKING:
    from specs.workbook_read import ReadSheet, Typed

_ADAM_CLASSES = CLASSES[-4:]


@dataclass
class Table:
    """A sheet as a table: its rows by our names of columns, what is no text, how it names its columns itself."""

    title: str
    sheet: Sheet | None
    table: RawTable
    typed: dict[tuple[int, str], Typed] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)
    remarks: list[Problem] = field(default_factory=list)


def contents_of(book: str, sheets: Iterable[ReadSheet], stage: str) -> tuple[str, dict[str, list[str]]]:
    """The stage that the list of contents names and the files of each sheet; "" and none without such a list.

    Raises SpecError where it names a file outside the stage, or another stage than the one wanted.
    """
    listed = next((sheet for sheet in sheets if sheet.title == CONTENTS), None)
    rows = [(number, row) for number, row in listed.rows.items() if len(row) > 1] if listed else []
    if not rows or rows[0][1][: len(CONTENTS_COLUMNS)] != CONTENTS_COLUMNS:
        return "", {}
    found: dict[str, list[str]] = {}
    stages = {row[1].partition("/")[0] for _, row in rows[1:]} - {"results"}
    named = next(iter(stages)) if len(stages) == 1 else ""
    for number, row in rows[1:]:
        if not safe_file(row[1], stage or named):
            place = Place(f"{book}#{CONTENTS}", number, "File")
            message = f"{row[1]!r} is no table of stage {stage or named or '?'}"
            raise SpecError([Problem(place, message, "delete the row, or the sheet, or choose another --stage")])
        found.setdefault(row[0], []).append(row[1])
    return named, found


def guessed_stage(tables: Iterable[Table]) -> str:
    """adam for a workbook whose datasets are of an analysis class, else sdtm."""
    datasets = next((t.table for t in tables if t.sheet and t.sheet.name == "Datasets"), None)
    kinds = {row.get("Class").upper() for row in datasets.rows} if datasets else set()
    return "adam" if kinds & set(_ADAM_CLASSES) else "sdtm"


def tables_of(book: str, sheets: Iterable[ReadSheet], contents: Mapping[str, list[str]]) -> list[Table]:
    """Every sheet but the list of contents as a table; `grid_of` keeps those that are none."""
    found: list[Table] = []
    for sheet in sheets:
        if sheet.title == CONTENTS and contents:
            continue
        files = contents.get(sheet.title, [])
        known = None if any("/tables/" in file or f"/{OTHER}/" in file for file in files) else known_sheet(sheet.title)
        table = _table(book, sheet, known)
        twice = known and next((t for t in found if t.sheet is known), None)
        if twice:
            message = f"is a second sheet {known.name}; it is kept, not read" if known else ""
            table.remarks.append(Problem(table_place(table), message, f"the first is {twice.title!r}"))
            table.sheet = None
        found.append(table)
    return found


def table_place(table: Table) -> Place:
    """Where a sheet is."""
    return Place(table.table.file)


def _table(book: str, sheet: ReadSheet, known: Sheet | None) -> Table:
    file = f"{book}#{sheet.title}"
    result = Table(sheet.title, known, RawTable(file, (), ()))
    if known and known.name != sheet.title:
        result.remarks.append(Problem(Place(file), f"is read as {known.name}"))
    numbers = list(sheet.rows)
    if not numbers:
        return result
    header = _header(result, sheet, numbers[0])
    rows = tuple(Row(file, number, _cells(header, sheet.rows[number])) for number in numbers[1:])
    rows = tuple(row for row in rows if any(cell.strip() for cell in row.cells.values()))
    result.table = RawTable(file, tuple(header.values()), rows)
    for (number, position), typed in sheet.typed.items():
        if number != numbers[0] and position in header:
            result.typed[number, header[position]] = typed
    return result


def _cells(header: Mapping[int, str], row: tuple[str, ...]) -> dict[str, str]:
    return {name: row[position - 1] if position <= len(row) else "" for position, name in header.items()}


def _header(table: Table, sheet: ReadSheet, number: int) -> dict[int, str]:
    """Position to the name of the column. A column without a name gets one if it holds anything."""
    from openpyxl.utils import get_column_letter  # slow to import

    given = sheet.rows[number]
    shown = {name.strip() for name in given}
    found: dict[int, str] = {}
    for position in range(1, sheet.width + 1):
        text = given[position - 1].strip() if position <= len(given) else ""
        letter = get_column_letter(position)
        name = known_column(table.sheet, text) if table.sheet and text else text
        name = text if name != text and name in shown else name
        filled = any(len(row) >= position and row[position - 1].strip() for n, row in sheet.rows.items() if n > number)
        if not text and not filled:
            continue
        if not text or name in found.values():
            why = f"column {letter} has no name" if not text else f"column {text!r} stands here a second time"
            name = f"{text} (column {letter})".strip()
            table.remarks.append(Problem(Place(table.table.file, number, letter), why, f"it is kept as {name!r}"))
        elif name != text:
            place = Place(table.table.file, number, text)
            table.remarks.append(Problem(place, f"is read as {name}"))
            table.theirs[name] = text
        found[position] = name
    return found


def lookup_name(table: Table, contents: Mapping[str, list[str]], datasets: set[str]) -> str:
    """The name of the look-up table that a sheet is; "" for a sheet that is none.

    A sheet that the list of contents does not name is one if its title and header can be those of a table.
    """
    for file in contents.get(table.title, []):
        return file.rpartition("/")[2].removesuffix(".csv") if "/tables/" in file else ""
    name = table.title.removesuffix(LOOKUP_MARK)
    plain = is_table_name(name) and name.upper() not in datasets and name.casefold() != CONTENTS
    odd = [remark for remark in table.remarks if remark.place.row]
    return name if plain and table.table.columns and not odd and table.table.rows else ""


def grid_file(table: Table, contents: Mapping[str, list[str]], stage: str) -> str:
    """The file that keeps a sheet which is no table."""
    listed = [file for file in contents.get(table.title, []) if f"/{OTHER}/" in file]
    return listed[0] if listed else f"{stage}/{OTHER}/{file_stem(table.title)}.csv"


def grid_bytes(sheet: ReadSheet) -> bytes:
    """A sheet as it stands, row by row, blank rows too."""
    rows = [list(sheet.rows.get(number, ())) for number in range(1, max(sheet.rows, default=0) + 1)]
    return csv_bytes(rows[0], rows[1:]) if rows else b""
