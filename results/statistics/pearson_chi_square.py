"""Pearson's chi-square test of a table of groups by responses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from results.statistics.registry import Condition, Group, Groups, Text, Value, option, statistic
from results.statistics.two_by_two import tabulate

CORRECTIONS = ("none", "yates", "n_minus_1")


@dataclass(frozen=True)
class ChiSquare:
    """The statistic with its degrees of freedom; None where fewer than two groups or responses occur.

    least_expected: the smallest expected count; below 5 the approximation is doubtful.
    """

    records: int
    statistic: float | None
    degrees: int | None
    p_value: float | None
    least_expected: float | None
    method: str

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        return (
            Value("N", "Number of records", self.records, "d"),
            Value("statistic", "Chi-square statistic", self.statistic, ".4f"),
            Value("parameter", "Degrees of freedom", self.degrees, "d"),
            Value("p_value", "P-value", self.p_value, ".4f"),
            Value("least_expected", "Smallest expected count", self.least_expected, ".2f"),
            Value("method", "Method of the test", self.method, ""),
        )


def of_table(counts: npt.NDArray[np.float64], correction: str = "none") -> ChiSquare:
    """The test of a table of counts; rows and columns without records are left out."""
    option("correction", correction, CORRECTIONS)
    table = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    total, method = float(table.sum()), "pearson" if correction == "none" else f"pearson, {correction}"
    if min(table.shape, default=0) < 2:
        return ChiSquare(int(total), None, None, None, None, method)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    apart = np.abs(table - expected)
    if correction == "yates":
        apart = np.maximum(apart - 0.5, 0)
    found = float((apart**2 / expected).sum())
    if correction == "n_minus_1":
        found *= (total - 1) / total
    degrees = (table.shape[0] - 1) * (table.shape[1] - 1)
    p_value = float(special.chdtrc(degrees, found))
    return ChiSquare(int(total), found, degrees, p_value, float(expected.min()), method)


def counted(levels: npt.NDArray[np.int64], groups: Groups) -> npt.NDArray[np.float64]:
    """The counts of groups (rows) by levels (columns); a level below 0 is missing and left out."""
    rows, columns = np.asarray(groups, dtype=np.int64), np.asarray(levels, dtype=np.int64)
    if rows.shape != columns.shape:
        raise ValueError(f"{len(columns)} records, but {len(rows)} groups")
    rows, columns = rows[columns >= 0], columns[columns >= 0]
    height, width = (int(codes.max()) + 1 if len(codes) else 0 for codes in (rows, columns))
    return np.bincount(rows * width + columns, minlength=height * width).astype(float).reshape(height, width)


@statistic
def chi_square(condition: Condition, group: Group, *, correction: str = "none") -> ChiSquare:
    """Pearson's chi-square test that a condition is as frequent in the compared as in the reference group.

    condition: one bool per record, never missing. correction: `none`; `yates` brings each count nearer to its
    expectation by 0.5, at most onto it; `n_minus_1` multiplies the statistic by (N - 1) / N. Without events,
    with events only, or while a group has no records, there is no test.

    Pearson K. Phil Mag 1900;50:157-175; Yates F. J R Stat Soc Suppl 1934;1:217-235; Campbell I. Stat Med
    2007;26:3661-3675.

    >>> found = chi_square([True, True, True, False, True, False, False, False], [1, 1, 1, 1, 0, 0, 0, 0])
    >>> found.statistic, round(found.p_value, 4)
    (2.0, 0.1573)
    """
    table = tabulate(condition, group)
    met, total = np.stack([table.count1, table.count2]), np.stack([table.total1, table.total2])
    return of_table(np.hstack([met, total - met]), correction)


@statistic
def chi_square_table(value: Text, groups: Groups) -> ChiSquare:
    """Pearson's chi-square test that the levels of a text are distributed alike in all levels of Group.

    value: the levels; records without one are left out. Levels and groups without records do not count. With
    one level or one group there is no test.

    Pearson K. Phil Mag 1900;50:157-175.

    >>> import pandas as pd
    >>> found = chi_square_table(pd.Categorical(list("abbcabcc")), [0, 0, 0, 0, 1, 1, 1, 1])
    >>> round(found.statistic, 4), found.degrees
    (0.6667, 2)
    """
    return of_table(counted(np.asarray(value.codes, dtype=np.int64), groups))
