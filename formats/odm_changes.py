"""What became of the items of an ODM record: its transactions and audit trail, played to the end.

Source: CDISC Operational Data Model 1.3.2, sections 2.9 (Transactions) and 2.10 (Element Ordering).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

TRANSACTIONS = ("", "Insert", "Update", "Upsert", "Remove", "Context")
_FIRST = ("", "Insert")  # transactions of what was not there before


class Value(NamedTuple):
    """What an ItemData gives. text: None for a null value. unit: the OID of its MeasurementUnit, or "".

    version: StudyOID and MetaDataVersionOID of its definition. element: the number of the ItemGroupData that
    holds it. fault: what is wrong with it.
    """

    text: str | None
    unit: str
    line: int
    version: tuple[str, str]
    element: int
    fault: str


class Change(NamedTuple):
    """One transaction of a record, of an item or of what holds it.

    number: its rank in the file. audit: when it was done, or the ID of the AuditRecord that says it, or "".
    """

    number: int
    transaction: str
    audit: str
    line: int
    value: Value | None = None


class Repeated(Exception):
    """An item was given twice although nothing says which counts."""

    def __init__(self, item: str, first: int, line: int) -> None:
        self.item, self.first, self.line = item, first, line
        super().__init__(f"{item} was already given on line {first}")


@dataclass
class Record:
    """An item group of a subject, event and form, with all that was done to it."""

    key: tuple[str, ...]
    line: int
    location: str = ""
    changes: list[Change] = field(default_factory=list)
    items: dict[str, list[Change]] = field(default_factory=dict)


def alive(record: Record, removals: Sequence[Change], audits: dict[str, str]) -> str | None:
    """The last transaction of the record ("" when the file states none); None when it was removed."""
    last: str | None = None
    for change in _in_order([*record.changes, *removals], audits)[0]:
        if change.transaction != "Context" or last is None:
            last = change.transaction
    return None if last == "Remove" else last


def final_values(record: Record, removals: Sequence[Change], audits: dict[str, str]) -> dict[str, Value]:
    """The value of each item at the end; items that were removed are left out. Raises Repeated.

    removals: of the subject, event or form that holds the record. audits: DateTimeStamp by ID of AuditRecord.
    The transactions of an item count in the order of their DateTimeStamps when each has one, else in the order
    of the file.
    """
    above = [*removals, *(change for change in record.changes if change.transaction == "Remove")]
    found = {}
    for item, changes in record.items.items():
        ordered, stamped = _in_order([*changes, *above] if above else changes, audits)
        value = _final(item, ordered, stamped)
        if value is not None:
            found[item] = value
    return found


def _final(item: str, ordered: Sequence[Change], stamped: bool) -> Value | None:
    value: Value | None = None
    for change in ordered:
        if change.transaction == "Remove":
            value = None
        elif change.transaction == "Context":
            value = value or change.value
        else:
            again = change.transaction in _FIRST
            # An audit trail within one ItemGroupData says which counts; of two of them both may be meant.
            if value and change.value and again and not (stamped and value.element == change.value.element):
                raise Repeated(item, value.line, change.line)
            value = change.value
    return value


def _in_order(changes: Sequence[Change], audits: dict[str, str]) -> tuple[Sequence[Change], bool]:
    """The changes as they were done, and whether their times say so."""
    if len(changes) < 2:
        return changes, False
    times = [_moment(audits.get(change.audit, change.audit)) for change in changes]
    known = [time for time in times if time is not None]
    if len(known) < len(times) or len({time.tzinfo is None for time in known}) > 1:
        return sorted(changes, key=lambda change: change.number), False
    ranked = sorted(zip(known, changes), key=lambda pair: (pair[0], pair[1].number))
    return [change for _, change in ranked], True


def _moment(stamp: str) -> datetime | None:
    try:
        return datetime.fromisoformat(stamp)
    except ValueError:
        return None
