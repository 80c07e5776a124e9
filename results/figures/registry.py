"""The figures that a cell of Figures may call, with what each argument may be.

Every argument is written by name. The annotations of a function say what a call may pass:

==========  ==========================================================================================
annotation  what is written
==========  ==========================================================================================
Expression  an expression of the language, which the figure evaluates over the records it names
Variables   variables: one, or several in brackets
other       a constant of that type; an argument without a default must be written
==========  ==========================================================================================
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_type_hints

from results.figures.picture import Picture

Expression = Annotated[str, "expression"]
Variables = Annotated[tuple[str, ...], "variables"]
SOURCE = "source"
Drawing = Callable[..., Picture]
Function = TypeVar("Function", bound=Drawing)


@dataclass(frozen=True)
class Known:
    """A registered figure: the type of each argument, the defaults of those that may be left out."""

    name: str
    function: Drawing
    arguments: Mapping[str, Any]
    defaults: Mapping[str, object]

    def kind(self, name: str) -> str:
        """`expression`, `variables`, or blank for a constant."""
        return str(getattr(self.arguments[name], "__metadata__", ("",))[0])

    @property
    def usage(self) -> str:
        """How a call is written: what is needed, then the options with their defaults."""
        needed = [f"{name}=..." for name in self.arguments if name not in self.defaults]
        return f"{self.name}({', '.join([*needed, *(f'{name}={value!r}' for name, value in self.defaults.items())])})"


FIGURES: dict[str, Known] = {}


def figure(function: Function) -> Function:
    """Register a function under its own name. Its first argument is the Source, passed by the caller."""
    hints = get_type_hints(function, include_extras=True)
    parameters = {name: one for name, one in inspect.signature(function).parameters.items() if name != SOURCE}
    defaults = {name: one.default for name, one in parameters.items() if one.default is not inspect.Parameter.empty}
    arguments = {name: hints[name] for name in parameters}
    FIGURES[function.__name__] = Known(function.__name__, function, arguments, defaults)
    return function
