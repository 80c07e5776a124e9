"""Injections of thymalfasin, other adverse events and concomitant medication."""

from __future__ import annotations

import numpy as np

from simulate.calendar import INJECTION_DAYS, NONE
from simulate.catalogue import DRUGS, PROGRESSION, TERMS, TREATED_ORGAN
from simulate.cohort import MAX_EVENTS, Cohort, Rows
from simulate.rng import Bools, Draws, Floats, Ints

MISSED_INJECTION, REDUCED_DOSE = 0.03, 0.015
REDUCTION = 2  # position in INJECTION_REASONS: the investigator's decision
_MANY = 8


def _poisson(draws: Draws, mean: Floats, people: Cohort, stream: str) -> Ints:
    """Poisson counts by inversion, at most _MANY."""
    draw = draws.uniform(people.key, stream)
    term = np.exp(-mean)
    total, count = term.copy(), np.zeros(people.size, dtype=np.int64)
    for number in range(1, _MANY + 1):
        count += draw > total
        term = term * mean / number
        total += term
    return count


def inject(draws: Draws, people: Cohort) -> Rows:
    """One row per planned day (A-02) of the Tα1 arm up to the end of treatment; the first may be 1 or 2 days late."""
    plan = np.array(INJECTION_DAYS)
    late = np.where(draws.below(0.05, people.key, "late start"), draws.integer(1, 2, people.key, "late"), 0)
    day = people.rand[:, None] + plan - 1 + late[:, None] * (plan == 1)
    last = np.where(people.death == NONE, people.eot, np.minimum(people.eot, people.death - 1))
    s, nth = np.nonzero((people.arm == 1)[:, None] & (day <= last[:, None]))
    never = draws.below(0.02, people.key, "never injected")[s]
    missed = draws.below(MISSED_INJECTION, people.key[s], "missed injection", nth) & (nth > 0)
    given = ~(missed | never)
    reason = draws.integer(0, 2, people.key[s], "injection reason", nth)
    reduced = given & draws.below(REDUCED_DOSE, people.key[s], "reduced dose", nth)
    return {
        "s": s, "nth": nth, "day": day[s, nth], "given": given.astype(np.int64),
        "dose": np.where(given, np.where(reduced, 0.8, 1.6), 0.0), "place": 1 + (nth + people.key[s]) % 3,
        "minute": 780 + draws.integer(0, 240, people.key[s], "injection time", nth),
        "reason": np.where(reduced, REDUCTION, np.where(given, -1, reason)),
    }


def adverse_events(draws: Draws, people: Cohort) -> Rows:
    """Other adverse events: Poisson with mean 2 per 8 weeks on study, and the tumour progression of a death."""
    span = np.maximum(np.where(people.randomised, people.eos - people.rand, 0), 0)
    count = np.where(span > 0, _poisson(draws, 2 * span / 56, people, "adverse events"), 0)
    s, nth = np.nonzero(np.arange(_MANY) < count[:, None])
    key = people.key[s]
    term = draws.integer(PROGRESSION + 1, len(TERMS) - 1, key, "term", nth)
    # A control subject has no injection site.
    term = np.where((term == PROGRESSION + 1) & (people.arm[s] == 2), PROGRESSION + 2, term)
    start = people.rand[s] + np.floor(draws.uniform(key, "ae start", nth) * span[s]).astype(np.int64)
    grade = 1 + draws.choice((0.55, 0.33, 0.12), key, "ae grade", nth)
    length = 1 + np.floor(-12 * np.log(draws.uniform(key, "ae length", nth))).astype(np.int64)
    # The last day with a death is the event that kills: other events are then still ongoing.
    over = start + length < np.where(people.death[s] == NONE, people.eos[s] + 1, people.death[s])
    serious = (grade == 3) & draws.below(0.4, key, "serious", nth)
    related = np.array((5, 4, 3, 2, 1))[draws.choice((0.55, 0.2, 0.15, 0.07, 0.03), key, "related", nth)]
    rows = {
        "s": s, "term": term, "start": start, "end": np.where(over, start + length, NONE), "grade": grade,
        "serious": np.where(serious, 2, 0), "related": np.where(people.arm[s] == 1, related, 5),
        "action": np.where(people.arm[s] == 1, np.where(grade == 3, 2, 1), 4),
        "outcome": np.where(over, 1, np.where(draws.below(0.5, key, "ae outcome", nth), 2, 3)),
        "treated": draws.below(0.5, key, "treated", nth).astype(np.int64),
        "immune": draws.below(0.1, key, "immune", nth).astype(np.int64),
    }
    return _with_progression(people, rows)


def _with_progression(people: Cohort, rows: Rows) -> Rows:
    s = np.nonzero(people.death_cause == 2)[0]
    one = np.ones(len(s), dtype=np.int64)
    fatal = {
        "s": s, "term": one * PROGRESSION, "start": np.maximum(people.death[s] - 10, people.rand[s]),
        "end": people.death[s], "grade": 5 * one, "serious": 1 * one, "related": 5 * one, "action": 4 * one,
        "outcome": 5 * one, "treated": one, "immune": 0 * one,
    }
    both = {name: np.concatenate([rows[name], fatal[name]]) for name in rows}
    order = np.lexsort((both["start"], both["s"]))
    return {name: column[order] for name, column in both.items()}


def _treated_event(people: Cohort, s: Ints, drug: Ints, prior: Bools) -> Ints:
    """AENO of the target irAE that a medication begun on study treats, 0 for none."""
    organ = np.array([TREATED_ORGAN.get(n, -1) for n in range(len(DRUGS))])[drug]
    match = (people.organ[s] == organ[:, None]) & (np.arange(MAX_EVENTS) < people.event_count[s][:, None])
    return np.where(match.any(axis=1) & ~prior, match.argmax(axis=1) + 1, 0)


def medicate(draws: Draws, people: Cohort) -> Rows:
    """Concomitant medication: 2 to 6 drugs, half of them begun before consent; start NONE where not known."""
    count = np.where(people.rescreened, 0, draws.integer(2, 6, people.key, "medications"))
    s, nth = np.nonzero(np.arange(6) < count[:, None])
    key = people.key[s]
    # A fixed stride through the list: no drug twice for a subject.
    drug = (draws.integer(0, len(DRUGS) - 1, people.key, "first drug")[s] + 5 * nth) % len(DRUGS)
    prior = draws.below(0.5, key, "prior", nth)
    span = np.maximum(people.last_contact() - people.consent, 1)[s]
    inside = people.consent[s] + np.floor(draws.uniform(key, "cm start", nth) * span).astype(np.int64)
    before = people.consent[s] - draws.integer(5, 700, key, "cm before", nth)
    start = np.where(prior, before, inside)
    length = np.floor(-25 * np.log(draws.uniform(key, "cm length", nth))).astype(np.int64)
    ongoing = draws.below(0.5, key, "cm ongoing", nth)
    end = np.where(prior, inside, start + length)
    ongoing |= end > people.last_contact()[s]
    return {
        "s": s, "drug": drug, "start": start, "end": np.where(ongoing, NONE, end), "prior": prior.astype(np.int64),
        "english": draws.below(0.3, key, "cm english", nth).astype(np.int64),
        "event": _treated_event(people, s, drug, prior),
    }
