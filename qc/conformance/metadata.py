"""Fills the tables of metadata from the data, what describes them, the guide and the published terminology."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from qc.conformance import guide, value_level
from qc.conformance.classify import ADAM, SDTM
from qc.conformance.data import Data, Dataset, Metadata, metadata_table
from qc.conformance.description import Codelist, Item
from qc.conformance.facts import ColumnFacts, column_facts, distinct
from qc.conformance.terminology import Terminology, meant, terms_of
from specs import standards
from specs.metadata import METADATA
from specs.standards import StandardVariable

Rows = list[dict[str, object]]


def _yes(held: object) -> str | None:
    return "Y" if held else None


@dataclass
class Collector:
    """The rows of the tables, dataset by dataset, so that one dataset at a time has to be in memory."""

    data: Data
    terminology: Terminology
    rows: dict[str, Rows] = field(default_factory=lambda: {name: [] for name in METADATA})
    terms: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, dataset: Dataset) -> None:
        """Read a dataset, and note what there is to know of it; of one that is not judged, its variables alone."""
        self.rows["DATASETS"].append(_dataset_row(dataset))
        if not dataset.judged:
            for variable in dataset.types:
                self.rows["VARIABLES"].append(_of(dataset) | {"VARIABLE": variable, "DATA": "Y"})
            return
        dataset.load(dataset.types)
        for variable in [*dataset.types, *guide.absent(dataset)]:
            self._variable(dataset, variable)
        self.rows["VALUELEVEL"] += value_level.rows(self.data, dataset)

    def _variable(self, dataset: Dataset, variable: str) -> None:
        item = dataset.described.items.get(variable) if dataset.described else None
        known = guide.guide_variable(dataset, variable)
        facts = None
        if variable in dataset.types:
            facts = column_facts(
                dataset.column(variable), item.data_type if item else "", variable.endswith(("DTC", "DUR", "ELTM"))
            )
        row = _of(dataset) | _variable_row(dataset, variable, known, item, facts)
        self.rows["VARIABLES"].append(row)
        if facts is not None and ((item is not None and item.codelist) or (known is not None and known.codelist_code)):
            self._values(dataset, variable, known, item)

    def _values(self, dataset: Dataset, variable: str, known: StandardVariable | None, item: Item | None) -> None:
        """The values of a coded variable; those of an external dictionary are not listed."""
        codelist = self.data.description.codelists.get(item.codelist) if item else None
        if codelist is not None and codelist.external:
            return
        codes = known.codelist_code if known else ""
        lists = self.terminology.codelists(codes, dataset.kind.standard) if codes else None
        if lists is None and codelist is None:
            return
        own = {term.term for term in codelist.terms} if codelist is not None else set()
        seen = self.terms.setdefault(codelist.id, {}) if codelist is not None else {}
        for value, count, first in distinct(dataset.column(variable)):
            seen[value] = seen.get(value, 0) + count
            row = _of(dataset) | {
                "VARIABLE": variable, "GENERIC": guide.generic(dataset, variable), "VALUE": value, "RECORDS": count,
                "FIRST": first,
            }  # fmt: skip
            if lists is not None:
                published = any(value in terms_of(one) for one in lists)
                row |= {
                    "IGCODELIST": ";".join(one.id for one in lists), "INIG": _yes(published),
                    "IGEXTENSIBLE": "Y" if any(one.extensible for one in lists) else "N",
                    "IGOTHER": None if published or _is_number(value) else meant(lists, value),
                }  # fmt: skip
            if codelist is not None:
                row |= {"DEFCODELIST": codelist.id, "INDEF": _yes(value in own)}
            self.rows["VALUES"].append(row)

    def tables(self) -> dict[str, Metadata]:
        """The tables, once every dataset was added."""
        self.rows["STUDY"] = list(_study_rows(self.data))
        self.rows["DATASETS"] += _described_only(self.data)
        for codelist in self.data.description.codelists.values():
            self._codelist(codelist)
        self.rows["DOCUMENT"] = [
            {"FAULT": fault.rule, "ELEMENT": fault.element, "MESSAGE": fault.message}
            for fault in self.data.description.faults
        ]
        return {name: metadata_table(name, table.types, self.rows[name]) for name, table in METADATA.items()}

    def _codelist(self, codelist: Codelist) -> None:
        published = self.terminology.codelist(codelist.code) if codelist.code else None
        extensible = None if published is None else "Y" if published.extensible else "N"
        row: dict[str, object] = {
            "CODELIST": codelist.id, "NAME": codelist.name, "CODE": codelist.code, "TYPE": codelist.data_type,
            "TERMS": len(codelist.terms), "EXTERNAL": codelist.external, "KNOWN": _yes(published),
            "EXTENSIBLE": extensible, "USED": _yes(codelist.id in self._used),
        }  # fmt: skip
        self.rows["CODELISTS"].append(row)
        seen = self.terms.get(codelist.id)
        codes = terms_of(published) if published is not None else {}
        for term in codelist.terms:
            row = {
                "CODELIST": codelist.id, "TERM": term.term, "DECODE": term.decode, "CODE": term.code,
                "EXTENDED": _yes(term.extended), "LISTCODE": codelist.code, "EXTENSIBLE": extensible,
                "PUBLISHED": _yes(term.term in codes), "PUBLISHEDCODE": codes.get(term.term),
                "RECORDS": None if seen is None else seen.get(term.term, 0),
            }  # fmt: skip
            self.rows["TERMS"].append(row)

    @property
    def _used(self) -> set[str]:
        return self.data.description.used()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _of(dataset: Dataset) -> dict[str, object]:
    return {
        "DATASET": dataset.name, "STANDARD": dataset.kind.standard, "CLASS": dataset.kind.dataset_class,
        "DOMAIN": dataset.domain, "JUDGED": _yes(dataset.judged),
    }  # fmt: skip


def _dataset_row(dataset: Dataset) -> dict[str, object]:
    known = standards.dataset(dataset.kind.guide, dataset.name)
    path = Path(dataset.table.path) if dataset.table.path else None
    row = _of(dataset) | {
        "SUBCLASS": dataset.kind.subclass, "FILE": path.name if path else None, "LABEL": dataset.table.label,
        "RECORDS": dataset.count, "VARIABLES": len(dataset.types), "DATA": "Y", "IG": _yes(known),
        "SIZE": path.stat().st_size if path is not None and path.exists() else None,
        "IGLABEL": known.label if known else None, "IGCLASS": known.dataset_class if known else None,
    }  # fmt: skip
    return row | _described(dataset)


def _described(dataset: Dataset) -> dict[str, object]:
    found = dataset.described
    if found is None:
        return {}
    return {
        "DEFINE": "Y", "DEFLABEL": found.label, "DEFCLASS": found.dataset_class, "DEFFILE": found.file,
        "DEFKEYS": " ".join(found.keys), "DEFNODATA": _yes(found.no_data),
    }  # fmt: skip


def _variable_row(
    dataset: Dataset, variable: str, known: StandardVariable | None, item: Item | None, facts: ColumnFacts | None
) -> dict[str, object]:
    row: dict[str, object] = {"VARIABLE": variable, "RECORDS": dataset.count}
    row["GENERIC"] = guide.generic(dataset, variable)
    if facts is not None:
        row |= _data_columns(dataset, variable, facts)
    if known is not None:
        row |= {
            "IG": "Y", "IGORDER": guide.order(dataset, known), "IGLABEL": guide.label(dataset, known),
            "IGTYPE": known.type, "IGCORE": known.core, "IGROLE": known.role, "IGCODELIST": known.codelist_code,
            "IGVALUES": known.domain_values,
        }  # fmt: skip
    return row | (_item_columns(item) if item is not None else {})


def _data_columns(dataset: Dataset, variable: str, facts: ColumnFacts) -> dict[str, object]:
    stated = dataset.table.by_name[variable]
    return {
        "DATA": "Y", "ORDER": list(dataset.types).index(variable) + 1,
        "TYPE": ("Num" if stated.numeric else "Char") if stated.typed else None, "LENGTH": stated.length,
        "LABEL": stated.label, "FORMAT": stated.format, "MISSING": facts.missing, "DISTINCT": facts.distinct,
        "LONGEST": facts.longest, "DECIMALS": facts.decimals, "ISO": facts.iso, "LEADING": facts.leading,
        "DOTS": facts.dots, "NONASCII": facts.nonascii, "MISSINGAT": facts.missing_at, "ODDAT": facts.odd_at,
    }  # fmt: skip


def _item_columns(item: Item) -> dict[str, object]:
    return {
        "DEFINE": "Y", "DEFORDER": item.order, "DEFLABEL": item.label, "DEFTYPE": item.data_type,
        "DEFLENGTH": item.length, "DEFDIGITS": item.digits, "DEFFORMAT": item.format,
        "DEFMANDATORY": item.mandatory, "DEFCODELIST": item.codelist, "DEFORIGIN": item.origin,
        "DEFMETHOD": _yes(item.method), "DEFCOMMENT": _yes(item.comment), "DEFROLE": item.role,
        "DEFKEY": item.key, "DEFVALUES": _yes(item.values), "DEFNODATA": _yes(item.no_data),
    }  # fmt: skip


def _study_rows(data: Data) -> Iterator[dict[str, object]]:
    for standard in dict.fromkeys(dataset.kind.standard for dataset in data.judged()):
        mine = [dataset for dataset in data.judged() if dataset.kind.standard == standard]
        yield {
            "STANDARD": standard, "GUIDE": mine[0].kind.guide, "DATASETS": len(mine),
            "DEFINE": _yes(data.description.define),
        }  # fmt: skip


def _described_only(data: Data) -> Rows:
    """Datasets that the define.xml describes and that are not there."""
    rows: Rows = []
    for name, found in data.description.datasets.items():
        if name not in data.datasets:
            analysis = found.standard.upper().startswith("ADAM") or name.startswith("AD")
            row: dict[str, object] = {
                "DATASET": name, "CLASS": found.dataset_class, "DEFINE": "Y", "DEFLABEL": found.label,
                "DEFCLASS": found.dataset_class, "DEFFILE": found.file, "DEFNODATA": _yes(found.no_data),
                "STANDARD": ADAM if analysis else SDTM, "DEFKEYS": " ".join(found.keys), "DOMAIN": name, "JUDGED": "Y",
            }  # fmt: skip
            rows.append(row)
    return rows
