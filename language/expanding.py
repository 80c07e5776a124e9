"""The cell Expand as written: `ADT in dates(start, end)`, `(AVISITN, AVISIT) in values(plan.AVISITN, plan.AVISIT)`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from language.errors import ExpressionError
from language.parse import parse_list
from language.tree import Call, Member, Name, Node, Sequence

_HOW = "Expand is written: ADT in dates(start, end), X in values('A', 'B') or (X, Y) in values(T.X, T.Y)"


@dataclass(frozen=True)
class Expander:
    """One part of the cell: the variables that it fills, and the call that says with what."""

    names: tuple[str, ...]
    call: Call


@lru_cache(maxsize=2_000)
def expanders(text: str) -> tuple[Expander, ...]:
    """The parts of a cell, which follow each other by commas; none for a blank cell. Raises ExpressionError.

    >>> [part.names for part in expanders("ADT in dates(S, E), (ATPTN, ATPT) in values((1, 'AM'), (2, 'PM'))")]
    [('ADT',), ('ATPTN', 'ATPT')]
    """
    if not text.strip():
        return ()
    found = tuple(_expander(item) for item in parse_list(text).items)
    names = [name for part in found for name in part.names]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise ExpressionError(f"{twice} is filled twice", "give each variable once")
    return found


def expanded_names(text: str) -> tuple[str, ...]:
    """The variables that a cell fills; none for a cell that cannot be read (`build check` says why)."""
    try:
        return tuple(name for part in expanders(text) for name in part.names)
    except ExpressionError:
        return ()


def _expander(item: Node) -> Expander:
    call = item.items[0] if isinstance(item, Member) and len(item.items) == 1 else None
    if not isinstance(item, Member) or not isinstance(call, Call):
        raise ExpressionError(_HOW)
    left = item.left.items if isinstance(item.left, Sequence) else (item.left,)
    names = tuple(part.name for part in left if isinstance(part, Name))
    if not names or len(names) != len(left):
        raise ExpressionError(_HOW)
    if call.function not in ("dates", "values"):
        raise ExpressionError(f"there is no {call.function}(...) in Expand", "use dates(start, end) or values(...)")
    return Expander(names, call)
