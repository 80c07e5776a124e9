"""SAS transport files as ADaM reads them: the types of their columns, and the columns as the engine holds them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.columns import Column, Text
from formats import xpt
from language.tree import ISO, NUMBER, TEXT
from specs.problem import DataError, Place, Problem

ENCODING = "ascii"


def files(folder: Path) -> list[Path]:
    """The transport files of a folder, by name."""
    return sorted(folder.glob("*.xpt"))


def read(path: Path, encoding: str, rows: int | None = None) -> xpt.Dataset:
    """The dataset of a file, or its first `rows` records. Raises DataError."""
    try:
        return xpt.read(path, encoding=encoding, max_rows=rows)
    except (xpt.XptError, OSError) as error:
        hint = "a row of Tables may name its encoding (windows-1252), or [output] of study.toml that of all"
        raise DataError([Problem(Place(str(path)), str(error), hint)]) from None


def types(path: Path, encoding: str) -> dict[str, str]:
    """The type of each column: number, text, or ISO 8601 date where the name ends in DTC. Raises DataError."""
    found = read(path, encoding, 0)
    return {column.name: NUMBER if column.numeric else text_type(column.name) for column in found.columns}


def text_type(name: str) -> str:
    """The type of a character variable of SDTM by its name."""
    return ISO if name.endswith("DTC") else TEXT


def column(found: xpt.Column) -> Column:
    """A column as the engine holds it."""
    if found.numeric:
        return found.numbers.astype(np.float64)
    coded = found.texts
    return Text.coded(coded.codes, coded.values)
