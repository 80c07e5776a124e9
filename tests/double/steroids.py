"""Corticosteroid courses, their doses and the days they cover (4.7, A-15 to A-20)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from double.medication import medication
from double.source import flag, greatest, least, of_subject

WINDOW_DAYS = 56
FACTORS = {  # A-17, exact; 5 mg of prednisone are worth 4 mg of methylprednisolone, and so on
    "PREDNISONE": Fraction(1),
    "PREDNISOLONE": Fraction(1),
    "METHYLPREDNISOLONE": Fraction(5, 4),
    "HYDROCORTISONE": Fraction(1, 4),
    "DEXAMETHASONE": Fraction(20, 3),
    "CORTISONE": Fraction(1, 5),
    "TRIAMCINOLONE": Fraction(5, 4),
}
PER_DAY = {"QD": 1, "BID": 2, "TID": 3, "QID": 4, "QOD": 0.5, "Q12H": 2, "ONCE": 1}


def courses(sdtm: Path, subjects: pd.DataFrame) -> pd.DataFrame:
    """CM with the variables of ADCM that concern corticosteroids."""
    cm = medication(sdtm, subjects)
    cm["start"] = of_subject(cm, subjects, "RANDDT")
    cm["AADJEDT"] = _adjusted_end(cm)
    cm["CSADJFL"] = flag((cm["AADJEDT"] < cm["AENDT"]) & (cm["CMDOSFRQ"] != "ONCE"))
    cm["ADFRQN"] = cm["CMDOSFRQ"].map(PER_DAY)
    cm["CSFACT"] = cm["CMDECOD"].map({drug: float(factor) for drug, factor in FACTORS.items()})
    cm["mg"] = cm["CMDOSE"] * cm["CMDOSU"].map({"mg": 1, "g": 1000})
    cm["CSDDOSE"] = cm["mg"] * cm["ADFRQN"] * cm["CSFACT"]
    return cm


def _adjusted_end(cm: pd.DataFrame) -> pd.Series:
    """A-20: an end that is the start of the next course of the same class and route moves one day back.

    The next course is the one with the next later start. A single administration (ONCE) covers its one day.
    """
    group = ["USUBJID", "CMSCAT", "CMROUTE"]
    starts = cm.loc[cm["steroid"], [*group, "ASTDT"]].dropna().drop_duplicates().sort_values([*group, "ASTDT"])
    starts["next"] = starts.groupby(group)["ASTDT"].shift(-1)
    following = cm[[*group, "ASTDT"]].merge(starts, how="left", on=[*group, "ASTDT"])["next"].set_axis(cm.index)
    adjusted = cm["AENDT"] - (cm["steroid"] & (cm["AENDT"] == following)).astype(int)
    return adjusted.where(cm["CMDOSFRQ"] != "ONCE", cm["ASTDT"])


def covered_days(rows: pd.DataFrame, first: pd.Series, last: pd.Series) -> pd.DataFrame:
    """One record per course and day between `first` and `last`, with the prednisone equivalent of the day (`dose`).

    QOD is given on every second day counted from the start of the course, ONCE on its first day (4.7).
    """
    begin, end = greatest(rows["ASTDT"], first), least(rows["AADJEDT"], last)
    known = rows["ASTDT"].notna() & rows["AADJEDT"].notna()
    length = (end - begin + 1).where(known, 0).clip(lower=0).astype(int)
    days = rows.loc[rows.index.repeat(length)].copy()
    before = (length.cumsum() - length).to_numpy()
    offset = np.arange(len(days)) - np.repeat(before, length.to_numpy())
    days["date"] = begin.loc[days.index].to_numpy() + offset
    since_start = days["date"] - days["ASTDT"]
    given = (days["CMDOSFRQ"] != "QOD") | (since_start % 2 == 0)
    given &= (days["CMDOSFRQ"] != "ONCE") | (since_start == 0)
    per_day = days["ADFRQN"].where(days["CMDOSFRQ"] != "QOD", 1)
    days["dose"] = (days["mg"] * per_day * days["CSFACT"]).where(given, 0)
    return days


def window_days(rows: pd.DataFrame) -> pd.DataFrame:
    """`covered_days` in Day 1 to 56."""
    return covered_days(rows, rows["start"], rows["start"] + WINDOW_DAYS - 1)
