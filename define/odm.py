"""Namespaces and small pieces of the ODM document."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree

from specs.oids import prefixed
from specs.problem import DataError, Place, Problem
from specs.structure import ADDRESS as ADDRESS

ODM = "http://www.cdisc.org/ns/odm/v1.3"
DEF = "http://www.cdisc.org/ns/def/v2.1"
ARM = "http://www.cdisc.org/ns/arm/v1.0"
XLINK = "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"
NAMESPACES = {None: ODM, "def": DEF, "arm": ARM, "xlink": XLINK}
_PREFIXES = {"def": DEF, "arm": ARM, "xlink": XLINK, "xml": XML}
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_PAGES = re.compile(r"[\s,;]+")
_TITLE = re.compile(r'"([^"]*)"')
_PARTS = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')
_RANGE = re.compile(r"(\d+)-(\d+)")


def tag(name: str) -> str:
    """The qualified name of `ItemDef`, `def:Origin`, `arm:Code`.

    >>> tag("def:Origin")
    '{http://www.cdisc.org/ns/def/v2.1}Origin'
    """
    prefix, colon, local = name.rpartition(":")
    return f"{{{_PREFIXES[prefix]}}}{local}" if colon else f"{{{ODM}}}{name}"


def attribute(name: str) -> str:
    """The qualified name of an attribute; without a prefix it has no namespace."""
    return tag(name) if ":" in name else name


def add(parent: etree._Element, name: str, attributes: Mapping[str, str] | None = None) -> etree._Element:
    """Append an element; attributes whose value is empty are left out."""
    element = etree.SubElement(parent, tag(name))
    for key, value in (attributes or {}).items():
        if value != "":
            element.set(attribute(key), clean(value))
    return element


def add_text(parent: etree._Element, name: str, text: str, attributes: Mapping[str, str] | None = None) -> None:
    """Append an element with text."""
    add(parent, name, attributes).text = clean(text)


def add_description(parent: etree._Element, text: str) -> None:
    """Append `Description/TranslatedText`, or nothing for an empty text."""
    if text:
        add_translated(add(parent, "Description"), text)


def add_translated(parent: etree._Element, text: str) -> None:
    add_text(parent, "TranslatedText", text, {"xml:lang": "en"})


def clean(text: str) -> str:
    """The text with LF line ends. Raises DataError for a control character, which XML 1.0 cannot hold."""
    if found := _FORBIDDEN.search(text):
        message = f"{text[:60]!r} holds the control character U+{ord(found[0]):04X}"
        raise DataError([Problem(Place("define.xml"), message, "take it out of the data or the specification")])
    return text.replace("\r\n", "\n").replace("\r", "\n")


def leaf_id(document: str) -> str:
    """The xs:ID of the def:leaf of a document or dataset."""
    return prefixed("LF", document)


def split_references(cell: str) -> list[str]:
    """The parts of a cell that semicolons separate; one inside a title in quotes does not.

    >>> split_references('3 4 "Doses; routes"; 12')
    ['3 4 "Doses; routes"', '12']
    """
    return [part.strip() for part in _PARTS.split(cell)]


def add_document_ref(parent: etree._Element, document: str, pages: str) -> None:
    """Append def:DocumentRef to a document; numbers are pages, anything else named destinations.

    A text in quotes after them is what the reference is called: `12-14 "SAP Section 11.2"`.
    """
    reference = add(parent, "def:DocumentRef", {"leafID": leaf_id(document)})
    title = _TITLE.search(pages)
    wanted = [page for page in _PAGES.split(_TITLE.sub(" ", pages).strip()) if page]
    if not wanted:
        return
    called = {"Title": title[1] if title else ""}
    if len(wanted) == 1 and (bounds := _RANGE.fullmatch(wanted[0])):
        limits = {"FirstPage": bounds[1], "LastPage": bounds[2]}
        add(reference, "def:PDFPageRef", {**limits, "Type": "PhysicalRef", **called})
        return
    kind = "PhysicalRef" if all(page.isdigit() for page in wanted) else "NamedDestination"
    add(reference, "def:PDFPageRef", {"PageRefs": " ".join(wanted), "Type": kind, **called})
