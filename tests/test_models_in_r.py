"""Linear models against R: values frozen with the commands that made them (tests/data/models_in_r.R)."""

from __future__ import annotations

import pytest
from model_cases import call_of, fitted, tables, value
from statistic_cases import rows

CASES: dict[tuple[str, str, str], list[dict[str, str]]] = {}
for row in rows("models_in_r.csv"):
    CASES.setdefault((row["case"], row["statistic"], row["options"]), []).append(row)
NEAR = {"ancova": 1e-8}


@pytest.mark.parametrize(("case", "statistic", "options"), CASES)
def test_values_equal_those_of_r(case: str, statistic: str, options: str) -> None:
    frame = tables()[case]
    model = fitted(frame, call_of(statistic, options))
    wrong = []
    for row in CASES[case, statistic, options]:
        found = value(model, frame, row["arm"], row["visit"], row["name"])
        expected = float(row["value"]) if row["value"] else None
        near = None if expected is None else pytest.approx(expected, rel=NEAR.get(statistic, 1e-6), abs=1e-10)
        if found != near:
            wrong.append((row["arm"], row["visit"], row["name"], found, expected))
    assert not wrong
