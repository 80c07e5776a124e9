"""Where collected values stand on the annotated CRF.

A study with a CRF of its own states its pages in the Pages cells of Variables. Where it has none,
a blank cell means the named destinations of the raw tables from which the values come; a destination bears the name of
its table (`raw_ae`). So the CRF that is made from the specification and the references to it cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from define import rules
from language import tree
from language.parse import parsed
from specs.given_files import given_file
from specs.model import Spec
from specs.rules import Instance

_CRF = re.compile(r"annotated|crf", re.IGNORECASE)
_NUMBERED = re.compile(r"[\d\s,;-]+")
ENTERED = ("Investigator", "Subject")
_DEEPEST = 6


def destination(table: str) -> str:
    """The named destination of the page of a raw table."""
    return table


def annotated_crf(spec: Spec) -> str:
    """The ID of the annotated CRF among the documents of tabulation data; "" if there is none."""
    found = (d.id for d in spec.documents.values() if _CRF.search(d.id) or _CRF.search(d.title))
    return next(found, "") if spec.stage == "sdtm" else ""


def has_own(spec: Spec) -> bool:
    """True if the study has a CRF of its own: it gives the file, or states numbers of pages."""
    document = spec.documents.get(annotated_crf(spec))
    return numbers_pages(spec) or (document is not None and given_file(spec, document) is not None)


def numbers_pages(spec: Spec) -> bool:
    """True if the study states numbers of pages, which are those of a CRF of its own."""
    cells = [row.pages for row in spec.variables.values()] + [row.pages for row in spec.value_level]
    return any(_NUMBERED.fullmatch(cell) for cell in cells if cell)


def pages_of(spec: Spec, dataset: str, variable: str, block: str = "") -> str:
    """The destinations of the raw tables that a variable, or its values of one block, is collected in; "" if none."""
    if not annotated_crf(spec) or has_own(spec):
        return ""
    tables = dict.fromkeys(table for table, _ in collected_in(spec, dataset, variable, block))
    return " ".join(destination(table) for table in tables)


def collected_in(spec: Spec, dataset: str, variable: str, block: str = "") -> tuple[tuple[str, str], ...]:
    """(raw table, column) of every column whose values a variable takes, each once."""
    return _collected(_Same(spec), dataset, variable, block)


class _Same:
    """A specification as a key of a cache: the same object, not an equal one."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec

    def __hash__(self) -> int:
        return id(self.spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.spec is self.spec


@lru_cache(maxsize=20_000)
def _collected(same: _Same, dataset: str, variable: str, block: str) -> tuple[tuple[str, str], ...]:
    """The columns of the expressions; where they have none the columns of the conditions (a box that was ticked), else
    the tables whose rows make the records."""
    spec, owner = same.spec, dataset.removeprefix("SUPP")
    found = rules.rules_of(spec, dataset, variable)
    wanted = [rule for rule in found if block in ("", rule.block)] or list(found)
    for text in ("expression", "where"):
        columns = dict.fromkeys(c for rule in wanted for c in _columns(spec, owner, rule, getattr(rule, text), 0))
        if columns:
            return tuple(columns)
    sources = dict.fromkeys(source for rule in wanted for source in rules.sources_of(spec, owner, rule.block))
    return tuple((source, "") for source in sources if _is_form(spec, source))


def _is_form(spec: Spec, table: str) -> bool:
    """True for a raw table with rows of subjects; a look-up has none."""
    return table in spec.tables and bool(spec.tables[table].subject)


def _columns(spec: Spec, dataset: str, rule: Instance, text: str, depth: int) -> Iterator[tuple[str, str]]:
    node = parsed(text) if text else None
    for part in tree.walk(node) if node is not None else ():
        if isinstance(part, tree.Attribute):
            join = next((j.source for j in spec.joins if j.name == part.table and dataset in j.datasets), part.table)
            yield from _of_table(spec, join, part.name, depth)
        elif isinstance(part, tree.Name):
            yield from _of_name(spec, dataset, rule, part.name, depth)


def _of_name(spec: Spec, dataset: str, rule: Instance, name: str, depth: int) -> Iterator[tuple[str, str]]:
    """A bare name: a variable of the dataset before a column of its source; in the rule of X, X is the column."""
    own = rules.rules_of(spec, dataset, name) if name != rule.variable else ()
    if own and depth < _DEEPEST:
        for other in own:
            if not rule.block or other.block in ("", rule.block):
                yield from _columns(spec, dataset, other, other.expression, depth + 1)
    elif not own and name not in spec.study.constants:
        sources = list(rules.sources_of(spec, dataset, rule.block)) or list(rules.sources_of(spec, dataset, ""))
        for source in dict.fromkeys(sources):
            yield from _of_table(spec, source, name, depth)


def _of_table(spec: Spec, table: str, column: str, depth: int) -> Iterator[tuple[str, str]]:
    if _is_form(spec, table):
        yield table, column
    elif table not in spec.tables and depth < _DEEPEST:
        for rule in rules.rules_of(spec, table, column):
            yield from _columns(spec, table, rule, rule.expression, depth + 1)
