"""Texts that stand where an ISO 8601 date belongs and are none: no date is read from them, so each is told.

A date that nothing can read counts as missing in every rule, and what follows from it (no day, an event that counts
as emergent because it has no start) does not show where it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from derivations.is_iso8601 import is_iso8601
from engine.columns import Array, Column, Text, take
from engine.issues import IssueLog, texts
from engine.views import Table
from language.tree import ISO
from specs.compiled import InputTable

KIND, INTERVAL = "not_iso8601", "interval_of_dates"
READ = {
    KIND: "the text is no date or time of ISO 8601: it counts as a missing date, and what needs a date has none",
    INTERVAL: "the text states an interval: it counts as a missing date, and what needs a date has none",
}


def no_dates(column: Text) -> dict[str, Array]:
    """Which rows hold a text of which no date is read: one that is none (KIND), an interval of two (INTERVAL).

    A date without a year (`--03-04`), or a time alone, is one, though no day is known of it.
    """
    dictionary = column.dictionary
    unread = np.flatnonzero(np.isnan(dictionary.parts.first[:-1]))
    values = pd.Series(dictionary.values[unread], dtype=object)
    written = is_iso8601(values, "date").to_numpy(dtype=bool)
    found = {KIND: unread[~written], INTERVAL: unread[written & values.str.contains("/", regex=False).to_numpy(bool)]}
    marks = {}
    for kind, codes in found.items():
        marked = np.zeros(len(dictionary) + 1, bool)
        marked[codes] = True
        marks[kind] = marked[column.codes]
    return marks


def report_inputs(
    tables: Mapping[str, Table], inputs: Mapping[str, InputTable], names: Array, log: IssueLog, study: bool = True
) -> None:
    """Issues for the dates of SDTM datasets of which none is read. study: False in a part that has subjects only."""
    for name, table in tables.items():
        mine = np.ones(table.count, bool) if study else table.subject >= 0
        for variable, kind in inputs[name].columns.items() if name in inputs else ():
            column = table.columns[variable]
            if kind == ISO and isinstance(column, Text):
                for problem, marked in no_dates(column).items():
                    _report(table, variable, column, problem, np.flatnonzero(marked & mine), names, log)


def _report(table: Table, variable: str, column: Column, kind: str, rows: Array, names: Array, log: IssueLog) -> None:
    log.add(
        len(rows), kind=kind, dataset=table.name, variable=variable, table=table.name, file=table.file,
        usubjid=np.append(names, "")[table.subject[rows]], row=table.lines[rows], position=table.positions[rows],
        record=texts(take(table.records, rows)) if table.records is not None else "",
        column=variable, value=texts(take(column, rows)), message=READ[kind],
    )  # fmt: skip
