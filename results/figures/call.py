"""The call in a cell of Figures: read with `ast`, checked against the signature, never executed."""

from __future__ import annotations

import ast
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from results.evaluate import known_name
from results.figures.registry import FIGURES, Known
from specs.model import Constant
from specs.problem import Place, Problem, SpecError, nearest


@dataclass(frozen=True)
class FigureCall:
    """A checked call: `arguments` holds expressions as text, variables as a tuple of names, constants as values."""

    known: Known
    text: str
    place: Place
    arguments: Mapping[str, object]

    @property
    def datasets(self) -> tuple[str, ...]:
        """The ADaM datasets that the call names."""
        found = self.arguments.get("dataset")
        return (found,) if isinstance(found, str) else ()


def read_figure(text: str, place: Place, constants: Mapping[str, Constant]) -> FigureCall:
    """The call written in a cell, such as `survival(result='AR.5', bands=True)`.

    constants: those of the study, which an option may name. SpecError for anything else, with the nearest valid name.
    """
    return _read(text, place, tuple((name, type(value), value) for name, value in constants.items()))


@lru_cache(maxsize=1024)
def _read(text: str, place: Place, known_constants: tuple[tuple[str, type, Constant], ...]) -> FigureCall:
    constants = {name: value for name, _, value in known_constants}
    node = _node(text, place)
    known_name(node.func.id, FIGURES, "figure", place)  # type: ignore[attr-defined]
    known = FIGURES[node.func.id]  # type: ignore[attr-defined]
    if node.args:
        raise _wrong(place, f"{known.name}(): arguments are written by name", known.usage)
    arguments: dict[str, object] = {}
    for keyword in node.keywords:
        name = keyword.arg or "**"
        if name not in known.arguments:
            hint = nearest(name, known.arguments) or f"write {known.usage}"
            raise _wrong(place, f"{known.name}() has no argument {name!r}", hint)
        if name in arguments:
            raise _wrong(place, f"{known.name}() gets {name!r} twice")
        arguments[name] = _argument(known, name, keyword.value, text, place, constants)
    missing = [name for name in known.arguments if name not in arguments and name not in known.defaults]
    if missing:
        raise _wrong(place, f"{known.name}() lacks {', '.join(missing)}", f"write {known.usage}")
    return FigureCall(known, text, place, arguments)


def _wrong(place: Place, message: str, hint: str = "") -> SpecError:
    return SpecError([Problem(place, message, hint)])


def _node(text: str, place: Place) -> ast.Call:
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _wrong(place, f"{text!r} cannot be read", "write one call, such as survival(result='AR.1')") from None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        raise _wrong(place, f"{text!r} is not one call of a figure", "such as survival(result='AR.1')")
    return node


def _argument(
    known: Known, name: str, node: ast.expr, text: str, place: Place, constants: Mapping[str, Constant]
) -> object:
    source = ast.get_source_segment(text.strip(), node) or ast.unparse(node)
    kind = known.kind(name)
    if kind == "expression":
        return source
    if kind == "variables":
        return _variables(known, name, node, source, place)
    wanted = known.arguments[name]
    try:
        value = constants[source] if source in constants else ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        hint = nearest(source, constants) or f"a text stands in quotes: {name}='{source}'"
        raise _wrong(place, f"{name}={source} is not a constant", hint if isinstance(node, ast.Name) else "") from None
    if wanted is int and isinstance(value, float) and value.is_integer():
        value = int(value)
    if typing.get_origin(wanted) is tuple and not isinstance(value, tuple):
        value = tuple(value) if isinstance(value, list) else (value,)
    if not _fits(value, wanted):
        default = known.defaults.get(name)
        hint = f"such as {name}={default!r}" if default not in (None, (), "") else f"it is {_words(wanted)}"
        raise _wrong(place, f"{name}={source} is of the wrong kind", hint)
    return value


def _variables(known: Known, name: str, node: ast.expr, source: str, place: Place) -> tuple[str, ...]:
    parts = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
    names = tuple(part.id for part in parts if isinstance(part, ast.Name))
    if not names or len(names) != len(parts):
        raise _wrong(place, f"{known.name}(): {name}={source} names no variables", f"such as {name}=USUBJID")
    return names


def _fits(value: object, wanted: object) -> bool:
    """Whether a constant is of a type; a whole number is a float too, a bool is no number."""
    parts = typing.get_args(wanted)
    if typing.get_origin(wanted) is tuple:
        return isinstance(value, tuple) and all(_fits(entry, parts[0]) for entry in value)
    if isinstance(wanted, types.UnionType):
        return any(_fits(value, part) for part in parts)
    if wanted is types.NoneType:
        return value is None
    if wanted is bool:
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if wanted is float:
        return isinstance(value, int | float)
    return isinstance(wanted, type) and isinstance(value, wanted)


def _words(wanted: object) -> str:
    """A type in words."""
    words = {str: "a text in quotes", bool: "True or False", int: "a whole number", float: "a number"}
    parts = [part for part in typing.get_args(wanted) if part not in (types.NoneType, Ellipsis)]
    if typing.get_origin(wanted) is tuple:
        return f"several of: {_words(parts[0])}"
    if parts:
        return " or ".join(_words(part) for part in parts)
    return words.get(wanted, str(wanted)) if isinstance(wanted, type) else str(wanted)
