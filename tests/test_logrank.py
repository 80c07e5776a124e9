"""The log-rank test: golden subjects, tests worked by hand, and what is not estimable."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from results.statistics import logrank
from results.statistics.logrank_weights import WEIGHTS, weights
from results.statistics.risk_sets import risk_sets

TTG1E = ([9, 15, 15, 22, 8, 43, 57, 57], [0, 0, 0, 1, 0, 0, 1, 1], [1, 1, 1, 1, 0, 0, 0, 0])
TTG1S = ([9, 15, 15, 22, 43, 57, 57], [0, 0, 0, 1, 0, 1, 1], [1, 1, 1, 1, 0, 0, 0])


def run(data: tuple[list[Any], list[int], list[int]], **options: Any) -> Any:
    return logrank(np.array(data[0], dtype=float), np.array(data[1], dtype=float), np.array(data[2]), **options)


@pytest.mark.parametrize(("data", "statistic", "p_value"), [(TTG1E, 0.96351, 0.32630), (TTG1S, 3.16456, 0.07525)])
def test_golden_subjects(data: tuple[list[int], list[int], list[int]], statistic: float, p_value: float) -> None:
    found = run(data)
    assert (round(found.chi_square, 5), round(found.p_value, 5), found.df) == (statistic, p_value, 1)


def test_small_example_by_hand() -> None:
    # At 1: 1 of 2 in arm 1, 2 at risk in each; at 2: 1 of 1 in arm 0 ... O - E = 1 - 1/2 + 0 - 1/3 + 1 - 1/2.
    found = run(([1, 2, 3, 4], [0, 0, 0, 0], [1, 0, 1, 0]))
    assert [level.expected for level in found.levels] == pytest.approx(
        [1 / 2 + 2 / 3 + 1 / 2 + 1, 1 / 2 + 1 / 3 + 1 / 2]
    )
    variance = 1 / 4 + 2 / 9 + 1 / 4
    assert found.z == pytest.approx((2 - 4 / 3) / np.sqrt(variance))


def test_tied_events_have_the_hypergeometric_variance() -> None:
    # Two events among four at risk, two of each arm: variance 2 * 1/2 * 1/2 * (4 - 2) / (4 - 1) = 1/3.
    found = run(([1, 1, 2, 2], [0, 0, 1, 1], [1, 1, 0, 0]))
    assert found.chi_square == pytest.approx((2 - 1) ** 2 / (1 / 3))


def test_one_sided_p_values_add_up_to_one() -> None:
    less, greater = (run(TTG1E, alternative=name).p_value for name in ("less", "greater"))
    assert less + greater == pytest.approx(1)
    assert greater == pytest.approx(stats.norm.sf(np.sqrt(0.96351)), abs=1e-5)
    assert min(less, greater) * 2 == pytest.approx(run(TTG1E).p_value)


def test_weights_by_hand() -> None:
    # At risk 5, 3, 1 at the event times 1, 2, 3; the other records are censored at 1 and 2.
    risk = risk_sets(np.array([1.0, 1, 2, 2, 3]), np.array([True, False, True, False, True]))
    found = {name: weights(risk, name)[::-1].tolist() for name in WEIGHTS}
    assert found["logrank"] == [1, 1, 1]
    assert found["gehan"] == [5, 3, 1]
    assert found["tarone_ware"] == pytest.approx([5**0.5, 3**0.5, 1])
    assert found["peto"] == pytest.approx([5 / 6, 5 / 6 * 3 / 4, 5 / 6 * 3 / 4 / 2])
    assert found["modified_peto"] == pytest.approx([25 / 36, 5 / 6 * 9 / 16, 5 / 6 * 3 / 4 / 4])
    before = np.array([1, 4 / 5, 4 / 5 * 2 / 3])
    fleming = weights(risk, "fleming_harrington", 2.0, 0.5)[::-1]
    assert fleming == pytest.approx(before**2 * (1 - before) ** 0.5)


def test_trend_over_given_scores_is_invariant_to_their_scale() -> None:
    data = ([1, 2, 3, 4, 5, 6, 7], [0, 0, 0, 1, 0, 0, 1], [2, 2, 1, 1, 0, 0, 1])
    first = run(data, test="trend", scores=(0, 1, 5))
    second = run(data, test="trend", scores=(100, 102, 110))
    assert (first.z, first.df) == (pytest.approx(second.z, rel=1e-12), 1)
    assert run(data, test="trend").z == pytest.approx(run(data, test="trend", scores=(0, 1, 2)).z)


def test_trend_of_two_levels_is_the_test_of_two_levels() -> None:
    assert run(TTG1E, test="trend").chi_square == pytest.approx(run(TTG1E).chi_square, rel=1e-12)


@pytest.mark.parametrize("name", WEIGHTS)
@pytest.mark.parametrize(
    ("data", "df"),
    [
        (([], [], []), 0),
        (([1, 2, 3], [1, 1, 1], [0, 1, 0]), 0),  # no events
        (([1, 2, 3], [0, 0, 0], [1, 1, 1]), 0),  # an empty arm
        (([1, 2, 3], [0, 0, 0], [0, 0, 0]), 0),  # one arm
        (([7], [0], [1]), 0),
        (([0, 0, 0, 0], [0, 0, 0, 1], [0, 1, 0, 1]), 1),  # all at time 0
        (([5, 5, 5, 5], [0, 0, 0, 0], [0, 1, 0, 1]), 0),  # all have the event at once: nothing varies
        (([1, 2, 3], [0, 0, 0], [1, 0, 0]), 1),  # one record in an arm
        (([1, 2, 3, 4], [0, 0, 1, 1], [0, 0, 1, 1]), 1),  # no event in an arm
    ],
)
def test_edges(name: str, data: tuple[list[int], list[int], list[int]], df: int) -> None:
    found = run(data, weights=name)
    assert found.df == df
    assert (found.chi_square is None) == (df == 0)
    assert (found.p_value is None) == (df == 0)
    assert all(one.value is None or isinstance(one.value, str | int | float) for one in found.values())


def test_stratum_with_a_single_arm_counts_but_does_not_compare() -> None:
    time, censor = np.array([1.0, 2, 3, 4, 5, 6]), np.zeros(6)
    group, strata = np.array([1, 0, 1, 0, 1, 1]), np.array([0, 0, 0, 0, 1, 1])
    found, alone = logrank(time, censor, group, strata), logrank(time[:4], censor[:4], group[:4])
    assert found.chi_square == pytest.approx(alone.chi_square)
    assert [level.observed for level in found.levels] == [2, 4]
    assert found.levels[1].expected == pytest.approx(alone.levels[1].expected + 2)


def test_level_never_at_risk_at_an_event_takes_no_part() -> None:
    data = ([1, 2, 3, 4, 0.5], [0, 0, 0, 0, 1], [0, 1, 0, 1, 2])
    found = run(data)
    assert (found.df, found.levels[2].records, found.levels[2].expected) == (1, 1, 0.0)


def test_levels_that_never_meet_leave_degrees_of_freedom_for_those_that_do() -> None:
    # Levels 0 and 1 in stratum 0, levels 2 and 3 in stratum 1.
    time, group = np.array([1.0, 2, 3, 4, 1, 2, 3, 4]), np.array([0, 1, 0, 1, 2, 3, 3, 2])
    found = logrank(time, np.zeros(8), group, np.array([0] * 4 + [1] * 4))
    parts = [logrank(time[:4], np.zeros(4), group[:4]), logrank(time[4:], np.zeros(4), group[4:] - 2)]
    assert found.df == 2
    assert found.chi_square == pytest.approx(sum(part.chi_square or 0 for part in parts))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": "wilcoxon"}, "weights='wilcoxon' is not known"),
        ({"rho": 1.0}, "belong to weights='fleming_harrington'"),
        ({"weights": "fleming_harrington", "rho": -1.0}, "0 or greater"),
        ({"scores": (1, 2)}, "scores belong to test='trend'"),
        ({"scores": (1, 2, 3), "test": "trend"}, "3 scores for 2 levels"),
        ({"alternative": "up"}, "alternative='up' is not known"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run(TTG1E, **options)


def test_one_sided_test_of_three_levels_needs_a_trend() -> None:
    with pytest.raises(ValueError, match="needs two levels or test='trend'"):
        run(([1, 2, 3], [0, 0, 0], [0, 1, 2]), alternative="less")


def test_level_that_stands_alone_at_every_event_is_not_compared() -> None:
    """All six records are of one level: the variance is 0 by hand (share 1 of every risk set), and no p-value is 1."""
    found = logrank(np.array([0, 0, 1, 1, 2, 2.0]), np.zeros(6), np.ones(6, dtype=int))
    assert (found.df, found.chi_square, found.p_value) == (0, None, None)
    levels, strata = np.array([0, 0, 1, 1, 0, 0]), np.array([0, 0, 1, 1, 2, 2])
    apart = logrank(np.array([0, 0, 1, 1, 2, 2.0]), np.zeros(6), levels, strata)
    assert (apart.df, apart.p_value) == (0, None)
