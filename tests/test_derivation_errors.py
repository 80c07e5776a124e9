"""Constants that a derivation refuses, and what it says."""

from __future__ import annotations

import pytest

from derivations.assign_datetime import assign_datetime
from derivations.columns import number_column, text_column
from derivations.convert import convert
from derivations.date_flag import date_flag
from derivations.extract import extract
from derivations.impute_date import impute_date
from derivations.impute_datetime import impute_datetime
from derivations.iso8601 import iso8601
from derivations.registry import Units
from derivations.scan import scan
from derivations.split_text import split_text
from derivations.substr import substr
from derivations.text import text
from derivations.time_flag import time_flag

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


@pytest.mark.parametrize("wrong", ["xxx", "y-y-m", "d m y | d d"])
def test_assign_datetime_refuses_a_format_with_hyphens_too(wrong: str) -> None:
    with pytest.raises(ValueError, match="needs a component, and each of y m d H M S p z once at most"):
        assign_datetime(ONE, wrong, hyphens=True)


def test_each_of_several_formats_needs_its_year() -> None:
    with pytest.raises(ValueError, match="'d-m' needs one y"):
        assign_datetime(ONE, "d-m-y | d-m")


@pytest.mark.parametrize("wrong", ["d-m-y", "y", "H:M | d H"])
def test_a_format_of_a_time_has_no_date(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"time_format '.*' may hold H M S p z only"):
        assign_datetime(ONE, "y", time_format=wrong)
    with pytest.raises(ValueError, match=r"time_format '.*' may hold H M S p z only"):
        iso8601(ONE, ONE, ONE, time_format=wrong)


@pytest.mark.parametrize("wrong", [-2, 100, 1968])
def test_a_pivot_is_a_year_of_two_digits(wrong: int) -> None:
    with pytest.raises(ValueError, match="pivot is the last two-digit year of the 2000s, 0 to 99"):
        assign_datetime(ONE, "y", pivot=wrong)
    with pytest.raises(ValueError, match="iso8601: pivot is the last two-digit year"):
        iso8601(ONE, ONE, ONE, pivot=wrong)


@pytest.mark.parametrize("wrong", ["02-30", "13-01", "6-15", "2024-06-15"])
def test_a_fixed_date_is_a_month_and_day_of_the_calendar(wrong: str) -> None:
    with pytest.raises(ValueError, match="a fixed month and day is MM-DD"):
        impute_date(ONE, wrong)


def test_imputation_names_the_parts_it_knows() -> None:
    with pytest.raises(ValueError, match="impute_date: highest is one of n, D, M, Y, but it is 'h'"):
        impute_date(ONE, "first", highest="h")
    with pytest.raises(ValueError, match="impute_datetime: highest is one of n, s, m, h, D, M, Y"):
        impute_datetime(ONE, "first", "first", highest="y")
    moments = number_column([1])
    with pytest.raises(ValueError, match="date_flag: highest is one of"):
        date_flag(ONE, moments, highest="year")
    with pytest.raises(ValueError, match="time_flag: highest is one of"):
        time_flag(ONE, moments, highest="year")


@pytest.mark.parametrize("wrong", ["mid", "24:00:00", "12:30"])
def test_a_rule_of_a_time_is_first_last_or_a_time(wrong: str) -> None:
    with pytest.raises(ValueError, match="first, last or HH:MM:SS"):
        impute_datetime(ONE, "first", wrong)


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
