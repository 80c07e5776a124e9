"""Codelists, dictionaries, methods, comments and documents of a define.xml."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from define.odm import XLINK
from define.read import Cells, Document
from define.read_items import document_refs
from specs.read_csv import Row

_NCI = "nci:ExtCodeID"


def codelist_rows(document: Document) -> Iterator[Row]:
    """A row per term."""
    standards = {one.get("OID"): _package(one) for one in document.all("d:Standards/d:Standard")}
    for codelist in document.all("o:CodeList"):
        terms = [*document.all("o:CodeListItem", codelist), *document.all("o:EnumeratedItem", codelist)]
        own = {
            "ID": document.id(codelist.get("OID", "")),
            "Name": codelist.get("Name", ""),
            "NCI Codelist Code": _code(document, codelist),
            "Data Type": codelist.get("DataType", ""),
            "Terminology": standards.get(document.get(codelist, "def:StandardOID"), ""),
            "Comment": document.id(document.get(codelist, "def:CommentOID")),
        }
        for position, term in enumerate(terms, start=1):
            yield document.row(term, {**own, **_term(document, term, position)})


def _term(document: Document, term: etree._Element, position: int) -> Cells:
    cells = {
        "Order": term.get("OrderNumber") or str(position),
        "Term": term.get("CodedValue", ""),
        "NCI Term Code": _code(document, term),
        "Decoded Value": document.text(term, "o:Decode/o:TranslatedText"),
    }
    return cells | ({"Rank": term.get("Rank", "")} if term.get("Rank") else {})


def _package(standard: etree._Element) -> str:
    return f"{standard.get('Name')} {standard.get('PublishingSet')} {standard.get('Version')}"


def _code(document: Document, element: etree._Element) -> str:
    found = [alias.get("Name", "") for alias in document.all("o:Alias", element) if alias.get("Context") == _NCI]
    return found[0] if found else ""


def dictionary_rows(document: Document) -> Iterator[Row]:
    """A row per external codelist."""
    for codelist in document.all("o:CodeList"):
        external = codelist.find("o:ExternalCodeList", document.names)
        if external is not None:
            if document.get(codelist, "def:StandardOID"):
                document.say(codelist, f"the standard of the dictionary {codelist.get('Name')} is not taken over")
            cells = {
                "ID": document.id(codelist.get("OID", "")),
                "Name": codelist.get("Name", ""),
                "Data Type": codelist.get("DataType", ""),
                "Dictionary": external.get("Dictionary", ""),
                "Version": external.get("Version", ""),
            }
            further = {name.capitalize(): external.get(name, "") for name in ("href", "ref") if external.get(name)}
            yield document.row(codelist, {**cells, **further})


def method_rows(document: Document) -> Iterator[Row]:
    """A row per MethodDef; further formal expressions stand in columns of their own."""
    for method in document.all("o:MethodDef"):
        cells = {
            "ID": document.id(method.get("OID", "")),
            "Name": method.get("Name", ""),
            "Type": method.get("Type", ""),
            "Description": document.text(method),
            **_referred(document, method),
        }
        for number, expression in enumerate(document.all("o:FormalExpression", method), start=1):
            mark = "" if number == 1 else f" {number}"
            cells[f"Expression Context{mark}"] = " ".join(expression.get("Context", "").split())
            cells[f"Expression Code{mark}"] = (expression.text or "").strip()
        yield document.row(method, cells)


def comment_rows(document: Document) -> Iterator[Row]:
    """A row per def:CommentDef."""
    for comment in document.all("d:CommentDef"):
        cells = {"ID": document.id(comment.get("OID", "")), "Description": document.text(comment)}
        yield document.row(comment, {**cells, **_referred(document, comment)})


def _referred(document: Document, element: etree._Element) -> Cells:
    """The documents of a method or comment, and the pages in each."""
    found = document_refs(document, element)
    if not found:
        return {}
    pages = "; ".join(pages for _, pages in found) if any(pages for _, pages in found) else ""
    return {"Document": " ".join(name for name, _ in found), "Pages": pages}


def document_rows(document: Document) -> Iterator[Row]:
    """A row per def:leaf that is no dataset."""
    for leaf in document.all("d:leaf"):
        yield document.row(leaf, {
            "ID": document.id(leaf.get("ID", "")),
            "Title": document.text(leaf, "d:title"),
            "Href": leaf.get(f"{{{XLINK}}}href", ""),
        })  # fmt: skip


def standard_rows(document: Document) -> Iterator[tuple[str, ...]]:
    """The def:Standards as they stand, for a sheet that is kept."""
    listed = document.all("d:Standards/d:Standard")
    if listed:
        yield "Name", "Type", "Publishing Set", "Version", "Status", "Comment"
    for one in listed:
        names = ("Name", "Type", "PublishingSet", "Version", "Status")
        yield (*(one.get(name, "") for name in names), document.id(document.get(one, "def:CommentOID")))
