"""What an expression may refer to. The specification implements it for each kind of cell that holds one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from language.tree import Column, Node


class CriteriaRow(NamedTuple):
    """A row of Criteria as written: condition, value, and what is told of the records that take it."""

    where: str
    value: str
    issue: str = ""


class Scope(Protocol):
    """The names around one cell. Methods raise ExpressionError when a name is not valid there."""

    block: bool
    """True for a row with Block: windows then range over the block's records only."""

    def bare(self, name: str) -> Node:
        """The column or constant that a bare name stands for."""

    def attribute(self, table: str, name: str) -> Column:
        """`T.X` outside an aggregate: a source row, a picked row or the one row of the subject."""

    def is_table(self, name: str) -> bool:
        """True for the name of a table, dataset or block that an aggregate can range over."""

    def is_name(self, name: str) -> bool:
        """True for a bare name that stands for a variable, a source column or a constant."""

    def is_source(self, name: str) -> bool:
        """True for the table from whose row the record was made."""

    def many(self, table: str) -> bool:
        """True when a subject may have several rows in the table."""

    def has_subject(self, table: str) -> bool:
        """False for look-up tables, which belong to no subject."""

    def inner(self, table: str, name: str) -> Column:
        """`T.X` as a column of the row that an aggregate ranges over."""

    def join(self, name: str) -> None:
        """Raises ExpressionError unless `name` is a join of the dataset."""

    def sequence_keys(self) -> Sequence[str]:
        """The key variables of the dataset behind the subject, without its sequence variable."""

    def domain(self) -> str:
        """The two letters of the dataset's domain."""

    def criteria(self, name: str) -> Sequence[CriteriaRow]:
        """The rows of a set of graded criteria, in order."""

    def supply(self, function: str, kind: str, name: str) -> Any:
        """What the engine hands to a derivation for a parameter of `kind` (Codelist, Units).

        `name` is the codelist that the call names, empty for that of the variable being filled.
        """
