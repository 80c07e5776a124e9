"""The call in a cell of Statistics: read with `ast`, checked against the signature, never executed."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

from results.evaluate import known_name
from results.statistics import STATISTICS, Known
from results.statistics.registry import Estimated
from specs.problem import Place, Problem, SpecError, nearest


@dataclass(frozen=True)
class Call:
    """A checked call: `columns` the text of each column expression, `constants` the given options."""

    known: Known
    text: str
    place: Place
    columns: Mapping[str, str]
    constants: Mapping[str, object]
    reference: str = ""
    strata: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()

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
        passed = {name: nothing_passed.get(kind, codes) for name, kind in self.known.passed.items()}
        return self.known.function(**columns, **passed, **self.constants)


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
    node, passed = _of_caller(known, node, text, place)
    for keyword in node.keywords:
        name = keyword.arg or "**"
        if name in columns or name in constants:
            raise _wrong(place, f"{known.name}() gets {name!r} twice")
        if name in known.columns:
            columns[name] = _source(text, keyword.value)
        elif name in known.constants:
            constants[name] = _constant(known, name, keyword.value, text, place)
        else:
            valid = (*known.columns, *_caller_options(known), *known.constants)
            hint = nearest(name, valid) or f"it takes {', '.join(valid) or 'no arguments'}"
            raise _wrong(place, f"{known.name}() has no argument {name!r}", hint)
    missing = [name for name in known.columns if name not in columns]
    if missing:
        raise _wrong(place, f"{known.name}() lacks {', '.join(missing)}", f"write {_usage(known)}")
    call = Call(known, text, place, columns, constants, passed.reference, passed.strata, passed.covariates)
    try:
        call.of_nothing()
    except ValueError as error:
        raise _wrong(place, f"{known.name}(): {error}") from None
    return call


_OPTIONS = {"group": "reference", "strata": "strata", "covariates": "covariates"}


@dataclass(frozen=True)
class _Passed:
    """What a call says of the arguments that are passed to the statistic."""

    reference: str = ""
    strata: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()


def _caller_options(known: Known) -> tuple[str, ...]:
    """The options that say what is passed: reference level of Group, variables of the strata, covariates."""
    return tuple(option for kind, option in _OPTIONS.items() if kind in known.passed.values())


def _of_caller(known: Known, node: ast.Call, text: str, place: Place) -> tuple[ast.Call, _Passed]:
    """The call without the options of `_caller_options`, and what these say."""
    valid = _caller_options(known)
    reference = ""
    strata: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    rest = []
    for keyword in node.keywords:
        if keyword.arg == "reference" and "reference" in valid:
            value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
            if not isinstance(value, str) or not value:
                raise _wrong(place, f"{known.name}(): reference is a level of Group in quotes")
            reference = value
        elif keyword.arg == "strata" and "strata" in valid:
            strata = _strata(known, keyword.value, place)
        elif keyword.arg == "covariates" and "covariates" in valid:
            parts = keyword.value.elts if isinstance(keyword.value, ast.Tuple | ast.List) else [keyword.value]
            covariates = tuple(_source(text, part) for part in parts)
        else:
            rest.append(keyword)
    if "reference" in valid and not reference:
        hint = "such as reference='Placebo'"
        raise _wrong(place, f"{known.name}() compares each level of Group with a reference, which is not named", hint)
    return ast.Call(node.func, node.args, rest), _Passed(reference, strata, covariates)


def _strata(known: Known, node: ast.expr, place: Place) -> tuple[str, ...]:
    parts = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
    names = tuple(part.id for part in parts if isinstance(part, ast.Name))
    if not names or len(names) != len(parts):
        raise _wrong(place, f"{known.name}(): strata are variables", "such as strata=SEX or strata=(SEX, AGEGR1)")
    return names


def _wrong(place: Place, message: str, hint: str = "") -> SpecError:
    return SpecError([Problem(place, message, hint)])


def _usage(known: Known) -> str:
    options = [f"{name}=..." for name in _caller_options(known)]
    options += [f"{name}={value!r}" for name, value in known.constants.items()]
    return f"{known.name}({', '.join((*known.columns, *options))})"


def _node(text: str, place: Place) -> ast.Call:
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _wrong(place, f"{text!r} cannot be read", "write one call, such as subjects()") from None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        hint = f"such as {_usage(STATISTICS['proportion'])}"
        raise _wrong(place, f"{text!r} is not one call of a statistic", hint)
    return node


def _source(text: str, node: ast.expr) -> str:
    return ast.get_source_segment(text.strip(), node) or ast.unparse(node)


def _positional(known: Known, node: ast.Call, text: str, place: Place) -> dict[str, str]:
    if len(node.args) > len(known.columns):
        message = f"{known.name}() takes {len(known.columns)} column(s), not {len(node.args)}"
        raise _wrong(place, message, f"options are written by name: {_usage(known)}")
    return {name: _source(text, argument) for name, argument in zip(known.columns, node.args)}


def _constant(known: Known, name: str, node: ast.expr, text: str, place: Place) -> object:
    default = known.constants[name]
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        message = f"{name}={_source(text, node)} is not a constant"
        raise _wrong(place, message, f"such as {name}={default!r}") from None
    if isinstance(default, tuple) and not isinstance(value, tuple):
        value = (value,)
    if not _same_kind(value, default, str if name in known.texts else (int, float)):
        raise _wrong(place, f"{name}={value!r} is of the wrong kind", f"such as {name}={default!r}")
    return value


def _same_kind(value: object, default: object, entries: type | tuple[type, ...]) -> bool:
    """Whether a constant is of the kind of its default; `entries` are the types that a tuple may hold."""
    if isinstance(value, bool) or isinstance(default, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if isinstance(value, tuple) and isinstance(default, tuple):
        return all(isinstance(entry, entries) and not isinstance(entry, bool) for entry in value)
    return isinstance(value, type(default)) or (isinstance(default, float) and isinstance(value, int))
