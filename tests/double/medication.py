"""Medication with imputed dates, and which of it is a systemic corticosteroid (4.1, 4.7, A-16)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from double.source import day, first_day, imputed_part, last_day, least, of_subject, qualifiers, read, same_month

COLUMNS = "USUBJID CMSEQ CMTRT CMDECOD CMCAT CMSCAT CMCLASCD CMDOSE CMDOSU CMDOSFRQ CMROUTE CMSTDTC CMENDTC CMENRTPT"
SYSTEMIC = ["INTRAVENOUS", "INTRAMUSCULAR", "ORAL"]


def medication(sdtm: Path, subjects: pd.DataFrame) -> pd.DataFrame:
    """CM with CSPURP, ASTDT, ASTDTF, AENDT, AENDTF and the flags `conventional`, `steroid`, `irae_steroid`.

    `steroid` is any systemic corticosteroid (ANL02FL of 4.7), `irae_steroid` one for a target irAE (ANL01FL).
    """
    cm = read(sdtm, "cm", COLUMNS)
    purpose = qualifiers(sdtm, "cm").rename(columns={"seq": "CMSEQ"})[["USUBJID", "CMSEQ", "CSPURP"]]
    cm = cm.merge(purpose, how="left", on=["USUBJID", "CMSEQ"], validate="one_to_one")
    cm["conventional"] = cm["CMCAT"] == "CONVENTIONAL THERAPY"
    cm["steroid"] = (cm["CMSCAT"] == "CORTICOSTEROID") & cm["CMROUTE"].isin(SYSTEMIC)
    cm["irae_steroid"] = cm["steroid"] & (cm["CSPURP"] == "TARGET IRAE")
    cm["ASTDT"] = _start(cm, of_subject(cm, subjects, "RANDDT"))
    cm["ASTDTF"] = imputed_part(cm["CMSTDTC"])
    bound = least(of_subject(cm, subjects, "RFPENDT"), of_subject(cm, subjects, "DTHDT"))
    cm["AENDT"] = _end(cm, bound)
    cm["AENDTF"] = imputed_part(cm["CMENDTC"])
    return cm


def _start(cm: pd.DataFrame, randomisation: pd.Series) -> pd.Series:
    """4.1 start: first of the month, in the month of RANDDT that date for conventional therapy; else 1 January."""
    in_month = cm["conventional"] & (cm["CMSTDTC"].str.len() == 7) & same_month(cm["CMSTDTC"], randomisation)
    return first_day(cm["CMSTDTC"]).where(~in_month, randomisation)


def _end(cm: pd.DataFrame, bound: pd.Series) -> pd.Series:
    """4.1 end: last of the month or 31 December, not after the bound; the bound itself where it goes on.

    An end that was removed because it lies after death (M-24) is neither partial nor marked ongoing; the
    course was running at death, so it is read as ongoing.
    """
    imputed = least(last_day(cm["CMENDTC"]), bound)
    return day(cm["CMENDTC"]).fillna(imputed).where(cm["CMENDTC"].notna(), bound)


def conventional_dates(cm: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    """Courses of conventional therapy on or after randomisation: `begin` (not before RANDDT) and AENDT (4.2 TRTSDT).

    A course that started before randomisation and runs at RANDDT begins there.
    """
    courses = cm[cm["conventional"]].copy()
    randomisation = of_subject(courses, subjects, "RANDDT")
    later = courses["ASTDT"] >= randomisation
    running = (courses["ASTDT"] < randomisation) & (courses["AENDT"] >= randomisation)
    courses["begin"] = courses["ASTDT"].where(later, randomisation)
    courses["begin_flag"] = courses["ASTDTF"].where(later)
    return courses[later | running]
