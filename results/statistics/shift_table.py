"""Counts and percentages of pairs of levels: from baseline to a later or the worst value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.statistics.categories import coded, divisor
from results.statistics.registry import Population, Text, Value, option, statistic

Ints = npt.NDArray[np.int64]
DENOMINATORS = ("records", "known", "baseline", "population")


@dataclass(frozen=True, eq=False)
class ShiftTable:
    """counts: of each pair of baseline level (row) and level (column); divisors: of each row."""

    rows: list[str]
    columns: list[str]
    counts: Ints
    divisors: Ints
    records: int
    denominator: str

    def values(self) -> tuple[Value, ...]:
        """One value per statistic; a pair is a point of `shift` named `0 to 3`, a row one of `baseline`."""
        found = [
            Value("N_obs", "Number of records", self.records, "d"),
            Value("method", "What the denominator counts", self.denominator, ""),
        ]
        for row, counts, by in zip(self.rows, self.counts.tolist(), self.divisors.tolist()):
            found += [
                Value("n", "Number at baseline", sum(counts), "d", "baseline", row),
                Value("N", "Denominator", by, "d", "baseline", row),
            ]
            for column, count in zip(self.columns, counts):
                place = ("shift", f"{row} to {column}")
                found += [
                    Value("n", "Number", count, "d", *place),
                    Value("estimate", "Proportion", count / by if by else None, ".4f", *place),
                    Value("pct", "Percentage", 100 * count / by if by else None, ".1f", *place),
                ]
        return tuple(found)


@statistic
def shift_table(
    baseline: Text,
    value: Text,
    population: Population,
    *,
    levels: tuple[str, ...] = (),
    missing: str = "Missing",
    denominator: str = "records",
) -> ShiftTable:
    """The number and percentage of records for each pair of baseline level and level.

    baseline, value: text expressions, such as BTOXGRH and ATOXGRH; both have the levels of either, those named
    in `levels` first. Records that lack one are counted under the word `missing`, or not at all with
    missing=''. denominator: `records` all of them, `known` those with both, `baseline` those of the same
    baseline level, `population` the subjects of ADSL, where the result has one record a subject at most.

    >>> found = shift_table(pd.Categorical(["0", "0", "1"]), pd.Categorical(["0", "2", "1"]), 3, missing="")
    >>> found.counts.tolist()
    [[1, 0, 1], [0, 1, 0], [0, 0, 0]]
    """
    option("denominator", denominator, DENOMINATORS)
    baseline, value = pd.Categorical(baseline), pd.Categorical(value)
    if len(baseline) != len(value):
        raise ValueError(f"{len(baseline)} baseline values, but {len(value)} later ones")
    either = dict.fromkeys([*levels, *map(str, baseline.categories), *map(str, value.categories)])
    shown, before = coded(baseline, _in_order(tuple(either), levels), missing)
    _, after = coded(value, _in_order(tuple(either), levels), missing)
    inside, size = (before >= 0) & (after >= 0), len(shown)
    counts = np.bincount(before[inside] * size + after[inside], minlength=size * size).reshape(size, size)
    known = (np.asarray(baseline.codes) >= 0) & (np.asarray(value.codes) >= 0)
    if denominator == "baseline":
        divisors = counts.sum(axis=1)
    else:
        divisors = np.full(size, divisor(denominator, before, known, population))
    return ShiftTable(shown, shown, counts, divisors, len(before), denominator)


def _in_order(either: tuple[str, ...], named: tuple[str, ...]) -> tuple[str, ...]:
    """Named levels first, the others ascending: two texts may come with their levels in different orders."""
    return (*named, *sorted(level for level in either if level not in named))
