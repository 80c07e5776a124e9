"""`build impact`: what changes when a cell or a term changes is within what it lists, and its counts are true."""

from __future__ import annotations

import csv
import shutil
from functools import cache
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from click.testing import CliRunner
from impact_changes import Predicted, changed, changed_results, with_change

import pipeline
from cli import main
from pipeline import REFERENCE, Request
from pipeline_explain import impact_report
from qc.explain.impact import record_counts
from specs.blocks import EVENT_VARIABLES
from specs.impact import EVENTS, VARIABLE


@pytest.fixture(scope="module")
def golden(golden_build: Path) -> Request:
    return Request(REFERENCE, golden_build, golden_build.parent / "raw")


def run(request: Request, *arguments: object) -> tuple[int, str]:
    where = ["--out", str(request.out), "--raw", str(request.raw), "--study", str(request.study)]
    found = CliRunner().invoke(main, ["impact", *map(str, arguments), *where])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, found.output


@cache
def read(folder: Path, dataset: str) -> pd.DataFrame:
    paths = [folder / stage / f"{dataset.lower()}.xpt" for stage in ("sdtm", "adam")]
    path = next(path for path in paths if path.exists())
    return pyreadstat.read_xport(str(path), disable_datetime_conversion=True)[0]


# --- what changes is listed -----------------------------------------------------------------------------


def rebuilt(request: Request, folder: Path) -> Path:
    """SDTM, ADaM and results once more, in another folder."""
    other = Request(request.study, folder, request.raw, constants=request.constants)
    pipeline.sdtm(other)
    pipeline.adam(other)
    pipeline.results(other)
    return folder


@pytest.mark.parametrize(
    ("table", "column", "row", "value", "some"),
    [
        # an earlier day of randomization moves study days, windows, baselines and times to event
        ("raw_rand", "RAND_DD", 1, "03", {("DM", "", "RFSTDTC"), ("ADSL", "", "RANDDT"), ("ADTTE", "TTG1E", "AVAL")}),
        # a grade at a visit reaches parameters, subject flags and results
        ("raw_irae", "GRADE_C", 2, "1", {("FAAE", "", "FAORRES"), ("ADIRAE", "IRAEGR", "AVAL")}),
    ],
)
def test_what_another_raw_cell_changes_is_listed(
    golden: Request, tmp_path: Path, table: str, column: str, row: int, value: str,
    some: set[tuple[str, str, str]],
) -> None:  # fmt: skip
    assert golden.out is not None and golden.raw is not None
    with_change(golden.raw, tmp_path / "raw", table, column, row, value)
    after = rebuilt(Request(REFERENCE, None, tmp_path / "raw"), tmp_path / "out")
    predicted = Predicted(impact_report(golden, f"{table}.{column}"))
    found = changed(golden.out, after)
    assert some <= found
    assert not {one for one in found if not predicted.covers(one)}
    results = changed_results(golden.out, after)
    assert results and results <= predicted.results


def test_what_another_term_changes_is_listed(golden: Request, tmp_path: Path) -> None:
    """Outcome 1 collected as RECOVERING/RESOLVING where it was RECOVERED/RESOLVED."""
    assert golden.out is not None
    study = tmp_path / "study"
    shutil.copytree(REFERENCE, study, ignore=shutil.ignore_patterns("raw"))
    path = study / "sdtm" / "Collected.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    hits = [row for row in rows if row[0] == "OUT" and row[1] == "RECOVERED/RESOLVED"]
    assert hits
    for row in hits:
        row[1] = "RECOVERING/RESOLVING"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)
    after = rebuilt(Request(study, None, golden.raw), tmp_path / "out")
    predicted = Predicted(impact_report(golden, "OUT.RECOVERED/RESOLVED"))
    found = changed(golden.out, after)
    assert {("AE", "", "AEOUT"), ("ADAE", "", "AEOUT")} <= found
    assert not {one for one in found if not predicted.covers(one)}
    assert changed_results(golden.out, after) <= predicted.results


CUT = {"DATACUT": "2024-06-30"}


def test_what_the_date_of_the_data_cut_changes_is_listed(golden: Request, tmp_path: Path) -> None:
    """The cut is off in the build; the constant that switches it on reaches what it would change."""
    assert golden.out is not None
    after = rebuilt(Request(REFERENCE, None, golden.raw, constants=CUT), tmp_path / "out")
    predicted = Predicted(impact_report(golden, "DATACUT"))
    found = changed(golden.out, after)
    assert {("ADSL", "", "TRTEDT"), ("ADTTE", "TTG1E", "ADT")} <= found
    assert not {one for one in found if not predicted.covers(one)}
    results = changed_results(golden.out, after)
    assert results and results <= predicted.results


def test_a_cell_that_the_data_cut_asks_about_reaches_all_records_of_its_subject(
    golden: Request, tmp_path: Path
) -> None:
    """A subject who consents after the cut-off leaves with all records."""
    assert golden.raw is not None
    cut = Request(REFERENCE, None, golden.raw, constants=CUT)
    before = rebuilt(cut, tmp_path / "before")
    with_change(golden.raw, tmp_path / "raw", "raw_ic", "IC_YY", 1, "2025")
    after = rebuilt(Request(REFERENCE, None, tmp_path / "raw", constants=CUT), tmp_path / "after")
    predicted = Predicted(impact_report(cut, "raw_ic.IC_YY"))
    found = changed(before, after)
    assert {("ADSL", "", "SEX"), ("ADAE", "", "AETERM")} <= found
    assert not {one for one in found if not predicted.covers(one)}
    assert changed_results(before, after) <= predicted.results


# --- counts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["raw_dm.SEX", "raw_irae.GRADE_C", "OUT", "HORIZON"])
def test_counts_of_records_are_those_of_the_files(golden: Request, target: str) -> None:
    assert golden.out is not None
    report = impact_report(golden, target)
    counts = record_counts(golden.out / stage / "qc" / "ledger.csv" for stage in ("sdtm", "adam"))
    checked = 0
    for one in report.reached():
        if one.kind not in (VARIABLE, EVENTS) or one.owner.startswith("_"):
            continue
        table = read(golden.out, one.owner)
        blocks = {block.name for block in report.stages[one.stage].blocks[one.owner]}
        if set(one.blocks) == blocks:
            expected = len(table)
        elif "PARAMCD" in table and set(one.blocks) <= set(table["PARAMCD"]):
            expected = int(table["PARAMCD"].isin(one.blocks).sum())
        else:
            continue  # the file does not show which block a record is of
        checked += 1
        assert report.count(one, counts) == expected, one
    assert checked > 3


def test_records_that_hold_a_term_are_counted(study_build: Path) -> None:
    request = Request(REFERENCE, study_build, study_build.parent / "raw")
    code, output = run(request, "OUT.FATAL", "--records")
    number = int((read(study_build, "AE")["AEOUT"] == "FATAL").sum())
    assert code == 0 and number > 0
    assert f"{number} records of AE hold it in AEOUT" in output
    assert "collected as '5' in raw_ae.AEOUT_C (sdtm/Collected.csv:90)" in output


def test_the_list_has_what_the_summary_counts(golden: Request) -> None:
    _, tree = run(golden, "raw_dm.SEX")
    _, table = run(golden, "raw_dm.SEX", "--list")
    kinds = [line.split()[0] for line in table.splitlines()[1:]]
    assert f"reaches {kinds.count('variable')} variables, {kinds.count('check')} checks, " in tree


# --- how it says it -------------------------------------------------------------------------------------


def test_direct_readers_alone_with_depth_1(golden: Request) -> None:
    code, output = run(golden, "raw_dm.SEX", "--depth", 1)
    assert code == 0
    assert output.split("\n\n")[1].splitlines() == [
        "  DM.SEX   [sdtm/mapping/DM.csv:19]",
        "  check M-03 of raw_dm   [sdtm/Checks.csv:11]",
    ]


def test_displays_that_read_data_themselves_are_reached(golden: Request) -> None:
    _, output = run(golden, "ADSL.DCSREAS", "--depth", 1)
    assert "display F14.1.1: Flow of Subjects" in output  # a reason in Flow
    assert "display L16.2.1: Subjects Who Left the Study" in output  # a column of Listings


def test_a_term_that_a_result_or_a_check_compares_with_reaches_them(golden: Request) -> None:
    _, output = run(golden, "OUT.FATAL", "--depth", 1)
    assert "check T-11 of DM" in output and "DM.DTHFL" in output


def test_variables_that_events_fill_are_one_thing(golden: Request) -> None:
    report = impact_report(golden, "ADTTE.TTG1E.CNSR")
    assert [thing.kind for thing in report.target.things] == [EVENTS] and "CNSR" in EVENT_VARIABLES


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("raw_dm.SEXX", "raw_dm has no column 'SEXX'; did you mean 'SEX'?"),
        ("raw_dmm.SEX", "is no dataset, table, codelist or constant of the study; did you mean 'raw_dm'?"),
        ("ADTTE.AVL", "ADTTE has no variable 'AVL'; did you mean 'AVAL'?"),
        ("OUT.FATL", "the codelist OUT has no term 'FATL'; did you mean 'FATAL'?"),
        ("AEOUT.FATAL", "the terms of AEOUT are those of OUT: OUT.TERM"),
    ],
)
def test_mistakes_are_messages_with_exit_code_1(golden: Request, name: str, fault: str) -> None:
    code, output = run(golden, name)
    assert code == 1 and fault in output and "1 fault; nothing was followed." in output, output


def test_counts_need_a_build(golden: Request, tmp_path: Path) -> None:
    code, output = run(Request(REFERENCE, tmp_path, golden.raw), "raw_dm.SEX", "--records")
    assert code == 1 and "holds no ledger of a build; run: build all" in output
