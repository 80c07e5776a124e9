"""The folder of a stage: transport files, and beside them ledger, issues and lineage."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pandas as pd

from engine.columns import Text
from engine.outcome import Built, Output
from engine.partial import Anew, Segment
from engine.partial import subjects_of as subjects_in
from formats import safe_csv, xpt
from formats.coded import Coded
from formats.folders import FolderError, Hashed, link, replaced, tell_hash
from formats.whole_file import told
from specs.compiled import CompiledStage
from specs.fingerprints import Fingerprints, digest, unit_of, units
from specs.model import Spec, Variable
from specs.problem import DataError, Place, Problem, SpecError
from submission import further_formats, stage_state
from submission.stage_notes import coded, notes
from submission.stage_state import Span, State


def created(spec: Spec) -> datetime:
    """The time that every file of the study states: `created` of `[output]` in study.toml."""
    return spec.study.created


def encoding(spec: Spec) -> str:
    """The encoding of texts in transport files: ASCII unless `[output]` of study.toml says otherwise."""
    return spec.study.encoding


# What a stage leaves in its folder: nothing else is ever replaced there.
GUIDES = ("acrf.pdf", "acrf.csv", "csdrg.*", "adrg.*")
_DATASETS = tuple(f"*.{kind}" for kind in further_formats.KNOWN)
STAGE_FILES = (
    *_DATASETS, "define.xml", "define.html", "define2-1.xsl", "define2-1.html", "qc/*.csv", "qc/*.json", *GUIDES,
)  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A dataset in the folder of a stage, and whether this build made it."""

    name: str
    count: int
    variables: int
    new: bool = True


@dataclass(frozen=True)
class Earlier:
    """The folder of a stage as an earlier build left it, of which all stays that is not built anew."""

    folder: Path
    state: State
    anew: Anew

    def stays(self, stage: CompiledStage, name: str) -> bool:
        """Whether a dataset stays as it is."""
        return name in self.state.sizes and unit_of(stage, name) not in self.anew.datasets

    def stay(self, stage: CompiledStage) -> tuple[Earlier, dict[Segment, Span]]:
        """With where the issues of what stays stand in their file, as `notes` takes it."""
        kept = {one: span for one, span in self.state.issues.items() if not self.anew.owns(stage, one)}
        return self, {one: span for one, span in kept.items() if _is_known(stage, one)}


@dataclass(frozen=True)
class Filed:
    """A dataset as it was written: its records and variables, the lines of its lineage, a hash of its subjects.

    lineage: a file of those lines, which does not stay. subjects: of DM, "" of the others. hashed: as
    formats.folders.tell_hash takes it, None without a file.
    """

    count: int
    variables: int
    lineage: Path
    subjects: str
    hashed: tuple[tuple[int, ...], str] | None


@dataclass(frozen=True)
class Filing:
    """Writes datasets into a folder, each when it is whole; those in `chosen` only."""

    spec: Spec
    folder: Path
    chosen: frozenset[str]

    def keep(self, output: Output) -> Filed:
        """Write a dataset and its lineage. Raises DataError for a value that the format cannot hold."""
        lines = self.folder / f"{output.name.lower()}.lineage"
        hashed = None
        if output.name in self.chosen and has_file(output.name, output.count):
            hashed = write_dataset(self.spec, output, self.folder)
        if output.name in self.chosen:
            with told(lines), lines.open("wb") as file:
                safe_csv.append(lineage_of(output), file)
        return Filed(output.count, len(output.variables), lines, _subjects_of(output), hashed)

    def clear(self) -> None:
        """Take away what was written."""
        for path in self.folder.iterdir():
            path.unlink()


def complete(
    built: Built, filing: Filing, target: Path, known: Fingerprints, formats: tuple[str, ...] = (),
    earlier: Earlier | None = None,
) -> list[Written]:  # fmt: skip
    """Make the folder of a stage whole: its datasets, where they are not written yet, and its notes.

    target: the folder whose place it takes; datasets that the filing does not choose stay as they are there. known:
    what the datasets are made from, for the next build. formats: those besides XPT (`further_formats.KNOWN`).
    earlier: `built` has what was built anew, the rest stays as it is there.

    Raises DataError for a value that the format cannot hold.
    """
    stage, spec, folder = built.stage, built.stage.spec, filing.folder
    whole = len(filing.chosen) == len(spec.datasets)
    kept = keep_others(target, folder, filing.chosen) if not whole else []
    filed: dict[str, Filed] = {**built.kept}
    filed |= {name: filing.keep(built.outputs[name]) for name in spec.datasets if name in built.outputs}
    for one in filed.values():
        if one.hashed is not None:
            tell_hash(*one.hashed)
    new = [name for name in spec.datasets if name in filing.chosen and name in filed]
    sizes = {name: (filed[name].count, filed[name].variables) for name in new if has_file(name, filed[name].count)}
    further_formats.write(spec, folder, list(sizes), formats)
    if earlier is not None:
        sizes = stay_beside(earlier, stage, folder, formats, sizes)
    stay = earlier.stay(stage) if earlier is not None else None
    with notes(folder / "qc", built.ledger, built.noted, stay, lineage_of_kept(target, kept)) as file:
        for name in [name for name in spec.datasets if name in filing.chosen]:
            if name in filed:
                file.copy_lineage(name, filed[name].lineage)
                filed[name].lineage.unlink()
            else:
                file.carry_lineage(name)
    if whole:
        subjects = subjects_of(built, earlier)
        stage_state.write(folder, known, built.counts, formats, subjects, sizes, file.issues, file.spans)
    return [Written(name, *size, name in filed) for name, size in sizes.items()]


def _is_known(stage: CompiledStage, segment: Segment) -> bool:
    """Whether issues are of a dataset or table that the stage still has."""
    dataset, _, table = segment
    name = dataset or table
    return name in stage.inputs or unit_of(stage, name) in units(stage)


def stay_beside(
    earlier: Earlier, stage: CompiledStage, folder: Path, formats: Sequence[str], new: Mapping[str, Span]
) -> dict[str, Span]:
    """Put the files that stay into a folder; the sizes of all datasets."""
    found: dict[str, Span] = {}
    for name in stage.spec.datasets:
        if name in new:
            found[name] = new[name]
        elif earlier.stays(stage, name):
            found[name] = earlier.state.sizes[name]
            for file in stage_state.files_of(name, found[name][0], formats):
                link(earlier.folder / file, folder / file)
    return found


def subjects_of(built: Built, earlier: Earlier | None = None) -> str:
    """A hash of the subjects of DM, "" without one."""
    if "DM" in built.kept:
        return str(built.kept["DM"].subjects)
    if "DM" in built.outputs:
        return _subjects_of(built.outputs["DM"])
    return earlier.state.subjects if earlier is not None else ""


def _subjects_of(output: Output) -> str:
    columns = {variable.variable: column for variable, column in output.variables}
    found = columns.get("USUBJID") if output.name == "DM" else None
    return digest(subjects_in(found)) if isinstance(found, Text) else ""


def chosen_datasets(known: Sequence[str], only: tuple[str, ...]) -> set[str]:
    """The datasets to be written: `only` these with their qualifiers, or all. Raises SpecError for other names."""
    unknown = sorted(set(only) - set(known))
    if unknown:
        hint = f"one of {', '.join(known)}"
        raise SpecError([Problem(Place("--only"), f"{', '.join(unknown)}: no such dataset", hint)])
    return {*only, *(f"SUPP{name}" for name in only)} & set(known) if only else set(known)


def has_file(name: str, count: int) -> bool:
    """A file of qualifiers exists only where there is a qualifier."""
    return not (name.startswith("SUPP") and count == 0)


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


def refuse_others(target: Path) -> None:
    """Raise FolderError for a folder with datasets beside which no ledger says that a build wrote them: they may be
    delivered data, which nothing makes again."""
    first = next(iter(sorted(target.glob("*.xpt"))), None)
    if first is not None and not (target / "qc" / "ledger.csv").is_file():
        raise FolderError(str(target), f"it holds {first.name} and no qc/ledger.csv of a build that wrote it")


def carry(source: Path, folder: Path, pattern: str) -> None:
    """Put the files of a folder, but those of a define.xml, into another under the same names."""
    for path in sorted(source.glob(pattern)):
        if path.is_file() and not path.name.startswith("define"):  # qc/define.json too: what it tells of is made anew
            link(path, folder / path.relative_to(source))


def without_pages(target: Path) -> None:
    """Take define.xml and guides out of the folder of a stage: they are of another specification."""
    pages = [path for pattern in ("define*", "qc/define.json", *GUIDES) for path in target.glob(pattern)]
    if not pages:
        return
    with replaced(target, STAGE_FILES) as folder:
        for path in sorted(target.rglob("*")):
            if path.is_file() and path not in pages:
                link(path, folder / path.relative_to(target))


def carry_all(source: Path, folder: Path) -> None:
    """Put every file of the folder of a stage but its guides into another under the same names."""
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if path.is_file() and not any(name.match(pattern) for pattern in GUIDES):
            link(path, folder / name)


def keep_others(target: Path, folder: Path, chosen: Collection[str]) -> list[str]:
    """With `only` the other datasets stay as they are; their names."""
    endings = {f".{kind}" for kind in further_formats.KNOWN}
    files = [path for path in sorted(target.glob("*")) if path.suffix in endings]
    kept = [path for path in files if path.stem.upper() not in chosen]
    for path in kept:
        link(path, folder / path.name)
    return [path.stem.upper() for path in kept if path.suffix == ".xpt"]


def lineage_of_kept(target: Path, kept: list[str]) -> pd.DataFrame:
    """The lineage of the datasets that stay, from the build that made them."""
    path = target / "qc" / "lineage.csv"
    if not kept or not path.exists():
        return pd.DataFrame({"Dataset": kept, "Record": 0, "Table": "", "Row": 0})
    old = pd.read_csv(path, keep_default_na=False)
    return old[old["Dataset"].isin(kept)]


def stated_length(variable: Variable) -> int:
    """The length of a text variable that the specification states, 0 where it states none."""
    return int(variable.length) if variable.length.strip().isdigit() else 0


def write_dataset(spec: Spec, output: Output, folder: Path) -> tuple[tuple[int, ...], str]:
    """Write one dataset as XPT; its hash, as `tell_hash` takes it.

    Raises DataError, with record and value, for what the format cannot hold.
    """
    with _told_as_data(spec, output), Hashed(folder / _file(output)) as file:
        xpt.write_all(cast(BinaryIO, file), [_transport(spec, output)], encoding=encoding(spec))
    return file.state, file.found


def write_part(
    spec: Spec, output: Output, folder: Path, lengths: Mapping[str, int], before: int, total: int
) -> None:  # fmt: skip
    """Write some records of a dataset into their place in its file. Raises DataError, as `write_dataset`.

    lengths: of the text variables; before, total: the records that come before these, and of the dataset.
    """
    with _told_as_data(spec, output, before):
        part = _transport(spec, output, lengths)
        xpt.write_part(folder / _file(output), part, before, total, encoding=encoding(spec))


def _file(output: Output) -> str:
    return f"{output.name.lower()}.xpt"


def _transport(spec: Spec, output: Output, lengths: Mapping[str, int] | None = None) -> xpt.Dataset:
    columns = []
    for variable, column in output.variables:
        text = isinstance(column, Text)
        values = coded(column) if isinstance(column, Text) else column
        length = (stated_length(variable) if lengths is None else lengths[variable.variable]) if text else 0
        shown = "" if text else variable.format
        columns.append(xpt.Column(variable.variable, values, label=variable.label, length=length, format=shown))
    return xpt.Dataset(output.name, tuple(columns), output.label, created(spec), created(spec))


@contextmanager
def _told_as_data(spec: Spec, output: Output, before: int = 0) -> Iterator[None]:
    """Tell what the format cannot hold as a fault of the data."""
    try:
        yield
    except xpt.XptError as error:
        hint = error.hint or "shorten or transliterate the value in its mapping"
        message = error.message
        if error.row:
            message = f"record {before + error.row}: {message}{_source(output, error.row)}"
        place = Place(f"{spec.stage}/{_file(output)}", 0, error.variable or "")
        raise DataError([Problem(place, message, hint)]) from None


def _source(output: Output, row: int) -> str:
    """The raw row behind a record, where there is one."""
    table, line = str(output.source_table.take(np.array([row - 1])).objects()[0]), int(output.source_line[row - 1])
    return f" (from {table}, row {line})" if line else ""


def lineage_of(output: Output, before: int = 0) -> dict[str, safe_csv.Column]:
    """The lines of a dataset: for each record the row of the table that it came from. before: as in write_part."""
    count = output.count
    return {
        "Dataset": Coded(np.zeros(count, np.int32), np.array([output.name], object)),
        "Record": np.arange(before + 1, before + count + 1),
        "Table": coded(output.source_table),
        "Row": output.source_line,
    }


