"""The call in a cell of Statistics: read with `ast`, checked against the signature, never executed."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

from results.call_options import caller_options, of_caller, source, wrong
from results.evaluate import known_name
from results.statistics import STATISTICS, Known
from results.statistics.model_terms import ModelTerms
from results.statistics.registry import Estimated
from specs.problem import Place, nearest


@dataclass(frozen=True)
class Call:
    """A checked call: `columns` the text of each column expression, `constants` the given options.

    reference, strata, covariates, classes, interactions, visit: what it says of the arguments that are passed. group:
    what its result calls the treatment, where a model has it among its terms.
    """

    known: Known
    text: str
    place: Place
    columns: Mapping[str, str]
    constants: Mapping[str, object]
    reference: str = ""
    strata: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    interactions: tuple[tuple[str, ...], ...] = ()
    visit: str = ""
    group: str = ""

    @property
    def modelled(self) -> bool:
        """True for a model that is fitted to the records of all levels of Group, and then tells of each."""
        return "arms" in self.known.passed.values()

    @property
    def compares(self) -> bool:
        """True for a statistic of one level of Group against the reference."""
        return "group" in self.known.passed.values()

    @property
    def overall(self) -> bool:
        """True for a statistic over all levels of Group at once."""
        return "groups" in self.known.passed.values()

    @property
    def counts_subjects(self) -> bool:
        """True for a statistic whose denominator is the subjects of ADSL; some ask for it by the option denominator."""
        if "population" not in self.known.passed.values():
            return False
        default = self.known.constants.get("denominator", "population")
        return self.constants.get("denominator", default) == "population"

    @property
    def variable(self) -> str:
        """What is analysed: the text of the first column expression, or the subject when there is none."""
        return next(iter(self.columns.values()), "USUBJID")

    def of_nothing(self) -> Estimated:
        """The statistic of no records, which tells the names of its values; ValueError for a wrong option."""
        return self._of_nothing

    @cached_property
    def _of_nothing(self) -> Estimated:
        nothing = {
            "condition": np.array([], dtype=bool),
            "number": np.array([], dtype=float),
            "text": pd.Categorical([]),
        }
        columns = {name: nothing[kind] for name, kind in self.known.columns.items()}
        codes = np.array([], dtype=np.int64)
        nothing_passed = {
            "population": 0,
            "subject": (),
            "strata": codes if self.strata else None,
            "covariates": np.empty((0, len(self.covariates))) if self.covariates else None,
        }
        if self.modelled:
            nothing_passed |= {"reference": 0, "terms": self._terms_of_nothing()}
        passed = {name: nothing_passed.get(kind, codes) for name, kind in self.known.passed.items()}
        found = self.known.function(**columns, **passed, **self.constants)
        made: Estimated = found.cell(1) if self.modelled else found
        return made

    def _terms_of_nothing(self) -> ModelTerms:
        """The terms of the model; what an interaction names besides them can be the Group variable alone."""
        own = (*self.covariates, *self.classes, self.visit)
        others = dict.fromkeys(name for term in self.interactions for name in term if name not in own)
        group = self.group or next(iter(others), "treatment")
        sizes = (len(self.covariates), len(self.classes))
        numbers, codes = np.empty((0, sizes[0])), np.empty((0, sizes[1]), dtype=np.int64)
        return ModelTerms(self.covariates, numbers, self.classes, codes, self.interactions, group, self.visit)


@lru_cache(maxsize=4096)
def read_call(text: str, place: Place) -> Call:
    """The call written in a cell, such as `proportion(AVAL == 1, ci='wilson')`.

    Column expressions come first, by position or by keyword, options by keyword. SpecError for anything else,
    with the nearest valid name.
    """
    node = _node(text, place)
    known_name(node.func.id, STATISTICS, "statistic", place)  # type: ignore[attr-defined]
    known = STATISTICS[node.func.id]  # type: ignore[attr-defined]
    columns, constants = _positional(known, node, text, place), {}
    node, passed = of_caller(known, node, text, place)
    for keyword in node.keywords:
        name = keyword.arg or "**"
        if name in columns or name in constants:
            raise wrong(place, f"{known.name}() gets {name!r} twice")
        if name in known.columns:
            columns[name] = source(text, keyword.value)
        elif name in known.constants:
            constants[name] = _constant(known, name, keyword.value, text, place)
        else:
            valid = (*known.columns, *caller_options(known), *known.constants)
            hint = nearest(name, valid) or f"it takes {', '.join(valid) or 'no arguments'}"
            raise wrong(place, f"{known.name}() has no argument {name!r}", hint)
    missing = [name for name in known.columns if name not in columns]
    if missing:
        raise wrong(place, f"{known.name}() lacks {', '.join(missing)}", f"write {_usage(known)}")
    call = Call(known, text, place, columns, constants, **passed)
    _check_apart(call)
    try:
        call.of_nothing()
    except ValueError as error:
        raise wrong(place, f"{known.name}(): {error}") from None
    return call


def _check_apart(call: Call) -> None:
    """What a model explains is none of the terms that explain it."""
    response = {_plain(text) for text in call.columns.values()}
    for name in (*call.covariates, *call.classes, call.visit) if call.modelled else ():
        if _plain(name) in response:
            raise wrong(call.place, f"{call.known.name}() has {name} as response and as a term of the model")


def _plain(text: str) -> str:
    return "".join(text.split())


def _usage(known: Known) -> str:
    options = [f"{name}=..." for name in caller_options(known)]
    options += [f"{name}={value!r}" for name, value in known.constants.items()]
    return f"{known.name}({', '.join((*known.columns, *options))})"


def _node(text: str, place: Place) -> ast.Call:
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise wrong(place, f"{text!r} cannot be read", "write one call, such as subjects()") from None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        hint = f"such as {_usage(STATISTICS['proportion'])}"
        raise wrong(place, f"{text!r} is not one call of a statistic", hint)
    return node


def _positional(known: Known, node: ast.Call, text: str, place: Place) -> dict[str, str]:
    if len(node.args) > len(known.columns):
        message = f"{known.name}() takes {len(known.columns)} column(s), not {len(node.args)}"
        raise wrong(place, message, f"options are written by name: {_usage(known)}")
    return {name: source(text, argument) for name, argument in zip(known.columns, node.args)}


def _constant(known: Known, name: str, node: ast.expr, text: str, place: Place) -> object:
    default = known.constants[name]
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        message = f"{name}={source(text, node)} is not a constant"
        raise wrong(place, message, f"such as {name}={default!r}") from None
    if isinstance(default, tuple) and not isinstance(value, tuple):
        value = (value,)
    if not _same_kind(value, default, str if name in known.texts else (int, float)):
        raise wrong(place, f"{name}={value!r} is of the wrong kind", f"such as {name}={default!r}")
    return value


def _same_kind(value: object, default: object, entries: type | tuple[type, ...]) -> bool:
    """Whether a constant is of the kind of its default; `entries` are the types that a tuple may hold."""
    if isinstance(value, bool) or isinstance(default, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if isinstance(value, tuple) and isinstance(default, tuple):
        return all(isinstance(entry, entries) and not isinstance(entry, bool) for entry in value)
    return isinstance(value, type(default)) or (isinstance(default, float) and isinstance(value, int))
