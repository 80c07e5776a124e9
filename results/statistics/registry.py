"""The statistics that a cell of Statistics may call, with what each argument may be.

The annotations of a function say how a call fills it:

==========  ==========================================================================================
annotation  what arrives
==========  ==========================================================================================
Condition   array of bool: a condition of the expression language, one entry per record of the level
Number      array of float, NaN missing: a numeric expression of the language, one entry per record
Text        pandas Categorical, one entry per record, missing where blank: a text expression, or a numeric
            one whose numbers are shown as text. Its categories are the levels of all records of the result,
            in the order in which they are shown, so that every level of Group has the same
Subject     array of the subject identifiers of the records; passed by the caller
Population  number of subjects of the population at the level of Group; passed by the caller
Group       array of int: 1 for the records of the level of Group that is compared, 0 for those of the
            reference level; passed by the caller, once for each level other than the reference
Groups      array of int: the position of each record's level of Group, 0 the first; passed by the caller
Strata      array of int: a code for each record's stratum, by the names of the option `strata`; None
            without strata
Covariates  array of float, one column for each numeric expression of the option `covariates`, NaN missing;
            None without them
Arms        array of int: as Groups, for a model that is fitted once to the records of all levels of Group and then
            tells of each: what the function returns has `cell(arm, visit)`; passed by the caller
Reference   int: the position of the level of Group with which the others are compared, by the option `reference`,
            -1 where it has no records
Visits      array of int: the position of each record's level of the variable that the option `visit` names, -1 missing
Periods     the same for the option `period`
Terms       ModelTerms: what the options `covariates`, `classes` and `interactions` name
other       a constant written in the call by keyword; the default is the value of a call without it
==========  ==========================================================================================
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar, get_type_hints

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.statistics.model_terms import ModelTerms

Condition = Annotated[npt.NDArray[np.bool_], "condition"]
Number = Annotated[npt.NDArray[np.float64], "number"]
Text = Annotated[pd.Categorical, "text"]
Subject = Annotated[npt.NDArray[Any], "subject"]
Population = Annotated[int, "population"]
Group = Annotated[npt.NDArray[np.int64], "group"]
Groups = Annotated[npt.NDArray[np.int64], "groups"]
Strata = Annotated[npt.NDArray[np.int64] | None, "strata"]
Covariates = Annotated[npt.NDArray[np.float64] | None, "covariates"]
Arms = Annotated[npt.NDArray[np.int64], "arms"]
Reference = Annotated[int, "reference"]
Visits = Annotated[npt.NDArray[np.int64], "visits"]
Periods = Annotated[npt.NDArray[np.int64], "periods"]
Terms = Annotated[ModelTerms, "terms"]
COLUMNS = ("condition", "number", "text")
PASSED = (
    "subject", "population", "group", "groups", "strata", "covariates",
    "arms", "reference", "visits", "periods", "terms",
)  # fmt: skip
Statistic = float | int | str | None


@dataclass(frozen=True)
class Value:
    """One statistic: `value` is None where it is not estimable, `fmt` a Python format for display.

    `variable` and `level` qualify a statistic that belongs to a point (`time` 29) or to a level of a text,
    empty and None otherwise.
    """

    name: str
    label: str
    value: Statistic
    fmt: str
    variable: str = ""
    level: float | str | None = None


class Estimated(Protocol):
    """What every statistic returns: a result that can be laid out as one value per row."""

    def values(self) -> tuple[Value, ...]: ...


class Modelled(Protocol):
    """What a statistic with `Arms` returns: a model that is asked for a level of Group, at a visit or over all."""

    def cell(self, arm: int, visit: int | None = None) -> Estimated: ...


Function = TypeVar("Function", bound=Callable[..., Estimated | Modelled])


@dataclass(frozen=True)
class Known:
    """A registered statistic: its arguments by kind, in the order of the signature.

    texts: the constants that are tuples of texts; other tuples are of numbers.
    """

    name: str
    function: Callable[..., Any]
    columns: Mapping[str, str]
    constants: Mapping[str, object]
    passed: Mapping[str, str]
    texts: tuple[str, ...] = ()


STATISTICS: dict[str, Known] = {}


def statistic(function: Function) -> Function:
    """Register a function under its own name."""
    hints = get_type_hints(function, include_extras=True)
    hints.pop("return", None)
    kinds = {name: getattr(hint, "__metadata__", ("",))[0] for name, hint in hints.items()}
    constants = {
        name: parameter.default for name, parameter in inspect.signature(function).parameters.items() if not kinds[name]
    }
    STATISTICS[function.__name__] = Known(
        function.__name__,
        function,
        {name: kind for name, kind in kinds.items() if kind in COLUMNS},
        constants,
        {name: kind for name, kind in kinds.items() if kind in PASSED},
        tuple(name for name, hint in hints.items() if hint == tuple[str, ...]),
    )
    return function


def option(argument: str, value: object, valid: tuple[str, ...]) -> None:
    """Refuse a constant that is none of the valid ones."""
    if value not in valid:
        raise ValueError(f"{argument}={value!r} is not known; valid are {', '.join(map(repr, valid))}")


def stratified_option(argument: str, value: str, valid: tuple[str, ...], strata: Strata) -> None:
    """Refuse a constant that has no form for strata, where there are any."""
    if strata is not None and value not in valid:
        shown = ", ".join(map(repr, valid))
        raise ValueError(f"{argument}={value!r} has no form for strata; valid with strata are {shown}")


def confidence(level: float) -> float:
    """The confidence level itself, once it is known to lie between 0 and 1."""
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < 1:
        raise ValueError(f"level={level!r} is no confidence level; it lies between 0 and 1, such as 0.95")
    return float(level)
