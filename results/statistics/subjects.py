"""Counts of subjects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from results.statistics.registry import Population, Subject, Value, statistic


@dataclass(frozen=True)
class Subjects:
    """`count` subjects with a record, of `total` subjects of the population."""

    count: int
    total: int

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        share = self.count / self.total if self.total else None
        pct = 100 * self.count / self.total if self.total else None
        return (
            Value("n", "Number of subjects", self.count, "d"),
            Value("N", "Subjects of the population", self.total, "d"),
            Value("estimate", "Proportion", share, ".4f"),
            Value("pct", "Percentage", pct, ".1f"),
        )


@statistic
def subjects(subject: Subject, population: Population) -> Subjects:
    """The number of different subjects that have a record, of the subjects of the population.

    A subject counts once however many records it has; the denominator is that of ADSL, so that subjects
    without a record count in it. A count above the denominator is an error: then records lie outside the
    population.

    >>> subjects(["01", "01", "02"], 4).count
    2
    """
    count = int(pd.notna(pd.unique(np.asarray(subject, dtype=object))).sum())
    if count > population:
        raise ValueError(f"{count} subjects have records, but the population has {population}")
    return Subjects(count, population)
