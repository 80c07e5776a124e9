"""Slips of a careless programmer that `build check` names before any data are read."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_study import SDTM, faults, write

from sdtm.build import check
from specs.load import load

TESTS = "Dataset,Block,Collected,Where,Test Code,Test,--ORRES\n"
VARIABLES = (
    "Dataset,Variable,Label,Data Type,Origin,Mandatory\nZZ,USUBJID,Unique Subject Identifier,text,{},No\n"
    "ZZ,ZZTESTCD,Test Code,text,,No\nZZ,ZZTEST,Test,text,,No\nZZ,ZZORRES,Result,text,,No\n"
)


def found(folder: Path, tests: str = "", origin: str = "", **more: str) -> list[str]:
    files = {**SDTM, "raw/a.csv": "SUBJ,CODE,X\n1,K,2\n", "sdtm/Variables.csv": VARIABLES.format(origin)}
    files |= {"sdtm/Sources.csv": "Dataset,Block,From,Tests\nZZ,b,a,CODE\n", "sdtm/Tests.csv": TESTS + tests}
    files |= {f"sdtm/{name}.csv": text for name, text in more.items()}
    return faults(folder, lambda: check(load(write(folder, files), "sdtm"), folder / "raw"))


def test_code_that_is_collected_for_two_tests_would_double_its_rows(tmp_path: Path) -> None:
    (fault,) = found(tmp_path, "ZZ,b,K,,CREAT,Creatinine,\nZZ,b,A; K,,ALT,Alanine Aminotransferase,\n")
    assert fault == (
        "sdtm/Tests.csv:3 [Collected] K is collected for ALT here and for CREAT at sdtm/Tests.csv:2; each row with the "
        "code would be two records; let Where or the cells of the result tell them apart"
    )


@pytest.mark.parametrize("rows", [
    "ZZ,b,K,X == '1',CREAT,Creatinine,\nZZ,b,K,X != '1',ALT,Alanine Aminotransferase,\n",
    "ZZ,b,K,,CREAT,Creatinine,X\nZZ,b,K,,ALT,Alanine Aminotransferase,CODE\n",
])  # fmt: skip
def test_tests_of_one_code_that_differ_in_condition_or_result(tmp_path: Path, rows: str) -> None:
    assert not [fault for fault in found(tmp_path, rows) if "is collected for" in fault]


@pytest.mark.parametrize(("origin", "hint"), [
    ("CRF", "in Define-XML 2.1 it is Collected with the Source Investigator"),
    ("eDT", "in Define-XML 2.1 it is Collected with the Source Vendor"),
    ("Derivd", "did you mean 'Derived'?"),
])  # fmt: skip
def test_origin_that_define_xml_does_not_have(tmp_path: Path, origin: str, hint: str) -> None:
    faults_found = found(tmp_path, "ZZ,b,K,,CREAT,Creatinine,\n", origin)
    (fault,) = [fault for fault in faults_found if "[Origin]" in fault]
    assert fault.startswith(f"sdtm/Variables.csv:2 [Origin] {origin!r} is not one of Collected, ") and hint in fault


@pytest.mark.parametrize("mark", [";", "\t"])
def test_table_with_other_separators_says_so(tmp_path: Path, mark: str) -> None:
    (fault,) = found(tmp_path, Joins=mark.join(["Dataset", "Name", "From"]) + "\n" + mark.join(["ZZ", "J", "a"]) + "\n")
    assert fault == (
        f"sdtm/Joins.csv:1 the header is one cell, {mark.join(['Dataset', 'Name', 'From'])!r}; "
        "part the columns by commas, not by semicolons or tabs"
    )
