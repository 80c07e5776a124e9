"""Signatures of the functions that an expression may call: the language's own, and those of the derivations."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache

import derivations
from language.tree import CONDITION, ISO, NUMBER, TEXT

AGGREGATES = ["first", "last", "only", "min", "max", "sum", "mean"]
AGGREGATES += ["count", "count_distinct", "any", "all", "covered_days"]
WINDOWS = ["sequence", "row_number", "is_first", "is_last", "lag", "lead"]
ROWWISE = ["missing", "coalesce", "least", "greatest", "total", "flag", "yn", "exists", "date_in", "criteria", "domain"]
EXPANDERS = ("dates", "values")

_KINDS = {"Text": TEXT, "Iso": ISO, "Number": NUMBER, "Day": "day", "Condition": CONDITION}
_ENGINE = ("Codelist", "Units", "Pieces")
UNWRITTEN = ("Units", "Pieces")  # what the engine alone passes: an expression cannot name it


@dataclass(frozen=True)
class Parameter:
    """A parameter of a derivation: `kind` is a type, "day", "texts", "constant", "Codelist", "Units" or "Pieces".

    optional: a constant may be written as None, which says the same as leaving it out.
    """

    name: str
    kind: str
    constant: str
    required: bool
    keyword_only: bool
    optional: bool = False


@dataclass(frozen=True)
class Signature:
    name: str
    parameters: tuple[Parameter, ...]
    returns: str


def names() -> tuple[str, ...]:
    """Every function name of the language, for hints."""
    return (*ROWWISE, *AGGREGATES, *WINDOWS, *EXPANDERS, *derivations.REGISTRY)


@cache
def signature(name: str) -> Signature:
    """The signature of a derivation, read from its annotations."""
    known = derivations.REGISTRY[name]
    parameters = tuple(_parameter(item) for item in inspect.signature(known.function).parameters.values())
    return Signature(name, parameters, known.returns)


def _parameter(item: inspect.Parameter) -> Parameter:
    parts = [part.strip().strip("'\"") for part in str(item.annotation).split("|")]
    word = parts[0].rsplit(".", 1)[-1]
    if item.kind is inspect.Parameter.VAR_POSITIONAL:
        return Parameter(item.name, "texts", "", False, False)
    keyword_only = item.kind is inspect.Parameter.KEYWORD_ONLY
    required = item.default is inspect.Parameter.empty
    if word in _KINDS:
        return Parameter(item.name, _KINDS[word], "", required, keyword_only)
    if word in _ENGINE:
        return Parameter(item.name, word, "", False, keyword_only)
    return Parameter(item.name, "constant", word, required, keyword_only, "None" in parts)
