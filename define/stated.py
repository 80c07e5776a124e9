"""The content of a define.xml from the specification alone, for datasets whose data are not here.

A specification that has no tables that run, such as the workbook of others, still describes its datasets. What it
states is taken as it stands; nothing is measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from define.facts import Facts
from define.items import NUMBERS, Item
from define.origin import Origin, as_stated, origin_of, origin_of_value
from define.value_level import suffix
from define.where_clause import RangeCheck, parse_where
from specs.model import Dataset, Spec, ValueLevel, Variable

NOTHING = Facts(np.array([], dtype=object), 0, 0)


def attributes_only(spec: Spec) -> bool:
    """True for a specification that describes datasets and makes no records of them."""
    return not (spec.sources or spec.tests or spec.parameters or spec.events)


def stated_items(spec: Spec, dataset: Dataset, methods: Mapping[tuple[str, str], str]) -> dict[str, Item]:
    """The items of the variables of a dataset by name, in order."""
    return {v.variable: _variable_item(spec, v, methods) for v in spec.variables_of(dataset.dataset)}


def _variable_item(spec: Spec, variable: Variable, methods: Mapping[tuple[str, str], str]) -> Item:
    length, digits = _size(variable.data_type, variable.length, variable.significant_digits)
    return Item(
        oid=f"{variable.dataset}.{variable.variable}",
        dataset=variable.dataset,
        name=variable.variable,
        label=variable.label,
        data_type=variable.data_type,
        length=length,
        digits=digits,
        format="" if variable.format == "ISO 8601" else variable.format,
        codelist=variable.codelist,
        origin=as_stated(origin_of(spec, variable), variable),
        comment=variable.comment,
        method=methods.get((variable.dataset, variable.variable), ""),
        mandatory=variable.mandatory.casefold() == "yes" or variable.core == "Req",
        role=variable.role,
        facts=NOTHING,
        has_no_data=variable.has_no_data,
    )


def _size(data_type: str, length: str, digits: str) -> tuple[int, int]:
    """Length and SignificantDigits as stated, of the types that have them."""
    if data_type not in (*NUMBERS, "text"):
        return 0, 0
    return int(float(length or 0)), int(float(digits or 0)) if data_type == "float" else 0


def stated_values(spec: Spec, dataset: Dataset, items: Mapping[str, Item]) -> dict[str, list[Item]]:
    """Variable to its value-level items, in the order of ValueLevel."""
    found: dict[str, list[Item]] = {}
    rows = [row for row in spec.value_level if row.dataset == dataset.dataset and row.variable in items]
    for row in sorted(rows, key=lambda row: float(row.order) if row.order else np.inf):
        listed = found.setdefault(row.variable, [])
        item = _value_item(row, items[row.variable], parse_where(row.where_clause, row.at("Where Clause")))
        same = sum(other.oid == item.oid for other in listed)
        listed.append(replace(item, oid=f"{item.oid}.{same + 1}") if same else item)
    return found


def _value_item(row: ValueLevel, parent: Item, where: tuple[RangeCheck, ...]) -> Item:
    data_type = row.data_type or parent.data_type
    length, digits = _size(data_type, row.length, row.significant_digits)
    return replace(
        parent,
        oid=f"{parent.oid}.{suffix(where)}",
        label=row.label,
        data_type=data_type,
        length=length,
        digits=digits,
        format=row.format,
        codelist=row.codelist,
        origin=as_stated(origin_of_value(row, Origin("")), row),
        comment=row.comment,
        method=row.method,
        mandatory=row.mandatory.casefold() == "yes",
        role="",
        has_no_data=False,
        where=where,
    )
