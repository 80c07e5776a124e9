"""SAS transport files as ADaM reads them: the types of their columns, and the columns as the engine holds them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from engine.columns import Column, Text
from engine.lazy_text import LazyText, Source
from formats import xpt
from formats.arrow_text import Encoded, LazyCoded
from formats.xpt_read import Member, members
from language.tree import ISO, NUMBER, TEXT
from specs.problem import DataError, Place, Problem

ENCODING = "ascii"


def files(folder: Path) -> list[Path]:
    """The transport files of a folder, by name."""
    return sorted(folder.glob("*.xpt"))


@contextmanager
def _faults_of(path: Path) -> Iterator[None]:
    try:
        yield
    except (xpt.XptError, OSError) as error:
        hint = "a row of Tables may name its encoding (windows-1252), or [output] of study.toml that of all"
        raise DataError([Problem(Place(str(path)), str(error), hint)]) from None


def attributes(path: Path, encoding: str) -> xpt.Dataset:
    """The dataset of a file without its records. Raises DataError."""
    with _faults_of(path):
        return xpt.read(path, encoding=encoding, max_rows=0)


def columns(path: Path, encoding: str) -> tuple[dict[str, Column], int]:
    """The columns of the dataset of a file, and the number of its records. Raises DataError.

    A text is decoded when it is asked for; a byte outside the encoding raises DataError then.
    """
    with _faults_of(path):
        found = members(path, encoding=encoding)
        if len(found) != 1:
            xpt.read(path, encoding=encoding, max_rows=0)  # which says what is wrong
        member = found[0]
        columns = {part.name: _column(path, member, part, encoding) for part in member.attributes.columns}
    return columns, member.rows


def texts(path: Path, encoding: str, name: str) -> Text:
    """One text column of the dataset of a file. Raises DataError, KeyError where there is none of the name."""
    with _faults_of(path):
        coded = members(path, encoding=encoding)[0].lazy_texts(name, encoding)
        return Source(coded).text


def _column(path: Path, member: Member, part: xpt.Column, encoding: str) -> Column:
    if part.numeric:
        return member.column(part.name, encoding).numbers.astype(np.float64)
    coded = member.lazy_texts(part.name, encoding)

    def load() -> Encoded:
        with _faults_of(path):
            return coded.codes, coded.dictionary

    return LazyText(Source(LazyCoded(member.rows, load, coded.some)))


def types(path: Path, encoding: str) -> dict[str, str]:
    """The type of each column: number, text, or ISO 8601 date where the name ends in DTC. Raises DataError."""
    found = attributes(path, encoding).columns
    return {column.name: NUMBER if column.numeric else text_type(column.name) for column in found}


def text_type(name: str) -> str:
    """The type of a character variable of SDTM by its name."""
    return ISO if name.endswith("DTC") else TEXT
