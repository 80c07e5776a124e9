"""Texts as arguments of a statistic: their levels, and options that are texts or true or false."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from test_results import TA1, golden, study, values

from results.call import read_call
from results.evaluate import text_levels
from results.run import run
from results.statistics import STATISTICS
from specs.problem import Place, SpecError

PLACE = Place("results/Statistics.csv", 2, "Statistic")
FRAME = pd.DataFrame(
    {
        "USUBJID": list("12345"),
        "AESEV": ["SEVERE", "MILD", None, "", "MILD"],
        "AESEVN": [3.0, 1.0, np.nan, np.nan, 1.0],
        "TOXGR": [2.0, 10.0, np.nan, 0.0, 2.5],
        "AGE": [70.0, 50.0, 60.0, np.nan, 66.0],
    }
)


def levels(text: str) -> tuple[list[str], list[str | None]]:
    found = text_levels(text, FRAME, {}, PLACE)
    return list(found.categories), [None if pd.isna(value) else value for value in found]


def test_levels_of_a_variable_stand_in_the_order_of_its_numbers_and_blank_is_missing() -> None:
    assert levels("AESEV") == (["MILD", "SEVERE"], ["SEVERE", "MILD", None, None, "MILD"])


def test_levels_of_a_number_are_ascending_and_whole_ones_have_no_decimals() -> None:
    assert levels("TOXGR") == (["0", "2", "2.5", "10"], ["2", "10", None, "0", "2.5"])


def test_levels_of_an_expression_are_ascending() -> None:
    assert levels("'>=65' if AGE >= 65 else '<65'")[0] == ["<65", ">=65"]


def test_condition_is_no_text() -> None:
    with pytest.raises(SpecError, match=r"Statistics.csv:2 \[Statistic\] 'AGE > 65' is a condition, not a text"):
        levels("AGE > 65")


def test_wrong_name_in_a_text_names_the_nearest() -> None:
    with pytest.raises(SpecError, match="AESEV"):
        levels("AESEVV")


def test_categories_of_every_arm_have_the_levels_of_all() -> None:
    spec = study()
    first = replace(spec.statistics[0], statistic="categories('met' if AVAL == 1 else 'not met', levels=('met',))")
    rows = run(replace(spec, statistics=(first,)), golden())
    assert values(rows, "AR.1", TA1)["N"] == 4
    assert [values(rows, "AR.1", TA1, at=level)["n"] for level in ("met", "not met", "Missing")] == [3, 1, 0]
    assert {row.variable for row in rows if row.variable_level == "met"} == {"level"}


@pytest.mark.parametrize(
    ("text", "constants"),
    [
        ("categories(SEX, levels=('F', 'M'))", {"levels": ("F", "M")}),
        ("categories(SEX, levels='F')", {"levels": ("F",)}),
        ("wilcoxon(AVAL, correct=False)", {"correct": False}),
        ("percentiles(AVAL, at=50)", {"at": (50,)}),
    ],
)
def test_options_may_be_texts_and_true_or_false(text: str, constants: dict[str, object]) -> None:
    assert read_call(text, PLACE).constants == constants


@pytest.mark.parametrize(
    "text",
    [
        "categories(SEX, levels=(1, 2))",
        "wilcoxon(AVAL, correct='no')",
        "wilcoxon(AVAL, correct=1)",
        "proportion(AVAL == 1, level=True)",
        "percentiles(AVAL, at=('a',))",
        "percentiles(AVAL, at=(True,))",
        "incidence_rate(AVAL, AVAL, per='100')",
    ],
)
def test_option_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(SpecError, match="is of the wrong kind"):
        read_call(text, PLACE)


@pytest.mark.parametrize("name", sorted(STATISTICS))
def test_every_statistic_tells_its_values_without_records(name: str) -> None:
    known = STATISTICS[name]
    columns = {"condition": "AVAL == 1", "number": "AVAL", "text": "SEX"}
    call = read_call(f"{name}({', '.join(columns[kind] for kind in known.columns.values())})", PLACE)
    assert call.of_nothing().values()
