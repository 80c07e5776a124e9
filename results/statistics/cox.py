"""The hazard ratio of a level against the reference, by the Cox model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from results.statistics.cox_model import CoxModel, proportional_hazards
from results.statistics.interval import level_value
from results.statistics.quadratic_form import ChiSquareTest
from results.statistics.registry import Covariates, Group, Number, Strata, Subject, Value, statistic
from results.statistics.survival_records import compared

TIES_LABELS = {
    "efron": "Efron",
    "breslow": "Breslow",
    "discrete": "discrete logistic likelihood",
    "marginal": "marginal likelihood over the orders of ties",
}


@dataclass(frozen=True, eq=False)
class Cox:
    """The model, of which the first coefficient is that of the group, and how it was fitted."""

    model: CoxModel
    ties: str
    variance: str
    ci: str
    level: float

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data; those of covariates are qualified by number.

        A ratio that is not estimable has value None, with the reason in `note`. The p-value is Wald's.
        """
        model = self.model
        robust = self.variance == "robust"
        covariates = tuple(value for place in range(1, len(model.coefficients)) for value in self._ratio(place))
        return (
            Value("n", "Number of records", model.records, "d"),
            Value("left_out", "Number of records without a covariate", model.left_out, "d"),
            Value("events", "Number of events", model.events, "d"),
            *self._ratio(0),
            *_test("wald", "Wald test", model.robust_wald if robust else model.wald),
            *_test("score", "Score test", model.robust_score if robust else model.score),
            *_test("lr", "Likelihood ratio test", model.likelihood_ratio),
            level_value(self.level),
            Value("method", "Interval", "profile likelihood" if self.ci == "profile" else "Wald", ""),
            Value("ties", "Ties", TIES_LABELS[self.ties], ""),
            Value("variance", "Variance", self.variance, ""),
            *covariates,
        )

    def _ratio(self, place: int) -> tuple[Value, ...]:
        one = self.model.coefficients[place]
        at: tuple[str, float | None] = ("covariate", float(place)) if place else ("", None)
        ratio = "Hazard odds ratio" if self.ties == "discrete" else "Hazard ratio"
        return (
            Value("coef", "Coefficient", one.estimate, ".4f", *at),
            Value("std_error", "Standard error of the coefficient", one.std_error, ".4f", *at),
            Value("estimate", ratio, one.ratio, ".3f", *at),
            Value("conf_low", f"{ratio}, lower confidence limit", one.lower, ".3f", *at),
            Value("conf_high", f"{ratio}, upper confidence limit", one.upper, ".3f", *at),
            Value("z", "Standardised statistic (Wald)", one.z, ".4f", *at),
            Value("p_value", "P-value (Wald)", one.p_value, ".4f", *at),
            Value("note", "Why not estimable", one.note or None, "", *at),
        )


def _test(name: str, label: str, test: ChiSquareTest) -> tuple[Value, ...]:
    return (
        Value(name, f"{label}, chi-square", test.statistic, ".4f"),
        Value(f"{name}_parameter", f"{label}, degrees of freedom", test.df, "d"),
        Value(f"{name}_p", f"{label}, P-value", test.p_value, ".4f"),
    )


@statistic
def cox(
    time: Number,
    censor: Number,
    group: Group,
    subject: Subject,
    strata: Strata = None,
    covariates: Covariates = None,
    *,
    ties: str = "efron",
    variance: str = "model",
    ci: str = "wald",
    level: float = 0.95,
) -> Cox:
    """The hazard ratio of the compared level against the reference, with its interval and tests.

    time, censor: as in kaplan_meier. group: 1 for the level compared, 0 for the reference. strata: codes; each
    stratum has a baseline hazard of its own. covariates: further columns of the model; a record without one is
    left out and counted. ties: `efron`; `breslow`; `discrete`, the discrete logistic likelihood (`exact` of R
    coxph, TIES=DISCRETE of PROC PHREG), whose ratio is one of odds; `marginal`, over all orders of tied events
    (TIES=EXACT of PROC PHREG); `exact`, which means one in R and the other in SAS, is refused.
    variance: `model`; `robust` for records that are not independent within a subject (Lin and Wei), with Efron's
    and Breslow's ties; Wald and score test are then robust too, the likelihood ratio test cannot be. ci: `wald`
    or `profile` by the likelihood. level: confidence level, two-sided.

    Where every event comes from the same side of those at risk the likelihood is monotone: the hazard ratio is
    then not estimable (None, never infinite), the score and likelihood ratio tests are, and so is the limit of the
    profile interval on the side that the data bound. It is found from the data, not from the iteration, which
    ends when the next step is below 1e-9 standard errors. Cox DR. J R Stat Soc B 1972;34:187-220; the other
    references stand in cox_likelihood, cox_discrete, cox_marginal, cox_robust, cox_monotone and cox_profile.

    >>> time, group = np.array([6.0, 7, 10, 1, 8, 3]), np.array([1, 1, 1, 0, 0, 0])
    >>> found = cox(time, np.array([0, 1, 0, 0, 0, 0]), group, np.arange(6))
    >>> round(found.model.coefficients[0].ratio, 4)
    0.2181
    """
    columns = [compared(group, len(np.asarray(time)))]
    if covariates is not None and np.size(covariates):
        columns += list(np.asarray(covariates, dtype=float).reshape(len(columns[0]), -1).T)
    model = proportional_hazards(
        time,
        censor,
        np.column_stack(columns),
        strata,
        subject if variance == "robust" else None,
        ties=ties,
        variance=variance,
        ci=ci,
        level=level,
    )
    return Cox(model, ties, variance, ci, float(level))
