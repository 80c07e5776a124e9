"""What analyses of the CDISC Analysis Results Standard share: sets, subsets, groupings, methods, sponsor terms.

Each is made when an analysis first needs it and has the same identifier wherever it is needed again.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from results import levels
from results.analysis import Analysis
from results.ard import Row, alias, shown_format
from results.ars_where import CannotSayError, Home, clause
from results.call_options import visit_option
from results.computed import Computed
from results.populations import name_of
from results.statistics.registry import Value
from specs.model import Spec

Item = dict[str, Any]
REASONS = ("SPECIFIED IN PROTOCOL", "SPECIFIED IN SAP", "DATA DRIVEN", "REQUESTED BY REGULATORY AGENCY")
PURPOSES = ("PRIMARY OUTCOME MEASURE", "SECONDARY OUTCOME MEASURE", "EXPLORATORY OUTCOME MEASURE")
FILE_TYPES = ("pdf", "rtf", "txt")
TERMINOLOGY = {"AnalysisReasonEnum": REASONS, "AnalysisPurposeEnum": PURPOSES, "OutputFileTypeEnum": FILE_TYPES}
NOT_STATED = "NOT STATED"
CONTEXT = "trialspec"
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass
class Numbered:
    """Items by what makes them the same, with identifiers in the order in which they were first needed."""

    prefix: str
    items: dict[object, Item] = field(default_factory=dict)

    def next_id(self) -> str:
        """The identifier of the next item."""
        return f"{self.prefix}.{len(self.items) + 1:02d}"


@dataclass
class Parts:
    """The shared parts of a reporting event."""

    spec: Spec
    sets: Numbered = field(default_factory=lambda: Numbered("AS"))
    subsets: Numbered = field(default_factory=lambda: Numbered("DS"))
    groupings: Numbered = field(default_factory=lambda: Numbered("GF"))
    methods: Numbered = field(default_factory=lambda: Numbered("MT"))
    terms: dict[str, Numbered] = field(default_factory=dict)

    def analysis_set(self, population: str) -> str:
        """The identifier of a population, a condition on ADSL."""
        if population not in self.sets.items:
            head = {"id": self.sets.next_id(), "name": name_of(self.spec, population), "level": 1}
            order = len(self.sets.items) + 1
            self.sets.items[population] = self._where(head, order, population, lambda name: self._home("ADSL", name))
        return str(self.sets.items[population]["id"])

    def data_subset(self, dataset: str, condition: str) -> str:
        """The identifier of a selection of records of a dataset."""
        key = (dataset, condition)
        if key not in self.subsets.items:
            head = {"id": self.subsets.next_id(), "name": f"{dataset}: {condition}", "level": 1}
            order = len(self.subsets.items) + 1
            self.subsets.items[key] = self._where(head, order, condition, lambda name: self._home(dataset, name))
        return str(self.subsets.items[key]["id"])

    def _home(self, dataset: str, name: str) -> str:
        for home in (dataset, "ADSL"):
            if (home, name) in self.spec.variables:
                return home
        # Without Variables, as in a specification of results alone, a name that is no constant is a variable.
        return "" if name in self.spec.study.constants or self.spec.variables else dataset

    def _where(self, head: Item, order: int, condition: str, home: Home) -> Item:
        """A set or subset; a condition that the standard cannot say stands in its description, as text."""
        try:
            return {**head, "order": order, **clause(condition, home, self.spec.study.constants)}
        except CannotSayError as error:
            text = f"ARS 1.0 has no form for this condition of trialspec ({error}): {condition}"
            return {**head, "description": text, "order": order}

    def grouping(self, dataset: str, variables: tuple[str, ...], named: Sequence[str]) -> str:
        """The identifier of a grouping by a variable: of `named` groups, or without them by the values of the data.

        Of several variables, as the treatments of several periods, any may have the level; the first gives the name.
        """
        variable = variables[0]
        key = (dataset, variables, tuple(named))
        if key not in self.groupings.items:
            name = self.groupings.next_id()
            known = self.spec.variables.get((dataset, variable))
            item = {
                "id": name,
                "name": variable,
                "label": known.label if known and known.label else variable,
                "groupingDataset": dataset,
                "groupingVariable": variable,
                "dataDriven": not named,
            }
            groups = [_group(name, dataset, variables, level, place) for place, level in enumerate(named, 1)]
            self.groupings.items[key] = {**item, **({"groups": groups} if groups else {})}
        return str(self.groupings.items[key]["id"])

    def result_group(self, grouping: str, level: str) -> Item:
        """The group of a result: a named one by its identifier, else the value of the data."""
        item = next(item for item in self.groupings.items.values() if item["id"] == grouping)
        for group in item.get("groups", ()):
            if group["name"] == level:
                return {"groupingId": grouping, "groupId": group["id"]}
        return {"groupingId": grouping, "groupValue": level}

    def method(self, one: Computed, values: Sequence[Value]) -> str:
        """The identifier of the method of a call: the statistic with its options, an operation for each value."""
        operations = [*dict.fromkeys(operation_key(one, value) for value in values)]
        key = (one.call.known.name, template(one), tuple(operations))
        if key not in self.methods.items:
            name = self.methods.next_id()
            text = inspect.getdoc(one.call.known.function) or one.call.known.name
            self.methods.items[key] = {
                "id": name,
                "name": one.call.known.name,
                "description": " ".join(text.partition("\n\n")[0].split()),
                "operations": _operations(name, one, values),
                "codeTemplate": {"context": CONTEXT, "code": template(one), "parameters": _parameters(one)},
            }
        return str(self.methods.items[key]["id"])

    def counts(self, context: str, rows: Sequence[Row]) -> str:
        """The identifier of a method that gives rows of no call: sizes of populations, boxes of a flow diagram."""
        names = tuple(dict.fromkeys((row_operation(row), row.stat_label, row.fmt_fun) for row in rows))
        key = (context, names)
        if key not in self.methods.items:
            name = self.methods.next_id()
            operations = [
                {"id": f"{name}.{place:02d}", "name": operation, "label": label, "order": place}
                | ({"resultPattern": pattern} if pattern else {})
                for place, (operation, label, pattern) in enumerate(names, 1)
            ]
            self.methods.items[key] = {"id": name, "name": context, "operations": operations}
        return str(self.methods.items[key]["id"])

    def term(self, enumeration: str, text: str) -> Item:
        """A term of an extensible terminology: one of the standard, or of the sponsor."""
        text = text or NOT_STATED
        if text in TERMINOLOGY[enumeration]:
            return {"controlledTerm": text}
        known = self.terms.setdefault(enumeration, Numbered(f"ST.{enumeration.removesuffix('Enum')}"))
        if text not in known.items:
            known.items[text] = {"id": known.next_id(), "submissionValue": text}
        return {"sponsorTermId": known.items[text]["id"]}


def _group(grouping: str, dataset: str, variables: tuple[str, ...], level: str, order: int) -> Item:
    each = [{"dataset": dataset, "variable": name, "comparator": "EQ", "value": [level]} for name in variables]
    clauses = [{"level": 2, "order": place, "condition": one} for place, one in enumerate(each, 1)]
    any_of = {"compoundExpression": {"logicalOperator": "OR", "whereClauses": clauses}}
    content = {"condition": each[0]} if len(each) == 1 else any_of
    return {"id": f"{grouping}.{order}", "name": level, "level": 1, "order": order, **content}


def at_level(one: Computed, value: Value) -> str:
    """The level of the analysed variable that a value is of, as in counts by category; "" for any other value."""
    by_category = value.variable == "level" and value.level is not None and _NAME.fullmatch(one.call.variable)
    return levels.shown(value.level) if by_category else ""


def operation_key(one: Computed, value: Value) -> tuple[str, str]:
    """What makes a value an operation of its own: its name, and the point that it is at."""
    return value.name, "" if at_level(one, value) or value.level is None else levels.shown(value.level)


def row_operation(row: Row) -> str:
    """The operation of a row of no call: its statistic, and the level that this is of."""
    return f"{row.stat_name} {row.variable_level}" if row.variable_level else row.stat_name


def template(one: Computed) -> str:
    """The call with names in the place of its columns."""
    columns = [f"{{{name}}}" for name in one.call.columns]
    options = [f"{name}={value!r}" for name, value in one.call.constants.items()]
    further = [f"{name}={{{name}}}" for name, given in _given(one).items() if given]
    return f"{one.call.known.name}({', '.join((*columns, *further, *options))})"


def _given(one: Computed) -> dict[str, str]:
    call = one.call
    found = {"reference": call.reference, "strata": " ".join(call.strata)}
    if call.modelled:
        found |= {"covariates": ", ".join(call.covariates), "classes": " ".join(call.classes)}
        found |= {"interactions": " ".join(map("*".join, call.interactions)), visit_option(call.known): call.visit}
    return found


def _parameters(one: Computed) -> list[Item]:
    names = [*one.call.columns, *(name for name, given in _given(one).items() if given)]
    return [{"name": name, "description": "Set by each analysis that uses the method."} for name in names]


def values_of_parameters(one: Computed) -> list[Item]:
    """The parameters of the method with what the call gives for them."""
    given = {**one.call.columns, **{name: text for name, text in _given(one).items() if text}}
    return [{"name": name, "value": [text]} for name, text in given.items()]


def _operations(method: str, one: Computed, values: Sequence[Value]) -> list[Item]:
    """An operation for each name and point; a percentage refers to its numerator and denominator."""
    found: dict[tuple[str, str], Item] = {}
    for value in values:
        key = operation_key(one, value)
        if key in found:
            continue
        name, point = key
        label = value.label + (f", {value.variable} {point}" if point else "")
        found[key] = {"id": f"{method}.{len(found) + 1:02d}", "name": name + (f" {point}" if point else "")}
        found[key] |= {"label": label, "order": len(found)}
        pattern = alias(shown_format(name, value.fmt))
        found[key] |= {"resultPattern": pattern} if pattern else {}
    for (name, point), item in found.items():
        parts = {"NUMERATOR": found.get(("n", point)), "DENOMINATOR": found.get(("N", point), found.get(("N", "")))}
        if name in ("pct", "estimate") and ("pct", point) in found and all(parts.values()):
            item["referencedOperationRelationships"] = [
                {
                    "id": f"{item['id']}.{role}",
                    "referencedOperationRole": {"controlledTerm": role},
                    "operationId": part["id"] if part else "",
                }
                for role, part in parts.items()
            ]
    return list(found.values())


def home_of(analysis: Analysis, spec: Spec, variable: str) -> str:
    """The dataset that has a variable: that of the result, else ADSL."""
    dataset = analysis.result.dataset
    return "ADSL" if (dataset, variable) not in spec.variables and ("ADSL", variable) in spec.variables else dataset
