"""Grades of the target irAEs over time with their baseline (A-05 to A-07, 4.4 IRAEGR)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from double.source import day, first_day, imputed_part, least, of_subject, read, relative_day

EVENT = ["USUBJID", "AELNKID"]


def grades(sdtm: Path, subjects: pd.DataFrame) -> pd.DataFrame:
    """Each grade of each target irAE with ADT, ADY, AVAL, `baseline` (the baseline record) and BASE.

    A record without a grade (NOT DONE) or without a complete date is left out (4.1).
    """
    fa = read(sdtm, "faae", "USUBJID FASEQ FALNKID FATESTCD FASTRESN VISITNUM VISIT FADTC")
    fa = fa[fa["FATESTCD"] == "TOXGR"].rename(columns={"FALNKID": "AELNKID", "FASTRESN": "AVAL"})
    fa["ADT"] = day(fa["FADTC"])
    fa = fa[fa["AVAL"].notna() & fa["ADT"].notna()]
    fa["ADY"] = relative_day(fa["ADT"], of_subject(fa, subjects, "RANDDT"))
    fa = fa.sort_values([*EVENT, "ADT", "VISITNUM", "FASEQ"], ignore_index=True)
    last = last_until(fa, of_subject(fa, subjects, "RANDDT"))
    fa["baseline"] = fa.index.isin(last.index)
    return fa.merge(last[[*EVENT, "AVAL"]].rename(columns={"AVAL": "BASE"}), how="left", on=EVENT)


def last_until(fa: pd.DataFrame, limit: pd.Series) -> pd.DataFrame:
    """Last grade on or before a date, by event; on one date the later VISITNUM, then the later FASEQ (A-07)."""
    return fa[fa["ADT"] <= limit].drop_duplicates(EVENT, keep="last")


def target_events(sdtm: Path, subjects: pd.DataFrame, fa: pd.DataFrame) -> pd.DataFrame:
    """One record per target irAE: AEDECOD, AESCAT, ASTDT (4.1) and BASE, the baseline grade.

    Only events with a baseline grade of 2 to 4 are target irAEs (A-06).
    """
    ae = read(sdtm, "ae", "USUBJID AESEQ AELNKID AEDECOD AECAT AESCAT AESTDTC")
    ae = ae[ae["AECAT"] == "TARGET IRAE"].copy()
    start = first_day(ae["AESTDTC"])
    bounded = least(start, of_subject(ae, subjects, "RANDDT")).where(start.notna())
    ae["ASTDT"] = bounded.where(imputed_part(ae["AESTDTC"]).notna(), start)
    events = ae.merge(fa.loc[fa["baseline"], [*EVENT, "BASE"]], on=EVENT, validate="one_to_one")
    return events[events["BASE"].between(2, 4)]
