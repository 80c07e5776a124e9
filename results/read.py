"""Read the ADaM files that the results need: of them the variables that the results name, and the records they use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from formats import xpt
from formats.xpt_chosen import chosen
from formats.xpt_read import only_member
from results import records, variables
from results.chosen import Wanted, uses_of
from results.figures.call import read_figure
from results.variables import ADSL
from specs.model import Figure, Spec
from specs.problem import DataError, Place, Problem, SpecError


def read_adam(spec: Spec, folder: Path) -> dict[str, pd.DataFrame]:
    """ADSL and the datasets of Analysis Results by name, as far as the results use them.

    Every variable is read when the results name one that no dataset has, so that the message about it can point to the
    nearest name. Of ADSL all records are read, of others those that a result, a figure or a listing uses. DataError for
    every file that is missing or is no transport file.
    """
    paths = {name: folder / f"{name.lower()}.xpt" for name in _datasets(spec)}
    headers = _headers(spec, paths)
    frames: dict[str, pd.DataFrame] = {}
    try:
        for name, path in paths.items():
            frames[name] = _read(spec, name, path, headers, frames.get(ADSL))
    except xpt.XptError as error:
        raise DataError([Problem(Place(error.path), error.message, error.hint)]) from None
    return frames


def _headers(spec: Spec, paths: Mapping[str, Path]) -> dict[str, xpt.Dataset]:
    """Each dataset without its records."""
    problems: list[Problem] = []
    found: dict[str, xpt.Dataset] = {}
    for name, path in paths.items():
        if not path.is_file():
            hint = "run `build adam` first"
            problems.append(Problem(Place(path.as_posix()), f"there is no file of {name}", hint))
            continue
        try:
            found[name] = xpt.read(path, encoding=spec.study.encoding, max_rows=0)
        except xpt.XptError as error:
            problems.append(Problem(Place(path.as_posix()), error.message, error.hint))
    if problems:
        raise DataError(problems)
    return found


def _read(
    spec: Spec, name: str, path: Path, headers: Mapping[str, xpt.Dataset], adsl: pd.DataFrame | None
) -> pd.DataFrame:
    """A dataset as far as it is used."""
    header = [column.name for column in headers[name].columns]
    columns = [column for column in header if column in _wanted(spec, name, headers)]
    member = only_member(path, encoding=spec.study.encoding)
    wanted = None if name == ADSL else _records(spec, name, headers[name], adsl)
    by, choose = (wanted.names, wanted.of_block) if wanted else ([], None)
    return xpt.frame(chosen(member, columns, by, choose, spec.study.encoding))


def _records(spec: Spec, name: str, header: xpt.Dataset, adsl: pd.DataFrame | None) -> Wanted | None:
    """Which records are used; None for all, as where a condition is wrong, which the computing reports."""
    try:
        wanted = Wanted(spec, uses_of(spec, name, adsl is not None), [c.name for c in header.columns], adsl)
    except SpecError:
        return None
    asked = [column for column in header.columns if column.name in wanted.names]
    return wanted if "USUBJID" in wanted.names and wanted.can_be_asked(asked) else None


def _wanted(spec: Spec, name: str, headers: Mapping[str, xpt.Dataset]) -> set[str]:
    """The variables of a dataset that are read."""
    present = {one: [column.name for column in header.columns] for one, header in headers.items()}
    if not all(variables.known(spec, one, variables.of_dataset(spec, one), present) for one in present if one != ADSL):
        return set(present[name])
    named = variables.of_dataset(spec, name) | variables.of_figures(spec)
    return variables.with_companions(named) | records.identifying(spec)


def _datasets(spec: Spec) -> tuple[str, ...]:
    """ADSL and the datasets of results, figures and listings, without those that the specification does not have.

    A name that Datasets does not have is the specification's fault, which the computing reports with its place.
    """
    named = [result.dataset for result in spec.results.values()]
    named += [name for row in spec.figures for name in _of_figure(row, spec)]
    named += [row.dataset for row in spec.listings]
    names = dict.fromkeys((ADSL, *named))
    return tuple(name for name in names if not spec.datasets or name in spec.datasets)


def _of_figure(row: Figure, spec: Spec) -> tuple[str, ...]:
    """The datasets that a call of Figures names; a call that is wrong is reported by the drawing, with its place."""
    try:
        return read_figure(row.figure, row.at("Figure"), spec.study.constants).datasets
    except SpecError:
        return ()
