"""Some records of a transport file, chosen block by block by what some of their variables hold.

Only the records of a block are decoded at one time, of those that are not chosen only the variables that the choice
needs. What is kept grows with the records that are chosen, not with the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from formats.coded import Coded
from formats.mapped import release
from formats.xpt_layout import Column, Dataset, XptError
from formats.xpt_records import Member, moved

# Of records that are held at one time, and the most and fewest of them.
BLOCK_BYTES, MOST, FEWEST = 1 << 24, 1 << 16, 1 << 10
Choice = Callable[[Sequence[Column]], np.ndarray]


def block_rows(member: Member) -> int:
    """So many records of a dataset are decoded at one time."""
    return min(max(BLOCK_BYTES // max(member.area.shape[1], 1), FEWEST), MOST)


def chosen(member: Member, columns: Sequence[str], by: Sequence[str], choose: Choice | None, encoding: str) -> Dataset:
    """The variables `columns` in the records that are chosen, in the order of the file.

    choose: given the variables `by` of a block, in the order of the file, a bool for each of its records; None chooses
    all. Raises XptError for unknown names, and for bytes in what is read that are no text of the encoding.
    """
    wanted, asked, rows = member.chosen(columns), member.chosen(by), block_rows(member)
    parts = [_NumbersMade() if variable.numeric else _TextsMade() for variable in wanted]
    for start in range(0, member.rows, rows):
        block = slice(start, min(start + rows, member.rows))
        some: np.ndarray | slice = block
        try:
            if choose is not None:
                mask = choose(member.decoded(asked, encoding, block))
                some = block if mask.all() else np.flatnonzero(mask) + start
            if isinstance(some, slice) or len(some):
                for part, column in zip(parts, member.decoded(wanted, encoding, some)):
                    part.add(column)
        except XptError as error:
            raise _placed(error, start, some) from None
        release(member.area)
    made = tuple(replace(variable.column, **part.made()) for variable, part in zip(wanted, parts))
    return replace(member.attributes, columns=made)


def _placed(error: XptError, start: int, some: np.ndarray | slice) -> XptError:
    """An error of a block with its record counted in the file."""
    if isinstance(some, slice) or not error.row:
        return moved(error, start)
    return moved(error, int(some[error.row - 1]) + 1 - error.row)


class _NumbersMade:
    """A numeric column in the chosen records."""

    def __init__(self) -> None:
        self.values: list[np.ndarray] = []
        self.special: list[np.ndarray] = []

    def add(self, column: Column) -> None:
        numbers = column.numbers
        self.values.append(numbers)
        self.special.append(np.zeros(len(numbers), np.uint8) if column.special is None else column.special)

    def made(self) -> dict[str, np.ndarray | None]:
        special = np.concatenate(self.special) if self.special else np.empty(0, np.uint8)
        self.special = []
        values = np.concatenate(self.values) if self.values else np.empty(0)
        self.values = []
        return {"values": values, "special": special if special.any() else None}


class _TextsMade:
    """A text column in the chosen records, with one dictionary for all blocks."""

    def __init__(self) -> None:
        self.codes: list[np.ndarray] = []
        self.known: dict[str, int] = {}

    def add(self, column: Column) -> None:
        texts = column.texts
        table = [self.known.setdefault(text, len(self.known)) for text in texts.values.tolist()]
        self.codes.append(np.array([*table, -1], np.int32)[texts.codes])

    def made(self) -> dict[str, Coded]:
        codes = np.concatenate(self.codes) if self.codes else np.empty(0, np.int32)
        self.codes = []
        values = np.empty(len(self.known), object)
        values[:] = list(self.known)
        return {"values": Coded(codes, values)}
