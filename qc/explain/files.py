"""The datasets of a stage as they were built: records found by a condition, values read one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from engine.columns import Column, Text
from engine.single import condition_on
from engine.views import View
from formats.xpt_layout import XptError
from formats.xpt_rows import Records, all_records, records_with
from language.errors import ExpressionError
from language.matching import conjuncts
from language.tree import Compare, Constant, Name, Node, walk
from language.where_clause import parse_condition
from specs.model import Spec
from specs.problem import DataError, Place, Problem, SpecError, nearest

KEY = "USUBJID"
Value = float | str | bool | None


@dataclass
class StageFiles:
    """The files of one stage. ours: they were written by a build of this study, sorted by their key variables."""

    spec: Spec
    folder: Path
    ours: bool = True
    _opened: dict[tuple[str, str | None], Records] = field(default_factory=dict)

    @property
    def stage(self) -> str:
        """sdtm or adam."""
        return self.spec.stage

    def ordered(self, dataset: str) -> bool:
        """Whether the file of a dataset is sorted by subject."""
        known = self.spec.datasets.get(dataset)
        keys = [name for name in (known.key_variables if known else ()) if name != "STUDYID"]
        ascii_order = self.spec.study.encoding.lower().replace("_", "-") in ("ascii", "us-ascii", "utf-8")
        return self.ours and keys[:1] == [KEY] and ascii_order

    def path(self, dataset: str) -> Path:
        """The file of a dataset."""
        return self.folder / f"{dataset.lower()}.xpt"

    def built(self, dataset: str) -> bool:
        """Whether there is a file of a dataset."""
        return self.path(dataset).exists()

    def records(self, dataset: str, subject: str | None = None) -> Records:
        """The records of a dataset, or those of a subject. Raises DataError for a file that cannot be read."""
        key = (dataset, subject)
        if key not in self._opened:
            path, encoding = self.path(dataset), self.spec.study.encoding
            try:
                if subject is None:
                    self._opened[key] = all_records(path, encoding)
                else:
                    self._opened[key] = records_with(path, KEY, subject, encoding, ordered=self.ordered(dataset))
            except XptError as error:
                raise DataError([Problem(Place(str(path)), error.message, f"run: build {self.stage}")]) from None
        return self._opened[key]

    def value(self, dataset: str, record: int, name: str) -> Value:
        """A variable of the record at a position (from 0) of the file."""
        found = self.records(dataset)
        return _values(Records(found.member, np.array([record]), found.encoding), name)[0]

    def view(self, dataset: str) -> View | None:
        """A dataset as rows to refer to, each variable read when it is asked for; None without a file."""
        if not self.built(dataset):
            return None
        found = self.records(dataset)

        def column(name: str) -> Column:
            read = found.column(name)
            return read.numbers.astype(np.float64) if read.numeric else Text.coded(read.texts.codes, read.texts.values)

        return View(self.path(dataset).name, len(found.rows), np.full(len(found.rows), -1, np.int32), column)


def _values(records: Records, name: str) -> list[Value]:
    column = records.column(name)
    if column.numeric:
        return [None if value != value else value for value in column.numbers.tolist()]
    return list(column.texts.to_objects())


def find(files: StageFiles, dataset: str, where: str) -> np.ndarray:
    """The positions of the records of a dataset for which a condition holds; all for a blank one.

    Where the condition names one subject, only the records of that subject are read. Raises SpecError for a condition
    that cannot be read, with the nearest name.
    """
    records = files.records(dataset)
    if not where.strip():
        return records.rows
    try:
        node = parse_condition(where)
        subject = _subject(node) if KEY in records.names else None
        if subject is not None:
            records = files.records(dataset, subject)
        frame = _frame(records, node, files.spec)
        return np.asarray(records.rows[condition_on(where, frame, files.spec.study.constants)])
    except ExpressionError as error:
        raise SpecError([Problem(Place("--where"), error.message, error.hint)]) from None


def _subject(node: Node) -> str | None:
    """The one subject that a condition names, if it names one."""
    for part in conjuncts(node):
        if isinstance(part, Compare) and part.operator == "==":
            sides = (part.left, part.right)
            texts = [side.value for side in sides if isinstance(side, Constant) and isinstance(side.value, str)]
            if texts and any(isinstance(side, Name) and side.name == KEY for side in sides):
                return texts[0]
    return None


def _frame(records: Records, node: Node, spec: Spec) -> pd.DataFrame:
    """The variables that a condition names. Raises ExpressionError for names that are none of the dataset."""
    used = dict.fromkeys(part.name for part in walk(node) if isinstance(part, Name))
    columns = {}
    for name in used:
        if name in records.names:
            column = records.column(name)
            columns[name] = pd.Series(column.numbers) if column.numeric else pd.Series(
                column.texts.to_objects(), dtype=object
            )  # fmt: skip
        elif name not in spec.study.constants:
            raise ExpressionError(f"{name} is no variable of the dataset", nearest(name, records.names))
    return pd.DataFrame(columns, index=pd.RangeIndex(len(records.rows)))


def keys(files: StageFiles, dataset: str, rows: np.ndarray) -> list[Mapping[str, Value]]:
    """The key variables of some records, and the sequence number where it is none of them."""
    found = files.records(dataset)
    known = files.spec.datasets.get(dataset)
    names = [name for name in (known.key_variables if known else ()) if name in found.names]
    sequence = known.sequence if known is not None else ""
    names += [sequence] if sequence in found.names and sequence not in names else []
    some = Records(found.member, rows, found.encoding)
    columns = [_values(some, name) for name in names]
    if not names:
        return [{}] * len(rows)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
