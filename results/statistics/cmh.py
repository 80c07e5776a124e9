"""The Cochran-Mantel-Haenszel test of a condition in two groups, with the common odds ratio over the strata."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

import numpy as np
from scipy import special

from results.statistics.interval import Interval, normal_quantile
from results.statistics.odds_ratio import cross_products, log_error
from results.statistics.registry import Condition, Group, Strata, Value, confidence, statistic
from results.statistics.two_by_two import Floats, TwoByTwo, tabulate


@dataclass(frozen=True, eq=False)
class Homogeneity:
    """Breslow and Day's statistic and Tarone's form of it, both with `degrees`; None where not estimable."""

    breslow_day: float | None
    tarone: float | None
    degrees: int | None

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""

        def p_value(found: float | None) -> float | None:
            return None if found is None else float(special.chdtrc(self.degrees, found))

        return (
            Value("breslow_day", "Breslow-Day statistic", self.breslow_day, ".4f"),
            Value("breslow_day_p", "P-value of the Breslow-Day test", p_value(self.breslow_day), ".4f"),
            Value("tarone", "Breslow-Day statistic, Tarone's form", self.tarone, ".4f"),
            Value("tarone_p", "P-value of the Breslow-Day test, Tarone's form", p_value(self.tarone), ".4f"),
            Value("homogeneity_parameter", "Degrees of freedom of homogeneity", self.degrees, "d"),
        )


@dataclass(frozen=True, eq=False)
class Cmh:
    """Test, common odds ratio and homogeneity of the odds ratios; None where not estimable."""

    tables: TwoByTwo
    statistic: float | None
    p_value: float | None
    estimate: float | None
    interval: Interval
    homogeneity: Homogeneity

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        return (
            *self.tables.values(),
            Value("statistic", "Cochran-Mantel-Haenszel statistic", self.statistic, ".4f"),
            Value("parameter", "Degrees of freedom", None if self.statistic is None else 1, "d"),
            Value("p_value", "P-value", self.p_value, ".4f"),
            Value("estimate", "Common odds ratio (Mantel-Haenszel)", self.estimate, ".4f"),
            *self.interval.values(),
            *self.homogeneity.values(),
            *self.tables.strata_values(),
        )


def of_tables(tables: TwoByTwo, correct: bool = False, level: float = 0.95) -> Cmh:
    """The test over the tables of the strata, where the counts are known."""
    level = confidence(level)
    used = tables.informative()
    found = _chi_square(used, correct)
    p_value = None if found is None else float(special.chdtrc(1, found))
    over, under = cross_products(used)
    estimate, lower, upper = over / under if under else None, None, None
    if estimate:
        half = normal_quantile(level) * log_error(used)
        lower, upper = exp(log(estimate) - half), exp(log(estimate) + half)
    method = "mantel-haenszel, continuity correction" if correct else "mantel-haenszel"
    limits = Interval(lower, upper, level, method)
    return Cmh(tables, found, p_value, estimate, limits, homogeneity(used, estimate))


def _chi_square(tables: TwoByTwo, correct: bool) -> float | None:
    total, events = tables.total1 + tables.total2, tables.count1 + tables.count2
    apart = abs(float((tables.count1 - events * tables.total1 / total).sum()))
    # A stratum of one record of each group has total - 1 = 1; a smaller one lacks a group and is not here.
    variance = float((tables.total1 * tables.total2 * events * (total - events) / (total**2 * (total - 1))).sum())
    if variance == 0:
        return None
    if correct and apart >= 0.5:
        apart -= 0.5
    return apart**2 / variance


def homogeneity(tables: TwoByTwo, ratio: float | None) -> Homogeneity:
    """Whether the strata share the odds ratio `ratio`; strata without events, or with events only, do not count.

    Breslow NE, Day NE. Statistical Methods in Cancer Research I, 1980, section 4.4; Tarone RE. Biometrika
    1985;72:91-95.
    """
    events, total = tables.count1 + tables.count2, tables.total1 + tables.total2
    some = (events > 0) & (events < total)
    degrees = int(some.sum()) - 1
    if not ratio or degrees < 1:
        return Homogeneity(None, None, None)
    x1, n1, x2, n2 = (part[some] for part in (tables.count1, tables.total1, tables.count2, tables.total2))
    expected = _expected(x1 + x2, n1, n2, ratio)
    variance = 1 / sum(1 / cell for cell in (expected, n1 - expected, x1 + x2 - expected, n2 - x1 - x2 + expected))
    breslow_day = float(((x1 - expected) ** 2 / variance).sum())
    tarone = breslow_day - float((x1 - expected).sum()) ** 2 / float(np.sum(variance))
    return Homogeneity(breslow_day, tarone, degrees)


def _expected(events: Floats, n1: Floats, n2: Floats, ratio: float) -> Floats:
    """The first cell of each table with the margins given whose odds ratio is `ratio`: a root of a quadratic."""
    a, b, c = 1 - ratio, n2 - events + ratio * (n1 + events), -ratio * n1 * events
    # In the form that subtracts nothing, which also holds at ratio 1, where the quadratic is a line.
    return np.asarray(-2 * c / (b + np.sqrt(np.maximum(b * b - 4 * a * c, 0))))


@statistic
def cmh(
    condition: Condition, group: Group, strata: Strata = None, *, correct: bool = False, level: float = 0.95
) -> Cmh:
    """The Cochran-Mantel-Haenszel test that a condition is as frequent in both groups within the strata.

    condition: one bool per record, never missing. correct: whether a deviation of 0.5 or more is brought
    nearer to 0 by 0.5, as R's mantelhaen.test does by default; PROC FREQ does not. Given with it: the common
    odds ratio of Mantel and Haenszel with the limits of Robins, Breslow and Greenland at `level`, and the
    test of Breslow and Day that the odds ratios of the strata are equal, as they wrote it and in Tarone's
    form. The common difference and relative risk are `difference` and `relative_risk` with strata.

    Without strata there is one stratum. Strata with one group only are left out and counted. Without any
    event, or with events only in every stratum, there is no test.

    Mantel N, Haenszel W. J Natl Cancer Inst 1959;22:719-748; Robins J, Breslow N, Greenland S. Biometrics
    1986;42:311-323.

    >>> round(cmh([True, True, False, False], [1, 1, 0, 0]).statistic, 4)
    3.0
    """
    return of_tables(tabulate(condition, group, strata), correct, level)
