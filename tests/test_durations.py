"""Durations by the calendar: properties, against a calendar of Python's own."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivations.age_years import age_years
from derivations.columns import number_column
from derivations.duration import duration

EPOCH = date(1960, 1, 1)
DATES = st.dates(date(1850, 1, 1), date(2150, 12, 31))
UNITS = ("years", "months", "weeks", "days")


def _days(*dates: date) -> list[float]:
    return [float((day - EPOCH).days) for day in dates]


def _later(day: date, months: int) -> date:
    """The same day some months later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _length(start: date, end: date, unit: str, **options: object) -> float:
    first, last = _days(start, end)
    found = duration(number_column([first]), number_column([last]), unit, add_one=False, **options)  # type: ignore[arg-type]
    return float(found[0])


@given(DATES, st.integers(0, 1500))
def test_a_month_is_over_on_its_day_and_not_before(start: date, months: int) -> None:
    end = _later(start, months)
    assert _length(start, end, "months", type="interval") == months
    before = date.fromordinal(end.toordinal() - 1)
    assert _length(start, before, "months", type="interval", trunc_out=True) == max(months - 1, 0)


@given(DATES, DATES)
def test_calendar_years_are_twelve_calendar_months(start: date, end: date) -> None:
    years, months = (_length(start, end, unit, type="interval", trunc_out=True) for unit in ("years", "months"))
    assert years == int(months / 12)


@given(DATES, DATES)
def test_calendar_years_are_birthdays_but_for_29_february(birth: date, end: date) -> None:
    first, last = _days(birth, end)
    age = age_years(number_column([first]), number_column([last]))[0]
    if birth <= end and (birth.month, birth.day) != (2, 29):
        assert _length(birth, end, "years", type="interval", trunc_out=True) == age


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("kind", ["duration", "interval"])
@given(DATES, DATES, DATES)
def test_a_later_end_is_not_a_shorter_time(unit: str, kind: str, start: date, one: date, other: date) -> None:
    earlier, later = sorted((one, other))
    assert _length(start, earlier, unit, type=kind) <= _length(start, later, unit, type=kind)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("kind", ["duration", "interval"])
@given(DATES, DATES)
def test_backwards_is_the_negative_of_forwards(unit: str, kind: str, one: date, other: date) -> None:
    assert _length(one, other, unit, type=kind) == -_length(other, one, unit, type=kind)


@given(DATES, DATES)
def test_days_with_both_ends_are_study_days(start: date, end: date) -> None:
    first, last = _days(start, end)
    days = duration(number_column([first]), number_column([last]))[0]
    assert days == last - first + (1 if last >= first else 0)
