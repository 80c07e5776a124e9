"""Parquet files with attributes: round trips, what pandas sees, and files that others made."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from pyarrow import parquet as pq
from strategies_dataset import CREATED, assert_same, coded, datasets

from formats import parquet_dataset
from formats.dataset import Column, Dataset, DatasetError


@settings(max_examples=60, deadline=None)
@given(datasets())
def test_what_was_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, found: Dataset) -> None:
    path = tmp_path_factory.mktemp("parquet") / "x.parquet"
    parquet_dataset.write(path, found)
    assert_same(parquet_dataset.read(path), found)


def test_attributes_stand_in_the_schema(tmp_path: Path) -> None:
    column = Column("SEX", coded(["M", None]), "Sex", 2, "$SEX.", oid="IT.DM.SEX", key=1)
    dataset = Dataset("DM", (column, Column("AGE", np.array([64.0, np.nan]))), "Demographics", CREATED)
    parquet_dataset.write(tmp_path / "dm.parquet", dataset)
    schema = pq.read_schema(tmp_path / "dm.parquet")
    assert schema.metadata[b"dataset"] == b"DM" and schema.metadata[b"label"] == b"Demographics"
    assert schema.field("SEX").metadata == {
        b"label": b"Sex", b"length": b"2", b"format": b"$SEX.", b"itemOID": b"IT.DM.SEX", b"keySequence": b"1",
    }  # fmt: skip
    table = pd.read_parquet(tmp_path / "dm.parquet")
    assert table["SEX"].isna().tolist() == [False, True]
    np.testing.assert_array_equal(table["AGE"], [64.0, np.nan])


@pytest.mark.parametrize(
    ("values", "expected", "format_"),
    [
        (pa.array([1, None, 3], pa.int32()), [1, np.nan, 3], ""),
        (pa.array([True, False, None]), [1, 0, np.nan], ""),
        (pa.array([Decimal("1.25"), None]), [1.25, np.nan], ""),
        (pa.array([dt.date(2020, 3, 26), None]), [22000, np.nan], "E8601DA."),
        (pa.array([dt.datetime(1959, 12, 31, 23, 59, 59, 500000)], pa.timestamp("us")), [-0.5], "E8601DT."),
        (pa.array([dt.time(12, 30)], pa.time64("us")), [45000], "E8601TM."),
    ],
    ids=["integer", "boolean", "decimal", "date", "datetime", "time"],
)
def test_types_of_others(tmp_path: Path, values: Any, expected: list[float], format_: str) -> None:
    pq.write_table(pa.table({"X": values}), tmp_path / "dm.parquet")
    found = parquet_dataset.read(tmp_path / "dm.parquet")
    assert (found.name, found["X"].format) == ("DM", format_)
    np.testing.assert_array_equal(found["X"].numbers, expected)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (pa.array([2**60 + 1]), "larger than a float64 holds for certain"),
        (pa.array([[1]]), "no text, numbers, dates or times"),
        (pa.array([1], pa.timestamp("ns")), "finer than a microsecond"),
        (pa.array([1], pa.timestamp("s", "UTC")), "no text, numbers, dates or times"),
    ],
    ids=["large", "list", "nanosecond", "zone"],
)
def test_values_that_a_dataset_cannot_hold(tmp_path: Path, values: Any, message: str) -> None:
    pq.write_table(pa.table({"X": values}), tmp_path / "dm.parquet")
    with pytest.raises(DatasetError, match=f"DM.X: .*{message}"):
        parquet_dataset.read(tmp_path / "dm.parquet")


def test_special_missing_value_has_no_place(tmp_path: Path) -> None:
    column = Column("N", np.array([np.nan]), special=np.array([ord("Z")], np.uint8))
    with pytest.raises(DatasetError, match=r"LB.N record 1: the special missing value .Z has no place in Parquet"):
        parquet_dataset.write(tmp_path / "lb.parquet", Dataset("LB", (column,)))
    assert not list(tmp_path.iterdir())


def test_file_that_is_no_parquet(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"no")
    with pytest.raises(DatasetError, match="no Parquet file"):
        parquet_dataset.read(tmp_path / "x.parquet")
