"""The log forms: ae, cs, cm, sd."""

from __future__ import annotations

import numpy as np

from simulate import calendar
from simulate.calendar import NONE, date_item
from simulate.catalogue import DRUGS, INJECTION_REASONS, OTHER_DRUG, TERMS, dictionary_codes
from simulate.cohort import MAX_EVENTS, Cohort, Rows
from simulate.rng import Draws, Ints, Texts
from simulate.table import Table, coded, count_within, numbers, start

DEATH, HOSPITAL, LIFE_THREATENING = 1, 2, 3
LEVELS = {"LLT": ("lowest", 99100001), "PT": ("preferred", 99200001), "HLT": ("high", 99300001),
          "HLGT": ("group", 99400001), "SOC": ("organ_class", 99500001)}
_LOTS = np.array(["TA230811", "TA240206", "TA240719"], dtype=object)


def _target_events(draws: Draws, people: Cohort) -> Rows:
    s, event = np.nonzero(np.arange(MAX_EVENTS) < people.event_count[:, None])
    grade, outcome = people.max_grade[s, event], people.outcome[s, event]
    hospital = (grade == 3) & draws.below(0.5, people.key[s], "hospital", event)
    serious = np.select([outcome == 5, grade >= 4, hospital], [DEATH, LIFE_THREATENING, HOSPITAL], 0)
    one = np.ones_like(s)
    return {
        "s": s, "term": people.term[s, event], "start": people.onset[s, event], "end": people.event_end[s, event],
        "grade": grade, "serious": serious, "related": 5 * one, "action": 4 * one, "outcome": outcome,
        "treated": one, "immune": one, "organ": people.organ[s, event],
    }


def ae(draws: Draws, people: Cohort) -> Table:
    """Adverse events: AENO 1, 2, 3 are the target irAEs in their order, then the others by date."""
    target, other = _target_events(draws, people), people.adverse
    other = {**other, "organ": np.zeros_like(other["s"])}
    rows = {name: np.concatenate([target[name], other[name]]) for name in target}
    order = np.argsort(rows["s"], kind="stable")
    rows = {name: column[order] for name, column in rows.items()}
    s = rows["s"]
    nth = count_within(s)
    table = start("AE", people, s, nth, folder="LOG", recpos=nth + 1,
                  save_day=np.maximum(people.last_contact()[s], rows["start"]))
    table.columns |= {**_terms(draws, people, rows, nth), **_assessment(rows)}
    return table


def _terms(draws: Draws, people: Cohort, rows: Rows, nth: Ints) -> dict[str, Texts]:
    chinese = draws.below(0.6, people.key[rows["s"]], "ae language", nth)
    pool = {name: np.array([getattr(term, name) for term in TERMS], dtype=object) for name in TERMS[0]._fields}
    english = pool["english"][rows["term"]]
    columns = {"AENO": numbers(nth + 1),
               "AETERM": np.where(chinese, pool["chinese"][rows["term"]], english).astype(object),
               "AETERM_EN": english}
    for name, (level, first) in LEVELS.items():
        columns[name] = pool[level][rows["term"]]
        columns[f"{name}CD"] = np.array(dictionary_codes(level, first), dtype=object)[rows["term"]]
    return columns


def _assessment(rows: Rows) -> dict[str, Texts]:
    serious, target = rows["serious"], rows["organ"] > 0
    asked = serious > 0
    boxes = {"SDTH": serious == DEATH, "SLIFE": serious == LIFE_THREATENING,
             "SHOSP": (serious == HOSPITAL) | (serious == LIFE_THREATENING), "SDISAB": serious < 0,
             "SCONG": serious < 0, "SMIE": serious < 0}
    ongoing = (rows["end"] == NONE).astype(np.int64)
    held = np.where(target, np.where(rows["grade"] >= 3, "ICI stopped", "ICI withheld"), "").astype(object)
    return {
        **date_item("AESTDAT", "AEST", rows["start"]), **date_item("AEENDAT", "AEEN", rows["end"]),
        **coded("AEONGO", ongoing, "YN"), **coded("AEGR", rows["grade"], "GRADE"),
        **coded("AESER", asked.astype(np.int64), "YN"),
        **{name: text for box, ticked in boxes.items()
           for name, text in coded(box, ticked.astype(np.int64), "YN", blank=~asked).items()},
        **coded("AEREL", rows["related"], "AEREL"), **coded("AERELICI", rows["immune"], "YN"),
        **coded("AEACN", rows["action"], "AEACN"), "AEACNOTH": held, **coded("AEOUT", rows["outcome"], "AEOUT"),
        **coded("AECONTRT", rows["treated"], "YN"), **coded("TARGET", target.astype(np.int64), "YN"),
        **coded("IRAE", rows["immune"], "YN"), **coded("ORGAN", rows["organ"], "ORGAN", blank=~target),
    }


def dose_texts(dose: np.ndarray) -> Texts:
    """Doses as texts without needless zeros; blank for 0.

    >>> list(dose_texts(np.array([80.0, 12.5, 1.6, 0.0])))
    ['80', '12.5', '1.6', '']
    """
    distinct, at = np.unique(dose, return_inverse=True)
    return np.array([f"{value:g}" if value else "" for value in distinct.tolist()], dtype=object)[at]


def cs(draws: Draws, people: Cohort) -> Table:
    """Corticosteroids and other immunosuppressants, one row per constant dosing."""
    rows = people.steroids
    s, nth = rows["s"], count_within(rows["s"])
    table = start("CS", people, s, nth, folder="LOG", recpos=nth + 1, save_day=people.last_contact()[s])
    ongoing = (rows["end"] == NONE).astype(np.int64)
    table.columns |= {
        **coded("CSTRT", rows["drug"], "CSTRT"),
        "CSTRTOTH": np.where(rows["drug"] == 99, OTHER_DRUG, "").astype(object), "CSDOSE": dose_texts(rows["dose"]),
        "CSDOSU": np.where(rows["dose"] > 0, "mg", "").astype(object), **coded("CSFRQ", rows["frequency"], "FRQ"),
        **coded("CSRTE", rows["route"], "CSRTE"), **date_item("CSSTDAT", "CSST", rows["start"]),
        **date_item("CSENDAT", "CSEN", rows["end"]), **coded("CSONGO", ongoing, "YN"),
        **coded("CSPURP", rows["purpose"], "CSPURP"),
        "AENO": np.where(rows["event"] > 0, numbers(rows["event"]), "").astype(object),
    }
    return table


def cm(draws: Draws, people: Cohort) -> Table:
    """Concomitant medication; the verbatim is Chinese or English, CMTRT_EN always English."""
    rows = people.medications
    s, nth = rows["s"], count_within(rows["s"])
    table = start("CM", people, s, nth, folder="LOG", recpos=nth + 1, save_day=people.last_contact()[s])
    pool = {name: np.array([getattr(drug, name) for drug in DRUGS], dtype=object)[rows["drug"]]
            for name in DRUGS[0]._fields}
    ongoing = (rows["end"] == NONE).astype(np.int64)
    frequency, route = pool["frequency"].astype(np.int64), pool["route"].astype(np.int64)
    table.columns |= {
        "CMTRT": np.where(rows["english"] == 1, pool["english"], pool["chinese"]).astype(object),
        "CMTRT_EN": pool["english"], "CMDECOD": pool["preferred"], "ATC4CD": pool["class_code"],
        "ATC4": pool["class_name"], "CMINDC": pool["indication"], "CMDOSE": pool["dose"], "CMDOSU": pool["unit"],
        **coded("CMFRQ", frequency, "FRQ"), **coded("CMRTE", route, "CMRTE"),
        **date_item("CMSTDAT", "CMST", rows["start"]), **date_item("CMENDAT", "CMEN", rows["end"]),
        **coded("CMONGO", ongoing, "YN"), **coded("CMPRIOR", rows["prior"], "YN"),
        "AENO": np.where(rows["event"] > 0, numbers(rows["event"]), "").astype(object),
    }
    return table


def sd(draws: Draws, people: Cohort) -> Table:
    """Injections of thymalfasin, given or missed."""
    rows = people.injections
    s, nth = rows["s"], count_within(rows["s"])
    given = rows["given"] == 1
    table = start("SD", people, s, nth, folder="LOG", recpos=nth + 1, save_day=rows["day"])
    reasons = np.array([*INJECTION_REASONS, ""], dtype=object)
    lot = _LOTS[np.clip((rows["day"] - calendar.FIRST_CONSENT) // 180, 0, 2)]
    table.columns |= {
        **date_item("SDDAT", "SD", rows["day"]),
        "SDTIM": np.where(given, calendar.clock(rows["minute"]), "").astype(object),
        **coded("GIVEN", rows["given"], "YN"), "SDDOSE": dose_texts(rows["dose"]),
        "SDDOSU": np.where(given, "mg", "").astype(object), **coded("SDRTE", np.ones_like(s), "SDRTE", blank=~given),
        **coded("SDLOC", rows["place"], "SDLOC", blank=~given),
        "SDLOT": np.where(given, lot, "").astype(object), "SDREAS": reasons[rows["reason"]],
    }
    return table
