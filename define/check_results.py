"""Rules of Analysis Results Metadata: what a result is, what it is made from, how."""

from __future__ import annotations

from collections.abc import Iterator

from define.finding import Finding
from define.lookup import Element, Lookup
from specs.standards import PACKAGES, codelist

_DISPLAYS = "a:AnalysisResultDisplays/a:ResultDisplay"


def check_results(lookup: Lookup) -> Iterator[Finding]:
    """RESULT."""
    for display in lookup.document.all(_DISPLAYS):
        for result in lookup.document.all("a:AnalysisResult", display):
            yield from _terms(result)
            yield from _parameter(lookup, result)
            yield from _datasets(lookup, result)


def _terms(result: Element) -> Iterator[Finding]:
    """Reason and purpose: both lists may be extended, but not by a published term in other letters."""
    for name, published in (("AnalysisReason", "ANLREAS"), ("AnalysisPurpose", "ANLPURP")):
        value = result.get(name, "")
        if value.upper() in _published(published) and value not in _published(published):
            yield Finding("RESULT", result.get("OID", ""), f"{name} {value!r} is written {value.upper()!r}")


def _published(name: str) -> frozenset[str]:
    package = max(name for name in PACKAGES if name.startswith("DEFINE-XML"))
    found = codelist(name, package)
    return frozenset(term.term for term in found.terms) if found else frozenset()


def _parameter(lookup: Lookup, result: Element) -> Iterator[Finding]:
    parameter = lookup.items.get(result.get("ParameterOID", ""))
    if parameter is not None and parameter.get("Name") != "PARAMCD":
        message = f"ParameterOID is {parameter.get('OID')}, not that of a PARAMCD"
        yield Finding("RESULT", result.get("OID", ""), message)


def _datasets(lookup: Lookup, result: Element) -> Iterator[Finding]:
    oid, document = result.get("OID", ""), lookup.document
    joined = result.find("a:AnalysisDatasets", document.names)
    listed = document.all("a:AnalysisDatasets/a:AnalysisDataset", result)
    if len(listed) > 1 and joined is not None and not document.get(joined, "def:CommentOID"):
        yield Finding("RESULT", oid, "has several datasets and no comment that says how they are joined")
    for one in listed:
        group = lookup.groups.get(one.get("ItemGroupOID", ""))
        if group is None:
            continue
        own = {item.get("OID", "") for _, item in lookup.variables(group)}
        for variable in document.all("a:AnalysisVariable", one):
            if variable.get("ItemOID", "") not in own:
                yield Finding("RESULT", oid, f"{variable.get('ItemOID')} is no variable of {group.get('Name')}")
        for where in lookup.where_of(one):
            others = {check.dataset for check in lookup.checks(where)} - {group.get("Name", "")}
            if others:
                yield Finding("RESULT", oid, f"{where} is a condition on {', '.join(sorted(others))}")
