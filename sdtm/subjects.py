"""Records of people whom DM does not have: every other domain would hang in the air."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from engine.columns import Text
from engine.issues import IssueLog, texts
from engine.outcome import Output


def report_unknown_subjects(
    outputs: Mapping[str, Output], log: IssueLog, others: Collection[str] | None = None
) -> None:
    """An issue of severity error for each record whose USUBJID is not in DM.

    others: the subjects of DM, where it is not among the datasets; None where there is no DM.
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
        log.add(
            len(rows), kind="subject_not_in_dm", severity="error", dataset=name, variable="USUBJID",
            usubjid=texts(column.take(rows)),
            table=output.source_table.take(rows).objects(), row=output.source_line[rows],
            message="DM has no such subject; add the form that DM is made from, or leave the rows out by name",
        )  # fmt: skip


def subjects(outputs: Mapping[str, Output]) -> set[str]:
    """The subjects that DM has."""
    known = _subjects(outputs["DM"]) if "DM" in outputs else None
    return _held(known) if known is not None else set()


def _held(column: Text) -> set[str]:
    return set(column.dictionary.values[np.unique(column.codes[column.codes >= 0])].tolist())


def _subjects(output: Output) -> Text | None:
    found = {variable.variable: column for variable, column in output.variables}.get("USUBJID")
    return found if isinstance(found, Text) else None
