"""Value-level metadata held against the data: the records for which a where clause holds, and what they contain."""

from __future__ import annotations

import numpy as np

from define.where_clause import RangeCheck
from engine.columns import Array, Column, Text, as_text, missing, take
from language.tree import NUMBER
from qc.conformance.data import Data, Dataset
from qc.conformance.description import Codelist, ValueItem
from qc.conformance.facts import NumberFacts, TextFacts
from qc.conformance.records import Records


class ValueLevel:
    """The rows of VALUELEVEL for a dataset, whose records are taken block by block."""

    def __init__(self, data: Data, dataset: Dataset) -> None:
        self.items = [
            _Item(value, data.description.codelists.get(value.item.codelist), dataset.types[value.variable])
            for value in data.description.values
            if value.dataset == dataset.name and value.variable in dataset.types
        ]

    def add(self, records: Dataset | Records) -> None:
        """Take the records of a block."""
        for item in self.items:
            item.add(records)

    def rows(self) -> list[dict[str, object]]:
        """The rows of all blocks."""
        return [item.row() for item in self.items]


class _Item:
    """What the records for which the clause of an item holds contain."""

    def __init__(self, value: ValueItem, codelist: Codelist | None, kind: str) -> None:
        self.value, self.numeric = value, kind == NUMBER
        self.facts = NumberFacts() if self.numeric else TextFacts(value.item.data_type)
        self.codelist = None if codelist is None or codelist.external else codelist
        self.asked, self.held, self.outside = True, 0, 0

    def add(self, records: Dataset | Records) -> None:
        held = holds(records, self.value)
        if held is None:
            self.asked = False
            return
        rows = np.flatnonzero(held)
        if len(rows):
            column = take(records.column(self.value.variable), rows)
            self.held += len(rows)
            self.facts.add(column)  # type: ignore[arg-type]
            if self.codelist is not None:
                self.outside += outside(column, self.codelist)

    def row(self) -> dict[str, object]:
        value, item = self.value, self.value.item
        row: dict[str, object] = {
            "DATASET": value.dataset, "VARIABLE": value.variable, "ITEM": value.oid, "CLAUSE": value.text,
            "DEFTYPE": item.data_type, "DEFLENGTH": item.length, "DEFDIGITS": item.digits, "DEFCODELIST": item.codelist,
            "DEFORIGIN": item.origin, "DEFMANDATORY": item.mandatory, "DEFMETHOD": "Y" if item.method else None,
        }  # fmt: skip
        if not self.asked:
            return row
        facts = self.facts.made()
        row |= {
            "RECORDS": self.held, "FILLED": self.held - facts.missing, "LONGEST": facts.longest,
            "DECIMALS": facts.decimals, "ISO": facts.iso, "NUMBERS": "Y" if facts.numbers or self.numeric else None,
        }  # fmt: skip
        return row if self.codelist is None else row | {"OUTSIDE": self.outside}


def outside(column: Column, codelist: Codelist) -> int:
    """How many records hold a value that the codelist does not have."""
    texts = as_text(column)
    terms = {term.term for term in codelist.terms}
    strange = np.array([value not in terms for value in texts.dictionary.values.tolist()] + [False], bool)
    return int(strange[texts.codes].sum())


def holds(dataset: Dataset | Records, value: ValueItem) -> Array | None:
    """bool per record; None where the clause asks of a variable that the dataset does not have."""
    checks = [check for clause in value.clauses for check in clause]
    if any(check.variable not in dataset.types or check.dataset not in ("", dataset.name) for check in checks):
        return None
    found = np.zeros(dataset.count, bool) if value.clauses else np.ones(dataset.count, bool)
    for clause in value.clauses:
        part = np.ones(dataset.count, bool)
        for check in clause:
            part &= _check(dataset.column(check.variable), check)
        found |= part
    return found


def _check(column: Column, check: RangeCheck) -> Array:
    if check.comparator in ("EQ", "NE", "IN", "NOTIN"):
        equal = _among(column, check.values)
        return ~equal if check.comparator in ("NE", "NOTIN") else equal
    limit = _float(check.values[0]) if check.values else np.nan
    numbers = _numbers(column)
    compare = {"LT": np.less, "LE": np.less_equal, "GT": np.greater, "GE": np.greater_equal}
    with np.errstate(invalid="ignore"):
        return np.asarray(compare[check.comparator](numbers, limit), bool)


def _among(column: Column, values: tuple[str, ...]) -> Array:
    found = missing(column) if "" in values else np.zeros(len(column), bool)
    if isinstance(column, Text):
        wanted = np.array([text in values for text in column.dictionary.values.tolist()] + [False], bool)
        return found | wanted[column.codes]
    return found | np.isin(column, [number for value in values if not np.isnan(number := _float(value))])


def _numbers(column: Column) -> Array:
    if not isinstance(column, Text):
        return column
    table = np.array([*map(_float, column.dictionary.values.tolist()), np.nan])
    return table[column.codes]


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
