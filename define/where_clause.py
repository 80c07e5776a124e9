"""Where clauses of Define-XML: comparisons of variables with constants, joined by `and`.

Define-XML states a condition as RangeChecks (Define-XML 2.1, section 5.3.9): a variable, one of the
comparators EQ NE LT LE GT GE IN NOTIN, and constants. Both spellings that the engine reads are read, by the
same reader: the expression language and the Pinnacle 21 workbook's ``PARAMCD EQ RELW1``.

A missing value is an empty constant: ``not missing(X)`` is X NE "" and ``missing(X)`` is X EQ "".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from define.words import in_words
from language import tree
from language.errors import ExpressionError
from language.where_clause import parse_condition
from specs.problem import Place, Problem, SpecError

SUBSET = "Define-XML knows variable == != < <= > >= in, not in, constant; joined by and"
_COMPARATORS = {"==": "EQ", "!=": "NE", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE"}
_MIRRORED = {"EQ": "EQ", "NE": "NE", "LT": "GT", "LE": "GE", "GT": "LT", "GE": "LE"}
# Only these negate exactly: `not X < 1` also holds for a missing X, which GE does not say.
_NEGATED = {"EQ": "NE", "NE": "EQ", "IN": "NOTIN", "NOTIN": "IN"}


@dataclass(frozen=True)
class RangeCheck:
    """One comparison. `dataset` is empty when the text names none; `values` are the constants as text."""

    variable: str
    comparator: str
    values: tuple[str, ...]
    dataset: str = ""


def digest(checks: tuple[RangeCheck, ...]) -> str:
    """Eight characters that stand for a condition, the same in every build."""
    return hashlib.sha256(repr(checks).encode()).hexdigest()[:8]


def parse_where(text: str, place: Place) -> tuple[RangeCheck, ...]:
    """The RangeChecks of a condition, all of which must hold; none for an empty text.

    Raises SpecError, naming the part that Define-XML cannot state.
    """
    if not text.strip():
        return ()
    try:
        return tuple(_checks(parse_condition(text)))
    except ExpressionError as error:
        raise SpecError([Problem(place, error.message, error.hint or SUBSET)]) from None


def _outside(node: tree.Node, why: str) -> ExpressionError:
    return ExpressionError(f"Define-XML cannot state '{in_words(node)}': {why}", SUBSET)


def _checks(node: tree.Node) -> Iterator[RangeCheck]:
    if isinstance(node, tree.Logic) and node.operator == "and":
        for part in node.items:
            yield from _checks(part)
    elif isinstance(node, tree.Logic):
        raise _outside(node, "'or' has no RangeCheck; use 'in' for several values of one variable")
    elif isinstance(node, tree.Compare):
        yield _comparison(node)
    elif isinstance(node, tree.Member):
        yield _check(node.left, "IN", node.items)
    elif isinstance(node, tree.Call) and node.function == "missing":
        yield _missing(node)
    elif isinstance(node, tree.Unary) and node.operator == "not":
        yield _negation(node)
    else:
        raise _outside(node, "it is no comparison of a variable with a constant")


def _comparison(node: tree.Compare) -> RangeCheck:
    left, right, comparator = node.left, node.right, _COMPARATORS[node.operator]
    if _is_name(right) and not _is_name(left):
        left, right, comparator = right, left, _MIRRORED[comparator]
    return _check(left, comparator, (right,))


def _check(left: tree.Node, comparator: str, constants: tuple[tree.Node, ...]) -> RangeCheck:
    if not _is_name(left):
        raise _outside(left, "a RangeCheck tests a variable, not the result of a computation")
    dataset, variable = _name(left)
    return RangeCheck(variable, comparator, tuple(_constant(part) for part in constants), dataset)


def _negation(node: tree.Unary) -> RangeCheck:
    inner = list(_checks(node.operand))
    if len(inner) != 1 or inner[0].comparator not in _NEGATED:
        raise _outside(node, "only ==, in and missing() can be negated")
    check = inner[0]
    return RangeCheck(check.variable, _NEGATED[check.comparator], check.values, check.dataset)


def _missing(node: tree.Call) -> RangeCheck:
    if len(node.arguments) != 1 or node.options or not _is_name(node.arguments[0]):
        raise _outside(node, "missing() takes one variable")
    dataset, variable = _name(node.arguments[0])
    return RangeCheck(variable, "EQ", ("",), dataset)


def _constant(node: tree.Node) -> str:
    """A constant as text; the empty text is read as a missing value and written as an empty one."""
    if not isinstance(node, tree.Constant) or isinstance(node.value, bool):
        raise _outside(node, "only a text or a number can be compared with")
    if node.value is None:
        return ""
    return f"{node.value:.15g}" if isinstance(node.value, float) else node.value


def _is_name(node: tree.Node) -> bool:
    return isinstance(node, tree.Name | tree.Attribute)


def _name(node: tree.Node) -> tuple[str, str]:
    if isinstance(node, tree.Attribute):
        return node.table, node.name
    assert isinstance(node, tree.Name)
    return "", node.name
