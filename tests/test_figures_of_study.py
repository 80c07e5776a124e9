"""Figures and listings of the reference study: values of the golden subjects worked by hand, means from the files."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from study_data import dataset


def _rows(build: Path, file: str) -> list[dict[str, str]]:
    with (build / "results" / file).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _last(build: Path) -> dict[str, float]:
    rows = _rows(build, "figures/F14.2.2-AR.9.csv")
    return {row["group"]: float(row["cumulative"]) for row in rows if row["day"] == "56"}


def test_steroid_dose_of_the_golden_subjects_ends_at_the_mean_worked_by_hand(golden_build: Path) -> None:
    assert {arm: round(value, 2) for arm, value in _last(golden_build).items()} == {
        "Thymosin Alpha-1 + CT": 1296.25,
        "Conventional Therapy": 1998.33,
    }


def test_steroid_dose_of_the_study_ends_at_the_mean_of_adcs(study_build: Path) -> None:
    """The mean of CSCUM of the file, by plain pandas."""
    adcs = dataset(study_build, "ADCS")
    means = adcs[(adcs.PARAMCD == "CSCUM") & (adcs.FASFL == "Y")].groupby("TRTP").AVAL.mean()
    assert _last(study_build) == pytest.approx(means.to_dict(), rel=1e-9)


def test_every_figure_and_listing_of_the_study_is_there(study_build: Path) -> None:
    found = {path.name for path in (study_build / "results" / "figures").glob("*.svg")}
    assert found == {
        "F14.1.1.svg", "F14.2.1-AR.5.svg", "F14.2.2-AR.9.svg", "F14.2.3-AR.13.svg", "T14.2.2-AR.5.svg",
        "T14.2.2-AR.6.svg", "T14.2.2.2-AR.18.svg", "T14.2.2.2-AR.19.svg", "T14.2.2.2-AR.21.svg", "T14.2.2.2-AR.22.svg",
    }  # fmt: skip
    listed = {path.name for path in (study_build / "results" / "listings").glob("*.csv")}
    assert listed == {"L16.2.1.csv", "L16.2.6.csv", "L16.2.7.1.csv", "L16.2.7.2.csv"}
    page = (study_build / "results" / "index.html").read_text(encoding="utf-8")
    for name in ("F14.1.1", "F14.2.1", "F14.2.2", "F14.2.3", "L16.2.1", "L16.2.7.2"):
        assert f'<section class="display" id="{name}"' in page


def test_swimmer_of_the_golden_subjects_has_their_times_worked_by_hand(golden_build: Path) -> None:
    rows = [row for row in _rows(golden_build, "figures/F14.2.1-AR.5.csv") if row["kind"] != "value"]
    assert [(row["label"], row["start"], row["value"]) for row in rows] == [
        ("9005-01", "9", "0"), ("9001-01", "15", "0"), ("9003-01", "15", "0"), ("9007-01", "22", "2"),
        ("9002-01", "8", "0"), ("9002-02", "43", "0"), ("9004-01", "57", "3"), ("9006-01", "57", "1"),
    ]  # fmt: skip


def test_flow_of_the_golden_subjects(golden_build: Path) -> None:
    rows = [row for row in _rows(golden_build, "ard.csv") if row["context"] == "flow"]
    rows = [row for row in rows if row["variable"] == "USUBJID"]
    assert {(row["result"], row["group1_level"]): row["stat"] for row in rows} == {
        ("SCREENED", ""): "8", ("EXCLUDED", ""): "1", ("RANDOMIZED", ""): "7",
        ("ALLOCATED", "Thymosin Alpha-1 + CT"): "4", ("ALLOCATED", "Conventional Therapy"): "3",
        ("UNTREATED", "Thymosin Alpha-1 + CT"): "0", ("UNTREATED", "Conventional Therapy"): "0",
        ("TREATED", "Thymosin Alpha-1 + CT"): "4", ("TREATED", "Conventional Therapy"): "3",
        ("STOPPED", "Thymosin Alpha-1 + CT"): "2", ("STOPPED", "Conventional Therapy"): "1",
        ("COMPLETED", "Thymosin Alpha-1 + CT"): "2", ("COMPLETED", "Conventional Therapy"): "2",
        ("DEVIATED", "Thymosin Alpha-1 + CT"): "2", ("DEVIATED", "Conventional Therapy"): "0",
        ("PERPROTOCOL", "Thymosin Alpha-1 + CT"): "2", ("PERPROTOCOL", "Conventional Therapy"): "3",
    }  # fmt: skip


def test_difference_of_the_golden_subjects_is_the_one_worked_by_hand(golden_build: Path) -> None:
    """Study design, section 6.1: 3/4 and 1/4, +50.0, Miettinen-Nurminen -22.2 to 86.8."""
    row = _rows(golden_build, "figures/F14.2.3-AR.13.csv")[0]
    assert (row["label"], row["compared"], row["reference_count"]) == ("All target irAEs", "3/4", "1/4")
    assert row["text"] == "50.0% (-22.2%, 86.8%)"


def test_listing_of_those_who_left_has_the_dates_of_the_golden_subjects(golden_build: Path) -> None:
    rows = _rows(golden_build, "listings/L16.2.1.csv")
    assert [(row["Subject"], row["End of Study Date"]) for row in rows][-1] == ("9004", "2024-04-19")
    assert {row["Subject"] for row in rows} == {"9004", "9005", "9007"}
