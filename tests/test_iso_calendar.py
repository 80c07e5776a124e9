"""ISO 8601 texts and SAS days, held against Python's own calendar."""

from __future__ import annotations

import calendar
import math
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derivations.age_years import age_years
from derivations.assign_datetime import assign_datetime, problems
from derivations.columns import number_column, text_column
from derivations.date import date as date_of
from derivations.date_flag import date_flag
from derivations.datetime import datetime as moment_of
from derivations.impute_date import RULES, impute_date
from derivations.impute_datetime import impute_datetime
from derivations.iso8601 import iso8601
from derivations.iso_calendar import DAY, MONTH, NO_PART, YEAR, IsoParts, format_days, parse, valid
from derivations.study_day import study_day

EPOCH = date(1960, 1, 1)
DATES = st.dates(min_value=date(1582, 10, 15), max_value=date(9998, 12, 31))
PRECISIONS = st.sampled_from([4, 7, 10])


def _one(text: str | None) -> IsoParts:
    return parse(np.array([text], dtype=object))


def _sas(day: date) -> float:
    return float((day - EPOCH).days)


@pytest.mark.parametrize(
    ("text", "first", "last", "level"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31), YEAR),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), MONTH),
        ("2023-02", date(2023, 2, 1), date(2023, 2, 28), MONTH),
        ("2024-03-04", date(2024, 3, 4), date(2024, 3, 4), DAY),
        ("2024-03-04T08:00", date(2024, 3, 4), date(2024, 3, 4), DAY),
        ("2024---15", date(2024, 1, 1), date(2024, 12, 31), YEAR),
        ("2024-03--T08:00", date(2024, 3, 1), date(2024, 3, 31), MONTH),
        ("2019-07--", date(2019, 7, 1), date(2019, 7, 31), MONTH),
    ],
)
def test_a_text_stands_for_a_range_of_days(text: str, first: date, last: date, level: int) -> None:
    parts = _one(text)
    assert (parts.first[0], parts.last[0], parts.level[0]) == (_sas(first), _sas(last), level)


@pytest.mark.parametrize(
    "text",
    [
        None, "", "--03-04", "--03", "-----T08:00", "2024-02-30", "2023-02-29", "2024-13", "2024-00-01",
        "2024-03-00", "2024-3-4", "04MAR2024", "2024-03-04 08:00", "2024-03-04T24:00",
        "2024-03-04T08:60", "20240304", "-----", "٢٠٢٤",
    ],
)  # fmt: skip
def test_a_text_without_year_or_calendar_day_stands_for_nothing(text: str | None) -> None:
    parts = _one(text)
    assert math.isnan(parts.first[0]) and math.isnan(parts.last[0]) and math.isnan(parts.seconds[0])
    assert parts.level[0] == NO_PART


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2024-03-04T08", 28800.0),
        ("2024-03-04T08:00", 28800.0),
        ("2024-03-04T08:00:01", 28801.0),
        ("2024-03-04T08:00:01.25", 28801.25),
        ("2024-03-04T00:00", 0.0),
        ("2024-03-04T23:59:59", 86399.0),
        ("2024-03-04T08:30Z", 30600.0),
        ("2024-03-04T08:30+08:00", 30600.0),
        ("2024-03-04T08:30-0500", 30600.0),
        ("2024-03-04T13:-:17", 46800.0),
        ("2024-03-04", math.nan),
        ("2024-03-04T-:30", math.nan),
        ("2024-03--T08:00", math.nan),
    ],
)
def test_seconds_are_those_of_the_local_clock(text: str, seconds: float) -> None:
    np.testing.assert_equal(_one(text).seconds[0], seconds)


@pytest.mark.parametrize("text", ["--03-04", "--03", "-----T08:00", "--02-29", "2003-12-15T-:15", "2024---15"])
def test_missing_parts_are_valid(text: str) -> None:
    assert valid(np.array([text], dtype=object)).tolist() == [True]


@pytest.mark.parametrize("text", [None, "", "-----", "--02-30", "--13", "2024-02-30", "2024-3-4", "UNK"])
def test_other_texts_are_not_valid(text: str | None) -> None:
    assert valid(np.array([text], dtype=object)).tolist() == [False]


def test_an_empty_column_gives_empty_parts() -> None:
    assert parse(np.array([], dtype=object)).first.shape == (0,)
    assert format_days(np.array([])).shape == (0,)


@given(st.lists(st.datetimes(min_value=datetime(1582, 10, 15)), max_size=20))
def test_complete_datetimes_agree_with_the_calendar_of_python(moments: list[datetime]) -> None:
    cut = [moment.replace(microsecond=0) for moment in moments]
    parts = parse(np.array([moment.isoformat() for moment in cut], dtype=object))
    assert parts.first.tolist() == parts.last.tolist() == [_sas(moment.date()) for moment in cut]
    midnights = [datetime.combine(moment.date(), datetime.min.time()) for moment in cut]
    assert parts.seconds.tolist() == [
        (moment - midnight).total_seconds() for moment, midnight in zip(cut, midnights, strict=True)
    ]


@given(DATES)
def test_days_and_dates_round_trip(day: date) -> None:
    assert format_days(np.array([_sas(day)])).tolist() == [day.isoformat()]
    assert date_of(text_column([day.isoformat()])).tolist() == [_sas(day)]


@given(DATES, PRECISIONS)
def test_the_range_of_a_cut_date_is_its_calendar_month_or_year(day: date, precision: int) -> None:
    parts = _one(day.isoformat()[:precision])
    month_end = day.replace(day=calendar.monthrange(day.year, day.month)[1])
    ends = {
        4: (day.replace(month=1, day=1), day.replace(month=12, day=31)),
        7: (day.replace(day=1), month_end),
        10: (day, day),
    }
    assert (parts.first[0], parts.last[0]) == tuple(_sas(end) for end in ends[precision])


@settings(max_examples=200)
@given(
    DATES,
    PRECISIONS,
    st.sampled_from(RULES),
    st.none() | st.integers(-400, 400),
    st.none() | st.integers(-400, 400),
)
def test_an_imputed_day_is_one_that_the_date_may_stand_for(
    day: date, precision: int, rule: str, lower: int | None, upper: int | None
) -> None:
    iso = text_column([day.isoformat()[:precision]])
    bounds = [number_column([None if offset is None else _sas(day) + offset]) for offset in (lower, upper)]
    imputed = impute_date(iso, rule, *bounds)
    parts = _one(iso[0])
    assert parts.first[0] <= imputed[0] <= parts.last[0]
    assert date_flag(iso, imputed).tolist() == [{4: "M", 7: "D", 10: None}[precision]]


@settings(max_examples=200)
@given(st.datetimes(datetime(1582, 10, 15), datetime(9998, 12, 31)), st.sampled_from([4, 7, 10, 13, 16, 19]))
def test_the_first_and_last_moment_enclose_what_was_cut(moment: datetime, precision: int) -> None:
    cut = text_column([moment.replace(microsecond=0).isoformat()[:precision]])
    first, last = (impute_datetime(cut, rule, rule)[0] for rule in ("first", "last"))
    seconds = (moment.replace(microsecond=0) - datetime(1960, 1, 1)).total_seconds()
    assert first <= seconds <= last
    spans = {10: 86_399, 13: 3_599, 16: 59, 19: 0}
    assert last - first == spans.get(precision, last - first)
    assert moment_of(cut).fillna(-1e12)[0] == (first if precision >= 16 else -1e12)


@given(DATES, st.integers(-5000, 5000))
def test_study_day_has_no_zero_and_counts_back(reference: date, apart: int) -> None:
    start = number_column([_sas(reference)])
    found = study_day(start + apart, start)[0]
    assert found != 0
    assert found == (apart + 1 if apart >= 0 else apart)


@given(st.dates(date(1900, 1, 1), date(2020, 1, 1)), st.integers(0, 120 * 366))
def test_age_is_the_number_of_birthdays_passed(birth: date, days: int) -> None:
    reference = birth + timedelta(days=days)
    years = int(age_years(number_column([_sas(birth)]), number_column([_sas(reference)]))[0])
    leap_day = (birth.month, birth.day) == (2, 29)

    def birthday(year: int) -> date:
        return date(year, 3, 1) if leap_day and not calendar.isleap(year) else birth.replace(year=year)

    assert birthday(birth.year + years) <= reference < birthday(birth.year + years + 1)


@given(DATES, st.times())
def test_collected_parts_give_the_isoformat_of_python(day: date, clock: object) -> None:
    time = str(clock)[:5]
    parts = [text_column([part]) for part in (f"{day.year:04d}", str(day.month), day.strftime("%d"), time)]
    assert iso8601(*parts).tolist() == [f"{day.isoformat()}T{time}"]


@given(st.lists(st.none() | st.text(max_size=20)))
def test_any_text_is_read_without_a_fault(texts: list[str | None]) -> None:
    column = np.array(texts, dtype=object)
    parts = parse(column)
    assert len(parts.first) == len(texts)
    assert (np.isnan(parts.first) | valid(column)).all()


@given(
    st.datetimes(datetime(1969, 1, 1), datetime(2068, 12, 31)),
    st.sampled_from(
        [
            ("%d-%b-%Y %H:%M", "d-m-y H:M"), ("%d%b%Y:%H:%M", "ddMMMyyyy:HH:MM"), ("%Y%m%d %H%M", "yyyymmdd HHMM"),
            ("%m/%d/%y %I:%M %p", "m/d/y H:M p"), ("%d %B %Y %H.%M", "dd mmm yyyy HH.MM"),
            ("%Y-%m-%dT%H:%M", "d/m/y | y-m-dTH:M"), ("%y%m%d%H%M", "ymdHM"), ("%H:%M %d.%m.%y", "H:M d.m.yy"),
        ]
    ),
)  # fmt: skip
def test_collected_text_gives_the_isoformat_of_python(moment: datetime, formats: tuple[str, str]) -> None:
    written, format = formats
    collected = text_column([moment.strftime(written), moment.strftime(written).lower()])
    assert assign_datetime(collected, format).tolist() == [moment.isoformat()[:16]] * 2


@given(
    st.lists(st.none() | st.text(max_size=20) | st.text(alphabet="0123456789-/: UNKJANfeb", max_size=20)),
    st.sampled_from(["d-m-y", "ymd | y-m-d H:M", "dd mmm yyyy H:M:S p z"]),
    st.booleans(),
)
def test_any_collected_text_gives_a_date_or_none(collected: list[str | None], format: str, hyphens: bool) -> None:
    column = text_column(collected)
    found = assign_datetime(column, format, column, hyphens=hyphens)
    assert (found.isna() | valid(found.to_numpy())).all()
    wrong = problems(column, format, column, hyphens=hyphens)
    blank = column.isna()
    assert not (wrong["illegal_date"] & blank).any()
