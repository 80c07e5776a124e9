"""Raw tables from Excel workbooks: what each kind of cell gives, which sheet, and what is refused where."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from formats import unpack
from formats.excel_cells import format_kind
from formats.tables import RawTable, TableError, headers, read_table

openpyxl = pytest.importorskip("openpyxl")

Edit = Callable[[Any], None]


def save(path: Path, rows: Sequence[Sequence[Any]], edit: Edit | None = None, title: str = "AE") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if edit:
        edit(sheet)
    book.save(path)
    return path


def rewrite(path: Path, part: str, old: str, new: str) -> Path:
    """The workbook with a text of one of its parts replaced: what openpyxl cannot write."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old.encode() in parts[part]
    parts[part] = parts[part].replace(old.encode(), new.encode(), 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"


def with_shared_texts(path: Path, *texts: str) -> Path:
    """The workbook with shared texts, as Excel writes them; openpyxl writes texts into their cells."""
    name = "http://schemas.openxmlformats.org"
    relation = (
        f'<Relationship Type="{name}/officeDocument/2006/relationships/sharedStrings" Target="shared.xml" Id="s"/>'
    )
    rewrite(path, RELATIONS, "</Relationships>", relation + "</Relationships>")
    with zipfile.ZipFile(path, "a") as archive:
        items = "".join(f"<si>{text}</si>" for text in texts)
        archive.writestr("xl/shared.xml", f'<sst xmlns="{name}/spreadsheetml/2006/main">{items}</sst>')
    return path


def texts(table: RawTable) -> dict[str, list[str | None]]:
    return {name: column.to_objects().tolist() for name, column in table.columns.items()}


def refused(path: str | Path) -> TableError:
    with pytest.raises(TableError) as caught:
        read_table(path)
    assert caught.value.path == str(path)
    return caught.value


# --- cells --------------------------------------------------------------------------------------------------


def test_texts_are_kept_as_they_stand(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", [["SUBJ", "TERM"], ["001", " a\nb "], ["002", "  "], ["2024-04", "皮疹"]])
    assert texts(read_table(path)) == {"SUBJ": ["001", "002", "2024-04"], "TERM": [" a\nb ", None, "皮疹"]}


def test_numbers_and_truth_values(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", [["N", "B"], [5, True], [0.1, False], [-2.50, None], [1e-5, True]])
    assert texts(read_table(path)) == {"N": ["5", "0.1", "-2.5", "1e-05"], "B": ["TRUE", "FALSE", None, "TRUE"]}


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("8.1999999999999993", "8.2"),  # as Excel stores what a person typed
        ("8.199999999999999", "8.2"),  # as openpyxl does
        ("0.30000000000000004", "0.3"),  # =0.1+0.2
        ("1.0000000000000001E-5", "1e-05"),
        ("1234567890123456", "1234567890123456"),
        ("123456789.12345678", "123456789.123457"),
    ],
)
def test_numbers_have_the_fifteen_digits_that_excel_knows(tmp_path: Path, stored: str, expected: str) -> None:
    path = save(tmp_path / "b.xlsx", [["N"], [8.2]])
    rewrite(path, SHEET, "<v>8.199999999999999</v>", f"<v>{stored}</v>")
    assert texts(read_table(path)) == {"N": [expected]}


@pytest.mark.parametrize(
    ("value", "shown", "expected"),
    [
        (dt.date(2024, 2, 29), "yyyy-mm-dd", "2024-02-29"),
        (dt.date(2024, 2, 29), "d-mmm-yy", "2024-02-29"),
        (dt.date(2024, 2, 29), "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "2024-02-29"),
        (dt.datetime(2024, 2, 29, 6, 7, 8), "dd/mm/yyyy hh:mm", "2024-02-29T06:07:08"),
        (dt.datetime(2024, 2, 29), "dd/mm/yyyy hh:mm", "2024-02-29T00:00:00"),
        (dt.datetime(2024, 2, 29, 6, 7, 8), "yyyy-mm-dd", "2024-02-29T06:07:08"),
        (dt.datetime(2024, 2, 29, 23, 59, 59, 999000), "yyyy-mm-dd hh:mm:ss.000", "2024-02-29T23:59:59.999"),
        (dt.time(6, 7), "hh:mm", "06:07:00"),
        (dt.time(18, 7, 8), "h:mm AM/PM", "18:07:08"),
        (dt.timedelta(hours=30, minutes=15), "[h]:mm", "30:15:00"),
        (1, "yyyy-mm-dd", "1900-01-01"),
        (59, "yyyy-mm-dd", "1900-02-28"),
        (61, "yyyy-mm-dd", "1900-03-01"),
        (45351, "0.00", "45351"),
        (45351, '0 "days"', "45351"),
        (45351, "[Red]General", "45351"),
        (0.5, "0%", "0.5"),
        (12, "0.00E+00", "12"),
    ],
)
def test_number_format_says_what_a_number_is(tmp_path: Path, value: Any, shown: str, expected: str) -> None:
    def styled(sheet: Any) -> None:
        sheet["A2"].value = value
        sheet["A2"].number_format = shown

    assert texts(read_table(save(tmp_path / "b.xlsx", [["X"]], styled))) == {"X": [expected]}


def test_minutes_and_months_are_told_apart() -> None:
    shown = ["h:mm", "mm:ss.0", "mmm yy", "m/d", "yyyy/m/d h:mm", "[mm]:ss", "mmmm"]
    assert [format_kind(code) for code in shown] == ["time", "time", "date", "date", "datetime", "elapsed", "date"]


def test_dates_from_1904(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", [["D"], [dt.date(1900, 1, 1)]])  # stored as 1
    rewrite(path, "xl/workbook.xml", "<workbookPr", '<workbookPr date1904="1"')
    assert texts(read_table(path)) == {"D": ["1904-01-02"]}


def test_dates_of_strict_workbooks(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", [["A", "B"], [dt.date(2024, 2, 29), dt.datetime(2024, 2, 29)]])
    for cell, serial in (("A2", "45351"), ("B2", "45351")):
        with zipfile.ZipFile(path) as archive:
            sheet = archive.read(SHEET).decode()
        start = sheet.index(f'<c r="{cell}"')
        old = sheet[start : sheet.index("</c>", start)]
        new = old.replace('t="n"', 't="d"').replace(f"<v>{serial}</v>", "<v>2024-02-29T00:00:00</v>")
        rewrite(path, SHEET, old, new)
    assert texts(read_table(path)) == {"A": ["2024-02-29"], "B": ["2024-02-29T00:00:00"]}


@pytest.mark.parametrize("serial", [0, -1, 60, 2958466])
def test_date_that_there_is_not(tmp_path: Path, serial: int) -> None:
    def styled(sheet: Any) -> None:
        sheet["B3"].value = serial
        sheet["B3"].number_format = "yyyy-mm-dd"

    error = refused(save(tmp_path / "b.xlsx", [["A", "D"], [1, None]], styled))
    assert error.line == 3 and f"B3 holds {serial} under a date format" in str(error)


def test_error_value_is_refused_with_its_address(tmp_path: Path) -> None:
    error = refused(save(tmp_path / "b.xlsx", [["A", "B"], [1, 2], [3, "#N/A"]]))
    assert (error.line, "B3 holds the error #N/A" in str(error)) == (3, True)


def test_formula_gives_its_stored_value(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", [["A", "B", "C"], ["=1+1", '="a"&"b"', '=IF(1,"","x")']])
    rewrite(path, SHEET, "<f>1+1</f><v></v>", "<f>1+1</f><v>2</v>")
    rewrite(path, SHEET, '<c r="B2"><f>"a"&amp;"b"</f><v></v>', '<c r="B2" t="str"><f>"a"&amp;"b"</f><v>ab</v>')
    rewrite(path, SHEET, '<c r="C2"><f>', '<c r="C2" t="str"><f>')
    assert texts(read_table(path)) == {"A": ["2"], "B": ["ab"], "C": [None]}


def test_formula_without_stored_value_is_refused(tmp_path: Path) -> None:
    error = refused(save(tmp_path / "b.xlsx", [["A"], [5], ["=A2*2"]]))
    assert "A3 is a formula without a stored value; open the workbook in Excel and save it" in str(error)


def test_shared_rich_and_escaped_texts(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", [["A", "B", "C"], [1, 2, "x_x000D_y"]])
    rewrite(path, SHEET, '<c r="A2" t="n"><v>1</v></c>', '<c r="A2" t="s"><v>2</v></c>')
    rewrite(path, SHEET, '<c r="B2" t="n"><v>2</v></c>', '<c r="B2" t="s"><v>0</v></c>')
    runs = "<r><t>two</t></r><r><t xml:space='preserve'> runs</t></r><rPh sb='0' eb='1'><t>no</t></rPh>"
    with_shared_texts(path, runs, "<t>unused</t>", "<t> shared </t>")
    assert texts(read_table(path)) == {"A": [" shared "], "B": ["two runs"], "C": ["x\ry"]}


def test_names_among_the_shared_texts(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", [[1, "B"]])
    rewrite(path, SHEET, '<c r="A1" t="n"><v>1</v></c>', '<c r="A1" t="s"><v>1</v></c>')
    with_shared_texts(path, "<t>unused</t>", "<t>SUBJ</t>")
    assert headers(path) == ["SUBJ", "B"]


def test_shared_text_that_is_not_there(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", [["A"], [1]])
    rewrite(path, SHEET, '<c r="A2" t="n"><v>1</v></c>', '<c r="A2" t="s"><v>7</v></c>')
    assert "A2 refers to text 7" in str(refused(with_shared_texts(path, "<t>only</t>")))


# --- rows and columns ---------------------------------------------------------------------------------------


def test_blank_rows_are_no_records_and_lines_are_those_of_the_sheet(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", [[], ["A", "B"], [], [1, 2], [None, None], [3, None]])
    table = read_table(path)
    assert (texts(table), table.line_numbers.tolist()) == ({"A": ["1", "3"], "B": ["2", None]}, [4, 6])
    assert headers(path) == ["A", "B"]


def test_table_that_begins_beside_the_first_column(tmp_path: Path) -> None:
    assert texts(read_table(save(tmp_path / "b.xlsx", [[None, "A", " B "], [None, 1, 2]]))) == {"A": ["1"], "B": ["2"]}


def test_header_alone(tmp_path: Path) -> None:
    table = read_table(save(tmp_path / "b.xlsx", [["A", "B"]]))
    assert (texts(table), table.rows) == ({"A": [], "B": []}, 0)


def test_names_that_are_no_identifiers(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", [["Subject ID", 2024, "Wert (mg)"], ["a", "b", "c"]])
    assert headers(path) == ["Subject ID", "2024", "Wert (mg)"]


@pytest.mark.parametrize(
    ("rows", "line", "message"),
    [
        ([["Listing of events"], ["A", "B"], [1, 2]], 2, "B2 holds 'B', beside the named columns"),
        ([["A", None, "C"], [1, 2, 3]], 1, "B1 is blank where a column is named"),
        ([["A", "A"], [1, 2]], 1, "two columns have this name"),
        ([], 0, "the sheet is empty"),
        ([[" "], [1]], 1, "the row holds no names"),
        ([["A"], [1, "stray"]], 2, "B2 holds 'stray', beside the named columns"),
    ],
)
def test_sheets_that_are_no_tables(tmp_path: Path, rows: Sequence[Sequence[Any]], line: int, message: str) -> None:
    error = refused(save(tmp_path / "b.xlsx", rows))
    assert error.line == line and message in str(error)


def test_merged_cells_with_a_value_are_refused(tmp_path: Path) -> None:
    rows: list[list[str | None]] = [["SUBJ", "TERM"], ["001", "rash"], [None, "itch"]]
    error = refused(save(tmp_path / "b.xlsx", rows, lambda sheet: sheet.merge_cells("A2:A3")))
    assert error.line == 2 and "the cells A2:A3 are merged" in str(error)


def test_merged_cells_without_a_value_do_not_matter(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", [["A"], [1]], lambda sheet: sheet.merge_cells("C5:D9"))
    assert texts(read_table(path)) == {"A": ["1"]}


# --- sheets -------------------------------------------------------------------------------------------------


@pytest.fixture
def two_sheets(tmp_path: Path) -> Path:
    def second(sheet: Any) -> None:
        sheet.parent.create_sheet("Visit dates").append(["B"])

    return save(tmp_path / "book.xlsx", [["A"], [1]], second)


def test_sheet_after_the_number_sign(two_sheets: Path) -> None:
    table = read_table(f"{two_sheets}#Visit dates")
    assert (list(table.columns), table.path) == (["B"], f"{two_sheets}#Visit dates")
    assert headers(two_sheets.parent / "book.xlsx#AE") == ["A"]


def test_workbook_of_several_sheets_needs_one_named(two_sheets: Path) -> None:
    error = refused(two_sheets)
    assert "the workbook has 2 sheets: AE, Visit dates; write the sheet after #: book.xlsx#AE" in str(error)


def test_sheet_that_is_not_there(two_sheets: Path) -> None:
    with pytest.raises(TableError, match="no sheet 'ae'; its sheets are AE, Visit dates"):
        headers(f"{two_sheets}#ae")


# --- files that are not what they should be -----------------------------------------------------------------


def test_file_that_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    path.write_bytes(b"A,B\n1,2\n")
    assert "this is no Excel workbook" in str(refused(path))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "A")
    assert "this is no Excel workbook" in str(refused(path))


def test_old_workbook_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "b.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0")
    assert ".xls files are not read; save the workbook as .xlsx" in str(refused(path))


def test_document_type_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", [["A"], [1]])
    doctype = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet'
    assert "document type" in str(refused(rewrite(path, SHEET, "<worksheet", doctype)))


def test_sheet_that_the_archive_lacks(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", [["A"], [1]])
    assert "sheet9.xml" in str(refused(rewrite(path, RELATIONS, "sheet1.xml", "sheet9.xml")))


def test_sheet_that_is_cut_off(tmp_path: Path) -> None:
    path = save(tmp_path / "b.xlsx", [["A"], [1], [2]])
    assert "cannot be read" in str(refused(rewrite(path, SHEET, "</sheetData>", "")))


def test_archive_that_unpacks_to_far_more_than_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "FREE_BYTES", 1 << 20)
    path = save(tmp_path / "b.xlsx", [["A"], [1]])
    rewrite(path, SHEET, "</sheetData>", "</sheetData>" + " " * (4 << 20))
    assert "bytes unpack to" in str(refused(path))
