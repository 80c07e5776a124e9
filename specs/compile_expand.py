"""Resolves the cell Expand of Sources and Parameters: how many records a source row becomes."""

from __future__ import annotations

from dataclasses import replace

from language import matching
from language.errors import ExpressionError
from language.expanding import Expander, expanders
from language.resolve import Resolver, resolve
from language.tree import NUMBER, Attribute, Call, Node, Sequence
from language.types import WORDS, as_type, common_type, concrete, need, type_of
from specs.compiled import Expansion
from specs.scopes import RecordScope

_ROWS = "with several variables write a row in brackets for each record: (X, Y) in values((1, 'A'), (2, 'B'))"


def expansions(scope: RecordScope, text: str) -> tuple[Expansion, ...]:
    """The parts of the cell in their order; a part may name the variables of those before it.

    Raises ExpressionError.
    """
    found: list[Expansion] = []
    before: tuple[str, ...] = ()
    for part in expanders(text):
        found.append(_expansion(scope.within(before), part))
        before += part.names
    return tuple(found)


def _expansion(scope: RecordScope, part: Expander) -> Expansion:
    if part.call.function == "dates":
        return _typed(scope, _dates(scope, part))
    table = _table(scope, part.call)
    return _typed(scope, _columns(scope, part, table) if table else _written(scope, part))


def _dates(scope: RecordScope, part: Expander) -> Expansion:
    call = part.call
    if len(call.arguments) != 2 or set(call.options) - {"every"}:
        raise ExpressionError("dates takes a start, an end and the option every=")
    if len(part.names) != 1:
        raise ExpressionError("dates fills one variable", "compute the others from it in Mapping")
    arguments = tuple(need(resolve(item, scope), NUMBER, "dates") for item in call.arguments)
    every = call.options.get("every")
    step = need(resolve(every, scope), NUMBER, "every") if every is not None else None
    return Expansion(part.names, (NUMBER,), "dates", arguments, step)


def _table(scope: RecordScope, call: Call) -> str:
    """The table of `values(T.X, T.Y)`; "" where the values are written out, as constants or of the source row."""
    names = [item.table for item in call.arguments if isinstance(item, Attribute)]
    tables = {name for name in names if scope.is_table(name) and not scope.is_source(name) and scope.many(name)}
    if not tables:
        return ""
    if len(set(names)) > 1 or len(names) != len(call.arguments):
        raise ExpressionError("values takes columns of one table", "pick the rest of it in Joins")
    return names[0]


def _columns(scope: RecordScope, part: Expander, table: str) -> Expansion:
    call = part.call
    if len(call.arguments) != len(part.names):
        raise ExpressionError(f"{len(part.names)} variables are filled with {len(call.arguments)} columns")
    if set(call.options) - {"by", "where"}:
        raise ExpressionError("values has the options by= and where=")
    inside = Resolver(scope).inside(table)
    columns = tuple(inside.node(item) for item in call.arguments)
    by = matching.names_of(call.options.get("by"))
    match = matching.match(Resolver(scope), table, by, call.options.get("where"), False)
    return Expansion(part.names, tuple(type_of(node) for node in columns), "values", columns, None, match)


def _written(scope: RecordScope, part: Expander) -> Expansion:
    call = part.call
    if call.options or not call.arguments:
        raise ExpressionError("values takes values written out, or columns of a table with by= and where=")
    rows = _rows(call.arguments, len(part.names))
    nodes = [[resolve(item, scope) for item in row] for row in rows]
    kinds = tuple(common_type(column) for column in zip(*nodes, strict=True))
    typed = tuple(as_type(node, kind) for row in nodes for node, kind in zip(row, kinds, strict=True))
    return Expansion(part.names, kinds, "values", typed, None)


def _rows(arguments: tuple[Node, ...], width: int) -> list[tuple[Node, ...]]:
    """`values(1, 2)` or `values((1, 2))` for one variable, `values((1, 'A'), (2, 'B'))` for several."""
    if width == 1:
        listed = len(arguments) == 1 and isinstance(arguments[0], Sequence)
        return [(item,) for item in (arguments[0].items if listed else arguments)]  # type: ignore[attr-defined]
    rows = [item.items for item in arguments if isinstance(item, Sequence)]
    if len(rows) != len(arguments) or any(len(row) != width for row in rows):
        raise ExpressionError(f"each record needs {width} values", _ROWS)
    return rows


def _typed(scope: RecordScope, found: Expansion) -> Expansion:
    """The expansion with values of the types of its variables. Raises ExpressionError for a wrong type."""
    width = len(found.variables)
    wanted = [scope.compiler.types.declared(scope.dataset, name) for name in found.variables]
    if found.function == "dates":
        return _fits(found, wanted)
    nodes = list(found.arguments)
    for place, node in enumerate(nodes):
        kind = wanted[place % width]
        nodes[place] = concrete(as_type(node, kind) if kind else node)
    kinds = [common_type(nodes[place::width]) for place in range(width)]
    return _fits(replace(found, arguments=tuple(nodes), types=tuple(kinds)), wanted)


def _fits(found: Expansion, wanted: list[str]) -> Expansion:
    for name, kind, given in zip(found.variables, wanted, found.types, strict=True):
        if kind and given not in (kind, "none") and {kind, given} != {"text", "iso"}:
            raise ExpressionError(f"{name} is {WORDS[kind]}, {found.function}(...) gives {WORDS[given]}")
    types = tuple(kind or given for kind, given in zip(wanted, found.types, strict=True))
    return replace(found, types=types)
