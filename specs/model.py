"""The specification of one stage as frozen records, each knowing the cell it came from.

The field names are the column names of the tables in lower case with underscores (`Key Variables` is
`key_variables`); the meaning of every column stands in `specs/columns.py`. Cells are kept as text: an empty
cell is the empty string. Where a cell lists several names, the record holds a tuple.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from specs.model_record import Record as Record
from specs.model_results import Box as Box
from specs.model_results import Display as Display
from specs.model_results import Figure as Figure
from specs.model_results import Line as Line
from specs.model_results import ListingRow as ListingRow
from specs.model_results import Result as Result
from specs.model_results import Statistic as Statistic
from specs.problem import Place

Constant = str | float | bool


@dataclass(frozen=True)
class Dataset(Record):
    """A row of Datasets. `sequence` is the variable behind SRCSEQ."""

    dataset: str
    label: str
    dataset_class: str
    subclass: str
    structure: str
    key_variables: tuple[str, ...]
    standard: str
    has_no_data: bool
    repeating: str
    reference_data: str
    comment: str
    sequence: str


@dataclass(frozen=True)
class Variable(Record):
    """A row of Variables, with what the standard says of the variable filled in where the row is silent.

    `data_type` is one of Define-XML's: text, integer, float, date, datetime, partialDate, partialDatetime,
    durationDatetime, time. `core` is Req, Exp, Perm, Cond or "" for a variable the standard does not have.
    `order` is the position in the dataset, 1 first.
    """

    order: int
    dataset: str
    variable: str
    label: str
    data_type: str
    length: str
    significant_digits: str
    format: str
    mandatory: str
    codelist: str
    origin: str
    source: str
    pages: str
    method: str
    predecessor: str
    assigned_value: str
    role: str
    comment: str
    drop_when_empty: bool
    core: str
    supplemental: bool = False
    has_no_data: bool = False

    @property
    def numeric(self) -> bool:
        """True for variables that are numbers in the file; every other type is text."""
        return self.data_type in ("integer", "float") or (
            self.data_type in ("date", "datetime", "time") and self.format != "" and self.format != "ISO 8601"
        )


@dataclass(frozen=True)
class ValueLevel(Record):
    """A row of ValueLevel: attributes of a variable where `where_clause` holds."""

    order: str
    dataset: str
    variable: str
    where_clause: str
    label: str
    data_type: str
    length: str
    significant_digits: str
    format: str
    mandatory: str
    assigned_value: str
    codelist: str
    origin: str
    source: str
    pages: str
    method: str
    predecessor: str
    comment: str


@dataclass(frozen=True)
class Term(Record):
    """One term of a codelist. `nci_code` is empty for a term that the published codelist does not have."""

    term: str
    nci_code: str
    decode: str
    order: str


@dataclass(frozen=True)
class Codelist:
    """A codelist: `nci_code` of the published list or empty, `extensible` None when it is the sponsor's own."""

    id: str
    name: str
    nci_code: str
    data_type: str
    terminology: str
    comment: str
    extensible: bool | None
    terms: tuple[Term, ...]
    place: Place

    def decodes(self) -> dict[str, str]:
        """Term to decoded value, for the terms that have one."""
        return {term.term: term.decode for term in self.terms if term.decode}


@dataclass(frozen=True)
class Dictionary(Record):
    """An external dictionary such as MedDRA."""

    id: str
    name: str
    data_type: str
    dictionary: str
    version: str


@dataclass(frozen=True)
class Method(Record):
    id: str
    name: str
    type: str
    description: str
    expression_context: str
    expression_code: str
    document: str
    pages: str


@dataclass(frozen=True)
class Comment(Record):
    id: str
    description: str
    document: str
    pages: str


@dataclass(frozen=True)
class Document(Record):
    id: str
    title: str
    href: str


@dataclass(frozen=True)
class Table(Record):
    """A raw or look-up table. Row `*` has been merged in; `none` has become the empty string."""

    table: str
    file: str
    encoding: str
    subject: str
    previous: str
    record: str
    system: tuple[str, ...]
    missing: tuple[str, ...]
    where: str
    key: tuple[str, ...]
    version: str


@dataclass(frozen=True)
class Source(Record):
    """One block of records of a dataset; dataset `none` names rows that are left out on purpose.

    `group` is a name for several blocks of the dataset together.
    """

    dataset: str
    block: str
    group: str
    source: str
    where: str
    tests: str
    expand: str
    one_per: str
    order: str
    pick: str
    keep: tuple[str, ...]


@dataclass(frozen=True)
class Join(Record):
    datasets: tuple[str, ...]
    name: str
    source: str
    by: tuple[str, ...]
    where: str
    order: str
    pick: str


@dataclass(frozen=True)
class Rule(Record):
    """A row of Mapping: fills each of `variables` in the records of `dataset` (a name, a class or empty)."""

    datasets: tuple[str, ...]
    variables: tuple[str, ...]
    block: str
    order: float
    where: str
    expression: str
    supplemental: bool = False
    general: bool = False
    parameter: bool = False


@dataclass(frozen=True)
class Test(Record):
    dataset: str
    block: str
    collected: tuple[str, ...]
    where: str
    test_code: str
    test: str
    category: str
    subcategory: str
    specimen: str
    method: str
    loinc: str
    standard_unit: str
    decimals: str
    expressions: Mapping[str, str]


@dataclass(frozen=True)
class Parameter(Record):
    """One parameter of a BDS dataset: a block named by PARAMCD; `group` is a name for several blocks together."""

    dataset: str
    paramcd: str
    param: str
    paramn: str
    parcat1: str
    parcat1n: str
    paramtyp: str
    group: str
    source: str
    where: str
    expand: str
    one_per: str
    order: str
    pick: str
    keep: tuple[str, ...]
    expressions: Mapping[str, str]


@dataclass(frozen=True)
class Event(Record):
    dataset: str
    paramcds: tuple[str, ...]
    step: int
    order: str
    cnsr: str
    source: str
    by: tuple[str, ...]
    where: str
    date: str
    pick: str
    evntdesc: str
    cnsdtdsc: str
    srcvar: str
    expressions: Mapping[str, str]


@dataclass(frozen=True)
class Criterion(Record):
    """A row of a set of criteria; `issue` is told of the records that take the row."""

    criteria: str
    order: float
    where: str
    value: str
    issue: str
    reference: str


@dataclass(frozen=True)
class Unit(Record):
    """A conversion; `test_code` empty means any test."""

    test_code: str
    collected_unit: str
    standard_unit: str
    factor: str
    exact: str


@dataclass(frozen=True)
class Collected(Record):
    """A collected value of a codelist; `item` (`raw_cs.CSRTE_C`) limits it to one raw column."""

    codelist: str
    term: str
    value: str
    item: str


@dataclass(frozen=True)
class Check(Record):
    rule: str
    dataset: str
    where: str
    condition: str
    message: str
    action: str
    severity: str
    reference: str


@dataclass(frozen=True)
class Cut(Record):
    """A row of Data Cut: where `where` holds, a record is left out, or `variables` become `expression`."""

    dataset: str
    where: str
    variables: tuple[str, ...]
    expression: str


@dataclass(frozen=True)
class Study:
    """`study.toml`: identifier, constants, standards and terminology packages, settings of the outputs.

    `created` is the time that every file states, `encoding` that of texts in transport files, `rules` what the
    study calls a kind of issue, `standards` the version under each key of `[standards]`, `cutoff` the expression that
    gives each subject's data cut-off (blank: no cut). `settings` holds every table and key of the file that is no
    constant.
    """

    id: str
    folder: Path
    constants: Mapping[str, Constant]
    settings: Mapping[str, object]
    created: datetime = datetime(1960, 1, 1)
    encoding: str = "ascii"
    rules: Mapping[str, str] = field(default_factory=dict)
    standards: Mapping[str, str] = field(default_factory=dict)
    cutoff: str = ""

    @property
    def folder_name(self) -> str:
        """The identifier as the name of one folder: what is no letter, digit, `.`, `_` or `-` becomes `_`."""
        name = re.sub(r"[^A-Za-z0-9._-]", "_", self.id)
        return name if name.strip(".") else name.replace(".", "_") or "_"


@dataclass(frozen=True)
class Spec:
    """Everything one stage (`sdtm`, `adam`) is made of. Order of records is the order of the tables.

    `where_comments`: the comment of a row of WhereClauses, by its ID.
    """

    study: Study
    stage: str
    define: Mapping[str, str]
    datasets: Mapping[str, Dataset]
    variables: Mapping[tuple[str, str], Variable]
    value_level: tuple[ValueLevel, ...] = ()
    codelists: Mapping[str, Codelist] = field(default_factory=dict)
    dictionaries: Mapping[str, Dictionary] = field(default_factory=dict)
    methods: Mapping[str, Method] = field(default_factory=dict)
    comments: Mapping[str, Comment] = field(default_factory=dict)
    documents: Mapping[str, Document] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    joins: tuple[Join, ...] = ()
    rules: tuple[Rule, ...] = ()
    tests: tuple[Test, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    events: tuple[Event, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    units: tuple[Unit, ...] = ()
    collected: tuple[Collected, ...] = ()
    checks: tuple[Check, ...] = ()
    cuts: tuple[Cut, ...] = ()
    lookups: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    where_comments: Mapping[str, str] = field(default_factory=dict)
    displays: Mapping[str, Display] = field(default_factory=dict)
    results: Mapping[str, Result] = field(default_factory=dict)
    statistics: tuple[Statistic, ...] = ()
    lines: tuple[Line, ...] = ()
    figures: tuple[Figure, ...] = ()
    boxes: tuple[Box, ...] = ()
    listings: tuple[ListingRow, ...] = ()

    def variables_of(self, dataset: str) -> tuple[Variable, ...]:
        """The submitted variables of a dataset, in the order of the file; supplemental qualifiers left out."""
        found = [v for (name, _), v in self.variables.items() if name == dataset and not v.supplemental]
        return tuple(sorted(found, key=lambda variable: variable.order))
