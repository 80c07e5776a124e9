"""`criteria('NAME', X=...)`: the value of the first row of a set of Criteria that holds.

The rows name columns (AVAL, ANRHI) as the dataset that calls them has them. An option says what stands for one of
these names where the dataset calls it otherwise: `criteria('CTCAE 5.0 LOW', AVALU=_UNIT)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from language.errors import ExpressionError, closest
from language.parse import parse
from language.scope import CriteriaRow
from language.tree import (
    CONDITION,
    Binary,
    Call,
    Compare,
    Constant,
    Criteria,
    Criterion,
    Member,
    Name,
    Node,
    children,
    rebuilt,
)
from language.types import as_type, common_type, need

if TYPE_CHECKING:
    from language.resolve import Resolver

_NOTHING = Constant(None)
# A set may have hundreds of rows and be called in every block of a dataset.
_parsed = lru_cache(maxsize=4096)(parse)


def criteria(resolver: Resolver, item: Call) -> Node:
    """The resolved call. Raises ExpressionError that names the row, or every name that stands for nothing."""
    name = item.arguments[0] if len(item.arguments) == 1 else None
    if not isinstance(name, Constant) or not isinstance(name.value, str):
        raise ExpressionError("criteria takes the name of a set of criteria in quotes")
    written = [_written(name.value, number, row) for number, row in enumerate(resolver.scope.criteria(name.value), 1)]
    _check_names(resolver, name.value, written, item.options)
    rows = [_row(resolver, name.value, number, row, item.options) for number, row in enumerate(written, 1)]
    kind = common_type([row.value for row in rows])
    return Criteria(name.value, tuple(replace(row, value=as_type(row.value, kind)) for row in rows), kind)


def _in_row(name: str, number: int, error: ExpressionError) -> ExpressionError:
    return ExpressionError(f"row {number} of criteria {name!r}: {error.message}", error.hint)


def _written(name: str, number: int, row: CriteriaRow) -> Criterion:
    """A row as a tree of names."""
    try:
        where = _parsed(row.where) if row.where else None
        return Criterion(where, _parsed(row.value) if row.value else _NOTHING, row.issue)
    except ExpressionError as error:
        raise _in_row(name, number, error) from None


def _row(resolver: Resolver, name: str, number: int, row: Criterion, options: Mapping[str, Node]) -> Criterion:
    if options:
        row = Criterion(row.where and _bound(row.where, options), _bound(row.value, options), row.issue)
    try:
        where = need(resolver.node(row.where), CONDITION, "Where") if row.where is not None else None
        return Criterion(where, resolver.node(row.value), row.issue)
    except ExpressionError as error:
        raise _in_row(name, number, error) from None


def _bound(node: Node, options: Mapping[str, Node]) -> Node:
    """The tree with what the call says in the place of names."""

    def change(part: Node) -> Node:
        if isinstance(part, Name) and part.name in options:
            return options[part.name]
        return _without_missing(part)

    return rebuilt(node, change)


def _without_missing(part: Node) -> Node:
    """What a name that the call says is None makes of a comparison or a sum: no comparison with it holds."""
    if isinstance(part, Compare) and _NOTHING in (part.left, part.right):
        return Constant(part.operator == "!=", CONDITION)
    if isinstance(part, Member) and part.left == _NOTHING:
        return Constant(False, CONDITION)
    if isinstance(part, Binary) and _NOTHING in (part.left, part.right):
        return _NOTHING
    return part


def _check_names(resolver: Resolver, name: str, rows: Sequence[Criterion], options: Mapping[str, Node]) -> None:
    """Every name of the rows stands for something; every option for a name of the rows."""
    first: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        for part in (row.where, row.value):
            for found in _bare_names(part) if part is not None else ():
                first.setdefault(found, number)
    for option in options:
        if option not in first:
            raise ExpressionError(f"criteria {name!r} name no {option}", closest(option, first))
    lacking = [item for item in first if item not in options and not _known(resolver, item)]
    if lacking:
        shown = " and ".join(f"{item} (row {first[item]})" for item in lacking)
        raise ExpressionError(
            f"criteria {name!r} need {shown}, which {'stands' if len(lacking) == 1 else 'stand'} for nothing here",
            _hint(resolver, name, lacking),
        )


def _known(resolver: Resolver, name: str) -> bool:
    return resolver.scope.is_name(name) or resolver.scope.is_table(name)


def _hint(resolver: Resolver, name: str, lacking: Sequence[str]) -> str:
    what = f"fill {'it' if len(lacking) == 1 else 'them'}, or say what it is: criteria({name!r}, {lacking[0]}=...)"
    try:
        resolver.scope.bare(lacking[0])
    except ExpressionError as error:
        return f"{error.hint} or {what}" if len(lacking) == 1 and error.hint else what
    return what


def _bare_names(node: Node) -> Iterator[str]:
    """The names that stand for columns; the name of a join in `exists(J)` does not."""
    if isinstance(node, Name):
        yield node.name
    elif not (isinstance(node, Call) and node.function == "exists"):
        for part in children(node):
            yield from _bare_names(part)
