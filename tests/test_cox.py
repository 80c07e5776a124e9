"""The Cox model: golden subjects, likelihoods by enumeration, monotone likelihood, and what is not estimable."""

from __future__ import annotations

from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from results.statistics import cox, logrank, proportional_hazards
from results.statistics.cox_fit import likelihood_of
from results.statistics.cox_likelihood import Slope
from results.statistics.cox_model import MONOTONE, NO_INFORMATION, NO_ROBUST_ERROR
from results.statistics.risk_sets import risk_sets

TIES = ("efron", "breslow", "discrete", "marginal")
# Events of the golden subjects by the study design, section 6.1: 1 is the treatment under study.
TTG1E = ([9, 15, 15, 22, 8, 43, 57, 57], [0, 0, 0, 1, 0, 0, 1, 1], [1, 1, 1, 1, 0, 0, 0, 0])
TTG1S = ([9, 15, 15, 22, 43, 57, 57], [0, 0, 0, 1, 0, 1, 1], [1, 1, 1, 1, 0, 0, 0])
SUBJECTS = np.array(["9001", "9003", "9005", "9007", "9002", "9002", "9004", "9006"], dtype=object)


def fitted(data: tuple[list[int], list[int], list[int]], **options: Any) -> Any:
    time, censor, group = (np.array(values) for values in data)
    return cox(
        time.astype(float), censor.astype(float), group, options.pop("subject", SUBJECTS[: len(time)]), **options
    )


def value(found: Any, name: str) -> Any:
    (one,) = [each for each in found.values() if each.name == name and not each.variable]
    return one.value


def test_golden_events() -> None:
    found = fitted(TTG1E)
    assert round(value(found, "estimate"), 4) == 3.1365
    assert (round(value(found, "conf_low"), 4), round(value(found, "conf_high"), 3)) == (0.3219, 30.559)


def test_golden_events_clustered_by_subject() -> None:
    # summary(coxph(Surv(t, c) ~ g, cluster = c(1, 2, 3, 4, 5, 5, 6, 7)))
    found = fitted(TTG1E, variance="robust")
    (one,) = found.model.coefficients
    assert (one.std_error, one.model_std_error) == pytest.approx((0.88347402, 1.16152958))
    assert (one.lower, one.upper, one.z) == pytest.approx((0.555173302, 17.7197451, 1.29387), rel=1e-5)
    assert value(found, "score") == pytest.approx(1.869217, rel=1e-6)


def test_golden_subjects_have_a_monotone_likelihood() -> None:
    found = fitted(TTG1S)
    assert [value(found, name) for name in ("coef", "estimate", "conf_low", "conf_high", "p_value")] == [None] * 5
    assert value(found, "note") == MONOTONE
    assert (value(found, "wald"), value(found, "wald_p")) == (None, None)
    # coxph warns that the coefficient may be infinite; f$score, and 2 * (sup - f$loglik[1]) with the log likelihood
    # of the limit, sup <- coxph(Surv(t, e) ~ strata(g))$loglik.
    assert value(found, "score") == pytest.approx(3.1793946126076)
    assert value(found, "lr") == pytest.approx(4.338107400739)


def test_profile_of_a_monotone_likelihood_has_the_limit_that_the_data_bound() -> None:
    found = fitted(TTG1S, ci="profile").model.coefficients[0]
    # uniroot(function(v) coxph(Surv(t, e) ~ offset(v * g))$loglik - sup + qchisq(.95, 1) / 2, c(-5, 10))
    assert found.upper is None
    assert found.lower == pytest.approx(1.1845326544837, rel=1e-8)
    swapped = (TTG1S[0], TTG1S[1], [1 - one for one in TTG1S[2]])
    other = fitted(swapped, ci="profile").model.coefficients[0]
    assert (other.lower, other.upper) == (None, pytest.approx(1 / 1.1845326544837, rel=1e-8))


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize(
    ("time", "censor", "group", "note"),
    [
        ([1, 2, 3, 4], [1, 1, 1, 1], [0, 1, 0, 1], NO_INFORMATION),  # all censored
        ([1, 2, 3, 4], [0, 0, 0, 0], [1, 1, 1, 1], NO_INFORMATION),  # an empty arm
        ([1, 2, 3, 4], [0, 0, 0, 0], [0, 0, 0, 0], NO_INFORMATION),
        ([], [], [], NO_INFORMATION),
        ([5], [0], [1], NO_INFORMATION),
        ([0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 0, 1], None),  # one time for all
        ([1, 2, 3, 4], [0, 1, 1, 1], [1, 0, 1, 0], MONOTONE),  # one event
        ([1, 2, 3, 4], [0, 0, 0, 0], [1, 1, 0, 0], MONOTONE),  # all events of one arm first
        ([0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0], ""),  # times 0
        ([3, 1, 2, 4], [0, 0, 0, 0], [1, 0, 0, 0], ""),  # one record in an arm
    ],
)
def test_edges(ties: str, time: list[float], censor: list[float], group: list[int], note: str | None) -> None:
    model = proportional_hazards(time, censor, np.array(group, dtype=float), ties=ties)
    (one,) = model.coefficients
    if note is None:  # Efron and Breslow compare tied events with each other; the exact likelihoods do not.
        note = "" if ties in ("efron", "breslow") else NO_INFORMATION
    assert one.note == note
    assert (one.estimate is None) == bool(note)
    assert all(x is None or np.isfinite(x) for x in (one.estimate, one.std_error, one.lower, one.upper, one.p_value))


def test_event_of_one_arm_in_each_stratum_is_monotone_only_where_the_other_is_at_risk() -> None:
    # Stratum 1 has a single arm and says nothing.
    time, censor = [1, 2, 3, 1, 2], [0, 1, 0, 0, 0]
    found = proportional_hazards(time, censor, [1.0, 0, 0, 0, 0], [0, 0, 0, 1, 1])
    assert found.coefficients[0].note == MONOTONE
    assert (found.records, found.events) == (5, 4)


def test_stratum_with_a_single_arm_changes_no_estimate() -> None:
    time, censor, group = np.array([1.0, 2, 3, 4, 5]), np.zeros(5), np.array([0.0, 1, 0, 1, 0])
    alone = proportional_hazards(time, censor, group)
    extra = proportional_hazards(
        np.append(time, [1, 2]), np.append(censor, [0, 0]), np.append(group, [1, 1]), [0, 0, 0, 0, 0, 1, 1]
    )
    found = (extra.coefficients[0].estimate, extra.coefficients[0].std_error, extra.score.statistic)
    assert found == pytest.approx(
        (alone.coefficients[0].estimate, alone.coefficients[0].std_error, alone.score.statistic)
    )


def test_level_without_events_leaves_the_other_ratio() -> None:
    # The second coefficient runs away; in the limit its level is compared with none of the others.
    time = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9])
    censor = np.array([0, 0, 0, 0, 1, 1, 0, 1, 1])
    level = np.array([0, 1, 1, 0, 2, 2, 0, 1, 2])
    found = proportional_hazards(time, censor, np.column_stack([level == 1, level == 2]))
    assert [one.note for one in found.coefficients] == ["", MONOTONE]
    without = level != 2
    alone = proportional_hazards(time[without], censor[without], level[without] == 1)
    assert found.coefficients[0].estimate == pytest.approx(alone.coefficients[0].estimate, rel=1e-10)
    assert found.coefficients[0].std_error == pytest.approx(alone.coefficients[0].std_error, rel=1e-10)
    assert (found.score.df, found.likelihood_ratio.df, found.wald.statistic) == (2, 2, None)


def test_column_that_repeats_an_earlier_one_has_no_estimate() -> None:
    time, z = np.array([4.0, 1, 3, 2, 5, 6]), np.array([1.0, 5, 2, 2, 3, 1])
    found = proportional_hazards(time, np.zeros(6), np.column_stack([z, 3 - 2 * z]))
    alone = proportional_hazards(time, np.zeros(6), z)
    assert found.coefficients[0].estimate == pytest.approx(alone.coefficients[0].estimate, rel=1e-10)
    assert found.coefficients[1].note == NO_INFORMATION
    assert found.score.df == 1


def test_record_without_a_covariate_is_left_out_and_counted() -> None:
    found = proportional_hazards([1, 2, 3, 4, 5], [0] * 5, [1.0, 0, np.nan, 1, 0])
    assert (found.records, found.left_out, found.events) == (4, 1, 4)
    assert found.coefficients == proportional_hazards([1, 2, 4, 5], [0] * 4, [1.0, 0, 1, 0]).coefficients


def test_ratio_beyond_the_range_of_numbers_is_none() -> None:
    x = np.array([1.0, 0, 1, 0, 0, 1]) * 1e-6
    (one,) = proportional_hazards([1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 0, 1], x).coefficients
    (unit,) = proportional_hazards([1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 0, 1], x * 1e6).coefficients
    assert one.estimate == pytest.approx((unit.estimate or 0) * 1e6)
    assert (one.z, one.upper) == (pytest.approx(unit.z), None)


def test_one_cluster_has_no_robust_error() -> None:
    (one,) = proportional_hazards(
        [1, 2, 3, 4], [0] * 4, [1.0, 0, 0, 1], cluster=[7] * 4, variance="robust"
    ).coefficients
    assert (one.std_error, one.note) == (None, NO_ROBUST_ERROR)
    assert one.estimate is not None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ties": "exact"}, "means two things: write 'discrete'"),
        ({"ties": "kp"}, "ties='kp' is not known"),
        ({"ties": "discrete", "variance": "robust"}, "robust variance needs ties"),
        ({"ci": "profile", "variance": "robust"}, "robust variance needs ties"),
        ({"level": 95}, "no confidence level"),
        ({"strata": [0, 1]}, "4 times, but 2 codes of strata"),
        ({"strata": [0, 1, 0.5, 0]}, "no whole number"),
        ({"cluster": [1, 2], "variance": "robust"}, "4 times, but 2 identifiers"),
        ({"cluster": ["a", None, "b", "c"], "variance": "robust"}, "cluster of 1 record"),
    ],
)
def test_wrong_arguments_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        proportional_hazards([1, 2, 3, 4], [0, 0, 1, 0], [1.0, 0, 1, 0], **options)


def test_group_of_three_levels_is_refused() -> None:
    with pytest.raises(ValueError, match="group holds 2"):
        cox(np.array([1.0, 2, 3]), np.zeros(3), np.array([0, 1, 2]), np.arange(3))


def test_values_name_covariates_by_number() -> None:
    data = (TTG1E[0], TTG1E[1], TTG1E[2])
    found = fitted(data, covariates=np.array([2.0, 1, 3, 2, 5, 4, 1, 2]))
    ratios = [(one.variable, one.level) for one in found.values() if one.name == "estimate"]
    assert ratios == [("", None), ("covariate", 1.0)]


# Likelihoods by their definitions, with every order or set of tied events written out.


def enumerated(time: np.ndarray, event: np.ndarray, hazard: np.ndarray, ties: str) -> float:
    total = 0.0
    for moment in np.unique(time[event]):
        at_risk, dead = np.flatnonzero(time >= moment), np.flatnonzero((time == moment) & event)
        if ties == "discrete":
            sets = sum(hazard[list(chosen)].prod() for chosen in combinations(at_risk, len(dead)))
            total += np.log(hazard[dead].prod() / sets)
            continue
        probability = 0.0
        for order in permutations(dead):
            left, one = hazard[at_risk].sum(), 1.0
            for each in order:
                one *= hazard[each] / left
                left -= hazard[each]
            probability += one
        total += np.log(probability)
    return total


@pytest.mark.parametrize("ties", ["discrete", "marginal"])
@pytest.mark.parametrize("seed", range(5))
def test_likelihood_of_ties_by_enumeration(ties: str, seed: int) -> None:
    draw = np.random.RandomState(seed)
    time, event = draw.randint(1, 4, 11).astype(float), draw.rand(11) < 0.7
    x = np.column_stack([draw.randint(0, 2, 11), draw.randn(11)])
    beta = 1.5 * draw.randn(2)
    risk = risk_sets(time, event)
    found = likelihood_of(risk, np.ascontiguousarray(x[risk.order].T), ties)(beta)
    assert found.loglik == pytest.approx(enumerated(time, event, np.exp(x @ beta), ties), rel=1e-11)


@pytest.mark.parametrize("ties", TIES)
def test_score_and_information_are_the_derivatives(ties: str) -> None:
    draw = np.random.RandomState(8)
    time, event = draw.randint(1, 9, 60).astype(float), draw.rand(60) < 0.7
    x = np.column_stack([draw.randint(0, 2, 60), draw.randn(60)])
    risk = risk_sets(time, event, draw.randint(0, 2, 60))
    likelihood = likelihood_of(risk, np.ascontiguousarray(x[risk.order].T), ties)
    beta, step = np.array([0.3, -0.7]), 1e-5

    def change(of: str) -> np.ndarray:
        def at(slope: Slope) -> Any:
            return getattr(slope, of)

        moves = step * np.eye(2)
        return np.array([(at(likelihood(beta + move)) - at(likelihood(beta - move))) / (2 * step) for move in moves])

    assert likelihood(beta).score == pytest.approx(change("loglik"), rel=1e-6)
    assert likelihood(beta).information == pytest.approx(-change("score"), rel=1e-6)


def test_marginal_likelihood_of_extreme_hazards() -> None:
    # Two tied events with hazards a and b before one other with hazard 1: the integral of (1 - u^a) (1 - u^b) over
    # 0 to 1 is 1 - 1/(1 + a) - 1/(1 + b) + 1/(1 + a + b).
    for a, b in ((1e-6, 1e-5), (1.0, 1e7), (1e8, 1e9), (1e-4, 1e6)):
        x = np.log([a, b, 1.0])
        risk = risk_sets(np.array([1.0, 1, 2]), np.array([True, True, False]))
        found = likelihood_of(risk, x[risk.order][None], "marginal")(np.ones(1)).loglik
        # The same without the cancellation of the sum.
        exact = np.log(a * b * (a + b + 2) / ((a + 1) * (b + 1) * (a + b + 1)))
        assert found == pytest.approx(exact, rel=1e-10, abs=1e-12)


def test_exact_likelihood_of_two_values_is_that_of_sets() -> None:
    draw = np.random.RandomState(3)
    time, event, x = draw.randint(1, 9, 80).astype(float), draw.rand(80) < 0.8, draw.randint(0, 2, 80).astype(float)
    quick = proportional_hazards(time, ~event, x, ties="discrete")
    # A second column that is constant forces the general recursion.
    general = proportional_hazards(time, ~event, np.column_stack([x, np.ones(80)]), ties="discrete")
    assert general.coefficients[0].estimate == pytest.approx(quick.coefficients[0].estimate, rel=1e-9)
    assert general.coefficients[0].std_error == pytest.approx(quick.coefficients[0].std_error, rel=1e-9)
    assert general.loglik == pytest.approx(quick.loglik, rel=1e-11)


def test_too_many_ties_for_the_exact_likelihood_are_refused() -> None:
    draw = np.random.RandomState(3)
    with pytest.raises(ValueError, match="too many for ties='discrete'"):
        proportional_hazards(np.ones(20_000), np.zeros(20_000), draw.randn(20_000), ties="discrete")


RECORDS = st.lists(
    st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 2), st.integers(0, 2), st.integers(0, 1)),
    min_size=2,
    max_size=14,
)


@settings(max_examples=150, deadline=None)
@given(RECORDS, st.sampled_from(TIES))
def test_monotone_likelihood_is_what_all_comparisons_say(
    rows: list[tuple[int, bool, int, int, int]], ties: str
) -> None:
    """By one linear programme over every pair of an event and another at risk, not those that matter alone."""
    time, event, one, two, stratum = (np.array(column) for column in zip(*rows))
    x = np.column_stack([one, two]).astype(float)
    found = proportional_hazards(time, ~event, x, stratum, ties=ties)
    if any(each.note == NO_INFORMATION for each in found.coefficients):
        return
    pairs = [
        x[i] - x[j]
        for i in np.flatnonzero(event)
        for j in range(len(time))
        if stratum[i] == stratum[j]
        and time[j] >= time[i]
        and (ties in ("efron", "breslow") or not (event[j] and time[j] == time[i]))
    ]
    all_pairs = np.array(pairs).reshape(-1, 2)
    best = optimize.linprog(
        -all_pairs.sum(axis=0), A_ub=-all_pairs, b_ub=np.zeros(len(pairs)), bounds=(-1, 1), method="highs"
    )
    assert any(each.note == MONOTONE for each in found.coefficients) == (-best.fun > 1e-6)


def test_trend_score_test_is_the_logrank_trend() -> None:
    time, censor = np.array([1.0, 1, 2, 2, 3, 3, 4, 5]), np.array([0, 0, 0, 1, 0, 0, 0, 1])
    level = np.array([2, 1, 2, 0, 1, 0, 0, 1])
    model = proportional_hazards(time, censor, level.astype(float), ties="discrete")
    found = logrank(time, censor, level, test="trend")
    assert found.chi_square == pytest.approx(model.score.statistic, rel=1e-12)


def test_likelihood_on_a_plateau_has_no_estimate_but_a_score_test() -> None:
    """Almost monotone: one comparison in thirteen, of 0.02 in x, holds the coefficients back.

    R 4.2.2, survival 3.5-3: coxph(Surv(t, e) ~ g + x + strata(s)) stops at coefficients -55.4 and 31.0 with standard
    errors 4.5e6 and 37; its score test is 7.87860040082834. The information has no inverse in double precision there.
    """
    rows = """
        0 1.785 1 0 -2.27; 0 4.745 1 1 1.25; 0 6.86 0 1 -0.52; 0 32.518 0 1 -0.84; 1 0.452 0 1 2.48
        1 3.221 0 0 -0.91; 1 5.467 1 1 -0.11; 1 6.406 0 1 -0.34; 1 7.984 0 1 -0.32; 1 23.808 1 1 -0.38
        2 1.498 1 0 0.37; 2 1.961 0 1 -0.6
    """
    stratum, time, censor, group, x = (
        np.array(rows.replace("\n", ";").replace(";", " ").split(), float).reshape(-1, 5).T
    )
    for ties in ("efron", "breslow", "discrete", "marginal"):
        found = cox(time, censor, group.astype(int), np.arange(12), stratum.astype(int), x[:, None], ties=ties)
        assert [one.estimate for one in found.model.coefficients] == [None, None]
        assert "flat" in found.model.coefficients[0].note
        assert found.model.score.statistic == pytest.approx(7.87860040082834, rel=1e-9)
        assert found.model.likelihood_ratio.statistic is None and found.model.wald.statistic is None
