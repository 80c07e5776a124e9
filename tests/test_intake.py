"""Intake of raw tables: which rows count, what each step leaves out, who a row belongs to."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from engine_study import Ran, faults, listed, rules, sdtm

from formats.tables import RawTable, read_table
from specs.problem import DataError

HEAD = "Table,File,Subject,Previous,Record,System,Missing,Where,Key,Version\n"


def taken(folder: Path, row: str, text: str, checks: str = "", **more: str) -> Ran:
    """raw_a taken in by a row of Tables; ZZ._X holds its column X."""
    files = {
        "sdtm/Tables.csv": HEAD + row + "\n" + more.pop("tables", ""),
        "raw/a.csv": text,
        "sdtm/mapping/ZZ.csv": rules("_X | X"),
        **more,
    }
    if checks:
        files["sdtm/Checks.csv"] = "Rule,Dataset,Where,Condition,Message,Action\n" + checks
    return sdtm(folder, files)


def steps(ran: Ran) -> dict[str, int]:
    return {step: count for step, count in ran.intake.steps.get("raw_a", {}).items() if count}


def test_where_leaves_rows_out(tmp_path: Path) -> None:
    ran = taken(tmp_path, "raw_a,a.csv,SUBJ,,,,,ACTIVE == '1',,", "SUBJ,X,ACTIVE\n1,a,1\n1,b,0\n1,c,\n")
    assert ran.values("_X") == ["a"]
    assert steps(ran) == {"Where: ACTIVE == '1'": 2}
    assert ran.issues("Kind", "Severity", "Row", "USUBJID", "Column", "Value") == [
        ("inactive", "note", 3, "1", "ACTIVE", "0"),
        ("inactive", "note", 4, "1", "ACTIVE", ""),
    ]


def test_exact_duplicate_ignores_system_columns_and_smallest_record_stays(tmp_path: Path) -> None:
    text = "SUBJ,X,REC,SAVED\n1,a,10,mon\n1,a,9,tue\n1,b,11,mon\n1,a,100,wed\n"
    ran = taken(tmp_path, "raw_a,a.csv,SUBJ,,REC,REC SAVED,,,,", text)
    assert ran.values("_X") == ["a", "b"]
    assert ran.run.tables["raw_a"].lines.tolist() == [3, 4]  # 9 is smaller than 10 as a number
    assert ran.issues("Kind", "Row", "Record") == [("duplicate", 2, "10"), ("duplicate", 5, "100")]


def test_issue_of_a_duplicate_says_whose_row_it_was_and_which_line_stayed(tmp_path: Path) -> None:
    text = "SUBJ,X,REC,OLD\n1,a,9,\n2,b,10,1\n2,b,11,1\n"
    ran = taken(tmp_path, "raw_a,a.csv,SUBJ,OLD,REC,REC,,,,", text)
    assert ran.issues("Kind", "Severity", "USUBJID", "Row", "Record", "Message") == [
        (
            "duplicate", "note", "1", 4, "11",
            "the row repeats another in every column that counts; it was left out; line 3 (REC 10) was kept",
        )
    ]  # fmt: skip


def test_system_of_a_star_never_compares_rows(tmp_path: Path) -> None:
    ran = taken(tmp_path, "raw_a,a.csv,SUBJ,,,*,,,,", "SUBJ,X\n1,a\n1,a\n")
    assert ran.values("_X") == ["a", "a"]
    assert steps(ran) == {}


def test_unknown_name_in_the_own_system_cell_is_a_fault(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: taken(tmp_path, "raw_a,a.csv,SUBJ,,,SAVD X,,,,", "SUBJ,X,SAVED\n1,a,mon\n"))
    assert found == ["sdtm/Tables.csv:2 [System] raw_a has no column 'SAVD'; did you mean 'SAVED'?"]


def test_name_in_the_system_cell_of_all_tables_need_not_be_in_each(tmp_path: Path) -> None:
    tables = HEAD + "*,a.csv,SUBJ,,,SAVED FORM,,,,\nraw_a,,,,,,,,,\n"
    ran = taken(tmp_path, "", "SUBJ,X,SAVED\n1,a,mon\n1,a,tue\n", **{"sdtm/Tables.csv": tables})
    assert ran.values("_X") == ["a"]


def test_columns_with_blanks_stand_in_backticks(tmp_path: Path) -> None:
    text = "SUBJ,X,Record Id,Saved at,Visit no\n1,a,1,mon,1\n1,a,2,tue,1\n1,b,3,wed,1\n1,c,4,wed,2\n"
    row = "raw_a,a.csv,SUBJ,,`Record Id`,`Record Id` `Saved at`,,,`Visit no`,number(`Record Id`)"
    ran = taken(tmp_path, row, text)
    assert ran.values("_X") == ["b", "c"]
    assert ran.issues("Kind", "Record", "Column", "Value", "Message") == [
        (
            "superseded", "1", "Visit no", "1",
            "a later version of the same Key was saved; this one was left out; line 4 (Record Id 3) was kept",
        ),
        (
            "duplicate", "2", "Visit no", "1",
            "the row repeats another in every column that counts; it was left out; line 2 (Record Id 1) was kept",
        ),
    ]  # fmt: skip


def test_exact_duplicate_without_record_keeps_the_first(tmp_path: Path) -> None:
    ran = taken(tmp_path, "raw_a,a.csv,SUBJ,,,SAVED,,,,", "SUBJ,X,SAVED\n1,a,mon\n1,b,mon\n1,a,tue\n")
    assert ran.run.tables["raw_a"].lines.tolist() == [2, 3]


def test_rows_alike_in_every_column_are_duplicates_without_system(tmp_path: Path) -> None:
    ran = taken(tmp_path, "raw_a,a.csv,SUBJ,,,,,,,", "SUBJ,X\n1,a\n1,a\n2,a\n")
    assert ran.values("USUBJID") == ["1", "2"]


def test_greatest_version_per_key_stays(tmp_path: Path) -> None:
    text = (
        "SUBJ,FORM,X,SAVED,REC\n1,f,old,2024-01-01,9\n"
        "1,f,new,2024-01-02,1\n1,g,other,2023-01-01,5\n2,f,x,2020-01-01,1\n"
    )
    ran = taken(tmp_path, 'raw_a,a.csv,SUBJ,,REC,REC SAVED,,,SUBJ FORM,"SAVED, number(REC)"', text)
    assert ran.values("_X") == ["new", "other", "x"]
    assert steps(ran) == {"superseded version": 1}
    assert ran.issues("Kind", "USUBJID", "Row", "Record", "Column", "Value", "Message") == [
        (
            "superseded", "1", 2, "9", "SUBJ | FORM", "1 | f",
            "a later version of the same Key was saved; this one was left out; line 3 (REC 1) was kept",
        )
    ]  # fmt: skip


def test_version_compares_record_numbers_as_numbers(tmp_path: Path) -> None:
    text = "SUBJ,X,REC\n1,nine,9\n1,ten,10\n"
    assert taken(tmp_path, "raw_a,a.csv,SUBJ,,REC,REC,,,SUBJ,number(REC)", text).values("_X") == ["ten"]


def test_two_rows_of_one_key_and_version_are_an_error(tmp_path: Path) -> None:
    text = "SUBJ,X,SAVED\n1,a,2024\n2,z,2024\n1,b,2024\n"
    found = faults(tmp_path, lambda: taken(tmp_path, "raw_a,a.csv,SUBJ,,,,,,SUBJ,SAVED", text))
    assert len(found) == 1
    assert found[0].startswith("a.csv:4 has the same Key as line 2: SUBJ '1'")


def test_missing_tokens_mean_missing(tmp_path: Path) -> None:
    ran = taken(tmp_path, "raw_a,a.csv,SUBJ,,,,ND n.k.,,,", "SUBJ,X\n1,ND\n2, n.k. \n3,NDX\n4,\n")
    assert ran.values("_X") == [None, None, "NDX", None]


def test_row_without_subject_is_left_out_and_written_down(tmp_path: Path) -> None:
    ran = taken(tmp_path, "raw_a,a.csv,SUBJ,,,,,,,", "SUBJ,X\n,a\n1,b\n")
    assert ran.values("_X") == ["b"]
    assert ran.issues("Kind", "Severity", "Row") == [("no_subject", "error", 2)]


PERSONS = "SUBJ,X,OLD\n3,c,2\n2,b,1\n1,a,\n9,z,\n"


def test_previous_chain_ends_at_the_first_number(tmp_path: Path) -> None:
    ran = taken(tmp_path, "raw_a,a.csv,SUBJ,OLD,,,,,,", PERSONS)
    assert ran.values("USUBJID") == ["1", "1", "1", "9"]


def test_previous_of_one_table_renames_rows_of_another(tmp_path: Path) -> None:
    more = {"tables": "raw_b,b.csv,SUBJ,,,,,,,\n", "raw/b.csv": "SUBJ,Y\n3,y\n"}
    more["sdtm/Sources.csv"] = "Dataset,Block,From\nZZ,a,raw_a\nZZ,b,raw_b\n"
    more["sdtm/mapping/ZZ.csv"] = "Variable,Expression\n_X,'x'\n"
    ran = taken(tmp_path, "raw_a,a.csv,SUBJ,OLD,,,,,,", PERSONS, **more)
    assert ran.values("USUBJID", block="b") == ["1"]


def test_previous_loop_is_an_error(tmp_path: Path) -> None:
    text = "SUBJ,X,OLD\n2,b,1\n1,a,2\n"
    found = faults(tmp_path, lambda: taken(tmp_path, "raw_a,a.csv,SUBJ,OLD,,,,,,", text))
    assert "circle: '2' <- '1' <- '2'" in found[0]
    assert found[0].startswith("sdtm/Tables.csv:2 [Previous]")


def test_two_earlier_numbers_are_an_error(tmp_path: Path) -> None:
    text = "SUBJ,X,OLD\n3,b,1\n3,a,2\n"
    found = faults(tmp_path, lambda: taken(tmp_path, "raw_a,a.csv,SUBJ,OLD,,,,,,", text))
    assert "subject '3' has two earlier numbers, '1' and '2'" in found[0]


ROWS = "SUBJ,X,Y\n1,a,1\n2,b,2\n3,c,\n"


def test_check_rejects_rows_where_the_condition_does_not_hold(tmp_path: Path) -> None:
    ran = taken(tmp_path, "raw_a,a.csv,SUBJ,,,,,,,", ROWS, "R1,raw_a,not missing(Y),Y == '1',only one,reject\n")
    assert ran.values("_X") == ["a", "c"]
    assert steps(ran) == {"rejected by R1": 1}
    assert ran.issues("Rule", "Kind", "Row", "USUBJID", "Message") == [("R1", "rejected", 3, "2", "only one")]


@pytest.fixture
def one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row of a raw file stands on its line 1, as in an ODM file without line breaks."""

    def read(path: Path, *, encoding: str) -> RawTable:
        table = read_table(path, encoding=encoding)
        return dataclasses.replace(table, line_numbers=np.ones(table.rows, np.int64))

    monkeypatch.setattr("sdtm.raw_tables.read_table", read)


@pytest.mark.usefixtures("one_line")
def test_check_rejects_its_rows_alone_where_rows_share_a_line(tmp_path: Path) -> None:
    checks = "R1,raw_a,,X != 'b',no b,reject\nR2,raw_a,,X == 'c' or X == 'd',c or d,reject\n"
    text = "SUBJ,X\n1,a\n2,b\n3,c\n4,d\n"
    ran = taken(tmp_path, "raw_a,a.csv,SUBJ,,,,,,,", text, checks)
    assert ran.values("_X") == ["c", "d"]
    assert steps(ran) == {"rejected by R1": 1, "rejected by R2": 1}  # b breaks both and is left out once
    assert ran.issues("Rule", "USUBJID") == [("R1", "2"), ("R2", "1")]


@pytest.mark.usefixtures("one_line")
def test_rows_that_look_alike_on_one_line_have_an_issue_each(tmp_path: Path) -> None:
    text = "SUBJ,X\n1,a\n1,a\n1,a\n"
    ran = taken(tmp_path, "raw_a,a.csv,SUBJ,,,*,,,,", text, "R1,raw_a,,X != 'a',no a,issue\n")
    assert ran.issues("Rule", "USUBJID", "Row") == [("R1", "1", 1)] * 3
    rule = {"sdtm/mapping/ZZ.csv": rules("_X | X", "_N | number(X)")}
    ran = taken(tmp_path / "derived", "raw_a,a.csv,SUBJ,,,*,,,,", text, **rule)
    assert ran.issues("Kind", "Variable", "Value") == [("not_a_number", "_N", "a")] * 3


def test_issue_of_a_derivation_that_stands_twice_in_a_rule_is_told_once(tmp_path: Path) -> None:
    rule = {"sdtm/mapping/ZZ.csv": rules("_X | X", "_N | number(X) + number(X)")}
    ran = taken(tmp_path, "raw_a,a.csv,SUBJ,,,*,,,,", "SUBJ,X\n1,a\n1,a\n", **rule)
    assert ran.issues("Kind", "Variable", "Row") == [("not_a_number", "_N", 2), ("not_a_number", "_N", 3)]


@pytest.mark.usefixtures("one_line")
def test_duplicate_of_rows_that_share_a_line_keeps_the_first(tmp_path: Path) -> None:
    ran = taken(tmp_path, "raw_a,a.csv,SUBJ,,,SAVED,,,,", "SUBJ,X,SAVED\n1,a,wed\n1,b,mon\n1,a,tue\n")
    assert listed(ran.run.tables["raw_a"].columns["SAVED"]) == ["wed", "mon"]


def test_check_issue_keeps_rows(tmp_path: Path) -> None:
    ran = taken(tmp_path, "raw_a,a.csv,SUBJ,,,,,,,", ROWS, "R1,raw_a,,not missing(Y),no Y,issue\n")
    assert ran.values("_X") == ["a", "b", "c"]
    assert ran.issues("Rule", "Kind", "Row", "USUBJID") == [("R1", "check", 4, "3")]


def test_check_errors_are_collected(tmp_path: Path) -> None:
    checks = "R1,raw_a,,X != 'a',no a,error\nR2,raw_a,,not missing(Y),no Y,error\n"
    found = faults(tmp_path, lambda: taken(tmp_path, "raw_a,a.csv,SUBJ,,,,,,,", ROWS, checks))
    assert found == ["a.csv:2 R1: no a (subject '1')", "a.csv:4 R2: no Y (subject '3')"]


def test_check_stop_ends_at_once(tmp_path: Path) -> None:
    checks = "R1,raw_a,,X != 'a',no a,stop\nR2,raw_a,,not missing(Y),no Y,error\n"
    found = faults(tmp_path, lambda: taken(tmp_path, "raw_a,a.csv,SUBJ,,,,,,,", ROWS, checks))
    assert found == ["a.csv:2 R1: no a (subject '1')"]


def test_check_may_look_into_other_tables(tmp_path: Path) -> None:
    more = {"tables": "raw_b,b.csv,SUBJ,,,,,,,\n", "raw/b.csv": "SUBJ,Z\n1,q\n"}
    checks = "R1,raw_a,,count(raw_b) > 0,not in b,reject\n"
    ran = taken(tmp_path, "raw_a,a.csv,SUBJ,,,,,,,", ROWS, checks, **more)
    assert ran.values("_X") == ["a"]


def test_where_of_tables_sees_its_own_row_only(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Tables.csv:2 \[Where\] .*other rows and tables are not taken in yet"):
        taken(tmp_path, "raw_a,a.csv,SUBJ,,,,,any(X == 'a'),,", ROWS)


def test_table_that_nothing_reads_is_a_fault(tmp_path: Path) -> None:
    more = {"tables": "raw_b,b.csv,SUBJ,,,,,,,\n", "raw/b.csv": "SUBJ,Z\n1,q\n"}
    found = faults(tmp_path, lambda: taken(tmp_path, "raw_a,a.csv,SUBJ,,,,,,,", ROWS, **more))
    assert found == [
        "sdtm/Tables.csv:3 raw_b is read by nothing; map it, take the row out of Tables, or name its rows in Sources "
        "as left out on purpose (Dataset none, From raw_b)"
    ]


def test_table_whose_rows_are_left_out_on_purpose_is_read(tmp_path: Path) -> None:
    more = {"tables": "raw_b,b.csv,SUBJ,,,,,,,\n", "raw/b.csv": "SUBJ,Z\n1,q\n"}
    more["sdtm/Sources.csv"] = "Dataset,Block,From\nZZ,a,raw_a\nnone,,raw_b\n"
    ran = taken(tmp_path, "raw_a,a.csv,SUBJ,,,,,,,", ROWS, **more)
    assert ("raw_b", "none", "raw_b", "rows used", 1) in ran.ledger()
