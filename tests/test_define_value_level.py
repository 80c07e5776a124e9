"""Value-level metadata: rows of ValueLevel beside the slices that the tables make."""

from __future__ import annotations

from pathlib import Path

import pytest
from define_study import adam_frames, at, spec_of, written
from lxml import etree

from define.finding import Finding
from define.validate import validate

HEAD = "Dataset,Variable,Where Clause,Data Type\n"


def described(folder: Path, rows: str) -> tuple[etree._Element, list[Finding]]:
    """The define.xml of ADaM with these rows of ValueLevel, and what is wrong with it."""
    spec = spec_of(folder, "adam", {"adam/ValueLevel.csv": HEAD + rows})
    return written(spec, adam_frames(), folder / "define.xml"), validate(folder / "define.xml", adam_frames())


def test_condition_on_another_dataset_with_a_comment_is_no_fault(tmp_path: Path) -> None:
    """Which records it chooses is said in words: no rule on the choice of records can be asked."""
    clauses = "ID,Dataset,Variable,Comparator,Value,Comment\nW1,ADSL,AGE,GE,18,C1\nW2,ADSL,AGE,LT,18,C1\n"
    spec = spec_of(tmp_path, "adam", {
        "adam/ValueLevel.csv": f"{HEAD}ADTTE,AVAL,W1,integer\nADTTE,AVAL,W2,integer\n",
        "adam/WhereClauses.csv": clauses, "adam/Comments.csv": "ID,Description\nC1,Joined by USUBJID.\n",
    })  # fmt: skip
    root = written(spec, adam_frames(), tmp_path / "define.xml")
    assert at(root, "//d:WhereClauseDef[@d:CommentOID='COM.C1']//@d:ItemOID") == ["IT.ADSL.AGE"] * 2
    assert validate(tmp_path / "define.xml", adam_frames()) == []


def of_aval(root: etree._Element) -> list[str]:
    return at(root, "//d:ValueListDef[@OID='VL.ADIRAE.AVAL']/o:ItemRef/@ItemOID")


def test_rows_that_divide_a_parameter_take_its_place(tmp_path: Path) -> None:
    rows = 'ADIRAE,AVAL,"PARAMCD EQ RELW1 and AVALC EQ Y",\nADIRAE,AVAL,"PARAMCD EQ RELW1 and AVALC EQ N",\n'
    root, findings = described(tmp_path, rows)
    assert findings == []
    assert of_aval(root) == ["IT.ADIRAE.AVAL.GRADE", "IT.ADIRAE.AVAL.RELW1-Y", "IT.ADIRAE.AVAL.RELW1-N"]


def test_part_of_a_parameter_has_its_label_and_method(tmp_path: Path) -> None:
    rows = 'ADIRAE,AVAL,"AVALC EQ Y and PARAMCD EQ RELW1",\nADIRAE,AVAL,"AVALC EQ N and PARAMCD EQ RELW1",\n'
    root, _ = described(tmp_path, rows)
    labels = at(root, "//o:ItemDef[contains(@OID, 'AVAL.Y-RELW1') or contains(@OID, 'AVAL.N-RELW1')]//text()")
    assert [text for text in labels if text.strip()] == ["Relieved Within 1 Week"] * 2
    methods = at(root, "//d:ValueListDef[@OID='VL.ADIRAE.AVAL']/o:ItemRef/@MethodOID")
    assert methods == ["MT.ADIRAE.AVAL.GRADE", "MT.ADIRAE.AVAL.RELW1", "MT.ADIRAE.AVAL.RELW1"]


@pytest.mark.parametrize("where", ["PARAMCD NE GRADE", "PARAMCD NOTIN (GRADE, NONE)"])
def test_row_for_all_but_some_parameters_takes_the_place_of_the_others(tmp_path: Path, where: str) -> None:
    root, findings = described(tmp_path, f'ADIRAE,AVAL,"{where}",\n')
    assert findings == []
    assert [oid.count("GRADE") for oid in of_aval(root)] == [1, 1]
    assert of_aval(root)[0] == "IT.ADIRAE.AVAL.GRADE"


def test_rows_by_another_variable_take_the_place_of_all_parameters(tmp_path: Path) -> None:
    root, findings = described(tmp_path, "ADIRAE,AVAL,AVALC EQ '',float\nADIRAE,AVAL,\"AVALC IN (Y, N)\",integer\n")
    assert findings == []
    assert of_aval(root) == ["IT.ADIRAE.AVAL.NULL", "IT.ADIRAE.AVAL.Y-N"]


def test_values_that_divided_parameters_leave_out_are_reported(tmp_path: Path) -> None:
    _, findings = described(tmp_path, 'ADIRAE,AVAL,"PARAMCD EQ RELW1 and AVALC EQ Y",\n')
    assert [str(found) for found in findings] == [
        "VALUES IT.ADIRAE.AVAL: no condition chooses 1 of 4 values, first record 4"
    ]


@pytest.mark.parametrize("second", ["PARAMCD EQ RELW1", "PARAMCD IN (RELW1)", "PARAMCD IN (RELW1, NONE)"])
def test_second_row_for_the_same_records_is_not_lost_but_reported(tmp_path: Path, second: str) -> None:
    root, findings = described(tmp_path, f'ADIRAE,AVAL,PARAMCD EQ RELW1,\nADIRAE,AVAL,"{second}",\n')
    assert len(of_aval(root)) == 3
    assert "VALUES IT.ADIRAE.AVAL: several conditions choose 2 of 4 values, first record 3" in map(str, findings)
