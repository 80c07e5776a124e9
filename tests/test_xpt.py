"""Transport files: against the published layout, other readers, files made by SAS, and the limits."""

from __future__ import annotations

import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from strategies_xpt import CREATED, columns, moments, reread, text, written

from formats import xpt
from formats.xpt import Coded, Column, Dataset, XptError

FIXTURES = Path(__file__).parents[2] / "shared" / "fixtures"
TWINS = sorted((FIXTURES / "dataset_json").glob("*.xpt"))
PILOT = [path for path in sorted((FIXTURES / "cdiscpilot").glob("*/*.xpt")) if path.stem != "qs"]
needs_fixtures = pytest.mark.skipif(not TWINS, reason=f"{FIXTURES} is absent")

# --- against other readers ----------------------------------------------------------------------------------

COLUMNS = (
    Column("USUBJID", text("01-001", "01-002", "01-003"), "Unique Subject Identifier"),
    Column("SEX", text("M", None, "F"), "Sex", length=2),
    Column("AGE", np.array([64.0, np.nan, 18.5]), "Age", format="8.2"),
    Column("TRTSDT", np.array([22000.0, 0.0, -1.0]), "Date of First Exposure", format="DATE9.", informat="DATE9."),
    Column("_X1", text(" lead", "a'b\"c", "x" * 200), ""),
)


def test_pyreadstat_reads_values_and_attributes(tmp_path: Path) -> None:
    path = tmp_path / "dm.xpt"
    xpt.write(path, COLUMNS, dataset="DM", label="Demographics", created=CREATED)
    table, meta = pyreadstat.read_xport(str(path), disable_datetime_conversion=True)
    assert (meta.table_name, meta.file_label, meta.creation_time) == ("DM", "Demographics", CREATED)
    assert meta.column_names == ["USUBJID", "SEX", "AGE", "TRTSDT", "_X1"]
    assert [label or "" for label in meta.column_labels] == [column.label for column in COLUMNS]
    assert list(meta.variable_storage_width.values()) == [6, 2, 8, 8, 200]
    assert meta.original_variable_types["TRTSDT"] == "DATE9"
    assert table["SEX"].tolist() == ["M", "", "F"]
    assert table["_X1"].tolist() == [" lead", "a'b\"c", "x" * 200]
    np.testing.assert_array_equal(table["AGE"], [64.0, np.nan, 18.5])
    np.testing.assert_array_equal(table["TRTSDT"], [22000.0, 0.0, -1.0])


def test_pandas_reads_values(tmp_path: Path) -> None:
    path = tmp_path / "dm.xpt"
    xpt.write(path, COLUMNS, dataset="DM", created=CREATED)
    table = pd.read_sas(path, format="xport", encoding="ascii")
    assert table["USUBJID"].tolist() == ["01-001", "01-002", "01-003"]
    assert table["_X1"].tolist() == [" lead", "a'b\"c", "x" * 200]
    np.testing.assert_array_equal(table["AGE"], [64.0, np.nan, 18.5])


def test_reads_what_pyreadstat_writes(tmp_path: Path) -> None:
    path = str(tmp_path / "ae.xpt")
    table = pd.DataFrame({"AETERM": ["RASH", "", "ITCH"], "AESEQ": [1.0, np.nan, 3.25]})
    labels: list[str | None] = ["Reported Term", "Sequence Number"]
    pyreadstat.write_xport(table, path, table_name="AE", file_format_version=5, column_labels=labels)
    dataset = xpt.read(path)
    assert [column.label for column in dataset.columns] == labels
    assert xpt.frame(dataset)["AETERM"].tolist() == ["RASH", None, "ITCH"]
    np.testing.assert_array_equal(dataset["AESEQ"].values, [1.0, np.nan, 3.25])


def test_reads_long_names_and_labels_of_version_8(tmp_path: Path) -> None:
    path = str(tmp_path / "long.xpt")
    table = pd.DataFrame({"a_name_of_its_own": [1.0, 2.0], "B": ["x", " "]})
    labels: list[str | None] = ["A label that is longer than the forty bytes of version 5", "short"]
    pyreadstat.write_xport(table, path, table_name="LONG_TABLE", file_format_version=8, column_labels=labels)
    dataset = xpt.read(path)
    assert dataset.name == "LONG_TABLE"
    assert [(column.name, column.label) for column in dataset.columns] == [
        ("a_name_of_its_own", labels[0]),
        ("B", "short"),
    ]
    assert xpt.frame(dataset)["B"].tolist() == ["x", None]


@needs_fixtures
@pytest.mark.parametrize("path", [*PILOT, *TWINS], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_files_made_by_others_are_rewritten_byte_for_byte(path: Path) -> None:
    encoding = "cp1252" if path.parent.name == "sdtm" and path.stem == "ts" else "ascii"
    target = io.BytesIO()
    xpt.write_all(target, [xpt.read(path, encoding=encoding)], encoding=encoding, block_rows=100)
    assert target.getvalue() == path.read_bytes()


@needs_fixtures
@pytest.mark.parametrize("path", TWINS, ids=lambda path: path.stem)
def test_values_equal_those_of_the_json_twin(path: Path) -> None:
    twin = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    dataset = xpt.read(path)
    assert (dataset.name, dataset.label, dataset.rows) == (twin["name"], twin["label"], twin["records"])
    for number, (column, stated) in enumerate(zip(dataset.columns, twin["columns"], strict=True)):
        assert (column.name, column.label) == (stated["name"], stated["label"])
        expected = [row[number] for row in twin["rows"]]
        if column.numeric:
            np.testing.assert_array_equal(column.values, np.array(expected, np.float64), column.name)
        else:
            assert column.texts.to_objects().tolist() == [value or None for value in expected], column.name


@needs_fixtures
def test_byte_outside_the_encoding_names_variable_and_record() -> None:
    with pytest.raises(XptError, match=r"TS.TSVAL record \d+: byte 92 .* is not in ascii; state the encoding"):
        xpt.read(FIXTURES / "cdiscpilot" / "sdtm" / "ts.xpt")


# --- round trips --------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(columns(), moments())
def test_what_was_written_is_read_back(drawn: list[Column], created: datetime) -> None:
    dataset = reread(*drawn, created=created, block_rows=5)
    assert (dataset.created, dataset.modified) == (created, created)
    for before, after in zip(drawn, dataset.columns, strict=True):
        assert (before.name, before.label) == (after.name, after.label)
        if isinstance(before.values, Coded):
            assert before.texts.to_objects().tolist() == after.texts.to_objects().tolist()
        else:
            np.testing.assert_array_equal(before.values, after.values)


def test_special_missing_values_are_kept() -> None:
    special = np.frombuffer(b"\0A\0Z_\0", np.uint8)
    values = np.array([np.nan, np.nan, 1.0, np.nan, np.nan, 65.0])
    column = reread(Column("N", values, special=special))["N"]
    np.testing.assert_array_equal(column.values, values)
    assert column.special is not None and column.special.tobytes() == special.tobytes()
    assert reread(Column("N", np.array([np.nan])))["N"].special is None


def test_missing_values_are_one_letter_and_zeros(tmp_path: Path) -> None:
    column = Column("N", np.full(3, np.nan), special=np.frombuffer(b"A\0_", np.uint8))
    data = written(column, dataset="LB")
    zeros = b"\0" * 7
    assert data[-80:].rstrip(b" ") == b"A" + zeros + b"." + zeros + b"_" + zeros
    (tmp_path / "lb.xpt").write_bytes(data)
    assert pyreadstat.read_xport(str(tmp_path / "lb.xpt"))[0]["N"].isna().all()
    assert pd.read_sas(tmp_path / "lb.xpt", format="xport")["N"].isna().all()


def test_dictionary_may_hold_values_that_no_row_uses() -> None:
    coded = text("long and β", "x").take(np.array([1, -1, 1]))
    column = reread(Column("T", coded))["T"]
    assert (column.length, column.texts.to_objects().tolist()) == (1, ["x", None, "x"])


def test_several_datasets_in_one_file() -> None:
    first = Dataset("DM", (Column("A", text("x")),), "Demographics", CREATED)
    second = Dataset("AE", (Column("B", np.array([1.0, 2.0])),), "Adverse Events", CREATED)
    target = io.BytesIO()
    xpt.write_all(target, [first, second])
    read = xpt.read_all(io.BytesIO(target.getvalue()))
    assert [(d.name, d.label, d.rows) for d in read] == [
        ("DM", "Demographics", 1),
        ("AE", "Adverse Events", 2),
    ]
    with pytest.raises(XptError, match="2 datasets where one is expected: DM, AE"):
        xpt.read(io.BytesIO(target.getvalue()))


def test_dataset_without_records_keeps_its_variables() -> None:
    dataset = reread(Column("A", Coded.missing(0), "Text"), Column("N", np.empty(0)))
    assert (dataset.rows, [column.name for column in dataset.columns]) == (0, ["A", "N"])


def test_chosen_columns_and_rows() -> None:
    source = io.BytesIO(written(*COLUMNS))
    dataset = xpt.read(source, columns=["AGE", "USUBJID"], max_rows=2)
    assert ([column.name for column in dataset.columns], dataset.rows) == (["USUBJID", "AGE"], 2)
    with pytest.raises(XptError, match="there is no variable NONE"):
        xpt.read(io.BytesIO(written(*COLUMNS)), columns=["NONE"])


# --- files and frames ---------------------------------------------------------------------------------------


def test_failed_write_leaves_the_previous_file(tmp_path: Path) -> None:
    path = tmp_path / "dm.xpt"
    path.write_bytes(b"previous")
    with pytest.raises(XptError):
        xpt.write(path, [Column("A", text("β"))], dataset="DM", created=CREATED)
    assert path.read_bytes() == b"previous"
    assert [entry.name for entry in tmp_path.iterdir()] == ["dm.xpt"]


def test_bytes_do_not_depend_on_the_block_size() -> None:
    assert written(*COLUMNS, block_rows=1) == written(*COLUMNS, block_rows=2) == written(*COLUMNS)


def test_frame_round_trip() -> None:
    table = pd.DataFrame(
        {
            "T": ["a", None, "b"],
            "C": pd.Categorical(["x", "y", None]),
            "F": [1.5, np.nan, 2.0],
            "I": pd.array([1, None, 3], dtype="Int64"),
            "B": [True, False, True],
        }
    )
    target = io.BytesIO()
    xpt.write_frame(target, table, dataset="DM", created=CREATED, labels={"T": "Text"}, lengths={"T": 5})
    dataset = xpt.read(io.BytesIO(target.getvalue()))
    assert (dataset["T"].label, dataset["T"].length) == ("Text", 5)
    objects = xpt.frame(dataset)
    assert objects["T"].tolist() == ["a", None, "b"]
    assert objects["B"].tolist() == [1.0, 0.0, 1.0]
    categories = xpt.frame(dataset, text="category")
    assert categories["C"].isna().tolist() == [False, False, True]
    np.testing.assert_array_equal(objects["I"], [1.0, np.nan, 3.0])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([pd.Timestamp("2026-01-01")], "neither text nor number"),
        (["a", 1], "row 2 holds 1 (int) where text is expected"),
        ([2**53 + 1], "may lose digits"),
    ],
    ids=["date", "mixed", "large integer"],
)
def test_frame_column_whose_type_is_not_decided(values: list[Any], message: str) -> None:
    with pytest.raises(XptError) as caught:
        xpt.write_frame(io.BytesIO(), pd.DataFrame({"X": values}), dataset="DM", created=CREATED)
    assert message in str(caught.value)
