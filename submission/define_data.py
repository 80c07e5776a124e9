"""The datasets of a stage folder as `define` measures them: records, and what the transport files say of themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from define.distinct import Column, coded
from define.measured import FileAttributes, Measured
from formats import xpt
from formats.xpt_chosen import block_rows
from formats.xpt_read import only_member
from specs.model import Spec
from specs.problem import DataError, Place, Problem


def read_data(spec: Spec, folder: Path) -> dict[str, Measured]:
    """The datasets of the specification that have a file in `folder`, by name; their records are not read yet.

    Raises DataError for a file that is no transport file.
    """
    found: dict[str, Measured] = {}
    for name in spec.datasets:
        path = folder / f"{name.lower()}.xpt"
        if path.is_file():
            with _faults(spec.stage, path):
                found[name] = measured(path, spec.study.encoding, spec.stage)
    return found


def measured(path: Path, encoding: str, stage: str) -> Measured:
    """The dataset of a file with the file's attributes, among them the encoding of its texts."""
    header = xpt.read(path, encoding=encoding, max_rows=0)
    texts = {column.name: column.length for column in header.columns if not column.numeric}
    labels = {column.name: column.label for column in header.columns}
    formats = {column.name: column.format for column in header.columns}
    attributes = FileAttributes(header.label, labels, texts, formats, encoding)
    numeric = frozenset(column.name for column in header.columns if column.numeric)
    count = only_member(path, encoding=encoding).rows
    records = FileRecords(path, encoding, stage, [column.name for column in header.columns], numeric, count)
    return Measured(records, attributes)


@dataclass(frozen=True)
class FileRecords:
    """The records of a transport file, read block by block whenever they are asked for."""

    path: Path
    encoding: str
    stage: str
    names: list[str]
    numeric: frozenset[str]
    count: int

    def __len__(self) -> int:
        return self.count

    def blocks(self, columns: Collection[str]) -> Iterator[Mapping[str, Column]]:
        """Some columns, block by block. Raises DataError for bytes that are no text of the encoding."""
        with _faults(self.stage, self.path):
            member = only_member(self.path, encoding=self.encoding)
            for found in member.blocks(self.encoding, block_rows(member), list(columns)):
                yield {column.name: _column(column) for column in found}


def _column(column: xpt.Column) -> Column:
    if isinstance(column.values, xpt.Coded):
        return coded(column.values.codes, column.values.values)
    return Column(*pd.factorize(column.values))


@contextmanager
def _faults(stage: str, path: Path) -> Iterator[None]:
    try:
        yield
    except xpt.XptError as error:
        hint = f"run: build {stage}"
        if "encoding" in error.hint:
            hint = f"{error.hint} below [output] in study.toml: encoding = \"utf-8\"; or {hint}"
        raise DataError([Problem(Place(f"{stage}/{path.name}"), error.message, hint)]) from None
