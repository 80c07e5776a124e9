"""Rows that intake leaves out: each step is counted for the ledger, each row written down as an issue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from engine.columns import Array, Text, take
from engine.issues import IssueLog, cells, texts
from engine.views import Table, select

INTAKE_KINDS = {
    "inactive": "the row does not meet Where of Tables; it was left out",
    "duplicate": "the row repeats another in every column that counts; it was left out",
    "superseded": "a later version of the same Key was saved; this one was left out",
    "rejected": "the row does not meet a check; it was left out",
    "no_subject": "the row has no subject; it was left out",
}


@dataclass(frozen=True)
class LeftOut:
    """The rows that a step leaves out, marked in `gone`, with columns of their issues (one value, or one per row)."""

    step: str
    kind: str
    gone: Array
    columns: Mapping[str, object] = field(default_factory=dict)


@dataclass
class Intake:
    """What became of the raw rows: how many each table has, and how many each step left out."""

    log: IssueLog
    read: dict[str, int] = field(default_factory=dict)
    steps: dict[str, dict[str, int]] = field(default_factory=dict)
    waiting: list[tuple[Text | None, int, dict[str, object]]] = field(default_factory=list)

    def leave_out(self, table: Table, left: LeftOut, subject: Text | None = None) -> Table:
        """The table without the rows that a step leaves out; `subject` are the keys of all its rows, as stated.

        Issues wait in `write_down` until identity is resolved.
        """
        steps = self.steps.setdefault(table.name, {})
        steps[left.step] = steps.get(left.step, 0) + int(left.gone.sum())
        rows = np.flatnonzero(left.gone)
        if not len(rows):
            return table
        columns = {"message": INTAKE_KINDS[left.kind], "kind": left.kind, **raw_places(table, rows), **left.columns}
        self.waiting.append((subject.take(rows) if subject is not None else None, len(rows), columns))
        return select(table, np.flatnonzero(~left.gone))

    def write_down(self, first: Callable[[Text], Text]) -> None:
        """Log what waits; `first` gives subject keys under the first number of each person."""
        for subject, count, columns in self.waiting:
            if subject is not None:
                columns["usubjid"] = texts(first(subject))
            self.log.add(count, **columns)
        self.waiting.clear()


def raw_places(table: Table, rows: Array) -> dict[str, object]:
    """What an issue says of raw rows: table, file, line, record identifier."""
    record = texts(take(table.records, rows)) if table.records is not None else ""
    return {"table": table.name, "file": table.file, "row": table.lines[rows], "record": record}


def cells_of(table: Table, names: Iterable[str], rows: Array) -> dict[str, object]:
    """What an issue says of some columns of raw rows: their names, and the values of each row in that order."""
    wanted = [name for name in dict.fromkeys(names) if name in table.columns]
    chosen = np.flatnonzero(rows)
    if not wanted or not len(chosen):
        return {"column": " | ".join(wanted)}
    values = [take(table.columns[name], chosen) for name in wanted]
    return {"column": " | ".join(wanted), "value": cells(values, len(chosen))}
