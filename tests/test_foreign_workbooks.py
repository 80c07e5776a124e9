"""Workbooks of others: every cell kept, faults at their place, and a define.xml that states what they state."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from conftest import needs_shared
from define_facts import Stated, differences, stated

import cli
import pipeline
from specs.load import load
from specs.workbook_import import import_workbook
from specs.workbook_layouts import known_column, known_sheet

ADAM = "fixtures/cdiscpilot/adam/adam-pilot-3.xlsx"
SDTM = "fixtures/define/examples/SpecSDTM_define20.xlsx"
# Every fault of the two workbooks; the first number is the row in Excel.
SDTM_FAULTS = [
    "SpecSDTM_define20.xlsx#Variables:37 [Order] 34 stands a second time in AE, first in row 35",
    "SpecSDTM_define20.xlsx#Variables:38 [Order] 35 stands a second time in AE, first in row 36",
    "SpecSDTM_define20.xlsx#Variables:118 [Order] 16 stands a second time in EX, first in row 117",
    "SpecSDTM_define20.xlsx#WhereClauses:238 [Variable] SUPPLB.QNAM is not in Variables",
    "SpecSDTM_define20.xlsx#WhereClauses:239 [Variable] SUPPLB.QNAM is not in Variables",
]


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli.main, [*arguments])
    return result.exit_code, result.stdout, result.stderr


def records(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def rewritten(folder: Path, name: str, rows: list[dict[str, str]]) -> None:
    with (folder / name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


# --- import ---------------------------------------------------------------------------------------------


def test_adam_workbook_has_no_fault(tmp_path: Path) -> None:
    code, out, err = run("spec", "import", str(needs_shared(ADAM)), str(tmp_path / "study"))
    assert (code, err) == (0, "")
    assert "9 tables of stage adam" in out
    spec = load(tmp_path / "study", "adam")
    assert Counter(variable.dataset for variable in spec.variables.values()) == {
        "ADAE": 55, "ADSL": 49, "ADLBC": 46, "ADADAS": 40, "ADTTE": 26,
    }  # fmt: skip
    assert spec.methods["ADADAS.ADT"].description == "SAS date from QS.QSDTC"


def test_sdtm_workbook_of_define_2_0_reports_its_faults(tmp_path: Path) -> None:
    code, out, err = run("spec", "import", str(needs_shared(SDTM)), str(tmp_path / "study"))
    assert code == 1
    lines = err.splitlines()
    assert [line.partition(";")[0] for line in lines[:-1]] == SDTM_FAULTS
    assert lines[-1] == "5 faults; the tables were written as they stand."
    assert "#Study is read as Define" in out
    assert "[Description] is read as Label" in out
    assert "Datasets [Standard] is filled with SDTMIG 3.2" in out


def cells(path: Path) -> Iterator[tuple[str, int, str, str]]:
    """(sheet, row, header, text) of every cell below the header, read by openpyxl alone."""
    for page in openpyxl.load_workbook(path).worksheets:
        header = [cell.value for cell in page[1]]
        for row in page.iter_rows(min_row=2):
            for name, cell in zip(header, row):
                if cell.value is not None and str(cell.value).strip():
                    yield page.title, cell.row, name, str(cell.value)


@pytest.mark.parametrize(("path", "count"), [(ADAM, 5015), (SDTM, 12735)])
def test_every_cell_is_kept(path: str, count: int) -> None:
    source = needs_shared(path)
    found = import_workbook(source)
    lines = {(place.file, place.row): key for key, place in found.places.items() if key[1] > 1}
    written = {name: _by_line(content) for name, content in found.files.items()}
    kept = 0
    for sheet, row, header, text in cells(source):
        known = known_sheet(sheet)
        assert known is not None
        name, line = lines[f"{source.name}#{sheet}", row]
        record = written[name][line]
        column = known_column(known, header)
        assert " ".join(text.split()) in (
            " ".join(record[column].split()), record.get(f"{column} (imported)", "")
        ), (sheet, row, header)  # fmt: skip
        kept += 1
    assert kept == count


def _by_line(content: bytes) -> dict[int, dict[str, str]]:
    reader = csv.reader(content.decode().splitlines(keepends=True))
    header = next(reader)
    found, before = {}, reader.line_num
    for row in reader:
        found[before + 1] = dict(zip(header, row))
        before = reader.line_num
    return found


# --- an older layout, small enough to read here ------------------------------------------------------------

SMALL: dict[str, list[list[object]]] = {
    "Study": [["Attribute", "Value"], ["StudyName", "S1"], ["StandardName", "SDTM-IG"], ["StandardVersion", "3.1.2"]],
    "Datasets": [
        ["Dataset", "Description", "Class", "Structure", "Purpose", "Key Variables", "Repeating", "Reference Data",
         None],
        ["VS", "Vital Signs", "FINDINGS", "One record per test", "Tabulation", "USUBJID,VSTESTCD", "Yes", "No", "odd"],
    ],
    "Variables": [
        ["Order", "Dataset", "Variable", "Label", "Data Type", "Length", "Mandatory", "Codelist", "Origin", "Pages",
         "Our Remark"],
        [1, "VS", "USUBJID", "Unique Subject Identifier", "text", "8", "Yes", None, "Derived", None, "=keep"],
        [2, "VS", "VSTESTCD", "Vital Signs Test Short Name", "text", 8, "Yes", "TESTS", "CRF", "7 8", None],
        [3, "VS", "VSORRES", "Result", "text", "20", "No", None, "eDT", None, None],
    ],
    "ValueLevel": [
        ["Order", "Dataset", "Variable", "Where Clause", "Data Type", "Length", "Mandatory", "Origin",
         "Value Level Comment"],
        [1, "VS", "VSORRES", "VS.TEMP", "float", "5", "No", "CRF", "C1"],
    ],
    "WhereClauses": [["ID", "Dataset", "Variable", "Comparator", "Value"], ["VS.TEMP", "VS", "VSTESTCD", "EQ", "TEMP"]],
    "Codelists": [["ID", "Name", "Data Type", "Order", "Term", "Decoded Value"],
                  ["TESTS", "Tests", "text", 1, "TEMP", "Temperature"]],
    "Comments": [["ID", "Description"], ["C1", "in degrees"]],
    "To do": [["ask"], [None, "the site"]],
}  # fmt: skip


def small_workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in SMALL.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
        for cells in page.iter_rows():
            for cell in cells:
                if cell.data_type == "f":
                    cell.data_type = "s"
    book.save(path)
    return path


def test_older_layout_is_read_and_everything_kept(tmp_path: Path) -> None:
    code, out, err = run("spec", "import", str(small_workbook(tmp_path / "old.xlsx")), str(tmp_path / "study"))
    assert (code, err) == (0, "")
    for said in ("old.xlsx#Study is read as Define", "[Description] is read as Label",
                 "old.xlsx#Datasets:1 [I] column I has no name; it is kept as '(column I)'",
                 "[Origin] 2 cells hold words of Define-XML 2.0",
                 "'To do' is no table of a specification"):  # fmt: skip
        assert said in out
    variables = records(tmp_path / "study", "sdtm/Variables.csv")
    assert [(row["Origin"], row["Source"], row["Origin (imported)"]) for row in variables] == [
        ("Derived", "", ""), ("Collected", "Investigator", "CRF"), ("Collected", "Vendor", "eDT"),
    ]  # fmt: skip
    assert variables[0]["Our Remark"] == "=keep"
    dataset = records(tmp_path / "study", "sdtm/Datasets.csv")[0]
    assert (dataset["Label"], dataset["Standard"], dataset["(column I)"]) == ("Vital Signs", "SDTMIG 3.1.2", "odd")
    assert (tmp_path / "study" / "sdtm" / "other" / "To do.csv").read_bytes() == b"ask\n,the site\n"


def test_define_of_an_older_layout_states_what_it_states(tmp_path: Path) -> None:
    run("spec", "import", str(small_workbook(tmp_path / "old.xlsx")), str(tmp_path / "study"))
    said: list[str] = []
    request = pipeline.Request(tmp_path / "study", tmp_path / "out", say=said.append)
    pipeline.define(request)
    found = stated(tmp_path / "out" / "sdtm" / "define.xml")
    assert found.datasets["VS"]["standard"] == "SDTMIG 3.1.2"
    assert [found.variables["VS", name]["length"] for name in ("USUBJID", "VSTESTCD", "VSORRES")] == ["8", "8", "20"]
    value = found.values["VS", "VSORRES", (("VSTESTCD", "EQ", ("TEMP",)),)]
    assert (value["type"], value["length"], value["comment"], value["source"]) == ("float", "5", "C1", "Investigator")
    assert found.codelists["TESTS"]["terms"] == [("TEMP", "Temperature", "", "")]
    # The workbook gives no method for the derived subject key: said, not made up.
    assert said == ["notice: sdtm/define.xml METHOD IT.VS.USUBJID: Derived without a method"]


# --- the define.xml made from them ----------------------------------------------------------------------


# What Define-XML 2.0 does not have.
NEW_IN_2_1 = ("source", "standard", "terminology")


def compared(theirs: Stated, ours: Stated) -> dict[str, dict[str, int]]:
    parts = ("datasets", "variables", "values", "codelists", "methods", "comments")
    return {
        part: {
            name: len(keys)
            for name, keys in differences(getattr(theirs, part), getattr(ours, part)).items()
            if name not in NEW_IN_2_1
        }
        for part in parts
    }


def test_define_of_the_adam_workbook_equals_the_published_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("spec", "import", str(needs_shared(ADAM)), str(tmp_path / "study"))
    pipeline.define(pipeline.Request(tmp_path / "study", tmp_path / "out"))
    theirs = stated(needs_shared("fixtures/cdiscpilot/adam/define.xml"))
    ours = stated(tmp_path / "out" / "adam" / "define.xml")
    terms = sum(len(one["terms"]) for one in ours.codelists.values())
    found = compared(theirs, ours)
    with capsys.disabled():
        print(f"\nadam-pilot-3.xlsx: {len(ours.datasets)} datasets, {len(ours.variables)} variables, "
              f"{len(ours.values)} values, {len(ours.codelists)} codelists with {terms} terms, "
              f"{len(ours.methods)} methods, {len(ours.comments)} comments; different: {found}")  # fmt: skip
    assert (len(ours.variables), len(ours.values), len(ours.codelists), terms, len(ours.methods)) == (
        216, 15, 36, 339, 157,
    )  # fmt: skip
    # The name of a value-level item is that of its variable; the published one wrote the clause behind it.
    assert found.pop("values") == {"name": 15}
    assert not any(found.values())


def mended(folder: Path) -> Path:
    """The five faults mended as their author would: positions of AE and EX, conditions on the split SUPPLB."""
    rows = records(folder, "sdtm/Variables.csv")
    for dataset in ("AE", "EX"):
        for position, row in enumerate((row for row in rows if row["Dataset"] == dataset), start=1):
            row["Order"] = str(position)
    rewritten(folder, "sdtm/Variables.csv", rows)
    clauses = [row for row in records(folder, "sdtm/WhereClauses.csv") if row["Dataset"] != "SUPPLB"]
    rewritten(folder, "sdtm/WhereClauses.csv", clauses)
    values = records(folder, "sdtm/ValueLevel.csv")
    for row in values:
        if row["Where Clause"].startswith("SUPPLB.QNAM."):
            row["Where Clause"] = f"QNAM EQ {row['Where Clause'].rpartition('.')[2]}"
    rewritten(folder, "sdtm/ValueLevel.csv", values)
    return folder


def test_define_of_the_sdtm_workbook_equals_the_published_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("spec", "import", str(needs_shared(SDTM)), str(tmp_path / "study"))
    pipeline.define(pipeline.Request(mended(tmp_path / "study"), tmp_path / "out"))
    theirs = stated(needs_shared("fixtures/define/examples/tdf-sdtm-define20.xml"))
    ours = stated(tmp_path / "out" / "sdtm" / "define.xml")
    terms = sum(len(one["terms"]) for one in ours.codelists.values())
    found = compared(theirs, ours)
    with capsys.disabled():
        print(f"\nSpecSDTM_define20.xlsx: {len(ours.datasets)} datasets, {len(ours.variables)} variables, "
              f"{len(ours.values)} values, {len(ours.codelists)} codelists with {terms} terms, "
              f"{len(ours.methods)} methods, {len(ours.comments)} comments; different: {found}")  # fmt: skip
    assert (len(ours.datasets), len(ours.variables), len(ours.values), len(ours.methods)) == (31, 517, 230, 103)
    # Labels, types, mandatory, order, keys, roles, methods, comments, codelists, formats, digits: equal in all.
    # Origin: 2.1 has other words. Length: 2.1 has none for dates. Pages: the published one left them out.
    assert found.pop("variables") == {"origin": 184, "length": 35, "pages": 148}
    assert {ours.variables[key]["type"] for key in _longer(theirs, ours)} == {"date", "datetime"}
    assert found.pop("values") == {"name": 230, "origin": 190, "pages": 142}
    for row in records(tmp_path / "study", "sdtm/Variables.csv"):
        pages = [row["Pages"]] if row["Pages"] else []
        assert ours.variables[row["Dataset"], row["Variable"]]["pages"] == pages
    # ROLES is referred to by nothing, in the workbook and in the published define.xml.
    assert differences(theirs.codelists, ours.codelists)["absent"] == ["ROLES"]
    assert found.pop("codelists") == {"absent": 1}
    assert not any(found.values())
    words = {"CRF": "Collected", "eDT": "Collected"}
    for part in ("variables", "values"):
        one, other = getattr(theirs, part), getattr(ours, part)
        assert all(other[key]["origin"] == words.get(one[key]["origin"], one[key]["origin"]) for key in one)


def _longer(theirs: Stated, ours: Stated) -> list[tuple[str, str]]:
    return [key for key in theirs.variables if theirs.variables[key]["length"] != ours.variables[key]["length"]]


def test_given_data_are_described_and_stand_beside(tmp_path: Path) -> None:
    """ADSL and ADAE have files: their lengths are measured. The other datasets are described as stated."""
    run("spec", "import", str(needs_shared(ADAM)), str(tmp_path / "study"))
    data = needs_shared("fixtures/cdiscpilot/adam")
    code, _, err = run("define", str(tmp_path / "study"), "--out", str(tmp_path / "out"), "--data", str(data))
    assert (code, err) == (0, "")
    assert sorted(path.name for path in (tmp_path / "out" / "adam").glob("*.xpt")) == ["adae.xpt", "adsl.xpt"]
    ours = stated(tmp_path / "out" / "adam" / "define.xml")
    assert len(ours.datasets) == 5
    assert ours.variables["ADTTE", "CNSR"]["length"] == "8"
    # The workbook says 3, the data hold DAYS.
    assert ours.variables["ADAE", "ADURU"]["length"] == "4"


def test_data_of_another_stage_are_refused(tmp_path: Path) -> None:
    run("spec", "import", str(needs_shared(ADAM)), str(tmp_path / "study"))
    data = tmp_path / "data"
    data.mkdir()
    code, _, err = run("define", str(tmp_path / "study"), "--out", str(tmp_path / "out"), "--data", str(data))
    assert code == 1
    assert "holds no dataset of stage adam; there should be adadas.xpt" in err
