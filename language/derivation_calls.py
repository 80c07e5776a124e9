"""Calls of derivations: arguments bound to parameters, constants tried out, codelists and units supplied."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

import derivations
from derivations.registry import Codelist, Pieces, Units
from language import functions
from language.errors import ExpressionError, closest
from language.tree import CONDITION, ISO, NONE, NUMBER, TEXT, Call, Column, Constant, Node
from language.types import WORDS, as_type, concrete, need, show, type_of

if TYPE_CHECKING:
    from language.resolve import Resolver

_FROM_ENGINE = {"Codelist": Codelist(""), "Units": Units(), "Pieces": Pieces()}
_EMPTY = {TEXT: "object", ISO: "object", NUMBER: "float64", "day": "float64", CONDITION: "bool"}


def derivation(resolver: Resolver, item: Call) -> Node:
    """A call of a derivation with named arguments. Raises ExpressionError for a call that does not fit it."""
    known = functions.signature(item.function)
    _check_options(known, item)
    bound, several, codelist = _bound(resolver, known, item)
    resolved = Call(item.function, tuple(several), bound, known.returns)
    constants = {name: node.value for name, node in bound.items() if isinstance(node, Constant)}
    names = {parameter.name for parameter in known.parameters if parameter.kind == "constant"}
    given = tuple((name, value) for name, value in constants.items() if name in names)
    _try_constants(item.function, given, frozenset(set(bound) - names))
    return replace(resolved, supplied=_supplied(resolver, known, resolved, codelist))


def _check_options(known: functions.Signature, item: Call) -> None:
    valid = [parameter.name for parameter in known.parameters if parameter.kind not in ("texts", *functions.UNWRITTEN)]
    valid = [name for name in valid if name != "items"]
    for name in item.options:
        if name not in valid:
            hint = closest(name, valid) or f"its options are {', '.join(valid)}"
            raise ExpressionError(f"{item.function} has no option {name!r}", hint)


def _bound(
    resolver: Resolver, known: functions.Signature, item: Call
) -> tuple[dict[str, Node], list[Node], dict[str, Node]]:
    """Arguments by parameter, those of `*values`, and the codelist that the call names."""
    arguments = list(item.arguments)
    bound: dict[str, Node] = {}
    several: list[Node] = []
    codelist = {}
    for parameter in known.parameters:
        name = parameter.name
        if parameter.kind == "texts":
            several = [need(resolver.node(part), TEXT, item.function) for part in arguments]
            arguments = []
        elif name in item.options:
            if parameter.kind in _FROM_ENGINE:
                codelist[name] = item.options[name]
            else:
                bound[name] = _argument(resolver, item, parameter, item.options[name])
        elif arguments and not parameter.keyword_only and parameter.kind not in functions.UNWRITTEN:
            part = arguments.pop(0)
            if parameter.kind in _FROM_ENGINE:
                codelist[name] = part
            else:
                bound[name] = _argument(resolver, item, parameter, part)
        elif parameter.required and name != "items":
            raise ExpressionError(f"{item.function} needs the argument {name!r}")
    kinds = {parameter.kind for parameter in known.parameters if parameter.kind in (*_EMPTY, "texts")}
    if kinds == {"texts"} and not several:  # contains(X, 'A') has a column beside its further parts
        raise ExpressionError(f"{item.function} needs at least one text")
    if arguments:
        most = sum(1 for parameter in known.parameters if not parameter.keyword_only)
        raise ExpressionError(f"{item.function} takes at most {most} argument{'s' if most != 1 else ''}")
    return bound, several, codelist


def _argument(resolver: Resolver, item: Call, parameter: functions.Parameter, part: Node) -> Node:
    what = f"{item.function} ({parameter.name})"
    node = resolver.node(part)
    if parameter.kind == "constant":
        return _constant(what, parameter, node)
    if parameter.kind == "day":
        node = as_type(node, ISO) if isinstance(node, Constant) and isinstance(node.value, str) else concrete(node)
        if type_of(node) not in (ISO, NUMBER, NONE):
            raise ExpressionError(f"{what} needs a date, but {show(node)} is {WORDS[type_of(node)]}")
        return node
    if item.function in ("number", "date") and type_of(node) == NUMBER:
        raise ExpressionError(f"{show(node)} is a number already", f"leave {item.function}(...) out")
    return need(node, parameter.kind, what)


def _constant(what: str, parameter: functions.Parameter, node: Node) -> Node:
    if not isinstance(node, Constant):
        raise ExpressionError(f"{what} must be written as a constant")
    value = node.value
    if value is None and parameter.optional:
        return node
    if value is None and parameter.constant == "str":
        return Constant("", TEXT)
    wanted = {"int": float, "float": float, "str": str, "bool": bool}.get(parameter.constant)
    if wanted is not None and not isinstance(value, wanted):
        words = {"int": "a whole number", "float": "a number", "str": "a text", "bool": "True or False"}
        raise ExpressionError(f"{what} must be {words[parameter.constant]}, not {value!r}")
    if parameter.constant == "int" and isinstance(value, float):
        if not value.is_integer():
            raise ExpressionError(f"{what} must be a whole number, not {value!r}")
        return Constant(int(value), NUMBER)
    return node


@lru_cache(maxsize=4096)
def _try_constants(function: str, constants: tuple[tuple[str, Any], ...], columns: frozenset[str]) -> None:
    """Call the derivation on empty columns: it raises ValueError for arguments that it cannot work with.

    Constants may be wrong by themselves, or without an optional column (`columns` are those given) that they need.
    """
    known = functions.signature(function)
    given: dict[str, Any] = dict(constants)
    for parameter in known.parameters:
        if parameter.kind in _EMPTY and (parameter.required or parameter.name in columns):
            given[parameter.name] = pd.Series([], dtype=_EMPTY[parameter.kind])
        elif parameter.kind in _FROM_ENGINE:
            given[parameter.name] = _FROM_ENGINE[parameter.kind]
        elif parameter.name == "items":
            given["items"] = ()
    _try(function, known, given)


def _try(function: str, known: functions.Signature, given: dict[str, Any]) -> None:
    names = [parameter.name for parameter in known.parameters]
    kinds = [parameter.kind for parameter in known.parameters]
    positional: list[Any] = []
    if "texts" in kinds:
        positional = [given.pop(name) for name in names[: kinds.index("texts")] if name in given]
        positional.append(pd.Series([], dtype="object"))
    try:
        derivations.REGISTRY[function].function(*positional, **given)
    except ValueError as error:
        message = str(error)
        raise ExpressionError(message if message.startswith(function) else f"{function}: {message}") from None


def _supplied(
    resolver: Resolver, known: functions.Signature, call: Call, codelist: dict[str, Node]
) -> dict[str, object]:
    supplied: dict[str, object] = {}
    for parameter in known.parameters:
        if parameter.kind == "Pieces":
            supplied[parameter.name] = Pieces()  # what other rules ask for is known when all are resolved
        elif parameter.kind in _FROM_ENGINE:
            given = codelist.get(parameter.name)
            if given is not None and not (isinstance(given, Constant) and isinstance(given.value, str)):
                raise ExpressionError(f"{call.function} ({parameter.name}) must be a name in quotes")
            name = given.value if isinstance(given, Constant) else ""
            supplied[parameter.name] = resolver.scope.supply(call.function, parameter.kind, str(name))
        elif parameter.name == "items":
            supplied["items"] = tuple(_item(part) for part in call.arguments)
    return supplied


def _item(node: Node) -> str:
    """The raw column behind an argument (`raw_cs.CSRTE_C`), by which collected values are told apart."""
    return f"{node.table}.{node.name}" if isinstance(node, Column) and node.table else ""
