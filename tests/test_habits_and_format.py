"""Hints for habits of SAS and Excel; the canonical form of the CSV tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_study import SDTM, study

from language.habits import damage, habits
from specs.columns import SHEETS
from specs.format import canonical, format_study
from specs.problem import SpecError
from specs.read_csv import Faults, read_table


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("AESEV = 'MILD'", "write == to compare"),
        ("AESEV ne 'MILD'", "write != instead of ne"),
        ("AESEV eq 'MILD'", "write == instead of eq"),
        ("AESEV ^= 'MILD'", "write != instead of ^="),
        ("A || B", "write + between texts, or join('', a, b), instead of ||"),
        ("AVAL == .", "a missing value is None, not a point"),
        ("=upper(X)", "leave out the = at the beginning"),
        ("upper(X);", "leave out the semicolon at the end"),
        ("first(AVAL, order=ADT)", ""),
        ("AE.AESEV == 'a = b' and X <= 1.5", ""),
        ("not missing(LB.LBORRES)", ""),
    ],
)
def test_habits_of_sas(text: str, hint: str) -> None:
    assert habits(text) == hint


def test_apostrophe_before_a_cell() -> None:
    assert damage("'AESTDTC").startswith("Excel's apostrophe")
    assert damage("'FATAL'") == ""


def test_format_orders_columns_and_leaves_out_empty_ones(tmp_path: Path) -> None:
    rows = '\ufeffComment,Expression,Where,Variable,Order\r\nwhy," AEOUT == ""A, B"" ",,AESTDTC _X,\r\n'
    study(tmp_path, SDTM, {"sdtm/mapping/AE.csv": rows})
    assert "sdtm/mapping/AE.csv" in format_study(tmp_path)
    content = (tmp_path / "sdtm/mapping/AE.csv").read_bytes()
    assert content == b"Variable,Expression,Comment\nAESTDTC _X,\"AEOUT == 'A, B'\",why\n"


def test_format_of_canonical_tables_changes_nothing(tmp_path: Path) -> None:
    study(tmp_path, SDTM, {"sdtm/Datasets.csv": 'Key Variables,Dataset\n"STUDYID,USUBJID",DM\n'})
    format_study(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.csv")}
    assert format_study(tmp_path) == []
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.csv")} == before


def test_line_break_in_a_header_is_a_line_feed(tmp_path: Path) -> None:
    study(tmp_path, SDTM, {"sdtm/tables/odd.csv": b'"A\rB",C\n1,2\n'})
    format_study(tmp_path)
    assert (tmp_path / "sdtm/tables/odd.csv").read_bytes() == b'"A\nB",C\n1,2\n'
    assert format_study(tmp_path) == []


def test_format_keeps_indents_and_unknown_columns(tmp_path: Path) -> None:
    lines = "Display,Label,Mine,Comment\nT1,  n,x,\n"
    study(tmp_path, SDTM, {"results/Lines.csv": lines})
    format_study(tmp_path)
    assert (tmp_path / "results/Lines.csv").read_text() == "Display,Label,Mine\nT1,  n,x\n"


def test_format_writes_nothing_when_a_table_cannot_be_read(tmp_path: Path) -> None:
    study(tmp_path, SDTM, {"sdtm/mapping/AE.csv": b"\xff", "sdtm/Datasets.csv": "Dataset,Label\nDM,\n"})
    with pytest.raises(SpecError, match="not UTF-8"):
        format_study(tmp_path)
    assert (tmp_path / "sdtm/Datasets.csv").read_text() == "Dataset,Label\nDM,\n"


@given(st.text(max_size=40))
def test_any_text_has_a_hint_or_none(text: str) -> None:
    assert isinstance(habits(text), str)


@settings(max_examples=60, deadline=None)
@given(content=st.one_of(st.binary(max_size=60), st.text(alphabet="ab,\"\n\r '", max_size=60).map(str.encode)))
def test_any_file_is_read_or_reported_and_its_canonical_form_is_stable(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("table") / "AE.csv"
    path.write_bytes(content)
    found = Faults()
    table = read_table(path, "AE.csv", found)
    if table is None or found.problems:
        assert found.problems
        return
    for sheet in (None, SHEETS["Mapping"]):
        once = canonical(table, sheet)
        path.write_bytes(once)
        again = read_table(path, "AE.csv", found)
        assert again is None or canonical(again, sheet) == once
