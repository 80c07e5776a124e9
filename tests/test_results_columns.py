"""Results over several levels: totals, missing levels, levels under levels, their order, comparisons, strata."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from engine_study import faults, write

from results import levels
from results.compute import compute, rows
from results.layout import Table, tables
from results.run import check
from results.statistics.registry import STATISTICS, Condition, Group, Groups, Strata, Value, statistic
from specs.load import load
from specs.model import Spec

TOML = """
STUDYID = "S"
[standards]
sdtmig = "3.4"
adamig = "1.3"
occds = "1.1"
sdtmct = "2025-03-28"
adamct = "2025-03-28"
"""
FILES = {
    "study.toml": TOML,
    "adam/Datasets.csv": "Dataset,Label,Class,Structure,Key Variables\nADSL,,,,USUBJID\n"
    'ADAE,Events,OCCURRENCE DATA STRUCTURE,One record per event,"USUBJID, AESEQ"\n',
    "adam/Variables.csv": "Dataset,Variable,Label,Data Type,Codelist,Mandatory\n"
    "ADSL,USUBJID,,,,No\nADSL,TRT01A,,,ARM,No\nADSL,TRT01AN,,,,No\nADSL,SEX,,,,No\nADSL,AGE,,,,No\n"
    "ADAE,USUBJID,,,,No\nADAE,TRTA,,,ARM,No\nADAE,TRTAN,,,,No\nADAE,AESEQ,,,,No\nADAE,AEBODSYS,,,none,No\n"
    "ADAE,AEDECOD,,,none,No\n",
    "adam/Codelists.csv": "ID,Name,Data Type,Order,Term\nARM,Arm,text,1,Drug\nARM,Arm,text,2,Placebo\n",
    "results/Analysis Displays.csv": "ID,Title\nT1,Table 1\n",
}
ADSL = pd.DataFrame(
    {
        "USUBJID": list("12345"),
        "TRT01A": ["Drug", "Drug", "Drug", "Placebo", "Placebo"],
        "TRT01AN": [1.0, 1, 1, 2, 2],
        "SEX": ["F", "M", None, "M", "M"],
        "AGE": [50.0, 60, 70, 40, 45],
    }
)
ADAE = pd.DataFrame(
    {
        "USUBJID": list("1112244"),
        "TRTA": ["Drug"] * 5 + ["Placebo"] * 2,
        "TRTAN": [1.0] * 5 + [2.0] * 2,
        "AESEQ": [1.0, 2, 3, 1, 2, 1, 2],
        "AEBODSYS": ["SKIN", "SKIN", "GUT", "SKIN", "GUT", "LUNG", "LUNG"],
        "AEDECOD": ["RASH", "ITCH", "NAUSEA", "RASH", "PAIN", "COUGH", "COUGH"],
    }
)


@dataclass(frozen=True)
class Counts:
    """What a statistic of the tests was given."""

    compared: int
    reference: int
    strata: int

    def values(self) -> tuple[Value, ...]:
        return tuple(Value(name, name, getattr(self, name), "d") for name in ("compared", "reference", "strata"))


@pytest.fixture
def counting() -> Iterator[None]:
    """Two statistics that count what they are given: one against the reference, one over all levels."""

    @statistic
    def counted(condition: Condition, group: Group, strata: Strata = None) -> Counts:
        code = np.asarray(group)[np.asarray(condition, bool)]
        return Counts(int((code == 1).sum()), int((code == 0).sum()), len(set(strata)) if strata is not None else 0)

    @statistic
    def over_all(condition: Condition, groups: Groups) -> Counts:
        code = np.asarray(groups)[np.asarray(condition, bool)]
        return Counts(int((code == 0).sum()), int((code == 1).sum()), len(code))

    yield
    for name in ("counted", "over_all"):
        del STATISTICS[name]


def table(*lines: str) -> str:
    """CSV from rows of cells parted by `|`."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(line.split("|") for line in lines)
    return stream.getvalue()


def study(folder: Path, result: str, statistics: tuple[str, ...], lines: tuple[str, ...] = ()) -> Spec:
    files: Mapping[str, str] = {
        **FILES,
        "results/Analysis Results.csv": table(
            "Display|ID|Description|Variables|Reason|Purpose|Dataset|Population|Group|Total",
            f"T1|R1|d|USUBJID|r|p|{result}",
        ),
        "results/Statistics.csv": table("Result|Order|By|Statistic|Missing", *(f"R1|{row}" for row in statistics)),
        "results/Lines.csv": table(
            "Display|Order|Label|Result|Statistic|Template|Under|Sort", *(f"T1|{row}" for row in lines)
        ),
    }
    return load(write(folder, files), "adam")


def laid_out(spec: Spec) -> Table:
    check(spec)
    return tables(spec, compute(spec, {"ADSL": ADSL, "ADAE": ADAE}))[0]


def ard(spec: Spec, name: str) -> list[tuple[object, ...]]:
    """(group and by levels, reference, value) of a statistic."""
    found = rows(compute(spec, {"ADSL": ADSL, "ADAE": ADAE}))
    return [
        (row.groups, row.reference, row.stat) for row in found if row.stat_name == name and row.context != "population"
    ]


def test_total_is_a_column_over_all_levels(tmp_path: Path) -> None:
    spec = study(tmp_path, "ADSL|AGE > 0|TRT01A|Total", ("1||summary(AGE)|",), ("1|Mean|R1|summary|{mean:.1f}||",))
    found = laid_out(spec)
    assert [(column.label, column.subjects) for column in found.columns] == [("Drug", 3), ("Placebo", 2), ("Total", 5)]
    assert found.rows[0].cells == ("60.0", "42.5", "53.0")
    assert [groups for groups, _, _ in ard(spec, "mean")] == [(("TRT01A", "Drug"),), (("TRT01A", "Placebo"),), ()]


def test_total_needs_one_group_variable(tmp_path: Path) -> None:
    spec = study(tmp_path, "ADSL|AGE > 0|TRT01A SEX|Total", ("1||summary(AGE)|",))
    assert "a total is over the levels of one Group variable" in faults(tmp_path, lambda: check(spec))[0]


def test_records_without_a_level_get_the_name_given_for_them(tmp_path: Path) -> None:
    spec = study(tmp_path, "ADSL||TRT01A|Total", ("1|SEX|subjects()|Missing",), ("1||R1|subjects|{n}/{N}||",))
    found = laid_out(spec)
    assert [(row.label, row.cells) for row in found.rows] == [
        ("F", ("1/3", "0/2", "1/5")),
        ("M", ("1/3", "2/2", "3/5")),
        ("Missing", ("1/3", "0/2", "1/5")),
    ]


def test_record_without_a_level_is_an_error_where_no_name_is_given(tmp_path: Path) -> None:
    spec = study(tmp_path, "ADSL||TRT01A|", ("1|SEX|subjects()|",))
    found = faults(tmp_path, lambda: compute(spec, {"ADSL": ADSL, "ADAE": ADAE}))
    assert "1 record(s) of ADSL in this result have no SEX, the first of subject 3" in found[0]


EVENTS = ("1|AEBODSYS|subjects()|", "2|AEBODSYS AEDECOD|subjects()|")


def test_levels_stand_under_their_level_sorted_by_count(tmp_path: Path) -> None:
    lines = ("1||R1|1|{n}||n", "2||R1|2|{n}|1|n")
    found = laid_out(study(tmp_path, "ADAE||TRTA|", EVENTS, lines))
    assert [(row.indent, row.label, row.cells) for row in found.rows] == [
        (0, "GUT", ("2", "0")),
        (0, "NAUSEA", ("1", "0")),
        (0, "PAIN", ("1", "0")),
        (0, "SKIN", ("2", "0")),
        (0, "RASH", ("2", "0")),
        (0, "ITCH", ("1", "0")),
        (0, "LUNG", ("0", "1")),
        (0, "COUGH", ("0", "1")),
    ]


def test_levels_may_be_sorted_by_label(tmp_path: Path) -> None:
    lines = ("1|{AEBODSYS}|R1|1|{n}||label", "2|  {AEDECOD}|R1|2|{n}|1|label")
    found = laid_out(study(tmp_path, "ADAE||TRTA|", EVENTS, lines))
    assert [(row.indent, row.label) for row in found.rows] == [
        (0, "GUT"),
        (1, "NAUSEA"),
        (1, "PAIN"),
        (0, "LUNG"),
        (1, "COUGH"),
        (0, "SKIN"),
        (1, "ITCH"),
        (1, "RASH"),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2||R1|2|{n}|7|", "[Under] '7' is no other line of T1"),
        ("2||R1|1|{n}|1|", "its By begins with these variables and has one more"),
        ("2||R1|2|{n}|1|m", "[Sort] statistic to sort by 'm' is not known"),
    ],
)
def test_fault_of_a_line_is_found_without_data(tmp_path: Path, line: str, message: str) -> None:
    spec = study(tmp_path, "ADAE||TRTA|", EVENTS, ("1||R1|1|{n}||", line))
    assert message in faults(tmp_path, lambda: check(spec))[0]


def test_comparison_stands_in_the_column_of_the_compared_level(tmp_path: Path, counting: None) -> None:
    call = "1||counted(AESEQ > 0, reference='Placebo')|"
    spec = study(tmp_path, "ADAE||TRTA|", (call,), ("1|x|R1|counted|{compared} v {reference}||",))
    assert laid_out(spec).rows[0].cells == ("5 v 2", "")
    assert ard(spec, "compared") == [((("TRTA", "Drug"),), "Placebo", 5)]


def test_comparison_is_made_in_each_subgroup(tmp_path: Path, counting: None) -> None:
    """SEX is a variable of ADSL that ADAE lacks."""
    spec = study(tmp_path, "ADAE||TRTA|", ("1|SEX|counted(AESEQ > 0, reference='Placebo')|",))
    assert ard(spec, "compared") == [
        ((("TRTA", "Drug"), ("SEX", "F")), "Placebo", 3),
        ((("TRTA", "Drug"), ("SEX", "M")), "Placebo", 2),
    ]
    assert [value for _, _, value in ard(spec, "reference")] == [0, 2]


def test_statistic_over_all_levels_has_no_level(tmp_path: Path, counting: None) -> None:
    spec = study(tmp_path, "ADAE||TRTA|", ("1||over_all(AESEQ > 1)|",), ("1|x|R1|over_all|{strata}||",))
    assert laid_out(spec).rows[0].cells == ("4", "")
    assert ard(spec, "strata") == [((), "", 4)]


def test_strata_may_be_several_variables(tmp_path: Path, counting: None) -> None:
    call = "1||counted(AESEQ > 0, reference='Placebo', strata=(AEBODSYS, AEDECOD))|"
    assert ard(study(tmp_path, "ADAE||TRTA|", (call,)), "strata") == [((("TRTA", "Drug"),), "Placebo", 5)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("counted(AESEQ > 0)", "compares each level of Group with a reference, which is not named"),
        (
            "counted(AESEQ > 0, reference='Placbo')",
            "reference 'Placbo' is no term of TRTA of ADAE; did you mean 'Placebo'?",
        ),
        ("counted(AESEQ > 0, reference='Placebo', strata='SEX')", "strata are variables; such as strata=SEX"),
        ("counted(AESEQ > 0, reference='Placebo', strata=SXE)", "strata: ADAE has no SXE; did you mean 'SEX'?"),
        ("subjects(reference='Placebo')", "subjects() has no argument 'reference'"),
    ],
)
def test_fault_of_a_comparison_is_found_without_data(tmp_path: Path, counting: None, call: str, message: str) -> None:
    spec = study(tmp_path, "ADAE||TRTA|", (f"1||{call}|",))
    assert message in faults(tmp_path, lambda: check(spec))[0]


def test_covariates_are_numeric_expressions(tmp_path: Path) -> None:
    call = "1||cox(AGE, AGE * 0, reference='Placebo', covariates=(AGE % 20, AGE > 55))|"
    found = faults(tmp_path, lambda: compute(study(tmp_path, "ADSL||TRT01A|", (call,)), {"ADSL": ADSL, "ADAE": ADAE}))
    assert "'AGE > 55' is not a number" in found[0]


def test_covariate_enters_the_model(tmp_path: Path) -> None:
    """R 4.2: coxph(Surv(c(5, 8, 2, 9, 4, 7), rep(1, 6)) ~ c(1, 1, 1, 0, 0, 0) + c(1, 3, 2, 5, 4, 1))."""
    adsl = pd.DataFrame(
        {
            "USUBJID": list("123456"),
            "TRT01A": ["Drug"] * 3 + ["Placebo"] * 3,
            "TRT01AN": [1.0] * 3 + [2.0] * 3,
            "AGE": [5.0, 8, 2, 9, 4, 7],
            "SEX": list("132541"),
        }
    )
    call = "1||cox(AGE, AGE * 0, reference='Placebo', covariates=number(SEX))|"
    found = rows(compute(study(tmp_path, "ADSL||TRT01A|", (call,)), {"ADSL": adsl, "ADAE": ADAE}))
    coefficients = [row.stat for row in found if row.stat_name == "coef"]
    assert coefficients == pytest.approx([0.367953060993, -0.394123457209], rel=1e-8)


def test_numbers_of_many_digits_are_levels_of_their_own() -> None:
    column = pd.Series([10_000_000.0, 10_000_001.0, np.nan, 0.25])
    assert levels.texts(column).dropna().tolist() == ["10000000", "10000001", "0.25"]
    assert levels.texts(pd.Series(["nan", None])).tolist()[0] == "nan"
    assert levels.texts(pd.Series(["nan", None])).isna().tolist() == [False, True]
