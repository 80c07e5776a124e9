"""The values of a pair of variables compared in the records that belong together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from formats.coded import MISSING, Coded
from qc.compare.codes import Comparable, as_text, comparable
from qc.compare.iso import DAY_SECONDS, dates
from qc.compare.options import ABSOLUTE, EXACT, PERCENT, Options, Tolerance
from qc.compare.pairs import Pair
from qc.compare.table import DATE, DATETIME, TIME, Values

NOISE = 1e-10
"""Relative differences below it are what the order of floating-point operations leaves."""


@dataclass(frozen=True, eq=False)
class Unequal:
    """The values of one pair that are unequal.

    places: positions among the records in common. base, compare: the values there as text, None for missing.
    missing: one of the two is missing. difference: compare minus base, NaN where there is none. percent: the
    difference in percent of base. unit: of the differences, "" for plain numbers. within: values that are not
    exactly equal but within the tolerance; `largest_within` is the largest difference of these.
    """

    places: np.ndarray
    base: np.ndarray
    compare: np.ndarray
    missing: np.ndarray
    difference: np.ndarray
    percent: np.ndarray
    unit: str = ""
    within: int = 0
    largest_within: float = 0.0

    def __len__(self) -> int:
        return len(self.places)

    @property
    def noise(self) -> int:
        """How many differ by no more than floating-point arithmetic leaves."""
        with np.errstate(invalid="ignore"):
            return int((np.abs(self.percent) < 100 * NOISE).sum())


def unequal(
    pair: Pair, places: np.ndarray, base: Values, compare: Values, options: Options, tolerance: Tolerance
) -> Unequal:
    """What is unequal of the values of a pair; base and compare hold those of the records at `places`."""
    left, right = comparable(pair, base, compare, options)
    differ, exact = _differ(left, right, options, tolerance)
    missing = _missing(left), _missing(right)
    for side, mask in zip(("base", "compare"), missing):
        if options.missing_equals in (side, "both"):
            differ &= ~mask
            exact &= ~mask
    rows = np.flatnonzero(differ)
    sides = (base, pair.base.kind), (compare, pair.compare.kind)
    shown = [as_text(values.take(rows), kind).to_objects() for values, kind in sides]
    difference, percent, unit = _differences(pair, left, right, rows, shown)
    within = exact & ~differ
    gaps = _gaps(left, right, np.flatnonzero(within)) if within.any() else np.zeros(1)
    return Unequal(
        places[rows], shown[0], shown[1], (missing[0] | missing[1])[rows], difference, percent, unit,
        int(within.sum()), float(np.abs(gaps).max()),
    )  # fmt: skip


def _differ(
    base: Comparable, compare: Comparable, options: Options, tolerance: Tolerance
) -> tuple[np.ndarray, np.ndarray]:
    """Where the values are unequal, and where they are not exactly equal."""
    if base.numbers is None or compare.numbers is None:
        assert base.texts is not None and compare.texts is not None
        found = _texts_differ(base.texts, compare.texts)
        return found, found.copy()
    x, y = base.numbers.values, compare.numbers.values
    gaps = np.isnan(x), np.isnan(y)
    exact = (x != y) & ~(gaps[0] & gaps[1])
    if not options.special_alike:
        letters = [np.uint8(0) if side.special is None else side.special for side in (base.numbers, compare.numbers)]
        exact |= gaps[0] & gaps[1] & (letters[0] != letters[1])
    differ = exact.copy()
    if tolerance.method != EXACT:
        rows = np.flatnonzero(exact & ~gaps[0] & ~gaps[1])
        differ[rows] = ~_close(x[rows], y[rows], tolerance)
    for side in (base, compare):
        if side.unread is not None:
            exact |= side.unread
            differ |= side.unread
    return differ, exact


def _texts_differ(base: Coded, compare: Coded) -> np.ndarray:
    known = pd.Index(base.values, dtype=object)
    if len(known) + len(compare.values) <= len(base.codes) // 2 and known.is_unique:
        index = known.get_indexer(pd.Index(compare.values, dtype=object))
        mapped = np.append(np.where(index < 0, MISSING - 1, index), MISSING)
        return np.asarray(base.codes != mapped[compare.codes])
    return np.asarray(base.to_objects() != compare.to_objects(), bool)


def _close(x: np.ndarray, y: np.ndarray, tolerance: Tolerance) -> np.ndarray:
    """True where two unequal numbers are within the tolerance."""
    with np.errstate(all="ignore"):
        gap = np.abs(y - x)
        if tolerance.method == ABSOLUTE:
            return gap <= tolerance.criterion
        if tolerance.method == PERCENT:
            return (x != 0) & (100 * gap / np.abs(x) <= tolerance.criterion)
        return gap / ((np.abs(x) + np.abs(y)) / 2) <= tolerance.criterion


def _missing(side: Comparable) -> np.ndarray:
    if side.numbers is None:
        assert side.texts is not None
        return side.texts.codes < 0
    gaps = np.isnan(side.numbers.values)
    return gaps if side.unread is None else gaps & ~side.unread


def _gaps(base: Comparable, compare: Comparable, rows: np.ndarray) -> np.ndarray:
    """Compare minus base at some rows, NaN where one is no number."""
    if base.numbers is None or compare.numbers is None:
        return np.full(len(rows), np.nan)
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(compare.numbers.values[rows] - base.numbers.values[rows])


def _differences(
    pair: Pair, base: Comparable, compare: Comparable, rows: np.ndarray, shown: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray, str]:
    if base.numbers is None:
        return (*_days(shown[0], shown[1]), "days")
    difference = _gaps(base, compare, rows)
    unit = {DATE: "days", DATETIME: "seconds", TIME: "seconds"}.get(pair.how, "")
    if unit:
        return difference, np.full(len(rows), np.nan), unit
    with np.errstate(all="ignore"):
        x = base.numbers.values[rows]
        percent = np.where(x != 0, 100 * difference / x, np.nan)
    return difference, percent, unit


def _days(base: np.ndarray, compare: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The days between texts that are complete ISO 8601 dates, NaN between others; no percent."""
    left, right = dates(base), dates(compare)
    days = right[0] - left[0]
    clock = right[1] - left[1]
    return np.where(np.isnan(clock), days, days + clock / DAY_SECONDS), np.full(len(base), np.nan)
