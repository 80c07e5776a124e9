"""Counts and percentages of the levels of a text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.statistics.registry import Population, Text, Value, option, statistic

Ints = npt.NDArray[np.int64]
DENOMINATORS = ("records", "known", "population")


@dataclass(frozen=True)
class Categories:
    """counts: records of each level, in order, `missing` (if any is asked for) the last; of `total`."""

    counts: dict[str, int]
    total: int
    records: int
    denominator: str

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data; a level is a point of `level`."""
        head = (
            Value("N", "Denominator", self.total, "d"),
            Value("N_obs", "Number of records", self.records, "d"),
            Value("method", "What the denominator counts", self.denominator, ""),
        )
        return (*head, *(value for level, count in self.counts.items() for value in _at(level, count, self.total)))


def _at(level: str, count: int, total: int) -> tuple[Value, ...]:
    return (
        Value("n", "Number", count, "d", "level", level),
        Value("estimate", "Proportion", count / total if total else None, ".4f", "level", level),
        Value("pct", "Percentage", 100 * count / total if total else None, ".1f", "level", level),
    )


def coded(value: Text, levels: tuple[str, ...], missing: str) -> tuple[list[str], Ints]:
    """The levels in the order in which they are shown, and the position of each record's level among them.

    First those named in `levels`, whether there are records or not, then the others of the categories in
    their order. A missing value has the position after the last, whose name is `missing`; -1 where that is
    empty. ValueError for a level that is written as `missing` is.
    """
    value = pd.Categorical(value)
    known = [str(level) for level in value.categories]
    shown = [*dict.fromkeys(levels), *(level for level in known if level not in levels)]
    if missing and missing in shown:
        raise ValueError(f"missing={missing!r} is a level of the text too; write another word for missing values")
    places = np.array([*(shown.index(level) for level in known), len(shown) if missing else -1], dtype=np.int64)
    return [*shown, *([missing] if missing else [])], places[np.asarray(value.codes, dtype=np.int64)]


def divisor(kind: str, positions: Ints, known: npt.NDArray[np.bool_], population: int) -> int:
    """The number that counts are divided by; ValueError for more records than the population has subjects."""
    if kind == "population":
        if len(positions) > population:
            raise ValueError(f"{len(positions)} records, but the population has {population} subjects")
        return population
    return len(positions) if kind == "records" else int(known.sum())


@statistic
def categories(
    value: Text,
    population: Population,
    *,
    levels: tuple[str, ...] = (),
    missing: str = "Missing",
    denominator: str = "records",
) -> Categories:
    """The number and percentage of records at each level of a text.

    value: a text expression, such as SEX or `'65 and older' if AGE >= 65 else 'under 65'`. Levels are those of
    all records of the result, so that each level of Group has the same, with 0 where it has none; those named in
    `levels` come first, in that order, whether there are records or not: name there what Lines names. Records
    without a value are counted under the word `missing`, last; with missing='' they are not shown. denominator:
    `records` all of them, `known` those with a value (missing ones are divided by that number too), `population`
    the subjects of ADSL, where the result has one record a subject at most. With a denominator of 0 there is no
    percentage.

    >>> found = categories(pd.Categorical(["F", "M", "F", None]), 4)
    >>> found.counts, found.total
    ({'F': 2, 'M': 1, 'Missing': 1}, 4)
    """
    option("denominator", denominator, DENOMINATORS)
    shown, positions = coded(value, levels, missing)
    known = np.asarray(pd.Categorical(value).codes) >= 0
    total = divisor(denominator, positions, known, population)
    counts = np.bincount(positions[positions >= 0], minlength=len(shown))
    return Categories(dict(zip(shown, map(int, counts))), total, len(positions), denominator)
