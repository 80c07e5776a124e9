"""Exposure and compliance of a subject: TRTSDT to TRCMPG1N of 4.2."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from double.medication import conventional_dates
from double.source import day, least, of_subject, read, relative_day
from double.subjects import disposition

TA1 = "TA1"
# twice a week, Day 1, 4, 8, 11 ... 53: 16 injections
PLANNED_DAYS = [week * 7 + day for week in range(8) for day in (1, 4)]
WINDOW_DAYS = 56  # Day 1 to 56


def exposure(sdtm: Path, subjects: pd.DataFrame) -> pd.DataFrame:
    """Injections of thymalfasin with date (`date`) and study day (`day`)."""
    ex = read(sdtm, "ex", "USUBJID EXTRT EXSTDTC EXENDTC")
    ex = ex[ex["EXTRT"] == "THYMALFASIN"].copy()
    ex["date"], ex["end"] = day(ex["EXSTDTC"]), day(ex["EXENDTC"])
    ex["day"] = relative_day(ex["date"], of_subject(ex, subjects, "RANDDT"))
    return ex


def treatment(sdtm: Path, subjects: pd.DataFrame, cm: pd.DataFrame) -> pd.DataFrame:
    """FINJDT, ANCPTDT, TRTSDT, TRTEDT with their imputation flags, TRTDURD."""
    ex = exposure(sdtm, subjects)
    courses = conventional_dates(cm, subjects)
    data = subjects[["USUBJID", "ARMCD", "RANDDT"]].copy()
    data["FINJDT"] = data["USUBJID"].map(ex.groupby("USUBJID")["date"].min())
    data["ANCPTDT"] = _per_text_anchor(sdtm, data)
    starts = [_dated(ex, "date"), _dated(courses, "begin", "begin_flag")]
    ends = [_dated(ex, "end"), _dated(courses, "AENDT", "AENDTF")]
    data["TRTSDT"], data["TRTSDTF"] = _extreme(pd.concat(starts), data, last=False)
    latest, imputed = _extreme(pd.concat(ends), data, last=True)
    cap = data["RANDDT"] + WINDOW_DAYS - 1
    data["TRTEDT"] = least(latest, cap).where(latest.notna() & data["TRTSDT"].notna())
    # a date that was cut to Day 56 is not the imputed one
    data["TRTEDTF"] = imputed.where(latest <= cap)
    data["TRTDURD"] = data["TRTEDT"] - data["TRTSDT"] + 1
    return data.drop(columns=["ARMCD", "RANDDT"])


def _dated(rows: pd.DataFrame, date: str, imputed: str | None = None) -> pd.DataFrame:
    flags = rows[imputed].astype(object) if imputed else pd.Series(None, index=rows.index, dtype=object)
    return pd.DataFrame({"USUBJID": rows["USUBJID"], "date": rows[date], "imputed": flags})


def _extreme(rows: pd.DataFrame, data: pd.DataFrame, last: bool) -> tuple[pd.Series, pd.Series]:
    """First or last date by subject, with its imputation flag: missing if a collected date is the same."""
    rows = rows[rows["date"].notna()].assign(guess=rows["imputed"].notna())
    found = rows.sort_values(["date", "guess"], ascending=[not last, True]).drop_duplicates("USUBJID")
    return of_subject(data, found, "date"), of_subject(data, found, "imputed").astype(object)


def _per_text_anchor(sdtm: Path, data: pd.DataFrame) -> pd.Series:
    """1.5 E-T: thymosin arm the first injection; control arm the DAY 1 visit, else randomisation."""
    visits = read(sdtm, "sv", "USUBJID VISIT SVSTDTC")
    visits = visits[visits["VISIT"] == "DAY 1"].assign(date=lambda rows: day(rows["SVSTDTC"]))
    control = of_subject(data, visits, "date").fillna(data["RANDDT"]).where(data["ARMCD"] == "CTRL")
    return data["FINJDT"].where(data["ARMCD"] == TA1, control)


def end_of_treatment(sdtm: Path, subjects: pd.DataFrame) -> pd.Series:
    """Study day of the end of treatment (DS STUDY TREATMENT) or death, the earlier."""
    ended = least(of_subject(subjects, disposition(sdtm, "DSSCAT", "STUDY TREATMENT"), "date"), subjects["DTHDT"])
    return relative_day(ended, subjects["RANDDT"])


def percent_given(ex: pd.DataFrame, subjects: pd.DataFrame, limit: pd.Series) -> pd.Series:
    """Injections given up to a study day, as % of the planned days up to it (A-02)."""
    last = ex["USUBJID"].map(pd.Series(limit.to_numpy(), index=subjects["USUBJID"]))
    given = subjects["USUBJID"].map(ex[ex["day"] <= last].groupby("USUBJID").size()).fillna(0)
    planned = sum((limit >= planned_day).astype(int) for planned_day in PLANNED_DAYS)
    return given / planned * 100


def compliance(sdtm: Path, subjects: pd.DataFrame) -> pd.DataFrame:
    """NINJ, TRCMP, TRCMPG1 and TRCMPG1N of the thymosin arm (planned)."""
    ex = exposure(sdtm, subjects)
    thymosin = subjects["ARMCD"] == TA1
    data = subjects[["USUBJID"]].copy()
    data["NINJ"] = subjects["USUBJID"].map(ex.groupby("USUBJID").size()).fillna(0).where(thymosin)
    limit = least(end_of_treatment(sdtm, subjects), pd.Series(WINDOW_DAYS, index=subjects.index))
    planned = sum((limit >= planned_day).astype(int) for planned_day in PLANNED_DAYS)
    data["TRCMP"] = (data["NINJ"] / planned * 100).where(thymosin)
    data["TRCMPG1"] = (data["TRCMP"] < 80).map({True: "<80", False: ">=80"}).where(thymosin)
    data["TRCMPG1N"] = data["TRCMPG1"].map({"<80": 1, ">=80": 2})
    return data
