"""Confidence limits as every statistic reports them, and the normal quantile behind most of them."""

from __future__ import annotations

from dataclasses import dataclass

from scipy import special

from results.statistics.registry import Value


@dataclass(frozen=True)
class Interval:
    """Two-sided limits; None where a limit is not estimable or not bounded. method: how they were found."""

    lower: float | None
    upper: float | None
    level: float
    method: str

    def values(self, fmt: str = ".4f") -> tuple[Value, ...]:
        """The limits, their level and their method, for the analysis results data."""
        return (
            Value("conf_low", "Lower confidence limit", self.lower, fmt),
            Value("conf_high", "Upper confidence limit", self.upper, fmt),
            level_value(self.level),
            Value("method", "Method of the interval", self.method, ""),
        )


def level_value(level: float) -> Value:
    """The confidence level, with two decimals or as many more as it has: 0.975 must not read 0.98.

    >>> level_value(0.95).fmt, level_value(0.975).fmt
    ('.2f', '.3f')
    """
    decimals = next((digits for digits in range(2, 9) if round(level, digits) == level), 9)
    return Value("conf_level", "Confidence level", level, f".{decimals}f")


def normal_quantile(level: float) -> float:
    """The z of a two-sided level.

    >>> round(normal_quantile(0.95), 6)
    1.959964
    """
    return float(special.ndtri((1 + level) / 2))


def two_sided(z: float) -> float:
    """The probability that a standard normal variable is as far from 0 as z, either way."""
    return float(2 * special.ndtr(-abs(z)))


def around(estimate: float, half_width: float, bounds: tuple[float, float]) -> tuple[float, float]:
    """Symmetric limits, cut to the bounds of what is estimated."""
    return max(estimate - half_width, bounds[0]), min(estimate + half_width, bounds[1])
