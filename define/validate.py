"""Check a define.xml: against the schema, against itself, and against the data it describes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import pandas as pd
from lxml import etree

from define.check_data import check_data
from define.check_datasets import check_datasets, check_documents
from define.check_items import check_items, check_values
from define.check_predecessors import check_predecessors
from define.check_references import check_references
from define.check_results import check_results
from define.check_terms import check_terms
from define.finding import Finding as Finding
from define.lookup import Lookup
from define.measured import Measured, as_measured
from define.odm import DEF
from define.public_files import PUBLIC
from define.read import as_document, read_define
from define.render import read_document
from specs.problem import DataError, SpecError

SCHEMA = PUBLIC / "validate" / "schema" / "cdisc-arm-1.0" / "arm1-0-0.xsd"
# What holds of version 2.0 too; its schema, origins and standards are others.
_IN_EVERY_VERSION = ("REFERENCE", "ORPHAN", "UNIQUE", "ORDER", "SIZE", "WHERE", "TERMS", "DOCUMENT", "RESULT")
_CHECKS = (check_references, check_datasets, check_documents, check_items, check_values, check_terms, check_results)


def validate(
    path: Path,
    frames: Mapping[str, pd.DataFrame] | Mapping[str, Measured] | None = None,
    *,
    links: bool = False,
    others: Sequence[Path] = (),
) -> list[Finding]:
    """Every fault of a define.xml by the rules of `define.finding.RULES`; an empty list if there is none.

    frames: the described data by dataset; without them only the document itself is checked. Data that come with the
    attributes of their files are compared with those too. links: also look whether the files that the document leads
    to are there. others: the define.xml of the datasets that these were made from, where predecessors are looked up.
    Of a document of version 2.0 what it says itself is checked, by the rules that are the same in both versions.
    """
    try:
        tree = read_document(path)
    except DataError as error:
        return [Finding("SCHEMA", str(problem.place), problem.message) for problem in error.problems]
    if _older(tree):
        return _of_older(tree, path.name)
    found = list(_schema_findings(tree))
    try:
        lookup = Lookup(as_document(tree, path.name))
    except SpecError:
        return sorted(set(found))
    for check in _CHECKS:
        found += check(lookup)
    found += check_predecessors(lookup, [Lookup(read_define(other)) for other in others])
    if links:
        found += _link_findings(lookup, path.parent)
    found += check_data(lookup, as_measured(frames or {}))
    return sorted(set(found))


def _older(tree: etree._ElementTree) -> bool:
    """True for another version of Define-XML than 2.1."""
    return DEF not in tree.getroot().nsmap.values() and any(
        str(uri).startswith(DEF.rpartition("/")[0]) for uri in tree.getroot().nsmap.values()
    )


def _of_older(tree: etree._ElementTree, name: str) -> list[Finding]:
    try:
        lookup = Lookup(as_document(tree, name))
    except SpecError as error:
        return [Finding("SCHEMA", str(problem.place), problem.message) for problem in error.problems]
    found = {finding for check in _CHECKS for finding in check(lookup)}
    return sorted(finding for finding in found if finding.rule in _IN_EVERY_VERSION)


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(SCHEMA), etree.XMLParser(no_network=True)))


def _schema_findings(tree: etree._ElementTree) -> Iterator[Finding]:
    schema = _schema()
    if not schema.validate(tree):
        for error in schema.error_log:
            yield Finding("SCHEMA", f"line {error.line}", error.message)


def _link_findings(lookup: Lookup, folder: Path) -> Iterator[Finding]:
    for oid, leaf in lookup.leaves.items():
        if not (folder / lookup.address(leaf)).is_file():
            yield Finding("LINK", oid, f"{lookup.address(leaf)} is not there")
