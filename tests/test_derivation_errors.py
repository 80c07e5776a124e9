"""Constants that a derivation refuses, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pandas as pd
import pytest

from derivations.add_days import add_days
from derivations.age_years import age_years
from derivations.assign_datetime import assign_datetime
from derivations.bsa import bsa
from derivations.columns import number_column, text_column
from derivations.convert import convert
from derivations.convert_age import convert_age
from derivations.date_flag import date_flag
from derivations.duration import duration
from derivations.egfr import egfr
from derivations.extract import extract
from derivations.impute_date import impute_date
from derivations.impute_datetime import impute_datetime
from derivations.impute_result import impute_result
from derivations.iso8601 import iso8601
from derivations.on_treatment import on_treatment
from derivations.qtc import qtc
from derivations.registry import Units
from derivations.scan import scan
from derivations.split_text import split_text
from derivations.study_day import study_day
from derivations.substr import substr
from derivations.text import text
from derivations.time_flag import time_flag
from derivations.timepoint_hours import timepoint_hours
from derivations.treatment_emergent import treatment_emergent

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


@pytest.mark.parametrize("bounds", [(None, None), (None, number_column([1]))])
def test_a_year_is_imputed_from_the_bound_of_its_rule_only(bounds: tuple[pd.Series | None, ...]) -> None:
    needed = "highest=\"Y\" puts a bound in for a missing year; with the rule 'first' it needs not_before"
    with pytest.raises(ValueError, match=f"impute_date: {needed}"):
        impute_date(ONE, "first", *bounds, highest="Y")
    with pytest.raises(ValueError, match=f"impute_datetime: {needed}"):
        impute_datetime(ONE, "first", "first", *bounds, highest="Y")
    with pytest.raises(ValueError, match="the rule must be first or last"):
        impute_date(ONE, "mid", number_column([1]), number_column([1]), highest="Y")


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
    with pytest.raises(ValueError, match="digits is 0 to 50, but it is -2"):
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


LATE = number_column([1_700_000_000])
DAY = number_column([23_439])


@pytest.mark.parametrize(
    "call",
    [
        lambda: study_day(LATE, DAY),
        lambda: study_day(DAY, LATE),
        lambda: age_years(DAY, LATE),
        lambda: add_days(LATE, DAY),
    ],
)
def test_a_moment_in_seconds_is_not_taken_for_a_day(call: Callable[[], pd.Series]) -> None:
    with pytest.raises(ValueError, match=r"lies after 9999-12-31; a moment .* is the day floor\(X / 86400\)"):
        call()


def test_a_moment_before_1960_is_not_taken_for_a_day() -> None:
    birth = number_column([(datetime(1950, 3, 4) - datetime(1960, 1, 1)).total_seconds()])
    with pytest.raises(ValueError, match="birth lies before 0001-01-01; a moment in seconds"):
        age_years(birth, DAY)
    with pytest.raises(ValueError, match="start_date lies before 0001-01-01; say datetime=True"):
        duration(birth, DAY)


def test_a_fraction_of_a_day_is_its_time_and_does_not_count() -> None:
    morning, evening = number_column([9.9, 10.9, -0.1]), number_column([10.1, 10.1, 0.1])
    assert study_day(morning, evening).tolist() == [-1, 1, -1]
    assert add_days(morning, number_column([1, 1.5, -1.5])).tolist() == [10, 11, -2]
    assert age_years(number_column([0.9]), number_column([0.1])).tolist() == [0]
    assert on_treatment(number_column([10.1]), number_column([10.9])).tolist() == [True]
    assert treatment_emergent(number_column([10.1]), number_column([12]), number_column([10.9])).tolist() == [True]


@pytest.mark.parametrize(
    "call",
    [
        lambda: duration(DAY, LATE),
        lambda: treatment_emergent(LATE, DAY, DAY),
        lambda: on_treatment(DAY, LATE),
    ],
)
def test_moments_are_said_to_be_moments(call: Callable[[], pd.Series]) -> None:
    with pytest.raises(ValueError, match="lies after 9999-12-31; say datetime=True"):
        call()


def test_the_last_day_of_the_calendar_is_a_day() -> None:
    last = (date(9999, 12, 31) - date(1960, 1, 1)).days
    assert study_day(number_column([last]), number_column([last])).tolist() == [1]
    assert duration(number_column([last]), number_column([last])).tolist() == [1]


def test_duration_names_its_units_and_types() -> None:
    with pytest.raises(ValueError, match=r"out_unit is one of years, months, weeks, .*, but it is 'fortnights'"):
        duration(DAY, DAY, "fortnights")
    with pytest.raises(ValueError, match=r"in_unit is one of years, months, days, .*, but it is 'weeks'"):
        duration(DAY, DAY, in_unit="weeks")
    with pytest.raises(ValueError, match="type is one of duration, interval, but it is 'period'"):
        duration(DAY, DAY, type="period")
    with pytest.raises(ValueError, match="convert_age: unit is one of years"):
        convert_age(DAY, text_column(["YEARS"]), "decades")


def test_treatment_arguments_that_belong_together() -> None:
    with pytest.raises(ValueError, match="trt_end_date and end_window are given together"):
        treatment_emergent(DAY, DAY, DAY, DAY)
    with pytest.raises(ValueError, match="trt_end_date and end_window are given together"):
        treatment_emergent(DAY, DAY, DAY, end_window=DAY)
    with pytest.raises(ValueError, match="initial_intensity and intensity are given together"):
        treatment_emergent(DAY, DAY, DAY, intensity=DAY)
    with pytest.raises(ValueError, match="span_period needs end_date"):
        on_treatment(DAY, DAY, span_period=True)
    with pytest.raises(ValueError, match="ref_end_window needs ref_end_date"):
        on_treatment(DAY, DAY, ref_end_window=DAY)


def test_formulas_name_their_methods() -> None:
    unit, sex = text_column(["mg/dL"]), text_column(["F"])
    with pytest.raises(ValueError, match=r"bsa: method is one of Mosteller, .*, Takahira, but it is 'mosteller'"):
        bsa(DAY, DAY, "mosteller")
    with pytest.raises(ValueError, match="qtc: method is one of Bazett, Fridericia, Sagie, but it is ''"):
        qtc(DAY, DAY, "")
    with pytest.raises(ValueError, match="egfr: method is one of MDRD, CKD-EPI 2009, CKD-EPI 2021, Schwartz"):
        egfr(DAY, unit, DAY, sex, "CKD-EPI")
    with pytest.raises(ValueError, match="egfr: MDRD needs race"):
        egfr(DAY, unit, DAY, sex, "MDRD")
    with pytest.raises(ValueError, match="egfr: Schwartz needs height"):
        egfr(DAY, unit, DAY, sex, "Schwartz")


def test_results_and_time_points_name_what_they_take() -> None:
    with pytest.raises(ValueError, match="imputation_type is 1 or 2, but it is 3"):
        impute_result(ONE, 3)
    with pytest.raises(ValueError, match="factor belongs to imputation_type 1"):
        impute_result(ONE, 2, 1.0)
    with pytest.raises(ValueError, match="range_method is one of start, midpoint, end, but it is 'mean'"):
        timepoint_hours(ONE, range_method="mean")
    with pytest.raises(ValueError, match="treatment_duration is negative"):
        timepoint_hours(ONE, number_column([-1]))
