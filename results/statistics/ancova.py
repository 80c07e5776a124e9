"""The analysis of covariance: a continuous response by treatment, covariates and class variables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from results.statistics.linear_model import (
    NO_SPREAD,
    NO_VARIANCE,
    NOT_POSITIVE,
    NOTHING,
    FTest,
    LinearModel,
    error_of,
    f_test,
    logs,
    of_used,
    records,
    shared,
)
from results.statistics.model_terms import MARGINS, Estimable, Floats
from results.statistics.registry import Arms, Number, Reference, Terms, Value, confidence, option, statistic

_EXACT = 1e-12


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """An ordinary least squares fit. covariance: of the coefficients, in units of the residual variance."""

    coefficients: Floats
    covariance: Floats
    variance: float | None
    degrees: int
    note: str

    def moments(self, row: Floats) -> tuple[float, float | None, float | None, str]:
        """Estimate, standard error and degrees of freedom of a combination; why there is no error."""
        estimate = float(row @ self.coefficients)
        if self.variance is None:
            return estimate, None, None, self.note
        return estimate, error_of(self.variance * float(row @ self.covariance @ row)), float(self.degrees), ""

    def test(self, rows: Floats) -> FTest:
        """The F test that several combinations are all 0."""
        if self.variance is None:
            return FTest()
        found = rows @ self.coefficients
        size = len(rows)
        if np.linalg.matrix_rank(rows, rtol=1e-9) < size:
            return FTest()
        middle = rows @ self.covariance @ rows.T
        return f_test(float(found @ np.linalg.solve(middle, found)) / size / self.variance, size, self.degrees)


def least_squares(values: Floats, estimable: Estimable) -> LeastSquares:
    """The fit of a response to the columns of a design."""
    columns, triangle = np.linalg.qr(estimable.reduced)
    inverse = np.linalg.inv(triangle)
    coefficients = inverse @ (columns.T @ values)
    residuals = values - estimable.reduced @ coefficients
    degrees, covariance = len(values) - estimable.rank, inverse @ inverse.T
    if degrees < 1:
        return LeastSquares(coefficients, covariance, None, 0, NO_VARIANCE)
    variance = float(residuals @ residuals) / degrees
    if np.sqrt(variance) <= _EXACT * np.abs(values).max():
        return LeastSquares(coefficients, covariance, None, degrees, NO_SPREAD)
    return LeastSquares(coefficients, covariance, variance, degrees, "")


@statistic
def ancova(
    values: Number,
    arms: Arms,
    reference: Reference,
    terms: Terms,
    *,
    margins: str = "equal",
    scale: str = "identity",
    level: float = 0.95,
) -> LinearModel:
    """LS means of each level of Group, and their differences from the reference, by a linear model.

    The model has the treatment (Group), the `covariates` (numeric expressions), the `classes` (variables whose levels
    each have an effect) and the `interactions` that the call names:
    `ancova(CHG, reference='Placebo', covariates=BASE, classes=REGION, interactions=TRTP*REGION)`. One model for each
    level of By, of the records of all levels of Group, with one residual variance. A record without response, covariate
    or class is left out and counted.

    An LS mean is at the mean of each covariate over the records of the model. margins: the weights of the levels of
    class variables in it, `equal` (default of LSMEANS of SAS and of R's emmeans) or `observed`, the frequencies of
    their combinations among the records of the model (OBSMARGINS; weights='proportional' of emmeans). Limits and
    tests are by Student's t with the residual degrees of freedom. F tests: of treatment, that all LS means with equal
    weights are the same; of every other term as a point by its name. They are the type III tests where each
    combination of levels that the model has occurs; of a term in an interaction with a covariate, that at its mean.
    scale: `log` models the logarithm, and gives geometric LS means and their ratios.

    Not estimable, with the reason in `note`: a level of Group without records, one that the records do not tell apart
    from another term (an empty cell of an interaction, a class nested in treatment), limits and tests without
    residual degrees of freedom. A term that is a combination of others has no test. With a value that is not
    positive there is no model on the log scale.

    Searle SR, Speed FM, Milliken GA. Am Stat 1980;34:216-221.

    >>> from results.statistics.model_terms import ModelTerms
    >>> terms = ModelTerms((), np.empty((4, 0)), (), np.empty((4, 0), dtype=np.int64))
    >>> found = ancova(np.array([1.0, 3, 6, 8]), np.array([0, 0, 1, 1]), 0, terms).cell(1)
    >>> round(found.mean.estimate, 6), round(found.difference.estimate, 6), round(found.difference.p_value, 4)
    (7.0, 5.0, 0.0715)
    """
    option("margins", margins, MARGINS)
    level = confidence(level)
    response, low = logs(np.asarray(values, dtype=float), scale)
    taken = records(response, np.asarray(arms, dtype=np.int64), None, terms)
    design = of_used(taken, False)
    known = taken.values[taken.used]
    method = "analysis of covariance, ordinary least squares"
    estimable = Estimable(design.matrix) if len(known) and not low else None
    fitted = None if estimable is None else least_squares(known, estimable)
    variance = None if fitted is None else fitted.variance
    facts = (
        Value("df_residual", "Residual degrees of freedom", None if fitted is None else fitted.degrees, "d"),
        Value("sigma", "Root mean square error", None if variance is None else error_of(variance), ".4f"),
    )
    note = "" if fitted else NOT_POSITIVE if low else NOTHING
    return LinearModel(
        taken, design, estimable, fitted, reference, level, margins, scale, method, shared(facts, taken), note
    )
