"""Survival statistics on published data sets, against numbers of R 4.2.2 with survival 3.5-3 (frozen)."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from results.statistics import kaplan_meier, logrank, proportional_hazards, rmst
from results.statistics.cox_model import CoxModel
from results.statistics.zph import proportionality

DATA = Path(__file__).parent / "data"
# The level that is 1 in the models below; the other one is 0.
COMPARED = {"lung": "female", "veteran": "test", "aml": "nonmaintained", "gehan": "6-MP"}


def records(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, censoring codes and the two levels of a data set."""
    with (DATA / "survival.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["data"] == name]
    time = np.array([float(row["time"]) for row in rows])
    censor = np.array([1 - float(row["event"]) for row in rows])
    return time, censor, np.array([int(row["group"] == COMPARED[name]) for row in rows])


def veteran() -> dict[str, np.ndarray]:
    with (DATA / "veteran.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {name: np.array([float(row[name]) for row in rows]) for name in ("time", "status", "trt", "karno", "age")}
    found["prior"] = np.array([int(row["prior"] == "10") for row in rows])
    for cell in ("squamous", "smallcell", "adeno", "large"):
        found[cell] = np.array([float(row["celltype"] == cell) for row in rows])
    return found


def numbers(fitted: CoxModel) -> list[float]:
    values = [one.estimate for one in fitted.coefficients] + [one.std_error for one in fitted.coefficients]
    values += [fitted.loglik_null, fitted.loglik, fitted.score.statistic]
    return [value for value in values if value is not None]


# tight <- coxph.control(eps = 1e-14, iter.max = 60, toler.chol = 1e-15)
# f <- coxph(Surv(t, e) ~ g, ties = TIES, control = tight); c(coef(f), sqrt(f$var), f$loglik, f$score)
COX = {
    ("lung", "efron"): (-0.531023540006, 0.167178583301, -749.909801390395, -744.592999024954, 10.325148495746),
    ("lung", "breslow"): (-0.530396576883, 0.167180837456, -750.122018895319, -744.818182745376, 10.299924323240),
    ("lung", "exact"): (-0.531713783748, 0.167374308770, -731.077044479620, -725.759774669669, 10.326741954886),
    ("veteran", "efron"): (0.0177425695184, 0.180661012288, -505.449054918, -505.444233229, 0.00964528282458),
    ("veteran", "breslow"): (0.0163278716521, 0.180651614835, -505.883956283, -505.879872366, 0.00816929579161),
    ("veteran", "exact"): (0.0164440170731, 0.181293677964, -480.835554491, -480.831441535, 0.00822734320235),
    ("aml", "efron"): (0.915532575015, 0.511934275172, -42.724839262760, -41.032615596458, 3.416734395517),
    ("aml", "breslow"): (0.904219723686, 0.512247907304, -42.898123897174, -41.250114350069, 3.322561416273),
    ("aml", "exact"): (0.921760869159, 0.516248400810, -40.645397721080, -38.963547007919, 3.396388698978),
    ("gehan", "efron"): (-1.572125148829, 0.412396717709, -93.184269996848, -85.008424577372, 17.246536795717),
    ("gehan", "breslow"): (-1.509191412586, 0.409564406367, -93.985050478245, -86.379622071146, 15.930539564033),
    ("gehan", "exact"): (-1.628243951672, 0.433131296492, -82.669279252792, -74.543101164519, 16.792940989217),
}


@pytest.mark.parametrize(("data", "ties"), list(COX))
def test_cox_of_two_levels(data: str, ties: str) -> None:
    assert numbers(proportional_hazards(*records(data), ties=OURS.get(ties, ties))) == pytest.approx(
        COX[data, ties], rel=1e-8
    )


OURS = {"exact": "discrete"}


# The table of the study design, section 5.1.
def test_hazard_ratios_as_printed() -> None:
    (gehan,) = proportional_hazards(*records("gehan")).coefficients
    assert [round(value or 0, 4) for value in (gehan.ratio, gehan.lower, gehan.upper)] == [0.2076, 0.0925, 0.4659]
    (breslow,) = proportional_hazards(*records("gehan"), ties="breslow").coefficients
    assert round(breslow.ratio or 0, 4) == 0.2211
    lung = proportional_hazards(*records("lung"))
    assert (round(lung.coefficients[0].estimate or 0, 4), round(lung.coefficients[0].ratio or 0, 4)) == (-0.531, 0.588)
    assert round(lung.coefficients[0].std_error or 0, 4) == 0.1672
    assert round(lung.likelihood_ratio.statistic or 0, 2) == 10.63


# s <- survdiff(Surv(t, e) ~ g); c(s$exp, s$chisq); survdiff(Surv(t, e) ~ g, rho = 1)$chisq
LOGRANK = {
    "lung": (91.5817390296, 73.4182609704, 10.3267419549, 12.7141514012),
    "veteran": (64.50019666360090, 63.49980333639908, 0.00822734320235, 0.87120949292718),
    "aml": (10.68933599230, 7.31066400770, 3.39638869898, 2.77927954475),
    "gehan": (10.7494990520, 19.2505009480, 16.7929409892, 14.4571508187),
}


@pytest.mark.parametrize("data", list(LOGRANK))
def test_logrank_of_two_levels(data: str) -> None:
    plain = logrank(*records(data))
    weighted = logrank(*records(data), weights="fleming_harrington", rho=1.0)
    found = [*(level.expected for level in plain.levels), plain.chi_square, weighted.chi_square]
    assert found == pytest.approx(LOGRANK[data], rel=1e-8)


# print(survdiff(Surv(time, cens) ~ treat, gehan))
def test_gehan_expected_events_as_printed() -> None:
    levels = logrank(*records("gehan")).levels
    assert [(level.observed, round(level.expected, 2)) for level in levels] == [(21, 10.75), (9, 19.25)]


# summary(survfit(Surv(t, e) ~ g), rmean = TAU)$table[, 5:6]
RMST = {
    "lung": (500, (278.763231530, 360.910954195), (14.3545585667, 16.8010181687)),
    "veteran": (200, (99.6230015264, 86.0385273109), (8.66425986842, 8.76995256287)),
    "aml": (28, (23.375, 18.9166666667), (2.04282896513, 2.83595330935)),
    "gehan": (22, (8.61904761905, 17.37142857143), (1.35438515219, 1.45995876163)),
}


@pytest.mark.parametrize("data", list(RMST))
def test_restricted_means(data: str) -> None:
    tau, means, errors = RMST[data]
    found = rmst(*records(data), tau=tau)
    assert (found.reference.estimate, found.compared.estimate) == pytest.approx(means, rel=1e-8)
    assert (found.reference.std_error, found.compared.std_error) == pytest.approx(errors, rel=1e-8)
    assert found.difference.estimate == pytest.approx(means[1] - means[0])
    assert found.difference.std_error == pytest.approx(np.hypot(*errors))


# f <- coxph(Surv(time, status) ~ trt + karno + age + celltype + strata(prior), veteran, control = tight)
def test_cox_of_covariates_and_a_factor_over_strata() -> None:
    d = veteran()
    x = np.column_stack([d["trt"], d["karno"], d["age"], d["smallcell"], d["adeno"], d["large"]])
    found = numbers(proportional_hazards(d["time"], 1 - d["status"], x, d["prior"]))
    coefficients = (0.307951949935, -0.0319019510253, -0.0077926505956, 0.82921983667, 1.13908382855, 0.366858410843)
    errors = (0.205959434568, 0.00545096010778, 0.00937245255005, 0.271453000661, 0.298283274063, 0.283264372915)
    rest = (-431.124776174, -401.866844989, 62.2533812735)
    assert found == pytest.approx((*coefficients, *errors, *rest), rel=1e-8)


# cox.zph(f)$table[c("trt", "karno", "age", "GLOBAL"), 1]
def test_karnofsky_score_has_no_proportional_hazards() -> None:
    d = veteran()
    x = np.column_stack([d["trt"], d["karno"], d["age"], d["smallcell"], d["adeno"], d["large"]])
    found = proportionality(d["time"], d["status"] == 1, x, d["prior"], "km", "efron")
    values = [one.statistic for one in (*found.coefficients[:3], found.together)]
    assert values == pytest.approx((0.317516097271, 15.437963654093, 0.926643601567, 26.599779798356), rel=1e-8)


# Klein JP, Moeschberger ML. Survival Analysis, 2nd ed. 2003, section 4.2, 6-MP.
def test_curve_of_6_mp_as_published() -> None:
    time, censor, group = records("gehan")
    found = kaplan_meier(time[group == 1], censor[group == 1], at=(6, 10, 23))
    assert [round(point.survival or 0, 3) for point in found.points] == [0.857, 0.753, 0.448]
    assert [round(point.std_error or 0, 3) for point in found.points] == [0.076, 0.096, 0.135]
