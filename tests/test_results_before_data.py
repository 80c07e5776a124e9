"""What is wrong with a result is found before any data are read, also what only the define.xml or a line needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from figure_study import study

from define.arm import result_faults
from results.layout import check_lines
from specs.model import Codelist, Line, Spec, Term, ValueLevel
from specs.problem import SpecError

ROW = "F1|R|Title|{variables}|{reason}|{purpose}|{selection}|ADTTE|{population}|TRTP"


def of_row(folder: Path, **cells: str) -> list[str]:
    base = {"variables": "AVAL CNSR", "reason": "r", "purpose": "p", "selection": "", "population": "FASFL == 'Y'"}
    spec = study(folder, results=(ROW.format(**base | cells),), statistics=("R|1||subjects()",))
    return [str(problem) for problem in result_faults(spec)]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({}, []),
        ({"variables": "ADSL.SEX AVAL"}, []),
        ({"variables": "AVAL CNRS"}, ["[Variables] ADTTE has no variable CNRS; did you mean 'CNSR'?"]),
        ({"variables": "ADSL.SEXX"}, ["[Variables] ADSL has no variable SEXX; did you mean 'SEX'?"]),
        ({"reason": ""}, ["[Reason] Reason of R is blank; use a term of Define-XML's terminology"]),
        ({"purpose": ""}, ["[Purpose] Purpose of R is blank; use a term of Define-XML's terminology"]),
        (
            {"selection": "PARAMCD == 'A' or PARAMCD == 'B'"},
            ["[Selection Criteria] Define-XML cannot state 'PARAMCD is 'A' or PARAMCD is 'B'': 'or' has no RangeCheck"],
        ),
    ],
)
def test_what_define_xml_cannot_state_is_found_by_the_specification(
    tmp_path: Path, cells: dict[str, str], said: list[str]
) -> None:
    found = of_row(tmp_path, **cells)
    assert len(found) == len(said)
    for problem, expected in zip(found, said):
        assert problem.startswith(f"results/Analysis Results.csv:2 {expected}")


def with_line(folder: Path, by: str, statistic: str, missing: str = "") -> Spec:
    row = ROW.format(variables="AVAL", reason="r", purpose="p", selection="", population="")
    spec = study(folder, results=(row,), statistics=(f"R|1|{by}|subjects()",))
    place = spec.results["R"].place
    terms = tuple(Term(place, {}, term, "", "", "") for term in ("F", "M"))
    sex = replace(spec.variables["ADSL", "SEX"], codelist="SEX")
    listed = Codelist("SEX", "Sex", "", "text", "", "", None, terms, place)
    line = Line(place, {}, "F1", 1.0, "Women", "R", statistic, "{n}")
    return replace(
        spec, variables={**spec.variables, ("ADSL", "SEX"): sex}, codelists={"SEX": listed}, lines=(line,),
        statistics=tuple(replace(one, missing=missing) for one in spec.statistics),
    )  # fmt: skip


def test_level_of_a_line_is_a_term_of_its_variable(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"R has no level 'Female': it is no term of the codelist SEX of ADSL.SEX; "):
        check_lines(with_line(tmp_path, "SEX", "1 Female"))
    check_lines(with_line(tmp_path / "2", "SEX", "1 F"))
    check_lines(with_line(tmp_path / "3", "SEX", "1 Unknown", missing="Unknown"))


def test_level_of_a_list_that_may_be_extended_or_of_numbers_written_otherwise_is_no_fault(tmp_path: Path) -> None:
    """Which values stand beside the published ones only the data say; 1 is the number that the list writes 1.0."""
    spec = with_line(tmp_path, "SEX", "1 U")
    listed = spec.codelists["SEX"]
    check_lines(replace(spec, codelists={"SEX": replace(listed, extensible=True)}))
    sex = replace(spec.variables["ADSL", "SEX"], codelist="")
    women = ValueLevel(sex.place, {}, *("1", "ADSL", "SEX", "AGE GT 65", *[""] * 7, "SEX", *[""] * 6))
    check_lines(replace(spec, variables={**spec.variables, ("ADSL", "SEX"): sex}, value_level=(women,)))
    numbers = replace(listed, terms=(replace(listed.terms[0], term="1.0"),))
    check_lines(replace(with_line(tmp_path / "2", "SEX", "1 1"), codelists={"SEX": numbers}))


def test_level_of_a_variable_without_a_list_may_be_any(tmp_path: Path) -> None:
    check_lines(with_line(tmp_path, "EOSSTT", "1 ONGOING"))
