"""`build init`: proposals from raw tables, compared with the specification that was finished for them by hand."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from conftest import needs_shared

import cli
import pipeline
from formats.tables import headers
from language import tree
from language.parse import parse
from sdtm.init_files import read_forms
from sdtm.init_match import HIGH, LOW, matches
from sdtm.init_study import draft
from sdtm.init_values import DateFormat, date_format, fit
from specs import standards
from specs.format import format_study
from specs.load import load
from specs.model import Spec
from specs.rules import instances

FINISHED = Path(__file__).parent / "pharmaverse"
RAW = "fixtures/pharmaverse/raw"


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli.main, [*arguments])
    return result.exit_code, result.stdout, result.stderr


# --- against a finished specification ---------------------------------------------------------------------


def rules(spec: Spec) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """(dataset, variable) to its (condition, expression) pairs."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for dataset in spec.datasets:
        for rule in instances(spec, dataset):
            if not rule.variable.startswith("_") and rule.expression != "None":
                found.setdefault((dataset, rule.variable), []).append((rule.where, rule.expression))
    return found


def read(pairs: Iterable[tuple[str, str]], columns: set[str]) -> set[str]:
    """The raw columns that some rules read."""
    parts = [part for pair in pairs for text in pair if text for part in tree.walk(parse(text))]
    names = {part.name for part in parts if isinstance(part, tree.Name | tree.Attribute)}
    return names & columns


def judged(finished: Spec, proposed: Spec, columns: set[str]) -> dict[str, list[tuple[str, str]]]:
    """Every mapping of the finished specification: proposed alike, from the same raw columns, from some of them,
    from others, not at all."""
    wanted, given = rules(finished), rules(proposed)
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in ("alike", "same", "some", "wrong", "absent")}
    for key, pairs in wanted.items():
        theirs, ours = read(pairs, columns), read(given.get(key, []), columns)
        if key not in given:
            found["absent"].append(key)
        elif sorted(given[key]) == sorted(pairs):
            found["alike"].append(key)
        elif theirs and theirs == ours:
            found["same"].append(key)
        elif theirs & ours:
            found["some"].append(key)
        else:
            found["wrong"].append(key)
    found["more"] = [key for key in given if key not in wanted]
    return found


def test_proposals_for_the_pharmaverse_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw = needs_shared(RAW)
    code, out, err = run("init", str(tmp_path / "study"), "--raw", str(raw))
    assert (code, err) == (0, "")
    columns = {name for path in raw.glob("*.csv") for name in headers(path)}
    found = judged(load(FINISHED, "sdtm"), load(tmp_path / "study", "sdtm"), columns)
    total = sum(len(found[name]) for name in ("alike", "same", "some", "wrong", "absent"))
    with capsys.disabled():
        print(f"\npharmaverse: {total} mappings of the finished specification")
        for name, keys in found.items():
            print(f"  {name:7} {len(keys):3}  {' '.join('.'.join(key) for key in keys if name not in ('alike',))}")
    assert total == 89
    assert len(found["alike"]) >= 73
    assert len(found["alike"]) + len(found["same"]) >= 80
    assert not found["wrong"]
    assert len(found["absent"]) <= 7
    assert "not placed: STUDY, SITENM, FORM, FORML, OTHERSP" in out


@pytest.mark.parametrize("raw", [RAW, "reference"])
def test_check_runs_on_the_result(raw: str, tmp_path: Path) -> None:
    folder = pipeline.REFERENCE / "raw" if raw == "reference" else needs_shared(raw)
    run("init", str(tmp_path / "study"), "--raw", str(folder))
    code, out, err = run("check", str(tmp_path / "study"), "--raw", str(folder))
    assert (code, err) == (0, "")
    assert "no faults" in out
    assert format_study(tmp_path / "study", write=False) == []


def test_every_row_is_marked_with_reason_and_confidence(tmp_path: Path) -> None:
    found = draft(needs_shared(RAW), "X")
    assert all(p.reason and p.confidence in ("high", "medium", "low") for p in found.proposals)
    for name, content in found.files.items():
        if "/mapping/" in name or name.endswith(("Tables.csv", "Sources.csv", "Datasets.csv", "Variables.csv")):
            for line in content.decode().splitlines()[1:]:
                assert "proposal (" in line or "to fill" in line or "not placed" in line, (name, line)


def test_same_tables_give_the_same_proposals() -> None:
    raw = needs_shared(RAW)
    assert draft(raw, "X").files == draft(raw, "X").files


# --- never over what is there -----------------------------------------------------------------------------


def small(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_folder_with_anything_in_it_is_refused(tmp_path: Path) -> None:
    raw = small(tmp_path / "raw", {"ae.csv": "SUBJECT,AETERM\n1,Rash\n"})
    small(tmp_path / "study", {"notes.txt": "mine"})
    code, _, err = run("init", str(tmp_path / "study"), "--raw", str(raw))
    assert code == 1
    assert "is there already and not empty" in err
    assert [path.name for path in (tmp_path / "study").iterdir()] == ["notes.txt"]


def test_folder_without_tables_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    code, _, err = run("init", str(tmp_path / "study"), "--raw", str(tmp_path / "raw"))
    assert code == 1
    assert "holds no raw table" in err
    assert not (tmp_path / "study").exists()


def test_file_that_cannot_be_read_is_named_and_left_out(tmp_path: Path) -> None:
    raw = small(tmp_path / "raw", {"ae.csv": "SUBJECT,AETERM\n1,Rash\n", "dm.csv": ""})
    code, out, _ = run("init", str(tmp_path / "study"), "--raw", str(raw))
    assert code == 0
    assert "not read:" in out and "dm.csv the file is empty; the first line names the columns" in out
    (raw / "ae.csv").unlink()
    code, _, err = run("init", str(tmp_path / "other"), "--raw", str(raw))
    assert code == 1 and "dm.csv the file is empty" in err and not (tmp_path / "other").exists()


def test_text_that_is_not_utf_8_needs_its_encoding(tmp_path: Path) -> None:
    raw = small(tmp_path / "raw", {"dm.csv": "SUBJECT,SITE\n1,Z\u00fcrich\n"})
    (raw / "ae.csv").write_bytes("SUBJECT;AETERM\n1;\u00dcbelkeit\n".encode("cp1252"))
    arguments = ("init", str(tmp_path / "study"), "--raw", str(raw))
    code, _, err = run(*arguments)
    assert code == 1 and "is not in utf-8" in err and "state its encoding with --encoding; it would decode as" in err
    assert run(*arguments, "--encoding", "cp1252")[0] == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "study/sdtm/Tables.csv").read_text())))
    assert {row["Table"]: row["Encoding"] for row in rows} == {"raw_ae": "cp1252", "raw_dm": ""}
    assert run("check", str(tmp_path / "study"), "--raw", str(raw))[0] == 0


def test_table_that_is_not_known_is_left_out_by_name(tmp_path: Path) -> None:
    raw = small(
        tmp_path / "raw",
        {"ae.csv": "SUBJECT,AETERM\n1,Rash\n", "zz.csv": "SUBJECT,COLOUR\n1,=cmd\n", "dm.csv": "SUBJECT,SEX\n1,F\n"},
    )
    code, out, _ = run("init", str(tmp_path / "study"), "--raw", str(raw))
    assert code == 0
    assert "zz.csv: not placed" in out
    sources = (tmp_path / "study" / "sdtm" / "Sources.csv").read_text()
    assert 'none,,zz,"not placed: map it, or confirm that it is left out"' in sources
    left = (tmp_path / "study" / "sdtm" / "other" / "not placed.csv").read_text()
    assert "zz,COLOUR,1,'=cmd" in left
    assert run("check", str(tmp_path / "study"), "--raw", str(raw))[0] == 0


def test_each_sheet_of_a_workbook_is_a_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for title, rows in (("AE", [["SUBJECT", "AETERM"], ["1", "Rash"]]), ("DM", [["SUBJECT", "SEX"], ["1", "F"]])):
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    (tmp_path / "raw").mkdir()
    book.save(tmp_path / "raw" / "export.xlsx")
    assert run("init", str(tmp_path / "study"), "--raw", str(tmp_path / "raw"))[0] == 0
    assert "raw_ae,export.xlsx#AE," in (tmp_path / "study" / "sdtm" / "Tables.csv").read_text()
    assert run("check", str(tmp_path / "study"), "--raw", str(tmp_path / "raw"))[0] == 0


# --- single rules -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2024-03-04", "2024-12-31"], DateFormat("y-m-d", 0)),
        (["04-MAR-2024", "31-DEC-2023"], DateFormat("d-m-y", 0)),
        (["12/31/2024", "01/02/2024"], DateFormat("m/d/y", 0)),
        (["01/02/2024", "03/04/2024"], DateFormat("m/d/y", 0, "d/m/y")),
        (["12/31/2024", "2024"], DateFormat("m/d/y | y", 0)),
        (["2024-03-04 08:30", "2024-03-05 17:00"], DateFormat("y-m-d H:M", 0)),
        (["Rash", "Fever"], None),
        (["12.5", "13"], None),
    ],
)
def test_formats_of_dates(values: list[str], expected: DateFormat | None) -> None:
    assert date_format(values) == expected


def test_values_fit_by_term_then_by_a_synonym_of_one_term() -> None:
    yes_no = standards.codelist("NY", "SDTM 2025-03-28")
    assert yes_no is not None
    found = fit(["Yes", "n", "Perhaps"], yes_no)
    assert (dict(found.terms), found.by_synonym, found.without) == ({"Yes": "Y", "n": "N"}, {"Yes"}, ("Perhaps",))


def placed(tmp_path: Path, text: str, dataset: str, prefix: str) -> dict[str, tuple[str, str]]:
    form = read_forms(small(tmp_path, {"form.csv": text}), [])[0]
    return {m.variable.name: (m.column.name, m.confidence) for m in matches(form.grouped(), dataset, prefix)}


def test_dates_in_three_columns_are_one_date(tmp_path: Path) -> None:
    text = "SUBJECT,AESTDAT,AEST_YY,AEST_MM,AEST_DD,AEEN_YY,AEEN_MM,AEEN_DD\n1,04 MAR 2024,2024,03,04,2024,03,UN\n"
    found = placed(tmp_path, text, "AE", "AE")
    assert found == {"AESTDTC": ("AESTDAT", HIGH), "AEENDTC": ("AEENDAT", HIGH)}


def test_day_and_month_that_may_be_either_lower_the_confidence(tmp_path: Path) -> None:
    found = placed(tmp_path, "SUBJECT,AESTDAT\n1,01/02/2024\n2,03/04/2024\n", "AE", "AE")
    assert found["AESTDTC"] == ("AESTDAT", LOW)


def test_values_refute_a_name(tmp_path: Path) -> None:
    """A column called AESTDAT that holds no date is none; AESEV with other words keeps its name, at low confidence."""
    found = placed(tmp_path, "SUBJECT,AESTDAT,AESEV\n1,soon,bad\n2,later,worse\n", "AE", "AE")
    assert found == {"AESEV": ("AESEV", LOW)}


def test_code_beside_its_text_maps_by_the_text(tmp_path: Path) -> None:
    raw = small(tmp_path / "raw", {"dm.csv": "SUBJECT,SEX,SEX_C\n1,Female,2\n2,Male,1\n"})
    files = draft(raw, "X").files
    assert b"assign_ct(SEX_C, SEX)" in files["sdtm/mapping/DM.csv"]
    collected = files["sdtm/Collected.csv"].decode()
    assert "SEX,F,2,raw_dm.SEX_C,proposal (high): stands beside 'Female'" in collected
