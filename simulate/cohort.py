"""What is true of a group of subjects, before it is written on forms: the contract between model and forms."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np

from simulate.calendar import NONE
from simulate.rng import Bools, Ints, Texts

PLANNED = 10
UNSCHEDULED = 6
VISIT_COLUMNS = PLANNED + UNSCHEDULED
MAX_EVENTS = 3

Rows = dict[str, np.ndarray]
"""A long table: `s` (position of the subject) and columns of equal length."""


def _days(count: int, *shape: int) -> Ints:
    return np.full((count, *shape), NONE, dtype=np.int64)


def _numbers(count: int, *shape: int, value: int = 0) -> Ints:
    return np.full((count, *shape), value, dtype=np.int64)


def _texts(count: int) -> Texts:
    return np.full(count, "", dtype=object)


@dataclass
class Cohort:
    """S subjects. Days are absolute (calendar.py); NONE where there is none. Codes are those of the forms.

    `visit_status`: 0 no visit, 1 done, 2 missed and asked about, 3 missed without a row. Columns of the visits:
    10 planned, then 6 unscheduled. `grade` is the true grade of an event at a done visit, -1 elsewhere.
    """

    size: int
    key: Ints = field(init=False)
    number: Ints = field(init=False)
    label: Texts = field(init=False)
    previous: Texts = field(init=False)
    randno: Texts = field(init=False)
    golden: Bools = field(init=False)
    consent: Ints = field(init=False)
    decision: Ints = field(init=False)
    rand: Ints = field(init=False)
    birth: Ints = field(init=False)
    diagnosis: Ints = field(init=False)
    ici_start: Ints = field(init=False)
    ici_end: Ints = field(init=False)
    eot: Ints = field(init=False)
    eos: Ints = field(init=False)
    death: Ints = field(init=False)
    arm: Ints = field(init=False)
    sex: Ints = field(init=False)
    race: Ints = field(init=False)
    height: Ints = field(init=False)
    ecog: Ints = field(init=False)
    tumour: Ints = field(init=False)
    stage: Ints = field(init=False)
    childpugh: Ints = field(init=False)
    ici: Ints = field(init=False)
    ici_combo: Ints = field(init=False)
    ici_chemo: Ints = field(init=False)
    ici_cycles: Ints = field(init=False)
    eot_reason: Ints = field(init=False)
    eos_status: Ints = field(init=False)
    eos_reason: Ints = field(init=False)
    death_cause: Ints = field(init=False)
    event_count: Ints = field(init=False)
    weight: np.ndarray = field(init=False)
    failure: Ints = field(init=False)
    death_event: Ints = field(init=False)
    rescreened: Bools = field(init=False)
    visit_day: Ints = field(init=False)
    visit_status: Ints = field(init=False)
    telephone: Bools = field(init=False)
    organ: Ints = field(init=False)
    term: Ints = field(init=False)
    onset: Ints = field(init=False)
    event_end: Ints = field(init=False)
    outcome: Ints = field(init=False)
    max_grade: Ints = field(init=False)
    grade: Ints = field(init=False)
    steroids: Rows = field(init=False)
    injections: Rows = field(init=False)
    adverse: Rows = field(init=False)
    medications: Rows = field(init=False)

    def __post_init__(self) -> None:
        size = self.size
        self.key, self.number = _numbers(size), _numbers(size)
        self.label, self.previous, self.randno = _texts(size), _texts(size), _texts(size)
        self.golden = np.zeros(size, dtype=bool)
        self.rescreened = np.zeros(size, dtype=bool)
        for name in ("consent", "decision", "rand", "birth", "diagnosis", "ici_start", "ici_end", "eot", "eos",
                     "death"):
            setattr(self, name, _days(size))
        for name in ("arm", "sex", "race", "height", "ecog", "tumour", "stage", "childpugh", "ici", "ici_combo",
                     "ici_chemo", "ici_cycles", "eot_reason", "eos_status", "eos_reason", "death_cause",
                     "event_count"):
            setattr(self, name, _numbers(size))
        self.weight = np.zeros(size)
        self.failure = _numbers(size, 2, value=-1)
        self.death_event = _numbers(size, value=-1)
        self.visit_day = _days(size, VISIT_COLUMNS)
        self.visit_status = _numbers(size, VISIT_COLUMNS)
        self.telephone = np.zeros((size, VISIT_COLUMNS), dtype=bool)
        self.organ, self.term = _numbers(size, MAX_EVENTS), _numbers(size, MAX_EVENTS)
        self.onset, self.event_end = _days(size, MAX_EVENTS), _days(size, MAX_EVENTS)
        self.outcome, self.max_grade = _numbers(size, MAX_EVENTS), _numbers(size, MAX_EVENTS)
        self.grade = _numbers(size, MAX_EVENTS, VISIT_COLUMNS, value=-1)
        self.steroids = {}
        self.injections = {}
        self.adverse = {}
        self.medications = {}

    @property
    def randomised(self) -> Bools:
        """True for subjects with a randomisation date."""
        return self.rand != NONE

    def last_contact(self) -> Ints:
        """The last day on which the subject was seen: end of study, else the eligibility decision."""
        return np.where(self.randomised, self.eos, self.decision)

    def take(self, chosen: Ints) -> Cohort:
        """A cohort of the chosen subjects, without their long tables."""
        part = Cohort(len(chosen))
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                setattr(part, item.name, value[chosen].copy())
        return part
