"""Read the CSV tables of a specification, with the line of every row; all faults are collected."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from specs.columns import Sheet
from specs.problem import Place, Problem, nearest


@dataclass
class Faults:
    """The faults found so far; `file` paths in them are relative to the study."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, place: Place, message: str, hint: str = "") -> None:
        self.problems.append(Problem(place, message, hint))


@dataclass(frozen=True)
class Row:
    """One row: its file and line, its cells by header."""

    file: str
    line: int
    cells: Mapping[str, str]

    @property
    def place(self) -> Place:
        return Place(self.file, self.line)

    def at(self, column: str) -> Place:
        return Place(self.file, self.line, column)

    def get(self, column: str) -> str:
        """The cell without blanks around it; "" where the column is absent."""
        return self.cells.get(column, "").strip()


@dataclass(frozen=True)
class RawTable:
    """The header and rows of one file."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_text(path: Path, file: str, faults: Faults) -> str | None:
    """The text of a UTF-8 file (a byte order mark is dropped), or None with a fault that names the byte."""
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        faults.add(
            Place(file, line),
            f"byte {error.start + 1} (0x{content[error.start]:02X}) is not UTF-8",
            "save the file as UTF-8 (in Excel: CSV UTF-8)",
        )
        return None


def read_table(path: Path, file: str, faults: Faults) -> RawTable | None:
    """Read one CSV file; None when it cannot be read at all. Rows without any cell are skipped."""
    text = read_text(path, file, faults)
    if text is None:
        return None
    if "\0" in text:
        faults.add(
            Place(file, text[: text.index("\0")].count("\n") + 1), "a NUL byte", "save the file as UTF-8"
        )
        return None
    lines = _lines(text, file, faults)
    line, header = next(lines, (1, []))
    # As in cells, a line break is a line feed, whatever system wrote it.
    columns = tuple(name.strip().replace("\r\n", "\n").replace("\r", "\n") for name in header)
    if not columns:
        faults.add(Place(file), "the file is empty", "write the header line, or delete the file")
        return None
    for name in sorted({name for name in columns if name == "" or columns.count(name) > 1}):
        faults.add(
            Place(file, line, name),
            f"column {name!r} stands {columns.count(name)} times in the header"
            if name
            else "a column without a name",
            "name each column once",
        )
    return RawTable(file, columns, tuple(_rows(lines, file, columns, faults)))


def _lines(text: str, file: str, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    """(number of the first line, cells) of each record; a cell may hold line breaks."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    before = 0
    try:
        for cells in reader:
            yield before + 1, cells
            before = reader.line_num
    except csv.Error as error:
        faults.add(Place(file, before + 1), f"not valid CSV: {error}", "check the quotes of this row")


def _rows(
    lines: Iterable[tuple[int, list[str]]], file: str, columns: tuple[str, ...], faults: Faults
) -> Iterator[Row]:
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            faults.add(
                Place(file, line),
                f"{len(cells)} cells where the header has {len(columns)}",
                "put a cell that holds a comma in double quotes",
            )
            continue
        yield Row(file, line, dict(zip(columns, cells)))


def check_columns(table: RawTable, sheet: Sheet, faults: Faults) -> None:
    """A needed column that is absent, and a column that looks like the typing error of one that is absent.

    Other columns that we do not know are kept. In an open table a further column is a variable, or a note for
    readers whose header is written like This.
    """
    if len(table.columns) == 1 and any(mark in table.columns[0] for mark in ";\t"):
        said = f"the header is one cell, {table.columns[0]!r}"
        faults.add(Place(table.file, 1), said, "part the columns by commas, not by semicolons or tabs")
        return
    absent = [name for name in sheet.names if name not in table.columns]
    unknown = [name for name in table.columns if name and name not in sheet.names]
    for name in unknown:
        hint = _meant(name, absent)
        if sheet.open and not hint and not is_variable_column(name) and not name.istitle():
            faults.add(
                Place(table.file, 1, name),
                f"column {name!r} is neither known nor a variable",
                nearest(name, sheet.names),
            )
        elif hint and not (sheet.open and is_variable_column(name)):
            faults.add(Place(table.file, 1, name), f"column {name!r} is not known", hint)
    for column in sheet.columns:
        if (
            column.needed
            and column.name in absent
            and not any(_meant(name, [column.name]) for name in unknown)
        ):
            faults.add(Place(table.file, 1, column.name), f"column {column.name!r} is missing", "add it")


def _meant(name: str, absent: list[str]) -> str:
    """The hint for a name close to an absent column (four fifths of its letters, or other capitals)."""
    folded = {candidate.casefold(): candidate for candidate in absent}
    found = difflib.get_close_matches(name.casefold(), sorted(folded), n=1, cutoff=0.8)
    return f"did you mean {folded[found[0]]!r}?" if found else ""


def is_variable_column(name: str) -> bool:
    """True for a header that is a variable (`AVAL`, `--LOC`) or a working name (`_GOAL`)."""
    bare = name.removeprefix("--").lstrip("_")
    return name.isascii() and bare.isidentifier() and (name.startswith("_") or name == name.upper())


def needed_cells(rows: Iterable[Row], sheet: Sheet, faults: Faults) -> list[Row]:
    """The rows whose needed cells are filled; the others are reported."""
    complete = []
    for row in rows:
        missing = [column.name for column in sheet.columns if column.needed and not row.get(column.name)]
        for name in missing:
            if name in row.cells:
                faults.add(row.at(name), f"{name} is empty", "fill the cell, or delete the row")
        if not missing:
            complete.append(row)
    return complete
