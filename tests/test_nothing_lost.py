"""A value that a study has no place for, or that nobody can vouch for, is told: with its file, row, column, value."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_study import filled, rules, sdtm

from engine.table_use import unread_columns, unread_variables
from sdtm.raw_tables import unnamed_files
from specs.rules import matching_nothing

LONG = " ".join(["word"] * 9)  # pieces of 14 bytes: three words each


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (["_A | split_text(X, 1, 14)"], ["_A"]),
        (["_A | split_text(X, 1, 14)", "_B | split_text(X, 2, 14)"], ["_B"]),
        (["_B | split_text(X, 2, 14)", "_A | split_text(X, 1, 14)"], ["_B"]),
        (["_A | split_text(X, 1, 14)", "_B | split_text(X, 2, 14)", "_C | split_text(X, 3, 14)"], []),
        (["_A | split_text(X, 1, 14)", "_B | split_text(upper(X), 3, 14)"], ["_A"]),
        (["_A | split_text(X, 1, 14)", "_B | length(split_text(X, 3, 14)) > 3 | 'more'"], ["_A"]),
        (["_A | split_text(X, 1, 14)", "_B | split_text(X, 3, 14) if length(X) > 14 else None"], []),
    ],
)
def test_text_after_the_last_piece_that_a_rule_asks_for_is_an_error(
    tmp_path: Path, rules: list[str], told: list[str]
) -> None:
    ran = filled(tmp_path, f"SUBJ,X\n1,short\n2,{LONG}\n", *rules)
    found = ran.issues("Kind", "Severity", "Variable", "File", "Row", "Column", "Value")
    assert found == [("text_left", "error", name, "a.csv", 3, "X", LONG) for name in told]


def test_message_of_a_lost_rest_says_what_to_do(tmp_path: Path) -> None:
    (message,) = filled(tmp_path, f"SUBJ,X\n2,{LONG}\n", "_A | split_text(X, 1, 14)").issues("Message")
    assert "add a rule for the next piece" in str(message)


def test_raw_table_without_rows_is_a_warning(tmp_path: Path) -> None:
    ran = filled(tmp_path, "SUBJ,X\n1,2\n", "_A | X", "_B | count(raw_b)", b="SUBJ,Y\n")
    assert ran.issues("Kind", "Severity", "Table", "File", "Row", "Dataset") == [
        ("no_rows", "warning", "raw_b", "b.csv", "", "")
    ]


CODED = {
    "sdtm/Codelists.csv": "ID,Name,NCI Codelist Code,Data Type,Order,Term\nSEX,,C66731,,1,F\nSEX,,,,2,M\nSEX,,,,3,U\n",
    "sdtm/Collected.csv": "Codelist,Term,Collected Value,Item\nSEX,M,1,\nSEX,F,2,\nSEX,M,Male,\nSEX,F,Female,\n",
    "raw/a.csv": "SUBJ,SEX_C,SEX\n1,7,Male\n2,,Mail\n3,2,Male\n4,1,Male\n5,,\n6,,Male\n",
    "sdtm/mapping/ZZ.csv": rules("_X | assign_ct(SEX_C, SEX, codelist='SEX', otherwise='U')"),
}


def test_code_and_decode_are_told_as_they_were_used(tmp_path: Path) -> None:
    ran = sdtm(tmp_path, CODED)
    assert ran.values("_X") == ["M", "U", "F", "M", "U", "M"]
    assert ran.issues("Kind", "Severity", "Row", "Column", "Value") == [
        ("passed_over", "warning", 2, "SEX_C | SEX", "7 | Male"),
        ("otherwise_taken", "warning", 3, "SEX_C | SEX", " | Mail"),
        ("disagrees", "warning", 4, "SEX_C | SEX", "2 | Male"),
    ]


def test_columns_that_nothing_reads_and_files_that_nothing_names_are_told(tmp_path: Path) -> None:
    files = {
        "raw/a.csv": "SUBJ,X,Y,Z,REC,PICK\n1,2,3,4,5,6\n",
        "raw/b.csv": "SUBJ\n1\n",
        "raw/more/c.csv": "SUBJ\n1\n",
        "sdtm/Tables.csv": "Table,File,Subject,Where,System\nraw_a,a.csv,SUBJ,Y == '3',REC\n",
        "sdtm/mapping/ZZ.csv": rules("_X | first(raw_a.PICK, order=raw_a.PICK)"),
    }
    stage = sdtm(tmp_path, files).run.stage
    assert [str(one).partition(";")[0] for one in unread_columns(stage)] == [
        "sdtm/Tables.csv:2 raw_a: read by nothing: X, Z"
    ]
    assert [one.place.file for one in unnamed_files(stage.spec, tmp_path / "raw")] == ["b.csv", "more/c.csv"]


def test_columns_that_forms_account_for_are_not_told(tmp_path: Path) -> None:
    """X is not submitted, for a reason; D is the whole of a date whose year is read; Z is in no row of Forms."""
    files = {
        "raw/a.csv": "SUBJ,X,D,D_YY,Z\n1,2,2024-01-02,2024,5\n",
        "sdtm/Tables.csv": "Table,File,Subject\nraw_a,a.csv,SUBJ\n",
        "sdtm/Forms.csv": "Form,Order,Columns,Text,Visits,Not Submitted\nraw_a,1,,Form,,\n"
        "raw_a,1,X,Initials,,Identifies a person\nraw_a,2,D D_YY,Date,,\n",
        "sdtm/mapping/ZZ.csv": rules("_X | D_YY"),
    }
    stage = sdtm(tmp_path, files).run.stage
    (found,) = unread_columns(stage)
    assert found.message == "raw_a: read by nothing: Z"


def test_working_variable_that_nothing_reads_is_a_finding(tmp_path: Path) -> None:
    """_A is read by a rule, _B by a check, _D by a join; _C and _E are misspelled or left over."""
    tables = {
        "raw/a.csv": "SUBJ,X\n1,2\n",
        "sdtm/Tables.csv": "Table,File,Subject\nraw_a,a.csv,SUBJ\n",
        "sdtm/mapping/ZZ.csv": rules(
            "_A | X", "_B | _A", "_C | X", "_D | X", "_E | count(raw_a)", "_F | J.X", "_G | _F"
        ),
        "sdtm/Checks.csv": "Rule,Dataset,Condition,Message,Action\nR,ZZ,_B == '2' and _G == '2',m,issue\n",
        "sdtm/Joins.csv": "Dataset,Name,From,Where\nZZ,J,raw_a,raw_a.X == _D\n",
    }
    found = unread_variables(sdtm(tmp_path, tables).run.stage)
    assert [problem.message for problem in found] == [
        "ZZ._C is a working variable that nothing reads", "ZZ._E is a working variable that nothing reads",
    ]  # fmt: skip
    assert {problem.hint for problem in found} == {"take the row out, or see whether another row means to read it"}


def test_rule_for_many_datasets_that_fits_no_variable_is_a_finding(tmp_path: Path) -> None:
    general = "Dataset,Variable,Expression\n,USUBJID,USUBJID\n,--RESS,USUBJID\nEVENTS,--RES,USUBJID\n,--RES,USUBJID\n"
    variables = "Dataset,Variable,Label,Data Type,Mandatory\nZZ,USUBJID,,text,No\nZZ,ZZRES,Result,text,No\n"
    files = {"raw/a.csv": "SUBJ\n1\n", "sdtm/mapping/all.csv": general, "sdtm/Variables.csv": variables}
    hint = "the rule fills nothing; did you mean '--RES'?"
    assert [str(problem) for problem in matching_nothing(sdtm(tmp_path, files).run.stage.spec)] == [
        f"sdtm/mapping/all.csv:3 [Variable] no dataset has --RESS: {hint}",
        f"sdtm/mapping/all.csv:4 [Variable] no dataset of EVENTS has --RES: {hint}",
    ]
