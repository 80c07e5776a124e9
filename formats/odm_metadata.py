"""What the metadata of an ODM file say of an item group: its items, their names, code lists and units.

Source: CDISC Operational Data Model 1.3.2, sections 3.1.1.2 (BasicDefinitions) and 3.1.1.3 (MetaDataVersion).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
DECODE, UNIT = "_DECODE", "_UNIT"


class Item(NamedTuple):
    """An ItemDef. name: its SASFieldName, else its Name. units: OIDs of the MeasurementUnits it may have."""

    oid: str
    name: str
    code_list: str
    units: tuple[str, ...]


@dataclass
class Version:
    """A MetaDataVersion. groups: items by item group, as they are ordered. decodes: code to text, by list."""

    groups: dict[str, list[str]] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    decodes: dict[str, dict[str, str]] = field(default_factory=dict)


class Columns(NamedTuple):
    """The columns of an item: of its value, its decode and its unit; "" where it has none."""

    value: str
    decode: str
    unit: str


@dataclass
class Metadata:
    """Of all studies of a file. versions: by StudyOID and MetaDataVersionOID. units: OID to Name, by StudyOID."""

    versions: dict[tuple[str, str], Version] = field(default_factory=dict)
    units: dict[str, dict[str, str]] = field(default_factory=dict)

    def add_study(self, study: etree._Element) -> None:
        """Take in a Study element."""
        oid = study.get("OID", "")
        self.units[oid] = {unit.get("OID", ""): unit.get("Name", "") for unit in study.iter("{*}MeasurementUnit")}
        for element in study.iterchildren("{*}MetaDataVersion"):
            version = self._included(element, oid)
            _fill(version, element)
            self.versions[oid, element.get("OID", "")] = version

    def _included(self, element: etree._Element, study: str) -> Version:
        for include in element.iterchildren("{*}Include"):
            key = include.get("StudyOID", study), include.get("MetaDataVersionOID", "")
            found = self.versions.get(key)
            if found is not None:
                return Version(dict(found.groups), dict(found.items), dict(found.decodes))
        return Version()

    def groups(self) -> list[str]:
        """The OIDs of all item groups."""
        return list(dict.fromkeys(oid for version in self.versions.values() for oid in version.groups))

    def columns(self, group: str, taken: Collection[str]) -> dict[str, Columns]:
        """By ItemOID the columns of an item group, over all versions of the metadata.

        A name that two items of the group share, or that is `taken`, gives way to the ItemOID.
        """
        found: dict[str, list[Item]] = {}
        for version in self.versions.values():
            for oid in version.groups.get(group, ()):
                found.setdefault(oid, []).append(version.items.get(oid, Item(oid, "", "", ())))
        # The newest version, the last in the file, names the item.
        wanted = {oid: items[-1].name for oid, items in found.items()}
        count = Counter(name.casefold() for name in wanted.values())
        count.update(name.casefold() for name in taken)
        names = {oid: name if name and count[name.casefold()] == 1 else oid for oid, name in wanted.items()}
        return {oid: self._of(items, names[oid]) for oid, items in found.items()}

    def _of(self, items: list[Item], name: str) -> Columns:
        decoded = any(item.code_list in version.decodes for item in items for version in self.versions.values())
        measured = any(item.units for item in items)
        return Columns(name, name + DECODE if decoded else "", name + UNIT if measured else "")


def _fill(version: Version, element: etree._Element) -> None:
    for group in element.iterchildren("{*}ItemGroupDef"):
        refs = [ref.get("ItemOID", "") for ref in group.iterchildren("{*}ItemRef")]
        version.groups[group.get("OID", "")] = refs
    for item in element.iterchildren("{*}ItemDef"):
        lists = [ref.get("CodeListOID", "") for ref in item.iterchildren("{*}CodeListRef")]
        units = tuple(ref.get("MeasurementUnitOID", "") for ref in item.iterchildren("{*}MeasurementUnitRef"))
        name = (item.get("SASFieldName") or item.get("Name") or "").strip()
        oid = item.get("OID", "")
        version.items[oid] = Item(oid, name, lists[0] if lists else "", units)
    for codes in element.iterchildren("{*}CodeList"):
        decodes = {code.get("CodedValue", ""): _translated(code) for code in codes.iterchildren("{*}CodeListItem")}
        if decodes:
            version.decodes[codes.get("OID", "")] = decodes


def _translated(item: etree._Element) -> str:
    """The decode without a language, else the English one, else the first."""
    texts = [(text.get(_LANGUAGE, ""), text.text or "") for text in item.iterfind("{*}Decode/{*}TranslatedText")]
    texts.sort(key=lambda text: (text[0] != "", not text[0].lower().startswith("en")))
    return texts[0][1].strip() if texts else ""
