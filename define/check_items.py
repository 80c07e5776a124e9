"""Rules of a define.xml about variables and their values: names, sizes, origins, methods, conditions."""

from __future__ import annotations

from collections.abc import Iterator

from define.check_datasets import MOST_LABEL, MOST_NAME
from define.finding import Finding
from define.lookup import Element, Lookup
from define.where_clause import RangeCheck

_SIZED = ("text", "integer", "float")
_NUMBERS = ("integer", "float")
_ONE_VALUE = ("EQ", "NE", "LT", "LE", "GT", "GE")
_ENTERED = ("Investigator", "Subject")
# Values of these origins come from somebody; a predecessor has its variable instead.
_WITH_SOURCE = ("Assigned", "Collected", "Derived", "Protocol")


def check_items(lookup: Lookup) -> Iterator[Finding]:
    """VARIABLE, SIZE, ORIGIN, METHOD and CRF."""
    for group in lookup.groups.values():
        for reference, item in lookup.variables(group):
            yield from _variable(lookup, group, reference, item)
    for item in lookup.items.values():
        yield from _size(item)
        yield from _origins(lookup, item)
    for oid, method in lookup.methods.items():
        if not lookup.document.text(method):
            yield Finding("METHOD", oid, "has no description")
        if method.get("Type") not in ("Computation", "Imputation"):
            yield Finding("METHOD", oid, f"Type {method.get('Type')!r} is neither Computation nor Imputation")


def _variable(lookup: Lookup, group: Element, reference: Element, item: Element) -> Iterator[Finding]:
    oid, name, label = item.get("OID", ""), item.get("Name", ""), lookup.document.text(item)
    if len(name) > MOST_NAME:
        yield Finding("VARIABLE", oid, f"its name has {len(name)} letters, a file holds {MOST_NAME}")
    if item.get("SASFieldName", name) != name:
        yield Finding("VARIABLE", oid, f"SASFieldName is {item.get('SASFieldName')}, Name is {name}")
    if not label or len(label.encode()) > MOST_LABEL:
        size = f"its label has {len(label.encode())} bytes, a file holds {MOST_LABEL}"
        yield Finding("VARIABLE", oid, size if label else "has no label")
    if reference.get("Role") and group.get("Purpose") == "Analysis":
        yield Finding("VARIABLE", oid, "has a role, which analysis datasets do not state")
    empty = lookup.document.get(reference, "def:HasNoData") == "Yes"
    if empty and not lookup.document.get(item, "def:CommentOID"):
        yield Finding("VARIABLE", oid, "HasNoData without a comment")


def _size(item: Element) -> Iterator[Finding]:
    oid, data_type, length = item.get("OID", ""), item.get("DataType", ""), item.get("Length")
    if (data_type in _SIZED) != (length is not None):
        yield Finding("SIZE", oid, f"{data_type} {'needs' if data_type in _SIZED else 'has no'} Length")
    digits = item.get("SignificantDigits")
    if (data_type == "float") != (digits is not None):
        yield Finding("SIZE", oid, f"{data_type} with{'out' * (data_type == 'float')} SignificantDigits")
    if digits and length and int(digits) > int(length):
        yield Finding("SIZE", oid, f"SignificantDigits {digits} are more than Length {length}")


def _origins(lookup: Lookup, item: Element) -> Iterator[Finding]:
    oid = item.get("OID", "")
    origins = lookup.document.all("d:Origin", item)
    listed = lookup.values_of(item) is not None
    if not origins and not listed and not _parent_origins(lookup, oid):
        yield Finding("ORIGIN", oid, "has no def:Origin and no value-level items")
    for origin in origins:
        yield from _origin(lookup, oid, origin)
    kinds = {origin.get("Type") for origin in origins or _parent_origins(lookup, oid)}
    for _, reference in lookup.references.get(oid, ()):
        with_method = reference.get("MethodOID") is not None
        if "Derived" in kinds and origins and not with_method and not listed:
            yield Finding("METHOD", oid, "Derived without a method")
        if with_method and kinds & {"Predecessor", "Protocol"} == kinds and kinds:
            yield Finding("METHOD", oid, f"{', '.join(sorted(map(str, kinds)))} with a method")


def _parent_origins(lookup: Lookup, oid: str) -> list[Element]:
    """The origins of the variable of a value-level item, which hold for its values too."""
    for owner, _ in lookup.references.get(oid, ()):
        parent = lookup.parents.get(owner.get("OID", ""))
        if parent is not None:
            return lookup.document.all("d:Origin", parent)
    return []


def _origin(lookup: Lookup, oid: str, origin: Element) -> Iterator[Finding]:
    kind, source = origin.get("Type", ""), origin.get("Source", "")
    if kind == "Predecessor" and not lookup.document.text(origin):
        yield Finding("ORIGIN", oid, "Predecessor without the variable it comes from")
    if kind in _WITH_SOURCE and not source:
        yield Finding("ORIGIN", oid, f"{kind} without a source")
    crf = lookup.version.find("d:AnnotatedCRF", lookup.document.names)
    entered = kind == "Collected" and source in _ENTERED and crf is not None
    if entered and origin.find("d:DocumentRef/d:PDFPageRef", lookup.document.names) is None:
        yield Finding("CRF", oid, "Collected without its place on the annotated CRF")


def check_values(lookup: Lookup) -> Iterator[Finding]:
    """WHERE."""
    for oid, listed in lookup.lists.items():
        if oid not in lookup.parents:
            continue  # nothing refers to it, which is found elsewhere
        for reference in lookup.document.all("o:ItemRef", listed):
            if not lookup.where_of(reference):
                yield Finding("WHERE", reference.get("ItemOID", ""), "a value without a condition")
    for oid in lookup.wheres:
        for check in lookup.checks(oid):
            yield from _check(lookup, oid, check)
    yield from _joined(lookup)


def _check(lookup: Lookup, oid: str, check: RangeCheck) -> Iterator[Finding]:
    shown = f"{check.variable} {check.comparator}"
    if not check.values or (check.comparator in _ONE_VALUE and len(check.values) != 1):
        yield Finding("WHERE", oid, f"{shown} has {len(check.values)} values")
    if len(set(check.values)) != len(check.values):
        yield Finding("WHERE", oid, f"{shown} names a value twice")
    if lookup.types.get((check.dataset, check.variable)) in _NUMBERS:
        for value in check.values:
            if value and not _is_number(value):
                yield Finding("WHERE", oid, f"{shown} compares a number with {value!r}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _joined(lookup: Lookup) -> Iterator[Finding]:
    """A condition on another dataset needs a comment that says how records are joined."""
    for listed in lookup.lists.values():
        for reference in lookup.document.all("o:ItemRef", listed):
            home = lookup.dataset_of(reference.get("ItemOID", ""))
            for where in lookup.where_of(reference):
                clause = lookup.wheres.get(where)
                others = {check.dataset for check in lookup.checks(where)} - {home, ""}
                if clause is not None and others and not lookup.document.get(clause, "def:CommentOID"):
                    yield Finding("WHERE", where, f"joins {', '.join(sorted(others))} without a comment")
