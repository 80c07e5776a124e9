"""Rows of Units that convert nothing: of a test, or to a unit, that no row of Tests has."""

from __future__ import annotations

from collections.abc import Iterator

from specs.model import Spec
from specs.problem import Problem, nearest


def unused_units(spec: Spec) -> list[Problem]:
    """A finding for each such row, where the specification has a sheet Tests with standard units."""
    units = {(test.test_code, test.standard_unit) for test in spec.tests if test.standard_unit}
    return list(_findings(spec, units)) if units else []


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
