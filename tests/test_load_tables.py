"""Loading a specification: mapping files, open tables, raw tables, results, where clauses."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_study import adam, faults, sdtm

from specs.load import raw_files


def test_several_variables_are_one_rule(tmp_path: Path) -> None:
    rows = "Variable,Block,Order,Where,Expression\nAEDECOD _X,b,2,,PT\n"
    (rule,) = (r for r in sdtm(tmp_path, {"sdtm/mapping/AE.csv": rows}).rules if not r.supplemental)
    assert (rule.datasets, rule.variables, rule.block, rule.order) == (("AE",), ("AEDECOD", "_X"), "b", 2.0)


def test_general_rules_name_classes_and_datasets(tmp_path: Path) -> None:
    rows = 'Dataset,Variable,Expression\n,--SEQ,sequence()\n"EVENTS, FINDINGS ABOUT DM",--DTC,X\n'
    general = [rule for rule in sdtm(tmp_path, {"sdtm/mapping/all.csv": rows}).rules if rule.general]
    assert [rule.datasets for rule in general] == [(), ("EVENTS", "FINDINGS ABOUT", "DM")]


def test_general_rule_for_an_unknown_class(tmp_path: Path) -> None:
    rows = "Dataset,Variable,Expression\nEVENT,--SEQ,sequence()\n"
    assert faults(tmp_path, {"sdtm/mapping/all.csv": rows}) == [
        "sdtm/mapping/all.csv:2 [Dataset] 'EVENT' is not in Datasets; did you mean 'EVENTS'?"
    ]


def test_mapping_file_of_an_unknown_dataset(tmp_path: Path) -> None:
    assert faults(tmp_path, {"sdtm/mapping/AEE.csv": "Variable,Expression\n_X,Y\n"}) == [
        "sdtm/mapping/AEE.csv 'AEE' is not in Datasets; did you mean 'AE'?"
    ]


def test_mapping_file_of_a_working_dataset(tmp_path: Path) -> None:
    changes: dict[str, str | bytes] = {
        "sdtm/mapping/_SD.csv": "Variable,Expression\nX,Y\n",
        "sdtm/Sources.csv": "Dataset,From\n_SD,raw_sd\n",
    }
    assert any(rule.datasets == ("_SD",) for rule in sdtm(tmp_path, changes).rules)


def test_variable_that_is_mapped_but_not_listed(tmp_path: Path) -> None:
    assert faults(tmp_path, {"sdtm/mapping/AE.csv": "Variable,Expression\nAESTDC,Y\n"}) == [
        "sdtm/mapping/AE.csv:2 [Variable] AE.AESTDC is filled here but is not in Variables; did you mean 'AESTDTC'?"
    ]


def test_qualifier_without_a_row_in_variables(tmp_path: Path) -> None:
    rows = "Variable,Expression\nAEIRAE,IRAE\nAEBLGR,X\n"
    assert faults(tmp_path, {"sdtm/mapping/SUPPAE.csv": rows}) == [
        "sdtm/mapping/SUPPAE.csv:3 [Variable] SUPPAE.AEBLGR is filled here but is not in Variables; "
        "add a row, or begin the name with _"
    ]


def test_qualifier_with_an_illegal_name(tmp_path: Path) -> None:
    rows = "Variable,Expression\nAEIRAEFLAG,IRAE\n"
    assert faults(tmp_path, {"sdtm/mapping/SUPPAE.csv": rows})[0] == (
        "sdtm/mapping/SUPPAE.csv:2 [Variable] 'AEIRAEFLAG' is not a QNAM; up to 8 capital letters and digits"
    )


def test_empty_expression(tmp_path: Path) -> None:
    assert faults(tmp_path, {"sdtm/mapping/AE.csv": "Variable,Expression\nAESTDTC,\n"}) == [
        "sdtm/mapping/AE.csv:2 [Expression] Expression is empty; fill the cell, or delete the row"
    ]


def test_order_that_is_no_number(tmp_path: Path) -> None:
    assert faults(tmp_path, {"sdtm/mapping/AE.csv": "Variable,Order,Expression\nAESTDTC,first,X\n"}) == [
        "sdtm/mapping/AE.csv:2 [Order] 'first' is not a number; write a plain number, or leave the cell blank"
    ]


def test_further_columns_of_parameters_are_expressions(tmp_path: Path) -> None:
    rows = "Dataset,PARAMCD,PARAM,PARAMN,From,AVAL,_GOAL\nADAE,A,A text,1,AE,AESEQ,\n"
    (found,) = adam(tmp_path, {"adam/Parameters.csv": rows}).parameters
    assert (found.paramcd, found.paramn, dict(found.expressions)) == ("A", "1", {"AVAL": "AESEQ"})


def test_collected_codes_of_tests(tmp_path: Path) -> None:
    rows = "Dataset,Block,Collected,Test Code,Test,--ORRES\nAE,b,HB; HGB,HGB,Hemoglobin,LBORRES\n"
    (found,) = sdtm(tmp_path, {"sdtm/Tests.csv": rows}).tests
    assert (found.collected, dict(found.expressions)) == (("HB", "HGB"), {"--ORRES": "LBORRES"})


def test_column_of_an_open_table_that_is_no_variable(tmp_path: Path) -> None:
    rows = "Dataset,Collectd,Test Code\nAE,HB,HGB\n"
    assert faults(tmp_path, {"sdtm/Tests.csv": rows}) == [
        "sdtm/Tests.csv:1 [Collectd] column 'Collectd' is not known; did you mean 'Collected'?"
    ]


def test_steps_and_parameters_of_events(tmp_path: Path) -> None:
    rows = "Dataset,PARAMCD,Step,CNSR,From,Date,EVNTDESC,SRCVAR\nADAE,A B,2,0,ADSL,ADSL.RANDDT,'x',RANDDT\n"
    (found,) = adam(tmp_path, {"adam/Events.csv": rows}).events
    assert (found.paramcds, found.step, found.date) == (("A", "B"), 2, "ADSL.RANDDT")


def test_note_for_readers_in_an_open_table(tmp_path: Path) -> None:
    (found,) = sdtm(tmp_path, {"sdtm/Tests.csv": "Dataset,Test Code,Reviewer\nAE,HGB,Ann\n"}).tests
    assert (dict(found.expressions), found.cells["Reviewer"]) == ({}, "Ann")


def test_defaults_are_merged_and_none_switches_off(tmp_path: Path) -> None:
    rows = "Table,File,Subject,System,Where\n*,raw/*.csv,SUBJ,A B,ACTIVE == '1'\nraw_ae,,,,\nraw_x,x.csv,none,,none\n"
    spec = sdtm(tmp_path, {"sdtm/Tables.csv": rows})
    ae, other = spec.tables["raw_ae"], spec.tables["raw_x"]
    assert (ae.file, ae.subject, ae.system, ae.where) == ("raw/raw_ae.csv", "SUBJ", ("A", "B"), "ACTIVE == '1'")
    assert (other.file, other.subject, other.where) == ("x.csv", "", "")


def test_lookup_file_becomes_a_table(tmp_path: Path) -> None:
    spec = sdtm(
        tmp_path, {"sdtm/tables/drugs.csv": "CODE,TRT\n01,PRED\n", "sdtm/Tables.csv": "Table,File\nraw_ae,a.csv\n"}
    )
    assert (spec.tables["drugs"].file, spec.tables["drugs"].subject) == ("tables/drugs.csv", "")
    assert spec.lookups["drugs"] == ({"CODE": "01", "TRT": "PRED"},)
    assert raw_files(spec) == {"raw_ae": "a.csv"}


@pytest.mark.parametrize("file", ["../secret.csv", "/etc/passwd", "raw/../../x.csv", "C:\\x.csv", "..\\x.csv", "~/x"])
def test_file_outside_the_study(tmp_path: Path, file: str) -> None:
    assert faults(tmp_path, {"sdtm/Tables.csv": f"Table,File\nraw_ae,{file}\n"}) == [
        f"sdtm/Tables.csv:2 [File] {file!r} leads out of the study folder; "
        "write a path below the study or the raw folder"
    ]


def test_table_that_bears_the_name_of_a_dataset(tmp_path: Path) -> None:
    assert faults(tmp_path, {"sdtm/Tables.csv": "Table,File\nae,a.csv\n"}) == [
        "sdtm/Tables.csv:2 [Table] table 'ae' bears the name of dataset AE; call it raw_ae"
    ]


def test_missing_token_that_looks_like_an_excel_error(tmp_path: Path) -> None:
    spec = sdtm(tmp_path, {"sdtm/Tables.csv": "Table,File,Missing\nraw_ae,a.csv,#N/A NA\n"})
    assert spec.tables["raw_ae"].missing == ("#N/A", "NA")


def test_where_clause_by_its_id(tmp_path: Path) -> None:
    changes: dict[str, str | bytes] = {
        "sdtm/WhereClauses.csv": (
            'ID,Dataset,Variable,Comparator,Value\nWC.1,AE,AESER,EQ,Y\nWC.1,AE,AESEQ,IN,"1, 2"\n'
        ),
        "sdtm/ValueLevel.csv": "Dataset,Variable,Where Clause\nAE,AEDECOD,WC.1\nAE,AEDECOD,AESER == 'N'\n",
    }
    assert [row.where_clause for row in sdtm(tmp_path, changes).value_level] == [
        "AESER == 'Y' and AESEQ in (1, 2,)",
        "AESER == 'N'",
    ]
