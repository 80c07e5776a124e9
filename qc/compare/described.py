"""What a define.xml beside the data, or the specification of the study, says of datasets: keys, labels, codelists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from lxml import etree

from define.odm import ODM
from qc.compare.table import Table
from specs.model import Spec
from specs.problem import ProblemError

Terms = tuple[tuple[str, str], ...]
_N = {"o": ODM}


@dataclass(frozen=True)
class Item:
    """A variable: label and display format, "" where none is stated; the terms of its codelist, with decodes."""

    label: str = ""
    format: str = ""
    terms: Terms | None = None


@dataclass(frozen=True)
class Description:
    """A dataset. source: what describes it, in words."""

    source: str
    keys: tuple[str, ...] = ()
    items: Mapping[str, Item] = field(default_factory=dict)


def of_specs(specs: Sequence[Spec]) -> dict[str, Description]:
    """The datasets of the specification by name."""
    found = {}
    for spec in specs:
        for name, dataset in spec.datasets.items():
            source = f"Key Variables of the specification ({dataset.place.file}:{dataset.place.row})"
            found[name.upper()] = Description(source, dataset.key_variables)
    return found


def beside(path: str) -> tuple[dict[str, Description], str]:
    """The datasets of the define.xml in the folder of a file, and what is wrong with that define.xml."""
    define = Path(path).parent / "define.xml"
    if not path or not define.is_file():
        return {}, ""
    try:
        return _datasets(str(define), define.stat().st_mtime_ns), ""
    except ProblemError as error:
        return {}, f"{define} was not used: {error.problems[0].message}"


@lru_cache(maxsize=8)
def _datasets(path: str, changed: int) -> dict[str, Description]:
    """By name in capitals; read once, until the file changes. Raises DataError."""
    from define.render import read_document  # brings the schemas of Define-XML with it, which takes a while

    root = read_document(Path(path)).getroot()
    items = {item.get("OID"): item for item in root.iterfind(".//o:ItemDef", _N)}
    lists = {found.get("OID"): _terms(found) for found in root.iterfind(".//o:CodeList", _N)}
    found = {}
    for group in root.iterfind(".//o:ItemGroupDef", _N):
        references = group.findall("o:ItemRef", _N)
        known = [(ref, items[ref.get("ItemOID")]) for ref in references if ref.get("ItemOID") in items]
        keyed = sorted((int(ref.get("KeySequence")), item.get("Name", "")) for ref, item in known if _is_key(ref))
        described = {item.get("Name", ""): _item(item, lists) for _, item in known}
        name = (group.get("Name") or "").upper()
        found[name] = Description(f"KeySequence in {path}", tuple(key for _, key in keyed), described)
    return found


def _is_key(reference: etree._Element) -> bool:
    return (reference.get("KeySequence") or "").isdigit()


def _item(item: etree._Element, lists: Mapping[str | None, Terms]) -> Item:
    label = item.findtext("o:Description/o:TranslatedText", "", _N)
    shown = next((value for name, value in item.attrib.items() if str(name).endswith("}DisplayFormat")), "")
    reference = item.find("o:CodeListRef", _N)
    terms = lists.get(reference.get("CodeListOID")) if reference is not None else None
    return Item(" ".join((label or "").split()), str(shown), terms)


def _terms(codelist: etree._Element) -> Terms:
    found = []
    for item in codelist.iterchildren(f"{{{ODM}}}CodeListItem", f"{{{ODM}}}EnumeratedItem"):
        decode = item.findtext("o:Decode/o:TranslatedText", "", _N)
        found.append((item.get("CodedValue") or "", " ".join((decode or "").split())))
    return tuple(sorted(found))


def filled(table: Table, description: Description | None) -> Table:
    """The table with the labels and formats that its description states where its file can state none."""
    if description is None:
        return table
    variables = []
    for variable in table.variables:
        item = description.items.get(variable.name, Item())
        label = item.label or None if variable.label is None else variable.label
        shown = item.format or None if variable.format is None else variable.format
        variables.append(replace(variable, label=label, format=shown))
    return replace(table, variables=tuple(variables))
