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

from specs.model_documents import FormRow as FormRow
from specs.model_documents import GuideText as GuideText
from specs.model_documents import PackageSettings as PackageSettings
from specs.model_record import Record as Record
from specs.model_results import Box as Box
from specs.model_results import Display as Display
from specs.model_results import Figure as Figure
from specs.model_results import Line as Line
from specs.model_results import ListingRow as ListingRow
from specs.model_results import Result as Result
from specs.model_results import Statistic as Statistic
from specs.model_rows import Check as Check
from specs.model_rows import Collected as Collected
from specs.model_rows import Criterion as Criterion
from specs.model_rows import Cut as Cut
from specs.model_rows import Event as Event
from specs.model_rows import Explanation as Explanation
from specs.model_rows import Join as Join
from specs.model_rows import Parameter as Parameter
from specs.model_rows import Rule as Rule
from specs.model_rows import Source as Source
from specs.model_rows import Table as Table
from specs.model_rows import Test as Test
from specs.model_rows import Unit as Unit
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
class Study:
    """`study.toml`: identifier, constants, standards and terminology packages, settings of the outputs.

    `created` is the time that every file states, `encoding` that of texts in transport files, `rules` what the
    study calls a kind of issue, `standards` the version under each key of `[standards]`, `cutoff` the expression that
    gives each subject's data cut-off (blank: no cut), `package` the settings of the submission folder. `settings` holds
    every table and key of the file that is no constant.
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
    package: PackageSettings = field(default_factory=PackageSettings)

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
    explanations: tuple[Explanation, ...] = ()
    cuts: tuple[Cut, ...] = ()
    lookups: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    where_comments: Mapping[str, str] = field(default_factory=dict)
    displays: Mapping[str, Display] = field(default_factory=dict)
    results: Mapping[str, Result] = field(default_factory=dict)
    statistics: tuple[Statistic, ...] = ()
    lines: tuple[Line, ...] = ()
    guide: tuple[GuideText, ...] = ()
    forms: tuple[FormRow, ...] = ()
    figures: tuple[Figure, ...] = ()
    boxes: tuple[Box, ...] = ()
    listings: tuple[ListingRow, ...] = ()

    def variables_of(self, dataset: str) -> tuple[Variable, ...]:
        """The submitted variables of a dataset, in the order of the file; supplemental qualifiers left out."""
        found = [v for (name, _), v in self.variables.items() if name == dataset and not v.supplemental]
        return tuple(sorted(found, key=lambda variable: variable.order))
