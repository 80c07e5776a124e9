"""Rules of a define.xml about references: every one resolves, nothing is left over, no OID is taken twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from define.finding import Finding
from define.lookup import Element, Lookup

# Attribute that refers, and where the definition with that identifier stands.
_REFERENCES = {
    "@ItemOID": "//o:ItemDef/@OID",
    "@d:ItemOID": "//o:ItemDef/@OID",
    "@ParameterOID": "//o:ItemDef/@OID",
    "@ItemGroupOID": "//o:ItemGroupDef/@OID",
    "@CodeListOID": "//o:CodeList/@OID",
    "@RoleCodeListOID": "//o:CodeList/@OID",
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


def check_references(lookup: Lookup) -> Iterator[Finding]:
    """REFERENCE, ORPHAN and UNIQUE."""
    root, prefixes = lookup.document.root, lookup.document.names  # of the version that the document has
    referred: set[str] = set()
    for attribute, target in _REFERENCES.items():
        defined, name = set(_paths(root, target, prefixes)), _qualified(attribute, prefixes)
        for element in root.xpath(f"//*[{attribute}]", namespaces=prefixes):
            value = str(element.get(name))
            referred.add(value)
            if value not in defined:
                yield Finding("REFERENCE", name_of(element), f"{attribute.lstrip('@')} {value} is not defined")
    for name in _USED:
        path = f"//{name if ':' in name else 'o:' + name}/@{'ID' if name == 'd:leaf' else 'OID'}"
        for oid in _paths(root, path, prefixes):
            if oid not in referred:
                yield Finding("ORPHAN", oid, "nothing refers to it")
    for oid, count in Counter(_paths(root, "//@OID | //d:leaf/@ID", prefixes)).items():
        if count > 1:
            yield Finding("UNIQUE", oid, f"defined {count} times")
    yield from _same_names(lookup)


def _same_names(lookup: Lookup) -> Iterator[Finding]:
    for oid, group in lookup.groups.items():
        names = Counter(item.get("Name", "") for _, item in lookup.variables(group))
        for name, count in names.items():
            if count > 1:
                yield Finding("UNIQUE", oid, f"has {count} variables {name}")


def _qualified(attribute: str, prefixes: Mapping[str, str]) -> str:
    """An attribute of a path as an element names it: `@d:ItemOID` with its namespace."""
    prefix, _, name = attribute.removeprefix("@").rpartition(":")
    return f"{{{prefixes[prefix]}}}{name}" if prefix else name


def _paths(root: Element, path: str, prefixes: Mapping[str, str]) -> list[str]:
    return [str(value) for value in root.xpath(path, namespaces=prefixes)]


def name_of(element: Element) -> str:
    """The OID of an element, of the nearest one around it, or its line."""
    for candidate in (element, *element.iterancestors()):
        if oid := candidate.get("OID") or candidate.get("ID"):
            return str(oid)
    return f"line {element.sourceline}"
