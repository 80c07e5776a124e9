"""What the page of a define.xml shows, read off the document: datasets, their variables, what these are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from define.lineage import Lineage
from define.lookup import Element, Lookup
from define.odm import ADDRESS
from define.read import Document
from define.read_items import condition

Columns = tuple["Link", ...]


@dataclass(frozen=True)
class Link:
    """A text that leads somewhere; `href` is "" where there is nothing to lead to. `more` is said after it."""

    text: str
    href: str = ""
    more: str = ""


@dataclass(frozen=True)
class Item:
    """A variable, or with `where` some of its values. `anchor` is its place on the page."""

    anchor: str
    name: str
    label: str
    type: str
    format: str
    mandatory: bool
    key: str
    role: str
    no_data: bool
    codelist: str
    origin: str
    origin_text: str
    pages: tuple[Link, ...]
    method: str
    comment: str
    where: str = ""
    values: tuple[Item, ...] = ()
    sources: tuple[Link, ...] = ()
    users: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Dataset:
    oid: str
    name: str
    label: str
    kind: str
    facts: tuple[tuple[str, str], ...]
    file: Link
    comment: str
    no_data: bool
    items: tuple[Item, ...]


@dataclass
class Reader:
    """Reads one document, and remembers which items use a codelist, method or comment (`used`: OID to links).

    lineage: (dataset, variable) to the columns that it is made from; blank for a document without a specification.
    """

    document: Document
    lineage: Lineage = field(default_factory=dict)
    used: dict[str, list[Link]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lookup = Lookup(self.document)
        self.anchors = self._anchors()
        self.users = self._users()

    def _anchors(self) -> dict[tuple[str, str], str]:
        """(dataset, variable) to its place on the page: the OID, with the dataset where several share one."""
        found: dict[tuple[str, str], str] = {}
        for group in self.lookup.groups.values():
            name = group.get("Name", "")
            for _, item in self.lookup.variables(group):
                oid = item.get("OID", "")
                shared = len(self.document.homes.get(oid, ())) > 1
                found[name, item.get("Name", "")] = f"{oid}@{name}" if shared else oid
        return found

    def _users(self) -> Mapping[tuple[str, str], list[tuple[str, str]]]:
        """A column to the variables that are made from it, by the same names as in `lineage`."""
        found: dict[tuple[str, str], dict[tuple[str, str], None]] = {}
        for user, columns in self.lineage.items():
            whole = (user[0], user[1].partition(".")[0])
            for column in columns:
                found.setdefault(column, {}).setdefault(whole)
        return {column: [user for user in users if user != column] for column, users in found.items()}

    # --- datasets and their variables ---

    def datasets(self) -> list[Dataset]:
        return [self._dataset(group) for group in self.lookup.groups.values()]

    def _dataset(self, group: Element) -> Dataset:
        get, name = self.document.get, group.get("Name", "")
        observed = group.find("d:Class", self.document.names)
        kind = get(group, "def:Class") or (observed.get("Name", "") if observed is not None else "")
        listed = self.document.all("d:SubClass", observed) if observed is not None else []
        standard = self.lookup.standards.get(get(group, "def:StandardOID"))
        keys = sorted((int(k), item.get("Name", "")) for ref, item in self.lookup.variables(group)
                      if (k := ref.get("KeySequence", "")).isdigit())  # fmt: skip
        facts = (
            ("Class", ", ".join([kind, *(one.get("Name", "") for one in listed)])),
            ("Structure", get(group, "def:Structure")),
            ("Keys", ", ".join(key for _, key in keys)),
            ("Purpose", group.get("Purpose", "")),
            ("Repeating", group.get("Repeating", "")),
            ("Reference data", group.get("IsReferenceData", "")),
            ("Standard", standard_name(standard) if standard is not None else ""),
            ("Domain", group.get("Domain", "") if group.get("Domain") != name else ""),
        )
        oid = group.get("OID", "")
        return Dataset(
            oid, name, self.document.text(group), kind, tuple((k, v) for k, v in facts if v),
            self.leaf(get(group, "def:ArchiveLocationID")), self.use(get(group, "def:CommentOID"), Link(name, oid)),
            get(group, "def:HasNoData") == "Yes",
            tuple(self._variable(name, ref, item) for ref, item in self.lookup.variables(group)),
        )  # fmt: skip

    def _variable(self, dataset: str, reference: Element, item: Element) -> Item:
        name = item.get("Name", "")
        anchor = self.anchors[dataset, name]
        listed = self.lookup.values_of(item)
        values = []
        for ref in self.document.all("o:ItemRef", listed) if listed is not None else ():
            value = self.lookup.items.get(ref.get("ItemOID", ""))
            if value is not None:
                values.append(self._value(dataset, name, anchor, ref, value))
        return self._item(dataset, anchor, f"{dataset}.{name}", name, reference, item, "", tuple(values))

    def _value(self, dataset: str, name: str, parent: str, reference: Element, item: Element) -> Item:
        conditions = [self.where(oid, dataset) for oid in self.lookup.where_of(reference)]
        checks = [check for oid in self.lookup.where_of(reference) for check in self.lookup.checks(oid)]
        one = checks[0].values[0] if len(checks) == 1 and len(checks[0].values) == 1 else ""
        oid, where = item.get("OID", ""), " or ".join(conditions)
        anchor = f"{oid}@{dataset}" if parent.endswith(f"@{dataset}") else oid
        shown = f"{dataset}.{name} where {where}"
        return self._item(dataset, anchor, shown, f"{name}.{one}", reference, item, where, ())

    def _item(
        self, dataset: str, anchor: str, shown: str, made: str, reference: Element, item: Element, where: str,
        values: tuple[Item, ...],
    ) -> Item:  # fmt: skip
        get, link = self.document.get, Link(shown, anchor)
        origins = self.document.all("d:Origin", item)
        codelist = self.lookup.codelist_of(item)
        sources, users = self._lineage(dataset, made, where)
        return Item(
            anchor, item.get("Name", ""), self.document.text(item), _type(item), get(item, "def:DisplayFormat"),
            reference.get("Mandatory") == "Yes", reference.get("KeySequence", ""), reference.get("Role", ""),
            get(reference, "def:HasNoData") == "Yes",
            self.use(codelist.get("OID", "") if codelist is not None else "", link),
            "; ".join(" · ".join(filter(None, (one.get("Type"), one.get("Source")))) for one in origins),
            "; ".join(filter(None, (self.document.text(one) for one in origins))),
            tuple(page for one in origins for page in self.references(one)),
            self.use(reference.get("MethodOID", ""), link),
            self.use(get(item, "def:CommentOID"), link),
            where, values, sources, users,
        )  # fmt: skip

    def _lineage(self, dataset: str, made: str, where: str) -> tuple[Columns, Columns]:
        columns = self.lineage.get((dataset, made), ())
        if where:
            return tuple(self._column(column) for column in columns), ()
        users = self.users.get((dataset, made), ())
        return tuple(self._column(column) for column in columns), tuple(self._column(column, False) for column in users)

    def _column(self, column: tuple[str, str], further: bool = True) -> Link:
        """A link to a variable of the page; of one that is elsewhere, the columns that it is made from are told."""
        table, name = column
        anchor = self.anchors.get((table, name.partition(".")[0]), "")
        if anchor and "." in name and f"{anchor}.{name.partition('.')[2]}" in self.lookup.items:
            anchor = f"{anchor}.{name.partition('.')[2]}"
        behind = self.lineage.get(column, ()) if further and not anchor else ()
        return Link(f"{table}.{name}", anchor, ", ".join(".".join(one) for one in behind))

    def use(self, oid: str, link: Link) -> str:
        """Remember that something refers to a codelist, method or comment; its OID."""
        if oid:
            self.used.setdefault(oid, []).append(link)
        return oid

    # --- conditions, documents ---

    def where(self, oid: str, dataset: str) -> str:
        clause = self.lookup.wheres.get(oid)
        if clause is None:
            return oid
        self.use(self.document.get(clause, "def:CommentOID"), Link(f"{dataset} where {oid}"))
        return condition(self.document, clause, dataset)

    def leaf(self, oid: str) -> Link:
        """A document or file: its title, and its address where it is a relative path."""
        leaf = self.lookup.leaves.get(oid)
        if leaf is None:
            return Link(oid)
        address = self.lookup.address(leaf)
        return Link(self.document.text(leaf, "d:title") or address, "" if ADDRESS.match(address) else address)

    def references(self, element: Element) -> tuple[Link, ...]:
        """The documents that an element refers to: a link for each page or named destination."""
        found: list[Link] = []
        for reference in self.document.all("d:DocumentRef", element):
            leaf = self.leaf(reference.get("leafID", ""))
            pages = self.document.all("d:PDFPageRef", reference)
            found += [leaf] if not pages else [link for page in pages for link in _pages(leaf, page)]
        return tuple(found)


def _pages(leaf: Link, page: Element) -> list[Link]:
    title = page.get("Title", "")
    first, last = page.get("FirstPage"), page.get("LastPage")
    if first and last:
        shown = title or f"{leaf.text}, pages {first} to {last}"
        return [Link(shown, leaf.href and f"{leaf.href}#page={first}")]
    kind, word = ("page", "page ") if page.get("Type") == "PhysicalRef" else ("nameddest", "")
    listed = page.get("PageRefs", "").split()
    return [Link(title if title and len(listed) == 1 else f"{leaf.text}, {word}{one}",
                 leaf.href and f"{leaf.href}#{kind}={one}") for one in listed]  # fmt: skip


def _type(item: Element) -> str:
    length, digits = item.get("Length", ""), item.get("SignificantDigits", "")
    return f"{item.get('DataType', '')} {length}{'.' + digits if digits else ''}".strip()


def standard_name(element: Element) -> str:
    """A def:Standard as readers name it: `CDISC/NCI SDTM 2025-03-28`."""
    parts = (element.get("Name"), element.get("PublishingSet"), element.get("Version"))
    return " ".join(part for part in parts if part)
