"""The Cox proportional hazards model of any number of covariates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from results.statistics import cox_likelihood, cox_robust
from results.statistics.cox_fit import Fit, fit, standardised
from results.statistics.cox_profile import profile
from results.statistics.quadratic_form import NONE, ChiSquareTest, chi_square, quadratic
from results.statistics.registry import confidence, option
from results.statistics.survival_records import Bools, Floats, Ints, checked, codes

TIES = ("efron", "breslow", "discrete", "marginal")
EXACT = (
    "ties='exact' means two things: write 'discrete' for the discrete logistic likelihood (ties='exact' of R coxph, "
    "TIES=DISCRETE of PROC PHREG), or 'marginal' for that over the orders of tied events (TIES=EXACT of PROC PHREG)"
)
INTERVALS = ("wald", "profile")
VARIANCES = ("model", "robust")
MONOTONE = "monotone likelihood"
NO_INFORMATION = "no information in the data"
FLAT = "the likelihood is all but flat: no value of the coefficients can be told from greater ones"
NO_ROBUST_ERROR = "no robust variance"
LARGEST_EXPONENT = 700.0


@dataclass(frozen=True)
class Coefficient:
    """The logarithm of a hazard ratio for one unit of a covariate, with the ratio; None where not estimable.

    std_error: the robust one where that was asked for; model_std_error: that of the model. z, p_value: Wald's.
    lower, upper: limits of the ratio. note: why there is no estimate or no standard error, else empty.
    """

    estimate: float | None
    std_error: float | None
    model_std_error: float | None
    ratio: float | None
    lower: float | None
    upper: float | None
    z: float | None
    p_value: float | None
    note: str


@dataclass(frozen=True, eq=False)
class CoxModel:
    """A fitted model. records, events: those used; left_out: records without some covariate.

    wald, score, likelihood_ratio: tests of all coefficients against 0, by the model; robust_wald, robust_score:
    by the robust variance, if asked for. loglik_null, loglik: log partial likelihood at coefficients 0 and at
    its greatest; steps: of the iteration.
    """

    coefficients: tuple[Coefficient, ...]
    records: int
    left_out: int
    events: int
    wald: ChiSquareTest
    score: ChiSquareTest
    likelihood_ratio: ChiSquareTest
    robust_wald: ChiSquareTest
    robust_score: ChiSquareTest
    loglik_null: float
    loglik: float
    steps: int


def proportional_hazards(
    time: npt.ArrayLike,
    censor: npt.ArrayLike,
    covariates: npt.ArrayLike,
    strata: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
    *,
    ties: str = "efron",
    variance: str = "model",
    ci: str = "wald",
    level: float = 0.95,
) -> CoxModel:
    """The Cox model with the partial likelihood of the data, stratified or not.

    time, censor: as in kaplan_meier. covariates: records x p, NaN missing, which leaves the record out and counts
    it. strata: codes; each stratum has a baseline hazard of its own. cluster: identifiers; records of one are
    not independent. ties: `efron`, `breslow`; `discrete`, the discrete logistic likelihood (`exact` of R
    coxph, TIES=DISCRETE of PROC PHREG), whose ratio is one of odds; `marginal`, over all orders of the tied events
    (TIES=EXACT of PROC PHREG).
    variance: `model`, or `robust` (Lin-Wei) over clusters, for Efron's and Breslow's ties. ci: `wald`, or
    `profile` by the likelihood. level: confidence level, two-sided.

    Not estimable are: a coefficient along which the likelihood rises without end (monotone likelihood, found from
    the data before any iteration; the others keep their limits); one whose covariate is constant within the risk
    sets or a combination of earlier ones. Score and likelihood ratio test exist all the same. Where the
    likelihood has a maximum that cannot be told from values beyond it (the variance of a coefficient has grown 1e10
    times from coefficients 0) no coefficient is estimable, and there is the score test alone. A robust standard error
    needs more clusters than coefficients, and contributions that differ.

    >>> fitted = proportional_hazards([1, 2, 3, 4], [0, 0, 0, 1], [[0.0], [1.0], [0.0], [1.0]])
    >>> round(fitted.coefficients[0].ratio, 4)
    0.3904
    """
    if ties == "exact":
        raise ValueError(EXACT)
    for name, value, valid in (("ties", ties, TIES), ("variance", variance, VARIANCES), ("ci", ci, INTERVALS)):
        option(name, value, valid)
    level = confidence(level)
    if variance == "robust" and (ties not in TIES[:2] or ci == "profile"):
        raise ValueError("the robust variance needs ties 'efron' or 'breslow' and ci 'wald'")
    times, event = checked(time, censor)
    columns = np.asarray(covariates, dtype=float).reshape(len(times), -1) if len(times) else np.zeros((0, 1))
    known: Bools = ~np.asarray(np.isnan(columns).any(axis=1))
    if np.isinf(columns).any():
        raise ValueError("a covariate is infinite")
    stratum = None if strata is None else codes("strata", strata, len(times))[known]
    scaled, unit = standardised(columns[known])
    fitted = fit(times[known], event[known], scaled, stratum, ties)
    clusters = _clusters(cluster, known) if variance == "robust" else None
    counts = (int(known.sum()), int((~known).sum()), int(event[known].sum()))
    return _model(fitted, unit, counts, clusters, ties, ci, level)


def indicators(levels: npt.ArrayLike) -> Floats:
    """Columns of the covariates for a factor: one for each level but the first, which is the reference.

    levels: codes from 0. A ratio of a column is that of its level against the reference.

    >>> indicators([0, 1, 2, 1]).tolist()
    [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    """
    found = codes("levels", levels, len(np.asarray(levels)))
    return (found[:, None] == np.arange(1, int(found.max(initial=0)) + 1)).astype(float)


def _clusters(cluster: npt.ArrayLike | None, known: Bools) -> Ints:
    """Codes from 0 of the clusters of the records used; each record one of its own where none are given."""
    if cluster is None:
        return np.arange(known.sum())
    names = np.asarray(cluster, dtype=object)
    if names.shape != known.shape:
        raise ValueError(f"{len(known)} times, but {len(names)} identifiers of clusters")
    found = pd.factorize(names[known])[0]
    if (found < 0).any():
        raise ValueError(f"the cluster of {int((found < 0).sum())} record(s) is missing")
    return found.astype(np.int64)


def _model(
    fitted: Fit,
    unit: Floats,
    counts: tuple[int, int, int],
    clusters: Ints | None,
    ties: str,
    ci: str,
    level: float,
) -> CoxModel:
    used, best = fitted.used, fitted.maximum
    model = fitted.covariance()
    sandwich = None if clusters is None else _sandwich(fitted, model, clusters, ties)
    value = best.coefficients
    tested = fitted.settled and not fitted.infinite.any()
    fall = best.slope.loglik - fitted.null.loglik
    robust_score = NONE
    if clusters is not None:
        sums = cox_likelihood.sums(fitted.null_sets, fitted.null_covariates, np.zeros(len(used)), ties)
        middle = cox_robust.clustered(cox_robust.score_residuals(sums), clusters[fitted.null_sets.order])
        robust_score = _quadratic(fitted.null.score, middle, used)
    errors = np.sqrt(np.diag(model))
    robust = np.sqrt(np.clip(np.diag(sandwich), 0, None)) if sandwich is not None else np.zeros(len(used))
    coefficients = tuple(
        _coefficient(
            fitted, j, float(unit[j]), float(errors[j]), None if clusters is None else float(robust[j]), ci, level
        )
        for j in range(len(used))
    )
    return CoxModel(
        coefficients=coefficients,
        records=counts[0],
        left_out=counts[1],
        events=counts[2],
        wald=_quadratic(value, model, used) if tested else NONE,
        score=_quadratic(fitted.null.score, fitted.null.information, used),
        likelihood_ratio=chi_square(max(2 * fall, 0.0), int(used.sum())) if fitted.settled else NONE,
        robust_wald=_quadratic(value, sandwich, used) if tested and sandwich is not None else NONE,
        robust_score=robust_score,
        loglik_null=fitted.null.loglik,
        loglik=best.slope.loglik,
        steps=best.iterations,
    )


def _quadratic(values: Floats, covariance: Floats, used: Bools) -> ChiSquareTest:
    return quadratic(values[used], covariance[np.ix_(used, used)])


def _sandwich(fitted: Fit, model: Floats, clusters: Ints, ties: str) -> Floats | None:
    """The robust covariance; None with too few clusters, whose contributions to the score sum to 0."""
    codes = clusters[fitted.risk.order]
    if np.count_nonzero(np.bincount(codes)) <= fitted.free.sum():
        return None
    sums = cox_likelihood.sums(fitted.risk, fitted.covariates, fitted.maximum.coefficients, ties)
    return np.asarray(model @ cox_robust.clustered(cox_robust.score_residuals(sums), codes) @ model)


def _coefficient(
    fitted: Fit, j: int, unit: float, model_error: float, robust_error: float | None, ci: str, level: float
) -> Coefficient:
    """One coefficient by its standardised errors; robust_error None where the model's error is asked for."""
    lower, upper = profile(fitted, j, level) if ci == "profile" else (None, None)
    if not fitted.estimable[j]:
        flat = NO_INFORMATION if fitted.settled or not fitted.used[j] else FLAT
        note = MONOTONE if fitted.infinite[j] else flat
        return Coefficient(None, None, None, None, _exp(lower, unit), _exp(upper, unit), None, None, note)
    value = float(fitted.maximum.coefficients[j])
    estimate, ratio = value / unit, _exp(value, unit)
    error = model_error if robust_error is None else robust_error
    if error <= 1e-8 * model_error:
        return Coefficient(estimate, None, model_error / unit, ratio, None, None, None, None, NO_ROBUST_ERROR)
    if ci == "wald":
        width = float(special.ndtri((1 + level) / 2)) * error
        lower, upper = value - width, value + width
    z = value / error
    errors = (error / unit, model_error / unit)
    p_value = float(2 * special.ndtr(-abs(z)))
    return Coefficient(estimate, *errors, ratio, _exp(lower, unit), _exp(upper, unit), z, p_value, "")


def _exp(value: float | None, unit: float) -> float | None:
    """The ratio of a standardised coefficient; None where it is beyond the range of numbers, never infinite."""
    if value is None or value / unit > LARGEST_EXPONENT:
        return None
    return float(np.exp(value / unit))
