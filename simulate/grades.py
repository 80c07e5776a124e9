"""Target irAEs: their organs, the daily Markov chain of their grades, death, dropout and end of study."""

from __future__ import annotations

import numpy as np

from simulate.calendar import NONE
from simulate.catalogue import BULLOUS, ORGAN_TERMS
from simulate.cohort import MAX_EVENTS, Cohort
from simulate.rng import Bools, Draws, Floats, Ints

DAYS = 100
"""Study days that the chain covers: the last follow-up visit is on day 94."""
IMPROVE = {1: 0.12, 2: 0.07}
"""Hazard of improvement per day by arm (1 Tα1, 2 control)."""
WORSEN = {1: 0.010, 2: 0.012}
ORGAN_SPEED = (1.2, 1.0, 0.8, 0.7)
FATAL, FLARE, RECURRENCE = 0.010, 0.006, 0.002
FRAILTY_VARIANCE = 0.3
DROPOUT, TUMOUR_DEATH, EARLY_STOP = 0.0015, 0.0004, 0.04


def start_events(draws: Draws, people: Cohort) -> Ints:
    """Number, organs and terms of the target irAEs; the baseline grades (S, 3), -1 where there is no event."""
    key = people.key
    count = 1 + draws.choice((0.75, 0.20, 0.05), key, "events")
    people.event_count = np.where(people.randomised, count, 0)
    tickets = -np.log(draws.uniform(key[:, None], "organ", np.arange(4))) / np.array((0.35, 0.25, 0.20, 0.20))
    people.organ = tickets.argsort(axis=1)[:, :MAX_EVENTS] + 1
    grade = 2 + draws.choice((0.5, 0.4, 0.1), key[:, None], "baseline", np.arange(MAX_EVENTS))
    people.term = np.array(ORGAN_TERMS)[people.organ - 1]
    people.term[(people.organ == 1) & (grade == 4)] = BULLOUS
    later = draws.integer(0, 4, key[:, None], "later onset", np.arange(MAX_EVENTS))
    people.onset = np.minimum(people.onset[:, :1] + later * (np.arange(MAX_EVENTS) > 0), people.consent[:, None] - 1)
    return np.where(np.arange(MAX_EVENTS) < people.event_count[:, None], grade, -1)


def run_chain(draws: Draws, people: Cohort, baseline: Ints) -> Ints:
    """True grade (S, 3, DAYS) of each event on study days 1 to DAYS."""
    frailty = draws.gamma(1 / FRAILTY_VARIANCE, 1.0, people.key, "frailty")
    arm = np.where(people.arm == 1, 1, 2)
    hazard = np.where(arm == 1, IMPROVE[1], IMPROVE[2]) * frailty
    rate = hazard[:, None] * np.array(ORGAN_SPEED)[people.organ - 1]
    worsen = np.broadcast_to(np.where(arm == 1, WORSEN[1], WORSEN[2])[:, None], rate.shape)
    rash = people.term == ORGAN_TERMS[0]
    grades = np.empty((*baseline.shape, DAYS), dtype=np.int64)
    grades[:, :, 0] = grade = baseline
    steps = np.arange(DAYS * MAX_EVENTS).reshape(DAYS, MAX_EVENTS)
    for day in range(1, DAYS):
        draw = draws.uniform(people.key[:, None], "grade", steps[day])
        grades[:, :, day] = grade = _next_grade(grade, draw, rate, worsen, rash)
    return grades


def _next_grade(grade: Ints, draw: Floats, rate: Floats, worsen: Floats, rash: Bools) -> Ints:
    better = np.where(grade > 0, 1 - np.exp(-rate * np.exp(-0.15 * (grade - 2))), 0)
    better = np.where((grade < 0) | (grade == 5), 0, better)
    worse = np.select([grade >= 5, grade == 4, grade >= 2, grade == 1, grade == 0],
                      [0.0, FATAL, worsen, FLARE, RECURRENCE], 0.0)
    worse = np.where(rash & (grade == 3), 0, worse)  # CTCAE has no grade 4 of maculo-papular rash
    jump = np.where(grade <= 1, np.maximum(grade + 1, 2), grade + 1)
    return np.where(draw < better, grade - 1, np.where(draw > 1 - worse, jump, grade))


def end_study(draws: Draws, people: Cohort, grades: Ints, tumour_death: Ints) -> None:
    """Day, status and reasons of death, end of treatment and end of study.

    `tumour_death`: study day of a death that a scenario plants, 0 for none.
    """
    key, rand, last = people.key, people.rand, people.visit_day[:, 9]
    fatal = grades == 5
    by_event = np.where(fatal.any(axis=(1, 2)), fatal.any(axis=1).argmax(axis=1), DAYS * 10)
    by_tumour = _waiting_time(draws, TUMOUR_DEATH, key, "tumour death")
    by_tumour = np.where(tumour_death > 0, tumour_death, by_tumour)
    leaving = _waiting_time(draws, DROPOUT, key, "dropout")
    leaving = np.where(tumour_death > 0, DAYS * 10, leaving)
    dies = rand + np.minimum(by_event, by_tumour)
    leaves = rand + leaving
    end = np.minimum(np.minimum(dies, leaves), last)
    died = people.randomised & (dies == end)
    left = people.randomised & (leaves == end) & ~died & (leaves < last)
    people.death = np.where(died, dies, NONE)
    irae = died & (by_event <= by_tumour)
    people.death_cause = np.where(irae, 1, np.where(died, 2, 0))
    people.death_event = np.where(irae, fatal.any(axis=2).argmax(axis=1), -1)
    people.eos = np.where(people.randomised, end, NONE)
    people.eos_status = np.where(people.randomised, np.where(died | left, 2, 1), 0)
    reason = np.array((3, 4, 5, 6, 9))[draws.choice((0.40, 0.38, 0.08, 0.10, 0.04), key, "reason")]
    people.eos_reason = np.where(died, 2, np.where(left, reason, 0))
    _end_treatment(draws, people)


def _end_treatment(draws: Draws, people: Cohort) -> None:
    planned = people.visit_day[:, 8]
    early = people.rand + draws.integer(15, 50, people.key, "early stop day")
    stops = draws.below(EARLY_STOP, people.key, "early stop") & (early < people.eos)
    ended = people.eos <= planned
    reason = np.array((1, 5, 6))[draws.integer(0, 2, people.key, "early stop reason")]
    day = np.where(stops, early, np.where(ended, people.eos, planned))
    people.eot = np.where(people.randomised, day, NONE)
    people.eot_reason = np.where(stops, reason, np.where(ended, people.eos_reason, 0))


def _waiting_time(draws: Draws, hazard: float, key: Ints, stream: str) -> Ints:
    """Days after randomisation until an event with a constant daily hazard, at least 1."""
    return 1 + np.floor(np.log(draws.uniform(key, stream)) / np.log(1 - hazard)).astype(np.int64)


def observe(people: Cohort, grades: Ints) -> None:
    """Grades at the visits that took place, and what the AE form says of the events: maximum, end, outcome."""
    study_day = people.visit_day - people.rand[:, None]
    seen = (people.visit_status == 1) & people.randomised[:, None]
    inside = np.where(seen & (study_day > 0), np.clip(study_day, 0, DAYS - 1), 0)
    at_visit = np.take_along_axis(grades, np.broadcast_to(inside[:, None, :], (*grades.shape[:2], seen.shape[1])), 2)
    present = np.arange(MAX_EVENTS) < people.event_count[:, None]
    # Grade 5 is a death: it is never seen at a visit.
    people.grade = np.where(seen[:, None, :] & present[:, :, None], np.minimum(at_visit, 4), -1)
    summarise_events(people)


def summarise_events(people: Cohort) -> None:
    """Maximum grade, end date and outcome of each target irAE from its observed grades."""
    order = np.argsort(np.where(people.visit_status == 1, people.visit_day, 10**9), axis=1, kind="stable")
    days = np.take_along_axis(people.visit_day, order, 1)[:, None, :]
    seen = np.take_along_axis(people.grade, np.broadcast_to(order[:, None, :], people.grade.shape), 2)
    known = seen >= 0
    columns = np.arange(seen.shape[2])
    last = np.where(known, columns, -1).max(axis=2)
    last_grade = np.take_along_axis(seen, np.maximum(last, 0)[:, :, None], 2)[:, :, 0]
    last_present = np.where(known & (seen > 0), columns, -1).max(axis=2)
    first_clear = np.where(known & (columns > last_present[:, :, None]), columns, 99).min(axis=2)
    people.max_grade = seen.max(axis=2)
    resolved = (last_grade == 0) & (first_clear < 99)
    clear_day = np.take_along_axis(np.broadcast_to(days, seen.shape), np.minimum(first_clear, 15)[:, :, None], 2)
    fatal = np.arange(MAX_EVENTS) == people.death_event[:, None]
    better = last_grade < people.grade[:, :, 1]  # than on Day 1
    people.outcome = np.where(fatal, 5, np.where(resolved, 1, np.where(better, 2, 3)))
    people.event_end = np.where(fatal, people.death[:, None], np.where(resolved, clear_day[:, :, 0], NONE))
    people.max_grade = np.where(fatal, 5, people.max_grade)
