"""Derivations as rules call them: what they cannot compute, and what a column of values costs."""

from __future__ import annotations

import functools
from pathlib import Path

import pandas as pd
import pytest
from engine_study import faults, filled, rules, sdtm

import derivations
from derivations.registry import Derivation

ROWS = "SUBJ,X\n1,2.5\n2,1e300\n3,\n"


def test_number_that_cannot_be_held_is_a_fault_of_its_rule(tmp_path: Path) -> None:
    units = "Test Code,Collected Unit,Standard Unit,Factor\n,kg,ng,1000000000000\n"
    mapping = rules("_A | X", "_X | convert(number(X), 'kg', 'ng')")
    files = {"raw/a.csv": ROWS, "sdtm/Units.csv": units, "sdtm/mapping/ZZ.csv": mapping}
    assert faults(tmp_path, lambda: sdtm(tmp_path, files)) == [
        "sdtm/mapping/ZZ.csv:3 [Expression] convert(value=1e+300, from_unit='kg', to_unit='ng'):"
        " the result is no number that can be held"
    ]


def test_constant_that_a_derivation_refuses_is_a_fault_of_its_rule(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: filled(tmp_path, ROWS, "_X | assign_datetime(X, 'y', pivot=1968)"))
    assert len(found) == 1
    assert found[0].startswith("sdtm/mapping/ZZ.csv:2 ")
    assert "pivot is the last two-digit year of the 2000s, 0 to 99" in found[0]


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ("impute_date(X, 'first', highest='Y')", "with the rule 'first' it needs not_before"),
        ("impute_date(X, 'last', date('2024-01-01'), highest='Y')", "with the rule 'last' it needs not_after"),
        ("treatment_emergent(1, 2, 3, end_window=30)", "trt_end_date and end_window are given together"),
        ("treatment_emergent(1, 2, 3, intensity=2)", "initial_intensity and intensity are given together"),
        ("on_treatment(1, 2, span_period=True)", "span_period needs end_date"),
        ("egfr(number(X), 'mg/dL', 50, 'M', 'MDRD')", "MDRD needs race"),
        ("duration(1, 2, 'month')", "out_unit is one of years, months"),
        ("duration(X, X)", "needs a number, but raw_a.X is a text"),
        ("impute_result(X, 2, 0.5)", "factor belongs to imputation_type 1"),
    ],
)
def test_arguments_that_do_not_go_together_are_found_before_the_data(tmp_path: Path, call: str, fault: str) -> None:
    rule = call.replace("impute_date(X", "impute_date(iso8601(X, X, X)")
    (found,) = faults(tmp_path, lambda: filled(tmp_path, "SUBJ,X\n", f"_X | {rule}"))
    assert found.startswith("sdtm/mapping/ZZ.csv:2 [Expression] ") and fault in found


@pytest.mark.parametrize(
    ("call", "values"),
    [
        ("impute_date(iso8601(X, X, X), 'first', number(X), highest='Y')", [2, None, 12, 2]),
        ("flag(treatment_emergent(number(X), None, 3, 9, end_window=LIMIT))", [None, "Y", "Y", None]),
        ("flag(on_treatment(number(X), 2, 9, pre_timepoint=X == '2', ref_end_window=1))", ["Y", "Y", None, None]),
        ("egfr(number(X), 'mg/dL', 50, 'M', 'MDRD', 'WHITE')", [27.47, None, 4.495, 35.54]),
    ],
)
def test_arguments_that_go_together_are_taken(tmp_path: Path, call: str, values: list[object]) -> None:
    """By hand: no date is known, so the bound's day; Day 12 is within 9 + LIMIT (3), and later than 9 + 1; a start that
    is missing counts as within; 175 * X ** -1.154 * 50 ** -0.203."""
    found = filled(tmp_path, "SUBJ,X\n1,2.5\n2,\n3,12\n4,2\n", f"_X | {call}").values("_X")
    assert found == [pytest.approx(value, rel=5e-4) if isinstance(value, float) else value for value in values]


def test_moment_taken_for_a_day_is_a_fault_of_its_rule(tmp_path: Path) -> None:
    rows = "SUBJ,X\n1,23439\n2,2025217800\n"
    found = faults(tmp_path, lambda: filled(tmp_path, rows, "_D | study_day(number(X), 23439)"))
    assert found == [
        "sdtm/mapping/ZZ.csv:2 [Expression] study_day(date=2025217800, reference_date=23439): study_day: date lies"
        " after 9999-12-31; a moment in seconds (--DTM) is the day floor(X / 86400)"
    ]


def test_text_that_is_no_frequency_unit_or_time_point_is_an_issue(tmp_path: Path) -> None:
    rows = "SUBJ,X\n1,QD\n2,2H\n3,YEARS\n"
    ran = filled(tmp_path, rows, "_F | doses_per_day(X)", "_H | timepoint_hours(X)", "_A | convert_age(3, X)")
    assert ran.values("_F") == [1, None, None]
    assert ran.values("_H") == [None, 2, None]
    assert ran.values("_A") == [None, None, 3]
    assert sorted(ran.issues("Kind", "Variable", "Value")) == [
        ("no_match", "_H", "QD"), ("no_match", "_H", "YEARS"),
        ("not_mapped", "_F", "2H"), ("not_mapped", "_F", "YEARS"),
        ("unit_without_factor", "_A", "2H"), ("unit_without_factor", "_A", "QD"),
    ]  # fmt: skip


def test_result_for_which_a_unit_formula_divides_by_zero_is_missing_and_told(tmp_path: Path) -> None:
    files = {
        "raw/a.csv": "SUBJ,X\n1,0\n2,4\n",
        "sdtm/Units.csv": "Test Code,Collected Unit,Standard Unit,Factor\n,s,Hz,100 / x\n",
        "sdtm/mapping/ZZ.csv": rules("_N | convert(number(X), 's', 'Hz')", "_T | standard_text(X, 's', 'FREQ', 'Hz')"),
    }
    ran = sdtm(tmp_path, files)
    assert ran.values("_N") == [None, 25]
    assert ran.values("_T") == [None, "25"]
    assert ran.issues("Kind", "Variable", "Row", "Value") == [
        ("unit_divides_by_zero", "_N", 2, "0"), ("unit_divides_by_zero", "_T", 2, "0"),
    ]  # fmt: skip


def test_derivation_sees_each_distinct_number_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = derivations.REGISTRY["round_half_up"]
    sizes = []

    @functools.wraps(known.function)  # the language reads the signature, and remembers it
    def counted(x: pd.Series, digits: int = 0) -> pd.Series:
        sizes.append(len(x))
        return known.function(x, digits)

    monkeypatch.setitem(
        derivations.REGISTRY, "round_half_up", Derivation(known.name, counted, known.returns, known.source)
    )
    text = "SUBJ,X\n" + "1,2.5\n1,\n1,1.4\n" * 50
    ran = filled(tmp_path, text, "_X | round_half_up(number(X), 0)")
    assert set(ran.values("_X")) == {3, None, 1}
    assert [size for size in sizes if size] == [3]  # with none, a constant is tried before the data are read
