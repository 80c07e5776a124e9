"""Words that come from a closed list are checked before any data are read, in every table that has such a list."""

from __future__ import annotations

from pathlib import Path

import pytest
from define_study import at, sdtm_frames, spec_of, written
from figure_study import study
from lxml import etree
from small_study import adam, faults, sdtm

from define.odm import XML
from specs import guide_names
from specs.near_terms import near_terms, nearly


@pytest.mark.parametrize(
    ("file", "table", "column", "hint"),
    [
        ("Checks", "Rule,Dataset,Condition,Message,Action,Severity\nX1,AE,AESEQ > 0,m,issue,Eror\n", "Severity",
         "'Eror' is not one of Error, Warning, Note; did you mean 'Error'?"),
        ("Codelists", "ID,Name,Data Type,Term\nMINE,Mine,integr,1\n", "Data Type",
         "'integr' is not one of text, integer, float, string; did you mean 'integer'?"),
        ("Dictionaries", "ID,Name,Data Type,Dictionary,Version\nMEDDRA,MedDRA,txt,MedDRA,27.1\n", "Data Type",
         "'txt' is not one of text, integer, float, string; did you mean 'text'?"),
        ("Methods", "ID,Name,Type,Description\nM1,One,Computaton,d\n", "Type",
         "'Computaton' is not one of Computation, Imputation, Transpose, Other; did you mean 'Computation'?"),
        ("ValueLevel", "Dataset,Variable,Where Clause,Data Type\nAE,AESER,AESEQ = 1,Text\n", "Data Type",
         "'Text' is not one of "),
        ("Define", "Attribute,Value\nStudyNam,X\n", "Attribute",
         "'StudyNam' is no attribute; did you mean 'StudyName'?"),
        ("Define", "Attribute,Value\nSponsor,X\n", "Attribute", "'Sponsor' is no attribute; one of StudyName, "),
        ("Define", "Attribute,Value\nContext,Submision\n", "Value",
         "'Submision' is not one of Submission, Other; did you mean 'Submission'?"),
        ("Define", "Attribute,Value\nStandardName,STDMIG\n", "Value",
         "the standard 'STDMIG' is not that of study.toml, SDTMIG 3.4; write SDTMIG and 3.4 here, or"),
        ("Define", "Attribute,Value\nStandardName,SDTM-IG\nStandardVersion,3.3\n", "Value",
         "the standard 'SDTM-IG 3.3' is not that of study.toml, SDTMIG 3.4; write "),
        ("Define", "Attribute,Value\nLanguage,Chinese (simplified)\n", "Value",
         "'Chinese (simplified)' is no language tag; such as en, zh or zh-CN"),
    ],
)  # fmt: skip
def test_word_outside_its_list_is_a_fault(tmp_path: Path, file: str, table: str, column: str, hint: str) -> None:
    found = faults(tmp_path, {f"sdtm/{file}.csv": table})
    assert [problem for problem in found if problem.startswith(f"sdtm/{file}.csv:2 [{column}] {hint}")], found


def test_who_gave_a_value_is_one_of_the_terminology(tmp_path: Path) -> None:
    rows = "Dataset,Variable,Source\nDM,STUDYID,\nDM,USUBJID,Sponser\n"
    found = faults(tmp_path, {"sdtm/Variables.csv": rows})
    assert (
        "sdtm/Variables.csv:3 [Source] 'Sponser' is not one of Investigator, Sponsor, Subject, Vendor;"
        " did you mean 'Sponsor'?" in found
    )


def test_misspelt_subclass_would_take_another_structure(tmp_path: Path) -> None:
    """Of BASIC DATA STRUCTURE the subclass chooses between BDS and BDS for time to event."""
    rows = "Dataset,Label,Class,SubClass,Structure\nADSL,,,,\nADTTE,TTE,BASIC DATA STRUCTURE,TIME TO EVENT,One record\n"
    changes: dict[str, str | bytes] = {"adam/Datasets.csv": rows}
    changes["adam/Variables.csv"] = "Dataset,Variable\nADSL,STUDYID\n"
    found = faults(tmp_path, changes, "adam")
    assert any(
        problem.startswith("adam/Datasets.csv:3 [SubClass] 'TIME TO EVENT' is not one of ADVERSE EVENT, ")
        and problem.endswith("did you mean 'TIME-TO-EVENT'?")
        for problem in found
    ), found


def test_severity_may_be_written_in_small_letters(tmp_path: Path) -> None:
    table = "Rule,Dataset,Condition,Message,Action,Severity\nX1,AE,AESEQ > 0,m,issue,note\nX2,AE,AESEQ > 0,m,issue,\n"
    assert [check.severity for check in sdtm(tmp_path, {"sdtm/Checks.csv": table}).checks] == ["Note", ""]


def test_attribute_that_stands_twice_is_a_fault(tmp_path: Path) -> None:
    found = faults(tmp_path, {"sdtm/Define.csv": "Attribute,Value\nStudyName,A\nStudyName,B\n"})
    expected = "sdtm/Define.csv:3 [Attribute] the attribute StudyName stands here a second time"
    assert [problem for problem in found if problem.startswith(expected)], found


def test_further_attributes_of_tables_that_came_from_others_are_left_alone(tmp_path: Path) -> None:
    rows = "Attribute,Value\nFromStandard,No\nLegend,green is new\n"
    assert adam_attributes(tmp_path / "a", rows) == {"FromStandard": "No", "Legend": "green is new"}


def adam_attributes(folder: Path, rows: str) -> dict[str, str]:
    variables = (
        "Dataset,Variable,Label,Data Type,Common,Predecessor\nADSL,USUBJID,Subject,text,,DM.USUBJID\n"
        "ADAE,USUBJID,Subject,text,,DM.USUBJID\n"
    )
    datasets = (
        "Dataset,Label,Class,Structure\nADSL,Subjects,SUBJECT LEVEL ANALYSIS DATASET,One record per subject\n"
        "ADAE,Events,OCCURRENCE DATA STRUCTURE,One record per event\n"
    )
    spec = adam(folder, {"adam/Define.csv": rows, "adam/Datasets.csv": datasets, "adam/Variables.csv": variables})
    return dict(spec.define)


def _languages(root: etree._Element) -> set[str]:
    return {str(text.get(f"{{{XML}}}lang")) for text in root.xpath("//*[local-name() = 'TranslatedText']")}


def test_texts_of_define_xml_bear_the_language_of_the_study(tmp_path: Path) -> None:
    rows = "Attribute,Value\nStudyName,Test 01\nLanguage,zh-CN\n"
    spec = spec_of(tmp_path, "sdtm", {"sdtm/Define.csv": rows})
    root = written(spec, sdtm_frames(), tmp_path / "define.xml")
    assert _languages(root) == {"zh-CN"}
    assert at(root, "//o:GlobalVariables/o:StudyName/text()") == ["Test 01"]


def test_texts_without_a_stated_language_are_english(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, "sdtm", {"sdtm/Define.csv": "Attribute,Value\nStudyName,Test 01\n"})
    assert _languages(written(spec, sdtm_frames(), tmp_path / "define.xml")) == {"en"}


def test_standard_may_be_spelled_as_older_workbooks_do(tmp_path: Path) -> None:
    rows = "Attribute,Value\nStandardName,SDTM-IG\nStandardVersion,3.4\n"
    assert sdtm(tmp_path, {"sdtm/Define.csv": rows}).define["StandardName"] == "SDTM-IG"


@pytest.mark.parametrize("guide", ["SDTMIG-MD 1.1", "BIMO 1.0", "ADaM-OCCDSIG 1.1", "SDTMIG 3.1.2 Amendment 1"])
def test_published_guides_with_their_versions_are_no_faults(guide: str) -> None:
    assert guide_names.fault(guide) == ("", "")


@pytest.mark.parametrize(
    ("standard", "said"),
    [
        ("SDTMG 3.4", "'SDTMG 3.4' does not begin with the name of a standard; did you mean 'SDTMIG'?"),
        ("SDTMIG", "'SDTMIG' does not begin with the name of a standard; did you mean 'SDTMIG'?"),
        ("SDTMIG newest", "'SDTMIG newest' does not end with a version; such as SDTMIG 3.4"),
    ],
)
def test_standard_of_a_dataset_is_one_of_define_xml(tmp_path: Path, standard: str, said: str) -> None:
    found = faults(tmp_path, {"sdtm/Datasets.csv": f"Dataset,Standard\nDM,\nAE,{standard}\n"})
    assert f"sdtm/Datasets.csv:3 [Standard] {said}" in found


def _near(folder: Path, codelists: str, dictionaries: str = "") -> list[str]:
    tables: dict[str, str | bytes] = {"sdtm/Codelists.csv": f"ID,NCI Codelist Code,Term,NCI Term Code\n{codelists}"}
    tables["sdtm/Dictionaries.csv"] = f"ID,Name,Data Type,Dictionary,Version\n{dictionaries}"
    return [str(problem) for problem in near_terms(sdtm(folder, tables))]


@pytest.mark.parametrize("term", ["WIHDRAWAL BY SUBJECT", "WITHDRAWAL BY SUBEJCT", "Withdrawal By SUBJECT"])
def test_added_term_that_is_nearly_a_published_one_is_a_notice(tmp_path: Path, term: str) -> None:
    """C66727 is NCOMPLT, which sponsors may extend."""
    assert _near(tmp_path, f"NCOMPLT,C66727,{term},\nNCOMPLT,,DEATH,\n") == [
        f"sdtm/Codelists.csv:2 [Term] {term!r} extends the published NCOMPLT and is nearly its "
        "'WITHDRAWAL BY SUBJECT'; write 'WITHDRAWAL BY SUBJECT', or none as NCI Term Code if it is something else"
    ]


def test_added_term_that_is_meant_is_left_alone(tmp_path: Path) -> None:
    rows = "NCOMPLT,C66727,WIHDRAWAL BY SUBJECT,none\nNCOMPLT,,SPONSOR'S WISH,\nNCOMPLT,,DEATH,\n"
    assert _near(tmp_path, rows) == []


def test_term_that_differs_in_a_digit_is_another_term(tmp_path: Path) -> None:
    assert nearly("TREATMENT PERIOD 2", ["TREATMENT PERIOD 1"]) == ""
    assert nearly("TREATMENT PERIDO 1", ["TREATMENT PERIOD 1"]) == "TREATMENT PERIOD 1"


def test_name_of_a_dictionary_that_is_nearly_a_published_one_is_a_notice(tmp_path: Path) -> None:
    """DICTNAM of Define-XML's terminology; names that it does not have are a sponsor's own."""
    rows = "MEDDRA,MedDRA,text,MedDra,27.1\nOURS,Ours,text,Company List,1\nWHO,WHO,text,WHODD,2024\n"
    assert _near(tmp_path, "", rows) == [
        "sdtm/Dictionaries.csv:2 [Dictionary] 'MedDra' is no term of Dictionary Name (DICTNAM) of Define-XML's "
        "terminology; write 'MedDRA'"
    ]


def test_purpose_of_a_result_that_is_nearly_a_published_one_is_a_notice(tmp_path: Path) -> None:
    row = "F1|R|T|AVAL|{reason}|{purpose}||ADTTE||TRTP"
    spec = study(tmp_path, results=(row.format(reason="SPECIFIED IN SAP", purpose="PRIMARY OUTCOME MEASUR"),),
                 statistics=("R|1||subjects()",))  # fmt: skip
    assert [str(problem) for problem in near_terms(spec)] == [
        "results/Analysis Results.csv:2 [Purpose] 'PRIMARY OUTCOME MEASUR' is no term of Analysis Purpose (ANLPURP) of "
        "Define-XML's terminology; write 'PRIMARY OUTCOME MEASURE'"
    ]
    own = row.format(reason="ASKED BY THE DATA MONITORING COMMITTEE", purpose="SAFETY")
    assert near_terms(study(tmp_path / "2", results=(own,), statistics=("R|1||subjects()",))) == []
