"""Read the ADaM files that the results need, and of them the variables that the results name."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from formats import xpt
from results import records
from results.levels import COMPANIONS, DECODES, OF_SUBJECT, RANDOMISED
from specs.model import Spec
from specs.problem import DataError, Place, Problem


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
    """ADSL and the datasets of the results, without those that the specification does not have.

    A name that Datasets does not have is the specification's fault, which the computing reports with its place.
    """
    names = dict.fromkeys(("ADSL", *(result.dataset for result in spec.results.values())))
    return tuple(name for name in names if not spec.datasets or name in spec.datasets)


def _named(spec: Spec) -> set[str]:
    """The variables that the texts of the results name."""
    texts: list[str] = []
    for result in spec.results.values():
        texts += [result.population, result.selection_criteria, result.group]
    for statistic in spec.statistics:
        texts += [statistic.statistic, statistic.denominator, *statistic.by]
    return {name for text in texts for name in records.names_in(text)}


def _with_companions(named: set[str]) -> set[str]:
    """The variables, the numbers that order their levels, their texts, and what they are called in ADSL."""
    found = {*named, "USUBJID", "PARAM"}
    for name in named:
        found |= {COMPANIONS.get(name, f"{name}N"), DECODES.get(name, name)}
    return found | {OF_SUBJECT[name] for name in found if name in OF_SUBJECT} | {RANDOMISED}
