"""Read the ADaM files that the results need, and of them the variables that the results name."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from formats import xpt
from results import records
from results.figures.call import read_figure
from results.levels import COMPANIONS, DECODES, OF_SUBJECT, RANDOMISED
from specs.model import Figure, Spec
from specs.problem import DataError, Place, Problem, SpecError


def read_adam(spec: Spec, folder: Path) -> dict[str, pd.DataFrame]:
    """ADSL and the datasets of Analysis Results by name, as far as the results use them.

    A dataset is read whole when the results name a variable that no dataset has, so that the message about it
    can point to the nearest name. DataError for every file that is missing or is no transport file.
    """
    problems: list[Problem] = []
    headers: dict[str, list[str]] = {}
    paths = {name: folder / f"{name.lower()}.xpt" for name in _datasets(spec)}
    for name, path in paths.items():
        if not path.is_file():
            hint = "run `build adam` first"
            problems.append(Problem(Place(path.as_posix()), f"there is no file of {name}", hint))
            continue
        try:
            headers[name] = [column.name for column in xpt.read(path, encoding=spec.study.encoding, max_rows=0).columns]
        except xpt.XptError as error:
            problems.append(Problem(Place(path.as_posix()), error.message, error.hint))
    if problems:
        raise DataError(problems)
    named = _named(spec)
    further = records.identifying(spec)
    present = {column for columns in headers.values() for column in columns}
    wanted = _with_companions(named) if named <= present | set(spec.study.constants) else present
    try:
        return {
            name: xpt.frame(xpt.read(path, encoding=spec.study.encoding, columns=_of(headers[name], wanted | further)))
            for name, path in paths.items()
        }
    except xpt.XptError as error:
        raise DataError([Problem(Place(error.path), error.message, error.hint)]) from None


def _of(header: list[str], wanted: set[str]) -> list[str]:
    return [column for column in header if column in wanted]


def _datasets(spec: Spec) -> tuple[str, ...]:
    """ADSL and the datasets of results, figures and listings, without those that the specification does not have.

    A name that Datasets does not have is the specification's fault, which the computing reports with its place.
    """
    named = [result.dataset for result in spec.results.values()]
    named += [name for row in spec.figures for name in _of_figure(row, spec)]
    named += [row.dataset for row in spec.listings]
    names = dict.fromkeys(("ADSL", *named))
    return tuple(name for name in names if not spec.datasets or name in spec.datasets)


def _of_figure(row: Figure, spec: Spec) -> tuple[str, ...]:
    """The datasets that a call of Figures names; a call that is wrong is reported by the drawing, with its place."""
    try:
        return read_figure(row.figure, row.at("Figure"), spec.study.constants).datasets
    except SpecError:
        return ()


def _named(spec: Spec) -> set[str]:
    """The variables that the texts of results, figures, flow diagrams and listings name."""
    texts: list[str] = []
    for result in spec.results.values():
        texts += [result.population, result.selection_criteria, result.group]
    for statistic in spec.statistics:
        texts += [statistic.statistic, statistic.denominator, *statistic.by]
    texts += [row.figure for row in spec.figures]
    for box in spec.boxes:
        texts += [box.where, box.reasons]
    for listing in spec.listings:
        texts += [listing.where, listing.order, listing.columns]
    return {name for text in texts for name in records.names_in(text)}


def _with_companions(named: set[str]) -> set[str]:
    """The variables, the numbers that order their levels, their texts, and what they are called in ADSL."""
    found = {*named, "USUBJID", "PARAM"}
    for name in named:
        found |= {COMPANIONS.get(name, f"{name}N"), DECODES.get(name, name)}
    return found | {OF_SUBJECT[name] for name in found if name in OF_SUBJECT} | {RANDOMISED}
