"""Rules of a define.xml about codelists and dictionaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from define.finding import Finding
from define.lookup import Element, Lookup

_NUMBERS = ("integer", "float")


def check_terms(lookup: Lookup) -> Iterator[Finding]:
    """TERMS, and STANDARD of codelists."""
    for oid, codelist in lookup.codelists.items():
        external = codelist.find("o:ExternalCodeList", lookup.document.names)
        if external is None:
            yield from _standard(lookup, oid, codelist)
            yield from _terms(lookup, oid, codelist)
            yield from _codes(lookup, oid, codelist)
        else:
            for name in ("Dictionary", "Version"):
                if not external.get(name):
                    yield Finding("TERMS", oid, f"a dictionary without {name}")
    for item in lookup.items.values():
        yield from _of_item(lookup, item)


def _standard(lookup: Lookup, oid: str, codelist: Element) -> Iterator[Finding]:
    named = lookup.document.get(codelist, "def:StandardOID")
    apart = lookup.document.get(codelist, "def:IsNonStandard")
    if bool(named) == bool(apart):
        yield Finding("STANDARD", oid, "has neither a terminology package nor IsNonStandard" if not named else
                      "has both a terminology package and IsNonStandard")  # fmt: skip
    standard = lookup.standards.get(named)
    if standard is not None and standard.get("Type") != "CT":
        yield Finding("STANDARD", oid, f"{named} is no terminology package")
    if named and not lookup.nci_code(codelist):
        yield Finding("TERMS", oid, "is of a terminology package and has no NCI code")
    if apart and lookup.nci_code(codelist):
        yield Finding("TERMS", oid, "has an NCI code and says that it is of no terminology package")


def _terms(lookup: Lookup, oid: str, codelist: Element) -> Iterator[Finding]:
    terms = lookup.terms(codelist)
    values = Counter(term.get("CodedValue", "") for term in terms)
    if not terms:
        yield Finding("TERMS", oid, "has no terms")
    if len({term.tag for term in terms}) > 1:
        yield Finding("TERMS", oid, "some terms are decoded, others not")
    for value, count in values.items():
        if count > 1:
            yield Finding("TERMS", oid, f"{value!r} stands {count} times")
        if not value or value != value.strip():
            yield Finding("TERMS", oid, f"{value!r} is blank, or begins or ends with a blank")
        if codelist.get("DataType") in _NUMBERS and not _is_number(value):
            yield Finding("TERMS", oid, f"{value!r} is no number, the list is {codelist.get('DataType')}")
    orders = [int(order) for term in terms if (order := term.get("OrderNumber", "")).isdigit()]
    if len(set(orders)) != len(orders):
        yield Finding("TERMS", oid, "an OrderNumber stands twice")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _codes(lookup: Lookup, oid: str, codelist: Element) -> Iterator[Finding]:
    """In a published list a term has a code or is an extension; in one of the sponsor nothing is extended."""
    published = bool(lookup.nci_code(codelist))
    for term in lookup.terms(codelist):
        coded = bool(lookup.nci_code(term))
        extended = lookup.document.get(term, "def:ExtendedValue") == "Yes"
        value = term.get("CodedValue", "")
        if published and not coded and not extended:
            yield Finding("TERMS", oid, f"{value!r} has no NCI code and is not marked as an extension")
        if extended and (coded or not published):
            yield Finding("TERMS", oid, f"{value!r} is marked as an extension and is none")


def _of_item(lookup: Lookup, item: Element) -> Iterator[Finding]:
    codelist = lookup.codelist_of(item)
    if codelist is None:
        return
    kind, data_type = codelist.get("DataType", ""), item.get("DataType", "")
    if (kind in _NUMBERS) != (data_type in _NUMBERS):
        message = f"is {data_type}, its codelist {codelist.get('OID')} is {kind}"
        yield Finding("TERMS", item.get("OID", ""), message)
