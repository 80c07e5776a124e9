"""What surrounds the conformance rules: names with wildcards, metadata, explanations, reports, the command."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from compare_data import Var, write_xpt
from rule_cases import base, changed
from small_study import SDTM, TOML, faults, sdtm, study, variables

from cli import main
from qc.conformance import html_report, naming, tables
from qc.conformance.classify import classify
from qc.conformance.opening import Asked, opened
from qc.conformance.result import FAULTY, FOUND, PASSED, Outcome, Validation
from qc.conformance.validate import validate
from specs.check import compile_stage
from specs.conformance_rules import ConformanceRule, by_id, own_rules, rules_of_study
from specs.metadata import METADATA
from specs.problem import Place, SpecError

AE = {
    "STUDYID": Var(["S1", "S1", "S1"], length=2),
    "DOMAIN": Var(["AE", "AE", "AE"], length=2),
    "USUBJID": Var(["S1-1", "S1-1", "S1-2"], length=4),
    "AESEQ": Var([1, 1, 1]),
    "AETERM": Var(["=1+1", "<b>RASH</b>", "COUGH"], length=11),
    "AESER": Var(["Y", "N", "X"], length=1),
}


def rule(condition: str, **given: Any) -> ConformanceRule:
    """A rule of the study's own."""
    cells: dict[str, Any] = {
        "rule": "X-1", "group": "study", "category": "Study", "dataset": "AE", "where": "", "optional": (),
        "message": "wrong", "mend": "Mend it.", "severity": "Error", "reference": "here", "core": (),
        "place": Place("x", 2), "cells": {}, "condition": condition,
    }  # fmt: skip
    return ConformanceRule(**(cells | given))


def outcomes(*rules: ConformanceRule, change: str = "AE 1 AESER=N") -> tuple[Outcome, ...]:
    return validate(changed(change).data(), rules=rules).outcomes


def run(*arguments: object) -> tuple[int, str]:
    found = CliRunner().invoke(main, ["validate", *map(str, arguments)])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, found.output


# --- names ----------------------------------------------------------------------------------------------


def test_letters_stand_for_the_domain_in_names_and_tables_but_not_in_texts() -> None:
    text = naming.with_letters("count(--.--SEQ, where=--.`--*` == `--*`) == 1 and X != '--'", "CM")
    assert text == "count(CM.CMSEQ, where=CM.`CM*` == `CM*`) == 1 and X != '--'"


def test_a_wildcard_is_one_thing_in_all_names_of_a_rule() -> None:
    names = ["TRT01P", "TRT01PN", "TRT02P", "AGEGR1", "AGEGR1N", "ADT", "ASTDT", "ASTDTF"]
    assert list(naming.bindings(["TRTxxP", "TRTxxPN"], names)) == [{"TRTxxP": "TRT01P", "TRTxxPN": "TRT01PN"}]
    assert list(naming.bindings(["*DT", "*DTF"], names)) == [{"*DT": "ASTDT", "*DTF": "ASTDTF"}]
    assert [found["*"] for found in naming.bindings(["*", "*N"], names)] == ["TRT01P", "AGEGR1"]


def test_a_rule_with_wildcards_is_one_outcome_for_each_dataset() -> None:
    found = outcomes(rule("`*FL` in ('Y', 'N')", where="not missing(`*FL`)", dataset="ADLB"), change="ADLB 1 ABLFL=X")
    assert [(one.dataset, one.found, dict(one.findings[0].values)) for one in found] == [("ADLB", 1, {"ABLFL": "X"})]


def test_what_is_not_there_is_said() -> None:
    (found,) = outcomes(rule("AESPEED > 3"))
    assert (found.state, found.reason) == ("not applicable", "there is no AESPEED")
    (found,) = outcomes(rule("any(ZZ.ZZTERM == AETERM)"))
    assert found.reason == "there is no ZZ"


def test_optional_variables_and_datasets_count_as_missing_and_empty() -> None:
    found = outcomes(rule("missing(AESPEED) and count(ZZ.ZZTERM) == 0", optional=("AESPEED", "ZZ")))
    assert [one.found for one in found] == [0] and found[0].checked == 4


def test_a_rule_that_cannot_be_read_does_not_stop_the_others() -> None:
    found = outcomes(rule("AESEQ == 'x'"), rule("AESER == 'Y'", rule="X-2", place=Place("x", 3)))
    assert [one.state for one in found] == [FAULTY, FOUND]
    assert "do not go together" in found[0].reason


def test_a_second_record_in_dm_is_said_where_one_is_needed() -> None:
    (found,) = outcomes(rule("AESTDTC >= DM.RFSTDTC"), change="DM copy 1 SUBJID=7")
    assert found.state == FAULTY and "DM has 2 rows for subject 'S1-01'" in found.reason


# --- datasets and metadata ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "variables", "dataset_class", "letters"),
    [
        ("AE", ["AETERM"], "EVENTS", "AE"),
        ("FAAE", ["FATESTCD", "FAOBJ"], "FINDINGS ABOUT", "FA"),
        ("QSPH", ["QSTESTCD"], "FINDINGS", "QS"),
        ("SUPPAE", ["QNAM"], "RELATIONSHIP", "AE"),
        ("XC", ["XCTRT"], "INTERVENTIONS", "XC"),
        ("ADSL", ["USUBJID"], "SUBJECT LEVEL ANALYSIS DATASET", "SL"),
        ("ADLB", ["PARAMCD", "LBSEQ", "SRCSEQ"], "BASIC DATA STRUCTURE", "LB"),
        ("ADAE", ["AETERM", "ASEQ", "AESEQ"], "OCCURRENCE DATA STRUCTURE", "AE"),
        ("ADXX", ["AVAL"], "ADAM OTHER", "XX"),
    ],
)
def test_datasets_without_description_are_classified(
    name: str, variables: list[str], dataset_class: str, letters: str
) -> None:
    found = classify(name, variables, None)
    assert (found.dataset_class, found.letters) == (dataset_class, letters)


def test_rules_ask_of_attributes_as_they_ask_of_data() -> None:
    long = rule("LENGTH <= 3", dataset="VARIABLES", where="DATASET == 'AE' and TYPE == 'Char'")
    found = outcomes(long)
    assert {one.dataset for one in found} == {"AE"}
    assert "AETERM" in {finding.variable for one in found for finding in one.findings}


def test_every_column_of_the_metadata_is_described() -> None:
    assert all(text for table in METADATA.values() for text in table.columns.values())
    assert all(set(table.identity) <= set(table.columns) for table in METADATA.values())


def test_text_files_take_their_types_from_the_guide(tmp_path: Path) -> None:
    (tmp_path / "vs.csv").write_text("STUDYID,DOMAIN,USUBJID,VSSEQ,VSTESTCD,VSSTRESN\nS1,VS,S1-1,1,PULSE,x\n")
    data = opened(Asked((tmp_path,)))
    assert data.datasets["VS"].types["VSSEQ"] == "number"
    found = validate(data, rules=[rule("VSSTRESN > 0", dataset="VS")])
    assert found.notes == ("VS.VSSTRESN: 1 values are no numbers and were taken as missing",)


def test_a_specification_describes_what_has_no_define(tmp_path: Path) -> None:
    spec = sdtm(tmp_path / "study", {})
    write_xpt(tmp_path / "data" / "ae.xpt", AE)
    found = validate(opened(Asked((tmp_path / "data",), specs=(spec,))), rules=[by_id()["DEF-301"]])
    assert found.described == "the specification (sdtm)"
    names = {finding.variable for one in found.outcomes for finding in one.findings}
    assert names == {"STUDYID", "DOMAIN", "AETERM"}


# --- explanations ---------------------------------------------------------------------------------------

EXPLANATIONS = "Rule,Dataset,Where,Explanation,Who\n"


def explained(folder: Path, rows: str) -> Validation:
    spec = sdtm(folder / "study", {"sdtm/Explanations.csv": EXPLANATIONS + rows})
    write_xpt(folder / "data" / "ae.xpt", AE)
    return validate(opened(Asked((folder / "data",))), [spec], rules=[by_id()["SDTM-204"], by_id()["SDTM-305"]])


def test_an_explanation_covers_what_its_where_holds_for(tmp_path: Path) -> None:
    found = explained(tmp_path, "SDTM-305,AE,USUBJID == 'S1-1' and AESER == 'Y',entered twice,A. Lead\n")
    doubled = next(one for one in found.outcomes if one.rule.rule == "SDTM-305")
    assert (doubled.found, doubled.explained, doubled.open) == (2, 1, 1)
    assert [one.covered for one in found.explanations] == [1]
    assert found.open()["Error"] == 2 and found.exit_code("Warning") == 1


def test_an_explanation_that_explains_nothing_is_listed(tmp_path: Path) -> None:
    found = explained(tmp_path, "SDTM-204,AE,AESER == 'Q',never seen,A. Lead\n")
    assert [one.row.explanation for one in found.stale()] == ["never seen"]


def test_an_explanation_of_a_dataset_that_is_not_judged_is_not_stale(tmp_path: Path) -> None:
    assert explained(tmp_path, "SDTM-204,DM,,of another delivery,A. Lead\n").explanations == ()


def test_explained_findings_leave_nothing_open(tmp_path: Path) -> None:
    found = explained(tmp_path, "SDTM-204,,,as collected,A. Lead\nSDTM-305,AE,,as collected,A. Lead\n")
    assert found.exit_code("Note") == 0 and found.covered() == 3


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("SDTM-999,AE,,x,A", "sdtm/Explanations.csv:2 [Rule] there is no rule 'SDTM-999'"),
        ("SDTM-204,AEE,,x,A", "sdtm/Explanations.csv:2 [Dataset] 'AEE' is not in Datasets; did you mean 'AE'?"),
        ("SDTM-204,AE,AESRE == 'X',x,A", "unknown name 'AESRE'; did you mean 'AESER'?"),
        ("SDTM-204,,AESER == 'X',x,A", "is blank, so Where has no variables"),
        ("SDTM-110,,VARIABEL == 'X',x,A", "unknown name 'VARIABEL'; did you mean 'VARIABLE'?"),
    ],
)
def test_a_fault_of_an_explanation_is_found_before_data_are_read(tmp_path: Path, row: str, fault: str) -> None:
    spec = sdtm(tmp_path, {"sdtm/Explanations.csv": EXPLANATIONS + row + "\n"})
    with pytest.raises(SpecError) as caught:
        compile_stage(spec, {})
    assert any(fault in str(problem) for problem in caught.value.problems), caught.value


def test_an_explanation_needs_a_reason_and_somebody(tmp_path: Path) -> None:
    found = faults(tmp_path, {"sdtm/Explanations.csv": EXPLANATIONS + "SDTM-204,AE,,,\n"})
    assert [text.partition(" ")[2][:24] for text in found] == ["[Explanation] Explanatio", "[Who] Who is empty; fill"]


# --- rules of a study -----------------------------------------------------------------------------------

CHECKS = "Rule,Dataset,Where,Condition,Message,Action,Severity\n"


def test_a_row_of_checks_is_a_rule_also_on_metadata(tmp_path: Path) -> None:
    rows = "S-1,AE,,AESER == 'Y',not serious,issue,Warning\nS-2,VARIABLES,TYPE == 'Char',LENGTH <= 4,long,issue,note\n"
    spec = sdtm(tmp_path / "study", {"sdtm/Checks.csv": CHECKS + rows})
    write_xpt(tmp_path / "data" / "ae.xpt", AE)
    found = validate(opened(Asked((tmp_path / "data",))), [spec], rules=[])
    assert {(one.rule.rule, one.rule.severity, one.found) for one in found.outcomes} == {
        ("S-1", "Warning", 2), ("S-2", "Note", 1),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("S-2,VARIABLES,,LENGHT <= 4,long,issue,", "unknown name 'LENGHT'; did you mean 'LENGTH'?"),
        ("S-2,VARIABLES,,LENGTH <= 4,long,error,", "error works on data, and VARIABLES is metadata"),
        ("S-2,DATASETS,,any(VARIABLES.TYP == 'Num'),x,issue,", "VARIABLES has no column 'TYP'"),
    ],
)
def test_a_fault_of_a_check_on_metadata_is_found_before_data_are_read(tmp_path: Path, row: str, fault: str) -> None:
    spec = sdtm(tmp_path, {"sdtm/Checks.csv": f"{CHECKS}{row}\n"})
    with pytest.raises(SpecError) as caught:
        compile_stage(spec, {})
    assert any(fault in str(problem) for problem in caught.value.problems), caught.value


# --- reports --------------------------------------------------------------------------------------------


def hostile(folder: Path) -> Validation:
    write_xpt(folder / "ae.xpt", AE)
    return validate(opened(Asked((folder,))), rules=[rule("AETERM == 'x'"), by_id()["SDTM-305"]])


def test_csv_runs_no_formula(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(tables.csv(hostile(tmp_path)))))
    assert rows[0]["Values"] == "AETERM = '=1+1'" and rows[0]["Record"] == "1" and rows[0]["Findings"] == "3"
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row.values())


def test_xlsx_holds_texts_and_no_formula_and_no_time(tmp_path: Path) -> None:
    found = hostile(tmp_path)
    content = tables.xlsx(found)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Summary", "Rules", "Findings", "Explanations"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    assert book["Findings"]["I2"].value == "AETERM = '=1+1'"
    assert tables.xlsx(found) == content
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert {part.date_time[0] for part in parts.infolist()} == {1980}


def test_html_escapes_the_data_and_needs_no_other_file(tmp_path: Path) -> None:
    text = html_report.text(hostile(tmp_path))
    assert "&lt;b&gt;RASH&lt;/b&gt;" in text and "<b>RASH</b>" not in text
    assert "src=" not in text and "url(" not in text and "<link" not in text
    assert "Mend it." in text and "SDTM-305" in text


def test_numeric_dates_are_shown_as_dates(tmp_path: Path) -> None:
    write_xpt(tmp_path / "ae.xpt", {**AE, "AEDT": Var([0, 23439, None], format="DATE9.")})
    (found,) = validate(opened(Asked((tmp_path,))), rules=[rule("AEDT < 0")]).outcomes
    assert [finding.values for finding in found.findings] == [
        (("AEDT", "1960-01-01"),), (("AEDT", "2024-03-04"),), (("AEDT", ""),),
    ]  # fmt: skip


def test_no_more_findings_are_listed_than_asked_for() -> None:
    found = validate(base().data(), rules=[rule("AESEQ > 9")], listed=2).outcomes[0]
    assert (found.found, len(found.findings)) == (4, 2)


# --- the command ----------------------------------------------------------------------------------------


def test_exit_code_says_whether_something_is_open(tmp_path: Path) -> None:
    write_xpt(tmp_path / "ae.xpt", AE)
    assert run(tmp_path, "--rules", "SDTM-305")[0] == 1
    assert run(tmp_path, "--rules", "SDTM-302")[0] == 0
    assert run(tmp_path, "--rules", "SDTM-120", "--fail-on", "warning")[0] == 0
    code, output = run(tmp_path / "nowhere")
    assert code == 2 and "there is no such file or folder" in output and "nothing was validated" in output


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--standard", "sendig"], "'sendig' is no standard; write sdtmig or adamig"),
        (["--standard", "sdtmig", "--version", "3.3"], "sdtmig 3.3 is not held; there is SDTMIG 3.4"),
        (["--rules", "SDTM-9999"], "there is no rule or category 'SDTM-9999'"),
        (["--datasets", "EA"], "there is no dataset 'EA'"),
        (["--define", "missing.xml"], "there is no such file"),
    ],
)
def test_a_wrong_option_is_a_fault(tmp_path: Path, arguments: list[str], fault: str) -> None:
    write_xpt(tmp_path / "ae.xpt", AE)
    code, output = run(tmp_path, *arguments)
    assert code == 2 and fault in output


def test_reports_are_written_and_are_the_same_again(tmp_path: Path) -> None:
    write_xpt(tmp_path / "data" / "ae.xpt", AE)
    made = []
    for number in (1, 2):
        folder = tmp_path / str(number)
        files = [folder / f"c.{kind}" for kind in ("csv", "html", "xlsx")]
        options = [part for file in files for part in (f"--{file.suffix[1:]}", file)]
        code, output = run(tmp_path / "data", *options)
        assert code == 1 and all(f"written: {file}" in output for file in files)
        made.append([file.read_bytes() for file in files])
    assert made[0] == made[1]


def test_the_study_of_a_command_gives_checks_and_explanations(tmp_path: Path) -> None:
    given = {
        "sdtm/Checks.csv": CHECKS + "S-1,AE,,AESER == 'Y',not serious,issue,Error\n",
        "sdtm/Explanations.csv": EXPLANATIONS + "S-1,AE,,as collected,A. Lead\n",
    }
    folder = study(tmp_path / "study", SDTM, {**given, "study.toml": TOML})
    write_xpt(tmp_path / "data" / "ae.xpt", AE)
    code, output = run(tmp_path / "data", "--study", folder, "--rules", "S-1")
    assert code == 0 and "0 errors" in output and "2 explained" in output


def test_a_broken_file_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "ae.xpt").write_bytes(b"no transport file")
    code, output = run(tmp_path)
    assert code == 2 and "ae.xpt" in output


def test_an_explanation_that_names_what_is_not_there_covers_nothing(tmp_path: Path) -> None:
    found = explained(tmp_path, "SDTM-204,AE,AEZZ == 'X',x,A. Lead\n")
    assert found.covered() == 0
    assert found.notes == ("sdtm/Explanations.csv:2 [Where] could not be asked of AE: AE has no AEZZ",)


# --- rules of a sponsor ---------------------------------------------------------------------------------

OWN_HEAD = "Rule,Category,Dataset,Where,Condition,Optional,Message,How To Mend,Severity,Reference\n"
OWN_SOC = (
    "ACME-01,House rules,EVENTS,not missing(--TERM),length(--TERM) <= 4,,The verbatim term is long,Ask the coder.,"
    "Warning,ACME standard 7\n"
)


def own_table(folder: Path, *rows: str) -> Path:
    path = folder / "house.csv"
    path.write_text(OWN_HEAD + "".join(rows))
    return path


def test_a_sponsor_adds_a_rule_by_a_row(tmp_path: Path) -> None:
    write_xpt(tmp_path / "data" / "ae.xpt", AE, name="AE")
    path = own_table(tmp_path, OWN_SOC)
    code, said = run(tmp_path / "data", "--rules-table", path, "--rules", "ACME-01")
    assert code == 1
    assert "Warning  ACME-01    AE             2" in said and "AETERM = '<b>RASH</b>'" in said
    assert run(tmp_path / "data", "--rules-table", path, "--rules", "House rules")[0] == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (OWN_SOC.replace("length(--TERM) <= 4", "length(--TERM <= 4"), "house.csv:2 [Condition]"),
        (OWN_SOC.replace("ACME-01", "SDTM-101"), "'SDTM-101' stands at rules/sdtm-rules-"),
        (OWN_SOC + OWN_SOC, "'ACME-01' stands at"),
        (OWN_SOC.replace("Warning", "Grave"), "house.csv:2 [Severity]"),
        (OWN_SOC.replace("The verbatim term is long", ""), "house.csv:2 [Message]"),
    ],
)
def test_faults_of_a_sponsors_table_name_their_place(tmp_path: Path, row: str, said: str) -> None:
    write_xpt(tmp_path / "data" / "ae.xpt", AE, name="AE")
    code, text = run(tmp_path / "data", "--rules-table", own_table(tmp_path, row))
    assert code == 2 and said in text, text


def test_a_table_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    write_xpt(tmp_path / "data" / "ae.xpt", AE, name="AE")
    code, text = run(tmp_path / "data", "--rules-table", tmp_path / "none.csv")
    assert code == 2 and "there is no such file" in text


def test_a_study_has_rules_of_its_own_and_explains_their_findings(tmp_path: Path) -> None:
    explained = "Rule,Dataset,Where,Explanation,Who\nACME-01,AE,AETERM == 'COUGH',One word.,me\n"
    given: dict[str, str | bytes] = {"rules.csv": OWN_HEAD + OWN_SOC, "sdtm/Explanations.csv": explained}
    given |= variables("AE,AETERM,,")
    spec = sdtm(tmp_path / "study", given)
    write_xpt(tmp_path / "data" / "ae.xpt", AE, name="AE")
    data = opened(Asked((tmp_path / "data",)))
    own = rules_of_study(tmp_path / "study")
    (outcome,) = [one for one in validate(data, [spec], only=["ACME-01"], own=own).outcomes if one.found]
    assert (outcome.found, outcome.explained) == (2, 1)
    given["sdtm/Explanations.csv"] = explained.replace("ACME-01", "ACME-09")
    with pytest.raises(SpecError, match="there is no rule 'ACME-09'; did you mean 'ACME-01'"):
        compile_stage(sdtm(tmp_path / "other", given), {})
    given |= {"sdtm/Explanations.csv": explained, "rules.csv": OWN_HEAD + OWN_SOC.replace("Warning", "Grave")}
    with pytest.raises(SpecError, match=r"rules.csv:2 \[Severity\]"):
        compile_stage(sdtm(tmp_path / "third", given), {})


def test_a_finding_shows_what_dm_holds() -> None:
    found = outcomes(by_id()["SDTM-417"], change="AE 1 AESTDY=99")
    (finding,) = [finding for one in found for finding in one.findings]
    assert [name for name, _ in finding.values] == ["AESTDY", "AESTDTC", "DM.RFSTDTC"]


def test_the_rules_of_the_documentation_run(tmp_path: Path) -> None:
    page = (Path(__file__).parents[1] / "docs" / "conformance.md").read_text(encoding="utf-8")
    (tmp_path / "house.csv").write_text(page.split("```csv\n")[1].split("```")[0])
    own = own_rules(tmp_path / "house.csv")
    found = {one.rule.rule: one.state for one in validate(base().data(), rules=own).outcomes if one.checked}
    assert found == {"ACME-01": PASSED, "ACME-02": PASSED, "ACME-03": PASSED}
