"""Swimmer plots: order of the lanes, what holds when, what is not drawn, pages, a thousand lanes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from engine_study import faults
from figure_study import SWIMMER, draw, frames, points, study, texts

from specs.problem import DataError


def test_lanes_are_sorted_by_time_events_first_and_hold_their_values(tmp_path: Path) -> None:
    (figure,) = draw(study(tmp_path, SWIMMER.format("")))
    shown = [(row["group"], row["lane"], row["kind"], row["start"], row["end"], row["value"]) for row in points(figure)]
    assert shown == [
        ("Drug", "2 a", "value", "-3", "1", "4"),
        ("Drug", "2 a", "value", "1", "3", "2"),
        ("Drug", "2 a", "value", "3", "4", "0"),
        ("Drug", "2 a", "event", "3", "", "0"),
        ("Drug", "1 a", "value", "1", "5", "3"),
        ("Drug", "1 a", "value", "5", "6", "1"),
        ("Drug", "1 a", "event", "5", "", "0"),
        ("Drug", "3 a", "event", "9", "", "0"),
        ("Drug", "1 b", "value", "1", "9", "2"),
        ("Drug", "1 b", "value", "9", "10", "2"),
        ("Drug", "1 b", "censored", "9", "", "1"),
        ("Placebo", "5 a", "value", "1", "7", "3"),
        ("Placebo", "5 a", "value", "7", "8", "1"),
        ("Placebo", "5 a", "event", "7", "", "0"),
        ("Placebo", "4 a", "value", "1", "30", "2"),
        ("Placebo", "4 a", "value", "30", "31", "1"),
        ("Placebo", "4 a", "censored", "9", "", "1"),
    ]
    assert "Not drawn" not in figure.footnote


def test_grades_and_arms_stand_as_texts_so_that_no_colour_is_needed(tmp_path: Path) -> None:
    options = ", window=(1, 10), ticks=(6, 9), label='S' + USUBJID, unit='events'"
    (figure,) = draw(study(tmp_path, SWIMMER.format(options)))
    drawn = texts(figure)
    assert {"Drug (4 events)", "Placebo (2 events)", "S2", "Full Analysis Set: Drug N = 3; Placebo N = 2"} <= set(drawn)
    # legend 0 to 5, then in the lanes of subjects 2, 1, 1, 5 and 4; grade 0 of 2 stands behind its mark
    assert [drawn.count(digit) for digit in "0123"] == [2, 3, 4, 3]
    assert "Drug: 4 events, 3 with Event; Placebo: 2 events, 1 with Event" in figure.alt


def test_records_outside_the_window_are_counted(tmp_path: Path) -> None:
    (figure,) = draw(study(tmp_path, SWIMMER.format(", window=(1, 10)")))
    assert "Not drawn: 2 records that hold at no time from 1 to 10." in figure.footnote
    ends = [row["end"] for row in points(figure) if row["lane"] == "4 a" and row["kind"] == "value"]
    assert ends == ["11"]


def test_what_is_not_drawn_is_said(tmp_path: Path) -> None:
    data = frames()
    more = [("1", "a", np.nan, 1.0), ("1", "a", 2.0, np.nan), ("1", "a", 5.0, 2.0), ("1", "z", 1.0, 1.0)]
    added = pd.DataFrame(more, columns=["USUBJID", "AELNKID", "ADY", "AVAL"]).assign(PARAMCD="GR", TRTP="Drug")
    data["ADGR"] = pd.concat([data["ADGR"], added], ignore_index=True)
    (figure,) = draw(study(tmp_path, SWIMMER.format("")), data)
    assert figure.footnote.splitlines()[1] == (
        "Not drawn: 1 record of no lane of TTE; 1 record without ADY; 1 record without AVAL; "
        "1 record at the same time as a later one of the lane in the dataset."
    )
    # of the two grades on Day 5 the later record counts
    at_5 = [row["value"] for row in points(figure) if (row["lane"], row["kind"], row["start"]) == ("1 a", "value", "5")]
    assert at_5 == ["2"]


def test_value_that_is_no_level_is_refused(tmp_path: Path) -> None:
    data = frames()
    data["ADGR"].loc[0, "AVAL"] = 2.5
    message = "the value 2.5 is none of the levels; name it in levels"
    with pytest.raises(DataError, match=rf"Figures.csv:2 \[Figure\] {message}"):
        draw(study(tmp_path, SWIMMER.format("")), data)


def test_lane_that_two_records_have_is_refused(tmp_path: Path) -> None:
    spec = study(tmp_path, SWIMMER.format("").replace("(USUBJID, AELNKID)", "USUBJID"))
    with pytest.raises(DataError, match="USUBJID do not tell the records of TTE apart: 1; add a variable"):
        draw(spec)


def many(count: int) -> dict[str, pd.DataFrame]:
    """As many lanes in each of two arms, with two grades each."""
    data = frames()
    subjects = [f"{number:06d}" for number in range(2 * count)]
    arm = np.where(np.arange(2 * count) < count, "Drug", "Placebo")
    base = pd.DataFrame({"USUBJID": subjects, "TRTP": arm, "TRTPN": np.where(arm == "Drug", 1.0, 2.0)})
    data["ADSL"] = base.rename(columns={"TRTP": "TRT01P", "TRTPN": "TRT01PN"}).assign(
        FASFL="Y", SEX="F", RANDDT=1.0, RANDFL="Y", EOSSTT="COMPLETED", DCSREAS=None, AGE=1.0
    )
    data["ADTTE"] = base.assign(
        PARAMCD="TTE", PARAM="T", AVAL=np.arange(2 * count) % 50 + 1.0, CNSR=np.arange(2 * count) % 3.0, AELNKID="a"
    )
    grades = [base.assign(PARAMCD="GR", PARAM="G", AELNKID="a", ADY=day, AVAL=day % 5) for day in (1.0, 8.0, 22.0)]
    data["ADGR"] = pd.concat(grades, ignore_index=True)
    return data


def test_hundred_lanes_stand_on_several_pages_with_their_labels(tmp_path: Path) -> None:
    found = draw(study(tmp_path, SWIMMER.format("")), many(50))
    assert [one.name for one in found] == ["F1-TTE-p1", "F1-TTE-p2"]
    assert [len({row["lane"] for row in points(one)}) for one in found] == [50, 50]
    assert "Drug (25 of 50 lanes)" in texts(found[0])
    assert {f"{number:06d} a" for number in (0, 49)} <= {text for one in found for text in texts(one)}


def test_thousand_lanes_stand_on_one_page_as_thin_lines_and_that_is_said(tmp_path: Path) -> None:
    (figure,) = draw(study(tmp_path, SWIMMER.format("")), many(500))
    assert "1,000 lanes are drawn as thin lines, without labels and digits; the CSV has all." in figure.footnote
    assert len({row["lane"] for row in points(figure)}) == 1000
    assert len(figure.files["svg"]) < 300_000


def test_more_arms_than_two_go_to_further_pages(tmp_path: Path) -> None:
    data = frames()
    for frame in data.values():
        for column in {"TRTP", "TRT01P"} & set(frame.columns):
            frame.loc[frame["USUBJID"] == "3", [column, f"{column}N"]] = ["Other", 3.0]
    found = draw(study(tmp_path, SWIMMER.format("")), data)
    assert [sorted({row["group"] for row in points(one)}) for one in found] == [["Drug", "Placebo"], ["Other"]]


def test_records_without_a_lane_variable_are_a_fault_of_the_call(tmp_path: Path) -> None:
    spec = study(tmp_path, SWIMMER.format("").replace("lane=(USUBJID, AELNKID)", "lane=(USUBJID, PARAMCD, CNSR)"))
    assert "ADGR has no variable CNSR" in faults(tmp_path, lambda: draw(spec))[0]
