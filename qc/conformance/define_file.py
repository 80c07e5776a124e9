"""Reads a define.xml of version 2.0 or 2.1 as a description: whatever prefix and version its namespaces have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from lxml import etree

from define.where_clause import RangeCheck
from qc.conformance.description import Codelist, Dataset, Description, Fault, Item, Term, ValueItem


def read(path: Path) -> Description:
    """What a define.xml says. Raises DataError where it is no XML."""
    from define.render import read_document  # brings the schemas of Define-XML with it, which takes a while

    return _Reader(read_document(path).getroot(), path).description()


def _local(name: object) -> str:
    return str(name).rpartition("}")[2]


def _get(element: etree._Element, name: str) -> str:
    """An attribute by its local name, with or without a namespace."""
    found = element.get(name)
    if found is None:
        found = next((value for key, value in element.attrib.items() if _local(key) == name), "")
    return str(found).strip()


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _each(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    for child in element:
        if isinstance(child.tag, str) and _local(child.tag) in names:
            yield child


def _first(element: etree._Element, name: str) -> etree._Element | None:
    return next(_each(element, name), None)


def _text(element: etree._Element, name: str) -> str:
    """The text of Description or Decode."""
    part = _first(element, name)
    shown = _first(part, "TranslatedText") if part is not None else None
    return " ".join((shown.text or "").split()) if shown is not None else ""


class _Reader:
    """The definitions of a document by OID."""

    def __init__(self, root: etree._Element, path: Path) -> None:
        self.root, self.path = root, path
        self.items = self._by_oid("ItemDef")
        self.lists = self._by_oid("ValueListDef")
        self.clauses = self._by_oid("WhereClauseDef")
        self.leaves = {_get(leaf, "ID"): _get(leaf, "href") for leaf in root.iter("{*}leaf")}
        self.owners: dict[str, str] = {}  # the dataset of a variable, by the first group that refers to it
        for group in root.iter("{*}ItemGroupDef"):
            for reference in _each(group, "ItemRef"):
                self.owners.setdefault(_get(reference, "ItemOID"), _get(group, "Name").upper())

    def _by_oid(self, name: str) -> dict[str, etree._Element]:
        return {_get(found, "OID"): found for found in self.root.iter(f"{{*}}{name}")}

    def description(self) -> Description:
        datasets: dict[str, Dataset] = {}
        values: list[ValueItem] = []
        for group in self.root.iter("{*}ItemGroupDef"):
            dataset = self._dataset(group)
            datasets[dataset.name] = dataset
            values += self._values(group, dataset.name)
        codelists = {_get(found, "OID"): _codelist(found) for found in self.root.iter("{*}CodeList")}
        version = next(self.root.iter("{*}MetaDataVersion"), None)
        standard = f"{_get(version, 'StandardName')} {_get(version, 'StandardVersion')}" if version is not None else ""
        return Description(
            str(self.path), True, _standard(standard), datasets, codelists, tuple(values), tuple(self._faults())
        )

    def _faults(self) -> Iterator[Fault]:
        """What is wrong with the document itself."""
        from define.validate import validate

        for finding in validate(self.path):
            yield Fault(finding.rule, finding.element, finding.message)

    def _dataset(self, group: etree._Element) -> Dataset:
        found: dict[str, Item] = {}
        for place, reference in enumerate(_each(group, "ItemRef"), 1):
            item = self.items.get(_get(reference, "ItemOID"))
            if item is not None:
                found.setdefault(_get(item, "Name").upper(), self._item(reference, item, place))
        keys = sorted((item.key, name) for name, item in found.items() if item.key is not None)
        kind, subclass = _class(group)
        return Dataset(
            _get(group, "Name").upper(), _text(group, "Description"), kind, subclass,
            self.leaves.get(_get(group, "ArchiveLocationID"), ""), tuple(name for _, name in keys),
            _get(group, "HasNoData") == "Yes", self._standard_of(group), found,
        )  # fmt: skip

    def _standard_of(self, group: etree._Element) -> str:
        wanted = _get(group, "StandardOID")
        for known in self.root.iter("{*}Standard"):
            if wanted and _get(known, "OID") == wanted:
                return _standard(f"{_get(known, 'Name')} {_get(known, 'Version')}")
        return ""

    def _item(self, reference: etree._Element, item: etree._Element, place: int) -> Item:
        origin, codelist = _first(item, "Origin"), _first(item, "CodeListRef")
        return Item(
            name=_get(item, "Name"),
            order=_number(_get(reference, "OrderNumber")) or place,
            label=_text(item, "Description"),
            data_type=_get(item, "DataType"),
            length=_number(_get(item, "Length")),
            digits=_number(_get(item, "SignificantDigits")),
            format=_get(item, "DisplayFormat"),
            mandatory=_get(reference, "Mandatory"),
            codelist=_get(codelist, "CodeListOID") if codelist is not None else "",
            origin=_get(origin, "Type") if origin is not None else "",
            method=bool(_get(reference, "MethodOID")),
            comment=bool(_get(item, "CommentOID")),
            role=_get(reference, "Role"),
            key=_number(_get(reference, "KeySequence")),
            values=_first(item, "ValueListRef") is not None,
            no_data=_get(reference, "HasNoData") == "Yes",
            roles=_get(reference, "RoleCodeListOID"),
        )

    def _values(self, group: etree._Element, dataset: str) -> Iterator[ValueItem]:
        for reference in _each(group, "ItemRef"):
            item = self.items.get(_get(reference, "ItemOID"))
            part = _first(item, "ValueListRef") if item is not None else None
            listed = self.lists.get(_get(part, "ValueListOID")) if part is not None else None
            for place, value in enumerate(_each(listed, "ItemRef") if listed is not None else (), 1):
                described = self.items.get(_get(value, "ItemOID"))
                if described is not None and item is not None:
                    clauses = tuple(
                        self._checks(_get(clause, "WhereClauseOID")) for clause in _each(value, "WhereClauseRef")
                    )
                    one = self._item(value, described, place)
                    yield ValueItem(dataset, _get(item, "Name"), _get(described, "OID"), clauses, one)

    def _checks(self, oid: str) -> tuple[RangeCheck, ...]:
        found = []
        for check in _each(self.clauses[oid], "RangeCheck") if oid in self.clauses else ():
            tested = self.items.get(_get(check, "ItemOID"))
            values = tuple((value.text or "").strip() for value in _each(check, "CheckValue"))
            if tested is not None:
                owner = self.owners.get(_get(check, "ItemOID"), "")
                found.append(RangeCheck(_get(tested, "Name"), _get(check, "Comparator"), values, owner))
        return tuple(found)


_NAMES: Mapping[str, str] = {"SDTM-IG": "SDTMIG", "ADAM-IG": "ADaMIG", "ADAMIG": "ADaMIG", "ADaM-IG": "ADaMIG"}


def _standard(text: str) -> str:
    name, _, version = text.strip().partition(" ")
    return f"{_NAMES.get(name, name)} {version}".strip()


def _class(group: etree._Element) -> tuple[str, str]:
    """Class and subclass: an element in version 2.1, an attribute in 2.0."""
    part = _first(group, "Class")
    if part is None:
        return _get(group, "Class").upper(), ""
    inner = _first(part, "SubClass")
    return _get(part, "Name").upper(), _get(inner, "Name").upper() if inner is not None else ""


def _codelist(found: etree._Element) -> Codelist:
    external = _first(found, "ExternalCodeList")
    terms = tuple(
        Term(_get(item, "CodedValue"), _text(item, "Decode"), _alias(item), _get(item, "ExtendedValue") == "Yes")
        for item in _each(found, "CodeListItem", "EnumeratedItem")
    )
    dictionary = " ".join((_get(external, "Dictionary"), _get(external, "Version"))) if external is not None else ""
    return Codelist(
        _get(found, "OID"), _get(found, "Name"), _alias(found), _get(found, "DataType"), dictionary.strip(), terms
    )


def _alias(element: etree._Element) -> str:
    """The NCI code."""
    return next((_get(alias, "Name") for alias in _each(element, "Alias") if "nci" in _get(alias, "Context")), "")
