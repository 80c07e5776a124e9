"""The public stylesheet, with its searches for an OID answered by an index.

The stylesheet looks for the element of an OID among all of its kind, for every cell of its tables. XSLT has keys for
this: an index that is made once. The searches are replaced where the stylesheet is read; what it writes is the same,
for a document with one MetaDataVersion, as ours are. A search that is written in another way stays as it is.
"""

from __future__ import annotations

import re
from pathlib import Path

from lxml import etree

_XSL = "{http://www.w3.org/1999/XSL/Transform}"
_VERSION = "/odm:ODM/odm:Study/odm:MetaDataVersion"
# What is looked for, and by which attribute: the paths start at the elements of a MetaDataVersion.
_KEYS = {
    "odm:ItemGroupDef": "OID",
    "odm:ItemDef": "OID",
    "odm:CodeList": "OID",
    "odm:MethodDef": "OID",
    "def:CommentDef": "OID",
    "def:ValueListDef": "OID",
    "def:WhereClauseDef": "OID",
    "odm:ItemGroupDef/odm:ItemRef": "ItemOID",
    "odm:ItemDef/def:ValueListRef": "ValueListOID",
}
_DECLARED = re.compile(r"\$g_MetaDataVersion/(?P<element>\w+:\w+)")
# A path from the MetaDataVersion and a comparison with a variable, or what a path finds in one: never with something
# that depends on the element that is compared.
_SEARCH = re.compile(
    r"(?:\$(?P<variable>\w+)|(?:\.\./\.\./|/odm:ODM/odm:Study/odm:MetaDataVersion/)(?P<element>\w+:\w+))"
    r"(?P<below>/\w+:\w+)?\[@(?P<attribute>\w+) *= *(?P<sought>\$\w+(?:/@?\w+:?\w*)*)\]"
)


def indexed(path: Path, parser: etree.XMLParser) -> etree._ElementTree:
    """The stylesheet at a path, ready for `etree.XSLT`."""
    sheet = etree.parse(str(path), parser)
    root = sheet.getroot()
    declared = _declared(root)
    for element in root.iter(f"{_XSL}*"):
        for name in ("select", "test"):
            if "[@" in (text := element.get(name, "")):
                element.set(name, _SEARCH.sub(lambda found: _with_key(found, declared), text))
    for match, attribute in _KEYS.items():
        key = etree.SubElement(root, f"{_XSL}key", name=_name(match), use=f"@{attribute}")
        key.set("match", f"{_VERSION}/{match}")
    return sheet


def _declared(root: etree._Element) -> dict[str, str]:
    """The elements that the global variables of the stylesheet stand for."""
    found = {one.get("name", ""): _DECLARED.fullmatch(one.get("select", "")) for one in root.iter(f"{_XSL}variable")}
    return {name: match["element"] for name, match in found.items() if match}


def _with_key(found: re.Match[str], declared: dict[str, str]) -> str:
    element = found["element"] or declared.get(found["variable"], "")
    match = element + (found["below"] or "")
    if _KEYS.get(match) != found["attribute"]:
        return found[0]
    return f"key('{_name(match)}', {found['sought']})"


def _name(match: str) -> str:
    return f"trialspec.{re.sub(r'[:/]', '.', match)}"
