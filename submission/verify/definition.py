"""Which datasets and variables a line about a define.xml concerns: by the OID with which it begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lxml import etree

from define.render import read_document

_MOST = 4
_ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
_DEF = "{http://www.cdisc.org/ns/def/v2.1}"


def concerned(path: Path) -> Callable[[str], str]:
    """A function from a line that begins with an OID to `DM.AGE`, or those that use it; "" for none."""
    root = read_document(path).getroot()
    users = _users(root)

    def item(line: str) -> str:
        oid = line.split(" ", 1)[0].split("/", 1)[0]
        names = list(dict.fromkeys(users.get(oid, [])))
        return ", ".join(names) if len(names) <= _MOST else f"{', '.join(names[:_MOST])} and {len(names) - _MOST} more"

    return item


def _users(root: etree._Element) -> dict[str, list[str]]:
    """OID to the datasets and variables that it stands for or that use it."""
    found: dict[str, list[str]] = {}
    lists: dict[str, list[str]] = {}
    for group in root.iter(f"{_ODM}ItemGroupDef"):
        found[group.get("OID", "")] = [group.get("Name", "")]
        for reference in group.iter(f"{_ODM}ItemRef"):
            found.setdefault(reference.get("ItemOID", ""), []).append(group.get("Name", ""))
    for item in root.iter(f"{_ODM}ItemDef"):
        oid, name = item.get("OID", ""), item.get("Name", "")
        found[oid] = [f"{dataset}.{name}" for dataset in found.get(oid, [])]
        for reference in item.iter(f"{_DEF}ValueListRef"):
            lists[reference.get("ValueListOID", "")] = found[oid]
    _of_value_lists(root, found, lists)
    for item in root.iter(f"{_ODM}ItemDef"):
        for reference in item.iter(f"{_ODM}CodeListRef"):
            found.setdefault(reference.get("CodeListOID", ""), []).extend(found[item.get("OID", "")])
    return found


def _of_value_lists(root: etree._Element, found: dict[str, list[str]], lists: dict[str, list[str]]) -> None:
    for values in root.iter(f"{_DEF}ValueListDef"):
        names = lists.get(values.get("OID", ""), [])
        found[values.get("OID", "")] = names
        for reference in values.iter(f"{_ODM}ItemRef"):
            found[reference.get("ItemOID", "")] = names
            for where in reference.iter(f"{_DEF}WhereClauseRef"):
                found.setdefault(where.get("WhereClauseOID", ""), []).extend(names)
    for reference in root.iter(f"{_ODM}ItemRef"):
        if reference.get("MethodOID"):
            found.setdefault(reference.get("MethodOID", ""), []).extend(found.get(reference.get("ItemOID", ""), []))
