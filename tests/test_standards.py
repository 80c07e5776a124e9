"""What the published standards say, compared with the text of the guides and terminology packages."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from specs import standards
from specs.columns import SHEETS
from specs.wildcards import prefix

SDTM, ADAM, CT = "SDTMIG 3.4", "ADaMIG 1.3", "SDTM 2025-03-28"
SHARED = Path(__file__).parents[2] / "shared" / "standards"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/standards is absent")


def sdtm(dataset: str, name: str) -> standards.StandardVariable:
    found = standards.variable(SDTM, dataset, name)
    assert found is not None, f"{dataset}.{name}"
    return found


def adam(structure: str, name: str) -> standards.StandardVariable:
    found = standards.variable(ADAM, structure, name)
    assert found is not None, f"{structure} {name}"
    return found


def test_variable_of_a_domain() -> None:
    found = sdtm("AE", "AESTDTC")
    assert (found.label, found.type, found.core, found.role) == (
        "Start Date/Time of Adverse Event",
        "Char",
        "Exp",
        "Timing",
    )
    assert found.domain_values == "ISO 8601 datetime or interval"


def test_result_variable() -> None:
    found = sdtm("LB", "LBORRES")
    assert (found.label, found.core, found.role) == ("Result or Finding in Original Units", "Exp", "Result Qualifier")


def test_codelist_codes_several() -> None:
    assert sdtm("DS", "DSDECOD").codelist_code == "C66727;C114118;C150811"


@pytest.mark.parametrize(
    ("dataset", "domain"),
    [
        ("AE", "AE"),
        ("FAAE", "FA"),
        ("SUPPAE", "AE"),
        ("SUPPFAAE", "FA"),
        ("APDM", "DM"),
        ("LBCH", "LB"),
        ("APEX", "EX"),
        ("_AEX", "AE"),
    ],
)
def test_domain_of_a_dataset(dataset: str, domain: str) -> None:
    assert prefix(dataset) == domain


def test_split_dataset_has_the_variables_of_its_domain() -> None:
    assert sdtm("FAAE", "FAOBJ") == sdtm("FA", "FAOBJ")
    found = standards.dataset(SDTM, "FAAE")
    assert found is not None
    assert (found.label, found.dataset_class) == ("Findings About Events or Interventions", "FINDINGS ABOUT")


def test_supplemental_qualifiers() -> None:
    found = standards.dataset(SDTM, "SUPPAE")
    assert found is not None
    assert (found.label, found.dataset_class) == ("Supplemental Qualifiers for AE", "RELATIONSHIP")
    assert [v.name for v in standards.variables(SDTM, "SUPPAE")] == [
        "STUDYID",
        "RDOMAIN",
        "USUBJID",
        "IDVAR",
        "IDVARVAL",
        "QNAM",
        "QLABEL",
        "QVAL",
        "QORIG",
        "QEVAL",
    ]


@pytest.mark.parametrize("name", ["AELNKID", "CMLNKID", "FALNKID"])
def test_link_id_is_known_where_the_domain_table_lacks_it(name: str) -> None:
    dataset = name[:2]
    found = sdtm(dataset, name)
    assert (found.label, found.core, found.role) == ("Link ID", "Perm", "Identifier")
    spid = standards.variable(SDTM, dataset, f"{dataset}SPID")
    assert spid is not None
    assert spid.order < found.order < spid.order + 1


def test_link_group_stands_behind_link_id() -> None:
    assert sdtm("AE", "AELNKGRP").label == "Link Group ID"
    assert sdtm("AE", "AELNKID").order < sdtm("AE", "AELNKGRP").order


def test_qualifier_of_another_class_is_not_borrowed() -> None:
    assert standards.variable(SDTM, "AE", "AEORRES") is None
    assert standards.variable(SDTM, "DM", "EPOCH") is None


@pytest.mark.parametrize(
    ("name", "code"),
    [("XXTESTCD", ""), ("XXTEST", ""), ("XXORRESU", "C71620"), ("XXMETHOD", "C85492"), ("XXSTAT", "C66789")],
)
def test_domain_of_the_sponsor_takes_the_codelist_of_most_domains_of_its_class(name: str, code: str) -> None:
    """UNIT, METHOD, ND; each findings domain has a list of its own for its tests, so XX has none."""
    found = standards.variable(SDTM, "XX", name, "FINDINGS")
    assert found is not None and found.codelist_code == code


def test_unknown_variable() -> None:
    assert standards.variable(SDTM, "AE", "AEFOO") is None


def test_trial_design_is_reference_data() -> None:
    arms, subjects = standards.dataset(SDTM, "TA"), standards.dataset(SDTM, "DM")
    assert arms is not None and subjects is not None
    assert (arms.reference_data, arms.repeating) == ("Yes", "No")
    assert (subjects.reference_data, subjects.repeating) == ("No", "No")


@pytest.mark.parametrize(
    ("structure", "name", "label", "core"),
    [
        ("ADSL", "TRT01P", "Planned Treatment for Period 01", "Req"),
        ("ADSL", "TRT01PN", "Planned Treatment for Period 01 (N)", "Perm"),
        ("ADSL", "TR01AG2", "Actual Pooled Treatment 2 for Period 01", "Cond"),
        ("ADSL", "AGEGR1", "Pooled Age Group 1", "Perm"),
        ("ADSL", "P01S2SDT", "Period 01 Subperiod 2 Start Date", "Perm"),
        ("ADSL", "STRAT1R", "Strat Factor 1 Value Used for Rand", "Perm"),
        ("BDS", "ANL01FL", "Analysis Flag 01", "Cond"),
        ("BDS", "CRIT1FL", "Criterion 1 Evaluation Result Flag", "Cond"),
        ("BDS", "A1LO", "Analysis Range 1 Lower Limit", "Cond"),
        ("BDS", "PARCAT2N", "Parameter Category 2 (N)", "Perm"),
        ("BDS", "ASTDTF", "Analysis Start Date Imputation Flag", "Cond"),
        ("BDS", "TRT01P", "Planned Treatment for Period 01", "Perm"),
        ("BDS for TTE", "STARTDT", "Time to Event Origin Date for Subject", "Perm"),
        ("BDS for TTE", "AVAL", "Analysis Value", "Req"),
        ("AE", "AETERM", "Reported Term for the Adverse Event", "Req"),
        ("AE", "AESTDTC", "Start Date/Time of Adverse Event", "Req"),
        ("AE", "AESEQ", "Sequence Number", "Req"),
        ("AE", "AELNKID", "Link ID", "Perm"),
        ("AE", "CQ01NAM", "Customized Query 01 Name", "Cond"),
        ("OCCDS", "CMSTDTC", "Start Date/Time of Medication", "Cond"),
        ("BDS", "LBTESTCD", "Lab Test or Examination Short Name", "Perm"),
        ("ADSL", "RFSTDTC", "Subject Reference Start Date/Time", "Perm"),
    ],
)
def test_analysis_variable(structure: str, name: str, label: str, core: str) -> None:
    found = adam(structure, name)
    assert (found.label, found.core) == (label, core)


def test_label_that_the_standard_leaves_open() -> None:
    assert adam("OCCDS", "AOCC02FL").label == ""
    found = adam("ADSL", "FINJDT")
    assert (found.label, found.type) == ("", "Num")


@pytest.mark.parametrize("name", ["TRT1P", "ANL1FL", "CRIT0FL", "RELW1"])
def test_name_with_a_wrong_index_is_unknown(name: str) -> None:
    assert standards.variable(ADAM, "BDS", name) is None


def test_structure_of_a_dataset() -> None:
    assert standards.structure("ADSL", "SUBJECT LEVEL ANALYSIS DATASET") == "ADSL"
    assert standards.structure("ADTTE", "BASIC DATA STRUCTURE", "TIME-TO-EVENT") == "BDS for TTE"
    assert standards.structure("ADAE", "OCCURRENCE DATA STRUCTURE", "ADVERSE EVENT") == "AE"


def test_codelist_by_id_and_by_code() -> None:
    found = standards.codelist("NY", CT)
    assert found is not None and found == standards.codelist("C66742", CT)
    assert (found.name, found.extensible) == ("No Yes Response", False)
    assert [(t.term, t.code, t.preferred_term) for t in found.terms] == [
        ("N", "C49487", "No"),
        ("NA", "C48660", "Not Applicable"),
        ("U", "C17998", "Unknown"),
        ("Y", "C49488", "Yes"),
    ]


def test_codelist_of_another_package() -> None:
    assert standards.codelist("DATEFL", CT) is None
    found = standards.codelist("DATEFL", "ADaM 2025-03-28")
    assert found is not None and [t.term for t in found.terms] == ["D", "M", "Y"]


def test_unknown_codelist() -> None:
    assert standards.codelist("NYX", CT) is None


@needs_shared
@pytest.mark.parametrize(
    ("package", "file"),
    [(CT, "sdtmct"), ("ADaM 2025-03-28", "adamct"), ("DEFINE-XML 2025-03-28", "define-xmlct")],
)
def test_package_is_complete(package: str, file: str) -> None:
    with (SHARED / f"{file}-2025-03-28.csv").open(encoding="utf-8", newline="") as stream:
        published = sorted(
            (r["codelist_code"], r["codelist"], r["term_code"], r["term"]) for r in csv.DictReader(stream)
        )
    held = []
    for name in dict.fromkeys(row[1] for row in published):
        found = standards.codelist(name, package)
        assert found is not None
        held += [(found.code, found.id, term.code, term.term) for term in found.terms]
    assert sorted(held) == published


@needs_shared
def test_every_variable_of_the_tabulation_guide() -> None:
    with (SHARED / "sdtmig-3-4-variables.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            found = sdtm(row["dataset"], row["variable"])
            assert (found.label, found.type, found.core, found.role, found.codelist_code) == (
                row["label"].rstrip("*"),
                row["type"],
                row["core"],
                row["role"],
                row["codelist_nci_code"],
            )


@needs_shared
def test_sheets_have_the_columns_of_the_workbook_in_its_order() -> None:
    published: dict[str, list[str]] = {}
    with (SHARED / "p21-workbook-columns-define-2-1.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            published.setdefault(row["sheet"], []).append(row["column"])
    for name, columns in published.items():
        assert [column.name for column in SHEETS[name].columns if not column.ours] == columns


def test_every_column_has_a_description() -> None:
    for sheet in SHEETS.values():
        assert sheet.description
        for column in sheet.columns:
            assert column.description, f"{sheet.name}.{column.name}"


def test_columns_of_every_sheet_are_distinct() -> None:
    for sheet in SHEETS.values():
        assert len(set(sheet.names)) == len(sheet.names)
