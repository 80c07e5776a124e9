"""An explanation as the command line asks for it: a dataset, perhaps a variable, a condition; text and a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qc.explain import text
from qc.explain.chain import SUPP, Chain, Explained
from qc.explain.files import StageFiles, find, keys
from qc.explain.said import plain
from specs.problem import DataError, Place, Problem, SpecError, nearest

SHOWN = 10


@dataclass(frozen=True)
class Asked:
    """What is to be explained: `DATASET` or `DATASET.VARIABLE`, the record, how deep, and where the page goes."""

    target: str
    where: str = ""
    depth: int | None = None
    html: Path | None = None


def explained(chain: Chain, asked: Asked) -> Explained:
    """The one record that is asked for, with its variable or all of them. Raises SpecError, DataError."""
    dataset, variable = _target(asked.target)
    stage = _stage(chain.files, dataset)
    files = chain.files[stage]
    if not files.built(dataset):
        raise DataError([_not_built(files, dataset)])
    names = files.records(dataset).names
    if variable and variable not in names and not _unwritten(chain, stage, dataset, variable):
        known = [*names, *_qualifiers(files, dataset)]
        hint = nearest(variable, known) or f"its variables: {', '.join(names)}"
        raise SpecError([Problem(Place(asked.target), f"{dataset} has no variable {variable!r}", hint)])
    rows = find(files, dataset, asked.where)
    if len(rows) != 1:
        raise DataError([_not_one(files, dataset, rows, asked.where)])
    wanted = [variable] if variable else names
    return chain.explain(stage, dataset, int(rows[0]), keys(files, dataset, rows)[0], wanted)


def report(found: Explained, asked: Asked) -> list[str]:
    """The explanation as lines of text; the page is written where it is asked for."""
    whole = len(found.nodes) > 1
    depth = asked.depth if asked.depth is not None else 1 if whole or asked.html is not None else None
    lines = list(text.lines(found, depth))
    if whole and asked.depth is None:
        more = f"{found.dataset}.VARIABLE explains one of them down to the raw data, --depth 2 all of them further"
        lines += ["", more]
    if asked.html is not None:
        from qc.explain.html import page

        title = ".".join([found.dataset, *(found.nodes if not whole else [])])
        asked.html.write_text(page(found, asked.depth, title), encoding="utf-8", newline="\n")
        lines.append(f"written: {asked.html}")
    return lines


def dataset_of(target: str) -> str:
    """The dataset of `DATASET` or `DATASET.VARIABLE`."""
    return _target(target)[0]


def _target(text_of: str) -> tuple[str, str]:
    dataset, _, variable = text_of.partition(".")
    return _in_capitals(dataset), _in_capitals(variable)


def _in_capitals(name: str) -> str:
    """Names are written in capitals; those of working variables as the study writes them."""
    return name if name.startswith("_") else name.upper()


def _stage(files: Mapping[str, StageFiles], dataset: str) -> str:
    """The stage that makes a dataset."""
    for stage, one in files.items():
        if dataset in one.spec.datasets:
            return stage
    tables = [name for one in files.values() for name in one.spec.tables if name.lower() == dataset.lower()]
    if dataset.startswith("_"):
        message, hint = "is a working dataset, which no file holds", "explain a value that is made from it"
    elif tables:
        dataset = tables[0]
        message, hint = "is a table that the study reads", f"build impact {dataset}.COLUMN says what is made from it"
    else:
        known = [name for one in files.values() for name in one.spec.datasets]
        message = "is no dataset of the study"
        hint = nearest(dataset, known) or f"its datasets: {', '.join(known)}"
    raise SpecError([Problem(Place(dataset), message, hint)])


def _not_built(files: StageFiles, dataset: str) -> Problem:
    path = files.path(dataset)
    if not files.folder.is_dir() or not any(files.folder.glob("*.xpt")):
        hint = f"run: build {files.stage}; or say with --out DIR where the study was built"
        return Problem(Place(str(files.folder)), "holds no datasets", hint)
    if dataset.startswith(SUPP):
        return Problem(Place(str(path)), "was not written", "no record has a supplemental qualifier")
    return Problem(Place(str(path)), "there is no such file", f"run: build {files.stage}")


def _unwritten(chain: Chain, stage: str, dataset: str, variable: str) -> bool:
    """A working variable, a qualifier that stands in SUPP--, a variable that was dropped because it was empty."""
    files = chain.files[stage]
    if variable in _qualifiers(files, dataset) or (dataset, variable) in files.spec.variables:
        return True
    return (variable.startswith("_") and any(
        variable in rule.variables and (dataset in rule.datasets or rule.general) for rule in files.spec.rules
    )) or any(variable in row.expressions for row in files.spec.parameters if row.dataset == dataset)  # fmt: skip


def _qualifiers(files: StageFiles, dataset: str) -> Iterable[str]:
    return [v.variable for v in files.spec.variables.values() if v.dataset == f"{SUPP}{dataset}" and v.supplemental]


def _not_one(files: StageFiles, dataset: str, rows: np.ndarray, where: str) -> Problem:
    """No record, or several: what to do about it."""
    place = Place("--where")
    if len(rows) == 0:
        some = keys(files, dataset, files.records(dataset).rows[:3])
        hint = "; ".join(_condition(one) for one in some)
        return Problem(place, f"no record of {dataset} meets {where!r}", f"records look like this: {hint}")
    listed = keys(files, dataset, rows[:SHOWN])
    shown = "".join(f"\n  {_condition(one)}" for one in listed)
    more = f"\n  ... and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    what = f"{len(rows):,d} records of {dataset} meet {where!r}" if where else f"{dataset} has {len(rows):,d} records"
    return Problem(place, f"{what}, one at a time is explained", f"{_narrow(files, dataset, rows)}:{shown}{more}")


def _narrow(files: StageFiles, dataset: str, rows: np.ndarray) -> str:
    """The key variables that tell records apart: those of which one is enough, else all that differ."""
    found = keys(files, dataset, rows)
    values = {name: {plain(one[name]) for one in found} for name in found[0]}
    enough = [name for name, known in values.items() if len(known) == len(rows)]
    if enough:
        return f"add {' or '.join(enough)} to --where"
    differ = [name for name, known in values.items() if len(known) > 1]
    return f"add {' and '.join(differ)} to --where" if differ else "narrow --where"


def _condition(values: Mapping[str, object]) -> str:
    """Key variables as a condition that finds their record."""
    parts = [
        f"{name} == {value!r}" if isinstance(value, str) else f"{name} == {value:.15g}"
        for name, value in values.items()
        if value is not None and name != "STUDYID"
    ]
    return " and ".join(parts)
