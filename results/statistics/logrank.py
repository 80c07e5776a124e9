"""Tests that survival curves are equal: log-rank and its weighted forms, over strata, with trend.

Our own: SciPy's logrank compares two samples, without strata, weights or trend.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from results.statistics.logrank_weights import weights as weights_of
from results.statistics.quadratic_form import NONE, ChiSquareTest, chi_square, quadratic
from results.statistics.registry import Groups, Number, Strata, Value, option, statistic
from results.statistics.risk_sets import RiskSets, risk_sets
from results.statistics.survival_records import Bools, Floats, Ints, checked, codes

ALTERNATIVES = ("two_sided", "less", "greater")
KINDS = ("homogeneity", "trend")


@dataclass(frozen=True)
class LevelCounts:
    """A level of the groups: its records, its events, and the events expected of it were all curves equal."""

    level: int
    records: int
    observed: int
    expected: float


@dataclass(frozen=True)
class LogRank:
    """A test: chi-square with degrees of freedom and p-value, None where not estimable.

    z: the test as a normal deviate, of two levels (positive: more events of the last level than expected) or of
    the trend (positive: more events with rising score); None otherwise. p_value is that of the alternative.
    """

    levels: tuple[LevelCounts, ...]
    chi_square: float | None
    df: int
    z: float | None
    p_value: float | None
    weights: str
    kind: str
    alternative: str

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data; those of a level are qualified by `group`."""
        head = (
            Value("statistic", "Chi-square statistic", self.chi_square, ".4f"),
            Value("parameter", "Degrees of freedom", self.df, "d"),
            Value("z", "Standardised statistic", self.z, ".4f"),
            Value("p_value", "P-value", self.p_value, ".4f"),
            Value("weights", "Weights of the event times", self.weights, ""),
            Value("test", "Hypothesis tested", self.kind, ""),
            Value("alternative", "Alternative", self.alternative, ""),
        )
        return (*head, *(value for level in self.levels for value in _values_of(level)))


def _values_of(level: LevelCounts) -> tuple[Value, ...]:
    place = ("group", float(level.level))
    return (
        Value("n", "Number of records", level.records, "d", *place),
        Value("events", "Number of events", level.observed, "d", *place),
        Value("expected", "Number of events expected", level.expected, ".2f", *place),
    )


@statistic
def logrank(
    time: Number,
    censor: Number,
    groups: Groups,
    strata: Strata = None,
    *,
    weights: str = "logrank",
    rho: float = 0.0,
    gamma: float = 0.0,
    test: str = "homogeneity",
    scores: tuple[float, ...] = (),
    alternative: str = "two_sided",
) -> LogRank:
    """The log-rank test of two or more levels, weighted, stratified, or for trend.

    time, censor: as in kaplan_meier. groups: codes of the levels, the first is 0. strata: codes; observed,
    expected and variance are summed over strata, in each of which levels are compared by themselves. weights:
    `logrank`, `gehan`, `tarone_ware`, `peto`, `modified_peto`, or `fleming_harrington` with rho and gamma. test:
    `homogeneity` of all levels, or `trend` over scores (0, 1, 2, ... without them). alternative: `two_sided`;
    of two levels or of a trend also `less` (fewer events than expected of the last level, or with rising score)
    and `greater`.

    The variance is hypergeometric, n - d over n - 1 for d tied events of n at risk. Degrees of freedom are the
    rank of the covariance, so that a level without anyone at risk at an event takes no part; not estimable
    with none. Mantel N. Cancer Chemother Rep 1966;50:163-170; Peto R, Peto J. J R Stat Soc A 1972;135:185-207;
    Tarone RE. Biometrika 1975;62:679-682 for the trend.

    >>> found = logrank(np.array([6, 7, 10, 1, 2, 3]), np.array([0, 1, 0, 0, 0, 0]), np.array([1, 1, 1, 0, 0, 0]))
    >>> round(found.chi_square, 4), found.df
    (5.0517, 1)
    """
    option("test", test, KINDS)
    option("alternative", alternative, ALTERNATIVES)
    times, event = checked(time, censor)
    group = codes("groups", groups, len(times))
    stratum = None if strata is None else codes("strata", strata, len(times))
    risk = risk_sets(times, event, stratum)
    number = int(group.max()) + 1 if len(group) else 0
    marks = _marks(scores, number, test)
    if alternative != "two_sided" and test == "homogeneity" and number > 2:
        raise ValueError(f"alternative={alternative!r} needs two levels or test='trend', and there are {number}")
    weight = weights_of(risk, weights, rho, gamma)
    counts = np.bincount(group, minlength=number)
    observed, expected, differences, covariance = _compare(risk, group, number, weight)
    levels = tuple(
        LevelCounts(level, int(counts[level]), int(observed[level]), float(expected[level])) for level in range(number)
    )
    if test == "trend" or number == 2:
        found, z = _directed(differences, covariance, marks)
    else:
        found, z = quadratic(differences, covariance), None
    return LogRank(levels, found.statistic, found.df, z, _p_value(found, z, alternative), weights, test, alternative)


def _marks(scores: tuple[float, ...], number: int, test: str) -> Floats:
    """The scores of the levels: those given, else their positions."""
    if not scores:
        return np.arange(number, dtype=float)
    if test != "trend":
        raise ValueError("scores belong to test='trend'")
    if number and len(scores) != number:
        raise ValueError(f"{len(scores)} scores for {number} levels")
    return np.asarray(scores, dtype=float)[:number]


def _compare(risk: RiskSets, group: Ints, number: int, weight: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Over the levels: events observed and expected, their weighted differences and the covariance of these."""
    order, tie = group[risk.order], np.repeat(np.arange(len(risk.time)), risk.deaths)
    member: Bools = order == np.arange(number)[:, None]
    at_risk = risk.at(member.astype(np.int64))
    dead = order[risk.dead]
    observed = np.bincount(dead, minlength=number).astype(float)
    share = risk.deaths / risk.at_risk
    expected = at_risk @ share
    differences = np.bincount(dead, weights=weight[tie], minlength=number) - at_risk @ (weight * share)
    left = (risk.at_risk - risk.deaths) / np.maximum(risk.at_risk - 1, 1)
    spread = weight**2 * share * left
    part = at_risk / risk.at_risk
    size = part @ (spread * risk.at_risk)
    covariance = np.diag(size) - (part * spread) @ at_risk.T
    # A level that stands alone at every event has no variance; what is left of the difference is rounding.
    alone = np.diag(covariance) <= 1e-12 * size
    covariance[alone, :] = covariance[:, alone] = 0.0
    return observed, expected, differences, covariance


def _directed(differences: Floats, covariance: Floats, marks: Floats) -> tuple[ChiSquareTest, float | None]:
    """The test of one combination of the levels, of two levels that of their difference."""
    if not len(marks):
        return NONE, None
    marks = marks - marks.mean()
    spread = float(marks @ covariance @ marks)
    if spread <= 1e-12 * float((marks**2) @ np.diag(covariance)):
        return NONE, None
    z = float(marks @ differences / np.sqrt(spread))
    return chi_square(z * z, 1), z


def _p_value(found: ChiSquareTest, z: float | None, alternative: str) -> float | None:
    if alternative == "two_sided" or z is None:
        return found.p_value if alternative == "two_sided" else None
    return float(special.ndtr(z if alternative == "less" else -z))
