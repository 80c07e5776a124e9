"""The datasets that are judged, as rules see them: typed columns that are read when a rule asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from engine.columns import Array, Column, Rows, Text, empty
from engine.dictionary import Dictionary
from engine.tables import subject_codes, subject_names
from engine.views import View
from formats.coded import Coded
from formats.mapped import release
from language.tree import ISO, NUMBER, TEXT
from qc.compare.table import Table, Values
from qc.conformance.classify import ADAM, NUMERIC_NAMES, Kind
from qc.conformance.description import Dataset as Described
from qc.conformance.description import Description
from specs import standards

KEY = "USUBJID"
# Types of Define-XML whose texts are days.
DAY_TYPES = ("date", "datetime", "partialDate", "partialDatetime", "incompleteDatetime")
# One record per subject: `DM.X` is one value wherever it is written.
ONE_ROW = ("DM", "ADSL")
SMALL = 1 << 17


@dataclass(frozen=True)
class Virtual:
    """A column of numbers that no file holds. values: called with the dataset or some records of it, computes them.

    alike: the values say which records are alike, so that it must be called with all records that may be. subject:
    records that are alike are of one subject.
    """

    values: Callable[[Any], Column]
    alike: bool = False
    subject: bool = False


class Dataset:
    """A dataset: `types` are those of its columns, which `column` reads and keeps until `release`.

    `judged` is False for a dataset that only others refer to. `virtual` are columns that no file holds.
    """

    def __init__(
        self, name: str, table: Table, kind: Kind, described: Described | None = None, judged: bool = True
    ) -> None:
        self.name, self.table, self.kind, self.described, self.judged = name, table, kind, described, judged
        self.count = table.rows
        self.types = {variable.name: self._type(variable.name) for variable in table.variables}
        self.virtual: dict[str, Virtual] = {}
        self.unread: dict[str, int] = {}
        self._columns: dict[str, Column] = {}
        self.subject: Array = np.full(self.count, -1, np.int32)
        self._view: View | None = None

    @cached_property
    def by_subject(self) -> bool:
        """Whether the records stand in the order of their subjects, once these are known."""
        return bool((self.subject[1:] >= self.subject[:-1]).all())

    @property
    def small(self) -> bool:
        """Whether columns to which others refer may stay in memory."""
        return self.count <= SMALL

    @property
    def domain(self) -> str:
        """The two letters of the domain; ADaM has none."""
        return self.name if self.kind.standard == ADAM or self.name.startswith("SUPP") else self.kind.letters

    @property
    def keys(self) -> tuple[str, ...]:
        """The key variables that are described, if the data have all of them."""
        found = self.described.keys if self.described else ()
        return found if all(key in self.types for key in found) else ()

    def type_of(self, name: str) -> str | None:
        """The type of a column, one that is in the file or a virtual one; None where there is none."""
        return NUMBER if name in self.virtual else self.types.get(name)

    def _type(self, name: str) -> str:
        variable = self.table.by_name[name]
        if variable.numeric or (not variable.typed and self._guide_type(name) == "Num"):
            return NUMBER
        item = self.described.items.get(name) if self.described else None
        dated = item is not None and item.data_type in DAY_TYPES
        return ISO if dated or name.endswith("DTC") else TEXT

    def _guide_type(self, name: str) -> str:
        """Char or Num by the guide, for files that state no types."""
        owner = self.kind.structure if self.kind.standard == ADAM else self.name
        found = standards.variable(self.kind.guide, owner, name, self.kind.dataset_class)
        if found is not None:
            return found.type
        return "Num" if self.kind.standard == ADAM and NUMERIC_NAMES.fullmatch(name) else ""

    def column(self, name: str) -> Column:
        """The values of a column."""
        if name not in self._columns:
            if name in self.virtual:
                self._columns[name] = self.virtual[name].values(self)
            else:
                self.load([name])
        return self._columns[name]

    def load(self, names: Iterable[str]) -> None:
        """Read columns that will be asked for together. Raises TableError."""
        self._columns |= self.read([name for name in names if name not in self._columns and name in self.types])

    def read(self, names: Iterable[str], rows: Rows | None = None) -> dict[str, Column]:
        """Columns of the file in all records or in some, which are not kept. Raises TableError."""
        if isinstance(rows, slice) and self.table.raw is not None:
            found = self.table.raw.block(list(names), rows)
        else:
            assert not isinstance(rows, slice)
            found = self.table.columns(names, rows)
        return {name: self._read(name, values) for name, values in found.items()}

    def holds(self, name: str) -> bool:
        """Whether a column is in memory, or would be read as a whole: the file does not give single records."""
        return name in self._columns or self.table.raw is None

    def _read(self, name: str, values: Values) -> Column:
        if not isinstance(values, Coded):
            return values.values
        if self.table.raw is not None and _whole_texts(values.values.tolist()):
            return Text(values.codes, Dictionary(values.values))
        found = Text.coded(values.codes, values.values)
        return self._numbers(name, found) if self.types[name] == NUMBER else found

    def _numbers(self, name: str, found: Text) -> Array:
        """The numbers that texts are; those that are none are counted, and missing."""
        table = np.array([*map(_number, found.dictionary.values.tolist()), np.nan])
        numbers = table[found.codes]
        self.unread[name] = int((np.isnan(numbers) & (found.codes >= 0)).sum())
        return numbers

    def release(self, keep: Iterable[str] = ()) -> None:
        """Forget what was read, but for some columns."""
        kept = set(keep)
        self._columns = {name: column for name, column in self._columns.items() if name in kept}
        if self._view is not None:
            self._view.forget()

    def view(self) -> View:
        """The records as rows to refer to."""
        if self._view is None:
            self._view = View(self.name, self.count, self.subject, self.column)
        return self._view


def _whole_texts(values: list[str]) -> bool:
    """Whether no text is blank. The values of a transport file differ from each other."""
    return all(values) and not any(map(str.isspace, values))


def _number(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        return float("nan")
    return found if np.isfinite(found) else float("nan")


@dataclass(frozen=True, eq=False)
class Metadata:
    """A table of metadata with its rows."""

    name: str
    count: int
    columns: Mapping[str, Column]
    types: Mapping[str, str]

    @property
    def subject(self) -> Array:
        return np.full(self.count, -1, np.int32)

    def column(self, name: str) -> Column:
        return self.columns[name]

    def type_of(self, name: str) -> str | None:
        return self.types.get(name)

    def view(self) -> View:
        return View(self.name, self.count, self.subject, self.column)


def metadata_table(name: str, types: Mapping[str, str], rows: list[dict[str, object]]) -> Metadata:
    """A table of metadata from rows; a key that a row lacks, None and a blank text are missing."""
    columns: dict[str, Column] = {}
    for column, kind in types.items():
        values = [row.get(column) for row in rows]
        if kind == NUMBER:
            columns[column] = np.array([np.nan if value is None else float(str(value)) for value in values], float)
        else:
            columns[column] = Text.of(values) if rows else empty(kind, 0)
    return Metadata(name, len(rows), columns, types)


@dataclass(eq=False)
class Data:
    """All datasets by name, what describes them, and the tables of metadata once they are known.

    `names` are the subjects of all datasets, sorted. It is what the engine asks for other tables.
    """

    datasets: dict[str, Dataset]
    description: Description = field(default_factory=Description)
    metadata: dict[str, Metadata] = field(default_factory=dict)
    names: Array = field(default_factory=lambda: np.empty(0, object))
    notes: list[str] = field(default_factory=list)

    def find_subjects(self) -> None:
        """Give every record the code of its subject."""
        keys: dict[str, Text | None] = {}
        for name, dataset in self.datasets.items():
            column = dataset.column(KEY) if KEY in dataset.types else None
            keys[name] = column if isinstance(column, Text) else None
            if dataset.table.raw is not None:
                release(dataset.table.raw.area)
        self.names = np.asarray(subject_names(keys))
        self.__dict__.pop("subjects", None)
        for name, dataset in self.datasets.items():
            dataset.subject = np.asarray(subject_codes(keys.pop(name), self.names, dataset.count))
            dataset.release()

    @cached_property
    def subjects(self) -> Text:
        return Text.of(self.names)

    def table(self, name: str) -> Dataset | Metadata | None:
        """A dataset or a table of metadata; a dataset comes first."""
        return self.datasets.get(name) or self.metadata.get(name)

    def view(self, dataset: str, table: str) -> View:
        """The rows of a table; without rows for one that is not there, which a rule may allow."""
        found = self.table(table)
        if found is None:
            return View(table, 0, np.empty(0, np.int32), lambda name: Text.missing(0))
        return found.view()

    def judged(self) -> list[Dataset]:
        return [dataset for dataset in self.datasets.values() if dataset.judged]
