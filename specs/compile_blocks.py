"""Resolves the cells of Sources and Parameters: which rows become records, and how many."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from language.errors import ExpressionError, closest
from language.parse import parse, with_prefix
from language.resolve import resolve
from language.tree import NUMBER, Attribute, Call, Constant, Logic, Member, Name, Node, Sequence
from language.types import WORDS, as_type, common_type, concrete, need, type_of
from specs.blocks import NONE_ROWS, Draft
from specs.compiled import Block, Expansion
from specs.model import Source, Test
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
    head = (dataset, draft.name, draft.group, source, own, where)
    if not isinstance(row, Source):
        return Block(*head, (), (), "", None, "", (), (), row.place)
    one_per = tuple(key.node for key in compiler.keys(scope, row.one_per, row.at("One Per")))
    order = compiler.keys(scope, row.order, row.at("Order"))
    _check_pick(compiler, row)
    _check_tests(compiler, row, source)
    expand = _expansion(compiler, scope, row)
    tests = (draft.test,) if draft.test else _collected(compiler, row)
    column = "" if draft.test else row.tests
    test_where = () if draft.test else _test_where(compiler, scope, tests)
    exists = _exists(compiler, draft)
    pick = row.pick or "first"
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


def _check_pick(compiler: Compiler, row: Source) -> None:
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


def _expansion(compiler: Compiler, scope: RecordScope, row: Source) -> Expansion | None:
    if not row.expand:
        return None
    found: Expansion | None = compiler.attempt(row.at("Expand"), lambda: expansion(scope, row.expand))
    if found is None:
        return None
    wanted = compiler.variable_type(row.dataset, found.variable)
    if wanted not in (found.type, "none"):
        fits = [as_type(node, wanted) for node in found.arguments]
        if found.function == "values" and all(type_of(node) == wanted for node in fits):
            return Expansion(found.variable, "values", tuple(fits), None, wanted)
        compiler.attempt(row.at("Expand"), lambda: _wrong_type(found, wanted))
    return found


def _wrong_type(found: Expansion, wanted: str) -> None:
    raise ExpressionError(f"{found.variable} is {WORDS[wanted]}, {found.function}(...) gives {WORDS[found.type]}")


def expansion(scope: RecordScope, text: str) -> Expansion:
    """The cell Expand. Raises ExpressionError."""
    node = parse(text)
    call = node.items[0] if isinstance(node, Member) and len(node.items) == 1 else None
    if not isinstance(node, Member) or not isinstance(node.left, Name) or not isinstance(call, Call):
        raise ExpressionError("Expand is written: ADT in dates(start, end) or X in values('A', 'B')")
    if call.function == "dates":
        return _dates(scope, node.left.name, call)
    if call.function == "values":
        return _values(scope, node.left.name, call)
    raise ExpressionError(f"there is no {call.function}(...) in Expand", "use dates(start, end) or values(...)")


def _dates(scope: RecordScope, name: str, call: Call) -> Expansion:
    if len(call.arguments) != 2 or set(call.options) - {"every"}:
        raise ExpressionError("dates takes a start, an end and the option every=")
    arguments = tuple(need(resolve(part, scope), NUMBER, "dates") for part in call.arguments)
    every = call.options.get("every")
    step = need(resolve(every, scope), NUMBER, "every") if every is not None else None
    return Expansion(name, "dates", arguments, step, NUMBER)


def _values(scope: RecordScope, name: str, call: Call) -> Expansion:
    wrong = ExpressionError("values takes constants, or one column of a look-up table")
    if call.options or not call.arguments:
        raise wrong
    parts = call.arguments
    if len(parts) == 1 and isinstance(parts[0], Sequence):
        parts = parts[0].items
    first = parts[0] if parts else None
    if isinstance(first, Attribute) and len(parts) == 1 and not scope.has_subject(first.table):
        column: Node = scope.inner(first.table, first.name)
        wanted = scope.compiler.types.declared(scope.dataset, name)
        column = as_type(column, wanted) if wanted else concrete(column)
        return Expansion(name, "values", (column,), None, type_of(column))
    nodes = tuple(resolve(part, scope) for part in parts)
    if not nodes or not all(isinstance(node, Constant) and node.value is not None for node in nodes):
        raise wrong
    kind = common_type(nodes)
    return Expansion(name, "values", tuple(as_type(node, kind) for node in nodes), None, kind)
