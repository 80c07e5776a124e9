"""The folder of a stage: transport files, and beside them ledger, issues and lineage."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from engine.columns import Text, as_text
from engine.issues import COLUMNS
from engine.outcome import Built, Output
from formats import safe_csv, xpt
from formats.coded import Coded
from formats.folders import link, replaced
from specs.model import Spec
from specs.problem import DataError, Place, Problem, SpecError
from submission import further_formats


def created(spec: Spec) -> datetime:
    """The time that every file of the study states: `created` of `[output]` in study.toml."""
    return spec.study.created


def encoding(spec: Spec) -> str:
    """The encoding of texts in transport files: ASCII unless `[output]` of study.toml says otherwise."""
    return spec.study.encoding


# What a stage leaves in its folder: nothing else is ever replaced there.
_DATASETS = tuple(f"*.{kind}" for kind in further_formats.KNOWN)
STAGE_FILES = (*_DATASETS, "define.xml", "define.html", "define2-1.xsl", "qc/*.csv")


def write(
    spec: Spec, built: Built, target: Path, only: tuple[str, ...] = (), formats: tuple[str, ...] = ()
) -> list[Output]:
    """Write the datasets of a stage (`only` these, the others stay) with their notes; all or nothing.

    formats: those besides XPT (`further_formats.KNOWN`).

    Raises SpecError for a name in `only` that is no dataset, DataError for a value that the format cannot hold.
    """
    unknown = sorted(set(only) - set(built.outputs))
    if unknown:
        known = ", ".join(built.outputs)
        raise SpecError([Problem(Place("--only"), f"{', '.join(unknown)}: no such dataset", f"one of {known}")])
    chosen = {*only, *(f"SUPP{name}" for name in only)} & set(built.outputs) if only else set(built.outputs)
    written = []
    with replaced(target, STAGE_FILES) as folder:
        kept = _keep_others(target, folder, chosen) if only else []
        for name, output in built.outputs.items():
            if name.startswith("SUPP") and output.count == 0:
                continue  # a file of qualifiers exists only where there is a qualifier
            if name in chosen:
                write_dataset(spec, output, folder)
                written.append(output)
        further_formats.write(spec, folder, [output.name for output in written], formats)
        _write_notes(built, folder / "qc", chosen, _lineage(target, kept))
    return written


def given_data(data: Path, spec: Spec) -> Path:
    """The folder with datasets that something else built: `data`, or the part of it that bears the name of the stage.

    Raises DataError where it holds none of the datasets of the specification.
    """
    found = data / spec.stage if (data / spec.stage).is_dir() else data
    if not any((found / f"{name.lower()}.xpt").is_file() for name in spec.datasets):
        first = f"{next(iter(spec.datasets)).lower()}.xpt"
        message = f"holds no dataset of stage {spec.stage}"
        raise DataError([Problem(Place(str(found)), message, f"there should be {first}")])
    return found


def carry(source: Path, folder: Path, pattern: str) -> None:
    """Put the files of a folder, but those of a define.xml, into another under the same names."""
    for path in sorted(source.glob(pattern)):
        if path.is_file() and not path.name.startswith("define"):
            link(path, folder / path.relative_to(source))


def _keep_others(target: Path, folder: Path, chosen: set[str]) -> list[str]:
    """With `only` the other datasets stay as they are; their names."""
    endings = {f".{kind}" for kind in further_formats.KNOWN}
    files = [path for path in sorted(target.glob("*")) if path.suffix in endings]
    kept = [path for path in files if path.stem.upper() not in chosen]
    for path in kept:
        link(path, folder / path.name)
    return [path.stem.upper() for path in kept if path.suffix == ".xpt"]


def _lineage(target: Path, kept: list[str]) -> pd.DataFrame:
    """The lineage of the datasets that stay, from the build that made them."""
    path = target / "qc" / "lineage.csv"
    if not kept or not path.exists():
        return pd.DataFrame({"Dataset": kept, "Record": 0, "Table": "", "Row": 0})
    old = pd.read_csv(path, keep_default_na=False)
    return old[old["Dataset"].isin(kept)]


def write_dataset(spec: Spec, output: Output, folder: Path) -> None:
    """Write one dataset as XPT. Raises DataError, with record and value, for what the format cannot hold."""
    columns = []
    for variable, column in output.variables:
        text = isinstance(column, Text)
        values = coded(column) if isinstance(column, Text) else column
        length = int(variable.length) if text and variable.length.strip().isdigit() else 0
        shown = "" if text else variable.format
        columns.append(xpt.Column(variable.variable, values, label=variable.label, length=length, format=shown))
    name = f"{output.name.lower()}.xpt"
    try:
        xpt.write(
            folder / name, columns, dataset=output.name, label=output.label, created=created(spec),
            encoding=encoding(spec),
        )  # fmt: skip
    except xpt.XptError as error:
        hint = error.hint or "shorten or transliterate the value in its mapping"
        message = f"record {error.row}: {error.message}{_source(output, error.row)}" if error.row else error.message
        raise DataError([Problem(Place(f"{spec.stage}/{name}", 0, error.variable or ""), message, hint)]) from None


def _source(output: Output, row: int) -> str:
    """The raw row behind a record, where there is one."""
    table, line = str(output.source_table.take(np.array([row - 1])).objects()[0]), int(output.source_line[row - 1])
    return f" (from {table}, row {line})" if line else ""


def _write_notes(built: Built, folder: Path, chosen: set[str], kept: pd.DataFrame) -> None:
    folder.mkdir()
    if len(kept):
        names = pd.DataFrame({"Dataset": sorted(set(kept["Dataset"]))})
        safe_csv.write(names.assign(Message="kept from an earlier build (--only)"), folder / "kept.csv")
    safe_csv.write(built.ledger, folder / "ledger.csv")
    safe_csv.write_columns(_issue_cells(built), folder / "issues.csv")
    with (folder / "lineage.csv").open("wb") as file:
        file.write(safe_csv.header(["Dataset", "Record", "Table", "Row"]))
        safe_csv.append({name: kept[name].to_numpy() for name in kept.columns}, file)
        for name in [name for name in built.outputs if name in chosen]:
            safe_csv.append(_lineage_of(built.outputs[name]), file)


def _issue_cells(built: Built) -> dict[str, safe_csv.Column]:
    return {name: coded(as_text(built.noted[name])) for name in COLUMNS}


def _lineage_of(output: Output) -> dict[str, safe_csv.Column]:
    """The lines of a dataset: for each record the row of the table that it came from."""
    count = output.count
    return {
        "Dataset": Coded(np.zeros(count, np.int32), np.array([output.name], object)),
        "Record": np.arange(1, count + 1),
        "Table": coded(output.source_table),
        "Row": output.source_line,
    }


def coded(column: Text) -> Coded:
    """A text column as the formats take it."""
    return Coded(column.codes, column.dictionary.values)
