"""Rules of a define.xml that ask the data: whether what is stated is so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from define.distinct import Checks
from define.facts import Facts
from define.finding import Finding
from define.lookup import Element, Lookup
from define.measured import Measured
from define.questions import InOrder, Kinds, Question, Values

_NUMBERS = ("integer", "float")
_MOST_SHOWN = 5


def check_data(lookup: Lookup, data: Mapping[str, Measured]) -> Iterator[Finding]:
    """COLUMNS, LABEL, TYPE, LENGTH, CODELIST, EMPTY, KEY, MANDATORY and VALUES."""
    groups = {group.get("Name", ""): group for group in lookup.groups.values()}
    for name, one in data.items():
        if name not in groups:
            yield Finding("COLUMNS", f"IG.{name}", "the dataset is not described")
        else:
            yield from _dataset(lookup, groups[name], one)


def _dataset(lookup: Lookup, group: Element, data: Measured) -> Iterator[Finding]:
    oid = group.get("OID", "")
    variables = lookup.variables(group)
    stated = [item.get("Name", "") for _, item in variables]
    if stated != data.names:
        strange = sorted(set(stated) ^ set(data.names))
        yield Finding("COLUMNS", oid, f"variables differ from the data: {', '.join(strange) or 'order'}")
    if data.file and data.file.label != lookup.document.text(group):
        yield Finding("LABEL", oid, f"is {lookup.document.text(group)!r}, the file has {data.file.label!r}")
    known = [(reference, item) for reference, item in variables if item.get("Name") in data.names]
    empty = lookup.document.get(group, "def:HasNoData") == "Yes"
    keys = _keys(known)
    data.ask(_questions(lookup, [item for _, item in known], keys, data))
    for reference, item in known:
        yield from _variable(lookup, reference, item, data, empty)
    repeated, first = data.repeated(keys)
    if repeated:
        yield Finding("KEY", oid, f"{repeated} records repeat the key of another, first record {first + 1}")


def _keys(variables: list[tuple[Element, Element]]) -> list[str]:
    """The key variables in the order of KeySequence."""
    keys = [(r.get("KeySequence", ""), item.get("Name", "")) for r, item in variables if r.get("KeySequence")]
    return [name for _, name in sorted(keys, key=lambda key: (len(key[0]), key[0]))]


def _questions(lookup: Lookup, items: list[Element], keys: list[str], data: Measured) -> Iterator[Question]:
    """All that is asked of the records of a dataset, so that they are read once."""
    if keys:
        yield InOrder(tuple(keys))
    for item in items:
        name = item.get("Name", "")
        yield Values(name)
        if (listed := lookup.values_of(item)) is not None:
            clauses = [checks for _, alternatives in _value_items(lookup, listed) for checks in alternatives]
            yield from (data.about(name, checks) for checks in clauses)
            yield Kinds(name, data.named(clauses))


def _value_items(lookup: Lookup, listed: Element) -> Iterator[tuple[Element, list[Checks]]]:
    """Each reference to a value-level item with its conditions, of which one has to hold."""
    for reference in lookup.document.all("o:ItemRef", listed):
        yield reference, [checks for oid in lookup.where_of(reference) if (checks := lookup.checks(oid))]


def _variable(lookup: Lookup, reference: Element, item: Element, data: Measured, empty: bool) -> Iterator[Finding]:
    oid, name = item.get("OID", ""), item.get("Name", "")
    facts = data.facts(name)
    stated = empty or lookup.document.get(reference, "def:HasNoData") == "Yes"
    if stated != facts.empty:
        yield Finding("EMPTY", oid, f"HasNoData is {stated}, the data say otherwise")
    if data.file:
        label = data.file.labels.get(name, "")
        if label != lookup.document.text(item):
            yield Finding("LABEL", oid, f"is {lookup.document.text(item)!r}, the file has {label!r}")
        length = data.file.lengths.get(name)
        if length and item.get("DataType") == "text" and item.get("Length") != str(length):
            yield Finding("LENGTH", oid, f"Length is {item.get('Length')}, the file has {length}")
    missing = data.missing(name)
    if reference.get("Mandatory") == "Yes" and missing and not stated:
        yield Finding("MANDATORY", oid, f"is missing in {missing} of {len(data)} records")
    yield from _facts(lookup, item, facts)
    yield from _values(lookup, item, data)


def _values(lookup: Lookup, item: Element, data: Measured) -> Iterator[Finding]:
    """The value-level items of a variable: each as its records are, and each record described once."""
    listed, name = lookup.values_of(item), item.get("Name", "")
    if listed is None:
        return
    clauses: list[Checks] = []
    for reference, alternatives in _value_items(lookup, listed):
        value = lookup.items.get(reference.get("ItemOID", ""))
        clauses += alternatives
        if value is None or not alternatives:
            continue
        found = [facts for checks in alternatives if (facts := data.facts_where(name, checks)) is not None]
        if not found:
            wheres = ", ".join(lookup.where_of(reference))
            yield Finding("EMPTY", value.get("OID", ""), f"no record meets {wheres}")
        for facts in found:
            yield from _facts(lookup, value, facts)
    home = lookup.dataset_of(item.get("OID", ""))
    if any(check.dataset != home and check.variable not in data.names for checks in clauses for check in checks):
        return  # how records of another dataset are joined is said in words
    chosen = data.chosen(name, clauses)
    parts = ((chosen.by_none, "no condition chooses"), (chosen.by_several, "several conditions choose"))
    for (count, first), words in parts:
        if count:
            message = f"{words} {count} of {chosen.values} values, first record {first + 1}"
            yield Finding("VALUES", item.get("OID", ""), message)


def _facts(lookup: Lookup, item: Element, facts: Facts) -> Iterator[Finding]:
    """Type, size and codelist of an item against the values it describes."""
    oid, data_type = item.get("OID", ""), item.get("DataType", "")
    yield from _type(oid, data_type, facts)
    if data_type in _NUMBERS:
        facts = facts.as_numbers() or facts
    length = item.get("Length")
    if length is not None and facts.length > int(length) and not facts.empty:
        yield Finding("LENGTH", oid, f"Length is {length}, the data need {facts.length}")
    digits = item.get("SignificantDigits")
    if digits is not None and facts.digits > int(digits):
        yield Finding("LENGTH", oid, f"SignificantDigits is {digits}, the data need {facts.digits}")
    codelist = lookup.codelist_of(item)
    if codelist is not None and codelist.find("o:ExternalCodeList", lookup.document.names) is None:
        terms = {term.get("CodedValue", "") for term in lookup.terms(codelist)}
        strange = [value for value in facts.values if value not in terms]
        if strange:
            shown = ", ".join(repr(value) for value in strange[:_MOST_SHOWN])
            more = ", ..." if len(strange) > _MOST_SHOWN else ""
            mend = "add the term to Codelists, or write none in Codelist of a variable whose values are no terms"
            yield Finding("CODELIST", oid, f"{codelist.get('OID')} lacks {shown}{more}; {mend}")


def _type(oid: str, data_type: str, facts: Facts) -> Iterator[Finding]:
    if facts.empty:
        return
    if data_type in _NUMBERS:
        numbers = facts.as_numbers()
        if numbers is None:
            yield Finding("TYPE", oid, f"is {data_type}, the data are texts")
        elif data_type == "integer" and numbers.digits:
            yield Finding("TYPE", oid, "is integer, the data have fractions")
    elif facts.numeric:
        yield Finding("TYPE", oid, f"is {data_type}, the data are numbers")
    elif data_type != "text" and not facts.iso:
        yield Finding("TYPE", oid, f"is {data_type}, the data are no ISO 8601 texts")
