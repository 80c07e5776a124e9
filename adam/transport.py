"""SAS transport files as ADaM reads them: the types of their columns, and the columns as the engine holds them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.columns import Array, Column, Rows, Text, concat
from engine.lazy_text import LazyText, Source
from formats import xpt
from formats.arrow_text import Encoded, LazyCoded
from formats.mapped import release
from formats.xpt_read import Member, members, only_member
from language.tree import ISO, NUMBER, TEXT
from specs.problem import DataError, Place, Problem

ENCODING = "ascii"
BLOCK_BYTES = 256 << 20  # of a file that are held while one column of it is read


def files(folder: Path) -> list[Path]:
    """The transport files of a folder, by name."""
    return sorted(folder.glob("*.xpt"))


@contextmanager
def _faults_of(path: Path, rows: Rows | None = None) -> Iterator[None]:
    """The faults of a file; rows: those that were read of it, if not all."""
    try:
        yield
    except (xpt.XptError, OSError) as error:
        if isinstance(error, xpt.XptError) and error.row and rows is not None:
            row = int(_numbers(rows)[error.row - 1]) + 1
            place = {"dataset": error.dataset, "variable": error.variable, "hint": error.hint, "path": error.path}
            error = xpt.XptError(error.message, row=row, **place)
        hint = "a row of Tables may name its encoding (windows-1252), or [output] of study.toml that of all"
        raise DataError([Problem(Place(str(path)), str(error), hint)]) from None


def _numbers(rows: Rows) -> Array:
    return np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows


def attributes(path: Path, encoding: str) -> xpt.Dataset:
    """The dataset of a file without its records. Raises DataError."""
    with _faults_of(path):
        return xpt.read(path, encoding=encoding, max_rows=0)


def columns(path: Path, encoding: str, rows: Rows | None = None) -> tuple[dict[str, Column], int]:
    """The columns of the dataset of a file, and the number of its records. Raises DataError.

    A text is decoded when it is asked for; a byte outside the encoding raises DataError then. rows: some of the
    records, None for all.
    """
    with _faults_of(path):
        member = _member(path, encoding, rows)
        columns = {part.name: _column(path, member, part, encoding, rows) for part in member.attributes.columns}
    return columns, member.rows


def _member(path: Path, encoding: str, rows: Rows | None) -> Member:
    """The dataset of a file. It is searched for others once, not for every part of its rows (see `attributes`)."""
    if rows is not None:
        found = only_member(path, encoding=encoding)
        return replace(found, area=found.area[rows])
    every = members(path, encoding=encoding)
    if len(every) != 1:
        xpt.read(path, encoding=encoding, max_rows=0)  # which says what is wrong
    return every[0]


def texts(path: Path, encoding: str, name: str) -> Text:
    """One text column of the dataset of a file. Raises DataError, KeyError where there is none of the name.

    Memory is bounded: a column runs through the whole file, whose pages are given back block by block.
    """
    with _faults_of(path):
        member = members(path, encoding=encoding)[0]
    step = max(1, BLOCK_BYTES // max(1, member.area.shape[1]))
    if member.rows <= step:
        with _faults_of(path):
            return Source(member.lazy_texts(name, encoding)).text
    found: list[Column] = []
    for first in range(0, member.rows, step):
        rows = slice(first, min(first + step, member.rows))
        with _faults_of(path, rows):
            found.append(Source(replace(member, area=member.area[rows]).lazy_texts(name, encoding)).text)
        release(member.area)
    joined = concat(found)
    assert isinstance(joined, Text)
    return joined


def _column(path: Path, member: Member, part: xpt.Column, encoding: str, rows: Rows | None) -> Column:
    if part.numeric:
        return member.column(part.name, encoding).numbers.astype(np.float64)
    coded = member.lazy_texts(part.name, encoding)

    def load() -> Encoded:
        with _faults_of(path, rows):
            return coded.codes, coded.dictionary

    return LazyText(Source(LazyCoded(member.rows, load, coded.some)))


def types(path: Path, encoding: str) -> dict[str, str]:
    """The type of each column: number, text, or ISO 8601 date where the name ends in DTC. Raises DataError."""
    found = attributes(path, encoding).columns
    return {column.name: NUMBER if column.numeric else text_type(column.name) for column in found}


def text_type(name: str) -> str:
    """The type of a character variable of SDTM by its name."""
    return ISO if name.endswith("DTC") else TEXT
