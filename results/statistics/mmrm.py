"""The mixed model of repeated measures, and that of a crossover: LS means by restricted maximum likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from math import expm1, sqrt

import numpy as np
import pandas as pd

from results.statistics.covariance_structure import LINEAR, STRUCTURES, structure
from results.statistics.linear_model import (
    NO_SPREAD,
    NO_VARIANCE,
    NOT_POSITIVE,
    NOTHING,
    LinearModel,
    Used,
    logs,
    of_used,
    records,
    shared,
)
from results.statistics.mixed_fit import DEGREES, INFORMATION, RestrictedFit, UnsettledError, fit
from results.statistics.model_terms import MARGINS, Design, Estimable, Floats, Ints
from results.statistics.registry import (
    Arms,
    Number,
    Periods,
    Reference,
    Subject,
    Terms,
    Value,
    Visits,
    confidence,
    option,
    statistic,
)
from results.statistics.restricted_likelihood import never_together, patterns

_EXACT = 1e-12
_MOST = 700.0  # the greatest logarithm of a number, about
_DEGREES = {"satterthwaite": "Satterthwaite", "kenward_roger": "Kenward-Roger"}


@statistic
def mmrm(
    values: Number,
    arms: Arms,
    reference: Reference,
    visits: Visits,
    subject: Subject,
    terms: Terms,
    *,
    covariance: str = "un",
    fallback: tuple[str, ...] = (),
    df: str = "satterthwaite",
    information: str = "observed",
    margins: str = "equal",
    scale: str = "identity",
    level: float = 0.95,
) -> LinearModel:
    """LS means and their differences by visit, from one model of the repeated records of each subject.

    The model has the treatment (Group), the variable that `visit` names, both crossed, and the `covariates`, `classes`
    and `interactions` of the call:
    `mmrm(CHG, visit=AVISIT, reference='Placebo', covariates=BASE, classes=REGION, interactions=BASE*AVISIT)`. With
    the variable of the visits in By there is a result for each visit, from one model of the records of all; without it
    the LS means are those over all visits, which margins weigh like the levels of a class. LS means, `margins`, `scale`
    and what is not estimable are as in ancova. Records without response, covariate or class are left out and counted.
    A subject with two records at a visit is an error.

    covariance: of the records of a subject, by visits in their order. `un` unstructured, `toeph` heterogeneous
    Toeplitz, `arh1`, `ar1` first-order autoregressive with and without a variance of each visit, `csh`, `cs` compound
    symmetry; the distances of visits count as equal. fallback: what is taken in turn where the estimation does not
    converge; nothing is without being named. `covariance` and `covariance_note` of the result say what was used and
    why. Estimation is by restricted maximum likelihood, from fixed start values with Newton's steps, until the next
    step is below 1e-9 standard errors of the parameters. Without convergence nothing is estimable.

    df: degrees of freedom, `satterthwaite` or `kenward_roger` with its correction of standard errors; the latter for
    `un` and `cs`, whose second derivatives are 0. information: from which second derivatives of the likelihood the
    covariance of its parameters is taken, `observed` (the default of PROC MIXED and PROC GLIMMIX) or `expected`
    (Kenward and Roger; R's pbkrtest).

    Mallinckrodt CH and others. Drug Inf J 2008;42:303-319; methods in mixed_fit and restricted_likelihood.

    >>> from results.statistics.model_terms import ModelTerms
    >>> terms = ModelTerms((), np.empty((12, 0)), (), np.empty((12, 0), dtype=np.int64), visit="AVISIT")
    >>> values, subject = np.array([1.0, 3, 2, 2, 4, 3, 6, 6, 8, 7, 9, 6]), np.repeat(np.arange(6), 2)
    >>> found = mmrm(values, np.repeat([0, 1], 6), 0, np.tile([0, 1], 6), subject, terms).cell(1, 1).difference
    >>> round(found.estimate, 4), round(found.degrees, 4), round(found.p_value, 4)
    (3.6667, 4.0, 0.0015)
    """
    names = (covariance, *fallback)
    for name in names:
        option("covariance", name, tuple(STRUCTURES))
    option("df", df, DEGREES)
    option("information", information, INFORMATION)
    _check_degrees(names, df)
    taken, low = _taken(values, arms, visits, terms, margins, scale)
    codes = _subjects(subject, taken)
    made = _Made(taken, codes, low, df, information)
    made.attempt(names, True)
    method = f"mixed model of repeated measures, REML, {_DEGREES[df]} degrees of freedom"
    facts = (
        Value("covariance", "Covariance structure", made.label, ""),
        Value("covariance_note", "Structures that did not converge", "; ".join(made.failed) or None, ""),
    )
    return made.model(reference, confidence(level), margins, scale, method, facts)


@statistic
def crossover(
    values: Number,
    arms: Arms,
    reference: Reference,
    visits: Periods,
    subject: Subject,
    terms: Terms,
    *,
    df: str = "satterthwaite",
    information: str = "observed",
    margins: str = "equal",
    scale: str = "identity",
    level: float = 0.95,
) -> LinearModel:
    """LS means of the treatments of a crossover and their differences within subjects, by a mixed model.

    The model has the treatment (Group), the variable that `period` names, the `classes` of the call, such as the
    sequence, its `covariates` and `interactions`, and a random effect of the subject:
    `crossover(AVAL, period=APERIOD, reference='Reference', classes=TRTSEQP, scale='log', level=0.9)`. scale: `log`
    gives the ratio of geometric LS means with its limits, as for bioequivalence, and `cv`, the coefficient of variation
    within subjects in percent.

    The records of a subject have one variance and one covariance (compound symmetry), which may be negative, unlike
    that of a RANDOM statement of PROC MIXED, which ends at 0; it is REPEATED with TYPE=CS there. Subjects with the
    records of one period only count. A subject with two records in a period is an error. Everything else is as in mmrm.

    Jones B, Kenward MG. Design and Analysis of Cross-Over Trials. 3rd edition, 2015, chapter 5.

    >>> from results.statistics.model_terms import ModelTerms
    >>> sequence = np.repeat([0, 1], 6)[:, None]
    >>> terms = ModelTerms((), np.empty((12, 0)), ("TRTSEQP",), sequence, visit="APERIOD")
    >>> values, treatment = np.array([1.0, 3, 2, 2, 4, 5, 6, 5, 8, 6, 9, 7]), np.array([0, 1] * 3 + [1, 0] * 3)
    >>> period, subject = np.tile([0, 1], 6), np.repeat(np.arange(6), 2)
    >>> found = crossover(values, treatment, 0, period, subject, terms).cell(1).difference
    >>> round(found.estimate, 4), round(found.degrees, 4)
    (1.3333, 4.0)
    """
    option("df", df, DEGREES)
    option("information", information, INFORMATION)
    taken, low = _taken(values, arms, visits, terms, margins, scale)
    made = _Made(taken, _subjects(subject, taken), low, df, information)
    made.attempt(("cs",), False)
    within, between = made.components()
    cv = None if within is None or scale != "log" else _variation(within)
    facts = (
        Value("within", "Variance within subjects", within, ".4f"),
        Value("between", "Covariance within subjects", between, ".4f"),
        Value("cv", "Coefficient of variation within subjects (%)", cv, ".1f"),
    )
    method = f"mixed model with random subjects, REML, {_DEGREES[df]} degrees of freedom"
    return made.model(reference, confidence(level), margins, scale, method, facts)


def _variation(variance: float) -> float | None:
    """The coefficient of variation, in percent, of a variable whose logarithm has a variance; None beyond numbers."""
    return 100 * sqrt(expm1(variance)) if 0 <= variance < _MOST else None


def _check_degrees(names: Sequence[str], df: str) -> None:
    curved = [name for name in names if name not in LINEAR]
    if df == "kenward_roger" and curved:
        known = " and ".join(map(repr, LINEAR))
        raise ValueError(f"df='kenward_roger' is for the covariances {known}, not for {curved[0]!r}")


def _taken(
    values: Number, arms: Arms, visits: Ints, terms: Terms, margins: str, scale: str
) -> tuple[Used, int]:
    """The records of the model, and how many values have no logarithm."""
    option("margins", margins, MARGINS)
    response, low = logs(np.asarray(values, dtype=float), scale)
    codes = np.asarray(visits, dtype=np.int64)
    return records(response, np.asarray(arms, dtype=np.int64), codes, terms), low


def _subjects(subject: Subject, taken: Used) -> Ints:
    """A code for the subject of each record that is used; ValueError for two records at a visit."""
    assert taken.visits is not None
    own = np.asarray(subject, dtype=object)
    keys = pd.DataFrame({"subject": own, "visit": taken.visits})
    twice = keys.duplicated(keep=False).to_numpy()
    if twice.any():
        first = keys[twice].iloc[0]
        count = int(keys.loc[twice, "subject"].nunique())
        where = taken.terms.visit or "visit"
        raise ValueError(f"{count} subject(s) have several records at one {where}, the first {first['subject']}")
    return np.asarray(pd.factorize(own[taken.used])[0], dtype=np.int64)


class _Made:
    """A model on its way: its design, then the fit by the first covariance structure that converges."""

    def __init__(self, taken: Used, subjects: Ints, low: int, df: str, information: str) -> None:
        self.taken, self.subjects, self.df, self.information = taken, subjects, df, information
        self.design: Design | None = None
        self.estimable: Estimable | None = None
        self.fitted: RestrictedFit | None = None
        self.label: str | None = None
        self.failed: list[str] = []
        self.note = NOT_POSITIVE if low else NOTHING if not taken.used.any() else ""

    def attempt(self, names: Sequence[str], crossed: bool) -> None:
        """Fit the structures in turn until one converges."""
        self.design = of_used(self.taken, crossed)
        if self.note:
            return
        self.estimable = Estimable(self.design.matrix)
        response = self.taken.values[self.taken.used]
        first, beyond = self._least_squares(response)
        degrees = len(response) - self.estimable.rank
        unit = sqrt(float(beyond @ beyond) / max(degrees, 1))
        if degrees < 1 or unit <= _EXACT * np.abs(response).max():
            self.note = NO_VARIANCE if degrees < 1 else NO_SPREAD
            return
        for name in names:
            self._fit(name, first / unit, beyond / unit, unit)
            if self.fitted is not None:
                return
        self.note = "; ".join(self.failed)

    def _least_squares(self, response: Floats) -> tuple[Floats, Floats]:
        """Coefficients and residuals of ordinary least squares, from which the estimation goes on."""
        assert self.estimable is not None
        columns, triangle = np.linalg.qr(self.estimable.reduced)
        coefficients = np.linalg.solve(triangle, columns.T @ response)
        return coefficients, response - self.estimable.reduced @ coefficients

    def _fit(self, name: str, first: Floats, beyond: Floats, unit: float) -> None:
        """Fit a structure to the residuals of ordinary least squares, whose coefficients are `first`."""
        assert self.estimable is not None and self.taken.visits is not None
        levels, visits = np.unique(self.taken.visits[self.taken.used], return_inverse=True)
        sizes = np.bincount(visits, minlength=len(levels))
        variances = np.maximum(np.bincount(visits, weights=beyond**2) / sizes, 1e-2)
        used = structure(name, variances)
        lacking = never_together(self.subjects, visits) if name == "un" else None
        if lacking:
            first_pair = "{} and {}".format(*(one + 1 for one in lacking))
            self.failed.append(f"{name}: no subject has records at both visits {first_pair}, in their order")
            return
        data = patterns(self.estimable.reduced, beyond, self.subjects, visits)
        try:
            self.fitted = fit(data, used, self.df, self.information, unit, first)
            self.label = used.label
        except UnsettledError as error:
            self.failed.append(f"{name}: {error}")

    def components(self) -> tuple[float | None, float | None]:
        """Variance within subjects and covariance of their records, by compound symmetry."""
        if self.fitted is None or len(self.fitted.theta) != 2:
            return None, None
        between, within = (float(part) * self.fitted.unit**2 for part in self.fitted.theta)
        return within, between

    def model(
        self, reference: int, level: float, margins: str, scale: str, method: str, facts: tuple[Value, ...]
    ) -> LinearModel:
        """What is asked of the model, with the number of its subjects and other facts of it."""
        count = int(self.subjects.max(initial=-1)) + 1
        told = (Value("subjects_model", "Number of subjects in the model", count, "d"), *facts)
        return LinearModel(
            self.taken, self.design, self.estimable, self.fitted, reference, level, margins, scale, method,
            shared(told, self.taken), self.note,
        )  # fmt: skip
