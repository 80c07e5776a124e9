"""What a finding says of a record or a row of metadata that breaks a rule: whom it is about, and the values."""

from __future__ import annotations

from collections.abc import Iterator

from engine.columns import Array, as_text, take
from engine.issues import texts
from qc.conformance.compiled import Bound
from qc.conformance.context import RuleContext
from qc.conformance.data import KEY, Data, Dataset, Metadata
from qc.conformance.records import Records
from qc.conformance.result import Finding
from qc.conformance.shown import as_shown
from specs.metadata import METADATA

# Columns of metadata that a finding states otherwise, or that say of what the row is.
_OTHERWISE = ("DATASET", "VARIABLE", "STANDARD", "CLASS", "DOMAIN", "GENERIC", "DATA", "DEFINE", "IG", "JUDGED")


def findings_of(data: Data, item: Bound, table: Dataset | Metadata, rows: Array, covered: Array) -> Iterator[Finding]:
    """A finding for each of the rows of a table that are listed. covered: the lines that explain them, -1 for none."""
    if isinstance(table, Metadata):
        yield from _of_metadata(item, table, rows, covered)
        return
    records = Records(table, rows)
    columns = _values(data, item, table, records)
    values = list(zip(*columns.values(), strict=True)) if columns else [()] * len(rows)
    subject, sequence = _subject(records), _sequence(records)
    for place, (row, line) in enumerate(zip(rows.tolist(), covered.tolist(), strict=True)):
        pairs = tuple((name, str(value)) for name, value in zip(columns, values[place], strict=True))
        yield Finding(int(row) + 1, subject[place], sequence[place], "", pairs, line if line >= 0 else None)


def _values(data: Data, item: Bound, table: Dataset, records: Records) -> dict[str, list[str]]:
    """The columns that a rule looks at, and those that it compares them with."""
    shown = [name for name in item.variables if not name.startswith("_")]
    records.load(shown)
    columns = {name: as_shown(table, name, records.column(name)) for name in shown}
    context = RuleContext(data, records)
    for node in item.lookups:
        other = data.table(node.table)
        if other is not None and other.type_of(node.name) is not None:
            columns[f"{node.table}.{node.name}"] = as_shown(other, node.name, context.column(node))
    return columns


def _subject(records: Records) -> list[str]:
    return texts(records.column(KEY)).tolist() if KEY in records.types else [""] * records.count


def _sequence(records: Records) -> list[str]:
    names = (f"{records.kind.letters}SEQ", "ASEQ")
    name = next((name for name in names if name in records.types), "")
    if not name:
        return [""] * records.count
    return [value or "" for value in as_text(records.column(name)).objects().tolist()]


def _of_metadata(item: Bound, table: Metadata, rows: Array, covered: Array) -> Iterator[Finding]:
    """The columns that say which row it is come first; what is missing is not shown."""
    names = [*METADATA[table.name].identity, *(name for name in item.variables if name not in _OTHERWISE)]
    columns = {name: as_shown(table, name, take(table.column(name), rows)) for name in dict.fromkeys(names)}
    values = list(zip(*columns.values(), strict=True)) if columns else [()] * len(rows)
    about = [""] * len(rows)
    if table.type_of("VARIABLE") is not None:
        about = texts(take(table.column("VARIABLE"), rows)).tolist()
    for place, line in enumerate(covered.tolist()):
        pairs = tuple((name, str(value)) for name, value in zip(columns, values[place], strict=True) if value)
        yield Finding(None, "", "", about[place], pairs, line if line >= 0 else None)
