"""ANCOVA, MMRM and the crossover in the tables of a study: results, lines, records, what is refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from model_study import ANCOVA, MMRM, WEEKS, frames, spec_of

from results import ars, layout, records
from results.compute import compute, rows
from results.computed import Computed
from results.dependence import notices
from results.run import check, run
from specs.problem import DataError, SpecError

BY_VISIT = f"EFF|1|AVISIT||{ANCOVA}"
REPEATED = f"EFF|2|AVISIT||{MMRM}"


def one(folder: Path, statistic: str, data: dict[str, pd.DataFrame] | None = None) -> Computed:
    (found,) = compute(spec_of(folder, [statistic]), frames() if data is None else data)
    return found


def values(found: Computed, group: str, *level: str) -> dict[str, object]:
    return {value.name: value.value for value in found.values((group,), level) if value.level is None}


def faults(folder: Path, statistic: str, data: dict[str, pd.DataFrame] | None = None) -> str:
    with pytest.raises((SpecError, DataError)) as raised:
        one(folder, statistic, data)
    return str(raised.value)


# --- one model for all levels of Group ---


def test_ancova_has_a_model_for_each_visit_and_a_cell_for_each_arm(tmp_path: Path) -> None:
    found = one(tmp_path, BY_VISIT)
    assert found.by_levels == (("Week 2",), ("Week 4",), ("Week 8",))
    assert [group for group, level in found.estimates if level == ("Week 2",)] == [("Placebo",), ("Low",), ("High",)]
    assert values(found, "Low", "Week 2")["n_model"] == 23  # S05 has no BASE
    assert values(found, "Low", "Week 4")["N_model_left_out"] == 2  # and S07 no CHG
    assert values(found, "Placebo", "Week 8")["n"] == 7  # S03 has no record


def test_ancova_pools_the_variance_of_all_arms(tmp_path: Path) -> None:
    cells = [values(one(tmp_path, BY_VISIT), arm, "Week 2") for arm in ("Placebo", "Low", "High")]
    assert {cell["sigma"] for cell in cells} == {cells[0]["sigma"]}
    assert cells[0]["df_residual"] == 23 - 5


def test_reference_has_an_ls_mean_and_no_difference(tmp_path: Path) -> None:
    found = one(tmp_path, BY_VISIT)
    assert "estimate" not in values(found, "Placebo", "Week 2")
    low, reference = values(found, "Low", "Week 2"), values(found, "Placebo", "Week 2")
    assert low["estimate"] == pytest.approx(low["lsmean"] - reference["lsmean"])  # type: ignore[operator]


def test_mmrm_is_one_model_of_all_visits_with_a_cell_for_each(tmp_path: Path) -> None:
    found = one(tmp_path, REPEATED)
    cells = [values(found, "High", visit) for visit in ("Week 2", "Week 4", "Week 8")]
    assert [cell["n_model"] for cell in cells] == [67, 67, 67]  # 71 records, 3 without BASE, 1 without CHG
    assert [cell["n"] for cell in cells] == [7, 7, 7]
    assert len({cell["lsmean"] for cell in cells}) == 3
    assert {cell["covariance"] for cell in cells} == {"unstructured"}
    assert {len(used) for used in found.used.values()} == {71}


def test_mmrm_without_its_visit_in_by_is_the_mean_over_the_visits(tmp_path: Path) -> None:
    whole = values(one(tmp_path, f"EFF|1|||{MMRM}"), "Low")
    each = [values(one(tmp_path, REPEATED), "Low", visit) for visit in ("Week 2", "Week 4", "Week 8")]
    assert whole["lsmean"] == pytest.approx(sum(cell["lsmean"] for cell in each) / 3)  # type: ignore[misc]


def test_denominator_narrows_the_records_of_a_model(tmp_path: Path) -> None:
    found = one(tmp_path, f"EFF|1|AVISIT|REGION == 'US'|{ANCOVA}")
    assert values(found, "Low", "Week 2")["n_model"] == 14


def test_order_of_the_records_does_not_matter(tmp_path: Path) -> None:
    data = frames()
    turned = {**data, "ADEFF": data["ADEFF"].iloc[::-1].reset_index(drop=True)}
    for statistic in (BY_VISIT, REPEATED):
        first, second = one(tmp_path, statistic), one(tmp_path, statistic, turned)
        for key, cell in first.estimates.items():
            for a, b in zip(cell.values(), second.estimates[key].values()):
                near = pytest.approx(b.value, rel=1e-9) if isinstance(b.value, float) else b.value
                assert a.value == near, a.name


def test_two_computations_are_the_same_to_the_last_digit(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, [BY_VISIT, REPEATED])
    assert run(spec, frames()) == run(spec, frames())


# --- outputs ---


def test_lines_leave_the_reference_blank_for_a_difference(tmp_path: Path) -> None:
    lines = (
        "T1|1|Week 2: LS mean|EFF|1 'Week 2'|{lsmean:.1f}",
        "T1|2|Difference|EFF|1 'Week 2'|{estimate:.1f} ({conf_low:.1f}, {conf_high:.1f})",
        "T1|3|Region|EFF|1 'Week 2' REGION|{f_p:p}",
        "T1|4||EFF|2|{estimate:.1f}",
        "T1|5|Treatment by visit|EFF|2 'Week 8' TRTP*AVISIT|{f_p:p}",
    )
    spec = spec_of(tmp_path, [BY_VISIT, REPEATED], lines)
    check(spec)
    (shown,) = layout.tables(spec, compute(spec, frames()))
    cells = [row.cells for row in shown.rows]
    assert [bool(cell) for cell in cells[0]] == [True, True, True]
    for row in (1, 3, 4, 5):
        assert [bool(cell) for cell in cells[row]] == [False, True, True]
    assert len(set(cells[2])) == 1  # the test of a term is that of the whole model
    assert [row.label for row in shown.rows[3:6]] == ["Week 2", "Week 4", "Week 8"]


def test_ard_names_the_reference_and_the_records_of_the_model(tmp_path: Path) -> None:
    table = [row for row in rows([one(tmp_path, REPEATED)]) if row.context == "mmrm"]
    low = next(row for row in table if row.stat_name == "estimate")
    assert (low.groups, low.reference) == ((("TRTP", "Low"), ("AVISIT", "Week 2")), "Placebo")
    assert (low.records, low.subjects, low.records_where) == (71, 24, "PARAMCD == 'SBP'")
    placebo = [row for row in table if dict(row.groups)["TRTP"] == "Placebo"]
    assert {row.reference for row in placebo} == {""}
    term = next(row for row in table if row.variable == "term")
    assert term.variable_level == "AVISIT"


def test_records_of_the_result_show_what_the_model_names(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, [REPEATED])
    shown = records.gather(spec, compute(spec, frames()))["EFF"].frame.columns
    assert {"BASE", "REGION", "AVISIT", "CHG"} <= set(shown)


def test_ars_names_the_terms(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, [REPEATED])
    found = compute(spec, frames())
    text = ars.to_json(spec, found, rows(found), [])
    assert "One model of all levels, with the terms TRTP, AVISIT, REGION, BASE, BASE*AVISIT." in text


# --- what the reader is told ---


def test_ancova_of_several_visits_at_once_is_noticed(tmp_path: Path) -> None:
    (said,) = notices([one(tmp_path, f"EFF|1|||{ANCOVA}")])
    assert said == (
        "EFF: 24 subject(s) have several records in one model of ancova, which takes them as of different subjects."
    )
    assert not notices([one(tmp_path, BY_VISIT)]) and not notices([one(tmp_path, REPEATED)])


def test_arm_without_records_is_not_estimable_with_the_reason(tmp_path: Path) -> None:
    data = frames()
    data["ADEFF"] = data["ADEFF"][data["ADEFF"]["TRTP"] != "Low"].reset_index(drop=True)
    found = one(tmp_path, BY_VISIT, data)
    low = values(found, "Low", "Week 2")
    assert (low["lsmean"], low["estimate"], low["N"]) == (None, None, 0)
    assert low["note"] == "no records of this level in the model"
    assert values(found, "High", "Week 2")["estimate"] is not None
    warnings = {row.stat_name: row.warning for row in rows([found]) if dict(row.groups).get("TRTP") == "Low"}
    assert warnings["estimate"] == "no records of this level in the model"


def test_reference_without_records_leaves_no_difference(tmp_path: Path) -> None:
    data = frames()
    data["ADEFF"] = data["ADEFF"][data["ADEFF"]["TRTP"] != "Placebo"].reset_index(drop=True)
    low = values(one(tmp_path, BY_VISIT, data), "Low", "Week 2")
    assert low["lsmean"] is not None and low["estimate"] is None
    assert low["note"] == "no records of the reference level in the model"


def test_two_records_of_a_subject_at_a_visit_are_an_error(tmp_path: Path) -> None:
    data = frames()
    data["ADEFF"] = pd.concat([data["ADEFF"], data["ADEFF"].iloc[[4]]], ignore_index=True)
    said = faults(tmp_path, REPEATED, data)
    assert "1 subject(s) have several records at one AVISIT, the first S01" in said


def test_record_without_a_visit_is_an_error(tmp_path: Path) -> None:
    data = frames()
    data["ADEFF"].loc[3, "AVISIT"] = None
    assert "1 record(s) of ADEFF in this result have no AVISIT" in faults(tmp_path, f"EFF|1|||{MMRM}", data)


def test_covariance_that_is_not_told_is_not_estimable_or_falls_back_where_named(tmp_path: Path) -> None:
    data = frames()
    eff = data["ADEFF"]
    number = eff["USUBJID"].str[1:].astype(int)
    # Nobody has records of both Week 2 and Week 8.
    data["ADEFF"] = eff[~((eff["AVISIT"] == "Week 8") & (number < 12) | (eff["AVISIT"] == "Week 2") & (number >= 12))]
    data["ADEFF"] = data["ADEFF"].reset_index(drop=True)
    cell = values(one(tmp_path, REPEATED, data), "Low", "Week 4")
    assert cell["lsmean"] is None and cell["covariance"] is None
    assert cell["note"] == "un: no subject has records at both visits 1 and 3, in their order"
    named = REPEATED.replace("interactions", "fallback=('ar1', 'cs'), interactions")
    cell = values(one(tmp_path, named, data), "Low", "Week 4")
    assert cell["lsmean"] is not None and cell["covariance"] == "first-order autoregressive"
    assert cell["covariance_note"] == "un: no subject has records at both visits 1 and 3, in their order"


# --- the published crossover ---

CROSSOVER = "T1|PK|AUC|AVAL|r|p|PARAMCD == 'AUC'|ADPC||TRTA"


def crossover(folder: Path, options: str) -> dict[str, object]:
    text = f"PK|1|||crossover(AVAL, period=APERIOD, reference='R', classes=TRTSEQP{options})"
    data = {"ADPC": frames()["ADPC"]}
    (found,) = compute(spec_of(folder, [text], results=[CROSSOVER]), data)
    return values(found, "T")


@pytest.mark.parametrize("df", ["satterthwaite", "kenward_roger"])
def test_crossover_of_chow_and_liu(tmp_path: Path, df: str) -> None:
    """Means 80.272 and 82.559, 90% limits of the difference -8.698 and 4.123, on 22 degrees of freedom."""
    found = crossover(tmp_path, f", level=0.9, df='{df}'")
    assert found["lsmean"] == pytest.approx(80.272, abs=6e-4)
    assert found["estimate"] == pytest.approx(80.272 - 82.559, abs=1.1e-3)
    assert (found["conf_low"], found["conf_high"]) == (pytest.approx(-8.698, abs=6e-4), pytest.approx(4.123, abs=6e-4))
    assert found["parameter"] == pytest.approx(22)


def test_crossover_on_the_log_scale_gives_a_ratio(tmp_path: Path) -> None:
    """Of complete data the limits are those of the differences within subjects, half of which is the effect."""
    found = crossover(tmp_path, ", scale='log', level=0.9")
    frame = frames()["ADPC"].pivot(index=["USUBJID", "TRTSEQP"], columns="TRTA", values="AVAL").reset_index()
    import numpy as np
    from scipy import stats

    gap = np.log(frame["T"] / frame["R"])
    halves = [gap[frame["TRTSEQP"] == sequence] for sequence in ("RT", "TR")]
    middle = sum(half.mean() for half in halves) / 2
    pooled = sum(((half - half.mean()) ** 2).sum() for half in halves) / 22
    width = stats.t.ppf(0.95, 22) * np.sqrt(pooled * (1 / 12 + 1 / 12)) / 2
    assert found["estimate"] == pytest.approx(np.exp(middle), rel=1e-9)
    assert found["conf_low"] == pytest.approx(np.exp(middle - width), rel=1e-8)
    assert found["conf_high"] == pytest.approx(np.exp(middle + width), rel=1e-8)
    assert found["cv"] == pytest.approx(100 * np.sqrt(np.exp(pooled / 2) - 1), rel=1e-8)


def test_value_that_is_not_positive_has_no_model_on_the_log_scale(tmp_path: Path) -> None:
    found = values(one(tmp_path, BY_VISIT.replace("covariates", "scale='log', covariates")), "Low", "Week 2")
    assert found["lsmean"] is None and found["note"] == "a value is not positive, and has no logarithm"


# --- mistakes in a spec, before the data ---


@pytest.mark.parametrize(("call", "said"), [
    ("ancova(CHG, reference='Placebo', covariates=BAES)", "unknown name 'BAES'; did you mean 'BASE'?"),
    ("ancova(CHG, reference='Placebo', covariates=REGION)", "covariate REGION is not a number"),
    ("ancova(CHG, reference='Placebo', classes=REGON)", "ADEFF has no REGON"),
    ("ancova(CHG, reference='Placebo', covariates=CHG)", "has CHG as response and as a term of the model"),
    ("ancova(CHG, reference='Placebo', classes=TRTP)", "TRTP is in the model twice"),
    ("ancova(CHG, covariates=BASE)", "compares each level of Group with a reference, which is not named"),
    ("ancova(CHG, reference='Placebo', covariate=BASE)", "has no argument 'covariate'"),
    ("ancova(CHG, reference='Placebo', margins='om')", "margins='om' is not known"),
    ("ancova(CHG, reference='Placebo', covariates=BASE, interactions=TRTP*BASIS)", "BASIS is no term of the model"),
    ("ancova(CHG, reference='Placebo', covariates=BASE, interactions=BASE)", "is no product of terms"),
    ("ancova(CHG, reference='Placebo', covariates=(BASE, AVISITN), interactions=BASE*AVISITN)", "of two covariates"),
    ("mmrm(CHG, reference='Placebo', covariates=BASE)", "needs visit, the variable of the repeated records"),
    ("mmrm(CHG, visit=AVISTI, reference='Placebo')", "ADEFF has no AVISTI"),
    ("mmrm(CHG, visit=AVISIT, reference='Placebo', interactions=TRTP*AVISIT)", "is in the model twice"),
    ("mmrm(CHG, visit=AVISIT, reference='Placebo', covariance='us')", "covariance='us' is not known"),
    ("mmrm(CHG, visit=AVISIT, reference='Placebo', fallback=('cs', 'vc'))", "covariance='vc' is not known"),
    ("mmrm(CHG, visit=AVISIT, reference='Placebo', covariance='ar1', df='kenward_roger')", "not for 'ar1'"),
    ("mmrm(CHG, visit=AVISIT, reference='Placebo', fallback='ar1', df='kenward_roger')", "not for 'ar1'"),
    ("mmrm(CHG, visit=AVISIT, reference='Placebo', df='kr')", "df='kr' is not known"),
    ("crossover(CHG, reference='Placebo')", "needs period"),
])  # fmt: skip
def test_mistake_is_found_before_the_data(tmp_path: Path, call: str, said: str) -> None:
    with pytest.raises(SpecError) as raised:
        check(spec_of(tmp_path, [f"EFF|1|AVISIT||{call}"]))
    assert said in str(raised.value)


def test_point_that_is_no_term_is_found_before_the_data(tmp_path: Path) -> None:
    lines = ["T1|1|Treatment by age|EFF|2 'Week 8' TRTP*AVIST|{f_p:p}"]
    with pytest.raises(SpecError, match=r"point 'TRTP\*AVIST' is not known; did you mean 'TRTP\*AVISIT'"):
        check(spec_of(tmp_path, [BY_VISIT, REPEATED], lines))


def test_reference_that_is_no_level_is_told(tmp_path: Path) -> None:
    assert "reference 'Placbo' is no level of Group" in faults(tmp_path, BY_VISIT.replace("'Placebo'", "'Placbo'"))


def test_model_needs_one_variable_in_group(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="needs one variable in Group"):
        check(spec_of(tmp_path, [BY_VISIT], results=[WEEKS.removesuffix("TRTP")]))
