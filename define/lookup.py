"""A parsed define.xml with its definitions at hand by OID."""

from __future__ import annotations

from functools import cached_property
from typing import TypeAlias

from lxml import etree

from define.odm import XLINK
from define.read import Document
from define.where_clause import RangeCheck

Element: TypeAlias = etree._Element


class Lookup:
    """The definitions of a document by OID, and who refers to an item.

    Where an OID is defined twice the last one counts; `validate` reports it.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.version = document.version

    def _by_oid(self, path: str, name: str = "OID") -> dict[str, Element]:
        return {one.get(name, ""): one for one in self.document.all(path)}

    @cached_property
    def groups(self) -> dict[str, Element]:
        """ItemGroupDef by OID."""
        return self._by_oid("o:ItemGroupDef")

    @cached_property
    def items(self) -> dict[str, Element]:
        """ItemDef by OID."""
        return self.document.items

    @cached_property
    def lists(self) -> dict[str, Element]:
        """def:ValueListDef by OID."""
        return self._by_oid("d:ValueListDef")

    @cached_property
    def wheres(self) -> dict[str, Element]:
        """def:WhereClauseDef by OID."""
        return self._by_oid("d:WhereClauseDef")

    @cached_property
    def codelists(self) -> dict[str, Element]:
        """CodeList by OID."""
        return self._by_oid("o:CodeList")

    @cached_property
    def methods(self) -> dict[str, Element]:
        """MethodDef by OID."""
        return self._by_oid("o:MethodDef")

    @cached_property
    def comments(self) -> dict[str, Element]:
        """def:CommentDef by OID."""
        return self._by_oid("d:CommentDef")

    @cached_property
    def standards(self) -> dict[str, Element]:
        """def:Standard by OID."""
        return self._by_oid("d:Standards/d:Standard")

    @cached_property
    def leaves(self) -> dict[str, Element]:
        """def:leaf by ID, of datasets and of documents."""
        return {**self._by_oid("o:ItemGroupDef/d:leaf", "ID"), **self._by_oid("d:leaf", "ID")}

    @cached_property
    def references(self) -> dict[str, list[tuple[Element, Element]]]:
        """Item OID to (ItemGroupDef or def:ValueListDef, ItemRef) of every reference to it."""
        found: dict[str, list[tuple[Element, Element]]] = {}
        for owner in (*self.groups.values(), *self.lists.values()):
            for reference in self.document.all("o:ItemRef", owner):
                found.setdefault(reference.get("ItemOID", ""), []).append((owner, reference))
        return found

    @cached_property
    def parents(self) -> dict[str, Element]:
        """OID of a value list to the ItemDef of the variable that refers to it."""
        found = {}
        for item in self.items.values():
            listed = item.find("d:ValueListRef", self.document.names)
            if listed is not None:
                found[listed.get("ValueListOID", "")] = item
        return found

    @cached_property
    def types(self) -> dict[tuple[str, str], str]:
        """(dataset, variable) to its DataType."""
        pairs = ((group.get("Name", ""), item) for group in self.groups.values() for _, item in self.variables(group))
        return {(name, item.get("Name", "")): item.get("DataType", "") for name, item in pairs}

    def values_of(self, item: Element) -> Element | None:
        """The def:ValueListDef of a variable."""
        listed = item.find("d:ValueListRef", self.document.names)
        return self.lists.get(listed.get("ValueListOID", "")) if listed is not None else None

    def codelist_of(self, item: Element) -> Element | None:
        """The CodeList of an item."""
        listed = item.find("o:CodeListRef", self.document.names)
        return self.codelists.get(listed.get("CodeListOID", "")) if listed is not None else None

    def variables(self, group: Element) -> list[tuple[Element, Element]]:
        """(ItemRef, ItemDef) of the variables of a dataset, in order."""
        listed = self.document.all("o:ItemRef", group)
        return [(one, self.items[oid]) for one in listed if (oid := one.get("ItemOID", "")) in self.items]

    def dataset_of(self, item: str) -> str:
        """The dataset of an item, also of a value of one of its variables; "" if nothing refers to it."""
        seen: set[str] = set()
        waiting = [item]
        while waiting:
            seen.add(oid := waiting.pop())
            for owner, _ in self.references.get(oid, ()):
                if owner.get("OID", "") in self.groups:
                    return owner.get("Name", "")
                parent = self.parents.get(owner.get("OID", ""))
                if parent is not None and parent.get("OID", "") not in seen:  # a value list of its own values has none
                    waiting.append(parent.get("OID", ""))
        return ""

    def checks(self, where: str) -> tuple[RangeCheck, ...]:
        """The checks of a where clause, each with the dataset whose variable it tests."""
        clause = self.wheres.get(where)
        found = []
        for check in self.document.all("o:RangeCheck", clause) if clause is not None else ():
            tested = self.items.get(self.document.get(check, "def:ItemOID"))
            values = tuple(one.text or "" for one in self.document.all("o:CheckValue", check))
            if tested is not None:
                home = self.dataset_of(tested.get("OID", ""))
                found.append(RangeCheck(tested.get("Name", ""), check.get("Comparator", ""), values, home))
        return tuple(found)

    def where_of(self, reference: Element) -> list[str]:
        """The OIDs of the where clauses of a value-level ItemRef or an arm:AnalysisDataset."""
        return [one.get("WhereClauseOID", "") for one in self.document.all("d:WhereClauseRef", reference)]

    def terms(self, codelist: Element) -> list[Element]:
        """The CodeListItems or EnumeratedItems of a codelist."""
        return [*self.document.all("o:CodeListItem", codelist), *self.document.all("o:EnumeratedItem", codelist)]

    def nci_code(self, element: Element) -> str:
        """The NCI code of a codelist or a term."""
        for alias in self.document.all("o:Alias", element):
            if alias.get("Context") == "nci:ExtCodeID":
                return alias.get("Name", "")
        return ""

    def address(self, leaf: Element) -> str:
        return leaf.get(f"{{{XLINK}}}href", "")
