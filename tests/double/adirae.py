"""ADIRAE, grades and responses of the target irAEs (4.4)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from double.adsl import index_events
from double.grades import EVENT, grades, last_until, target_events
from double.source import carry, flag, of_subject, relative_day
from double.subjects import dates
from double.windows import closest, windows

WEEKS = {"1": 8, "2": 15, "4": 29, "6": 43, "8": 57}  # last day of the window
TOLERANCE = {"1": 1, "2": 2, "4": 3, "6": 3, "8": 3}


class Events:
    """Target irAEs and their grades: what every response is made of."""

    def __init__(self, sdtm: Path) -> None:
        self.subjects = dates(sdtm)
        grade = grades(sdtm, self.subjects)
        self.events = target_events(sdtm, self.subjects, grade)
        self.grades = grade.merge(self.events[[*EVENT, "AEDECOD", "AESCAT"]], on=EVENT)
        self.index = index_events(self.events)


def adirae(sdtm: Path, adsl: pd.DataFrame) -> pd.DataFrame:
    """The dataset; ASEQ numbers the records of a subject in the order of the key."""
    source = Events(sdtm)
    events = pd.concat([_event_records(code, hits, source, adsl) for code, hits in responses(source, adsl).items()])
    parts = [_grade_records(source), events, *_subject_records(events, source)]
    data = pd.concat(parts, ignore_index=True).drop(columns=["start", "end", "assessed"])
    data["AVALC"] = data["AVAL"].map({0: "N", 1: "Y"}).where(data["PARAMCD"] != "IRAEGR", data["grade"])
    data["PARAMTYP"] = pd.Series("DERIVED", index=data.index).where(data["PARAMCD"] != "IRAEGR")
    sourced = data["SRCSEQ"].notna()
    data["SRCDOM"] = pd.Series("FAAE", index=data.index).where(sourced)
    data["SRCVAR"] = pd.Series("FASTRESN", index=data.index).where(sourced)
    carry(data, adsl)
    data["ADY"] = relative_day(data["ADT"], data["RANDDT"])
    data = data.sort_values(["USUBJID", "PARAMCD", "AELNKID", "ADT", "VISITNUM"], ignore_index=True)
    data["ASEQ"] = data.groupby("USUBJID").cumcount() + 1
    return data.drop(columns=["grade"])


def _grade_records(source: Events) -> pd.DataFrame:
    """IRAEGR with change, criteria and analysis windows."""
    data = source.grades.assign(PARAMCD="IRAEGR", BTOXGRN=source.grades["BASE"])
    data["CHG"] = data["AVAL"] - data["BASE"]
    data["ABLFL"] = flag(data["baseline"])
    data["grade"] = data["AVAL"].map("{:.0f}".format)
    data = data.join(windows(data["ADY"]))
    data["ANL01FL"] = flag(closest(data, EVENT, "AVAL"))
    after = data["ADY"] > 1  # a reduction from baseline is one after it
    data["CRIT1"], data["CRIT1FL"] = "Grade <= 1", flag(data["AVAL"] <= 1, "N")
    data["CRIT2"] = pd.Series(">=1-Grade Reduction from Baseline", index=data.index).where(after)
    data["CRIT2FL"] = flag(data["CHG"] <= -1, "N").where(after)
    return data.rename(columns={"FASEQ": "SRCSEQ"}).drop(columns=["FATESTCD", "FADTC", "baseline"])


def responses(source: Events, adsl: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Qualifying grades of each event-level response, by PARAMCD."""
    fa = source.grades
    relieved, resolved = fa["AVAL"] <= fa["BASE"] - 1, fa["AVAL"] <= 1
    week1 = fa["ADY"].between(2, WEEKS["1"])
    last_in_week1 = fa.index.isin(fa[week1].drop_duplicates(EVENT, keep="last").index)
    found = {
        "RELW1": fa[week1 & relieved],
        "RELW1V": fa[(week1 | _nominal(fa, "1")) & relieved],
        "RELW1P": fa[last_in_week1 & relieved],
        "RELW1T": _per_text(source, adsl),
    }
    for week in ("2", "4", "6", "8"):
        within = fa["ADY"].between(2, WEEKS[week])
        found[f"G1W{week}"] = fa[within & resolved]
        found[f"G1W{week}V"] = fa[(within | _nominal(fa, week)) & resolved]
    return found


def _nominal(fa: pd.DataFrame, week: str) -> pd.Series:
    """A-11 V: the record of the nominal visit, if it lies inside the visit's tolerance."""
    target, tolerance = WEEKS[week], TOLERANCE[week]
    return (fa["VISIT"] == f"WEEK {week}") & fa["ADY"].between(target - tolerance, target + tolerance)


def _per_text(source: Events, adsl: pd.DataFrame) -> pd.DataFrame:
    """A-11 T: relieved on Day 2 to 8, days and baseline counted from the anchor of 1.5."""
    fa = source.grades.assign(anchor=of_subject(source.grades, adsl, "ANCPTDT"))
    fa = fa[fa["anchor"].notna()]
    base = last_until(fa, fa["anchor"])[[*EVENT, "AVAL"]].rename(columns={"AVAL": "anchor_base"})
    fa = fa.merge(base, how="left", on=EVENT)
    day = relative_day(fa["ADT"], fa["anchor"])
    return fa[day.between(2, WEEKS["1"]) & (fa["AVAL"] <= fa["anchor_base"] - 1)]


def _event_records(code: str, hits: pd.DataFrame, source: Events, adsl: pd.DataFrame) -> pd.DataFrame:
    """One record per event: 1 with the date of the first qualifying grade, else 0 with the reason.

    Without a per-text anchor there is no RELW1T record (1.5, G7).
    """
    events = source.events[[*EVENT, "AEDECOD", "AESCAT", "BASE"]].rename(columns={"BASE": "BTOXGRN"})
    anchor = of_subject(events, adsl, "ANCPTDT" if code == "RELW1T" else "RANDDT")
    events = events.assign(PARAMCD=code, start=anchor)[anchor.notna()]
    week = "1" if code.startswith("RELW1") else code[3]
    # 4.4: by nominal visit the window reaches to the end of the visit's tolerance (Week 1: Day 9)
    last = WEEKS[week] + (TOLERANCE[week] if code.endswith("V") else 0)
    events["end"] = events["start"] + last - 1
    first = hits.drop_duplicates(EVENT)[[*EVENT, "ADT", "FASEQ"]].rename(columns={"FASEQ": "SRCSEQ"})
    events = events.merge(first, how="left", on=EVENT)
    events["AVAL"] = events["ADT"].notna().astype(float)
    fa = source.grades.merge(events[[*EVENT, "start", "end"]], on=EVENT)
    graded = fa.loc[(fa["ADT"] > fa["start"]) & (fa["ADT"] <= fa["end"]), EVENT].drop_duplicates().assign(assessed=1.0)
    events = events.merge(graded, how="left", on=EVENT)
    events["AVALRSN"] = _reason(events, source)
    return events


def _reason(rows: pd.DataFrame, source: Events) -> pd.Series:
    """10.10: the first of these that applies to AVAL 0 in a window that ends on `end`."""
    reason = rows["assessed"].notna().map({True: "ASSESSED, NOT MET", False: "NO POST-BASELINE ASSESSMENT"})
    ended = of_subject(rows, source.subjects, "EOSDT") <= rows["end"]
    lost = of_subject(rows, source.subjects, "EOSREASON") == "LOST TO FOLLOW-UP"
    reason = reason.where(~ended, "WITHDRAWN").where(~(ended & lost), "LOST TO FOLLOW-UP")
    reason = reason.where(~(of_subject(rows, source.subjects, "DTHDT") <= rows["end"]), "DEATH")
    return reason.where(rows["AVAL"] == 0)


def _subject_records(events: pd.DataFrame, source: Events) -> list[pd.DataFrame]:
    """All events of the subject (minimum; last of the first dates), and the index event (D-02)."""
    frames = []
    keep = ["USUBJID", "AVAL", "ADT", "SRCSEQ", "AVALRSN"]
    for code in ("RELW1", "G1W2", "G1W4", "G1W6", "G1W8"):
        rows = events[events["PARAMCD"] == code]
        order = rows.sort_values(["USUBJID", "AVAL", "ADT", "AELNKID"], ascending=[True, True, False, True])
        deciding = order.drop_duplicates("USUBJID").copy()
        # a grade of any of the events makes the subject assessed
        deciding["assessed"] = deciding["USUBJID"].map(rows.groupby("USUBJID")["assessed"].max())
        deciding["AVALRSN"] = _reason(deciding, source)
        frames.append(deciding[keep].assign(PARAMCD=f"S{code}"))
        if code in ("RELW1", "G1W8"):
            frames.append(rows.merge(source.index, on=EVENT)[keep].assign(PARAMCD=f"S{code}I"))
    return frames
