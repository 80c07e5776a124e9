"""The files that a study is started from: what is read of each, and what is not."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from pathlib import Path

from formats import dataset_json, excel, odm
from formats.raw_table import RawTable, TableError
from formats.tables import read_table, split_part
from sdtm.init_columns import RawColumn, RawForm
from specs.problem import DataError, Place, Problem

_TEXTS = (".csv", ".txt", ".tsv")
_FILES = (*_TEXTS, ".sas7bdat", ".xpt", *excel.SUFFIXES, ".xml", ".parquet", *dataset_json.SUFFIXES)
_MARKS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
          (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_FIRST_ROWS = 20


def read_forms(raw: Path, taken: Iterable[str], encoding: str = "", left: list[str] | None = None) -> list[RawForm]:
    """Every raw table of a folder, in the order of the files. `taken`: names that no table may bear, in capitals.

    encoding: of the text tables that are not UTF-8; one with the byte order mark of UTF-16 says so itself. left: is
    told each file and part of a file that is not read, and why.

    Raises DataError for a folder without a table that can be read, and for text whose encoding must be stated.
    """
    forms: list[RawForm] = []
    problems: list[Problem] = []
    unread: list[str] = [] if left is None else left
    names = {name.upper() for name in taken}
    for path in _tables(raw, unread):
        try:
            parts = _parts(path, unread)
        except TableError as error:
            problems.append(_problem(error, raw, path.name))
            continue
        for file, stem in parts:
            try:
                read, stated = _read(raw / file, encoding)
            except TableError as error:
                problems.append(_problem(error, raw, file))
                continue
            name = _table_name(stem, names)
            names.add(name.upper())
            columns = {column: RawColumn(name, column, coded) for column, coded in read.columns.items()}
            forms.append(RawForm(name, file, columns, read.rows, stated))
    encoded = [problem for problem in problems if "--encoding" in problem.hint]
    if encoded or not forms:
        none = Problem(Place(str(raw)), "holds no raw table", f"give a folder with {', '.join(_FILES)}")
        raise DataError(encoded or problems or [none])
    unread += [f"{problem}" for problem in problems]
    return forms


def _tables(raw: Path, unread: list[str]) -> list[Path]:
    """The files that are tables by their names; the others, and those in subfolders, are told."""
    found = []
    for path in sorted(raw.rglob("*")) if raw.is_dir() else ():
        name = path.relative_to(raw)
        if not path.is_file() or any(part.startswith((".", "~")) for part in name.parts):
            continue
        if len(name.parts) > 1:
            unread.append(f"{name.as_posix()}: it stands in a subfolder; move it, or give that folder as --raw")
        elif path.name.lower().endswith(_FILES):
            found.append(path)
        else:
            unread.append(f"{path.name}: no format of tables; export it as one of {', '.join(_FILES[:8])}")
    return found


def _problem(error: TableError, raw: Path, file: str) -> Problem:
    hint = error.hint or "mend the file, or take it out of the folder"
    if "encoding" in f"{error.message} {hint}":
        hint = hint.replace("state its encoding", "state its encoding with --encoding")
        hint = hint.replace("state the encoding", "state it with --encoding")
        hint = hint if "--encoding" in hint else f"{hint}; state its encoding with --encoding"
    elif _has_title(raw / file):
        hint = "its first line is a title: delete what stands above the names of the columns"
    return Problem(Place(error.path, error.line, error.column), error.message, hint)


def _has_title(path: Path) -> bool:
    """Does a text table or a sheet begin with a line of one cell above lines of several?"""
    file, sheet = split_part(path)
    try:
        if file.suffix.lower() in _TEXTS:
            cells = [sum(map(line.count, "\t;,|")) + 1 for line in _beginning(file) if line.strip()]
            return cells[:1] == [1] and max(cells) > 1
        if file.suffix.lower() not in excel.SUFFIXES:
            return False
        counts = excel.filled(file, sheet, _FIRST_ROWS)
    except (TableError, OSError):
        return False
    return counts[:1] == [1] and max(counts) > 1


def _beginning(file: Path) -> list[str]:
    with file.open("rb") as stream:
        return stream.read(1 << 14).decode("latin-1").splitlines()[:_FIRST_ROWS]


def _read(path: Path, encoding: str) -> tuple[RawTable, str]:
    """A table and its encoding, which is blank for UTF-8 and for files that state their own."""
    if path.suffix.lower() not in _TEXTS:
        return read_table(path), ""
    with path.open("rb") as stream:
        start = stream.read(4)
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), "")
    if marked:
        return read_table(path, encoding=marked), marked
    try:
        return read_table(path), ""
    except TableError as error:
        if not encoding or "encoding" not in f"{error.message} {error.hint}":
            raise
    return read_table(path, encoding=encoding), encoding


def _parts(path: Path, unread: list[str]) -> list[tuple[str, str]]:
    """(file, name) of each table of a file: the sheets of a workbook, the item groups of ODM, else the file itself."""
    suffix = path.suffix.lower()
    if suffix == ".xml":
        groups = odm.groups(path)
        return [(f"{path.name}#{group}", group) for group in groups] if len(groups) > 1 else [(path.name, path.stem)]
    if suffix not in excel.SUFFIXES:
        ending = next(known for known in sorted(_FILES, key=len, reverse=True) if path.name.lower().endswith(known))
        return [(path.name, path.name[: -len(ending)])]
    every = excel.sheets(path)
    if len(every) == 1:
        return [(path.name, path.stem)]
    listed = [sheet for sheet in every if _has_rows(path, sheet)]
    unread += [f"{path.name}#{sheet}: the sheet has no rows below a header" for sheet in every if sheet not in listed]
    return [(f"{path.name}#{sheet}", sheet) for sheet in listed]


def _has_rows(path: Path, sheet: str) -> bool:
    try:
        return len(excel.filled(path, sheet, 2)) > 1
    except TableError:
        return True  # what is wrong with it is told where it is read


def _table_name(stem: str, taken: set[str]) -> str:
    """The stem of a file as the name of a table, `raw_` before one that is the name of a dataset."""
    plain = re.sub(r"\W", "_", stem, flags=re.ASCII)
    plain = plain if plain[:1].isalpha() else f"t_{plain}"
    name = f"raw_{plain.lower()}" if plain.upper() in taken else plain
    return name if name.upper() not in taken else f"{name}_{len(taken)}"
