"""XML read element by element: no document type, no entities, nothing fetched, memory given back on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from lxml import etree

DOCTYPE = "it has a document type (DOCTYPE), which may hide entities or other files"


class XmlFault(Exception):
    """The XML is not well-formed or has a document type; line: where, 0 unknown."""

    def __init__(self, message: str, line: int = 0) -> None:
        self.message, self.line = message, line
        super().__init__(message)


def local(element: etree._Element) -> str:
    """The name of an element without its namespace; "" for a comment or an instruction."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def stream(file: IO[bytes], names: tuple[str, ...]) -> Iterator[etree._Element]:
    """Elements of these local names, whole, each forgotten after its turn. Raises XmlFault."""
    for element in _parsed(file, [f"{{*}}{name}" for name in names]):
        yield element
        forget(element)


def whole(file: IO[bytes]) -> etree._Element:
    """The root element with all that it holds. Raises XmlFault."""
    for element in _parsed(file, None):
        root = element
    return root


def _parsed(file: IO[bytes], tags: list[str] | None) -> Iterator[etree._Element]:
    """The elements at their ends."""
    parser = etree.iterparse(
        file,
        events=("end",),
        tag=tags,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    checked = False
    try:
        for _, element in parser:
            if not checked:
                _refuse_doctype(element)
                checked = True
            yield element
        if not checked:
            _refuse_doctype(parser.root)
    except etree.XMLSyntaxError as error:
        raise XmlFault(error.msg or "it is no XML", error.lineno or 0) from None


def _refuse_doctype(element: etree._Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise XmlFault(DOCTYPE, 1)


def forget(element: etree._Element) -> None:
    """Give back the memory of an element that was read, and of its elder siblings."""
    element.clear(keep_tail=False)
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
