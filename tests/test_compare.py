"""`build compare` against the reference table of planted differences: all are found, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import compare_planted
import numpy as np
import pytest
from compare_data import EPOCH, Finding, compare, findings, write_parquet, write_xpt
from compare_planted import CASES, Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_planted_difference_is_found_and_nothing_else(case: Case, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(compare_planted, "write_parquet", _write_parquet)
    found = compare(*case.make(tmp_path), **case.asked)
    assert findings(found) == case.expected
    wanted = int(bool(case.expected)) if case.exit_code is None else case.exit_code
    assert found.exit_code == wanted
    notes = [*found.notes, *(note for dataset in found.datasets for note in dataset.notes)]
    for text in case.notes:
        assert any(text in note for note in notes), notes


def _write_parquet(path: Path, columns: dict[str, Any]) -> Path:
    """Arrow arrays are made when a case runs, so that the table of cases does not need pyarrow."""
    pytest.importorskip("pyarrow")
    return write_parquet(path, {name: values() if callable(values) else values for name, values in columns.items()})


def test_many_differences_planted_at_once_are_found_and_nothing_else(tmp_path: Path) -> None:
    """A thousand records in another order, with values, records, variables and attributes changed by a rule."""
    rng = np.random.default_rng(8)
    base = {name: replace(var, values=list(var.values) * 170) for name, var in compare_planted.LB.items()}
    count = len(base["USUBJID"].values)
    keys = [(f"S-{row // 10}", str(row % 10)) for row in range(count)]
    base["USUBJID"] = replace(base["USUBJID"], values=[subject for subject, _ in keys])
    base["LBSEQ"] = replace(base["LBSEQ"], values=[float(number) for _, number in keys])
    other, expected = dict(base), set[Finding]()
    rows = rng.choice(count, 300, replace=False).tolist()
    edits = {
        "LBSTRESN": (777.25, "777.25"), "LBCOM": ("planted", "planted"), "LBREASN": (".Q", ".Q"),
        "ADT": (0.0, "1960-01-01"),
    }  # fmt: skip
    for place, row in enumerate(rows[:200]):
        name = list(edits)[place % 4]
        value, shown = edits[name]
        other[name] = other[name].put(row, value)
        expected.add(("value", "LB", name, keys[row], _shown(name, base[name].values[row]), shown))
    gone, new = rows[200:250], rows[250:]
    kept = [row for row in rng.permutation(count).tolist() if row not in gone]
    other = {name: replace(var, values=[var.values[row] for row in kept]) for name, var in other.items()}
    base = {name: replace(v, values=[x for i, x in enumerate(v.values) if i not in new]) for name, v in base.items()}
    for side, alone in (("base", gone), ("compare", new)):
        expected |= {("record", "LB", side, keys[row]) for row in alone}
    other["ATM"] = replace(other["ATM"], label="Time", format="TIME5.")
    other["ZZ"] = other.pop("LBDTC")
    expected |= {("variable", "LB", "base", "LBDTC"), ("variable", "LB", "compare", "ZZ")}
    expected.add(("attribute", "LB", "ATM", "label", "", "Time"))
    expected.add(("attribute", "LB", "ATM", "format", "TIME8.", "TIME5."))
    paths = write_xpt(tmp_path / "1/lb.xpt", base), write_xpt(tmp_path / "2/lb.xpt", other)
    assert findings(compare(paths[0], paths[1], by=("USUBJID,LBSEQ",), listed=0)) == expected


def _shown(name: str, value: Any) -> str | None:
    if name == "ADT" and value is not None:
        return (EPOCH + timedelta(days=value)).isoformat()
    return value if value is None or isinstance(value, str) else f"{value:g}"


def test_reference_table_has_each_kind_once() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)) >= 40
