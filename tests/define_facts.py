"""What a define.xml of version 2.0 or 2.1 states, read with plain lxml for comparisons between documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

ODM = "http://www.cdisc.org/ns/odm/v1.3"
Facts = dict[str, Any]


@dataclass
class Stated:
    """Datasets, variables by (dataset, name), value-level items by (dataset, name, conditions), and the rest by ID."""

    datasets: dict[str, Facts] = field(default_factory=dict)
    variables: dict[tuple[str, str], Facts] = field(default_factory=dict)
    values: dict[tuple[str, str, tuple[Any, ...]], Facts] = field(default_factory=dict)
    codelists: dict[str, Facts] = field(default_factory=dict)
    methods: dict[str, Facts] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    results: list[Any] = field(default_factory=list)


class _Reader:
    def __init__(self, path: Path) -> None:
        root = etree.parse(str(path)).getroot()
        self.define = next(uri for uri in root.nsmap.values() if uri.startswith("http://www.cdisc.org/ns/def/"))
        self.names = {"o": ODM, "d": self.define, "a": "http://www.cdisc.org/ns/arm/v1.0"}
        self.version = root.find(".//o:MetaDataVersion", self.names)
        self.items = {item.get("OID"): item for item in self.all("o:ItemDef")}
        self.lists = {one.get("OID"): one for one in self.all("d:ValueListDef")}
        standards = {one.get("OID"): one for one in self.all("d:Standards/d:Standard")}
        names = ("Name", "PublishingSet", "Version")
        self.standards = {oid: " ".join(filter(None, map(one.get, names))) for oid, one in standards.items()}
        self.wheres = {one.get("OID"): self.checks(one) for one in self.all("d:WhereClauseDef")}

    def all(self, path: str) -> list[Any]:
        return self.version.findall(path, self.names)

    def attribute(self, element: Any, name: str) -> str:
        return element.get(f"{{{self.define}}}{name}") or ""

    def text(self, element: Any, path: str = "o:Description/o:TranslatedText") -> str:
        found = element.find(path, self.names)
        return " ".join((found.text or "").split()) if found is not None else ""

    def checks(self, clause: Any) -> tuple[Any, ...]:
        found = []
        for check in clause.findall("o:RangeCheck", self.names):
            tested = self.items.get(self.attribute(check, "ItemOID"))
            name = tested.get("Name") if tested is not None else self.attribute(check, "ItemOID").split(".")[-1]
            values = tuple(value.text or "" for value in check.findall("o:CheckValue", self.names))
            found.append((name, check.get("Comparator"), values))
        return tuple(sorted(found))

    def item(self, reference: Any) -> Facts:
        item = self.items[reference.get("ItemOID")]
        origin, listed = item.find("d:Origin", self.names), item.find("o:CodeListRef", self.names)
        return {
            "name": item.get("Name"),
            "label": self.text(item),
            "type": item.get("DataType"),
            "length": item.get("Length") or "",
            "digits": item.get("SignificantDigits") or "",
            "format": self.attribute(item, "DisplayFormat"),
            "mandatory": reference.get("Mandatory"),
            "order": reference.get("OrderNumber"),
            "key": reference.get("KeySequence") or "",
            "role": reference.get("Role") or "",
            "method": bare(reference.get("MethodOID")),
            "comment": bare(self.attribute(item, "CommentOID")),
            "codelist": bare(listed.get("CodeListOID")) if listed is not None else "",
            "origin": origin.get("Type") if origin is not None else "",
            "source": (origin.get("Source") or "") if origin is not None else "",
            "origin text": self.text(origin) if origin is not None else "",
            "pages": [_pages(one) for one in item.findall("d:Origin//d:PDFPageRef", self.names)],
            "no data": self.attribute(reference, "HasNoData"),
        }


def _pages(element: Any) -> str:
    first, last = element.get("FirstPage"), element.get("LastPage")
    return f"{first}-{last}" if first else element.get("PageRefs")


def bare(oid: str | None) -> str:
    """An OID without its kind: `AE.AESEQ` of `MT.AE.AESEQ`."""
    return oid.partition(".")[2] if oid else ""


def stated(path: Path) -> Stated:
    """Everything that a define.xml states of datasets, variables, values, codelists, methods and comments."""
    reader, found = _Reader(path), Stated()
    for group in reader.all("o:ItemGroupDef"):
        _add_group(reader, group, found)
    for codelist in reader.all("o:CodeList"):
        external = codelist.find("o:ExternalCodeList", reader.names)
        found.codelists[bare(codelist.get("OID"))] = {
            "name": codelist.get("Name"),
            "type": codelist.get("DataType"),
            "terms": [_term(reader, term) for term in codelist if term.get("CodedValue") is not None],
            "code": _alias(reader, codelist),
            "terminology": reader.standards.get(reader.attribute(codelist, "StandardOID"), ""),
            "dictionary": dict(external.attrib) if external is not None else {},
        }
    for method in reader.all("o:MethodDef"):
        facts = {"name": method.get("Name"), "type": method.get("Type"), "text": reader.text(method)}
        found.methods[bare(method.get("OID"))] = facts
    found.results = [_display(reader, one) for one in reader.all("a:AnalysisResultDisplays/a:ResultDisplay")]
    for comment in reader.all("d:CommentDef"):
        found.comments[bare(comment.get("OID"))] = reader.text(comment)
    return found


def _add_group(reader: _Reader, group: Any, found: Stated) -> None:
    name = group.get("Name")
    observed = group.find("d:Class", reader.names)
    found.datasets[name] = {
        "label": reader.text(group),
        "structure": reader.attribute(group, "Structure"),
        "class": reader.attribute(group, "Class") or (observed.get("Name") if observed is not None else ""),
        "repeating": group.get("Repeating"),
        "reference": group.get("IsReferenceData"),
        "purpose": group.get("Purpose"),
        "standard": reader.standards.get(reader.attribute(group, "StandardOID"), ""),
        "no data": reader.attribute(group, "HasNoData"),
    }
    for reference in group.findall("o:ItemRef", reader.names):
        facts = reader.item(reference)
        found.variables[name, facts["name"]] = facts
        value_list = reader.items[reference.get("ItemOID")].find("d:ValueListRef", reader.names)
        if value_list is None:
            continue
        for value in reader.lists[value_list.get("ValueListOID")].findall("o:ItemRef", reader.names):
            refs = value.findall("d:WhereClauseRef", reader.names)
            where = tuple(sorted(check for ref in refs for check in reader.wheres[ref.get("WhereClauseOID")]))
            found.values[name, facts["name"], where] = reader.item(value)


def _display(reader: _Reader, display: Any) -> tuple[Any, ...]:
    results = [_result(reader, one) for one in display.findall("a:AnalysisResult", reader.names)]
    return display.get("Name"), reader.text(display), _refs(reader, display), results


def _result(reader: _Reader, result: Any) -> Facts:
    groups = {group.get("OID"): group.get("Name") for group in reader.all("o:ItemGroupDef")}
    code = result.find("a:ProgrammingCode", reader.names)
    datasets = []
    for one in result.findall("a:AnalysisDatasets/a:AnalysisDataset", reader.names):
        variables = [
            reader.items[each.get("ItemOID")].get("Name") for each in one.findall("a:AnalysisVariable", reader.names)
        ]
        clauses = [reader.wheres[each.get("WhereClauseOID")] for each in one.findall("d:WhereClauseRef", reader.names)]
        datasets.append((groups[one.get("ItemGroupOID")], variables, clauses))
    documentation = result.find("a:Documentation", reader.names)
    return {
        "oid": result.get("OID"),
        "text": reader.text(result),
        "reason": result.get("AnalysisReason"),
        "purpose": result.get("AnalysisPurpose"),
        "datasets": datasets,
        "documentation": "" if documentation is None else reader.text(documentation),
        "documents": [] if documentation is None else _refs(reader, documentation),
        "context": "" if code is None else code.get("Context"),
        "code": "" if code is None else reader.text(code, "a:Code"),
        "program": [] if code is None else _refs(reader, code),
    }


def _refs(reader: _Reader, element: Any) -> list[tuple[str, list[str]]]:
    return [
        (one.get("leafID"), [_pages(page) for page in one.findall("d:PDFPageRef", reader.names)])
        for one in element.findall("d:DocumentRef", reader.names)
    ]


def _alias(reader: _Reader, element: Any) -> str:
    found = [one for one in element.findall("o:Alias", reader.names) if one.get("Context") == "nci:ExtCodeID"]
    return found[0].get("Name") if found else ""


def _term(reader: _Reader, term: Any) -> tuple[str, str, str, str]:
    extended = reader.attribute(term, "ExtendedValue")
    return term.get("CodedValue"), reader.text(term, "o:Decode/o:TranslatedText"), _alias(reader, term), extended


def differences(one: dict[Any, Any], other: dict[Any, Any]) -> dict[str, list[Any]]:
    """Attribute to the keys in which two groups of facts differ; keys that one lacks under `absent`."""
    found: dict[str, list[Any]] = {}
    absent = [key for key in {**one, **other} if key not in one or key not in other]
    if absent:
        found["absent"] = absent
    for key in one:
        if key in other:
            mine, theirs = one[key], other[key]
            names = mine if isinstance(mine, dict) else [""]
            for name in names:
                same = mine[name] == theirs[name] if isinstance(mine, dict) else mine == theirs
                if not same:
                    found.setdefault(name, []).append(key)
    return found
