"""The exact test of Fisher, Freeman and Halton for tables of more than two groups or responses."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from results.statistics.fisher import RELATIVE, Conditional
from results.statistics.pearson_chi_square import counted
from results.statistics.registry import Groups, Text, Value, statistic
from results.statistics.two_by_two import TwoByTwo

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_Step = tuple[Floats, Ints, Floats, Floats]
# Bounds of the work, ten seconds or so: steps for the bounds, steps of the paths; and how many at a time.
MOST_BOUNDS, MOST_STEPS, CHUNK = 400_000_000, 25_000_000, 1_000_000


class TooLarge(Exception):
    """The table has more completions than can be counted in ten seconds or so."""


@dataclass(frozen=True)
class FisherTable:
    """p_value: None where fewer than two groups or levels occur, or where the table is too large (method)."""

    records: int
    p_value: float | None
    method: str

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        return (
            Value("N", "Number of records", self.records, "d"),
            Value("p_value", "P-value, two-sided", self.p_value, ".4f"),
            Value("method", "Method of the test", self.method, ""),
        )


def exact_p(table: Ints) -> float:
    """The probability, given the margins, of the tables that are at most as probable as this one.

    Mehta CR, Patel NR. J Am Stat Assoc 1983;78:427-434: rows are added one by one; what matters of the rows so
    far is what they leave of the columns. A path is settled as soon as all its completions are, by the most
    and the least probable one. TooLarge beyond some seconds of work.
    """
    if table.shape == (2, 2):
        (a, b), (c, d) = table
        return Conditional.of(TwoByTwo.of_counts(a, a + b, c, c + d)).two_sided()
    counts = min((_sorted(table), _sorted(table.T)), key=_work)
    if _work(counts) > MOST_BOUNDS:
        raise TooLarge
    network = _Network(counts.sum(axis=1), counts.sum(axis=0))
    observed = float(-special.gammaln(counts + 1).sum())
    return min(network.share_at_most(observed + np.log1p(RELATIVE)), 1.0)


def _sorted(table: Ints) -> Ints:
    """The rows descending and the columns ascending by their totals, which keeps paths and nodes few."""
    return table[np.argsort(-table.sum(axis=1), kind="stable")][:, np.argsort(table.sum(axis=0), kind="stable")]


def _work(table: Ints) -> float:
    """At most so many steps for the bounds: nodes times ways to set a row, over all rows."""
    rows, columns = table.sum(axis=1), table.sum(axis=0)[:-1]
    ways = (np.minimum(rows[:, None], columns[None, :]) + 1.0).prod(axis=1).sum()
    return float(ways * (columns + 1.0).prod())


class _Network:
    """All tables with the given margins: a node is the number of rows that are set and what they leave.

    Log weights are the sum of -log n! over the cells. most, least: for each number of set rows, the greatest
    and smallest log weight of the completions of every node. The last column follows from the others.
    """

    def __init__(self, rows: Ints, columns: Ints) -> None:
        self.rows, self.columns = rows, columns
        self.left = np.concatenate([np.cumsum(rows[::-1])[::-1], [0]])
        self.shape = tuple(int(column) + 1 for column in columns[:-1])
        self.options = [np.array(list(_parts(int(row), self.columns)), dtype=np.int64) for row in rows]
        ends = np.full(self.shape, -np.inf)
        ends[(0,) * len(self.shape)] = 0.0
        self.most, self.least = [ends], [-ends]
        for options in reversed(self.options):
            self.most.insert(0, self._best(options, self.most[0]))
            self.least.insert(0, -self._best(options, -self.least[0], -1.0))

    def _best(self, options: Ints, following: Floats, sign: float = 1.0) -> Floats:
        found = np.full(self.shape, -np.inf)
        for option, weight in zip(options, sign * _log_weight(options)):
            to = tuple(slice(int(part), None) for part in option[:-1])
            start = tuple(slice(0, size - int(part)) for size, part in zip(self.shape, option[:-1]))
            np.maximum(found[to], following[start] + weight, out=found[to])
        return found

    def share_at_most(self, bound: float) -> float:
        """The probability of the tables whose log weight is at most the bound."""
        total = self._all_completions(0, self.columns[None, :])[0]
        nodes, past, times = self.columns[None, :], np.zeros(1), np.ones(1)
        share = 0.0
        work = 0
        for row, options in enumerate(self.options):
            work += len(past) * len(options)
            if work > MOST_STEPS:
                raise TooLarge
            size = max(CHUNK // len(options), 1)
            cuts = [slice(start, start + size) for start in range(0, max(len(past), 1), size)]
            found = [self._step(row, nodes[cut], past[cut], times[cut], bound) for cut in cuts]
            share += sum(float(np.exp(part[0] - total).sum()) for part in found)
            nodes = np.concatenate([part[1] for part in found])
            past, times = (np.concatenate([part[place] for part in found]) for place in (2, 3))
            keys = np.ravel_multi_index(tuple(nodes[:, :-1].T), self.shape)
            nodes, past, times = _merged(keys, nodes, past, times)
        return share

    def _step(self, row: int, nodes: Ints, past: Floats, times: Floats, bound: float) -> _Step:
        """Every way to set one more row: log weights of what is settled, then nodes, weights, times of the rest."""
        options = self.options[row]
        after = nodes[:, None, :] - options[None, :, :]
        allowed = (after >= 0).all(axis=2)
        which, _ = np.nonzero(allowed)
        after = after[allowed]
        weight = (past[:, None] + _log_weight(options)[None, :])[allowed]
        at = tuple(after[:, :-1].T)
        inside = weight + self.most[row + 1][at] <= bound
        open_ = ~inside & (weight + self.least[row + 1][at] <= bound)
        many = times[which]
        settled = weight[inside] + np.log(many[inside]) + self._all_completions(row + 1, after[inside])
        return settled, after[open_], weight[open_], many[open_]

    def _all_completions(self, row: int, nodes: Ints) -> Floats:
        """Log of the summed weights of all completions of a node, which is multinomial."""
        rest = special.gammaln(self.left[row] + 1) - special.gammaln(self.rows[row:] + 1).sum()
        return np.asarray(rest - special.gammaln(nodes + 1).sum(axis=1))


def _parts(total: int, most: Ints) -> Iterator[tuple[int, ...]]:
    """Every way to divide a row total among the columns."""
    ranges = (range(min(total, int(limit)) + 1) for limit in most[:-1])
    for head in itertools.product(*ranges):
        rest = total - sum(head)
        if 0 <= rest <= most[-1]:
            yield (*head, rest)


def _log_weight(options: Ints) -> Floats:
    return np.asarray(-special.gammaln(options + 1).sum(axis=1))


def _merged(keys: Ints, nodes: Ints, past: Floats, times: Floats) -> tuple[Ints, Floats, Floats]:
    """Paths that reach a node with the same weight, as one; weights are the same within 1e-8 of their log."""
    if len(past) < 2:
        return nodes, past, times
    weights = np.rint((past - past.min()) * 1e8).astype(np.int64)
    _, first, inverse = np.unique(keys * (int(weights.max()) + 1) + weights, return_index=True, return_inverse=True)
    return nodes[first], past[first], np.asarray(np.bincount(inverse, weights=times), dtype=np.float64)


@statistic
def fisher_table(value: Text, groups: Groups) -> FisherTable:
    """The exact test that the levels of a text are distributed alike in all levels of Group.

    value: the levels; records without one are left out. Levels and groups without records do not count. p is
    the probability, given the margins, of the tables that are at most as probable as the observed one, equal
    ones included up to a relative difference of 1e-7. With one level or one group there is no test. A table
    that would take more than ten seconds or so is not computed, and the method says so: then `chi_square_table` is
    the test to use. Two groups of hundreds of records pass, and three of a hundred.

    Freeman GH, Halton JH. Biometrika 1951;38:141-149; Mehta CR, Patel NR. J Am Stat Assoc 1983;78:427-434.

    >>> import pandas as pd
    >>> found = fisher_table(pd.Categorical(list("aaabbbcc")), [0, 0, 0, 1, 1, 1, 1, 0])
    >>> round(found.p_value, 4)
    0.0571
    """
    counts = counted(np.asarray(value.codes, dtype=np.int64), groups).astype(np.int64)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    records, method = int(counts.sum()), "fisher-freeman-halton"
    if min(counts.shape, default=0) < 2:
        return FisherTable(records, None, method)
    try:
        return FisherTable(records, exact_p(counts), method)
    except TooLarge:
        return FisherTable(records, None, f"{method}: not computed, the table is too large")
