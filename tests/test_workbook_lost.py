"""Workbooks whose cells or sheets no longer hold what somebody typed: nothing of it is lost without a word."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from specs.format import canonical_cell
from specs.problem import SpecError
from specs.workbook_import import Imported, import_workbook
from specs.workbook_tables import stage_sheets
from specs.workbook_write import workbook_bytes
from submission.spec_exchange import import_spec

FILES = {
    "study.toml": 'STUDYID = "S-1"\n[standards]\nsdtmig = "3.4"\nsdtmct = "2025-03-28"\ndefine = "2.1"\n',
    "sdtm/Datasets.csv": "Dataset,Label,Class,Structure\nAE,Adverse Events,EVENTS,One record per event\n",
    "sdtm/Variables.csv": "Order,Dataset,Variable\n1,AE,AETERM\n",
    "sdtm/tables/visits.csv": "FOLDER,VISITNUM\nSCR,1\n",
}


def small_study(tmp_path: Path) -> Path:
    """A study with one dataset and a look-up table."""
    for name, text in FILES.items():
        path = tmp_path / "study" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "study"


def imported(tmp_path: Path, edit: Callable[[openpyxl.Workbook], Any]) -> Imported:
    """What the workbook of a small study gives after an edit."""
    path = tmp_path / "spec.xlsx"
    sheets = stage_sheets(small_study(tmp_path), "sdtm")
    path.write_bytes(workbook_bytes(sheets, "sdtm", datetime.datetime(2026, 1, 5)))
    book = openpyxl.load_workbook(path)
    edit(book)
    book.save(path)
    return import_workbook(path)


def visit(value: object, number_format: str = "General", kind: str = "") -> Callable[[openpyxl.Workbook], None]:
    """An edit: the first cell of the look-up table visits."""

    def edit(book: openpyxl.Workbook) -> None:
        cell = book["visits"]["A2"]
        cell.value, cell.number_format = value, number_format
        cell.data_type = kind or cell.data_type

    return edit


def said(found: Imported) -> list[str]:
    return [str(remark) for remark in found.remarks]


def test_date_in_a_look_up_table_is_said(tmp_path: Path) -> None:
    found = imported(tmp_path, visit(datetime.datetime(2024, 5, 4), "yyyy-mm-dd"))
    assert found.files["sdtm/tables/visits.csv"] == b"FOLDER,VISITNUM\n2024-05-04,1\n"
    assert said(found) == [
        "spec.xlsx#visits:2 [FOLDER] the cell is a date of Excel, here 2024-05-04; what was typed is lost; look "
        "whether it was a date; type it again in a cell formatted as text"
    ]


def test_date_in_a_column_of_ones_own_is_said(tmp_path: Path) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        page = book["Variables"]
        page.cell(1, page.max_column + 1).value = "Reviewed"
        page.cell(2, page.max_column).value = datetime.datetime(2024, 5, 4)

    assert "[Reviewed] the cell is a date of Excel, here 2024-05-04" in said(imported(tmp_path, edit))[0]


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        (visit("#DIV/0!", kind="e"), "[FOLDER] '#DIV/0!' is damaged"),
        (visit("=1+1"), "[FOLDER] is a formula of Excel without a stored value"),
        (visit(12345678901234567), "[FOLDER] is a number of more than 15 digits"),
    ],
)
def test_value_that_a_look_up_table_has_lost_stops_the_import(
    edit: Callable[[openpyxl.Workbook], None], fault: str, tmp_path: Path
) -> None:
    found = imported(tmp_path, edit)
    assert len(found.damaged) == 1
    assert fault in str(found.damaged[0])


@pytest.mark.parametrize(
    ("value", "number_format", "cell", "words"),
    [
        (12, "0000", "0012", "here 0012; taken as shown"),
        (-7, "000", "-007", "here -007; taken as shown"),
        (1.5, "00.00", "01.50", "here 01.50; taken as shown"),
        (0.5, "0%", "0.5", "here 0.5; shown by the format 0%, taken as the number"),
        (2.5, "0", "2.5", "here 2.5; shown by the format 0, taken as the number"),
        (1.256, "0.0", "1.256", "here 1.256; shown by the format 0.0, taken as the number"),
    ],
)
def test_number_is_taken_with_the_zeros_of_its_format(
    value: float, number_format: str, cell: str, words: str, tmp_path: Path
) -> None:
    found = imported(tmp_path, visit(value, number_format))
    assert found.files["sdtm/tables/visits.csv"] == f"FOLDER,VISITNUM\n{cell},1\n".encode()
    assert words in said(found)[0]


def test_sheet_that_is_gone_is_said(tmp_path: Path) -> None:
    found = imported(tmp_path, lambda book: book.remove(book["visits"]))
    assert "sdtm/tables/visits.csv" not in found.files
    assert "the sheet 'visits', which the list of contents names, is not there" in said(found)[0]


@pytest.mark.parametrize("title", ["my visits", "Variables (2)"])
def test_new_sheet_that_is_no_table_is_said(title: str, tmp_path: Path) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        book.create_sheet(title).append(["FOLDER", "VISITNUM"])
        book[title].append(["SCR", "1"])

    found = imported(tmp_path, edit)
    assert f"{title!r} is no table of a specification; it is kept in sdtm/other/{title}.csv" in said(found)[0]


def test_workbook_without_a_specification_replaces_nothing(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Minutes"
    book.active.append(["Who", "What"])
    book.active.append(["A", "B"])
    book.save(tmp_path / "other.xlsx")
    folder = small_study(tmp_path)
    with pytest.raises(SpecError, match="holds no sheet of a specification, only Minutes"):
        import_spec(tmp_path / "other.xlsx", folder, "sdtm")
    assert (folder / "sdtm/Variables.csv").read_text(encoding="utf-8") == FILES["sdtm/Variables.csv"]


def test_strict_open_xml_is_refused_not_read_as_nothing(tmp_path: Path) -> None:
    imported(tmp_path, lambda book: None)
    changes = {
        b"schemas.openxmlformats.org/spreadsheetml/2006/main": b"purl.oclc.org/ooxml/spreadsheetml/main",
        b"schemas.openxmlformats.org/officeDocument/2006": b"purl.oclc.org/ooxml/officeDocument",
    }
    with zipfile.ZipFile(tmp_path / "spec.xlsx") as plain, zipfile.ZipFile(tmp_path / "strict.xlsx", "w") as strict:
        for name in plain.namelist():
            part = plain.read(name)
            for transitional, own in changes.items():
                part = part.replace(transitional, own)
            strict.writestr(name, part)
    with pytest.raises(SpecError, match="has no sheets that can be read"):
        import_spec(tmp_path / "strict.xlsx", tmp_path / "study", "sdtm")
    assert (tmp_path / "study/sdtm/Variables.csv").read_text(encoding="utf-8") == FILES["sdtm/Variables.csv"]


def test_quotes_in_the_name_of_a_raw_column_stay_as_they_are() -> None:
    assert canonical_cell('`Size "mm"` == "A"', "Where", "condition") == "`Size \"mm\"` == 'A'"
    assert canonical_cell('upper(`Result "A"`)', "Expression", "expression") == 'upper(`Result "A"`)'
