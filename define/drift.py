"""Where two define.xml differ, element by element: the one that is there, and the one that would be written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from define.render import read_document

# The attributes by which an element is known among its like, the first that it has.
_NAMES = ("OID", "ID", "ItemOID", "CodedValue", "WhereClauseOID", "leafID", "ItemGroupOID", "Name", "Context")
_MOST_SHOWN = 60


def differences(there: Path, made: Path) -> list[str]:
    """`IT.DM.AGE Length is '2', would be '3'`, a line per attribute or text that differs; empty for the same document.

    An element that only one of them has is one line. Raises DataError for a file that is no XML.
    """
    old, new = _stated(there), _stated(made)
    lines = [f"{place} {name}is {_shown(value)}, would be {_shown(new[place, name])}"
             for (place, name), value in old.items() if (place, name) in new and new[place, name] != value]  # fmt: skip
    lines += [f"{place} is not what specification and data give" for place in _alone(old, new)]
    lines += [f"{place} is missing" for place in _alone(new, old)]
    return lines


def _alone(one: dict[tuple[str, str], str], other: dict[tuple[str, str], str]) -> list[str]:
    """The places that only `one` has, without those inside them, and attributes of places that both have."""
    known = {place for place, _ in other}
    found = dict.fromkeys(place for place, _ in one if place not in known)
    outer = [place for place in found if not any(place.startswith(f"{around}/") for around in found)]
    return outer + [f"{place} {name.strip()}" for place, name in one if place in known and (place, name) not in other]


def _shown(text: str) -> str:
    return repr(text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}...")


def _stated(path: Path) -> dict[tuple[str, str], str]:
    """(place, attribute with a blank, or "" for the text) to the value; a definition is known by its OID alone."""
    return {(place, name): value for place, name, value in _walk(read_document(path).getroot(), "")}


def _walk(element: etree._Element, around: str) -> Iterator[tuple[str, str, str]]:
    place = _place(element, around)
    yield place, "", (element.text or "").strip()
    for name, value in element.attrib.items():
        yield place, f"{etree.QName(name).localname} ", str(value)
    seen: dict[str, int] = {}
    for child in element.iterchildren(etree.Element):
        name = _place(child, place)
        seen[name] = seen.get(name, 0) + 1
        yield from _walk(child, place) if seen[name] == 1 else _again(child, name, seen[name])


def _again(element: etree._Element, name: str, count: int) -> Iterator[tuple[str, str, str]]:
    """A further element of the same name, numbered."""
    for place, attribute, value in _walk(element, ""):
        yield f"{name}[{count}]{place.removeprefix(_place(element, ''))}", attribute, value


def _place(element: etree._Element, around: str) -> str:
    oid = element.get("OID") or element.get("ID")
    if oid:
        return str(oid)
    named = next((str(element.get(name)) for name in _NAMES if element.get(name)), "")
    local = etree.QName(element).localname
    return f"{around}/{local} {named}".rstrip().lstrip("/")
