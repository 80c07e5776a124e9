"""The exact distribution of a sum of ranks under random allocation, with ties or without."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
# Work of the recursion: records times size of the smaller group times range of the sum; some seconds.
MOST_STEPS = 2_000_000_000


@dataclass(frozen=True, eq=False)
class RankSum:
    """The values that the sum of the ranks of a group can take, ascending, with their probabilities."""

    values: Floats
    probability: Floats

    def at_most(self, value: float) -> float:
        """The probability of a sum that is not greater."""
        return min(float(self.probability[self.values <= value + 1e-9].sum()), 1.0)

    def at_least(self, value: float) -> float:
        """The probability of a sum that is not smaller."""
        return min(float(self.probability[self.values >= value - 1e-9].sum()), 1.0)

    def as_far(self, value: float, centre: float) -> float:
        """The probability of a sum as far from the centre, on either side."""
        far = np.abs(self.values - centre) >= abs(value - centre) - 1e-9
        return min(float(self.probability[far].sum()), 1.0)


def midranks_of(values: Floats) -> Floats:
    """The rank of each value, from 1; equal values have the mean of their ranks.

    >>> midranks_of(np.array([3.0, 1.0, 3.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[place], dtype=float)


def steps(midranks: Floats, size: int) -> float:
    """The work that the distribution takes, to be compared with MOST_STEPS."""
    size = min(size, len(midranks) - size)
    return float(len(midranks)) * size * 2 * float(np.sort(midranks)[len(midranks) - size :].sum())


def rank_sum(midranks: Floats, size: int) -> RankSum:
    """The distribution of the sum of `size` of the midranks, each choice as probable as any other.

    Streitberg B, Röhmel J. Exakte Verteilungen für Rang- und Randomisierungstests im allgemeinen
    c-Stichprobenfall. EDV in Medizin und Biologie 1987;18:12-19 (the shift algorithm): the number of choices
    of k ranks with a sum is built up rank by rank. Ranks are doubled, so that midranks are whole. The smaller
    group is counted; the other's sum is what remains.

    >>> found = rank_sum(np.array([1.0, 2.0, 3.0]), 1)
    >>> found.values, found.at_most(1)
    (array([1., 2., 3.]), 0.3333333333333333)
    """
    doubled = np.rint(2 * np.asarray(midranks)).astype(np.int64)
    few = min(size, len(doubled) - size)
    unit = max(int(np.gcd.reduce(np.append(doubled - doubled.min(initial=0), 0))), 1)
    base = int(doubled.min(initial=0))
    scaled = np.sort((doubled - base) // unit)
    width = int(scaled[len(scaled) - few :].sum()) + 1
    counts = np.zeros((few + 1, width))
    counts[0, 0] = 1.0
    for number, rank in enumerate(scaled.tolist(), 1):
        # From the last row upward each rank enters a sum once only: the rows above are those before it.
        top = min(number, few)
        counts[1 : top + 1, rank:] += counts[:top, : width - rank].copy()
        # Counts of large samples would overflow; their ratios are all that matters.
        if number % 64 == 0:
            counts /= counts.max()
    sums = (np.arange(width) * unit + few * base) / 2
    probability, possible = counts[few] / counts[few].sum(), counts[few] > 0
    if few != size:
        sums = doubled.sum() / 2 - sums
        return RankSum(sums[possible][::-1].copy(), probability[possible][::-1].copy())
    return RankSum(sums[possible], probability[possible])
