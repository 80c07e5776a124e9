"""Resolves the rows of Joins, once for each block that uses them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from language import matching
from language.parse import parse, parse_list
from language.resolve import Resolver
from specs.compiled import CompiledJoin
from specs.model import Join
from specs.scopes import RecordScope

if TYPE_CHECKING:
    from specs.check import Compiler


def compile_join(compiler: Compiler, row: Join, scope: RecordScope) -> CompiledJoin | None:
    """A join as it picks for the records of one block; None after its faults were noted."""
    before = len(compiler.problems)
    compiler.attempt(row.at("From"), lambda: compiler.need_table(scope.dataset, row.source))
    if len(compiler.problems) > before:
        return None
    resolver = Resolver(scope)
    pairs = compiler.attempt(row.at("By"), lambda: matching.pairs_of(resolver, row.source, row.by))
    found = compiler.attempt(
        row.at("Where"), lambda: matching.split(resolver, row.source, parse(row.where) if row.where else None)
    )
    order = compiler.attempt(
        row.at("Order"), lambda: resolver.inside(row.source).keys(parse_list(row.order)) if row.order else ()
    )
    if row.pick and not row.order:
        compiler.add(row.at("Pick"), "Pick needs Order", "say by which columns the candidates are ordered")
    if len(compiler.problems) > before:
        return None
    return CompiledJoin(replace(found, pairs=(*pairs, *found.pairs)), order, row.pick or "first", row)
