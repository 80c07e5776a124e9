"""Linear models at their edges: published values, identities of complete data, data that tell little."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_cases import call_of, fitted, value
from model_study import frames, spec_of
from scipy import stats

from results.compute import compute
from results.run import check
from specs.problem import DataError


def frame(**columns: Any) -> pd.DataFrame:
    """Records with the columns that model_cases knows."""
    found = pd.DataFrame({"visit": "1", "c1": None, "c2": None, "x1": np.nan, "x2": np.nan} | columns)
    return found if "subject" in columns else found.assign(subject=[str(row) for row in found.index])


def of(data: pd.DataFrame, statistic: str, options: str, arm: str, *names: str, visit: str = "") -> list[Any]:
    model = fitted(data, call_of(statistic, options))
    return [value(model, data, arm, visit, name) for name in names]


# --- published ---


def test_ancova_of_blood_pressure_and_age_as_printed_by_sas() -> None:
    """PROC REG and PROC GLM of 10 subjects, www.stat.wmich.edu/naranjo/stat6620/anacova17.txt."""
    data = frame(
        y=[110.0, 118, 132, 140, 120, 128, 132, 138, 142, 150],
        arm=["A"] * 4 + ["B"] * 6,
        x1=[20.0, 25, 30, 35, 30, 35, 35, 40, 40, 45],
    )
    names = ("estimate", "std_error", "statistic", "p_value", "sigma", "f", "f_p")
    found = of(data, "ancova", "covariates=x1", "B", *names)
    assert [round(one, 5) for one in found[:2]] == [-10.38095, 1.64051]
    assert [round(found[2], 2), round(found[3], 4), round(found[4], 5)] == [-6.33, 0.0004, 1.83689]
    assert [round(found[5], 2), round(found[6], 4)] == [40.04, 0.0004]


def test_ancova_of_the_cracker_promotion_as_printed_by_sas() -> None:
    """Kutner and others, Applied Linear Statistical Models, table 22.1; PROC GLM at wright.edu, stt647/ch22eg1."""
    data = frame(
        y=[38.0, 39, 36, 45, 33, 43, 38, 38, 27, 34, 24, 32, 31, 21, 28],
        x1=[21.0, 26, 22, 28, 19, 34, 26, 29, 18, 25, 23, 29, 30, 16, 29],
        arm=["A"] * 5 + ["B"] * 5 + ["C"] * 5,
    )
    found = of(data, "ancova", "covariates=x1", "C", "f", "sigma", "df_residual")
    assert [round(found[0], 2), round(found[1], 6), found[2]] == [59.48, 1.87256, 11]
    assert round(of(data, "ancova", "covariates=x1", "C", "f", visit="x1")[0], 2) == 76.72


# --- identities ---


def complete(visits: int = 3) -> pd.DataFrame:
    draw = np.random.default_rng(7)
    subjects, arms = np.repeat(np.arange(14), visits), np.repeat(np.array(["A", "B"])[np.arange(14) % 2], visits)
    wave = np.repeat(draw.normal(size=14), visits) + draw.normal(size=14 * visits)
    visit = np.tile([f"V{number}" for number in range(visits)], 14)
    return frame(y=wave + 2 * (arms == "B"), subject=[str(one) for one in subjects], arm=arms, visit=visit)


@pytest.mark.parametrize("df", ["satterthwaite", "kenward_roger"])
def test_mmrm_of_complete_data_is_the_t_test_at_each_visit(df: str) -> None:
    data = complete()
    for visit in ("V0", "V1", "V2"):
        mine = data[data["visit"] == visit]
        one, other = mine.loc[mine["arm"] == "B", "y"], mine.loc[mine["arm"] == "A", "y"]
        expected = stats.ttest_ind(one, other)
        options = f"visit=visit, df='{df}'"
        found = of(data, "mmrm", options, "B", "estimate", "statistic", "parameter", "p_value", visit=visit)
        assert found == pytest.approx([one.mean() - other.mean(), expected.statistic, 12, expected.pvalue], rel=1e-7)


def test_mmrm_of_one_visit_is_the_ancova() -> None:
    data = complete(1).assign(x1=np.cos(np.arange(14)))
    names = ("lsmean", "lsmean_se", "estimate", "std_error", "parameter", "p_value", "f", "f_p")
    for df in ("satterthwaite", "kenward_roger"):
        repeated = of(data, "mmrm", f"visit=visit, covariates=x1, df='{df}'", "B", *names)
        assert repeated == pytest.approx(of(data, "ancova", "covariates=x1", "B", *names), rel=1e-7)


def test_response_in_another_unit_gives_the_same_tests() -> None:
    data = complete()
    names = ("statistic", "parameter", "p_value", "f")
    first = of(data, "mmrm", "visit=visit", "B", *names, visit="V1")
    again = of(data.assign(y=1e7 * data["y"] + 5e8), "mmrm", "visit=visit", "B", *names, visit="V1")
    assert again == pytest.approx(first, rel=1e-7)


# --- edges ---


def test_saturated_model_has_means_without_errors() -> None:
    data = frame(y=[1.0, 2.0, 5.0], arm=["A", "B", "C"])
    found = of(data, "ancova", "", "B", "lsmean", "estimate", "std_error", "p_value", "f", "note")
    assert found[:2] == pytest.approx([2, 1]) and found[2:5] == [None] * 3
    assert found[5] == "the residual variance is not known: no degrees of freedom are left"


def test_equal_values_have_no_test() -> None:
    data = frame(y=[3.0] * 6, arm=["A", "B"] * 3)
    found = of(data, "ancova", "", "B", "lsmean", "p_value", "note")
    assert found == [pytest.approx(3), None, "the residuals are all 0"]


def test_no_value_at_all_says_so() -> None:
    data = frame(y=[np.nan] * 4, arm=["A", "B"] * 2)
    for statistic, options in (("ancova", ""), ("mmrm", "visit=visit"), ("crossover", "period=visit")):
        lsmean, note, n, total = of(data, statistic, options, "B", "lsmean", "note", "n", "N")
        assert (lsmean, n, total) == (None, 0, 2)
        assert note == "no records with the response and all covariates and classes"


def test_infinite_value_is_refused() -> None:
    with pytest.raises(ValueError, match="a value or a covariate is infinite"):
        of(frame(y=[1.0, np.inf], arm=["A", "B"]), "ancova", "", "B", "n")


NUMBERS = st.one_of(st.none(), st.integers(-3, 3), st.floats(-1e6, 1e6))


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("ABC"), st.sampled_from("123"), NUMBERS, NUMBERS, st.sampled_from(["p", "q", None])),
        min_size=2,
        max_size=24,
    ),
    call=st.sampled_from([
        ("ancova", "covariates=x1, classes=c1, interactions=arm*c1"),
        ("ancova", "classes=c1, margins='observed'"),
        ("mmrm", "visit=visit, covariates=x1, classes=c1, fallback='cs'"),
        ("mmrm", "visit=visit, covariance='toeph', classes=c1"),
        ("mmrm", "visit=visit, df='kenward_roger'"),
        ("crossover", "period=visit, classes=c1"),
    ]),
)  # fmt: skip
def test_any_data_give_finite_values_or_a_reason(rows: list[Any], call: tuple[str, str]) -> None:
    """No warning, no exception, nothing infinite: an LS mean that is not estimable has a note."""
    arms, visits, values, numbers, classes = zip(*rows)
    data = frame(arm=arms, visit=visits, y=np.array(values, dtype=float), x1=np.array(numbers, dtype=float), c1=classes)
    data["subject"] = [str(number) for number in data.groupby("visit").cumcount()]
    data.loc[0, "arm"] = "A"
    model = fitted(data, call_of(*call))
    for arm in range(data["arm"].nunique()):
        for visit in (None, *(range(data["visit"].nunique()) if call[0] == "mmrm" else ())):
            values_of = model.cell(arm, visit).values()
            assert all(np.isfinite(one.value) for one in values_of if isinstance(one.value, float))
            cell = {one.name: one.value for one in values_of if one.level is None}
            assert cell["lsmean"] is not None or cell["note"]


# --- the page of the documentation ---


def test_worked_example_of_the_documentation_is_whole(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "docs" / "linear-models.md").read_text(encoding="utf-8")
    results, statistics, lines, crossover = (
        ["|".join(row) for row in list(csv.reader(io.StringIO(block)))[1:]]
        for block in re.findall(r"```csv\n(.*?)```", text, re.DOTALL)
    )
    statistics = ["|".join([*row[:3], "", row[3]]) for row in (one.split("|", 3) for one in statistics)]
    spec = spec_of(tmp_path, statistics, lines, results)
    check(spec)
    assert all(one.estimates for one in compute(spec, frames()))
    (pk,) = ["|".join([*row[:2], "", "", row[2]]) for row in (one.split("|", 2) for one in crossover)]
    check(spec_of(tmp_path / "pk", [pk], results=["T1|PK|AUC|AVAL|r|p||ADPC||TRTA"]))
    for name in re.findall(r"`(\w+)`", text.split("## What is told")[1].split("- What cannot")[0]):
        cell = compute(spec, frames())[0].values(("High",), ("Week 8",))
        assert name in {one.name for one in cell}


def test_period_with_two_records_of_a_subject_is_an_error(tmp_path: Path) -> None:
    data = frames()["ADPC"]
    data.loc[1, "APERIOD"] = 1.0
    text = "PK|1|||crossover(AVAL, period=APERIOD, reference='R', classes=TRTSEQP)"
    with pytest.raises(DataError, match=r"1 subject.* have several records at one APERIOD, the first 1"):
        compute(spec_of(tmp_path, [text], results=["T1|PK|AUC|AVAL|r|p||ADPC||TRTA"]), {"ADPC": data})
