"""Records without a partner that would have one if a variable of the key were left out: what a validator looks for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qc.compare.codes import combined_of_both

LEAST = 0.5
"""The share of the unmatched records of the smaller side from which a variable is worth naming."""


def notes(
    names: Sequence[str], codes: Sequence[tuple[np.ndarray, np.ndarray]], base: np.ndarray, compare: np.ndarray
) -> list[str]:
    """For each key variable without which most of the unmatched records had a partner, a sentence that says so.

    names, codes: of the key variables, with their codes on both sides. base, compare: rows without a partner. The
    other variables must still tell the two records from all others.
    """
    if len(names) < 2 or not len(base) or not len(compare):
        return []
    found = []
    for left_out, name in enumerate(names):
        rest = [pair for place, pair in enumerate(codes) if place != left_out]
        pairs = _partners(rest, base, compare)
        if pairs >= LEAST * min(len(base), len(compare)):
            found.append(
                f"without {name} in the key {pairs} of the {len(base)} records in base only would match one of the"
                f" {len(compare)} in compare only"
            )
    return found


def _partners(codes: Sequence[tuple[np.ndarray, np.ndarray]], base: np.ndarray, compare: np.ndarray) -> int:
    """How many unmatched records of both sides share values that no other record of their table has."""
    left, right, size = combined_of_both(codes, len(codes[0][0]), len(codes[0][1]))
    alone = (np.bincount(left, minlength=size) == 1) & (np.bincount(right, minlength=size) == 1)
    both = np.zeros((2, size), bool)
    both[0][left[base]] = True
    both[1][right[compare]] = True
    return int((alone & both[0] & both[1]).sum())
