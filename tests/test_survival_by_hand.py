"""Restricted means, cumulative incidence, Gray's test, and the conventions of curves, worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from results.statistics import cumulative_incidence, gray, kaplan_meier, rmst, zph

FLAT = (np.array([8.0, 43, 57, 60]), np.array([0.0, 0, 1, 1]))


def levels(text: str, other: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, codes and groups from `9 15 22+` for the compared and for the reference level."""
    marks = [(mark, group) for group, part in ((1, text), (0, other)) for mark in part.split()]
    time = np.array([float(mark.rstrip("+")) for mark, _ in marks])
    return time, np.array([float(mark.endswith("+")) for mark, _ in marks]), np.array([group for _, group in marks])


# Curves: the golden control arm is at 0.5 from 43 to its end. R 4.2.2, survival 3.5-3: print() 43, quantile() 51.5.
@pytest.mark.parametrize(("rule", "median"), [("r_print", 43.0), ("r_quantile", 51.5), ("sas", None)])
def test_median_of_a_curve_flat_at_half(rule: str, median: float | None) -> None:
    assert kaplan_meier(*FLAT, quantile_rule=rule).quantiles["median"].time == median


@pytest.mark.parametrize("rule", ["r_print", "r_quantile", "sas"])
def test_median_of_a_curve_that_an_event_ends_is_the_midpoint_by_every_rule(rule: str) -> None:
    assert kaplan_meier(np.array([2.0, 4, 6, 8]), np.zeros(4), quantile_rule=rule).quantiles["median"].time == 5.0


def test_limits_by_sas_are_event_times_around_those_whose_interval_holds_the_probability() -> None:
    time = np.arange(1.0, 11)
    found = kaplan_meier(time, np.zeros(10), ci="plain", quantile_rule="sas")
    inside = (found.lower <= 0.5) & (found.upper >= 0.5)
    assert found.quantiles["median"].lower == time[inside][0]
    assert found.quantiles["median"].upper == time[np.flatnonzero(inside)[-1] + 1]


def test_quantile_at_a_probability_is_named_by_it() -> None:
    found = kaplan_meier(np.arange(1.0, 11), np.zeros(10), probabilities=(0.05, 0.9))
    assert {name: one.time for name, one in found.further.items()} == {0.05: 1.0, 0.9: 9.5}
    named = [(one.variable, one.level, one.value) for one in found.values() if one.name == "quantile"]
    assert named == [("probability", 0.05, 1.0), ("probability", 0.9, 9.5)]


@pytest.mark.parametrize("probability", [0.0, 1.0, 90.0])
def test_probability_of_a_quantile_lies_between_0_and_1(probability: float) -> None:
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        kaplan_meier(*FLAT, probabilities=(probability,))


def test_curve_past_its_last_censored_record() -> None:
    (missing,), (extended,) = (kaplan_meier(*FLAT, at=(70,), beyond=rule).points for rule in ("missing", "extend"))
    assert (missing.at_risk, missing.survival) == (0, None)
    assert (extended.at_risk, extended.survival, extended.std_error) == (0, 0.5, 0.25)


@pytest.mark.parametrize("ci", ["log-log", "log", "plain", "arcsine", "logit"])
@pytest.mark.parametrize("censored", [[0, 0, 0], [1, 1, 1], [0, 1, 0]])
def test_no_limit_is_infinite(ci: str, censored: list[int]) -> None:
    found = kaplan_meier(np.array([0.0, 0, 4]), np.array(censored), ci=ci, at=(0, 2, 9), beyond="extend")
    limits = [one for point in found.points for one in (point.lower, point.upper) if one is not None]
    assert all(0 <= one <= 1 for one in limits)


# Restricted means.
def test_restricted_mean_by_hand() -> None:
    # Compared: S is 1 to 2, 2/3 to 3, 1/3 to 4, then 1/3 to the horizon 5: 2 + 2/3 + 1/3 + 1/3 = 10/3. Variance:
    # (4/3)^2 / (3 * 2) + (2/3)^2 / (2 * 1).
    found = rmst(*levels("2 3 6+", "5 5"), tau=5)
    assert found.compared.estimate == pytest.approx(10 / 3)
    assert found.compared.std_error == pytest.approx(np.sqrt(16 / 54 + 4 / 18))
    assert (found.reference.estimate, found.reference.std_error) == (5.0, 0.0)
    assert found.difference.estimate == pytest.approx(10 / 3 - 5)
    assert found.ratio.estimate == pytest.approx(2 / 3)
    assert found.ratio.std_error == pytest.approx(np.sqrt(16 / 54 + 4 / 18) / (10 / 3))
    error = np.sqrt(16 / 54 + 4 / 18) / (10 / 3)
    assert found.ratio.lower == pytest.approx(2 / 3 * np.exp(-1.959964 * error), rel=1e-6)


def test_horizon_past_a_censored_end_has_no_mean_unless_extended() -> None:
    data = levels("2 4+", "3 6")
    found = rmst(*data, tau=5)
    assert (found.compared.estimate, found.difference.estimate, found.ratio.p_value) == (None, None, None)
    assert found.reference.estimate == pytest.approx(3 + 0.5 * 2)
    assert rmst(*data, tau=5, beyond="extend").compared.estimate == pytest.approx(2 + 0.5 * 3)
    assert rmst(*data, tau=4).compared.estimate == pytest.approx(2 + 0.5 * 2)


def test_horizon_past_a_curve_at_0_has_a_mean() -> None:
    assert rmst(*levels("2 4", "3 6+"), tau=6).compared.estimate == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("compared", "reference", "expected"),
    [("", "3 4", None), ("5+", "5+", 4.0), ("0 0", "3", 0.0), ("", "", None)],
)
def test_edges_of_restricted_means(compared: str, reference: str, expected: float | None) -> None:
    found = rmst(*levels(compared, reference), tau=4)
    assert found.compared.estimate == expected
    assert all(one.value is None or np.isfinite(one.value) for one in found.values() if not isinstance(one.value, str))


def test_horizon_must_be_given() -> None:
    with pytest.raises(ValueError, match="write the time up to which the mean is taken"):
        rmst(*levels("2 3", "4 5"))


# Cumulative incidence.
def test_incidence_by_hand() -> None:
    # Five at risk: event at 1, competing at 2, censored at 3, event at 4. F(1) = 1/5, F(4) = 1/5 + 3/5 * 1/2.
    time, censor, competing = np.array([1.0, 2, 3, 4, 5]), np.array([0, 1, 1, 0, 1]), np.arange(5) == 1
    found = cumulative_incidence(time, censor, competing, at=(0.5, 1, 3, 4, 6))
    assert [one.incidence for one in found.points[:4]] == pytest.approx([0, 0.2, 0.2, 0.5])
    assert [one.at_risk for one in found.points] == [5, 5, 3, 2, 0]
    assert found.points[4].incidence is None
    assert found.points[1].std_error == pytest.approx(np.sqrt(0.2 * 0.8 / 5))
    assert found.survival == pytest.approx([0.8, 0.6, 0.3])
    assert found.survival[-1] + found.incidence[-1] + 1 / 5 == pytest.approx(1)


def test_incidence_without_competing_events_is_that_of_the_curve() -> None:
    time, censor = np.array([3.0, 1, 4, 1, 5, 9, 2, 6]), np.array([0, 1, 0, 0, 0, 1, 0, 0])
    found = cumulative_incidence(time, censor, np.zeros(8, dtype=bool))
    curve = kaplan_meier(time, censor)
    assert found.incidence == pytest.approx(1 - curve.survival)
    assert found.std_error == pytest.approx(curve.std_error)


@pytest.mark.parametrize("variance", ["delta", "aalen"])
@pytest.mark.parametrize("censor", [[], [1], [0], [1, 1, 1], [0, 0, 0]])
def test_edges_of_incidence(variance: str, censor: list[int]) -> None:
    time, competing = np.arange(float(len(censor))), np.zeros(len(censor), dtype=bool)
    found = cumulative_incidence(time, np.array(censor), competing, variance=variance, at=(0, 1, 9))
    assert all(one.value is None or isinstance(one.value, str) or np.isfinite(one.value) for one in found.values())


def test_event_that_is_a_competing_event_as_well_is_refused() -> None:
    with pytest.raises(ValueError, match=r"1 record.* competing events as well"):
        cumulative_incidence(np.array([1.0, 2]), np.array([0, 1]), np.array([True, True]))


@pytest.mark.parametrize(
    ("censor", "competing", "groups"),
    [
        ([], [], []),
        ([1, 1], [False, False], [0, 1]),
        ([0, 0], [False, False], [1, 1]),
        ([1, 1], [True, True], [0, 1]),
        ([0, 0, 0, 0], [False] * 4, [0, 1, 0, 1]),
    ],
)
def test_edges_of_grays_test(censor: list[int], competing: list[bool], groups: list[int]) -> None:
    time = np.arange(float(len(censor)))
    found = gray(time, np.array(censor), np.array(competing, dtype=bool), np.array(groups))
    assert (found.test.statistic is None) == (found.test.df == 0)
    assert found.test.statistic is None or np.isfinite(found.test.statistic)


@pytest.mark.parametrize(
    ("time", "censor", "group"),
    [
        ([], [], []),
        ([1, 2, 3], [1, 1, 1], [0, 1, 0]),
        ([1, 2, 3, 4], [0, 0, 0, 0], [1, 1, 0, 0]),  # monotone
        ([2, 2, 2, 2], [0, 0, 0, 1], [0, 1, 1, 0]),  # one event time
    ],
)
def test_proportionality_is_not_estimable(time: list[float], censor: list[int], group: list[int]) -> None:
    found = zph(np.array(time, dtype=float), np.array(censor), np.array(group, dtype=int))
    assert (found.coefficients[0].statistic, found.together.p_value) == (None, None)


def test_logarithm_of_time_needs_times_above_0() -> None:
    with pytest.raises(ValueError, match="above 0"):
        zph(np.array([0.0, 1, 2, 3]), np.zeros(4), np.array([0, 1, 0, 1]), transform="log")


def plain(found: Any) -> dict[str, Any]:
    return {f"{one.name} {one.level}": one.value for one in found.values()}


def test_values_of_levels_are_qualified_by_group() -> None:
    found = plain(rmst(*levels("2 3", "4 5"), tau=4))
    assert {name: found[name] for name in ("rmst 1.0", "rmst 0.0", "difference None")} == {
        "rmst 1.0": 2.5,
        "rmst 0.0": 4.0,
        "difference None": -1.5,
    }
