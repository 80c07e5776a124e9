"""Read a define.xml, version 2.0 or 2.1, as the tables of a specification.

What a define.xml can say and the sheets of a specification have no column for is listed, not passed over
(`define.read_rest`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from lxml import etree

from define.odm import ARM, ODM, XLINK, XML
from define.render import read_document
from specs.columns import SHEETS
from specs.define_sheet import LANGUAGE
from specs.problem import Place, Problem, SpecError
from specs.read_csv import RawTable, Row
from specs.workbook_sheets import Table

_DEFINE = "http://www.cdisc.org/ns/def/"
Cells = dict[str, str]


@dataclass
class Document:
    """A parsed define.xml: its MetaDataVersion, its definitions by OID, and what was noticed in reading it.

    `items`: ItemDef by OID. `homes`: (dataset, variable) of each of them. `remarks` are for a reader, `faults` are
    contradictions of the document. `ids`: which OID took which ID.
    """

    name: str
    root: etree._Element
    define: str
    version: etree._Element
    items: dict[str, etree._Element] = field(default_factory=dict)
    homes: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    remarks: list[Problem] = field(default_factory=list)
    faults: list[Problem] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, str]:
        return {"o": ODM, "d": self.define, "a": ARM, "x": XLINK}

    def all(self, path: str, element: etree._Element | None = None) -> list[etree._Element]:
        """The elements at a path of prefixed names (`o:ItemDef`), below MetaDataVersion or `element`."""
        return (self.version if element is None else element).findall(path, self.names)

    def text(self, element: etree._Element, path: str = "o:Description/o:TranslatedText") -> str:
        """The text at a path; "" where there is none."""
        found = element.find(path, self.names)
        return (found.text or "").strip() if found is not None else ""

    def get(self, element: etree._Element, name: str) -> str:
        """An attribute: `Name`, or of Define-XML's namespace `def:Structure`."""
        prefix, _, local = name.rpartition(":")
        return str(element.get(f"{{{self.define}}}{local}" if prefix == "def" else name) or "").strip()

    def say(self, element: etree._Element, message: str, hint: str = "") -> None:
        """Note what a reader should know, at the line of an element."""
        self.remarks.append(Problem(Place(self.name, element.sourceline or 0), message, hint))

    def blame(self, element: etree._Element, message: str, hint: str = "") -> None:
        """Note a fault of the document, at the line of an element."""
        self.faults.append(Problem(Place(self.name, element.sourceline or 0), message, hint))

    def id(self, oid: str) -> str:
        """An OID as the ID of a row: without the letters of its kind, which writing puts before it again.

        An ID that another OID of the kind already took keeps its whole OID.
        """
        kind, point, rest = oid.partition(".")
        bare = rest if point and kind in ("CL", "MT", "COM", "LF", "RD", "AR", "WC") else oid
        owner = self.ids.setdefault(f"{kind if bare != oid else ''}:{bare}", oid)
        return bare if owner == oid else oid

    def row(self, element: etree._Element, cells: Cells) -> Row:
        """A row at the line of an element."""
        return Row(self.name, element.sourceline or 0, cells)


def read_define(path: Path) -> Document:
    """The document at `path`. Raises DataError if it is no XML, SpecError if it is no define.xml."""
    return as_document(read_document(path), path.name)


def as_document(tree: etree._ElementTree, name: str) -> Document:
    """A parsed define.xml. Raises SpecError if it is none."""
    root = tree.getroot()
    define = next((uri for uri in root.nsmap.values() if uri and uri.startswith(_DEFINE)), "")
    version = root.find(f".//{{{ODM}}}MetaDataVersion")
    if not define or version is None:
        message = "is no define.xml: it has no MetaDataVersion, or not the namespace of Define-XML"
        raise SpecError([Problem(Place(name, root.sourceline or 0), message, "give a define.xml of version 2")])
    document = Document(name, root, define, version)
    document.items = {item.get("OID", ""): item for item in document.all("o:ItemDef")}
    for group in document.all("o:ItemGroupDef"):
        for reference in document.all("o:ItemRef", group):
            oid = reference.get("ItemOID", "")
            item = document.items.get(oid)
            if item is None:
                document.blame(reference, f"refers to {oid}, which is not defined", "the variable is left out")
            else:
                document.homes.setdefault(oid, []).append((group.get("Name", ""), item.get("Name", "")))
    return document


def created(document: Document) -> str:
    """The time that the document states, without a time zone; "" where it is no ISO 8601 date and time."""
    try:
        return datetime.fromisoformat(document.root.get("CreationDateTime", "")).replace(tzinfo=None).isoformat()
    except ValueError:
        return ""


def stage_of(document: Document) -> str:
    """adam for a define.xml of analysis datasets, else sdtm."""
    purposes = {group.get("Purpose") for group in document.all("o:ItemGroupDef")}
    return "adam" if "Analysis" in purposes else "sdtm"


def table(document: Document, name: str, rows: list[Row]) -> Table:
    """A table of a sheet; columns that the sheet does not have stand behind its own."""
    columns = dict.fromkeys([*SHEETS[name].names, *(column for row in rows for column in row.cells)])
    padded = tuple(Row(row.file, row.line, {**dict.fromkeys(columns, ""), **row.cells}) for row in rows)
    return Table(name, SHEETS[name], RawTable(document.name, tuple(columns), padded))


def define_rows(document: Document) -> Iterator[Row]:
    """The attributes of the study and of the document."""
    version = document.version
    for name in ("StudyName", "StudyDescription", "ProtocolName"):
        for element in document.root.iter(f"{{{ODM}}}{name}"):
            yield document.row(element, {"Attribute": name, "Value": (element.text or "").strip()})
    attributes = {
        "Originator": document.root.get("Originator"),
        "Context": document.get(document.root, "def:Context"),
        "StandardName": document.get(version, "def:StandardName"),
        "StandardVersion": document.get(version, "def:StandardVersion"),
    }
    for name, value in attributes.items():
        if value:
            yield document.row(version, {"Attribute": name, "Value": value})
    texts = [text for text in document.root.iter(f"{{{ODM}}}TranslatedText") if text.get(f"{{{XML}}}lang")]
    languages = dict.fromkeys(str(text.get(f"{{{XML}}}lang")) for text in texts)
    if languages:
        yield document.row(texts[0], {"Attribute": LANGUAGE, "Value": next(iter(languages))})
    for language in list(languages)[1:]:
        first = next(text for text in texts if text.get(f"{{{XML}}}lang") == language)
        said = f"texts in {language} count as texts in {next(iter(languages))}"
        document.say(first, said, "the tables have one language")


def dataset_rows(document: Document) -> Iterator[Row]:
    """A row per ItemGroupDef."""
    standards = {one.get("OID"): _standard(one) for one in document.all("d:Standards/d:Standard")}
    for group in document.all("o:ItemGroupDef"):
        observed = group.find("d:Class", document.names)
        kind = document.get(group, "def:Class") or (observed.get("Name", "") if observed is not None else "")
        subclass = observed.find("d:SubClass", document.names) if observed is not None else None
        yield document.row(group, {
            "Dataset": group.get("Name", ""),
            "Label": document.text(group),
            "Class": kind,
            "SubClass": subclass.get("Name", "") if subclass is not None else "",
            "Structure": document.get(group, "def:Structure"),
            "Key Variables": ", ".join(_keys(document, group)),
            "Standard": standards.get(document.get(group, "def:StandardOID"), ""),
            "Has No Data": document.get(group, "def:HasNoData"),
            "Repeating": group.get("Repeating", ""),
            "Reference Data": group.get("IsReferenceData", ""),
            "Comment": document.id(document.get(group, "def:CommentOID")),
        })  # fmt: skip


def _standard(element: etree._Element) -> str:
    return f"{element.get('Name')} {element.get('Version')}"


def _keys(document: Document, group: etree._Element) -> list[str]:
    found = []
    for reference in document.all("o:ItemRef", group):
        item = document.items.get(reference.get("ItemOID", ""))
        if item is not None and (reference.get("KeySequence") or "").isdigit():
            found.append((int(reference.get("KeySequence", "0")), item.get("Name", "")))
    return [name for _, name in sorted(found)]


def references(document: Document) -> Iterator[tuple[str, etree._Element, etree._Element]]:
    """(dataset, ItemRef, ItemDef) of every variable, in the order of OrderNumber."""
    for group in document.all("o:ItemGroupDef"):
        listed = [(_order(one, place), one) for place, one in enumerate(document.all("o:ItemRef", group), start=1)]
        for _, reference in sorted(listed, key=lambda pair: pair[0]):
            item = document.items.get(reference.get("ItemOID", ""))
            if item is not None:
                yield group.get("Name", ""), reference, item


def _order(reference: etree._Element, place: int) -> tuple[int, int]:
    given = reference.get("OrderNumber", "")
    return (int(given) if given.isdigit() else place), place
