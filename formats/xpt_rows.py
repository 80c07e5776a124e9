"""The records of a transport file that hold one text in one variable: those of a subject, without reading the rest."""

from __future__ import annotations

import os
from itertools import pairwise

import numpy as np

from formats.xpt_layout import Column
from formats.xpt_read import Member, only_member

PROBES = 64


class Records:
    """Some records of a transport file: `rows` are their positions, from 0."""

    def __init__(self, member: Member, rows: np.ndarray, encoding: str) -> None:
        self.member, self.rows, self.encoding = member, rows, encoding

    @property
    def names(self) -> list[str]:
        """The variables, in the order of the file."""
        return [column.name for column in self.member.attributes.columns]

    def column(self, name: str) -> Column:
        """A variable in these records. Raises KeyError for an unknown name, XptError for bytes that are no text."""
        return self.member.column(name, self.encoding, self.rows)

    def columns(self) -> tuple[Column, ...]:
        """Every variable in these records."""
        return tuple(self.member.decoded(self.member.variables, self.encoding, self.rows))


def all_records(path: str | os.PathLike[str], encoding: str = "ascii") -> Records:
    """Every record; a variable is read when it is asked for. Raises XptError."""
    member = only_member(path, encoding=encoding)
    return Records(member, np.arange(member.rows), encoding)


def records_with(
    path: str | os.PathLike[str], name: str, text: str, encoding: str = "ascii", *, ordered: bool = False
) -> Records:
    """The records in which the variable `name` is `text`, in their order. Raises XptError, KeyError.

    ordered: the records are said to be sorted by this variable, so that they are found by bisection; the file is
    tried in some places, and searched through where it is not sorted after all.
    """
    member = only_member(path, encoding=encoding)
    field = member.field(name)
    return Records(member, rows_with(field, text.encode(encoding), ordered), encoding)


def rows_with(field: np.ndarray, text: bytes, ordered: bool) -> np.ndarray:
    """The rows of a field (uint8, rows x bytes) that hold a text.

    >>> field = np.array([list(b"A  "), list(b"AB "), list(b"AB "), list(b"C  ")], np.uint8)
    >>> rows_with(field, b"AB", True).tolist(), rows_with(field, b"AB", False).tolist()
    ([1, 2], [1, 2])
    """
    width = field.shape[1]
    if len(text) > width:
        return np.empty(0, np.int64)
    wanted = text.ljust(width)
    if ordered and _looks_sorted(field):
        return np.arange(_bisect(field, wanted, False), _bisect(field, wanted, True))
    same = np.ones(len(field), bool)
    for place, byte in enumerate(wanted):
        same &= field[:, place] == byte
    return np.flatnonzero(same)


def _looks_sorted(field: np.ndarray) -> bool:
    places = np.linspace(0, len(field) - 1, min(PROBES, len(field))).astype(np.int64)
    probed = [field[place].tobytes() for place in places]
    return all(one <= other for one, other in pairwise(probed))


def _bisect(field: np.ndarray, wanted: bytes, after: bool) -> int:
    """The first row whose field is not before (`after`: is after) a text."""
    low, high = 0, len(field)
    while low < high:
        middle = (low + high) // 2
        found = field[middle].tobytes()
        if found < wanted or (after and found == wanted):
            low = middle + 1
        else:
            high = middle
    return low
