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
)  # fmt: skip
TIMES = (
    "kaplan_meier(AVAL, CNSR, at=(15, 57))", "logrank(AVAL, CNSR)", f"cox(AVAL, CNSR, {AGAINST})",
    f"cox(AVAL, CNSR, {AGAINST}, variance='robust')", f"rmst(AVAL, CNSR, {AGAINST}, tau=20)",
)  # fmt: skip
AMOUNTS = ("summary(AVAL)", f"wilcoxon(AVAL, {AGAINST})", f"hodges_lehmann(AVAL, {AGAINST})")
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
        if row.stat is None and row.stat_name not in ("note", "std_error"):
            assert row.warning, row


def value(found: list[Row], context: str, name: str) -> object:
    return next(row.stat for row in found if row.context == context and row.stat_name == name)


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
