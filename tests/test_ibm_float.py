"""IBM floats worked by hand from the layout of the transport format."""

from __future__ import annotations

import numpy as np
import pytest
from strategies_xpt import rejected, reread

from formats import ibm_float
from formats.xpt import Column

WORKED_BY_HAND = [
    (0.0, 0x0000000000000000),
    (-0.0, 0x0000000000000000),
    (1.0, 0x4110000000000000),
    (-1.0, 0xC110000000000000),
    (2.0, 0x4120000000000000),
    (15.0, 0x41F0000000000000),
    (16.0, 0x4210000000000000),
    (-118.625, 0xC276A00000000000),
    (0.5, 0x4080000000000000),
    (0.0625, 0x4010000000000000),
    (0.03125, 0x3F80000000000000),
    (0.1, 0x401999999999999A),
    (22000.0, 0x4455F00000000000),
    (2.0**53, 0x4E20000000000000),
    (2.0**53 - 1, 0x4E1FFFFFFFFFFFFF),
    (2.0**-260, 0x0010000000000000),
    (float.fromhex("0x1.fffffffffffffp251"), 0x7FFFFFFFFFFFFFF8),
]


@pytest.mark.parametrize(("value", "ibm"), WORKED_BY_HAND)
def test_ibm_float_worked_by_hand(value: float, ibm: int) -> None:
    assert ibm_float.to_ibm(np.array([value])).tolist() == [ibm]
    assert ibm_float.from_ibm(np.array([ibm], np.uint64))[0].tolist() == [value]


@pytest.mark.parametrize(
    ("ibm", "value"),
    [
        (0x4180000000000004, 8.0),  # half a unit in the last place: to even
        (0x4180000000000005, 8 + 2.0**-49),
        (0x418000000000000C, 8 + 2.0**-48),
        (0xC180000000000005, -8 - 2.0**-49),
        (0x4000000000000001, 2.0**-56),  # not normalised
        (0x8000000000000000, 0.0),
    ],
)
def test_reading_rounds_to_nearest_even(ibm: int, value: float) -> None:
    assert ibm_float.from_ibm(np.array([ibm], np.uint64))[0].tolist() == [value]


def test_integers_up_to_2_53_are_exact() -> None:
    steps = np.array([float(2**power + step) for power in range(53) for step in (-1, 0, 1)])
    values = np.concatenate([steps, -steps, np.arange(-3000.0, 3000.0)])
    np.testing.assert_array_equal(reread(Column("N", values))["N"].values, values)


@pytest.mark.parametrize("value", [np.inf, -np.inf, 2.0**252, -(2.0**252), 2.0**-261, 5e-324, 1e300])
def test_number_out_of_range_is_an_error(value: float) -> None:
    error = rejected(Column("AGE", np.array([1.0, np.nan, value])))
    assert (error.dataset, error.variable, error.row, error.value) == ("DM", "AGE", 3, value)


def test_short_number_is_kept_when_exact_and_refused_when_not() -> None:
    kept = reread(Column("N", np.array([1.0, -4096.0, np.nan]), length=3))["N"]
    np.testing.assert_array_equal(kept.values, [1.0, -4096.0, np.nan])
    assert kept.length == 3
    assert rejected(Column("N", np.array([1.0, 0.1]), length=3)).row == 2
