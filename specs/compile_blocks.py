"""Resolves the cells of Sources and Parameters: which rows become records, and how many."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from language.errors import closest
from language.parse import with_prefix
from language.tree import Logic, Node
from specs.blocks import NONE_ROWS, Draft
from specs.compile_expand import expansions
from specs.compiled import Block
from specs.model import Parameter, Source, Test
from specs.rules import prefix
from specs.scopes import RecordScope

if TYPE_CHECKING:
    from specs.check import Compiler


def compile_blocks(compiler: Compiler) -> dict[str, tuple[Block, ...]]:
    """Every block of every dataset, and the rows that are left out on purpose under `none`."""
    return {
        dataset: tuple(_block(compiler, draft) for draft in drafts.values())
        for dataset, drafts in compiler.blocks.drafts.items()
    }


def _block(compiler: Compiler, draft: Draft) -> Block:
    row, dataset = draft.row, draft.dataset
    source, own = compiler.source_of(dataset, draft.name)
    compiler.attempt(row.at("From"), lambda: compiler.need_table("" if dataset == NONE_ROWS else dataset, source))
    scope = RecordScope(compiler, dataset, draft.name, candidate=True)
    where = _where(compiler, scope, draft)
    head = (dataset, draft.name, draft.group, draft.together, source, own, where)
    one_per = tuple(key.node for key in compiler.keys(scope, row.one_per, row.at("One Per")))
    order = compiler.keys(scope, row.order, row.at("Order"))
    _check_pick(compiler, row)
    expand = compiler.attempt(row.at("Expand"), lambda: expansions(scope, row.expand)) or ()
    pick = row.pick or "first"
    if not isinstance(row, Source):
        return Block(*head, one_per, order, pick, expand, "", (), (), row.place, row)
    _check_tests(compiler, row, source)
    tests = (draft.test,) if draft.test else _collected(compiler, row)
    column = "" if draft.test else row.tests
    test_where = () if draft.test else _test_where(compiler, scope, tests)
    exists = _exists(compiler, draft)
    return Block(*head, one_per, order, pick, expand, column, tests, exists, row.place, row, test_where)


def _where(compiler: Compiler, scope: RecordScope, draft: Draft) -> Node | None:
    """The Where of the row, and for a wide test that of its row in Tests."""
    found = [compiler.condition(scope, draft.row.where, draft.row.at("Where"))]
    if draft.test is not None and draft.test.where:
        text = with_prefix(draft.test.where, prefix(draft.dataset))
        found.append(compiler.condition(scope, text, draft.test.at("Where")))
    parts = tuple(node for node in found if node is not None)
    return Logic("and", parts) if len(parts) > 1 else parts[0] if parts else None


def _collected(compiler: Compiler, row: Source) -> tuple[Test, ...]:
    """The rows of Tests that a block looks up by collected code."""
    return tuple(
        test
        for test in compiler.spec.tests
        if test.dataset == row.dataset and test.block == row.block and test.collected
    )


def _test_where(compiler: Compiler, scope: RecordScope, tests: tuple[Test, ...]) -> tuple[Node | None, ...]:
    """The Where of each test that is looked up by its code; empty when none has one."""
    letters = prefix(scope.dataset)
    found = [compiler.condition(scope, with_prefix(test.where, letters), test.at("Where")) for test in tests]
    return tuple(found) if any(node is not None for node in found) else ()


def _check_pick(compiler: Compiler, row: Source | Parameter) -> None:
    if row.one_per and not row.order and row.pick != "distinct":
        compiler.add(
            row.at("One Per"), "which row is kept is not said", "give Order and Pick, or write distinct in Pick"
        )
    elif not row.one_per and (row.order or row.pick):
        column = "Order" if row.order else "Pick"
        compiler.add(row.at(column), f"{column} has no meaning without One Per", "fill One Per, or leave it blank")


def _check_tests(compiler: Compiler, row: Source, source: str) -> None:
    if row.tests and compiler.is_table(row.dataset, source) and not compiler.has_column(row.dataset, source, row.tests):
        hint = closest(row.tests, compiler.columns_of(row.dataset, source))
        compiler.add(row.at("Tests"), f"{source} has no column {row.tests!r}", hint)
    for test in compiler.spec.tests:
        if test.dataset == row.dataset and test.block == row.block and test.collected and not row.tests:
            compiler.add(
                test.at("Collected"),
                f"block {row.block!r} does not say which column holds the collected code",
                "name the column in the cell Tests of its row in Sources",
            )
            break


def _exists(compiler: Compiler, draft: Draft) -> tuple[Node, ...]:
    """What must not all be missing for a record of a wide test to exist."""
    if draft.test is None:
        return ()
    found = []
    for row in compiler.instances[draft.dataset]:
        if row.block == draft.name and row.expression:
            scope = RecordScope(compiler, draft.dataset, draft.name, row.variable, candidate=True)
            node = compiler.attempt(row.place, partial(compiler.types.value, scope, row, True))
            if node is not None:
                found.append(node)
    return tuple(found)
