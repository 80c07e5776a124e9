"""Statistics against published values, values worked by hand, and the golden subjects' results."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.statistics import STATISTICS, KaplanMeier, kaplan_meier, proportion, subjects, summary
from results.statistics.proportion import of_counts
from results.statistics.survival_quantile import crossing

SURVIVAL = Path(__file__).parent / "data" / "survival.csv"


def curve(data: str, group: str, **options: Any) -> KaplanMeier:
    with SURVIVAL.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["data"], row["group"]) == (data, group)]
    time = np.array([float(row["time"]) for row in rows])
    return kaplan_meier(time, np.array([1.0 - float(row["event"]) for row in rows]), **options)


def times(text: str, **options: Any) -> KaplanMeier:
    """A curve from `9 15 22+`, where + marks a censored time."""
    marks = text.split()
    censor = [1.0 if mark.endswith("+") else 0.0 for mark in marks]
    return kaplan_meier(np.array([float(mark.rstrip("+")) for mark in marks]), np.array(censor), **options)


def median(found: KaplanMeier) -> tuple[float | None, float | None, float | None]:
    quantile = found.quantiles["median"]
    return quantile.time, quantile.lower, quantile.upper


# Proportions: Newcombe RG, Stat Med 1998;17:857-872, table I; the Clopper-Pearson and Wilson ("score") rows.
NEWCOMBE = [
    ("clopper_pearson", 81, 263, 0.2527, 0.3676),
    ("clopper_pearson", 15, 148, 0.0578, 0.1617),
    ("clopper_pearson", 0, 20, 0.0, 0.1684),
    ("clopper_pearson", 1, 29, 0.0009, 0.1776),
    ("wilson", 81, 263, 0.2553, 0.3662),
    ("wilson", 15, 148, 0.0624, 0.1605),
    ("wilson", 0, 20, 0.0, 0.1611),
    ("wilson", 1, 29, 0.0061, 0.1718),
]


@pytest.mark.parametrize(("ci", "count", "total", "lower", "upper"), NEWCOMBE)
def test_interval_of_published_example(ci: str, count: int, total: int, lower: float, upper: float) -> None:
    found = of_counts(count, total, ci)
    assert (round(found.lower or 0, 4), round(found.upper or 0, 4)) == (lower, upper)


@pytest.mark.parametrize(
    ("count", "total", "lower", "upper"),
    [(3, 4, 0.194, 0.994), (1, 4, 0.006, 0.806), (0, 3, 0.0, 0.708), (2, 4, 0.068, 0.932)],
)
def test_interval_of_golden_subjects(count: int, total: int, lower: float, upper: float) -> None:
    found = of_counts(count, total)
    assert (round(found.lower or 0, 3), round(found.upper or 0, 3)) == (lower, upper)


def test_all_met_has_upper_limit_one() -> None:
    assert of_counts(4, 4).upper == of_counts(4, 4, "wilson").upper == 1.0


def test_no_records_has_no_estimate() -> None:
    found = proportion(np.array([], dtype=bool))
    assert (found.count, found.total, found.estimate, found.lower, found.upper) == (0, 0, None, None, None)


def test_interval_widens_with_level() -> None:
    assert (of_counts(5, 10, level=0.99).lower or 0) < (of_counts(5, 10, level=0.9).lower or 0)


def test_unknown_interval_names_the_valid_ones() -> None:
    with pytest.raises(ValueError, match=r"ci='exact' is not known; valid are 'clopper_pearson', 'wilson'"):
        proportion(np.array([True]), ci="exact")


def test_level_given_in_percent_is_refused() -> None:
    with pytest.raises(ValueError, match="lies between 0 and 1"):
        proportion(np.array([True]), level=95)


def test_summary_of_golden_corticosteroid_dose() -> None:
    found = summary(np.array([1410.0, 1960, 750, 1065]))
    assert found.mean == 1296.25
    assert round(found.sd or 0, 2) == 518.13
    assert (found.median, found.q1, found.q3) == (1237.5, 907.5, 1685.0)
    assert (found.minimum, found.maximum, found.count) == (750.0, 1960.0, 4)


def test_summary_of_golden_control_arm() -> None:
    found = summary(np.array([1370.0, 3225, 1400]))
    assert (round(found.mean or 0, 2), round(found.sd or 0, 2)) == (1998.33, 1062.43)
    assert (found.median, found.q1, found.q3) == (1400.0, 1370.0, 3225.0)


def test_summary_of_golden_duration() -> None:
    assert summary(np.array([33.0, 49, 15, 17])).mean == 28.5
    assert summary(np.array([33.0, 49, 15, 17])).median == 25.0
    assert round(summary(np.array([41.0, 12, 56])).mean or 0, 2) == 36.33


def test_quartiles_of_sas_definition_5_do_not_interpolate() -> None:
    # n p = 2.5 is not whole: the third value, where linear interpolation gives 3.25.
    values = np.arange(1.0, 11)
    assert summary(values).q1 == 3.0
    assert summary(values, quartiles="type7").q1 == 3.25


def test_summary_leaves_missing_out_and_counts_it() -> None:
    found = summary(np.array([np.nan, 4.0]))
    assert (found.count, found.total, found.mean, found.sd) == (1, 2, 4.0, None)


def test_summary_of_nothing() -> None:
    found = summary(np.array([np.nan]))
    assert (found.count, found.mean, found.median) == (0, None, None)


# R 4.2 with survival 3.5, survfit(conf.type = "log-log" or "log").
PUBLISHED = [
    ("lung", "male", "log-log", (270, 210, 306)),
    ("lung", "female", "log-log", (426, 345, 524)),
    ("lung", "male", "log", (270, 212, 310)),
    ("lung", "female", "log", (426, 348, 550)),
    ("veteran", "standard", "log-log", (103, 54, 126)),
    ("veteran", "test", "log-log", (52.5, 43, 90)),
    ("aml", "maintained", "log-log", (31, 13, None)),
    ("aml", "nonmaintained", "log-log", (23, 5, 33)),
    ("gehan", "6-MP", "log-log", (23, 13, None)),
    ("gehan", "control", "log-log", (8, 4, 11)),
]


@pytest.mark.parametrize(("data", "group", "ci", "expected"), PUBLISHED)
def test_median_of_published_data(data: str, group: str, ci: str, expected: tuple[float | None, ...]) -> None:
    assert median(curve(data, group, ci=ci)) == expected


def test_curve_of_aml_maintained_as_printed_by_r() -> None:
    found = curve("aml", "maintained", ci="log")
    assert found.time.tolist() == [9, 13, 18, 23, 31, 34, 48]
    assert found.at_risk.tolist() == [11, 10, 8, 7, 5, 4, 2]
    assert np.round(found.survival, 3).tolist() == [0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184]
    assert np.round(found.std_error, 4).tolist() == [0.0867, 0.1163, 0.1397, 0.1526, 0.1642, 0.1627, 0.1535]
    assert np.round(found.lower, 4).tolist() == [0.7541, 0.6192, 0.4884, 0.3769, 0.2549, 0.1549, 0.0359]
    assert np.round(found.upper, 3).tolist() == [1.0, 1.0, 1.0, 0.999, 0.946, 0.875, 0.944]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9 15 15 22+", (15, 9, None)),
        ("8 43 57+ 57+", (43, 8, None)),
        ("43 57+ 57+", (None, 43, None)),
    ],
)
def test_median_of_golden_subjects(text: str, expected: tuple[float | None, ...]) -> None:
    assert median(times(text)) == expected


def test_quantile_at_half_until_a_later_event_is_the_midpoint() -> None:
    assert times("2 4 6 8").quantiles["median"].time == 5.0


def test_quantile_at_half_to_the_end_is_its_first_time() -> None:
    assert times("2 4 6+ 8+").quantiles["median"].time == 4.0


def test_rounding_of_the_product_does_not_hide_a_half() -> None:
    # Nine events of eighteen: the product of the factors is 0.5 up to a rounding error.
    found = times(" ".join(str(day) for day in range(1, 19)))
    assert found.quantiles["median"].time == 9.5


def test_crossing_ignores_undefined_limits() -> None:
    assert crossing(np.array([1.0, 2.0, 3.0]), np.array([np.nan, 0.7, 0.4]), 0.5) == 3.0


def test_point_counts_records_at_risk_before_the_events_of_that_time() -> None:
    (point,) = times("9 15 15 22+", at=(15,)).points
    assert (point.at_risk, point.survival) == (3, 0.25)


def test_point_on_log_log_scale_by_hand() -> None:
    (point,) = times("8 43 57+ 57+", at=(43,)).points
    # S = 0.5, var(log S) = 1/(4*3) + 1/(3*2) = 0.25, so the width is 1.959964 * 0.5 / log 2 = 1.413815.
    assert point.survival == pytest.approx(0.5)
    assert point.std_error == pytest.approx(0.25)
    assert point.lower == pytest.approx(0.5 ** np.exp(1.413815), rel=1e-6)
    assert point.upper == pytest.approx(0.5 ** np.exp(-1.413815), rel=1e-6)


def test_point_before_the_first_event_is_one_without_log_log_limits() -> None:
    (point,) = times("9 15", at=(3,)).points
    assert (point.survival, point.lower, point.upper) == (1.0, None, None)


def test_point_after_the_last_censored_record_is_not_estimable() -> None:
    (point,) = times("9 15 15 22+", at=(29,)).points
    assert (point.at_risk, point.survival, point.lower) == (0, None, None)


def test_point_after_the_curve_came_down_to_zero_stays_there() -> None:
    (point,) = times("9 15", at=(29,)).points
    assert (point.at_risk, point.survival, point.std_error) == (0, 0.0, None)


def test_plain_limits_stay_between_zero_and_one() -> None:
    found = times("1 2 3 4 5", ci="plain")
    assert np.nanmin(found.lower) >= 0
    assert np.nanmax(found.upper) <= 1


def test_curve_without_records() -> None:
    found = kaplan_meier(np.array([]), np.array([]), at=(15,))
    assert (found.records, median(found), found.points[0].survival) == (0, (None, None, None), None)


def test_curve_without_events() -> None:
    found = times("5+ 7+", at=(6,))
    assert (median(found), found.points[0].survival) == ((None, None, None), 1.0)


DAYS = st.lists(st.integers(1, 60), min_size=1, max_size=40)


@given(DAYS)
def test_curve_without_censoring_is_the_share_still_without_event(days: list[int]) -> None:
    observed = np.array(days, dtype=float)
    found = kaplan_meier(observed, np.zeros(len(days)))
    share = [(observed > time).mean() for time in found.time]
    assert found.survival == pytest.approx(share, abs=1e-12)


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 3)), min_size=1, max_size=40), st.randoms())
def test_order_of_records_does_not_matter(records: list[tuple[int, int]], random: Any) -> None:
    other = list(records)
    random.shuffle(other)
    first, second = (kaplan_meier(*np.array(rows, dtype=float).T, at=(10, 30)) for rows in (records, other))
    assert (first.quantiles, first.points) == (second.quantiles, second.points)


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 1)), min_size=1, max_size=40))
def test_limits_hold_the_estimate(records: list[tuple[int, int]]) -> None:
    for ci in ("log-log", "log", "plain"):
        found = kaplan_meier(*np.array(records, dtype=float).T, ci=ci)
        inside = ~np.isnan(found.lower)
        assert (found.lower[inside] <= found.survival[inside] + 1e-12).all()
        assert (found.upper[inside] >= found.survival[inside] - 1e-12).all()


@given(st.integers(0, 60), st.integers(0, 60))
def test_proportion_and_its_complement_have_mirrored_limits(count: int, rest: int) -> None:
    total = max(count + rest, 1)
    for ci in ("clopper_pearson", "wilson"):
        one, other = of_counts(min(count, total), total, ci), of_counts(total - min(count, total), total, ci)
        assert one.lower == pytest.approx(1 - (other.upper or 0), abs=1e-9)


def test_missing_time_is_refused() -> None:
    with pytest.raises(ValueError, match="the time of 1 record"):
        kaplan_meier(np.array([1.0, np.nan]), np.array([0.0, 0.0]))


def test_missing_censoring_code_is_refused() -> None:
    with pytest.raises(ValueError, match="the censoring code of 1 record"):
        kaplan_meier(np.array([1.0, 2.0]), np.array([0.0, np.nan]))


def test_negative_time_is_refused() -> None:
    with pytest.raises(ValueError, match="negative: -2"):
        kaplan_meier(np.array([1.0, -2.0]), np.array([0.0, 0.0]))


def test_subjects_count_once_with_the_population_as_denominator() -> None:
    found = subjects(np.array(["01", "01", "02"], dtype=object), 4)
    assert [value.value for value in found.values()] == [2, 4, 0.5, 50.0]


def test_subjects_outside_the_population_are_refused() -> None:
    with pytest.raises(ValueError, match="2 subjects have records, but the population has 1"):
        subjects(np.array(["01", "02"], dtype=object), 1)


def test_registry_knows_what_each_argument_may_be() -> None:
    assert STATISTICS["kaplan_meier"].columns == {"time": "number", "censor": "number"}
    constants = STATISTICS["kaplan_meier"].constants
    assert {name: constants[name] for name in ("at", "ci", "level")} == {"at": (), "ci": "log-log", "level": 0.95}
    assert STATISTICS["subjects"].passed == {"subject": "subject", "population": "population"}


@pytest.mark.parametrize("name", ["cox", "cumulative_incidence", "gray", "kaplan_meier", "logrank", "rmst", "zph"])
def test_survival_statistic_of_no_records_names_its_values(name: str) -> None:
    known = STATISTICS[name]
    columns = {
        column: np.array([], dtype=float if kind == "number" else bool) for column, kind in known.columns.items()
    }
    options = {"tau": 56.0} if name == "rmst" else {}
    values = known.function(**columns, **dict.fromkeys(known.passed, ()), **options).values()
    keys = [(value.name, value.variable, value.level) for value in values]
    assert len(keys) == len(set(keys))
    assert all(value.value is None or type(value.value) in (int, float, str) for value in values)


@pytest.mark.parametrize("name", sorted(STATISTICS))
def test_every_statistic_states_its_meaning_and_example(name: str) -> None:
    text = STATISTICS[name].function.__doc__ or ""
    assert ">>>" in text
