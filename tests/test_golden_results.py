"""The per-arm cells of the golden endpoint table (study design, section 6.1), from the built results."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

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


@pytest.fixture(scope="module")
def ard(golden_build: Path) -> list[dict[str, str]]:
    with (golden_build / "results" / "ard.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _stats(ard: list[dict[str, str]], parameter: str, arm: str, context: str) -> dict[str, str]:
    """The statistics of the main analysis of a parameter in an arm: no further population than FAS."""
    found: dict[str, str] = {}
    for row in ard:
        named = row["where"] == f"FASFL == 'Y' and PARAMCD == '{parameter}'" or (
            row["group2_level"] == parameter and "W1EVALFL" not in row["where"]
        )
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
