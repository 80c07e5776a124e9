"""Rules of a define.xml about datasets, the standards that they follow, and documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from define.finding import Finding
from define.lookup import Element, Lookup
from define.odm import ADDRESS

MOST_LABEL = 40
MOST_NAME = 8
_SUBMITTED = re.compile(r"[A-Z_][A-Z0-9_]{0,7}")
_TABULATION = ("SDTM", "SEND")


def check_datasets(lookup: Lookup) -> Iterator[Finding]:
    """STANDARD, DATASET and ORDER."""
    for oid, group in lookup.groups.items():
        yield from _standard(lookup, oid, group)
        yield from _submitted(lookup, oid, group)
        yield from _described(lookup, oid, group)
        yield from _order(lookup, oid, group)
    for oid, listed in lookup.lists.items():
        yield from _order(lookup, oid, listed)
    for oid, standard in lookup.standards.items():
        terminology = standard.get("Type") == "CT"
        if terminology != bool(standard.get("PublishingSet")):
            yield Finding("STANDARD", oid, f"{'lacks' if terminology else 'has'} PublishingSet")


def _standard(lookup: Lookup, oid: str, group: Element) -> Iterator[Finding]:
    named = lookup.document.get(group, "def:StandardOID")
    apart = lookup.document.get(group, "def:IsNonStandard")
    if bool(named) == bool(apart):
        yield Finding("STANDARD", oid, "has neither a standard nor IsNonStandard" if not named else
                      "has both a standard and IsNonStandard")  # fmt: skip
    standard = lookup.standards.get(named)
    if standard is None:
        return
    name = standard.get("Name", "")
    if standard.get("Type") != "IG":
        yield Finding("STANDARD", oid, f"{named} is no implementation guide")
        return
    tabulation = name.startswith(_TABULATION)
    if tabulation != bool(group.get("Domain")) and (tabulation or name.startswith("ADaM")):
        yield Finding("STANDARD", oid, f"{name} {'asks for' if tabulation else 'has no'} Domain")
    purpose = "Tabulation" if tabulation else "Analysis"
    if group.get("Purpose") != purpose and (tabulation or name.startswith("ADaM")):
        yield Finding("STANDARD", oid, f"{name} has Purpose {purpose}")


def _submitted(lookup: Lookup, oid: str, group: Element) -> Iterator[Finding]:
    """Name and file, as they are submitted."""
    name, file_name = group.get("Name", ""), group.get("SASDatasetName", "")
    if file_name and not _SUBMITTED.fullmatch(file_name):
        yield Finding("DATASET", oid, f"SASDatasetName {file_name!r} is no name of a transport file")
    if file_name and file_name != name:
        yield Finding("DATASET", oid, f"SASDatasetName is {file_name}, Name is {name}")
    archive = lookup.document.get(group, "def:ArchiveLocationID")
    empty = lookup.document.get(group, "def:HasNoData") == "Yes"
    if not archive and not empty and lookup.document.get(lookup.document.root, "def:Context") == "Submission":
        yield Finding("DATASET", oid, "has neither a file nor HasNoData")
    leaf = lookup.leaves.get(archive)
    stem = PurePosixPath(lookup.address(leaf)).stem if leaf is not None else file_name
    if file_name and stem.casefold() != file_name.casefold():
        yield Finding("DATASET", oid, f"its file is {lookup.address(leaf) if leaf is not None else ''}")
    if empty and not lookup.document.get(group, "def:CommentOID"):
        yield Finding("DATASET", oid, "HasNoData without a comment")


def _described(lookup: Lookup, oid: str, group: Element) -> Iterator[Finding]:
    document = lookup.document
    label = document.text(group)
    if not label or len(label.encode()) > MOST_LABEL:
        yield Finding("DATASET", oid, f"its label has {len(label.encode())} bytes, a file holds {MOST_LABEL}" if label
                      else "has no label")  # fmt: skip
    if not document.get(group, "def:Structure"):
        yield Finding("DATASET", oid, "has no structure")
    observed = group.find("d:Class", document.names)
    kind = observed.get("Name", "") if observed is not None else ""
    if not kind and not document.get(group, "def:IsNonStandard"):
        yield Finding("DATASET", oid, "has no class")
    reference = group.get("IsReferenceData") == "Yes"
    if kind == "TRIAL DESIGN" and not reference:
        yield Finding("DATASET", oid, "is trial design, hence reference data")
    if reference and group.get("Repeating") == "Yes":
        yield Finding("DATASET", oid, "is reference data, which do not repeat within a subject")


def _order(lookup: Lookup, oid: str, owner: Element) -> Iterator[Finding]:
    """The ItemRefs of a dataset or a value list."""
    listed = lookup.document.all("o:ItemRef", owner)
    orders = [int(number) for one in listed if (number := one.get("OrderNumber", "")).isdigit()]
    if orders != sorted(set(orders)):
        yield Finding("ORDER", oid, "the ItemRefs do not stand in the order of OrderNumber")
    keys = sorted(int(key) for one in listed if (key := one.get("KeySequence", "")).isdigit())
    if keys != list(range(1, len(keys) + 1)):
        yield Finding("ORDER", oid, f"KeySequence is {', '.join(map(str, keys))}")


def check_documents(lookup: Lookup) -> Iterator[Finding]:
    """DOCUMENT."""
    document = lookup.document
    for oid, leaf in lookup.leaves.items():
        address = lookup.address(leaf)
        if not document.text(leaf, "d:title"):
            yield Finding("DOCUMENT", oid, "has no title")
        if not address or ADDRESS.match(address):
            yield Finding("DOCUMENT", oid, f"{address!r} is no file of the submission")
    for page in document.root.iter(f"{{{document.define}}}PDFPageRef"):
        fault = _page_fault(page)
        if fault:
            leaf = page.getparent().get("leafID", "")
            yield Finding("DOCUMENT", leaf, f"line {page.sourceline}: {fault}")


def _page_fault(page: Element) -> str:
    """What is wrong with a def:PDFPageRef; "" if nothing is."""
    pages, first, last = page.get("PageRefs"), page.get("FirstPage"), page.get("LastPage")
    physical = page.get("Type") == "PhysicalRef"
    if bool(pages) == bool(first or last):
        return "states neither PageRefs nor FirstPage and LastPage" if not pages else "states pages twice"
    if pages and physical and not all(part.isdigit() and int(part) for part in pages.split()):
        return f"PageRefs {pages!r} are no numbers of pages"
    if not pages:
        if not physical or not (first and last and first.isdigit() and last.isdigit()):
            return "FirstPage and LastPage are numbers of pages"
        return "" if int(first) <= int(last) else f"FirstPage {first} is behind LastPage {last}"
    return ""
