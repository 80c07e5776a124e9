"""Conditions as where clauses of the CDISC Analysis Results Standard 1.0, as far as it can say them.

A clause is a condition (dataset, variable, comparator, values) or a compound expression (AND, OR, NOT over clauses);
each stands at a level and in an order. A missing value is compared with the empty text, as in Define-XML.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from language import tree
from language.errors import ExpressionError
from language.where_clause import parse_condition
from specs.model import Constant

Clause = dict[str, Any]
Home = Callable[[str], str]
_COMPARATORS = {"==": "EQ", "!=": "NE", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE"}
_MIRRORED = {"EQ": "EQ", "NE": "NE", "LT": "GT", "LE": "GE", "GT": "LT", "GE": "LE"}


class CannotSayError(Exception):
    """A part of a condition that has no form in the standard."""


def clause(text: str, home: Home, constants: Mapping[str, Constant]) -> Clause:
    """The content of a where clause: `condition` or `compoundExpression`, on the first level.

    home: the dataset of a variable, "" for a name that is no variable. Raises CannotSayError for a condition that
    computes, compares two variables, or calls a function other than missing().
    """
    try:
        return _Clauses(home, constants).content(parse_condition(text), 1)
    except ExpressionError as error:
        raise CannotSayError(error.message) from None


class _Clauses:
    def __init__(self, home: Home, constants: Mapping[str, Constant]) -> None:
        self.home, self.constants = home, constants

    def content(self, node: tree.Node, level: int) -> Clause:
        """Of a clause at a level, without its place."""
        if isinstance(node, tree.Logic):
            return self._compound(node.operator.upper(), node.items, level)
        if isinstance(node, tree.Unary) and node.operator == "not":
            return self._negated(node.operand, level)
        if isinstance(node, tree.Compare):
            return self._compared(node)
        if isinstance(node, tree.Member):
            values = [self._value(part) for part in node.items]
            return self._condition(node.left, "IN" if len(values) > 1 else "EQ", values)
        if isinstance(node, tree.Call) and node.function == "missing" and len(node.arguments) == 1:
            return self._condition(node.arguments[0], "EQ", [""])
        raise CannotSayError("it is no comparison of a variable with a constant")

    def _compound(self, operator: str, parts: tuple[tree.Node, ...], level: int) -> Clause:
        inner = [
            {"level": level + 1, "order": order, **self.content(part, level + 1)} for order, part in enumerate(parts, 1)
        ]
        return {"compoundExpression": {"logicalOperator": operator, "whereClauses": inner}}

    def _negated(self, node: tree.Node, level: int) -> Clause:
        """NE and NOTIN where they say the same, else NOT. Records without a value are not < nor >= a constant."""
        inner = self.content(node, level + 1)
        condition = inner.get("condition")
        opposite = {"EQ": "NE", "NE": "EQ", "IN": "NOTIN", "NOTIN": "IN"}
        if condition and condition["comparator"] in opposite:
            return {"condition": {**condition, "comparator": opposite[condition["comparator"]]}}
        return {
            "compoundExpression": {
                "logicalOperator": "NOT",
                "whereClauses": [{"level": level + 1, "order": 1, **inner}],
            }
        }

    def _compared(self, node: tree.Compare) -> Clause:
        left, right, comparator = node.left, node.right, _COMPARATORS[node.operator]
        if self._is_variable(right) and not self._is_variable(left):
            left, right, comparator = right, left, _MIRRORED[comparator]
        return self._condition(left, comparator, [self._value(right)])

    def _condition(self, node: tree.Node, comparator: str, values: list[str]) -> Clause:
        if not isinstance(node, tree.Name) or not self.home(node.name):
            raise CannotSayError("the left side is no variable")
        dataset = self.home(node.name)
        return {"condition": {"dataset": dataset, "variable": node.name, "comparator": comparator, "value": values}}

    def _is_variable(self, node: tree.Node) -> bool:
        return isinstance(node, tree.Name) and bool(self.home(node.name))

    def _value(self, node: tree.Node) -> str:
        """A constant, or a constant of the study by its value, as text."""
        value: object = node.value if isinstance(node, tree.Constant) else None
        if isinstance(node, tree.Name) and not self.home(node.name) and node.name in self.constants:
            value = self.constants[node.name]
        elif not isinstance(node, tree.Constant) or isinstance(value, bool):
            raise CannotSayError("the right side is no constant")
        if value is None:
            return ""
        return f"{value:.15g}" if isinstance(value, int | float) else str(value)
