"""Where clauses of Define-XML: comparisons of variables with constants, joined by `and`.

Define-XML states a condition as RangeChecks (Define-XML 2.1, section 5.3.9): a variable, one of the
comparators EQ NE LT LE GT GE IN NOTIN, and constants. Two spellings are read:

* the expression language, ``PARAMCD == 'RELW1' and FASFL == 'Y'``, parsed with `ast` and never evaluated;
* the Pinnacle 21 workbook's, ``PARAMCD EQ RELW1 and AVISIT IN (Week 2, Week 4)``.

A missing value is an empty constant: ``not missing(X)`` is X NE "" and ``missing(X)`` is X EQ "".
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from specs.problem import Place, Problem, SpecError

SUBSET = "Define-XML knows variable == != < <= > >= in, not in, constant; joined by and"
SYMBOLS = {
    "EQ": "==", "NE": "!=", "LT": "<", "LE": "<=", "GT": ">", "GE": ">=", "IN": "in", "NOTIN": "not in",
}  # fmt: skip
_COMPARATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "EQ", ast.NotEq: "NE", ast.Lt: "LT", ast.LtE: "LE", ast.Gt: "GT", ast.GtE: "GE",
    ast.In: "IN", ast.NotIn: "NOTIN",
}  # fmt: skip
_MIRRORED = {"EQ": "EQ", "NE": "NE", "LT": "GT", "LE": "GE", "GT": "LT", "GE": "LE"}
# Only these negate exactly: `not X < 1` also holds for a missing X, which GE does not say.
_NEGATED = {"EQ": "NE", "NE": "EQ", "IN": "NOTIN", "NOTIN": "IN"}
_P21 = re.compile(r"(?:^|\s+(?:and|AND)\s+)([A-Za-z_][\w.]*)\s+(EQ|NE|LT|LE|GT|GE|NOT ?IN|IN)(?=\s|\()")
_P21_START = re.compile(r"\s*[A-Za-z_][\w.]*\s+(EQ|NE|LT|LE|GT|GE|NOTIN|NOT IN|IN)(\s|\()")
_P21_ITEM = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^,]+))""")


@dataclass(frozen=True)
class RangeCheck:
    """One comparison. `dataset` is empty when the text names none; `values` are the constants as text."""

    variable: str
    comparator: str
    values: tuple[str, ...]
    dataset: str = ""
    numeric: bool = False

    def __str__(self) -> str:
        """The check in the expression language."""
        name = f"{self.dataset}.{self.variable}" if self.dataset else self.variable
        shown = [value if self.numeric else repr(value) for value in self.values]
        if self.comparator in ("IN", "NOTIN"):
            shown = [f"({', '.join(shown)}{',' * (len(shown) == 1)})"]
        return f"{name} {SYMBOLS[self.comparator]} {shown[0]}"


def parse_where(text: str, place: Place) -> tuple[RangeCheck, ...]:
    """The RangeChecks of a condition, all of which must hold; none for an empty text.

    Raises SpecError, naming the part that Define-XML cannot state.
    """
    if not text.strip():
        return ()
    if _P21_START.match(text):
        return tuple(_p21_checks(text, place))
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise SpecError([Problem(place, f"'{text}' cannot be read: {error.msg}", SUBSET)]) from None
    return tuple(_checks(tree.body, place))


def in_language(checks: Iterable[RangeCheck]) -> str:
    """The checks as one text of the expression language."""
    return " and ".join(str(check) for check in checks)


def in_p21(checks: Iterable[RangeCheck]) -> str:
    """The checks in the spelling of the Pinnacle 21 workbook."""
    parts = []
    for check in checks:
        shown = [value if re.fullmatch(r"[\w.+-]+", value) else f'"{value}"' for value in check.values]
        constants = f"({', '.join(shown)})" if check.comparator in ("IN", "NOTIN") else shown[0]
        parts.append(f"{check.variable} {check.comparator} {constants}")
    return " and ".join(parts)


def _outside(node: ast.AST, place: Place, why: str) -> SpecError:
    return SpecError([Problem(place, f"Define-XML cannot state '{ast.unparse(node)}': {why}", SUBSET)])


def _checks(node: ast.expr, place: Place) -> Iterator[RangeCheck]:
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for part in node.values:
            yield from _checks(part, place)
    elif isinstance(node, ast.Compare):
        yield from _comparison(node, place)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "missing":
        yield _missing(node, place)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield _negation(node, place)
    elif isinstance(node, ast.BoolOp):
        raise _outside(node, place, "'or' has no RangeCheck; use 'in' for several values of one variable")
    else:
        raise _outside(node, place, "it is no comparison of a variable with a constant")


def _negation(node: ast.UnaryOp, place: Place) -> RangeCheck:
    inner = list(_checks(node.operand, place))
    if len(inner) != 1 or inner[0].comparator not in _NEGATED:
        raise _outside(node, place, "only ==, in and missing() can be negated")
    check = inner[0]
    return RangeCheck(check.variable, _NEGATED[check.comparator], check.values, check.dataset, check.numeric)


def _missing(node: ast.Call, place: Place) -> RangeCheck:
    if len(node.args) != 1 or node.keywords or not _is_name(node.args[0]):
        raise _outside(node, place, "missing() takes one variable")
    dataset, variable = _name(node.args[0])
    return RangeCheck(variable, "EQ", ("",), dataset)


def _comparison(node: ast.Compare, place: Place) -> Iterator[RangeCheck]:
    sides = [node.left, *node.comparators]
    for left, operator, right in zip(sides, node.ops, sides[1:]):
        comparator = _COMPARATORS.get(type(operator), "")
        if not comparator:
            raise _outside(node, place, "there is no such comparator")
        if comparator in _MIRRORED and _is_name(right) and not _is_name(left):
            left, right, comparator = right, left, _MIRRORED[comparator]
        if not _is_name(left):
            raise _outside(left, place, "a RangeCheck tests a variable, not the result of a computation")
        constants = _constants(right, comparator, place)
        dataset, variable = _name(left)
        numeric = all(not isinstance(value, str) for value in constants)
        yield RangeCheck(variable, comparator, tuple(_text(value) for value in constants), dataset, numeric)


def _constants(node: ast.expr, comparator: str, place: Place) -> list[str | float]:
    listed = isinstance(node, ast.Tuple | ast.List | ast.Set)
    if listed != (comparator in ("IN", "NOTIN")):
        wanted = "one constant" if listed else "a list (...)"
        raise _outside(node, place, f"{SYMBOLS[comparator]} takes {wanted}")
    return [_constant(part, place) for part in (node.elts if listed else [node])]  # type: ignore[attr-defined]


def _constant(node: ast.expr, place: Place) -> str | float:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _constant(node.operand, place)
        if not isinstance(value, str):
            return -value
    elif isinstance(node, ast.Constant) and type(node.value) in (str, int, float):
        return node.value  # type: ignore[return-value]
    raise _outside(node, place, "only a text or a number can be compared with")


def _is_name(node: ast.expr) -> bool:
    base = node.value if isinstance(node, ast.Attribute) else node
    return isinstance(base, ast.Name)


def _name(node: ast.expr) -> tuple[str, str]:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.value.id, node.attr
    assert isinstance(node, ast.Name)
    return "", node.id


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.15g}"


def _p21_checks(text: str, place: Place) -> Iterator[RangeCheck]:
    text = text.strip()
    starts = list(_P21.finditer(text))
    for start, following in zip(starts, [*starts[1:], None]):
        name, comparator = start[1], re.sub(r"\s", "", start[2].upper())
        dataset, _, variable = name.rpartition(".")
        body = text[start.end() : following.start() if following else len(text)].strip()
        if comparator in ("IN", "NOTIN"):
            if not (body.startswith("(") and body.endswith(")")):
                raise SpecError([Problem(place, f"'{name} {comparator} {body}' lacks its list (...)")])
            values = tuple(_unquoted(item) for item in _P21_ITEM.finditer(body[1:-1]) if item[0].strip())
        else:
            values = (_unquoted_text(body),)
        if not values or (values == ("",) and body in ("", "()")):
            raise SpecError([Problem(place, f"'{name} {comparator}' has no value to compare with", SUBSET)])
        yield RangeCheck(variable, comparator, values, dataset)


def _unquoted(match: re.Match[str]) -> str:
    return next(part for part in match.groups() if part is not None).strip()


def _unquoted_text(body: str) -> str:
    quoted = len(body) > 1 and body[0] == body[-1] and body[0] in "\"'"
    return body[1:-1] if quoted else body
