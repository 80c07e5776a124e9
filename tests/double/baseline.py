"""Baseline measurements of 4.2: the last value on or before the baseline date (10.9)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from double.source import day, of_subject, read

BY_TEST = {"HEIGHT": "HEIGHTBL", "WEIGHT": "WEIGHTBL"}


def baseline_measurements(sdtm: Path, subjects: pd.DataFrame) -> pd.DataFrame:
    """HEIGHTBL, WEIGHTBL, BMIBL, ECOGBL and CRCLBL."""
    data = subjects[["USUBJID"]].copy()
    vs = read(sdtm, "vs", "USUBJID VSSEQ VSTESTCD VSSTRESN VISITNUM VSDTC")
    for test, variable in BY_TEST.items():
        rows = vs[vs["VSTESTCD"] == test]
        data[variable] = _last_value(data, rows, subjects, "VS")
    data["BMIBL"] = data["WEIGHTBL"] / (data["HEIGHTBL"] / 100) ** 2
    rs = read(sdtm, "rs", "USUBJID RSSEQ RSTESTCD RSSTRESN VISITNUM RSDTC")
    data["ECOGBL"] = _last_value(data, rs[rs["RSTESTCD"] == "ECOG101"], subjects, "RS")
    data["CRCLBL"] = _creatinine_clearance(sdtm, data, subjects)
    return data


def _last_value(data: pd.DataFrame, rows: pd.DataFrame, subjects: pd.DataFrame, domain: str) -> pd.Series:
    """Last result not missing, dated on or before the baseline date; on one date the later visit, then --SEQ."""
    rows = rows[rows[f"{domain}STRESN"].notna()].assign(date=day(rows[f"{domain}DTC"]))
    rows = rows[rows["date"] <= of_subject(rows, subjects, "BASEDT")]
    last = rows.sort_values(["date", "VISITNUM", f"{domain}SEQ"]).drop_duplicates("USUBJID", keep="last")
    return of_subject(data, last, f"{domain}STRESN")


def numeric_result(lb: pd.DataFrame) -> pd.Series:
    """4.6 AVAL: LBSTRESN; "<x" is x/2, ">x" (or ">=x") is x."""
    parts = lb["LBSTRESC"].str.extract(r"^([<>])=?(\d+(?:\.\d+)?)$")
    bound = pd.to_numeric(parts[1])
    return lb["LBSTRESN"].fillna(bound.where(parts[0] != "<", bound / 2))


def clearance(creatinine: pd.Series, age: pd.Series, weight: pd.Series, sex: pd.Series) -> pd.Series:
    """CRCLCG in mL/min from creatinine in umol/L (4.6)."""
    value = (140 - age) * weight / (72 * creatinine / 88.4)
    return value.where(sex != "F", value * 0.85)


def _creatinine_clearance(sdtm: Path, data: pd.DataFrame, subjects: pd.DataFrame) -> pd.Series:
    lb = read(sdtm, "lb", "USUBJID LBSEQ LBTESTCD LBSTRESC LBSTRESN VISITNUM LBDTC")
    lb = lb[lb["LBTESTCD"] == "CREAT"].assign(LBSTRESN=lambda rows: numeric_result(rows))
    creatinine = _last_value(data, lb, subjects, "LB")
    dm = read(sdtm, "dm", "USUBJID AGE SEX")
    return clearance(creatinine, of_subject(data, dm, "AGE"), data["WEIGHTBL"], of_subject(data, dm, "SEX"))
