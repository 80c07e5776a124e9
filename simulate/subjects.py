"""Who the subjects are: screening, randomisation, demography, tumour, checkpoint inhibitor, visits."""

from __future__ import annotations

import numpy as np

from simulate import calendar
from simulate.calendar import NONE, TARGETS, TOLERANCES
from simulate.catalogue import CHECKPOINTS, FAILURES, TUMOUR_WEIGHTS
from simulate.cohort import PLANNED, Cohort
from simulate.rng import Bools, Draws, Ints

SCREENED_PER_FAILURE = 8
"""Every eighth screened subject fails screening: 5 of the first 38."""


def fails_screening(index: Ints) -> Bools:
    """Which subjects (0, 1, ...) fail; a fixed pattern, so the randomisation ordinal needs no running count."""
    return index % SCREENED_PER_FAILURE == 5


def randomisation_ordinal(index: Ints) -> Ints:
    """How many subjects were randomised before subject `index`."""
    return index - (index + 2) // SCREENED_PER_FAILURE


def allocation(draws: Draws, ordinal: Ints) -> Ints:
    """Arm 1 (Tα1) or 2 (control) by permuted blocks of 4: in each block the two smallest of 4 draws get arm 1."""
    block = ordinal // 4
    ranks = draws.uniform(block[:, None], "block", np.arange(4)).argsort(axis=1).argsort(axis=1)
    return np.where(ranks[np.arange(len(ordinal)), ordinal % 4] < 2, 1, 2)


def screen(draws: Draws, index: Ints, digits: int) -> Cohort:
    """The subjects with these indices, up to the screening visit and the allocation."""
    people = Cohort(len(index))
    key = people.key = index.astype(np.int64)
    people.number = index + 1
    people.label = np.array([f"{number:0{digits}d}" for number in people.number], dtype=object)
    _demography(draws, people)
    people.consent = draws.integer(calendar.FIRST_CONSENT, calendar.LAST_CONSENT, key, "consent")
    failed = fails_screening(index)
    people.decision = people.consent + draws.integer(1, 13, key, "screening")
    people.rand = np.where(failed, NONE, people.decision + draws.integer(0, 1, key, "randomised"))
    ordinal = randomisation_ordinal(index)
    people.arm = np.where(failed, 0, allocation(draws, ordinal))
    names = np.array([f"R{number + 1:0{digits}d}" for number in ordinal], dtype=object)
    people.randno = np.where(failed, "", names)
    people.failure[:, 0] = np.where(failed, draws.integer(0, len(FAILURES) - 1, key, "failure"), -1)
    second = failed & draws.below(0.2, key, "failure two") & (people.failure[:, 0] < 4)
    people.failure[:, 1] = np.where(second, people.failure[:, 0] + 1, -1)
    age = np.floor(draws.truncated(60, 10, 18, 75, key, "age")).astype(np.int64)
    people.birth = people.consent - np.floor((age + draws.uniform(key, "birthday")) * 365.2425).astype(np.int64)
    _disease(draws, people)
    return people


def _demography(draws: Draws, people: Cohort) -> None:
    key = people.key
    people.sex = np.where(draws.below(0.62, key, "sex"), 1, 2)
    male = people.sex == 1
    people.race = np.where(draws.below(0.985, key, "race"), 1, np.where(draws.below(0.5, key, "other"), 2, 9))
    people.height = np.round(np.where(male, 170, 159) + 6 * draws.normal(key, "height")).astype(np.int64)
    mass_index = np.clip(23.3 + 2.8 * draws.normal(key, "weight"), 17.0, 32.0)
    people.weight = np.round(mass_index * (people.height / 100) ** 2, 1)
    people.ecog = draws.choice((0.3, 0.55, 0.15), key, "ecog")


def _disease(draws: Draws, people: Cohort) -> None:
    key = people.key
    tumour = draws.choice(TUMOUR_WEIGHTS, key, "tumour")
    people.tumour = np.where((tumour == 4) & (people.sex == 1), 0, tumour)
    people.stage = draws.choice((0.2, 0.8), key, "stage")
    people.childpugh = np.where((people.tumour == 2) & draws.below(0.3, key, "child-pugh"), 2, 1)
    kind = draws.choice((0.75, 0.15, 0.10), key, "ici class")
    choice = draws.integer(0, 3, key, "ici")
    people.ici = np.where(kind == 1, 4 + choice % 2, choice)
    people.ici_combo = np.where(kind == 2, len(CHECKPOINTS) - 1, -1)
    people.ici_chemo = draws.below(0.5, key, "chemotherapy").astype(np.int64)
    exposure = np.clip(np.round(draws.gamma(2.0, 60.0, key, "exposure")), 10, 170).astype(np.int64)
    first_onset = people.consent - draws.integer(2, 9, key, "onset")
    people.ici_start = first_onset - exposure
    people.ici_cycles = 1 + exposure // 21
    people.ici_end = people.ici_start + 21 * (people.ici_cycles - 1)
    people.diagnosis = people.ici_start - draws.integer(20, 900, key, "diagnosis")
    people.onset[:, 0] = first_onset


def plan_visits(draws: Draws, people: Cohort, late: float) -> None:
    """Days of the planned visits: target plus truncated normal in the tolerance (A-04); Week 6 and Week 8 are 5 days
    later still with probability `late` (M-15)."""
    key, rand = people.key[:, None], people.rand
    spread = np.array(TOLERANCES)
    noise = np.clip(np.round(draws.normal(key, "visit", np.arange(PLANNED)) * spread / 2), -spread, spread)
    days = rand[:, None] + np.array(TARGETS) - 1 + noise.astype(np.int64)
    days[:, 7:9] += 5 * draws.below(late, key, "late visit", np.arange(2))
    people.visit_day[:, :PLANNED] = np.where(people.randomised[:, None], days, NONE)
    people.visit_day[:, 0] = people.consent
    people.visit_status[:, 0] = 1


def attend(draws: Draws, people: Cohort, missed: float, unscheduled: float) -> None:
    """Which visits took place up to the end of study, with the probabilities of M-13 and M-14 per visit."""
    key = people.key[:, None]
    alive = people.randomised[:, None] & (people.visit_day[:, :PLANNED] <= people.eos[:, None])
    alive &= (people.visit_day[:, :PLANNED] < people.death[:, None]) | (people.death == NONE)[:, None]
    away = draws.below(missed, key, "missed", np.arange(PLANNED))
    away[:, :2] = False
    away &= ~people.golden[:, None]
    asked = draws.below(0.6, key, "asked", np.arange(PLANNED))
    status = np.where(alive, np.where(away, np.where(asked, 2, 3), 1), 0)
    status[:, 0] = 1
    people.visit_status[:, :PLANNED] = status
    extra = np.arange(people.visit_day.shape[1] - PLANNED)
    before, after = people.visit_day[:, 3:9], people.visit_day[:, 4:10]
    between = np.where(before != NONE, (before + after) // 2, NONE)
    come = draws.below(unscheduled, key, "unscheduled", extra) & (between < people.eos[:, None]) & (between != NONE)
    come &= (between < people.death[:, None]) | (people.death == NONE)[:, None]
    people.visit_day[:, PLANNED:] = np.where(come, between, NONE)
    people.visit_status[:, PLANNED:] = come.astype(np.int64)
    columns = np.arange(people.visit_day.shape[1])
    people.telephone = draws.below(0.06, key, "telephone", columns) & (columns > 3)
