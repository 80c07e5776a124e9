"""The ratio of two proportions with its confidence interval, without strata or common to several."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, log, sqrt

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
from results.statistics.score_interval import ratio_limits
from results.statistics.two_by_two import TwoByTwo, tabulate

INTERVALS = ("miettinen_nurminen", "koopman", "log")


@dataclass(frozen=True, eq=False)
class RelativeRisk:
    """Proportion of the compared group over that of the reference group; None where the latter is 0."""

    tables: TwoByTwo
    estimate: float | None
    interval: Interval

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        return (
            *self.tables.values(),
            Value("estimate", "Relative risk", self.estimate, ".4f"),
            *self.interval.values(),
            *self.tables.strata_values(),
        )


def of_tables(tables: TwoByTwo, ci: str = "miettinen_nurminen", level: float = 0.95) -> RelativeRisk:
    """The relative risk over the tables of the strata, where the counts are known."""
    option("ci", ci, INTERVALS)
    level = confidence(level)
    used, z = tables.informative(), normal_quantile(level)
    total = used.total1 + used.total2
    over, under = float((used.count1 * used.total2 / total).sum()), float((used.count2 * used.total1 / total).sum())
    estimate = over / under if under else None
    lower: float | None = None
    upper: float | None = None
    if len(total) and over + under and ci != "log":
        lower, upper = ratio_limits(used, z, factor=ci == "miettinen_nurminen")
    elif over and under:
        half = z * _log_error(used, over, under)
        lower, upper = exp(log(over / under) - half), exp(log(over / under) + half)
    return RelativeRisk(tables, estimate, Interval(lower, None if upper == inf else upper, level, ci))


def _log_error(tables: TwoByTwo, over: float, under: float) -> float:
    """The standard error of the log of the ratio of Mantel and Haenszel; of one table, that of Katz."""
    events, total = tables.count1 + tables.count2, tables.total1 + tables.total2
    parts = (tables.total1 * tables.total2 * events - tables.count1 * tables.count2 * total) / total**2
    return sqrt(max(float(parts.sum()), 0.0) / (over * under))


@statistic
def relative_risk(
    condition: Condition,
    group: Group,
    strata: Strata = None,
    *,
    ci: str = "miettinen_nurminen",
    level: float = 0.95,
) -> RelativeRisk:
    """The proportion of records that meet a condition in the compared group, over that in the reference group.

    condition: one bool per record, never missing. ci: `miettinen_nurminen` (score, variance factor N / (N -
    1)), `koopman` (score without the factor), `log` (normal on the log scale). With strata the estimate is
    that of Mantel and Haenszel with the variance of Greenland and Robins, and ci is `log`; strata with one
    group only are left out and counted. level: confidence level, two-sided.

    Without events in the reference group the ratio is not estimable; its lower score limit is, and the upper
    one is unbounded, hence not given. Without events in the compared group the ratio and its lower limit are
    0. Without any event, or while a group has no records, nothing is estimable. Log limits need events in
    both groups.

    Koopman PAR. Biometrics 1984;40:513-517; Miettinen O, Nurminen M. Stat Med 1985;4:213-226; Katz D et al.
    Biometrics 1978;34:469-474; Greenland S, Robins JM. Biometrics 1985;41:55-68.

    >>> relative_risk([True, True, True, False, True, False, False, False], [1, 1, 1, 1, 0, 0, 0, 0]).estimate
    3.0
    """
    option("ci", ci, INTERVALS)
    stratified_option("ci", ci, ("log",), strata)
    return of_tables(tabulate(condition, group, strata), ci, level)
