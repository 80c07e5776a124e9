"""What a linear model must not tell wrongly: tests of small studies, the order of visits, what a call says twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from model_study import MMRM, frames, spec_of

from results.compute import compute
from results.statistics.mmrm import mmrm
from results.statistics.model_terms import ModelTerms
from specs.load import load
from specs.model import Spec
from specs.problem import DataError, SpecError

PC = "T1|EFF|AUC|AVAL|SPECIFIED IN PROTOCOL|PRIMARY OUTCOME MEASURE||ADPC||TRTA"
CROSSOVER = "EFF|1|||crossover(AVAL, period=APERIOD, reference='R', classes=TRTSEQP, df='kenward_roger')"


def of_crossover(folder: Path, pairs: list[tuple[float, float]]) -> dict[str, object]:
    """The values of T of a crossover whose first half of subjects has the sequence RT."""
    rows = [
        (f"S{number:02d}", sequence[period], "RT".index(sequence[period]) + 1.0, sequence, period + 1.0, value)
        for number, pair in enumerate(pairs)
        for sequence in ["RT" if number < len(pairs) / 2 else "TR"]
        for period, value in enumerate(pair)
    ]
    names = ["USUBJID", "TRTA", "TRTAN", "TRTSEQP", "APERIOD", "AVAL"]
    data = {**frames(), "ADPC": pd.DataFrame(rows, columns=names).assign(PARAMCD="AUC", PARAM="AUC")}
    (found,) = compute(spec_of(folder, [CROSSOVER], results=(PC,)), data)
    return {value.name: value.value for value in found.values(("T",), ()) if value.level is None}


def test_f_of_two_treatments_is_the_square_of_t_with_two_degrees_of_freedom(tmp_path: Path) -> None:
    """Four subjects: half differences 1, 2 of RT and -0.5, 0.5 of TR; t = 1.5 / sqrt(0.5) = 2.12132, p = 0.16795."""
    found = of_crossover(tmp_path, [(10, 12), (11, 15), (9, 10), (14, 13)])
    assert found["statistic"] == pytest.approx(2.1213203, abs=1e-6)
    assert found["f"] == pytest.approx(4.5, abs=1e-6)
    assert found["f_p"] == pytest.approx(0.1679497, abs=1e-6)
    assert found["f_p"] == pytest.approx(found["p_value"])


def test_kenward_roger_of_four_degrees_of_freedom_is_told(tmp_path: Path) -> None:
    """At four the formula of several combinations divides by 0."""
    pairs = [(4.1, 1.0), (-3.5, -0.6), (-1.0, -0.7), (1.8, -3.8), (2.9, -3.4), (-0.6, 2.7)]
    found = of_crossover(tmp_path, pairs)
    assert found["parameter"] == pytest.approx(4)
    assert found["f_p"] == pytest.approx(found["p_value"])


@pytest.mark.parametrize("seed", range(12))
def test_kenward_roger_of_four_small_arms_has_a_test_or_none(seed: int) -> None:
    draw = np.random.default_rng(seed)
    terms = ModelTerms((), np.empty((16, 0)), (), np.empty((16, 0), dtype=np.int64), visit="AVISIT")
    arms, visits, subject = np.repeat(np.arange(4), 4), np.tile([0, 1], 8), np.repeat(np.arange(8), 2)
    model = mmrm(np.round(draw.normal(size=16), 1), arms, 0, visits, subject, terms, df="kenward_roger")
    found = {value.name: value.value for value in model.cell(1, 1).values() if value.level is None}
    p_value = found["f_p"]
    assert p_value is None or 0 < float(str(p_value)) <= 1


# --- the order of visits ---


def trial(numbered: bool) -> dict[str, pd.DataFrame]:
    """The trial with or without AVISITN; the first subject lacks Week 4, so that Week 8 appears before it."""
    data = frames()
    effect = data["ADEFF"]
    left = effect[~((effect["USUBJID"] == "S00") & (effect["AVISIT"] == "Week 4"))].reset_index(drop=True)
    return data | {"ADEFF": left if numbered else left.drop(columns="AVISITN")}


def at_week_8(spec: Spec, data: dict[str, pd.DataFrame]) -> list[float]:
    (found,) = compute(spec, data)
    known = {value.name: value.value for value in found.values(("High",), ("Week 8",)) if value.level is None}
    return [float(str(known[name])) for name in ("estimate", "std_error", "p_value")]


AR1 = "EFF|1|AVISIT||mmrm(CHG, visit=AVISIT, reference='Placebo', covariance='ar1')"


def test_covariance_by_distance_needs_an_order_of_the_visits(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"AVISIT has no order.*give the dataset AVISITN"):
        compute(spec_of(tmp_path, [AR1]), trial(numbered=False))


def test_fallback_by_distance_needs_an_order_of_the_visits_too(tmp_path: Path) -> None:
    call = "mmrm(CHG, visit=AVISIT, reference='Placebo', fallback=('toeph', 'cs'))"
    with pytest.raises(SpecError, match="covariance 'toeph' goes by the distance of visits"):
        compute(spec_of(tmp_path, [f"EFF|1|AVISIT||{call}"]), trial(numbered=False))


def test_visits_stand_in_the_order_of_their_codelist_as_of_their_numbers(tmp_path: Path) -> None:
    spec_of(tmp_path, [AR1])
    variables = tmp_path / "adam" / "Variables.csv"
    text = variables.read_text(encoding="utf-8")
    variables.write_text(text.replace("ADEFF,AVISIT,Avisit,text,No,,none", "ADEFF,AVISIT,Avisit,text,No,,AVISIT"))
    terms = "".join(f"AVISIT,Visit,{place},Week {week},\n" for place, week in enumerate((2, 4, 8), 1))
    (tmp_path / "adam" / "Codelists.csv").write_text("ID,Name,Order,Term,Decoded Value\n" + terms)
    by_terms = at_week_8(load(tmp_path, "adam"), trial(numbered=False))
    by_numbers = at_week_8(spec_of(tmp_path / "numbered", [AR1]), trial(numbered=True))
    assert by_terms == pytest.approx(by_numbers, rel=1e-9)


def test_unstructured_covariance_needs_no_order_of_the_visits(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, [f"EFF|1|AVISIT||{MMRM}"])
    assert at_week_8(spec, trial(numbered=False)) == pytest.approx(at_week_8(spec, trial(numbered=True)), rel=1e-8)


def test_companion_of_the_visit_in_by_is_refused(tmp_path: Path) -> None:
    """Each visit would have a model of its own, which still calls itself one of repeated measures."""
    spec = spec_of(tmp_path, [f"EFF|1|AVISITN||{MMRM}"])
    with pytest.raises(SpecError, match="visits of AVISIT, and By has AVISITN"):
        compute(spec, frames())


# --- what a call says ---


@pytest.mark.parametrize(
    "call",
    ["ancova(CHG, reference='Placebo', covariates=BASE, covariates=AVISITN)",
     "ancova(CHG, reference='Placebo', reference='High')",
     "mmrm(CHG, visit=AVISIT, visit=AVISITN, reference='Placebo')"],
)  # fmt: skip
def test_option_that_stands_twice_is_a_fault(tmp_path: Path, call: str) -> None:
    with pytest.raises((SpecError, DataError), match="twice"):
        compute(spec_of(tmp_path, [f"EFF|1|AVISIT||{call}"]), frames())
