"""Records at the edges: no events, all events, one subject, an arm without records, ties everywhere.

Nothing stops; what cannot be estimated is empty, with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest
from test_results import CTRL, STUDY, TA1, golden, study

from results.ard import Row
from results.compute import compute, rows
from specs.load import load
from specs.model import Spec

AGAINST = f"reference={CTRL!r}"
RATES = (
    "proportion(AVAL == 1)", "cluster_ratio(AVAL == 1)", f"difference(AVAL == 1, {AGAINST})",
    f"difference(AVAL == 1, {AGAINST}, ci='newcombe')", f"cluster_difference(AVAL == 1, {AGAINST})",
    f"fisher(AVAL == 1, {AGAINST})", f"cmh(AVAL == 1, {AGAINST}, strata=SITE)",
    f"odds_ratio(AVAL == 1, {AGAINST})", f"relative_risk(AVAL == 1, {AGAINST})",
    f"difference(AVAL == 1, {AGAINST}, ci='hauck_anderson')", f"odds_ratio(AVAL == 1, {AGAINST}, ci='exact')",
    f"chi_square(AVAL == 1, {AGAINST})", "chi_square_table(AVAL)", "fisher_table(AVAL)", "cmh_table(AVAL, strata=SITE)",
)  # fmt: skip
TIMES = (
    "kaplan_meier(AVAL, CNSR, at=(15, 57))", "logrank(AVAL, CNSR)", f"cox(AVAL, CNSR, {AGAINST})",
    f"cox(AVAL, CNSR, {AGAINST}, variance='robust')", f"rmst(AVAL, CNSR, {AGAINST}, tau=20)",
    f"cox(AVAL, CNSR, {AGAINST}, ci='profile')", f"zph(AVAL, CNSR, {AGAINST})", "gray(AVAL, CNSR, CNSR == 3)",
    "cumulative_incidence(AVAL, CNSR, CNSR == 3, at=(15, 57))", "incidence_rate(1 if CNSR == 0 else 0, AVAL)",
    f"rate_difference(1 if CNSR == 0 else 0, AVAL, {AGAINST})", f"rate_ratio(1 if CNSR == 0 else 0, AVAL, {AGAINST})",
)  # fmt: skip
AMOUNTS = (
    "summary(AVAL)", f"wilcoxon(AVAL, {AGAINST})", f"hodges_lehmann(AVAL, {AGAINST})", "geometric_mean(AVAL)",
    f"t_test(AVAL, {AGAINST})", f"t_test(AVAL, {AGAINST}, variances='equal')", "one_sample_t_test(AVAL)",
    "kruskal_wallis(AVAL)", f"van_elteren(AVAL, {AGAINST})", "percentiles(AVAL)",
)  # fmt: skip
CALLS = (("AR.1", RATES), ("AR.5", TIMES), ("AR.9", AMOUNTS))
Frames = dict[str, pd.DataFrame]


def with_value(name: str, column: str, value: float) -> Callable[[Frames], None]:
    def change(frames: Frames) -> None:
        frames[name] = frames[name].assign(**{column: value})

    return change


def only(keep: dict[str, int | None]) -> Callable[[Frames], None]:
    """So many subjects of each arm, None for all: their records alone are there, and in ADSL they alone."""

    def change(frames: Frames) -> None:
        adsl = frames["ADSL"]
        arms = {arm: adsl[adsl["TRT01P"] == arm] for arm in keep}
        parts = [arms[arm].iloc[: len(adsl) if count is None else count] for arm, count in keep.items()]
        frames["ADSL"] = pd.concat(parts, ignore_index=True)
        kept = set(frames["ADSL"]["USUBJID"])
        for name, frame in frames.items():
            frames[name] = frame[frame["USUBJID"].isin(kept)].reset_index(drop=True)

    return change


EDGES: dict[str, Callable[[Frames], None]] = {
    "no event meets the criterion": with_value("ADIRAE", "AVAL", 0.0),
    "every event meets it": with_value("ADIRAE", "AVAL", 1.0),
    "all censored": with_value("ADTTE", "CNSR", 1.0),
    "all with an event": with_value("ADTTE", "CNSR", 0.0),
    "every time the same": with_value("ADTTE", "AVAL", 15.0),
    "every amount the same": with_value("ADCS", "AVAL", 100.0),
    "one subject in an arm": only({TA1: 1, CTRL: None}),
    "one subject in each arm": only({TA1: 1, CTRL: 1}),
    "no subject in the reference": only({TA1: None, CTRL: 0}),
    "no subject but in the reference": only({TA1: 0, CTRL: None}),
}


def spec_of(calls: tuple[tuple[str, tuple[str, ...]], ...]) -> Spec:
    """The displays of the tests with these calls, and the codelist of the arms."""
    spec, whole = study(), load(STUDY, "adam")
    first = spec.statistics[0]
    statistics = tuple(
        replace(first, result=result, order=float(place), statistic=text, by=())
        for result, texts in calls
        for place, text in enumerate(texts, start=1)
    )
    return replace(spec, statistics=statistics, variables=whole.variables, codelists=whole.codelists, lines=())


def table(change: Callable[[Frames], None]) -> list[Row]:
    frames = golden()
    for name, frame in frames.items():
        frames[name] = frame.assign(SITE="01") if name == "ADIRAE" else frame
    change(frames)
    return rows(compute(spec_of(CALLS), frames))


def arms_of(found: list[Row]) -> set[str]:
    """The arms that have a column: those with subjects. Without the compared arm no comparison has a column."""
    return {level for row in found if row.context == "population" for _, level in row.groups}


@pytest.mark.parametrize("edge", EDGES)
def test_every_statistic_answers_at_an_edge(edge: str) -> None:
    found = table(EDGES[edge])
    texts = [text for _, texts in CALLS for text in texts if TA1 in arms_of(found) or AGAINST not in text]
    wanted = {text.partition("(")[0] for text in texts}
    assert {row.context for row in found} >= wanted
    for row in found:
        if isinstance(row.stat, float):
            assert math.isfinite(row.stat), row
        if row.stat is None:
            assert row.warning and "gives none for" not in row.warning, row


def value(found: list[Row], context: str, name: str) -> object:
    return next(row.stat for row in found if row.context == context and row.stat_name == name)


@pytest.mark.parametrize(
    ("edge", "context", "name", "why"),
    [
        ("no event meets the criterion", "odds_ratio", "estimate", "the condition holds for no record"),
        ("every event meets it", "chi_square", "p_value", "the condition holds for every record"),
        ("no subject in the reference", "difference", "estimate", "no record of the reference group"),
        ("no subject in the reference", "hodges_lehmann", "estimate", "no value of the reference group"),
        ("all censored", "logrank", "p_value", "no events, or one level only is at risk at them"),
        ("all censored", "rate_ratio", "estimate", "a group has no events"),
        ("one subject in each arm", "t_test", "std_error", "one value has no spread"),
        ("every amount the same", "t_test", "p_value", "the values have no spread"),
        ("every amount the same", "kruskal_wallis", "p_value", "one group only, or all values are equal"),
        ("all with an event", "difference", "std_error", "not a part of the method miettinen_nurminen"),
    ],
)
def test_what_is_not_estimable_says_what_the_data_lack(edge: str, context: str, name: str, why: str) -> None:
    rows_of = [row for row in table(EDGES[edge]) if row.context == context and row.stat_name == name]
    assert rows_of[0].stat is None and rows_of[0].warning == why


def test_without_an_arm_nothing_is_compared() -> None:
    found = table(EDGES["no subject in the reference"])
    assert value(found, "proportion", "n") == 3
    for context, name in (
        ("difference", "estimate"), ("fisher", "p_value"), ("cox", "estimate"), ("logrank", "p_value"),
        ("wilcoxon", "p_value"), ("hodges_lehmann", "estimate"), ("cluster_difference", "estimate"),
    ):  # fmt: skip
        assert value(found, context, name) is None, context


def test_without_events_no_median_and_no_hazard_ratio() -> None:
    found = table(EDGES["all censored"])
    assert value(found, "kaplan_meier", "events") == 0
    assert [value(found, "kaplan_meier", name) for name in ("median", "median_low", "median_high")] == [None] * 3
    assert value(found, "cox", "estimate") is None and value(found, "logrank", "p_value") is None


def test_equal_amounts_do_not_differ() -> None:
    found = table(EDGES["every amount the same"])
    assert value(found, "hodges_lehmann", "estimate") == 0
    assert value(found, "wilcoxon", "p_value") is None  # ranks that all tie have no variance
    assert (value(found, "summary", "mean"), value(found, "summary", "sd")) == (100, 0)


def test_rates_of_zero_and_of_one_differ_by_nothing() -> None:
    for edge, share in (("no event meets the criterion", 0), ("every event meets it", 1)):
        found = table(EDGES[edge])
        assert value(found, "proportion", "estimate") == share
        assert value(found, "difference", "estimate") == 0 and value(found, "fisher", "p_value") == 1
