"""ADTTE, times to response and to the end of corticosteroids (4.5)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from double.adirae import Events
from double.grades import EVENT
from double.source import SUBJECT_LEVEL, carry, flag, least, of_subject, relative_day
from double.steroids import WINDOW_DAYS, courses, covered_days

ADSL = f"{SUBJECT_LEVEL} PPROTFL W1EVALFL IDXORG MAXGRGR1 ICICLAS CSPREFL NIRAE"
PARAMETERS = ["TTG1E", "TTG1S", "TTR1E", "TTR1S", "TTG1ET", "TTG1ESU", "TTG1ECD", "TTCSOFF"]
FREE_DAYS = 7
# Texts are those that the design words; where it leaves the wording open there is none here.
PARAM = {
    "TTG1E": "Time to First Grade <=1, Target irAE (Days)",
    "TTG1S": "Time to Grade <=1 of All Target irAEs (Days)",
    "TTCSOFF": "Time to End of Systemic Corticosteroid (Days)",
}
EVENTS = {"TTG1E": "Grade <=1", "TTG1S": "Grade <=1", "TTG1ET": "Grade <=1", "TTG1ECD": "Grade <=1"}
DESCRIPTIONS = {  # censoring rules of 4.5: EVNTDESC, CNSDTDSC
    5: ("Death before event", None),
    4: ("No post-baseline assessment", "Start date"),
    3: ("Death before event", "End of 8-week window, never relieved"),
    2: ("Study discontinuation before event", "Last irAE assessment"),
    1: ("Completed 8 weeks without event", "Last irAE assessment"),
}


def adtte(sdtm: Path, adsl: pd.DataFrame, adirae: pd.DataFrame) -> pd.DataFrame:
    """The dataset, in the order of the key; SRCSEQ of a grade is ASEQ of its record in ADIRAE."""
    source = Events(sdtm)
    resolved, relieved = _event_level(source, adsl)
    data = pd.concat(
        [
            *(rows.assign(PARAMCD=code, PARCAT1="EVENT LEVEL") for code, rows in {**resolved, **relieved}.items()),
            _subject_level(resolved["TTG1E"]).assign(PARAMCD="TTG1S", PARCAT1="SUBJECT LEVEL"),
            _subject_level(relieved["TTR1E"]).assign(PARAMCD="TTR1S", PARCAT1="SUBJECT LEVEL"),
        ]
    )
    _describe(data, adirae)
    data = pd.concat([data, _steroid_free(sdtm, source, adsl)])
    carry(data, adsl, ADSL)
    data["PARAMN"] = data["PARAMCD"].map({code: number for number, code in enumerate(PARAMETERS, 1)})
    data["PARAM"] = data["PARAMCD"].map(PARAM)
    data["AVAL"] = data["ADT"] - data["STARTDT"] + 1
    data["ADY"] = relative_day(data["ADT"], data["RANDDT"])
    data["ANL01FL"] = flag(data["STARTDT"].notna() & (data["NIRAE"] >= 1))
    data = data.sort_values(["USUBJID", "PARAMCD", "AELNKID"], ignore_index=True)
    data["ASEQ"] = data.groupby("USUBJID").cumcount() + 1
    return data


def _event_level(source: Events, adsl: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Records of the parameters with one record per target irAE: those to Grade <=1 and to a reduction."""
    fa = source.grades
    fa = fa.assign(STARTDT=of_subject(fa, adsl, "RANDDT"), anchor=of_subject(fa, adsl, "ANCPTDT"))
    anchored = fa[fa["anchor"].notna()].assign(STARTDT=lambda rows: rows["anchor"])
    resolved = {
        "TTG1E": _times(fa, fa["AVAL"] <= 1, source),
        "TTG1ET": _times(anchored, anchored["AVAL"] <= 1, source),
        "TTG1ESU": _times(fa, _sustained(fa), source),
        "TTG1ECD": _times(fa, fa["AVAL"] <= 1, source, death=True),
    }
    return resolved, {"TTR1E": _times(fa, fa["AVAL"] <= fa["BASE"] - 1, source)}


def _sustained(fa: pd.DataFrame) -> pd.Series:
    """A-11 S: grade <= 1, and no later grade >= 2 up to Day 57."""
    worse = (fa["AVAL"] >= 2) & (fa["ADY"] <= WINDOW_DAYS + 1)
    later_first = worse[::-1].groupby([fa["USUBJID"][::-1], fa["AELNKID"][::-1]]).cumsum()[::-1]
    return (fa["AVAL"] <= 1) & (later_first == 0)


def _times(fa: pd.DataFrame, met: pd.Series, source: Events, death: bool = False) -> pd.DataFrame:
    """One record per event: the first grade that meets the criterion after STARTDT, to STARTDT + 56, else censored."""
    after = (fa["ADT"] > fa["STARTDT"]) & (fa["ADT"] <= fa["STARTDT"] + WINDOW_DAYS)
    starts = fa.drop_duplicates(EVENT)[[*EVENT, "AEDECOD", "AESCAT", "BASE", "STARTDT"]]
    first = fa[met & after].drop_duplicates(EVENT)[[*EVENT, "ADT", "FASEQ"]]
    last = fa[after].drop_duplicates(EVENT, keep="last")[[*EVENT, "ADT", "FASEQ"]]
    data = starts.merge(first, how="left", on=EVENT)
    data = data.merge(last, how="left", on=EVENT, suffixes=("", "_last"))
    horizon = data["STARTDT"] + WINDOW_DAYS
    died = of_subject(data, source.subjects, "DTHDT")
    dead = died <= horizon
    rules = pd.Series(1, index=data.index)
    rules = rules.where(~(of_subject(data, source.subjects, "EOSDT") < horizon), 2)  # 10.11
    rules = rules.where(~dead, 5 if death else 3)
    rules = rules.where(~(data["ADT_last"].isna() & ~dead), 4)
    data["CNSR"] = rules.where(data["ADT"].isna(), 0)
    censored = data["ADT_last"].where(rules != 4, data["STARTDT"]).where(rules != 3, horizon).where(rules != 5, died)
    data["FASEQ"] = data["FASEQ"].fillna(data["FASEQ_last"].where(data["CNSR"].isin([1, 2])))
    data["ADT"] = data["ADT"].fillna(censored)
    return data.rename(columns={"BASE": "BTOXGRN"}).drop(columns=["ADT_last", "FASEQ_last"])


def _subject_level(events: pd.DataFrame) -> pd.DataFrame:
    """The last of the events if all had one, else the earliest censoring date of those that had none (4.5, 10.11)."""
    unresolved = events[events["CNSR"] > 0].sort_values(["USUBJID", "ADT", "AELNKID"]).drop_duplicates("USUBJID")
    all_resolved = events[~events["USUBJID"].isin(unresolved["USUBJID"])]
    order = all_resolved.sort_values(["USUBJID", "ADT", "AELNKID"], ascending=[True, False, True])
    deciding = pd.concat([unresolved, order.drop_duplicates("USUBJID")])
    return deciding.assign(AELNKID=None, AEDECOD=None, AESCAT=None, BTOXGRN=float("nan"))


def _describe(data: pd.DataFrame, adirae: pd.DataFrame) -> None:
    """Descriptions and source (10.20: the source of a horizon date is the date that triggered it)."""
    data["EVNTDESC"] = data["CNSR"].map({rule: texts[0] for rule, texts in DESCRIPTIONS.items()})
    data["EVNTDESC"] = data["EVNTDESC"].where(data["CNSR"] != 0, data["PARAMCD"].map(EVENTS))
    data["CNSDTDSC"] = data["CNSR"].map({rule: texts[1] for rule, texts in DESCRIPTIONS.items()})
    graded = data["CNSR"].isin([0, 1, 2])
    data["SRCDOM"] = graded.map({True: "ADIRAE", False: "ADSL"})
    start = data["PARAMCD"].eq("TTG1ET").map({True: "ANCPTDT", False: "RANDDT"})
    data["SRCVAR"] = pd.Series("ADT", index=data.index).where(graded, start).where(~data["CNSR"].isin([3, 5]), "DTHDT")
    numbers = adirae[adirae["PARAMCD"] == "IRAEGR"].set_index(["USUBJID", "SRCSEQ"])["ASEQ"]
    key = pd.MultiIndex.from_arrays([data["USUBJID"], data["FASEQ"]])
    data["SRCSEQ"] = numbers.reindex(key).to_numpy()
    del data["FASEQ"]


def _steroid_free(sdtm: Path, source: Events, adsl: pd.DataFrame) -> pd.DataFrame:
    """TTCSOFF (10.12): first day after a covered day with 7 free days after it, all before the last contact."""
    cm = courses(sdtm, source.subjects)
    cm = cm[cm["irae_steroid"] & cm["start"].notna()]
    days = covered_days(cm, cm["ASTDT"], cm["AADJEDT"])[["USUBJID", "date", "start"]].drop_duplicates()
    days = days.sort_values(["USUBJID", "date"])
    following = days.groupby("USUBJID")["date"].shift(-1)
    inside = days["date"].between(days["start"], days["start"] + WINDOW_DAYS - 1)
    free = following.isna() | (following - days["date"] > FREE_DAYS)
    observed = days["date"] + FREE_DAYS < of_subject(days, source.subjects, "LSTALVDT")
    first = days[inside & free & observed].drop_duplicates("USUBJID").assign(ADT=lambda rows: rows["date"] + 1)
    data = days[inside].drop_duplicates("USUBJID").rename(columns={"start": "STARTDT"})[["USUBJID", "STARTDT"]]
    data = data.assign(PARAMCD="TTCSOFF", PARCAT1="SUBJECT LEVEL")
    event = of_subject(data, first, "ADT")
    contact, horizon = of_subject(data, source.subjects, "LSTALVDT"), data["STARTDT"] + WINDOW_DAYS
    data["ADT"], data["CNSR"] = event.fillna(least(horizon, contact)), event.isna().astype(int)
    # the record that supplied ADT: the course that ended, the last contact, or RANDDT for the horizon
    data["SRCDOM"] = event.notna().map({True: "ADCM", False: "ADSL"})
    data["SRCVAR"] = (contact < horizon).map({True: "LSTALVDT", False: "RANDDT"}).where(event.isna(), "AADJEDT")
    ended = cm.assign(ADT=cm["AADJEDT"] + 1).sort_values("CMSEQ").drop_duplicates(["USUBJID", "ADT"])
    course = ended.set_index(["USUBJID", "ADT"])["CMSEQ"]
    data["SRCSEQ"] = course.reindex(pd.MultiIndex.from_arrays([data["USUBJID"], event])).to_numpy()
    return data
