"""Dates of a subject on which the datasets rest: randomisation, end of study, death, last contact."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from double.source import day, first_day, greatest, imputed_part, of_subject, read


def dates(sdtm: Path) -> pd.DataFrame:
    """One record per subject of DM with RANDDT, RFPENDT, EOSDT, EOSREASON, DTHDT, DTHDTF, LSTALVDT, BASEDT.

    BASEDT, the last day of baseline, is RANDDT, or RFPENDTC where the subject was not randomised (10.9).
    """
    subjects = read(sdtm, "dm", "USUBJID ARMCD RFPENDTC DTHDTC DTHFL")
    subjects["RANDDT"] = of_subject(subjects, disposition(sdtm, "DSDECOD", "RANDOMIZED"), "date")
    subjects["RFPENDT"] = day(subjects["RFPENDTC"])
    participation = disposition(sdtm, "DSSCAT", "STUDY PARTICIPATION")
    subjects["EOSDT"] = of_subject(subjects, participation, "date")
    subjects["EOSREASON"] = of_subject(subjects, participation, "DSDECOD")
    subjects["contact"] = subjects["USUBJID"].map(_last_contact(sdtm))
    # 4.1 death, 10.8: not before the day after the last contact
    imputed = greatest(first_day(subjects["DTHDTC"]), subjects["contact"] + 1)
    subjects["DTHDTF"] = imputed_part(subjects["DTHDTC"])
    subjects["DTHDT"] = day(subjects["DTHDTC"]).where(subjects["DTHDTF"].isna(), imputed)
    # 4.2 LSTALVDT: last complete date of all sources; of the dead the date of death
    subjects["LSTALVDT"] = greatest(subjects["contact"], subjects["EOSDT"])
    subjects["LSTALVDT"] = subjects["DTHDT"].where(subjects["DTHDT"].notna(), subjects["LSTALVDT"])
    subjects["BASEDT"] = subjects["RANDDT"].fillna(subjects["RFPENDT"])
    return subjects.drop(columns=["RFPENDTC", "DTHDTC", "contact"])


def disposition(sdtm: Path, variable: str, value: str) -> pd.DataFrame:
    """DS records of one kind with `date`, the last of each subject.

    A person who was screened twice has two ends of study; that of the enrolling, the later, screening counts (10.4).
    """
    ds = read(sdtm, "ds", "USUBJID DSSEQ DSTERM DSDECOD DSSCAT DSSTDTC")
    ds = ds[ds[variable] == value].assign(date=lambda rows: day(rows["DSSTDTC"]))
    return ds.sort_values(["date", "DSSEQ"]).drop_duplicates("USUBJID", keep="last")


def _last_contact(sdtm: Path) -> pd.Series:
    """Last complete date of visits, EX, CM start, LB, FA and AE start (4.2 LSTALVDT, 10.8), by USUBJID."""
    sources = {"sv": "SVSTDTC", "ex": "EXSTDTC", "cm": "CMSTDTC", "lb": "LBDTC", "faae": "FADTC", "ae": "AESTDTC"}
    frames = []
    for name, variable in sources.items():
        data = read(sdtm, name, f"USUBJID {variable}")
        frames.append(pd.DataFrame({"USUBJID": data["USUBJID"], "date": day(data[variable])}))
    return pd.concat(frames).groupby("USUBJID")["date"].max()
