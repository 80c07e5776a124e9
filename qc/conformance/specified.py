"""The specification of a study as a description of its datasets, for data that come without a define.xml."""

from __future__ import annotations

from define.where_clause import parse_where
from qc.conformance.description import Codelist, Dataset, Description, Item, Term, ValueItem
from specs.model import Dataset as DatasetRow
from specs.model import Spec, ValueLevel, Variable
from specs.problem import SpecError


def read(spec: Spec) -> Description:
    """What the specification of a stage says; what it leaves to be measured from the data stays open."""
    datasets = {name: _dataset(spec, row) for name, row in spec.datasets.items()}
    codelists = {
        name: Codelist(
            name, row.name, row.nci_code, row.data_type, "",
            tuple(Term(term.term, term.decode, term.nci_code) for term in row.terms),
        )
        for name, row in spec.codelists.items()
    }  # fmt: skip
    codelists |= {
        name: Codelist(name, row.name, "", row.data_type, f"{row.dictionary} {row.version}".strip())
        for name, row in spec.dictionaries.items()
    }
    values = tuple(value for row in spec.value_level if (value := _value(row)) is not None)
    return Description(f"the specification ({spec.stage})", False, "", datasets, codelists, values)


def _dataset(spec: Spec, row: DatasetRow) -> Dataset:
    levels = {value.variable for value in spec.value_level if value.dataset == row.dataset}
    items = {
        variable.variable: _item(variable, place, row.key_variables, levels)
        for place, variable in enumerate(spec.variables_of(row.dataset), 1)
    }
    return Dataset(
        row.dataset, row.label, row.dataset_class, row.subclass, f"{row.dataset.lower()}.xpt", row.key_variables,
        row.has_no_data, row.standard, items,
    )  # fmt: skip


def _item(row: Variable, place: int, keys: tuple[str, ...], levels: set[str]) -> Item:
    key = keys.index(row.variable) + 1 if row.variable in keys else None
    return Item(
        row.variable, place, row.label, row.data_type, _number(row.length), _number(row.significant_digits), row.format,
        row.mandatory, row.codelist, row.origin, bool(row.method), bool(row.comment), row.role, key,
        row.variable in levels,
    )  # fmt: skip


def _value(row: ValueLevel) -> ValueItem | None:
    """The row as a value-level item; None for a clause that Define-XML cannot state, which `build check` reports."""
    try:
        checks = parse_where(row.where_clause, row.at("Where Clause"))
    except SpecError:
        return None
    item = Item(
        row.variable, None, row.label, row.data_type, _number(row.length), _number(row.significant_digits), row.format,
        row.mandatory, row.codelist, row.origin, bool(row.method), bool(row.comment),
    )  # fmt: skip
    return ValueItem(row.dataset, row.variable, f"{row.place.file}:{row.place.row}", (checks,), item)


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdigit() else None
