"""Order statistics of all pairwise differences of two samples, without writing all of them down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
# Up to this many differences they are written down; beyond, each rank is found by bisection.
MOST_PAIRS = 4_000_000


def ordered_differences(first: Floats, second: Floats, ranks: Sequence[int]) -> list[float]:
    """The differences first - second of the given ranks, counted from 1 upward among all pairs.

    >>> ordered_differences(np.array([5.0, 9.0]), np.array([1.0, 2.0]), [1, 4])
    [3.0, 8.0]
    """
    if len(first) * len(second) <= MOST_PAIRS:
        every = np.subtract.outer(first, second).ravel()
        places = [rank - 1 for rank in ranks]
        every.partition(sorted(set(places)))
        return [float(every[place]) for place in places]
    low, high = np.sort(first), np.sort(second)
    return [_selected(low, high, rank) for rank in ranks]


def _selected(first: Floats, second: Floats, rank: int) -> float:
    """The difference of a rank of two sorted samples: bisection to the last digit, then the nearest difference."""
    low, high = float(first[0] - second[-1]), float(first[-1] - second[0])
    for _ in range(2000):
        middle = low + (high - low) / 2
        if not low < middle < high:
            break
        # Pairs with first - second <= middle.
        within = len(first) * len(second) - int(np.searchsorted(second, first - middle, side="left").sum())
        low, high = (low, middle) if within >= rank else (middle, high)
    at = np.searchsorted(second, first - high)
    near = np.stack([first - second[np.clip(at + step, 0, len(second) - 1)] for step in (-1, 0)]).ravel()
    return float(near[np.argmin(np.abs(near - high))])
