"""The difference of two proportions with its confidence interval, without strata or common to several."""

from __future__ import annotations

from dataclasses import dataclass

from results.statistics.difference_interval import ERRORS, INTERVALS, STRATIFIED, common_difference
from results.statistics.interval import Interval
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
from results.statistics.two_by_two import TwoByTwo, tabulate


@dataclass(frozen=True, eq=False)
class Difference:
    """Proportion of the compared group less that of the reference group, between -1 and 1.

    estimate: with Mantel-Haenszel weights over the strata that have both groups; None without such a stratum.
    std_error: of methods that are built on one.
    """

    tables: TwoByTwo
    estimate: float | None
    std_error: float | None
    interval: Interval

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        return (
            *self.tables.values(),
            Value("estimate", "Difference of proportions", self.estimate, ".4f"),
            Value("std_error", "Standard error", self.std_error, ".4f"),
            *self.interval.values(),
            *self.tables.strata_values(),
        )


def of_tables(tables: TwoByTwo, ci: str = "miettinen_nurminen", level: float = 0.95) -> Difference:
    """The difference over the tables of the strata, where the counts are known."""
    option("ci", ci, tuple(INTERVALS))
    level = confidence(level)
    used = tables.informative()
    if len(used.total1) == 0:
        return Difference(tables, None, None, Interval(None, None, level, ci))
    alone = ci == "hauck_anderson" and min(used.total1[0], used.total2[0]) == 1
    lower, upper = (None, None) if alone else INTERVALS[ci](used, level)
    std_error = ERRORS[ci](used) if ci in ERRORS else None
    return Difference(tables, common_difference(used), std_error, Interval(lower, upper, level, ci))


@statistic
def difference(
    condition: Condition,
    group: Group,
    strata: Strata = None,
    *,
    ci: str = "miettinen_nurminen",
    level: float = 0.95,
) -> Difference:
    """The proportion of records that meet a condition in the compared group, less that in the reference group.

    condition: one bool per record, never missing. ci: `miettinen_nurminen` (score, variance factor N / (N -
    1)), `mee` (score without the factor), `newcombe` (hybrid of Wilson limits), `newcombe_cc` (the same with
    continuity correction), `wald`, `wald_cc`, `agresti_caffo`, `hauck_anderson`, `mantel_haenszel`. level:
    confidence level, two-sided.

    With strata the estimate is the difference with Mantel-Haenszel weights n1 n2 / (n1 + n2), and ci is one
    of `miettinen_nurminen` or `mee` (one score statistic over all strata, with these weights), `newcombe`
    (stratified Wilson limits with these weights), `mantel_haenszel` (variance of Sato) and `wald` (binomial
    variances). Strata with one group only are left out and counted. The proportions of the groups are given
    as they are, without weights. Nothing is estimable while a group has no records. Score limits hold for 0
    and for all events, where Wald limits have no width.

    Miettinen O, Nurminen M. Stat Med 1985;4:213-226; Newcombe RG. Stat Med 1998;17:873-890; Sato T.
    Biometrics 1989;45:1323-1324; Yan X, Su XG. Stat Biopharm Res 2010;2:329-335.

    >>> found = difference([True, True, True, False, True, False, False, False], [1, 1, 1, 1, 0, 0, 0, 0])
    >>> found.estimate, round(found.interval.lower, 3), round(found.interval.upper, 3)
    (0.5, -0.222, 0.868)
    """
    option("ci", ci, tuple(INTERVALS))
    stratified_option("ci", ci, STRATIFIED, strata)
    return of_tables(tabulate(condition, group, strata), ci, level)
