"""Conditions in the spelling of the Pinnacle 21 workbook: `PARAMCD EQ RELW1 and AVISITN IN (2, 4)`."""

from __future__ import annotations

import re

from language import tree
from language.errors import ExpressionError
from language.parse import parse

_SYMBOLS = {"EQ": "==", "NE": "!=", "LT": "<", "LE": "<=", "GT": ">", "GE": ">="}
_START = re.compile(r"\s*([A-Za-z_]\w*\.)?[A-Za-z_]\w*\s+(EQ|NE|LT|LE|GT|GE|NOT ?IN|IN)(?=[\s(])")
_PART = re.compile(
    r"(?:^|\s+(?:and|AND)\s+)(?:([A-Za-z_]\w*)\.)?([A-Za-z_]\w*)\s+(EQ|NE|LT|LE|GT|GE|NOT ?IN|IN)(?=[\s(])"
)
_OR = re.compile(r"\s(?:or|OR)\s+(?:[A-Za-z_]\w*\.)?[A-Za-z_]\w*\s+(EQ|NE|LT|LE|GT|GE|NOT ?IN|IN)[\s(]")
_ITEM = re.compile(r"""\s*("[^"]*"|'[^']*'|[^,]+)\s*(?:,|$)""")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")


def parse_condition(text: str) -> tree.Node:
    """As `parse`, for a cell that may be spelled as in the Pinnacle 21 workbook. Raises ExpressionError.

    A constant without quotes that is a number is a number or a text, as the variable asks.

    >>> parse_condition("PARAMCD EQ RELW1") == parse("PARAMCD == 'RELW1'")
    True
    """
    if not _START.match(text):
        return parse(text)
    if _OR.search(text):
        raise ExpressionError("where clauses know no 'or'", "use IN for several values of one variable")
    text = text.strip()
    starts = list(_PART.finditer(text))
    parts = []
    for start, following in zip(starts, [*starts[1:], None]):
        body = text[start.end() : following.start() if following else len(text)].strip()
        name: tree.Node = tree.Attribute(start[1], start[2]) if start[1] else tree.Name(start[2])
        parts.append(_part(name, start[3].replace(" ", ""), body, start[0].strip()))
    return parts[0] if len(parts) == 1 else tree.Logic("and", tuple(parts))


def _part(name: tree.Node, comparator: str, body: str, shown: str) -> tree.Node:
    if comparator not in ("IN", "NOTIN"):
        if not body:
            raise ExpressionError(f"'{shown}' has no value to compare with")
        return _compared(_SYMBOLS[comparator], name, _constant(body))
    if not (body.startswith("(") and body.endswith(")")):
        raise ExpressionError(f"'{shown} {body}' needs its list in brackets")
    items = tuple(_constant(found[1].strip()) for found in _ITEM.finditer(body[1:-1]) if found[1].strip())
    if not items:
        raise ExpressionError(f"'{shown}' has no value to compare with")
    member = tree.Member(name, items)
    return member if comparator == "IN" else tree.Unary("not", member, tree.CONDITION)


def _compared(symbol: str, name: tree.Node, constant: tree.Constant) -> tree.Node:
    """One comparison; an empty text in quotes is the missing value, as Define-XML has it."""
    if constant.value is None and symbol in ("==", "!="):
        gap = tree.Call("missing", (name,))
        return gap if symbol == "==" else tree.Unary("not", gap, tree.CONDITION)
    return tree.Compare(symbol, name, constant)


def _constant(text: str) -> tree.Constant:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return tree.Constant(text[1:-1] or None, tree.TEXT if text[1:-1] else tree.NONE)
    return tree.Constant(text, tree.EITHER if _NUMBER.fullmatch(text) else tree.TEXT)
