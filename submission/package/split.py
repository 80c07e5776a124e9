"""Datasets above the limit of size: the whole stays, and its records stand in parts in the folder `split` as well.

Source: FDA, Study Data Technical Conformance Guide, section 3.3.2: datasets above 5 GB are split, and the guide of the
reviewer says how. The rule here: parts hold consecutive records, each as many as the limit allows, and a part ends
where a subject ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from formats.coded import Coded
from formats.xpt_read import blocks, members
from formats.xpt_slice import header_bytes, write_slice
from specs.problem import DataError, Place, Problem
from submission.guide.facts import Split

_SUBJECT = "USUBJID"
_LONGEST = 8
_CARD = 80


def planned(path: Path, limit: int, taken: set[str]) -> Split | None:
    """The parts of a transport file above the limit (bytes); None for one below it.

    `taken` are names of datasets; those of the parts are added. Raises DataError where the records of one subject
    alone are above the limit.
    """
    size = path.stat().st_size
    if size <= limit:
        return None
    member = members(path, encoding="latin-1")[0]
    most = (limit - header_bytes(path) - _CARD) // member.area.shape[1]
    names = _names(path.stem.upper(), taken)
    subjects = _subjects(path)
    parts = []
    for first, last in _ranges(path, subjects, member.rows, most):
        what = f"records {first + 1:,d} to {last:,d}"
        if subjects is not None:
            what += f", subjects {_name(subjects, first)} to {_name(subjects, last - 1)}"
        parts.append((next(names), last - first, what))
    return Split(path.stem.upper(), tuple(parts), size)


def _subjects(path: Path) -> Coded | None:
    """The subject of each record; None where the dataset has none, or the records of one do not stand together."""
    member = members(path, encoding="latin-1")[0]
    if not member.rows or not any(variable.column.name == _SUBJECT for variable in member.variables):
        return None
    codes: list[np.ndarray] = []
    known: dict[str, int] = {}
    for (column,) in blocks(path, encoding="latin-1", columns=[_SUBJECT]):  # the file may be larger than memory
        names = [known.setdefault(name, len(known)) for name in column.texts.values.tolist()]
        codes.append(np.array([*names, -1], np.int32)[column.texts.codes])
    found = Coded(np.concatenate(codes), np.array(list(known), object))
    return found if len(_changes(found)) + 1 == len(np.unique(found.codes)) else None


def _changes(subjects: Coded) -> np.ndarray:
    """The records (from 0) at which another subject begins, without the first."""
    return np.flatnonzero(subjects.codes[1:] != subjects.codes[:-1]) + 1


def _name(subjects: Coded, record: int) -> str:
    code = int(subjects.codes[record])
    return str(subjects.values[code]) if code >= 0 else "(none)"


def _ranges(path: Path, subjects: Coded | None, rows: int, most: int) -> Iterator[tuple[int, int]]:
    """The first record of each part and the one after its last."""
    ends = np.append(_changes(subjects), rows) if subjects is not None else None
    first = 0
    while first < rows:
        last = min(rows, first + max(most, 0))
        if ends is not None:
            fitting = int(np.searchsorted(ends, last, side="right")) - 1
            last = int(ends[fitting]) if fitting >= 0 else first
        if last <= first:
            hint = "set a larger split_above below [package] in study.toml"
            message = "the records of one subject are more than a part may hold"
            raise DataError([Problem(Place(path.name), f"record {first + 1}: {message}", hint)])
        yield first, last
        first = last


def _names(dataset: str, taken: set[str]) -> Iterator[str]:
    """LB1, LB2, ...; a name that is taken is passed over."""
    number = 0
    while True:
        number += 1
        name = f"{dataset[: _LONGEST - len(str(number))]}{number}"
        if name not in taken:
            taken.add(name)
            yield name


def write(path: Path, split: Split, folder: Path) -> None:
    """Write the parts into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    first = 0
    for name, records, _ in split.parts:
        write_slice(path, folder / f"{name.lower()}.xpt", first, first + records, name)
        first += records
