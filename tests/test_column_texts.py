"""Numbers as texts: of qualifiers (QVAL), of issues, of messages."""

from __future__ import annotations

import numpy as np
import pytest

from engine.columns import as_text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (3.0, "3"),
        (-0.0, "0"),
        (0.00001, "0.00001"),  # not 1e-05: QVAL is a text of the submission
        (2.5e-7, "0.00000025"),
        (0.1 + 0.2, "0.3"),
        (-12.5, "-12.5"),
        (1e15, "1000000000000000"),
        (1234567890123456.0, "1234567890123456"),  # every digit of a whole number that a double holds
        (1e300, "1e+300"),
        (np.nan, None),
    ],
)
def test_number_as_text_has_its_digits_and_no_exponent(number: float, text: str | None) -> None:
    assert as_text(np.array([number])).objects().tolist() == [text]


def test_whole_numbers_of_any_type() -> None:
    assert as_text(np.array([3, 10_000_000])).objects().tolist() == ["3", "10000000"]
