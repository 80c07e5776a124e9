"""The tables of a specification that make records and values: where rows come from, rules, checks, the data cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from specs.model_record import Record


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
class Explanation(Record):
    """A row of Explanations: why findings of a rule are as they should be. `stage` is the one whose table it is in."""

    rule: str
    dataset: str
    where: str
    explanation: str
    who: str
    stage: str


@dataclass(frozen=True)
class Cut(Record):
    """A row of Data Cut: where `where` holds, a record is left out, or `variables` become `expression`."""

    dataset: str
    where: str
    variables: tuple[str, ...]
    expression: str
