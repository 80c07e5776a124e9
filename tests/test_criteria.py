"""Sets of criteria: which names they need, how a study binds, overrides and extends them, which value they give."""

from __future__ import annotations

from pathlib import Path

import engine_study
import numpy as np
import pandas as pd
import pytest
from criteria_frame import graded
from hypothesis import given, settings
from hypothesis import strategies as st
from language_study import NUMBER, Rows, fault, node
from test_scope import columns

from language.scope import CriteriaRow
from language.tree import Constant, Criteria

SHEET = ("Criteria", "Order", "Where", "Value", "Issue")
GRADES: Rows = [
    SHEET,
    ("GRADES", "1", "number(RESULT) > 3 * number(UNIT)", "3", ""),
    ("GRADES", "2", "number(RESULT) > 1", "1", ""),
]
LAB_CODES = [CriteriaRow("CODE == 'A' and X > 2", "2"), CriteriaRow("CODE in ('A', 'B') and X > 1", "1")]


# --- when a specification is checked ------------------------------------------------------------------------


def test_rows_stand_in_the_order_of_the_column_order(tmp_path: Path) -> None:
    found = node(tmp_path, "criteria('GRADES')", "LB", Criteria=[SHEET, GRADES[2], GRADES[1]])
    assert isinstance(found, Criteria) and found.type == NUMBER
    assert [row.value for row in found.rows] == [Constant(3.0, NUMBER), Constant(1.0, NUMBER)]


def test_criteria_are_written_for_the_prefix_of_any_dataset(tmp_path: Path) -> None:
    rows = [SHEET, ("BIG", "1", "--STRESN > 5", "1", "")]
    assert ("own", "LB", "LBSTRESN") in columns(node(tmp_path, "criteria('BIG')", "LB", Criteria=rows))


def test_every_name_that_the_dataset_lacks_is_told_at_once(tmp_path: Path) -> None:
    assert fault(tmp_path, "criteria('GRADES')", "DS", Criteria=GRADES) == (
        "criteria 'GRADES' need RESULT (row 1) and UNIT (row 1), which stand for nothing here;"
        " fill them, or say what it is: criteria('GRADES', RESULT=...)"
    )


def test_one_name_that_the_dataset_lacks_has_the_nearest_one(tmp_path: Path) -> None:
    rows = [SHEET, ("G", "1", "number(RESULTS) > 1", "1", "")]
    found = fault(tmp_path, "criteria('G')", "LB", Criteria=rows)
    assert found.startswith("criteria 'G' need RESULTS (row 1), which stands for nothing here; did you mean 'RESULT'?")


def test_fault_inside_a_row_says_its_row(tmp_path: Path) -> None:
    rows = [*GRADES, ("GRADES", "3", "RESULT > 1", "0", "")]
    found = fault(tmp_path / "a", "criteria('GRADES')", "LB", Criteria=rows)
    assert found.startswith("row 3 of criteria 'GRADES':")
    rows = [*GRADES, ("GRADES", "3", "RESULT >", "0", "")]
    found = fault(tmp_path / "b", "criteria('GRADES')", "LB", Criteria=rows)
    assert found.startswith("row 3 of criteria 'GRADES':")
    rows = [*GRADES, ("GRADES", "3", "", "'x'", "")]
    assert "a number and a text do not go together" in fault(tmp_path / "c", "criteria('GRADES')", "LB", Criteria=rows)


def test_unknown_set_has_the_nearest_one(tmp_path: Path) -> None:
    assert fault(tmp_path, "criteria('GRADE')", "LB", Criteria=GRADES) == (
        "there are no criteria 'GRADE'; did you mean 'GRADES'?"
    )


def test_published_set_that_the_study_does_not_name_says_what_to_write(tmp_path: Path) -> None:
    assert fault(tmp_path, "criteria('CTCAE 5.0 LOW')", "LB") == (
        "there are no criteria 'CTCAE 5.0 LOW'; write ctcae = \"5.0\" below [standards] in study.toml"
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("criteria('GRADES', RESULTS=RESULT)", "criteria 'GRADES' name no RESULTS; did you mean 'RESULT'?"),
        ("criteria('GRADES', 1)", "criteria takes the name of a set of criteria in quotes"),
        ("criteria(GRADES)", "criteria takes the name of a set of criteria in quotes"),
    ],
)
def test_wrong_call(tmp_path: Path, call: str, message: str) -> None:
    assert fault(tmp_path, call, "LB", Criteria=GRADES) == message


def test_option_says_what_a_name_is(tmp_path: Path) -> None:
    found = node(tmp_path, "criteria('GRADES', RESULT=DSTERM, UNIT=raw_ds.REASON)", "DS", Criteria=GRADES)
    named = [name for _, _, name in columns(found)]
    assert named == ["DSTERM", "REASON", "DSTERM"]


# --- which value --------------------------------------------------------------------------------------------


def _frame(**given: list[object]) -> pd.DataFrame:
    return pd.DataFrame(given)


def test_first_row_that_holds_gives_the_value() -> None:
    frame = _frame(CODE=["A", "A", "A", "B", "B", "C", None], X=[3.0, 2.0, 1.0, 3.0, 1.0, 9.0, 9.0])
    values, _ = graded(frame, "criteria('S')", {"S": LAB_CODES})
    assert values == [2, 1, None, 1, None, None, None]


def test_row_without_where_takes_the_rest_and_without_value_gives_none() -> None:
    rows = [CriteriaRow("CODE == 'A'", "'yes'"), CriteriaRow("X > 5", ""), CriteriaRow("", "CODE + '!'")]
    frame = _frame(CODE=["A", "B", "B", None], X=[9.0, 9.0, 1.0, 1.0])
    values, _ = graded(frame, "criteria('S')", {"S": rows})
    assert values == ["yes", None, "B!", None]


def test_name_bound_to_missing_makes_its_comparisons_false() -> None:
    rows = [CriteriaRow("KIND not in ('H',) and X > 2 * BASE", "1"), CriteriaRow("KIND in ('H',) and X > 1", "2"),
            CriteriaRow("missing(BASE)", "0")]  # fmt: skip
    frame = _frame(X=[9.0, None])
    assert graded(frame, "criteria('S', KIND=None, BASE=None)", {"S": rows})[0] == [0, 0]
    assert graded(frame, "criteria('S', KIND=None, BASE=1)", {"S": rows})[0] == [1, None]
    assert graded(frame, "criteria('S', KIND='H', BASE=None)", {"S": rows})[0] == [2, 0]


def test_issue_is_told_of_the_records_that_take_its_row() -> None:
    rows = [CriteriaRow("X > 1", "1"), CriteriaRow("missing(X)", "", "no value"), CriteriaRow("", "0")]
    values, issues = graded(_frame(X=[2.0, None, 0.5]), "criteria('S')", {"S": rows})
    assert values == [1, None, 0]
    assert issues == ["", "no value", ""]


def test_no_rows_of_data() -> None:
    empty = _frame(CODE=[], X=[]).astype({"CODE": object, "X": float})
    assert graded(empty, "criteria('S')", {"S": LAB_CODES}) == ([], [])


_CODES = st.sampled_from(["A", "B", "C", None])
_LIMITS = st.sampled_from([0, 1, 2])
_CONDITIONS = st.one_of(
    st.builds("CODE == '{}' and X > {}".format, st.sampled_from("ABC"), _LIMITS),
    st.builds("UNIT in ('{}', '{}') and CODE != '{}'".format, *(st.sampled_from("ABC") for _ in range(3))),
    st.builds("CODE == '{}' and UNIT == '{}' and not X < {}".format, *(st.sampled_from("ABC"),) * 2, _LIMITS),
    st.builds("X == {} or CODE == '{}'".format, _LIMITS, st.sampled_from("ABC")),
    st.just("missing(X)"),
    st.just(""),
)


@settings(deadline=None)
@given(
    st.lists(_CONDITIONS, max_size=8),
    st.lists(st.tuples(_CODES, _CODES, st.sampled_from([0.0, 1.0, 2.0, 3.0, None])), min_size=1, max_size=20),
)
def test_parting_records_changes_no_value(conditions: list[str], records: list[tuple[object, object, object]]) -> None:
    """The same as one row after the other, each on all records that are left."""
    frame = pd.DataFrame(records, columns=["CODE", "UNIT", "X"]).astype({"CODE": object, "UNIT": object, "X": float})
    rows = [CriteriaRow(condition, str(number)) for number, condition in enumerate(conditions)]
    expected: list[object] = [None] * len(frame)
    for number, condition in enumerate(conditions):
        held, _ = graded(frame, "criteria('ONE')", {"ONE": [CriteriaRow(condition, "1")]})
        expected = [number if now is None and yes else now for now, yes in zip(expected, held)]
    found, _ = graded(frame, "criteria('S')", {"S": [*rows, CriteriaRow("1 > 2", "0")]})
    assert found == expected


# --- a study's own rows beside those of the standard -----------------------------------------------------------

TOML = engine_study.TOML.replace("[standards]", '[standards]\nctcae = "5.0"')
RESULTS = "SUBJ,TERM,U,V,LO\n1,Anemia,g/L,85,130\n2,Anemia,g/L,130,130\n3,Anemia,mg/mL,85,130\n4,Anemia,g/L,120,\n"
CALL = "criteria('CTCAE 5.0 LOW', ATOXDSCL=TERM, AVALU=U, AVAL=number(V), ANRLO=number(LO), BASE=None)"


def _graded_study(folder: Path, criteria: str = "") -> engine_study.Ran:
    files = {"study.toml": TOML, "raw/a.csv": RESULTS, "sdtm/mapping/ZZ.csv": engine_study.rules(f"_X | {CALL}")}
    if criteria:
        files["sdtm/Criteria.csv"] = f"Criteria,Order,Where,Value\n{criteria}"
    return engine_study.sdtm(folder, files)


def test_published_set_grades_the_columns_that_the_study_names(tmp_path: Path) -> None:
    assert _graded_study(tmp_path).values("_X") == [2, 0, None, None]


def test_record_that_cannot_be_graded_is_an_issue_with_its_row(tmp_path: Path) -> None:
    found = _graded_study(tmp_path).issues("Kind", "Variable", "Row", "Column", "Value", "Message")
    assert found == [
        ("criterion", "_X", 4, "TERM | V", "Anemia | 85",
         "CTCAE 5.0 states no laboratory criterion for this term in this unit: not graded"),
        ("criterion", "_X", 5, "TERM | U | LO | V", "Anemia | g/L |  | 120",
         "no lower limit of normal (ANRLO): grades 0 and 1 cannot be told apart"),
    ]  # fmt: skip


def test_row_of_the_study_comes_before_the_published_ones(tmp_path: Path) -> None:
    own = "\"CTCAE 5.0 LOW\",99,\"ATOXDSCL == 'Anemia' and AVALU == 'g/L' and AVAL < 90\",4\n"
    assert _graded_study(tmp_path, own).values("_X") == [4, 0, None, None]


def test_row_of_the_study_adds_a_unit(tmp_path: Path) -> None:
    own = "\"CTCAE 5.0 LOW\",1,\"ATOXDSCL == 'Anemia' and AVALU == 'mg/mL' and AVAL < 100\",2\n"
    found = _graded_study(tmp_path, own)
    assert found.values("_X") == [2, 0, 2, None]
    assert [row for _, row in found.issues("Kind", "Row")] == [5]


def test_unknown_version_of_the_standard(tmp_path: Path) -> None:
    toml = TOML.replace('ctcae = "5.0"', 'ctcae = "6.0"')
    (found,) = engine_study.faults(tmp_path, lambda: engine_study.sdtm(tmp_path, {"study.toml": toml}))
    assert found.startswith("study.toml [standards.ctcae] version 6.0 is not in specs/standards; there is CTCAE 4.03")


def test_grades_do_not_depend_on_how_many_records_there_are() -> None:
    values = np.linspace(60.0, 140.0, 2001)
    frame = pd.DataFrame({"ATOXDSCL": "Anemia", "AVALU": "g/L", "AVAL": values, "ANRLO": 130.0, "BASE": np.nan})
    found, _ = graded(frame, "criteria('CTCAE 5.0 LOW')")
    expected = [3 if v < 80 else 2 if v < 100 else 1 if v < 130 else 0 for v in np.round(values, 9)]
    assert found == expected
