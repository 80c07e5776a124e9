"""Conventional therapy: the daily corticosteroid course (X-4) as rows of constant dosing, and the rest of `cs`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulate.calendar import NONE
from simulate.cohort import Cohort, Rows
from simulate.grades import DAYS
from simulate.rng import Bools, Draws, Floats, Ints

PREDNISONE, METHYLPREDNISOLONE, HYDROCORTISONE, DEXAMETHASONE = 10, 12, 13, 14
MYCOPHENOLATE, INFLIXIMAB, IMMUNOGLOBULIN, OTHER = 20, 22, 23, 99
QD, BID, TID, ONCE = 1, 2, 3, 7
IV, ORAL, TOPICAL = 1, 2, 4
_ROUTE = 10_000  # one number per day holds route and dose: route * _ROUTE + mg


@dataclass
class _Course:
    """The state of each subject's corticosteroid course on one day; dose in mg of prednisone."""

    dose: Floats
    intravenous: Bools
    base: Ints
    steps: Ints
    tapering: Bools
    doubled: Bools
    unit: Floats
    next_step: Ints
    limit: Floats


def worst_grade_by_day(people: Cohort) -> Ints:
    """(S, DAYS): the highest grade over the events on the days with a visit after Day 1, -1 on other days."""
    seen = np.full((people.size, DAYS + 1), -1, dtype=np.int64)
    worst = people.grade.max(axis=1)
    study_day = people.visit_day - people.rand[:, None] + 1
    use = (people.visit_status == 1) & people.randomised[:, None] & (study_day > 1) & (study_day <= DAYS)
    subject, visit = np.nonzero(use & (worst >= 0))
    seen[subject, study_day[subject, visit]] = worst[subject, visit]
    return seen[:, 1:]


def daily_course(draws: Draws, people: Cohort, baseline: Ints) -> Ints:
    """(S, DAYS): route and dose of each study day as one number, 0 on days without corticosteroid."""
    seen = worst_grade_by_day(people)
    course = _begin(draws, people, baseline.max(axis=1))
    daily = np.zeros((people.size, DAYS), dtype=np.int64)
    for day in range(DAYS):
        _decide(course, seen[:, day], day + 1)
        daily[:, day] = _rounded(course)
    pulse = (course.base == 4) & draws.below(0.2, people.key, "pulse")
    daily[:, :3] = np.where(pulse[:, None], IV * _ROUTE + 500, daily[:, :3])
    last = (people.eos - people.rand)[:, None]
    return np.where(people.randomised[:, None] & (np.arange(DAYS) <= last), daily, 0)


def _begin(draws: Draws, people: Cohort, base: Ints) -> _Course:
    key = people.key
    per_kg = np.select([base <= 2, base == 3], [0.5 + 0.5 * draws.uniform(key, "mg/kg"),
                                                1.0 + draws.uniform(key, "mg/kg")], 2.0)
    intravenous = (base == 4) | ((base == 3) & draws.below(0.6, key, "intravenous"))
    nobody = np.zeros(people.size, dtype=bool)
    return _Course(per_kg * people.weight, intravenous, base, draws.integer(4, 6, key, "taper"), nobody.copy(),
                   nobody.copy(), np.zeros(people.size), np.full(people.size, 10**6), 2.0 * people.weight)


def _decide(course: _Course, grade: Ints, day: int) -> None:
    known = grade >= 0
    # No improvement in 2 to 3 days: double the dose, once, up to 2 mg/kg; at the latest the taper begins on Day 43.
    double = known & (day <= 6) & (grade >= course.base) & ~course.doubled & ~course.tapering
    course.dose = np.where(double, np.minimum(course.dose * 2, course.limit), course.dose)
    course.doubled |= double
    course.intravenous &= ~(known & (grade <= 2))
    begin = ~course.tapering & ((known & (grade <= 1)) | (day >= 43))
    course.unit = np.where(begin, course.dose / course.steps, course.unit)
    course.tapering |= begin
    course.intravenous &= ~course.tapering
    flare = known & course.tapering & ~begin & (grade >= 2) & (course.dose > 0)
    step = begin | (course.tapering & ~flare & (day >= course.next_step) & (course.dose > 0))
    course.dose = np.where(flare, course.dose + course.unit, np.where(step, course.dose - course.unit, course.dose))
    course.dose = np.where(course.dose < 2.5, 0, course.dose)
    course.next_step = np.where(flare | step, day + 7, course.next_step)


def _rounded(course: _Course) -> Ints:
    """Methylprednisolone in vials of 40 mg, prednisone in tablets of 5 mg."""
    vials = IV * _ROUTE + 40 * np.maximum(np.rint(course.dose * 0.8 / 40), 1).astype(np.int64)
    tablets = ORAL * _ROUTE + 5 * np.maximum(np.rint(course.dose / 5), 1).astype(np.int64)
    return np.where(course.dose <= 0, 0, np.where(course.intravenous, vials, tablets))


def course_rows(draws: Draws, people: Cohort, daily: Ints, baseline: Ints) -> Rows:
    """One row per constant stretch of the daily course; the last is ongoing when it runs to the end of study."""
    padded = np.pad(daily, ((0, 0), (1, 1)))
    changed = padded[:, 1:] != padded[:, :-1]
    s, first = np.nonzero(changed[:, :-1] & (daily > 0))
    _, last = np.nonzero(changed[:, 1:] & (daily > 0))
    code = daily[s, first]
    route, dose = code // _ROUTE, (code % _ROUTE).astype(np.float64)
    early = np.where(draws.below(0.25, people.key, "steroid before"), draws.integer(1, 3, people.key, "hours"), 0)
    twice = draws.below(0.2, people.key, "twice")[s] & (route == ORAL) & (dose % 10 == 0)
    start = people.rand[s] + first - np.where(first == 0, early[s], 0)
    end = people.rand[s] + last
    alive = people.death[s] == NONE
    ongoing = (end >= people.eos[s]) & alive
    return {
        "s": s, "drug": np.where(route == IV, METHYLPREDNISOLONE, PREDNISONE),
        "dose": np.where(twice, dose / 2, dose), "frequency": np.where(twice, BID, QD), "route": route,
        "start": start, "end": np.where(ongoing, NONE, end), "purpose": np.full(len(s), 1),
        "event": 1 + baseline.argmax(axis=1)[s],
    }


def other_rows(draws: Draws, people: Cohort, baseline: Ints) -> Rows:
    """Second-line and other immunosuppressants, topical hydrocortisone for skin, single doses for other purposes."""
    blocks = [
        _second_line(people, baseline), _topical(draws, people),
        _single(draws, people, "premedication", 0.1, DEXAMETHASONE, 8.0, 2),
        _single(draws, people, "infusion reaction", 0.05, HYDROCORTISONE, 100.0, 3), _other_drug(draws, people),
    ]
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _second_line(people: Cohort, baseline: Ints) -> Rows:
    week1 = people.grade[:, :, 3]
    need = (week1 >= 3) & (week1 >= baseline) & (people.organ > 1)
    s, event = np.nonzero(need)
    start = people.visit_day[s, 3] + 1
    keep = start < people.eos[s]
    s, event, start = s[keep], event[keep], start[keep]
    drug = np.array((0, 0, INFLIXIMAB, IMMUNOGLOBULIN, MYCOPHENOLATE))[people.organ[s, event]]
    per_kg = np.select([drug == INFLIXIMAB, drug == IMMUNOGLOBULIN], [5.0, 400.0])
    dose = np.where(drug == MYCOPHENOLATE, 1000, np.rint(per_kg * people.weight[s] / 100) * 100)
    length = np.select([drug == INFLIXIMAB, drug == IMMUNOGLOBULIN], [0, 4], 28)
    end = np.minimum(start + length, people.eos[s])
    return {
        "s": s, "drug": drug, "dose": dose,
        "frequency": np.select([drug == INFLIXIMAB, drug == IMMUNOGLOBULIN], [ONCE, QD], BID),
        "route": np.where(drug == MYCOPHENOLATE, ORAL, IV), "start": start, "end": end,
        "purpose": np.full(len(s), 1), "event": event + 1,
    }


def _topical(draws: Draws, people: Cohort) -> Rows:
    skin = (people.organ == 1) & (np.arange(3) < people.event_count[:, None])
    s, event = np.nonzero(skin & draws.below(0.4, people.key, "topical")[:, None])
    end = np.minimum(people.rand[s] + 27, people.eos[s])
    return _fixed(s, event + 1, HYDROCORTISONE, 0.0, BID, TOPICAL, people.onset[s, event], end, 1)


def _single(draws: Draws, people: Cohort, why: str, rate: float, drug: int, dose: float, purpose: int) -> Rows:
    """One intravenous dose that is not for the target irAE."""
    day = people.rand + draws.integer(5, 40, people.key, f"{why} day")
    s = np.nonzero(people.randomised & draws.below(rate, people.key, why) & (day < people.eos))[0]
    return _fixed(s, np.zeros(len(s), dtype=np.int64), drug, dose, ONCE, IV, day[s], day[s], purpose)


def _other_drug(draws: Draws, people: Cohort) -> Rows:
    """An immunosuppressant that the form does not list, from Day 10 for two weeks."""
    start = people.rand + 9
    s = np.nonzero(people.randomised & draws.below(0.06, people.key, "other drug") & (start < people.eos))[0]
    end = np.minimum(start + 13, people.eos)
    return _fixed(s, np.ones(len(s), dtype=np.int64), OTHER, 20.0, TID, ORAL, start[s], end[s], 1)


def _fixed(s: Ints, event: Ints, drug: int, dose: float, frequency: int, route: int, start: Ints, end: Ints,
           purpose: int) -> Rows:
    count = len(s)
    return {
        "s": s, "drug": np.full(count, drug), "dose": np.full(count, dose), "frequency": np.full(count, frequency),
        "route": np.full(count, route), "start": start, "end": end, "purpose": np.full(count, purpose),
        "event": event,
    }


def treat(draws: Draws, people: Cohort, baseline: Ints) -> Rows:
    """All rows of the `cs` form, in the order of subjects, the corticosteroid course first."""
    daily = daily_course(draws, people, baseline)
    course, other = course_rows(draws, people, daily, baseline), other_rows(draws, people, baseline)
    rows = {name: np.concatenate([course[name], other[name]]) for name in course}
    order = np.argsort(rows["s"], kind="stable")
    return {name: column[order] for name, column in rows.items()}
