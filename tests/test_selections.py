"""`build check` says of a selection that no record can meet it, since its value is no parameter or term."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from figure_study import study

from specs.load import load
from specs.model import Codelist, Spec, Term
from specs.problem import Problem
from specs.selections import selection_faults, selection_notices

DERIVED = "ADTTE|TTE|Time to event|ADSL"


def found(folder: Path, selection: str, population: str = "", **tables: tuple[str, ...]) -> list[str]:
    row = f"F1|TTE|Time|AVAL|r|p|{selection}|ADTTE|{population}|TRTP"
    spec = study(folder, results=(row,), statistics=("TTE|1||subjects()",), **tables)
    return [str(problem) for problem in selection_notices(spec)]


def with_parameters(folder: Path, selection: str, *more: tuple[str, str]) -> list[Problem]:
    spec = study(folder, results=(f"F1|TTE|Time|AVAL|r|p|{selection}|ADTTE||TRTP",), statistics=("TTE|1||subjects()",))
    (folder / "adam" / "Parameters.csv").write_text("Dataset,PARAMCD,PARAM,From\nADTTE,TTE,Time,ADSL\n")
    for name, text in more:
        (folder / "adam" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "adam" / name).write_text(text)
    assert spec.results
    return selection_notices(load(folder, "adam"))


def test_parameter_that_the_dataset_does_not_have(tmp_path: Path) -> None:
    (problem,) = with_parameters(tmp_path, "PARAMCD == 'TTEE'")
    assert str(problem) == (
        "results/Analysis Results.csv:2 [Selection Criteria] 'TTEE' is no parameter of ADTTE: no record has it; "
        "did you mean 'TTE'?"
    )


def test_one_of_several_parameters(tmp_path: Path) -> None:
    (problem,) = with_parameters(tmp_path, "PARAMCD in ('TTE', 'OS')")
    assert "'OS' is no parameter of ADTTE" in str(problem)


def test_parameter_in_the_spelling_of_the_workbook(tmp_path: Path) -> None:
    (problem,) = with_parameters(tmp_path, "PARAMCD EQ TTEE")
    assert "'TTEE' is no parameter of ADTTE" in str(problem)


def test_parameter_that_there_is(tmp_path: Path) -> None:
    assert with_parameters(tmp_path, "PARAMCD == 'TTE' and not PARAMCD != 'TTE'") == []


def test_parameter_that_a_rule_fills_may_be_any(tmp_path: Path) -> None:
    rule = ("mapping/ADTTE.csv", "Variable,Block,Expression\nPARAMCD,OTHER,'OS'\n")
    sources = ("Sources.csv", "Dataset,Block,From\nADTTE,OTHER,ADSL\n")
    assert with_parameters(tmp_path, "PARAMCD == 'OS'", rule, sources) == []


def test_dataset_without_parameters_may_have_any(tmp_path: Path) -> None:
    assert found(tmp_path, "PARAMCD == 'TTEE'") == []


def with_sex(spec: Spec, extensible: bool | None = None) -> Spec:
    """The specification with the codelist F, M for ADSL.SEX."""
    place = next(iter(spec.results.values())).place
    terms = tuple(Term(place, {}, term, "", "", "") for term in ("F", "M"))
    sex = replace(spec.variables["ADSL", "SEX"], codelist="SEX")
    listed = Codelist("SEX", "Sex", "", "text", "", "", extensible, terms, place)
    return replace(spec, variables={**spec.variables, ("ADSL", "SEX"): sex}, codelists={"SEX": listed})


def test_value_outside_the_codelist_of_a_variable(tmp_path: Path) -> None:
    """A population is asked of ADSL; so is a variable that the dataset has from there."""
    row = "F1|TTE|Time|AVAL|r|p|SEX == 'Female' and AVAL > 1|ADTTE|SEX in ('F', 'M')|TRTP"
    spec = study(tmp_path, results=(row,), statistics=("TTE|1||subjects()",))
    (problem,) = selection_notices(with_sex(spec))
    assert "[Selection Criteria] 'Female' is no term of the codelist SEX of ADSL.SEX: no record has it" in str(problem)


def test_value_in_a_statistic_is_looked_at_too(tmp_path: Path) -> None:
    row = "F1|TTE|Time|AVAL|r|p||ADTTE||TRTP"
    statistics = ("TTE|1||proportion(SEX == 'F')", "TTE|2||proportion(SEX == 'X')")
    spec = study(tmp_path, results=(row,), statistics=statistics)
    (problem,) = selection_notices(with_sex(spec))
    assert str(problem).startswith(
        "results/Statistics.csv:3 [Statistic] 'X' is no term of the codelist SEX of ADSL.SEX: no record has it"
    )


def test_parameter_that_there_is_none_of_is_a_fault(tmp_path: Path) -> None:
    """The primary endpoint with a letter too many would be a result over no records."""
    row = "F1|TTE|Time|AVAL|r|p|PARAMCD == 'RELWK1'|ADTTE||TRTP"
    study(tmp_path, results=(row,), statistics=("TTE|1||subjects()",))
    (tmp_path / "adam" / "Parameters.csv").write_text("Dataset,PARAMCD,PARAM,From\nADTTE,RELW1,Relieved,ADSL\n")
    (found,) = selection_faults(load(tmp_path, "adam"))
    assert "'RELWK1' is no parameter of ADTTE: no record has it; did you mean 'RELW1'?" in str(found)


def test_term_outside_a_list_that_may_be_extended_is_no_fault(tmp_path: Path) -> None:
    row = "F1|TTE|Time|AVAL|r|p|SEX == 'Female'|ADTTE||TRTP"
    spec = study(tmp_path, results=(row,), statistics=("TTE|1||subjects()",))
    for extensible, faults in ((True, 0), (False, 1)):
        one = with_sex(spec, extensible)
        assert (len(selection_notices(one)), len(selection_faults(one))) == (1, faults)
