"""A small study for the tests of define.xml: its specification, its data, and what reads the document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from lxml import etree

from define.method_text import method_texts
from define.odm import ARM, DEF, ODM
from define.write import write
from specs.load import load
from specs.model import Spec

N = {"o": ODM, "d": DEF, "a": ARM}
Described = tuple[Path, etree._Element, Spec]
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
DM,SEX,,,,,,,,,
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


def described(folder: Path, stage: str) -> Described:
    """The define.xml of one stage of the specification above: its path, its root, the specification."""
    spec = spec_of(folder, stage)
    frames = sdtm_frames() if stage == "sdtm" else adam_frames()
    return folder / "define.xml", written(spec, frames, folder / "define.xml"), spec


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
