"""`build check`: resolves every expression of a stage and finds the order of computing, before data are read."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from typing import Any

from language.parse import ExpressionError, parse, parse_list
from language.resolve import resolve_condition, resolve_keys
from language.tree import Key, Node
from specs import candidates, naming
from specs.checks import check_value_level, compile_checks, compile_tables
from specs.collected_items import check_items
from specs.comparisons import comparison_faults
from specs.compile_blocks import compile_blocks
from specs.compile_cuts import compile_cutoff, compile_cuts
from specs.compile_events import compile_events
from specs.compile_joins import compile_join
from specs.compiled import CompiledJoin, CompiledRule, CompiledStage, InputTable
from specs.explanations import check_explanations
from specs.forms import check_forms
from specs.kept import Kept
from specs.literals import literal_faults
from specs.model import Join, Spec
from specs.names import Names, declared_type
from specs.order import steps_in_order
from specs.pieces import with_last_pieces
from specs.problem import Place, Problem, SpecError
from specs.rules import Instance
from specs.scopes import RecordScope
from specs.supplies import Supplies
from specs.unreached import Unreached

_KEPT: Kept[tuple[CompiledStage, Spec, Spec | None]] = Kept()

__all__ = ["Compiler", "compile_stage", "declared_type"]


def compile_stage(spec: Spec, inputs: Mapping[str, InputTable], made_by: Spec | None = None) -> CompiledStage:
    """The stage with every expression resolved.

    `inputs` are the tables that the stage reads, with the columns of their headers; `made_by` is the specification of
    those that another stage makes, whose codelists bound their values. Raises SpecError with all faults together.
    Specifications that are the same objects, with the same inputs, are resolved once.
    """
    key = (id(spec), id(made_by), *((name, *_facts(table)) for name, table in inputs.items()))
    # Both specifications are kept with the stage, so as long as it is kept no others have their identities.
    return _KEPT.get(key, lambda: (Compiler(spec, inputs).stage(made_by), spec, made_by))[0]


def _facts(table: InputTable) -> tuple[Hashable, ...]:
    return (table.name, *table.columns.items(), table.has_subject, table.one_row, table.raw)


class Compiler(Names):
    """Holds what the scopes ask for while the expressions of a stage are resolved, and the faults found."""

    def __init__(self, spec: Spec, inputs: Mapping[str, InputTable]) -> None:
        super().__init__(spec, inputs)
        self.problems: list[Problem] = []
        self.supplies = Supplies(spec)
        self.compiled: dict[tuple[str, str, str], tuple[CompiledRule, ...]] = {}
        self.found_joins: dict[tuple[str, str, str, bool], CompiledJoin | None] = {}
        self.unreached = Unreached()

    def stage(self, made_by: Spec | None = None) -> CompiledStage:
        """Resolve everything, then order it; raises SpecError."""
        self.problems += [*naming.name_faults(self), *self.supplies.unit_faults()]
        self.types.settle()
        tables = compile_tables(self)
        blocks = compile_blocks(self)
        for dataset, names in self.blocks.names.items():
            for block in names:
                for variable in self.own_variables(dataset):
                    self.rules(dataset, block, variable)
        for behind in self.unreached.rows():
            self.rule(behind.dataset, behind.block, behind.row)  # for the faults of its names
            self.problems.append(behind.problem())
        events = compile_events(self)
        self._unused_joins()
        blocks = candidates.complete(self, blocks)
        checks = compile_checks(self)
        check_explanations(self)
        check_value_level(self)
        check_forms(self)
        check_items(self)
        cutoff, cuts = compile_cutoff(self), compile_cuts(self)
        if self.problems:
            raise SpecError(self.problems)
        joins = {key: join for key, join in self.found_joins.items() if join is not None}
        types = {(d, v): self.variable_type(d, v) for d in self.blocks.datasets for v in self.own_variables(d)}
        stage = CompiledStage(self.spec, self.inputs, tables, blocks, self.compiled, joins, events, checks, types, ())
        stage = replace(stage, rules=with_last_pieces(self.compiled), cutoff=cutoff, cuts=cuts)
        if faults := [*literal_faults(stage, made_by), *comparison_faults(stage, made_by)]:
            raise SpecError(faults)
        return steps_in_order(stage)

    # --- faults ----------------------------------------------------------------------------------------

    def add(self, place: Place, message: str, hint: str = "") -> None:
        """Note a fault."""
        self.problems.append(Problem(place, message, hint))

    def attempt(self, place: Place, work: Callable[[], Any]) -> Any:
        """The result of `work`, or None after its fault was noted at `place`."""
        try:
            return work()
        except ExpressionError as error:
            self.add(place, error.message, error.hint)
            return None

    # --- joins -----------------------------------------------------------------------------------------

    def join_row(self, dataset: str, name: str) -> Join:
        """The row of a join of a dataset."""
        return self.blocks.joins(dataset)[name]

    def need_join(self, dataset: str, block: str, name: str, candidate: bool) -> CompiledJoin | None:
        """A join as a block uses it, resolved when an expression first asks for it."""
        key = (dataset, block, name, candidate)
        if key not in self.found_joins:
            self.found_joins[key] = None  # a join may be named in its own Where only by its table
            scope = RecordScope(self, dataset, block, candidate=candidate)
            self.found_joins[key] = compile_join(self, self.join_row(dataset, name), scope)
        return self.found_joins[key]

    def _unused_joins(self) -> None:
        used = {(dataset, name) for dataset, _, name, _ in self.found_joins}
        for dataset, blocks in self.blocks.names.items():
            for name in self.blocks.joins(dataset):
                if (dataset, name) not in used and blocks:
                    self.need_join(dataset, blocks[0], name, False)

    # --- rules -----------------------------------------------------------------------------------------

    def rules(self, dataset: str, block: str, variable: str) -> tuple[CompiledRule, ...]:
        """The rules that may fill a variable in a block, by rank; what can never be reached is left out."""
        key = (dataset, block, variable)
        if key not in self.compiled:
            self.compiled[key] = ()
            found = [self.rule(dataset, block, row) for row in self._reached(dataset, block, variable)]
            self.compiled[key] = tuple(rule for rule in found if rule is not None)
        return self.compiled[key]

    def _reached(self, dataset: str, block: str, variable: str) -> list[Instance]:
        names = ("", *self.blocks.names_of(dataset, block))
        found = [row for row in self.instances_of(dataset, variable) if row.block in names]
        rows = [row.seen_from(names.index(row.block)) for row in found]
        rows.sort(key=lambda row: row.rank)
        whole = next((position for position, row in enumerate(rows) if not row.where), len(rows))
        if whole < len(rows) - 1 and rows[whole + 1].rank == rows[whole].rank:
            first, second = rows[whole], rows[whole + 1]
            self.add(
                second.place,
                f"{variable} is filled for every record here and at {first.place}",
                "give one of them an Order or a Where",
            )
        self.unreached.note(dataset, block, rows, whole)
        return rows[: whole + 1]

    def rule(self, dataset: str, block: str, row: Instance) -> CompiledRule | None:
        """One rule in the records of one block; None after its fault was noted."""
        scope = RecordScope(self, dataset, block, row.variable, bool(row.block))
        before = len(self.problems)
        where = self.condition(scope, row.where, row.where_place)
        value = self.attempt(row.place, lambda: self.types.value(scope, row, True))
        if len(self.problems) > before:
            return None
        text = row.expression or repr(row.fixed or row.test)
        return CompiledRule(row.variable, where, value, row.rank, row.place, text, row.where)

    def condition(self, scope: RecordScope, text: str, place: Place) -> Node | None:
        """A cell that holds a condition; None for a blank one."""
        if not text:
            return None
        found: Node | None = self.attempt(place, lambda: resolve_condition(parse(text), scope))
        return found

    def keys(self, scope: RecordScope, text: str, place: Place) -> tuple[Key, ...]:
        """A cell that holds sort keys or other expressions parted by commas."""
        if not text:
            return ()
        return self.attempt(place, lambda: resolve_keys(parse_list(text), scope)) or ()
