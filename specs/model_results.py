"""Rows of the tables of the results: displays, results, statistics, lines."""

from __future__ import annotations

from dataclasses import dataclass

from specs.model_record import Record


@dataclass(frozen=True)
class Display(Record):
    id: str
    title: str
    document: str
    pages: str


@dataclass(frozen=True)
class Result(Record):
    display: str
    id: str
    description: str
    variables: tuple[str, ...]
    reason: str
    purpose: str
    selection_criteria: str
    join_comment: str
    documentation: str
    documentation_refs: str
    programming_context: str
    programming_code: str
    dataset: str
    population: str
    group: str
    total: str = ""


@dataclass(frozen=True)
class Statistic(Record):
    result: str
    order: float
    by: tuple[str, ...]
    statistic: str
    denominator: str
    missing: str = ""


@dataclass(frozen=True)
class Line(Record):
    display: str
    order: float
    label: str
    result: str
    statistic: str
    template: str
    under: str = ""
    sort: str = ""
