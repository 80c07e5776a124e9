"""Write sheets as an Excel workbook that a person edits: texts stay texts, whatever they begin with."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.utils import get_column_letter

from specs import workbook_look as look
from specs.problem import Place, Problem, SpecError
from specs.workbook_tables import BookSheet

# Limits of Excel (its specification, "Worksheet and workbook specifications and limits").
LONGEST_CELL = 32_767
MOST_ROWS = 1_048_576
_SHOWN_LINES = 253  # line feeds that a cell may hold
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_FORMULA = ("=", "+", "-", "@", "'", "\t")
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(<)")


def workbook_bytes(sheets: Sequence[BookSheet], stage: str, created: datetime) -> bytes:
    """The `.xlsx` file of some sheets. Two calls with the same arguments give the same bytes.

    created: the time that the file states. Raises SpecError for what no workbook can hold.
    """
    _check(sheets)
    book = Workbook()
    book.remove(book.active)
    book.properties.creator = "trialspec"
    book.properties.created = book.properties.modified = created
    for sheet in sheets:
        _add(book, sheet, stage, sheets)
    buffer = io.BytesIO()
    book.save(buffer)
    return _settled(buffer.getvalue(), created)


def _check(sheets: Iterable[BookSheet]) -> None:
    problems = []
    for sheet in sheets:
        if len(sheet.rows) >= MOST_ROWS:
            problems.append(Problem(Place(sheet.title), f"{len(sheet.rows)} rows; a sheet of Excel has {MOST_ROWS}"))
        for number, row in enumerate(sheet.rows, start=2 if sheet.columns else 1):
            for position, text in enumerate(row):
                if len(_escaped(text)) > LONGEST_CELL or text.count("\n") > _SHOWN_LINES:
                    column = sheet.columns[position] if sheet.columns else get_column_letter(position + 1)
                    message = f"{len(text)} characters and {text.count(chr(10))} line breaks"
                    hint = f"a cell of Excel holds {LONGEST_CELL} and {_SHOWN_LINES}; part it into working variables"
                    problems.append(Problem(Place(sheet.title, number, column), message, hint))
    if problems:
        raise SpecError(problems)


def _add(book: Workbook, sheet: BookSheet, stage: str, sheets: Sequence[BookSheet]) -> None:
    page = book.create_sheet(sheet.title)
    for number, row in enumerate([sheet.columns, *sheet.rows] if sheet.columns else sheet.rows, start=1):
        for position, text in enumerate(row, start=1):
            if text:
                _write(page.cell(number, position), text)
    if sheet.columns:
        look.dress(page, sheet, stage, sheets)
    else:
        look.dress_grid(page)


def _write(cell: Cell, text: str) -> None:
    """A text as a text: Excel neither computes it nor makes a number or a date of it, also when it is edited."""
    cell.value = _escaped(text)
    cell.data_type = "s"
    cell.number_format = "@"
    if text.startswith(_FORMULA):
        cell.quotePrefix = True


def _escaped(text: str) -> str:
    """A text with what XML cannot hold as `_x000B_`, and what looks like that with its `_` as `_x005F_`.

    Source: ISO/IEC 29500-1, 22.9.2.19 (ST_Xstring).
    """
    return _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _settled(content: bytes, created: datetime) -> bytes:
    """The archive with one time for all its parts and in its properties."""
    buffer = io.BytesIO()
    stamp = created.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = _MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<2>", part)
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.external_attr, entry.compress_type = 0o600 << 16, zipfile.ZIP_DEFLATED
            new.writestr(entry, part)
    return buffer.getvalue()
