"""Excel workbooks (`.xlsx`, `.xlsm`) as raw tables: one sheet each, `book.xlsx#Sheet`.

The parts of the workbook are read as a stream, nothing is computed: of a formula the value counts that Excel
stored with it. Source: ISO/IEC 29500-1 (SpreadsheetML).
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from lxml import etree

from formats.excel_cells import Cell, Styles, column_letters, column_number, read_cell, rich_text
from formats.raw_table import RawTable, TableError, check_names, from_rows
from formats.unpack import open_zip
from formats.xml_stream import XmlFault, local, stream, whole

SUFFIXES = (".xlsx", ".xlsm")
_DIGITS = "0123456789"
_DAMAGED = (XmlFault, zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, RuntimeError)
_ADDRESS = re.compile(r"([A-Z]{1,3})(\d+)")


def read(path: Path, sheet: str = "") -> RawTable:
    """A sheet as text. Its first row that is not blank names the columns; blank rows are no records.

    Texts are kept as they stand. Numbers become the shortest text of the 15 digits that Excel knows, cells with
    a date or time format ISO 8601 text, truth values TRUE and FALSE. Rows that a filter hides are read. Line
    numbers: of the sheet's rows.
    sheet: its name; "": the only one. Raises TableError, with the address of the cell, for an error value
    (#N/A), a formula without a stored value, merged cells with a value, a value beside the named columns,
    and a date that there is not.
    """
    with open_zip(path, "Excel workbook") as archive:
        book = _Book(archive, path, sheet)
        rows = [row for row in book.rows() if any(cell.filled for cell in row.cells)]
        if not rows:
            raise book.fault("the sheet is empty", hint="its first row names the columns")
        texts = book.shared_strings(rows)
        header = _header(book, rows[0], texts)
        book.check_merged({(row.number, cell.column) for row in rows for cell in row.cells if cell.filled})
        records = [_record(book, row, header, texts) for row in rows[1:]]
    names = list(header.values())
    lines = np.array([row.number for row in rows[1:]], int)
    return RawTable(from_rows(names, records), len(records), lines, book.place)


def names(path: Path, sheet: str = "") -> list[str]:
    """The names of the columns; only the sheet's first row that is not blank is read. Raises TableError."""
    with open_zip(path, "Excel workbook") as archive:
        book = _Book(archive, path, sheet)
        first = next((row for row in book.rows() if any(cell.filled for cell in row.cells)), None)
        if first is None:
            raise book.fault("the sheet is empty", hint="its first row names the columns")
        return list(_header(book, first, book.shared_strings([first])).values())


def sheets(path: Path) -> list[str]:
    """The names of the worksheets, in the order of the workbook. Raises TableError."""
    with open_zip(path, "Excel workbook") as archive:
        return list(_Workbook(archive, path).sheets())


def filled(path: Path, sheet: str, most: int) -> list[int]:
    """How many cells hold something in each of the first rows that are not blank, of `most` rows. Raises TableError."""
    with open_zip(path, "Excel workbook") as archive:
        counts = (sum(cell.filled for cell in row.cells) for row in _Book(archive, path, sheet).rows())
        return list(islice(filter(None, counts), most))


@dataclass(frozen=True)
class _Row:
    number: int
    cells: list[Cell]


@dataclass
class _Workbook:
    """An open workbook: its parts and the names of its sheets."""

    archive: zipfile.ZipFile
    path: Path

    def sheets(self) -> dict[str, str]:
        """The part of each worksheet by its name, in the order of the workbook."""
        parts = {identity: part for identity, kind, part in self._relations() if kind == "worksheet"}
        found: dict[str, str] = {}
        for element in self._root(self._main()).iter("{*}sheet"):
            identity = next((value for name, value in element.attrib.items() if name.endswith("}id")), "")
            if identity in parts:
                found[element.get("name", "")] = parts[identity]
        return found

    def _root(self, part: str) -> etree._Element:
        try:
            with self.archive.open(part) as file:
                return whole(file)
        except _DAMAGED as error:
            raise TableError(str(self.path), f"this is no Excel workbook: {part}: {error}") from None

    def _main(self) -> str:
        for element in self._root("_rels/.rels").iter("{*}Relationship"):
            if element.get("Type", "").endswith("/officeDocument"):
                return element.get("Target", "").lstrip("/")
        raise TableError(str(self.path), "this is no Excel workbook: it names no main part")

    def _relations(self) -> list[tuple[str, str, str]]:
        """Id, type and part of what the workbook refers to."""
        main = self._main()
        folder, name = posixpath.split(main)
        found = []
        for element in self._root(f"{folder}/_rels/{name}.rels".lstrip("/")).iter("{*}Relationship"):
            target = posixpath.normpath(posixpath.join("/" + folder, element.get("Target", ""))).lstrip("/")
            found.append((element.get("Id", ""), element.get("Type", "").rpartition("/")[2], target))
        return found

    def _related(self, kind: str) -> str:
        return next((part for _, found, part in self._relations() if found == kind), "")


@dataclass
class _Book(_Workbook):
    """One sheet of an open workbook."""

    sheet: str
    merged: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.part = self._chosen()
        self.place = f"{self.path}#{self.sheet}" if self.named else str(self.path)
        workbook = self._root(self._main())
        properties = next(iter(workbook.iter("{*}workbookPr")), None)
        from_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        styles = self._related("styles")
        self.styles = Styles(self._root(styles) if styles else None, from_1904)

    def fault(self, message: str, *, row: int = 0, column: str = "", hint: str = "") -> TableError:
        return TableError(self.place, message, line=row, column=column, hint=hint)

    def rows(self) -> Iterator[_Row]:
        """The rows of the sheet that have cells; afterwards `merged` holds the merged ranges."""
        number = 0
        try:
            with self.archive.open(self.part) as file:
                for element in stream(file, ("row", "mergeCell")):
                    if local(element) == "mergeCell":
                        self.merged.append(element.get("ref", ""))
                        continue
                    number = int(element.get("r") or number + 1)
                    yield _Row(number, self._cells(element))
        except (*_DAMAGED, ValueError) as error:
            raise self.fault(f"the sheet cannot be read after row {number}: {error}") from None

    def _cells(self, row: etree._Element) -> list[Cell]:
        cells, column = [], 0
        for element in row.iterchildren("{*}c"):
            address = element.get("r")
            column = column_number(address.rstrip(_DIGITS)) if address else column + 1
            cells.append(Cell.of(element, column))
        return cells

    def shared_strings(self, rows: list[_Row]) -> dict[int, str]:
        """The shared texts that the rows use, by number."""
        wanted = {cell.shared for row in rows for cell in row.cells if cell.shared is not None}
        part = self._related("sharedStrings")
        found: dict[int, str] = {}
        if not wanted or not part:
            return found
        last = max(wanted)
        try:
            with self.archive.open(part) as file:
                for number, element in enumerate(stream(file, ("si",))):
                    if number in wanted:
                        found[number] = rich_text(element)
                    if number >= last:
                        break
        except _DAMAGED as error:
            raise self.fault(f"the texts of the workbook cannot be read: {error}") from None
        return found

    def check_merged(self, filled: set[tuple[int, int]]) -> None:
        """Of merged cells the first holds the value: which rows and columns it is meant for, no one knows."""
        for area in self.merged:
            first, _, last = area.partition(":")
            address = _ADDRESS.fullmatch(first)
            if address and last not in ("", first) and (int(address[2]), column_number(address[1])) in filled:
                hint = "unmerge them, and write the value into each cell that it is meant for"
                raise self.fault(f"the cells {area} are merged", row=int(address[2]), hint=hint)

    def _chosen(self) -> str:
        sheets = self.sheets()
        self.named = bool(self.sheet)
        listed = ", ".join(sheets)
        if not self.sheet and len(sheets) == 1:
            return next(iter(sheets.values()))
        if not self.sheet:
            hint = f"write the sheet after #: {self.path.name}#{next(iter(sheets), 'Sheet')}"
            raise TableError(str(self.path), f"the workbook has {len(sheets)} sheets: {listed}", hint=hint)
        if self.sheet not in sheets:
            message = f"the workbook has no sheet {self.sheet!r}"
            raise TableError(str(self.path), message, hint=f"its sheets are {listed}")
        return sheets[self.sheet]


def _value(book: _Book, row: _Row, cell: Cell, texts: dict[int, str]) -> str | None:
    try:
        return read_cell(cell, book.styles, texts)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        address = f"{column_letters(cell.column)}{row.number}"
        raise book.fault(f"{address} {message}", row=row.number, hint=hint) from None


def _header(book: _Book, row: _Row, texts: dict[int, str]) -> dict[int, str]:
    """Column number to name."""
    found = {cell.column: _value(book, row, cell, texts) for cell in row.cells if cell.filled}
    filled = {column: name.strip() for column, name in found.items() if name and name.strip()}
    if not filled:
        raise book.fault("the row holds no names", row=row.number, hint="the sheet's first row names the columns")
    for column in range(min(filled), max(filled) + 1):
        if column not in filled:
            message = f"{column_letters(column)}{row.number} is blank where a column is named"
            raise book.fault(message, row=row.number, hint="name every column, and put no title above the names")
    check_names(filled.values(), book.place, row.number)
    return filled


def _record(book: _Book, row: _Row, header: dict[int, str], texts: dict[int, str]) -> list[str | None]:
    values: dict[int, str | None] = dict.fromkeys(header)
    for cell in row.cells:
        if not cell.filled:
            continue
        value = _value(book, row, cell, texts)
        if cell.column in header:
            values[cell.column] = value
        elif value and value.strip():
            message = f"{column_letters(cell.column)}{row.number} holds {value!r}, beside the named columns"
            raise book.fault(message, row=row.number, hint="name its column, or delete the cell")
    return list(values.values())
