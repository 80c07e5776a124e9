"""One pass over an ODM file: the records of an item group with all that was done to them.

Source: CDISC Operational Data Model 1.3.2, section 3.1.4 (ClinicalData).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from formats.odm_changes import TRANSACTIONS, Change, Record, Value
from formats.odm_metadata import UNIT, Columns, Metadata
from formats.raw_table import TableError
from formats.xml_lines import Event, events
from formats.xml_stream import XmlFault, forget, local

KEYS = (
    "StudyOID",
    "SubjectKey",
    "StudyEventOID",
    "StudyEventRepeatKey",
    "FormOID",
    "FormRepeatKey",
    "ItemGroupOID",
    "ItemGroupRepeatKey",
)
COLUMNS = (*KEYS[:2], "LocationOID", *KEYS[2:], "TransactionType")
_NAMESPACES = ("http://www.cdisc.org/ns/odm/v1.3", "http://www.cdisc.org/ns/odm/v1.2")
_LEVELS = {
    "ClinicalData": 1,
    "ReferenceData": 1,
    "SubjectData": 2,
    "StudyEventData": 4,
    "FormData": 6,
    "ItemGroupData": 8,
}
_SHOWN = 20


@dataclass
class _Level:
    """An open element of the data: how deep its key reaches, and what it states."""

    depth: int
    key: tuple[str, ...]
    transaction: str
    number: int
    line: int
    audit: str = ""
    location: str = ""
    version: tuple[str, str] = ("", "")


@dataclass
class Data:
    """What a pass over the file finds of one item group."""

    path: Path
    group: str
    metadata: Metadata = field(default_factory=Metadata)
    records: dict[tuple[str, ...], Record] = field(default_factory=dict)
    removals: dict[tuple[str, ...], list[Change]] = field(default_factory=dict)
    audits: dict[str, str] = field(default_factory=dict)
    seen: dict[str, None] = field(default_factory=dict)
    levels: list[_Level] = field(default_factory=list)
    number: int = 0
    defined: list[str] = field(default_factory=list)
    namespace: str = ""
    item_lines: list[int] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"{self.path}#{self.group}" if self.group else str(self.path)

    def fault(self, message: str, *, line: int = 0, column: str = "", hint: str = "") -> TableError:
        return TableError(self.place, message, line=line, column=column, hint=hint)

    def read(self, *, metadata_only: bool = False) -> Data:
        """The same object, the file read: as far as it is needed for the columns, or all of it."""
        for event, element, line in self._events():
            tag = local(element)
            if event == "start":
                if tag in _LEVELS:
                    if not self.levels:
                        self._check_group()
                        if metadata_only and self.defined:
                            return self
                    self._open(element, tag, line)
                elif tag.startswith("ItemData"):
                    self.item_lines.append(line)
            elif tag == "Study":
                self.metadata.add_study(element)
                forget(element)
            elif tag == "AuditRecord":
                self._audit(element)
            elif tag == "SiteRef" and self.levels and self.levels[-1].depth == _LEVELS["SubjectData"]:
                self.levels[-1].location = element.get("LocationOID", "")
            elif tag in _LEVELS:
                self._close(element)
        self._check_group()
        if not self.defined:
            self._check_seen()
        return self

    def _events(self) -> Iterator[Event]:
        try:
            with open(self.path, "rb") as file:
                for event in events(file, self._other_group):
                    self.namespace = self.namespace or self._namespace(event[1])
                    if event[1].tag.startswith(self.namespace):  # vendors add elements of their own
                        yield event
        except XmlFault as fault:
            raise self.fault(f"this XML cannot be read: {fault.message}", line=fault.line) from None

    def _other_group(self, name: str, attributes: dict[str, str]) -> bool:
        """Is this an ItemGroupData that is not asked for? Most of a large file is."""
        if not self.defined or "{" + name != self.namespace + "ItemGroupData":
            return False
        return attributes.get("ItemGroupOID") != self.group

    def _namespace(self, root: etree._Element) -> str:
        namespace = etree.QName(root).namespace or ""
        if local(root) != "ODM" or namespace not in _NAMESPACES:
            message = f"this is no ODM 1.3: its root is {root.tag}"
            raise self.fault(message, line=1, hint="export the study as CDISC ODM 1.3.2")
        return f"{{{namespace}}}"

    def _check_group(self) -> None:
        """Is the item group one of the metadata? If they have but one it need not be named."""
        self.defined = self.metadata.groups()
        if not self.group and len(self.defined) == 1:
            self.group = self.defined[0]
        elif self.defined and self.group not in self.defined:
            raise self._unknown(self.defined)

    def _check_seen(self) -> None:
        """The same, for a file without metadata, from its data."""
        if not self.group and len(self.seen) == 1:
            self.group = next(iter(self.seen))
        elif self.group not in self.seen:
            raise self._unknown(list(self.seen))

    def _unknown(self, known: list[str]) -> TableError:
        listed = ", ".join(known[:_SHOWN]) + (f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else "")
        message = f"there is no item group {self.group!r}" if self.group else f"the file has {len(known)} item groups"
        if not known:
            return self.fault("the file holds no item group")
        return self.fault(message, hint=f"write one after #, such as {self.path.name}#{known[0]}; known: {listed}")

    def _open(self, element: etree._Element, tag: str, line: int) -> None:
        self.number += 1
        self.item_lines = []
        outer = self.levels[-1] if self.levels else _Level(0, (), "", 0, 0)
        depth = _LEVELS[tag]
        attributes = KEYS[len(outer.key) : depth]
        key = outer.key + tuple(element.get(name, "") for name in attributes)
        transaction = self._transaction(element, outer.transaction, line)
        version = outer.version
        if depth == 1:
            version = element.get("StudyOID", ""), element.get("MetaDataVersionOID", "")
        self.levels.append(_Level(depth, key, transaction, self.number, line, "", outer.location, version))

    def _transaction(self, element: etree._Element, inherited: str, line: int) -> str:
        transaction = element.get("TransactionType", inherited)
        if transaction not in TRANSACTIONS:
            hint = f"one of {', '.join(TRANSACTIONS[1:])}"
            raise self.fault(f"{transaction!r} is no TransactionType", line=line, hint=hint)
        return transaction

    def _audit(self, element: etree._Element) -> None:
        """Of an open level, or one that is referred to by its ID; those of items are read with them."""
        stamp = _stamp(element)
        parent = element.getparent()
        if element.get("ID"):
            self.audits[element.get("ID", "")] = stamp
        if self.levels and parent is not None and local(parent) in _LEVELS:
            self.levels[-1].audit = stamp

    def _close(self, element: etree._Element) -> None:
        level = self.levels.pop()
        if level.depth == _LEVELS["ItemGroupData"]:
            self._item_group(element, level)
        elif level.transaction == "Remove":
            self.removals.setdefault(level.key, []).append(_change(level))
        forget(element)

    def _item_group(self, element: etree._Element, level: _Level) -> None:
        oid = element.get("ItemGroupOID", "")
        self.seen.setdefault(oid)
        if oid != self.group and (self.group or len(self.seen) > 1):
            return  # without a group one error names them all at the end
        record = self.records.setdefault(level.key, Record(level.key, level.line))
        record.location = level.location or record.location
        record.changes.append(_change(level))
        items = (child for child in element.iter() if child.tag.startswith(f"{self.namespace}ItemData"))
        for child, line in zip(items, self.item_lines):
            self._item(child, line, level, record)

    def _item(self, element: etree._Element, line: int, level: _Level, record: Record) -> None:
        self.number += 1
        transaction = self._transaction(element, level.transaction, line)
        own = next(element.iterchildren("{*}AuditRecord"), None) if len(element) else None
        audit = element.get("AuditRecordID", "") if own is None else _stamp(own)
        change = Change(self.number, transaction, audit, line, _value(element, line, level))
        record.items.setdefault(element.get("ItemOID", ""), []).append(change)

    def columns(self) -> dict[str, Columns]:
        """The columns of each item: as the metadata define them, else as the data hold them."""
        if self.defined:
            return self.metadata.columns(self.group, COLUMNS)
        found: dict[str, Columns] = {}
        for record in self.records.values():
            for oid, changes in record.items.items():
                known = found.get(oid, Columns(oid, "", ""))
                measured = known.unit or any(change.value and change.value.unit for change in changes)
                found[oid] = Columns(oid, "", oid + UNIT if measured else "")
        return found


def _change(level: _Level) -> Change:
    return Change(level.number, level.transaction, level.audit, level.line)


def _stamp(audit: etree._Element) -> str:
    stamp = next(audit.iterchildren("{*}DateTimeStamp"), None)
    return (stamp.text or "").strip() if stamp is not None else ""


def _value(element: etree._Element, line: int, level: _Level) -> Value:
    """Of an ItemData the Value, of an ItemDataString and its like the content."""
    plain = local(element) == "ItemData"
    text = element.get("Value") if plain else element.text
    null = element.get("IsNull") == "Yes"
    fault = ""
    if null and text:
        fault = "IsNull is Yes, but there is a value"
    elif plain and text is None and not null:
        fault = "there is neither a Value nor IsNull"
    reference = next(element.iterchildren("{*}MeasurementUnitRef"), element) if len(element) else element
    return Value(text, reference.get("MeasurementUnitOID", ""), line, level.version, level.number, fault)
