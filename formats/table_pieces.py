"""Raw tables in pieces: delimited text as it is read, a table of another format as one piece."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from formats import delimited_read
from formats.coded import Coded
from formats.raw_table import RawTable, TableError, ValueProblem
from formats.tables import is_delimited, read_table


@dataclass(frozen=True, eq=False)
class TablePiece:
    """Some records of a table: their columns as Arrow text, the line of each, values that could not be read.

    path: as formats.raw_table.RawTable states it.
    """

    columns: pa.Table
    lines: np.ndarray
    path: str
    problems: tuple[ValueProblem, ...] = ()


def table_pieces(path: str | os.PathLike[str], encoding: str = "utf-8") -> Iterator[TablePiece]:
    """The records of a table in their order, at least one piece (which may have no record).

    Raises TableError as `formats.tables.read_table` does, perhaps after some pieces were given.
    """
    if is_delimited(path):
        for piece in delimited_read.pieces(Path(path), encoding, None, str(path)):
            yield TablePiece(piece.columns, piece.lines, str(path))
        return
    table = read_table(path, encoding=encoding)
    yield TablePiece(_as_arrow(table), table.line_numbers, table.path, table.problems)


def _as_arrow(table: RawTable) -> pa.Table:
    try:
        return pa.table({name: _texts(column) for name, column in table.columns.items()})
    except UnicodeEncodeError as error:
        raise TableError(table.path, f"a text holds half of a character ({error.reason})") from None


def _texts(column: Coded) -> pa.Array:
    values = pa.array([*column.values, None], pa.string())
    return values.take(pa.array(np.where(column.codes < 0, len(column.values), column.codes)))
