"""Rows of Units that convert nothing: of a test, or to a unit, that no row of Tests has."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.registry import Units
from language.tree import Call, Column, walk
from specs.compiled import CompiledStage
from specs.model import Spec
from specs.order import step_nodes
from specs.problem import Problem, nearest

# The place of the wanted unit among the arguments of a function that converts, and its name.
_WANTED = {"convert": (2, "to_unit"), "standard_text": (3, "standard_unit")}


def unused_units(stage: CompiledStage) -> list[Problem]:
    """A finding for each such row, where the specification has a sheet Tests with standard units.

    None where a rule converts to a unit that does not come from Tests.
    """
    spec = stage.spec
    units = {(test.test_code, test.standard_unit) for test in spec.tests if test.standard_unit}
    return list(_findings(spec, units)) if units and spec.units and not _other_units(stage) else []


def _other_units(stage: CompiledStage) -> bool:
    """Whether some rule converts to a unit that is written out, or that is no --STRESU of Tests."""
    calls = (
        part for step in stage.reads for node in step_nodes(stage, step) for part in walk(node)
        if isinstance(part, Call) and any(isinstance(one, Units) for one in part.supplied.values())
    )  # fmt: skip
    return any(not _of_tests(call) for call in calls)


def _of_tests(call: Call) -> bool:
    place, name = _WANTED.get(call.function, (0, ""))
    wanted = call.options.get(name) or (call.arguments[place] if place < len(call.arguments) else None)
    return isinstance(wanted, Column) and wanted.name.endswith("STRESU")


def _findings(spec: Spec, units: set[tuple[str, str]]) -> Iterator[Problem]:
    codes = {test.test_code for test in spec.tests}
    for row in spec.units:
        of_test = {unit for code, unit in units if not row.test_code or code == row.test_code}
        whose = f"the test {row.test_code}" if row.test_code else "any test"
        if row.test_code and row.test_code not in codes:
            hint = nearest(row.test_code, codes) or "write a Test Code of Tests, or leave it blank for every test"
            yield Problem(row.at("Test Code"), f"no row of Tests has the test {row.test_code!r}", hint)
        elif row.standard_unit not in of_test:
            hint = nearest(row.standard_unit, of_test) or f"one of {', '.join(sorted(of_test)) or 'none'}"
            yield Problem(row.at("Standard Unit"), f"{row.standard_unit!r} is no standard unit of {whose}", hint)
