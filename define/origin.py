"""Where a variable's values come from: def:Origin, as stated or as the mapping rules show it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from define import rules
from specs.model import Spec, ValueLevel, Variable
from specs.standards import dataset as standard_dataset
from specs.standards import variable as standard_variable
from specs.study import standard

_SOURCES = {"Collected": "Investigator", "Predecessor": ""}
# A further column of Variables and ValueLevel: the text of an origin, where Predecessor does not have it.
ORIGIN_TEXT = "Origin Description"
_COLUMN = re.compile(r"\w+\.\w+")
_SUBMITTED = re.compile(r"SUPP(\w+)\.QVAL where SUPP\1\.QNAM is '(\w+)'")
# Columns that a row of Tests or Parameters states outright.
_STATED_SUFFIXES = ("TESTCD", "TEST", "CAT", "SCAT", "SPEC", "METHOD", "LOINC", "STRESU")
_STATED_NAMES = ("PARAMCD", "PARAM", "PARAMN", "PARCAT1", "PARCAT1N", "PARAMTYP")
_QUALIFIERS = ("STUDYID", "RDOMAIN", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QORIG", "QEVAL")


@dataclass(frozen=True)
class Origin:
    """def:Origin: Type and Source in the words of Define-XML's terminology; Type "" is not known."""

    type: str
    source: str = ""
    predecessor: str = ""
    pages: str = ""


def origin_of(spec: Spec, variable: Variable) -> Origin:
    """The origin of a variable.

    A blank Origin is read off the rules: Predecessor if all copy one and the same column of another dataset,
    Collected if all take raw columns as they are or in standard notation (Protocol in trial design datasets),
    Assigned if all are constants (in ADaM without a condition), else Derived.
    """
    kind, predecessor = (variable.origin, variable.predecessor) if variable.origin else _inferred(spec, variable)
    copied = _as_submitted(spec, predecessor or variable.predecessor)
    return _origin(kind, variable.source, copied, variable.pages)


def origin_of_block(spec: Spec, variable: Variable, block: str, parent: Origin) -> Origin:
    """The origin of a variable in the records of one parameter or test, if rules of its own fill it there."""
    found = rules.rules_of(spec, variable.dataset, variable.variable)
    if variable.origin or not any(rule.block == block for rule in found):
        return parent
    kind, predecessor = _inferred(spec, variable, block)
    return _origin(kind, variable.source, _as_submitted(spec, predecessor), variable.pages)


def origin_of_value(row: ValueLevel, parent: Origin) -> Origin:
    """The origin of a value-level row; what it leaves blank is that of its variable."""
    if not row.origin:
        return parent if not row.pages else Origin(parent.type, parent.source, parent.predecessor, row.pages)
    return _origin(row.origin, row.source, row.predecessor, row.pages)


def _as_submitted(spec: Spec, predecessor: str) -> str:
    """ADaM reads the qualifiers of SUPPAE as columns of AE; a reviewer finds them in SUPPAE."""
    table, _, name = predecessor.rpartition(".")
    guide = standard(spec.study, "sdtmig")
    plain = _COLUMN.fullmatch(predecessor)
    if spec.stage != "adam" or not plain or table in spec.datasets or not guide:
        return predecessor
    if standard_dataset(guide, table) is None or standard_variable(guide, table, name) is not None:
        return predecessor
    return f"SUPP{table}.QVAL where SUPP{table}.QNAM is '{name}'"


def as_mapped(text: str) -> str:
    """The text of a Predecessor as a mapping: the qualifier that `_as_submitted` spelled out as a column of its parent.

    >>> as_mapped("SUPPAE.QVAL where SUPPAE.QNAM is 'AEIRAE'"), as_mapped("DM.AGE")
    ('AE.AEIRAE', 'DM.AGE')
    """
    found = _SUBMITTED.fullmatch(text)
    return f"{found[1]}.{found[2]}" if found else text


def as_stated(origin: Origin, row: Variable | ValueLevel) -> Origin:
    """The origin with its text as the row has it: that of an origin in words, else the Predecessor as it stands."""
    text = row.cells.get(ORIGIN_TEXT, "").strip() or (row.predecessor if origin.type == "Predecessor" else "")
    return replace(origin, predecessor=text or origin.predecessor)


def _origin(kind: str, source: str, predecessor: str, pages: str) -> Origin:
    if not source and kind not in ("", "Not Available", "Other"):
        source = _SOURCES.get(kind, "Sponsor")
    return Origin(kind, source, predecessor if kind == "Predecessor" else "", pages)


def _inferred(spec: Spec, variable: Variable, block: str = "") -> tuple[str, str]:
    if variable.predecessor:
        return "Predecessor", variable.predecessor
    if variable.assigned_value:
        return "Assigned", ""
    found = [r for r in rules.rules_of(spec, variable.dataset, variable.variable) if block in ("", r.block)]
    if not found:
        return _without_rules(spec, variable), ""
    kinds = [rules.source_kind(spec, variable.dataset, variable.variable, rule) for rule in found]
    if {kind for kind, _ in kinds} == {rules.COPY} and len(set(kinds)) == 1:
        return "Predecessor", kinds[0][1]
    if {kind for kind, _ in kinds} == {rules.CONSTANT}:
        # In an analysis dataset a value chosen by a condition on data is an analysis decision, hence derived.
        chosen = spec.stage == "adam" and any(rule.where for rule in found)
        return ("Derived" if chosen else "Assigned"), ""
    dataset = spec.datasets.get(variable.dataset)
    if {kind for kind, _ in kinds} <= {rules.RAW, rules.RESTATED}:
        return ("Protocol" if dataset and dataset.dataset_class == "TRIAL DESIGN" else "Collected"), ""
    return "Derived", ""


def _without_rules(spec: Spec, variable: Variable) -> str:
    """Variables that other tables than Mapping fill."""
    name, dataset = variable.variable, variable.dataset
    if name == "USUBJID" and spec.stage == "sdtm":
        return "Derived"
    if name[2:] in _STATED_SUFFIXES and any(test.dataset == dataset for test in spec.tests):
        return "Assigned"
    if name in _STATED_NAMES and any(parameter.dataset == dataset for parameter in spec.parameters):
        return "Assigned"
    if any(event.dataset == dataset for event in spec.events):
        return "Assigned" if name in _STATED_NAMES else "Derived"
    if dataset.startswith("SUPP") or dataset == "RELREC":
        return "Assigned" if name in _QUALIFIERS or dataset == "RELREC" else ""
    return ""
