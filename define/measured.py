"""The records of one dataset, measured: every fact of a column, or of a slice of it, taken once and kept.

What define.xml states of a dataset and what is checked of it rest on the same measures. Questions that are known before
are answered together, in one pass over blocks of the records; the records themselves are not kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from define.distinct import Checks, Column, column_of, is_numeric, where
from define.facts import Facts
from define.questions import InOrder, Kept, Kinds, Question, Slices, Values, ValuesWhere, columns_of_kinds
from define.repeated import repeated
from define.values_seen import LIMIT


@dataclass(frozen=True)
class FileAttributes:
    """What a transport file says of itself: the label of the dataset; by variable label, bytes and display format.

    `lengths` has texts alone: a number always takes 8 bytes. encoding: that of the texts.
    """

    label: str
    labels: Mapping[str, str]
    lengths: Mapping[str, int]
    formats: Mapping[str, str]
    encoding: str = "utf-8"


class Records(Protocol):
    """The records of a dataset: the variables in their order, which of them hold numbers, how many records there are,
    and some columns of them, block by block."""

    @property
    def names(self) -> list[str]: ...

    @property
    def numeric(self) -> frozenset[str]: ...

    def __len__(self) -> int: ...

    def blocks(self, columns: Collection[str]) -> Iterator[Mapping[str, Column]]: ...


@dataclass(frozen=True)
class FrameRecords:
    """The records of a data frame, as one block."""

    frame: pd.DataFrame

    @property
    def names(self) -> list[str]:
        return [str(name) for name in self.frame.columns]

    @property
    def numeric(self) -> frozenset[str]:
        return frozenset(str(name) for name in self.frame.columns if is_numeric(self.frame[name]))

    def __len__(self) -> int:
        return len(self.frame)

    def blocks(self, columns: Collection[str]) -> Iterator[Mapping[str, Column]]:
        yield {name: column_of(self.frame[name]) for name in columns}


@dataclass(frozen=True)
class Chosen:
    """How many values some clauses are about; of those that none chooses and of those that several choose, the number
    and the position of the first."""

    values: int
    by_none: tuple[int, int]
    by_several: tuple[int, int]


@dataclass
class Measured:
    """A dataset: its records, and the attributes of its file where there is one.

    complete: the variables of which every distinct value is kept, however many there are.
    """

    records: Records
    file: FileAttributes | None = None
    complete: frozenset[str] = frozenset()
    _answers: dict[Question, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.records)

    @property
    def names(self) -> list[str]:
        """The variables in the order of the file."""
        return self.records.names

    def ask(self, questions: Iterable[Question]) -> None:
        """Answer questions in one pass over the records; those that were answered before are not asked again."""
        new = dict.fromkeys(one for one in questions if one not in self._answers)
        if not new:
            return
        known = set(self.names)
        tallies = {one: one.tally(self._kept(one)) for one in new}
        start = 0
        for block in self.records.blocks({name for one in new for name in one.columns} & known):
            for tally in tallies.values():
                tally.add(block, start)
            start += len(next(iter(block.values())).codes) if block else 0
        self._answers |= {one: tally.made() for one, tally in tallies.items()}

    def _kept(self, question: Question) -> Kept:
        encoding = self.file.encoding if self.file else "utf-8"
        whole = not self.complete.isdisjoint(question.columns)
        return Kept(encoding, None if whole else LIMIT, self.records.numeric)

    def _answer(self, question: Question) -> Any:
        self.ask([question])
        return self._answers[question]

    def facts(self, variable: str) -> Facts:
        """The facts of a variable."""
        found: Facts = self._answer(Values(variable))[0]
        return found

    def missing(self, variable: str) -> int:
        """In how many records a variable has no value."""
        found: int = self._answer(Values(variable))[1]
        return found

    def facts_by(self, key: str, variable: str) -> Mapping[str, Facts]:
        """The facts of a variable in the records of each value of `key`, sorted by it as text."""
        found: Mapping[str, Facts] = self._answer(Slices(key, variable))
        return found

    def about(self, variable: str, checks: Checks) -> Slices | ValuesWhere:
        """The question for the facts of a variable where checks hold: a slice of it, or one of its own."""
        checks = tuple(replace(check, dataset="") for check in checks)
        check = checks[0] if len(checks) == 1 else None
        known = check and check.comparator == "EQ" and check.variable in self.names and check.values != ("",)
        if check and known and check.variable not in self.records.numeric:
            return Slices(check.variable, variable)
        return ValuesWhere(variable, checks)

    def facts_where(self, variable: str, checks: Checks) -> Facts | None:
        """The facts of a variable in the records where every check holds; None if there are no such records."""
        question = self.about(variable, checks)
        found: Any = self._answer(question)
        answer: Facts | None = found.get(checks[0].values[0]) if isinstance(question, Slices) else found
        return answer

    def repeated(self, keys: Sequence[str]) -> tuple[int, int]:
        """How many records repeat the keys of an earlier one, and the position of the first that does; a missing key
        is a value of its own."""
        if not keys or self._answer(InOrder(tuple(keys))):
            return 0, 0
        return repeated(keys, self.records.blocks, len(self))

    def chosen(self, variable: str, clauses: Sequence[Checks]) -> Chosen:
        """How the clauses choose the records with a value of `variable`: each should be chosen by one."""
        names = self.named(clauses)
        kinds = self._answer(Kinds(variable, names))
        columns = columns_of_kinds(kinds, names, self.records.numeric)
        times = sum((where(columns, one, len(kinds)).astype(int) for one in clauses), np.zeros(len(kinds), dtype=int))
        total = [(kind.count, kind.first) for kind in kinds]
        parts = []
        for some in (times == 0, times > 1):
            those = [one for one, wanted in zip(total, some) if wanted]
            parts.append((sum(count for count, _ in those), min((first for _, first in those), default=0)))
        return Chosen(sum(count for count, _ in total), *parts)

    def shared(self, variable: str, clauses: Sequence[Checks], others: Sequence[Checks]) -> list[list[int]]:
        """For each of some clauses the positions of those others that choose a record with a value of `variable` that
        it chooses too."""
        names = self.named([*clauses, *others])
        kinds = self._answer(Kinds(variable, names))
        columns = columns_of_kinds(kinds, names, self.records.numeric)
        masks = [where(columns, one, len(kinds)) for one in others]
        chosen = [where(columns, one, len(kinds)) for one in clauses]
        return [[n for n, mask in enumerate(masks) if (mask & mine).any()] for mine in chosen]

    def named(self, clauses: Iterable[Checks]) -> tuple[str, ...]:
        """The variables of the dataset that clauses name, sorted."""
        return tuple(sorted({check.variable for one in clauses for check in one} & set(self.names)))


def as_measured(frames: Mapping[str, pd.DataFrame] | Mapping[str, Measured]) -> dict[str, Measured]:
    """Datasets by name, measured; what is measured already is kept as it is."""
    return {name: data if isinstance(data, Measured) else of_frame(data) for name, data in frames.items()}


def of_frame(frame: pd.DataFrame) -> Measured:
    """The records of a data frame, to be measured."""
    return Measured(FrameRecords(frame))
