"""ADAE, one record per record of AE (4.3)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from double.grades import EVENT, grades
from double.source import (
    SUBJECT_LEVEL,
    carry,
    day,
    first_day,
    flag,
    imputed_part,
    last_day,
    least,
    of_subject,
    qualifiers,
    read,
    relative_day,
    same_month,
    same_year,
)
from double.subjects import dates

AE = (
    "STUDYID USUBJID AESEQ AESPID AELNKID AETERM AELLT AELLTCD AEDECOD AEPTCD AEHLT AEHLTCD AEHLGT AEHLGTCD "
    "AEBODSYS AEBDSYCD AESOC AESOCCD AECAT AESCAT AESER AESCONG AESDISAB AESDTH AESHOSP AESLIFE AESMIE AEACN "
    "AEREL AERELNST AEOUT AECONTRT AETOXGR AESTDTC AEENDTC AEENRTPT"
)
ADSL = f"{SUBJECT_LEVEL} PPROTFL"
FOLLOW_UP_DAYS = 30
RELATED = ["RELATED", "PROBABLY RELATED", "POSSIBLY RELATED"]


def adae(sdtm: Path, adsl: pd.DataFrame) -> pd.DataFrame:
    """The dataset, in the order of AE."""
    ae = read(sdtm, "ae", AE)
    supp = qualifiers(sdtm, "ae").rename(columns={"seq": "AESEQ"})[["USUBJID", "AESEQ", "AEIRAE", "AEBLGR"]]
    ae = ae.merge(supp, how="left", on=["USUBJID", "AESEQ"], validate="one_to_one")
    carry(ae, adsl, ADSL)
    _dates(ae, adsl)
    _emergence(ae, grades(sdtm, dates(sdtm)))
    related = ae["AEREL"].isin(RELATED) | ae["AEREL"].isna()
    ae["AREL"], ae["ARELN"] = related.map({True: "Related", False: "Not Related"}), related.astype(int)
    _first_occurrences(ae)
    listed = ae.loc[ae["AECAT"] == "TARGET IRAE", "AEDECOD"].unique()
    ae["CQ01NAM"] = pd.Series("TARGET IRAE ORGANS", index=ae.index).where(ae["AEDECOD"].isin(listed))
    ae["ANL01FL"] = flag((ae["SAFFL"] == "Y") & (ae["TRTEMFL"] == "Y"))
    return ae.drop(columns=["AEENRTPT"])


def _dates(ae: pd.DataFrame, adsl: pd.DataFrame) -> None:
    """4.1, and study days against RANDDT."""
    bound = least(of_subject(ae, adsl, "EOSDT"), of_subject(ae, adsl, "DTHDT"))
    end = day(ae["AEENDTC"])
    ae["AENDT"] = end.where(end.notna() | ae["AEENDTC"].isna(), least(last_day(ae["AEENDTC"]), bound))
    ae["AENDTF"] = imputed_part(ae["AEENDTC"])
    imputed = imputed_part(ae["AESTDTC"])
    start = _target_start(ae).where(ae["AECAT"] == "TARGET IRAE", _other_start(ae))
    ae["ASTDT"] = day(ae["AESTDTC"]).where(imputed.isna(), start)
    ae["ASTDTF"] = imputed
    ae["ASTDY"] = relative_day(ae["ASTDT"], ae["RANDDT"])
    ae["AENDY"] = relative_day(ae["AENDT"], ae["RANDDT"])
    ae["ADURN"] = ae["AENDT"] - ae["ASTDT"] + 1
    ae["ADURU"] = pd.Series("DAYS", index=ae.index).where(ae["ADURN"].notna())


def _target_start(ae: pd.DataFrame) -> pd.Series:
    """First of the month or 1 January, not after RANDDT (A-26)."""
    return least(first_day(ae["AESTDTC"]), ae["RANDDT"])


def _other_start(ae: pd.DataFrame) -> pd.Series:
    """First of the month or 1 January; in month or year of TRTSDT that date; never after AENDT.

    In the month of TRTSDT the event starts there only if it does not end before.
    """
    start, treated = ae["AESTDTC"], ae["TRTSDT"]
    not_ended = ~(ae["AENDT"] < treated)
    month = (start.str.len() == 7) & same_month(start, treated) & not_ended
    year = (start.str.len() == 4) & same_year(start, treated)
    return least(first_day(start).where(~(month | year), treated), ae["AENDT"])


def _emergence(ae: pd.DataFrame, fa: pd.DataFrame) -> None:
    """TRTEMFL, PREFL, FUPFL and the analysis grade."""
    first, last = ae["TRTSDT"], ae["TRTEDT"] + FOLLOW_UP_DAYS
    undated = ae["AESTDTC"].isna() & ((ae["AENDT"] >= first) | (ae["AEENRTPT"] == "ONGOING")) & first.notna()
    other = ae["ASTDT"].between(first, last) | undated
    worst = _worst_on_treatment(ae, fa)
    target = ae["AECAT"] == "TARGET IRAE"
    # Decided by the study's lead: death of the event is grade 5, which FAAE never holds.
    fatal = target & (ae["AEOUT"] == "FATAL") & ae["AENDT"].between(first, last)
    worst["AVAL"] = worst["AVAL"].where(~fatal, 5.0)
    worst["BASE"] = worst["BASE"].fillna(ae["AEBLGR"].astype(float))
    worse = worst["AVAL"] > worst["BASE"]
    ae["TRTEMFL"] = flag(worse.where(target, other))
    ae["PREFL"] = flag(ae["ASTDT"] < first)
    ae["FUPFL"] = flag(ae["ASTDT"] > last)
    grade = ae["AETOXGR"].astype(float)
    ae["ATOXGRN"] = grade.where(~(target & worse), worst["AVAL"])
    ae["ATOXGR"] = ae["ATOXGRN"].map("{:.0f}".format).where(ae["ATOXGRN"].notna())


def _worst_on_treatment(ae: pd.DataFrame, fa: pd.DataFrame) -> pd.DataFrame:
    """Highest grade after TRTSDT up to TRTEDT + 30, and the baseline grade, for each record of AE."""
    limits = ae[[*EVENT, "TRTSDT", "TRTEDT"]].drop_duplicates(EVENT)
    fa = fa.merge(limits, on=EVENT)
    fa = fa[(fa["ADT"] > fa["TRTSDT"]) & (fa["ADT"] <= fa["TRTEDT"] + FOLLOW_UP_DAYS)]
    worst = fa.groupby(EVENT).agg(AVAL=("AVAL", "max"), BASE=("BASE", "first"))
    return worst.reindex(pd.MultiIndex.from_frame(ae[EVENT])).set_axis(ae.index)


def _first_occurrences(ae: pd.DataFrame) -> None:
    """First, and first most severe, treatment-emergent record within subject, SOC and PT."""
    within = {"": ["USUBJID"], "S": ["USUBJID", "AESOC"], "P": ["USUBJID", "AEDECOD"]}
    emergent = ae[ae["TRTEMFL"] == "Y"]
    by_date = emergent.sort_values(["ASTDT", "AESEQ"], na_position="first")
    by_grade = by_date.sort_values("ATOXGRN", ascending=False, kind="stable")
    for letter, group in within.items():
        ae[f"AOCC{letter}FL"] = flag(ae.index.to_series().isin(by_date.drop_duplicates(group).index))
        ae[f"AOCC{letter}IFL"] = flag(ae.index.to_series().isin(by_grade.drop_duplicates(group).index))
