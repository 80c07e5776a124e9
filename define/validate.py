"""Check a define.xml: against the schema, against itself, and against the data it describes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import defineutils
import pandas as pd
from lxml import etree

from define.facts import Facts, facts_by, facts_of
from define.odm import ARM, DEF, ODM, XLINK
from define.render import read_document
from define.value_level import matching
from define.where_clause import RangeCheck
from specs.problem import DataError

SCHEMA = Path(defineutils.__file__).parent / "validate" / "schema" / "cdisc-arm-1.0" / "arm1-0-0.xsd"
_N = {"o": ODM, "d": DEF, "a": ARM, "x": XLINK}
_SIZED = ("text", "integer", "float")
# Attribute that refers, and where the definition with that identifier stands.
_REFERENCES = {
    "@ItemOID": "//o:ItemDef/@OID",
    "@d:ItemOID": "//o:ItemDef/@OID",
    "@ParameterOID": "//o:ItemDef/@OID",
    "@ItemGroupOID": "//o:ItemGroupDef/@OID",
    "@CodeListOID": "//o:CodeList/@OID",
    "@MethodOID": "//o:MethodDef/@OID",
    "@WhereClauseOID": "//d:WhereClauseDef/@OID",
    "@ValueListOID": "//d:ValueListDef/@OID",
    "@d:StandardOID": "//d:Standard/@OID",
    "@d:CommentOID": "//d:CommentDef/@OID",
    "@leafID": "//d:leaf/@ID",
    "@d:ArchiveLocationID": "//d:leaf/@ID",
}
# Definitions that something must refer to; a standard or a dataset may stand alone.
_USED = ("ItemDef", "CodeList", "MethodDef", "d:WhereClauseDef", "d:ValueListDef", "d:CommentDef", "d:leaf")


_OMISSIONS = ("METHOD", "ORIGIN", "SIZE")


@dataclass(frozen=True, order=True)
class Finding:
    """What is wrong: the rule, the element (an OID, or `line 12`), and the message."""

    rule: str
    element: str
    message: str

    @property
    def incomplete(self) -> bool:
        """True for what a document does not say, such as a method: of a description by others it is their omission."""
        return self.rule in _OMISSIONS

    def __str__(self) -> str:
        return f"{self.rule} {self.element}: {self.message}"


def validate(path: Path, frames: Mapping[str, pd.DataFrame] | None = None, *, links: bool = False) -> list[Finding]:
    """Every fault of a define.xml; an empty list if there is none.

    frames: the described data by dataset; without them only the document itself is checked. links: also look
    whether the files that the document leads to are there (LINK). Rules:
    SCHEMA (XSD of Define-XML 2.1 and ARM 1.0), REFERENCE, ORPHAN, UNIQUE, SIZE, ORIGIN, METHOD, ORDER, and
    with data COLUMNS, LENGTH, TYPE, CODELIST, EMPTY.
    """
    try:
        document = read_document(path)
    except DataError as error:
        return [Finding("SCHEMA", str(problem.place), problem.message) for problem in error.problems]
    found = [*_schema_findings(document), *_own_findings(document)]
    if links:
        found += _link_findings(document, path.parent)
    for name, frame in (frames or {}).items():
        found += _data_findings(document, name, frame)
    return sorted(set(found))


def _link_findings(document: etree._ElementTree, folder: Path) -> Iterator[Finding]:
    for leaf in document.xpath("//d:leaf", namespaces=_N):
        address = leaf.get(f"{{{XLINK}}}href", "")
        if not (folder / address).is_file():
            yield Finding("LINK", leaf.get("ID"), f"{address} is not there")


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(SCHEMA), etree.XMLParser(no_network=True)))


def _schema_findings(document: etree._ElementTree) -> Iterator[Finding]:
    schema = _schema()
    if not schema.validate(document):
        for error in schema.error_log:
            yield Finding("SCHEMA", f"line {error.line}", error.message)


def _own_findings(document: etree._ElementTree) -> Iterator[Finding]:
    yield from _reference_findings(document)
    yield from _unique_findings(document)
    yield from _item_findings(document)
    yield from _order_findings(document)


def _paths(document: etree._ElementTree, path: str) -> list[str]:
    return [str(value) for value in document.xpath(path, namespaces=_N)]


def _reference_findings(document: etree._ElementTree) -> Iterator[Finding]:
    referred: set[str] = set()
    for attribute, target in _REFERENCES.items():
        defined = set(_paths(document, target))
        for element in document.xpath(f"//*[{attribute}]", namespaces=_N):
            value = str(element.xpath(attribute, namespaces=_N)[0])
            referred.add(value)
            if value not in defined:
                yield Finding("REFERENCE", _name(element), f"{attribute.lstrip('@')} {value} is not defined")
    for name in _USED:
        path = f"//{name if ':' in name else 'o:' + name}/@{'ID' if name == 'd:leaf' else 'OID'}"
        for oid in _paths(document, path):
            if oid not in referred:
                yield Finding("ORPHAN", oid, "nothing refers to it")


def _name(element: etree._Element) -> str:
    for candidate in (element, *element.iterancestors()):
        if oid := candidate.get("OID") or candidate.get("ID"):
            return str(oid)
    return f"line {element.sourceline}"


def _unique_findings(document: etree._ElementTree) -> Iterator[Finding]:
    for oid, count in Counter(_paths(document, "//@OID | //d:leaf/@ID")).items():
        if count > 1:
            yield Finding("UNIQUE", oid, f"defined {count} times")


def _item_findings(document: etree._ElementTree) -> Iterator[Finding]:
    for item in document.xpath("//o:ItemDef", namespaces=_N):
        oid, data_type = item.get("OID"), item.get("DataType")
        if (data_type in _SIZED) != (item.get("Length") is not None):
            yield Finding("SIZE", oid, f"{data_type} {'needs' if data_type in _SIZED else 'has no'} Length")
        if (data_type == "float") != (item.get("SignificantDigits") is not None):
            yield Finding("SIZE", oid, f"{data_type} with{'out' * (data_type == 'float')} SignificantDigits")
        origins = item.xpath("d:Origin", namespaces=_N)
        if not origins and not item.xpath("d:ValueListRef", namespaces=_N) and not _parent_origin(document, oid):
            yield Finding("ORIGIN", oid, "has no def:Origin and no value-level items")
        for origin in origins:
            yield from _origin_findings(document, item, origin)


def _parent_origin(document: etree._ElementTree, oid: str) -> bool:
    """True for a value-level item whose variable states the origin for all of its values."""
    path = "//o:ItemDef[d:Origin][d:ValueListRef/@ValueListOID = //d:ValueListDef[o:ItemRef/@ItemOID=$oid]/@OID]"
    return bool(document.xpath(path, namespaces=_N, oid=oid))


def _origin_findings(document: etree._ElementTree, item: etree._Element, origin: etree._Element) -> Iterator[Finding]:
    oid, kind = item.get("OID"), origin.get("Type")
    if kind == "Predecessor" and not origin.xpath("o:Description", namespaces=_N):
        yield Finding("ORIGIN", oid, "Predecessor without the variable it comes from")
    if kind != "Derived" or item.xpath("d:ValueListRef", namespaces=_N):
        return
    references = document.xpath("//o:ItemRef[@ItemOID=$oid]", namespaces=_N, oid=oid)
    if any(reference.get("MethodOID") is None for reference in references):
        yield Finding("METHOD", oid, "Derived without a method")


def _order_findings(document: etree._ElementTree) -> Iterator[Finding]:
    for group in document.xpath("//o:ItemGroupDef | //d:ValueListDef", namespaces=_N):
        orders = [int(value) for value in group.xpath("o:ItemRef/@OrderNumber", namespaces=_N)]
        if orders != sorted(orders):
            yield Finding("ORDER", group.get("OID"), "the ItemRefs do not stand in the order of OrderNumber")


def _data_findings(document: etree._ElementTree, name: str, frame: pd.DataFrame) -> Iterator[Finding]:
    groups = document.xpath("//o:ItemGroupDef[@Name=$name]", namespaces=_N, name=name)
    if len(groups) != 1:
        yield Finding("COLUMNS", f"IG.{name}", "the dataset is not described")
        return
    items = {item.get("OID"): item for item in document.xpath("//o:ItemDef", namespaces=_N)}
    columns = {}
    for oid in groups[0].xpath("o:ItemRef/@ItemOID", namespaces=_N):
        if oid in items:
            columns[items[oid].get("Name")] = items[oid]
    if list(columns) != [str(column) for column in frame.columns]:
        strange = sorted(set(columns) ^ {str(column) for column in frame.columns})
        yield Finding("COLUMNS", f"IG.{name}", f"variables differ from the data: {', '.join(strange) or 'order'}")
    for reference in groups[0].xpath("o:ItemRef[@ItemOID]", namespaces=_N):
        item = items.get(reference.get("ItemOID"))
        if item is not None and item.get("Name") in frame.columns:
            facts = facts_of(frame[item.get("Name")])
            stated = reference.get(f"{{{DEF}}}HasNoData") == "Yes" or groups[0].get(f"{{{DEF}}}HasNoData") == "Yes"
            if stated != facts.empty:
                yield Finding("EMPTY", item.get("OID"), f"HasNoData is {stated}, the data say otherwise")
            yield from _facts_findings(document, item, facts)
            yield from _value_findings(document, item, frame, items)


def _value_findings(
    document: etree._ElementTree, item: etree._Element, frame: pd.DataFrame, items: Mapping[str, etree._Element]
) -> Iterator[Finding]:
    name = item.get("Name")
    slices: dict[str, Mapping[str, Facts]] = {}
    for list_oid in item.xpath("d:ValueListRef/@ValueListOID", namespaces=_N):
        path = "//d:ValueListDef[@OID=$oid]/o:ItemRef"
        for reference in document.xpath(path, namespaces=_N, oid=list_oid):
            value = items.get(reference.get("ItemOID"))
            clauses = reference.xpath("d:WhereClauseRef/@WhereClauseOID", namespaces=_N)
            if value is None or not clauses:
                continue
            checks = tuple(check for oid in clauses for check in _checks(document, oid, items))
            facts = _slice(frame, name, checks, slices)
            if facts is None:
                yield Finding("EMPTY", value.get("OID"), f"no record meets {', '.join(clauses)}")
            else:
                yield from _facts_findings(document, value, facts)


def _slice(
    frame: pd.DataFrame, name: str, checks: tuple[RangeCheck, ...], slices: dict[str, Mapping[str, Facts]]
) -> Facts | None:
    """The facts of the records that meet the checks, None without records; `slices` spares repeated grouping."""
    key = checks[0].variable if len(checks) == 1 and checks[0].comparator == "EQ" else ""
    if key in frame.columns and not pd.api.types.is_numeric_dtype(frame[key].dtype) and checks[0].values[0]:
        if key not in slices:
            slices[key] = facts_by(frame, key, name)
        return slices[key].get(checks[0].values[0])
    column = frame.loc[matching(frame, checks), name]
    return facts_of(column) if len(column) else None


def _checks(document: etree._ElementTree, oid: str, items: Mapping[str, etree._Element]) -> Iterator[RangeCheck]:
    path = "//d:WhereClauseDef[@OID=$oid]/o:RangeCheck"
    for element in document.xpath(path, namespaces=_N, oid=oid):
        tested = items.get(element.get(f"{{{DEF}}}ItemOID"))
        values = tuple(value.text or "" for value in element.findall(f"{{{ODM}}}CheckValue"))
        if tested is not None:
            yield RangeCheck(tested.get("Name"), element.get("Comparator"), values)


def _facts_findings(document: etree._ElementTree, item: etree._Element, facts: Facts) -> Iterator[Finding]:
    oid, data_type = item.get("OID"), item.get("DataType")
    yield from _type_findings(oid, data_type, facts)
    if data_type in ("integer", "float"):
        facts = facts.as_numbers() or facts
    length = item.get("Length")
    if length is not None and facts.length > int(length) and not facts.empty:
        yield Finding("LENGTH", oid, f"Length is {length}, the data need {facts.length}")
    digits = item.get("SignificantDigits")
    if digits is not None and facts.digits > int(digits):
        yield Finding("LENGTH", oid, f"SignificantDigits is {digits}, the data need {facts.digits}")
    for codelist in item.xpath("o:CodeListRef/@CodeListOID", namespaces=_N):
        path = "//o:CodeList[@OID=$oid][not(o:ExternalCodeList)]"
        for element in document.xpath(path, namespaces=_N, oid=codelist):
            terms = set(element.xpath("*/@CodedValue"))
            strange = [value for value in facts.values if value not in terms]
            if strange:
                shown = ", ".join(repr(value) for value in strange[:5]) + (", ..." if len(strange) > 5 else "")
                yield Finding("CODELIST", oid, f"{codelist} lacks {shown}")


def _type_findings(oid: str, data_type: str, facts: Facts) -> Iterator[Finding]:
    if facts.empty:
        return
    numbers = facts if facts.numeric else facts.as_numbers()
    if data_type in ("integer", "float"):
        if numbers is None:
            yield Finding("TYPE", oid, f"is {data_type}, the data are texts")
        elif data_type == "integer" and numbers.digits:
            yield Finding("TYPE", oid, "is integer, the data have fractions")
    elif facts.numeric:
        yield Finding("TYPE", oid, f"is {data_type}, the data are numbers")
    elif data_type != "text" and not facts.iso:
        yield Finding("TYPE", oid, f"is {data_type}, the data are no ISO 8601 texts")
