"""What ranges over all subjects, where a stage is run on parts of them (specs.crossing says what that is).

Each part gives the columns that are read; put together in the order of the whole study they are matched, counted and
ranked once; each part is handed what it asks for. Nothing else of a rule differs between a part and the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.aggregates import over_own, over_window
from engine.columns import Array, Column, Text, concat, take
from engine.context import Context
from engine.contexts import DatasetContext, RecordContext
from engine.evaluate import condition, evaluate, typed
from engine.origins import order_keys
from engine.table_context import TableContext
from engine.views import View
from language import tree
from language.types import type_of
from specs.crossing import RecordsNeed, TableNeed

if TYPE_CHECKING:
    from engine.run import Run

SUBJECT, ORDER, LINE = "#subject", "#order", "#line"
Columns = dict[str, Column]


@dataclass(frozen=True)
class Wide:
    """What a part is told of the whole study: rows of tables, and the values of its own records."""

    tables: Mapping[tuple[str, str], View] = field(default_factory=dict)
    records: Mapping[RecordsNeed, Column] = field(default_factory=dict)

    def view(self, owner: str, here: View) -> View:
        """The rows of a table of the whole study, of which this part has `here`; a look-up table is whole already."""
        found = self.tables.get((owner, here.name))
        if found is None and (here.subject >= 0).any():
            raise RuntimeError(f"{here.name} is matched without its subject, but only a part of it is known")
        return here if found is None else found

    def value(
        self, dataset: str, block: str, table: str, node: tree.Aggregate | tree.Window, subject: Array, handed: Array
    ) -> Column | None:
        """An aggregate or window for the records of a part; missing for those that another part hands over (False in
        `handed`). None where it does not range over all subjects."""
        if not node.subjects_all or not (subject >= 0).any():
            return None
        found = self.records.get(RecordsNeed(dataset, block, table, node))
        if found is None:
            raise RuntimeError(f"{node.function} ranges over all subjects, but only a part of them is known")
        return found if handed.all() else take(found, np.where(handed, np.cumsum(handed) - 1, -1))


# --- in a part ------------------------------------------------------------------------------------------


def rows_of(run: Run, need: TableNeed) -> Columns:
    """The columns of a table that a part has of it, with subject and order of each row."""
    view = run.view(need.owner, need.table)
    rows = np.flatnonzero(run.handed(view.subject))
    found = {name: take(view.column(name), rows) for name in sorted(need.columns)}
    table = run.tables.get(need.table) if not need.owner and need.table not in run.stage.blocks else None
    if table is not None:
        found[LINE] = table.lines[rows].astype(float)
    keys = _order_of_view(run, need)[rows]
    return found | _subject(run, view.subject[rows]) | _named(keys)


def _order_of_view(run: Run, need: TableNeed) -> Array:
    dataset = need.owner or need.table
    if not need.owner and need.table not in run.stage.blocks:
        return run.tables[need.table].positions[:, None]
    blocks = run.own_blocks(need.owner, need.table) if need.owner else run.blocks(need.table)
    return _stacked([order_keys(run, dataset, b, np.arange(run.records(dataset, b).count)) for b in blocks])


def records_of(run: Run, need: RecordsNeed) -> Columns:
    """What an aggregate or window reads of the records that a part has, with subject and order of each."""
    context, subject, keys = _context(run, need)
    rows = np.flatnonzero(run.handed(subject))
    found: Columns = {}
    for name, node in _parts(need.node).items():
        column = condition(node, context) if name == "where" else evaluate_part(node, context)
        found[name] = take(column, rows)
    return found | _subject(run, subject[rows]) | _named(keys[rows])


def evaluate_part(node: tree.Node, context: Context) -> Column:
    """An expression as the aggregate would evaluate it: a missing constant takes on its type."""
    return typed(node, context, type_of(node)) if isinstance(node, tree.Constant) else evaluate(node, context)


def _context(run: Run, need: RecordsNeed) -> tuple[Context, Array, Array]:
    """The rows that a need ranges over, their subjects, and the keys that order them in the study."""
    if need.table:
        table = run.tables[need.table]
        return TableContext(table, run), table.subject, table.positions[:, None]
    blocks = [need.block] if need.block else run.blocks(need.dataset)
    keys = _stacked([order_keys(run, need.dataset, b, np.arange(run.records(need.dataset, b).count)) for b in blocks])
    if need.block:
        one = RecordContext(run, need.dataset, need.block)
        return one, one.subject(), keys
    every = DatasetContext(run, need.dataset)
    return every, every.subject(), keys


def _parts(node: tree.Aggregate | tree.Window) -> dict[str, tree.Node]:
    """The expressions that an aggregate or window evaluates for each record, by the names of their columns."""
    found = {f"value{place}": part for place, part in enumerate(node.values)}
    found |= {f"by{place}": part for place, part in enumerate(node.by)}
    found |= {f"order{place}": key.node for place, key in enumerate(node.order)}
    return found | ({"where": node.where} if node.where is not None else {})


def _subject(run: Run, subject: Array) -> Columns:
    return {SUBJECT: run.subjects.take(subject.astype(np.int64))}


def _named(keys: Array) -> Columns:
    return {f"{ORDER}{place}": keys[:, place] for place in range(keys.shape[1])}


def _stacked(parts: Sequence[Array]) -> Array:
    width = max((part.shape[1] for part in parts), default=1)
    return np.concatenate([np.pad(part, ((0, 0), (0, width - part.shape[1]))) for part in parts] or [np.empty((0, 1))])


# --- of the whole study ---------------------------------------------------------------------------------


def together(parts: Sequence[Columns]) -> tuple[Columns, Array]:
    """The columns of all parts in the order of the study; and which row of the parts, one behind the other, each is."""
    names = list(dict.fromkeys(name for part in parts for name in part))
    counts = [len(part[SUBJECT]) for part in parts]
    keys = [name for name in names if name.startswith(ORDER)]
    joined: Columns = {}
    for name in names:
        zeros = name in keys
        joined[name] = concat([
            part[name] if name in part else np.zeros(count, np.int64) if zeros else Text.missing(count)
            for part, count in zip(parts, counts)
        ])  # fmt: skip
    order = np.lexsort([np.asarray(joined.pop(name)) for name in reversed(keys)])
    return {name: take(column, order) for name, column in joined.items()}, order


def whole_view(need: TableNeed, columns: Columns) -> View:
    """The rows of a table of the whole study, from their columns in its order."""
    names, subject = subjects_of(columns[SUBJECT])
    lines = columns.get(LINE)
    found = View(need.table, len(subject), subject, lambda name: columns[name])
    found.names, found.lines = names, None if lines is None else np.asarray(lines).astype(np.int64)
    return found


def subjects_of(column: Column) -> tuple[Array, Array]:
    """The subjects, sorted, and the code of each row, -1 for none."""
    assert isinstance(column, Text)
    names = np.array(sorted(column.dictionary.values.tolist()), dtype=object)
    ranks = column.dictionary.ranks
    return names, ranks[column.codes].astype(np.int32)


class Held(Context):
    """Rows whose columns are given by name; what stands in place of an expression names its column."""

    def __init__(self, columns: Mapping[str, Column], subject: Array, names: Array) -> None:
        self.columns, self.subject, self.names, self.count = columns, subject, names, len(subject)

    def column(self, node: tree.Column) -> Column:
        return self.columns[node.name]

    def aggregate(self, node: tree.Aggregate) -> Column:
        return over_own(node, self, self.subject, self.names)

    def window(self, node: tree.Window) -> Column:
        return over_window(node, self, self.subject, self.names, [np.arange(self.count, dtype=float)])


def stand_in(name: str, node: tree.Node) -> tree.Column:
    """A name of a column in place of an expression."""
    return tree.Column("own", "", name, type_of(node))


def with_stand_ins(node: tree.Aggregate | tree.Window, prefix: str = "") -> tree.Aggregate | tree.Window:
    """An aggregate or window over given columns in place of its expressions."""
    named = {name: stand_in(prefix + name, part) for name, part in _parts(node).items()}
    return replace(
        node,
        values=tuple(named[f"value{place}"] for place in range(len(node.values))),
        by=tuple(named[f"by{place}"] for place in range(len(node.by))),
        order=tuple(replace(key, node=named[f"order{place}"]) for place, key in enumerate(node.order)),
        where=named.get("where"),
    )


def whole_records(need: RecordsNeed, parts: Sequence[Columns]) -> list[Column]:
    """The values of an aggregate or window for the records of each part."""
    columns, order = together(parts)
    names, subject = subjects_of(columns[SUBJECT])
    found = evaluate(with_stand_ins(need.node), Held(columns, subject, names))
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    values = take(found, back)
    ends = np.cumsum([len(part[SUBJECT]) for part in parts])
    return [take(values, np.arange(end - len(part[SUBJECT]), end)) for end, part in zip(ends.tolist(), parts)]
