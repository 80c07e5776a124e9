"""Records of people whom DM does not have: every other domain would hang in the air."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from engine.columns import Array, Text, take
from engine.issues import IssueLog, cells, texts
from engine.outcome import Output
from engine.run import Run
from engine.views import Table
from language.tree import Column, walk
from sdtm.rows_left_out import raw_places
from specs.compiled import CompiledStage


def report_unknown_subjects(
    stage: CompiledStage,
    outputs: Mapping[str, Output],
    tables: Mapping[str, Table],
    log: IssueLog,
    others: Collection[str] | None = None,
) -> None:
    """An issue of severity error for each raw row behind records of a dataset whose USUBJID is not in DM.

    tables: those that the records were made from. others: the subjects of DM, where it is not among the datasets;
    None where there is no DM.
    """
    known = _subjects(outputs["DM"]) if "DM" in outputs else None
    valid = _held(known) if known is not None else others
    if valid is None:
        return
    for name, output in outputs.items():
        column = _subjects(output)
        if name == "DM" or column is None:
            continue
        wrong = np.array([value not in valid for value in column.dictionary.values] + [False], dtype=bool)
        rows = np.flatnonzero(wrong[column.codes])
        behind = output.source_table.take(rows)
        for code in np.unique(behind.codes).tolist():
            mine = rows[behind.codes == code]
            table = tables.get(behind.dictionary.values[code]) if code >= 0 else None
            places = _places(stage, table, output.source_row[mine]) if table is not None else {}
            log.add(
                len(mine), kind="subject_not_in_dm", severity="error", dataset=name, variable="USUBJID",
                usubjid=texts(column.take(mine)), **places,
                message="DM has no such subject; add the form that DM is made from, or leave the rows out by name",
            )  # fmt: skip


def _places(stage: CompiledStage, table: Table, numbers: Array) -> dict[str, object]:
    """What an issue says of rows of a table, given by their numbers in the file: with the cells that name the subject.
    """
    rows = np.searchsorted(table.positions, numbers)
    compiled = stage.tables.get(table.name)
    read = walk(compiled.subject) if compiled is not None and compiled.subject is not None else ()
    names = dict.fromkeys(part.name for part in read if isinstance(part, Column) and part.name in table.columns)
    value = cells([take(table.columns[name], rows) for name in names], len(rows)) if names else ""
    return {**raw_places(table, rows), "position": numbers, "column": " | ".join(names), "value": value}


def subjects(outputs: Mapping[str, Output]) -> set[str]:
    """The subjects that DM has."""
    known = _subjects(outputs["DM"]) if "DM" in outputs else None
    return _held(known) if known is not None else set()


def subjects_made(run: Run) -> set[str]:
    """The subjects that DM has, as a run makes it."""
    column = run.view("", "DM").column("USUBJID")
    return _held(column) if isinstance(column, Text) else set()


def _held(column: Text) -> set[str]:
    return set(column.dictionary.values[np.unique(column.codes[column.codes >= 0])].tolist())


def _subjects(output: Output) -> Text | None:
    found = {variable.variable: column for variable, column in output.variables}.get("USUBJID")
    return found if isinstance(found, Text) else None
