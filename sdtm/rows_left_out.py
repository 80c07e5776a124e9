"""Rows that intake leaves out: each step is counted for the ledger, each row written down as an issue."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from engine.columns import Array
from engine.issues import IssueLog, texts
from engine.views import Table
from sdtm.raw_tables import select

INTAKE_KINDS = {
    "inactive": "the row does not meet Where of Tables; it was left out",
    "duplicate": "the row repeats another in every column that counts; it was left out",
    "superseded": "a later version of the same Key was saved; this one was left out",
    "rejected": "the row does not meet a check; it was left out",
    "no_subject": "the row has no subject; it was left out",
}


@dataclass
class Intake:
    """What became of the raw rows: how many each table has, and how many each step left out."""

    log: IssueLog
    read: dict[str, int] = field(default_factory=dict)
    steps: dict[str, dict[str, int]] = field(default_factory=dict)

    def leave_out(self, table: Table, gone: Array, step: str, kind: str, **more: object) -> Table:
        """The table without the rows marked in `gone`; `more` are columns of their issues."""
        steps = self.steps.setdefault(table.name, {})
        steps[step] = steps.get(step, 0) + int(gone.sum())
        rows = np.flatnonzero(gone)
        if not len(rows):
            return table
        columns = {"message": INTAKE_KINDS[kind], "severity": "note", **more}
        self.log.add(len(rows), kind=kind, **raw_places(table, rows), **columns)
        return select(table, np.flatnonzero(~gone))


def raw_places(table: Table, rows: Array) -> dict[str, object]:
    """What an issue says of raw rows: table, file, line, record identifier."""
    record = texts(table.records.take(rows)) if table.records is not None else ""
    return {"table": table.name, "file": table.file, "row": table.lines[rows], "record": record}
