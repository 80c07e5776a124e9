"""Rows of the tables of the results: displays, results, statistics, lines, figures, flow diagrams, listings."""

from __future__ import annotations

from dataclasses import dataclass

from specs.model_record import Record


@dataclass(frozen=True)
class Display(Record):
    id: str
    title: str
    document: str
    pages: str
    kind: str = "Table"
    section: str = ""
    population_label: str = ""
    subtitle: str = ""
    footnotes: tuple[str, ...] = ()
    columns_heading: str = ""


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


@dataclass(frozen=True)
class Figure(Record):
    """A row of Figures: `figure` is a call, blank `title` that of the result or the display."""

    display: str
    order: float
    figure: str
    title: str
    footnote: str


@dataclass(frozen=True)
class Box(Record):
    """A row of Flow. `parent` is the box above (column From); `side` and `group` are what Yes says."""

    display: str
    box: str
    order: float
    parent: str
    side: bool
    label: str
    where: str
    group: bool
    reasons: str


@dataclass(frozen=True)
class ListingRow(Record):
    """A row of Listings."""

    display: str
    dataset: str
    where: str
    order: str
    columns: str
    group_by: tuple[str, ...]
    footnote: str
