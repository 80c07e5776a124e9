"""`build spec export` and `import` as a user meets them: nothing lost, nothing half-written, faults at their place."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from small_study import SDTM
from small_study import study as small_study

import cli
import pipeline
from specs.format import format_study
from specs.load import load
from specs.model import Spec
from specs.problem import SpecError


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli.main, ["spec", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = small_study(tmp_path / "study", SDTM, {"sdtm/tables/visits.csv": "FOLDER,VISITNUM\nSCR,1\n"})
    format_study(folder)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def edited(book: Path, sheet: str, address: str, value: object) -> None:
    workbook = openpyxl.load_workbook(book)
    workbook[sheet][address] = value
    workbook.save(book)


def test_unchanged_workbook_changes_nothing(study: Path, tmp_path: Path) -> None:
    before = content(study)
    assert run("export", study, tmp_path / "spec.xlsx")[0] == 0
    code, out, err = run("import", tmp_path / "spec.xlsx", study)
    assert (code, err) == (0, "")
    assert out.strip() == f"{study}: 5 tables of stage sdtm"
    assert content(study) == before


def test_a_change_is_named_and_the_rest_stays(study: Path, tmp_path: Path) -> None:
    (study / "sdtm" / "README.md").write_text("mine")
    before = content(study)
    run("export", study, tmp_path / "spec.xlsx")
    edited(tmp_path / "spec.xlsx", "Mapping", "F2", 'iso8601(Y, M, "UN")')
    code, out, _ = run("import", tmp_path / "spec.xlsx", study)
    assert code == 0
    assert "changed: sdtm/mapping/AE.csv" in out
    after = content(study)
    assert b"iso8601(Y, M, 'UN')" in after.pop("sdtm/mapping/AE.csv")
    before.pop("sdtm/mapping/AE.csv")
    assert after == before


def test_deleted_sheet_removes_its_table_and_says_so(study: Path, tmp_path: Path) -> None:
    run("export", study, tmp_path / "spec.xlsx")
    workbook = openpyxl.load_workbook(tmp_path / "spec.xlsx")
    del workbook["visits"]
    workbook.save(tmp_path / "spec.xlsx")
    code, out, _ = run("import", tmp_path / "spec.xlsx", study)
    assert code == 0
    assert "removed: sdtm/tables/visits.csv" in out
    assert not (study / "sdtm" / "tables" / "visits.csv").exists()


def test_damaged_workbook_writes_nothing_unless_told(study: Path, tmp_path: Path) -> None:
    before = content(study)
    run("export", study, tmp_path / "spec.xlsx")
    edited(tmp_path / "spec.xlsx", "Mapping", "F2", "\u201cX\u201d")
    code, _, err = run("import", tmp_path / "spec.xlsx", study)
    assert code == 1
    assert "spec.xlsx#Mapping:2 [Expression]" in err
    assert "add --damaged" in err
    assert content(study) == before
    code, _, err = run("import", tmp_path / "spec.xlsx", study, "--damaged")
    assert code == 1
    assert "the tables were written as they stand" in err
    assert "\u201cX\u201d".encode() in (study / "sdtm" / "mapping" / "AE.csv").read_bytes()


def test_fault_of_the_tables_is_shown_in_the_workbook_and_written(study: Path, tmp_path: Path) -> None:
    run("export", study, tmp_path / "spec.xlsx")
    edited(tmp_path / "spec.xlsx", "Variables", "C4", "AESTDTX")
    code, _, err = run("import", tmp_path / "spec.xlsx", study)
    assert code == 1
    assert "spec.xlsx#Variables:4 [Variable] AE.AESTDTX is not in SDTMIG 3.4" in err
    assert b"AESTDTX" in (study / "sdtm" / "Variables.csv").read_bytes()


def test_workbook_with_changes_is_not_replaced(study: Path, tmp_path: Path) -> None:
    book = tmp_path / "spec.xlsx"
    run("export", study, book)
    edited(book, "Variables", "C4", "AESTDTX")
    before = book.read_bytes()
    code, _, err = run("export", study, book)
    assert code == 1
    assert "holds what the tables of the study do not" in err
    assert book.read_bytes() == before
    assert run("export", study, book, "--force")[0] == 0
    assert book.read_bytes() != before


def test_workbook_that_only_looks_different_is_replaced(study: Path, tmp_path: Path) -> None:
    book = tmp_path / "spec.xlsx"
    run("export", study, book)
    workbook = openpyxl.load_workbook(book)
    workbook["Variables"].column_dimensions["A"].width = 50
    workbook.save(book)
    assert run("export", study, book)[0] == 0


def test_stage_must_be_said_where_there_are_two(tmp_path: Path) -> None:
    code, _, err = run("export", pipeline.REFERENCE, tmp_path / "spec.xlsx")
    assert code == 1
    assert "the study has sdtm and adam; one workbook holds one stage: add --stage adam" in err
    assert not (tmp_path / "spec.xlsx").exists()


def test_workbook_of_another_stage_than_said_is_refused(study: Path, tmp_path: Path) -> None:
    run("export", study, tmp_path / "spec.xlsx")
    code, _, err = run("import", tmp_path / "spec.xlsx", study, "--stage", "adam")
    assert code == 1
    assert "is no table of stage adam" in err


def test_new_study_gets_a_study_toml_and_an_old_one_keeps_its_own(study: Path, tmp_path: Path) -> None:
    own = (study / "study.toml").read_bytes()
    run("export", study, tmp_path / "spec.xlsx")
    run("import", tmp_path / "spec.xlsx", study)
    assert (study / "study.toml").read_bytes() == own
    code, out, _ = run("import", tmp_path / "spec.xlsx", tmp_path / "new")
    assert code == 0
    assert "written: study.toml" in out
    assert 'sdtmig = "3.4"' in (tmp_path / "new" / "study.toml").read_text()


@pytest.mark.parametrize("name", ["none.xlsx", "text.xlsx", "bomb.xlsx"])
def test_file_that_cannot_be_read_is_named_without_a_traceback(name: str, tmp_path: Path) -> None:
    (tmp_path / "text.xlsx").write_text("no workbook")
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (80 << 20))
    code, _, err = run("import", tmp_path / name, tmp_path / "new")
    assert code == 1
    assert name in err
    assert not (tmp_path / "new").exists()


# --- tables that are complete in themselves ----------------------------------------------------------------


def complete(tmp_path: Path, value: str) -> Spec:
    variables = "Dataset,Variable,Label,Data Type\nAE,AESEV,Severity/Intensity,text\nAE,AESEQ,Number,integer\n"
    files = {
        "sdtm/Define.csv": f"Attribute,Value\nFromStandard,{value}\n",
        "sdtm/Datasets.csv": "Dataset,Label,Class,Structure\nAE,Adverse Events,EVENTS,One record per event\n",
        "sdtm/Variables.csv": variables,
        "sdtm/Codelists.csv": "ID,Term\nNY,Perhaps\n",
    }
    base = {name: text for name, text in SDTM.items() if "mapping" not in name}
    return load(small_study(tmp_path, base, dict(files)), "sdtm")


def test_blank_cells_of_complete_tables_stay_blank(tmp_path: Path) -> None:
    found = complete(tmp_path, "No")
    variable = found.variables["AE", "AESEV"]
    assert (variable.codelist, variable.role, variable.core) == ("", "", "")
    assert [variable.variable for variable in found.variables_of("AE")] == ["AESEV", "AESEQ"]
    assert (found.codelists["NY"].nci_code, found.codelists["NY"].extensible) == ("", None)


def test_blank_cells_of_other_tables_take_the_standard(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="'Perhaps' is not in the published NY"):
        complete(tmp_path, "Yes")


def test_from_standard_is_yes_or_no(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"sdtm/Define.csv:2 \[Value\] 'Perhaps' is not one of Yes, No"):
        complete(tmp_path, "Perhaps")
