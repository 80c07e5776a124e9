"""Which tables each dataset of a stage reads, from its resolved expressions."""

from __future__ import annotations

from collections.abc import Iterator

from language import tree
from specs.compiled import CompiledStage


def dependencies(stage: CompiledStage) -> dict[str, set[str]]:
    """Dataset (working datasets too) to the tables and datasets that it reads, but for itself and look-up tables."""
    found: dict[str, set[str]] = {name: set() for name in stage.blocks}
    for name, table in _reads(stage):
        if table and table != name and table not in stage.spec.lookups:
            found.setdefault(name, set()).add(table)
    known = {*stage.inputs, *stage.blocks}
    return {name: tables & known for name, tables in found.items()}


def _reads(stage: CompiledStage) -> Iterator[tuple[str, str]]:
    for dataset, blocks in stage.blocks.items():
        for block in blocks:
            yield dataset, "" if block.own_source else block.source
            for node in (block.where, block.later, *block.one_per):
                yield from ((dataset, table) for table in _tables(node))
            for part in block.expand:
                for node in part.nodes:
                    yield from ((dataset, table) for table in _tables(node))
    for (dataset, _, _), rules in stage.rules.items():
        for rule in rules:
            for node in (rule.where, rule.value):
                yield from ((dataset, table) for table in _tables(node))
    for (dataset, _, _, _), join in stage.joins.items():
        yield dataset, join.match.table
        for node in join.match.both:
            yield from ((dataset, table) for table in _tables(node))
    for (dataset, _), events in stage.events.items():
        yield from ((dataset, event.match.table) for event in events)


def _tables(node: tree.Node | None) -> Iterator[str]:
    for part in tree.walk(node) if node is not None else ():
        if isinstance(part, tree.Match):
            yield part.table
        if isinstance(part, tree.Column) and part.kind in ("source", "subject", "inner"):
            yield part.table


def order_of(found: dict[str, set[str]], name: str) -> tuple[list[str], list[str], list[str]]:
    """What a dataset reads: given tables, datasets of the stage, working datasets; through working datasets too."""
    given, own, working = set[str](), set[str](), set[str]()
    waiting = sorted(found.get(name, ()))
    while waiting:
        table = waiting.pop(0)
        if table.startswith("_") and table not in working:
            working.add(table)
            waiting += sorted(found.get(table, ()))
        elif not table.startswith("_"):
            (own if table in found else given).add(table)
    return sorted(given), sorted(own - {name}), sorted(working)
