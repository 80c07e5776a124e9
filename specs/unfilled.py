"""Variables that are listed and that nothing fills: empty columns that perhaps nobody asked for."""

from __future__ import annotations

from collections.abc import Iterator

from specs.blocks import EVENT_VARIABLES
from specs.compiled import CompiledStage
from specs.model import Variable
from specs.problem import Problem

UNFILLED = "map it, or write No in Mandatory of Variables as long as records may lack it"
"""What to do about a required variable without a rule."""


def unfilled_variables(stage: CompiledStage) -> Iterator[Variable]:
    """The submitted variables of datasets with records that no rule, event or Expand fills.

    A rule of the value None says that a column is meant to be empty.
    """
    filled = {(dataset, variable) for (dataset, _, variable), rules in stage.rules.items() if rules}
    for (dataset, _), events in stage.events.items():
        filled |= {(dataset, name) for name in EVENT_VARIABLES}
        filled |= {(dataset, name) for event in events for name in event.texts}
    for dataset, blocks in stage.blocks.items():
        filled |= {(dataset, name) for block in blocks for part in block.expand for name in part.variables}
        for variable in stage.spec.variables_of(dataset) if blocks else ():
            if (dataset, variable.variable) not in filled:
                yield variable


def unfilled_problems(stage: CompiledStage) -> list[Problem]:
    """The same as findings with their places."""
    return [_problem(variable) for variable in unfilled_variables(stage)]


def _problem(variable: Variable) -> Problem:
    name = f"{variable.dataset}.{variable.variable}"
    if variable.mandatory == "Yes":
        message = f"{name} is required, but no rule fills it: its first record will stop the build"
        return Problem(variable.at("Variable"), message, UNFILLED)
    message = f"{name} is listed, but no rule fills it: its column will be empty"
    return Problem(variable.at("Variable"), message, "map it, take it out, or give it the value None to say so")
