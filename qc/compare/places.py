"""The datasets of a file or a folder, and which of the two sides belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from formats import dataset_json
from formats.raw_table import TableError
from qc.compare.read import JSON, SUFFIXES, read, stem
from qc.compare.table import Table
from specs.problem import DataError, Place, Problem

_NOT_DATA = ("qc", "package")
_NO_DATASET = ("acrf.csv",)  # the places of collected variables in the annotated form


@dataclass(frozen=True)
class Source:
    """A dataset of one side: its name, the subfolder in which it stands ("" for none), its file, its member there.

    member: of a transport file that holds several datasets, else "".
    """

    name: str
    folder: str
    path: Path
    member: str = ""

    @property
    def title(self) -> str:
        """The name with its subfolder."""
        return f"{self.folder}/{self.name}" if self.folder else self.name

    def read(self, encoding: str | None) -> Table:
        """The table. Raises TableError."""
        tables = read(self.path, encoding)
        return next((table for table in tables if table.name == self.member), tables[0])


def sources(path: Path, notes: list[str], register: str = "") -> dict[str, Source]:
    """The datasets of a file or a folder by title. Raises DataError where there are none, TableError as `read`.

    In a folder without datasets those of its subfolders are taken, so that the output of a build is compared
    stage by stage; `qc` holds none. register: the file of accepted differences, which is no dataset.
    """
    if not path.exists():
        raise DataError([Problem(Place(str(path)), "there is no such file or folder")])
    if path.is_file():
        tables = read(path) if path.suffix.lower() == ".xpt" else []
        if len(tables) > 1:
            return {table.name: Source(table.name, "", path, table.name) for table in tables}
        return {stem(path): Source(stem(path), "", path)}
    found = _of_folder(path, "", notes, register)
    if not found:
        for folder in sorted(child for child in path.iterdir() if child.is_dir()):
            if folder.name not in _NOT_DATA and not folder.name.startswith("."):
                found |= _of_folder(folder, folder.name, notes, register)
    if not found:
        kinds = ", ".join(SUFFIXES)
        raise DataError([Problem(Place(str(path)), "holds no datasets", f"a dataset is a file {kinds}")])
    return found


def _of_folder(folder: Path, name: str, notes: list[str], register: str) -> dict[str, Source]:
    by_name: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.is_dir() or path.name.startswith(".") or (register and path.samefile(register)):
            continue
        if _is_data(path, notes):
            by_name.setdefault(stem(path), []).append(path)
    found = {}
    for dataset, paths in by_name.items():
        first, *others = sorted(paths, key=_preference)
        source = Source(dataset, name, first)
        found[source.title] = source
        if others:
            notes.append(f"{first} was read; {', '.join(other.name for other in others)} beside it was not")
    return found


def _preference(path: Path) -> tuple[int, str]:
    return next(i for i, suffix in enumerate(SUFFIXES) if path.name.lower().endswith(suffix)), path.name


def _is_data(path: Path, notes: list[str]) -> bool:
    if not path.name.lower().endswith(SUFFIXES) or path.name in _NO_DATASET:
        return False
    if path.name.lower().endswith(JSON):
        try:
            dataset_json.names(path)
        except TableError as error:
            if _claims_to_be_one(path):
                notes.append(f"{path} is left out: {error.message}")
            return False
    return True


def _claims_to_be_one(path: Path) -> bool:
    """Does a file that is no Dataset-JSON 1.1 say that it is some Dataset-JSON?"""
    with path.open("rb") as stream:
        return b"datasetJSONVersion" in stream.read(dataset_json.HEADER_BYTES)


def paired(
    base: dict[str, Source], compare: dict[str, Source], files: tuple[bool, bool]
) -> tuple[list[tuple[Source, Source]], list[Source], list[Source]]:
    """The datasets of both sides, those of base alone and those of compare alone.

    files: is base, is compare one file? Two files with one dataset each belong together whatever their names; of a
    folder beside a file only the dataset of that file's name is looked at.
    """
    if all(files) and len(base) == 1 and len(compare) == 1:
        return [(next(iter(base.values())), next(iter(compare.values())))], [], []
    if files[0] != files[1]:
        base, compare = _named(base, compare, files[1]), _named(compare, base, files[0])
    both = [(base[title], compare[title]) for title in base if title in compare]
    return (
        both,
        [source for title, source in base.items() if title not in compare],
        [source for title, source in compare.items() if title not in base],
    )


def _named(sources: dict[str, Source], others: dict[str, Source], other_is_file: bool) -> dict[str, Source]:
    """By name alone; of a folder those that the file on the other side has too."""
    names = {source.name for source in others.values()}
    return {s.name: s for s in sources.values() if not other_is_file or s.name in names}


def chosen(sources: dict[str, Source], patterns: Sequence[str]) -> dict[str, Source]:
    """Those whose name or title is among `patterns`, which may hold `*`; all where there are none."""
    wanted = [pattern.upper() for pattern in patterns]
    return {
        title: source
        for title, source in sources.items()
        if not wanted or any(fnmatchcase(text.upper(), w) for w in wanted for text in (title, source.name))
    }
