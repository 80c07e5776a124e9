"""The messiness register: how often each raw symptom M-01 to M-24 occurs, and who carries it.

Each symptom is put on rows by a draw of its own per row, so it neither depends on other symptoms nor on chunks.
A row carries at most one symptom that replaces or repeats it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from simulate.calendar import NONE
from simulate.cohort import Cohort
from simulate.rng import Bools, Draws, Ints
from simulate.table import Table

RATES_AS_OF = "2025-04-30"
PLANTED_DEATH = 3
"""In study mode this subject dies of the tumour on Day 40, so that the death symptoms have cases."""
PLANTED_RESCREEN = 11
"""In study mode this subject was screened once before (M-17)."""
EARLIER = {4: 800, 6: 500_000}
"""Added to a subject number to give the number of the earlier screening, by digits of the subject number."""


class Rate(NamedTuple):
    """A line of the register: where the symptom sits, per what it is counted, how often (messiness 1)."""

    rule: str
    symptom: str
    form: str
    per: str
    rate: float


RATES = (
    Rate("M-01", "inactive", "IRAE DM VS", "row", 0.010),
    Rate("M-01", "superseded", "IRAE DM VS", "row", 0.010),
    Rate("M-02", "exact duplicate", "LB VS CM CS", "row", 0.004),
    Rate("M-03", "blanks and case", "DM IRAE AE", "row", 0.040),
    Rate("M-03", "decode only", "IRAE", "row", 0.010),
    Rate("M-03", "full-width code", "IRAE", "row", 0.010),
    Rate("M-04", "decode and code disagree", "DM IRAE AE", "row", 0.008),
    Rate("M-05", "day unknown", "AE CM MH ICI CS DD", "date", 0.080),
    Rate("M-05", "month and day unknown", "AE CM MH ICI", "date", 0.040),
    Rate("M-05", "month unknown, day known", "CM", "date", 0.005),
    Rate("M-05", "start unknown", "CM", "prior medication", 0.080),
    Rate("M-06", "31 February", "CM", "row", 0.005),
    Rate("M-06", "end before start", "CM AE", "row", 0.006),
    Rate("M-06", "future date", "CM", "row", 0.004),
    Rate("M-07", "no English term", "AE CM", "row", 0.010),
    Rate("M-07", "unit with superscripts", "LB", "panel", 0.250),
    Rate("M-07", "full-width dose", "CS", "row", 0.010),
    Rate("M-08", "operator in result", "LB", "result of ALT, AST, DBIL, GGT, ALP", 0.008),
    Rate("M-09", "referral report", "LB", "panel", 0.050),
    Rate("M-09", "unknown unit", "LB", "result of CREA", 0.004),
    Rate("M-09", "height in metres", "VS", "height", 0.060),
    Rate("M-09", "dose in g", "CS", "row of 500 mg or more", 0.400),
    Rate("M-10", "thousands separator", "LB", "result of WBC, NE, LY", 0.010),
    Rate("M-10", "unit in dose", "SD CS", "row", 0.030),
    Rate("M-10", "decimal comma", "SD", "row", 0.008),
    Rate("M-11", "dose is a range or text", "CM CS", "row", 0.020),
    Rate("M-12", "grade not done", "IRAE", "assessment after Day 1", 0.020),
    Rate("M-12", "panel not done", "LB", "panel after screening", 0.015),
    Rate("M-12", "weight missing", "VS", "Day 1", 0.020),
    Rate("M-13", "visit missed", "SV", "planned visit after Day 1", 0.040),
    Rate("M-14", "unscheduled visit", "SV", "interval from Week 1", 0.100),
    Rate("M-15", "form date is not visit date", "VS LB", "visit", 0.020),
    Rate("M-15", "visit after its window", "SV", "Week 6, Week 8", 0.030),
    Rate("M-17", "screened before", "DM", "randomised subject", 0.005),
    Rate("M-18", "ongoing with end date", "AE", "other event with end", 0.030),
    Rate("M-19", "reported twice", "AE", "subject with other events", 0.030),
    Rate("M-20", "death form missing", "DD", "death", 0.050),
    Rate("M-20", "fatal event missing", "AE", "death", 0.050),
    Rate("M-21", "specimen reported twice", "LB", "result", 0.003),
    Rate("M-23", "stop is next start", "CS", "row before one of the same drug", 0.100),
    Rate("M-23", "overlap", "CS", "row before one of the same drug", 0.020),
    Rate("M-24", "stop after last contact", "CS", "ongoing row", 0.100),
    Rate("M-24", "stop after death", "CS", "row of a subject who died", 0.200),
    Rate("form", "re-consent", "IC", "randomised subject", 0.060),
    Rate("form", "second injection on a day", "SD", "row", 0.004),
)
"""M-16 (screen failures) is one of eight subjects; M-22 (allocation list differs) stops a run and is never made."""


def scaled(factor: float) -> dict[str, float]:
    """The rates of the symptoms that the model itself makes, by rule: M-13, M-14 and M-15 (late visits)."""
    found = {(rate.rule, rate.symptom): rate.rate * factor for rate in RATES}
    return {"M-13": min(found["M-13", "visit missed"], 0.5), "M-14": min(found["M-14", "unscheduled visit"], 0.5),
            "M-15": min(found["M-15", "visit after its window"], 0.5)}


class Soil:
    """The hand that soils one set of tables; `certain` makes every symptom occur at least once."""

    def __init__(self, draws: Draws, people: Cohort, tables: dict[str, Table], factor: float, certain: bool) -> None:
        self.draws, self.people, self.tables = draws, people, tables
        self.factor, self.certain = factor, certain
        self.rates = {(rate.rule, rate.symptom): rate for rate in RATES}
        self.used = {form: np.zeros(len(table), dtype=bool) for form, table in tables.items()}

    def hits(self, rule: str, symptom: str, form: str, eligible: Bools | None = None, *, keep: bool = False) -> Ints:
        """Rows of a form that carry the symptom, among the eligible first entries that carry no other.

        keep: the rows stay free for other symptoms.
        """
        rate, table = self.rates[rule, symptom], self.tables[form]
        if form not in rate.form.split():
            raise KeyError(f"{rule} {symptom} is not registered for {form}")
        able = (table.entry == 0) & ~self.used[form]
        able &= eligible if eligible is not None else True
        draw = np.where(able, self.draws.uniform(table.key, f"{rule} {symptom} {form}", table.slot), 2.0)
        rows = np.nonzero(draw < min(rate.rate * self.factor, 0.6))[0]
        if self.certain and self.factor > 0 and not len(rows) and able.any():
            rows = np.array([draw.argmin()])
        if not keep:
            self.used[form][rows] = True
        return rows

    def column(self, form: str, name: str) -> np.ndarray:
        """A column of a form."""
        return self.tables[form].columns[name]

    def put(self, form: str, rows: Ints, **values: object) -> None:
        """Set cells of the rows to a text or to texts."""
        for name, value in values.items():
            self.tables[form].columns[name][rows] = value

    def reenter(self, form: str, rows: Ints) -> Ints:
        """Enter the rows again 1 to 9 days later; the positions of the new rows."""
        later = 1 + self.tables[form].slot[rows] % 9
        copies = self.tables[form].reenter(rows, later)
        self.used[form] = np.concatenate([self.used[form], np.ones(len(copies), dtype=bool)])
        return copies

    def drop(self, form: str, rows: Ints) -> None:
        """Remove rows."""
        stay = np.ones(len(self.tables[form]), dtype=bool)
        stay[rows] = False
        self.tables[form] = self.tables[form].rows(np.nonzero(stay)[0])
        self.used[form] = self.used[form][stay]

    def edit(self, form: str, rows: Ints, name: str, change: Callable[[str], str]) -> None:
        """Change each cell of a column in the rows."""
        column = self.tables[form].columns[name]
        column[rows] = np.array([change(cell) for cell in column[rows].tolist()], dtype=object)


def blank_date_parts(table: Table, rows: Ints, display: str, parts: str, *, month: bool) -> None:
    """Make dates partial: day unknown, with `month` the month too. Blank dates stay blank."""
    filled = rows[table.columns[display][rows] != ""]
    for row in filled.tolist():
        _, month_name, year = table.columns[display][row].split()
        table.columns[display][row] = f"UN {'UNK' if month else month_name} {year}"
    table.columns[f"{parts}_DD"][filled] = "UN"
    if month:
        table.columns[f"{parts}_MM"][filled] = "UNK"


def rescreen(draws: Draws, people: Cohort, factor: float, planted: bool, digits: int) -> Ints:
    """Positions of the subjects who were screened before (M-17); sets their previous screening number."""
    rate = next(rate.rate for rate in RATES if rate.rule == "M-17")
    chosen = people.randomised & draws.below(min(rate * factor, 0.6), people.key, "M-17")
    if planted:
        chosen = (people.key == PLANTED_RESCREEN) & (factor > 0)
    rows = np.nonzero(chosen)[0]
    people.previous[rows] = [f"{EARLIER[digits] + number:0{digits}d}" for number in people.number[rows].tolist()]
    return rows


def earlier_screenings(people: Cohort, rows: Ints, digits: int) -> Cohort:
    """The earlier screenings of these subjects, 35 days before: failed for an infection, with an event of its own."""
    earlier = people.take(rows)
    earlier.label, earlier.previous = people.previous[rows], np.full(len(rows), "", dtype=object)
    earlier.number = people.number[rows] + EARLIER[digits]
    earlier.key = people.key[rows] + 200_000_000
    earlier.rescreened[:] = True
    earlier.consent = earlier.consent - 35
    earlier.decision = earlier.consent + 2
    for name in ("rand", "eot", "eos", "death"):
        getattr(earlier, name)[:] = NONE
    for name in ("arm", "event_count", "death_cause", "eos_status"):
        getattr(earlier, name)[:] = 0
    earlier.randno[:] = ""
    earlier.failure[:, 0], earlier.failure[:, 1] = 9, -1
    earlier.visit_status[:, 1:], earlier.grade[:], earlier.death_event[:] = 0, -1, -1
    earlier.visit_day[:, 0] = earlier.consent
    for name in ("steroids", "injections", "medications"):
        setattr(earlier, name, {key: column[:0] for key, column in getattr(people, name).items()})
    s = np.arange(len(rows))
    fever = {"term": 8, "grade": 1, "serious": 0, "related": 5, "action": 4, "outcome": 1, "treated": 0, "immune": 0}
    earlier.adverse = {"s": s, "start": earlier.consent, "end": earlier.consent + 2,
                       **{name: np.full(len(rows), value) for name, value in fever.items()}}
    return earlier
