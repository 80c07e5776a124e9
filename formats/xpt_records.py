"""The records of a dataset of an open transport file, decoded column by column or block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from formats.arrow_text import Encoded, LazyCoded
from formats.coded import Coded
from formats.mapped import release
from formats.xpt_decode import Field, decoded, values
from formats.xpt_layout import Column, Dataset, XptError


@dataclass
class Variable:
    """What the NAMESTR record and the label section say of one variable."""

    column: Column
    numeric: bool
    length: int
    position: int


@dataclass(frozen=True, eq=False)
class Member:
    """A dataset of an open transport file: its attributes (without values), its records as bytes.

    area: uint8, one line per record.
    """

    attributes: Dataset
    area: np.ndarray
    variables: list[Variable]
    path: str

    @property
    def rows(self) -> int:
        """The number of records."""
        return len(self.area)

    def field(self, name: str) -> np.ndarray:
        """The bytes of a variable: uint8, one line per record. Raises KeyError for an unknown name."""
        return self._field(self._named(name))

    def column(self, name: str, encoding: str, rows: np.ndarray | None = None) -> Column:
        """A variable with its values, in all records or in those at `rows` (from 0).

        encoding: of texts; a byte that is not in it raises XptError.
        """
        return self.decoded([self._named(name)], encoding, rows)[0]

    def chosen(self, columns: Sequence[str] | None) -> list[Variable]:
        """The variables of these names (all for None), in the order of the file. Raises XptError."""
        if columns is None:
            return self.variables
        unknown = sorted(set(columns) - {variable.column.name for variable in self.variables})
        if unknown:
            message = f"there is no variable {', '.join(unknown)}"
            raise XptError(message, path=self.path, dataset=self.attributes.name)
        return [variable for variable in self.variables if variable.column.name in columns]

    def decoded(
        self, variables: Sequence[Variable], encoding: str, rows: np.ndarray | slice | None = None
    ) -> list[Column]:
        """Some variables with their values, in all records or in some."""
        found = values(self._area(rows), [self._place(variable) for variable in variables], encoding)
        return [_column(variable.column, part) for variable, part in zip(variables, found)]

    def lazy_texts(self, name: str, encoding: str, rows: np.ndarray | None = None) -> LazyCoded:
        """The texts of a variable, decoded when they are asked for: a byte outside the encoding is an error then."""
        place = self._place(self._named(name))

        def load() -> Encoded:
            found: Encoded = decoded(self._area(rows), [place], encoding)[0]
            return found

        def some(chosen: np.ndarray) -> Coded:
            return self.lazy_texts(name, encoding, chosen if rows is None else rows[chosen])

        return LazyCoded(self.rows if rows is None else len(rows), load, some)

    def _area(self, rows: np.ndarray | slice | None) -> np.ndarray:
        return self.area if rows is None else self.area[rows]

    def _place(self, variable: Variable) -> Field:
        return Field(variable.position, variable.length, variable.numeric, self._fail(variable))

    def blocks(self, encoding: str, block_rows: int, columns: Sequence[str] | None = None) -> Iterator[list[Column]]:
        """The records, `block_rows` at a time: the variables, or those named, in the order of the file.

        The pages of a mapped file are given back after each block.
        """
        chosen = self.chosen(columns)
        for start in range(0, self.rows, block_rows):
            try:
                yield self.decoded(chosen, encoding, slice(start, start + block_rows))
            except XptError as error:
                raise moved(error, start) from None
            release(self.area)

    def _fail(self, variable: Variable) -> Callable[..., XptError]:
        return partial(XptError, path=self.path, dataset=self.attributes.name, variable=variable.column.name)

    def _named(self, name: str) -> Variable:
        for variable in self.variables:
            if variable.column.name == name:
                return variable
        raise KeyError(name)

    def _field(self, variable: Variable) -> np.ndarray:
        return self.area[:, variable.position : variable.position + variable.length]


def _column(column: Column, values: Coded | tuple[np.ndarray, np.ndarray]) -> Column:
    if isinstance(values, Coded):
        return replace(column, values=values)
    numbers, special = values
    return replace(column, values=numbers, special=special if special.any() else None)


def moved(error: XptError, before: int) -> XptError:
    """An error of a block, with its record counted in the file."""
    return XptError(
        error.message, dataset=error.dataset, variable=error.variable, row=error.row and error.row + before,
        value=error.value, hint=error.hint, path=error.path,
    )  # fmt: skip
