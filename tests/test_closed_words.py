"""Words that come from a closed list are checked before any data are read, in every table that has such a list."""

from __future__ import annotations

from pathlib import Path

import pytest
from define_study import at, sdtm_frames, spec_of, written
from lxml import etree
from small_study import adam, faults, sdtm

from define.odm import XML


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
