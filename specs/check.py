"""`build check`: resolves every expression of a stage and finds the order of computing, before data are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from derivations.assign_ct import fold
from derivations.registry import Codelist, Units
from language import ranging
from language.parse import ExpressionError, parse
from language.resolve import Resolver, closest, resolve, resolve_condition, resolve_keys
from language.tree import ISO, NUMBER, TEXT, Node
from language.types import type_of
from specs.blocks import Blocks
from specs.compiled import CompiledJoin, CompiledRule, CompiledStage, InputTable
from specs.model import Join, Spec
from specs.order import steps_in_order
from specs.problem import Place, Problem, SpecError, nearest
from specs.rules import Instance, instances, prefix
from specs.scopes import RecordScope
from specs.variables import VariableTypes

_ISO_TYPES = ("date", "datetime", "partialDate", "partialDatetime", "incompleteDatetime")


def compile_stage(spec: Spec, inputs: Mapping[str, InputTable]) -> CompiledStage:
    """The stage with every expression resolved.

    `inputs` are the tables that the stage reads, with the columns of their headers. Raises SpecError with all
    faults together.
    """
    return Compiler(spec, inputs).stage()


def declared_type(spec: Spec, dataset: str, name: str) -> str:
    """The type of a variable by its row in Variables, or "" without one."""
    variable = spec.variables.get((dataset, name)) or spec.variables.get((f"SUPP{dataset}", name))
    if variable is None:
        return ""
    if variable.numeric:
        return NUMBER
    return ISO if variable.data_type in _ISO_TYPES else TEXT


class Compiler:
    """Holds what the scopes ask for while the expressions of a stage are resolved."""

    def __init__(self, spec: Spec, inputs: Mapping[str, InputTable]) -> None:
        self.spec = spec
        self.inputs = dict(inputs)
        self.problems: list[Problem] = []
        self.blocks = Blocks(self)
        self.types = VariableTypes(self)
        self.instances: dict[str, list[Instance]] = {name: list(instances(spec, name)) for name in self.blocks.datasets}
        self.compiled: dict[tuple[str, str, str], tuple[CompiledRule, ...]] = {}
        self.found_joins: dict[tuple[str, str, str, bool], CompiledJoin | None] = {}

    def stage(self) -> CompiledStage:
        """Resolve everything, then order it; raises SpecError."""
        from specs.checks import compile_checks, compile_tables

        tables = compile_tables(self)
        blocks = self.blocks.compile()
        for dataset, names in self.blocks.names.items():
            for block in names:
                for variable in self.own_variables(dataset):
                    self.rules(dataset, block, variable)
        events = self.blocks.compile_events()
        self._unused_joins()
        checks = compile_checks(self)
        self._raise()
        joins = {key: join for key, join in self.found_joins.items() if join is not None}
        types = {(d, v): self.variable_type(d, v) for d in self.blocks.datasets for v in self.own_variables(d)}
        stage = CompiledStage(
            self.spec, self.inputs, tables, blocks, self.compiled, joins, events, checks, types, ()
        )
        return steps_in_order(stage)

    def _raise(self) -> None:
        if self.problems:
            raise SpecError(self.problems)

    def add(self, place: Place, message: str, hint: str = "") -> None:
        self.problems.append(Problem(place, message, hint))

    def attempt(self, place: Place, work: Callable[[], Any]) -> Any:
        """The result of `work`, or None after its fault was noted at `place`."""
        try:
            return work()
        except ExpressionError as error:
            self.add(place, error.message, error.hint)
            return None

    # --- names -----------------------------------------------------------------------------------------

    def prefix(self, dataset: str) -> str:
        return prefix(dataset)

    def table_names(self, dataset: str) -> set[str]:
        return {*self.inputs, *self.blocks.datasets, *self.blocks.groups(dataset)}

    def is_table(self, dataset: str, name: str) -> bool:
        return name in self.inputs or name in self.blocks.datasets or name in self.blocks.groups(dataset)

    def own_block(self, dataset: str, name: str) -> bool:
        return name in self.blocks.groups(dataset)

    def has_subject(self, table: str) -> bool:
        found = self.inputs.get(table)
        return found.has_subject if found and table not in self.blocks.datasets else True

    def one_row(self, dataset: str, table: str) -> bool:
        """True when a subject has at most one row in a table: known from the keys, before data are read."""
        if self.own_block(dataset, table):
            return self._only_subject(dataset, ("PARAMCD", "PARAM", "PARAMN"))
        if table in self.blocks.datasets:
            return self._only_subject(table, ())
        found = self.inputs.get(table)
        return found is not None and found.one_row

    def _only_subject(self, dataset: str, constants: tuple[str, ...]) -> bool:
        known = self.spec.datasets.get(dataset)
        keys = set(known.key_variables if known else ()) - {"STUDYID", *constants}
        return keys == {"USUBJID"}

    def own_variables(self, dataset: str) -> dict[str, None]:
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
        return name in self.columns_of(dataset, table)

    def column_type(self, dataset: str, table: str, name: str) -> str:
        """The type of `T.X`; raises ExpressionError when T has no such column."""
        if not self.has_column(dataset, table, name):
            known = set(self.columns_of(dataset, table))
            if name == "USUBJID" and self.is_table(dataset, table):
                return TEXT
            if not self.is_table(dataset, table):
                raise ExpressionError(
                    f"{table!r} is no table, dataset or block", closest(table, self.table_names(dataset))
                )
            raise ExpressionError(f"{table} has no column {name!r}", closest(name, known))
        if self.own_block(dataset, table):
            return self.variable_type(dataset, name)
        if table in self.blocks.datasets:
            return self.variable_type(table, name)
        return self.inputs[table].columns[name]

    def variable_type(self, dataset: str, name: str) -> str:
        return self.types.of(dataset, name)

    def source_of(self, dataset: str, block: str) -> tuple[str, bool]:
        return self.blocks.source(dataset, block)

    # --- joins -----------------------------------------------------------------------------------------

    def joins_of(self, dataset: str) -> set[str]:
        return {join.name for join in self.spec.joins if dataset in self.blocks.join_datasets(join)}

    def join_row(self, dataset: str, name: str) -> Join:
        return next(
            join
            for join in self.spec.joins
            if join.name == name and dataset in self.blocks.join_datasets(join)
        )

    def need_join(self, dataset: str, block: str, name: str, candidate: bool) -> None:
        """Resolve a join for a block when an expression first uses it."""
        key = (dataset, block, name, candidate)
        if key in self.found_joins:
            return
        self.found_joins[key] = None
        row = self.join_row(dataset, name)
        scope = RecordScope(self, dataset, block, candidate=candidate)

        def work() -> CompiledJoin:
            if not self.is_table(dataset, row.source):
                raise ExpressionError(
                    f"{row.source!r} is no table, dataset or block", closest(row.source, self.table_names(dataset))
                )
            where = parse(row.where) if row.where else None
            match = ranging.match(Resolver(scope), row.source, row.by, where, False)
            order = Resolver(scope, row.source).keys(parse(f"({row.order},)")) if row.order else ()
            if row.pick not in ("", "first", "last"):
                raise ExpressionError(f"Pick is first or last, not {row.pick!r}")
            if row.pick and not order:
                raise ExpressionError("Pick needs Order")
            return CompiledJoin(match, order, row.pick or "first", row)

        self.found_joins[key] = self.attempt(row.at("Where") if row.where else row.place, work)

    def _unused_joins(self) -> None:
        used = {(dataset, name) for dataset, _, name, _ in self.found_joins}
        for row in self.spec.joins:
            for dataset in self.blocks.join_datasets(row):
                if (dataset, row.name) not in used and self.blocks.names.get(dataset):
                    self.need_join(dataset, self.blocks.names[dataset][0], row.name, False)

    # --- rules -----------------------------------------------------------------------------------------

    def rules(self, dataset: str, block: str, variable: str) -> tuple[CompiledRule, ...]:
        """The rules that may fill a variable in a block, by rank."""
        key = (dataset, block, variable)
        if key not in self.compiled:
            self.compiled[key] = ()
            names = (block, self.blocks.group(dataset, block))
            rows = [
                row
                for row in self.instances[dataset]
                if row.variable == variable and (not row.block or row.block in names)
            ]
            rows.sort(key=lambda row: row.rank)
            found = [self.rule(dataset, block, row) for row in rows]
            self.compiled[key] = tuple(rule for rule in found if rule is not None)
        return self.compiled[key]

    def rule(self, dataset: str, block: str, row: Instance, check_type: bool = True) -> CompiledRule | None:
        scope = RecordScope(self, dataset, block, row.variable, bool(row.block))
        where = None
        if row.where:
            where = self.attempt(row.where_place, lambda: resolve_condition(parse(row.where), scope))
        value = self.attempt(row.place, lambda: self.types.value(scope, row, check_type))
        if value is None:
            return None
        text = row.expression or repr(row.fixed or row.test)
        return CompiledRule(row.variable, where, value, row.rank, row.place, text, row.where)

    def condition(self, scope: RecordScope, text: str, place: Place) -> Node | None:
        if not text:
            return None
        found: Node | None = self.attempt(place, lambda: resolve_condition(parse(text), scope))
        return found

    def keys(self, scope: RecordScope, text: str, place: Place) -> tuple[Any, ...]:
        if not text:
            return ()
        found = self.attempt(place, lambda: resolve_keys(parse(f"({text},)"), scope))
        return found or ()

    def expression(self, scope: RecordScope, text: str, place: Place) -> Node | None:
        found: Node | None = self.attempt(place, lambda: resolve(parse(text), scope))
        return found

    # --- what derivations are handed -------------------------------------------------------------------

    def units(self) -> Units:
        return self._units

    @cached_property
    def _units(self) -> Units:
        factors = {
            (row.test_code, row.collected_unit, row.standard_unit): row.factor or row.exact
            for row in self.spec.units
        }
        decimals = {
            row.test_code: int(float(row.decimals)) for row in self.spec.tests if row.decimals.strip()
        }
        return Units(factors, decimals)

    def codelist(self, name: str) -> Codelist:
        found = self.spec.codelists.get(name)
        if found is None:
            raise ExpressionError(f"there is no codelist {name!r}", nearest(name, self.spec.codelists))
        if name not in self._codelists:
            rows = [row for row in self.spec.collected if row.codelist == name]
            items: dict[str, dict[str, str]] = {}
            for row in rows:
                if row.item:
                    items.setdefault(row.item, {})[fold(row.value)] = row.term
            general = {fold(row.value): row.term for row in rows if not row.item}
            terms = tuple(term.term for term in found.terms)
            self._codelists[name] = Codelist(name, terms, found.decodes(), general, items)
        return self._codelists[name]

    @cached_property
    def _codelists(self) -> dict[str, Codelist]:
        return {}


def typed_as(node: Node, wanted: str) -> bool:
    """True when an expression may fill a variable of type `wanted`."""
    kind = type_of(node)
    return kind in (wanted, "none") or {kind, wanted} == {TEXT, ISO}
