"""Dataset-JSON 1.1 written and read with types: CDISC's own files, its schemas, round trips, what it cannot hold."""

from __future__ import annotations

import io
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft201909Validator
from strategies_dataset import CREATED, assert_same, coded, datasets

from formats import dataset_json_read, dataset_json_write, xpt
from formats.dataset import Column, Dataset, DatasetError

FIXTURES = Path(__file__).parents[2] / "shared" / "fixtures" / "dataset_json"
TWINS = sorted(FIXTURES.glob("*.xpt"))
needs_fixtures = pytest.mark.skipif(not TWINS, reason=f"{FIXTURES} is absent")
KINDS = ("json", "ndjson", "dsjc")


def dataset(*columns: Column) -> Dataset:
    return Dataset("LB", columns, "Laboratory Test Results", CREATED)


def written(found: Dataset, kind: str = "json") -> bytes:
    target = io.BytesIO()
    dataset_json_write.write(target, found, kind=kind)
    return target.getvalue()


def rows(*columns: Column) -> list[list[Any]]:
    return list(json.loads(written(dataset(*columns)))["rows"])


def stated(column: Column) -> dict[str, Any]:
    return dict(json.loads(written(dataset(column)))["columns"][0])


def refused(column: Column) -> DatasetError:
    target = io.BytesIO()
    with pytest.raises(DatasetError) as caught:
        dataset_json_write.write(target, dataset(column))
    assert target.getvalue() == b"", "something was written before the fault was found"
    return caught.value


# --- files of others ------------------------------------------------------------------------------------


@needs_fixtures
@pytest.mark.parametrize("path", TWINS, ids=lambda path: path.stem)
def test_published_file_is_rewritten_byte_for_byte(path: Path) -> None:
    path = path.with_suffix(".json")
    assert written(dataset_json_read.read(path)) == path.read_bytes()


@needs_fixtures
@pytest.mark.parametrize("path", TWINS, ids=lambda path: path.stem)
def test_published_ndjson_is_rewritten_line_by_line(path: Path) -> None:
    path = path.with_suffix(".ndjson")
    lines = written(dataset_json_read.read(path), "ndjson").decode().splitlines()
    assert [json.loads(line) for line in lines] == [json.loads(line) for line in path.read_text().splitlines()]


@needs_fixtures
@pytest.mark.parametrize("path", TWINS, ids=lambda path: path.stem)
def test_published_file_holds_what_its_transport_file_holds(path: Path) -> None:
    ours, theirs = dataset_json_read.read(path.with_suffix(".json")), xpt.read(path)
    assert (ours.name, ours.label, ours.rows) == (theirs.name, theirs.label, theirs.rows)
    for column, other in zip(ours.columns, theirs.columns, strict=True):
        assert (column.name, column.label, column.numeric) == (other.name, other.label, other.numeric)
        if column.numeric:
            np.testing.assert_array_equal(column.numbers, other.numbers)
        else:
            assert column.texts.to_objects().tolist() == other.texts.to_objects().tolist()


@needs_fixtures
@settings(max_examples=20, deadline=None)
@given(datasets())
def test_what_is_written_follows_the_published_schema(found: Dataset) -> None:
    """The published schema of NDJSON refers to definitions that it lacks: its lines are checked as one object."""
    schema = Draft201909Validator(json.loads((FIXTURES / "dataset.schema.json").read_bytes()))
    schema.validate(json.loads(written(found)))
    head, *lines = (json.loads(line) for line in written(found, "ndjson").decode().split("\n")[:-1])
    schema.validate(head | {"rows": lines})


# --- round trips ----------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(datasets(), st.sampled_from(KINDS))
def test_what_was_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, found: Dataset, kind: str) -> None:
    path = tmp_path_factory.mktemp("json") / f"dm.{kind}"
    dataset_json_write.write(path, found, kind=kind)
    assert_same(dataset_json_read.read(path), found)


def test_compressed_file_is_one_zlib_stream_of_ndjson() -> None:
    found = dataset(Column("A", coded(["x", None])))
    unpacked = zlib.decompressobj(zlib.MAX_WBITS)
    assert unpacked.decompress(written(found, "dsjc")) == written(found, "ndjson")
    assert unpacked.eof


def test_records_of_several_blocks_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    found = dataset(Column("A", coded(["x", None, "y"])), Column("N", np.array([1.0, np.nan, 2.5])))
    whole = [written(found, kind) for kind in ("json", "ndjson")]
    monkeypatch.setattr(dataset_json_write, "BLOCK_ROWS", 2)
    assert [written(found, kind) for kind in ("json", "ndjson")] == whole
    assert json.loads(whole[0])["rows"] == [["x", 1], ["", None], ["y", 2.5]]


def test_failed_write_leaves_the_previous_file(tmp_path: Path) -> None:
    path = tmp_path / "lb.json"
    path.write_bytes(b"previous")
    with pytest.raises(DatasetError):
        dataset_json_write.write(path, dataset(Column("N", np.array([np.inf]))))
    assert path.read_bytes() == b"previous"
    assert [entry.name for entry in tmp_path.iterdir()] == ["lb.json"]


# --- types ----------------------------------------------------------------------------------------------


def test_number_with_a_format_of_dates_is_a_date_with_a_target_type() -> None:
    column = Column("ADT", np.array([22000.0, np.nan]), format="DATE9.")
    assert rows(column) == [["2020-03-26"], [None]]
    found = stated(column)
    assert (found["dataType"], found["targetDataType"], found["displayFormat"]) == ("date", "integer", "DATE9.")


@pytest.mark.parametrize(
    ("value", "format_", "text", "target"),
    [
        (86400.0, "DATETIME20.", "1960-01-02T00:00:00", "integer"),
        (0.25, "E8601DT22.2", "1960-01-01T00:00:00.25", "decimal"),
        (-1.0, "DATETIME.", "1959-12-31T23:59:59", "integer"),
        (45000.0, "TIME5.", "12:30:00", "integer"),
        (-21914.0, "YYMMDD10.", "1900-01-01", "integer"),
    ],
)
def test_moments_and_times_come_back_as_numbers(
    tmp_path: Path, value: float, format_: str, text: str, target: str
) -> None:
    column = Column("X", np.array([value]), format=format_)
    assert rows(column) == [[text]]
    assert stated(column)["targetDataType"] == target
    (tmp_path / "lb.json").write_bytes(written(dataset(column)))
    found = dataset_json_read.read(tmp_path / "lb.json")["X"]
    assert (found.numbers.tolist(), found.format) == ([value], format_)


@pytest.mark.parametrize("value", [0.5, 3e6, -1e6])
def test_number_that_is_no_date_stays_a_number(value: float) -> None:
    column = Column("ADT", np.array([value]), format="DATE9.")
    assert (stated(column)["dataType"], rows(column)) == ("double", [[value]])


def test_booleans_and_decimals() -> None:
    columns = (
        Column("B", np.array([1.0, 0.0, np.nan]), data_type="boolean"),
        Column("D", np.array([0.1, np.nan, 2.0]), data_type="decimal", target_type="decimal"),
    )
    assert rows(*columns) == [[True, "0.1"], [False, None], [None, "2"]]


def test_decimal_with_more_digits_than_a_double_stays_text(tmp_path: Path) -> None:
    column = Column("D", coded(["0.10", "3.14159265358979323846"]), data_type="decimal")
    (tmp_path / "lb.json").write_bytes(written(dataset(column)))
    found = dataset_json_read.read(tmp_path / "lb.json")["D"]
    assert found.texts.to_objects().tolist() == ["0.10", "3.14159265358979323846"]


# --- what is refused ------------------------------------------------------------------------------------


def test_special_missing_value_has_no_place() -> None:
    column = Column("N", np.array([1.0, np.nan]), special=np.array([0, ord("A")], np.uint8))
    assert "LB.N record 2: the special missing value .A" in str(refused(column))


@pytest.mark.parametrize(
    ("value", "data_type"), [(1.5, "integer"), (2.0**53, "integer"), (2.0, "boolean"), (np.inf, "double")]
)
def test_number_that_is_not_of_its_type(value: float, data_type: str) -> None:
    error = refused(Column("N", np.array([np.nan, value]), data_type=data_type))
    assert (error.variable, error.row) == ("N", 2)
    assert f"cannot be written as {data_type}" in str(error)


def test_texts_where_numbers_are_stated() -> None:
    assert "texts where the type is integer" in str(refused(Column("N", coded(["1"]), data_type="integer")))


@pytest.mark.parametrize(
    ("data_type", "values", "message"),
    [
        ("integer", [1, 1.5], "record 2: 1.5 is no integer"),
        ("integer", [2**60 + 1], "is no integer that a float64 holds"),
        ("double", [1, "2"], "record 2: '2' is no value of type double"),
        ("string", ["a", 1], "record 2: 1 is no value of type string"),
        ("boolean", [True, 1], "record 2: 1 is no value of type boolean"),
        ("day", ["a"], "there is no dataType 'day'"),
    ],
)
def test_value_that_is_not_of_its_type(tmp_path: Path, data_type: str, values: list[Any], message: str) -> None:
    head = json.loads(written(dataset(Column("X", coded([])))))
    head["columns"][0]["dataType"] = data_type
    (tmp_path / "lb.json").write_text(json.dumps(head | {"records": len(values), "rows": [[v] for v in values]}))
    with pytest.raises(DatasetError, match=r"LB\.X") as caught:
        dataset_json_read.read(tmp_path / "lb.json")
    assert message in str(caught.value)


def test_partial_date_cannot_be_a_number(tmp_path: Path) -> None:
    head = json.loads(written(dataset(Column("X", np.empty(0), format="DATE9."))))
    (tmp_path / "lb.json").write_text(json.dumps(head | {"records": 1, "rows": [["2020-03"]]}))
    with pytest.raises(DatasetError, match="record 1: '2020-03' is no complete date"):
        dataset_json_read.read(tmp_path / "lb.json")
