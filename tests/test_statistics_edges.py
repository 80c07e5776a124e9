"""What the statistics do at the edges, each as its docstring states: nothing estimable is None, never a guess."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statistic_cases import found
from test_statistic_arguments import VOCABULARY

from results.statistics import STATISTICS, categories, cmh_table, incidence, shift_table, summary
from results.statistics.registry import Known, Value

NONE = (None, None)


def shown(statistic: str, data: str, options: str, *names: str) -> tuple[Any, ...]:
    values = found(statistic, data, options)
    return tuple(None if (value := values[name].value) is None else value for name in names)


LIMITS = ("conf_low", "conf_high")
DIFFERENCES = ("miettinen_nurminen", "mee", "newcombe", "newcombe_cc", "wald", "wald_cc", "agresti_caffo",
               "hauck_anderson", "mantel_haenszel")  # fmt: skip


@pytest.mark.parametrize("ci", DIFFERENCES)
@pytest.mark.parametrize("data", ["3/4 0/0", "0/0 1/4", "0/0 0/0"])
def test_difference_with_an_empty_arm_is_not_estimable(ci: str, data: str) -> None:
    assert shown("difference", data, f"ci='{ci}'", "estimate", *LIMITS, "strata") == (None, *NONE, 0)


def test_difference_counts_the_records_it_leaves_out() -> None:
    assert shown("difference", "3/4 0/0", "", "n1", "N1", "N2", "N_left_out") == (3, 4, 0, 4)


@pytest.mark.parametrize(("data", "estimate"), [("0/10 0/20", 0.0), ("10/10 20/20", 0.0), ("10/10 0/20", 1.0)])
def test_score_limits_hold_for_no_and_all_events_where_wald_ones_have_no_width(data: str, estimate: float) -> None:
    low, high = shown("difference", data, "", *LIMITS)
    assert low < estimate < high or high == estimate == 1.0
    assert high - low > 0.2
    assert shown("difference", data, "ci='wald'", *LIMITS) == (estimate, estimate)


def test_hauck_anderson_needs_two_records_in_each_group() -> None:
    assert shown("difference", "1/1 0/5", "ci='hauck_anderson'", "estimate", *LIMITS) == (1.0, *NONE)


def test_stratum_with_one_arm_is_left_out_and_counted() -> None:
    both = shown("difference", "3/4 1/4; 2/2 0/0; 0/0 1/3", "", "estimate", *LIMITS, "strata", "N_left_out")
    alone = shown("difference", "3/4 1/4", "", "estimate", *LIMITS)
    assert both == (*alone, 1, 5)
    assert shown("cmh", "3/4 1/4; 2/2 0/0", "", "strata", "N_left_out", "breslow_day") == (1, 2, None)


def test_interval_without_a_form_for_strata_is_refused() -> None:
    with pytest.raises(ValueError, match=r"ci='newcombe_cc' has no form for strata; valid with strata are 'miett"):
        found("difference", "3/4 1/4; 1/2 1/2", "ci='newcombe_cc'")
    with pytest.raises(ValueError, match="ci='exact' has no form for strata"):
        found("odds_ratio", "3/4 1/4; 1/2 1/2", "ci='exact'")


def test_relative_risk_without_events_in_the_reference_group_has_a_lower_limit_only() -> None:
    estimate, low, high = shown("relative_risk", "5/56 0/29", "", "estimate", *LIMITS)
    assert (estimate, high) == NONE
    assert low == pytest.approx(0.717495, abs=1e-6)
    assert shown("relative_risk", "5/56 0/29", "ci='log'", "estimate", *LIMITS) == (None, *NONE)


def test_relative_risk_without_events_in_the_compared_group_starts_at_0() -> None:
    estimate, low, high = shown("relative_risk", "0/29 5/56", "", "estimate", *LIMITS)
    assert (estimate, low) == (0.0, 0.0)
    assert high == pytest.approx(1 / 0.717495, rel=1e-5)


def test_relative_risk_without_any_event_is_not_estimable() -> None:
    assert shown("relative_risk", "0/4 0/3", "", "estimate", *LIMITS) == (None, *NONE)


def test_relative_risk_of_all_events_is_1_with_score_limits() -> None:
    estimate, low, high = shown("relative_risk", "10/10 20/20", "", "estimate", *LIMITS)
    assert estimate == 1.0
    assert low < 1 < high


@pytest.mark.parametrize("ci", ["exact", "miettinen_nurminen", "cornfield"])
def test_odds_ratio_with_an_empty_cell_is_bounded_on_one_side(ci: str) -> None:
    estimate, low, high = shown("odds_ratio", "4/4 1/4", f"ci='{ci}'", "estimate", *LIMITS)
    assert (estimate, high) == NONE
    assert 0 < low < 10
    estimate, low, high = shown("odds_ratio", "0/4 3/4", f"ci='{ci}'", "estimate", *LIMITS)
    assert (estimate, low) == (0.0, 0.0)
    assert 0 < high < 10


@pytest.mark.parametrize("ci", ["log", "exact", "miettinen_nurminen", "cornfield"])
@pytest.mark.parametrize("data", ["0/4 0/3", "4/4 3/3", "3/4 0/0"])
def test_odds_ratio_without_contrast_is_not_estimable(ci: str, data: str) -> None:
    assert shown("odds_ratio", data, f"ci='{ci}'", "estimate", *LIMITS) == (None, *NONE)


def test_fisher_of_no_events_is_1_and_of_an_empty_arm_no_test() -> None:
    assert shown("fisher", "0/4 0/3", "", "p_value") == (1.0,)
    assert shown("fisher", "4/4 3/3", "", "p_value") == (1.0,)
    assert shown("fisher", "3/4 0/0", "", "p_value", "p_less") == NONE


def test_chi_square_without_contrast_is_no_test() -> None:
    for data in ("0/4 0/3", "4/4 3/3", "3/4 0/0", "0/0 0/0"):
        assert shown("chi_square", data, "", "statistic", "p_value", "parameter") == (None, *NONE)


def test_table_of_one_level_or_one_group_is_no_test() -> None:
    for data in ("3 | 4", "3 2", "0 3 | 0 5"):
        assert shown("chi_square_table", data, "", "statistic", "p_value") == NONE
        assert shown("fisher_table", data, "", "p_value") == (None,)


def test_table_too_large_for_an_exact_test_says_so() -> None:
    rng = np.random.default_rng(1)
    value = pd.Categorical(rng.choice(list("abcdefgh"), 4000))
    result = STATISTICS["fisher_table"].function(value=value, groups=rng.integers(0, 4, 4000))
    assert {v.name: v.value for v in result.values()} == {
        "N": 4000,
        "p_value": None,
        "method": "fisher-freeman-halton: not computed, the table is too large",
    }


def test_cmh_without_events_is_no_test() -> None:
    values = shown("cmh", "0/4 0/3; 0/2 0/2", "", "statistic", "p_value", "estimate", *LIMITS, "breslow_day")
    assert values == (None,) * 6


def test_breslow_day_counts_strata_with_events_and_without_only() -> None:
    assert shown("cmh", "3/4 1/4; 0/3 0/2; 5/5 2/6", "", "homogeneity_parameter", "strata") == (1, 3)


def test_cmh_of_strata_with_one_record_each_is_no_test() -> None:
    assert shown("cmh", "1/1 0/0; 0/0 1/1", "", "statistic", "strata", "N_left_out") == (None, 0, 2)


def test_cmh_table_of_many_values_is_refused() -> None:
    with pytest.raises(ValueError, match="101 different values are too many"):
        cmh_table(np.arange(101.0), np.arange(101) % 2)


def test_cluster_ratio_of_one_subject_has_no_error() -> None:
    values = shown("cluster_difference", "2/3 | 1/2 0/1", "", "estimate1", "std_error1", "estimate", *LIMITS)
    assert values == (pytest.approx(2 / 3), None, pytest.approx(1 / 3), *NONE)


def test_cluster_ratio_of_like_subjects_has_error_0_and_no_test() -> None:
    values = shown("cluster_difference", "1/2 2/4 | 1/3 3/9", "", "std_error", "statistic", "p_value", *LIMITS)
    assert values == (0.0, *NONE, pytest.approx(1 / 6), pytest.approx(1 / 6))


def test_cluster_ratio_without_events_in_a_group() -> None:
    assert shown("cluster_difference", "2/3 1/1 |", "", "N2", "estimate2", "estimate", "conf_low") == (0, None, *NONE)


def test_subject_in_both_groups_is_refused() -> None:
    both = STATISTICS["cluster_difference"].function
    with pytest.raises(ValueError, match=r"1 subject.* both groups, the first S1"):
        both(condition=[True, False], subject=np.array(["S1", "S1"], dtype=object), group=[1, 0])


def test_wilcoxon_of_equal_values() -> None:
    assert shown("wilcoxon", "5 5 5 | 5 5", "", "p_value", "z", "method") == (
        None, None, "normal, continuity correction",
    )  # fmt: skip
    assert shown("wilcoxon", "5 5 5 | 5 5", "test='exact'", "p_value", "z", "method") == (1.0, None, "exact")
    assert shown("hodges_lehmann", "5 5 5 | 5 5", "", "estimate", *LIMITS) == (0.0, 0.0, 0.0)


def test_wilcoxon_of_missing_values_counts_what_is_left() -> None:
    values = shown("wilcoxon", "nan nan | 5 6", "", "n1", "N1", "n2", "p_value", "statistic")
    assert values == (0, 2, 2, *NONE)
    assert shown("hodges_lehmann", "nan | 5 6", "", "estimate", *LIMITS) == (None, *NONE)


def test_wilcoxon_switches_from_exact_at_50_values_and_at_ties() -> None:
    def method(size: int, tie: bool) -> tuple[Any, ...]:
        first = " ".join(map(str, range(size)))
        return shown("wilcoxon", f"{first} | {0.5 if not tie else 0}", "", "method")

    assert method(49, False) == ("exact",)
    assert method(50, False) == method(49, True) == ("normal, continuity correction",)


def test_exact_test_of_large_groups_is_normal_and_says_so() -> None:
    first, second = " ".join(map(str, range(400))), " ".join(str(value + 0.5) for value in range(400))
    (method,) = shown("wilcoxon", f"{first} | {second}", "test='exact'", "method")
    assert method == "normal, continuity correction: too large to be exact"
    (method,) = shown("hodges_lehmann", f"{first} | {second}", "ci='exact'", "method")
    assert method == "normal: too large to be exact"


def test_infinite_value_has_no_rank_and_no_mean() -> None:
    for statistic in ("wilcoxon", "t_test"):
        with pytest.raises(ValueError, match="infinite"):
            found(statistic, "1 inf | 2 3")


def test_shift_that_cannot_reach_the_level_spans_all_differences_and_says_what_it_has() -> None:
    values = shown("hodges_lehmann", "1 2 3 4 | 10 20 30", "", *LIMITS, "conf_level", "conf_level_attained")
    assert values == (-29.0, -6.0, 0.95, pytest.approx(1 - 2 / 35))


def test_van_elteren_leaves_strata_with_one_group_out() -> None:
    values = shown("van_elteren", "1 2 3 | 2 4 5; 7 8 |", "", "strata", "N_left_out", "n1")
    assert values == (1, 2, 5)
    assert shown("van_elteren", "1 1 | 1 1", "", "statistic", "p_value") == NONE
    assert shown("van_elteren", "1 2 |", "", "statistic", "strata") == (None, 0)


def test_kruskal_wallis_of_one_group_or_equal_values_is_no_test() -> None:
    for data in ("1 2 3", "4 4 | 4 | 4 4", "nan | 1 2"):
        assert shown("kruskal_wallis", data, "", "statistic", "p_value") == NONE


def test_summary_of_one_value_and_of_equal_values() -> None:
    one, equal = summary(np.array([0.1])), summary(np.array([0.1, 0.1, 0.1]))
    assert (one.mean, one.sd, one.se, one.lower, one.skewness) == (0.1, None, None, None, None)
    assert (equal.mean, equal.sd, equal.lower, equal.upper, equal.cv, equal.skewness) == (0.1, 0.0, 0.1, 0.1, 0.0, None)


def test_summary_with_mean_0_has_no_coefficient_of_variation() -> None:
    assert summary(np.array([-1.0, 1.0])).cv is None


def test_percentile_beyond_100_is_refused() -> None:
    with pytest.raises(ValueError, match="at=101 is no percentage"):
        found("percentiles", "1 2 3", "at=(101,)")


def test_percentile_of_nothing() -> None:
    assert shown("percentiles", "nan", "at=(50,)", "n", "percentile") == (0, None)


def test_percentile_does_not_miss_a_whole_n_p_by_rounding() -> None:
    # 0.29 * 100 is 28.999999999999996 in floating point; n p is whole, so the two neighbours are averaged.
    values = " ".join(str(value) for value in range(1, 101))
    assert shown("percentiles", values, "at=(29,)", "percentile") == (29.5,)


def test_geometric_mean_of_values_that_are_not_positive() -> None:
    assert shown("geometric_mean", "0 1 2", "", "estimate", "geo_cv", "n_not_positive") == (None, None, 1)
    assert shown("geometric_mean", "4", "", "estimate", "geo_cv", *LIMITS) == (4.0, None, *NONE)
    assert shown("geometric_mean", "nan", "", "estimate", "n") == (None, 0)


def test_t_test_edges() -> None:
    names = ("estimate", "std_error", "statistic", "p_value", *LIMITS)
    assert shown("t_test", "1 2 | nan", "", *names) == (None,) * 6
    assert shown("t_test", "1 2 | 5", "", *names) == (-3.5, *(None,) * 5)
    assert shown("t_test", "1 2 | 5", "variances='equal'", "parameter") == (1.0,)
    assert shown("t_test", "1 | 5", "variances='equal'", *names) == (-4.0, *(None,) * 5)
    assert shown("t_test", "2 2 | 5 5", "", *names) == (-3.0, 0.0, *NONE, -3.0, -3.0)
    assert shown("one_sample_t_test", "7", "", *names) == (7.0, *(None,) * 5)


def test_differences_equal_but_for_rounding_are_not_significant() -> None:
    # 1.3 - 1.2 and 2.3 - 2.2 differ in the sixteenth digit.
    values = shown("paired_t_test", "1.3 2.3 9.3 | 1.2 2.2 9.2", "", "std_error", "statistic", "p_value")
    assert values == (0.0, None, None)


def test_rate_edges() -> None:
    assert shown("incidence_rate", "0/3.5", "", "estimate", "conf_low") == (0.0, 0.0)
    assert shown("incidence_rate", "0/0", "", "estimate", *LIMITS) == (None, *NONE)
    assert shown("incidence_rate", "", "", "estimate", "N", *LIMITS) == (None, 0, *NONE)
    assert shown("rate_ratio", "4/2 0/1", "", "estimate", "conf_high") == NONE
    assert shown("rate_ratio", "0/2 4/1", "", "estimate", "conf_low") == (0.0, 0.0)
    assert shown("rate_ratio", "0/2 0/1", "", "estimate", *LIMITS, "p_value") == (None,) * 4
    assert shown("rate_ratio", "4/2 0/0", "", "estimate", *LIMITS, "p_value") == (None,) * 4
    assert shown("rate_difference", "4/2 0/0", "", "estimate", *LIMITS) == (None, *NONE)
    assert shown("rate_difference", "0/2 0/1", "ci='wald'", "estimate", *LIMITS) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("nan/2", "the number of events of 1 record"),
        ("1/nan", "the exposure of 1 record"),
        ("-1/2", "the number of events is negative: -1"),
        ("1.5/2", "the number of events is not whole: 1.5"),
        ("2/0", "events without exposure"),
    ],
)
def test_rate_of_what_cannot_be_counted_is_refused(data: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        found("incidence_rate", data)


def test_incidence_of_events_beyond_the_population_is_refused() -> None:
    with pytest.raises(ValueError, match="2 subjects have records, but the population has 1"):
        incidence(np.array(["1", "2"], dtype=object), 1)


def test_incidence_in_an_empty_population() -> None:
    values = {value.name: value.value for value in incidence(np.array([], dtype=object), 0).values()}
    assert (values["n"], values["events"], values["estimate"], values["conf_low"]) == (0, 0, None, None)


def by_level(values: tuple[Value, ...], name: str) -> dict[Any, Any]:
    return {value.level: value.value for value in values if value.name == name}


def test_categories_show_named_levels_first_and_missing_last() -> None:
    result = categories(pd.Categorical(["M", None, "M"], categories=["F", "M"]), 5, levels=("U", "M"))
    assert by_level(result.values(), "n") == {"U": 0, "M": 2, "F": 0, "Missing": 1}
    assert by_level(result.values(), "pct")["M"] == pytest.approx(200 / 3)


@pytest.mark.parametrize(("denominator", "total"), [("records", 3), ("known", 2), ("population", 5)])
def test_categories_divide_by_what_is_asked_for(denominator: str, total: int) -> None:
    result = categories(pd.Categorical(["F", None, "M"]), 5, denominator=denominator)
    assert result.total == total
    assert by_level(result.values(), "estimate")["F"] == 1 / total


def test_categories_without_missing_line() -> None:
    assert list(categories(pd.Categorical(["F", None]), 2, missing="").counts) == ["F"]


def test_categories_of_nothing() -> None:
    result = categories(pd.Categorical([], categories=["F"]), 0)
    assert by_level(result.values(), "pct") == {"F": None, "Missing": None}


def test_level_named_as_the_missing_ones_is_refused() -> None:
    with pytest.raises(ValueError, match="missing='Missing' is a level of the text too"):
        categories(pd.Categorical(["Missing", None]), 2)


def test_more_records_than_subjects_cannot_be_divided_by_them() -> None:
    with pytest.raises(ValueError, match="2 records, but the population has 1 subjects"):
        categories(pd.Categorical(["F", "M"]), 1, denominator="population")


def test_shift_table_counts_pairs_and_missing() -> None:
    before, after = pd.Categorical(["0", "0", "1", None]), pd.Categorical(["2", None, "1", "0"])
    result = shift_table(before, after, 4)
    counts = by_level(result.values(), "n")
    assert {pair: count for pair, count in counts.items() if count and " to " in pair} == {
        "0 to 2": 1, "0 to Missing": 1, "1 to 1": 1, "Missing to 0": 1,
    }  # fmt: skip
    assert counts["0"] == 2
    assert by_level(result.values(), "pct")["0 to 2"] == 25.0


def test_shift_table_by_baseline_level() -> None:
    before, after = pd.Categorical(["0", "0", "1", None]), pd.Categorical(["2", None, "1", "0"])
    result = shift_table(before, after, 4, denominator="baseline", missing="")
    assert by_level(result.values(), "pct")["0 to 2"] == 100.0
    assert by_level(result.values(), "pct")["2 to 2"] is None


# --- nothing crashes -------------------------------------------------------------------------------------------

NUMBERS = st.sampled_from([math.nan, 0.0, 1.0, 1.0, 2.5, -3.0])
RECORD = st.tuples(st.booleans(), NUMBERS, st.integers(0, 1), st.integers(0, 2), st.integers(1, 3), NUMBERS)
MINE = [known for known in STATISTICS.values() if known.name in VOCABULARY]


def arguments(known: Known, records: list[Any]) -> dict[str, Any]:
    met, number, group, groups, stratum, other = (list(part) for part in zip(*records)) if records else ([],) * 6
    text = pd.Categorical(["missing" if math.isnan(value) else str(value) for value in number])
    of: dict[str, Any] = {
        "condition": np.array(met, dtype=bool),
        "number": np.array(number, dtype=float),
        "text": text,
        "subject": np.array([f"{side}{level}" for side, level in zip(group, stratum)], dtype=object),
        "population": len(records),
        "group": np.array(group, dtype=np.int64),
        "groups": np.array(groups, dtype=np.int64),
        "strata": np.array(stratum, dtype=np.int64),
    }
    found = {name: of[kind] for name, kind in {**known.columns, **known.passed}.items()}
    if "second" in found:
        found["second"] = np.array(other, dtype=float)
    if "strata" in found and known.name == "relative_risk":
        found["ci"] = "log"  # the only one with a form for strata
    return found


@pytest.mark.parametrize("known", MINE, ids=lambda known: known.name)
@settings(max_examples=60, deadline=None)
@given(records=st.lists(RECORD, max_size=12))
def test_small_and_degenerate_data_give_values_or_none(known: Known, records: list[Any]) -> None:
    """No record, one, one arm, all missing, all equal: values are plain and finite, or None, and p is one."""
    try:
        values = known.function(**arguments(known, records)).values()
    except ValueError as error:
        assert "exposure" in known.columns, error
        return
    names = [(value.name, value.level) for value in values]
    assert len(names) == len(set(names))
    for value in values:
        assert type(value.value) in (int, float, str, type(None)), value
        assert not isinstance(value.value, float) or math.isfinite(value.value), value
        if value.name.startswith("p_") or value.name.endswith("_p"):
            assert value.value is None or (isinstance(value.value, float) and 0 <= value.value <= 1), value
