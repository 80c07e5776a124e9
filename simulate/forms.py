"""The forms of one row or few rows per subject: dm, ic, rand, ici, mh, ds, dd and the allocation list."""

from __future__ import annotations

import numpy as np

from simulate import calendar
from simulate.calendar import NONE, date_item
from simulate.catalogue import CHECKPOINTS, END_OTHER, FAILURES, HISTORY, TUMOURS
from simulate.cohort import Cohort
from simulate.rng import Draws, Ints, Texts
from simulate.table import Table, coded, count_within, filled, numbers, start

STAGES = np.array(["IIIB", "IV"], dtype=object)
_INFECTION = "EXCL13"
"""Why an earlier screening of a re-screened person failed."""


def dm(draws: Draws, people: Cohort) -> Table:
    """One row per screening."""
    s = np.arange(people.size)
    table = start("DM", people, s, np.zeros_like(s), folder="SCR", save_day=people.consent)
    table.columns |= {
        **date_item("BRTHDAT", "BRTH", people.birth), **coded("SEX", people.sex, "SEX"),
        **coded("RACE", people.race, "RACE"),
        "RACEOTH": np.where(people.race == 9, "Mixed", "").astype(object),
        "ETHGRP": np.where(people.race == 1, "汉族", "").astype(object),
        "PREVSUBJ": people.previous, **date_item("DMDAT", "DM", people.consent),
    }
    return table


def ic(draws: Draws, people: Cohort) -> Table:
    """Consent and eligibility: one row, for a screen failure one per failed criterion."""
    s = np.repeat(np.arange(people.size), 1 + (people.failure[:, 1] >= 0))
    nth = count_within(s)
    table = start("IC", people, s, nth, folder="SCR", recpos=nth + 1, save_day=people.decision[s])
    failure = people.failure[s, nth]
    names = np.array([*FAILURES, _INFECTION, ""], dtype=object)
    minute = 500 + draws.integer(0, 400, people.key[s], "consent time")
    table.columns |= {
        **date_item("ICDAT", "IC", people.consent[s]), "ICTIM": calendar.clock(minute),
        "ICVER": filled(len(s), "V1.0"), **coded("IEYN", (failure < 0).astype(np.int64), "YN"),
        "IETESTCD": names[failure], **date_item("IEDAT", "IE", people.decision[s]),
    }
    return table


def rand(draws: Draws, people: Cohort) -> Table:
    """One row per randomised subject."""
    s = np.nonzero(people.randomised)[0]
    table = start("RAND", people, s, np.zeros_like(s), folder="D1", save_day=people.rand[s])
    minute = 540 + draws.integer(0, 180, people.key[s], "randomisation time")
    arm = coded("ARMTXT", people.arm[s], "ARMTXT")
    table.columns |= {
        **coded("RANDYN", np.ones_like(s), "YN"), **date_item("RANDDAT", "RAND", people.rand[s]),
        "RANDTIM": calendar.clock(minute), "RANDNO": people.randno[s], "ARM_C": _letters(people.arm[s]),
        "ARMTXT": arm["ARMTXT"],
    }
    return table


def _letters(arm: Ints) -> Texts:
    return np.array(["", "A", "B"], dtype=object)[arm]


def allocation_list(people: Cohort) -> dict[str, Texts]:
    """The list of the randomisation system (M-22), which has no system columns of the EDC."""
    s = np.nonzero(people.randomised)[0]
    return {"RANDNO": people.randno[s], "SUBJECT": people.label[s], "ARM_C": _letters(people.arm[s]),
            "ALLOCDAT": calendar.iso(people.rand[s])}


def ici(draws: Draws, people: Cohort) -> Table:
    """Checkpoint inhibitors before the irAE: one row, two for a combination with CTLA-4."""
    s = np.repeat(np.arange(people.size), np.where(people.rescreened, 0, 1 + (people.ici_combo >= 0)))
    nth = count_within(s)
    agent = np.where(nth == 0, people.ici[s], people.ici_combo[s])
    written = draws.choice((0.5, 0.25, 0.25), people.key[s], "ici name", nth)
    names = np.array([[agent.generic, agent.brand, agent.chinese] for agent in CHECKPOINTS], dtype=object)
    kinds = np.array([agent.kind for agent in CHECKPOINTS])
    table = start("ICI", people, s, nth, folder="SCR", recpos=nth + 1, save_day=people.consent[s])
    table.columns |= {
        "ICITRT": names[agent, written], **coded("ICICLS", kinds[agent], "ICICLS"),
        **date_item("ICISTDAT", "ICIST", people.ici_start[s]), **date_item("ICIENDAT", "ICIEN", people.ici_end[s]),
        **coded("ICIONGO", np.zeros_like(s), "YN"), "ICICYC": numbers(people.ici_cycles[s]),
        **coded("ICICHEM", people.ici_chemo[s], "YN"),
    }
    return table


def mh(draws: Draws, people: Cohort) -> Table:
    """The primary tumour first, then none to two other conditions."""
    others = draws.choice((0.4, 0.35, 0.25), people.key, "history")
    s = np.repeat(np.arange(people.size), np.where(people.rescreened, 0, 1 + others))
    nth = count_within(s)
    first = nth == 0
    which = (draws.integer(0, len(HISTORY) - 1, people.key, "condition")[s] + nth) % len(HISTORY)
    terms = np.array([*TUMOURS, *HISTORY], dtype=object)
    at = np.where(first, people.tumour[s], len(TUMOURS) + which)
    earlier = people.consent[s] - draws.integer(200, 4000, people.key[s], "condition date", nth)
    table = start("MH", people, s, nth, folder="SCR", recpos=nth + 1, save_day=people.consent[s])
    table.columns |= {
        "MHTERM": terms[at, 0], "MHTERM_EN": terms[at, 1], **coded("MHTYPE", np.where(first, 1, 2), "MHTYPE"),
        **date_item("MHDXDAT", "MHDX", np.where(first, people.diagnosis[s], earlier)),
        "STAGE": np.where(first, STAGES[people.stage[s]], "").astype(object),
        **coded("CHILDPUGH", people.childpugh[s], "CHILDPUGH", blank=~first),
    }
    return table


def ds(draws: Draws, people: Cohort) -> Table:
    """End of treatment and end of study of randomised subjects."""
    s = np.nonzero(people.randomised)[0]
    table = start("DS", people, s, np.zeros_like(s), folder="EOS", save_day=people.eos[s])
    reason = people.eos_reason[s]
    other = np.full(10, "", dtype=object)
    for code, text in END_OTHER.items():
        other[code] = text
    table.columns |= {
        **date_item("EOTDAT", "EOT", people.eot[s]), **coded("EOTREAS", people.eot_reason[s], "EOT"),
        **date_item("EOSDAT", "EOS", people.eos[s]), **coded("EOSSTAT", people.eos_status[s], "EOSSTAT"),
        **coded("EOSREAS", reason, "EOT", blank=reason == 0), "EOSOTH": other[reason],
    }
    return table


def dd(draws: Draws, people: Cohort) -> Table:
    """The death form."""
    s = np.nonzero(people.death != NONE)[0]
    table = start("DD", people, s, np.zeros_like(s), folder="EOS", save_day=people.death[s])
    event = people.death_event[s]
    table.columns |= {
        **date_item("DTHDAT", "DTH", people.death[s]), **coded("DTHCAUS", people.death_cause[s], "DTHCAUS"),
        "AENO": np.where(event >= 0, numbers(np.maximum(event, 0) + 1), "").astype(object),
    }
    return table
