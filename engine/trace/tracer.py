"""Explains values of a stage that ran: each by the rule that filled it, down to the tables that the stage reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from engine.evaluate import condition
from engine.issues import texts
from engine.run import Run
from engine.trace import events, expansion
from engine.trace.expressions import expression
from engine.trace.node import LOOKUP, RULE, VALUE, VARIABLE, WHY, Node, cell
from engine.trace.spots import RecordSpot, Spot
from engine.views import Table
from language.tree import TEXT, Column
from specs.blocks import NONE_ROWS
from specs.compiled import CompiledRule
from specs.model import Criterion
from specs.problem import Place
from specs.rules import prefix
from specs.supplies import Supplies


class Outside(Protocol):
    """What lies beyond a stage: the tables that it reads."""

    def cell(self, table: Table, row: int, column: str, kind: str) -> Node:
        """A value of a table, which is no look-up."""

    def key(self, table: Table, row: int) -> Node:
        """The subject key of a row of a table."""

    def row(self, table: Table, row: int) -> Node:
        """A row of a table, with what is known of how it came to count."""


class Tracer:
    """Explains the values of one run. Steps are made when they are asked for, each once."""

    def __init__(self, run: Run, outside: Outside) -> None:
        self.run, self.stage, self.spec, self.outside = run, run.stage, run.stage.spec, outside
        self._known: dict[tuple[str, str, int, str], Node] = {}
        self._labels: dict[tuple[str, str, int], str] = {}

    # --- records ---------------------------------------------------------------------------------------

    def value(self, dataset: str, block: str, row: int, name: str) -> Node:
        """A variable of a record of a block."""
        key = (dataset, block, row, name)
        if key not in self._known:
            self._known[key] = self._value(*key)
        return self._known[key]

    def _value(self, dataset: str, block: str, row: int, name: str) -> Node:
        if name == "USUBJID" and (dataset, name) not in self.stage.types:
            return self.key(dataset, block, row)
        spot = RecordSpot(self, dataset, block, row)
        found = cell(self.run.value(dataset, block, name), row)
        if name in self.run.records(dataset, block).filled:
            node = expansion.filled(spot, name, found)
        elif name in events.variables(self.run, dataset, block):
            node = events.filled(spot, name, found)
        else:
            node = self.ruled(spot, dataset, block, name, found)
        node.facts |= {"dataset": dataset, "block": block, "row": row, "variable": name, "stage": self.spec.stage}
        node.facts["record"] = self.label(dataset, block, row)
        return node

    def ruled(self, spot: Spot, dataset: str, block: str, name: str, found: float | str | bool | None) -> Node:
        """A variable that a rule fills: the first, by rank, whose Where holds."""
        tried: list[CompiledRule] = []
        rules = self.stage.rules.get((dataset, block, name), ())
        for rule in rules:
            if bool(condition(rule.where, spot.context)[0]):
                break
            tried.append(rule)
        kind = self.stage.types.get((dataset, name), TEXT)
        node = Node(VARIABLE, f"{dataset}.{name}", found, kind)
        if len(tried) == len(rules):
            node.note = "no rule claims this record, so it is missing" if rules else "no rule fills it in these records"
            node.make = lambda: self._not_held(spot, tried)
            return node
        held = rules[len(tried)]
        node.text, node.place, node.facts["where"] = held.text, held.place, held.where_text
        if isinstance(held.value, Column) and held.value.kind == "test":
            of_test = spot.column(held.value)  # the rule is the cell itself
            node.text, node.place = "", of_test.place or held.place
        node.make = lambda: self._held(spot, held, tried, kind)
        return node

    def _held(self, spot: Spot, held: CompiledRule, tried: Sequence[CompiledRule], kind: str) -> list[Node]:
        found = [expression(held.value, spot, kind).named("value", VALUE)]
        if held.where is not None:
            found.append(expression(held.where, spot).named("where", WHY))
        return found + self._not_held(spot, tried)

    def _not_held(self, spot: Spot, tried: Sequence[CompiledRule]) -> list[Node]:
        return [
            Node(
                RULE, rule.variable, text=rule.text, place=rule.place, role=WHY, slot="tried",
                note="its Where does not hold", facts={"where": rule.where_text},
                make=lambda rule=rule: [expression(rule.where, spot).named("where", WHY)],  # type: ignore[misc]
            )
            for rule in tried
        ]  # fmt: skip

    def key(self, dataset: str, block: str, row: int) -> Node:
        """The subject key of a record: that of the row of a table behind it."""
        tables, rows = self.run.lineage(dataset, block)
        table = self.run.tables[str(tables.objects()[row])]
        return self.outside.key(table, int(rows[row]))

    def label(self, dataset: str, block: str, row: int) -> str:
        """A record in a few words: its dataset, its parameter, and its sequence number or its place among others."""
        key = (dataset, block, row)
        if key not in self._labels:
            self._labels[key] = self._label(*key)
        return self._labels[key]

    def _label(self, dataset: str, block: str, row: int) -> str:
        known = self.spec.datasets.get(dataset)
        parameter = [block] if any((p.dataset, p.paramcd) == (dataset, block) for p in self.spec.parameters) else []
        if known is None:
            return " ".join([dataset, *(parameter or [block]), f"record {row + 1}"])
        sequence = known.sequence or f"{prefix(dataset)}SEQ"
        if (dataset, sequence) in self.stage.types:
            number = texts(self.run.value(dataset, block, sequence)[row : row + 1])[0]  # type: ignore[index]
            return " ".join([dataset, *parameter, sequence, number])
        return " ".join([dataset, *parameter])

    # --- rows that expressions refer to ----------------------------------------------------------------

    def place_of(self, dataset: str, table: str, row: int) -> tuple[str, str, int] | None:
        """The record (dataset, block, row) behind a row of a table as seen from a dataset; None for a table."""
        own = self.run.own_blocks(dataset, table)
        if not own and (table not in self.stage.blocks or table == NONE_ROWS):
            return None
        owner = dataset if own else table
        for block in own or self.run.blocks(table):
            count = self.run.records(owner, block).count
            if row < count:
                return owner, block, row
            row -= count
        raise IndexError(f"{table} has no row {row}")

    def at(self, dataset: str, table: str, row: int, column: str, kind: str = "") -> Node:
        """A column of a row of a table as seen from a dataset; row -1 has no values."""
        if row < 0:
            return Node(VARIABLE, f"{table}.{column}", None, kind, note=f"there is no row of {table}")
        place = self.place_of(dataset, table, row)
        if place is not None:
            return self.value(*place, column)
        return self.input(self.run.tables[table], row, column, kind)

    def input(self, table: Table, row: int, column: str, kind: str = "") -> Node:
        """A value of a table that the stage reads."""
        if column == "USUBJID" and column not in table.columns:
            return self.outside.key(table, row)
        if table.name not in self.spec.lookups:
            return self.outside.cell(table, row, column, kind)
        text = cell(table.columns[column], row)
        value = float(text) if kind == "number" and isinstance(text, str) else text
        place = Place(table.file, int(table.lines[row]), column)
        facts = {"file": table.file, "line": int(table.lines[row]), "column": column, "text": text or ""}
        return Node(LOOKUP, f"{table.name}.{column}", value, kind, place=place, facts=facts)

    def named(self, dataset: str, table: str, row: int) -> str:
        """A row of a table in a few words."""
        place = self.place_of(dataset, table, row)
        if place is not None:
            return self.label(*place)
        return table_row(self.run.tables[table], row)

    def criteria(self, name: str) -> Sequence[Criterion]:
        """The rows of a set of criteria in the order in which they are asked."""
        return Supplies(self.spec).criteria(name)


def table_row(table: Table, row: int) -> str:
    """A row of a table that a stage reads, in a few words."""
    line = int(table.lines[row])
    if table.file.endswith(".xpt"):
        number = texts(table.records.take(np.array([row])))[0] if table.records is not None else ""
        return f"{table.name} {prefix(table.name)}SEQ {number}" if number else f"{table.name} record {line}"
    return f"{table.name} line {line}"
