"""The counts behind a comparison of two proportions: a fourfold table, or one for each stratum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from results.statistics.registry import Condition, Group, Strata, Value

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TwoByTwo:
    """count1 of total1 records meet the condition in the compared group, count2 of total2 in the reference.

    Each is an array over the strata; without strata it has one entry.
    """

    count1: Floats
    total1: Floats
    count2: Floats
    total2: Floats

    @classmethod
    def of_counts(cls, count1: float, total1: float, count2: float, total2: float) -> TwoByTwo:
        """One table of known counts."""
        return cls(*(np.array([value], dtype=float) for value in (count1, total1, count2, total2)))

    def pooled(self) -> TwoByTwo:
        """The table over all strata."""
        return TwoByTwo.of_counts(*(float(part.sum()) for part in self._parts()))

    def informative(self) -> TwoByTwo:
        """The strata that have both groups; the others say nothing about a difference."""
        both = (self.total1 > 0) & (self.total2 > 0)
        return TwoByTwo(*(part[both] for part in self._parts()))

    def swapped(self) -> TwoByTwo:
        """The tables with the groups exchanged."""
        return TwoByTwo(self.count2, self.total2, self.count1, self.total1)

    def values(self) -> tuple[Value, ...]:
        """The counts and proportions of both groups, for the analysis results data."""
        whole = self.pooled()
        x1, n1, x2, n2 = (float(part[0]) for part in whole._parts())
        return (
            Value("n1", "Number with the characteristic, compared group", int(x1), "d"),
            Value("N1", "Denominator, compared group", int(n1), "d"),
            Value("estimate1", "Proportion, compared group", x1 / n1 if n1 else None, ".4f"),
            Value("n2", "Number with the characteristic, reference group", int(x2), "d"),
            Value("N2", "Denominator, reference group", int(n2), "d"),
            Value("estimate2", "Proportion, reference group", x2 / n2 if n2 else None, ".4f"),
        )

    def strata_values(self) -> tuple[Value, ...]:
        """How many strata count, and the records of those that have one group only."""
        used = self.informative()
        left_out = float(self.total1.sum() + self.total2.sum() - used.total1.sum() - used.total2.sum())
        return (
            Value("strata", "Number of strata with both groups", len(used.total1), "d"),
            Value("N_left_out", "Records of strata with one group only, left out", int(left_out), "d"),
        )

    def _parts(self) -> tuple[Floats, Floats, Floats, Floats]:
        return self.count1, self.total1, self.count2, self.total2


def tabulate(condition: Condition, group: Group, strata: Strata = None) -> TwoByTwo:
    """The counts of records by group, condition and stratum.

    condition: one bool per record, never missing. group: 1 compared, 0 reference. strata: a whole number per
    record; strata without records do not appear.

    >>> table = tabulate(np.array([True, True, False]), np.array([1, 0, 0]))
    >>> (table.count1, table.total1, table.count2, table.total2)
    (array([1.]), array([1.]), array([1.]), array([2.]))
    """
    met, compared = np.asarray(condition, dtype=bool), checked_group(group, len(condition))
    codes, number = stratum_codes(strata, len(met))

    def counted(chosen: npt.NDArray[np.bool_]) -> Floats:
        return np.bincount(codes[chosen], minlength=number).astype(float)

    reference = ~compared
    return TwoByTwo(counted(met & compared), counted(compared), counted(met & reference), counted(reference))


def checked_group(group: Group, records: int) -> npt.NDArray[np.bool_]:
    """True for the records of the compared group; ValueError for codes other than 1 and 0."""
    codes = np.asarray(group, dtype=float)
    if codes.shape != (records,):
        raise ValueError(f"{records} records, but {len(codes)} groups")
    if not np.isin(codes, (0, 1)).all():
        raise ValueError("a group is neither 1, the compared one, nor 0, the reference")
    return codes == 1


def stratum_codes(strata: Strata, records: int) -> tuple[Ints, int]:
    """The position of each record's stratum among those that have records, and their number; one without strata."""
    if strata is None:
        return np.zeros(records, dtype=np.int64), 1
    codes = np.asarray(strata, dtype=np.int64)
    if codes.shape != (records,):
        raise ValueError(f"{records} records, but {len(codes)} strata")
    known, positions = np.unique(codes, return_inverse=True)
    return positions.astype(np.int64), max(len(known), 1)
