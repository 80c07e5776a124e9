"""A small study that meets every conformance rule, and changes to it that break them one by one.

`tests/rules/base` holds the records, a CSV per dataset; attributes are those of the implementation guides, and a
description is made that fits. `tests/rules/cases.csv` holds the changes: one step, or several parted by ` | `:

    AE 1 AESER=X            a value in the first record; `AE *` in all; several parted by `, `
    AE copy 2 AESEQ=1       a further record, like the second but for some values
    AE without 1            the record is not there; `AE without *`: none is
    AE drop AETERM          the variable is not there; `drop AE`: the dataset is not
    AE add AEOCCUR=Y        a further variable; `#` before its name makes it a number
    AE first AESER          the variable stands first
    AE rename AEX           another name for the dataset
    AE.AETERM label=x       an attribute: label, length, format, type (Num or Char), name
    AE label=x              the label of the dataset
    define AE.AETERM x=1    what the description says of a variable (attributes of `Item`); `define AE x=1` of a dataset
    define drop AE          it says nothing of a dataset; `define drop AE.AETERM` of a variable
    define add AE.AEX       it has a variable more; `define add AEX` a dataset
    define none             there is no description
    define list NY code=C0  of a codelist; `define list add X`; `define term NY Y code=C0`; `define term NY add Z`
    define value 1 x=1      of the first value-level item
    define fault SCHEMA     a fault of the document
"""

from __future__ import annotations

import copy
import csv
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from define.where_clause import RangeCheck
from formats.coded import Coded
from qc.compare.table import Numbers, Table, Variable, in_memory
from qc.conformance.classify import ADAM, NUMERIC_NAMES, classify
from qc.conformance.data import Data, Dataset
from qc.conformance.description import Codelist, Description, Fault, Item, Term, ValueItem
from qc.conformance.description import Dataset as Described
from qc.conformance.terminology import Terminology, terms_of
from specs import standards

FOLDER = Path(__file__).parent / "rules"
_TERMINOLOGY = Terminology()
_KEYS = {
    "DM": "USUBJID", "TA": "ARMCD TAETORD", "TE": "ETCD", "TI": "IETESTCD", "TS": "TSPARMCD TSSEQ", "TV": "VISITNUM",
    "SV": "USUBJID VISITNUM", "RELREC": "RDOMAIN USUBJID IDVAR IDVARVAL RELID", "ADSL": "USUBJID",
    "ADLB": "USUBJID PARAMCD ADT ASEQ", "ADTTE": "USUBJID PARAMCD", "ADAE": "USUBJID AESEQ",
}  # fmt: skip


@dataclass
class Records:
    """A dataset that can be changed. `attributes` are those that differ from what the guide says."""

    name: str
    variables: list[str]
    rows: list[dict[str, str]]
    label: str | None = None
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    made: Table | None = None

    def numeric(self, variable: str) -> bool:
        stated = self.attributes.get(variable, {}).get("type")
        if stated:
            return stated == "Num"
        known = _guide(self, variable)
        if known is not None:
            return known.type == "Num"
        return self.kind().standard == ADAM and NUMERIC_NAMES.fullmatch(variable) is not None

    def kind(self) -> Any:
        return classify(self.name, self.variables, None)

    def table(self) -> Table:
        """The dataset as a reader would give it; made once, for as long as nothing changes it."""
        if self.made is None:
            self.made = self._table()
        return self.made

    def _table(self) -> Table:
        columns: dict[str, Any] = {}
        variables = []
        for name in self.variables:
            values = [row.get(name, "") or None for row in self.rows]
            given = self.attributes.get(name, {})
            if self.numeric(name):
                columns[name] = Numbers(np.array([np.nan if value is None else float(value) for value in values]))
                length = 8
            else:
                objects = np.empty(len(values), object)
                objects[:] = values
                columns[name] = Coded.from_objects(objects)
                length = max((len(value.encode()) for value in values if value), default=1)
            dated = self.numeric(name) and name.endswith(("DT", "TM"))
            variables.append(
                Variable(
                    given.get("name", name), self.numeric(name), length=int(given.get("length", length)),
                    label=given.get("label", self.variable_label(name)),
                    format=given.get("format", "DATE9." if dated else ""),
                )
            )  # fmt: skip
        renamed = {self.attributes.get(name, {}).get("name", name): column for name, column in columns.items()}
        path = f"{self.name.lower()}.xpt"
        return Table(
            self.name, len(self.rows), tuple(variables), in_memory(renamed), "xpt", path, label=self.title()
        )  # fmt: skip

    def variable_label(self, name: str) -> str:
        known = _guide(self, name)
        return known.label if known and known.label else f"Label of {name}"

    def title(self) -> str:
        known = standards.dataset(self.kind().guide, self.name)
        return self.label if self.label is not None else known.label if known else f"Dataset {self.name}"


def _guide(records: Records, variable: str) -> standards.StandardVariable | None:
    kind = records.kind()
    owner = kind.structure if kind.standard == ADAM else records.name
    return standards.variable(kind.guide, owner, variable, kind.dataset_class)


@dataclass
class Study:
    """The datasets, and what describes them."""

    datasets: dict[str, Records]
    description: Description = field(default_factory=Description)

    def data(self) -> Data:
        found = {}
        for name, records in self.datasets.items():
            table = records.table()
            described = self.description.datasets.get(name)
            kind = classify(name, table.by_name, described)
            found[name] = Dataset(name, table, kind, described)
        return Data(found, self.description)


@cache
def _base() -> Study:
    datasets = {}
    for path in sorted((FOLDER / "base").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        datasets[path.stem] = Records(path.stem, list(rows[0]), rows)
    return Study(datasets, _described(datasets.values()))


def base() -> Study:
    """The study as it is."""
    known = _base()
    return Study(dict(known.datasets), known.description)


# --- what describes it ----------------------------------------------------------------------------------


def _described(datasets: Iterable[Records]) -> Description:
    found: dict[str, Described] = {}
    codelists: dict[str, Codelist] = {}
    for records in datasets:
        kind = records.kind()
        letters = kind.letters
        default = "USUBJID IDVAR IDVARVAL QNAM" if records.name.startswith("SUPP") else f"USUBJID {letters}SEQ"
        keys = tuple(_KEYS.get(records.name, default).split())
        items = {}
        for place, name in enumerate(records.variables, 1):
            codelist = _codelist(records, name, codelists)
            items[name] = _item(records, name, place, keys, codelist)
        found[records.name] = Described(
            records.name, records.title(), kind.dataset_class, kind.subclass, f"{records.name.lower()}.xpt", keys,
            False, kind.guide, items,
        )  # fmt: skip
    values = (
        _value("LB", "LBORRES", ("LBTESTCD", "EQ", "ALT"), Item("LBORRES", 1, "ALT", "integer", 3, origin="Collected")),
        _value(
            "TS", "TSVAL", ("TSPARMCD", "EQ", "RANDOM"),
            Item("TSVAL", 1, "Randomised", "text", 1, origin="Derived", method=True, codelist="C66742"),
        ),
        _value("TS", "TSVAL", ("TSPARMCD", "EQ", "SSTDTC"), Item("TSVAL", 2, "Start", "date", origin="Protocol")),
        _value(
            "ADLB", "AVAL", ("PARAMCD", "EQ", "ALT"),
            Item("AVAL", 1, "ALT", "float", 4, 1, mandatory="Yes", origin="Derived", method=True),
        ),
    )  # fmt: skip
    codelists["DICT"] = Codelist("DICT", "MedDRA", "", "text", "MedDRA 27.0")
    return Description("a define.xml made for the test", True, "", found, codelists, values)


def _value(dataset: str, variable: str, check: tuple[str, str, str], item: Item) -> ValueItem:
    name, comparator, value = check
    clause = (RangeCheck(name, comparator, (value,), dataset),)
    return ValueItem(dataset, variable, f"IT.{dataset}.{variable}.{value}", (clause,), item)


def _item(records: Records, name: str, place: int, keys: tuple[str, ...], codelist: str) -> Item:
    table = records.table()
    column = table.columns([name])[name]
    known = _guide(records, name)
    if isinstance(column, Coded):
        dates = name.endswith("DTC") and all(len(str(value)) <= 10 for value in column.values)
        kind, digits = ("partialDate" if dates else "text"), None
        length = None if dates else max((len(str(value)) for value in column.values), default=1)
    else:
        numbers = column.values[~np.isnan(column.values)]
        whole = bool(np.all(numbers == np.rint(numbers)))
        digits = None if whole else 12
        kind, length = ("integer" if whole else "float"), 14
    return Item(
        name, place, records.variable_label(name), kind, length, digits,
        "DATE9." if name.endswith(("DT", "DTM")) and not isinstance(column, Coded) else "",
        "Yes" if name in ("STUDYID", "DOMAIN") else "No", "DICT" if name == "AEDECOD" else codelist,
        "Derived" if name.endswith("DY") else "Collected", name.endswith("DY"), False,
        known.role if known else "", keys.index(name) + 1 if name in keys else None, name in ("LBORRES", "TSVAL"),
    )  # fmt: skip


def _codelist(records: Records, name: str, codelists: dict[str, Codelist]) -> str:
    """The codelist of the guide with the terms that the data use."""
    known = _guide(records, name)
    standard = records.kind().standard
    lists = _TERMINOLOGY.codelists(known.codelist_code, standard) if known and known.codelist_code else None
    used = {row.get(name, "") for row in records.rows} - {""}
    if not lists or not used or name == "AEDECOD":
        return ""
    first = lists[0]
    before = codelists.get(first.code, Codelist(first.code, first.name, first.code, "text"))
    published = terms_of(first)
    terms = {term.term: term for term in before.terms}
    for value in sorted(used):
        terms.setdefault(value, Term(value, "", published.get(value, ""), value not in published))
    codelists[first.code] = replace(before, terms=tuple(terms.values()))
    return first.code


# --- changes --------------------------------------------------------------------------------------------


def changed(steps: str) -> Study:
    """The study after some changes."""
    found = base()
    for step in steps.split(" | "):
        words = step.strip().split(" ")
        if words[0] == "define":
            _change_description(found, words[1:])
        elif words[0] == "drop":
            del found.datasets[words[1]]
        elif "." in words[0]:
            dataset, _, variable = words[0].partition(".")
            name, _, value = " ".join(words[1:]).partition("=")
            _copied(found, dataset).attributes.setdefault(variable, {})[name] = value
        else:
            _change_records(found, words[0], words[1], " ".join(words[2:]))
    return found


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split(", ")) if text else {}


def _copied(study: Study, name: str) -> Records:
    """A dataset to be changed, which others share."""
    study.datasets[name] = copy.deepcopy(replace(study.datasets[name], made=None))
    return study.datasets[name]


def _change_records(study: Study, name: str, what: str, rest: str) -> None:
    records = _copied(study, name)
    if what.isdigit() or what == "*":
        for row in records.rows if what == "*" else [records.rows[int(what) - 1]]:
            row.update(_pairs(rest))
        for variable in _pairs(rest):
            assert variable in records.variables, f"{name} has no {variable}"
    elif what == "copy":
        number, _, values = rest.partition(" ")
        records.rows.append({**records.rows[int(number) - 1], **_pairs(values)})
    elif what == "without":
        records.rows = [] if rest == "*" else [r for i, r in enumerate(records.rows, 1) if str(i) != rest]
    elif what == "drop":
        records.variables.remove(rest)
    elif what == "add":
        for variable, value in _pairs(rest).items():
            plain = variable.lstrip("#")
            records.variables.append(plain)
            if variable.startswith("#"):
                records.attributes.setdefault(plain, {})["type"] = "Num"
            for row in records.rows:
                row[plain] = value
    elif what == "first":
        records.variables.remove(rest)
        records.variables.insert(0, rest)
    elif what == "rename":
        study.datasets[rest] = replace(study.datasets.pop(name), name=rest)
    elif what.startswith("label="):
        records.label = f"{what} {rest}".strip().removeprefix("label=")
    else:
        raise AssertionError(f"{what!r} is no change")


def _typed(text: str) -> Any:
    words: dict[str, Any] = {"none": None, "True": True, "False": False}
    return words[text] if text in words else int(text) if text.isdigit() else text


def _change_description(study: Study, words: list[str]) -> None:
    known = study.description
    what, rest = words[0], words[1:]
    given = rest[-1] if rest and "=" in rest[-1] else ""
    attributes = {name: _typed(value) for name, value in _pairs(given).items()}
    datasets, codelists = dict(known.datasets), dict(known.codelists)
    if what == "none":
        study.description = Description()
        return
    if what in ("drop", "add"):
        dataset, _, variable = rest[0].partition(".")
        if not variable and what == "drop":
            del datasets[dataset]
        elif not variable:
            datasets[dataset] = Described(dataset, "X", "EVENTS", standard="SDTMIG 3.4")
        else:
            items = {name: item for name, item in datasets[dataset].items.items() if name != variable}
            items |= {variable: Item(variable, 99, "X", "text", 1, origin="Collected")} if what == "add" else {}
            datasets[dataset] = replace(datasets[dataset], items=items)
        study.description = replace(known, datasets=datasets)
    elif what == "list" and rest[0] == "add":
        study.description = replace(known, codelists={**codelists, rest[1]: Codelist(rest[1], "X", "", "text")})
    elif what == "list":
        codelists[rest[0]] = replace(codelists[rest[0]], **attributes)
        study.description = replace(known, codelists=codelists)
    elif what == "term":
        terms = list(codelists[rest[0]].terms)
        if rest[1] == "add":
            terms.append(Term(rest[2]))
        else:
            terms = [replace(term, **attributes) if term.term == rest[1] else term for term in terms]
        codelists[rest[0]] = replace(codelists[rest[0]], terms=tuple(terms))
        study.description = replace(known, codelists=codelists)
    elif what == "value":
        values = list(known.values)
        place = int(rest[0]) - 1
        if "clauses" in attributes:
            values[place] = replace(values[place], clauses=())
        else:
            values[place] = replace(values[place], item=replace(values[place].item, **attributes))
        study.description = replace(known, values=tuple(values))
    elif what == "fault":
        study.description = replace(known, faults=(Fault(rest[0], "IT.X", "something is wrong"),))
    elif "." in what:
        dataset, _, variable = what.partition(".")
        item = replace(datasets[dataset].items[variable], **attributes)
        datasets[dataset] = replace(datasets[dataset], items={**datasets[dataset].items, variable: item})
        study.description = replace(known, datasets=datasets)
    else:
        attributes = {name: () if value is None and name == "keys" else value for name, value in attributes.items()}
        datasets[what] = replace(datasets[what], **attributes)
        study.description = replace(known, datasets=datasets)
