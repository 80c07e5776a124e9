"""Exact conversion of units: factors that are numbers, fractions or formulas in x.

A formula is data of the specification: it is read into a tree and only + - * /, numbers and x are carried
out.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable
from fractions import Fraction

from derivations.registry import Units

LONGEST = 200
DEEPEST = 50
Conversion = Callable[[Fraction], Fraction | None]


def conversion(
    units: Units, test: str | None, from_unit: str | None, to_unit: str | None
) -> Conversion | None:
    """The conversion between two units, that of the test before the general one; None if there is none.

    The same unit (or none on both sides) converts to itself, unless the specification says otherwise. A conversion
    gives None for a number for which its formula divides by zero.

    >>> units = Units({("", "g/dL", "g/L"): "10", ("CREAT", "mg/dL", "umol/L"): "88.4"})
    >>> conversion(units, "HGB", "g/dL", "g/L")(Fraction("12.1"))
    Fraction(121, 1)
    """
    pair = ((from_unit or "").strip(), (to_unit or "").strip())
    for code in dict.fromkeys(((test or "").strip(), "")):
        factor = units.factors.get((code, *pair))
        if factor is not None:
            return functools.partial(_defined, factor=factor)
    return _same if pair[0] == pair[1] else None


def converted(x: Fraction, factor: str) -> Fraction:
    """x converted: times the factor, or put into the formula. Raises ValueError for a factor that cannot be read.

    >>> converted(Fraction(3), "20/3"), converted(Fraction(212), "(x - 32) * 5 / 9")
    (Fraction(20, 1), Fraction(100, 1))
    """
    value = _defined(x, factor)
    if value is None:
        raise ValueError(f"unit factor {factor!r} divides by zero")
    return value


def _defined(x: Fraction, factor: str) -> Fraction | None:
    tree, is_formula = _parsed(factor)
    try:
        value = _value(tree, x, factor)
    except ZeroDivisionError as error:
        if is_formula:
            return None
        raise ValueError(f"unit factor {factor!r} divides by zero") from error
    return value if is_formula else x * value


def _same(x: Fraction) -> Fraction:
    return x


@functools.lru_cache(maxsize=1024)
def _parsed(factor: str) -> tuple[ast.expr, bool]:
    """The tree of a factor and whether it names x; ValueError if it is more than arithmetic."""
    if len(factor) > LONGEST:
        raise ValueError(f"unit factor of {len(factor)} characters; at most {LONGEST} are read")
    try:
        tree = ast.parse(factor.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise ValueError(
            f"unit factor {factor!r} is neither a number nor a fraction nor a formula in x"
        ) from error
    return tree, any(isinstance(node, ast.Name) for node in ast.walk(tree))


def _value(node: ast.expr, x: Fraction, factor: str, depth: int = 0) -> Fraction:
    if depth > DEEPEST:
        raise ValueError(f"unit factor {factor!r} is nested too deeply")
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        # repr gives back the digits as they were written: 88.4 is 884/10, not the nearest binary number.
        return Fraction(repr(node.value))
    if isinstance(node, ast.Name) and node.id == "x":
        return x
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, x, factor, depth + 1)
    if isinstance(node, ast.BinOp):
        left, right = (_value(side, x, factor, depth + 1) for side in (node.left, node.right))
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, ast.Div):
            return left / right
    raise ValueError(f"unit factor {factor!r} may hold numbers, x, + - * / and brackets only")
