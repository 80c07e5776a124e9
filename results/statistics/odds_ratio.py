"""The ratio of the odds of two proportions with its confidence interval, without strata or common to several."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, log, sqrt

from results.statistics.fisher import Conditional
from results.statistics.interval import Interval, normal_quantile
from results.statistics.registry import (
    Condition,
    Group,
    Strata,
    Value,
    confidence,
    option,
    statistic,
    stratified_option,
)
from results.statistics.score_interval import odds_ratio_limits
from results.statistics.two_by_two import TwoByTwo, tabulate

INTERVALS = ("log", "exact", "miettinen_nurminen", "cornfield")
Limits = tuple[float | None, float | None]


@dataclass(frozen=True, eq=False)
class OddsRatio:
    """Odds of the compared group over those of the reference group; None where they are not estimable.

    conditional: the conditional maximum likelihood estimate, of the exact interval only.
    """

    tables: TwoByTwo
    estimate: float | None
    conditional: float | None
    interval: Interval

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        return (
            *self.tables.values(),
            Value("estimate", "Odds ratio", self.estimate, ".4f"),
            Value("estimate_conditional", "Odds ratio, conditional estimate", self.conditional, ".4f"),
            *self.interval.values(),
            *self.tables.strata_values(),
        )


def of_tables(tables: TwoByTwo, ci: str = "log", level: float = 0.95) -> OddsRatio:
    """The odds ratio over the tables of the strata, where the counts are known."""
    option("ci", ci, INTERVALS)
    level = confidence(level)
    used = tables.informative()
    over, under = cross_products(used)
    estimate = over / under if under else None
    (lower, upper), conditional = _limits(used, ci, level, over, under), None
    if ci == "exact" and over + under:
        conditional = _finite(Conditional.of(used).estimate())
    return OddsRatio(tables, estimate, conditional, Interval(lower, upper, level, ci))


def cross_products(tables: TwoByTwo) -> tuple[float, float]:
    """Numerator and denominator of the odds ratio of Mantel and Haenszel; of one table, of the plain one."""
    total = tables.total1 + tables.total2
    over = tables.count1 * (tables.total2 - tables.count2) / total
    under = tables.count2 * (tables.total1 - tables.count1) / total
    return float(over.sum()), float(under.sum())


def log_error(tables: TwoByTwo) -> float:
    """The standard error of the log of the odds ratio of Mantel and Haenszel; of one table, that of Woolf.

    Robins J, Breslow N, Greenland S. Biometrics 1986;42:311-323. Numerator and denominator must not be 0.
    """
    x1, n1, x2, n2 = tables.count1, tables.total1, tables.count2, tables.total2
    total, (over, under) = n1 + n2, cross_products(tables)
    agree, differ = (x1 + n2 - x2) / total, (x2 + n1 - x1) / total
    each_over, each_under = x1 * (n2 - x2) / total, x2 * (n1 - x1) / total
    variance = (
        float((agree * each_over).sum()) / (2 * over**2)
        + float((agree * each_under + differ * each_over).sum()) / (2 * over * under)
        + float((differ * each_under).sum()) / (2 * under**2)
    )
    return sqrt(variance)


def _limits(used: TwoByTwo, ci: str, level: float, over: float, under: float) -> Limits:
    z = normal_quantile(level)
    if ci == "log":
        if not (over and under):
            return None, None
        half = z * log_error(used)
        return exp(log(over / under) - half), exp(log(over / under) + half)
    if not over + under:
        return None, None
    if ci == "exact":
        lower, upper = Conditional.of(used).limits((1 - level) / 2)
    else:
        lower, upper = odds_ratio_limits(used, z, factor=ci == "miettinen_nurminen")
    return lower, _finite(upper)


def _finite(value: float) -> float | None:
    return None if value == inf else value


@statistic
def odds_ratio(
    condition: Condition,
    group: Group,
    strata: Strata = None,
    *,
    ci: str = "log",
    level: float = 0.95,
) -> OddsRatio:
    """The odds that a record of the compared group meets a condition, over those of the reference group.

    condition: one bool per record, never missing. ci: `log` (normal on the log scale, Woolf), `exact`
    (conditional on both margins, each tail at most (1 - level) / 2), `miettinen_nurminen` (score, variance
    factor N / (N - 1)), `cornfield` (score without the factor). The estimate is that of the sample, as SAS
    gives it with each of them; R's fisher.test gives the conditional one, which `exact` adds as
    estimate_conditional. With strata the estimate is that of Mantel and Haenszel with the variance of Robins,
    Breslow and Greenland, and ci is `log`; strata with one group only are left out and counted.

    An empty cell makes the ratio 0 or not estimable; exact and score limits are then 0 or not given on that
    side, log limits not estimable on both. Without any event, or with events only, nothing is estimable.

    Woolf B. Ann Hum Genet 1955;19:251-253; Cornfield J. Proc 3rd Berkeley Symp 1956;4:135-148; Miettinen O,
    Nurminen M. Stat Med 1985;4:213-226; Robins J, Breslow N, Greenland S. Biometrics 1986;42:311-323.

    >>> odds_ratio([True, True, True, False, True, False, False, False], [1, 1, 1, 1, 0, 0, 0, 0]).estimate
    9.0
    """
    option("ci", ci, INTERVALS)
    stratified_option("ci", ci, ("log",), strata)
    return of_tables(tabulate(condition, group, strata), ci, level)
