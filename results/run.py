"""The results stage: ADaM files in; analysis results data, figures and a page out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from results import ard, ars, figures, layout, page, records, rtf_tables, shown
from results.ard import Row
from results.compute import check_references, compute, rows
from results.computed import Computed
from results.listings import listings
from results.made import Made, Summary, write
from results.names import check_names
from results.read import AdamFiles
from results.shown import Shown
from specs.model import Spec
from specs.problem import Problem, SpecError
from workers.beside import beside


def run(spec: Spec, frames: Mapping[str, pd.DataFrame]) -> list[Row]:
    """The analysis results data of a study, in the order of Analysis Results and Statistics.

    frames: the ADaM datasets by name, numbers as float, texts as str or None. SpecError collects the faults
    of all rows; DataError says which records cannot be analysed.
    """
    return [*rows(compute(spec, frames)), *figures.counts(spec, frames)]


def check(spec: Spec) -> None:
    """Find what is wrong in the tables of the results without data: calls, lines, expressions, variables.

    The expressions run on datasets without records, of the variables and types that the specification gives.
    SpecError with every fault.
    """
    problems: list[Problem] = []
    empty = _without_records(spec)
    steps = (
        lambda: check_names(spec),
        lambda: layout.check_lines(spec),
        lambda: check_references(spec),
        lambda: figures.check(spec, compute(spec, empty), empty),
        lambda: listings(spec, empty),
    )
    for step in steps:
        try:
            step()
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)


def _without_records(spec: Spec) -> dict[str, pd.DataFrame]:
    return {
        name: pd.DataFrame(
            {
                variable.variable: pd.Series(dtype=float if variable.numeric else object)
                for variable in spec.variables_of(name)
            }
        )
        for name in spec.datasets
    }


def get_ready() -> None:
    """Import and compile what `make` will need, as a process may do that has nothing else to do yet."""
    import formats.parquet  # noqa: F401

    figures.get_ready()
    page.get_ready()


def build(spec: Spec, adam_folder: Path, out: Path) -> Summary:
    """Read the ADaM files that the results need, compute, and write the results stage into `out`: make, then write."""
    return write(make(spec, adam_folder), out)


def make(spec: Spec, adam_folder: Path) -> Made:
    """Read the ADaM files that the results need, and compute; nothing is written.

    Made: index.html; ard.csv, .json and .parquet; ars.json; tables.rtf and tables/*.rtf; records/*.csv;
    figures/*.svg, .png and .csv; listings/*.csv. DataError when a file is missing or cannot be read. Half of the
    figures is drawn beside the rest, where there is a second processor.
    """
    check_names(spec)
    adam = AdamFiles(spec, adam_folder)
    computed = compute(spec, adam, adam.present)
    frames = adam.shown()
    pages = figures.pages(spec, computed, frames)
    with beside(lambda: figures.drawn(spec, pages[1::2])) as others:
        table = [*rows(computed), *figures.counts(spec, frames)]
        data = ard.files(table, spec.study.id)
        behind = records.gather(spec, computed)
        drawn = _in_order(figures.drawn(spec, pages[::2]), others())
    listed = listings(spec, frames)
    displays = shown.gather(spec, computed, drawn, listed)
    with beside(lambda: _further(spec, computed, table, displays)) as further:
        index = page.render(spec, computed, table, displays, behind, frames).encode("utf-8")
        files: dict[str, bytes] = {"index.html": index, **data, **further()}
    for one in behind.values():
        files[f"records/{one.name}.csv"] = records.to_csv(one).encode("utf-8")
    for figure in drawn:
        files |= {f"figures/{figure.name}.{kind}": content for kind, content in figure.files.items()}
    for listing in listed:
        files[f"listings/{listing.name}.csv"] = listing.csv().encode("utf-8")
    return Made(len(table), files)


def _in_order(first: Sequence[figures.Drawn], second: Sequence[figures.Drawn]) -> tuple[figures.Drawn, ...]:
    """Every second figure each, in the order of all: the first, the third, ... and the second, the fourth, ..."""
    found = [*first, *second]
    found[::2], found[1::2] = first, second
    return tuple(found)


def _further(spec: Spec, computed: list[Computed], table: list[Row], displays: Sequence[Shown]) -> dict[str, bytes]:
    """The analysis results data as ARS, and the tables as RTF."""
    text = ars.to_json(spec, computed, table, displays)
    return {"ars.json": text.encode("utf-8"), **rtf_tables.files(displays, spec.study)}
