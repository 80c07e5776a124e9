"""A stage as a workbook and back: the same tables byte for byte, texts that stay texts, damage that is found."""

from __future__ import annotations

import csv
import datetime
import io
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
from conftest import needs_shared
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_study import ADAM, SDTM
from small_study import study as small_study

import pipeline
from specs.choices import YES_NO, choice_of
from specs.columns import RESULTS, SHEETS, SPECIFICATION, Sheet
from specs.format import canonical, format_study
from specs.load import load
from specs.problem import SpecError
from specs.read_csv import Faults, read_table
from specs.workbook_import import Imported, import_workbook
from specs.workbook_tables import stage_sheets
from specs.workbook_titles import file_stem, safe_file, title_for, title_of_stem
from specs.workbook_write import workbook_bytes

CREATED = datetime.datetime(2025, 4, 30)


def study(folder: Path, base: Mapping[str, str], changes: Mapping[str, str | bytes]) -> Path:
    return small_study(folder, dict(base), dict(changes))


def tables(folder: Path, stage: str) -> dict[str, bytes]:
    parts = [stage, "results"] if stage == "adam" else [stage]
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for part in parts
        for path in (folder / part).rglob("*.csv")
    }


def exported(folder: Path, stage: str, target: Path) -> Path:
    target.write_bytes(workbook_bytes(stage_sheets(folder, stage), stage, CREATED))
    return target


def there_and_back(folder: Path, stage: str, tmp_path: Path) -> Imported:
    """A canonical study exported and imported."""
    found = import_workbook(exported(folder, stage, tmp_path / "spec.xlsx"))
    assert found.stage == stage
    assert found.files == tables(folder, stage)
    return found


# --- the same tables ------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["sdtm", "adam"])
def test_reference_study_comes_back_byte_for_byte(stage: str, tmp_path: Path) -> None:
    found = there_and_back(pipeline.REFERENCE, stage, tmp_path)
    assert len(found.files) > 25
    assert not found.damaged
    assert not found.remarks


@pytest.mark.parametrize("stage", ["sdtm", "adam"])
def test_two_exports_are_equal_bytes(stage: str) -> None:
    first, second = (workbook_bytes(stage_sheets(pipeline.REFERENCE, stage), stage, CREATED) for _ in range(2))
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert core.count("2025-04-30T00:00:00Z") == 2


TEXT = st.text(
    st.one_of(
        st.sampled_from("=+-@'\"#,;`%|_x\n\t 0123456789"),
        st.characters(codec="utf-8", exclude_characters="\r\x00", exclude_categories=["Cs"]),
    ),
    max_size=25,
)
CODE = st.sampled_from(["AE", "CM", "SUPPAE", "EVENTS", "_WORK", "AE CM", "FINDINGS ABOUT", ""])


def cell_of(kind: str) -> st.SearchStrategy[str]:
    if kind == "condition":
        return st.sampled_from(["AEOUT == 'FATAL'", "X == 'it' and Y", "'a\"b' == X", '"it\'s" == X', "", "--X > 1"])
    if kind in ("expression", "columns"):
        return st.one_of(st.sampled_from(["'CM-' + RECID", "=1", "-1", "--STDTC", "'a\\'b'", "`IT.AE`", ""]), TEXT)
    return TEXT


@st.composite
def table(draw: st.DrawFn, sheet: Sheet, further: list[str]) -> str:
    """A table of a sheet in some order of columns, with some cells filled."""
    columns = [*draw(st.permutations(sheet.names)), *draw(st.lists(st.sampled_from(further), unique=True))]
    kinds = {column.name: column.kind for column in sheet.columns}
    rows = [
        [draw(cell_of(kinds.get(name, "text"))) if draw(st.booleans()) else "" for name in columns]
        for _ in range(draw(st.integers(0, 3)))
    ]
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows([columns, *rows])
    return buffer.getvalue()


SOME = [name for name in SHEETS if name not in ("Mapping", *RESULTS)]
LOOKUPS = ["visits", "Units", "units", "trialspec", "History", "a_name_of_more_than_thirty_one_letters", "Tests"]


@st.composite
def stage_files(draw: st.DrawFn) -> dict[str, str]:
    """The tables of an SDTM stage, in any state: valid or not is the loader's business."""
    files = {f"sdtm/{name}.csv": draw(table(SHEETS[name], ["Notes", "Zeta"])) for name in
             draw(st.lists(st.sampled_from(SOME), unique=True, max_size=4))}  # fmt: skip
    for name in draw(st.lists(st.sampled_from(["AE", "CM", "SUPPAE", "_WORK", "all"]), unique=True, max_size=3)):
        files[f"sdtm/mapping/{name}.csv"] = draw(table(SHEETS["Mapping"], ["Zeta", "Alpha"]))
    for name in draw(st.lists(st.sampled_from(LOOKUPS), unique_by=str.casefold, max_size=3)):
        files[f"sdtm/tables/{name}.csv"] = draw(table(Sheet("x", "", SHEETS["Define"].columns), ["Zeta", "Alpha"]))
    return files


@given(stage_files())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_any_canonical_tables_come_back_byte_for_byte(files: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = study(Path(name) / "study", {"sdtm/Variables.csv": "Dataset,Variable\n"}, files)
        format_study(folder)
        format_study(folder)
        there_and_back(folder, "sdtm", Path(name))


def test_mapping_row_of_another_file_than_its_dataset_goes_back_there(tmp_path: Path) -> None:
    files = {"sdtm/mapping/all.csv": "Dataset,Variable,Expression\nAE,AESEQ,1\nEVENTS,--SEQ,2\n,--DY,3\n"}
    folder = study(tmp_path / "study", SDTM, files)
    format_study(folder)
    found = there_and_back(folder, "sdtm", tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / "spec.xlsx")["Mapping"]
    assert [cell.value for cell in sheet[1]][-2:] == ["In File", "Comment"]
    assert b"EVENTS" in found.files["sdtm/mapping/all.csv"]


def test_canonical_mapping_file_does_not_repeat_its_name(tmp_path: Path) -> None:
    path = study(tmp_path, {}, {"AE.csv": "Dataset,Variable,Expression\nAE,AESEQ,1\n"}) / "AE.csv"
    read = read_table(path, "sdtm/mapping/AE.csv", Faults())
    assert read is not None
    assert canonical(read, SHEETS["Mapping"]) == b"Variable,Expression\nAESEQ,1\n"


def test_results_stand_in_their_folder(tmp_path: Path) -> None:
    files = {"results/Analysis Displays.csv": "ID,Title\nT1,=Table\n"}
    folder = study(tmp_path / "study", ADAM, files)
    format_study(folder)
    found = there_and_back(folder, "adam", tmp_path)
    assert found.parts == ("adam", "results")


def test_sheet_that_is_no_table_is_kept_where_it_stands(tmp_path: Path) -> None:
    path = exported(study(tmp_path / "study", SDTM, {}), "sdtm", tmp_path / "spec.xlsx")
    book = openpyxl.load_workbook(path)
    page = book.create_sheet("To do <1>")
    page["B2"], page["A4"] = "ask the site", "=not this"
    page["A4"].data_type = "s"
    book.save(path)
    found = import_workbook(path)
    assert found.files["sdtm/other/To do %3C1%3E.csv"] == b"\n,ask the site\n\n=not this\n"
    study(tmp_path / "again", {}, {**found.files, "study.toml": SDTM["study.toml"]})
    again = there_and_back(tmp_path / "again", "sdtm", tmp_path)
    assert again.files == found.files
    assert load(tmp_path / "again", "sdtm").lookups == {}


def test_new_sheet_with_a_header_becomes_a_look_up_table(tmp_path: Path) -> None:
    path = exported(study(tmp_path / "study", SDTM, {}), "sdtm", tmp_path / "spec.xlsx")
    book = openpyxl.load_workbook(path)
    page = book.create_sheet("visits")
    page.append(["FOLDER", "VISITNUM"])
    page.append(["SCR", "01"])
    book.save(path)
    assert import_workbook(path).files["sdtm/tables/visits.csv"] == b"FOLDER,VISITNUM\nSCR,01\n"


def test_files_of_a_workbook_stay_in_the_stage() -> None:
    assert safe_file("sdtm/tables/visits.csv", "sdtm")
    for file in ("sdtm/../study.toml", "../x.csv", "/tmp/x.csv", "adam/Datasets.csv", "sdtm/x/y.csv", "sdtm/Foo.csv",
                 "sdtm/tables/..csv", "sdtm/tables/a\\b.csv", "sdtm//Datasets.csv", "study.toml"):  # fmt: skip
        assert not safe_file(file, "sdtm"), file


def test_list_of_contents_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    path = exported(study(tmp_path / "study", SDTM, {}), "sdtm", tmp_path / "spec.xlsx")
    book = openpyxl.load_workbook(path)
    book["trialspec"]["B2"] = "sdtm/../../evil.csv"
    book.save(path)
    with pytest.raises(SpecError, match=r"spec.xlsx#trialspec:2 \[File\]"):
        import_workbook(path)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=31))
def test_titles_of_sheets_survive_as_names_of_files(title: str) -> None:
    stem = file_stem(title)
    assert title_of_stem(stem) == title
    assert not set(stem) & set('<>:"/\\|?*') and not stem.startswith(".")


def test_titles_are_unique_in_any_case_and_not_too_long() -> None:
    taken = ["Units"]
    for _ in range(3):
        taken.append(title_for("units", taken, " (table)"))
    assert taken == ["Units", "units (table)", "units 2 (table)", "units 3 (table)"]
    assert len(title_for("x" * 60, [])) <= 31


def test_workbook_without_its_list_of_contents_is_still_ours(tmp_path: Path) -> None:
    path = exported(study(tmp_path / "study", SDTM, {}), "sdtm", tmp_path / "spec.xlsx")
    book = openpyxl.load_workbook(path)
    del book["trialspec"]
    book.save(path)
    found = import_workbook(path)
    assert "sdtm/Define.csv" not in found.files
    assert b"iso8601(Y, M, D)" in found.files["sdtm/mapping/AE.csv"]


# --- what Excel would change ----------------------------------------------------------------------------

FORMULAS = ("=1+1", "+1", "-1", "--STDTC", "@x", "'AESTDTC", "0012", "2024-04", "5/4", "TRUE", "1E5", "_x000D_")


def test_texts_stay_texts_in_the_file(tmp_path: Path) -> None:
    rows = "".join(f'{number},"{text}"\n' for number, text in enumerate(FORMULAS))
    folder = study(tmp_path / "study", SDTM, {"sdtm/tables/odd.csv": "NUMBER,TEXT\n" + rows})
    page = openpyxl.load_workbook(exported(folder, "sdtm", tmp_path / "spec.xlsx"))["odd"]
    for cells in page.iter_rows(min_row=2):
        for cell in cells:
            assert (cell.data_type, cell.number_format) == ("s", "@")
    quoted = [bool(page.cell(number, 2).quotePrefix) for number in range(2, len(FORMULAS) + 2)]
    assert quoted == [text.startswith(("=", "+", "-", "@", "'")) for text in FORMULAS]
    assert page.column_dimensions["B"].number_format == "@"


def test_cell_longer_than_excel_holds_is_a_fault_not_cut(tmp_path: Path) -> None:
    folder = study(tmp_path, SDTM, {"sdtm/tables/long.csv": f"A,TEXT\n1,{'x' * 32_768}\n"})
    with pytest.raises(SpecError, match=r"long:2 \[TEXT\] 32768 characters"):
        workbook_bytes(stage_sheets(folder, "sdtm"), "sdtm", CREATED)


def test_expressions_have_double_quotes_in_the_workbook(tmp_path: Path) -> None:
    files = {"sdtm/mapping/AE.csv": "Variable,Expression\nAESEQ,'CM-' + RECID\n"}
    book = openpyxl.load_workbook(exported(study(tmp_path / "study", SDTM, files), "sdtm", tmp_path / "spec.xlsx"))
    assert book["Mapping"]["F2"].value == '"CM-" + RECID'


def damaged(tmp_path: Path, changes: dict[str, object]) -> list[str]:
    """The faults after cells of the workbook of the small study were changed, `Variables!D2` to a value."""
    path = exported(study(tmp_path / "study", SDTM, {}), "sdtm", tmp_path / "spec.xlsx")
    book = openpyxl.load_workbook(path)
    for place, value in changes.items():
        sheet, _, address = place.partition("!")
        book[sheet][address] = value
        book[sheet][address].number_format = "yyyy-mm-dd" if isinstance(value, datetime.datetime) else "General"
        if isinstance(value, str) and value.startswith("#"):
            book[sheet][address].data_type = "e"
    book.save(path)
    return [str(problem) for problem in import_workbook(path).damaged]


@pytest.mark.parametrize(
    ("place", "value", "fault"),
    [
        ("Mapping!F2", "#NAME?", "spec.xlsx#Mapping:2 [Expression] '#NAME?' is damaged"),
        ("Datasets!E3", "#REF!", "spec.xlsx#Datasets:3 [Structure] '#REF!' is damaged"),
        ("Mapping!F2", "=iso8601(Y)", "spec.xlsx#Mapping:2 [Expression] is a formula of Excel without a stored value"),
        ("Datasets!E3", datetime.datetime(2024, 5, 4), "[Structure] is a date of Excel, 2024-05-04; what was typed"),
        ("Mapping!F2", True, "spec.xlsx#Mapping:2 [Expression] is a truth value of Excel, TRUE; type True"),
        ("Mapping!F2", "X == \u201cA\u201d", "write the straight quote \" instead of the curly \u201c"),
        ("Mapping!B2", "'--STDTC", "spec.xlsx#Mapping:2 [Variable] \"'--STDTC\" is damaged; Excel's apostrophe"),
        ("Codelists!H2", 12345678901234567, "spec.xlsx#Codelists:2 [Term] is a number of more than 15 digits"),
    ],
)  # fmt: skip
def test_damage_is_found_at_sheet_row_and_column(place: str, value: object, fault: str, tmp_path: Path) -> None:
    found = damaged(tmp_path, {place: value})
    assert len(found) == 1
    assert fault in found[0]


def test_dates_in_notes_are_no_damage(tmp_path: Path) -> None:
    assert damaged(tmp_path, {"Variables!U2": datetime.datetime(2024, 5, 4)}) == []


def test_typed_numbers_are_taken_as_shown_and_said(tmp_path: Path) -> None:
    path = exported(study(tmp_path / "study", SDTM, {}), "sdtm", tmp_path / "spec.xlsx")
    book = openpyxl.load_workbook(path)
    for row, value in ((2, 1), (3, 2.5), (4, 8.0)):
        book["Codelists"].cell(row, 1).value = "L"
        book["Codelists"].cell(row, 8).value = value
        book["Codelists"].cell(row, 8).number_format = "0.0" if value == 8.0 else "General"
        book["Codelists"].cell(row, 7).value = row - 1
    book.save(path)
    found = import_workbook(path)
    assert found.files["sdtm/Codelists.csv"] == b"ID,Order,Term\nL,1,1\nL,2,2.5\nL,3,8.0\n"
    assert [str(remark) for remark in found.remarks] == [
        "spec.xlsx#Codelists:2 [Term] 3 cells are a number of Excel, here 1; taken as shown; "
        "zeros before or behind would be lost; format the column as text"
    ]


def test_merged_cells_and_notes_are_said(tmp_path: Path) -> None:
    path = exported(study(tmp_path / "study", SDTM, {}), "sdtm", tmp_path / "spec.xlsx")
    book = openpyxl.load_workbook(path)
    book["Variables"].merge_cells("D2:D3")
    book["Variables"]["C2"].comment = openpyxl.comments.Comment("why?", "me")
    book.save(path)
    found = import_workbook(path)
    assert "D2:D3 are merged" in str(found.damaged[0])
    assert "1 notes on cells (C2) are not taken over" in str(found.remarks[0])


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no", b"\xd0\xcf\x11\xe0" + b"\0" * 600])
def test_file_that_is_no_workbook_is_a_fault(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(SpecError, match=r"a.xlsx is no workbook that can be read"):
        import_workbook(tmp_path / "a.xlsx")


def test_external_entity_in_a_workbook_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("SECRET")
    path = exported(study(tmp_path / "study", SDTM, {}), "sdtm", tmp_path / "spec.xlsx")
    evil = tmp_path / "evil.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(evil, "w") as new:
        for name in old.namelist():
            part = old.read(name).decode()
            if name == "xl/worksheets/sheet2.xml":
                declared = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{tmp_path}/secret.txt">]>'
                part = declared + part.replace("<t>STUDYID, USUBJID</t>", "<t>&e;</t>")
            new.writestr(name, part)
    try:
        found = import_workbook(evil).files["sdtm/Datasets.csv"]
    except SpecError:
        return
    assert b"SECRET" not in found


# --- for the person in Excel ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reference_book(tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    return openpyxl.load_workbook(exported(pipeline.REFERENCE, "adam", tmp_path_factory.mktemp("x") / "spec.xlsx"))


def test_industry_sheets_stand_first_with_their_columns(reference_book: openpyxl.Workbook) -> None:
    titles = reference_book.sheetnames
    industry = [sheet for sheet in SPECIFICATION if sheet.name != "WhereClauses"]
    assert titles[: len(industry)] == [sheet.name for sheet in industry]
    for sheet in industry:
        header = [cell.value for cell in reference_book[sheet.name][1]]
        assert header == list(sheet.names)
    assert titles[-1] == "trialspec"


def test_sheets_begin_as_the_published_layout_lists_them(reference_book: openpyxl.Workbook) -> None:
    with needs_shared("standards/p21-workbook-columns-define-2-1.csv").open(encoding="utf-8", newline="") as stream:
        published: dict[str, list[str]] = {}
        for row in csv.DictReader(stream):
            published.setdefault(row["sheet"], []).append(row["column"])
    assert reference_book.sheetnames[: len(published)] == list(published)
    for sheet, columns in published.items():
        assert [cell.value for cell in reference_book[sheet][1]][: len(columns)] == columns


def test_panes_filters_and_lists_help_to_fill_in(reference_book: openpyxl.Workbook) -> None:
    page = reference_book["Variables"]
    assert page.freeze_panes == "D2"
    assert page.auto_filter.ref.startswith("A1:")
    rules = {str(rule.sqref).partition("2:")[0]: rule for rule in page.data_validations.dataValidation}
    assert rules["I"].formula1 == f'"{",".join(YES_NO)}"'
    assert rules["I"].showErrorMessage
    assert rules["P"].formula1.startswith("'Methods'!$A$2") and not rules["P"].showErrorMessage
    assert page["I1"].comment.text.startswith("Yes if no record may lack it")


@pytest.mark.parametrize("stage", ["sdtm", "adam"])
@pytest.mark.parametrize("sheet", ["Datasets", "Variables"])
def test_lists_offer_what_the_loader_takes(stage: str, sheet: str, tmp_path: Path) -> None:
    """A word outside a closed list is a fault of the loader, at that column; every word of it is none."""
    dataset, variable, base = ("AE", "AETERM", SDTM) if stage == "sdtm" else ("ADSL", "AGE", ADAM)
    given = {"Dataset": dataset, "Variable": variable, "Label": "L", "Class": "EVENTS", "Structure": "One record",
             "Data Type": "text"}  # fmt: skip
    closed = {name: choice for name in SHEETS[sheet].names if (choice := choice_of(sheet, name, stage)) and choice.only}
    if stage == "sdtm":
        closed.pop("Common", None)  # not read there
    assert len(closed) > 3
    for column, allowed in closed.items():
        for word in ("Foo", *allowed.words):
            cells = {name: {**given, column: word}.get(name, "") for name in SHEETS[sheet].names}
            text = ",".join(cells) + "\n" + ",".join(cells.values()) + "\n"
            problems = faults(study(tmp_path / "s", base, {f"{stage}/{sheet}.csv": text}), stage)
            assert any(p.startswith(f"{stage}/{sheet}.csv:2 [{column}] 'Foo'") for p in problems) == (word == "Foo")
            assert not any(f"[{column}] {word!r} is not" in p for p in problems if word != "Foo")


def faults(folder: Path, stage: str) -> list[str]:
    try:
        load(folder, stage)
    except SpecError as error:
        return [str(problem) for problem in error.problems]
    return []
