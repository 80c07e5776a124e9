"""Rule of a define.xml about predecessors: the variable that an origin names is described somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from define.finding import Finding
from define.lookup import Lookup

_VARIABLE = re.compile(r"(?P<dataset>[A-Z][A-Z0-9]*)\.(?P<name>[A-Z][A-Z0-9]*)")
_QUALIFIER = re.compile(r"SUPP\w+\.QVAL where (?P<dataset>SUPP\w+)\.QNAM is '(?P<name>\w+)'")


def check_predecessors(lookup: Lookup, others: Sequence[Lookup]) -> Iterator[Finding]:
    """PREDECESSOR. others: the documents of the datasets that these were made from.

    Without them only what an origin names of the document's own datasets is looked up.
    """
    known = {pair for one in (lookup, *others) for pair in _described(one)}
    datasets = {dataset for dataset, _ in known}
    for oid, item in lookup.items.items():
        for origin in lookup.document.all("d:Origin", item):
            text = lookup.document.text(origin) if origin.get("Type") == "Predecessor" else ""
            named = _QUALIFIER.search(text) or _VARIABLE.search(text)
            if named is None or (named["dataset"] not in datasets and not others):
                continue
            if (named["dataset"], named["name"]) not in known:
                yield Finding("PREDECESSOR", oid, f"{named['dataset']}.{named['name']} is described nowhere")


def _described(lookup: Lookup) -> Iterator[tuple[str, str]]:
    """(dataset, variable) of every variable; a supplemental qualifier as (dataset, QNAM)."""
    for group in lookup.groups.values():
        for _, item in lookup.variables(group):
            yield group.get("Name", ""), item.get("Name", "")
    for oid in lookup.wheres:
        for check in lookup.checks(oid):
            if check.variable == "QNAM":
                yield from ((check.dataset, value) for value in check.values)
