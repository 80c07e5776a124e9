"""Counter-based random numbers: every draw is a pure function of (seed, subject key, stream, counter).

A draw is three rounds of the splitmix64 finaliser (Steele, Lea, Flood 2014) over its coordinates, so draws for
many subjects are one array operation and do not depend on their order, on chunks or on workers.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincinv, ndtri

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def _mix(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    value = (value ^ (value >> np.uint64(30))) * _FIRST
    value = (value ^ (value >> np.uint64(27))) * _SECOND
    return value ^ (value >> np.uint64(31))


@dataclass(frozen=True)
class Draws:
    """The random numbers of one master seed."""

    seed: int

    def uniform(self, key: npt.ArrayLike, stream: str, counter: npt.ArrayLike = 0) -> Floats:
        """Uniform draws strictly between 0 and 1; `key` (subject) and `counter` broadcast.

        >>> Draws(1).uniform([5, 6], "age").shape
        (2,)
        """
        keys, counters = np.broadcast_arrays(np.atleast_1d(np.asarray(key)), np.asarray(counter))
        with np.errstate(over="ignore"):
            state = _mix(keys.astype(np.uint64) * _GOLDEN + np.uint64(self.seed))
            state = _mix(state ^ (np.uint64(zlib.crc32(stream.encode())) * _GOLDEN))
            state = _mix(state + (counters.astype(np.uint64) + np.uint64(1)) * _GOLDEN)
        return ((state >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53

    def below(self, probability: npt.ArrayLike, key: npt.ArrayLike, stream: str, counter: npt.ArrayLike = 0) -> Bools:
        """True with the given probability."""
        return self.uniform(key, stream, counter) < np.asarray(probability)

    def integer(self, low: int, high: int, key: npt.ArrayLike, stream: str, counter: npt.ArrayLike = 0) -> Ints:
        """Whole numbers from `low` to `high`, both included, equally likely."""
        return low + np.floor(self.uniform(key, stream, counter) * (high - low + 1)).astype(np.int64)

    def choice(
        self, weights: Sequence[float], key: npt.ArrayLike, stream: str, counter: npt.ArrayLike = 0
    ) -> Ints:
        """Positions 0, 1, ... with the given weights (which need not add up to 1)."""
        limits = np.cumsum(weights) / np.sum(weights)
        return np.minimum(np.searchsorted(limits, self.uniform(key, stream, counter)), len(weights) - 1)

    def normal(self, key: npt.ArrayLike, stream: str, counter: npt.ArrayLike = 0) -> Floats:
        """Standard normal draws by inversion."""
        return ndtri(self.uniform(key, stream, counter))

    def truncated(
        self, mean: npt.ArrayLike, sd: float, low: float, high: float, key: npt.ArrayLike, stream: str
    ) -> Floats:
        """Normal draws kept between `low` and `high` by clipping."""
        return np.clip(np.asarray(mean) + sd * self.normal(key, stream), low, high)

    def gamma(self, shape: float, mean: float, key: npt.ArrayLike, stream: str) -> Floats:
        """Gamma draws by inversion."""
        return gammaincinv(shape, self.uniform(key, stream)) * (mean / shape)
