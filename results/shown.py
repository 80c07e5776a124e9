"""The displays as they are shown, whatever holds them: titles, columns, rows, notes, source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Protocol

from results import layout, populations
from results.compute import Computed
from results.conventions import abbreviations, own_abbreviations
from results.figures import Drawn
from results.layout import Column
from results.lines import TableRow
from results.names import file_name
from specs.model import Display, Spec, Study


class Listing(Protocol):
    """A listing: a row of texts per record, under the names of its columns.

    It belongs to the display of its id, or of its attribute `display`, where it has one.
    """

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def columns(self) -> Sequence[str]: ...
    @property
    def rows(self) -> Sequence[Sequence[str]]: ...
    @property
    def notes(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class Shown:
    """A display.

    kind: Table, Figure or Listing. number: `Table 14.2.1`. heading: text above the columns. rows: those of a listing
    have no labels. notes: below the display. results: the calls whose numbers it shows. file: that of a listing.
    """

    id: str
    kind: str
    number: str
    title: str
    subtitle: str = ""
    population: str = ""
    section: str = ""
    heading: str = ""
    columns: tuple[Column, ...] = ()
    rows: tuple[TableRow, ...] = ()
    notes: tuple[str, ...] = ()
    abbreviations: str = ""
    source: str = ""
    figures: tuple[Drawn, ...] = ()
    results: tuple[Computed, ...] = ()
    file: str = ""

    @property
    def name(self) -> str:
        """The display as the name of a file."""
        return file_name(self.id)

    @property
    def is_listing(self) -> bool:
        """True where the rows have no labels."""
        return self.kind == "Listing"


def gather(
    spec: Spec, computed: Sequence[Computed], drawn: Sequence[Drawn], listings: Sequence[Listing] = ()
) -> tuple[Shown, ...]:
    """The displays in their order, those that have a table, a figure or a listing."""
    tables = {table.id: table for table in layout.tables(spec, computed)}
    found = []
    for display in spec.displays.values():
        results = tuple(one for one in computed if one.analysis.result.display == display.id)
        figures = tuple(figure for figure in drawn if figure.display == display.id)
        has_more = display.id in tables or bool(figures)
        if has_more:
            found.append(_of_table(spec, display, results, tables.get(display.id), figures))
        mine = [one for one in listings if (getattr(one, "display", "") or one.id) == display.id]
        found += [_of_listing(spec, display, listing, has_more) for listing in mine]
    return tuple(found)


def _of_table(
    spec: Spec, display: Display, results: tuple[Computed, ...], table: layout.Table | None, figures: tuple[Drawn, ...]
) -> Shown:
    rows = table.rows if table else ()
    texts = [text for row in rows for text in (row.label, *row.cells)]
    texts += [text for figure in figures for text in re.findall(r">([^<>]+)</text>", figure.svg)]
    columns = table.columns if table else ()
    texts += [display.title, display.subtitle, *(column.label for column in columns), *display.footnotes]
    datasets = dict.fromkeys(one.analysis.result.dataset for one in results)
    documentation = dict.fromkeys(one.analysis.result.documentation for one in results)
    return Shown(
        display.id,
        display.kind,
        number_of(display.kind, display.id),
        display.title,
        display.subtitle,
        display.population_label or _population(spec, results),
        display.section,
        display.columns_heading,
        columns,
        rows,
        (*(display.footnotes or tuple(text for text in documentation if text)), *_compared(results if rows else ())),
        abbreviations(texts, own_abbreviations(spec.study.settings)),
        source(spec.study, display.id, datasets),
        figures,
        results,
    )


def _compared(results: Sequence[Computed]) -> Sequence[str]:
    """With what the comparisons of a table compare, which a table on paper would leave open."""
    references = dict.fromkeys(one.call.reference for one in results if one.call.compares and one.call.reference)
    if not references:
        return ()
    return (f"Comparisons are with {' or '.join(references)}, each in the column of what is compared with it.",)


def _of_listing(spec: Spec, display: Display, listing: Listing, has_more: bool) -> Shown:
    """A listing; below a table or figure of the same display under a name of its own."""
    # A listing that leaves blank what repeats the row above says so by `shown`.
    rows = tuple(
        TableRow("", tuple(row), whole=tuple(whole) if row != whole else ())
        for row, whole in zip(getattr(listing, "shown", listing.rows), listing.rows, strict=True)
    )
    texts = [display.title or listing.title, *listing.columns, *(text for row in rows for text in row.cells)]
    return Shown(
        f"{listing.id}-listing" if has_more and listing.id == display.id else listing.id,
        "Listing",
        number_of("Listing", listing.id),
        display.title or listing.title,
        display.subtitle,
        display.population_label,
        display.section,
        display.columns_heading,
        tuple(Column(name, None) for name in listing.columns),
        rows,
        (*display.footnotes, *listing.notes),
        abbreviations(texts, own_abbreviations(spec.study.settings)),
        source(spec.study, display.id, ()),
        # A listing that is written as a file too knows its name.
        file=f"listings/{listing.name}.csv" if hasattr(listing, "csv") and hasattr(listing, "name") else "",
    )


def _population(spec: Spec, results: Sequence[Computed]) -> str:
    names = dict.fromkeys(populations.name_of(spec, one.analysis.result.population) for one in results)
    return "; ".join(names)


def number_of(kind: str, name: str) -> str:
    """What a display is called in its title.

    >>> number_of("Table", "T14.2.1"), number_of("Figure", "14.2.2"), number_of("Listing", "AE")
    ('Table 14.2.1', 'Figure 14.2.2', 'Listing AE')
    """
    found = re.fullmatch(r"[TFL]?[\s_-]?(\d.*)", name)
    return f"{kind} {found.group(1) if found else name}"


def source(study: Study, display: str, datasets: Iterable[str]) -> str:
    """The line that says what a display was made of: datasets, program, data cut-off, date of the files."""
    parts = []
    names = ", ".join(datasets)
    if names:
        parts.append(f"Source: {names}.")
    parts.append(f"Program: trialspec {version()}, display {display} of the specification.")
    if cutoff(study):
        parts.append(f"Data cut-off: {cutoff(study)}.")
    parts.append(f"Created: {study.created:%Y-%m-%d}.")
    return " ".join(parts)


def cutoff(study: Study) -> str:
    """The data cut-off as it reads: a date, or the expression that gives each subject one; blank for no cut.

    The expression may be a constant of the study, whose value is then read.
    """
    text = study.cutoff.strip()
    return str(study.constants.get(text, text)).strip("'\"")


@cache
def version() -> str:
    """The version of this program, as it is installed."""
    try:
        return metadata.version("trialspec")
    except metadata.PackageNotFoundError:
        return "(not installed)"
