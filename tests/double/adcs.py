"""ADCS, exposure to corticosteroids (4.7)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from double.source import of_subject
from double.steroids import covered_days, courses, window_days
from double.subjects import dates


def adcs(sdtm: Path, adsl: pd.DataFrame) -> pd.DataFrame:
    """One record per subject of the FAS and parameter, with AVAL and AVALC."""
    cm = courses(sdtm, dates(sdtm))
    subjects = adsl[adsl["FASFL"] == "Y"][["USUBJID", "WEIGHTBL"]].set_index("USUBJID", drop=False)
    irae, every = window_days(cm[cm["irae_steroid"]]), window_days(cm[cm["steroid"]])
    intravenous = irae[irae["CMROUTE"] == "INTRAVENOUS"]
    before = cm[cm["irae_steroid"]]
    before = covered_days(before, before["start"] - 7, before["start"] - 1)
    other = window_days(cm[cm["CMSCAT"] == "OTHER IMMUNOSUPPRESSANT"])
    total, iv = _sum(irae), _sum(intravenous)
    values = {
        "CSCUM": total,
        "CSDUR": _days(irae),
        "CSIVYN": _days(intravenous).clip(upper=1),
        "CSMAXD": irae.groupby(["USUBJID", "date"])["dose"].sum().groupby("USUBJID").max(),
        "CSCUMALL": _sum(every),
        "CSPRE": _sum(before),
        "ISYN": _days(other).clip(upper=1),
    }
    frames = [_parameter(subjects, code, value) for code, value in values.items()]
    data = pd.concat(frames).set_index(["PARAMCD", "USUBJID"])["AVAL"]
    days = _days(intravenous).reindex(subjects["USUBJID"], fill_value=0)
    shares = {
        "CSCUMKG": data["CSCUM"] / subjects["WEIGHTBL"],
        "CSIVPCT": iv.reindex(subjects["USUBJID"], fill_value=0) / total.where(total > 0) * 100,
        "CSIVDPC": days / _days(irae) * 100,
    }
    for code, value in shares.items():
        share = value.reindex(subjects["USUBJID"]).rename("AVAL").reset_index().assign(PARAMCD=code)
        frames.append(share[["USUBJID", "PARAMCD", "AVAL"]])
    result = pd.concat(frames, ignore_index=True)
    yes_no = result["PARAMCD"].isin(["CSIVYN", "ISYN"])
    result["AVALC"] = result["AVAL"].map({1: "Y", 0: "N"}).where(yes_no)
    result["TRTP"] = of_subject(result, adsl, "TRT01P")
    return result.sort_values(["USUBJID", "PARAMCD"], ignore_index=True)


def _sum(days: pd.DataFrame) -> pd.Series:
    return days.groupby("USUBJID")["dose"].sum()


def _days(days: pd.DataFrame) -> pd.Series:
    """A-19: distinct calendar days."""
    return days.groupby("USUBJID")["date"].nunique()


def _parameter(subjects: pd.DataFrame, code: str, value: pd.Series) -> pd.DataFrame:
    """A value for every subject, 0 where there is none."""
    filled = value.reindex(subjects["USUBJID"], fill_value=0).fillna(0).astype(float)
    return filled.rename("AVAL").reset_index().assign(PARAMCD=code)[["USUBJID", "PARAMCD", "AVAL"]]
