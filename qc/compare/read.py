"""Reads a file of any format as the tables that are compared: with types, attributes and special missing values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from formats import sas_values, xpt_read
from formats.raw_table import TableError, ValueProblem
from formats.xpt_layout import Column, XptError
from formats.xpt_read import Member
from qc.compare import read_json, read_parquet
from qc.compare.table import Numbers, Raw, Table, Values, Variable, in_memory

UTF8, ANY = "utf-8", "latin-1"
LAST_ASCII = 127
JSON = (".json", ".ndjson", ".json.gz", ".ndjson.gz", ".dsjc")
# Suffixes of a folder's datasets; where a name is there twice, the first of these formats is read.
SUFFIXES = (".xpt", ".sas7bdat", ".parquet", *JSON, ".csv", ".tsv")
NOT_UTF8 = "bytes that are not UTF-8; its texts were read as Latin-1, a character for each byte"


def read(path: Path, encoding: str | None = None) -> list[Table]:
    """The datasets of a file: several where a transport file holds several, else one.

    encoding: of texts in SAS files and delimited text; None is UTF-8, and Latin-1 with a note where a transport
    file is not that. Raises TableError.
    """
    for suffix, reader in _READERS.items():
        if path.name.lower().endswith(suffix):
            return reader(path, encoding)
    return _untyped(path, encoding)


def stem(path: Path) -> str:
    """The name of a dataset by its file, in capitals: `ae.json.gz` holds AE."""
    name = path.name.lower()
    suffix = max((known for known in SUFFIXES if name.endswith(known)), key=len, default=path.suffix)
    return path.name[: len(path.name) - len(suffix)].upper()


# --- transport files ------------------------------------------------------------------------------------


def _transport(path: Path, encoding: str | None) -> list[Table]:
    try:
        try:
            members = xpt_read.members(path, encoding=encoding or UTF8)
        except XptError:
            if encoding:
                raise
            members = xpt_read.members(path, encoding=ANY)
        return [_Member(member, encoding).table(path) for member in members]
    except XptError as error:
        raise _as_table_error(path, error) from None


def _as_table_error(path: Path, error: XptError) -> TableError:
    message = f"record {error.row}: {error.message}" if error.row else error.message
    return TableError(str(path), message, column=error.variable, hint=error.hint)


class _Member:
    """A dataset of a transport file, its columns decoded when they are asked for."""

    def __init__(self, member: Member, encoding: str | None) -> None:
        self.member, self.stated = member, encoding
        self.encodings: dict[str, str] = {}
        self.notes: list[str] = []

    def table(self, path: Path) -> Table:
        names = [column.name for column in self.member.attributes.columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise TableError(str(path), "two variables have this name", column=twice[0])
        head = self.member.attributes
        return Table(
            head.name or stem(path),
            self.member.rows,
            tuple(_sas_variable(column) for column in head.columns),
            self.load,
            "xpt",
            str(path),
            head.label,
            head.created,
            head.modified,
            raw=self._raw(),
            notes=self.notes,
        )

    def _raw(self) -> Raw:
        spans = {v.column.name: (v.position, v.position + v.length) for v in self.member.variables}
        return Raw(self.member.area, spans)

    def load(self, names: Sequence[str], rows: np.ndarray | None) -> dict[str, Values]:
        try:
            return {name: _values(self._column(name, rows)) for name in names}
        except XptError as error:
            raise _as_table_error(Path(self.member.path), error) from None

    def _column(self, name: str, rows: np.ndarray | None) -> Column:
        known = self.stated or self.encodings.get(name)
        if known is None and (rows is None or self._beyond_ascii(name, rows)):
            # What some records hold must be decoded as the whole column is.
            whole = self._whole(name)
            if rows is None:
                return whole
            known = self.encodings[name]
        return self.member.column(name, known or UTF8, rows)

    def _beyond_ascii(self, name: str, rows: np.ndarray) -> bool:
        numeric = self.member.attributes[name].numeric
        return not numeric and bool(self.member.field(name)[rows].max(initial=0) > LAST_ASCII)

    def _whole(self, name: str) -> Column:
        try:
            column = self.member.column(name, UTF8)
            self.encodings[name] = UTF8
        except XptError:
            column = self.member.column(name, ANY)
            self.encodings[name] = ANY
            self.notes.append(f"{name} holds {NOT_UTF8}; state --encoding to have them decoded")
        return column


def _sas_variable(column: Column) -> Variable:
    kind = sas_values.kind(column.format) if column.numeric else ""
    return Variable(
        column.name, column.numeric, kind, True, None, column.length, column.label, column.format, column.informat
    )


def _values(column: Column) -> Values:
    return Numbers(column.numbers, column.special) if column.numeric else column.texts


# --- other formats --------------------------------------------------------------------------------------


def _sas_dataset(path: Path, encoding: str | None) -> list[Table]:
    from formats import sas7bdat  # ReadStat is loaded where a file needs it

    dataset, problems = sas7bdat.read_typed(path, encoding or UTF8)
    columns = {column.name: _values(column) for column in dataset.columns}
    variables = tuple(_sas_variable(column) for column in dataset.columns)
    table = Table(
        dataset.name or stem(path), dataset.rows, variables, in_memory(columns), "sas7bdat", str(path),
        dataset.label, dataset.created, dataset.modified, notes=_said(problems),
    )  # fmt: skip
    return [table]


def _said(problems: Sequence[ValueProblem]) -> list[str]:
    """The first problem of each column in words, and how many follow."""
    by_column: dict[str, list[ValueProblem]] = {}
    for problem in problems:
        by_column.setdefault(problem.column, []).append(problem)
    return [
        f"{column}, line {found[0].line}: {found[0].message}" + (f"; {len(found) - 1} more" if found[1:] else "")
        for column, found in by_column.items()
    ]


def _untyped(path: Path, encoding: str | None) -> list[Table]:
    """Delimited text, a sheet or an item group of ODM: every value is text, and nothing is said of types."""
    from formats import tables

    table = tables.read_table(path, encoding=encoding or UTF8)
    variables = tuple(Variable(name, numeric=False, typed=False) for name in table.columns)
    notes = _said(table.problems)
    load = in_memory(table.columns)
    return [Table(stem(path), table.rows, variables, load, "", str(path), trailing_blanks=True, notes=notes)]


_READERS: dict[str, Callable[[Path, str | None], list[Table]]] = {
    ".xpt": _transport,
    ".sas7bdat": _sas_dataset,
    ".parquet": lambda path, _: [read_parquet.read(path, stem(path))],
    **{suffix: lambda path, _: [read_json.read(path, stem(path))] for suffix in JSON},
}
