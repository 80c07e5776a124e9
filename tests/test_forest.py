"""Forest plots: which rows, in which order, clipped and open intervals, marks of small cells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from engine_study import faults
from figure_study import FOREST, STATISTICS, draw, frames, points, study, texts, with_comparison

from results.run import check

COMPARED = (*STATISTICS, "REC|2||compared(AVAL == 1, reference='Placebo')")
BY_SEX = (*COMPARED, "REC|3|SEX|compared(AVAL == 1, reference='Placebo')")


@pytest.fixture(autouse=True)
def _comparison() -> Iterator[None]:
    yield from with_comparison()


def test_whole_comes_first_then_every_level_of_by(tmp_path: Path) -> None:
    """Recovered: subjects 1, 3, 5. Drug F: 1, 3; Drug M: 2. Placebo M: 4, 5; no woman."""
    spec = study(tmp_path, FOREST.format(""), statistics=(BY_SEX[-1], *BY_SEX[:-1]))
    (figure,) = draw(spec)
    shown = [(row["label"], row["compared"], row["reference_count"], row["text"]) for row in points(figure)]
    assert shown == [
        ("Overall", "2/3", "1/2", "0.17 (-0.08, 0.42)"),
        ("F", "2/2", "0/0", "NE"),
        ("M", "0/1", "1/2", "'-0.50 (-0.75, -0.25)"),
    ]
    drawn = texts(figure)
    assert drawn.index("Overall *") < drawn.index("Sex") < drawn.index("F *")
    assert {"Drug n/N", "Estimate (90% CI)"} <= set(drawn)


def test_rows_with_few_records_in_an_arm_are_marked(tmp_path: Path) -> None:
    (figure,) = draw(study(tmp_path, FOREST.format(", flag=2"), statistics=BY_SEX))
    assert [row["flagged"] for row in points(figure)] == ["", "Y", "Y"]
    assert "* fewer than 2 records in an arm." in figure.footnote
    (other,) = draw(study(tmp_path, FOREST.format(", flag=0"), statistics=BY_SEX))
    assert "fewer than" not in other.footnote


def test_interval_beyond_the_axis_is_an_arrow(tmp_path: Path) -> None:
    (figure,) = draw(study(tmp_path, FOREST.format(", axis=(-0.1, 0.3)"), statistics=COMPARED))
    assert "Arrows: the interval goes on beyond the axis or has no limit on that side." in figure.footnote
    (whole,) = draw(study(tmp_path, FOREST.format(", axis=(-1, 1)"), statistics=COMPARED))
    assert "Arrows" not in whole.footnote


def test_limit_that_is_not_given_is_an_arrow(tmp_path: Path) -> None:
    data = frames()
    data["ADTOT"]["AVAL"] = np.where(data["ADTOT"].PARAMCD == "REC", 1.0, data["ADTOT"].AVAL)
    (figure,) = draw(study(tmp_path, FOREST.format(", axis=(-1, 1)"), statistics=COMPARED), data)
    assert [row["text"] for row in points(figure)] == ["0.00 (-0.25, NE)"]
    assert "Arrows" in figure.footnote and "NE: not estimable." in figure.footnote


def test_headings_may_be_named(tmp_path: Path) -> None:
    (figure,) = draw(study(tmp_path, FOREST.format(", headings='Sex at birth'"), statistics=BY_SEX))
    assert "Sex at birth" in texts(figure) and "Sex" not in texts(figure)


def test_percent_and_template(tmp_path: Path) -> None:
    (figure,) = draw(study(tmp_path, FOREST.format(", percent=True"), statistics=COMPARED))
    assert points(figure)[0]["text"] == "16.7% (-8.3%, 41.7%)"
    (other,) = draw(study(tmp_path, FOREST.format(", template='{estimate:.1f}'"), statistics=COMPARED))
    assert points(other)[0]["text"] == "0.2"


def test_ratio_with_other_names_has_a_logarithmic_axis_and_the_number_of_records(tmp_path: Path) -> None:
    call = "forest(results='REC', estimate='hr', limits=('hr_low', 'hr_high'), log=True, favours=('Drug', 'Placebo'))"
    (figure,) = draw(study(tmp_path, call, statistics=(*STATISTICS, "REC|2||ratio(AVAL == 1, reference='Placebo')")))
    (row,) = points(figure)
    assert (row["compared"], row["reference_count"], row["estimate"], row["low"], row["high"]) == (
        "3", "2", "2", "0.02", "200",
    )  # fmt: skip
    drawn = texts(figure)
    assert {"Drug records", "records", "← Drug", "Placebo →", "1"} <= set(drawn)
    # the axis ends 20 times beyond no effect, so both limits are arrows
    assert "Arrows" in figure.footnote


def test_several_results_are_told_apart_by_their_description(tmp_path: Path) -> None:
    call = "forest(results=('REC', 'TOT'), statistic='compared')"
    statistics = (*COMPARED, "TOT|2||compared(AVAL > 0, reference='Placebo')")
    (figure,) = draw(study(tmp_path, call, statistics=statistics))
    assert [(row["label"], row["result"]) for row in points(figure)] == [("Recovered", "REC"), ("Total dose", "TOT")]
    assert "(REC)" in figure.footnote and "(TOT)" in figure.footnote


def test_many_rows_are_parted_into_pages(tmp_path: Path) -> None:
    statistics = (*COMPARED, *(f"REC|{number}|SEX|compared(AVAL == 1, reference='Placebo')" for number in range(3, 23)))
    found = draw(study(tmp_path, FOREST.format(""), statistics=statistics))
    assert [one.name for one in found] == ["F1-REC-p1", "F1-REC-p2", "F1-REC-p3"]
    assert sum(len(points(one)) for one in found) == 1 + 20 * 2
    assert "(page 2 of 3)" in found[1].title


@pytest.mark.parametrize(("options", "message"), [
    (", statistic='comparison'", "result 'REC' has no comparison; it has subjects, compared, ratio"),
    (", estimate='est'", "result 'REC' has no statistic with est, conf_low, conf_high"),
    (", statistic='compared', axis=(1, -1)", "is no axis; write the lower end, then the upper one"),
    (", statistic='compared', axis=(0, 1), log=True", "is no axis"),
    (", statistic='compared', axis=(1, 2)", "null=0 lies outside the axis, 1 to 2"),
    (", statistic='compared', axis=1", "has not two ends"),
    (", statistic='compared', headings='A'", "1 headings for 0 calls with By; write one for each, in order"),
    (", statistic='compared', favours='Drug'", "favours has two texts"),
    (", statistic='compared', limits='conf_low'", "are not the names of two values"),
    (", statistic='compared', template='{estmate}'", "statistic 'estmate' is not known; did you mean 'estimate'"),
    (", limits=('n', 'N')", "the results have subjects and proportion; name one: statistic='subjects'"),
])  # fmt: skip
def test_fault_of_a_forest_is_found_without_data(tmp_path: Path, options: str, message: str) -> None:
    statistics: tuple[str, ...] = (*COMPARED, "REC|9||ratio(AVAL == 1, reference='Placebo')")
    if "limits=('n'" in options:
        statistics = (*STATISTICS, "REC|2||proportion(AVAL == 1)")
    spec = study(tmp_path, f"forest(results='REC'{options})", statistics=statistics)
    found = faults(tmp_path, lambda: check(spec))
    assert any(message in fault for fault in found), found
