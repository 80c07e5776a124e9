"""The results stage on the golden subjects: ADaM values typed from their hand-worked table, and its faults."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from formats import xpt
from results import levels
from results.ard import Row, to_csv, to_json
from results.call import read_call
from results.figures import typographic
from results.layout import check_lines, tables
from results.read import AdamFiles
from results.run import build, check, compute, run
from results.statistics.interval import level_value
from results.template import fill, formatted
from specs import records
from specs.load import load
from specs.model import Spec, Study
from specs.problem import DataError, Place, SpecError
from specs.read_csv import Faults, read_table

STUDY = Path(__file__).parent.parent / "specs" / "nct06178146"
FOUR = Path(__file__).parent / "four_displays"
TA1, CTRL = "Thymosin Alpha-1 + CT", "Conventional Therapy"
ARMS = {"9001": 1, "9002": 2, "9003": 1, "9004": 2, "9005": 1, "9006": 2, "9007": 1}
EVENTS = ("9001-01", "9002-01", "9002-02", "9003-01", "9004-01", "9005-01", "9006-01", "9007-01")
# One value per target irAE in the order of EVENTS; None: no record.
BY_EVENT: dict[str, Sequence[int | None]] = {
    "RELW1": (1, 1, 0, 1, 0, 0, 0, 1),
    "RELW1V": (1, 1, 0, 1, 0, 1, 0, 1),
    "RELW1P": (1, 1, 0, 1, 0, 0, 0, 0),
    "RELW1T": (1, 1, 0, 0, 0, 0, 0, None),
    "G1W2": (1, 1, 0, 1, 0, 1, 0, 0),
    "G1W4": (1, 1, 0, 1, 0, 1, 0, 0),
    "G1W6": (1, 1, 1, 1, 0, 1, 0, 0),
    "G1W8": (1, 1, 1, 1, 0, 1, 0, 0),
}
BY_SUBJECT = {
    "SRELW1": (1, 0, 1, 0, 0, 0, 1),
    "SG1W2": (1, 0, 1, 0, 1, 0, 0),
    "SG1W4": (1, 0, 1, 0, 1, 0, 0),
    "SG1W6": (1, 1, 1, 0, 1, 0, 0),
    "SG1W8": (1, 1, 1, 0, 1, 0, 0),
}
TIMES = {
    "TTG1E": ((15, 0), (8, 0), (43, 0), (15, 0), (57, 3), (9, 0), (57, 1), (22, 2)),
    "TTG1S": ((15, 0), (43, 0), (15, 0), (57, 3), (9, 0), (57, 1), (22, 2)),
}
STEROIDS = {
    "CSCUM": (1410, 1370, 1960, 3225, 750, 1400, 1065),
    "CSDUR": (33, 41, 49, 12, 15, 56, 17),
    "CSIVYN": (1, 0, 1, 1, 0, 0, 1),
    "CSIVPCT": (100 * 500 / 1410, 0, 100 * 700 / 1960, 100, 0, 0, 100 * 225 / 1065),
    "CSIVDPC": (100 * 5 / 33, 0, 100 * 7 / 49, 100, 0, 0, 100 * 3 / 17),
}
PARAMS = {name: number for number, name in enumerate((*BY_EVENT, *BY_SUBJECT, *TIMES, *STEROIDS), 1)}
TEXTS = {"G1W2": "Grade <=1 Within 2 Weeks", "TTG1E": "Time to First Grade <=1, Target irAE (Days)"}


def usubjid(subject: str) -> str:
    return f"NCT06178146-01-{subject}"


def record(subject: str, paramcd: str, aval: float, cnsr: float = np.nan) -> dict[str, object]:
    arm = ARMS[subject]
    return {
        "USUBJID": usubjid(subject),
        "TRTP": TA1 if arm == 1 else CTRL,
        "TRTPN": float(arm),
        "FASFL": "Y",
        "PARAM": TEXTS.get(paramcd, f"Text of {paramcd}"),
        "PARAMCD": paramcd,
        "PARAMN": float(PARAMS[paramcd]),
        "AVAL": float(aval),
        "CNSR": cnsr,
    }


def golden() -> dict[str, pd.DataFrame]:
    """ADSL, ADIRAE, ADTTE and ADCS of the golden subjects, with the variables that the results read."""
    adsl: list[dict[str, object]] = [
        {
            "USUBJID": usubjid(subject),
            "TRT01P": TA1 if arm == 1 else CTRL,
            "TRT01PN": float(arm),
            "FASFL": "Y",
            "W1EVALFL": "N" if subject == "9005" else "Y",
        }
        for subject, arm in ARMS.items()
    ]
    failure = {"TRT01P": "Screen Failure", "TRT01PN": 9.0, "FASFL": "N", "W1EVALFL": "N"}
    adsl.append({"USUBJID": usubjid("9008"), **failure})
    adirae = [
        record(event[:4], code, value)
        for code, values in BY_EVENT.items()
        for event, value in zip(EVENTS, values)
        if value is not None
    ]
    adirae += [record(s, code, v) for code, values in BY_SUBJECT.items() for s, v in zip(ARMS, values)]
    adtte = [
        record(unit[:4], code, aval, cnsr)
        for code, units in (("TTG1E", EVENTS), ("TTG1S", tuple(ARMS)))
        for unit, (aval, cnsr) in zip(units, TIMES[code])
    ]
    adcs = [record(s, code, v) for code, values in STEROIDS.items() for s, v in zip(ARMS, values)]
    frames = {"ADSL": adsl, "ADIRAE": adirae, "ADTTE": adtte, "ADCS": adcs}
    return {name: pd.DataFrame(rows) for name, rows in frames.items()}


def study() -> Spec:
    """Four displays of the outcome measures, as tables; the rest of a specification is not needed."""
    faults = Faults()

    def read(name: str) -> list[records.Row]:
        table = read_table(FOUR / f"{name}.csv", f"results/{name}.csv", faults)
        assert table is not None
        return list(table.rows)

    spec = Spec(
        study=Study("NCT06178146", STUDY, {}, {"results": {"question": "Does it <help> & how soon?"}}),
        stage="adam",
        define={"StudyDescription": "Thymosin alpha-1 for <irAE>"},
        datasets={},
        variables={},
        displays={row.get("ID"): records.display(row, faults) for row in read("Analysis Displays")},
        results={row.get("ID"): records.result(row, faults) for row in read("Analysis Results")},
        statistics=tuple(records.statistic(row, faults) for row in read("Statistics")),
        lines=tuple(records.line(row, faults) for row in read("Lines")),
    )
    assert not faults.problems
    return spec


@pytest.fixture(scope="module")
def table() -> list[Row]:
    return run(study(), golden())


def values(rows: list[Row], result: str, arm: str, *levels: str, at: str = "") -> dict[str, object]:
    """The statistics of a result by name."""
    keys = (arm, *levels)
    return {
        row.stat_name: row.stat
        for row in rows
        if row.result == result
        and tuple(level for _, level in row.groups) == keys
        and row.variable_level == at
        and row.context != "subjects"
    }


RATES = [
    ("AR.1", (), (3, 4), (1, 4)),
    ("AR.2", (), (3, 4), (0, 3)),
    ("AR.3", ("RELW1V",), (4, 4), (1, 4)),
    ("AR.3", ("RELW1P",), (2, 4), (1, 4)),
    ("AR.3", ("RELW1T",), (1, 3), (1, 4)),
    ("AR.4", (), (3, 3), (1, 4)),
    ("AR.7", ("G1W2",), (3, 4), (1, 4)),
    ("AR.7", ("G1W4",), (3, 4), (1, 4)),
    ("AR.7", ("G1W6",), (3, 4), (2, 4)),
    ("AR.7", ("G1W8",), (3, 4), (2, 4)),
    ("AR.8", ("SG1W2",), (3, 4), (0, 3)),
    ("AR.8", ("SG1W4",), (3, 4), (0, 3)),
    ("AR.8", ("SG1W6",), (3, 4), (1, 3)),
    ("AR.8", ("SG1W8",), (3, 4), (1, 3)),
    ("AR.11", (), (3, 4), (1, 3)),
]


@pytest.mark.parametrize(("result", "level", "treated", "control"), RATES)
def test_rate_of_golden_subjects(
    table: list[Row], result: str, level: tuple[str, ...], treated: tuple[int, int], control: tuple[int, int]
) -> None:
    for arm, expected in ((TA1, treated), (CTRL, control)):
        found = values(table, result, arm, *level)
        assert (found["n"], found["N"]) == expected


DISPLAYS = ("T14.2.1", "T14.2.2", "T14.2.3", "T14.2.4")
MEDIANS = [
    ("AR.5", TA1, 15.0, 9.0, None),
    ("AR.5", CTRL, 43.0, 8.0, None),
    ("AR.6", TA1, 15.0, 9.0, None),
    ("AR.6", CTRL, None, 43.0, None),
]


@pytest.mark.parametrize(("result", "arm", "median", "low", "high"), MEDIANS)
def test_median_relieving_time_of_golden_subjects(
    table: list[Row], result: str, arm: str, median: float | None, low: float, high: float | None
) -> None:
    found = values(table, result, arm)
    assert (found["median"], found["median_low"], found["median_high"]) == (median, low, high)


def test_incidence_after_the_last_observation_is_not_estimable(table: list[Row]) -> None:
    assert values(table, "AR.5", TA1, at="15")["incidence"] == 0.75
    assert values(table, "AR.5", TA1, at="29")["incidence"] is None
    assert values(table, "AR.5", CTRL, at="57")["incidence"] == pytest.approx(0.5)


def test_corticosteroid_dose_of_golden_subjects(table: list[Row]) -> None:
    found = values(table, "AR.9", TA1)
    assert (found["mean"], found["median"], found["q1"], found["q3"]) == (1296.25, 1237.5, 907.5, 1685.0)
    assert found["sd"] == pytest.approx(518.13, abs=0.005)
    other = values(table, "AR.9", CTRL)
    assert (other["mean"], other["sd"]) == (pytest.approx(1998.33, abs=0.005), pytest.approx(1062.43, abs=0.005))


def test_corticosteroid_duration_of_golden_subjects(table: list[Row]) -> None:
    assert values(table, "AR.10", TA1)["mean"] == 28.5
    assert (values(table, "AR.10", TA1)["median"], values(table, "AR.10", CTRL)["median"]) == (25.0, 41.0)


def test_share_is_left_out_where_it_is_not_defined() -> None:
    frames = golden()
    adcs = frames["ADCS"]
    adcs.loc[(adcs.PARAMCD == "CSIVPCT") & adcs.USUBJID.str.endswith("9005"), "AVAL"] = np.nan
    found = values(run(study(), frames), "AR.12", TA1, "CSIVPCT")
    assert (found["n"], found["N"]) == (3, 4)


def test_subjects_have_the_population_as_denominator(table: list[Row]) -> None:
    found = {
        r.stat_name: r.stat for r in table if (r.result, r.context) == ("AR.1", "subjects") and r.groups[0][1] == CTRL
    }
    assert (found["n"], found["N"], found["pct"]) == (3, 3, 100.0)


def test_population_leaves_screen_failures_out(table: list[Row]) -> None:
    sizes = [(r.where, r.groups[0][1], r.stat) for r in table if r.context == "population"]
    assert sizes == [
        ("FASFL == 'Y'", TA1, 4),
        ("FASFL == 'Y'", CTRL, 3),
        ("FASFL == 'Y' and W1EVALFL == 'Y'", TA1, 3),
        ("FASFL == 'Y' and W1EVALFL == 'Y'", CTRL, 3),
    ]


def test_levels_stand_in_the_order_of_their_number_not_of_the_records() -> None:
    frames = {name: frame.iloc[::-1].reset_index(drop=True) for name, frame in golden().items()}
    rows = run(study(), frames)
    assert [r.groups[0][1] for r in rows[:2]] == [TA1, CTRL]
    assert rows == run(study(), golden())


def test_arm_without_records_is_given_with_n_0() -> None:
    frames = golden()
    for name in ("ADIRAE", "ADTTE", "ADCS"):
        frames[name] = frames[name][frames[name].TRTP == TA1].reset_index(drop=True)
    rows = run(study(), frames)
    found = values(rows, "AR.1", CTRL)
    assert (found["n"], found["N"], found["estimate"], found["conf_low"]) == (0, 0, None, None)
    assert values(rows, "AR.5", CTRL)["median"] is None
    assert values(rows, "AR.9", CTRL)["n"] == 0


def test_parameter_without_records_is_given_with_n_0() -> None:
    frames = golden()
    frames["ADIRAE"] = frames["ADIRAE"][frames["ADIRAE"].PARAMCD != "RELW1V"].reset_index(drop=True)
    assert values(run(study(), frames), "AR.3", TA1, "RELW1V")["N"] == 0


@pytest.mark.parametrize("selection", [
    "PARAMCD in ('RELW1', 'NONE1')", "PARAMCD IN (RELW1, NONE1)", "PARAMCD IN ('RELW1', \"NONE1\") and AVAL GE 0",
])  # fmt: skip
def test_level_that_a_selection_names_is_given_with_n_0_in_either_spelling(selection: str) -> None:
    rows = run(changed(study(), "AR.3", selection_criteria=selection), golden())
    assert values(rows, "AR.3", TA1, "NONE1")["N"] == 0
    assert values(rows, "AR.3", TA1, "RELW1")["N"] == 4


@pytest.mark.parametrize(("selection", "named"), [
    ("PARAMCD in ('B', 'A') and FASFL == 'Y'", {"PARAMCD": ("B", "A"), "FASFL": ("Y",)}),
    ("PARAMCD IN (B, A) and AVISITN EQ 2", {"PARAMCD": ("B", "A"), "AVISITN": ("2",)}),
    ("AVISITN in (2, 4)", {"AVISITN": ("2", "4")}),
    ("PARAMCD != 'A' and not AVISITN in (2, 4) and AVAL > 1 and A == B", {}),
    ("PARAMCD == 'A' or PARAMCD == 'B'", {}),
    ("", {}),
    ("PARAMCD ==", {}),
])  # fmt: skip
def test_levels_that_a_selection_names(selection: str, named: dict[str, tuple[str, ...]]) -> None:
    assert levels.selected(selection) == named


def early_cut() -> dict[str, pd.DataFrame]:
    """Nobody of the thymosin arm has every target irAE assessed, so the population of AR.4 lacks the arm."""
    frames = golden()
    frames["ADSL"].loc[frames["ADSL"].TRT01P == TA1, "W1EVALFL"] = "N"
    return frames


def test_arm_that_is_empty_in_one_population_keeps_its_column() -> None:
    spec, frames = study(), early_cut()
    found = next(table for table in tables(spec, compute(spec, frames)) if table.id == "T14.2.1")
    assert [(column.label, column.subjects) for column in found.columns] == [(TA1, 4), (CTRL, 3)]
    rows = {row.label: row.cells for row in found.rows}
    assert rows["Subjects with every target irAE assessed"] == ("0/0 (NE)", "1/4 (25.0%)")
    sizes = {(r.where, r.groups[0][1]): r.stat for r in run(spec, frames) if r.context == "population"}
    assert sizes["FASFL == 'Y' and W1EVALFL == 'Y'", TA1] == 0


def test_records_of_one_result_do_not_change_the_order_of_the_levels() -> None:
    spec = study()
    first = changed(spec, "AR.1", population="FASFL == 'Y' and W1EVALFL == 'Y'")
    found = tables(first, compute(first, early_cut()))[0]
    assert [(column.label, column.subjects) for column in found.columns] == [(TA1, 0), (CTRL, 3)]


def test_no_adverse_events_at_all_gives_every_arm_with_n_0() -> None:
    frames = golden()
    for name in ("ADIRAE", "ADTTE"):
        frames[name] = frames[name].iloc[:0]
    rows = run(study(), frames)
    assert values(rows, "AR.1", TA1)["N"] == values(rows, "AR.1", CTRL)["N"] == 0
    assert values(rows, "AR.5", TA1)["median"] is None


def test_planned_treatment_has_the_levels_of_all_randomised() -> None:
    frames = golden()
    frames["ADSL"]["RANDFL"] = (frames["ADSL"].TRT01P != "Screen Failure").map({True: "Y", False: "N"})
    frames["ADSL"].loc[frames["ADSL"].TRT01P == CTRL, "FASFL"] = "N"
    for spec, expected in (
        (study(), {TA1: 4, CTRL: 0}),
        (changed(study(), "AR.9", population=f"FASFL == 'Y' and TRT01P == '{TA1}'"), {TA1: 4, CTRL: 0}),
    ):
        rows = [row for row in run(spec, frames) if row.context == "population"]
        assert {row.groups[0][1]: row.stat for row in rows if row.where == "FASFL == 'Y'"} == expected
    chosen = f"TRT01P == '{TA1}'"
    spec = study()
    for name in spec.results:
        spec = changed(spec, name, population=chosen)
    assert [row.groups[0][1] for row in run(spec, frames) if row.context == "population"] == [TA1]


def test_results_of_a_display_with_other_group_variables_are_refused() -> None:
    spec = changed(study(), "AR.2", group="TRTPN")
    with pytest.raises(SpecError, match=r"\[Group\] the results of T14.2.1 differ in Group.*AR.1 has TRTP; put them"):
        tables(spec, compute(spec, golden()))


def test_no_subjects_at_all_gives_rows_without_levels(tmp_path: Path) -> None:
    frames = {name: frame.iloc[:0] for name, frame in golden().items()}
    assert run(study(), frames) == []


# --- faults ---


def changed(spec: Spec, result: str, **fields: object) -> Spec:
    results = {**spec.results, result: replace(spec.results[result], **fields)}  # type: ignore[arg-type]
    return replace(spec, results=results)


def test_unknown_dataset_names_the_nearest() -> None:
    spec = changed(study(), "AR.5", dataset="ADTE")
    with pytest.raises(
        SpecError, match=r"Analysis Results.csv:6 \[Dataset\] dataset 'ADTE' is not known; did you mean 'ADTTE'"
    ):
        run(spec, golden())


def test_unknown_group_names_the_nearest() -> None:
    with pytest.raises(SpecError, match=r"\[Group\] Group 'TRTPP' is not in ADIRAE; did you mean 'TRTP'"):
        run(changed(study(), "AR.1", group="TRTPP"), golden())


def test_faults_of_all_results_are_reported_together() -> None:
    spec = changed(changed(study(), "AR.1", group="TRTPP"), "AR.9", dataset="ADC")
    with pytest.raises(SpecError) as found:
        run(spec, golden())
    assert len(found.value.problems) == 2


def test_record_without_arm_is_refused() -> None:
    frames = golden()
    frames["ADTTE"].loc[0, "TRTP"] = None
    with pytest.raises(
        DataError, match=r"1 record\(s\) of ADTTE in this result have no TRTP, the first of subject NCT06178146-01-9001"
    ):
        run(study(), frames)


def test_missing_time_is_refused_with_its_place() -> None:
    frames = golden()
    frames["ADTTE"].loc[0, "AVAL"] = np.nan
    with pytest.raises(
        DataError, match=r"Statistics.csv:\d+ \[Statistic\] kaplan_meier of ADTTE: the time of 1 record"
    ):
        run(study(), frames)


def test_unknown_variable_in_a_condition_names_the_nearest() -> None:
    with pytest.raises(SpecError, match=r"\[Population\] unknown name 'FASFLG'.*'FASFL'"):
        run(changed(study(), "AR.1", population="FASFLG == 'Y'"), golden())


def test_analysis_of_a_text_as_a_number_is_refused() -> None:
    spec = study()
    first = replace(spec.statistics[0], statistic="summary(TRTP)")
    with pytest.raises(SpecError, match=r"Statistics.csv:2 \[Statistic\] 'TRTP' is not a number"):
        run(replace(spec, statistics=(first,)), golden())


def test_selection_that_is_no_condition_is_refused() -> None:
    with pytest.raises(SpecError, match=r"\[Selection Criteria\] 'AVAL' is not a condition"):
        run(changed(study(), "AR.1", selection_criteria="AVAL"), golden())


PLACE = Place("results/Statistics.csv", 2, "Statistic")
WRONG_CALLS = [
    ("proporton(AVAL == 1)", "statistic 'proporton' is not known; did you mean 'proportion'"),
    ("proportion(conditon=AVAL == 1)", "has no argument 'conditon'; did you mean 'condition'"),
    ("proportion(AVAL == 1, ci='exact')", "ci='exact' is not known; valid are 'clopper_pearson', 'wilson'"),
    ("proportion(AVAL == 1, ci=exact)", "ci=exact is not a constant"),
    ("proportion(AVAL == 1, level='95')", "level='95' is of the wrong kind"),
    ("proportion(AVAL == 1, level=95)", "lies between 0 and 1"),
    ("proportion()", "lacks condition"),
    ("proportion(AVAL == 1, AVAL == 2)", r"takes 1 column\(s\), not 2"),
    ("proportion(AVAL == 1, condition=AVAL == 2)", "gets 'condition' twice"),
    ("kaplan_meier(AVAL, CNSR, at=('a',))", "is of the wrong kind"),
    ("kaplan_meier(AVAL", "cannot be read"),
    ("AVAL == 1", "is not one call of a statistic"),
    ("__import__('os').system('x')", "is not one call of a statistic"),
    ("subjects(**AVAL)", r"has no argument '\*\*'"),
]


@pytest.mark.parametrize(("text", "message"), WRONG_CALLS)
def test_wrong_call_is_refused_at_its_place(text: str, message: str) -> None:
    with pytest.raises(SpecError, match=rf"results/Statistics.csv:2 \[Statistic\] .*{message}"):
        read_call(text, PLACE)


def test_call_keeps_the_text_of_its_column_expression() -> None:
    call = read_call("proportion(AVAL  ==  1, ci='wilson')", PLACE)
    assert (call.columns, call.constants) == ({"condition": "AVAL  ==  1"}, {"ci": "wilson"})


def test_single_time_may_stand_without_a_tuple() -> None:
    assert read_call("kaplan_meier(AVAL, CNSR, at=15)", PLACE).constants == {"at": (15,)}


WRONG_LINES = [
    ({"result": "AR.99"}, r"\[Result\] result 'AR.99' is not known"),
    ({"display": "T14"}, r"\[Display\] display 'T14' is not known"),
    ({"statistic": "propotion"}, r"AR.1 has no statistic 'propotion'; did you mean 'proportion'"),
    ({"statistic": "proportion", "template": "{pc}"}, r"\[Template\] statistic 'pc' is not known; did you mean"),
    ({"statistic": "proportion", "template": "{n.real}"}, "'{n.real}' is no field"),
    ({"statistic": "proportion", "template": "{n!r}"}, "is no field"),
    ({"statistic": "proportion", "template": "{n:>99999}"}, "'>99999' is no format"),
    ({"statistic": "proportion", "template": "{n"}, "is no template"),
    (
        {"statistic": "proportion", "label": "{n}"},
        r"\[Label\] a label names variables of By, and proportion of AR.1 has no By; write the label without {n}",
    ),
    (
        {"result": "AR.3", "statistic": "proportion", "label": "{PARM}"},
        r"\[Label\] By variable 'PARM' is not known; did you mean 'PARAM'",
    ),
]


@pytest.mark.parametrize(("fields", "message"), WRONG_LINES)
def test_wrong_line_is_found_without_data(fields: dict[str, str], message: str) -> None:
    spec = study()
    first = replace(spec.lines[1], **fields)  # type: ignore[arg-type]
    with pytest.raises(SpecError, match=rf"results/Lines.csv:3 .*{message}"):
        check_lines(replace(spec, lines=(first, *spec.lines[2:])))


def test_tables_of_the_study_are_right() -> None:
    check(load(STUDY, "adam"))


def test_wrong_expression_and_wrong_line_are_found_together_without_data() -> None:
    spec = changed(load(STUDY, "adam"), "AR.5", selection_criteria="PARAMC == 'TTG1E'")
    spec = replace(spec, lines=(*spec.lines[:-1], replace(spec.lines[-1], statistic="sumary")))
    with pytest.raises(SpecError) as found:
        check(spec)
    assert [problem.place.column for problem in found.value.problems] == ["Selection Criteria", "Statistic"]
    assert "PARAMCD" in found.value.problems[0].hint


# --- display ---


def test_halves_are_rounded_away_from_zero() -> None:
    assert [formatted(x, ".1f") for x in (0.25, 12.25, -0.25, 2.675)] == ["0.3", "12.3", "-0.3", "2.7"]
    assert [formatted(x, ".0%") for x in (0.125, 0.285)] == ["13%", "29%"]


def test_rounded_zero_has_no_sign() -> None:
    assert formatted(-0.01, ".1f") == "0.0"


@pytest.mark.parametrize(
    ("value", "spec", "shown"),
    [
        (1234567890123, "d", "1234567890123"),
        (123456789012.345, ".2f", "123456789012.35"),
        (1234567890.125, ".2f", "1234567890.13"),
        (-1234567890.125, ".2f", "-1234567890.13"),
        (123456789.5, "", "123456789.5"),
        (1e6, "", "1000000"),
        (0.1 + 0.2, "", "0.3"),
        (0.5 - 1e-13, ".0f", "1"),
    ],
)
def test_great_numbers_lose_no_digit_that_is_shown(value: float, spec: str, shown: str) -> None:
    assert formatted(value, spec) == shown


@pytest.mark.parametrize(("level", "shown"), [(0.95, "95%"), (0.975, "97.5%"), (0.9999, "99.99%"), (0.9, "90%")])
def test_confidence_level_is_not_rounded(level: float, shown: str) -> None:
    assert fill("{conf_level:%} CI", {"conf_level": level}, Place("Lines.csv")) == f"{shown} CI"
    assert float(formatted(level, level_value(level).fmt)) == level


def test_not_estimable_is_shown_as_ne() -> None:
    assert fill("{a:.1f} ({b:.1f})", {"a": 15.0, "b": None}, PLACE) == "15.0 (NE)"
    assert fill("{a:.1f} ({b:.1f})", {"a": None, "b": None}, PLACE) == "NE"


EMPTY_BRACKETS = [
    ("{n}/{N} ({pct:.1f}%)", {"n": 0, "N": 0, "pct": None}, "0/0 (NE)"),
    ("{a:.1f} ({b:.1f}, {c:.1f})", {"a": 43.0, "b": 8.0, "c": None}, "43.0 (8.0, NE)"),
    ("{a:.1f} ({b:.1f}, {c:.1f})", {"a": 15.0, "b": None, "c": None}, "15.0 (NE)"),
    ("{a:.1f} [{b:.1f}; {c:.1f}]", {"a": 15.0, "b": None, "c": None}, "15.0 [NE]"),
    ("{a} (of {n} ({b:.1f}%))", {"a": 0, "n": 0, "b": None}, "0 (of 0 (NE))"),
    ("{a} (all) {b:.1f}", {"a": 0, "b": None}, "0 (all) NE"),
    ("{a}) ({b}", {"a": 0, "b": None}, "0) (NE"),
]


@pytest.mark.parametrize(("template", "given", "expected"), EMPTY_BRACKETS)
def test_bracket_without_an_estimable_value_reads_ne_as_a_whole(
    template: str, given: dict[str, float | None], expected: str
) -> None:
    assert fill(template, given, PLACE) == expected


def test_lines_below_a_heading_are_indented_and_blanks_indent_further() -> None:
    spec = study()
    found = tables(spec, compute(spec, golden()))[0]
    assert [row.indent for row in found.rows[:4]] == [0, 1, 1, 2]
    assert not found.rows[0].cells


def test_cells_of_the_primary_display() -> None:
    spec = study()
    found = next(table for table in tables(spec, compute(spec, golden())) if table.id == "T14.2.1")
    assert [(column.label, column.subjects) for column in found.columns] == [(TA1, 4), (CTRL, 3)]
    rows = {(row.label, row.cells) for row in found.rows}
    assert ("Relieved by at least 1 grade", ("3/4 (75.0%)", "1/4 (25.0%)")) in rows
    assert ("95% confidence interval", ("19.4% to 99.4%", "0.6% to 80.6%")) in rows
    assert ("Nominal visit", ("4/4 (100.0%)", "1/4 (25.0%)")) in rows


def test_line_without_level_repeats_for_every_level_with_its_text() -> None:
    spec = study()
    line = replace(spec.lines[0], display="T14.2.3", label="{PARAM} ({PARAMCD})", result="AR.7", template="{n}/{N}")
    spec = replace(spec, lines=(replace(line, statistic="proportion"),))
    (found,) = tables(spec, compute(spec, golden()))
    assert found.rows[0].label == "Grade <=1 Within 2 Weeks (G1W2)"
    assert [row.cells for row in found.rows] == [("3/4", "1/4"), ("3/4", "1/4"), ("3/4", "2/4"), ("3/4", "2/4")]


def test_line_may_name_a_statistic_by_its_order() -> None:
    spec = study()
    twice = replace(spec.statistics[0], order=5.0, statistic="proportion(AVAL == 1, ci='wilson')")
    line = replace(spec.lines[2], template="{method}")
    with pytest.raises(SpecError, match="has 'proportion' 2 times; write the Order: 1, 5"):
        check_lines(replace(spec, statistics=(*spec.statistics, twice), lines=(line,)))
    named = replace(line, statistic="5")
    spec = replace(spec, statistics=(*spec.statistics, twice), lines=(named,))
    (found,) = tables(spec, compute(spec, golden()))
    assert found.rows[0].cells == ("wilson", "wilson")


# --- files ---


def write_adam(folder: Path, frames: dict[str, pd.DataFrame]) -> Path:
    folder.mkdir()
    for name, frame in frames.items():
        xpt.write_frame(folder / f"{name.lower()}.xpt", frame, dataset=name, created=datetime(2026, 1, 1))
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("results")
    adam = write_adam(root / "adam", golden())
    for name in ("one", "two"):
        summary = build(study(), adam, root / name)
    assert summary.files == tuple(sorted(p.relative_to(root / "two").as_posix() for p in (root / "two").rglob("*.*")))
    return root


def test_two_builds_are_byte_identical(built: Path) -> None:
    files = sorted(path.relative_to(built / "one") for path in (built / "one").rglob("*") if path.is_file())
    assert [path.as_posix() for path in files if path.suffix == ".svg"] == [
        "figures/T14.2.2-AR.5.svg",
        "figures/T14.2.2-AR.6.svg",
    ]
    for path in files:
        assert (built / "one" / path).read_bytes() == (built / "two" / path).read_bytes()


def test_csv_and_json_hold_the_same_table(built: Path, table: list[Row]) -> None:
    with (built / "one" / "ard.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    data = json.loads((built / "one" / "ard.json").read_text(encoding="utf-8"))
    assert data["study"] == "NCT06178146"
    assert len(rows) == len(data["rows"]) == len(table)
    for one, other in zip(rows, data["rows"]):
        assert list(one) == list(other)
        assert one["stat"] == ("" if other["stat"] is None else str(other["stat"]))


def test_ard_has_the_columns_of_cards(built: Path) -> None:
    header = (built / "one" / "ard.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    wanted = ["group1", "group1_level", "group2", "group2_level", "variable", "variable_level", "context"]
    assert [name for name in header if name in wanted] == wanted
    following = ["stat_name", "stat_label", "stat", "stat_fmt", "fmt_fun", "warning", "error"]
    assert header[header.index("context") + 1 :][: len(following)] == following


def test_data_without_subjects_still_build(tmp_path: Path) -> None:
    frames = {name: frame.iloc[:0] for name, frame in golden().items()}
    summary = build(study(), write_adam(tmp_path / "adam", frames), tmp_path / "out")
    assert summary.rows == 0
    assert {"ard.csv", "ard.json", "ard.parquet", "ars.json", "index.html", "tables.rtf"} < set(summary.files)
    text = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "ADSL holds no subjects: there is nothing to analyse." in text
    assert text.count("No subjects, so no columns and no numbers.") == 4
    assert "<table" not in text
    assert b"No subjects, so no columns and no numbers." in (tmp_path / "out" / "tables" / "T14.2.1.rtf").read_bytes()


def html_of(spec: Spec, frames: dict[str, pd.DataFrame], folder: Path) -> str:
    build(spec, write_adam(folder / "adam", frames), folder / "out")
    return (folder / "out" / "index.html").read_text(encoding="utf-8")


def display(text: str, name: str) -> str:
    """The section of a display, its cells as texts alone."""
    start = text.index(f'id="{name}"')
    return without_buttons(text[start : text.index("</section>", start)])


def without_buttons(text: str) -> str:
    return re.sub(r"</?button[^>]*>", "", text)


def test_nobody_randomised_is_said_on_the_page(tmp_path: Path) -> None:
    frames = {name: frame.iloc[:0] for name, frame in golden().items()}
    frames["ADSL"] = golden()["ADSL"].iloc[-1:]
    text = html_of(study(), frames, tmp_path)
    assert "None of the 1 subject(s) of ADSL is in a population of the results" in text


def test_page_of_an_early_cut_says_which_arm_is_empty(tmp_path: Path) -> None:
    text = html_of(study(), early_cut(), tmp_path)
    assert f"No subject in the population FASFL == &#39;Y&#39; and W1EVALFL == &#39;Y&#39;: {TA1}." in text
    assert "<td>0/0 (NE)</td>" in display(text, "T14.2.1")


def test_page_without_adverse_events_has_every_display(tmp_path: Path) -> None:
    frames = golden()
    for name in ("ADIRAE", "ADTTE"):
        frames[name] = frames[name].iloc[:0]
    text = html_of(study(), frames, tmp_path)
    # 14 rates, of 5 + 9 lines on ADIRAE, in 2 arms; medians and limits are NE.
    assert without_buttons(text).count("<td>0/0 (NE)</td>") == 28
    assert display(text, "T14.2.2").count("<td>NE</td>") == 28
    assert "Not estimable at time" not in text
    assert "0 of 0" in text
    assert "NE to NE" not in text


def test_ard_of_nothing_is_a_header() -> None:
    assert to_csv([]).splitlines() == [
        "display,result,statistic,dataset,where,group1,group1_level,reference,variable,variable_level,context,stat_name,"
        "stat_label,stat,stat_fmt,fmt_fun,warning,error,population,denominator,records_where,records,subjects"
    ]
    assert json.loads(to_json([], "X")) == {"study": "X", "rows": []}


class Page(HTMLParser):
    """Collects ids, links, and what would load something from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.ids += [known["id"] or ""] if "id" in known else []
        self.links += [known["href"] or ""] if tag == "a" else []
        if tag in ("link", "img", "iframe") or (tag == "script" and "src" in known):
            self.loaded.append(tag)


@pytest.fixture(scope="module")
def html(built: Path) -> str:
    return (built / "one" / "index.html").read_text(encoding="utf-8")


def test_page_loads_nothing_and_its_links_lead_somewhere(built: Path, html: str) -> None:
    page = Page()
    page.feed(html)
    assert page.loaded == []
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids
        elif not link.startswith("../adam/define."):
            assert (built / "one" / link).is_file()


def test_page_escapes_the_texts_of_the_study(html: str) -> None:
    assert "Thymosin alpha-1 for &lt;irAE&gt;" in html
    assert "Does it &lt;help&gt; &amp; how soon?" in html


def test_texts_of_the_data_reach_the_page_as_text(tmp_path: Path) -> None:
    frames = golden()
    arm = "<script>alert(1)</script> $x^2$ & {n}"
    for name, column in (("ADSL", "TRT01P"), ("ADIRAE", "TRTP"), ("ADTTE", "TRTP"), ("ADCS", "TRTP")):
        frames[name][column] = frames[name][column].replace(TA1, arm)
    build(study(), write_adam(tmp_path / "adam", frames), tmp_path / "out")
    text = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script[^>]*>", text) == ['<script type="application/json" id="data">', "<script>"]
    assert "alert(1)</script" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt; $x^2$ &amp; {n}") > 5


def test_figures_of_one_result_have_names_of_their_own(tmp_path: Path) -> None:
    spec = study()
    km = next(row for row in spec.statistics if row.statistic.startswith("kaplan_meier"))
    other = replace(km, order=7.0, statistic="kaplan_meier(AVAL, CNSR, ci='log')")
    spec = changed(replace(spec, statistics=(km, other), lines=()), "AR.5", display="../T 1")
    summary = build(spec, write_adam(tmp_path / "adam", golden()), tmp_path / "out")
    assert [file for file in summary.files if file.endswith("svg")] == [
        "figures/.._T_1-AR.5-7.svg",
        "figures/.._T_1-AR.5.svg",
    ]


def test_ne_is_explained_only_where_it_stands(html: str) -> None:
    shown = {name: "<td>NE" in display(html, name) or ", NE)" in display(html, name) for name in DISPLAYS}
    assert shown == {"T14.2.1": False, "T14.2.2": True, "T14.2.3": False, "T14.2.4": False}
    assert {name: "NE: not estimable." in display(html, name) for name in DISPLAYS} == shown
    assert "CI: confidence interval. NE: not estimable." in html[html.index('id="answers"') :]


def test_time_that_no_record_is_followed_to_is_explained(html: str) -> None:
    notes = re.findall(r"Not estimable at time ([\d, ]+) \(([^)]*)\): no record is followed to then", html)
    assert notes == [("29, 43, 57", f"{TA1}, AR.5; {TA1}, AR.6")]
    assert "Not estimable at time" in display(html, "T14.2.2")


def test_every_table_scrolls_in_its_own_box(html: str) -> None:
    assert html.count("<table") == len(re.findall(r'<div class="wide" tabindex="0" role="region"[^>]*>\s*<table', html))
    assert re.search(r"\.wide \{ overflow-x: auto; \}", html)
    assert "overflow-wrap: break-word" in html


def test_page_answers_every_outcome_measure_of_the_registry(html: str) -> None:
    answers = html[html.index('id="answers"') : html.index('id="populations"')]
    figures = re.findall(r'class="figure n"[^>]*>([^<]+)<', answers)
    assert figures[:6] == ["75.0%", "25.0%", "75.0%", "0.0%", "15.0", "43.0"]
    assert figures[6:14] == ["75.0%", "25.0%"] * 2 + ["75.0%", "50.0%"] * 2
    assert figures[14:] == ["1296.3", "1998.3", "28.5", "36.3", "75.0%", "33.3%"]


def test_figure_has_the_numbers_at_risk_and_no_date(built: Path) -> None:
    text = (built / "one" / "figures" / "T14.2.2-AR.5.svg").read_text(encoding="utf-8")
    texts = ["".join(node.itertext()) for node in ElementTree.fromstring(text).iter("{http://www.w3.org/2000/svg}text")]
    assert "Time to First Grade ≤1, Target irAE (Days)" in texts
    assert [found for found in texts if found.isdigit()][-10:] == ["4", "3", "0", "0", "0", "4", "3", "3", "3", "2"]
    assert "<dc:date>" not in text


def test_coordinates_of_the_figure_by_hand(built: Path) -> None:
    with (built / "one" / "figures" / "T14.2.2-AR.5.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["group"] == TA1]
    assert [(row["time"], row["at_risk"], row["events"], row["censored"], row["survival"]) for row in rows] == [
        ("9", "4", "1", "0", "0.75"),
        ("15", "3", "2", "0", "0.25"),
        ("22", "1", "0", "1", "0.25"),
    ]


def test_arm_that_a_spreadsheet_would_run_is_safe_in_csv_and_kept_in_json(tmp_path: Path) -> None:
    frames = golden()
    for frame in frames.values():
        for column in {"TRT01P", "TRTP"} & set(frame.columns):
            frame[column] = frame[column].replace(TA1, "=HYPERLINK(1)")
    build(study(), write_adam(tmp_path / "adam", frames), tmp_path / "out")
    for name in ("ard.csv", "figures/T14.2.2-AR.5.csv"):
        with (tmp_path / "out" / name).open(encoding="utf-8", newline="") as file:
            cells = {cell for row in csv.reader(file) for cell in row}
        assert "'=HYPERLINK(1)" in cells
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    data = json.loads((tmp_path / "out" / "ard.json").read_text(encoding="utf-8"))
    assert "=HYPERLINK(1)" in {row["group1_level"] for row in data["rows"]}


def test_missing_dataset_file_says_what_to_do(tmp_path: Path) -> None:
    frames = golden()
    del frames["ADTTE"]
    adam = write_adam(tmp_path / "adam", frames)
    with pytest.raises(DataError, match=r"adtte.xpt there is no file of ADTTE; run `build adam` first"):
        build(study(), adam, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_unknown_variable_in_a_file_names_the_nearest(tmp_path: Path) -> None:
    adam = write_adam(tmp_path / "adam", golden())
    with pytest.raises(SpecError, match=r"Group 'TRTPP' is not in ADCS; did you mean 'TRTP'"):
        build(changed(study(), "AR.9", group="TRTPP"), adam, tmp_path / "out")


def test_only_named_variables_and_their_companions_are_read(tmp_path: Path) -> None:
    frames = golden()
    frames["ADTTE"]["AGE"] = 60.0
    read = AdamFiles(study(), write_adam(tmp_path / "adam", frames))
    assert list(read["ADTTE"]) == ["USUBJID", "TRTP", "TRTPN", "FASFL", "PARAM", "PARAMCD", "PARAMN", "AVAL", "CNSR"]
    assert list(read["ADSL"]) == ["USUBJID", "TRT01P", "TRT01PN", "FASFL", "W1EVALFL"]


def test_file_that_is_no_xpt_is_a_fault_of_the_data(tmp_path: Path) -> None:
    adam = write_adam(tmp_path / "adam", golden())
    (adam / "adsl.xpt").write_bytes(b"not a transport file")
    with pytest.raises(DataError, match=r"adsl.xpt"):
        build(study(), adam, tmp_path / "out")


def test_comparisons_in_labels_become_signs() -> None:
    assert typographic("Grade <=1 and >=1-Grade") == "Grade ≤1 and ≥1-Grade"
