"""Derivations as rules call them: what they cannot compute, and what a column of values costs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from engine_study import faults, filled, rules, sdtm

import derivations
from derivations.registry import Derivation

ROWS = "SUBJ,X\n1,2.5\n2,1e300\n3,\n"


def test_number_that_cannot_be_rounded_is_a_fault_of_its_rule(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: filled(tmp_path, ROWS, "_A | X", "_X | round_half_up(number(X), 200)"))
    assert found == [
        "sdtm/mapping/ZZ.csv:3 [Expression] round_half_up(x=1e+300, digits=200):"
        " the result is no number that can be held"
    ]


def test_constant_that_a_derivation_refuses_is_a_fault_of_its_rule(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: filled(tmp_path, ROWS, "_X | assign_datetime(X, 'y', pivot=1968)"))
    assert len(found) == 1
    assert found[0].startswith("sdtm/mapping/ZZ.csv:2 ")
    assert "pivot is the last two-digit year of the 2000s, 0 to 99" in found[0]


def test_result_for_which_a_unit_formula_divides_by_zero_is_missing_and_told(tmp_path: Path) -> None:
    files = {
        "raw/a.csv": "SUBJ,X\n1,0\n2,4\n",
        "sdtm/Units.csv": "Test Code,Collected Unit,Standard Unit,Factor\n,s,Hz,100 / x\n",
        "sdtm/mapping/ZZ.csv": rules("_N | convert(number(X), 's', 'Hz')", "_T | standard_text(X, 's', 'FREQ', 'Hz')"),
    }
    ran = sdtm(tmp_path, files)
    assert ran.values("_N") == [None, 25]
    assert ran.values("_T") == [None, "25"]
    assert ran.issues("Kind", "Variable", "Row", "Value") == [
        ("unit_divides_by_zero", "_N", 2, "0"), ("unit_divides_by_zero", "_T", 2, "0"),
    ]  # fmt: skip


def test_derivation_sees_each_distinct_number_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = derivations.REGISTRY["round_half_up"]
    sizes = []

    def counted(x: pd.Series, digits: int = 0) -> pd.Series:
        sizes.append(len(x))
        return known.function(x, digits)

    monkeypatch.setitem(
        derivations.REGISTRY, "round_half_up", Derivation(known.name, counted, known.returns, known.source)
    )
    text = "SUBJ,X\n" + "1,2.5\n1,\n1,1.4\n" * 50
    ran = filled(tmp_path, text, "_X | round_half_up(number(X), 0)")
    assert set(ran.values("_X")) == {3, None, 1}
    assert [size for size in sizes if size] == [3]  # with none, a constant is tried before the data are read
