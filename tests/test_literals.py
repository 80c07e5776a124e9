"""A value that is written out in a rule and is no term of its variable's codelist is found by `build check`."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_study import SDTM, faults, write

from sdtm.build import check
from specs.compiled import CompiledStage
from specs.literals import literal_notices
from specs.load import load

LISTS = (
    "ID,Name,NCI Codelist Code,Data Type,Order,Term\nND,,C66789,,1,NOT DONE\nOWN,Own list,,text,1,HIGH\n"
    "OWN,,,,2,LOW\nUNIT,,C71620,,1,mg\nSCORE,Scores,,integer,1,1\nSCORE,,,,2,2\n"
)
HEAD = "Dataset,Variable,Label,Data Type,Mandatory,Codelist\nZZ,USUBJID,Unique Subject Identifier,text,No,\n"


def stage(folder: Path, codelist: str, mapping: str, kind: str = "text", **more: str) -> CompiledStage:
    files = {
        "raw/a.csv": "SUBJ,X\n1,2\n",
        "sdtm/Codelists.csv": LISTS,
        "sdtm/Variables.csv": f"{HEAD}ZZ,ZZRES,Result,{kind},No,{codelist}\n",
        "sdtm/mapping/ZZ.csv": mapping,
    }
    files |= {f"sdtm/{name}.csv": text for name, text in more.items()}
    return check(load(write(folder, {**SDTM, **files}), "sdtm"), folder / "raw")


@pytest.mark.parametrize(
    ("codelist", "expression", "value", "hint"),
    [
        ("ND", "'NOT DON'", "'NOT DON'", "did you mean 'NOT DONE'?"),
        ("OWN", "'HIGHH'", "'HIGHH'", "did you mean 'HIGH'?"),
        ("OWN", "'HIGH' if X == '2' else 'LO'", "'LO'", "did you mean 'LOW'?"),
        ("OWN", "coalesce(X, 'LO')", "'LO'", "did you mean 'LOW'?"),
        ("OWN", "\"assign_ct(X, otherwise='LO')\"", "'LO'", "did you mean 'LOW'?"),
        ("OWN", "criteria('S')", "'LO'", "did you mean 'LOW'?"),
    ],
)
def test_literal_outside_a_closed_codelist_is_a_fault_with_the_nearest_term(
    tmp_path: Path, codelist: str, expression: str, value: str, hint: str
) -> None:
    cell = f'"{expression}"' if "," in expression and not expression.startswith('"') else expression
    criteria = "Criteria,Order,Where,Value\nS,1,X == '2','LO'\nS,2,,'HIGH'\n"
    rule = f"Variable,Expression\nZZRES,{cell}\n"
    found = faults(tmp_path, lambda: stage(tmp_path, codelist, rule, Criteria=criteria))
    assert found == [
        f"sdtm/mapping/ZZ.csv:2 [Expression] {value} is no term of the codelist {codelist} of ZZ.ZZRES; {hint}"
    ]


def test_number_outside_a_closed_codelist_is_a_fault(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: stage(tmp_path, "SCORE", "Variable,Expression\nZZRES,3\n", "integer"))
    assert found == [
        "sdtm/mapping/ZZ.csv:2 [Expression] 3 is no term of the codelist SCORE of ZZ.ZZRES; "
        "write a term of it, or add the term to Codelists"
    ]


def test_value_that_is_compared_or_a_term_is_no_fault(tmp_path: Path) -> None:
    rules = "Variable,Where,Expression\nZZRES,X == 'no term','HIGH'\nZZRES,,'LOW' if X == 'none either' else None\n"
    assert literal_notices(stage(tmp_path, "OWN", rules)) == []


def test_literal_outside_an_extensible_list_is_a_notice(tmp_path: Path) -> None:
    (found,) = literal_notices(stage(tmp_path, "UNIT", "Variable,Expression\nZZRES,'kg'\n"))
    assert str(found) == (
        "sdtm/mapping/ZZ.csv:2 [Expression] 'kg' is no term of the codelist UNIT of ZZ.ZZRES; "
        "'kg' is a term of the published UNIT: add it to Codelists"
    )


def test_term_of_a_value_level_codelist_is_no_fault(tmp_path: Path) -> None:
    levels = "Dataset,Variable,Where Clause,Data Type,Codelist\nZZ,ZZRES,USUBJID EQ 1,text,ND\n"
    ruled = "Variable,Where,Expression\nZZRES,X == '1','NOT DONE'\nZZRES,,'HIGH'\n"
    assert literal_notices(stage(tmp_path, "OWN", ruled, ValueLevel=levels)) == []
    ruled = ruled.replace("NOT DONE", "NOT DON")
    (found,) = faults(tmp_path, lambda: stage(tmp_path, "OWN", ruled, ValueLevel=levels))
    assert "'NOT DON' is no term of the codelist OWN, ND of ZZ.ZZRES; did you mean 'NOT DONE'?" in found


def test_variable_whose_codelists_stand_in_value_level_alone_gets_a_notice(tmp_path: Path) -> None:
    levels = "Dataset,Variable,Where Clause,Data Type,Codelist\nZZ,ZZRES,USUBJID EQ 1,text,ND\n"
    (found,) = literal_notices(stage(tmp_path, "", "Variable,Expression\nZZRES,'NOT DON'\n", ValueLevel=levels))
    assert "'NOT DON' is no term of the codelist ND" in str(found)
    open_rows = f"{levels}ZZ,ZZRES,USUBJID EQ 2,text,\n"
    assert literal_notices(stage(tmp_path, "", "Variable,Expression\nZZRES,'NOT DON'\n", ValueLevel=open_rows)) == []


def test_cell_of_tests_that_is_no_term_is_named(tmp_path: Path) -> None:
    tests = "Dataset,Block,Test Code,Test,Standard Unit,ZZORRES\nZZ,a,ONE,First,mg,X\nZZ,a,TWO,Second,kg,X\n"
    variables = "Dataset,Variable,Label,Data Type,Mandatory,Codelist\nZZ,USUBJID,,text,No,\nZZ,ZZORRES,,text,No,\n"
    variables += "ZZ,ZZTESTCD,Code,text,No,\nZZ,ZZTEST,Test,text,No,OWN\nZZ,ZZSTRESU,Unit,text,No,UNIT\n"
    found = faults(
        tmp_path, lambda: stage(tmp_path, "", "Variable,Expression\n_A,X\n", Tests=tests, Variables=variables)
    )
    assert [one.partition(" is no term")[0] for one in found] == [
        "sdtm/Tests.csv:2 [Test] 'First'", "sdtm/Tests.csv:3 [Test] 'Second'",
    ]  # fmt: skip
