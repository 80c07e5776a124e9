"""Read the sheets of an Excel workbook as texts, and what each cell was before.

Nothing is computed: of a formula the value counts that Excel stored with it. What is no plain text (numbers,
dates, truth values, error values, formulas) is remembered, because Excel may have changed what was typed.
"""

from __future__ import annotations

import datetime
import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import ParseError

from lxml.etree import XMLSyntaxError
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula
from openpyxl.worksheet.worksheet import Worksheet

from specs.problem import Place, Problem, SpecError

NUMBER, DATE, TRUTH, ERROR, FORMULA = "number", "date", "truth", "error", "formula"
_FAULTY = (InvalidFileException, zipfile.BadZipFile, ParseError, XMLSyntaxError, KeyError, ValueError, TypeError,
           IndexError, AttributeError, EOFError, NotImplementedError)  # fmt: skip
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DECIMALS = re.compile(r"(0+)(?:\.(0+))?")
_DIGITS = 15
_TEXTUAL = ("s", "str")  # a formula whose text has no characters is stored, too


@dataclass(frozen=True)
class Typed:
    """A cell that is no text: what it is, and its text. `long`: a number of more digits than Excel keeps. `format`:
    the format of a number that Excel shows otherwise than `text`. `stored`: False for a formula without a value."""

    kind: str
    text: str
    long: bool = False
    format: str = ""
    stored: bool = True


@dataclass(frozen=True)
class ReadSheet:
    """A sheet: its rows that hold anything, by number, as texts from column A on; what is no text, by place."""

    title: str
    rows: Mapping[int, tuple[str, ...]]
    typed: Mapping[tuple[int, int], Typed]
    merged: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def width(self) -> int:
        """The number of columns that hold anything."""
        return max((len(row) for row in self.rows.values()), default=0)


def read_book(path: Path) -> list[ReadSheet]:
    """The sheets of a workbook in its order, hidden ones too. Raises SpecError for a file that is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl says which decorations it does not know
            content = Path(path).read_bytes()
            book = load_workbook(io.BytesIO(content))
            stored = load_workbook(io.BytesIO(content), data_only=True) if _has_formulas(book.worksheets) else book
    except _FAULTY as error:
        hint = "save it in Excel as .xlsx, without a password"
        raise SpecError([Problem(Place(Path(path).name), f"is no workbook that can be read: {error}", hint)]) from None
    if not book.worksheets:
        hint = "a Strict Open XML Spreadsheet is not read; save it in Excel as Excel Workbook (.xlsx)"
        raise SpecError([Problem(Place(Path(path).name), "has no sheets that can be read", hint)])
    return [_sheet(page, stored[page.title]) for page in book.worksheets]


def _has_formulas(pages: list[Worksheet]) -> bool:
    return any(cell.data_type == "f" for page in pages for row in page.iter_rows() for cell in row)


def _sheet(page: Worksheet, stored: Worksheet) -> ReadSheet:
    rows: dict[int, tuple[str, ...]] = {}
    typed: dict[tuple[int, int], Typed] = {}
    notes = []
    for cells in page.iter_rows():
        texts = []
        for cell in cells:
            found = _read(cell, stored)
            texts.append(found.text if isinstance(found, Typed) else found)
            if isinstance(found, Typed):
                typed[cell.row, cell.column] = found
            if cell.row > 1 and getattr(cell, "comment", None):
                notes.append(cell.coordinate)
        while texts and not texts[-1].strip():
            texts.pop()
        if texts:
            rows[cells[0].row] = tuple(texts)
    merged = tuple(str(area) for area in page.merged_cells.ranges)
    return ReadSheet(page.title, rows, typed, tuple(sorted(merged)), tuple(notes))


def _read(cell: Cell | MergedCell, stored: Worksheet) -> str | Typed:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f" or isinstance(value, (ArrayFormula, DataTableFormula)):
        known = stored[cell.coordinate]
        found = _value(known.value, cell.number_format, known.data_type)
        text = found.text if isinstance(found, Typed) else found
        return Typed(FORMULA, text, stored=known.value is not None or known.data_type in _TEXTUAL)
    return _value(value, cell.number_format, cell.data_type)


def _value(value: object, number_format: str, data_type: str) -> str | Typed:
    if data_type == "e":
        return Typed(ERROR, str(value))
    if isinstance(value, bool):
        return Typed(TRUTH, "TRUE" if value else "FALSE")
    if isinstance(value, (int, float)):
        text = number_text(value, number_format)
        long = len(text.lstrip("-").replace(".", "").strip("0")) > _DIGITS
        return Typed(NUMBER, text, long, "" if _shown(text, number_format) else number_format)
    if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)):
        return Typed(DATE, _date_text(value))
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(value)) if value is not None else ""


def _shown(text: str, number_format: str) -> bool:
    """Is a number shown as this text, by a format whose effect is plain?"""
    decimals = _DECIMALS.fullmatch(number_format)
    own = len(text.partition(".")[2])
    return number_format in ("General", "@") or (decimals is not None and own <= len(decimals[2] or ""))


def number_text(value: int | float, number_format: str = "General") -> str:
    """A number as text: whole ones without a point, others with the 15 digits that Excel knows, at least as many
    decimals, and digits before them, as a plain format shows.

    >>> number_text(2.0), number_text(0.1), number_text(8.0, "0.0"), number_text(12, "0000")
    ('2', '0.1', '8.0', '0012')
    """
    shown = _DECIMALS.fullmatch(number_format)
    text = str(value) if isinstance(value, int) else f"{value:.{_DIGITS}g}"
    if shown and "e" not in text:
        whole, _, decimals = text.partition(".")
        sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
        decimals = decimals.ljust(len(shown[2] or ""), "0")
        text = f"{sign}{digits.zfill(len(shown[1]))}{'.' if decimals else ''}{decimals}"
    return text


def _date_text(value: datetime.date | datetime.time | datetime.timedelta) -> str:
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat()
    return str(value) if isinstance(value, datetime.timedelta) else value.isoformat()


def cells_of(sheet: ReadSheet, number: int) -> Iterator[tuple[str, str]]:
    """(letter of the column, text) of the filled cells of a row."""
    for position, text in enumerate(sheet.rows[number], start=1):
        if text.strip():
            yield get_column_letter(position), text
