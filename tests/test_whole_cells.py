"""Cells that hold whole numbers, one number of decimals per test, collected values that are the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_study import SDTM, adam, faults, sdtm, variables

TESTS = "Dataset,Block,Test Code,Test,Decimals,--ORRES\n"
EVENTS = "Dataset,PARAMCD,Step,CNSR,From,Date\n"


def lb(*rows: str) -> dict[str, str | bytes]:
    return {"sdtm/Tests.csv": TESTS + "".join(f"{row}\n" for row in rows)}


def test_one_code_with_two_decimals_is_a_fault_with_both_places(tmp_path: Path) -> None:
    rows = lb("AE,a,HGB,Hemoglobin,1,X", "AE,b,HGB,Hemoglobin,,X", "AE,c,HGB,Hemoglobin,2,X")
    assert faults(tmp_path, rows) == [
        "sdtm/Tests.csv:4 [Decimals] HGB has 2 decimals here and 1 at sdtm/Tests.csv:2; "
        "write the same number in both rows"
    ]


def test_one_code_with_the_same_decimals_twice(tmp_path: Path) -> None:
    rows = lb("AE,a,HGB,Hemoglobin,1,X", "AE,b,HGB,Hemoglobin,1,X", "AE,b,ALB,Albumin,0,X")
    assert [test.decimals for test in sdtm(tmp_path, rows).tests] == ["1", "1", "0"]


@pytest.mark.parametrize("cell", ["2.5", "2.0", "-1", "two", "²", "1e1"])
def test_decimals_that_are_not_whole(tmp_path: Path, cell: str) -> None:
    assert faults(tmp_path, lb(f"AE,a,HGB,Hemoglobin,{cell},X")) == [
        f"sdtm/Tests.csv:2 [Decimals] {cell!r} is not a whole number; write digits only, such as 2"
    ]


def test_step_of_events_is_not_cut(tmp_path: Path) -> None:
    rows = EVENTS + "ADAE,A,1,0,ADSL,RANDDT\nADAE,A,1.5,1,ADSL,RANDDT\n"
    assert faults(tmp_path, {"adam/Events.csv": rows}, "adam") == [
        "adam/Events.csv:3 [Step] '1.5' is not a whole number; write digits only, such as 2"
    ]
    assert [event.step for event in adam(tmp_path, {"adam/Events.csv": rows.replace("1.5", "10")}).events] == [1, 10]


def test_length_that_is_not_whole(tmp_path: Path) -> None:
    table = variables("AE,AETERM,,")["sdtm/Variables.csv"]
    assert isinstance(table, str)
    lines = [f"{line}," for line in table.splitlines()]
    lines[0], lines[-1] = f"{lines[0]}Length", f"{lines[-1]}200.5"
    assert faults(tmp_path, {"sdtm/Variables.csv": "\n".join(lines) + "\n"}) == [
        f"sdtm/Variables.csv:{len(lines)} [Length] '200.5' is not a whole number; write digits only, such as 2"
    ]


@pytest.mark.parametrize("other", ["male", "ＭＡＬＥ", "Straße"])
def test_collected_values_that_the_look_up_takes_for_one(tmp_path: Path, other: str) -> None:
    first = "STRASSE" if other == "Straße" else "Male"
    files: dict[str, str | bytes] = {
        "sdtm/Codelists.csv": "ID,Name,Data Type,Term\nPLACE,Places,text,X\nPLACE,,,Y\n",
        "sdtm/Collected.csv": f"Codelist,Term,Collected Value\nPLACE,X,{first}\nPLACE,Y,{other}\n",
    }
    (found,) = faults(tmp_path, files)
    assert found.startswith("sdtm/Collected.csv:3 [Collected Value] collected value PLACE ")
    assert "stands here a second time" in found


def test_study_of_these_tests_is_without_faults(tmp_path: Path) -> None:
    assert sdtm(tmp_path).study.id == "S1"
    assert "sdtm/Variables.csv" in SDTM
