"""Value-level metadata: what holds of a variable only in some of its records.

Slices come from the tables that make the records: Tests (results by test code), Parameters and Events (AVAL,
AVALC, CNSR by PARAMCD), supplemental qualifiers (QVAL by QNAM) and trial summary (TSVAL by TSPARMCD). Rows of
ValueLevel override the slice that they describe, or add one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from define.crf import pages_of
from define.distinct import Checks, column_of
from define.distinct import where as met
from define.facts import Facts
from define.items import Item, data_type_of, length_of
from define.measured import Measured
from define.method_text import PARAMETER_VARIABLES
from define.origin import Origin, origin_of, origin_of_block, origin_of_value
from define.where_clause import RangeCheck, digest, parse_where
from specs.model import Spec, ValueLevel
from specs.oids import oid_part
from specs.problem import Problem, SpecError, nearest
from specs.wildcards import prefix as domain

_RESULTS = ("ORRES", "ORRESU", "STRESC", "STRESN", "STRESU")
# Texts of these are typed by what they hold: "12.1" under a numeric test is a float kept as text.
_TYPED_TEXT = ("ORRES", "STRESC", "TSVAL")


@dataclass(frozen=True)
class Slices:
    """Which variables of a dataset are described per value of which key, and the label of each value."""

    key: str
    variables: tuple[str, ...]
    labels: Mapping[str, str]


def sliced_by(spec: Spec, dataset: str) -> tuple[str, tuple[str, ...], str] | None:
    """The variable by whose values a dataset is cut into slices, the variables that are described in each of them, and
    the one beside which its text stands ("" for none); None for a dataset that is not cut."""
    prefix = domain(dataset)
    if dataset.startswith("SUPP"):
        return "QNAM", ("QVAL",), ""
    if dataset == "TS":
        return "TSPARMCD", ("TSVAL",), "TSPARM"
    if any(test.dataset == dataset for test in spec.tests):
        return f"{prefix}TESTCD", tuple(prefix + name for name in _RESULTS), f"{prefix}TEST"
    return ("PARAMCD", PARAMETER_VARIABLES, "PARAM") if _has_parameters(spec, dataset) else None


def slices_of(spec: Spec, dataset: str, data: Measured) -> Slices | None:
    """The slices that the tables of the specification make of a dataset, or None."""
    found = sliced_by(spec, dataset)
    if found is None or found[0] not in data.names:
        return None
    key, variables, text = found
    if key == "QNAM":
        labels = {v: row.label for (d, v), row in spec.variables.items() if d == dataset}
    elif key == "PARAMCD":
        labels = dict(_parameter_labels(spec, dataset, data))
    else:
        labels = {test.test_code: test.test for test in spec.tests if test.dataset == dataset}
        labels |= _decoded(data, key, text)
    return Slices(key, variables, labels)


def _has_parameters(spec: Spec, dataset: str) -> bool:
    parameters = any(row.dataset == dataset for row in spec.parameters)
    return parameters or any(row.dataset == dataset for row in spec.events)


def _parameter_labels(spec: Spec, dataset: str, data: Measured) -> Mapping[str, str]:
    labels = {row.paramcd: row.param for row in spec.parameters if row.dataset == dataset}
    for event in spec.events:
        if event.dataset == dataset:
            labels |= {name: "" for name in event.paramcds if name not in labels}
    if "PARAM" in data.names:
        labels |= {code: text for code, text in _decoded(data, "PARAMCD", "PARAM").items() if not labels.get(code)}
    return labels


def _decoded(data: Measured, code: str, text: str) -> dict[str, str]:
    """Each value of `code`, sorted, to the first value of `text` that stands beside it."""
    if code not in data.names or text not in data.names:
        return {}
    return {value: facts.values[0] for value, facts in data.facts_by(code, text).items() if not facts.empty}


def value_items(
    spec: Spec,
    dataset: str,
    data: Measured,
    items: Mapping[str, Item],
    methods: Mapping[tuple[str, str], str],
) -> dict[str, list[Item]]:
    """Variable to its value-level items, in the order of the tables; variables without any are left out.

    items: the variable-level items of the dataset by name. Raises SpecError for a where clause that
    Define-XML cannot state or that names a variable the dataset lacks.
    """
    found: dict[str, list[Item]] = {}
    rows = [row for row in spec.value_level if row.dataset == dataset and row.variable in items]
    clauses = {id(row): _clause(row, items) for row in rows}
    slices = slices_of(spec, dataset, data)
    if slices:
        for name in slices.variables:
            if name in items:
                found[name] = list(_sliced(spec, items[name], slices, data, methods))
    for name in dict.fromkeys(row.variable for row in rows):
        own = sorted((row for row in rows if row.variable == name), key=_order)
        described = [(row, clauses[id(row)]) for row in own]
        found[name] = _with_rows(spec, items[name], found.get(name, []), described, data)
    return {name: with_own_oids(listed) for name, listed in found.items() if listed}


def _with_rows(
    spec: Spec, parent: Item, slices: list[Item], rows: list[tuple[ValueLevel, Checks]], data: Measured
) -> list[Item]:
    """The slices that the tables make of a variable, with the rows of ValueLevel in the place of what they describe.

    A row stands for the records that it names: it takes the place of each slice of which it describes a value, so
    several rows may divide a slice. What they leave out, and rows that overlap, `define.validate` reports.
    """
    shared = data.shared(parent.name, [where for _, where in rows], [item.where for item in slices])
    listed: list[tuple[int, Item]] = []
    described: set[int] = set()
    for (row, where), told in zip(rows, shared):
        item = _stated(spec, row, where, _base(slices, where, parent), data)
        if item.facts.empty:
            # The document describes the data; a row for records that there are not has nothing to describe.
            continue
        listed.append((min(told, default=len(slices)), item))
        described.update(told)
    listed += [(n, one) for n, one in enumerate(slices) if n not in described]
    return [item for _, item in sorted(listed, key=lambda placed: placed[0])]


def with_own_oids(listed: list[Item]) -> list[Item]:
    """The items; of two whose conditions look the same in an OID the later one bears a digest of its condition."""
    seen: set[str] = set()
    result = []
    for item in listed:
        again = item.oid in seen
        seen.add(item.oid)
        result.append(replace(item, oid=f"{item.oid}.{digest(item.where)}") if again else item)
    return result


def _order(row: ValueLevel) -> tuple[str, float]:
    return row.variable, float(row.order) if row.order else np.inf


def _clause(row: ValueLevel, items: Mapping[str, Item]) -> tuple[RangeCheck, ...]:
    checks = parse_where(row.where_clause, row.at("Where Clause"))
    strange = [c.variable for c in checks if c.dataset in ("", row.dataset) and c.variable not in items]
    if strange:
        place = row.at("Where Clause")
        lacking = [Problem(place, f"{row.dataset} has no variable {n}", nearest(n, items)) for n in strange]
        raise SpecError(lacking)
    return checks


def _sliced(
    spec: Spec, parent: Item, slices: Slices, data: Measured, methods: Mapping[tuple[str, str], str]
) -> Iterator[Item]:
    by_value = data.facts_by(slices.key, parent.name)
    order = [value for value in slices.labels if value in by_value]
    for value in [*order, *(value for value in by_value if value not in slices.labels)]:
        if by_value[value].empty:
            continue
        check = RangeCheck(slices.key, "EQ", (value,))
        item = _typed(parent, by_value[value], (check,), slices.labels.get(value, ""))
        item = replace(item, **_own_source(spec, parent, value, methods))
        yield _qualifier(spec, item, value, methods) if slices.key == "QNAM" else item


def _own_source(spec: Spec, parent: Item, value: str, methods: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """Origin and method of the values of one parameter or test."""
    variable = spec.variables.get((parent.dataset, parent.name))
    origin = origin_of_block(spec, variable, value, parent.origin) if variable else parent.origin
    method = methods.get((parent.dataset, f"{parent.name}.{value}"), parent.method)
    return {"origin": origin, "method": "" if origin.type in ("Predecessor", "Collected") else method}


def _typed(parent: Item, facts: Facts, where: tuple[RangeCheck, ...], label: str) -> Item:
    """The parent with type, length and digits as the slice has them; terms of a codelist stay texts."""
    if parent.name.endswith(_TYPED_TEXT) and not facts.numeric and not parent.codelist:
        facts = facts.as_numbers() or facts
    data_type = "text"
    if facts.numeric:
        data_type = "integer" if facts.whole else "float"
    elif (parent.data_type != "text" or parent.name == "TSVAL") and facts.iso:
        data_type = facts.iso
    sized = data_type in ("text", "integer", "float")
    return replace(
        parent, oid=f"{parent.oid}.{suffix(where)}", label=label, data_type=data_type, facts=facts, where=where,
        length=max(facts.length, 1) if sized else 0, digits=facts.digits if data_type == "float" else 0,
        comment="", mandatory=False, role="", has_no_data=False,
    )  # fmt: skip


def suffix(where: tuple[RangeCheck, ...]) -> str:
    """What tells an item from the others of its variable, in its OID.

    >>> suffix((RangeCheck("LBTESTCD", "EQ", ("ALT",)), RangeCheck("LBSPEC", "NE", ("URINE",))))
    'ALT-NE-URINE'
    """
    return "-".join(part for check in where for part in _suffix(check))


def _suffix(check: RangeCheck) -> list[str]:
    """The values, after the comparator if that is no equality."""
    values = [oid_part(value) or "NULL" for value in check.values]
    return values if check.comparator in ("EQ", "IN") else [check.comparator, *values]


def _qualifier(spec: Spec, item: Item, name: str, methods: Mapping[tuple[str, str], str]) -> Item:
    """A supplemental qualifier: its row of Variables describes QVAL where QNAM is its name."""
    variable = spec.variables.get((item.dataset, name))
    if variable is None:
        return item
    facts = (item.facts.as_numbers() or item.facts) if variable.numeric else item.facts
    data_type = data_type_of(variable, variable.data_type, variable.format, facts)
    length, digits = length_of(variable, data_type, facts)
    origin = origin_of(spec, variable)
    return replace(
        item, data_type=data_type, length=length, digits=digits, codelist=variable.codelist, origin=origin,
        comment=variable.comment, method=methods.get((item.dataset, name), ""),
    )  # fmt: skip


def _base(slices: list[Item], where: Checks, parent: Item) -> Item:
    """The slice of which a condition picks records, else the variable."""
    checks = set(_plain(where))
    return next((item for item in slices if checks.issuperset(_plain(item.where))), parent)


def _plain(where: tuple[RangeCheck, ...]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Checks for comparison: a list of one value is that value."""
    one = {"IN": "EQ", "NOTIN": "NE"}
    return tuple(
        (c.variable, (one if len(c.values) == 1 else {}).get(c.comparator, c.comparator), c.values) for c in where
    )


def _stated(spec: Spec, row: ValueLevel, where: tuple[RangeCheck, ...], base: Item, data: Measured) -> Item:
    """A row of ValueLevel with the facts of its records."""
    facts = data.facts_where(row.variable, where) or Facts(np.array([], dtype=object), 0, 0)
    own = replace(base, oid=f"{row.dataset}.{row.variable}", codelist=row.codelist or base.codelist)
    item = _typed(own, facts, where, row.label or base.label)
    if row.data_type:
        facts = facts.as_numbers() or facts if row.data_type in ("integer", "float") else facts
        data_type = data_type_of(row, row.data_type, row.format, facts)
        length, digits = length_of(row, data_type, facts)
        item = replace(item, data_type=data_type, length=length, digits=digits)
    origin = origin_of_value(row, base.origin, pages_of(spec, row.dataset, row.variable))
    return replace(
        item, format=row.format or item.format, comment=row.comment,
        origin=origin, mandatory=row.mandatory.casefold() == "yes", method=row.method or _inherited(row, base, origin),
    )  # fmt: skip


def _inherited(row: ValueLevel, base: Item, origin: Origin) -> str:
    """The method of the variable, where it is that of this value too: an origin of its own has its own method."""
    return base.method if origin.type == "Derived" or (origin.type == "Assigned" and not row.origin) else ""


def matching(frame: pd.DataFrame, where: tuple[RangeCheck, ...]) -> pd.Series:
    """True for the records where every check holds; checks on variables of other datasets are passed over."""
    columns = {check.variable: column_of(frame[check.variable]) for check in where if check.variable in frame.columns}
    return pd.Series(met(columns, where, len(frame)), index=frame.index)
