"""Analysis Results Metadata 1.0 of a define.xml as the sheets Analysis Displays and Analysis Results."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from define.read import Cells, Document
from define.read_items import condition, document_refs
from specs.read_csv import Row

_SUBJECT_LEVEL = "ADSL"
_DISPLAYS = "a:AnalysisResultDisplays/a:ResultDisplay"


def display_rows(document: Document) -> Iterator[Row]:
    """A row per arm:ResultDisplay; its name is its ID."""
    for display in document.all(_DISPLAYS):
        found = document_refs(document, display)
        if len(found) > 1:
            document.say(display, f"{display.get('Name')} refers to further documents; the first is taken")
        cells = {"ID": display.get("Name", ""), "Title": document.text(display)}
        yield document.row(display, cells | ({"Document": found[0][0], "Pages": found[0][1]} if found else {}))


def result_rows(document: Document) -> Iterator[Row]:
    """A row per arm:AnalysisResult."""
    groups = {group.get("OID"): group.get("Name", "") for group in document.all("o:ItemGroupDef")}
    clauses = {one.get("OID"): one for one in document.all("d:WhereClauseDef")}
    for display in document.all(_DISPLAYS):
        for result in document.all("a:AnalysisResult", display):
            yield document.row(result, {
                "Display": display.get("Name", ""),
                "ID": document.id(result.get("OID", "")),
                "Description": document.text(result),
                "Reason": result.get("AnalysisReason", ""),
                "Purpose": result.get("AnalysisPurpose", ""),
                **_datasets(document, result, groups, clauses),
                **_documentation(document, result),
                **_program(document, result),
            })  # fmt: skip


def _datasets(
    document: Document, result: etree._Element, groups: dict[str | None, str], clauses: dict[str | None, etree._Element]
) -> Cells:
    """Dataset, variables and conditions; what is of another dataset than the first bears its name."""
    listed = document.all("a:AnalysisDatasets/a:AnalysisDataset", result)
    names = [groups.get(one.get("ItemGroupOID"), "") for one in listed]
    first = names[0] if names else ""
    variables: list[str] = []
    conditions: dict[str, list[str]] = {"Selection Criteria": [], "Population": []}
    for name, one in zip(names, listed):
        for variable in document.all("a:AnalysisVariable", one):
            item = document.items.get(variable.get("ItemOID", ""))
            found = item.get("Name", "") if item is not None else variable.get("ItemOID", "")
            variables.append(found if name == first else f"{name}.{found}")
        for where in document.all("d:WhereClauseRef", one):
            clause = clauses.get(where.get("WhereClauseOID"))
            text = condition(document, clause, first) if clause is not None else ""
            column = "Population" if name == _SUBJECT_LEVEL != first else "Selection Criteria"
            conditions[column] += [text] if text else []
    joined = result.find("a:AnalysisDatasets", document.names)
    comment = document.get(joined, "def:CommentOID") if joined is not None else ""
    texts = {column: " and ".join(found) for column, found in conditions.items()}
    return {"Dataset": first, "Variables": " ".join(variables), **texts, "Join Comment": _text_of(document, comment)}


def _text_of(document: Document, oid: str) -> str:
    found = [one for one in document.all("d:CommentDef") if oid and one.get("OID") == oid]
    return document.text(found[0]) if found else ""


def _documentation(document: Document, result: etree._Element) -> Cells:
    found = result.find("a:Documentation", document.names)
    if found is None:
        return {}
    refs = "; ".join(f"{name} {pages}".strip() for name, pages in document_refs(document, found))
    return {"Documentation": document.text(found), "Documentation Refs": refs}


def _program(document: Document, result: etree._Element) -> Cells:
    found = result.find("a:ProgrammingCode", document.names)
    if found is None:
        return {}
    refs = document_refs(document, found)
    code = document.text(found, "a:Code")
    cells = {"Programming Context": found.get("Context", ""), "Programming Code": code}
    return cells | ({"Programming Document": refs[0][0], "Pages": refs[0][1]} if refs else {})
