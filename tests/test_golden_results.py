"""The per-arm cells of the golden endpoint table (study design, section 6.1), from the built results."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from specs.load import load

STUDY = Path(__file__).parents[1] / "specs" / "nct06178146"
TA1, CTRL = "Thymosin Alpha-1 + CT", "Conventional Therapy"

# parameter, arm, responders, denominator; percentages and limits where the table prints them
RATES = [
    ("RELW1", TA1, 3, 4, (75.0, 19.4, 99.4)),
    ("RELW1", CTRL, 1, 4, (25.0, 0.6, 80.6)),
    ("SRELW1", TA1, 3, 4, None),
    ("SRELW1", CTRL, 0, 3, (0.0, 0.0, 70.8)),
    ("RELW1V", TA1, 4, 4, None),
    ("RELW1V", CTRL, 1, 4, None),
    ("RELW1P", TA1, 2, 4, None),
    ("RELW1P", CTRL, 1, 4, None),
    ("RELW1T", TA1, 1, 3, None),
    ("RELW1T", CTRL, 1, 4, None),
    ("G1W2", TA1, 3, 4, None),
    ("G1W2", CTRL, 1, 4, None),
    ("G1W4", TA1, 3, 4, None),
    ("G1W4", CTRL, 1, 4, None),
    ("G1W6", TA1, 3, 4, None),
    ("G1W6", CTRL, 2, 4, (50.0, 6.8, 93.2)),
    ("G1W8", TA1, 3, 4, None),
    ("G1W8", CTRL, 2, 4, (50.0, 6.8, 93.2)),
    ("SG1W2", TA1, 3, 4, None),
    ("SG1W2", CTRL, 0, 3, None),
    ("SG1W4", TA1, 3, 4, None),
    ("SG1W4", CTRL, 0, 3, None),
    ("SG1W6", TA1, 3, 4, None),
    ("SG1W6", CTRL, 1, 3, None),
    ("SG1W8", TA1, 3, 4, None),
    ("SG1W8", CTRL, 1, 3, None),
    ("CSIVYN", TA1, 3, 4, None),
    ("CSIVYN", CTRL, 1, 3, None),
]
# parameter, arm, median, lower, upper; None: not estimable
MEDIANS = [
    ("TTG1E", TA1, 15, 9, None),
    ("TTG1E", CTRL, 43, 8, None),
    ("TTG1S", TA1, 15, 9, None),
    ("TTG1S", CTRL, None, 43, None),
]
# parameter, arm, statistic, value to the printed decimals
SUMMARIES = [
    ("CSCUM", TA1, "mean", 1296.25, 2),
    ("CSCUM", TA1, "sd", 518.13, 2),
    ("CSCUM", TA1, "median", 1237.5, 1),
    ("CSCUM", TA1, "q1", 907.5, 1),
    ("CSCUM", TA1, "q3", 1685, 0),
    ("CSCUM", CTRL, "mean", 1998.33, 2),
    ("CSCUM", CTRL, "sd", 1062.43, 2),
    ("CSCUM", CTRL, "q1", 1370, 0),
    ("CSCUM", CTRL, "median", 1400, 0),
    ("CSCUM", CTRL, "q3", 3225, 0),
    ("CSDUR", TA1, "mean", 28.5, 1),
    ("CSDUR", TA1, "median", 25, 0),
    ("CSDUR", CTRL, "mean", 36.33, 2),
    ("CSDUR", CTRL, "median", 41, 0),
]
# parameter, call, option that it names, value to the printed decimals, in percent. Newcombe's lower limit of RELW1 is
# -13.547: section 6.1 prints -13.6, rounded twice.
COMPARISONS = [
    ("RELW1", "difference(", "miettinen_nurminen", {"estimate": 50.0, "conf_low": -22.2, "conf_high": 86.8}),
    ("RELW1", "difference(", "newcombe", {"conf_low": -13.5, "conf_high": 78.9}),
    ("SRELW1", "difference(", "miettinen_nurminen", {"estimate": 75.0, "conf_low": -5.2, "conf_high": 95.9}),
    ("SRELW1", "difference(", "newcombe", {"conf_low": 3.1, "conf_high": 95.4}),
    ("G1W2", "difference(", "miettinen_nurminen", {"estimate": 50.0}),
    ("G1W4", "difference(", "miettinen_nurminen", {"estimate": 50.0}),
    ("G1W6", "difference(", "miettinen_nurminen", {"estimate": 25.0}),
    ("G1W8", "difference(", "miettinen_nurminen", {"estimate": 25.0, "conf_low": -41.5, "conf_high": 74.2}),
    ("RELW1", "cluster_difference(", "", {"std_error": 31.25}),
]
TESTS = [
    ("RELW1", "fisher", "p_value", 0.4857, 4),
    ("SRELW1", "fisher", "p_value", 0.1429, 4),
    ("G1W8", "fisher", "p_value", 1.0, 4),
    ("TTG1E", "logrank", "statistic", 0.96351, 5),
    ("TTG1E", "logrank", "p_value", 0.3263, 5),
    ("TTG1S", "logrank", "statistic", 3.16456, 5),
    ("TTG1S", "logrank", "p_value", 0.07525, 5),
    ("TTG1E", "cox", "estimate", 3.1365, 4),
    ("TTG1E", "cox", "conf_low", 0.3219, 4),
    ("TTG1E", "cox", "conf_high", 30.559, 3),
    ("TTG1S", "cox", "estimate", None, 0),
    ("CSCUM", "wilcoxon", "p_value", 0.6286, 4),
    ("CSDUR", "wilcoxon", "p_value", 0.8571, 4),
    ("CSCUM", "hodges_lehmann", "estimate", -477.5, 1),
    ("CSCUM", "hodges_lehmann", "conf_low", -2475, 0),
    ("CSCUM", "hodges_lehmann", "conf_high", 590, 0),
    ("CSDUR", "hodges_lehmann", "estimate", -7.5, 1),
    ("CSDUR", "hodges_lehmann", "conf_low", -41, 0),
    ("CSDUR", "hodges_lehmann", "conf_high", 37, 0),
]


@pytest.fixture(scope="module")
def ard(golden_build: Path) -> list[dict[str, str]]:
    with (golden_build / "results" / "ard.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _stats(ard: list[dict[str, str]], parameter: str, arm: str, context: str) -> dict[str, str]:
    """The statistics of the main analysis of a parameter in an arm: no further population than FAS."""
    found: dict[str, str] = {}
    for row in ard:
        alone = row["where"] == f"FASFL == 'Y' and PARAMCD == '{parameter}'" and not row["group2"]
        by_parameter = row["population"] == "FASFL == 'Y'" and row["group2_level"] == parameter and not row["group3"]
        named = alone or by_parameter
        if named and row["group1_level"] == arm and row["context"] == context and row["variable"] != "time":
            found[row["stat_name"]] = row["stat"]
    assert found, (parameter, arm, context)
    return found


@pytest.mark.parametrize(("parameter", "arm", "count", "total", "limits"), RATES)
def test_rate_of_golden_subjects(
    ard: list[dict[str, str]], parameter: str, arm: str, count: int, total: int,
    limits: tuple[float, float, float] | None,
) -> None:  # fmt: skip
    stats = _stats(ard, parameter, arm, "proportion")
    assert (float(stats["n"]), float(stats["N"])) == (count, total)
    if limits:
        estimate, low, high = (100 * float(stats[name]) for name in ("estimate", "conf_low", "conf_high"))
        assert (round(estimate, 1), round(low, 1), round(high, 1)) == limits


@pytest.mark.parametrize(("parameter", "arm", "median", "low", "high"), MEDIANS)
def test_median_time_of_golden_subjects(
    ard: list[dict[str, str]], parameter: str, arm: str, median: float | None, low: float, high: float | None
) -> None:
    stats = _stats(ard, parameter, arm, "kaplan_meier")
    found = [float(stats[name]) if stats[name] else None for name in ("median", "median_low", "median_high")]
    assert found == [median, low, high]


@pytest.mark.parametrize(("parameter", "arm", "statistic", "value", "digits"), SUMMARIES)
def test_steroid_summary_of_golden_subjects(
    ard: list[dict[str, str]], parameter: str, arm: str, statistic: str, value: float, digits: int
) -> None:
    stats = _stats(ard, parameter, arm, "summary")
    assert round(float(stats[statistic]), digits) == value


def _compared(ard: list[dict[str, str]], parameter: str, call: str, ci: str = "") -> dict[str, str]:
    """The statistics of the first comparison of a parameter by a call, of the main analysis."""
    spec = load(STUDY, "adam")
    wanted = {
        (row.result, f"{row.order:g}")
        for row in spec.statistics
        if row.statistic.startswith(call) and ci in row.statistic and "strata" not in row.statistic
    }
    found: dict[str, str] = {}
    for row in ard:
        by = (row["group1_level"], row["group2_level"])
        alone = row["where"] == f"FASFL == 'Y' and PARAMCD == '{parameter}'" and not row["group2"] and CTRL not in by
        by_parameter = row["population"] == "FASFL == 'Y'" and parameter in by and not row["group3"]
        if (row["result"], row["statistic"]) in wanted and (alone or by_parameter) and not row["variable_level"]:
            found.setdefault(row["stat_name"], row["stat"])
    assert found, (parameter, call, ci)
    return found


@pytest.mark.parametrize(("parameter", "call", "ci", "cells"), COMPARISONS)
def test_difference_of_golden_subjects(
    ard: list[dict[str, str]], parameter: str, call: str, ci: str, cells: dict[str, float]
) -> None:
    found = _compared(ard, parameter, call, ci)
    digits = {name: len(str(value).partition(".")[2]) for name, value in cells.items()}
    assert {name: round(100 * float(found[name]), digits[name]) for name in cells} == cells


@pytest.mark.parametrize(("parameter", "call", "statistic", "value", "digits"), TESTS)
def test_comparison_of_golden_subjects(
    ard: list[dict[str, str]], parameter: str, call: str, statistic: str, value: float | None, digits: int
) -> None:
    shown = _compared(ard, parameter, f"{call}(")[statistic]
    assert (round(float(shown), digits) if shown else None) == value


@pytest.mark.parametrize(("arm", "error"), [(TA1, 0.25), (CTRL, 0.1875)])
def test_clustered_standard_error_of_golden_subjects(ard: list[dict[str, str]], arm: str, error: float) -> None:
    assert float(_stats(ard, "RELW1", arm, "cluster_ratio")["std_error"]) == error
