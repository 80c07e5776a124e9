"""Whose records are counted, and in which denominator: planned, actual and missing arms, narrower denominators.

Expected counts are worked out by hand from the ten records below.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from test_results import study

from results.ard import Row
from results.compute import compute, rows
from specs.model import Spec
from specs.problem import DataError

ADSL = pd.DataFrame(
    [
        ("1", "A", 1.0, "Y", "F"),
        ("2", "A", 1.0, "Y", "M"),
        ("3", "B", 2.0, "Y", "F"),
        ("4", "B", 2.0, "Y", "M"),
        ("5", "B", 2.0, None, "F"),
        ("6", "B", 2.0, "Y", "M"),
    ],
    columns=["USUBJID", "TRT01A", "TRT01AN", "SAFFL", "SEX"],
)
ADAE = pd.DataFrame(
    [
        ("1", "A", 1.0, "MILD"),
        ("1", "A", 1.0, "SEVERE"),
        ("1", "A", 1.0, None),
        ("3", "B", 2.0, "MILD"),
        ("5", "B", 2.0, "SEVERE"),
    ],
    columns=["USUBJID", "TRTA", "TRTAN", "AESEV"],
)


def spec(call: str, denominator: str = "", selection: str = "", total: str = "") -> Spec:
    base = study()
    result = replace(
        base.results["AR.1"], id="R", dataset="ADAE", population="SAFFL == 'Y'", group="TRTA", total=total,
        selection_criteria=selection,
    )  # fmt: skip
    statistic = replace(base.statistics[0], result="R", order=1.0, statistic=call, by=(), denominator=denominator)
    return replace(base, results={"R": result}, statistics=(statistic,), lines=())


def found(one: Spec, adsl: pd.DataFrame = ADSL, adae: pd.DataFrame = ADAE) -> list[Row]:
    return rows(compute(one, {"ADSL": adsl, "ADAE": adae}))


def stats(table: list[Row], *names: str, at: str = "") -> dict[str, list[object]]:
    """By level of Group, Total blank."""
    out: dict[str, list[object]] = {}
    for row in table:
        if row.context != "population" and row.stat_name in names and row.variable_level == at:
            out.setdefault(row.groups[0][1] if row.groups else "", []).append(row.stat)
    return out


def test_subject_counts_once_of_those_of_its_arm_in_adsl() -> None:
    table = found(spec("incidence()", total="Total"))
    assert stats(table, "n", "N", "events") == {"A": [1, 2, 3], "B": [1, 3, 1], "": [2, 5, 4]}


def test_record_at_another_treatment_than_its_subject_has_in_adsl_is_refused() -> None:
    """Subject 2 would count in arm B, whose denominator does not hold it: 2 of 3, and nothing would tell."""
    moved = pd.concat([ADAE, pd.DataFrame([("2", "B", 2.0, "MILD")], columns=ADAE.columns)], ignore_index=True)
    with pytest.raises(DataError, match=r"1 subject\(s\) have records in ADAE with a TRTA that is not their TRT01A"):
        found(spec("incidence()"), adae=moved)


def test_subject_outside_a_narrower_denominator_is_refused() -> None:
    """Of the women 1 of 1 in each arm has an event; a man with one would count over the women."""
    assert stats(found(spec("subjects()", "SEX == 'F'")), "n", "N") == {"A": [1, 1], "B": [1, 1]}
    man = pd.concat([ADAE, pd.DataFrame([("4", "B", 2.0, "MILD")], columns=ADAE.columns)], ignore_index=True)
    with pytest.raises(
        DataError, match=r"\[Denominator\] subjects of ADAE: 1 subject\(s\) with records, the first '4'"
    ):
        found(spec("subjects()", "SEX == 'F'"), adae=man)
    table = found(spec("subjects()", "SEX == 'F'", "SEX == 'F'"), adae=man)
    assert stats(table, "n", "N") == {"A": [1, 1], "B": [1, 1]}


def test_subject_of_the_population_without_an_arm_is_refused() -> None:
    """It would stand in the total and in no column."""
    adsl = ADSL.assign(TRT01A=ADSL["TRT01A"].where(ADSL["USUBJID"] != "6", None))
    adsl["TRT01AN"] = adsl["TRT01AN"].where(ADSL["USUBJID"] != "6", np.nan)
    with pytest.raises(DataError, match=r"1 record\(s\) of ADSL in this result have no TRT01A, the first of subject 6"):
        found(spec("incidence()", total="Total"), adsl)


def test_denominator_narrows_the_records_that_categories_divides_by() -> None:
    """Of the 4 records inside the population 3 have a severity; 2 of these are of subject 1, in arm A."""
    table = found(spec("categories(AESEV)", "not missing(AESEV)"))
    assert stats(table, "N", "N_obs") == {"A": [2, 2], "B": [1, 1]}
    assert stats(table, "n", "pct", at="MILD") == {"A": [1, 50.0], "B": [1, 100.0]}
    (condition,) = {
        row.records_where for row in table if row.groups == (("TRTA", "A"),) and row.context == "categories"
    }
    assert condition == "not missing(AESEV) and TRTA == 'A'"


def test_alternatives_of_a_selection_are_bracketed_in_the_condition_on_the_records() -> None:
    """`and` binds closer: without brackets the mild records of both arms would be said to be behind each number."""
    table = found(spec("subjects()", selection="(AESEV == 'MILD')or(AESEV == 'SEVERE')"))
    row = next(row for row in table if row.groups == (("TRTA", "A"),) and row.context == "subjects")
    assert row.records_where == "((AESEV == 'MILD')or(AESEV == 'SEVERE')) and TRTA == 'A'"
    assert row.where == "SAFFL == 'Y' and ((AESEV == 'MILD')or(AESEV == 'SEVERE'))"
    assert (row.records, row.subjects) == (2, 1)


def test_subject_that_left_before_the_second_period_is_in_the_column_of_the_first_alone() -> None:
    """It has no TRT02A, which no subject needs. Safety: A are 1, 2 and later 4; B are 3, 4, 6 and later 1, 2."""
    second = {"1": "B", "2": "B", "4": "A"}
    adsl = ADSL.assign(TRT02A=[second.get(name) for name in ADSL["USUBJID"]])
    counted = stats(found(spec("incidence()", total="Total"), adsl, ADAE.assign(APERIOD=1.0)), "N")
    assert counted == {"A": [3], "B": [5], "": [5]}
