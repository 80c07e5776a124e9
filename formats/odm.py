"""CDISC ODM-XML 1.3 as raw tables: one for each item group, `odm.xml#IG.AE`.

The file is read as a stream. Snapshots give the data as they are; of transactions and audit trails the state
at their end is read. Source: CDISC Operational Data Model 1.3.2.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from formats.odm_changes import Record, Repeated, Value, alive, final_values
from formats.odm_data import COLUMNS, KEYS, Data
from formats.odm_metadata import Columns
from formats.raw_table import RawTable, TableError, ValueProblem, check_names, from_rows


def read(path: Path, group: str = "") -> RawTable:
    """An item group as text: the columns of COLUMNS, then for each item its value, decode and unit.

    A value stands under the SASFieldName of its ItemDef, else its Name, else (also for a name that is not
    unique in the group) its ItemOID. An item whose code list has decodes has them in `<name>_DECODE`, an item
    with measurement units the Name of the unit in `<name>_UNIT` (that of the ItemData, else the only one of
    the ItemDef). LocationOID is the subject's SiteRef. TransactionType: the record's last.
    Records that were removed are left out; items that were removed and IsNull items are missing.
    group: ItemGroupOID; "": the only one. Line numbers: where the ItemGroupData of the record first starts.
    A code that its list does not hold, an unknown unit and contradictory ItemData are problems.
    Raises TableError: no ODM 1.3, a document type, an unknown item group or item, an item given twice.
    """
    data = Data(path, group).read()
    columns = data.columns()
    table = _Table(data, columns)
    for record in data.records.values():
        table.add(record)
    check_names(table.names, data.place)
    found = from_rows(table.names, table.rows)
    lines = np.array(table.lines, int)
    problems = sorted(table.problems, key=lambda problem: problem.line)
    return RawTable(found, len(table.rows), lines, data.place, tuple(problems))


def names(path: Path, group: str = "") -> list[str]:
    """The names of the columns; the data are read only where the file has no metadata. Raises TableError."""
    data = Data(path, group)
    data.read(metadata_only=True)
    found = _column_names(data.columns())
    check_names(found, data.place)
    return found


def groups(path: Path) -> list[str]:
    """The OIDs of the item groups: those that the metadata define, else those of the data. Raises TableError."""
    data = Data(path, "")
    try:
        data.read(metadata_only=True)
    except TableError:
        if not data.defined and not data.seen:
            raise
    return data.defined or list(data.seen)


def _column_names(columns: dict[str, Columns]) -> list[str]:
    return [*COLUMNS, *(name for found in columns.values() for name in found if name)]


class _Table:
    """The records of an item group, as rows of texts."""

    def __init__(self, data: Data, columns: dict[str, Columns]) -> None:
        self.data, self.columns = data, columns
        self.names = _column_names(columns)
        self.at = {name: position for position, name in enumerate(self.names)}
        self.rows: list[list[str | None]] = []
        self.lines: list[int] = []
        self.problems: list[ValueProblem] = []

    def add(self, record: Record) -> None:
        """A row for the record, unless it was removed."""
        data = self.data
        removals = [change for depth in (1, 2, 4, 6) for change in data.removals.get(record.key[:depth], ())]
        transaction = alive(record, removals, data.audits)
        if transaction is None:
            return
        try:
            values = final_values(record, removals, data.audits)
        except Repeated as error:
            hint = "give each ItemGroupData its ItemGroupRepeatKey, or each change its TransactionType"
            raise data.fault(str(error), line=error.line, column=error.item, hint=hint) from None
        row: list[str | None] = [None] * len(self.names)
        for name, text in zip(KEYS, record.key):
            row[self.at[name]] = text
        row[self.at["LocationOID"]], row[self.at["TransactionType"]] = record.location, transaction
        for oid, value in values.items():
            self._fill(row, oid, value)
        self.rows.append(row)
        self.lines.append(record.line)

    def _fill(self, row: list[str | None], oid: str, value: Value) -> None:
        columns = self.columns.get(oid)
        if columns is None:
            message = f"the item {oid} is not in the ItemGroupDef of {self.data.group}"
            raise self.data.fault(message, line=value.line, hint="define it, or leave it out")
        row[self.at[columns.value]] = value.text
        if value.fault:
            self._problem(value, columns.value, value.text or "", value.fault)
        if not value.text:
            return
        if columns.decode:
            row[self.at[columns.decode]] = self._decode(oid, value, columns)
        unit = self._unit(oid, value, columns)
        if columns.unit:
            row[self.at[columns.unit]] = unit

    def _problem(self, value: Value, column: str, text: str, message: str) -> None:
        self.problems.append(ValueProblem(value.line, column, text, message))

    def _decode(self, oid: str, value: Value, columns: Columns) -> str | None:
        version = self.data.metadata.versions.get(value.version)
        item = version.items.get(oid) if version else None
        if version is None or item is None:
            self._problem(value, columns.decode, "", f"MetaDataVersion {value.version[1]!r} does not define {oid}")
            return None
        decodes = version.decodes.get(item.code_list)
        if decodes is None:
            return None
        if value.text not in decodes:
            message = f"{value.text!r} is not in the code list {item.code_list}"
            self._problem(value, columns.decode, "", message)
        return decodes.get(value.text or "")

    def _unit(self, oid: str, value: Value, columns: Columns) -> str:
        version = self.data.metadata.versions.get(value.version)
        item = version.items.get(oid) if version else None
        unit = value.unit or (item.units[0] if item and len(item.units) == 1 else "")
        names = self.data.metadata.units.get(value.version[0], {})
        if value.unit and self.data.metadata.versions and (not columns.unit or unit not in names):
            what = "its ItemDef has no unit" if not columns.unit else "it is not defined"
            self._problem(value, columns.unit or columns.value, unit, f"the unit {unit} is given, but {what}")
        return names.get(unit, unit)
