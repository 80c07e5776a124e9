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
        if not self.member and len(tables) > 1:
            held = ", ".join(table.name for table in tables)
            raise TableError(str(self.path), f"two of its datasets have one name: {held}")
        return next((table for table in tables if table.name == self.member), tables[0])


def sources(path: Path, notes: list[str], register: str = "") -> dict[str, Source]:
    """The datasets of a file or a folder by title. Raises DataError where there are none, TableError as `read`.

    Those of its subfolders belong to a folder, such as split datasets or the stages of a build; `qc` holds none.
    Datasets further below are named in a note. register: the file of accepted differences, which is no dataset.
    """
    if not path.exists():
        raise DataError([Problem(Place(str(path)), "there is no such file or folder")])
    if path.is_file():
        members = _members(path) if path.suffix.lower() == ".xpt" else []
        if len(members) > 1:
            return {member: Source(member, "", path, member) for member in members}
        return {stem(path): Source(stem(path), "", path)}
    found = _of_folder(path, "", notes, register)
    for folder in _folders(path):
        found |= _of_folder(folder, folder.name, notes, register)
        _note_below(folder, _folders(folder), notes)
    if not found:
        kinds = ", ".join(SUFFIXES)
        raise DataError([Problem(Place(str(path)), "holds no datasets", f"a dataset is a file {kinds}")])
    return found


def _folders(path: Path) -> list[Path]:
    """The subfolders that may hold datasets."""
    return sorted(c for c in path.iterdir() if c.is_dir() and c.name not in _NOT_DATA and not c.name.startswith("."))


def _note_below(path: Path, folders: Sequence[Path], notes: list[str]) -> None:
    """What is not compared is said: datasets in the subfolders of a subfolder."""
    held = [folder.name for folder in folders if any(_is_data(file, []) for file in folder.rglob("*"))]
    if held:
        names = ", ".join(held)
        notes.append(f"datasets in subfolders of {path} are not compared: {names}; compare them by themselves")


def _members(path: Path) -> list[str]:
    """The datasets of a transport file. Raises TableError, also for two of one name."""
    names = [table.name for table in read(path)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TableError(str(path), f"two datasets have the name {twice[0]}", hint="write them into files of their own")
    return names


def _of_folder(folder: Path, name: str, notes: list[str], register: str) -> dict[str, Source]:
    by_name: dict[str, list[Source]] = {}
    for path in sorted(folder.iterdir()):
        if path.is_dir() or path.name.startswith(".") or (register and path.samefile(register)):
            continue
        for source in _of_file(path, name) if _is_data(path, notes) else []:
            by_name.setdefault(source.name, []).append(source)
    found = {}
    for sources_of_one in by_name.values():
        first, *others = sorted(sources_of_one, key=_preference)
        found[first.title] = first
        if others:
            beside = [f"{other.member} of {other.path.name}" if other.member else other.path.name for other in others]
            notes.append(f"{first.path} was read; {', '.join(beside)} beside it was not")
    return found


def _of_file(path: Path, folder: str) -> list[Source]:
    """The datasets of a file in a folder: several where a transport file holds several."""
    members: list[str] = []
    if path.suffix.lower() == ".xpt":
        try:
            members = _members(path)
        except TableError:
            members = []  # is told where the dataset is compared
    if len(members) > 1:
        return [Source(member.upper(), folder, path, member) for member in members]
    return [Source(stem(path), folder, path)]


def _preference(source: Source) -> tuple[int, str]:
    name = source.path.name
    return next(i for i, suffix in enumerate(SUFFIXES) if name.lower().endswith(suffix)), name


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
    chosen: dict[str, Source] = {}
    for source in sources.values():
        if not other_is_file or source.name in names:
            chosen.setdefault(source.name, source)  # that of the folder itself before one of a subfolder
    return chosen


def chosen(sources: dict[str, Source], patterns: Sequence[str]) -> dict[str, Source]:
    """Those whose name or title is among `patterns`, which may hold `*`; all where there are none."""
    wanted = [pattern.upper() for pattern in patterns]
    return {
        title: source
        for title, source in sources.items()
        if not wanted or any(fnmatchcase(text.upper(), w) for w in wanted for text in (title, source.name))
    }
