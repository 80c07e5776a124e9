"""The options of a call that say what is passed to its statistic: reference level, strata, terms of a model."""

from __future__ import annotations

import ast
from typing import TypedDict

from results.statistics.registry import Known
from specs.problem import Place, Problem, SpecError

_OPTIONS = {
    "group": ("reference",),
    "reference": ("reference",),
    "visits": ("visit",),
    "periods": ("period",),
    "strata": ("strata",),
    "covariates": ("covariates",),
    "terms": ("covariates", "classes", "interactions"),
}


class Passed(TypedDict):
    """What a call says of the arguments that are passed to the statistic."""

    reference: str
    strata: tuple[str, ...]
    covariates: tuple[str, ...]
    classes: tuple[str, ...]
    interactions: tuple[tuple[str, ...], ...]
    visit: str


def caller_options(known: Known) -> tuple[str, ...]:
    """The options that say what is passed: reference level of Group, variables of the strata, terms of the model."""
    return tuple(option for kind, options in _OPTIONS.items() if kind in known.passed.values() for option in options)


def visit_option(known: Known) -> str:
    """What a statistic calls the option that names the variable of its repeated records."""
    return "period" if "periods" in known.passed.values() else "visit"


def of_caller(known: Known, node: ast.Call, text: str, place: Place) -> tuple[ast.Call, Passed]:
    """The call without the options of `caller_options`, and what these say. SpecError for a wrong one."""
    valid = caller_options(known)
    found = Passed(reference="", strata=(), covariates=(), classes=(), interactions=(), visit="")
    rest = []
    seen: set[str | None] = set()
    for keyword in node.keywords:
        if keyword.arg in seen:
            raise wrong(place, f"{known.name}() gets {keyword.arg!r} twice")
        seen.add(keyword.arg)
        if keyword.arg not in valid:
            rest.append(keyword)
        elif keyword.arg == "reference":
            found["reference"] = _reference(known, keyword.value, place)
        elif keyword.arg == "strata":
            found["strata"] = _variables(known, "strata", keyword.value, place)
        elif keyword.arg == "classes":
            found["classes"] = _variables(known, "classes", keyword.value, place)
        elif keyword.arg == "covariates":
            found["covariates"] = tuple(source(text, part) for part in _parts(keyword.value))
        elif keyword.arg == "interactions":
            found["interactions"] = tuple(_interaction(known, part, text, place) for part in _parts(keyword.value))
        else:
            (found["visit"],) = _variables(known, str(keyword.arg), keyword.value, place, most=1)
    _check_needed(known, valid, found, place)
    return ast.Call(node.func, node.args, rest), found


def _check_needed(known: Known, valid: tuple[str, ...], found: Passed, place: Place) -> None:
    if "reference" in valid and not found["reference"]:
        hint = "such as reference='Placebo'"
        raise wrong(place, f"{known.name}() compares each level of Group with a reference, which is not named", hint)
    for name, what in (("visit", "repeated records"), ("period", "periods of the crossover")):
        if name in valid and not found["visit"]:
            such = "such as visit=AVISIT" if name == "visit" else "such as period=APERIOD"
            raise wrong(place, f"{known.name}() needs {name}, the variable of the {what}", such)


def _reference(known: Known, node: ast.expr, place: Place) -> str:
    value = node.value if isinstance(node, ast.Constant) else None
    if not isinstance(value, str) or not value:
        raise wrong(place, f"{known.name}(): reference is a level of Group in quotes")
    return value


def _parts(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple | ast.List) else [node]


def _variables(known: Known, option: str, node: ast.expr, place: Place, most: int = 99) -> tuple[str, ...]:
    parts = _parts(node)
    names = tuple(part.id for part in parts if isinstance(part, ast.Name))
    if not names or len(names) != len(parts) or len(names) > most:
        such = f"such as {option}=SEX or {option}=(SEX, AGEGR1)" if most > 1 else f"such as {option}=AVISIT"
        what = "are variables" if most > 1 else "is a variable"
        raise wrong(place, f"{known.name}(): {option} {what}", such)
    return names


def _interaction(known: Known, node: ast.expr, text: str, place: Place) -> tuple[str, ...]:
    """The terms of `TRTP*BASE`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return (*_factors(node.left, text), *_factors(node.right, text))
    message = f"{known.name}(): interaction {source(text, node)!r} is no product of terms"
    raise wrong(place, message, "such as interactions=TRTP*BASE")


def _factors(node: ast.expr, text: str) -> tuple[str, ...]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return (*_factors(node.left, text), *_factors(node.right, text))
    return (source(text, node),)


def source(text: str, node: ast.expr) -> str:
    """The text of a part of a call."""
    return ast.get_source_segment(text.strip(), node) or ast.unparse(node)


def wrong(place: Place, message: str, hint: str = "") -> SpecError:
    """A fault of a call."""
    return SpecError([Problem(place, message, hint)])
