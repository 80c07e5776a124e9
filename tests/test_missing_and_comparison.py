"""Missing values, comparisons of numbers and ISO dates, and the functions that belong to the language itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from engine_study import faults, filled, value

from engine.columns import Text
from engine.compare import compare, same_number

# one row with all values, one with none
A = "SUBJ,T,U,N,M,D\n1,a,b,2,4,2024-03-04\n2,,,,,\n"


@pytest.mark.parametrize(
    ("condition", "full", "empty"),
    [
        ("T == 'a'", "Y", "N"),
        ("T != 'a'", "N", "Y"),  # a missing value differs from every value
        ("T == U", "N", "N"),  # missing does not equal missing
        ("T != U", "Y", "Y"),
        ("T in ('a', 'c')", "Y", "N"),
        ("T not in ('a', 'c')", "N", "Y"),
        ("T not in ('c', 'd')", "Y", "Y"),
        ("not T == 'a'", "N", "Y"),
        ("not number(N) < 3", "N", "Y"),
        ("number(N) < 3", "Y", "N"),
        ("number(N) >= 3", "N", "N"),
        ("1 < number(N) < 3", "Y", "N"),
        ("missing(T)", "N", "Y"),
        ("not missing(T)", "Y", "N"),
        ("T == 'a' and missing(U)", "N", "N"),
        ("T == 'a' or missing(U)", "Y", "Y"),
    ],
)
def test_condition_with_and_without_values(tmp_path: Path, condition: str, full: str, empty: str) -> None:
    assert value(tmp_path, A, f"yn({condition})") == [full, empty]


@pytest.mark.parametrize("call", ["total(None)", "least(None)", "greatest(None)", "coalesce('')"])
def test_functions_of_nothing_but_missing_values_are_missing(tmp_path: Path, call: str) -> None:
    assert value(tmp_path, A, call) == [None, None]


def test_none_beside_conditions_is_false(tmp_path: Path) -> None:
    assert value(tmp_path, A, "yn(U == 'b' if T == 'a' else None)") == ["Y", "N"]
    assert value(tmp_path, A, "yn(None if T == 'a' else missing(U))") == ["N", "Y"]


def test_equal_to_none_is_an_error_that_suggests_missing(tmp_path: Path) -> None:
    assert "missing" in faults(tmp_path, lambda: value(tmp_path, A, "yn(T == None)"))[0]


@pytest.mark.parametrize(
    ("expression", "full", "empty"),
    [
        ("number(N) + number(M)", 6, None),
        ("number(N) * 2 - 1", 3, None),
        ("number(M) / number(N)", 2, None),
        ("number(M) / (number(N) - 2)", None, None),  # division by zero
        ("number(M) // (number(N) - 2)", None, None),
        ("number(M) % (number(N) - 2)", None, None),
        ("-number(N)", -2, None),
        ("T + U", "ab", None),
        ("T + '-'", "a-", None),
        ("join('; ', T, U)", "a; b", None),
        ("join('; ', T, 'z')", "a; z", "z"),
        ("flag(T == 'a')", "Y", None),
        ("yn(T == 'a')", "Y", "N"),
        ("coalesce(T, 'none')", "a", "none"),
        ("coalesce(number(N), number(M), 9)", 2, 9),
        ("least(number(N), number(M))", 2, None),
        ("greatest(number(N), 3)", 3, 3),
        ("total(number(N), number(M), 1)", 7, 1),
        ("total(number(N), number(M))", 6, None),
        ("'x' if T == 'a' else 'y'", "x", "y"),
        ("1 if T == 'a' else None", 1, None),
    ],
)
def test_value_with_and_without_parts(tmp_path: Path, expression: str, full: object, empty: object) -> None:
    assert value(tmp_path, A, expression) == [full, empty]


def test_columns_that_are_no_identifiers_stand_in_backticks(tmp_path: Path) -> None:
    a = "SUBJ,IT.AETERM,class,2nd visit\n1,Rash,c,v\n"
    assert value(tmp_path, a, "`IT.AETERM` + `class` + raw_a.`2nd visit`") == ["Rashcv"]


# --- dates ----------------------------------------------------------------------------------------------

ISO_CASES = [
    # left, right, ==, <, <=
    ("2024-03-04", "2024-03-04", True, False, True),
    ("2024-03-04T08:00", "2024-03-04", True, False, True),  # a date-time against a date: the day counts
    ("2024-03-04T08:00", "2024-03-04T09:00", False, True, True),
    ("2024-03-04T08:00", "2024-03-04T08:00:00", True, False, True),
    ("2024-03-04T23:59", "2024-03-05", False, True, True),
    ("2024-03", "2024-04-01", False, True, True),
    ("2024-03", "2024-03-31", False, False, True),  # every day of March is at or before the 31st
    ("2024-03", "2024-03-15", False, False, False),  # some days are, some are not
    ("2024-03-01", "2024-03", False, False, True),
    ("2024-03", "2024-03", False, False, False),  # each stands for any day of March
    ("2024", "2025-01", False, True, True),
    ("2024-12-31", "2025", False, True, True),
    ("", "2024-03-04", False, False, False),
    ("", "", False, False, False),
    ("--03-04", "2024-03-04", False, False, False),  # no year: no day
]


@pytest.mark.parametrize(("left", "right", "equal", "less", "at_most"), ISO_CASES)
def test_iso_comparison(left: str, right: str, equal: bool, less: bool, at_most: bool) -> None:
    a, b = Text.of([left]), Text.of([right])
    found = {operator: bool(compare(operator, a, b, "iso")[0]) for operator in ("==", "!=", "<", "<=")}
    assert found == {"==": equal, "!=": not equal, "<": less, "<=": at_most}
    assert bool(compare(">", b, a, "iso")[0]) == less
    assert bool(compare(">=", b, a, "iso")[0]) == at_most


def iso(name: str) -> str:
    return f"iso8601(substr({name}, 1, 4), substr({name}, 6, 2), substr({name}, 9, 2), substr({name}, 12, 5))"


@pytest.mark.parametrize(
    ("first", "second", "least", "greatest"),
    [
        ("2024-03-04", "2024-03-05", "2024-03-04", "2024-03-05"),
        ("2024-03-04", "2024-03-04T08:00", "2024-03-04T08:00", "2024-03-04T08:00"),  # the one with a time
        ("2024-03-04T09:00", "2024-03-04T08:00", "2024-03-04T08:00", "2024-03-04T09:00"),
        ("2024-03", "2024-05-01", "2024-05-01", "2024-05-01"),  # a date without a day is skipped
        ("2024-03", "", None, None),
    ],
)
def test_least_and_greatest_date_keep_the_text(
    tmp_path: Path, first: str, second: str, least: str | None, greatest: str | None
) -> None:
    a = f"SUBJ,D,E\n1,{first},{second}\n"
    ran = filled(tmp_path, a, f"_D | {iso('D')}", f"_E | {iso('E')}", "_L | least(_D, _E)", "_G | greatest(_D, _E)")
    assert (ran.values("_L"), ran.values("_G")) == ([least], [greatest])


def test_min_and_max_of_records_skip_dates_without_a_day(tmp_path: Path) -> None:
    a = "SUBJ,D\n1,2024-03\n1,2024-03-04\n1,2024-03-04T08:00\n1,2024-02-28\n2,2024\n"
    ran = filled(tmp_path, a, f"_D | {iso('D')}", "_L | min(_D)", "_G | max(_D)")
    assert ran.values("_L") == ["2024-02-28"] * 4 + [None]
    assert ran.values("_G") == ["2024-03-04T08:00"] * 4 + [None]


def test_by_and_order_use_the_exact_text(tmp_path: Path) -> None:
    a = "SUBJ,D\n1,2024-03-04T08:00\n1,2024-03-04\n"
    ran = filled(tmp_path, a, f"_D | {iso('D')}", "_N | count(_D, by=_D)", "_R | row_number(order=_D)")
    assert ran.values("_N") == [1, 1]
    assert ran.values("_R") == [2, 1]


@pytest.mark.parametrize(
    ("date", "start", "end", "inside"),
    [
        ("2024-03-04", "2024-03-04", "2024-03-06", "Y"),
        ("2024-03-06", "2024-03-04", "2024-03-06", "N"),  # the end does not belong to it
        ("2024-03-06", "2024-03-04", "", "Y"),  # a missing end is open
        ("2024-03-06", "", "2024-03-07", "N"),
        ("2024-03", "2024-03-01", "2024-04-01", "Y"),  # every day of March
        ("2024-03", "2024-03-02", "2024-04-01", "N"),
    ],
)
def test_date_in(tmp_path: Path, date: str, start: str, end: str, inside: str) -> None:
    a = f"SUBJ,D,S,E\n1,{date},{start},{end}\n"
    rows = [f"_{name} | {iso(name)}" for name in "DSE"]
    assert filled(tmp_path, a, *rows, "_X | yn(date_in(_D, _S, _E))").values("_X") == [inside]


def test_text_has_no_order(tmp_path: Path) -> None:
    assert "have no order" in faults(tmp_path, lambda: value(tmp_path, A, "yn(T < U)"))[0]


# --- numbers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (0.1 + 0.2, 0.3, True),
        (1.0000000001, 1.0, True),  # eleven digits
        (1.000000001, 1.0, False),  # ten digits
        (12345678901.0, 12345678902.0, False),  # whole numbers are exact
        (12345678901.4, 12345678902.3, True),
        (9999999999.5, 10000000000.0, True),  # ten digits round up to a power of ten
        (1e-300, 1.00000000001e-300, True),
        (0.0, 1e-300, False),
        (-2.5, 2.5, False),
    ],
)
def test_numbers_compare_on_ten_significant_digits(left: float, right: float, equal: bool) -> None:
    assert same_number(np.array([left]), np.array([right])).tolist() == [equal]
    a, b = np.array([left]), np.array([right])
    assert compare("<=", a, b, "number").tolist() == [equal or left < right]
    assert compare("<", a, b, "number").tolist() == [left < right and not equal]
    assert compare("!=", a, b, "number").tolist() == [not equal]


def test_missing_number_differs_from_every_number() -> None:
    nothing, one = np.array([np.nan]), np.array([1.0])
    assert compare("!=", nothing, one, "number").tolist() == [True]
    assert compare("!=", nothing, nothing, "number").tolist() == [True]
    assert not any(compare(operator, nothing, one, "number")[0] for operator in ("==", "<", "<=", ">", ">="))


@pytest.mark.parametrize("expression", ["1 ** number(N)", "number(N) ** 0", "0 ** number(N)", "number(N) ** number(N)"])
def test_power_with_a_missing_side_is_missing(tmp_path: Path, expression: str) -> None:
    assert value(tmp_path, "SUBJ,N\n1,\n", expression) == [None]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("number(N) // 0.1", 70),  # 7 / 0.1 is 70 on paper; floating point division alone rounds it down to 69
        ("number(N) % 0.1", 0),
        ("(0.1 * 3) // 0.1", 3),
        ("0.3 % 0.1", 0),
        ("-0.3 // 0.1", -3),
        ("0.29 * 100 // 1", 29),
        ("0.35 // 0.1", 3),
        ("round_half_up(0.35 % 0.1, 6)", 0.05),
        ("123456.7 // 0.1", 1234567),
        ("9007199254740991 // 2", 4503599627370495),
        ("-number(N) // 2", -4),
        ("-number(N) % 2", 1),
    ],
)
def test_quotient_that_is_whole_on_paper_is_whole(tmp_path: Path, expression: str, expected: float) -> None:
    assert value(tmp_path, "SUBJ,N\n1,7\n", expression) == [expected]


def test_coalesce_reports_the_same_whether_or_not_another_record_has_a_gap(tmp_path: Path) -> None:
    """What is reported of a record does not depend on which other records are built with it."""
    rule = "_X | coalesce(number(A), number(B))"
    alone = filled(tmp_path / "one", "SUBJ,A,B\n1,5,x\n", rule)
    beside = filled(tmp_path / "two", "SUBJ,A,B\n1,5,x\n2,,7\n", rule)
    assert alone.issues("USUBJID", "Value") == beside.issues("USUBJID", "Value") == [("1", "x")]
    assert (alone.values("_X"), beside.values("_X")) == ([5], [5, 7])


@pytest.mark.parametrize("items", ["_D, T", "T, _D"])
def test_member_compares_each_item_as_equality_does(tmp_path: Path, items: str) -> None:
    """ISO dates compare by their days, a date and a text by their letters, in whatever order the list names them."""
    rows = "SUBJ,D,T\n1,2024-03-04,x\n2,2024-03-05,2024-03-04\n"
    ran = filled(
        tmp_path, rows, "_W | assign_datetime('2024-03-04', 'y-m-d', '08:00')", "_D | assign_datetime(D, 'y-m-d')",
        f"_IN | yn(_W in ({items}))", f"_OUT | yn(_W not in ({items}))",
    )  # fmt: skip
    assert (ran.values("_IN"), ran.values("_OUT")) == (["Y", "N"], ["N", "Y"])
