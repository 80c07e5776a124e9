"""Loading a specification: what rows inherit from the standard, and the rules that cells and files state."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_study import SDTM, adam, faults, sdtm, variables

from specs.load import load


def test_label_core_and_type_come_from_the_guide(tmp_path: Path) -> None:
    found = sdtm(tmp_path).variables["AE", "AESTDTC"]
    assert (found.label, found.core, found.role) == ("Start Date/Time of Adverse Event", "Exp", "Timing")
    assert (found.data_type, found.mandatory) == ("datetime", "No")


def test_required_variable_is_mandatory(tmp_path: Path) -> None:
    assert sdtm(tmp_path).variables["AE", "AEDECOD"].mandatory == "Yes"


def test_order_is_that_of_the_guide(tmp_path: Path) -> None:
    order = [variable.variable for variable in sdtm(tmp_path).variables_of("AE")]
    assert order == ["USUBJID", "AESEQ", "AELNKID", "AEDECOD", "AESER", "AESTDTC"]


def test_sponsor_variable_stands_last(tmp_path: Path) -> None:
    spec = sdtm(tmp_path, variables("AE,AEMINE,Mine,text"))
    assert spec.variables_of("AE")[-1].variable == "AEMINE"
    assert spec.variables["AE", "AEMINE"].core == ""


def test_sequence_is_a_whole_number(tmp_path: Path) -> None:
    spec = sdtm(tmp_path)
    assert spec.variables["AE", "AESEQ"].data_type == "integer"
    assert spec.datasets["AE"].sequence == "AESEQ"


def test_published_codelist_is_added_with_all_terms(tmp_path: Path) -> None:
    spec = sdtm(tmp_path)
    assert spec.variables["AE", "AESER"].codelist == "NY"
    found = spec.codelists["NY"]
    assert (found.name, found.nci_code, found.extensible) == ("No Yes Response", "C66742", False)
    assert [term.term for term in found.terms] == ["N", "NA", "U", "Y"]


def test_codelist_of_the_study_comes_before_the_published_one(tmp_path: Path) -> None:
    codelists = "ID,NCI Codelist Code,Term,Decoded Value\nYESNO,C66742,Y,Yes\nYESNO,,N,No\n"
    spec = sdtm(tmp_path, {"sdtm/Codelists.csv": codelists})
    assert spec.variables["AE", "AESER"].codelist == "YESNO"
    assert "NY" not in spec.codelists
    found = spec.codelists["YESNO"]
    assert found.name == "No Yes Response"
    assert [(t.term, t.nci_code, t.decode) for t in found.terms] == [("Y", "C49488", "Yes"), ("N", "C49487", "No")]


def test_codelist_with_the_published_id_needs_no_code(tmp_path: Path) -> None:
    spec = sdtm(tmp_path, {"sdtm/Codelists.csv": "ID,Term\nNY,Y\n"})
    assert (spec.codelists["NY"].nci_code, len(spec.codelists["NY"].terms)) == ("C66742", 1)


def test_codelist_without_terms_is_the_whole_published_one(tmp_path: Path) -> None:
    spec = sdtm(tmp_path, {"sdtm/Codelists.csv": "ID,NCI Codelist Code,Term\nYESNO,C66742,\n"})
    assert [term.term for term in spec.codelists["YESNO"].terms] == ["N", "NA", "U", "Y"]


def test_test_codes_are_decoded_by_the_list_of_names(tmp_path: Path) -> None:
    spec = sdtm(tmp_path, {"sdtm/Codelists.csv": "ID,Term\nLBTESTCD,ALT\n"})
    (term,) = spec.codelists["LBTESTCD"].terms
    assert (term.nci_code, term.decode) == ("C64433", "Alanine Aminotransferase")


def test_codelist_none_switches_it_off(tmp_path: Path) -> None:
    rows = SDTM["sdtm/Variables.csv"].replace("Data Type\n", "Codelist\n").replace("AE,AESER,,", "AE,AESER,,none")
    spec = sdtm(tmp_path, {"sdtm/Variables.csv": rows})
    assert spec.variables["AE", "AESER"].codelist == ""


def test_dataset_takes_label_class_and_structure(tmp_path: Path) -> None:
    found = sdtm(tmp_path).datasets["AE"]
    assert (found.label, found.dataset_class, found.structure, found.standard) == (
        "Adverse Events",
        "EVENTS",
        "One record per adverse event per subject",
        "SDTMIG 3.4",
    )
    assert (found.repeating, found.reference_data, found.key_variables) == ("Yes", "No", ("USUBJID", "AEDECOD"))


def test_supplemental_qualifier(tmp_path: Path) -> None:
    spec = sdtm(tmp_path)
    found = spec.variables["SUPPAE", "AEIRAE"]
    assert (found.supplemental, found.label) == (True, "Immune-Related Adverse Event")
    assert [v.variable for v in spec.variables_of("SUPPAE")] == [
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
    (rule,) = (rule for rule in spec.rules if rule.supplemental)
    assert (rule.datasets, rule.variables) == (("AE",), ("AEIRAE",))


def test_row_overrides_the_standard(tmp_path: Path) -> None:
    found = sdtm(tmp_path, variables("AE,AETERM,My Term,text")).variables["AE", "AETERM"]
    assert (found.label, found.core) == ("My Term", "Req")


def test_analysis_variables_take_label_type_and_format(tmp_path: Path) -> None:
    spec = adam(tmp_path)
    number = spec.variables["ADSL", "TRT01PN"]
    assert (number.label, number.data_type) == ("Planned Treatment for Period 01 (N)", "integer")
    day = spec.variables["ADAE", "ASTDT"]
    assert (day.data_type, day.format, day.numeric) == ("integer", "DATE9.", True)
    flag = spec.variables["ADAE", "ASTDTF"]
    assert (flag.label, flag.codelist) == ("Analysis Start Date Imputation Flag", "DATEFL")
    assert spec.variables["ADAE", "ANL01FL"].label == "Analysis Flag 01"
    assert spec.variables["ADAE", "AETERM"].label == "Reported Term for the Adverse Event"


def test_analysis_variables_keep_the_order_of_rows(tmp_path: Path) -> None:
    order = [variable.variable for variable in adam(tmp_path).variables_of("ADAE")]
    assert order == ["USUBJID", "TRT01PN", "AETERM", "ASTDT", "ASTDTF", "ANL01FL"]


def test_order_column_decides_where_given(tmp_path: Path) -> None:
    rows = "Dataset,Variable,Order\nADSL,USUBJID,2\nADSL,TRT01P,1\nADAE,USUBJID,\n"
    order = [variable.variable for variable in adam(tmp_path, {"adam/Variables.csv": rows}).variables_of("ADSL")]
    assert order == ["TRT01P", "USUBJID"]


def test_occurrence_dataset_follows_its_own_guide(tmp_path: Path) -> None:
    spec = adam(tmp_path)
    assert (spec.datasets["ADSL"].standard, spec.datasets["ADAE"].standard) == ("ADaMIG 1.3", "ADaM-OCCDSIG 1.1")


def test_predecessor_takes_the_attributes_of_the_tabulation_variable(tmp_path: Path) -> None:
    rows = "Dataset,Variable,Predecessor\nADSL,USUBJID,\nADAE,AEIRAE,AE.AEIRAE\n"
    found = adam(tmp_path, {**SDTM, "adam/Variables.csv": rows}).variables["ADAE", "AEIRAE"]
    assert (found.label, found.data_type) == ("Immune-Related Adverse Event", "text")


def test_copy_under_another_name_has_the_label_of_the_standard(tmp_path: Path) -> None:
    rows = "Dataset,Variable,Codelist,Predecessor\nADSL,TRT01A,none,\nADAE,TRTA,,ADSL.TRT01A\n"
    assert adam(tmp_path, {"adam/Variables.csv": rows}).variables["ADAE", "TRTA"].label == "Actual Treatment"


def test_required_occurrence_variable_may_be_empty(tmp_path: Path) -> None:
    rows = "Dataset,Variable,Predecessor\nADSL,TRT01P,\nADAE,AENDT,\nADAE,AEDECOD,AE.AEDECOD\n"
    found = adam(tmp_path, {**SDTM, "adam/Variables.csv": rows}).variables
    assert [(v.variable, v.core, v.mandatory) for v in found.values()] == [
        ("TRT01P", "Req", "Yes"),
        ("AENDT", "Req", "No"),
        ("AEDECOD", "Req", "Yes"),
    ]


def test_predecessor_and_common_are_rules(tmp_path: Path) -> None:
    rules = {(rule.datasets[0], rule.variables[0]): rule for rule in adam(tmp_path).rules}
    assert rules["ADAE", "AETERM"].expression == "AE.AETERM"
    copied = rules["ADAE", "TRT01PN"]
    assert (copied.expression, copied.order, copied.general) == ("ADSL.TRT01PN", float("inf"), False)
    assert str(copied.place) == "adam/Variables.csv:6 [Common]"
    assert ("ADSL", "TRT01PN") not in rules


def test_assigned_value_is_a_literal_of_the_type(tmp_path: Path) -> None:
    rows = "Dataset,Variable,Assigned Value\nADSL,USUBJID,\nADSL,COUNTRY,O'X\nADSL,TRT01PN,2\nADAE,USUBJID,\n"
    rules = {rule.variables[0]: rule.expression for rule in adam(tmp_path, {"adam/Variables.csv": rows}).rules}
    assert rules == {"COUNTRY": '"O\'X"', "TRT01PN": "2"}


def test_assigned_value_that_is_no_number(tmp_path: Path) -> None:
    rows = "Dataset,Variable,Assigned Value\nADSL,TRT01PN,two\nADAE,USUBJID,\n"
    assert faults(tmp_path, {"adam/Variables.csv": rows}, "adam") == [
        "adam/Variables.csv:2 [Assigned Value] 'two' is not a number, which TRT01PN needs; write a plain number"
    ]


def test_predecessor_that_repeats_a_mapping_row(tmp_path: Path) -> None:
    spec = adam(tmp_path, {"adam/mapping/ADAE.csv": "Variable,Expression\nAETERM,AE.AETERM\n"})
    assert [str(r.place) for r in spec.rules if r.variables == ("AETERM",)] == ["adam/mapping/ADAE.csv:2"]


def test_predecessor_that_contradicts_a_mapping_row(tmp_path: Path) -> None:
    rows = "Variable,Expression\nAETERM,upper(AE.AETERM)\n"
    assert faults(tmp_path, {"adam/mapping/ADAE.csv": rows}, "adam") == [
        "adam/Variables.csv:7 [Predecessor] ADAE.AETERM is filled by AE.AETERM here and otherwise at "
        "adam/mapping/ADAE.csv:2 [Expression]; keep one of the two"
    ]


def test_predecessor_beside_a_mapping_row_with_where(tmp_path: Path) -> None:
    rows = "Variable,Where,Expression\nAETERM,AESEQ == 1,upper(AE.AETERM)\n"
    spec = adam(tmp_path, {"adam/mapping/ADAE.csv": rows})
    assert len([rule for rule in spec.rules if rule.variables == ("AETERM",)]) == 2


def test_predecessor_that_is_a_sentence(tmp_path: Path) -> None:
    rows = "Dataset,Variable,Label,Data Type,Predecessor\nADSL,X,X,text,SUPPDM.QVAL where QNAM\nADAE,USUBJID,,,\n"
    (fault,) = faults(tmp_path, {"adam/Variables.csv": rows}, "adam")
    assert fault.startswith("adam/Variables.csv:2 [Predecessor] 'SUPPDM.QVAL where QNAM' is not a variable")


@pytest.mark.parametrize("stage", ["sdtm", "adam"])
def test_the_shipped_study_loads(stage: str) -> None:
    folder = Path(__file__).parents[1] / "specs" / "nct06178146"
    spec = load(folder, stage)
    assert spec.datasets and spec.rules
    for variable in spec.variables.values():
        assert variable.label and variable.data_type
