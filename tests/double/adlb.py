"""ADLB, laboratory results (4.6)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from double.baseline import clearance, numeric_result
from double.source import carry, day, flag, of_subject, read, relative_day
from double.toxicity import TERMS_HIGH, TERMS_LOW, above, high_grades, low_grades
from double.windows import closest, windows

LB = "USUBJID LBSEQ LBTESTCD LBTEST LBSTRESC LBSTRESN LBSTRESU LBSTNRLO LBSTNRHI LBNRIND VISITNUM VISIT LBDTC"
TIMES_ULN = {
    "ALT": "ALTXULN",
    "AST": "ASTXULN",
    "BILI": "BILIXULN",
    "APTT": "APTTXULN",
    "PT": "PTXULN",
    "INR": "INRXULN",
}
LOWEST = {"HGB": 90, "NEUT": 1.0, "LYM": 0.5, "PLAT": 75, "CRCLCG": 40}  # F-12
HIGHEST = ["PT", "APTT", "INR"]  # F-12: 1.5 x ULN
GROUP = ["USUBJID", "PARAMCD"]


def adlb(sdtm: Path, adsl: pd.DataFrame) -> pd.DataFrame:
    """The dataset, in the order of the key; the record of a panel that was not done (LBALL) is no parameter."""
    lb = read(sdtm, "lb", LB)
    lb = lb[lb["LBTESTCD"] != "LBALL"].assign(PARAMCD=lb["LBTESTCD"])
    lb["PARAM"] = lb["LBTEST"] + (" (" + lb["LBSTRESU"] + ")").fillna("")
    lb["AVAL"] = numeric_result(lb)
    lb["AVALC"] = lb["LBSTRESC"].where(lb["LBTESTCD"] == "HCG")
    operator = lb["LBSTRESC"].str[:1].where(lb["LBSTRESN"].isna())
    lb["DTYPE"] = operator.map({"<": "HALFLLOQ", ">": "ULOQ"})
    lb = lb.rename(columns={"LBSTNRLO": "ANRLO", "LBSTNRHI": "ANRHI", "LBNRIND": "ANRIND"})
    carry(lb, adsl)
    lb["ADT"] = day(lb["LBDTC"])
    lb["ADY"] = relative_day(lb["ADT"], lb["RANDDT"])
    lb = pd.concat([lb, *_derived(lb, adsl)], ignore_index=True)
    lb = lb.sort_values([*GROUP, "ADT", "VISITNUM", "LBSEQ"], ignore_index=True)
    lb = lb.join(windows(lb["ADY"]))
    lb = _baseline(lb, of_subject(lb, adsl, "baseline_date"))
    _eligibility(lb)
    lb = _grades(lb)
    lb["ANL01FL"] = flag(closest(lb, GROUP, "LBSEQ"))
    lb["SRCDOM"], lb["SRCSEQ"] = "LB", lb["LBSEQ"]
    return lb.drop(columns=["base_high", "LBTEST", "LBTESTCD", "LBDTC", "LBSTRESC", "LBSTRESN", "LBSTRESU"])


def _derived(lb: pd.DataFrame, adsl: pd.DataFrame) -> list[pd.DataFrame]:
    """CRCLCG from creatinine, and results in multiples of the upper limit of normal."""
    creatinine = lb[lb["LBTESTCD"] == "CREAT"].copy()
    weight = of_subject(creatinine, adsl, "WEIGHTBL")
    creatinine["AVAL"] = clearance(creatinine["AVAL"], creatinine["AGE"], weight, creatinine["SEX"])
    frames = [creatinine.assign(PARAMCD="CRCLCG", PARAM=None)]
    for test, code in TIMES_ULN.items():
        rows = lb[lb["LBTESTCD"] == test]
        frames.append(rows.assign(PARAMCD=code, PARAM=None, AVAL=rows["AVAL"] / rows["ANRHI"]))
    limits = {"ANRLO": float("nan"), "ANRHI": float("nan"), "ANRIND": None}
    return [frame[frame["AVAL"].notna()].assign(PARAMTYP="DERIVED", LBTESTCD=None, **limits) for frame in frames]


def _baseline(lb: pd.DataFrame, limit: pd.Series) -> pd.DataFrame:
    """ABLFL, BASE, CHG and BNRIND from the last result on or before the baseline date (10.9)."""
    before = lb[(lb["ADT"] <= limit) & (lb["AVAL"].notna() | lb["AVALC"].notna())]
    last = before.drop_duplicates(GROUP, keep="last")
    lb["ABLFL"] = flag(lb.index.to_series().isin(last.index))
    base = last.assign(base_high=above(last["AVAL"], last["ANRHI"]))
    base = base.rename(columns={"AVAL": "BASE", "ANRIND": "BNRIND"})[[*GROUP, "BASE", "BNRIND", "base_high"]]
    lb = lb.merge(base, how="left", on=GROUP)
    lb["base_high"] = lb["base_high"].fillna(False).astype(bool)
    lb["CHG"] = lb["AVAL"] - lb["BASE"]
    return lb


def _eligibility(lb: pd.DataFrame) -> None:
    """A1LO, A1HI, A1IND: the limits of inclusion 6 and 8 (F-12)."""
    lb["A1LO"] = lb["PARAMCD"].map(LOWEST).astype(float)
    lb["A1HI"] = (lb["ANRHI"] * 1.5).where(lb["PARAMCD"].isin(HIGHEST))
    lb["A1HI"] = lb["A1HI"].mask(lb["PARAMCD"].isin([TIMES_ULN[test] for test in HIGHEST]), 1.5)
    failed = above(lb["A1LO"], lb["AVAL"]) | above(lb["AVAL"], lb["A1HI"])
    limited = lb["AVAL"].notna() & (lb["A1LO"].notna() | lb["A1HI"].notna())
    lb["A1IND"] = failed.map({True: "NOT MET", False: "MET"}).where(limited)


def _grades(lb: pd.DataFrame) -> pd.DataFrame:
    """Grades in either direction, their terms and those at baseline."""
    for letter, grades, terms in (("L", low_grades(lb), TERMS_LOW), ("H", high_grades(lb), TERMS_HIGH)):
        lb[f"ATOXGR{letter}N"] = grades
        lb[f"ATOXGR{letter}"] = grades.map("{:.0f}".format).where(grades.notna())
        lb[f"ATOXDSC{letter}"] = lb["LBTESTCD"].map(terms).where(lb["AVAL"].notna())
        base = lb.loc[lb["ABLFL"] == "Y", [*GROUP, f"ATOXGR{letter}"]]
        lb = lb.merge(base.rename(columns={f"ATOXGR{letter}": f"BTOXGR{letter}"}), how="left", on=GROUP)
    return lb
