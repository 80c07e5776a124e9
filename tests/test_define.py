"""Define-XML: what is written is valid, complete and true to the data, and the same every time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest
from lxml import etree

from define.facts import facts_of, iso_type
from define.formal import merged
from define.method_text import method_texts
from define.odm import ARM, DEF, ODM
from define.render import copy_stylesheet, render
from define.rules import rules_of
from define.validate import validate
from define.where_clause import RangeCheck, in_language, in_p21, parse_where
from define.write import write
from specs.load import load
from specs.model import Spec
from specs.problem import DataError, Place, SpecError

N = {"o": ODM, "d": DEF, "a": ARM}
CREATED = "2025-05-01T00:00:00"
STUDY = """STUDYID = "TEST01"
LIMIT = 2
[standards]
sdtmig = "3.4"
adamig = "1.3"
occds = "1.1"
sdtmct = "2025-03-28"
adamct = "2025-03-28"
definect = "2025-03-28"
"""
SDTM = {
    "sdtm/Define.csv": "Attribute,Value\nStudyName,Test 01\nStudyDescription,Two subjects\n",
    "sdtm/Datasets.csv": """Dataset,Key Variables,Comment
DM,USUBJID,
LB,"USUBJID, LBTESTCD, LBDTC",
FAAE,"USUBJID, FALNKID",
SUPPDM,"USUBJID, QNAM",C.SUPP
TS,"TSPARMCD, TSSEQ",
AE,USUBJID,
""",
    "sdtm/Variables.csv": """Dataset,Variable,Label,Data Type,Codelist,Origin,Source,Pages,Method,Assigned Value,Comment
DM,STUDYID,,,,,,,,TEST01,
DM,DOMAIN,,,,,,,,DM,
DM,USUBJID,,,,,,,M.USUBJID,,
DM,RFSTDTC,,,,,,,,,
DM,AGE,,,,,,,,,
DM,SEX,,,,,,7 9,,,
DM,ACTARMUD,,,,Assigned,,,,,
DM,DMDTC,,,,,,,,,
LB,STUDYID,,,,,,,,TEST01,
LB,USUBJID,,,,Derived,,,M.USUBJID,,
LB,LBTESTCD,,,,,,,,,
LB,LBTEST,,,,,,,,,
LB,LBORRES,,,,Collected,Vendor,,,,
LB,LBORRESU,,,,Collected,Vendor,,,,
LB,LBSTRESN,,,,,,,,,
LB,LBDTC,,,,,,,,,
LB,LBDY,,,,,,,,,
FAAE,STUDYID,,,,,,,,TEST01,
FAAE,USUBJID,,,,Derived,,,M.USUBJID,,
FAAE,FALNKID,,,,,,,,,
FAAE,FATESTCD,,,,,,,,TOXGR,
FAAE,FAORRES,,,GRADE,,,,,,
SUPPDM,RACEOTH,"Race, Other",text,,Collected,,,,,
TS,TSSEQ,,,,Derived,,,M.SEQ,,
TS,TSPARMCD,,,,,,,,,
TS,TSPARM,,,,,,,,,
TS,TSVAL,,,,,,,,,
AE,USUBJID,,,,Derived,,,M.USUBJID,,
AE,AEDECOD,,,MEDDRA,,,,,,
AE,AESTDTC,,,,,,,,,
""",
    "sdtm/ValueLevel.csv": """Dataset,Variable,Where Clause,Codelist,Origin,Mandatory
FAAE,FAORRES,FATESTCD EQ TOXGR,GRADE,Collected,Yes
""",
    "sdtm/Codelists.csv": """ID,Name,NCI Codelist Code,Data Type,Order,Term,Decoded Value
GRADE,Toxicity Grade,none,text,1,1,Mild
GRADE,,,,2,2,Moderate
UNIT,,C71620,,1,g/L,
UNIT,,,,2,U/L,
UNIT,,,,3,spoons,
""",
    "sdtm/Dictionaries.csv": "ID,Name,Data Type,Dictionary,Version\nMEDDRA,MedDRA,text,MedDRA,26.1\n",
    "sdtm/Methods.csv": """ID,Name,Type,Description,Document,Pages
M.USUBJID,Subject key,Computation,"Study, site and subject, joined by hyphens.",csdrg,Keys
M.SEQ,Sequence,Computation,Runs from 1.,,
""",
    "sdtm/Comments.csv": "ID,Description\nC.SUPP,Race is collected as free text when it is Other.\n",
    "sdtm/Documents.csv": """ID,Title,Href
acrf,Annotated CRF,acrf.pdf
csdrg,Reviewer's Guide,csdrg.pdf
""",
    "sdtm/Tables.csv": """Table,File,Subject
*,,SUBJECT
raw_dm,raw_dm.csv,
raw_lb,raw_lb.csv,
raw_ae,raw_ae.csv,
""",
    "sdtm/Sources.csv": """Dataset,Block,From
DM,,raw_dm
LB,,raw_lb
FAAE,,raw_ae
AE,,raw_ae
TS,,summary
""",
    "sdtm/Tests.csv": """Dataset,Collected,Test Code,Test,Standard Unit
LB,HB,HGB,Hemoglobin,g/L
LB,ALT,ALT,Alanine Aminotransferase,U/L
LB,HCG,HCG,Choriogonadotropin Beta,
""",
    "sdtm/tables/summary.csv": "TSSEQ,TSPARMCD,TSPARM,TSVAL\n1,AGEMIN,Planned Minimum Age of Subjects,P18Y\n",
    "sdtm/mapping/all.csv": """Dataset,Variable,Order,Where,Expression
,--DY,,,"study_day(--DTC, DM.RFSTDTC)"
""",
    "sdtm/mapping/DM.csv": """Variable,Order,Where,Expression
RFSTDTC,1,RANDYN_C == '1',"iso8601(RAND_YY, RAND_MM, RAND_DD)"
RFSTDTC,2,,min(LB.LBDTC)
AGE,,,"age_years(iso8601(BRTH_YY, BRTH_MM, BRTH_DD), RFSTDTC)"
SEX,,,assign_ct(SEX_C)
DMDTC,,,DMDAT
""",
    "sdtm/mapping/SUPPDM.csv": "Variable,Expression\nRACEOTH,RACEOTH\n",
    "sdtm/mapping/LB.csv": """Variable,Expression
LBORRES,LBRES
LBORRESU,LBUNIT
LBSTRESN,"round_half_up(_NUMBER, 2)"
_NUMBER,number(LBRES)
LBDTC,LBDAT
""",
    "sdtm/mapping/FAAE.csv": "Variable,Expression\nFALNKID,AENO\nFAORRES,GRADE\n",
    "sdtm/mapping/TS.csv": "Variable,Expression\n*,summary.*\n",
    "sdtm/mapping/AE.csv": "Variable,Expression\nAEDECOD,PT\nAESTDTC,AESTDAT\n",
}
ADAM = {
    "adam/Datasets.csv": """Dataset,Label,Class,SubClass,Structure,Key Variables
ADSL,,,,,USUBJID
ADIRAE,Responses,BASIC DATA STRUCTURE,,One record per subject per parameter,"USUBJID, PARAMCD"
ADTTE,Times to Event,BASIC DATA STRUCTURE,TIME-TO-EVENT,One record per subject per parameter,"USUBJID, PARAMCD"
""",
    "adam/Variables.csv": """Dataset,Variable,Label,Data Type,Format,Codelist,Common,Predecessor
ADSL,STUDYID,,,,,Yes,DM.STUDYID
ADSL,USUBJID,,,,,Yes,DM.USUBJID
ADSL,AGE,,,,,,DM.AGE
ADSL,TRT01P,,,,ARM,Yes,
ADSL,RACEOTH,"Race, Other",text,,,,DM.RACEOTH
ADSL,RANDDT,Date of Randomization,,,,,
ADSL,FASFL,,,,,,
ADSL,W1EVALFL,Week 1 Evaluable Flag,text,,,,
ADIRAE,STUDYID,,,,,,
ADIRAE,USUBJID,,,,,,
ADIRAE,TRTP,,,,ARM,,ADSL.TRT01P
ADIRAE,FASFL,,,,,,ADSL.FASFL
ADIRAE,PARAM,,,,,,
ADIRAE,PARAMCD,,,,,,
ADIRAE,AVAL,,,,,,
ADIRAE,AVALC,,,,YN,,
ADIRAE,ADT,,,,,,
ADTTE,STUDYID,,,,,,
ADTTE,USUBJID,,,,,,
ADTTE,PARAM,,,,,,
ADTTE,PARAMCD,,,,,,
ADTTE,AVAL,,,,,,
ADTTE,CNSR,,,,CNSR,,
ADTTE,ADT,,,,,,
""",
    "adam/Codelists.csv": """ID,Name,NCI Codelist Code,Data Type,Order,Term,Decoded Value
ARM,Arms,none,text,1,New,
ARM,,,,2,Old,
YN,Yes or No,C66742,,,Y,Yes
YN,,,,,N,No
CNSR,Censoring,none,integer,1,0,Event
CNSR,,,,2,1,Censored
""",
    "adam/Documents.csv": "ID,Title,Href\nadrg,Reviewer's Guide,adrg.pdf\nsap,Analysis Plan,sap.pdf\n",
    "adam/Sources.csv": "Dataset,Block,From\nADSL,,DM\n",
    "adam/Joins.csv": """Dataset,Name,From,By,Where,Order,Pick
ADIRAE,HIT,FAAE,,FAAE.FAORRES <= _GOAL,FAAE.FALNKID,first
""".replace("FAAE.FAORRES <= _GOAL", "number(FAAE.FAORRES) <= _GOAL"),
    "adam/Parameters.csv": """Dataset,PARAMCD,PARAM,PARAMTYP,From,AVAL,AVALC,ADT,_GOAL
ADIRAE,GRADE,Grade,,FAAE,number(FAAE.FAORRES),,,
ADIRAE,RELW1,Relieved Within 1 Week,DERIVED,ADSL,1 if exists(HIT) else 0,'Y' if AVAL == 1 else 'N',ADSL.RANDDT,1
ADIRAE,RELW2,Relieved Within 2 Weeks,DERIVED,ADSL,1 if exists(HIT) else 0,,ADSL.RANDDT,LIMIT
""",
    "adam/Events.csv": """Dataset,PARAMCD,Step,CNSR,From,Where,Date,EVNTDESC
ADTTE,TTREL,1,0,ADIRAE,ADIRAE.PARAMCD == 'RELW1' and ADIRAE.AVAL == 1,ADIRAE.ADT,'Relieved'
ADTTE,TTREL,2,1,ADSL,,ADSL.RANDDT,'Not relieved'
""",
    "adam/mapping/ADSL.csv": """Variable,Where,Expression
TRT01P,,'New'
RANDDT,,"impute_date(DM.RFSTDTC, 'first')"
FASFL,,yn(not missing(RANDDT))
W1EVALFL,RANDDT > 0,'Y'
W1EVALFL,,'N'
""",
    "adam/mapping/ADTTE.csv": "Variable,Expression\nAVAL,ADT - ADSL.RANDDT + 1\n",
    "results/Analysis Displays.csv": "ID,Title,Document,Pages\nT14.1,Relief,sap,12\n",
    "results/Analysis Results.csv": (
        "Display,ID,Description,Variables,Reason,Purpose,Selection Criteria,Documentation,Dataset,Population\n"
        "T14.1,AR.1,Relief of events,,SPECIFIED IN SAP,PRIMARY OUTCOME MEASURE,PARAMCD == 'RELW1',Exact intervals.,"
        "ADIRAE,FASFL == 'Y'\n"
        "T14.1,AR.2,Evaluable,AVAL,SPECIFIED IN SAP,PRIMARY OUTCOME MEASURE,PARAMCD == 'RELW1',,"
        "ADIRAE,FASFL == 'Y' and W1EVALFL == 'Y'\n"
    ),
    "results/Statistics.csv": """Result,Order,By,Statistic
AR.1,1,,"proportion(AVAL == 1, ci='clopper_pearson')"
AR.2,1,,subjects()
""",
    "results/Lines.csv": "Display,Order,Label,Result\nT14.1,1,Relieved,AR.1\n",
}


def sdtm_frames() -> dict[str, pd.DataFrame]:
    subjects = ["TEST01-01-1", "TEST01-01-2"]
    return {
        "DM": pd.DataFrame({
            "STUDYID": ["TEST01"] * 2, "DOMAIN": ["DM"] * 2, "USUBJID": subjects,
            "RFSTDTC": ["2024-03-04", "2024-03-11"], "AGE": [61.0, 8.0], "SEX": ["F", "M"],
            "ACTARMUD": [None, None], "DMDTC": ["2024-03", "2024-03-09T08:30"],
        }),
        "LB": pd.DataFrame({
            "STUDYID": ["TEST01"] * 4, "USUBJID": [subjects[0]] * 3 + [subjects[1]],
            "LBTESTCD": pd.Categorical(["HGB", "ALT", "HCG", "ALT"]),
            "LBTEST": ["Hemoglobin", "Alanine Aminotransferase", "Choriogonadotropin Beta", "Alanine Aminotransferase"],
            "LBORRES": ["12.1", "<5", "NEGATIVE", "40"], "LBORRESU": ["g/L", "U/L", None, "spoons"],
            "LBSTRESN": [121.25, None, None, 40.0], "LBDTC": ["2024-03-04T08:00"] * 4, "LBDY": [1.0, 1.0, -7.0, 1.0],
        }),
        "FAAE": pd.DataFrame({
            "STUDYID": ["TEST01"] * 2, "USUBJID": subjects, "FALNKID": ["01", "01"], "FATESTCD": ["TOXGR"] * 2,
            "FAORRES": ["1", "2"],
        }),
        "SUPPDM": pd.DataFrame({
            "STUDYID": ["TEST01"], "RDOMAIN": ["DM"], "USUBJID": subjects[:1], "IDVAR": [""], "IDVARVAL": [""],
            "QNAM": ["RACEOTH"], "QLABEL": ["Race, Other"], "QVAL": ["HAN"], "QORIG": ["Collected"], "QEVAL": [""],
        }),
        "TS": pd.DataFrame({
            "TSSEQ": [1.0, 1.0], "TSPARMCD": ["AGEMIN", "PLANSUB"],
            "TSPARM": ["Planned Minimum Age of Subjects", "Planned Number of Subjects"], "TSVAL": ["P18Y", "40"],
        }),
        "AE": pd.DataFrame({"USUBJID": [], "AEDECOD": [], "AESTDTC": []}, dtype=object),
    }  # fmt: skip


def adam_frames() -> dict[str, pd.DataFrame]:
    subjects, study = ["TEST01-01-1", "TEST01-01-2"], ["TEST01"] * 2
    return {
        "ADSL": pd.DataFrame({
            "STUDYID": study, "USUBJID": subjects, "AGE": [61.0, 8.0], "TRT01P": ["New", "New"],
            "RACEOTH": ["HAN", None], "RANDDT": [23439.0, 23446.0], "FASFL": ["Y", "Y"], "W1EVALFL": ["Y", "N"],
        }),
        "ADIRAE": pd.DataFrame({
            "STUDYID": study * 2, "USUBJID": subjects * 2, "TRTP": ["New"] * 4, "FASFL": ["Y"] * 4,
            "PARAM": ["Grade"] * 2 + ["Relieved Within 1 Week"] * 2, "PARAMCD": ["GRADE"] * 2 + ["RELW1"] * 2,
            "AVAL": [1.5, 2.0, 1.0, 0.0], "AVALC": [None, None, "Y", "N"], "ADT": [None, None, 23446.0, None],
        }),
        "ADTTE": pd.DataFrame({
            "STUDYID": study, "USUBJID": subjects, "PARAM": ["Time to Relief"] * 2, "PARAMCD": ["TTREL"] * 2,
            "AVAL": [8.0, 15.0], "CNSR": [0.0, 1.0], "ADT": [23446.0, 23460.0],
        }),
    }  # fmt: skip


def spec_of(folder: Path, stage: str, changes: Mapping[str, str] | None = None) -> Spec:
    """The specification above, with some of its files replaced."""
    (folder / "study.toml").write_text(STUDY)
    for name, text in {**SDTM, **ADAM, **(changes or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return load(folder, stage)


def docstring_of(name: str) -> str:
    return {"age_years": "Completed years between two dates."}.get(name, "")


def written(spec: Spec, frames: Mapping[str, pd.DataFrame], path: Path) -> etree._Element:
    lengths = {("DM", "USUBJID"): 21}
    write(spec, frames, path, created=CREATED, lengths=lengths, methods=method_texts(spec, docstring_of))
    return etree.parse(str(path)).getroot()


@pytest.fixture(scope="module")
def sdtm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, etree._Element, Spec]:
    folder = tmp_path_factory.mktemp("sdtm")
    spec = spec_of(folder, "sdtm")
    return folder / "define.xml", written(spec, sdtm_frames(), folder / "define.xml"), spec


@pytest.fixture(scope="module")
def adam(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, etree._Element, Spec]:
    folder = tmp_path_factory.mktemp("adam")
    spec = spec_of(folder, "adam")
    return folder / "define.xml", written(spec, adam_frames(), folder / "define.xml"), spec


def at(root: etree._Element, path: str) -> list[str]:
    """Attribute values or texts at an XPath."""
    return [str(value) for value in root.xpath(path, namespaces=N)]


def item(root: etree._Element, oid: str) -> dict[str, str]:
    """The attributes of an ItemDef, by local name."""
    (found,) = root.xpath("//o:ItemDef[@OID=$oid]", namespaces=N, oid=oid)
    return {etree.QName(key).localname: value for key, value in found.attrib.items()}


def origin(root: etree._Element, oid: str) -> tuple[str, ...]:
    found = root.xpath("//o:ItemDef[@OID=$oid]/d:Origin", namespaces=N, oid=oid)
    return tuple(found[0].get(name) or "" for name in ("Type", "Source")) if found else ()


def method(root: etree._Element, oid: str) -> tuple[str, str]:
    """(description, formal expression) of a MethodDef."""
    (text,) = at(root, f"//o:MethodDef[@OID='{oid}']/o:Description/o:TranslatedText/text()")
    return text, "".join(at(root, f"//o:MethodDef[@OID='{oid}']/o:FormalExpression/text()"))


# --- the document ---


def test_sdtm_is_valid_and_true_to_its_data(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    assert validate(sdtm[0], sdtm_frames()) == []


def test_adam_with_results_is_valid_and_true_to_its_data(adam: tuple[Path, etree._Element, Spec]) -> None:
    assert validate(adam[0], adam_frames()) == []


def test_two_writes_are_byte_identical(sdtm: tuple[Path, etree._Element, Spec], tmp_path: Path) -> None:
    frames = sdtm_frames()
    written(sdtm[2], dict(reversed(list(frames.items()))), tmp_path / "again.xml")
    assert (tmp_path / "again.xml").read_bytes() == sdtm[0].read_bytes()


def test_another_record_changes_no_oid(sdtm: tuple[Path, etree._Element, Spec], tmp_path: Path) -> None:
    frames = sdtm_frames()
    frames["FAAE"] = pd.concat([frames["FAAE"], frames["FAAE"].head(1)], ignore_index=True)
    again = written(sdtm[2], frames, tmp_path / "again.xml")
    assert at(again, "//@OID") == at(sdtm[1], "//@OID")


def test_standards_are_named_in_the_words_of_the_terminology(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    found = [(s.get("Name"), s.get("Type"), s.get("PublishingSet"), s.get("Version"))
             for s in sdtm[1].xpath("//d:Standard", namespaces=N)]  # fmt: skip
    assert found == [
        ("SDTMIG", "IG", None, "3.4"),
        ("CDISC/NCI", "CT", "DEFINE-XML", "2025-03-28"),
        ("CDISC/NCI", "CT", "SDTM", "2025-03-28"),
    ]


def test_document_says_when_it_was_made_as_told(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    assert sdtm[1].get("CreationDateTime") == CREATED
    assert sdtm[1].get(f"{{{DEF}}}Context") == "Submission"


def test_crf_and_other_documents_are_listed_apart(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    assert at(sdtm[1], "//d:AnnotatedCRF//@leafID") == ["LF.acrf"]
    assert at(sdtm[1], "//d:SupplementalDoc//@leafID") == ["LF.csdrg"]


def test_document_address_that_runs_something_is_refused(tmp_path: Path) -> None:
    changes = {"sdtm/Documents.csv": "ID,Title,Href\nacrf,CRF,javascript:alert(1)\ncsdrg,Guide,csdrg.pdf\n"}
    with pytest.raises(SpecError, match=r"Documents\.csv:2 \[Href\] 'javascript:alert\(1\)' is no relative path"):
        written(spec_of(tmp_path, "sdtm", changes), sdtm_frames(), tmp_path / "define.xml")


# --- datasets ---


def test_datasets_stand_by_class_then_name(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    assert at(sdtm[1], "//o:ItemGroupDef/@Name") == ["TS", "DM", "AE", "LB", "FAAE", "SUPPDM"]


def test_dataset_attributes(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    (group,) = sdtm[1].xpath("//o:ItemGroupDef[@OID='IG.DM']", namespaces=N)
    assert {etree.QName(key).localname: value for key, value in group.attrib.items()} == {
        "OID": "IG.DM", "Domain": "DM", "Name": "DM", "Repeating": "No", "IsReferenceData": "No",
        "SASDatasetName": "DM", "Purpose": "Tabulation", "StandardOID": "STD.SDTMIG.3.4",
        "Structure": "One record per subject", "ArchiveLocationID": "LF.DM",
    }  # fmt: skip
    assert at(group, "d:Class/@Name") == ["SPECIAL PURPOSE"]
    assert at(group, "d:leaf/@*") == ["LF.DM", "dm.xpt"]


def test_split_dataset_names_its_domain(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    assert at(sdtm[1], "//o:ItemGroupDef[@Name='FAAE']/@Domain") == ["FA"]
    alias = at(sdtm[1], "//o:ItemGroupDef[@Name='FAAE']/o:Alias/@*")
    assert alias == ["DomainDescription", "Findings About Events or Interventions"]


def test_time_to_event_dataset_has_its_subclass(adam: tuple[Path, etree._Element, Spec]) -> None:
    assert at(adam[1], "//o:ItemGroupDef[@Name='ADTTE']/d:Class/@Name") == ["BASIC DATA STRUCTURE"]
    assert at(adam[1], "//o:ItemGroupDef[@Name='ADTTE']//d:SubClass/@Name") == ["TIME-TO-EVENT"]
    assert at(adam[1], "//o:ItemGroupDef/@Purpose") == ["Analysis"] * 3


def test_keys_are_numbered_in_the_order_of_key_variables(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    keys = sdtm[1].xpath("//o:ItemGroupDef[@Name='LB']/o:ItemRef[@KeySequence]", namespaces=N)
    assert {key.get("ItemOID"): key.get("KeySequence") for key in keys} == {
        "IT.LB.USUBJID": "1", "IT.LB.LBTESTCD": "2", "IT.LB.LBDTC": "3",
    }  # fmt: skip


def test_required_variables_are_mandatory(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    assert at(sdtm[1], "//o:ItemRef[@ItemOID='IT.DM.SEX']/@Mandatory") == ["Yes"]
    assert at(sdtm[1], "//o:ItemRef[@ItemOID='IT.DM.AGE']/@Mandatory") == ["No"]


def test_empty_dataset_says_that_it_has_no_data(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    assert at(sdtm[1], "//o:ItemGroupDef[@d:HasNoData='Yes']/@Name") == ["AE"]
    assert at(sdtm[1], "//o:ItemGroupDef[@Name='AE']/o:ItemRef/@d:HasNoData") == []


def test_empty_variable_says_so_with_a_comment(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    assert at(sdtm[1], "//o:ItemRef[@ItemOID='IT.DM.ACTARMUD']/@d:HasNoData") == ["Yes"]
    assert item(sdtm[1], "IT.DM.ACTARMUD")["CommentOID"] == "COM.NODATA"


def test_column_that_the_specification_lacks_is_refused(
    sdtm: tuple[Path, etree._Element, Spec], tmp_path: Path
) -> None:
    frames = sdtm_frames()
    frames["DM"]["EXTRA"] = "x"
    with pytest.raises(DataError, match=r"DM \[EXTRA\] is not in the specification"):
        written(sdtm[2], frames, tmp_path / "define.xml")


# --- variables ---


def test_length_of_text_is_that_of_the_transport_file(sdtm: tuple[Path, etree._Element, Spec]) -> None:
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
    sdtm: tuple[Path, etree._Element, Spec], oid: str, data_type: str, length: str | None, digits: str | None
) -> None:
    found = item(sdtm[1], oid)
    assert (found["DataType"], found.get("Length"), found.get("SignificantDigits")) == (data_type, length, digits)


def test_numeric_date_is_an_integer_with_its_format(adam: tuple[Path, etree._Element, Spec]) -> None:
    found = item(adam[1], "IT.ADSL.RANDDT")
    assert (found["DataType"], found["DisplayFormat"]) == ("integer", "DATE9.")


def test_stated_integer_with_fractions_is_refused(tmp_path: Path) -> None:
    text = SDTM["sdtm/Variables.csv"].replace("DM,AGE,,,", "DM,AGE,,integer,")
    frames = sdtm_frames()
    frames["DM"]["AGE"] = [61.5, 8.0]
    with pytest.raises(DataError, match=r"\[Data Type\] the data hold 61.5, which is no integer"):
        written(spec_of(tmp_path, "sdtm", {"sdtm/Variables.csv": text}), frames, tmp_path / "define.xml")


def test_number_kept_as_text_is_refused(sdtm: tuple[Path, etree._Element, Spec], tmp_path: Path) -> None:
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
def test_origin_is_stated_or_read_off_the_rules(
    sdtm: tuple[Path, etree._Element, Spec], oid: str, expected: tuple[str, str]
) -> None:
    assert origin(sdtm[1], oid) == expected


def test_predecessor_names_the_variable_copied(adam: tuple[Path, etree._Element, Spec]) -> None:
    assert origin(adam[1], "IT.ADSL.AGE") == ("Predecessor", "")
    path = "//o:ItemDef[@OID='IT.ADIRAE.TRTP']/d:Origin//o:TranslatedText/text()"
    assert at(adam[1], path) == ["ADSL.TRT01P"]


def test_predecessor_that_is_a_qualifier_is_named_as_submitted(adam: tuple[Path, etree._Element, Spec]) -> None:
    path = "//o:ItemDef[@OID='IT.ADSL.RACEOTH']/d:Origin//o:TranslatedText/text()"
    assert at(adam[1], path) == ["SUPPDM.QVAL where SUPPDM.QNAM is 'RACEOTH'"]


def test_constant_is_assigned_but_derived_where_a_condition_chooses(
    adam: tuple[Path, etree._Element, Spec],
) -> None:
    assert origin(adam[1], "IT.ADSL.TRT01P") == ("Assigned", "Sponsor")
    assert origin(adam[1], "IT.ADSL.W1EVALFL") == ("Derived", "Sponsor")


def test_pages_lead_into_the_annotated_crf(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    (reference,) = sdtm[1].xpath("//o:ItemDef[@OID='IT.DM.SEX']//d:DocumentRef", namespaces=N)
    assert reference.get("leafID") == "LF.acrf"
    assert dict(reference[0].attrib) == {"PageRefs": "7 9", "Type": "PhysicalRef"}


# --- value level ---


def test_results_are_described_per_test(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    found = {oid: item(sdtm[1], oid) for oid in at(sdtm[1], "//d:ValueListDef[@OID='VL.LB.LBORRES']//@ItemOID")}
    assert {oid: (i["DataType"], i["Length"], i.get("SignificantDigits")) for oid, i in found.items()} == {
        "IT.LB.LBORRES.HGB": ("float", "3", "1"),
        "IT.LB.LBORRES.ALT": ("text", "2", None),
        "IT.LB.LBORRES.HCG": ("text", "8", None),
    }


def test_test_without_a_value_has_no_item(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    listed = at(sdtm[1], "//d:ValueListDef[@OID='VL.LB.LBSTRESN']//@ItemOID")
    assert listed == ["IT.LB.LBSTRESN.HGB", "IT.LB.LBSTRESN.ALT"]


def test_equal_conditions_share_one_clause(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    clauses = at(sdtm[1], "//d:WhereClauseRef[@WhereClauseOID='WC.LB.LBTESTCD.ALT']/@WhereClauseOID")
    assert len(clauses) == 3
    (check,) = sdtm[1].xpath("//d:WhereClauseDef[@OID='WC.LB.LBTESTCD.ALT']/o:RangeCheck", namespaces=N)
    assert check.get(f"{{{DEF}}}ItemOID") == "IT.LB.LBTESTCD"
    assert at(check, "o:CheckValue/text()") == ["ALT"]


def test_trial_summary_values_have_types_of_their_own(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    assert item(sdtm[1], "IT.TS.TSVAL.AGEMIN")["DataType"] == "durationDatetime"
    assert item(sdtm[1], "IT.TS.TSVAL.PLANSUB")["DataType"] == "integer"


def test_row_of_value_level_overrides(sdtm: tuple[Path, etree._Element, Spec]) -> None:
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


def test_parameters_have_type_and_method_of_their_own(adam: tuple[Path, etree._Element, Spec]) -> None:
    assert item(adam[1], "IT.ADIRAE.AVAL.GRADE")["DataType"] == "float"
    assert item(adam[1], "IT.ADIRAE.AVAL.RELW1")["DataType"] == "integer"
    methods = at(adam[1], "//d:ValueListDef[@OID='VL.ADIRAE.AVAL']/o:ItemRef/@MethodOID")
    assert methods == ["MT.ADIRAE.AVAL.GRADE", "MT.ADIRAE.AVAL.RELW1"]


# --- codelists ---


def test_published_codelist_shows_the_terms_in_use_with_codes(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    assert at(sdtm[1], "//o:CodeList[@OID='CL.SEX']/o:EnumeratedItem/@CodedValue") == ["F", "M"]
    assert at(sdtm[1], "//o:CodeList[@OID='CL.SEX']/o:EnumeratedItem/o:Alias/@Name") == ["C16576", "C20197"]
    assert at(sdtm[1], "//o:CodeList[@OID='CL.SEX']/o:Alias/@Name") == ["C66731"]
    assert at(sdtm[1], "//o:CodeList[@OID='CL.SEX']/@d:StandardOID") == ["STD.CT.SDTM.2025-03-28"]


def test_term_of_the_study_extends_a_published_codelist(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    path = "//o:CodeList[@OID='CL.UNIT']/o:EnumeratedItem"
    assert at(sdtm[1], f"{path}/@CodedValue") == ["g/L", "U/L", "spoons"]
    assert at(sdtm[1], f"{path}[@d:ExtendedValue='Yes']/@CodedValue") == ["spoons"]


def test_codelist_of_test_codes_is_decoded_by_test_names(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    path = "//o:CodeList[@OID='CL.LBTESTCD']/o:CodeListItem[@CodedValue='HGB']//o:TranslatedText/text()"
    assert at(sdtm[1], path) == ["Hemoglobin"]


def test_codelist_of_the_sponsor_says_so(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    assert at(sdtm[1], "//o:CodeList[@OID='CL.GRADE']/@d:IsNonStandard") == ["Yes"]
    assert at(sdtm[1], "//o:CodeList[@OID='CL.GRADE']//o:TranslatedText/text()") == ["Mild", "Moderate"]


def test_dictionary_is_an_external_codelist(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    (external,) = sdtm[1].xpath("//o:CodeList[@OID='CL.MEDDRA']/o:ExternalCodeList", namespaces=N)
    assert dict(external.attrib) == {"Dictionary": "MedDRA", "Version": "26.1"}


def test_numeric_codelist_has_its_type(adam: tuple[Path, etree._Element, Spec]) -> None:
    assert at(adam[1], "//o:CodeList[@OID='CL.CNSR']/@DataType") == ["integer"]


# --- methods and comments ---


def test_method_begins_with_the_docstring_of_its_derivation(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    text, formal = method(sdtm[1], "MT.DM.AGE")
    call = "age_years(iso8601(BRTH_YY, BRTH_MM, BRTH_DD), RFSTDTC)"
    assert text == f"Completed years between two dates.\n\nComputed as {call}."
    assert formal == f"AGE = {call}"


def test_method_has_a_sentence_per_rule_in_order(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    text, _ = method(sdtm[1], "MT.DM.RFSTDTC")
    assert text == "Where RANDYN_C == '1': iso8601(RAND_YY, RAND_MM, RAND_DD). Otherwise: min(LB.LBDTC)."


def test_method_puts_working_variables_in_and_defines_them(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    text, formal = method(sdtm[1], "MT.LB.LBSTRESN")
    assert text == "Computed as round_half_up(number(LBRES), 2)."
    assert formal == "LBSTRESN = round_half_up(_NUMBER, 2)\n_NUMBER = number(LBRES)"


def test_general_rule_is_shown_for_its_dataset(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    assert method(sdtm[1], "MT.LB.LBDY")[1] == "LBDY = study_day(LBDTC, DM.RFSTDTC)"


def test_written_method_stands_with_its_document(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    assert method(sdtm[1], "MT.M.USUBJID") == ("Study, site and subject, joined by hyphens.", "")
    assert at(sdtm[1], "//o:MethodDef[@OID='MT.M.USUBJID']//@PageRefs") == ["Keys"]


def test_method_of_a_parameter_defines_its_join(adam: tuple[Path, etree._Element, Spec]) -> None:
    assert method(adam[1], "MT.ADIRAE.AVAL.RELW1")[1].splitlines() == [
        "AVAL = 1 if exists(HIT) else 0",
        "HIT: first row of FAAE where number(FAAE.FAORRES) <= _GOAL ordered by FAAE.FALNKID",
        "_GOAL = 1",
    ]


def test_method_says_what_a_join_picks(adam: tuple[Path, etree._Element, Spec]) -> None:
    assert method(adam[1], "MT.ADIRAE.AVAL.RELW1")[0] == (
        "Computed as 1 if exists(HIT) else 0. "
        "HIT is the first row of FAAE where number(FAAE.FAORRES) <= 1 ordered by FAAE.FALNKID."
    )


def test_rules_that_differ_in_their_block_alone_are_said_once(adam: tuple[Path, etree._Element, Spec]) -> None:
    found = merged(rules_of(adam[2], "ADIRAE", "AVAL"))
    assert [(rule.block, rule.expression) for rule in found] == [
        ("GRADE", "number(FAAE.FAORRES)"), ("RELW1, RELW2", "1 if exists(HIT) else 0"),
    ]  # fmt: skip


def test_constant_and_absent_working_variable_are_defined(adam: tuple[Path, etree._Element, Spec]) -> None:
    found = method_texts(adam[2])
    assert "LIMIT = 2" in found["ADIRAE", "AVAL.RELW2"].expression.splitlines()
    assert "_GOAL = LIMIT" in found["ADIRAE", "AVAL.RELW2"].expression.splitlines()


def test_method_of_an_event_lists_its_steps(adam: tuple[Path, etree._Element, Spec]) -> None:
    text, _ = method(adam[1], "MT.ADTTE.CNSR.TTREL")
    assert text == (
        "The first of these steps that has a candidate decides: (1) CNSR 0: first ADIRAE.ADT of ADIRAE where "
        "ADIRAE.PARAMCD == 'RELW1' and ADIRAE.AVAL == 1. (2) CNSR 1: last ADSL.RANDDT of ADSL."
    )


def test_imputing_method_says_so(adam: tuple[Path, etree._Element, Spec]) -> None:
    assert at(adam[1], "//o:MethodDef[@OID='MT.ADSL.RANDDT']/@Type") == ["Imputation"]
    assert at(adam[1], "//o:MethodDef[@OID='MT.ADSL.FASFL']/@Type") == ["Computation"]


def test_comment_is_written_once_and_referred_to(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    assert at(sdtm[1], "//o:ItemGroupDef[@Name='SUPPDM']/@d:CommentOID") == ["COM.C.SUPP"]
    assert at(sdtm[1], "//d:CommentDef/@OID") == ["COM.C.SUPP", "COM.NODATA"]


def test_rules_of_another_dataset_do_not_fill_a_variable(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    assert rules_of(sdtm[2], "FAAE", "AGE") == ()
    assert [rule.expression for rule in rules_of(sdtm[2], "SUPPDM", "RACEOTH")] == ["RACEOTH"]


# --- analysis results ---


def test_result_states_records_variables_and_reason(adam: tuple[Path, etree._Element, Spec]) -> None:
    (result,) = adam[1].xpath("//a:AnalysisResult[@OID='AR.1']", namespaces=N)
    assert result.get("ParameterOID") == "IT.ADIRAE.PARAMCD"
    assert result.get("AnalysisReason") == "SPECIFIED IN SAP"
    assert at(result, ".//a:AnalysisVariable/@ItemOID") == ["IT.ADIRAE.AVAL"]
    assert at(result, ".//a:Code/text()") == ["proportion(AVAL == 1, ci='clopper_pearson')"]
    (clause,) = at(result, ".//@WhereClauseOID")
    checks = adam[1].xpath("//d:WhereClauseDef[@OID=$oid]/o:RangeCheck", namespaces=N, oid=clause)
    found = [(check.get(f"{{{DEF}}}ItemOID"), check[0].text) for check in checks]
    assert found == [("IT.ADIRAE.FASFL", "Y"), ("IT.ADIRAE.PARAMCD", "RELW1")]


def test_population_on_adsl_brings_the_dataset_and_a_join_comment(adam: tuple[Path, etree._Element, Spec]) -> None:
    (result,) = adam[1].xpath("//a:AnalysisResult[@OID='AR.2']", namespaces=N)
    assert at(result, ".//a:AnalysisDataset/@ItemGroupOID") == ["IG.ADIRAE", "IG.ADSL"]
    assert at(result, "a:AnalysisDatasets/@d:CommentOID") == ["COM.JOIN.AR.2"]


def test_result_without_a_reason_is_refused(tmp_path: Path) -> None:
    text = ADAM["results/Analysis Results.csv"].replace(",SPECIFIED IN SAP,", ",,", 1)
    spec = spec_of(tmp_path, "adam", {"results/Analysis Results.csv": text})
    with pytest.raises(SpecError, match=r"\[Reason\] Reason of AR.1 is blank"):
        written(spec, adam_frames(), tmp_path / "define.xml")


# --- where clauses ---

PLACE = Place("Analysis Results.csv", 2, "Selection Criteria")


@pytest.mark.parametrize(("text", "expected"), [
    ("PARAMCD == 'RELW1' and FASFL == 'Y'", [("PARAMCD", "EQ", ("RELW1",)), ("FASFL", "EQ", ("Y",))]),
    ("2 <= ADY <= 8", [("ADY", "GE", ("2",)), ("ADY", "LE", ("8",))]),
    ("AVISIT in ('Week 2', 'Week 4')", [("AVISIT", "IN", ("Week 2", "Week 4"))]),
    ("not AVISIT in ('Week 2',)", [("AVISIT", "NOTIN", ("Week 2",))]),
    ("not missing(ATOXGRH)", [("ATOXGRH", "NE", ("",))]),
    ("CHG > -1.5", [("CHG", "GT", ("-1.5",))]),
    ("PARAMCD EQ RELW1", [("PARAMCD", "EQ", ("RELW1",))]),
    ("AVISIT EQ Week 24 and FASFL EQ Y", [("AVISIT", "EQ", ("Week 24",)), ("FASFL", "EQ", ("Y",))]),
    ("PARAMCD IN (A, \"B, C\", 'D')", [("PARAMCD", "IN", ("A", "B, C", "D"))]),
    ("PARAMCD NOT IN (A)", [("PARAMCD", "NOTIN", ("A",))]),
    ("", []),
])  # fmt: skip
def test_where_clause_is_read_in_both_spellings(text: str, expected: list[tuple[str, str, tuple[str, ...]]]) -> None:
    assert [(check.variable, check.comparator, check.values) for check in parse_where(text, PLACE)] == expected


@pytest.mark.parametrize(("text", "part"), [
    ("A == 'x' or B == 'y'", "'or' has no RangeCheck"),
    ("f(A) == 1", "'f(A)': a RangeCheck tests a variable"),
    ("A == B", "'B': only a text or a number"),
    ("not A < 1", "only ==, in and missing() can be negated"),
    ("A in 'x'", "in takes a list"),
    ("A == True", "'True': only a text or a number"),
    ("PARAMCD EQ", "cannot be read"),
    ("PARAMCD IN A", "lacks its list"),
    ("__import__('os').system('x') == 1", "a RangeCheck tests a variable"),
])  # fmt: skip
def test_where_clause_outside_the_subset_names_the_part(text: str, part: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_where(text, PLACE)
    assert part in str(caught.value)
    assert "Analysis Results.csv:2 [Selection Criteria]" in str(caught.value)


def test_where_clause_is_written_in_both_spellings() -> None:
    checks = (RangeCheck("AVISIT", "IN", ("Week 2",)), RangeCheck("ADY", "LE", ("8",), numeric=True))
    assert in_language(checks) == "AVISIT in ('Week 2',) and ADY <= 8"
    assert in_p21(checks) == 'AVISIT IN ("Week 2") and ADY LE 8'
    assert parse_where(in_language(checks), PLACE) == checks


# --- facts ---


@pytest.mark.parametrize(("values", "expected"), [
    (("2024-03-04",), "date"),
    (("2024-03-04T08:30:00",), "datetime"),
    (("2024-03-04", "2024"), "partialDate"),
    (("2024-03-04T08:30",), "partialDatetime"),
    (("2024-03-04T08:30:00", "2024-03-04"), "partialDatetime"),
    (("2024---15",), "incompleteDate"),
    (("2024---15T08:30",), "incompleteDatetime"),
    (("P8W", "P18Y"), "durationDatetime"),
    (("UNKNOWN",), ""),
    ((), ""),
])  # fmt: skip
def test_narrowest_iso_type(values: tuple[str, ...], expected: str) -> None:
    assert iso_type(values) == expected


@pytest.mark.parametrize(("values", "length", "digits"), [
    ([1.0, 250.0, None], 3, 0),
    ([0.1 + 0.2, 10.0], 3, 1),
    ([35.25, -7.0], 4, 2),
    ([None, None], 1, 0),
])  # fmt: skip
def test_digits_of_numbers_without_binary_noise(values: list[float | None], length: int, digits: int) -> None:
    facts = facts_of(pd.Series(values, dtype="float64"))
    assert (facts.length, facts.digits) == (length, digits)


def test_length_of_text_counts_bytes_and_blank_is_missing() -> None:
    for dtype in ("object", "str", "category"):
        facts = facts_of(pd.Series(["a", "", None, "5 µg"], dtype=dtype))
        assert (facts.values, facts.length, facts.empty) == (("5 µg", "a"), 5, False)


# --- validation and rendering ---


def broken(path: Path, tmp_path: Path, old: str, new: str) -> Path:
    text = path.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "broken.xml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return tmp_path / "broken.xml"


@pytest.mark.parametrize(("old", "new", "finding"), [
    (' Repeating="No"', ' Repeating="Maybe"', "SCHEMA line"),
    ('def:CommentOID="COM.C.SUPP"', 'def:CommentOID="COM.X"', "REFERENCE IG.SUPPDM: d:CommentOID COM.X is not defined"),
    ('def:CommentOID="COM.C.SUPP"', "", "ORPHAN COM.C.SUPP: nothing refers to it"),
    ('<CodeListRef CodeListOID="CL.SEX"/>', "", "ORPHAN CL.SEX: nothing refers to it"),
    ('OID="STD.SDTMIG.3.4" Name', 'OID="IG.DM" Name', "UNIQUE IG.DM: defined 2 times"),
    ('Name="AGE" DataType="integer" Length="2"', 'Name="AGE" DataType="integer"',
     "SIZE IT.DM.AGE: integer needs Length"),
    ('Name="AGE" DataType="integer" Length="2"', 'Name="AGE" DataType="integer" Length="1"',
     "LENGTH IT.DM.AGE: Length is 1, the data need 2"),
    ('MethodOID="MT.DM.AGE"', "", "METHOD IT.DM.AGE: Derived without a method"),
    ('<EnumeratedItem CodedValue="M"', '<EnumeratedItem CodedValue="X"', "CODELIST IT.DM.SEX: CL.SEX lacks 'M'"),
    ('Name="DMDTC" DataType="partialDatetime"', 'Name="DMDTC" DataType="text" Length="9"',
     "LENGTH IT.DM.DMDTC: Length is 9, the data need 16"),
    ("<CheckValue>ALT</CheckValue>", "<CheckValue>NONE</CheckValue>",
     "EMPTY IT.LB.LBORRES.ALT: no record meets WC.LB.LBTESTCD.ALT"),
])  # fmt: skip
def test_fault_is_found(
    sdtm: tuple[Path, etree._Element, Spec], tmp_path: Path, old: str, new: str, finding: str
) -> None:
    found = [str(f) for f in validate(broken(sdtm[0], tmp_path, old, new), sdtm_frames())]
    assert any(text.startswith(finding) for text in found), found


def test_data_without_description_are_found(sdtm: tuple[Path, etree._Element, Spec]) -> None:
    frames = {"DM": sdtm_frames()["DM"].drop(columns="AGE"), "EX": pd.DataFrame({"X": ["a"]})}
    assert [str(finding) for finding in validate(sdtm[0], frames)] == [
        "COLUMNS IG.DM: variables differ from the data: AGE",
        "COLUMNS IG.EX: the dataset is not described",
    ]


def test_missing_file_of_a_link_is_found(sdtm: tuple[Path, etree._Element, Spec], tmp_path: Path) -> None:
    (tmp_path / "define.xml").write_bytes(sdtm[0].read_bytes())
    for name in ("acrf.pdf", "ae.xpt", "dm.xpt", "faae.xpt", "lb.xpt", "suppdm.xpt", "ts.xpt"):
        (tmp_path / name).touch()
    found = [str(finding) for finding in validate(tmp_path / "define.xml", links=True)]
    assert found == ["LINK LF.csdrg: csdrg.pdf is not there"]


def test_file_that_is_no_xml_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "define.xml").write_text("<ODM>")
    assert [finding.rule for finding in validate(tmp_path / "define.xml")] == ["SCHEMA"]


def test_external_entity_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("TOP SECRET")
    entity = f'<!DOCTYPE ODM [<!ENTITY e SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
    (tmp_path / "define.xml").write_text(f'{entity}<ODM xmlns="{ODM}" ODMVersion="1.3.2"><Study>&e;</Study></ODM>')
    (finding,) = validate(tmp_path / "define.xml")
    assert finding.message == "holds a document type declaration"
    with pytest.raises(DataError, match="holds a document type declaration"):
        render(tmp_path / "define.xml", tmp_path / "define.html")


EXAMPLES = Path(__file__).parents[2] / "shared" / "fixtures" / "define" / "examples"


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="../shared/fixtures/define is not here")
def test_published_examples_pass_the_schema_and_resolve() -> None:
    assert validate(EXAMPLES / "defineV21-ADaM.xml") == []
    rules = {finding.rule for finding in validate(EXAMPLES / "defineV21-SDTM.xml")}
    # The example leaves out two methods and some origins, as its own remarks say.
    assert rules <= {"METHOD", "ORIGIN", "ORDER"}


def test_html_is_one_file_with_everything_in_it(sdtm: tuple[Path, etree._Element, Spec], tmp_path: Path) -> None:
    render(sdtm[0], tmp_path / "define.html")
    text = (tmp_path / "define.html").read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    page = etree.HTML(text)
    assert page.xpath("//script/@src | //link/@href | //img/@src | //iframe") == []
    assert "Hemoglobin" in text and "Planned Minimum Age of Subjects" in text
    links = {href for href in page.xpath("//a/@href") if not href.startswith("#")}
    assert {link.partition("#")[0] for link in links if not link.startswith("javascript:")} == {
        "acrf.pdf", "csdrg.pdf", "ae.xpt", "dm.xpt", "faae.xpt", "lb.xpt", "suppdm.xpt", "ts.xpt",
    }  # fmt: skip


def test_text_of_the_study_is_escaped_in_the_html(tmp_path: Path) -> None:
    text = "ID,Description\nC.SUPP,<script>alert(1)</script>\n"
    written(spec_of(tmp_path, "sdtm", {"sdtm/Comments.csv": text}), sdtm_frames(), tmp_path / "define.xml")
    render(tmp_path / "define.xml", tmp_path / "define.html")
    shown = (tmp_path / "define.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_stylesheet_is_copied_beside_the_define_xml(tmp_path: Path) -> None:
    assert copy_stylesheet(tmp_path) == tmp_path / "define2-1.xsl"
    assert b"xsl:stylesheet" in (tmp_path / "define2-1.xsl").read_bytes()
