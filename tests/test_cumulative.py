"""Cumulative amounts: days by hand, what does not count, agreement with the table, the steroid dose of the study."""

from __future__ import annotations

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
    data["ADSL"]["TRT02P"] = ["Placebo", *[None] * 5]
    data["ADTOT"] = data["ADTOT"].assign(APERIOD=1.0).reset_index(drop=True)
    second = {"TRTP": "Placebo", "TRTPN": 2.0, "APERIOD": 2.0}
    data["ADTOT"].loc[len(data["ADTOT"])] = {**data["ADTOT"].iloc[0], **second}
    with pytest.raises(DataError, match=r"1 subject\(s\) have records at several levels of Group, the first 1"):
        draw(study(tmp_path, CUMULATIVE.format("")), data)
