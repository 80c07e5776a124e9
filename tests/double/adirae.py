"""ADIRAE, grades and responses of the target irAEs (4.4)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from double.adsl import index_events
from double.grades import EVENT, grades, last_until, target_events
from double.source import of_subject, relative_day
from double.subjects import dates

LAST_DAYS = {"2": 15, "4": 29, "6": 43, "8": 57}
TOLERANCE = {"1": 1, "2": 2, "4": 3, "6": 3, "8": 3}
WEEK_1 = 8
KEY = ["USUBJID", "PARAMCD", "AELNKID", "ADT"]


class Events:
    """Target irAEs and their grades: what every response is made of."""

    def __init__(self, sdtm: Path) -> None:
        self.subjects = dates(sdtm)
        grade = grades(sdtm, self.subjects)
        self.events = target_events(sdtm, self.subjects, grade)
        self.grades = grade.merge(self.events[[*EVENT, "AEDECOD", "AESCAT"]], on=EVENT)
        self.index = index_events(self.events)


def adirae(sdtm: Path, adsl: pd.DataFrame) -> pd.DataFrame:
    """The dataset without analysis windows; ASEQ numbers the records of a subject in the order of the key."""
    source = Events(sdtm)
    rows = [_grade_records(source)]
    for code, hits in event_responses(source, adsl).items():
        rows.append(_event_records(code, hits, source, adsl))
    events = pd.concat(rows)
    data = pd.concat([events, *_subject_records(events, source)], ignore_index=True)
    data["AVALC"] = data["AVAL"].map({0: "N", 1: "Y"}).where(data["PARAMCD"] != "IRAEGR", data["grade"])
    data["ADY"] = relative_day(data["ADT"], of_subject(data, adsl, "RANDDT"))
    data = data.sort_values([*KEY, "VISITNUM"], ignore_index=True)
    data["ASEQ"] = data.groupby("USUBJID").cumcount() + 1
    for variable in ("TRT01P", "TRT01PN", "TRT01A", "TRT01AN"):
        data[variable.replace("01", "")] = of_subject(data, adsl, variable)
    return data.drop(columns=["grade"])


def _grade_records(source: Events) -> pd.DataFrame:
    data = source.grades.assign(PARAMCD="IRAEGR", SRCDOM="FAAE", SRCVAR="FASTRESN")
    data["CHG"] = data["AVAL"] - data["BASE"]
    data["ABLFL"] = data["baseline"].map({True: "Y", False: None})
    data["grade"] = data["AVAL"].map("{:.0f}".format)
    columns = "PARAMCD AEDECOD AESCAT AVAL BASE CHG ABLFL ADT VISITNUM VISIT SRCDOM SRCVAR FASEQ grade".split()
    return data[[*EVENT, *columns]].rename(columns={"FASEQ": "SRCSEQ"})


def event_responses(source: Events, adsl: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Qualifying grades of each event-level response, by PARAMCD, and the events that have the parameter."""
    fa = source.grades
    relieved, resolved = fa["AVAL"] <= fa["BASE"] - 1, fa["AVAL"] <= 1
    week1 = fa["ADY"].between(2, WEEK_1)
    last_in_week1 = fa.index.isin(fa[week1].drop_duplicates(EVENT, keep="last").index)
    responses = {
        "RELW1": fa[week1 & relieved],
        "RELW1V": fa[(week1 | _nominal(fa, "1", WEEK_1)) & relieved],
        "RELW1P": fa[last_in_week1 & relieved],
        "RELW1T": _per_text(source, adsl),
    }
    for week, last in LAST_DAYS.items():
        within = fa["ADY"].between(2, last)
        responses[f"G1W{week}"] = fa[within & resolved]
        responses[f"G1W{week}V"] = fa[(within | _nominal(fa, week, last)) & resolved]
    return responses


def _nominal(fa: pd.DataFrame, week: str, target: int) -> pd.Series:
    """A-11 V: the record of the nominal visit, if it lies inside the visit's tolerance."""
    tolerance = TOLERANCE[week]
    return (fa["VISIT"] == f"WEEK {week}") & fa["ADY"].between(target - tolerance, target + tolerance)


def _anchored(source: Events, adsl: pd.DataFrame) -> pd.DataFrame:
    """Grades of the events that have a per-text anchor, with `anchor` and the baseline at it (1.5 E-T)."""
    fa = source.grades.assign(anchor=of_subject(source.grades, adsl, "ANCPTDT"))
    fa = fa[fa["anchor"].notna()]
    base = last_until(fa, fa["anchor"])[[*EVENT, "AVAL"]].rename(columns={"AVAL": "anchor_base"})
    return fa.merge(base, how="left", on=EVENT)


def _per_text(source: Events, adsl: pd.DataFrame) -> pd.DataFrame:
    """A-11 T: relieved on Day 2 to 8, days and baseline counted from the anchor."""
    fa = _anchored(source, adsl)
    day = relative_day(fa["ADT"], fa["anchor"])
    return fa[day.between(2, WEEK_1) & (fa["AVAL"] <= fa["anchor_base"] - 1)]


def _event_records(code: str, hits: pd.DataFrame, source: Events, adsl: pd.DataFrame) -> pd.DataFrame:
    """One record per event: 1 with the date of the first qualifying grade, else 0 with the reason.

    Without a per-text anchor there is no RELW1T record (1.5, G7).
    """
    events = source.events[[*EVENT, "AEDECOD", "AESCAT", "BASE"]].assign(PARAMCD=code)
    anchor = of_subject(events, adsl, "ANCPTDT" if code == "RELW1T" else "RANDDT")
    events, anchor = events[anchor.notna()], anchor[anchor.notna()]
    last = WEEK_1 if code.startswith("RELW1") else LAST_DAYS[code[3]]
    events = events.assign(start=anchor, end=anchor + last - 1)
    first = hits.drop_duplicates(EVENT)[[*EVENT, "ADT"]]
    events = events.merge(first, how="left", on=EVENT)
    events["AVAL"] = events["ADT"].notna().astype(float)
    events["AVALRSN"] = _reason(events, source).where(events["AVAL"] == 0)
    return events.drop(columns=["start", "end"])


def _reason(events: pd.DataFrame, source: Events) -> pd.Series:
    """10.10: the first of these that applies to a window that ends on `end`."""
    fa = source.grades.merge(events[[*EVENT, "start", "end"]], on=EVENT)
    assessed = fa.loc[(fa["ADT"] > fa["start"]) & (fa["ADT"] <= fa["end"]), EVENT].drop_duplicates().assign(graded=1)
    graded = events[EVENT].merge(assessed, how="left", on=EVENT)["graded"].notna()
    reason = graded.map({True: "ASSESSED, NOT MET", False: "NO POST-BASELINE ASSESSMENT"})
    ended = of_subject(events, source.subjects, "EOSDT") <= events["end"]
    lost = of_subject(events, source.subjects, "EOSREASON") == "LOST TO FOLLOW-UP"
    reason = reason.where(~ended, "WITHDRAWN").where(~(ended & lost), "LOST TO FOLLOW-UP")
    return reason.where(~(of_subject(events, source.subjects, "DTHDT") <= events["end"]), "DEATH")


def _subject_records(events: pd.DataFrame, source: Events) -> list[pd.DataFrame]:
    """All events of the subject (minimum; last of the first dates), and the index event (D-02)."""
    frames = []
    for code in ("RELW1", *(f"G1W{week}" for week in LAST_DAYS)):
        rows = events[events["PARAMCD"] == code]
        by_subject = rows.groupby("USUBJID").agg(AVAL=("AVAL", "min"), ADT=("ADT", "max")).reset_index()
        by_subject["ADT"] = by_subject["ADT"].where(by_subject["AVAL"] == 1)
        frames.append(by_subject.assign(PARAMCD=f"S{code}"))
        if code in ("RELW1", "G1W8"):
            index = rows.merge(source.index, on=EVENT)[["USUBJID", "AVAL", "ADT"]]
            frames.append(index.assign(PARAMCD=f"S{code}I"))
    return frames
