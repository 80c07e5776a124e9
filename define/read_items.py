"""Variables and value-level rows of a define.xml, with the conditions of its where clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from define.origin import ORIGIN_TEXT, as_mapped
from define.read import Cells, Document, references
from specs.read_csv import Row

_PLAIN = re.compile(r"[A-Za-z0-9_.+-]+")
_SYMBOLS = ("EQ", "NE", "LT", "LE", "GT", "GE", "IN", "NOTIN")


def variable_rows(document: Document) -> Iterator[Row]:
    """A row per variable of a dataset."""
    position: dict[str, int] = {}
    for dataset, reference, item in references(document):
        position[dataset] = position.get(dataset, 0) + 1
        order = reference.get("OrderNumber") or str(position[dataset])
        cells = {"Order": order, "Dataset": dataset, "Variable": item.get("Name", "")}
        yield document.row(item, {
            **cells, **_attributes(document, reference, item), "Role": reference.get("Role", ""),
            "Has No Data": document.get(reference, "def:HasNoData"),
        })  # fmt: skip


def _attributes(document: Document, reference: etree._Element, item: etree._Element) -> Cells:
    """What variables and value-level rows have in common."""
    listed = item.find("o:CodeListRef", document.names)
    return {
        "Label": document.text(item),
        "Data Type": item.get("DataType", ""),
        "Length": item.get("Length", ""),
        "Significant Digits": item.get("SignificantDigits", ""),
        "Format": document.get(item, "def:DisplayFormat"),
        "Mandatory": reference.get("Mandatory", ""),
        "Codelist": document.id(listed.get("CodeListOID", "")) if listed is not None else "",
        **_origin(document, item),
        "Method": document.id(reference.get("MethodOID", "")),
        "Comment": document.id(document.get(item, "def:CommentOID")),
    }


def _origin(document: Document, item: etree._Element) -> Cells:
    """The first def:Origin; Define-XML 2.1 allows more, which the sheet has no room for."""
    found = document.all("d:Origin", item)
    if not found:
        return {}
    if len(found) > 1:
        kinds = ", ".join(one.get("Type", "") for one in found[1:])
        document.say(found[1], f"{item.get('OID')} has further origins ({kinds}); the first is taken")
    origin = found[0]
    text = document.text(origin)
    mapped = as_mapped(text) if origin.get("Type") == "Predecessor" else ""
    pages = [page for _, page in document_refs(document, origin)]
    return {
        "Origin": origin.get("Type", ""),
        "Source": origin.get("Source", ""),
        "Pages": " ".join(filter(None, pages)),
        "Predecessor": mapped,
        **({ORIGIN_TEXT: text} if text != mapped else {}),
    }


def document_refs(document: Document, element: etree._Element) -> list[tuple[str, str]]:
    """(document, pages) of the def:DocumentRefs of an element; pages as `3 4`, `3-7` or named destinations."""
    found = []
    for reference in document.all("d:DocumentRef", element):
        pages = []
        for page in document.all("d:PDFPageRef", reference):
            first, last = page.get("FirstPage"), page.get("LastPage")
            pages.append(f"{first}-{last}" if first and last else page.get("PageRefs", ""))
        found.append((document.id(reference.get("leafID", "")), " ".join(pages)))
    return found


# --- value level ----------------------------------------------------------------------------------------


def value_rows(document: Document) -> Iterator[Row]:
    """A row per condition of each item of the value lists; several conditions of one item are alternatives."""
    lists = {one.get("OID"): one for one in document.all("d:ValueListDef")}
    clauses = {one.get("OID", ""): one for one in document.all("d:WhereClauseDef")}
    for dataset, _, variable in references(document):
        listed = variable.find("d:ValueListRef", document.names)
        value_list = lists.get(listed.get("ValueListOID")) if listed is not None else None
        for reference in document.all("o:ItemRef", value_list) if value_list is not None else ():
            item = document.items.get(reference.get("ItemOID", ""))
            if item is None:
                document.blame(reference, f"refers to {reference.get('ItemOID')}, which is not defined")
                continue
            if reference.get("Role"):
                document.say(reference, f"the role {reference.get('Role')} of a value is not taken over")
            for where in document.all("d:WhereClauseRef", reference):
                oid = where.get("WhereClauseOID", "")
                cells = {"Order": reference.get("OrderNumber", ""), "Dataset": dataset,
                         "Variable": variable.get("Name", "")}  # fmt: skip
                text = _where_cell(document, clauses, oid, dataset)
                yield document.row(item, {**cells, "Where Clause": text, **_attributes(document, reference, item)})


def _where_cell(document: Document, clauses: dict[str, etree._Element], oid: str, dataset: str) -> str:
    """The condition, or the ID of a row of WhereClauses for a clause with a comment."""
    clause = clauses.get(oid)
    if clause is None:
        return oid
    return document.id(oid) if document.get(clause, "def:CommentOID") else condition(document, clause, dataset)


def where_rows(document: Document) -> Iterator[Row]:
    """The rows of WhereClauses: clauses with a comment, which a condition in ValueLevel has no room for."""
    for clause in document.all("d:WhereClauseDef"):
        comment = document.get(clause, "def:CommentOID")
        for check in document.all("o:RangeCheck", clause) if comment else ():
            dataset, variable = _tested(document, check, "")
            values = _values(document, check)
            if any("," in value for value in values) and len(values) > 1:
                document.blame(check, "a value with a comma in a list of values", "state the condition in ValueLevel")
            yield document.row(check, {
                "ID": document.id(clause.get("OID", "")), "Dataset": dataset, "Variable": variable,
                "Comparator": check.get("Comparator", ""), "Value": ", ".join(values), "Comment": document.id(comment),
            })  # fmt: skip


def condition(document: Document, clause: etree._Element, dataset: str) -> str:
    """A where clause as a condition on the records of `dataset`, spelled as in the Pinnacle 21 workbook."""
    parts = []
    for check in document.all("o:RangeCheck", clause):
        owner, variable = _tested(document, check, dataset)
        values = [_constant(document, check, value) for value in _values(document, check)]
        comparator = check.get("Comparator", "")
        if comparator not in _SYMBOLS:
            document.blame(check, f"{comparator!r} is no comparator of Define-XML")
        right = f"({', '.join(values)})" if comparator in ("IN", "NOTIN") else (values or [""])[0]
        name = variable if owner in (dataset, "") else f"{owner}.{variable}"
        parts.append(f"{name} {comparator} {right}".strip())
    return " and ".join(parts)


def _tested(document: Document, check: etree._Element, dataset: str) -> tuple[str, str]:
    """(dataset, variable) that a RangeCheck tests; of a shared definition the one in `dataset`."""
    oid = document.get(check, "def:ItemOID")
    homes = document.homes.get(oid, [])
    if not homes:
        document.blame(check, f"refers to {oid}, which is no variable of a dataset")
        parts = oid.split(".")
        return (parts[1], parts[2]) if len(parts) > 2 else ("", oid)
    return next((home for home in homes if home[0] == dataset), homes[0])


def _values(document: Document, check: etree._Element) -> list[str]:
    return [(value.text or "").strip() for value in document.all("o:CheckValue", check)]


def _constant(document: Document, check: etree._Element, value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    if '"' in value and "'" in value:
        document.blame(check, f"the value {value!r} holds both kinds of quotes", "mend the condition in ValueLevel")
    return f"'{value}'" if '"' in value else f'"{value}"'
