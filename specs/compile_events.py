"""Resolves the rows of Events for each parameter that they name."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from language import matching
from language.errors import ExpressionError, closest
from language.parse import parse, parse_list
from language.resolve import Resolver
from language.tree import NUMBER, Column, Constant, Node, walk
from language.types import need
from specs.compiled import CompiledEvent
from specs.model import Event
from specs.scopes import RecordScope

if TYPE_CHECKING:
    from specs.check import Compiler


def compile_events(compiler: Compiler) -> dict[tuple[str, str], tuple[CompiledEvent, ...]]:
    """The steps of each (dataset, parameter), first step first."""
    found: dict[tuple[str, str], list[CompiledEvent]] = {}
    for row in compiler.spec.events:
        for code in row.paramcds:
            known = compiler.blocks.names.get(row.dataset, ())
            if code not in known:
                compiler.add(row.at("PARAMCD"), f"{row.dataset} has no parameter {code!r}", closest(code, known))
                continue
            event = _event(compiler, row, code)
            if event is not None:
                found.setdefault((row.dataset, code), []).append(event)
    return {key: tuple(sorted(rows, key=lambda event: event.step)) for key, rows in found.items()}


def event_texts(row: Event) -> dict[str, str]:
    """The variables that a row fills from the picked row, with their cells."""
    texts = {"EVNTDESC": row.evntdesc, "CNSDTDSC": row.cnsdtdsc, **row.expressions}
    return {name: text for name, text in texts.items() if text}


def _event(compiler: Compiler, row: Event, code: str) -> CompiledEvent | None:
    before = len(compiler.problems)
    resolver = Resolver(RecordScope(compiler, row.dataset, code))
    compiler.attempt(row.at("From"), lambda: compiler.need_table(row.dataset, row.source))
    if len(compiler.problems) > before:
        return None
    inside = resolver.inside(row.source)
    pairs = compiler.attempt(row.at("By"), lambda: matching.pairs_of(resolver, row.source, row.by))
    where = compiler.attempt(
        row.at("Where"),
        lambda: matching.split(resolver, row.source, parse(row.where) if row.where else None, alone=True),
    )
    date = compiler.attempt(row.at("Date"), lambda: need(inside.node(parse(row.date)), NUMBER, "Date"))
    order = compiler.attempt(row.at("Order"), lambda: inside.keys(parse_list(row.order)) if row.order else ())
    cnsr = compiler.attempt(row.at("CNSR"), lambda: need(inside.node(parse(row.cnsr)), NUMBER, "CNSR"))
    if row.srcvar:
        compiler.attempt(row.at("SRCVAR"), lambda: _known(compiler, row))
    nodes = {}
    for name, text in event_texts(row).items():
        work = partial(_text, compiler, inside, row.dataset, name, text)
        nodes[name] = compiler.attempt(row.at(name), work)
    if len(compiler.problems) > before:
        return None
    match = replace(where, pairs=(*pairs, *where.pairs))
    event_first = isinstance(cnsr, Constant) and cnsr.value == 0.0
    pick = row.pick or ("first" if event_first else "last")
    return CompiledEvent(row, row.step, cnsr, match, date, order, pick, _srcvar(row, date), nodes)


def _known(compiler: Compiler, row: Event) -> None:
    """SRCVAR names a variable of the submitted dataset behind From, which SRCDOM names. Raises ExpressionError.

    The records of a parameter of the same dataset hand on their own SRCVAR, whatever is written here.
    """
    if compiler.own_block(row.dataset, row.source) and "SRCDOM" in compiler.own_variables(row.dataset):
        return
    behind = _submitted(compiler, row.source, set())
    columns = {column for name in behind for column in compiler.columns_of(row.dataset, name)}
    if row.srcvar not in columns:
        known = " and ".join(sorted(behind))
        raise ExpressionError(f"{known} has no column {row.srcvar!r}", closest(row.srcvar, columns))


def _submitted(compiler: Compiler, table: str, seen: set[str]) -> set[str]:
    """A table, or those from which a working dataset takes its rows: it hands on their records as its source."""
    seen.add(table)
    sources = [draft.source for draft in compiler.blocks.drafts.get(table, {}).values()]
    if table in compiler.spec.datasets or not sources:
        return {table}
    own = {*compiler.blocks.groups(table)}
    return {name for source in sources if source not in own | seen for name in _submitted(compiler, source, seen)}


def _text(compiler: Compiler, inside: Resolver, dataset: str, name: str, text: str) -> Node:
    return compiler.types.fitting(name, inside.node(parse(text)), compiler.variable_type(dataset, name))


def _srcvar(row: Event, date: Node) -> str:
    if row.srcvar:
        return row.srcvar
    inner = [part for part in walk(date) if isinstance(part, Column) and part.kind == "inner"]
    return inner[0].name if inner else ""
