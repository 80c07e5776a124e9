"""A define.xml as one HTML file that opens from disk.

Browsers no longer apply a stylesheet to an XML file opened from disk, so the transformation is done here,
with the stylesheet that the package `defineutils` carries.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import defineutils
from lxml import etree

FOLDER = Path(defineutils.__file__).parent / "definehtml"
STYLESHEET = "define2-1.xsl"
# Show lengths, formats and digits, and the comments table; the stylesheet hides them unless asked.
_PARAMETERS = {"displayLengthDFormatSD": "1", "displayCommentsTable": "1"}


def safe_parser() -> etree.XMLParser:
    """An XML parser that loads no DTD, expands no entity and opens no address."""
    return etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)


def render(path_xml: Path, path_html: Path) -> None:
    """Write `path_xml` as HTML to `path_html`; style and script are inside, no other file is needed.

    Raises etree.XMLSyntaxError if the file is no XML.
    """
    document = etree.parse(str(path_xml), safe_parser())
    control = etree.XSLTAccessControl.DENY_ALL
    transform = etree.XSLT(etree.parse(str(FOLDER / STYLESHEET), safe_parser()), access_control=control)
    result = transform(document, **{name: etree.XSLT.strparam(value) for name, value in _PARAMETERS.items()})
    path_html.write_bytes(etree.tostring(result, method="html", encoding="utf-8", doctype="<!DOCTYPE html>"))


def copy_stylesheet(folder: Path) -> Path:
    """Copy the stylesheet beside a define.xml, for readers that apply it themselves; its new path."""
    return Path(shutil.copyfile(FOLDER / STYLESHEET, folder / STYLESHEET))
