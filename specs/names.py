"""What the names of a stage stand for: tables, datasets, blocks, their columns and the types of these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from language.errors import ExpressionError, closest
from language.tree import ISO, NUMBER, TEXT
from specs.blocks import Blocks, Draft
from specs.compiled import InputTable
from specs.model import Parameter, Spec
from specs.rules import Instance, instances
from specs.variables import VariableTypes

KEY = "USUBJID"
_ISO_TYPES = ("date", "datetime", "partialDate", "partialDatetime", "incompleteDatetime")
_BLOCK_CONSTANTS = ("PARAMCD", "PARAM", "PARAMN")


def declared_type(spec: Spec, dataset: str, name: str) -> str:
    """The type of a variable by its row in Variables, or "" without one."""
    variable = spec.variables.get((dataset, name)) or spec.variables.get((f"SUPP{dataset}", name))
    if variable is None:
        return ""
    if variable.numeric:
        return NUMBER
    return ISO if variable.data_type in _ISO_TYPES else TEXT


class Names:
    """The tables, blocks and variables of a stage, by name."""

    def __init__(self, spec: Spec, inputs: Mapping[str, InputTable]) -> None:
        self.spec = spec
        self.inputs = dict(inputs)
        self.blocks = Blocks(spec)
        self.instances: dict[str, list[Instance]] = {name: list(instances(spec, name)) for name in self.blocks.datasets}
        self._of_variable: dict[tuple[str, str], list[Instance]] = {}
        for dataset, found in self.instances.items():
            for one in found:
                self._of_variable.setdefault((dataset, one.variable), []).append(one)
        self.types = VariableTypes(self)

    def instances_of(self, dataset: str, variable: str) -> list[Instance]:
        """The rules of a variable of a dataset, for any of its blocks."""
        return self._of_variable.get((dataset, variable), [])

    def table_names(self, dataset: str) -> set[str]:
        """Every name of a table, as seen from a dataset."""
        return {*self.inputs, *self.blocks.datasets, *self.blocks.groups(dataset)}

    def is_table(self, dataset: str, name: str) -> bool:
        """True for a table, a dataset of the stage or a block of the dataset."""
        return name in self.inputs or name in self.blocks.datasets or name in self.blocks.groups(dataset)

    def need_table(self, dataset: str, name: str) -> None:
        """Raises ExpressionError, with the nearest name, for what is no table, dataset or block."""
        if not self.is_table(dataset, name):
            raise ExpressionError(f"{name!r} is no table, dataset or block", closest(name, self.table_names(dataset)))

    def own_block(self, dataset: str, name: str) -> bool:
        """True for a block of the dataset."""
        return name in self.blocks.groups(dataset)

    def has_subject(self, dataset: str, table: str) -> bool:
        """False for look-up tables and for what is made from them alone."""
        return self._has_subject(dataset, table, frozenset())

    def _has_subject(self, dataset: str, table: str, seen: frozenset[tuple[str, str]]) -> bool:
        owner, drafts = self._drafts(dataset, table)
        if not drafts:
            found = self.inputs.get(table)
            return found is None or found.has_subject
        if (owner, table) in seen:
            return False
        seen |= {(owner, table)}
        return any(self._has_subject(owner, draft.source, seen) for draft in drafts)

    def one_row(self, dataset: str, table: str) -> bool:
        """True when a subject has at most one row in a table: known from the keys, before data are read."""
        return self._one_row(dataset, table, frozenset())

    def _one_row(self, dataset: str, table: str, seen: frozenset[tuple[str, str]]) -> bool:
        owner, drafts = self._drafts(dataset, table)
        if table in self.inputs and not drafts:
            return self.inputs[table].one_row
        parameter = len(drafts) == 1 and isinstance(drafts[0].row, Parameter) and self.own_block(dataset, table)
        constants = _BLOCK_CONSTANTS if parameter else ()
        if self._keyed_by_subject(owner, constants):
            return True
        if len(drafts) != 1 or (owner, table) in seen:
            return False
        row = drafts[0].row
        if row.one_per.strip() == KEY:
            return True
        if row.expand:
            return False
        return self._one_row(owner, drafts[0].source, seen | {(owner, table)})

    def _drafts(self, dataset: str, table: str) -> tuple[str, list[Draft]]:
        """The blocks behind a table name, and the dataset that they are of."""
        if self.own_block(dataset, table):
            return dataset, self.blocks.of_group(dataset, table)
        return table, list(self.blocks.drafts.get(table, {}).values())

    def _keyed_by_subject(self, dataset: str, constants: tuple[str, ...]) -> bool:
        known = self.spec.datasets.get(dataset)
        return set(known.key_variables if known else ()) - {"STUDYID", *constants} == {KEY}

    def own_variables(self, dataset: str) -> dict[str, None]:
        """The variables of a dataset of the stage, working ones too."""
        return self._own.get(dataset, {})

    @cached_property
    def _own(self) -> dict[str, dict[str, None]]:
        found = {}
        for dataset in self.blocks.datasets:
            names = dict.fromkeys(v.variable for v in self.spec.variables_of(dataset))
            names |= dict.fromkeys(i.variable for i in self.instances[dataset])
            names |= dict.fromkeys(self.blocks.filled(dataset))
            found[dataset] = names
        return found

    def columns_of(self, dataset: str, table: str) -> Iterable[str]:
        """The columns of a table as seen from a dataset (a block of it comes before a table of the same name)."""
        if self.own_block(dataset, table):
            return self.own_variables(dataset)
        if table in self.blocks.datasets:
            return self.own_variables(table)
        return self.inputs[table].columns if table in self.inputs else ()

    def has_column(self, dataset: str, table: str, name: str) -> bool:
        """True when a table, as seen from a dataset, has the column."""
        return name in self.columns_of(dataset, table)

    def column_type(self, dataset: str, table: str, name: str) -> str:
        """The type of `T.X`; raises ExpressionError when T has no such column."""
        self.need_table(dataset, table)
        if not self.has_column(dataset, table, name):
            if name == KEY and self.has_subject(dataset, table):
                return TEXT
            raise ExpressionError(f"{table} has no column {name!r}", closest(name, self.columns_of(dataset, table)))
        if self.own_block(dataset, table):
            return self.variable_type(dataset, name)
        if table in self.blocks.datasets:
            return self.variable_type(table, name)
        return self.inputs[table].columns[name]

    def variable_type(self, dataset: str, name: str) -> str:
        """The type of a variable, declared or inferred from its rules."""
        return self.types.of(dataset, name)

    def source_of(self, dataset: str, block: str) -> tuple[str, bool]:
        """The From of a block, and whether it is a block of the same dataset."""
        return self.blocks.source(dataset, block)
