"""Fisher's exact test of a fourfold table, and the odds ratio that the same conditional distribution gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt
from scipy import special

from results.statistics.registry import Condition, Group, Value, statistic
from results.statistics.root import root
from results.statistics.two_by_two import TwoByTwo, tabulate

# Probabilities that differ by less are equal: as in R's fisher.test; SAS compares rounded ones to the same end.
RELATIVE = 1e-7


@dataclass(frozen=True, eq=False)
class Conditional:
    """The distribution of the first cell given both margins, when the odds ratio is 1: noncentral otherwise."""

    cells: npt.NDArray[np.float64]
    log_weight: npt.NDArray[np.float64]
    observed: float

    @classmethod
    def of(cls, table: TwoByTwo) -> Conditional:
        """The distribution that belongs to a table; its cost is that of the smaller margin."""
        x1, n1, x2, n2 = (float(part[0]) for part in (table.count1, table.total1, table.count2, table.total2))
        events = x1 + x2
        cells = np.arange(max(0.0, events - n2), min(n1, events) + 1)
        weight = -sum(special.gammaln(part + 1) for part in (cells, n1 - cells, events - cells, n2 - events + cells))
        return cls(cells, np.asarray(weight), x1)

    def probabilities(self, log_ratio: float = 0.0) -> npt.NDArray[np.float64]:
        """The probability of each value of the cell under an odds ratio."""
        weight = self.log_weight + self.cells * log_ratio
        found = np.exp(weight - weight.max())
        return np.asarray(found / found.sum())

    def at_most(self, log_ratio: float = 0.0) -> float:
        """The probability of the observed cell or a smaller one."""
        return float(self.probabilities(log_ratio)[self.cells <= self.observed].sum())

    def at_least(self, log_ratio: float = 0.0) -> float:
        """The probability of the observed cell or a greater one."""
        return float(self.probabilities(log_ratio)[self.cells >= self.observed].sum())

    def two_sided(self) -> float:
        """The probability of all tables that are not more probable than the observed one."""
        found = self.probabilities()
        own = found[self.cells == self.observed][0]
        return min(float(found[found <= own * (1 + RELATIVE)].sum()), 1.0)

    def estimate(self) -> float:
        """The conditional maximum likelihood estimate of the odds ratio: the mean of the cell is the observed one."""
        if self.observed == self.cells[0]:
            return 0.0
        if self.observed == self.cells[-1]:
            return inf
        return _root(lambda log_ratio: float(self.probabilities(log_ratio) @ self.cells) - self.observed)

    def limits(self, tail: float) -> tuple[float, float]:
        """The odds ratios under which the observed cell and all beyond it have the probability `tail`."""
        lower, upper = 0.0, inf
        if self.observed > self.cells[0]:
            lower = _root(lambda log_ratio: self.at_least(log_ratio) - tail)
        if self.observed < self.cells[-1]:
            upper = _root(lambda log_ratio: tail - self.at_most(log_ratio))
        return lower, upper


def _root(rising: Callable[[float], float]) -> float:
    """The odds ratio at the root of a function that rises with its log."""
    low, high = -1.0, 1.0
    while rising(low) > 0:
        low *= 2
    while rising(high) < 0:
        high *= 2
    return float(np.exp(root(rising, low, high, 1e-13)))


@dataclass(frozen=True, eq=False)
class Fisher:
    """P-values of the test; None while a group has no records."""

    table: TwoByTwo
    p_value: float | None
    p_less: float | None
    p_greater: float | None

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        return (
            *self.table.values(),
            Value("p_value", "P-value, two-sided", self.p_value, ".4f"),
            Value("p_less", "P-value, proportion of the compared group smaller", self.p_less, ".4f"),
            Value("p_greater", "P-value, proportion of the compared group greater", self.p_greater, ".4f"),
            Value("method", "Method of the test", "fisher", ""),
        )


def of_table(table: TwoByTwo) -> Fisher:
    """The test of a table of known counts."""
    if not (table.total1[0] and table.total2[0]):
        return Fisher(table, None, None, None)
    found = Conditional.of(table)
    return Fisher(table, found.two_sided(), min(found.at_most(), 1.0), min(found.at_least(), 1.0))


@statistic
def fisher(condition: Condition, group: Group) -> Fisher:
    """Fisher's exact test that the condition is as frequent in both groups.

    condition: one bool per record, never missing. The two-sided p-value is the probability of all tables with
    the observed margins that are at most as probable as the observed one, equal ones included up to a
    relative difference of 1e-7: the convention of R and SAS. With 0 or all events there is one table, and p is
    1. While a group has no records there is no test.

    Fisher RA. J R Stat Soc 1935;98:39-54.

    >>> found = fisher([True, True, True, False, True, False, False, False], [1, 1, 1, 1, 0, 0, 0, 0])
    >>> round(found.p_value, 4)
    0.4857
    """
    return of_table(tabulate(condition, group))
