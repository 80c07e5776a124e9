"""Blanks at the end of a text mean nothing, as in SAS: in raw cells, look-up tables, variables that are written."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_study import TOML, filled, rules, sdtm, value, write

import pipeline
from formats.line_search import rows_holding
from pipeline import Cut, Request

A = "SUBJ,OUT,R\n1,FATAL ,1\n1 ,FATAL,2\n2, FATAL,3\n"


def test_subject_with_a_blank_behind_its_number_is_one_person(tmp_path: Path) -> None:
    b = "SUBJ,X\n1,1\n1 ,2\n2 ,3\n"
    assert value(tmp_path, A, "count(raw_b)", b=b) == [2, 2, 1]


def test_raw_cell_with_blanks_at_its_end_equals_the_text(tmp_path: Path) -> None:
    """A blank in front is part of a text, as in SAS."""
    assert value(tmp_path, A, "yn(OUT == 'FATAL')") == ["Y", "Y", "N"]


def test_token_for_missing_with_a_blank_behind_it(tmp_path: Path) -> None:
    tables = "Table,File,Subject,Missing\nraw_a,a.csv,SUBJ,NA\n"
    files = {"raw/a.csv": "SUBJ,X\n1,NA \n1,A \n", "sdtm/Tables.csv": tables, "sdtm/mapping/ZZ.csv": rules("_X | X")}
    assert sdtm(tmp_path, files).values("_X") == [None, "A"]


def test_cell_of_a_look_up_table(tmp_path: Path) -> None:
    files = {
        "raw/a.csv": "SUBJ,X\n1,A\n",
        "sdtm/tables/names.csv": "CODE,NAME\nA ,Aspirin \n",
        "sdtm/mapping/ZZ.csv": rules("_X | only(names.NAME, where=names.CODE == X)"),
    }
    assert sdtm(tmp_path, files).values("_X") == ["Aspirin"]


def test_written_variable_ends_without_blanks_and_a_working_one_keeps_them(tmp_path: Path) -> None:
    """'AB' and 'AB ' would be two keys to the build, and one in the transport file."""
    files = {
        "raw/a.csv": "SUBJ,X\n1,AB C\n1,AB\n",
        "sdtm/Datasets.csv": "Dataset,Label,Class,Structure,Key Variables\nZZ,Test,FINDINGS,One,\"USUBJID, ZZK\"\n",
        "sdtm/Variables.csv": "Dataset,Variable,Label,Data Type,Mandatory\nZZ,USUBJID,,text,No\nZZ,ZZK,Key,text,No\n",
        "sdtm/mapping/ZZ.csv": rules("ZZK | substr(X, 1, 3)", "_K | substr(X, 1, 3)", "_N | count(ZZK, by=ZZK)"),
    }
    ran = sdtm(tmp_path, files)
    assert (ran.values("ZZK"), ran.values("_K"), ran.values("_N")) == (["AB", "AB"], ["AB ", "AB"], [2, 2])


def test_rows_of_one_subject_are_found_by_the_bytes_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('SUBJ,X\n1,a\n1 ,b\n"1 ",c\n10,d\n')
    found = rows_holding(file, [{"SUBJ": "1"}])
    assert found is not None
    assert found.columns["X"].to_objects().tolist() == ["a", "b", "c"]


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_parts_of_a_study_agree_on_who_is_one_person(tmp_path: Path, parts: int) -> None:
    rows = "".join(f"S{number % 5}{' ' * (number % 3 == 0)},{number}\n" for number in range(20))
    study = write(
        tmp_path,
        {
            "study.toml": TOML,
            "raw/a.csv": f"SUBJ,X\n{rows}",
            "sdtm/Datasets.csv": "Dataset,Label,Class,Structure,Key Variables\nZZ,Test,FINDINGS,One,\"USUBJID, ZZX\"\n",
            "sdtm/Variables.csv": "Dataset,Variable,Label,Data Type,Mandatory\nZZ,USUBJID,,text,No\n"
            "ZZ,ZZX,Number,text,No\nZZ,ZZN,Count,integer,No\n",
            "sdtm/Tables.csv": "Table,File,Subject\nraw_a,a.csv,SUBJ\n",
            "sdtm/Sources.csv": "Dataset,Block,From\nZZ,a,raw_a\n",
            "sdtm/mapping/ZZ.csv": rules("USUBJID | USUBJID", "ZZX | X", "ZZN | count(raw_a)"),
        },
    )
    out = tmp_path / "out"
    pipeline.sdtm(Request(study, out, say=lambda _: None, full=True, cut=Cut(partitions=parts)))
    lines = (out / "sdtm/zz.xpt").read_bytes()
    assert lines.count(b"S1") == 4
    assert {name: lines.count(name.encode()) for name in ("S0", "S2", "S3", "S4")} == dict.fromkeys(
        ("S0", "S2", "S3", "S4"), 4
    )


def test_rows_that_differ_in_blanks_at_the_end_alone_are_exact_duplicates(tmp_path: Path) -> None:
    ran = filled(tmp_path, "SUBJ,OUT\n1,FATAL \n1 ,FATAL\n", "_X | OUT")
    assert ran.values("_X") == ["FATAL"]
    assert ("raw_a", "", "", "left out: exact duplicate", 1) in ran.ledger()
    assert ran.issues("Kind", "USUBJID", "Row") == [("duplicate", "1", 3)]


@pytest.mark.parametrize(
    "condition",
    ["OUT == 'FATAL '", "OUT in ('x', 'FATAL  ')", "OUT + ' ' == 'FATAL'", "'FATAL ' == OUT"],
)
def test_texts_that_differ_in_blanks_at_the_end_alone_are_equal(tmp_path: Path, condition: str) -> None:
    assert value(tmp_path, A, f"yn({condition})") == ["Y", "Y", "N"]


def test_keys_take_no_notice_of_blanks_at_the_end(tmp_path: Path) -> None:
    a = "SUBJ,K,R\n1,AB C,1\n1,AB,2\n"
    ran = filled(
        tmp_path, a, "_K | substr(K, 1, 3)", "_N | count(R, by=_K)", "_D | count_distinct(_K)",
        "_J | count(raw_b, where=raw_b.K == _K)", b="SUBJ,K\n1,AB\n",
    )  # fmt: skip
    assert (ran.values("_N"), ran.values("_D"), ran.values("_J")) == ([2, 2], [1, 1], [1, 1])


def test_texts_that_differ_in_blanks_at_the_end_alone_are_one_value_of_only(tmp_path: Path) -> None:
    """A working variable keeps its blanks; `only` finds one value in 'AB' and 'AB '."""
    found = filled(tmp_path, "SUBJ,X\n1,AB C\n1,AB\n", "_K | substr(X, 1, 3)", "_O | yn(only(_K) == 'AB')")
    assert found.values("_O") == ["Y", "Y"]
