"""Rows of Figures: calls that are wrong, names of files, bytes, texts of the data; the edges of every figure."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from engine_study import faults
from figure_study import (
    CUMULATIVE,
    FLOW,
    FOREST,
    STATISTICS,
    SURVIVAL,
    SWIMMER,
    draw,
    frames,
    points,
    study,
    texts,
    with_comparison,
)  # fmt: skip
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.image import imread

from results.figures import FIGURES
from results.figures.call import read_figure
from results.figures.style import STEPS, clean, dark, fitted, width, wrapped
from results.run import check
from specs.model import Spec
from specs.problem import Place, SpecError

PLACE = Place("results/Figures.csv", 2, "Figure")
CALLS = {
    "survival": SURVIVAL,
    "swimmer": SWIMMER.format(""),
    "cumulative": CUMULATIVE.format(""),
    "flow": FLOW,
    "forest": FOREST.format(""),
}
WRONG = [
    ("survivl(result='TTE')", "figure 'survivl' is not known; did you mean 'survival'"),
    ("survival()", r"survival\(\) lacks result; write survival\(result=..., order=None"),
    ("survival('TTE')", "arguments are written by name"),
    ("survival(result=TTE)", "result=TTE is not a constant; a text stands in quotes: result='TTE'"),
    ("survival(result='TTE', band=True)", "has no argument 'band'; did you mean 'bands'"),
    ("survival(result='TTE', result='TTE')", r"survival\(\) gets 'result' twice"),
    ("survival(result='TTE', bands=1)", "bands=1 is of the wrong kind; such as bands=False"),
    ("survival(result=3)", "result=3 is of the wrong kind; it is a text in quotes"),
    ("survival(**x)", r"has no argument '\*\*'"),
    ("survival(result='TTE'", "cannot be read"),
    ("1 + 1", "is not one call of a figure"),
    ("__import__('os').system('x')", "is not one call of a figure"),
    ("forest(results='A', flag=0.5)", "flag=0.5 is of the wrong kind"),
    ("forest(results='A', null='x')", "null='x' is of the wrong kind; it is a number"),
    ("forest(results=(1, 2))", "is of the wrong kind; it is several of: a text in quotes"),
    ("flow(group='TRT01P')", "group='TRT01P' names no variables; such as group=USUBJID"),
    ("cumulative(result='A', dataset='B', amount=X, start=X, end=X, origin_date=X, last=LASTDY)",
     "last=LASTDY is not a constant; did you mean 'LASTDAY'"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_wrong_call_is_refused_at_its_place(text: str, message: str) -> None:
    with pytest.raises(SpecError, match=rf"results/Figures.csv:2 \[Figure\] .*{message}"):
        read_figure(text, PLACE, {"LASTDAY": 10.0})


def test_every_figure_of_the_package_is_registered_and_documented() -> None:
    assert set(FIGURES) == set(CALLS)
    for known in FIGURES.values():
        assert known.function.__doc__
        for name in known.arguments:
            assert name in known.function.__doc__, (known.name, name)


def test_single_value_may_stand_without_brackets_and_constants_of_the_study_may_be_named() -> None:
    assert read_figure("forest(results='A', axis=[-1, 1])", PLACE, {}).arguments == {"results": ("A",), "axis": (-1, 1)}
    call = read_figure(CUMULATIVE.format(""), PLACE, {"LASTDAY": 10.0})
    assert (call.arguments["last"], call.arguments["amount"], call.datasets) == (10, "DOSE", ("ADDOSE",))
    assert read_figure("flow(group=TRT01P)", PLACE, {}).arguments == {"group": ("TRT01P",)}


FAULTS = [
    ("survival(result='TTT')", "result 'TTT' is not known; did you mean 'TTE'"),
    ("survival(result='TOT')", "result 'TOT' has no call of kaplan_meier"),
    ("survival(result='TTE', order=7)", "name one: order=1"),
    (SWIMMER.format("").replace("'ADGR'", "'ADG'"), "dataset 'ADG' is not known; did you mean 'ADGR'"),
    (SWIMMER.format("").replace("AELNKID)", "AELNKD)"), "ADTTE has no variable AELNKD; did you mean 'AELNKID'"),
    (SWIMMER.format("").replace("x=ADY", "x=ADX"), "unknown name 'ADX'"),
    (SWIMMER.format("").replace("x=ADY", "x=TRTP"), "'TRTP' is not a number"),
    (SWIMMER.format(", label=AVAL > 1"), "is a condition, not a text"),
    (SWIMMER.format(", window=(9, 1)"), "is not a first and a last time; such as window=(1, 57)"),
    (SWIMMER.format(", levels=(0, 1, 2, 3, 4, 5, 6)"), "levels are one to 6 values, not 7"),
    (CUMULATIVE.format("").replace("LASTDAY", "0"), "last=0 is no day"),
    (CUMULATIVE.format("").replace("amount=DOSE", "amount=DOS"), "unknown name 'DOS'"),
    ("flow(group=(TRT01P, SEX))", "group is one variable of ADSL"),
    ("flow(group=TRT01)", "ADSL has no TRT01, the group of flow(); did you mean 'TRT01P'"),
    ("flow()", "the call of flow() names no group"),
    ("F2|1|flow(group=TRT01P)||", "F2 has no rows in Flow"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), FAULTS)
def test_fault_of_a_call_is_found_without_data(tmp_path: Path, call: str, message: str) -> None:
    spec = study(tmp_path, call)
    found = faults(tmp_path, lambda: check(spec))
    assert any(message in fault for fault in found), found


def test_unknown_display_is_found_when_the_tables_are_loaded(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: study(tmp_path, f"F3|1|{SURVIVAL}||"))
    assert "results/Figures.csv:2 [Display] 'F3' is not in Analysis Displays" in found[0]


# --- files ----------------------------------------------------------------------------------------------


def test_display_without_a_row_keeps_its_kaplan_meier_figure(tmp_path: Path) -> None:
    assert [(one.name, one.title) for one in draw(study(tmp_path))] == [("F1-TTE", "Time to recovery")]


def test_rows_of_a_display_take_the_place_of_the_automatic_figure(tmp_path: Path) -> None:
    assert [one.name for one in draw(study(tmp_path, FLOW))] == ["F1"]


def test_title_of_the_row_and_footnote_come_before_what_the_figure_says(tmp_path: Path) -> None:
    _, one = draw(study(tmp_path, f"F2|1|{SURVIVAL}|My title <=1|My note"))
    assert (one.display, one.title, one.name) == ("F2", "My title ≤1", "F2-TTE")
    lines = one.footnote.splitlines()
    assert lines[0] == "My note"
    assert lines[-1] == "Source: ADTTE, FASFL == 'Y' and PARAMCD == 'TTE' (TTE)."
    assert {"My title ≤1", "My note", "Full Analysis Set"} <= set(texts(one))


def test_figures_of_one_display_and_result_have_names_of_their_own(tmp_path: Path) -> None:
    spec = study(tmp_path, SURVIVAL, SWIMMER.format(""), f"F1|2|{SURVIVAL}||", f"F1|2|{SURVIVAL}||")
    assert [one.name for one in draw(spec)] == ["F1-TTE", "F1-TTE-2", "F1-TTE-2-2", "F1-TTE-2-3"]


def test_figures_stand_in_the_order_of_the_displays_and_of_their_order(tmp_path: Path) -> None:
    spec = study(tmp_path, f"F2|1|{SURVIVAL}||", f"F1|2|{FLOW}||", f"F1|1|{SURVIVAL}||")
    assert [one.name for one in draw(spec)] == ["F1-TTE", "F1", "F2-TTE"]


@pytest.fixture(autouse=True)
def _comparison() -> Iterator[None]:
    yield from with_comparison()


def one_of(tmp_path: Path, name: str) -> Spec:
    """The study with one figure of a kind."""
    compared = "compared(AVAL == 1, reference='Placebo')"
    comparisons = (f"REC|2||{compared}", f"REC|3|SEX|{compared}") if name == "forest" else ()
    return study(tmp_path, CALLS[name], statistics=(*STATISTICS, *comparisons))


@pytest.mark.parametrize("name", CALLS)
def test_two_drawings_are_byte_identical_and_fit_a_landscape_page(tmp_path: Path, name: str) -> None:
    spec = one_of(tmp_path, name)
    one, two = draw(spec), draw(spec)
    assert [figure.files for figure in one] == [figure.files for figure in two]
    for figure in one:
        assert figure.alt and figure.footnote
        assert set(figure.files) == {"svg", "png", "csv"}
        high, wide = imread(io.BytesIO(figure.files["png"])).shape[:2]
        # 11 by 8.5 inches less margins of an inch, at 160 dots an inch
        assert wide <= 9 * 160 and high <= 6.5 * 160
        assert "<title>" in figure.svg and "<dc:date>" not in figure.svg
        assert texts(figure)


EVIL = "<script>alert(1)</script> & $x^2$ =1+1\x07 \u4e2d\u6587"


@pytest.mark.parametrize("name", CALLS)
def test_texts_of_the_data_stand_as_texts(tmp_path: Path, name: str) -> None:
    spec = one_of(tmp_path, name)
    data = {key: frame.replace("Drug", EVIL) for key, frame in frames().items()}
    for figure in draw(spec, data):
        assert "<script" not in figure.svg
        assert any("<script>alert(1)</script> & $x^2$" in text for text in texts(figure))


@pytest.mark.parametrize("name", CALLS)
def test_cell_that_a_spreadsheet_would_run_is_safe_in_the_csv(tmp_path: Path, name: str) -> None:
    spec = one_of(tmp_path, name)
    data = {key: frame.replace("Drug", "=HYPERLINK(1)") for key, frame in frames().items()}
    for figure in draw(spec, data):
        cells = {cell for row in points(figure) for cell in row.values()}
        assert "'=HYPERLINK(1)" in cells
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


LONG = "An arm whose description goes on and on, for much longer than any figure can show it in one line " * 2


@pytest.mark.parametrize("name", CALLS)
def test_very_long_texts_are_cut_and_stand_in_full_in_the_csv(tmp_path: Path, name: str) -> None:
    spec = one_of(tmp_path, name)
    data = {key: frame.replace("Drug", LONG) for key, frame in frames().items()}
    for figure in draw(spec, data):
        assert any(clean(LONG) in cell for row in points(figure) for cell in row.values())
        high, wide = imread(io.BytesIO(figure.files["png"])).shape[:2]
        assert wide <= 9 * 160 and high <= 6.5 * 160


# --- edges ----------------------------------------------------------------------------------------------

Change = Callable[[dict[str, pd.DataFrame]], dict[str, pd.DataFrame]]


def _none(data: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {name: frame.iloc[:0] for name, frame in data.items()}


def _no_records(data: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {name: frame if name == "ADSL" else frame.iloc[:0] for name, frame in data.items()}


def _one_arm(data: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {name: frame if name == "ADSL" else frame[frame["USUBJID"] < "4"] for name, frame in data.items()}


def _missing_arm(data: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {name: frame[frame["USUBJID"] < "4"].reset_index(drop=True) for name, frame in data.items()}


def _one_subject(data: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {name: frame[frame["USUBJID"] == "1"].reset_index(drop=True) for name, frame in data.items()}


def _all_censored(data: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return data | {"ADTTE": data["ADTTE"].assign(CNSR=1.0)}


def _all_events(data: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return data | {"ADTTE": data["ADTTE"].assign(CNSR=0.0)}


EDGES: dict[str, Change] = {
    "no subjects": _none,
    "no records": _no_records,
    "one arm empty": _one_arm,
    "missing arm": _missing_arm,
    "one subject": _one_subject,
    "all censored": _all_censored,
    "all events": _all_events,
}


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("name", CALLS)
def test_edge_gives_a_picture_that_says_what_there_is(tmp_path: Path, name: str, edge: str) -> None:
    spec = one_of(tmp_path, name)
    data = EDGES[edge](frames())
    if name == "forest" and edge in ("missing arm", "one subject"):
        with pytest.raises(SpecError, match="reference 'Placebo' is no level of Group"):
            draw(spec, data)
        return
    (figure,) = draw(spec, data)
    shown = " ".join(texts(figure))
    assert figure.alt and "NE to NE" not in shown + figure.alt
    assert not re.search(r"\b1 (subjects|records|events)\b", shown + figure.alt)
    if edge == "no subjects":
        assert "No " in shown or name == "flow"
        assert name != "flow" or "(n = 0)" in shown.replace("\u00a0", " ")
    if edge == "no records" and name in ("survival", "swimmer", "cumulative"):
        assert "No records" in shown or "No lanes" in shown


def test_sixteen_arms_are_told_apart_and_stay_on_the_page(tmp_path: Path) -> None:
    data = frames()
    arms = [f"Arm {number:02d}" for number in range(16)]
    data["ADSL"] = pd.DataFrame({"USUBJID": arms, "TRT01P": arms, "FASFL": "Y", "SEX": "F", "RANDDT": 1.0})
    data["ADTTE"] = pd.DataFrame(
        {"USUBJID": arms, "TRTP": arms, "PARAMCD": "TTE", "PARAM": "T", "AVAL": np.arange(16.0), "CNSR": 0.0}
    )
    (figure,) = draw(study(tmp_path, SURVIVAL), data)
    assert len({row["group"] for row in points(figure)}) == 16


# --- style ----------------------------------------------------------------------------------------------


def _lightness(colour: str) -> float:
    """L* of CIE 1976 (sRGB, IEC 61966-2-1)."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance


def test_colours_of_values_fall_in_lightness_by_steps_that_are_seen_in_black_and_white() -> None:
    found = [_lightness(colour) for colour in STEPS]
    assert all(lighter - darker > 9 for lighter, darker in pairwise(found)), found
    assert [dark(colour) for colour in STEPS] == [False, False, False, True, True, True]


def test_texts_are_fitted_and_wrapped_by_the_measure_of_the_font() -> None:
    assert width("mm", 10) == pytest.approx(2 * width("m", 10), rel=0.02)
    assert width("m", 20) == pytest.approx(2 * width("m", 10))
    cut = fitted("A text that is far too long", 1.0, 9)
    assert cut.endswith("…") and width(cut, 9) <= 1.0
    lines = wrapped("one two three four five six", 0.8, 9, most=2)
    assert len(lines) == 2 and all(width(line, 9) <= 0.8 for line in lines) and lines[1].endswith("…")
    assert "".join(wrapped("Supercalifragilistic", 0.5, 9)) == "Supercalifragilistic"
    assert wrapped("x (n\u00a0=\u00a05)", 0.3, 9)[1].startswith("(n")


@given(st.lists(st.text("abWAVi.-", min_size=1, max_size=8), min_size=1, max_size=25), st.sampled_from([1.2, 1.5, 4.0]))
def test_line_holds_as_many_words_as_fit(words: list[str], inches: float) -> None:
    lines = [line.split(" ") for line in wrapped(" ".join(words), inches, 9)]
    assert "".join("".join(line) for line in lines) == "".join(words)
    for line, following in pairwise(lines):
        assert width(" ".join(line), 9) <= inches
        assert width(" ".join([*line, following[0]]), 9) > inches
