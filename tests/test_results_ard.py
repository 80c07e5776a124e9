"""Analysis results data: each row computed again from the ADaM files by pandas and SciPy; shapes, reasons."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ard_comparisons
import numpy as np
import pandas as pd
import pyreadstat
import pytest
from pyarrow import parquet
from scipy import stats
from test_results import STUDY, golden, study

from results.ard import Row, alias, shown_format, to_csv, to_json, to_parquet
from results.compute import compute, rows
from results.reasons import reason
from results.statistics.registry import Value
from results.template import fill
from specs.load import load
from specs.problem import Place, SpecError

Series = pd.Series
TESTED = ("population", "subjects", "proportion", "summary", "kaplan_meier")
SUBJECT = {"TRTP": "TRT01P", "TRTA": "TRT01A"}


class Adam:
    """The ADaM files of a build, read by ReadStat (pandas.read_sas reads the number 0 as 5.4e-79)."""

    def __init__(self, folder: Path) -> None:
        self.frames: dict[str, pd.DataFrame] = {
            path.stem.upper(): pyreadstat.read_xport(path)[0] for path in folder.glob("*.xpt")
        }

    def records(self, row: dict[str, str]) -> pd.DataFrame:
        """The records of an ARD row: its population on ADSL, its condition on the dataset."""
        adsl = self.frames["ADSL"]
        subjects = adsl.query(row["population"]) if row["population"] else adsl
        frame = self.frames[row["dataset"]]
        if row["dataset"] != "ADSL":
            lacking = ["USUBJID", *(name for name in adsl.columns if name not in frame.columns)]
            frame = frame.merge(adsl[lacking], on="USUBJID", how="left")
        frame = frame[frame["USUBJID"].isin(subjects["USUBJID"])]
        condition = re.sub(r"missing\((\w+)\)", r"(\1 != \1 or \1 == '')", row["records_where"])
        return frame.query(condition, engine="python") if condition else frame

    def population(self, row: dict[str, str]) -> int:
        """The subjects of the population at the treatment of an ARD row; of all treatments for a total."""
        found = self.frames["ADSL"].query(row["population"])
        name = SUBJECT.get(row["group1"], row["group1"])
        return int((found[name] == row["group1_level"]).sum()) if name in SUBJECT.values() else len(found)


def proportion(adam: Adam, row: dict[str, str]) -> dict[str, Any]:
    frame = adam.records(row)
    n, total = len(frame.query(row["variable"])), len(frame)
    low, high = stats.binomtest(n, total).proportion_ci(0.95, method="exact") if total else (None, None)
    share = n / total if total else None
    return {
        "n": n, "N": total, "estimate": share, "pct": share and 100 * share, "conf_low": low, "conf_high": high,
        "conf_level": 0.95, "method": "clopper_pearson",
    }  # fmt: skip


def subjects(adam: Adam, row: dict[str, str]) -> dict[str, Any]:
    n, total = adam.records(row)["USUBJID"].nunique(), adam.population(row)
    share = n / total if total else None
    return {"n": n, "N": total, "estimate": share, "pct": share and 100 * share}


def population(adam: Adam, row: dict[str, str]) -> dict[str, Any]:
    return {"N": adam.records(row)["USUBJID"].nunique()}


def summary(adam: Adam, row: dict[str, str]) -> dict[str, Any]:
    values = adam.records(row)[row["variable"]]
    known = values.dropna().sort_values().to_numpy()
    n = len(known)

    def percentile(p: float) -> float | None:
        """SAS percentile definition 5: the mean of two neighbours where n p is whole."""
        if not n:
            return None
        at = n * p
        return float((known[int(at) - 1] + known[int(at)]) / 2 if at == int(at) else known[math.ceil(at) - 1])

    mean, sd = (known.mean() if n else None), (known.std(ddof=1) if n > 1 else None)
    low, high = stats.t.interval(0.95, n - 1, mean, sd / math.sqrt(n)) if sd else (None, None)
    if sd == 0:  # the limits of a mean of equal values are that value
        low, high = mean, mean
    further = {
        "N_miss": len(values) - n, "se": None if sd is None else sd / math.sqrt(n), "conf_low": low,
        "conf_high": high, "conf_level": 0.95, "cv": 100 * sd / mean if sd is not None and mean else None,
        "skewness": stats.skew(known, bias=False) if n > 2 and sd else None,
    }  # fmt: skip
    return further | {
        "n": n, "N": len(values), "mean": mean, "sd": sd,
        "median": percentile(0.5), "q1": percentile(0.25), "q3": percentile(0.75),
        "min": known[0] if n else None, "max": known[-1] if n else None,
    }  # fmt: skip


def kaplan_meier(adam: Adam, row: dict[str, str]) -> dict[str, Any]:
    frame = adam.records(row)
    time, event = frame["AVAL"].to_numpy(), (frame["CNSR"] == 0).to_numpy()
    curve = stats.ecdf(stats.CensoredData(uncensored=time[event], right=time[~event])).sf
    limits = curve.confidence_interval(confidence_level=0.95, method="log-log")
    if row["variable"] == "time":
        return at_time(float(row["variable_level"]), time, event, curve, limits)
    found: dict[str, Any] = {
        "n": len(frame), "events": int(event.sum()), "censored": int((~event).sum()), "conf_level": 0.95,
        "method": "log-log",
    }  # fmt: skip
    steps = np.unique(time[event])
    for name, height in (("q1", 0.75), ("median", 0.5), ("q3", 0.25)):
        found[name] = crossing(steps, curve.evaluate(steps), height)
        found[f"{name}_low"] = first(steps, limits.low.evaluate(steps), height)
        found[f"{name}_high"] = first(steps, limits.high.evaluate(steps), height)
    return found


def first(steps: Any, heights: Any, height: float) -> float | None:
    """The first time at which a curve is at or below a height."""
    below = steps[np.nan_to_num(heights, nan=np.inf) <= height + 1e-9]
    return float(below[0]) if len(below) else None


def crossing(steps: Any, heights: Any, height: float) -> float | None:
    """As `first`; the midpoint where the curve equals the height until a later event."""
    at = first(steps, heights, height)
    if at is None or not math.isclose(heights[list(steps).index(at)], height, abs_tol=1e-9):
        return at
    later = steps[steps > at]
    return (at + float(later[0])) / 2 if len(later) else at


def at_time(moment: float, time: Any, event: Any, curve: Any, limits: Any) -> dict[str, Any]:
    at_risk = int((time >= moment).sum())
    survival = float(curve.evaluate(moment))
    known = at_risk > 0 or survival == 0
    variance = sum(
        (d := int(((time == t) & event).sum())) / ((n := int((time >= t).sum())) * (n - d))
        for t in np.unique(time[event])
        if t <= moment and (time > t).any() | ((time == t) & ~event).any()
    )
    # Before the first event log(-log 1) has no value; SciPy gives 1 there.
    undefined = survival in (0, 1)
    low, high = (math.nan if undefined else float(curve.evaluate(moment)) for curve in (limits.low, limits.high))
    found: dict[str, Any] = {
        "at_risk": at_risk,
        "survival": survival,
        "std_error": survival * math.sqrt(variance) if survival else None,
    }
    found |= {"survival_low": low, "survival_high": high, "incidence": 1 - survival}
    found |= {"incidence_low": 1 - high, "incidence_high": 1 - low}
    return {name: value if name == "at_risk" or known else None for name, value in found.items()}


AGAIN: dict[str, Callable[[Adam, dict[str, str]], dict[str, Any]]] = {
    "population": population,
    "subjects": subjects,
    "proportion": proportion,
    "summary": summary,
    "kaplan_meier": kaplan_meier,
}


# SciPy says so of limits at a height of 0 or 1.
@pytest.mark.filterwarnings("ignore:The confidence interval is undefined:RuntimeWarning")
@pytest.mark.parametrize("mode", ["golden_build", "study_build"])
def test_every_row_is_computed_again_from_the_adam_files(mode: str, request: pytest.FixtureRequest) -> None:
    build: Path = request.getfixturevalue(mode)
    adam = Adam(build / "adam")
    with (build / "results" / "ard.csv").open(encoding="utf-8", newline="") as stream:
        table = [row for row in csv.DictReader(stream) if row["context"] in TESTED]
    assert {row["context"] for row in table} == set(TESTED)
    again: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in table:
        names = ("result", "statistic", "population", "records_where", "variable", "variable_level", "context")
        key = tuple(row[name] for name in (*names, "group1_level"))
        if key not in again:
            again[key] = AGAIN[row["context"]](adam, row)
        wanted = again[key][row["stat_name"]]
        where = (key, row["stat_name"], row["stat"], wanted)
        if wanted is None or (isinstance(wanted, float) and math.isnan(wanted)):
            assert row["stat"] == "" and row["stat_fmt"] == "NE" and row["warning"], where
        elif isinstance(wanted, str):
            assert row["stat"] == wanted, where
        else:
            assert row["stat"] and math.isclose(float(row["stat"]), wanted, rel_tol=1e-9, abs_tol=1e-12), where
            assert row["warning"] == "", where


def test_numbers_of_records_and_subjects_are_those_of_the_condition(golden_build: Path) -> None:
    adam = Adam(golden_build / "adam")
    sizes: dict[tuple[str, ...], tuple[int, int]] = {}
    with (golden_build / "results" / "ard.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if not row["records"]:
                continue
            key = (row["dataset"], row["population"], row["records_where"])
            if key not in sizes:
                found = adam.records(row)
                sizes[key] = (len(found), found["USUBJID"].nunique())
            assert (int(row["records"]), int(row["subjects"])) == sizes[key]


@pytest.fixture(scope="module")
def ard() -> list[Row]:
    return rows(compute(study(), golden()))


def test_parquet_holds_the_same_table_with_one_type_a_column(ard: list[Row], tmp_path: Path) -> None:
    table = parquet.read_table(io.BytesIO(to_parquet(ard)))
    found = table.to_pylist()
    given = json.loads(to_json(ard, "X"))["rows"]
    assert [name for name in table.column_names if name != "stat_text"] == list(given[0])
    assert str(table.schema.field("stat").type) == "double"
    for one, other in zip(found, given, strict=True):
        stat = one.pop("stat_text")
        assert (one["stat"] if stat is None else stat) == other["stat"]
        assert {name: one[name] for name in one if name != "stat"} == {n: other[n] for n in other if n != "stat"}


def test_parquet_of_the_same_rows_is_the_same_bytes(ard: list[Row]) -> None:
    assert to_parquet(ard) == to_parquet(ard)
    assert parquet.read_table(io.BytesIO(to_parquet([]))).num_rows == 0


def test_values_are_shown_rounded_half_up_and_formats_are_those_of_cards(ard: list[Row]) -> None:
    found = {(row.context, row.stat_name): (row.stat_fmt, row.fmt_fun) for row in ard if "9" in row.result}
    assert found["summary", "mean"] == ("1998.33", "xx.xx")
    assert found["summary", "n"] == ("3", "xx")
    assert {alias(shown_format("p_value", ".4f")), alias(".0f"), alias("g")} == {"xx.xxxx", "xx", ""}


def test_statistic_that_is_not_estimable_says_why(ard: list[Row]) -> None:
    missing = {
        (row.result, row.groups[0][1], row.stat_name, row.variable_level): row.warning for row in ard if row.warning
    }
    drug, control = "Thymosin Alpha-1 + CT", "Conventional Therapy"
    assert missing["AR.5", drug, "median_high", ""] == "the limit of the curve does not come down to 0.5"
    assert missing["AR.6", control, "median", ""] == "the curve does not come down to 0.5"
    assert missing["AR.5", drug, "survival", "57"] == (
        "no record is followed to time 57, and the curve has not come down to 0"
    )
    assert all(row.stat is None for row in ard if row.warning)
    assert not [row for row in ard if row.stat is None and not row.warning]


def test_rows_without_records_say_so() -> None:
    frames = golden()
    for name in ("ADIRAE", "ADTTE", "ADCS"):
        frames[name] = frames[name].iloc[:0]
    found = {row.warning for row in rows(compute(study(), frames)) if row.stat is None}
    assert found == {"no records"}


def test_statistic_may_say_itself_why_it_is_not_estimable() -> None:
    value = Value("hr", "Hazard ratio", None, ".3f")
    assert reason("cox", value, {"note": "monotone likelihood", "n": 4}, 4) == "monotone likelihood"
    assert reason("other", value, {"n": 4}, 4) == "other gives none for these 4 record(s)"
    assert reason("summary", Value("sd", "SD", None, ".2f"), {"n": 1, "N": 1}, 1) == "one value has no spread"
    assert reason("summary", Value("mean", "Mean", None, ".2f"), {"n": 0, "N": 2}, 2) == "no value that is not missing"
    assert reason("proportion", Value("pct", "%", None, ".1f"), {"n": 0, "N": 0}, 3) == "the denominator is 0"
    assert reason("cox", Value("hr", "Hazard ratio", 1.0, ".3f"), {}, 0) == ""


def test_p_values_are_shown_as_such() -> None:
    head = ("T", "R", "1", "ADSL", "", (), "AVAL", "", "fisher", "p_value", "P-value, two-sided")
    assert Row(*head, 0.00001, ".4f").stat_fmt == "<0.0001"
    assert Row(*head, 0.99999, ".4f").stat_fmt == ">0.9999"
    assert Row(*head, 1.0, ".4f").stat_fmt == "1.0000"
    assert Row(*head[:-2], "p_low", "a limit", 0.00001, ".4f").stat_fmt == "0.0000"
    for name in ("row_means_p", "p_less", "score_p", "difference_p_value", "p_value"):
        assert shown_format(name, ".4f") == "p"
    for name in ("N", "pct", "group_param", "p_low", "competing"):
        assert shown_format(name, ".4f") == ".4f"


def test_csv_keeps_every_digit(ard: list[Row]) -> None:
    table = list(csv.DictReader(io.StringIO(to_csv(ard))))
    assert [float(row["stat"]) for row in table if row["stat_name"] == "sd"] == [
        row.stat for row in ard if row.stat_name == "sd"
    ]


def test_p_value_has_a_format_of_its_own_in_templates() -> None:
    place = Place("results/Lines.csv", 2, "Template")
    assert fill("p {p_value:p}", {"p_value": 0.00004}, place) == "p <0.0001"
    assert fill("{p_value:p}", {"p_value": 0.00015}, place) == "0.0002"
    assert fill("{p_value:.3p}", {"p_value": 0.0496}, place) == "0.050"
    assert fill("{p_value:.3p}", {"p_value": 0.9999}, place) == ">0.999"
    assert fill("{p_value:p}", {"p_value": None}, place) == "NE"
    with pytest.raises(SpecError, match=r"'p4' is no format; write d, \.1f, \.1%, %, p or decode"):
        fill("{p_value:p4}", {"p_value": 0.5}, place)


@pytest.mark.parametrize("mode", ["golden_build", "study_build"])
def test_every_comparison_is_computed_again_from_the_adam_files(mode: str, request: pytest.FixtureRequest) -> None:
    """Estimates, standard errors, statistics and exact p-values; a stratified one and limits stand in other tests."""
    build: Path = request.getfixturevalue(mode)
    adam = Adam(build / "adam")
    stratified = {
        (row.result, f"{row.order:g}") for row in load(STUDY, "adam").statistics if "strata=" in row.statistic
    }
    with (build / "results" / "ard.csv").open(encoding="utf-8", newline="") as stream:
        table = [row for row in csv.DictReader(stream) if row["context"] in ard_comparisons.AGAIN]
    assert {row["context"] for row in table} == set(ard_comparisons.AGAIN)
    held: dict[tuple[str, ...], pd.DataFrame] = {}
    made: dict[tuple[str, ...], dict[str, Any]] = {}
    seen = set()
    for row in table:
        if (row["result"], row["statistic"]) in stratified:
            continue
        key = tuple(row[name] for name in ("dataset", "population", "records_where"))
        if key not in held:
            held[key] = adam.records(row)
        call = (*key, *(row[name] for name in ("context", "variable", "group1_level", "reference")))
        call = (*call, row["stat_name"]) if row["context"] in ("logrank", "cox") else call
        if call not in made:
            made[call] = ard_comparisons.AGAIN[row["context"]](held[key], row)
        again = made[call]
        if row["stat_name"] not in again:
            continue
        wanted, where = again[row["stat_name"]], (row["result"], row["statistic"], key, row["stat_name"], row["stat"])
        seen.add((row["context"], row["stat_name"]))
        if wanted is None:
            assert row["stat"] == "" and row["warning"], where
        else:
            close = 1e-6 if row["context"] == "cox" else 1e-9
            assert row["stat"], (where, wanted)
            assert math.isclose(float(row["stat"]), wanted, rel_tol=close, abs_tol=1e-9), (where, wanted)
    assert len(seen) > 30
