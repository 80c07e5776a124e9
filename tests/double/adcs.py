"""ADCS, exposure to corticosteroids (4.7)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from double.source import carry
from double.steroids import courses, covered_days, window_days
from double.subjects import dates


def adcs(sdtm: Path, adsl: pd.DataFrame) -> pd.DataFrame:
    """One record per subject of the FAS and parameter."""
    subjects = adsl.loc[adsl["FASFL"] == "Y", "USUBJID"]
    days = _days(sdtm)
    irae, intravenous = days["irae"], days["iv"]
    total, iv = _dose(irae, subjects), _dose(intravenous, subjects)
    covered, iv_covered = _covered(irae, subjects), _covered(intravenous, subjects)
    weight = adsl.set_index("USUBJID")["WEIGHTBL"].reindex(subjects)
    by_day = irae.groupby(["USUBJID", "date"])["dose"].sum().groupby("USUBJID").max()
    parameters = {
        "CSCUM": (total, irae),
        "CSCUMKG": (total / weight, irae),
        "CSDUR": (covered, irae),  # distinct calendar days
        "CSIVYN": (iv_covered.clip(upper=1), irae),
        "CSIVPCT": (iv / total.where(total > 0) * 100, irae),  # missing when the denominator is 0
        "CSIVDPC": (iv_covered / covered.where(covered > 0) * 100, irae),
        "CSMAXD": (by_day.reindex(subjects).fillna(0), irae),
        "CSCUMALL": (_dose(days["every"], subjects), days["every"]),
        "CSPRE": (_dose(days["before"], subjects), days["before"]),
        "ISYN": (_covered(days["other"], subjects).clip(upper=1), days["other"]),
    }
    data = pd.concat([_records(code, *content) for code, content in parameters.items()], ignore_index=True)
    yes_no = data["PARAMCD"].isin(["CSIVYN", "ISYN"])
    data["AVALC"] = data["AVAL"].map({1: "Y", 0: "N"}).where(yes_no)
    data["SRCDOM"] = "ADCM"
    carry(data, adsl)
    return data.sort_values(["USUBJID", "PARAMCD"], ignore_index=True)


def _days(sdtm: Path) -> dict[str, pd.DataFrame]:
    """Days of treatment by kind: in Day 1 to 56, `before` in Day -7 to -1."""
    cm = courses(sdtm, dates(sdtm))
    irae = cm[cm["irae_steroid"]]
    window = window_days(irae)
    return {
        "irae": window,
        "iv": window[window["CMROUTE"] == "INTRAVENOUS"],
        "every": window_days(cm[cm["steroid"]]),
        "before": covered_days(irae, irae["start"] - 7, irae["start"] - 1),
        "other": window_days(cm[cm["CMSCAT"] == "OTHER IMMUNOSUPPRESSANT"]),
    }


def _dose(days: pd.DataFrame, subjects: pd.Series) -> pd.Series:
    """Prednisone equivalent in mg, 0 when never treated."""
    return days.groupby("USUBJID")["dose"].sum().reindex(subjects).fillna(0)


def _covered(days: pd.DataFrame, subjects: pd.Series) -> pd.Series:
    return days.groupby("USUBJID")["date"].nunique().reindex(subjects).fillna(0).astype(float)


def _records(code: str, value: pd.Series, days: pd.DataFrame) -> pd.DataFrame:
    """ASTDT and AENDT are the first and the last day covered by what the parameter counts, ADT the last."""
    data = value.rename("AVAL").rename_axis("USUBJID").reset_index().assign(PARAMCD=code)
    by_subject = days.groupby("USUBJID")["date"]
    data["ASTDT"], data["AENDT"] = data["USUBJID"].map(by_subject.min()), data["USUBJID"].map(by_subject.max())
    data["ADT"] = data["AENDT"]
    return data
