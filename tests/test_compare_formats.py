"""Readers of `build compare`: SAS datasets, transport files of version 8, encodings, and comparing bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import readstat_writer
from compare_data import Var, compare, day, findings, write_json, write_xpt
from compare_planted import LB
from conftest import needs_shared
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.raw_table import TableError
from qc.compare.dataset import compare_tables
from qc.compare.options import Options
from qc.compare.read import read
from qc.compare.table import DATE, Numbers
from specs.problem import DataError


def test_sas_dataset_equals_transport_file(tmp_path: Path) -> None:
    path = readstat_writer.write(
        tmp_path / "lb.sas7bdat", [("ID", "$4"), ("ADT", "DATE9."), ("N", "8.2")],
        [(b"a", day("2024-01-05"), 1.5), (b"b", None, "A"), (b"c", day("2024-01-07"), None)],
    )  # fmt: skip
    columns = {
        "ID": Var(["a", "b", "c"], length=4), "ADT": Var([day("2024-01-05"), None, day("2024-01-07")], format="DATE9."),
        "N": Var([1.5, ".A", None], format="8.2"),
    }  # fmt: skip
    found = compare(path, write_xpt(tmp_path / "lb.xpt", columns), by=("ID",), ignore=("label",))
    assert findings(found) == set()
    changed = {**columns, "N": columns["N"].put(1, ".B")}
    found = compare(path, write_xpt(tmp_path / "2/lb.xpt", changed), by=("ID",), ignore=("label",))
    assert findings(found) == {("value", "LB", "N", ("b",), ".A", ".B")}


def test_transport_file_of_version_8_has_its_long_names(tmp_path: Path) -> None:
    frame = pd.DataFrame({"A_LONG_VARIABLE_NAME": [1.0, 2.0], "TXT": ["x", "y"]})
    for name in ("a", "b"):
        pyreadstat.write_xport(frame, tmp_path / f"{name}.xpt", file_format_version=8, table_name="T")
        frame.loc[1, "A_LONG_VARIABLE_NAME"] = 3.0
    found = compare(tmp_path / "a.xpt", tmp_path / "b.xpt", by=("TXT",))
    assert findings(found) == {("value", "T", "A_LONG_VARIABLE_NAME", ("y",), "2", "3")}


def test_bytes_that_are_not_utf8_are_read_as_latin1_and_said(tmp_path: Path) -> None:
    columns = {"ID": Var(["1", "2"], length=2), "T": Var(["caf?", "tea"], length=5)}
    for name, byte in (("a", b"\xe9"), ("b", b"\xe8")):
        path = write_xpt(tmp_path / name / "t.xpt", columns)
        path.write_bytes(path.read_bytes().replace(b"caf?", b"caf" + byte))
    found = compare(tmp_path / "a/t.xpt", tmp_path / "b/t.xpt", by=("ID",))
    assert findings(found) == {("value", "T", "T", ("1",), "café", "cafè")}
    assert any("T holds bytes that are not UTF-8" in note for note in found.datasets[0].notes)
    failed = compare(tmp_path / "a/t.xpt", tmp_path / "b/t.xpt", by=("ID",), encoding="ascii")
    assert failed.exit_code == 2 and "is not in ascii" in failed.datasets[0].failed


def test_value_of_another_json_type_makes_its_column_text(tmp_path: Path) -> None:
    columns = [{"name": "ID", "dataType": "string"}, {"name": "N", "dataType": "float"}]
    base = write_json(tmp_path / "1/t.json", columns, [["a", 1.5], ["b", "2"]])
    other = write_json(tmp_path / "2/t.json", columns, [["a", 1.5], ["b", 2]])
    found = compare(base, other, by=("ID",))
    assert findings(found) == set()
    other = write_json(tmp_path / "3/t.json", columns, [["a", 1.5], ["b", "two"]])
    found = compare(base, other, by=("ID",))
    assert findings(found) == {("value", "T", "N", ("b",), "2", "two")}
    assert any("N, line 2: 'two' is no float" in note for note in found.datasets[0].notes)


@pytest.mark.parametrize("name", ["ae", "cm", "dm", "ds", "fa", "relrec", "suppdm", "ts"])
def test_published_transport_file_equals_its_dataset_json(name: str) -> None:
    folder = needs_shared("fixtures/dataset_json")
    for other in (f"{name}.json", f"{name}.ndjson"):
        found = compare(folder / f"{name}.xpt", folder / other)
        assert findings(found) == set() and found.exit_code == 0, other


def test_kind_of_a_number_comes_from_its_format(tmp_path: Path) -> None:
    table = read(write_xpt(tmp_path / "lb.xpt", LB))[0]
    assert {name: v.kind for name, v in table.by_name.items() if v.kind} == {
        "ADT": DATE, "ADTM": "datetime", "ATM": "time"
    }  # fmt: skip
    some = table.columns(["LBREASN"], np.array([1, 3]))["LBREASN"]
    assert isinstance(some, Numbers) and some.special is not None and some.special.tolist() == [ord("A"), ord("_")]


@pytest.mark.parametrize("content", [b"", b"no transport file", b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!"])
def test_file_that_cannot_be_read_fails_its_dataset_alone(tmp_path: Path, content: bytes) -> None:
    for side in ("1", "2"):
        for name in ("lb", "vs"):
            path = write_xpt(tmp_path / side / f"{name}.xpt", LB)
    path.write_bytes(content)
    with pytest.raises(TableError):
        read(path)
    found = compare(tmp_path / "1", tmp_path / "2")
    assert [(d.name, d.exit_code) for d in found.datasets] == [("LB", 0), ("VS", 2)]
    assert str(path) in found.datasets[1].failed and found.exit_code == 2
    with pytest.raises(DataError, match=path.name):
        compare(tmp_path / "1/vs.xpt", path)


def test_parquet_column_that_holds_no_values_is_a_fault(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from compare_data import write_parquet

    path = write_parquet(tmp_path / "t.parquet", {"V": [[1, 2], [3]]})
    with pytest.raises(TableError, match="are no text, numbers, dates or truth values"):
        read(path)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 11), st.sampled_from(["LBCOM", "LBSTRESN", "LBREASN"]), st.booleans()), max_size=4
    ),
    st.permutations(range(12)),
    st.integers(0, 2),
)
def test_comparing_bytes_finds_what_comparing_values_finds(
    edits: list[tuple[int, str, bool]], order: list[int], wider: int
) -> None:
    """Records in any order, lengths alike or not: the short cut over the bytes changes nothing."""
    import tempfile

    rows = {name: replace(var, values=list(var.values) * 2) for name, var in LB.items()}
    rows["LBSEQ"] = replace(rows["LBSEQ"], values=[float(i) for i in range(12)])
    other = dict(rows)
    for row, name, missing in edits:
        other[name] = other[name].put(row, None if missing else "changed" if name == "LBCOM" else 77.0)
    other = {name: replace(var, values=[var.values[i] for i in order]) for name, var in other.items()}
    if wider:
        other["LBCOM"] = replace(other["LBCOM"], length=40 + wider)
    with tempfile.TemporaryDirectory() as folder:
        left = read(write_xpt(Path(folder, "1/lb.xpt"), rows))[0]
        right = read(write_xpt(Path(folder, "2/lb.xpt"), other))[0]
        options = Options(by={"": ("USUBJID", "LBSEQ")})
        quick = compare_tables("LB", left, right, options)
        plain = compare_tables("LB", replace(left, raw=None), replace(right, raw=None), options)
    assert quick == plain
