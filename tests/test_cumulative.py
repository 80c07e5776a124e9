"""Cumulative amounts: days by hand, what does not count, agreement with the table, the steroid dose of the study."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from figure_study import CUMULATIVE, draw, frames, points, study, texts

from specs.problem import DataError


def test_amount_is_spread_evenly_over_its_days(tmp_path: Path) -> None:
    """Subject 1: 25 a day on Day 1 to 4, 10 on Day 3 to 5; 2: 20/3 on Day -1, 1 and 2; 4: 10 a day from Day 10 on."""
    (figure,) = draw(study(tmp_path, CUMULATIVE.format("")))
    drug = [float(row["cumulative"]) for row in points(figure) if row["group"] == "Drug"]
    third = 20 / 3
    assert drug == pytest.approx(
        [(25 + third) / 3, (50 + 2 * third) / 3, (85 + 2 * third) / 3, (120 + 2 * third) / 3]
        + [(130 + 2 * third) / 3] * 6
    )  # fmt: skip
    placebo = [float(row["cumulative"]) for row in points(figure) if row["group"] == "Placebo"]
    assert placebo == pytest.approx([0.0] * 9 + [5.0])
    rows = [(row["day"], row["subjects"], row["treated"]) for row in points(figure) if row["group"] == "Placebo"]
    assert (rows[0], rows[-1]) == (("1", "2", "0"), ("10", "2", "1"))


def test_what_does_not_count_is_said(tmp_path: Path) -> None:
    (figure,) = draw(study(tmp_path, CUMULATIVE.format("")))
    lines = figure.footnote.splitlines()
    assert lines[0] == (
        "Mean over all subjects. An amount is spread evenly over the days of its interval. "
        "The last value is the mean of TOT."
    )
    assert lines[1] == "Not counted: 1 record without an amount; the days outside Day 1 to 10 of 2 records."
    assert "Drug (3 subjects, 47.8 by Day 10)" in texts(figure)


def test_interval_that_ends_before_it_starts_is_not_counted_and_said(tmp_path: Path) -> None:
    data = frames()
    data["ADDOSE"].loc[len(data["ADDOSE"])] = ["5", 70.0, 505.0, 504.0]
    data["ADDOSE"].loc[len(data["ADDOSE"])] = ["5", 70.0, np.nan, 504.0]
    data["ADDOSE"].loc[len(data["ADDOSE"])] = ["5", 70.0, 600.0, 601.0]
    (figure,) = draw(study(tmp_path, CUMULATIVE.format("")), data)
    assert (
        "Not counted: 1 record without a first or a last day; 1 record without an amount; "
        "1 record with an end before the start; 1 record outside Day 1 to 10" in figure.footnote
    )


def test_individual_lines_stand_in_the_csv(tmp_path: Path) -> None:
    (figure,) = draw(study(tmp_path, CUMULATIVE.format(", individual=True")))
    last = {row["subject"]: row["cumulative"] for row in points(figure) if row["subject"] and row["day"] == "10"}
    assert {subject: float(value) for subject, value in last.items()} == pytest.approx(
        {"1": 130, "2": 40 / 3, "3": 0, "4": 10, "5": 0}
    )
    assert "Thin lines: subjects." in figure.footnote


def test_curve_that_does_not_end_at_the_mean_of_the_table_is_refused(tmp_path: Path) -> None:
    data = frames()
    data["ADTOT"].loc[data["ADTOT"]["USUBJID"] == "1", "AVAL"] = 131.0
    message = r"the curve of Drug ends at 47.7777\d+, but the mean of TOT is 48.11.*need the same records, amounts"
    with pytest.raises(DataError, match=rf"Figures.csv:2 \[Figure\] {message}"):
        draw(study(tmp_path, CUMULATIVE.format("")), data)


def test_result_without_means_is_not_compared(tmp_path: Path) -> None:
    call = CUMULATIVE.format("").replace("'TOT'", "'REC'")
    (figure,) = draw(study(tmp_path, call))
    assert "The last value is the mean" not in figure.footnote


def test_subject_in_two_arms_is_refused(tmp_path: Path) -> None:
    data = frames()
    data["ADTOT"] = data["ADTOT"].reset_index(drop=True)
    data["ADTOT"].loc[len(data["ADTOT"])] = {**data["ADTOT"].iloc[0], "TRTP": "Placebo", "TRTPN": 2.0}
    with pytest.raises(DataError, match=r"1 subject\(s\) have records at several levels of Group, the first 1"):
        draw(study(tmp_path, CUMULATIVE.format("")), data)


# --- the reference study --------------------------------------------------------------------------------


def _last(build: Path) -> dict[str, float]:
    with (build / "results" / "figures" / "F14.2.2-AR.9.csv").open(encoding="utf-8", newline="") as file:
        return {row["group"]: float(row["cumulative"]) for row in csv.DictReader(file) if row["day"] == "56"}


def test_steroid_dose_of_the_golden_subjects_ends_at_the_mean_worked_by_hand(golden_build: Path) -> None:
    assert {arm: round(value, 2) for arm, value in _last(golden_build).items()} == {
        "Thymosin Alpha-1 + CT": 1296.25,
        "Conventional Therapy": 1998.33,
    }


def test_steroid_dose_of_the_study_ends_at_the_mean_of_adcs(study_build: Path) -> None:
    """The mean of CSCUM of the file, by plain pandas."""
    from study_data import dataset

    adcs = dataset(study_build, "ADCS")
    means = adcs[(adcs.PARAMCD == "CSCUM") & (adcs.FASFL == "Y")].groupby("TRTP").AVAL.mean()
    assert _last(study_build) == pytest.approx(means.to_dict(), rel=1e-9)


def test_every_figure_and_listing_of_the_study_is_there(study_build: Path) -> None:
    found = {path.name for path in (study_build / "results" / "figures").glob("*.svg")}
    assert found == {
        "F14.1.1.svg", "F14.2.1-AR.5.svg", "F14.2.2-AR.9.svg", "T14.2.2-AR.5.svg", "T14.2.2-AR.6.svg",
    }  # fmt: skip
    listed = {path.name for path in (study_build / "results" / "listings").glob("*.csv")}
    assert listed == {"L16.2.1.csv", "L16.2.2.csv", "L16.2.7.csv", "L16.2.8.csv"}
    page = (study_build / "results" / "index.html").read_text(encoding="utf-8")
    for name in ("F14.1.1", "F14.2.1", "F14.2.2", "L16.2.1", "L16.2.8"):
        assert f'<section class="display" id="{name}"' in page


def test_swimmer_of_the_golden_subjects_has_their_times_worked_by_hand(golden_build: Path) -> None:
    with (golden_build / "results" / "figures" / "F14.2.1-AR.5.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] != "value"]
    assert [(row["label"], row["start"], row["value"]) for row in rows] == [
        ("9005-01", "9", "0"), ("9001-01", "15", "0"), ("9003-01", "15", "0"), ("9007-01", "22", "2"),
        ("9002-01", "8", "0"), ("9002-02", "43", "0"), ("9004-01", "57", "3"), ("9006-01", "57", "1"),
    ]  # fmt: skip


def test_flow_of_the_golden_subjects(golden_build: Path) -> None:
    text = (golden_build / "results" / "ard.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["context"] == "flow"]
    rows = [row for row in rows if row["variable"] == "USUBJID"]
    assert {(row["result"], row["group1_level"]): row["stat"] for row in rows} == {
        ("SCREENED", ""): "8", ("EXCLUDED", ""): "1", ("RANDOMIZED", ""): "7",
        ("ALLOCATED", "Thymosin Alpha-1 + CT"): "4", ("ALLOCATED", "Conventional Therapy"): "3",
        ("UNTREATED", "Thymosin Alpha-1 + CT"): "0", ("UNTREATED", "Conventional Therapy"): "0",
        ("TREATED", "Thymosin Alpha-1 + CT"): "4", ("TREATED", "Conventional Therapy"): "3",
        ("STOPPED", "Thymosin Alpha-1 + CT"): "2", ("STOPPED", "Conventional Therapy"): "1",
        ("COMPLETED", "Thymosin Alpha-1 + CT"): "2", ("COMPLETED", "Conventional Therapy"): "2",
        ("UNASSESSED", "Thymosin Alpha-1 + CT"): "1", ("UNASSESSED", "Conventional Therapy"): "0",
        ("EVALUABLE", "Thymosin Alpha-1 + CT"): "3", ("EVALUABLE", "Conventional Therapy"): "3",
    }  # fmt: skip
