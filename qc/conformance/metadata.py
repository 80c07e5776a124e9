"""Fills the tables of metadata from the data, what describes them, the guide and the published terminology."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from language.tree import NUMBER
from qc.conformance import guide
from qc.conformance.classify import ADAM, SDTM
from qc.conformance.data import Data, Dataset, Metadata, metadata_table
from qc.conformance.description import Codelist, Item
from qc.conformance.facts import ColumnFacts, Distinct, NumberFacts, TextFacts
from qc.conformance.records import Records
from qc.conformance.terminology import Terminology, meant, terms_of
from qc.conformance.value_level import ValueLevel
from specs import standards
from specs.metadata import METADATA
from specs.packages import StandardCodelist
from specs.standards import StandardVariable

Rows = list[dict[str, object]]


def _yes(held: object) -> str | None:
    return "Y" if held else None


@dataclass
class Collector:
    """The rows of the tables, dataset by dataset."""

    data: Data
    terminology: Terminology
    rows: dict[str, Rows] = field(default_factory=lambda: {name: [] for name in METADATA})
    terms: dict[str, dict[str, int]] = field(default_factory=dict)

    def begin(self, dataset: Dataset) -> Measured:
        """What there is to know of a dataset, of which no record was looked at yet."""
        return Measured(self, dataset)

    def add(self, found: Measured) -> None:
        """Note what is known of a dataset; of one that is not judged, its variables alone."""
        dataset = found.dataset
        self.rows["DATASETS"].append(_dataset_row(dataset))
        if not dataset.judged:
            for variable in dataset.types:
                self.rows["VARIABLES"].append(_of(dataset) | {"VARIABLE": variable, "DATA": "Y"})
            return
        for variable in [*dataset.types, *guide.absent(dataset)]:
            taken = found.facts.get(variable)
            row = _variable_row(
                dataset, variable, guide.guide_variable(dataset, variable), _item(dataset, variable),
                taken.made() if taken is not None else None,
            )  # fmt: skip
            self.rows["VARIABLES"].append(_of(dataset) | row)
            if variable in found.values:
                self._values(dataset, variable, found.values[variable])
        self.rows["VALUELEVEL"] += found.levels.rows()

    def lists(self, dataset: Dataset, variable: str) -> tuple[Codelist | None, list[StandardCodelist] | None] | None:
        """The codelist and the published ones that the values of a variable are held against; None where there are
        none, or where the codelist is an external dictionary, whose values are not listed."""
        item, known = _item(dataset, variable), guide.guide_variable(dataset, variable)
        codelist = self.data.description.codelists.get(item.codelist) if item is not None and item.codelist else None
        if codelist is not None and codelist.external:
            return None
        codes = known.codelist_code if known else ""
        lists = self.terminology.codelists(codes, dataset.kind.standard) if codes else None
        return None if lists is None and codelist is None else (codelist, lists)

    def _values(self, dataset: Dataset, variable: str, found: Distinct) -> None:
        """The values of a coded variable."""
        codelist, lists = self.lists(dataset, variable) or (None, None)
        own = {term.term for term in codelist.terms} if codelist is not None else set()
        seen = self.terms.setdefault(codelist.id, {}) if codelist is not None else {}
        for value, count, first in found:
            seen[value] = seen.get(value, 0) + count
            row = _of(dataset) | {
                "VARIABLE": variable, "GENERIC": guide.generic(dataset, variable), "VALUE": value, "RECORDS": count,
                "FIRST": first,
            }  # fmt: skip
            if lists is not None:
                code = next((terms_of(one)[value] for one in lists if value in terms_of(one)), None)
                published = code is not None
                row |= {
                    "IGCODELIST": ";".join(one.id for one in lists), "INIG": _yes(published), "IGCODE": code,
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


class Measured:
    """What a collector has to know of a dataset, taken block by block: facts of its variables, the values of coded
    ones, and what is described for some values. Of one that is not judged nothing is taken."""

    def __init__(self, collector: Collector, dataset: Dataset) -> None:
        self.dataset = dataset
        wanted = dataset.types if dataset.judged else {}
        self.facts: dict[str, TextFacts | NumberFacts] = {name: _facts(dataset, name) for name in wanted}
        self.values = {name: Distinct() for name in wanted if collector.lists(dataset, name) is not None}
        self.levels = ValueLevel(collector.data, dataset)

    def add(self, records: Dataset | Records) -> None:
        """Take the records of a block."""
        if not self.facts:
            return
        start = records.start if isinstance(records, Records) else 0
        records.load(self.facts)
        for name, facts in self.facts.items():
            facts.add(records.column(name), start)  # type: ignore[arg-type]
        for name, values in self.values.items():
            values.add(records.column(name), start)
        self.levels.add(records)


def _facts(dataset: Dataset, variable: str) -> TextFacts | NumberFacts:
    if dataset.types[variable] == NUMBER:
        return NumberFacts()
    item = _item(dataset, variable)
    return TextFacts(item.data_type if item else "", variable.endswith(("DTC", "DUR", "ELTM")))


def _item(dataset: Dataset, variable: str) -> Item | None:
    return dataset.described.items.get(variable) if dataset.described else None


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
        "LABEL": stated.label, "FORMAT": stated.format, "LABELLED": _yes(stated.label is not None),
        "FORMATTED": _yes(stated.format is not None), "MISSING": facts.missing, "DISTINCT": facts.distinct,
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
