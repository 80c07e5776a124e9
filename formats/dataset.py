"""A dataset with the attributes that exchange formats carry, and the error for what a format cannot hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np

from formats.coded import Coded


class DatasetError(Exception):
    """A dataset that a format cannot hold, or a file that is not what it should be.

    row counts records from 1, 0 when the fault is not in one; value is what stands there.
    """

    def __init__(
        self,
        message: str,
        *,
        dataset: str = "",
        variable: str = "",
        row: int = 0,
        value: Any = None,
        hint: str = "",
        path: str = "",
    ) -> None:
        self.message, self.hint, self.path = message, hint, path
        self.dataset, self.variable, self.row, self.value = dataset, variable, row, value
        place = ".".join(part for part in (dataset, variable) if part)
        where = ": ".join(part for part in (path, place + (f" record {row}" if row else "")) if part.strip())
        super().__init__(f"{where}: {message}".removeprefix(": ") + (f"; {hint}" if hint else ""))


@dataclass(frozen=True, eq=False)
class Column:
    """One variable.

    values: Coded for text, float64 for numbers (NaN missing). length: bytes; 0 means the longest text, or
    8 for a number. format, informat: as SAS writes them ("DATE9.", "8.2", "$20."). special: for numbers,
    the ASCII code of the special missing value (.A to .Z, ._) of each row, 0 where there is none (uint8).

    What transport files do not hold: data_type and target_type, the dataType and targetDataType of Dataset-JSON 1.1
    ("" where nothing states them); digits, the length that it states for a number; key, the place among the key
    variables (0 for none); oid, that of the variable in define.xml.
    """

    name: str
    values: Coded | np.ndarray
    label: str = ""
    length: int = 0
    format: str = ""
    informat: str = ""
    special: np.ndarray | None = None
    right_justified: bool = False
    data_type: str = ""
    target_type: str = ""
    digits: int = 0
    key: int = 0
    oid: str = ""

    @property
    def numeric(self) -> bool:
        """True for numbers, False for text."""
        return not isinstance(self.values, Coded)

    @property
    def texts(self) -> Coded:
        """The values of a text column; TypeError for a number."""
        if not isinstance(self.values, Coded):
            raise TypeError(f"{self.name} holds numbers, not texts")
        return self.values

    @property
    def numbers(self) -> np.ndarray:
        """The values of a numeric column; TypeError for a text."""
        if isinstance(self.values, Coded):
            raise TypeError(f"{self.name} holds texts, not numbers")
        return self.values

    def __len__(self) -> int:
        return len(self.values)

    def slice(self, start: int, stop: int) -> Column:
        """The values of the rows from `start` (from 0) to before `stop`; a text column shares its dictionary."""
        values = self.values
        rows = slice(start, stop)
        some = Coded(values.codes[rows], values.values) if isinstance(values, Coded) else values[rows]
        return replace(self, values=some, special=None if self.special is None else self.special[rows])

    def empty(self) -> Column:
        """The variable without values."""
        return replace(self, values=np.empty(0) if self.numeric else Coded.missing(0), special=None)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A dataset. sas_version, system and type are those of a transport file's header, as they stand.

    about: further attributes of the dataset by their names in Dataset-JSON 1.1 (studyOID, originator, ...).
    """

    name: str
    columns: tuple[Column, ...]
    label: str = ""
    created: datetime | None = None
    modified: datetime | None = None
    sas_version: str = "9.4"
    system: str = ""
    type: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """The number of records."""
        return len(self.columns[0]) if self.columns else 0

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def attributes(self) -> Dataset:
        """The dataset without records."""
        return replace(self, columns=tuple(column.empty() for column in self.columns))


def check_block(attributes: Dataset, columns: Sequence[Column]) -> int:
    """The number of records of a block; raises DatasetError where it is not one of the dataset's columns in order."""
    names = [column.name for column in columns]
    wanted = [column.name for column in attributes.columns]
    if names != wanted:
        message = f"a block has the variables {', '.join(names)} where {', '.join(wanted)} are expected"
        raise DatasetError(message, dataset=attributes.name)
    rows = len(columns[0]) if columns else 0
    for column, stated in zip(columns, attributes.columns):
        if column.numeric != stated.numeric:
            kinds = ("text", "numbers")
            message = f"{kinds[column.numeric]} where {kinds[stated.numeric]} are expected"
            raise DatasetError(message, dataset=attributes.name, variable=column.name)
        if len(column) != rows:
            message = f"{len(column)} values where {names[0]} has {rows}"
            raise DatasetError(message, dataset=attributes.name, variable=column.name)
    return rows
