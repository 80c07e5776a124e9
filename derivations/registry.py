"""The registry of derivations: the functions that an expression may call for each row.

A derivation takes columns and returns a column. It opens no file, knows no specification, changes nothing, and
its result depends on its arguments alone. Parameter annotations say what an expression may pass:

==============  ===========================================================================================
annotation      what arrives
==============  ===========================================================================================
Text            Series of str or None (dtype object); any text, ISO dates included
Iso             Series of str or None; only ISO 8601 texts (`--DTC`, results of `iso8601`)
Number          Series of float, NaN missing
Day             Series of float, SAS days since 1960-01-01, NaN missing; ISO texts are converted, partial is NaN
Condition       Series of bool, never missing
str, int, ...   a constant; a default makes it optional
Texts           any number of Text arguments (`*values: Texts`)
Codelist        the codelist of the variable being filled, or the one named by `codelist=`; passed by the engine
Units           the conversions of the specification; passed by the engine
Pieces          which piece of the same text is the last that a rule asks for; passed by the engine
==============  ===========================================================================================

The engine calls a derivation with the distinct combinations of its arguments and spreads the result, so a
Python loop inside costs as many steps as there are distinct values.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Annotated, Any, TypeVar

import pandas as pd

Text = Annotated[pd.Series, "text"]
Iso = Annotated[pd.Series, "iso"]
Number = Annotated[pd.Series, "number"]
Day = Annotated[pd.Series, "day"]
Condition = Annotated[pd.Series, "condition"]
Texts = Annotated[pd.Series, "texts"]

Function = TypeVar("Function", bound=Callable[..., Any])
Problems = Mapping[str, pd.Series]


@dataclass(frozen=True)
class Codelist:
    """What a derivation needs of a codelist.

    terms: every term (as text). decodes: term to decoded value. collected: folded collected value to term.
    item_collected: item (`raw_cs.CSRTE_C`) to folded collected value to term; consulted before `collected`.
    Folding is that of `derivations.assign_ct.fold`.
    """

    id: str
    terms: tuple[str, ...] = ()
    decodes: Mapping[str, str] = field(default_factory=dict)
    collected: Mapping[str, str] = field(default_factory=dict)
    item_collected: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Units:
    """Conversions: (test code or "", collected unit, standard unit) to a factor text: number, fraction, formula."""

    factors: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    decimals: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Pieces:
    """Of the pieces into which a text is cut, the last that any rule of the same record asks for."""

    last: int = 0


SUBJECTS = (
    "Collected dates and times",
    "Numeric dates and imputation",
    "Study days, durations, ages",
    "Treatment and doses",
    "Results and units",
    "Vital signs, ECG, kidney",
    "Terms and codelists",
    "Texts",
    "Numbers",
    "Conditions and missing values",
    "Aggregates",
    "Windows",
    "Records of a block",
)


@dataclass(frozen=True)
class Derivation:
    """A registered function with the source of its rule and, where it can fail, the function that says how.

    subject: the part of the reference page where it stands, one of `SUBJECTS`. also: the names under which a
    programmer may look for it, parted by commas: those of other tools, variables, abbreviations.
    """

    name: str
    function: Callable[..., pd.Series]
    returns: str
    source: str
    problems: Callable[..., Problems] | None = None
    subject: str = ""
    also: str = ""


REGISTRY: dict[str, Derivation] = {}


def derivation(
    *, source: str, returns: str = "", subject: str = "", also: str = ""
) -> Callable[[Function], Function]:
    """Register a function under its own name; `source` cites the rule (guideline section, publication).

    subject and also: see `Derivation`.
    """

    def register(function: Function) -> Function:
        kind = returns or _kind(function.__annotations__.get("return", ""))
        name = function.__name__
        REGISTRY[name] = Derivation(name, function, kind, source, subject=subject, also=also)
        return function

    return register


def problems_of(name: str) -> Callable[[Function], Function]:
    """Register the function that finds what is wrong with the arguments of derivation `name`.

    It takes the same arguments and returns, for each kind of problem (a key of `PROBLEM_KINDS`), a Series of
    bool: True where a row has that problem.
    """

    def register(function: Function) -> Function:
        REGISTRY[name] = replace(REGISTRY[name], problems=function)
        return function

    return register


def _kind(annotation: object) -> str:
    names = {"Text": "text", "Iso": "iso", "Number": "number", "Day": "number", "Condition": "condition"}
    return names.get(str(annotation), "") or names[str(annotation).rsplit(".", 1)[-1]]


PROBLEM_KINDS: dict[str, str] = {
    "illegal_date": "no such date or time; it is left out, and a date stays without its time",
    "day_without_month": "the day has no month; the date is cut to the year",
    "future_date": "the date lies in the future",
    "after_limit": "the date lies after its limit; the value is left empty",
    "not_mapped": "the collected value has no term in the codelist; the value is left empty",
    "otherwise_taken": "the collected value has no term in the codelist; the term that `otherwise` names was taken",
    "passed_over": "the code has no term in the codelist; the term of the next value, its decode, was taken",
    "disagrees": "code and decode name different terms; the code was used",
    "transliterated": "characters outside ASCII were transliterated",
    "not_ascii": "the text cannot be written in ASCII; the value is left empty",
    "not_a_number": "the text is not a number; the value is left empty",
    "no_result": "the result is neither a number nor a known form of a text; it has no numeric result",
    "unit_without_factor": "no factor leads from this unit to the standard unit; the result is left empty",
    "unit_divides_by_zero": "the formula of the unit divides by zero for this result; the result is left empty",
    "no_match": "the text does not fit the pattern; the value is left empty",
    "text_left": "the text goes on after the last piece that a rule asks for, and the rest is in no variable; "
    "add a rule for the next piece",
}


def docstring(name: str) -> str:
    """The first paragraph of a derivation's docstring, which is the text of its method; "" for other functions."""
    known = REGISTRY.get(name)
    return _first_paragraph(known.function) if known else ""


@cache
def _first_paragraph(function: Callable[..., Any]) -> str:
    return " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split())
