"""What a name means in each kind of cell: in a record's rules, before its Where, in a raw table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from language.errors import ExpressionError, closest
from language.parse import with_prefix
from language.scope import CriteriaRow
from language.tree import CONDITION, NUMBER, TEXT, Column, Constant, Node
from specs.rules import prefix

if TYPE_CHECKING:
    from specs.check import Compiler

KEY = "USUBJID"
_MISSING = ("NULL", "NA", "NAN", "NONE")


def constant(value: str | float | bool) -> Constant:
    """A constant of study.toml as a node."""
    if isinstance(value, bool):
        return Constant(value, CONDITION)
    return Constant(float(value), NUMBER) if isinstance(value, (int, float)) else Constant(value, TEXT)


class BaseScope:
    """What all scopes share: constants, criteria, codelists, tables to aggregate over."""

    block = False
    dataset = ""
    target = ""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler

    def is_table(self, name: str) -> bool:
        return name not in self.joins() and self.compiler.is_table(self.dataset, name)

    def joins(self) -> set[str]:
        return set()

    def is_name(self, name: str) -> bool:
        try:
            self.bare(name)
        except ExpressionError:
            return False
        return True

    def bare(self, name: str) -> Node:
        raise NotImplementedError

    def is_source(self, name: str) -> bool:
        return False

    def many(self, table: str) -> bool:
        return not self.compiler.one_row(self.dataset, table)

    def has_subject(self, table: str) -> bool:
        return self.compiler.has_subject(self.dataset, table)

    def inner(self, table: str, name: str) -> Column:
        return Column("inner", table, name, self.compiler.column_type(self.dataset, table, name))

    def join(self, name: str) -> None:
        if name not in self.joins():
            raise ExpressionError(f"{self.dataset or 'this table'} has no join {name!r}", closest(name, self.joins()))

    def sequence_keys(self) -> Sequence[str]:
        found = self.compiler.spec.datasets.get(self.dataset)
        keys = found.key_variables if found else ()
        own = f"{prefix(self.dataset)}SEQ"
        return [name for name in keys if name not in ("STUDYID", KEY, own, self.target)]

    def domain(self) -> str:
        return prefix(self.dataset)

    def criteria(self, name: str) -> Sequence[CriteriaRow]:
        letters = prefix(self.dataset)
        found = self.compiler.supplies.criteria(name)
        return [CriteriaRow(with_prefix(r.where, letters), with_prefix(r.value, letters), r.issue) for r in found]

    def supply(self, function: str, kind: str, name: str) -> Any:
        if kind == "Units":
            return self.compiler.supplies.units()
        if not name:
            variable = self.compiler.spec.variables.get((self.dataset, self.target))
            name = variable.codelist if variable else ""
            if not name:
                raise ExpressionError(
                    f"{function}: {self.target or 'this cell'} has no codelist", "name one: codelist='NY'"
                )
        return self.compiler.supplies.codelist(name)

    def unknown(self, name: str, valid: set[str], where: str = "") -> ExpressionError:
        """What to say of a bare name that stands for nothing."""
        if name.upper() in _MISSING:
            return ExpressionError(f"unknown name {name!r}", "a missing value is None, and missing(X) asks for one")
        hint = closest(name, valid | set(self.compiler.spec.study.constants))
        if self.is_table(name):
            hint = f"{name} is a table: write {name}.X, or count({name})"
        elif name in self.joins():
            hint = f"{name} is a join: write {name}.X, or exists({name})"
        return ExpressionError(f"unknown name {name!r}{where}", hint)

    def subject_row(self, table: str, name: str) -> Column:
        """`T.X` of the one row of the subject; an error when there may be several rows."""
        kind = self.compiler.column_type(self.dataset, table, name)
        if table == self.dataset and self.many(table):
            raise ExpressionError(f"{table}.{name} outside an aggregate is not one value", f"write {name}")
        if self.many(table):
            raise ExpressionError(
                f"{table} may have several rows per subject, so {table}.{name} is not one value",
                f"aggregate it (first, last, only, min, max ...) or pick a row of {table} in Joins",
            )
        return Column("subject", table, name, kind)


class RecordScope(BaseScope):
    """A rule of a dataset, in the records of one block.

    `candidate`: before the block's Where has chosen. There a source column comes before a variable of its name, which
    is still to be computed, but for the variables that Expand fills (`expanded`).
    """

    def __init__(
        self,
        compiler: Compiler,
        dataset: str,
        block: str,
        target: str = "",
        windowed: bool = False,
        candidate: bool = False,
    ) -> None:
        super().__init__(compiler)
        self.dataset, self.target, self.block, self.candidate = dataset, target, windowed, candidate
        self.name = block
        self.source, self.own_source = compiler.source_of(dataset, block)
        self.expanded = compiler.blocks.expanded(dataset, block) if candidate else ()

    def within(self, expanded: tuple[str, ...]) -> RecordScope:
        """The scope of a part of Expand, to which the parts before it have given `expanded`."""
        found = RecordScope(self.compiler, self.dataset, self.name, self.target, self.block, self.candidate)
        found.expanded = expanded
        return found

    def joins(self) -> set[str]:
        return set(self.compiler.blocks.joins(self.dataset))

    def is_source(self, name: str) -> bool:
        return name == self.source

    def bare(self, name: str) -> Node:
        compiler = self.compiler
        own = name in compiler.own_variables(self.dataset) and name != self.target
        column = compiler.has_column(self.dataset, self.source, name)
        if own and (name in self.expanded or not (self.candidate and column)):
            return Column("own", self.dataset, name, compiler.variable_type(self.dataset, name))
        if column:
            kind = compiler.column_type(self.dataset, self.source, name)
            return Column("source", self.source, name, kind)
        if name in compiler.spec.study.constants:
            return constant(compiler.spec.study.constants[name])
        if name == KEY:
            return Column("key", "", KEY, TEXT)
        if name == self.target:
            raise ExpressionError(
                f"in a rule that fills {name}, {name} is the column of {self.source}, which has none of that name",
                closest(name, compiler.columns_of(self.dataset, self.source)),
            )
        valid = set(compiler.own_variables(self.dataset)) | set(compiler.columns_of(self.dataset, self.source))
        several = len(compiler.blocks.names.get(self.dataset, ())) > 1
        raise self.unknown(name, valid, f" in block {self.name} (from {self.source})" if several else "")

    def attribute(self, table: str, name: str) -> Column:
        if table == self.source:
            kind = self.compiler.column_type(self.dataset, table, name)
            return Column("source", table, name, kind)
        if table in self.joins():
            source = self.compiler.join_row(self.dataset, table).source
            self.compiler.need_join(self.dataset, self.name, table, self.candidate)
            return Column("join", table, name, self.compiler.column_type(self.dataset, source, name))
        if self.compiler.is_table(self.dataset, table):
            return self.subject_row(table, name)
        raise ExpressionError(
            f"{table!r} is no table, dataset, block or join",
            closest(table, self.joins() | self.compiler.table_names(self.dataset)),
        )

    def join(self, name: str) -> None:
        super().join(name)
        self.compiler.need_join(self.dataset, self.name, name, self.candidate)


class TableScope(BaseScope):
    """A row of a raw table: intake and checks."""

    def __init__(self, compiler: Compiler, table: str) -> None:
        super().__init__(compiler)
        self.table = table

    def is_source(self, name: str) -> bool:
        return name == self.table

    def bare(self, name: str) -> Node:
        columns = self.compiler.inputs[self.table].columns
        if name in columns:
            return Column("source", self.table, name, columns[name])
        if name in self.compiler.spec.study.constants:
            return constant(self.compiler.spec.study.constants[name])
        if name == KEY:
            return Column("key", "", KEY, TEXT)
        raise self.unknown(name, set(columns))

    def attribute(self, table: str, name: str) -> Column:
        if table == self.table:
            return Column("source", table, name, self.compiler.column_type("", table, name))
        if self.compiler.is_table("", table):
            return self.subject_row(table, name)
        raise ExpressionError(f"{table!r} is no table", closest(table, set(self.compiler.inputs)))


class DatasetScope(RecordScope):
    """A check on a dataset: its variables only, over all its records."""

    def __init__(self, compiler: Compiler, dataset: str) -> None:
        BaseScope.__init__(self, compiler)
        self.dataset, self.target, self.block, self.candidate = dataset, "", False, False
        self.name, self.source, self.own_source = "", "", False

    def joins(self) -> set[str]:
        return set()

    def bare(self, name: str) -> Node:
        compiler = self.compiler
        if name in compiler.own_variables(self.dataset):
            return Column("own", self.dataset, name, compiler.variable_type(self.dataset, name))
        if name in compiler.spec.study.constants:
            return constant(compiler.spec.study.constants[name])
        if name == KEY:
            return Column("key", "", KEY, TEXT)
        raise self.unknown(name, set(compiler.own_variables(self.dataset)))
