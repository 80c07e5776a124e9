"""Define-XML: the document, its datasets, variables, values and codelists are true to spec and data."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from define_study import (
    CREATED,
    SDTM,
    STUDY,
    Described,
    N,
    adam_frames,
    at,
    described,
    item,
    origin,
    sdtm_frames,
    spec_of,
    written,
)
from lxml import etree

from define.datasets import domain_of
from define.odm import DEF
from define.validate import validate
from specs.load import load
from specs.problem import DataError, SpecError


@pytest.fixture(scope="module")
def sdtm(tmp_path_factory: pytest.TempPathFactory) -> Described:
    return described(tmp_path_factory.mktemp("sdtm"), "sdtm")


@pytest.fixture(scope="module")
def adam(tmp_path_factory: pytest.TempPathFactory) -> Described:
    return described(tmp_path_factory.mktemp("adam"), "adam")


# --- the document ---


def test_sdtm_is_valid_and_true_to_its_data(sdtm: Described) -> None:
    assert validate(sdtm[0], sdtm_frames()) == []


def test_adam_with_results_is_valid_and_true_to_its_data(adam: Described) -> None:
    assert validate(adam[0], adam_frames()) == []


def test_two_writes_are_byte_identical(sdtm: Described, tmp_path: Path) -> None:
    frames = sdtm_frames()
    written(sdtm[2], dict(reversed(list(frames.items()))), tmp_path / "again.xml")
    assert (tmp_path / "again.xml").read_bytes() == sdtm[0].read_bytes()


def test_another_record_changes_no_oid(sdtm: Described, tmp_path: Path) -> None:
    frames = sdtm_frames()
    frames["FAAE"] = pd.concat([frames["FAAE"], frames["FAAE"].head(1)], ignore_index=True)
    again = written(sdtm[2], frames, tmp_path / "again.xml")
    assert at(again, "//@OID") == at(sdtm[1], "//@OID")


def test_standards_are_named_in_the_words_of_the_terminology(sdtm: Described) -> None:
    found = [(s.get("Name"), s.get("Type"), s.get("PublishingSet"), s.get("Version"))
             for s in sdtm[1].xpath("//d:Standard", namespaces=N)]  # fmt: skip
    assert found == [
        ("SDTMIG", "IG", None, "3.4"),
        ("CDISC/NCI", "CT", "DEFINE-XML", "2025-03-28"),
        ("CDISC/NCI", "CT", "SDTM", "2025-03-28"),
    ]


def test_document_says_when_it_was_made_as_told(sdtm: Described) -> None:
    assert sdtm[1].get("CreationDateTime") == CREATED
    assert sdtm[1].get(f"{{{DEF}}}Context") == "Submission"


def test_study_without_a_description_has_its_title(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, "sdtm", {"sdtm/Define.csv": "Attribute,Value\nStudyName,Test 01\n"})
    path = "//o:GlobalVariables/o:StudyDescription/text()"
    assert at(written(spec, sdtm_frames(), tmp_path / "define.xml"), path) == ["Test 01"]
    (tmp_path / "study.toml").write_text('title = "Two subjects and a title"\n' + STUDY)
    assert at(written(load(tmp_path, "sdtm"), sdtm_frames(), tmp_path / "define.xml"), path) == [
        "Two subjects and a title"
    ]


def test_crf_and_other_documents_are_listed_apart(sdtm: Described) -> None:
    assert at(sdtm[1], "//d:AnnotatedCRF//@leafID") == ["LF.acrf"]
    assert at(sdtm[1], "//d:SupplementalDoc//@leafID") == ["LF.csdrg"]


def test_document_address_that_runs_something_is_refused(tmp_path: Path) -> None:
    changes = {"sdtm/Documents.csv": "ID,Title,Href\nacrf,CRF,javascript:alert(1)\ncsdrg,Guide,csdrg.pdf\n"}
    with pytest.raises(SpecError, match=r"Documents\.csv:2 \[Href\] 'javascript:alert\(1\)' is no relative path"):
        written(spec_of(tmp_path, "sdtm", changes), sdtm_frames(), tmp_path / "define.xml")


# --- datasets ---


def test_datasets_stand_by_class_then_name(sdtm: Described) -> None:
    assert at(sdtm[1], "//o:ItemGroupDef/@Name") == ["TS", "DM", "AE", "LB", "FAAE", "SUPPDM"]


def test_dataset_attributes(sdtm: Described) -> None:
    (group,) = sdtm[1].xpath("//o:ItemGroupDef[@OID='IG.DM']", namespaces=N)
    assert {etree.QName(key).localname: value for key, value in group.attrib.items()} == {
        "OID": "IG.DM", "Domain": "DM", "Name": "DM", "Repeating": "No", "IsReferenceData": "No",
        "SASDatasetName": "DM", "Purpose": "Tabulation", "StandardOID": "STD.SDTMIG.3.4",
        "Structure": "One record per subject", "ArchiveLocationID": "LF.DM",
    }  # fmt: skip
    assert at(group, "d:Class/@Name") == ["SPECIAL PURPOSE"]
    assert at(group, "d:leaf/@*") == ["LF.DM", "dm.xpt"]


def test_split_dataset_names_its_domain(sdtm: Described) -> None:
    assert at(sdtm[1], "//o:ItemGroupDef[@Name='FAAE']/@Domain") == ["FA"]
    alias = at(sdtm[1], "//o:ItemGroupDef[@Name='FAAE']/o:Alias/@*")
    assert alias == ["DomainDescription", "Findings About Events or Interventions"]


def test_relationships_and_associated_persons_are_no_part_of_a_domain() -> None:
    found = {name: domain_of(name) for name in ("RELREC", "RELSUB", "RELSPEC", "POOLDEF", "APDM", "SUPPAPDM")}
    assert found == {
        "RELREC": "RELREC", "RELSUB": "RELSUB", "RELSPEC": "RELSPEC", "POOLDEF": "POOLDEF",
        "APDM": "APDM", "SUPPAPDM": "APDM",
    }  # fmt: skip


def test_time_to_event_dataset_has_its_subclass(adam: Described) -> None:
    assert at(adam[1], "//o:ItemGroupDef[@Name='ADTTE']/d:Class/@Name") == ["BASIC DATA STRUCTURE"]
    assert at(adam[1], "//o:ItemGroupDef[@Name='ADTTE']//d:SubClass/@Name") == ["TIME-TO-EVENT"]
    assert at(adam[1], "//o:ItemGroupDef/@Purpose") == ["Analysis"] * 3


def test_keys_are_numbered_in_the_order_of_key_variables(sdtm: Described) -> None:
    keys = sdtm[1].xpath("//o:ItemGroupDef[@Name='LB']/o:ItemRef[@KeySequence]", namespaces=N)
    assert {key.get("ItemOID"): key.get("KeySequence") for key in keys} == {
        "IT.LB.USUBJID": "1", "IT.LB.LBTESTCD": "2", "IT.LB.LBDTC": "3",
    }  # fmt: skip


def test_required_variables_are_mandatory(sdtm: Described) -> None:
    assert at(sdtm[1], "//o:ItemRef[@ItemOID='IT.DM.SEX']/@Mandatory") == ["Yes"]
    assert at(sdtm[1], "//o:ItemRef[@ItemOID='IT.DM.AGE']/@Mandatory") == ["No"]


def test_empty_dataset_says_that_it_has_no_data(sdtm: Described) -> None:
    assert at(sdtm[1], "//o:ItemGroupDef[@d:HasNoData='Yes']/@Name") == ["AE"]
    assert at(sdtm[1], "//o:ItemGroupDef[@Name='AE']/o:ItemRef/@d:HasNoData") == []


def test_empty_variable_says_so_with_a_comment(sdtm: Described) -> None:
    assert at(sdtm[1], "//o:ItemRef[@ItemOID='IT.DM.ACTARMUD']/@d:HasNoData") == ["Yes"]
    assert item(sdtm[1], "IT.DM.ACTARMUD")["CommentOID"] == "COM.NODATA"


def test_column_that_the_specification_lacks_is_refused(sdtm: Described, tmp_path: Path) -> None:
    frames = sdtm_frames()
    frames["DM"]["EXTRA"] = "x"
    with pytest.raises(DataError, match=r"DM \[EXTRA\] is not in the specification"):
        written(sdtm[2], frames, tmp_path / "define.xml")


# --- variables ---


def test_length_of_text_is_that_of_the_transport_file(sdtm: Described) -> None:
    assert item(sdtm[1], "IT.DM.USUBJID")["Length"] == "21"


@pytest.mark.parametrize(("oid", "data_type", "length", "digits"), [
    ("IT.DM.AGE", "integer", "2", None),
    ("IT.LB.LBSTRESN", "float", "5", "2"),
    ("IT.LB.LBDY", "integer", "1", None),
    ("IT.DM.RFSTDTC", "date", None, None),
    ("IT.LB.LBDTC", "partialDatetime", None, None),
    ("IT.DM.DMDTC", "partialDatetime", None, None),
    ("IT.AE.AESTDTC", "datetime", None, None),
])  # fmt: skip
def test_type_length_and_digits_are_measured(
    sdtm: Described, oid: str, data_type: str, length: str | None, digits: str | None
) -> None:
    found = item(sdtm[1], oid)
    assert (found["DataType"], found.get("Length"), found.get("SignificantDigits")) == (data_type, length, digits)


def test_numeric_date_is_an_integer_with_its_format(adam: Described) -> None:
    found = item(adam[1], "IT.ADSL.RANDDT")
    assert (found["DataType"], found["DisplayFormat"]) == ("integer", "DATE9.")


def test_stated_integer_with_fractions_is_refused(tmp_path: Path) -> None:
    text = SDTM["sdtm/Variables.csv"].replace("DM,AGE,,,", "DM,AGE,,integer,")
    frames = sdtm_frames()
    frames["DM"]["AGE"] = [61.5, 8.0]
    with pytest.raises(DataError, match=r"\[Data Type\] the data hold 61.5, which is no integer"):
        written(spec_of(tmp_path, "sdtm", {"sdtm/Variables.csv": text}), frames, tmp_path / "define.xml")


def test_number_kept_as_text_is_refused(sdtm: Described, tmp_path: Path) -> None:
    frames = sdtm_frames()
    frames["DM"]["AGE"] = ["61", "8"]
    with pytest.raises(DataError, match=r"is integer, the data are texts \('61'\)"):
        written(sdtm[2], frames, tmp_path / "define.xml")


@pytest.mark.parametrize(("oid", "expected"), [
    ("IT.DM.STUDYID", ("Assigned", "Sponsor")),
    ("IT.DM.DMDTC", ("Collected", "Investigator")),
    ("IT.DM.SEX", ("Collected", "Investigator")),
    ("IT.LB.LBORRES", ("Collected", "Vendor")),
    ("IT.LB.LBTESTCD", ("Assigned", "Sponsor")),
    ("IT.DM.AGE", ("Derived", "Sponsor")),
    ("IT.DM.USUBJID", ("Derived", "Sponsor")),
    ("IT.TS.TSPARMCD", ("Protocol", "Sponsor")),
    ("IT.SUPPDM.QNAM", ("Assigned", "Sponsor")),
    ("IT.SUPPDM.QVAL.RACEOTH", ("Collected", "Investigator")),
])  # fmt: skip
def test_origin_is_stated_or_read_off_the_rules(sdtm: Described, oid: str, expected: tuple[str, str]) -> None:
    assert origin(sdtm[1], oid) == expected


def test_predecessor_names_the_variable_copied(adam: Described) -> None:
    assert origin(adam[1], "IT.ADSL.AGE") == ("Predecessor", "")
    path = "//o:ItemDef[@OID='IT.ADIRAE.TRTP']/d:Origin//o:TranslatedText/text()"
    assert at(adam[1], path) == ["ADSL.TRT01P"]


def test_predecessor_that_is_a_qualifier_is_named_as_submitted(adam: Described) -> None:
    path = "//o:ItemDef[@OID='IT.ADSL.RACEOTH']/d:Origin//o:TranslatedText/text()"
    assert at(adam[1], path) == ["SUPPDM.QVAL where SUPPDM.QNAM is 'RACEOTH'"]


def test_constant_is_assigned_but_derived_where_a_condition_chooses(
    adam: Described,
) -> None:
    assert origin(adam[1], "IT.ADSL.TRT01P") == ("Assigned", "Sponsor")
    assert origin(adam[1], "IT.ADSL.W1EVALFL") == ("Derived", "Sponsor")


def page_refs(root: etree._Element, oid: str) -> list[dict[str, str]]:
    """The attributes of the page references of the origins of an item, all of them in the annotated CRF."""
    found = root.xpath("//o:ItemDef[@OID=$oid]/d:Origin/d:DocumentRef", namespaces=N, oid=oid)
    assert {one.get("leafID") for one in found} <= {"LF.acrf"}
    return [dict(page.attrib) for one in found for page in one]


@pytest.mark.parametrize(("cell", "expected"), [
    ("7 9", {"PageRefs": "7 9", "Type": "PhysicalRef"}),
    ("7-9", {"FirstPage": "7", "LastPage": "9", "Type": "PhysicalRef"}),
    ("SEX", {"PageRefs": "SEX", "Type": "NamedDestination"}),
    ('7 "Demography, page 1"', {"PageRefs": "7", "Type": "PhysicalRef", "Title": "Demography, page 1"}),
])  # fmt: skip
def test_pages_lead_into_the_annotated_crf(tmp_path: Path, cell: str, expected: dict[str, str]) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    text = SDTM["sdtm/Variables.csv"].replace("DM,SEX,,,,,,,,,", f"DM,SEX,,,,,,{quoted},,,")
    spec = spec_of(tmp_path, "sdtm", {"sdtm/Variables.csv": text})
    assert page_refs(written(spec, sdtm_frames(), tmp_path / "define.xml"), "IT.DM.SEX") == [expected]


@pytest.mark.parametrize(("oid", "destination"), [
    ("IT.DM.SEX", "raw_dm"),
    ("IT.FAAE.FAORRES", "raw_ae"),
    ("IT.FAAE.FAORRES.TOXGR", "raw_ae"),
    ("IT.SUPPDM.QVAL.RACEOTH", "raw_dm"),
])  # fmt: skip
def test_blank_pages_lead_to_the_form_of_the_raw_table(sdtm: Described, oid: str, destination: str) -> None:
    assert page_refs(sdtm[1], oid) == [{"PageRefs": destination, "Type": "NamedDestination"}]


def test_what_a_vendor_sent_has_no_page(sdtm: Described) -> None:
    assert page_refs(sdtm[1], "IT.LB.LBORRES") == []


def test_page_numbers_of_the_study_leave_blank_cells_blank(tmp_path: Path) -> None:
    text = SDTM["sdtm/Variables.csv"].replace("DM,SEX,,,,,,,,,", "DM,SEX,,,,,,7,,,")
    root = written(spec_of(tmp_path, "sdtm", {"sdtm/Variables.csv": text}), sdtm_frames(), tmp_path / "define.xml")
    assert page_refs(root, "IT.FAAE.FAORRES") == []
    found = [finding for finding in validate(tmp_path / "define.xml", sdtm_frames()) if finding.advice]
    assert "CRF IT.FAAE.FAORRES: Collected without its place on the annotated CRF" in [str(one) for one in found]


# --- value level ---


def test_results_are_described_per_test(sdtm: Described) -> None:
    found = {oid: item(sdtm[1], oid) for oid in at(sdtm[1], "//d:ValueListDef[@OID='VL.LB.LBORRES']//@ItemOID")}
    assert {oid: (i["DataType"], i["Length"], i.get("SignificantDigits")) for oid, i in found.items()} == {
        "IT.LB.LBORRES.HGB": ("float", "3", "1"),
        "IT.LB.LBORRES.ALT": ("text", "2", None),
        "IT.LB.LBORRES.HCG": ("text", "8", None),
    }


def test_test_without_a_value_has_no_item(sdtm: Described) -> None:
    listed = at(sdtm[1], "//d:ValueListDef[@OID='VL.LB.LBSTRESN']//@ItemOID")
    assert listed == ["IT.LB.LBSTRESN.HGB", "IT.LB.LBSTRESN.ALT"]


def test_equal_conditions_share_one_clause(sdtm: Described) -> None:
    clauses = at(sdtm[1], "//d:WhereClauseRef[@WhereClauseOID='WC.LB.LBTESTCD.ALT']/@WhereClauseOID")
    assert len(clauses) == 3
    (check,) = sdtm[1].xpath("//d:WhereClauseDef[@OID='WC.LB.LBTESTCD.ALT']/o:RangeCheck", namespaces=N)
    assert check.get(f"{{{DEF}}}ItemOID") == "IT.LB.LBTESTCD"
    assert at(check, "o:CheckValue/text()") == ["ALT"]


def test_trial_summary_values_have_types_of_their_own(sdtm: Described) -> None:
    assert item(sdtm[1], "IT.TS.TSVAL.AGEMIN")["DataType"] == "durationDatetime"
    assert item(sdtm[1], "IT.TS.TSVAL.PLANSUB")["DataType"] == "integer"


def test_row_of_value_level_overrides(sdtm: Described) -> None:
    assert at(sdtm[1], "//d:ValueListDef[@OID='VL.FAAE.FAORRES']/o:ItemRef/@Mandatory") == ["Yes"]
    assert origin(sdtm[1], "IT.FAAE.FAORRES.TOXGR") == ("Collected", "Investigator")


def test_row_of_value_level_for_several_parameters_takes_their_place(tmp_path: Path) -> None:
    rows = 'Dataset,Variable,Where Clause,Data Type\nADIRAE,AVAL,"PARAMCD IN (GRADE, RELW1)",float\n'
    root = written(spec_of(tmp_path, "adam", {"adam/ValueLevel.csv": rows}), adam_frames(), tmp_path / "define.xml")
    assert at(root, "//d:ValueListDef[@OID='VL.ADIRAE.AVAL']//@ItemOID") == ["IT.ADIRAE.AVAL.GRADE-RELW1"]
    assert validate(tmp_path / "define.xml", adam_frames()) == []


def test_row_of_value_level_without_records_is_left_out(tmp_path: Path) -> None:
    rows = "Dataset,Variable,Where Clause,Data Type\nADIRAE,ADT,PARAMCD EQ NONE,date\n"
    root = written(spec_of(tmp_path, "adam", {"adam/ValueLevel.csv": rows}), adam_frames(), tmp_path / "define.xml")
    assert at(root, "//d:ValueListDef[@OID='VL.ADIRAE.ADT']/@OID") == []


def test_value_level_by_a_comparison(tmp_path: Path) -> None:
    rows = "Dataset,Variable,Where Clause\nADSL,TRT01P,AGE >= 18\nADSL,TRT01P,AGE < 18\n"
    root = written(spec_of(tmp_path, "adam", {"adam/ValueLevel.csv": rows}), adam_frames(), tmp_path / "define.xml")
    listed = at(root, "//d:ValueListDef[@OID='VL.ADSL.TRT01P']//@ItemOID")
    assert listed == ["IT.ADSL.TRT01P.GE-18", "IT.ADSL.TRT01P.LT-18"]
    assert validate(tmp_path / "define.xml", adam_frames()) == []


def test_value_level_of_an_unknown_variable_is_refused(tmp_path: Path) -> None:
    rows = "Dataset,Variable,Where Clause\nADSL,TRT01P,AGES >= 18\n"
    with pytest.raises(SpecError, match=r"ADSL has no variable AGES; did you mean 'AGE'"):
        written(spec_of(tmp_path, "adam", {"adam/ValueLevel.csv": rows}), adam_frames(), tmp_path / "define.xml")


def test_parameters_have_type_and_method_of_their_own(adam: Described) -> None:
    assert item(adam[1], "IT.ADIRAE.AVAL.GRADE")["DataType"] == "float"
    assert item(adam[1], "IT.ADIRAE.AVAL.RELW1")["DataType"] == "integer"
    methods = at(adam[1], "//d:ValueListDef[@OID='VL.ADIRAE.AVAL']/o:ItemRef/@MethodOID")
    assert methods == ["MT.ADIRAE.AVAL.GRADE", "MT.ADIRAE.AVAL.RELW1"]


# --- codelists ---


def test_published_codelist_shows_the_terms_in_use_with_codes(sdtm: Described) -> None:
    assert at(sdtm[1], "//o:CodeList[@OID='CL.SEX']/o:EnumeratedItem/@CodedValue") == ["F", "M"]
    assert at(sdtm[1], "//o:CodeList[@OID='CL.SEX']/o:EnumeratedItem/o:Alias/@Name") == ["C16576", "C20197"]
    assert at(sdtm[1], "//o:CodeList[@OID='CL.SEX']/o:Alias/@Name") == ["C66731"]
    assert at(sdtm[1], "//o:CodeList[@OID='CL.SEX']/@d:StandardOID") == ["STD.CT.SDTM.2025-03-28"]


def test_term_of_the_study_extends_a_published_codelist(sdtm: Described) -> None:
    path = "//o:CodeList[@OID='CL.UNIT']/o:EnumeratedItem"
    assert at(sdtm[1], f"{path}/@CodedValue") == ["g/L", "U/L", "spoons"]
    assert at(sdtm[1], f"{path}[@d:ExtendedValue='Yes']/@CodedValue") == ["spoons"]


def test_codelist_of_test_codes_is_decoded_by_test_names(sdtm: Described) -> None:
    path = "//o:CodeList[@OID='CL.LBTESTCD']/o:CodeListItem[@CodedValue='HGB']//o:TranslatedText/text()"
    assert at(sdtm[1], path) == ["Hemoglobin"]


def test_codelist_of_the_sponsor_says_so(sdtm: Described) -> None:
    assert at(sdtm[1], "//o:CodeList[@OID='CL.GRADE']/@d:IsNonStandard") == ["Yes"]
    assert at(sdtm[1], "//o:CodeList[@OID='CL.GRADE']//o:TranslatedText/text()") == ["Mild", "Moderate"]


def test_dictionary_is_an_external_codelist(sdtm: Described) -> None:
    (external,) = sdtm[1].xpath("//o:CodeList[@OID='CL.MEDDRA']/o:ExternalCodeList", namespaces=N)
    assert dict(external.attrib) == {"Dictionary": "MedDRA", "Version": "26.1"}


def test_numeric_codelist_has_its_type(adam: Described) -> None:
    assert at(adam[1], "//o:CodeList[@OID='CL.CNSR']/@DataType") == ["integer"]
