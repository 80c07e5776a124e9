"""A raw table under construction: columns of texts, and for each row whose it is and where it belongs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulate import calendar
from simulate.catalogue import DECODES
from simulate.cohort import Cohort
from simulate.rng import Bools, Draws, Ints, Texts

STUDY, SITE = "NCT06178146", "01"
SYSTEM = ("STUDY", "SITENO", "SUBJECT", "FOLDER", "FOLDERSEQ", "FORM", "RECID", "RECPOS", "ACTIVE", "SAVETS")
FIRST_SLOT = {"DM": 0, "IC": 5, "RAND": 20, "ICI": 25, "MH": 30, "DS": 40, "DD": 45, "SV": 50, "VS": 70, "AE": 90,
              "CS": 120, "CM": 170, "SD": 190, "IRAE": 230, "LB": 300, "END": 600}
"""The first slot of each form in a subject's range of record numbers; the next form's first slot ends it."""
SLOTS = 1000
_NUMBERS = np.array([str(n) for n in range(SLOTS)], dtype=object)


@dataclass
class Table:
    """`position`: the row's subject in its cohort; `slot`: the row's place among all rows of the subject (and so
    its RECID); `entry`: 0 the first entry, 1 a re-entry or duplicate of it, which gets the next greater RECID."""

    form: str
    key: Ints
    position: Ints
    number: Ints
    golden: Bools
    slot: Ints
    entry: Ints
    save_day: Ints
    columns: dict[str, Texts]

    def __len__(self) -> int:
        return len(self.slot)

    def rows(self, chosen: Ints) -> Table:
        """A table of the chosen rows."""
        part = {name: getattr(self, name)[chosen] for name in
                ("key", "position", "number", "golden", "slot", "entry", "save_day")}
        return Table(self.form, columns={n: c[chosen] for n, c in self.columns.items()}, **part)

    def reenter(self, chosen: Ints, later: int | Ints) -> Ints:
        """Append a copy of the chosen rows, saved `later` days after; returns the positions of the copies.

        The copy is the entry that counts; the caller may then distort the original.
        """
        copy = self.rows(chosen)
        copy.entry[:] = 1
        copy.save_day = copy.save_day + later
        for name in ("key", "position", "number", "golden", "slot", "entry", "save_day"):
            setattr(self, name, np.concatenate([getattr(self, name), getattr(copy, name)]))
        self.columns = {n: np.concatenate([c, copy.columns[n]]) for n, c in self.columns.items()}
        return np.arange(len(self) - len(copy), len(self))

    def finish(self, draws: Draws) -> tuple[dict[str, Texts], Ints]:
        """The columns of the file in order of subject and record number, system columns first; the subjects."""
        record = 2 * (SLOTS * self.number + self.slot) + self.entry
        seconds = 8 * 3600 + draws.integer(0, 10 * 3600 - 1, self.key, "saved", 2 * self.slot + self.entry)
        system = {
            "STUDY": filled(len(self), STUDY), "SITENO": filled(len(self), SITE),
            "FORM": filled(len(self), self.form), "RECID": np.array(list(map(str, record.tolist())), dtype=object),
            "SAVETS": calendar.timestamp(self.save_day, seconds),
        }
        columns = {**self.columns, **system}
        own = [name for name in self.columns if name not in SYSTEM]
        order = np.lexsort((record, self.position))
        return {name: columns[name][order] for name in (*SYSTEM, *own)}, self.position[order]


def filled(count: int, text: str) -> Texts:
    """A column of one text."""
    return np.full(count, text, dtype=object)


def numbers(values: Ints) -> Texts:
    """Texts of small whole numbers."""
    return _NUMBERS[values]


def start(
    form: str, people: Cohort, s: Ints, slot: Ints, *, folder: Texts | str, sequence: Ints | int = 1,
    recpos: Ints | int = 1, save_day: Ints,
) -> Table:
    """A table of a form with its system columns; `slot` counts from 0 inside the form."""
    limits = list(FIRST_SLOT.values())
    first = FIRST_SLOT[form]
    if len(slot) and int(slot.max()) + first >= min(limit for limit in limits if limit > first):
        raise ValueError(f"form {form}: {int(slot.max()) + 1} rows of one subject do not fit its record numbers")
    count = len(s)
    columns = {
        "SUBJECT": people.label[s],
        "FOLDER": filled(count, folder) if isinstance(folder, str) else folder,
        "FOLDERSEQ": numbers(np.broadcast_to(sequence, count)),
        "RECPOS": numbers(np.broadcast_to(recpos, count)),
        "ACTIVE": filled(count, "1"),
    }
    return Table(form, people.key[s], s, people.number[s], people.golden[s], slot + first,
                 np.zeros(count, dtype=np.int64), save_day, columns)


def coded(item: str, codes: Ints, decodes: str, blank: Bools | None = None) -> dict[str, Texts]:
    """Decode and code column of a coded item; both blank where `blank`."""
    texts = DECODES[decodes]
    pool = np.full(max(texts) + 2, "", dtype=object)
    code_pool = pool.copy()
    for code, text in texts.items():
        pool[code], code_pool[code] = text, str(code)
    at = np.where(blank, len(pool) - 1, codes) if blank is not None else codes
    return {item: pool[at], f"{item}_C": code_pool[at]}


def count_within(s: Ints) -> Ints:
    """0, 1, ... within each run of equal subjects (`s` sorted).

    >>> count_within(np.array([0, 0, 3])).tolist()
    [0, 1, 0]
    """
    if not len(s):
        return s.astype(np.int64)
    first = np.r_[True, s[1:] != s[:-1]]
    begin = np.maximum.accumulate(np.where(first, np.arange(len(s)), 0))
    return np.arange(len(s)) - begin
