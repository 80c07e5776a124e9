"""A define.xml as the public stylesheet shows it, as one HTML file that opens from disk.

Browsers no longer apply a stylesheet to an XML file opened from disk, so the transformation is done here,
with the stylesheet that the package `defineutils` carries.
"""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

from lxml import etree

from define.public_files import PUBLIC
from define.stylesheet import indexed
from specs.problem import DataError, Place, Problem

FOLDER = PUBLIC / "definehtml"
STYLESHEET = "define2-1.xsl"
RENDERED = "define2-1.html"
# Show lengths, formats and digits, and the comments table; the stylesheet hides them unless asked.
_PARAMETERS = {"displayLengthDFormatSD": "1", "displayCommentsTable": "1"}


def read_document(path: Path) -> etree._ElementTree:
    """Parse an XML file without network, DTD or entities.

    Raises DataError if it is not well-formed or brings a document type declaration, which no define.xml needs
    and which could read other files.
    """
    try:
        document = etree.parse(str(path), _safe_parser())
    except etree.XMLSyntaxError as error:
        raise DataError([Problem(Place(path.name, error.lineno or 0), f"is not well-formed: {error.msg}")]) from None
    if document.docinfo.internalDTD is not None:
        hint = "take <!DOCTYPE ...> out"
        raise DataError([Problem(Place(path.name), "holds a document type declaration", hint)])
    return document


def _safe_parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)


@cache
def _transform() -> etree.XSLT:
    control = etree.XSLTAccessControl.DENY_ALL
    return etree.XSLT(indexed(FOLDER / STYLESHEET, _safe_parser()), access_control=control)


def render(path_xml: Path, path_html: Path) -> None:
    """Write `path_xml` as HTML to `path_html`; style and script are inside, no other file is needed.

    Raises DataError if the file is no XML or holds a document type declaration.
    """
    document = read_document(path_xml)
    result = _transform()(document, **{name: etree.XSLT.strparam(value) for name, value in _PARAMETERS.items()})
    path_html.write_bytes(etree.tostring(result, method="html", encoding="utf-8", doctype="<!DOCTYPE html>"))


def copy_stylesheet(folder: Path) -> Path:
    """Copy the stylesheet beside a define.xml, for readers that apply it themselves; its new path."""
    return Path(shutil.copyfile(FOLDER / STYLESHEET, folder / STYLESHEET))
