"""The forms of the visits: sv, vs, irae, lb."""

from __future__ import annotations

import numpy as np

from simulate import calendar, labs
from simulate.calendar import NONE, VISITS, date_item
from simulate.catalogue import ANALYTES, SUBJECT_REASONS
from simulate.cohort import MAX_EVENTS, PLANNED, VISIT_COLUMNS, Cohort
from simulate.rng import Bools, Draws, Floats, Ints, Texts
from simulate.table import Table, coded, filled, numbers, start

_FOLDERS = np.array([*VISITS[:PLANNED], *[VISITS[PLANNED]] * (VISIT_COLUMNS - PLANNED)], dtype=object)
_REASONS = np.array(SUBJECT_REASONS, dtype=object)
_HCG = len(ANALYTES) - 1
CHILDBEARING_AGE_DAYS = 52 * 365
SLOTS_PER_PANEL = len(ANALYTES) + 1


def _sequence(people: Cohort) -> Ints:
    """FOLDERSEQ of each visit column: unscheduled visits are numbered by date."""
    extra = people.visit_status[:, PLANNED:] > 0
    return np.concatenate([np.ones((people.size, PLANNED), np.int64), np.maximum(np.cumsum(extra, axis=1), 1)], 1)


def _visit_rows(people: Cohort, mask: Bools) -> tuple[Ints, Ints, Texts, Ints, Ints]:
    """Subject, column, folder, folder sequence and day of the visits in `mask`, by date within the subject."""
    s, column = np.nonzero(mask)
    return s, column, _FOLDERS[column], _sequence(people)[s, column], people.visit_day[s, column]


def sv(draws: Draws, people: Cohort) -> Table:
    """One row per visit that was done, or missed and asked about."""
    s, column, folder, sequence, day = _visit_rows(people, (people.visit_status == 1) | (people.visit_status == 2))
    done = people.visit_status[s, column] == 1
    table = start("SV", people, s, column, folder=folder, sequence=sequence, save_day=day)
    identifier = np.where(column < PLANNED, folder, folder + "-" + numbers(sequence)).astype(object)
    reason = draws.integer(0, len(SUBJECT_REASONS) - 1, people.key[s], "missed reason", column)
    table.columns |= {
        "VISITOID": identifier, **date_item("VISDAT", "VIS", np.where(done, day, NONE)),
        **coded("VISYN", done.astype(np.int64), "YN"),
        **coded("VISMODE", 1 + people.telephone[s, column], "VISMODE", blank=~done),
        "VISND": np.where(done, "", _REASONS[reason]).astype(object),
    }
    return table


def _rounded_normal(draws: Draws, people: Cohort, s: Ints, column: Ints, item: str, mean: float, sd: float) -> Floats:
    noise = 0.7 * draws.normal(people.key[s], item) + 0.7 * draws.normal(people.key[s], item + " visit", column)
    return mean + sd * np.clip(noise, -2.5, 2.5)


def vs(draws: Draws, people: Cohort) -> Table:
    """Vital signs at the planned visits on site; height at screening."""
    planned = (people.visit_status == 1) & ~people.telephone & (np.arange(VISIT_COLUMNS) < PLANNED)
    s, column, folder, sequence, day = _visit_rows(people, planned)
    table = start("VS", people, s, column, folder=folder, sequence=sequence, save_day=day)
    drift = np.where(column < 2, 0, draws.integer(-15, 15, people.key[s], "weight drift", column))
    weight = np.rint(people.weight[s] * 10).astype(np.int64) + drift

    def whole(item: str, mean: float, sd: float, highest: int = 999) -> Texts:
        value = np.rint(_rounded_normal(draws, people, s, column, item, mean, sd)).astype(np.int64)
        return numbers(np.minimum(value, highest))

    temperature = np.rint(10 * _rounded_normal(draws, people, s, column, "temperature", 36.6, 0.3)).astype(np.int64)
    table.columns |= {
        **date_item("VSDAT", "VS", day),
        "HT": np.where(column == 0, numbers(people.height[s]), "").astype(object), "WT": labs.texts(weight, 1),
        "TEMP": labs.texts(temperature, 1), "SBP": whole("systolic", 126, 12), "DBP": whole("diastolic", 78, 8),
        "PULSE": whole("pulse", 78, 9), "RESP": whole("respiration", 17, 1.5), "SPO2": whole("saturation", 97, 1, 100),
        "ECOG": numbers(people.ecog[s]),
    }
    return table


def irae(draws: Draws, people: Cohort) -> Table:
    """The investigator's grade of each target irAE at each visit."""
    known = people.grade >= 0
    s, column, event = np.nonzero(known.transpose(0, 2, 1))
    day = people.visit_day[s, column]
    table = start("IRAE", people, s, column * MAX_EVENTS + event, folder=_FOLDERS[column],
                  sequence=_sequence(people)[s, column], recpos=event + 1, save_day=day)
    assessor = np.where(draws.below(0.5, people.key[s], "assessor", column), "李医生", "Dr Wang").astype(object)
    table.columns |= {
        "AENO": numbers(event + 1), **coded("ORGAN", people.organ[s, event], "ORGAN"), **date_item("ASDAT", "AS", day),
        **coded("GRADE", people.grade[s, event, column], "GRADE"), "NDREAS": filled(len(s), ""), "ASBY": assessor,
    }
    return table


def lb(draws: Draws, people: Cohort) -> Table:
    """All tests of a panel at each visit on site but Day 4; choriogonadotropin once, for women of child-bearing age."""
    scaled = labs.results(draws, people)
    panel = (people.visit_status == 1) & ~people.telephone & (np.arange(VISIT_COLUMNS) != 2)
    wanted = np.repeat(panel[:, :, None], len(ANALYTES), axis=2)
    fertile = (people.sex == 2) & (people.consent - people.birth < CHILDBEARING_AGE_DAYS)
    wanted[:, :, _HCG] &= fertile[:, None] & (np.arange(VISIT_COLUMNS) == 0)
    s, column, test = np.nonzero(wanted)
    day = people.visit_day[s, column]
    table = start("LB", people, s, column * SLOTS_PER_PANEL + test, folder=_FOLDERS[column],
                  sequence=_sequence(people)[s, column], recpos=test + 1, save_day=day)
    value = scaled[s, column, test]
    low, high = _limits(people.sex[s], test)
    texts = _result_texts(value, test)
    specimens = np.array([f"-{n + 1:02d}" for n in range(VISIT_COLUMNS)], dtype=object)
    minute = 420 + draws.integer(0, 150, people.key[s], "specimen time", column)
    table.columns |= {
        "LBSPID": people.label[s] + specimens[column], **date_item("LBDAT", "LB", day),
        "LBTIM": calendar.clock(minute), "LBCODE": _names("code")[test], "LBNAME": _names("name")[test],
        "LBRES": texts, "LBUNIT": _names("unit")[test], "LBLO": low, "LBHI": high,
        "LBFLAG": _flags(value, people.sex[s], test), **coded("LBND", np.zeros_like(s), "YN"),
        "LBNDREAS": filled(len(s), ""),
    }
    return table


def _names(field: str) -> Texts:
    return np.array([getattr(analyte, field) for analyte in ANALYTES], dtype=object)


def _limits(sex: Ints, test: Ints) -> tuple[Texts, Texts]:
    pool = np.array([[analyte.male, analyte.female] for analyte in ANALYTES], dtype=object)
    return pool[test, sex - 1, 0], pool[test, sex - 1, 1]


def _result_texts(value: Ints, test: Ints) -> Texts:
    result = np.full(len(value), "阴性", dtype=object)
    decimals = np.array([analyte.decimals for analyte in ANALYTES])[test]
    for places in range(3):
        rows = np.nonzero((decimals == places) & (test != _HCG))[0]
        result[rows] = labs.texts(value[rows], places)
    return result


def _flags(value: Ints, sex: Ints, test: Ints) -> Texts:
    scaled = np.array([[[float(limit or "nan") * 10**analyte.decimals for limit in limits]
                        for limits in (analyte.male, analyte.female)] for analyte in ANALYTES])
    with np.errstate(invalid="ignore"):
        low = value < np.rint(scaled[test, sex - 1, 0])
        high = value > np.rint(scaled[test, sex - 1, 1])
    return np.where(low, "↓", np.where(high, "↑", "")).astype(object)
