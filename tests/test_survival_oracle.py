"""Every survival statistic against R's answers on a hundred small data sets, frozen and, where R is, fresh."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from survival_cases import CASES, DATA, Case, answers, calls, case, written

from results.statistics import cumulative_incidence, gray, kaplan_meier, logrank, proportional_hazards, rmst
from results.statistics.cox_model import indicators
from results.statistics.survival_records import Floats
from results.statistics.zph import proportionality

Numbers = Sequence[float | None]
MOMENTS = (1.0, 2, 5, 9, 30)
PROBABILITIES = (0.1, 0.25, 0.5, 0.75, 0.9)
# R stops a diverging iteration somewhere; its coefficients are beyond this, or their errors beyond 1000, where
# ours are not estimable.
DIVERGED = 8.0


def covariates(d: Case, names: str) -> Floats:
    return indicators(d["group"]) if names == "group" else np.stack([d[name] for name in names], axis=1)


def model(names: str, ties: str = "efron", strata: bool = False) -> Callable[[Case], Numbers]:
    def found(d: Case) -> Numbers:
        fitted = proportional_hazards(
            d["time"], 1 - d["status"], covariates(d, names), d["stratum"] if strata else None, ties=ties
        )
        values: list[float | None] = [one.estimate for one in fitted.coefficients]
        values += [one.std_error for one in fitted.coefficients]
        return [*values, fitted.loglik_null, fitted.loglik, fitted.score.statistic]

    return found


def robust(names: str, ties: str = "efron", strata: bool = False, clusters: bool = True) -> Callable[[Case], Numbers]:
    def found(d: Case) -> Numbers:
        stratum, cluster = d["stratum"] if strata else None, d["id"] if clusters else None
        x = covariates(d, names)
        fitted = proportional_hazards(d["time"], 1 - d["status"], x, stratum, cluster, ties=ties, variance="robust")
        values: list[float | None] = [one.estimate for one in fitted.coefficients]
        values += [one.std_error for one in fitted.coefficients]
        values += [one.model_std_error for one in fitted.coefficients]
        return [*values, fitted.robust_wald.statistic, fitted.robust_score.statistic]

    return found


def profile(names: str, ties: str) -> Callable[[Case], Numbers]:
    def found(d: Case) -> Numbers:
        fitted = proportional_hazards(d["time"], 1 - d["status"], covariates(d, names), ties=ties, ci="profile")
        one = fitted.coefficients[0]
        return [None if limit is None else float(np.log(limit)) for limit in (one.lower, one.upper)]

    return found


def ranks(d: Case) -> Numbers:
    found = logrank(d["time"], 1 - d["status"], d["group"].astype(int))
    counts = [float(level.observed) for level in found.levels] + [level.expected for level in found.levels]
    return [*counts, found.chi_square]


def weighted(column: str, strata: bool = False, **options: Any) -> Callable[[Case], Numbers]:
    def found(d: Case) -> Numbers:
        stratum = d["stratum"].astype(int) if strata else None
        return [logrank(d["time"], 1 - d["status"], d[column].astype(int), stratum, **options).chi_square]

    return found


def curve(d: Case) -> Numbers:
    points = kaplan_meier(d["time"], 1 - d["status"], at=MOMENTS, beyond="extend").points
    at_risk: list[float | None] = [float(point.at_risk) for point in points]
    return [*at_risk, *(point.survival for point in points), *(point.std_error for point in points)]


def limits(ci: str) -> Callable[[Case], Numbers]:
    def found(d: Case) -> Numbers:
        options: dict[str, Any] = {"ci": ci, "beyond": "extend", "at": MOMENTS, "probabilities": PROBABILITIES}
        printed = kaplan_meier(d["time"], 1 - d["status"], **options)
        other = kaplan_meier(d["time"], 1 - d["status"], quantile_rule="r_quantile", **options)
        median, further = printed.quantiles["median"], other.further.values()
        return [
            *(point.lower for point in printed.points),
            *(point.upper for point in printed.points),
            *(median.time, median.lower, median.upper),
            *(one.time for one in further),
            *(one.lower for one in further),
            *(one.upper for one in further),
        ]

    return found


def area(d: Case) -> Numbers:
    found = rmst(d["time"], 1 - d["status"], d["x"].astype(int), tau=5, beyond="extend")
    both = (found.reference, found.compared)
    return [*(one.estimate for one in both), *(one.std_error for one in both)]


def moving(names: str, transform: str, ties: str = "efron", strata: bool = False) -> Callable[[Case], Numbers]:
    def found(d: Case) -> Numbers:
        stratum = d["stratum"].astype(int) if strata else None
        x = covariates(d, names)
        test = proportionality(d["time"], d["status"] == 1, x, stratum, transform, ties)
        single = [one.statistic for one in test.coefficients]
        return [*single, test.together.statistic] if len(names) > 1 else single

    return found


def incidence(d: Case) -> Numbers:
    columns = (d["time"], (d["cause"] != 1).astype(float), d["cause"] == 2)
    delta = cumulative_incidence(*columns, at=(1, 2, 5), beyond="extend").points
    aalen = cumulative_incidence(*columns, at=(1, 2, 5), variance="aalen", beyond="extend").points
    return [
        *(one.incidence for one in delta),
        *(one.std_error for one in delta),
        *(one.lower for one in delta),
        *(one.upper for one in delta),
        *(None if one.std_error is None else one.std_error**2 for one in aalen),
    ]


def grays(strata: bool, rho: float) -> Callable[[Case], Numbers]:
    def found(d: Case) -> Numbers:
        rest = (d["group"].astype(int), d["stratum"].astype(int) if strata else None)
        causes = [((d["cause"] != one).astype(float), d["cause"] == other) for one, other in ((1, 2), (2, 1))]
        return [gray(d["time"], *codes, *rest, rho=rho).test.statistic for codes in causes]

    return found


OURS: dict[str, Callable[[Case], Numbers]] = {
    "efron": model("x"),
    "breslow": model("x", "breslow"),
    "exact": model("x", "discrete"),
    "efron strata": model("x", strata=True),
    "exact strata": model("x", "discrete", strata=True),
    "efron two": model("xz", strata=True),
    "breslow two": model("xz", "breslow"),
    "exact two": model("xz", "discrete"),
    "exact two strata": model("xz", "discrete", strata=True),
    "factor": model("group"),
    "robust": robust("xz", clusters=False),
    "clusters": robust("x"),
    "clusters breslow": robust("x", "breslow"),
    "clusters strata": robust("xz", strata=True),
    "profile": profile("xz", "efron"),
    "profile exact": profile("x", "discrete"),
    "logrank": ranks,
    "logrank strata": weighted("group", True),
    "logrank two": weighted("x"),
    "rho 1": weighted("group", True, weights="fleming_harrington", rho=1.0),
    "rho half": weighted("x", weights="fleming_harrington", rho=0.5),
    "trend": weighted("group", True, test="trend"),
    "gehan": weighted("x", weights="gehan"),
    "tarone_ware": weighted("x", True, weights="tarone_ware"),
    "peto": weighted("x", weights="peto"),
    "modified_peto": weighted("x", True, weights="modified_peto"),
    "rho gamma": weighted("x", True, weights="fleming_harrington", rho=0.5, gamma=2.0),
    "km": curve,
    "km log-log": limits("log-log"),
    "km log": limits("log"),
    "km plain": limits("plain"),
    "km arcsine": limits("arcsine"),
    "km logit": limits("logit"),
    "rmst": area,
    "zph km": moving("xz", "km", strata=True),
    "zph rank": moving("xz", "rank"),
    "zph identity": moving("xz", "identity", "breslow"),
    "zph log": moving("x", "log"),
    "incidence": incidence,
    "gray": grays(False, 0.0),
    "gray strata": grays(True, 1.0),
}


CONVERGING = ("efron", "breslow", "exact", "efron strata", "exact strata", "efron two", "breslow two", "exact two",
              "exact two strata", "factor")  # fmt: skip


def test_every_call_of_the_table_is_compared() -> None:
    assert set(OURS) == set(calls())
    assert set(answers()) == {(str(number), call) for number in CASES for call in calls()}


def _monotone_limits(d: Case, ci: str) -> bool:
    """Whether no pointwise limit ever rises; where one does, R's quantile() takes a later crossing for the first."""
    found = kaplan_meier(d["time"], 1 - d["status"], ci=ci)
    return all((np.diff(one[~np.isnan(one)]) <= 0).all() for one in (found.lower, found.upper))


def _left_out(call: str, d: Case, theirs: Floats, ours: Floats) -> npt.NDArray[np.bool_]:
    """Entries where the conventions differ, as the docstrings state; everything else must agree."""
    found = np.zeros(len(theirs), dtype=bool)
    if call.startswith("km "):
        # A curve at 1 before the first record: R writes limits of 1 on every scale.
        before = np.array([moment < d["time"].min() for moment in MOMENTS])
        found[:10] = np.concatenate([before, before])
        found[18:] = not _monotone_limits(d, call.removeprefix("km "))
    if call == "incidence":
        found[6:12] = np.concatenate([ours[:3], ours[:3]]) == 0
        found[12:] = np.isnan(theirs[12:])  # timepoints() does not extend
    if call.startswith("gray"):
        # -1 says that R found the variance singular; ours has fewer degrees of freedom then.
        found = theirs == -1
    return found


@pytest.mark.parametrize("call", list(OURS))
def test_agrees_with_r(call: str) -> None:
    for number in CASES:
        d, theirs = case(number), np.array(answers()[str(number), call])
        ours = np.array([np.nan if value is None else value for value in OURS[call](d)])
        size = {"efron two": 2, "breslow two": 2, "exact two": 2, "exact two strata": 2, "factor": 2}.get(call, 1)
        if call in CONVERGING:
            # The others of a model with a coefficient that runs away keep their values.
            gone = (np.abs(theirs[:size]) > DIVERGED) | (theirs[size : 2 * size] > 1000)
            assert (np.isnan(ours[:size]) == gone).all(), (call, number)
            theirs[: 2 * size][np.tile(gone, 2)] = np.nan
        same = _left_out(call, d, theirs, ours) | (np.isnan(theirs) & np.isnan(ours))
        same |= np.abs(theirs - ours) <= 1e-8 * np.maximum(1, np.abs(theirs))
        assert same.all(), (call, number, theirs[~same], ours[~same])


def test_some_likelihoods_are_monotone() -> None:
    ours = [OURS[call](case(number)) for call in ("factor", "exact strata") for number in CASES]
    assert sum(values[0] is None or values[1] is None for values in ours) == 5


SOME = range(1, 16)
RSCRIPT = shutil.which("Rscript")
NEEDED = "for (name in c('survival', 'cmprsk')) stopifnot(requireNamespace(name, quietly = TRUE))"


def _has_r() -> bool:
    return RSCRIPT is not None and subprocess.run([RSCRIPT, "-e", NEEDED], capture_output=True).returncode == 0


def test_frozen_answers_are_those_of_r(tmp_path: Path) -> None:
    if not _has_r():
        pytest.skip("needs R with survival and cmprsk")
    list(written(tmp_path, SOME))
    script, table = DATA / "survival_oracle.R", DATA / "survival_calls.csv"
    subprocess.run([str(RSCRIPT), str(script), str(tmp_path), str(table), str(tmp_path / "answers.csv")], check=True)
    fresh, frozen = answers(tmp_path / "answers.csv"), answers()
    assert len(fresh) == len(SOME) * len(calls())
    for key in fresh:
        values = frozen[key]
        kept = ~(np.abs(values) > DIVERGED)  # a diverging iteration stops at a place of its own
        assert np.allclose(np.array(values)[kept], np.array(fresh[key])[kept], rtol=1e-9, atol=1e-9, equal_nan=True), (
            key
        )
