"""What must hold of the statistics for any data."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from results.statistics import (
    STATISTICS,
    cmh,
    cmh_table,
    difference,
    fisher,
    fisher_table,
    hodges_lehmann,
    kruskal_wallis,
    odds_ratio,
    pairwise,
    rate_difference,
    rate_ratio,
    relative_risk,
    van_elteren,
    wilcoxon,
)
from results.statistics.difference import of_tables
from results.statistics.difference_interval import INTERVALS, STRATIFIED
from results.statistics.percentile import percentile
from results.statistics.proportion import of_counts
from results.statistics.proportion_interval import INTERVALS as PROPORTIONS
from results.statistics.two_by_two import TwoByTwo

ARM = st.integers(1, 30).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))
TABLE = st.tuples(ARM, ARM)
QUICK = settings(max_examples=60, deadline=None)


def tables(*strata: tuple[tuple[int, int], tuple[int, int]]) -> TwoByTwo:
    columns = [np.array(column, dtype=float) for column in zip(*((*one, *other) for one, other in strata))]
    return TwoByTwo(*columns)


def records(*strata: tuple[tuple[int, int], tuple[int, int]]) -> dict[str, Any]:
    rows = [
        (number < count, side, stratum)
        for stratum, pair in enumerate(strata)
        for side, (count, total) in zip((1, 0), pair)
        for number in range(total)
    ]
    condition, group, code = zip(*rows)
    return {"condition": np.array(condition), "group": np.array(group), "strata": np.array(code)}


def contains(interval: Any, estimate: float | None, slack: float = 1e-9) -> bool:
    low = -math.inf if interval.lower is None else interval.lower
    high = math.inf if interval.upper is None else interval.upper
    return estimate is None or low - slack <= estimate <= high + slack


@QUICK
@given(ARM, st.sampled_from(sorted(PROPORTIONS)), st.floats(0.5, 0.999))
def test_interval_of_a_proportion_holds_it(arm: tuple[int, int], ci: str, level: float) -> None:
    found = of_counts(*arm, ci, level)
    assert found.lower is not None
    assert found.upper is not None
    assert 0 <= found.lower <= arm[0] / arm[1] + 1e-12
    assert arm[0] / arm[1] - 1e-12 <= found.upper <= 1


@QUICK
@given(TABLE, st.sampled_from(sorted(INTERVALS)))
def test_difference_changes_sign_when_groups_are_swapped(table: Any, ci: str) -> None:
    one, other = of_tables(tables(table), ci), of_tables(tables(table[::-1]), ci)
    assert one.estimate == pytest.approx(-(other.estimate or 0), abs=1e-15)
    if one.interval.lower is not None:
        assert one.interval.lower == pytest.approx(-(other.interval.upper or 0), abs=1e-10)
        assert one.interval.upper == pytest.approx(-(other.interval.lower or 0), abs=1e-10)


@QUICK
@given(TABLE, st.sampled_from(sorted(INTERVALS)))
def test_interval_of_a_difference_holds_it(table: Any, ci: str) -> None:
    found = of_tables(tables(table), ci)
    assert contains(found.interval, found.estimate)
    if found.interval.lower is not None and found.interval.upper is not None:
        assert -1 <= found.interval.lower <= found.interval.upper <= 1


@QUICK
@given(st.lists(TABLE, min_size=2, max_size=4), st.sampled_from(STRATIFIED))
def test_common_difference_lies_in_its_interval_and_changes_sign(strata: Any, ci: str) -> None:
    one, other = of_tables(tables(*strata), ci), of_tables(tables(*(pair[::-1] for pair in strata)), ci)
    assert contains(one.interval, one.estimate)
    assert one.interval.lower == pytest.approx(-(other.interval.upper or 0), abs=1e-9)


@QUICK
@given(TABLE)
def test_one_stratum_is_as_none(table: Any) -> None:
    with_strata = records(table)
    without = {name: values for name, values in with_strata.items() if name != "strata"}
    for ci in STRATIFIED:
        one, other = difference(**with_strata, ci=ci), difference(**without, ci=ci)
        assert (one.estimate, one.interval) == (other.estimate, other.interval)
    for ratio in (relative_risk, odds_ratio):
        assert ratio(**with_strata, ci="log").interval == ratio(**without, ci="log").interval
    assert cmh(**with_strata).p_value == cmh(**without).p_value


@QUICK
@given(st.lists(TABLE, min_size=1, max_size=4), st.permutations(range(4)))
def test_names_of_strata_do_not_matter(strata: Any, names: Any) -> None:
    found = records(*strata)
    renamed = found | {"strata": np.array(names)[found["strata"]] * 7 - 3}
    for one, other in ((difference(**found), difference(**renamed)), (cmh(**found), cmh(**renamed))):
        assert one.estimate == pytest.approx(other.estimate, abs=1e-12)
        assert one.interval.lower == pytest.approx(other.interval.lower, abs=1e-9)


@QUICK
@given(TABLE, st.sampled_from(["miettinen_nurminen", "koopman", "log"]))
def test_relative_risk_is_inverted_when_groups_are_swapped(table: Any, ci: str) -> None:
    one, other = records(table), records(table[::-1])
    for data in (one, other):
        del data["strata"]
    found, inverse = relative_risk(**one, ci=ci), relative_risk(**other, ci=ci)
    assert contains(found.interval, found.estimate, 1e-6)
    if found.interval.lower and inverse.interval.upper:
        assert found.interval.lower == pytest.approx(1 / inverse.interval.upper, rel=1e-8)


@QUICK
@given(TABLE, st.sampled_from(["miettinen_nurminen", "cornfield", "log", "exact"]))
def test_odds_ratio_is_inverted_when_groups_are_swapped(table: Any, ci: str) -> None:
    one, other = records(table), records(table[::-1])
    for data in (one, other):
        del data["strata"]
    found, inverse = odds_ratio(**one, ci=ci), odds_ratio(**other, ci=ci)
    assert contains(found.interval, found.conditional if ci == "exact" else found.estimate, 1e-6)
    if found.interval.lower and inverse.interval.upper:
        assert found.interval.lower == pytest.approx(1 / inverse.interval.upper, rel=1e-8)


@QUICK
@given(TABLE)
def test_score_limits_of_difference_and_ratio_agree_on_no_difference(table: Any) -> None:
    """All three score tests of equal risks are the same test: the chi-square times (N - 1) / N."""
    one = records(table)
    del one["strata"]
    limits = [
        (difference(**one).interval, 0.0),
        (relative_risk(**one).interval, 1.0),
        (odds_ratio(**one, ci="miettinen_nurminen").interval, 1.0),
    ]
    assume(0 < table[0][0] + table[1][0] < table[0][1] + table[1][1])
    kept = STATISTICS["chi_square"].function(**one, correction="n_minus_1")
    statistic = next(value.value for value in kept.values() if value.name == "statistic")
    assert isinstance(statistic, float)
    assume(abs(statistic - 3.841458820694124) > 1e-6)
    for interval, null in limits:
        assert contains(interval, null, 0) == (statistic < 3.841458820694124)


# --- exact tests -----------------------------------------------------------------------------------------------

SAMPLE = st.lists(st.integers(0, 5), min_size=1, max_size=5)


@QUICK
@given(SAMPLE, SAMPLE)
def test_exact_wilcoxon_equals_enumeration(first: list[int], second: list[int]) -> None:
    values = np.array(first + second, dtype=float)
    ranks, size = stats.rankdata(values), len(first)
    sums = np.array([sum(chosen) for chosen in itertools.combinations(ranks, size)])
    centre = size * (len(values) + 1) / 2
    expected = (np.abs(sums - centre) >= abs(ranks[:size].sum() - centre) - 1e-9).mean()
    found = wilcoxon(values, np.array([1] * size + [0] * len(second)), test="exact")
    assert found.p_value == pytest.approx(expected, rel=1e-12)


@QUICK
@given(SAMPLE, SAMPLE, st.randoms())
def test_rank_tests_do_not_know_the_order_of_records(first: list[int], second: list[int], random: Any) -> None:
    rows = [(value, 1) for value in first] + [(value, 0) for value in second]
    shuffled = random.sample(rows, len(rows))
    for test in ("exact", "normal"):
        one, other = (wilcoxon(*map(np.array, zip(*part)), test=test) for part in (rows, shuffled))
        assert one == other
        assert [hodges_lehmann(*map(np.array, zip(*part)), ci=test) for part in (rows, shuffled)] == [
            hodges_lehmann(*map(np.array, zip(*rows)), ci=test)
        ] * 2


@QUICK
@given(SAMPLE, SAMPLE, st.sampled_from(["exact", "normal"]), st.sampled_from([0.5, 0.8, 0.95]))
def test_shift_changes_sign_when_groups_are_swapped(first: Any, second: Any, ci: str, level: float) -> None:
    values, group = np.array(first + second, dtype=float), np.array([1] * len(first) + [0] * len(second))
    one, other = (hodges_lehmann(values, side, ci=ci, level=level) for side in (group, 1 - group))
    assert one.estimate == pytest.approx(-(other.estimate or 0))
    assert one.interval.lower == pytest.approx(-(other.interval.upper or 0))
    assert contains(one.interval, one.estimate)


@QUICK
@given(SAMPLE, SAMPLE, st.data())
def test_ordered_differences_equal_sorting(first: Any, second: Any, data: Any) -> None:
    one, other = np.array(first) / 7, np.array(second) / 3
    ranks = data.draw(st.lists(st.integers(1, len(one) * len(other)), min_size=1, max_size=3))
    every = np.sort(np.subtract.outer(one, other).ravel())
    assert pairwise.ordered_differences(one, other, ranks) == [every[rank - 1] for rank in ranks]
    ordered = np.sort(one), np.sort(other)
    bisected = [pairwise._selected(*ordered, rank) for rank in ranks]
    assert bisected == pytest.approx([every[rank - 1] for rank in ranks], abs=1e-15)


def enumerated(table: np.ndarray) -> float:
    """The Fisher-Freeman-Halton p-value from all ways to deal out the levels to the groups."""
    levels = np.repeat(np.arange(table.shape[1]), table.sum(axis=0))
    sizes = table.sum(axis=1)

    def weight(counts: np.ndarray) -> float:
        return -float(sum(math.lgamma(count + 1) for count in counts.ravel()))

    def deals(rest: tuple[int, ...], row: int) -> Any:
        if row == len(sizes) - 1:
            yield (rest,)
            return
        for chosen in itertools.combinations(range(len(rest)), int(sizes[row])):
            left = tuple(rest[i] for i in range(len(rest)) if i not in chosen)
            for others in deals(left, row + 1):
                yield (tuple(rest[i] for i in chosen), *others)

    own, found = weight(table), []
    for deal in deals(tuple(levels), 0):
        counts = np.array([np.bincount(np.array(part, dtype=int), minlength=table.shape[1]) for part in deal])
        found.append(weight(counts) <= own + 1e-7)
    return float(np.mean(found))


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([(2, 3), (3, 2), (3, 3)]), st.data())
def test_exact_test_of_a_table_equals_enumeration(shape: tuple[int, int], data: Any) -> None:
    counts = data.draw(st.lists(st.integers(0, 2), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]))
    table = np.array(counts).reshape(shape)
    assume((table.sum(axis=0) > 0).all() and (table.sum(axis=1) > 0).all() and table.sum() <= 8)
    level = pd.Categorical([str(column) for row in table for column, count in enumerate(row) for _ in range(count)])
    group = np.repeat(np.arange(shape[0]), table.sum(axis=1))
    assert fisher_table(level, group).p_value == pytest.approx(enumerated(table), rel=1e-9)


@QUICK
@given(TABLE)
def test_exact_test_of_a_table_of_two_by_two_is_fishers(table: Any) -> None:
    one = records(table)
    levels = pd.Categorical(np.where(one["condition"], "yes", "no"))
    found = fisher(one["condition"], one["group"]).p_value
    expected = fisher_table(levels, one["group"]).p_value
    if expected is not None:
        assert found == pytest.approx(expected, rel=1e-12)
        met = one["condition"]
        counts = [[int((side & (one["group"] == arm)).sum()) for side in (met, ~met)] for arm in (1, 0)]
        assert found == pytest.approx(stats.fisher_exact(counts).pvalue, rel=1e-6)


@QUICK
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1), st.integers(0, 2)), min_size=2, max_size=25))
def test_row_mean_scores_with_modified_ridits_are_van_elterens_test(rows: Any) -> None:
    values, group, strata = (np.array(part) for part in zip(*rows))
    test = van_elteren(values.astype(float), group, strata)
    table = cmh_table(values.astype(float), group, strata, scores="modified_ridit").parts["row_means"]
    assert (test.statistic is None) == (table.statistic is None)
    if test.statistic is not None:
        assert test.statistic == pytest.approx(table.statistic, rel=1e-9)


@QUICK
@given(SAMPLE, SAMPLE)
def test_van_elteren_of_one_stratum_is_kruskal_wallis(first: Any, second: Any) -> None:
    values, group = np.array(first + second, dtype=float), np.array([1] * len(first) + [0] * len(second))
    one, other = van_elteren(values, group), kruskal_wallis(values, group)
    assert (one.statistic is None) == (other.statistic is None)
    if one.statistic is not None:
        assert one.statistic == pytest.approx(other.statistic, rel=1e-9)


# --- percentiles and rates -------------------------------------------------------------------------------------

NUMPY = {
    4: "interpolated_inverted_cdf",
    5: "hazen",
    6: "weibull",
    7: "linear",
    8: "median_unbiased",
    9: "normal_unbiased",
}


@QUICK
@given(st.lists(st.floats(-100, 100), min_size=1, max_size=20), st.floats(0, 1), st.sampled_from(sorted(NUMPY)))
def test_percentiles_are_those_of_numpy(values: Any, share: float, kind: int) -> None:
    ordered = np.sort(np.array(values))
    expected = np.quantile(ordered, share, method=NUMPY[kind])  # type: ignore[call-overload]
    assert percentile(ordered, share, f"type{kind}") == pytest.approx(expected, rel=1e-9, abs=1e-9)


EXPOSED = st.tuples(st.integers(0, 20), st.floats(0.1, 50))


@QUICK
@given(EXPOSED, EXPOSED, st.sampled_from(["miettinen_nurminen", "wald"]))
def test_difference_of_rates_changes_sign_when_groups_are_swapped(one: Any, other: Any, ci: str) -> None:
    events, time = (np.array(part) for part in zip(one, other))
    found = rate_difference(events, time, np.array([1, 0]), ci=ci)
    swapped = rate_difference(events, time, np.array([0, 1]), ci=ci)
    assert contains(found.interval, found.estimate, 1e-7)
    assert found.interval.lower == pytest.approx(-(swapped.interval.upper or 0), rel=1e-7, abs=1e-7)


@QUICK
@given(EXPOSED, EXPOSED, st.sampled_from(["exact", "score", "log"]))
def test_ratio_of_rates_is_inverted_when_groups_are_swapped(one: Any, other: Any, ci: str) -> None:
    events, time = (np.array(part) for part in zip(one, other))
    found = rate_ratio(events, time, np.array([1, 0]), ci=ci)
    swapped = rate_ratio(events, time, np.array([0, 1]), ci=ci)
    assert contains(found.interval, found.estimate, 1e-7)
    if found.interval.lower and swapped.interval.upper:
        assert found.interval.lower == pytest.approx(1 / swapped.interval.upper, rel=1e-9)
    assert found.p_value == (swapped.p_value and pytest.approx(swapped.p_value, rel=1e-6))
