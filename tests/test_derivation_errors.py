"""Constants that a derivation refuses, and what it says."""

from __future__ import annotations

import pytest

from derivations.assign_datetime import assign_datetime
from derivations.columns import number_column, text_column
from derivations.convert import convert
from derivations.extract import extract
from derivations.impute_date import impute_date
from derivations.registry import Units
from derivations.scan import scan
from derivations.split_text import split_text
from derivations.substr import substr
from derivations.text import text

ONE = text_column(["2024"])


def test_extract_names_a_pattern_that_is_none() -> None:
    with pytest.raises(ValueError, match=r"'\(' is not a regular expression"):
        extract(ONE, "(", "value")


def test_extract_names_the_groups_there_are() -> None:
    with pytest.raises(ValueError, match=r"no group 'unit'; its named groups: value"):
        extract(ONE, "(?P<value>.*)", "unit")


def test_impute_date_names_its_rules() -> None:
    with pytest.raises(ValueError, match="first, mid, last, but it is 'middle'"):
        impute_date(ONE, "middle")


@pytest.mark.parametrize("wrong", ["d-m", "y-y-m", ""])
def test_assign_datetime_refuses_a_format_without_one_year(wrong: str) -> None:
    with pytest.raises(ValueError, match="needs one y"):
        assign_datetime(ONE, wrong)


def test_positions_count_from_one() -> None:
    with pytest.raises(ValueError, match="start is 1 or more"):
        substr(ONE, 0)
    with pytest.raises(ValueError, match="n must not be 0"):
        scan(ONE, 0)
    with pytest.raises(ValueError, match="part is 1 or more"):
        split_text(ONE, 0)
    with pytest.raises(ValueError, match="digits must not be negative"):
        text(number_column([1]), -2)


@pytest.mark.parametrize(
    "factor", ["__import__('os')", "x ** 9", "x.real", "[1]", "'a'", "True", "y", "10 g", "", "1/0", "1j"]
)
def test_a_factor_is_arithmetic_and_nothing_else(factor: str) -> None:
    units = Units({("", "a", "b"): factor})
    with pytest.raises(ValueError, match="unit factor"):
        convert(number_column([1]), text_column(["a"]), text_column(["b"]), units=units)


def test_a_deeply_nested_factor_is_refused() -> None:
    units = Units({("", "a", "b"): "-" * 120 + "x"})
    with pytest.raises(ValueError, match="unit factor"):
        convert(number_column([1]), text_column(["a"]), text_column(["b"]), units=units)
