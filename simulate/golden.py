"""The golden subjects G1 to G8: literal facts of the study design, section 6.1, with benign values for the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulate.calendar import INJECTION_DAYS, TARGETS, day
from simulate.cohort import PLANNED, Cohort, Rows
from simulate.grades import summarise_events
from simulate.messiness import blank_date_parts
from simulate.table import Table

KEY = 1_000_000_000
"""Golden subjects draw their benign values under keys that no other subject has."""
_VISIT_OF = dict(zip(TARGETS, range(PLANNED), strict=True))
_VISIT_OF |= {3: 2, 9: 3}  # G3 came on Day 3 for DAY 4, G5 on Day 9 for WEEK 1
SKIN, GUT, LUNG, LIVER = 1, 2, 3, 4


@dataclass(frozen=True)
class Subject:
    """One golden subject; dates are ISO texts, `grades` maps study day to grade, for each target irAE."""

    label: str
    arm: int
    sex: int
    birth: str
    height: int
    weight: float
    consent: str
    decision: str
    rand: str = ""
    eot: str = ""
    eos: str = ""
    end_reason: int = 0
    death: str = ""
    tumour: int = 0
    ici: int = 0
    ici_start: str = ""
    events: tuple[tuple[int, str, dict[int, int]], ...] = ()
    injections: tuple[int, ...] = ()
    missed_visits: tuple[int, ...] = ()


_FULL = {29: 0, 43: 0, 57: 0}
SUBJECTS = (
    Subject("9001", 1, 1, "1964-05-12", 170, 70.0, "2024-02-26", "2024-03-01", "2024-03-04", "2024-04-29",
            "2024-05-29", tumour=0, ici=0, ici_start="2023-11-20",
            events=((SKIN, "2024-02-20", {1: 3, 4: 3, 8: 2, 15: 1, 22: 1, **_FULL}),), injections=INJECTION_DAYS),
    Subject("9002", 2, 2, "1957-08-30", 158, 55.5, "2024-03-05", "2024-03-08", "2024-03-11", "2024-05-06",
            "2024-06-05", tumour=1, ici=1, ici_start="2023-12-05",
            events=((SKIN, "2024-02-27", {1: 2, 4: 2, 8: 1, 15: 1, 22: 1, **_FULL}),
                    (LIVER, "2024-03-01", {1: 3, 4: 3, 8: 3, 15: 3, 22: 2, 29: 2, 43: 1, 57: 1}))),
    Subject("9003", 1, 1, "1968-01-21", 172, 80.0, "2024-03-26", "2024-03-29", "2024-04-01", "2024-05-27",
            "2024-06-26", tumour=5, ici=3, ici_start="2024-01-08",
            events=((GUT, "2024-03-20", {1: 3, 3: 2, 8: 2, 15: 1, 22: 2, 29: 1, 43: 0, 57: 0}),),
            injections=(3, *INJECTION_DAYS[2:])),
    Subject("9004", 2, 1, "1950-11-02", 168, 80.0, "2024-04-03", "2024-04-07", "2024-04-08", "2024-04-19",
            "2024-04-19", 2, "2024-04-19", tumour=0, ici=4, ici_start="2024-01-15",
            events=((LUNG, "2024-04-01", {1: 4, 4: 4, 8: 4}),)),
    Subject("9005", 1, 2, "1971-03-17", 160, 54.0, "2024-04-29", "2024-05-03", "2024-05-06", "2024-05-20",
            "2024-05-20", 4, tumour=4, ici=2, ici_start="2024-02-19",
            events=((LIVER, "2024-04-18", {1: 2, 9: 1}),), injections=INJECTION_DAYS[:4], missed_visits=(2,)),
    Subject("9006", 2, 1, "1962-12-09", 171, 66.0, "2024-05-07", "2024-05-10", "2024-05-13", "2024-07-08",
            "2024-08-07", tumour=3, ici=1, ici_start="2024-02-05",
            events=((SKIN, "2024-05-01", {1: 2, 4: 3, 8: 3, 15: 3, 22: 2, 29: 2, 43: 2, 57: 2}),)),
    Subject("9007", 1, 1, "1959-06-25", 169, 60.0, "2024-05-28", "2024-05-31", "2024-06-03", "2024-06-24",
            "2024-06-24", 3, tumour=0, ici=0, ici_start="2024-03-04",
            events=((LUNG, "2024-05-24", {1: 3, 4: 2, 8: 3, 15: 2, 22: 2}),)),
    Subject("9008", 0, 2, "1966-02-14", 157, 52.0, "2024-06-10", "2024-06-12", tumour=2, ici=2,
            ici_start="2024-03-18"),
)

_PRED, _MP, _HC, _DEX, _IFX = 10, 12, 13, 14, 22
_QD, _BID, _QOD, _Q12H, _ONCE = 1, 2, 5, 6, 7
_IV, _PO, _TOP = 1, 2, 4
# subject, drug, dose (mg), frequency, route, start, end (blank: ongoing), purpose, AENO
STEROIDS = (
    (0, _MP, 80, _QD, _IV, "2024-03-04", "2024-03-08", 1, 1),
    (0, _PRED, 60, _QD, _PO, "2024-03-09", "2024-03-15", 1, 1),
    (0, _PRED, 40, _QD, _PO, "2024-03-16", "2024-03-22", 1, 1),
    (0, _PRED, 20, _QD, _PO, "2024-03-23", "2024-03-29", 1, 1),
    (0, _PRED, 10, _QD, _PO, "2024-03-30", "2024-04-05", 1, 1),
    (1, _PRED, 50, _QD, _PO, "2024-03-11", "2024-03-24", 1, 2),
    (1, _PRED, 15, _BID, _PO, "2024-03-25", "2024-04-07", 1, 2),
    (1, _PRED, 20, _QD, _PO, "2024-04-07", "2024-04-20", 1, 2),
    (2, _MP, 40, _Q12H, _IV, "2024-04-01", "2024-04-07", 1, 1),
    (2, _PRED, 40, _QD, _PO, "2024-04-08", "2024-04-28", 1, 1),
    (2, _PRED, 20, _QD, _PO, "2024-04-29", "2024-05-19", 1, 1),
    (3, _MP, 500, _QD, _IV, "2024-04-08", "2024-04-10", 1, 1), (3, _MP, 120, _QD, _IV, "2024-04-11", "", 1, 1),
    (3, _IFX, 400, _ONCE, _IV, "2024-04-15", "2024-04-15", 1, 1),
    (4, _PRED, 25, _BID, _PO, "2024-05-06", "2024-05-20", 1, 1),
    (5, _PRED, 40, _QD, _PO, "2024-05-13", "2024-06-09", 1, 1),
    (5, _PRED, 20, _QOD, _PO, "2024-06-10", "2024-07-07", 1, 1),
    (5, _HC, 0, _BID, _TOP, "2024-05-13", "2024-06-09", 1, 1),
    (6, _MP, 60, _QD, _IV, "2024-06-03", "2024-06-05", 1, 1), (6, _MP, 48, _QD, _PO, "2024-06-06", "2024-06-19", 1, 1),
    (6, _DEX, 8, _ONCE, _IV, "2024-06-14", "2024-06-14", 2, 0),
)
# subject, position in TERMS, start, end, grade, outcome, related
OTHER_EVENTS = (
    (0, 6, "2024-03-08", "2024-03-11", 1, 1, 1), (1, 16, "2024-03-20", "2024-04-02", 1, 1, 5),
    (2, 17, "2024-04-10", "2024-05-13", 2, 1, 5), (5, 33, "2024-06-03", "", 1, 3, 5),
)
# subject, position in DRUGS, start (blank: not known), end (blank: ongoing), begun before the study, AENO
MEDICATIONS = (
    (0, 0, "2024-03-04", "2024-04-12", 0, 0), (0, 3, "", "", 1, 0), (1, 0, "2024-03-11", "2024-04-20", 0, 0),
    (2, 7, "2024-03-27", "2024-04-15", 0, 1), (3, 13, "2024-04-09", "2024-04-19", 0, 0),
    (4, 6, "2024-05-06", "", 0, 1), (5, 8, "2024-05-13", "2024-07-08", 0, 1),
    (6, 0, "2024-06-03", "2024-06-19", 0, 0), (7, 4, "2020-09-01", "", 1, 0),
)


def subjects() -> Cohort:
    """The golden cohort."""
    people = Cohort(len(SUBJECTS))
    people.golden[:] = True
    for s, subject in enumerate(SUBJECTS):
        _person(people, s, subject)
        _visits(people, s, subject)
    people.failure[7, 0] = 1
    summarise_events(people)
    people.steroids = _rows(("s", "drug", "dose", "frequency", "route", "start", "end", "purpose", "event"), STEROIDS)
    people.steroids["dose"] = people.steroids["dose"].astype(np.float64)
    people.adverse = _rows(("s", "term", "start", "end", "grade", "outcome", "related"), OTHER_EVENTS)
    nothing = np.zeros(len(OTHER_EVENTS), dtype=np.int64)
    people.adverse |= {"serious": nothing, "treated": nothing, "immune": nothing,
                       "action": np.where(people.arm[people.adverse["s"]] == 1, 1, 4)}
    people.medications = _rows(("s", "drug", "start", "end", "prior", "event"), MEDICATIONS)
    people.medications["english"] = np.zeros(len(MEDICATIONS), dtype=np.int64)
    people.injections = _injections(people)
    return people


def _rows(names: tuple[str, ...], literal: tuple[tuple[object, ...], ...]) -> Rows:
    columns = zip(*literal, strict=True)
    return {name: np.array([day(value) if isinstance(value, str) else value for value in column])
            for name, column in zip(names, columns, strict=True)}


def _person(people: Cohort, s: int, subject: Subject) -> None:
    people.key[s], people.number[s], people.label[s] = KEY + s, int(subject.label), subject.label
    people.arm[s], people.sex[s], people.race[s] = subject.arm, subject.sex, 1
    for name in ("birth", "consent", "decision", "rand", "eot", "eos", "death", "ici_start"):
        getattr(people, name)[s] = day(getattr(subject, name))
    people.height[s], people.weight[s], people.ecog[s] = subject.height, subject.weight, 1
    people.tumour[s], people.stage[s], people.childpugh[s] = subject.tumour, 1, 1
    people.ici[s], people.ici_combo[s], people.ici_chemo[s] = subject.ici, -1, s % 2
    people.ici_cycles[s] = 3
    people.ici_end[s] = people.ici_start[s] + 42
    people.diagnosis[s] = people.ici_start[s] - 200
    people.eot_reason[s] = people.eos_reason[s] = subject.end_reason
    people.eos_status[s] = 0 if not subject.rand else 2 if subject.end_reason else 1
    people.randno[s] = f"R{subject.label}" if subject.rand else ""
    if subject.death:
        people.death_cause[s], people.death_event[s] = 1, 0


def _visits(people: Cohort, s: int, subject: Subject) -> None:
    people.visit_day[s, 0], people.visit_status[s, 0] = people.consent[s], 1
    for event, (organ, onset, grades) in enumerate(subject.events):
        people.event_count[s] = event + 1
        people.organ[s, event], people.onset[s, event] = organ, day(onset)
        people.term[s, event] = (0, 0, 2, 3, 4)[organ]
        for study_day, grade in grades.items():
            visit = _VISIT_OF[study_day]
            people.visit_day[s, visit] = people.rand[s] + study_day - 1
            people.visit_status[s, visit] = 1
            people.grade[s, event, visit] = grade
    for visit in subject.missed_visits:
        people.visit_status[s, visit] = 2
    if people.eos_status[s] == 1:
        people.visit_day[s, 9], people.visit_status[s, 9] = people.eos[s], 1


def _injections(people: Cohort) -> Rows:
    planned = [(s, nth, study_day) for s, subject in enumerate(SUBJECTS)
               for nth, study_day in enumerate(subject.injections)]
    s, nth, study_day = (np.array(column) for column in zip(*planned, strict=True))
    count = len(planned)
    return {"s": s, "nth": nth, "day": people.rand[s] + study_day - 1, "given": np.ones(count, dtype=np.int64),
            "dose": np.full(count, 1.6), "place": 1 + nth % 3, "minute": np.full(count, 840),
            "reason": np.full(count, -1)}


def edit(tables: dict[str, Table]) -> None:
    """The literal traits of single cells: partial dates, a corrected entry, odd units and spellings."""
    blank_date_parts(tables["AE"], _cells(tables["AE"], "9005", AENO="1"), "AESTDAT", "AEST", month=False)
    blank_date_parts(tables["CS"], _cells(tables["CS"], "9005"), "CSENDAT", "CSEN", month=False)
    grades = tables["IRAE"]
    first = _cells(grades, "9006", FOLDER="W1")
    grades.reenter(first, later=2)
    grades.columns["ACTIVE"][first] = "0"
    _put(grades, first, GRADE="Grade 1", GRADE_C="1")
    _put(tables["LB"], _cells(tables["LB"], "9006", FOLDER="W4", LBCODE="ALT"), LBRES="<5", LBFLAG="↓")
    _screen_failure(tables)


def _screen_failure(tables: dict[str, Table]) -> None:
    """G8: mixed units, a unit with superscripts, blanks after the sex."""
    _put(tables["DM"], _cells(tables["DM"], "9008"), SEX="Female  ")
    lab = tables["LB"]
    odd = {
        "HB": {"LBRES": "12.1", "LBUNIT": "g/dL", "LBLO": "11.5", "LBHI": "15.0", "LBFLAG": ""},
        "NE": {"LBRES": "0.80", "LBUNIT": "×10⁹/L", "LBFLAG": "↓"},
        "CREA": {"LBRES": "0.8", "LBUNIT": "mg/dL", "LBLO": "0.5", "LBHI": "0.9", "LBFLAG": ""},
    }
    for code, cells in odd.items():
        _put(lab, _cells(lab, "9008", LBCODE=code), **cells)


def _cells(table: Table, label: str, **values: str) -> np.ndarray:
    chosen = table.columns["SUBJECT"] == label
    for name, value in values.items():
        chosen = chosen & (table.columns[name] == value)
    return np.nonzero(chosen)[0]


def _put(table: Table, rows: np.ndarray, **values: str) -> None:
    for name, value in values.items():
        table.columns[name][rows] = value

