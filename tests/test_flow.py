"""Flow diagrams: counts by hand, every subject accounted for, faults of the boxes, the rows of the results data."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from engine_study import faults
from figure_study import BOXES, FLOW, draw, frames, points, study, texts
from matplotlib.image import imread

from results.run import check, run
from specs.problem import DataError

NO_COUNTS = ("TTE|1||kaplan_meier(AVAL, CNSR)",)


def counts(rows: Sequence[dict[str, str]]) -> list[tuple[str, ...]]:
    return [(row["box"], row["group"], row["kind"], row["reason"], row["subjects"]) for row in rows]


def test_counts_by_hand(tmp_path: Path) -> None:
    (figure,) = draw(study(tmp_path, FLOW))
    assert counts(points(figure)) == [
        ("ALL", "", "box", "", "6"),
        ("ALL", "", "remainder", "", "0"),
        ("OUT", "", "box", "", "1"),
        ("OUT", "", "reason", "SCREEN FAILURE", "1"),
        ("IN", "", "box", "", "5"),
        ("IN", "", "remainder", "", "0"),
        ("ARM", "Drug", "box", "", "3"),
        ("ARM", "Drug", "remainder", "", "0"),
        ("ARM", "Placebo", "box", "", "2"),
        ("ARM", "Placebo", "remainder", "", "0"),
        ("LEFT", "Drug", "box", "", "1"),
        ("LEFT", "Drug", "reason", "DEATH", "1"),
        ("LEFT", "Placebo", "box", "", "1"),
        ("LEFT", "Placebo", "reason", "DEATH", "1"),
        ("DONE", "Drug", "box", "", "2"),
        ("DONE", "Placebo", "box", "", "1"),
    ]
    drawn = [text.replace("\u00a0", " ") for text in texts(figure)]
    assert {"Screened (n = 6)", "Drug", "Allocated (n = 3)", "DEATH (n = 1)", "Completed (n = 2)"} <= set(drawn)
    assert "Left, Drug: 1 (DEATH 1)" in figure.alt


def test_every_number_of_the_picture_is_a_row_of_the_results_data(tmp_path: Path) -> None:
    spec = study(tmp_path, FLOW)
    (figure,) = draw(spec)
    rows = [row for row in run(spec, frames()) if row.context == "flow"]
    kinds = {"USUBJID": "box", "DCSREAS": "reason", "level": "remainder"}
    found = [
        (row.result, row.groups[0][1] if row.groups else "", kinds[row.variable],
         row.variable_level if row.variable == "DCSREAS" else "", str(row.stat))
        for row in rows
    ]  # fmt: skip
    assert sorted(found) == sorted(counts(points(figure)))
    arm = next(row for row in rows if row.result == "DONE")
    assert (arm.where, arm.dataset, arm.groups) == (
        "RANDFL == 'Y' and EOSSTT == 'COMPLETED'", "ADSL", (("TRT01P", "Drug"),),
    )  # fmt: skip


def test_subjects_in_no_box_below_are_stated_in_the_box_above(tmp_path: Path) -> None:
    data = frames()
    data["ADSL"].loc[0, "EOSSTT"] = "ONGOING"
    spec = study(tmp_path, FLOW)
    (figure,) = draw(spec, data)
    drawn = [text.replace("\u00a0", " ") for text in texts(figure)]
    assert drawn.count("In no box below (n = 1)") == 1
    assert ("ARM", "Drug", "remainder", "", "1") in counts(points(figure))
    assert "In no box below: subjects of a box whom none of the boxes that divide it holds." in figure.footnote
    row = next(row for row in run(spec, data) if row.stat_name == "remainder" and row.stat == 1)
    assert (row.result, row.groups) == ("ARM", (("TRT01P", "Drug"),))


def test_subject_in_two_boxes_of_a_division_is_refused(tmp_path: Path) -> None:
    boxes = (*BOXES[:-1], "F1|DONE|4|ARM|||Completed|EOSSTT != 'ONGOING'||")
    message = r"2 subject\(s\) of ARM are in LEFT and in DONE, the first 2"
    with pytest.raises(DataError, match=rf"Flow.csv:7 \[Where\] {message}"):
        draw(study(tmp_path, FLOW, boxes=boxes))


def test_other_level_divides_a_box_once_more(tmp_path: Path) -> None:
    boxes = (*BOXES, "F1|OLD|5|ARM|Yes||Above 55|AGE > 55||", "F1|YOUNG|5|ARM|||55 or below|AGE <= 55||")
    (figure,) = draw(study(tmp_path, FLOW, boxes=boxes))
    found = [row for row in counts(points(figure)) if row[0] in ("OLD", "YOUNG") and row[2] == "box"]
    assert found == [
        ("OLD", "Drug", "box", "", "2"),
        ("OLD", "Placebo", "box", "", "0"),
        ("YOUNG", "Drug", "box", "", "1"),
        ("YOUNG", "Placebo", "box", "", "2"),
    ]


def test_reasons_are_sorted_by_count_and_missing_ones_are_stated(tmp_path: Path) -> None:
    data = frames()
    data["ADSL"] = pd.concat([data["ADSL"]] * 2, ignore_index=True)
    data["ADSL"]["USUBJID"] = [str(number) for number in range(1, 13)]
    data["ADSL"]["EOSSTT"], data["ADSL"]["TRT01P"], data["ADSL"]["RANDFL"] = "DISCONTINUED", "Drug", "Y"
    data["ADTTE"]["TRTP"] = "Drug"
    data["ADSL"]["DCSREAS"] = ["B", "C", "C", "A", None, "C", "A", "C", "", "A", "C", None]
    (figure,) = draw(study(tmp_path, FLOW, statistics=NO_COUNTS), data)
    found = [row[3:] for row in counts(points(figure)) if row[2] == "reason"]
    assert found == [("C", "5"), ("A", "3"), ("B", "1"), ("Not stated", "3")]


def test_box_without_subjects_is_shown_with_0(tmp_path: Path) -> None:
    data = {**frames(), "ADSL": frames()["ADSL"].assign(RANDFL="N")}
    (figure,) = draw(study(tmp_path, FLOW), data)
    assert [row for row in counts(points(figure)) if row[0] in ("OUT", "IN", "ARM") and row[2] == "box"] == [
        ("OUT", "", "box", "", "6"),
        ("IN", "", "box", "", "0"),
    ]


def test_subject_without_an_arm_is_refused(tmp_path: Path) -> None:
    data = frames()
    data["ADSL"].loc[1, "TRT01P"] = None
    data["ADTTE"] = data["ADTTE"][data["ADTTE"]["USUBJID"] != "2"]
    with pytest.raises(DataError, match=r"1 record\(s\) of ADSL in this result have no TRT01P, the first of subject 2"):
        draw(study(tmp_path, FLOW, statistics=NO_COUNTS), data)


@pytest.mark.parametrize(("box", "message"), [
    ("F1|X|4|AL|||Label|||", "[From] 'AL' is not in the boxes of F1; did you mean 'ALL'"),
    ("F1|DONE|5|ARM|||Label|||", "[Box] box F1 DONE stands here a second time"),
    ("F1|X|3|ARM|||Label|||", "[Order] X comes from ARM, which is on level 3; give it a greater Order"),
    ("F1|X|5|LEFT|||Label|||", "[From] LEFT stands at the side"),
    ("F1|X|5||Yes||Label|||", "[From] X stands at the side of nothing; name the box above"),
    ("F1|X|5|DONE|||Label|AGEE > 1||", "[Where] unknown name 'AGEE'"),
    ("F1|X|5|DONE|||Label|AGE > 1||REASON", "[Reasons] ADSL has no REASON"),
    ("F1|X|5|DONE|No way||Label|AGE > 1||", "[Side] 'No way' is not one of Yes, No"),
    ("F9|X|5||||Label|AGE > 1||", "[Display] 'F9' is not in Analysis Displays"),
    ("F2|X|5||||Label|AGE > 1||", "[Display] F2 has boxes, but no row flow() in Figures"),
])  # fmt: skip
def test_fault_of_a_box_is_found_without_data(tmp_path: Path, box: str, message: str) -> None:
    found = faults(tmp_path, lambda: check(study(tmp_path, FLOW, boxes=(*BOXES, box))))
    assert any(message in fault for fault in found), found


def test_many_boxes_are_set_smaller_and_stay_on_the_page(tmp_path: Path) -> None:
    boxes = list(BOXES)
    for level in range(5, 10):
        above = "DONE" if level == 5 else f"IN{level - 1}"
        boxes += [
            f"F1|OUT{level}|{level}|{above}|Yes||Left at level {level}|AGE == {40 + level}||DCSREAS",
            f"F1|IN{level}|{level}|{above}|||Stayed|AGE != {40 + level}||",
        ]
    (figure,) = draw(study(tmp_path, FLOW, boxes=boxes))
    high, wide = imread(io.BytesIO(figure.files["png"])).shape[:2]
    assert wide <= 9 * 160 and high <= 6.5 * 160


def test_group_of_eight_arms(tmp_path: Path) -> None:
    data = frames()
    arms = [f"Arm {number} with a long name" for number in range(8)]
    data["ADSL"] = pd.DataFrame(
        {"USUBJID": arms, "TRT01P": arms, "RANDFL": "Y", "FASFL": "Y", "EOSSTT": "COMPLETED", "DCSREAS": None,
         "TRT01PN": np.arange(8.0)}
    )  # fmt: skip
    (figure,) = draw(study(tmp_path, FLOW), data)
    assert len([row for row in counts(points(figure)) if row[0] == "ARM" and row[2] == "box"]) == 8
