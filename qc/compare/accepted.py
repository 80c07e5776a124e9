"""The register of accepted differences: which differences it covers, and which entries no longer apply."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from language.parse import ExpressionError
from qc.compare.options import ATTRIBUTES
from qc.compare.result import APPLIED, EXPIRED, NOT_COMPARED, UNUSED, Entry
from qc.compare.subset import holds, names_in
from qc.compare.table import Numbers, Table, Values
from specs.columns import Column, Sheet
from specs.problem import DataError, Place, Problem, nearest
from specs.read_csv import Faults, Row, check_columns, needed_cells, read_table

VALUE, RECORD, VARIABLE, DATASET = "value", "record", "variable", "dataset"
KINDS = (VALUE, RECORD, VARIABLE, DATASET, *ATTRIBUTES)
OWN_NAMES = ("_BASE", "_COMPARE", "_DIFF")
"""What a condition may name beside the variables of the record: the two values and compare minus base."""
_KEY = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)\s*(.*?)\s*")
SHEET = Sheet(
    "Accepted",
    "Differences that somebody accepted.",
    (
        Column("Dataset", "Dataset, or a pattern with *.", needed=True),
        Column("Variable", "Variable, or a pattern with *; blank for records and for the dataset itself."),
        Column("Key or Condition", "AESEQ=3; USUBJID=01-001, or an expression; blank for every record."),
        Column("Reason", "Why the difference is as it should be.", needed=True),
        Column("Who", "Who accepted it.", needed=True),
        Column("Until", "The last day on which it is accepted, ISO 8601; blank for no end."),
        Column("Kind", "What differs; blank is value where there is a Variable, else record."),
    ),
)


@dataclass
class Accepted:
    """A row of the register, and how many differences it has covered so far."""

    row: Row
    dataset: str
    variable: str
    kind: str
    condition: str
    key: Mapping[str, str]
    until: date | None
    expired: bool
    compared: bool = False
    covered: int = 0

    def means(self, dataset: str, variable: str, kind: str) -> bool:
        """Does the entry speak of this dataset, this variable and this kind of difference?"""
        return (
            self.kind == kind
            and fnmatchcase(dataset.upper(), self.dataset.upper())
            and fnmatchcase(variable.upper(), self.variable.upper())
        )

    def holds(self, table: Table, rows: np.ndarray, beside: Mapping[str, Values]) -> np.ndarray:
        """bool per row: is it a record that the entry speaks of? Raises DataError."""
        try:
            if self.condition:
                return holds(self.condition, table, rows, beside)
            found = np.ones(len(rows), bool)
            for name, text in self.key.items():
                found &= _equals(table, name, text, rows)
            return found
        except ExpressionError as error:
            place = self.row.at("Key or Condition")
            raise DataError([Problem(place, f"{table.name}: {error.message}", error.hint)]) from None


@dataclass
class Register:
    """The register: `path` as it was given, the day on which it is read, its rows in order."""

    path: str = ""
    as_of: date | None = None
    rows: list[Accepted] = field(default_factory=list)

    def seen(self, dataset: str) -> None:
        """Note that a dataset is compared, so that what is said of it can be judged."""
        for entry in self.rows:
            entry.compared |= fnmatchcase(dataset.upper(), entry.dataset.upper())

    def attribute(self, dataset: str, variable: str, kind: str) -> int:
        """The line of the entry that covers an attribute, a variable or a dataset of one side; 0 where none does."""
        line = 0
        for entry in self.rows:
            if entry.means(dataset, variable, kind) and not line:
                entry.covered += 1
                line = 0 if entry.expired else entry.row.line
        return line

    def records(self, dataset: str, table: Table, rows: np.ndarray) -> np.ndarray:
        """For records that one side has alone the lines of the entries that cover them, 0 where none does."""
        return self._lines(dataset, "", RECORD, table, rows, {})

    def values(
        self, dataset: str, variable: str, table: Table, rows: np.ndarray, beside: Mapping[str, Values]
    ) -> np.ndarray:
        """For unequal values in records of base the lines of the entries that cover them, 0 where none does."""
        return self._lines(dataset, variable, VALUE, table, rows, beside)

    def _lines(
        self, dataset: str, variable: str, kind: str, table: Table, rows: np.ndarray, beside: Mapping[str, Values]
    ) -> np.ndarray:
        lines = np.zeros(len(rows), np.int64)
        for entry in self.rows:
            if len(rows) and entry.means(dataset, variable, kind):
                covered = entry.holds(table, rows, beside) & (lines == 0)
                entry.covered += int(covered.sum())
                if not entry.expired:
                    lines[covered] = entry.row.line
        return lines

    def entries(self) -> tuple[Entry, ...]:
        """What became of every row."""
        return tuple(_entry(one) for one in self.rows)


def _entry(one: Accepted) -> Entry:
    state = APPLIED if one.covered else UNUSED if one.compared else NOT_COMPARED
    cell = one.row.get
    return Entry(
        one.row.line, one.dataset, one.variable, one.kind, cell("Key or Condition"), cell("Reason"), cell("Who"),
        cell("Until"), EXPIRED if one.expired else state, one.covered,
    )  # fmt: skip


def _equals(table: Table, name: str, text: str, rows: np.ndarray) -> np.ndarray:
    """Where a variable has the value that a key states."""
    known = {variable.upper(): variable for variable in table.by_name}
    if name.upper() not in known:
        raise ExpressionError(f"there is no variable {name!r}", nearest(name, table.by_name))
    values = table.columns([known[name.upper()]], rows)[known[name.upper()]]
    if isinstance(values, Numbers):
        from qc.compare.codes import as_text

        kind = table.by_name[known[name.upper()]].kind
        values = as_text(values, kind)
    wanted = "" if text == "." else text
    shown = np.array([value.rstrip() for value in values.values.tolist()] + [""], object)[values.codes]
    return np.asarray(shown == wanted, bool)


# --- reading --------------------------------------------------------------------------------------------


def read(path: Path, as_of: date) -> Register:
    """The register in a CSV file. Raises DataError with every fault, each with its line and column."""
    if not path.is_file():
        raise DataError([Problem(Place(str(path)), "there is no such file", "--accepted names the register")])
    faults = Faults()
    table = read_table(path, str(path), faults)
    rows: list[Row] = []
    if table is not None:
        check_columns(table, SHEET, faults)
        rows = needed_cells(table.rows, SHEET, faults) if not faults.problems else []
    found = [_accepted(row, as_of, faults) for row in rows]
    if faults.problems:
        raise DataError(faults.problems)
    return Register(str(path), as_of, found)


def _accepted(row: Row, as_of: date, faults: Faults) -> Accepted:
    variable, kind = row.get("Variable"), row.get("Kind").lower()
    kind = kind or (VALUE if variable else RECORD)
    if kind not in KINDS:
        faults.add(row.at("Kind"), f"{kind!r} is no kind of difference", nearest(kind, KINDS) or _one_of(KINDS))
    if kind in (VALUE, VARIABLE) and not variable:
        faults.add(row.at("Variable"), f"Variable is empty for the kind {kind}", "name it, or * for every variable")
    if kind in (RECORD, DATASET) and variable:
        faults.add(row.at("Variable"), f"the kind {kind} knows no variable", "leave Variable blank")
    text = row.get("Key or Condition")
    if text and kind not in (VALUE, RECORD):
        faults.add(row.at("Key or Condition"), f"the kind {kind} is about no record", "leave the cell blank")
    key = _key(text)
    if text and not key:
        _check_condition(text, row, faults)
    until = _day(row, faults)
    expired = until is not None and until < as_of
    return Accepted(row, row.get("Dataset"), variable, kind, "" if key else text, key, until, expired)


def _one_of(names: Iterable[str]) -> str:
    return f"one of {', '.join(names)}"


def _key(text: str) -> dict[str, str]:
    """The variables and values of `USUBJID=01-001; AESEQ=3`; empty where the text is no key."""
    parts = [_KEY.fullmatch(part) for part in text.split(";") if part.strip()]
    return {part[1]: part[2] for part in parts if part} if parts and all(parts) else {}


def _check_condition(text: str, row: Row, faults: Faults) -> None:
    try:
        names_in(text)
    except ExpressionError as error:
        hint = error.hint or "write a key, USUBJID=01-001; AESEQ=3, or a condition, AVISITN == 2"
        faults.add(row.at("Key or Condition"), error.message, hint)


def _day(row: Row, faults: Faults) -> date | None:
    text = row.get("Until")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        faults.add(row.at("Until"), f"{text!r} is no date", "write it as 2026-12-31")
        return None
