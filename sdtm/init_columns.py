"""The raw tables that a study is started from: what each column holds, and which one names the subject."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from openpyxl import load_workbook

from formats import excel
from formats.coded import Coded
from formats.raw_table import RawTable, TableError
from formats.tables import read_table
from formats.unpack import open_zip
from sdtm.init_words import bare, words_of_name
from specs.problem import DataError, Place, Problem

_TEXTS = (".csv", ".txt", ".tsv")
_FILES = (".csv", ".txt", ".tsv", ".sas7bdat", ".xpt", ".xlsx", ".xlsm", ".xml", ".json", ".ndjson", ".parquet")
_CODE_MARKS = ("_C", "_CD", "_CODE")
_PART_MARKS = (("_YY", "_MM", "_DD"), ("_YYYY", "_MM", "_DD"), ("_YEAR", "_MONTH", "_DAY"), ("YY", "MM", "DD"))
_DATE_END = re.compile(r"_?(DAT|DATE|DT)$")
_SUBJECT = ({"subject"}, {"subject", "number"}, {"subject", "identifier"}, {"subjid"}, {"usubjid"}, {"subject", "code"})


@dataclass(frozen=True, eq=False)
class RawColumn:
    """A column: its table, its name, the distinct values that it holds.

    `code`: the column with the code of which this is the text. `parts`: the columns with year, month and day of the
    date that this is.
    """

    table: str
    name: str
    coded: Coded
    code: str = ""
    parts: tuple[str, ...] = ()

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The distinct values, missing ones left out, in the order of their first row."""
        used = np.unique(self.coded.codes[self.coded.codes >= 0])
        return tuple(str(self.coded.values[code]) for code in used)

    @property
    def empty(self) -> bool:
        return not self.values

    @property
    def constant(self) -> bool:
        """True for one value on every row."""
        return len(self.values) == 1 and bool((self.coded.codes >= 0).all())


@dataclass(frozen=True, eq=False)
class RawForm:
    """A raw table: its name in rules, its file, its columns by name, how many rows; its encoding, blank for UTF-8."""

    table: str
    file: str
    columns: Mapping[str, RawColumn]
    rows: int
    encoding: str = ""

    def distinct(self, names: Iterable[str]) -> int:
        """The number of different rows in some columns."""
        codes = [self.columns[name].coded.codes for name in names]
        return len(np.unique(np.column_stack(codes), axis=0)) if codes and self.rows else min(self.rows, 1)

    @property
    def repeated(self) -> int:
        """The number of rows that equal an earlier one in every column."""
        return self.rows - self.distinct(self.columns)

    @property
    def once(self) -> bool:
        """True where a subject has one row at most."""
        return bool(self.subject) and self.distinct([self.subject]) == self.rows

    def grouped(self) -> list[RawColumn]:
        """The columns to be placed: a text with its code as one, the parts of a date as one; no subject number.

        A name with a backtick has no place in an expression.
        """
        dates = {base: parts for base in self.columns for parts in [self._parts(base)] if parts}
        taken = {name for parts in dates.values() for name in parts}
        found = []
        for name, column in self.columns.items():
            code = next((name + mark for mark in _CODE_MARKS if name + mark in self.columns), "")
            if name == self.subject or name in taken or self._decoded(name) or "`" in name:
                continue
            found.append(replace(column, code=code, parts=dates.get(name, ())))
        return [*found, *self._dates_in_parts(dates)]

    def _parts(self, name: str) -> tuple[str, ...]:
        """The columns with the parts of a date column: AEST_YY, AEST_MM, AEST_DD of AESTDAT."""
        base = _DATE_END.sub("", name)
        for marks in _PART_MARKS if base != name else ():
            parts = tuple(base + mark for mark in marks)
            if all(part in self.columns for part in parts):
                return parts
        return ()

    def _dates_in_parts(self, dates: Mapping[str, tuple[str, ...]]) -> list[RawColumn]:
        """Dates of which only the parts are columns, under the name that the whole would have."""
        found = []
        for marks in _PART_MARKS:
            for name, column in self.columns.items():
                base = name.removesuffix(marks[0])
                parts = tuple(base + mark for mark in marks)
                known = parts in dates.values() or not base or base == name
                if not known and all(part in self.columns for part in parts):
                    found.append(RawColumn(self.table, f"{base}DAT", column.coded, parts=parts))
        return found

    def _decoded(self, name: str) -> bool:
        """True for a column with codes whose text is a column too."""
        return any(name.endswith(mark) and name.removesuffix(mark) in self.columns for mark in _CODE_MARKS)

    @cached_property
    def subject(self) -> str:
        """The column that names the subject, "" for none: by its name, that with the fewest words first."""
        found = [name for name, column in self.columns.items() if not column.empty and _names_subject(name)]
        return min(found, key=lambda name: (len(words_of_name(name)), list(self.columns).index(name)), default="")


def _names_subject(name: str) -> bool:
    return set(words_of_name(name)) in _SUBJECT or bare(name).upper() in ("USUBJID", "SUBJID", "SUBJECT")


def read_forms(raw: Path, taken: Iterable[str], encoding: str = "") -> list[RawForm]:
    """Every raw table of a folder, in the order of the files. `taken`: names that no table may bear, in capitals.

    encoding: of the text tables that are not UTF-8. Raises DataError for a folder without tables, and with every file
    that cannot be read.
    """
    forms: list[RawForm] = []
    problems = []
    names = {name.upper() for name in taken}
    for path in sorted(raw.iterdir()) if raw.is_dir() else ():
        if not path.is_file() or path.suffix.lower() not in _FILES or path.name.startswith((".", "~")):
            continue
        try:
            for file, stem in _parts(path):
                read, stated = _read(raw / file, encoding)
                name = _table_name(stem, names)
                names.add(name.upper())
                columns = {column: RawColumn(name, column, coded) for column, coded in read.columns.items()}
                forms.append(RawForm(name, file, columns, read.rows, stated))
        except TableError as error:
            hint = error.hint or "take the file out of the folder, or mend it"
            hint = hint.replace("state its encoding", "state its encoding with --encoding")
            problems.append(Problem(Place(error.path, error.line, error.column), error.message, hint))
    if problems or not forms:
        none = Problem(Place(str(raw)), "holds no raw table", f"give a folder with {', '.join(_FILES)}")
        raise DataError(problems or [none])
    return forms


def _read(path: Path, encoding: str) -> tuple[RawTable, str]:
    """A table and its encoding, which is blank for UTF-8 and for files that state their own."""
    if encoding and path.suffix.lower() in _TEXTS:
        try:
            return read_table(path), ""
        except TableError as error:
            if "encoding" not in error.hint:
                raise
        return read_table(path, encoding=encoding), encoding
    return read_table(path), ""


def _parts(path: Path) -> list[tuple[str, str]]:
    """(file, name) of each table of a file: the sheets of a workbook, else the file itself."""
    if path.suffix.lower() not in excel.SUFFIXES:
        return [(path.name, path.stem)]
    with open_zip(path, "Excel workbook"):
        book = load_workbook(path, read_only=True)
    sheets = [sheet.title for sheet in book.worksheets if sheet.max_row and sheet.max_row > 1]
    book.close()
    return [(f"{path.name}#{sheet}", sheet) for sheet in sheets] if len(sheets) > 1 else [(path.name, path.stem)]


def _table_name(stem: str, taken: set[str]) -> str:
    """The stem of a file as the name of a table, `raw_` before one that is the name of a dataset."""
    plain = re.sub(r"\W", "_", stem, flags=re.ASCII)
    plain = plain if plain[:1].isalpha() else f"t_{plain}"
    name = f"raw_{plain.lower()}" if plain.upper() in taken else plain
    return name if name.upper() not in taken else f"{name}_{len(taken)}"


def constant_of(forms: Iterable[RawForm], name: str) -> str:
    """The one value that a column such as STUDYID or STUDY has in all tables that have it; "" without one."""
    found = {
        value
        for form in forms
        for column in form.columns.values()
        if bare(column.name).upper() in (name, name.removesuffix("ID")) and column.constant
        for value in column.values
    }
    return found.pop() if len(found) == 1 else ""
