"""`build compare` against the reference table of planted differences: all are found, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import compare_planted
import pytest
from compare_data import compare, findings, write_parquet
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


def test_reference_table_has_each_kind_once() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)) >= 40
