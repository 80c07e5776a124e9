"""Supplemental qualifiers: the variables of a dataset that go to SUPP-- (SDTMIG 3.4, section 8.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engine.columns import Array, Column, Text, as_text, concat, missing, take
from engine.sorting import sorted_rows
from specs.model import Variable
from specs.rules import prefix

_COLUMNS = ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL", "QORIG", "QEVAL")
_KEYS = _COLUMNS[:6]


def supplemental_columns(
    parent: str, known: Mapping[str, Column], qualifiers: Sequence[Variable], values: Mapping[str, Column]
) -> tuple[dict[str, Column], Array]:
    """The columns of SUPP-- in the order of its key, and the row of the parent behind each record.

    `known` are the columns of the parent, `values` those of its qualifiers. IDVAR is the sequence variable of
    the parent; a parent without one (DM) has one record per subject and needs none.
    """
    parts: dict[str, list[Column]] = {variable: [Text.missing(0)] for variable in _COLUMNS}
    sources: list[Array] = [np.empty(0, np.int64)]
    for qualifier in qualifiers:
        column = values[qualifier.variable]
        rows = np.flatnonzero(~missing(column))
        for variable, part in _records(parent, qualifier, take(column, rows), rows, known).items():
            parts[variable].append(part)
        sources.append(rows)
    joined = {variable: concat(columns) for variable, columns in parts.items()}
    keys = [(joined[variable], False) for variable in _KEYS]
    order = sorted_rows(keys, len(joined["QNAM"]))
    return {variable: take(column, order) for variable, column in joined.items()}, np.concatenate(sources)[order]


def _records(
    parent: str, qualifier: Variable, values: Column, rows: Array, known: Mapping[str, Column]
) -> dict[str, Column]:
    """The records of one qualifier, for the rows of the parent that have it."""
    count = len(rows)
    letters = prefix(parent)
    sequence = known.get(f"{letters}SEQ")
    return {
        "STUDYID": take(known["STUDYID"], rows),
        "RDOMAIN": Text.constant(letters, count),
        "USUBJID": take(known["USUBJID"], rows),
        "IDVAR": Text.constant(f"{letters}SEQ", count) if sequence is not None else Text.missing(count),
        "IDVARVAL": as_text(take(sequence, rows)) if sequence is not None else Text.missing(count),
        "QNAM": Text.constant(qualifier.variable, count),
        "QLABEL": Text.constant(qualifier.label or qualifier.variable, count),
        "QVAL": as_text(values),
        "QORIG": Text.constant(qualifier.origin, count) if qualifier.origin else Text.missing(count),
        "QEVAL": Text.missing(count),
    }
