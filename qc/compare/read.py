"""Reads a file of any format as the tables that are compared: with types, attributes and special missing values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from formats import sas_values, xpt_read
from formats.mapped import release
from formats.raw_table import TableError, ValueProblem
from formats.xpt_chosen import block_rows, chosen
from formats.xpt_layout import Column, XptError
from formats.xpt_read import Member
from qc.compare import read_json, read_parquet
from qc.compare.table import Numbers, Raw, Table, Values, Variable, in_memory

UTF8, ANY = "utf-8", "latin-1"
LAST_ASCII = 127
HELD_BYTES = 1 << 27  # of a mapped file may stay in memory while whole columns of it are read
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
        for member in members:
            release(member.area)  # the search for members touched all pages of the file
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
        self.text_bytes = np.zeros(member.area.shape[1], bool)
        for variable in member.variables:
            self.text_bytes[variable.position : variable.position + variable.length] = not variable.numeric

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
        return Raw(self.member.area, spans, self.load)

    def load(self, names: Sequence[str], rows: np.ndarray | slice | None) -> dict[str, Values]:
        try:
            found = self._all(names) if rows is None else self._some(names, rows)
        except XptError as error:
            raise _as_table_error(Path(self.member.path), error) from None
        return {name: _values(found[name]) for name in names}

    def _all(self, names: Sequence[str]) -> dict[str, Column]:
        """Variables in all records; each is read alone where the texts of one are not UTF-8."""
        try:
            if ANY not in map(self._encoding, names):
                found = self._read(names, self.stated or UTF8)
                self.encodings |= dict.fromkeys(names, UTF8)
                return found
        except XptError:
            if self.stated:
                raise
        return {name: self._whole(name) for name in names}

    def _encoding(self, name: str) -> str:
        return self.stated or self.encodings.get(name, UTF8)

    def _read(self, names: Sequence[str], encoding: str) -> dict[str, Column]:
        """Of a large file block by block, so that its pages do not stay in memory."""
        if self.member.area.nbytes > HELD_BYTES:
            columns: Sequence[Column] = chosen(self.member, names, (), None, encoding).columns
        else:
            columns = self.member.decoded(self.member.chosen(names), encoding)
        return {column.name: column for column in columns}

    def _some(self, names: Sequence[str], rows: np.ndarray | slice) -> dict[str, Column]:
        """Variables in some records. What these hold must be decoded as the whole column is."""
        if not self.stated:
            self._settle([name for name in names if name not in self.encodings], rows)
        found: dict[str, Column] = {}
        for encoding in dict.fromkeys(map(self._encoding, names)):
            some = self.member.chosen([name for name in names if self._encoding(name) == encoding])
            found |= {column.name: column for column in self.member.decoded(some, encoding, rows)}
        return found

    def _settle(self, names: Sequence[str], rows: np.ndarray | slice) -> None:
        """Find the encoding of those that hold bytes beyond ASCII in some records.

        If these are a block of many, all blocks are looked at, so that notes come in the order of the variables.
        """
        beyond = self._beyond_ascii(self.member.area[rows])
        if beyond.isdisjoint(names):
            return
        if isinstance(rows, slice):
            step = block_rows(self.member)
            for start in range(0, self.member.rows, step):
                beyond |= self._beyond_ascii(self.member.area[start : start + step])
                release(self.member.area)
            self.encodings |= {name: UTF8 for name in names if name not in beyond}
        for name in names:
            if name in beyond:
                self._whole(name)

    def _beyond_ascii(self, area: np.ndarray) -> set[str]:
        """The texts of which some records hold bytes beyond ASCII."""
        places = np.flatnonzero(np.bitwise_or.reduce(area, axis=0) > LAST_ASCII) if len(area) else np.empty(0, np.int64)
        if not self.text_bytes[places].any():
            return set()
        texts = [variable for variable in self.member.variables if not variable.numeric]
        return {v.column.name for v in texts if ((places >= v.position) & (places < v.position + v.length)).any()}

    def _whole(self, name: str) -> Column:
        if name in self.encodings:
            return self._read([name], self._encoding(name))[name]
        try:
            column = self._read([name], UTF8)[name]
            self.encodings[name] = UTF8
        except XptError:
            column = self._read([name], ANY)[name]
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
