"""ADSL, one record per subject of DM (4.2, 4.8)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from double.baseline import baseline_measurements
from double.compliance import TA1, compliance, treatment
from double.grades import EVENT, grades, target_events
from double.medication import medication
from double.perprotocol import per_protocol
from double.source import day, flag, of_subject, read
from double.subjects import dates, disposition

DM = "STUDYID USUBJID SUBJID SITEID AGE AGEU SEX RACE COUNTRY ARMCD ARM ACTARMCD ACTARM RFICDTC DTHFL"
TREATMENT = {TA1: ("Thymosin Alpha-1 + CT", 1), "CTRL": ("Conventional Therapy", 2)}
SCREEN_FAILURE = ("Screen Failure", 9)
RACES = {"ASIAN": 1, "WHITE": 2, "BLACK OR AFRICAN AMERICAN": 3, "OTHER": 9}
ORGANS = {"LIVER": 1, "LUNG": 2, "GASTROINTESTINAL": 3, "SKIN": 4}  # D-02
ICI_CLASSES = {"PD-1": 1, "PD-L1": 2, "CTLA-4": 3, "COMBINATION": 4}
TUMOURS = {
    "Non-small cell lung cancer": 1,
    "Gastric cancer": 2,
    "Hepatocellular carcinoma": 3,
    "Renal cell carcinoma": 4,
    "Cervix carcinoma": 5,
    "Malignant melanoma": 6,
}


def adsl(sdtm: Path) -> pd.DataFrame:
    """The dataset, in the order of DM; `baseline_date` is a working column (10.9)."""
    subjects = dates(sdtm)
    cm = medication(sdtm, subjects)
    fa = grades(sdtm, subjects)
    events = target_events(sdtm, subjects, fa)
    data = _demographics(sdtm)
    parts = [
        subjects.drop(columns=["ARMCD", "DTHFL", "EOSREASON", "RFPENDT"]).rename(columns={"BASEDT": "baseline_date"}),
        treatment(sdtm, subjects, cm),
        compliance(sdtm, subjects),
        _disposition(sdtm),
        _death(sdtm),
        _events(events, fa),
        _onset(cm, events),
        _steroid_before(cm, subjects),
        _tumour(sdtm),
        baseline_measurements(sdtm, subjects),
        per_protocol(sdtm, subjects, cm, fa, events),
    ]
    for part in parts:
        data = data.merge(part, how="left", on="USUBJID", validate="one_to_one")
    return _flags(data).drop(columns=["ARMCD", "ACTARMCD"])


def _demographics(sdtm: Path) -> pd.DataFrame:
    data = read(sdtm, "dm", DM)
    data["AGEGR1"] = (data["AGE"] < 65).map({True: "<65", False: ">=65"}).where(data["AGE"].notna())
    data["AGEGR1N"] = data["AGEGR1"].map({"<65": 1, ">=65": 2})
    data["SEXN"] = data["SEX"].map({"M": 1, "F": 2})
    data["RACEN"] = data["RACE"].map(RACES)
    for variable, arm in (("TRT01P", "ARMCD"), ("TRT01A", "ACTARMCD")):
        planned = data[arm].map(TREATMENT)
        data[variable] = planned.str[0].fillna(SCREEN_FAILURE[0])
        data[f"{variable}N"] = planned.str[1].fillna(SCREEN_FAILURE[1])
    data["RFICDT"] = day(data["RFICDTC"])
    return data.drop(columns=["RFICDTC"])


def _flags(data: pd.DataFrame) -> pd.DataFrame:
    """4.8: population flags are Y or N, never missing; N for screen failures (4.2)."""
    randomised = data["RANDDT"].notna()
    for variable in ("RANDFL", "ITTFL", "FASFL"):
        data[variable] = flag(randomised, "N")
    data["SAFFL"] = flag(randomised & data["TRTSDT"].notna(), "N")
    data["PPROTFL"] = flag(randomised & data["PPEXRS"].isna(), "N")
    data["PPEXRS"] = data["PPEXRS"].where(randomised)
    data["W1EVALFL"] = data["W1EVALFL"].fillna("N")
    data["NIRAE"] = data["NIRAE"].fillna(0).where(randomised)
    data["CSPREFL"] = data["CSPREFL"].fillna("N").where(randomised)
    return data


def _disposition(sdtm: Path) -> pd.DataFrame:
    """EOTSTT, DCTREAS, DCTREASP and EOSSTT, DCSREAS, DCSREASP from the two kinds of disposition event.

    The specification (P) is the verbatim term where it says more than the decode.
    """
    subjects = read(sdtm, "dm", "USUBJID ARMCD")
    for category, status, reason in (
        ("STUDY TREATMENT", "EOTSTT", "DCTREAS"),
        ("STUDY PARTICIPATION", "EOSSTT", "DCSREAS"),
    ):
        rows = disposition(sdtm, "DSSCAT", category)
        decode, term = of_subject(subjects, rows, "DSDECOD"), of_subject(subjects, rows, "DSTERM")
        completed = decode == "COMPLETED"
        subjects[status] = completed.map({True: "COMPLETED", False: "DISCONTINUED"}).where(decode.notna(), "ONGOING")
        subjects[status] = subjects[status].where(decode.notna() | subjects["ARMCD"].notna())
        subjects[reason] = decode.where(~completed)
        subjects[f"{reason}P"] = term.where(~completed & (term != decode))
    return subjects.drop(columns=["ARMCD"])


def _death(sdtm: Path) -> pd.DataFrame:
    """DTHCAUS from DD."""
    dd = read(sdtm, "dd", "USUBJID DDTESTCD DDSTRESC")
    return dd[dd["DDTESTCD"] == "PRCDTH"].rename(columns={"DDSTRESC": "DTHCAUS"})[["USUBJID", "DTHCAUS"]]


def _events(events: pd.DataFrame, fa: pd.DataFrame) -> pd.DataFrame:
    """NIRAE, the index event (D-02), MAXGRBL, MAXGRGR1, W1EVALFL from the target irAEs."""
    week1 = fa[fa["ADY"].between(2, 8)].drop_duplicates(EVENT)[EVENT].assign(evaluable=True)
    events = events.merge(week1, how="left", on=EVENT)
    by_subject = events.groupby("USUBJID")
    data = by_subject.agg(NIRAE=("AELNKID", "size"), MAXGRBL=("BASE", "max"), evaluated=("evaluable", "count"))
    data["W1EVALFL"] = flag(data["evaluated"] == data["NIRAE"], "N")
    data["MAXGRGR1"] = (data["MAXGRBL"] == 2).map({True: "Grade 2", False: "Grade 3-4"})
    data["MAXGRG1N"] = data["MAXGRGR1"].map({"Grade 2": 1, "Grade 3-4": 2})
    index = _index_events(events).set_index("USUBJID")
    data["IDXPT"], data["IDXORG"], data["IDXGR"] = index["AEDECOD"], index["AESCAT"], index["BASE"]
    data["IDXORGN"] = data["IDXORG"].map(ORGANS)
    return data.drop(columns=["evaluated"]).reset_index()


def _index_events(events: pd.DataFrame) -> pd.DataFrame:
    """D-02: highest baseline grade, then earliest onset, then organ order."""
    order = events.assign(organ_order=events["AESCAT"].map(ORGANS))
    order = order.sort_values(["BASE", "ASTDT", "organ_order", "AELNKID"], ascending=[False, True, True, True])
    return order.drop_duplicates("USUBJID")


def index_events(events: pd.DataFrame) -> pd.DataFrame:
    """The link id of each subject's index event."""
    return _index_events(events)[["USUBJID", "AELNKID"]]


def _onset(cm: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """ONSETDUR = onset of the index event - first ICI dose + 1; ICICLAS: one class, or COMBINATION."""
    ici = cm[cm["CMCAT"] == "PRIOR IMMUNE CHECKPOINT INHIBITOR"].copy()
    ici["class"] = ici["CMSCAT"].str.removesuffix(" INHIBITOR")
    data = ici.groupby("USUBJID").agg(first=("ASTDT", "min"), classes=("class", "nunique"), ICICLAS=("class", "first"))
    data["ICICLAS"] = data["ICICLAS"].where(data["classes"] == 1, "COMBINATION")
    data["ICICLASN"] = data["ICICLAS"].map(ICI_CLASSES)
    data = data.reset_index()
    data["ONSETDUR"] = of_subject(data, _index_events(events), "ASTDT") - data["first"] + 1
    return data[["USUBJID", "ONSETDUR", "ICICLAS", "ICICLASN"]]


def _steroid_before(cm: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    """CSPREFL: a systemic steroid for a target irAE that started before randomisation."""
    before = cm[cm["irae_steroid"] & (cm["ASTDT"] < of_subject(cm, subjects, "RANDDT"))]
    return before[["USUBJID"]].drop_duplicates().assign(CSPREFL="Y")


def _tumour(sdtm: Path) -> pd.DataFrame:
    """TUMTYP, STAGEBL, CHPUGHBL from the primary diagnosis in MH."""
    mh = read(sdtm, "mh", "USUBJID MHSEQ MHDECOD MHCAT")
    supp = read(sdtm, "suppmh", "USUBJID IDVARVAL QNAM QVAL")
    supp = supp.assign(MHSEQ=supp["IDVARVAL"].astype(float)).pivot(
        index=["USUBJID", "MHSEQ"], columns="QNAM", values="QVAL"
    )
    mh = mh[mh["MHCAT"] == "PRIMARY DIAGNOSIS"].merge(supp.reset_index(), how="left", on=["USUBJID", "MHSEQ"])
    mh["TUMTYPN"] = mh["MHDECOD"].map(TUMOURS)
    names = {"MHDECOD": "TUMTYP", "MHSTAGE": "STAGEBL", "CHPUGH": "CHPUGHBL"}
    return mh.rename(columns=names)[["USUBJID", "TUMTYP", "TUMTYPN", "STAGEBL", "CHPUGHBL"]]
