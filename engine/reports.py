"""Issues of a run: each with the raw row, the column and the value that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from derivations.registry import PROBLEM_KINDS, Codelist
from engine.columns import Array, Column, Text, distinct, take
from engine.contexts import RecordContext
from engine.issues import cells, texts
from engine.origins import table_rows
from engine.reversed import first_reversed
from language.tree import Aggregate, Call, Criterion, Node, walk
from language.tree import Column as ColumnNode
from specs.compiled import Block
from specs.terminology import published_hint

if TYPE_CHECKING:
    from engine.run import Run

MESSAGES = {
    **PROBLEM_KINDS,
    "end_before_start": "an interval ends before it starts and counts no day; say in where= which intervals count",
    "not_iso8601": "the text is no date or time of ISO 8601; it is written as it is, and no date is read from it",
    "test_not_mapped": "the collected test has no row in Tests; the row is left out: add it to Collected of Tests",
}


def report_call(
    run: Run, dataset: str, block: str, variable: str, kind: str, rows: Array, node: Call | Criterion | Aggregate
) -> None:
    """Issues of a derivation, a row of Criteria or an aggregate in records of a block: the columns that it reads, their
    values."""
    if isinstance(node, Aggregate):
        named = [part for item in node.values for part in walk(item) if isinstance(part, ColumnNode)]
        column = " | ".join(f"{part.table}.{part.name}" if part.table else part.name for part in named)
        shown = first_reversed(node, RecordContext(run, dataset, block, rows))
        report(run, dataset, block, variable, kind, rows, column, shown)
        return
    parts = list(dict.fromkeys(_columns(node)) if isinstance(node, Criterion) else _columns(node))
    context = RecordContext(run, dataset, block, rows)
    values = [context.column(part) for part in parts]
    shown = cells(values, len(rows))
    more: dict[str, object] = {}
    if isinstance(node, Criterion):
        more = {"message": node.issue}
    elif kind in ("not_mapped", "otherwise_taken") and values:
        more = {"message": _no_term(run, node, kind, values, len(rows))}
    report(run, dataset, block, variable, kind, rows, " | ".join(part.name for part in parts), shown, **more)


def report_read(
    run: Run, dataset: str, block: str, variable: str, kind: str, rows: Array, nodes: Sequence[Node]
) -> None:
    """Issues in records of a block, with the columns that expressions read and their values."""
    parts = list(dict.fromkeys(_read(nodes)))
    context = RecordContext(run, dataset, block, rows)
    shown = cells([context.column(part) for part in parts], len(rows))
    report(run, dataset, block, variable, kind, rows, " | ".join(part.name for part in parts), shown)


def _columns(node: Call | Criterion) -> list[ColumnNode]:
    """The columns of the record that a call or a criterion reads."""
    if isinstance(node, Criterion):
        return _read([node.where] if node.where is not None else [])
    return _read([*node.options.values(), *node.arguments])


def _read(nodes: Sequence[Node]) -> list[ColumnNode]:
    kinds = ("source", "own", "join", "subject")
    return [part for item in nodes for part in walk(item) if isinstance(part, ColumnNode) and part.kind in kinds]


def _no_term(run: Run, node: Call, kind: str, values: list[Column], count: int) -> Array:
    """The message for each record whose collected values have no term, with the term that they may stand for."""
    supplied = next((item for item in node.supplied.values() if isinstance(item, Codelist)), None)
    codelist = run.stage.spec.codelists.get(supplied.id) if supplied else None
    first, codes = distinct(values, count)
    said = []
    for items in zip(*(texts(take(column, first)).tolist() for column in values)):
        hints = [hint for item in items if item and codelist and (hint := published_hint(codelist, item))]
        said.append("; ".join([MESSAGES[kind], *dict.fromkeys(hints)]))
    return np.array(said, dtype=object)[codes]


def report(
    run: Run, dataset: str, block: str, variable: str, kind: str, rows: Array, column: str, values: object,
    **more: object,
) -> None:  # fmt: skip
    """Issues for records of a block, each with the row of the table that its record came from."""
    records = run.records(dataset, block)
    tables, source = run.lineage(dataset, block)
    given = {"kind": kind, "dataset": dataset, "variable": variable, "column": column, "value": values, **more}
    _log(run, tables.take(rows), source[rows], records.subject[rows], given)


def report_rows(run: Run, block: Block, rows: Array, kind: str, column: str, values: Column) -> None:
    """Issues for source rows of a block that became no record."""
    tables, source = table_rows(run, block, rows)
    subject = run.source_view(block.dataset, block.name).subject[rows]
    shown = texts(take(values, rows))
    _log(run, tables, source, subject, {"kind": kind, "dataset": block.dataset, "column": column, "value": shown})


def _log(run: Run, tables: Text, source: Array, subject: Array, columns: dict[str, object]) -> None:
    if not run.study:  # another part hands over what belongs to no subject
        mine = np.flatnonzero(run.handed(subject))
        tables, source, subject = tables.take(mine), source[mine], subject[mine]
        columns = {key: value[mine] if isinstance(value, np.ndarray) else value for key, value in columns.items()}
    who = np.append(run.names, "")
    for code in np.unique(tables.codes).tolist():
        mine = np.flatnonzero(tables.codes == code)
        name = tables.dictionary.values[code] if code >= 0 else ""
        table = run.tables.get(name)
        given = {key: value[mine] if isinstance(value, np.ndarray) else value for key, value in columns.items()}
        lines: object = table.lines[source[mine]] if table is not None else 0
        record: object = ""
        if table is not None and table.records is not None:
            record = texts(take(table.records, source[mine]))
        run.log.add(
            len(mine), table=name, file=table.file if table else "", row=lines, record=record,
            position=table.positions[source[mine]] if table is not None else -1,
            usubjid=who[subject[mine]], **{"message": MESSAGES.get(str(columns["kind"]), ""), **given},
        )  # fmt: skip
