"""What must hold between the survival statistics whatever the records."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from results.statistics import cumulative_incidence, gray, kaplan_meier, logrank, proportional_hazards, rmst
from results.statistics.cox_fit import likelihood_of
from results.statistics.risk_sets import risk_sets, running
from results.statistics.survival_records import Floats

TIES = ("efron", "breslow", "discrete", "marginal")
Rows = list[tuple[int, bool, int, int]]
# Time, event, level, stratum.
ROWS = st.lists(
    st.tuples(st.integers(0, 8), st.booleans(), st.integers(0, 1), st.integers(0, 2)), min_size=3, max_size=25
)
QUICK = settings(max_examples=40, deadline=None)


def columns(rows: Rows, untied: bool = False) -> tuple[Floats, Floats, np.ndarray, np.ndarray]:
    time, event, group, stratum = (np.array(column) for column in zip(*rows))
    order = np.lexsort((np.arange(len(time)), time))
    ranks = np.empty(len(time))
    ranks[order] = np.arange(1, len(time) + 1)
    return (ranks if untied else time.astype(float)), 1.0 - event, group, stratum


def told(model: Any) -> list[float]:
    """The numbers of a model with one coefficient, which must be estimable."""
    (one,) = model.coefficients
    assume(one.estimate is not None)
    return [one.estimate, one.std_error, one.lower, one.upper, model.score.statistic, model.likelihood_ratio.statistic]


def same(one: float | None, other: float | None, rel: float = 1e-9) -> bool:
    """Whether both are not estimable or both are equal but for rounding."""
    if one is None or other is None:
        return one is other
    return one == pytest.approx(other, rel=rel, abs=1e-10)


@QUICK
@given(ROWS)
def test_logrank_is_the_score_test_of_the_cox_model_without_ties(rows: Rows) -> None:
    time, censor, group, stratum = columns(rows, untied=True)
    found = logrank(time, censor, group, stratum)
    for ties in TIES:
        score = proportional_hazards(time, censor, group, stratum, ties=ties).score
        assert found.df == score.df
        assert same(found.chi_square, score.statistic)


@QUICK
@given(ROWS)
def test_logrank_is_the_score_test_of_the_exact_likelihood_with_ties(rows: Rows) -> None:
    time, censor, group, stratum = columns(rows)
    score = proportional_hazards(time, censor, group, stratum, ties="discrete").score
    found = logrank(time, censor, group, stratum)
    assert found.df == score.df
    assert same(found.chi_square, score.statistic)


@QUICK
@given(ROWS)
def test_without_ties_every_likelihood_is_the_same(rows: Rows) -> None:
    time, censor, group, _ = columns(rows, untied=True)
    first, *others = (told(proportional_hazards(time, censor, group, ties=ties)) for ties in TIES)
    for other in others:
        assert other == pytest.approx(first, rel=1e-8, abs=1e-10)


@QUICK
@given(ROWS, st.sampled_from(TIES))
def test_a_rising_transform_of_time_changes_nothing(rows: Rows, ties: str) -> None:
    time, censor, group, stratum = columns(rows)
    first, second = (
        told(proportional_hazards(moved, censor, group, stratum, ties=ties)) for moved in (time, 3 * time**2 + 7)
    )
    assert second == pytest.approx(first, rel=1e-12)
    for name in ("gehan", "peto", "tarone_ware"):
        one, other = (logrank(moved, censor, group, stratum, weights=name) for moved in (time, np.exp(time)))
        assert one == other


@QUICK
@given(ROWS, st.sampled_from(TIES), st.sampled_from(["wald", "profile"]))
def test_swapping_the_levels_inverts_the_ratio(rows: Rows, ties: str, ci: str) -> None:
    time, censor, group, _ = columns(rows)
    (one,) = proportional_hazards(time, censor, group, ties=ties, ci=ci).coefficients
    (other,) = proportional_hazards(time, censor, 1 - group, ties=ties, ci=ci).coefficients
    assert one.note == other.note
    for value, inverse in ((one.ratio, other.ratio), (one.lower, other.upper), (one.upper, other.lower)):
        assert (value is None) == (inverse is None)
        if value is not None and inverse is not None:
            assert np.log(value) == pytest.approx(-np.log(inverse), rel=1e-7, abs=1e-9)
    less = logrank(time, censor, group, alternative="less").p_value
    assert less == pytest.approx(logrank(time, censor, 1 - group, alternative="greater").p_value) or less is None


@QUICK
@given(ROWS, st.sampled_from(TIES))
def test_one_stratum_is_no_stratum(rows: Rows, ties: str) -> None:
    time, censor, group, _ = columns(rows)
    one = np.full(len(time), 7)
    first = told(proportional_hazards(time, censor, group, ties=ties))
    assert told(proportional_hazards(time, censor, group, one, ties=ties)) == pytest.approx(first, rel=1e-12)
    assert logrank(time, censor, group, one) == logrank(time, censor, group)
    assert gray(time, censor, censor < 0, group, one) == gray(time, censor, censor < 0, group)


@QUICK
@given(ROWS, st.sampled_from(TIES))
def test_the_same_records_in_two_strata_count_twice(rows: Rows, ties: str) -> None:
    time, censor, group, _ = columns(rows)
    first = told(proportional_hazards(time, censor, group, ties=ties))
    times, censors, groups = (np.concatenate([column, column]) for column in (time, censor, group))
    strata = np.repeat([0, 1], len(time))
    second = told(proportional_hazards(times, censors, groups, strata, ties=ties))
    assert second[0] == pytest.approx(first[0], rel=1e-8, abs=1e-9)
    assert second[1] ** 2 == pytest.approx(first[1] ** 2 / 2, rel=1e-8)
    assert second[4:] == pytest.approx([2 * first[4], 2 * first[5]], rel=1e-8, abs=1e-9)
    single, double = logrank(time, censor, group), logrank(times, censors, groups, strata)
    assert same(double.chi_square, None if single.chi_square is None else 2 * single.chi_square)


@QUICK
@given(ROWS, st.sampled_from(TIES[:2]))
def test_robust_error_sees_through_copies_of_records(rows: Rows, ties: str) -> None:
    """Copies in a second stratum, clustered with their originals, add nothing to the robust variance."""
    time, censor, group, _ = columns(rows)
    ids, strata = np.arange(len(time)), np.repeat([0, 1], len(time))
    options: dict[str, Any] = {"variance": "robust", "ties": ties}
    (one,) = proportional_hazards(time, censor, group, cluster=ids, **options).coefficients
    assume(one.std_error is not None)
    assert proportional_hazards(time, censor, group, **options).coefficients == (one,)
    times, censors, groups = (np.concatenate([column, column]) for column in (time, censor, group))
    (two,) = proportional_hazards(times, censors, groups, strata, np.tile(ids, 2), **options).coefficients
    assert (two.estimate, two.std_error) == pytest.approx((one.estimate, one.std_error), rel=1e-7, abs=1e-9)


@QUICK
@given(ROWS, st.randoms())
def test_order_of_records_does_not_matter(rows: Rows, random: Any) -> None:
    time, censor, group, stratum = columns(rows)
    order = list(range(len(time)))
    random.shuffle(order)
    both: list[list[Any]] = []
    for places in (np.arange(len(time)), np.array(order)):
        d: list[Any] = [column[places] for column in (time, censor, group, stratum)]
        model = proportional_hazards(d[0], d[1], d[2], d[3], places // 2, variance="robust")
        test = gray(d[0], d[1], d[1] == 2, d[2], d[3]).test
        assume(model.coefficients[0].std_error is not None)
        both.append([told(model), logrank(*d).chi_square, test.statistic])
    assert both[1][0] == pytest.approx(both[0][0], rel=1e-9, abs=1e-10)
    assert all(same(one, other) for one, other in zip(both[1][1:], both[0][1:]))


@QUICK
@given(ROWS, st.sampled_from(TIES), st.floats(-1e3, 1e3), st.sampled_from([1e-4, 0.5, 30.0]))
def test_unit_and_origin_of_a_covariate_only_scale_its_coefficient(
    rows: Rows, ties: str, origin: float, unit: float
) -> None:
    time, censor, group, stratum = columns(rows)
    z = group + 0.5 * stratum
    first, second = (proportional_hazards(time, censor, x, ties=ties).coefficients[0] for x in (z, origin + unit * z))
    assert first.note == second.note
    if first.estimate is not None and second.estimate is not None:
        assert second.estimate * unit == pytest.approx(first.estimate, rel=1e-5, abs=1e-5)


@QUICK
@given(ROWS)
def test_profile_limits_lie_where_the_likelihood_has_fallen_by_the_quantile(rows: Rows) -> None:
    time, censor, group, _ = columns(rows)
    (one,) = proportional_hazards(time, censor, group, ci="profile").coefficients
    assume(one.estimate is not None)
    fitted = proportional_hazards(time, censor, group)
    for limit in (one.lower, one.upper):
        assert limit is not None
        x, beta = group - group.mean(), np.log(limit)
        risk = risk_sets(time, censor == 0)
        loglik = likelihood_of(risk, x[risk.order][None], "efron")(np.array([beta])).loglik
        assert 2 * (fitted.loglik - loglik) == pytest.approx(3.841458820694124, rel=1e-7)


@QUICK
@given(st.lists(st.integers(1, 30), min_size=2, max_size=30), st.integers(1, 35))
def test_restricted_mean_without_censoring_is_the_mean_of_the_cut_times(days: list[int], tau: int) -> None:
    cut = np.minimum(days, tau)
    group = np.ones(len(days), dtype=int)
    found = rmst(np.array(days, dtype=float), np.zeros(len(days)), group, tau=tau).compared
    assert found.estimate == pytest.approx(cut.mean())
    assert found.std_error == pytest.approx(cut.std() / np.sqrt(len(days)), abs=1e-9)


@QUICK
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), min_size=1, max_size=30))
def test_incidences_and_the_curve_without_either_event_add_up_to_one(rows: list[tuple[int, int]]) -> None:
    time, cause = np.array(rows, dtype=float).T
    one = cumulative_incidence(time, cause != 1, cause == 2)
    other = cumulative_incidence(time, cause != 2, cause == 1)
    assert one.incidence + other.incidence + one.survival == pytest.approx(1)
    assert (one.std_error >= 0).all()


@QUICK
@given(st.lists(st.tuples(st.integers(-9, 9), st.booleans()), min_size=1, max_size=300))
def test_running_sums_start_anew_in_each_segment(rows: list[tuple[int, bool]]) -> None:
    values, first = (np.array(column) for column in zip(*rows))
    first[0] = True
    for add in (np.add, np.maximum):
        expected = [add.accumulate(part) for part in np.split(values, np.flatnonzero(first)[1:])]
        assert running(values, first, add).tolist() == np.concatenate(expected).tolist()


def test_many_strata_are_summed_like_few() -> None:
    draw = np.random.RandomState(5)
    time, censor, group = (
        draw.randint(1, 9, 600).astype(float),
        (draw.rand(600) < 0.3).astype(float),
        draw.randint(0, 2, 600),
    )
    strata = np.arange(600) // 4
    found = logrank(time, censor, group, strata)
    parts = [logrank(*(column[strata == code] for column in (time, censor, group))) for code in range(150)]
    expected = sum(part.levels[1].expected if len(part.levels) > 1 else 0 for part in parts)
    assert found.levels[1].expected == pytest.approx(expected)


def test_half_a_million_records_agree_with_their_counts() -> None:
    """Records in whole days against the sums over days by another way: counts of a table, one row a day."""
    draw = np.random.default_rng(3)
    size = 500_000
    group = draw.integers(0, 2, size)
    time = np.ceil(draw.exponential(40 / 0.8**group))
    censor = (draw.random(size) < 0.4).astype(float)
    days = int(time.max()) + 1
    both = [np.bincount(time[group == one].astype(int), minlength=days) for one in (0, 1)]
    dead = [np.bincount(time[(group == one) & (censor == 0)].astype(int), minlength=days) for one in (0, 1)]
    zero, one = (np.cumsum(counts[::-1])[::-1] for counts in both)
    at_risk, events = zero + one, dead[0] + dead[1]
    used = events > 0
    expected = (one * events)[used] / at_risk[used]
    n, d = at_risk[used], events[used]
    variance = one[used] * zero[used] / n**2.0 * d * (n - d) / np.maximum(n - 1, 1)
    found = logrank(time, censor, group)
    assert found.chi_square == pytest.approx((dead[1].sum() - expected.sum()) ** 2 / variance.sum(), rel=1e-9)
    ratio = proportional_hazards(time, censor, group, ties="breslow").coefficients[0].ratio
    assert ratio is not None
    # Breslow's score at the estimate is 0.
    mean = (ratio * one / (zero + ratio * one))[used]
    assert (d * mean).sum() == pytest.approx(dead[1].sum(), rel=1e-9)


def test_curve_of_a_million_records_is_that_of_its_counts() -> None:
    time = np.repeat(np.arange(1.0, 11), 100_000)
    found = kaplan_meier(time, np.zeros(1_000_000))
    assert found.survival == pytest.approx(np.arange(0.9, -0.05, -0.1), abs=1e-12)
