"""Expressions in words, for those who read a define.xml: `missing(X)` is "X is missing".

The words say neither more nor less than the expression; what has no short English form stays as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from language import tree

# How tightly a text holds together; a part that holds less tightly than its place asks stands in brackets.
_PHRASE, _OR, _AND, _COMPARISON, _SUM, _PRODUCT, _OF, _WORD = range(8)
Said = tuple[str, int]

_COMPARED = {"==": "is", "!=": "is not"}
_ARITHMETIC = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "//": _PRODUCT, "%": _PRODUCT}
_DATE = re.compile(r"DT[CM]?$")
_PLACES = {"first": "{} of the first row", "last": "{} of the last row", "only": "the one value of {}"}
_EXTREMES = {"min": ("smallest", "earliest"), "least": ("smallest", "earliest")}
_EXTREMES |= {"max": ("largest", "latest"), "greatest": ("largest", "latest")}
_PREPOSITIONS = {
    "date": "the date of {}", "date_part": "the date part of {}", "year": "the year of {}",
    "abs": "the absolute value of {}", "decode": "the decode of {}", "number": "the number in {}",
    "text": "the text of {}", "upper": "{} in capital letters", "study_day": "the study day of {} relative to {}",
}  # fmt: skip
_COUNTS = {"count": "the number of {} values", "count_distinct": "the number of distinct values of {}"}
_COUNTS |= {"sum": "the sum of {}", "mean": "the mean of {}"}


def in_words(node: tree.Node) -> str:
    """The expression in words.

    >>> from language.parse import parse
    >>> in_words(parse("A == 'X' and not missing(B) and 1 < C <= 8"))
    "A is 'X' and B is not missing and 1 < C <= 8"
    >>> in_words(parse("yn(count(EX.EXSEQ, where=EX.EXDOSE > 0) > 1)"))
    "'Y' if (the number of EX.EXSEQ values where EX.EXDOSE > 0) > 1, else 'N'"
    """
    return _said(node)[0]


def as_part(node: tree.Node) -> str:
    """The expression in words as part of a sentence: in brackets unless it holds together by itself."""
    return _at(node, _OF)


def listed(parts: Sequence[str], last: str = "and") -> str:
    """`A, B and C`."""
    return f" {last} ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def constant(value: str | float | bool | None) -> str:
    """A constant: texts in quotes, whole numbers without decimals."""
    if value is None or isinstance(value, bool):
        return {None: "missing", True: "always", False: "never"}[value]
    return f"{value:.15g}" if isinstance(value, float) else repr(value)


def keys(node: tree.Node) -> str:
    """Sort keys: `A, B descending`."""
    parts = node.items if isinstance(node, tree.Sequence) else (node,)
    return ", ".join(_key(part) for part in parts)


def _key(node: tree.Node) -> str:
    if isinstance(node, tree.Call) and node.function == "desc" and len(node.arguments) == 1:
        return f"{_at(node.arguments[0], _SUM)} descending"
    return _at(node, _SUM)


def _at(node: tree.Node, place: int) -> str:
    text, level = _said(node)
    return text if level >= place else f"({text})"


def _said(node: tree.Node) -> Said:
    for kind, say in _WORDS.items():
        if isinstance(node, kind):
            return say(node)
    return repr(node), _WORD


def _name(node: tree.Name | tree.Attribute) -> Said:
    return (node.name if isinstance(node, tree.Name) else f"{node.table}.{node.name}"), _WORD


def _sequence(node: tree.Sequence) -> Said:
    return f"({', '.join(_at(item, _SUM) for item in node.items)})", _WORD


def _compare(node: tree.Compare) -> Said:
    symbol = _COMPARED.get(node.operator, node.operator)
    return f"{_at(node.left, _SUM)} {symbol} {_at(node.right, _SUM)}", _COMPARISON


def _member(node: tree.Member, negated: bool = False) -> Said:
    items = [_at(item, _SUM) for item in node.items]
    if len(items) == 1:
        return f"{_at(node.left, _SUM)} {'is not' if negated else 'is'} {items[0]}", _COMPARISON
    return f"{_at(node.left, _SUM)} is {'none' if negated else 'one'} of {listed(items, 'and')}", _PHRASE


def _logic(node: tree.Logic) -> Said:
    if node.operator == "or":
        # `and` in brackets: words do not show that it binds closer.
        return " or ".join(_at(item, _COMPARISON) for item in node.items), _OR
    parts: list[str] = []
    previous: tree.Node | None = None
    for item in node.items:
        if _continues(previous, item):
            assert isinstance(item, tree.Compare)
            parts[-1] += f" {item.operator} {_at(item.right, _SUM)}"
        else:
            parts.append(_at(item, _AND))
        previous = item
    return " and ".join(parts), _AND if len(parts) > 1 else _COMPARISON


def _continues(previous: tree.Node | None, item: tree.Node) -> bool:
    """True for the second part of `A < B <= C`."""
    if not isinstance(previous, tree.Compare) or not isinstance(item, tree.Compare):
        return False
    return previous.right == item.left and item.operator[0] == previous.operator[0] and item.operator[0] in "<>"


def _unary(node: tree.Unary) -> Said:
    inner = node.operand
    if node.operator != "not":
        return f"-{_at(inner, _OF)}", _PRODUCT
    if isinstance(inner, tree.Member):
        return _member(inner, negated=True)
    if isinstance(inner, tree.Compare) and inner.operator in ("==", "!="):
        return _compare(tree.Compare("!=" if inner.operator == "==" else "==", inner.left, inner.right))
    if isinstance(inner, tree.Call) and len(inner.arguments) == 1 and inner.function in ("missing", "exists"):
        words = {"missing": "is not missing", "exists": "does not exist"}[inner.function]
        return f"{_at(inner.arguments[0], _SUM)} {words}", _COMPARISON
    text, level = _said(inner)
    return f"not {text if level == _WORD else f'({text})'}", _COMPARISON


def _binary(node: tree.Binary) -> Said:
    if node.operator == "**":
        return f"{_at(node.left, _WORD)} ^ {_at(node.right, _WORD)}", _OF
    level = _ARITHMETIC[node.operator]
    symbol = {"//": "div", "%": "mod"}.get(node.operator, node.operator)
    return f"{_at(node.left, level)} {symbol} {_at(node.right, level + 1)}", level


def _choice(node: tree.Choice) -> Said:
    return f"{_at(node.yes, _OR)} if {_at(node.condition, _OR)}, else {_said(node.no)[0]}", _PHRASE


def _call(node: tree.Call) -> Said:
    for say in (_condition_call, _value_call, _criteria_call, _rows_call, _record_call):
        found = say(node)
        if found:
            return found
    parts = [_at(part, _OR) for part in node.arguments]
    parts += [f"{name}={_at(option, _OR)}" for name, option in node.options.items()]
    return f"{node.function}({', '.join(parts)})", _WORD


def _condition_call(node: tree.Call) -> Said | None:
    if len(node.arguments) != 1 or node.options:
        return None
    only = node.arguments[0]
    if node.function in ("missing", "exists"):
        return f"{_at(only, _SUM)} {'is missing' if node.function == 'missing' else 'exists'}", _COMPARISON
    if node.function in ("flag", "yn"):
        return f"'Y' if {_at(only, _OR)}" + (", else 'N'" if node.function == "yn" else ""), _PHRASE
    return None


def _value_call(node: tree.Call) -> Said | None:
    if node.options or not node.arguments:
        return None
    name, parts = node.function, [_at(part, _OF) for part in node.arguments]
    wanted = _PREPOSITIONS.get(name, "")
    if wanted and wanted.count("{}") == len(parts):
        return wanted.format(*parts), _OF
    if name == "coalesce":
        return f"the first of {listed(parts)} that is not missing", _PHRASE
    if name in ("least", "greatest"):
        return f"the {_extreme(node)} of {listed(parts)}", _PHRASE
    if name == "round_half_up" and len(parts) == 2:
        return f"{parts[0]} rounded to {parts[1]} decimals", _PHRASE
    return None


def _criteria_call(node: tree.Call) -> Said | None:
    """
    >>> from language.parse import parse
    >>> in_words(parse("criteria('CTCAE 5.0 LOW', AVALU=LB.LBSTRESU)"))
    "the value by the criteria 'CTCAE 5.0 LOW' (AVALU: LB.LBSTRESU)"
    """
    if node.function != "criteria" or len(node.arguments) != 1:
        return None
    bound = ", ".join(f"{name}: {_at(option, _OR)}" for name, option in node.options.items())
    return f"the value by the criteria {_at(node.arguments[0], _OF)}" + (f" ({bound})" if bound else ""), _PHRASE


def _extreme(node: tree.Call) -> str:
    return _EXTREMES[node.function][all(_is_date(part) for part in node.arguments)]


def _is_date(node: tree.Node) -> bool:
    if isinstance(node, tree.Call):
        return node.function in ("date", "date_part", "impute_date", "add_days")
    return isinstance(node, tree.Name | tree.Attribute) and bool(_DATE.search(node.name))


def _rows_call(node: tree.Call) -> Said | None:
    """An aggregate over the rows of a table."""
    tail = _tail(node.options, "with the same")
    if node.function == "count" and not node.arguments and tail is not None:
        return f"the number of records{tail}", _PHRASE
    if tail is None or not node.arguments:
        return None
    first = _at(node.arguments[0], _OF)
    name, several = node.function, len(node.arguments) > 1
    if name in ("min", "max") and several:
        return f"the {_extreme(node)} of {listed([_at(part, _OF) for part in node.arguments])}{tail}", _PHRASE
    if several:
        return None
    if name in ("min", "max"):
        return f"the {_extreme(node)} {first.removeprefix('the ')}{tail}", _PHRASE
    if name in ("any", "all"):
        rows = ("in at least one row" if name == "any" else "in every row") + tail
        return f"{_at(node.arguments[0], _OR)} {rows}", _PHRASE
    if name == "count" and isinstance(node.arguments[0], tree.Name):
        return f"the number of rows of {first}{tail}", _PHRASE
    if name in _COUNTS:
        return _COUNTS[name].format(first) + tail, _PHRASE
    return (_PLACES[name].format(first) + tail, _PHRASE) if name in _PLACES else None


def _record_call(node: tree.Call) -> Said | None:
    """A window over the records of the dataset."""
    tail = _tail(node.options, "per")
    if tail is None:
        return None
    if node.function in ("is_first", "is_last") and not node.arguments:
        return f"the record is the {node.function.removeprefix('is_')} one{tail}", _PHRASE
    if node.function in ("sequence", "row_number") and not node.arguments:
        return f"the running number of the record{tail}", _PHRASE
    if node.function in ("lag", "lead") and len(node.arguments) == 1:
        place = "previous" if node.function == "lag" else "next"
        return f"{_at(node.arguments[0], _OF)} of the {place} record{tail}", _PHRASE
    return None


def _tail(options: Mapping[str, tree.Node], of: str) -> str | None:
    """` of all subjects ordered by C with the same A where B`; None for options that have no words."""
    if set(options) - {"by", "where", "order", "subjects"}:
        return None
    text = " of all subjects" if "subjects" in options else ""
    text += f" ordered by {keys(options['order'])}" if "order" in options else ""
    text += f" {of} {_by(options['by'])}" if "by" in options else ""
    return text + (f" where {_at(options['where'], _OR)}" if "where" in options else "")


def _by(node: tree.Node) -> str:
    parts = node.items if isinstance(node, tree.Sequence) else (node,)
    return listed([_at(part, _SUM) for part in parts])


_WORDS: dict[type[tree.Node] | tuple[type[tree.Node], ...], Callable[..., Said]] = {
    (tree.Name, tree.Attribute): _name,
    tree.Constant: lambda node: (constant(node.value), _WORD),
    tree.Sequence: _sequence,
    tree.Compare: _compare,
    tree.Member: _member,
    tree.Logic: _logic,
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Choice: _choice,
    tree.Call: _call,
}
