"""Texts where a date belongs that are no date of ISO 8601: told as errors, in the stage that takes them for one."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import test_data_cut
from engine_study import filled, rules, sdtm
from test_adam_inputs import write as write_xpt

import pipeline
from engine.columns import Text
from engine.iso_texts import INTERVAL, KIND, no_dates
from pipeline import Cut, Request

DM = {"STUDYID": ["S"] * 2, "USUBJID": ["1", "2"], "RFXSTDTC": ["2024-01-01"] * 2, "RFXENDTC": ["2024-02-01"] * 2}
STARTS = ["03JAN2024", "2024-13-01", "2024-01-05", "--01-05", "2024-01", "2024-02-30T08:00"]
AE: dict[str, list[Any]] = {
    "STUDYID": ["S"] * 6,
    "USUBJID": ["1", "1", "1", "1", "2", "2"],
    "AESEQ": [1.0, 2.0, 3.0, 4.0, 1.0, 2.0],
    "AETERM": ["A", "B", "C", "D", "E", "F"],
    "AESTDTC": STARTS,
    "AEENDTC": ["", "", "2024-01-06/2024-01-08", "", "", ""],
}
ADAM = {
    "adam/Datasets.csv": "Dataset,Label,Class,SubClass,Structure,Key Variables\n"
    'ADSL,,,,,"STUDYID, USUBJID"\n'
    'ADAE,Events,OCCURRENCE DATA STRUCTURE,,One record per event,"STUDYID, USUBJID, AESEQ"\n',
    "adam/Variables.csv": "Dataset,Variable,Label,Data Type,Predecessor,Mandatory\n"
    "ADSL,STUDYID,,,DM.STUDYID,No\nADSL,USUBJID,,,DM.USUBJID,No\n"
    "ADAE,STUDYID,,,AE.STUDYID,No\nADAE,USUBJID,,,AE.USUBJID,No\nADAE,AESEQ,,,AE.AESEQ,No\n"
    "ADAE,AESTDTC,,,AE.AESTDTC,No\nADAE,ASTDT,,integer,,No\n",
    "adam/Sources.csv": "Dataset,Block,From\nADSL,S,DM\nADAE,E,AE\n",
    "adam/mapping/ADAE.csv": "Variable,Expression\nASTDT,date(AE.AESTDTC)\n",
}
TOLD = [
    ("not_iso8601", "error", "AESTDTC", "1", "ae.xpt", "1", "1", "03JAN2024"),
    ("not_iso8601", "error", "AESTDTC", "1", "ae.xpt", "2", "2", "2024-13-01"),
    ("not_iso8601", "error", "AESTDTC", "2", "ae.xpt", "6", "2", "2024-02-30T08:00"),
]


def adam(folder: Path, ae: dict[str, list[Any]] = AE) -> Path:
    study = test_data_cut.study(folder, "")
    (study / "adam" / "Data Cut.csv").unlink()
    for name, text in ADAM.items():
        (study / name).parent.mkdir(exist_ok=True)
        (study / name).write_text(text)
    (study / "adam" / "mapping" / "ADSL.csv").unlink()
    write_xpt(study / "out", "DM", DM)
    write_xpt(study / "out", "AE", ae)
    return study


def told(out: Path) -> list[tuple[str, ...]]:
    names = ("Kind", "Severity", "Variable", "USUBJID", "File", "Row", "Record", "Value")
    with (out / "qc" / "issues.csv").open(newline="") as stream:
        return [tuple(row[name] for name in names) for row in csv.DictReader(stream) if row["Dataset"] == "AE"]


def test_dates_of_sdtm_that_are_none_are_errors_of_adam_with_their_record(tmp_path: Path) -> None:
    study = adam(tmp_path / "study")
    pipeline.adam(Request(study, tmp_path / "out", sdtm=study / "out"))
    found = told(tmp_path / "out")
    assert [row for row in found if row[0] == "not_iso8601"] == TOLD


def test_an_interval_that_sdtm_allows_is_a_warning(tmp_path: Path) -> None:
    study = adam(tmp_path / "study")
    pipeline.adam(Request(study, tmp_path / "out", sdtm=study / "out"))
    (row,) = [row for row in told(tmp_path / "out") if row[0] == "interval_of_dates"]
    assert row == ("interval_of_dates", "warning", "AEENDTC", "1", "ae.xpt", "3", "3", "2024-01-06/2024-01-08")


def test_dates_that_are_none_are_told_alike_in_parts(tmp_path: Path) -> None:
    study = adam(tmp_path / "study")
    trees = []
    for partitions in (0, 2):
        out = tmp_path / str(partitions)
        pipeline.adam(Request(study, out, sdtm=study / "out", cut=Cut(partitions=partitions)))
        trees.append((out / "qc" / "issues.csv").read_bytes())
    assert trees[0] == trees[1]


def test_a_build_of_what_changed_tells_them_as_a_full_build(tmp_path: Path) -> None:
    sound = {**AE, "AESTDTC": ["2024-01-05"] * 6, "AEENDTC": [""] * 6}
    study = adam(tmp_path / "study", sound)
    out = tmp_path / "out"
    pipeline.adam(Request(study, out, sdtm=study / "out"))
    assert told(out) == []
    write_xpt(study / "out", "AE", AE)
    pipeline.adam(Request(study, out, sdtm=study / "out"))
    assert [row for row in told(out) if row[0] == "not_iso8601"] == TOLD
    rules = study / "adam" / "mapping" / "ADAE.csv"
    rules.write_text(rules.read_text().replace("date(AE.AESTDTC)", "date(AE.AESTDTC) + 0"))
    pipeline.adam(Request(study, out, sdtm=study / "out"))
    pipeline.adam(Request(study, tmp_path / "full", sdtm=study / "out"))
    assert (out / "qc" / "issues.csv").read_bytes() == (tmp_path / "full" / "qc" / "issues.csv").read_bytes()


VARIABLES = (
    "Dataset,Variable,Label,Data Type,Mandatory\nZZ,USUBJID,Unique Subject Identifier,text,No\n"
    "ZZ,ZZDTC,Date,datetime,No\n"
)


def test_a_collected_text_taken_for_a_date_is_an_error_and_stays(tmp_path: Path) -> None:
    raw = "SUBJ,D\n1,2024-01-03\n1,03JAN2024\n2,\n2,2024-13-01\n2,2024-01-01/2024-01-03\n2,2024-01\n"
    files = {"raw/a.csv": raw, "sdtm/mapping/ZZ.csv": rules("ZZDTC | D"), "sdtm/Variables.csv": VARIABLES}
    found = sdtm(tmp_path, files)
    assert found.values("ZZDTC")[1] == "03JAN2024"
    assert found.issues("Kind", "Severity", "Dataset", "Variable", "USUBJID", "Row", "Column", "Value") == [
        ("not_iso8601", "error", "ZZ", "ZZDTC", "1", 3, "D", "03JAN2024"),
        ("not_iso8601", "error", "ZZ", "ZZDTC", "2", 5, "D", "2024-13-01"),
    ]


def test_a_text_that_expand_takes_for_a_date_is_an_error(tmp_path: Path) -> None:
    files = {
        "raw/a.csv": "SUBJ,D,E\n1,2024-01-03,03JAN2024\n2,2024-02-30,\n",
        "sdtm/Sources.csv": 'Dataset,Block,From,Expand\nZZ,a,raw_a,"ZZDTC in values(D, E)"\n',
        "sdtm/Variables.csv": VARIABLES,
    }
    found = sdtm(tmp_path, files)
    assert found.values("ZZDTC") == ["2024-01-03", "03JAN2024", "2024-02-30"]
    assert found.issues("Kind", "Severity", "USUBJID", "Row", "Column", "Value") == [
        ("not_iso8601", "error", "1", 2, "ZZDTC", "03JAN2024"),
        ("not_iso8601", "error", "2", 3, "ZZDTC", "2024-02-30"),
    ]


def test_a_date_made_by_a_function_is_not_told_twice(tmp_path: Path) -> None:
    found = filled(tmp_path, "SUBJ,D\n1,31-FEB-2024\n", "_X | assign_datetime(D, 'd-m-y')", "_Y | date(_X)")
    assert found.issues("Kind") == [("illegal_date",)]


@pytest.mark.parametrize("text", ["2024", "--03-04", "-----T08:30", "2024---15", "2024-03-04T08:30Z", "2024-02-29"])
def test_dates_of_sdtm_in_every_form_are_dates(text: str) -> None:
    marks = no_dates(Text.of([text, None]))
    assert not marks[KIND].any() and not marks[INTERVAL].any()


@pytest.mark.parametrize("text", [" 2024-03-04", "2024-3-4", "2024-02-30", "24-03-04", "UNK", "2024-03-04 08:30"])
def test_other_texts_are_none(text: str) -> None:
    assert no_dates(Text.of([None, text]))[KIND].tolist() == [False, True]
