"""Opens what is to be judged: the datasets of a folder, what describes them, and what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from formats.raw_table import TableError
from qc.compare.places import Source, sources
from qc.conformance import define_file, specified
from qc.conformance.classify import ADAM, SDTM, classify
from qc.conformance.data import Data, Dataset
from qc.conformance.description import Description, joined
from specs.metadata import METADATA
from specs.model import Spec
from specs.problem import DataError, Place, Problem

DEFINE = "define.xml"
# Subfolders of an output that hold no datasets to judge.
NO_DATASETS = ("results", "qc")


@dataclass(frozen=True)
class Asked:
    """What is to be opened. folders: with the datasets that are judged; references: with those that rules on others
    refer to. define: a define.xml that does not stand beside the data. standard: SDTM, ADAM, or "" for what the
    define.xml or the names say. specs: what describes datasets that no define.xml does."""

    folders: tuple[Path, ...]
    references: tuple[Path, ...] = ()
    define: Path | None = None
    standard: str = ""
    specs: tuple[Spec, ...] = ()
    encoding: str | None = None
    datasets: tuple[str, ...] = field(default=())


def opened(asked: Asked) -> Data:
    """The datasets, of which only the heads were read. Raises DataError."""
    notes: list[str] = []
    judged = _sources(asked.folders, notes)
    others = _sources(asked.references, notes)
    description = _description(asked, [*judged.values(), *others.values()])
    found: dict[str, Dataset] = {}
    for name, source in {**others, **judged}.items():
        own = name in judged and (not asked.datasets or name in asked.datasets)
        found[name] = _dataset(name, source, asked, description, own)
    unknown = [name for name in asked.datasets if name not in judged]
    if unknown:
        known = ", ".join(judged)
        raise DataError([Problem(Place("--datasets"), f"there is no dataset {unknown[0]!r}", f"there is {known}")])
    return Data(found, description, notes=notes)


def _sources(folders: Sequence[Path], notes: list[str]) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for folder in folders:
        if (folder / "study.toml").is_file():
            hint = "say where its datasets are: --out names its output, --study the study"
            raise DataError([Problem(Place(str(folder)), "is a study folder, which holds no datasets", hint)])
        try:
            listed = sources(folder, notes)
        except TableError as error:
            raise DataError([_problem(error)]) from None
        for source in listed.values():
            if source.folder in NO_DATASETS:
                continue
            if source.name.upper() in METADATA:
                notes.append(f"{source.path} is left out: {source.name.upper()} is what rules call a table of metadata")
                continue
            before = found.setdefault(source.name.upper(), source)
            if before is not source:
                notes.append(f"{source.path} is left out: {before.path} is the dataset {source.name} too")
    return found


def _problem(error: TableError) -> Problem:
    return Problem(Place(error.path, error.line, error.column), error.message, error.hint)


def _dataset(name: str, source: Source, asked: Asked, description: Description, judged: bool) -> Dataset:
    try:
        table = source.read(asked.encoding)
    except TableError as error:
        raise DataError([_problem(error)]) from None
    described = description.datasets.get(name)
    kind = classify(name, table.by_name, described, asked.standard if judged else "")
    return Dataset(name, table, kind, described, judged)


def _description(asked: Asked, found: Sequence[Source]) -> Description:
    """That of the define.xml that was named, else of those beside the data, else of the specification."""
    if asked.define is not None:
        if not asked.define.is_file():
            raise DataError([Problem(Place(str(asked.define)), "there is no such file")])
        paths = [asked.define]
    else:
        folders = dict.fromkeys(source.path.parent for source in found)
        paths = [folder / DEFINE for folder in folders if (folder / DEFINE).is_file()]
    described = [define_file.read(path) for path in paths]
    known = {name for one in described for name in one.datasets}
    described += [
        specified.read(spec) for spec in asked.specs
        if not known & set(spec.datasets) and {source.name.upper() for source in found} & set(spec.datasets)
    ]  # fmt: skip
    return joined(described)


def standard_of(text: str, version: str, guides: dict[str, str]) -> str:
    """SDTM or ADAM for what `--standard` and `--version` say; "" for neither. Raises DataError."""
    if not text and not version:
        return ""
    names = {"sdtmig": SDTM, "sdtm": SDTM, "adamig": ADAM, "adam": ADAM}
    found = names.get(text.lower())
    if found is None:
        raise DataError([Problem(Place("--standard"), f"{text!r} is no standard", "write sdtmig or adamig")])
    if version and guides[found].rpartition(" ")[2] != version.replace("-", "."):
        raise DataError([Problem(Place("--version"), f"{text} {version} is not held", f"there is {guides[found]}")])
    return found
