"""Raw tables from Dataset-JSON 1.1 and Parquet: values, types, compression, damaged files."""

from __future__ import annotations

import gzip
import importlib.util
import json
import zlib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from formats import dataset_json, unpack
from formats.tables import RawTable, TableError, headers, read_table

FIXTURES = Path(__file__).parents[2] / "shared" / "fixtures" / "dataset_json"
TWINS = sorted(path.stem for path in FIXTURES.glob("*.xpt"))

COLUMNS = [
    {"itemOID": "IT.A", "name": "USUBJID", "label": "Subject", "dataType": "string"},
    {"itemOID": "IT.B", "name": "AVAL", "label": "Value", "dataType": "float"},
    {"itemOID": "IT.C", "name": "AESEQ", "label": "Sequence", "dataType": "integer"},
    {"itemOID": "IT.D", "name": "DONE", "label": "Done", "dataType": "boolean"},
]
ROWS = [["001", 5.0, 1, True], ["", 0.1, None, False], [" a ", 1e-5, 12345678901234567890, None]]
EXPECTED = {
    "USUBJID": ["001", None, " a "],
    "AVAL": ["5", "0.1", "1e-05"],
    "AESEQ": ["1", None, "12345678901234567890"],
    "DONE": ["TRUE", "FALSE", None],
}


def metadata(**more: Any) -> dict[str, Any]:
    return {"datasetJSONVersion": "1.1.0", "records": len(ROWS), "name": "AE", "columns": COLUMNS, **more}


def ndjson() -> bytes:
    return "".join(json.dumps(part) + "\n" for part in (metadata(), *ROWS)).encode()


def save(path: Path, content: dict[str, Any] | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def texts(table: RawTable) -> dict[str, list[str | None]]:
    return {name: column.to_objects().tolist() for name, column in table.columns.items()}


def refused(path: Path) -> TableError:
    with pytest.raises(TableError) as caught:
        read_table(path)
    assert caught.value.path == str(path)
    return caught.value


# --- Dataset-JSON -------------------------------------------------------------------------------------------


def test_values_of_each_type(tmp_path: Path) -> None:
    path = save(tmp_path / "ae.json", metadata(rows=ROWS))
    table = read_table(path)
    assert (texts(table), table.line_numbers.tolist(), table.problems) == (EXPECTED, [1, 2, 3], ())
    assert headers(path) == list(EXPECTED)


def test_lines_of_ndjson_are_those_of_the_file(tmp_path: Path) -> None:
    path = save(tmp_path / "ae.ndjson", ndjson().replace(b"\n", b"\r\n", 1) + b"\n")
    table = read_table(path)
    assert (texts(table), table.line_numbers.tolist()) == (EXPECTED, [2, 3, 4])
    assert headers(path) == list(EXPECTED)


@pytest.mark.parametrize("name", ["ae.json.gz", "ae.ndjson.gz", "ae.dsjc"])
def test_compressed_files(tmp_path: Path, name: str) -> None:
    plain = ndjson() if "json.gz" not in name or "nd" in name else json.dumps(metadata(rows=ROWS)).encode()
    path = save(tmp_path / name, zlib.compress(plain) if name.endswith("dsjc") else gzip.compress(plain))
    assert texts(read_table(path)) == EXPECTED
    assert headers(path) == list(EXPECTED)


def test_gzip_files_joined_end_to_end(tmp_path: Path) -> None:
    half = len(ndjson()) // 2
    path = save(tmp_path / "ae.ndjson.gz", gzip.compress(ndjson()[:half]) + gzip.compress(ndjson()[half:]))
    assert texts(read_table(path)) == EXPECTED


@pytest.mark.skipif(not TWINS, reason="../shared/fixtures/dataset_json is not here")
@pytest.mark.parametrize("name", TWINS)
@pytest.mark.parametrize("suffix", ["json", "ndjson"])
def test_published_datasets_equal_their_transport_files(name: str, suffix: str) -> None:
    table, twin = read_table(FIXTURES / f"{name}.{suffix}"), read_table(FIXTURES / f"{name}.xpt")
    assert (texts(table), table.problems) == (texts(twin), ())
    assert headers(FIXTURES / f"{name}.{suffix}") == list(twin.columns)


def test_headers_are_found_wherever_the_columns_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = {"rows": ROWS, **metadata()}
    assert headers(save(tmp_path / "a.json", content)) == list(EXPECTED)
    monkeypatch.setattr(dataset_json, "HEADER_BYTES", 300)
    assert headers(save(tmp_path / "b.json", metadata(rows=ROWS))) == list(EXPECTED)
    assert headers(save(tmp_path / "c.ndjson", ndjson())) == list(EXPECTED)
    assert headers(save(tmp_path / "d.ndjson.gz", gzip.compress(ndjson()))) == list(EXPECTED)


def test_value_of_another_type_is_kept_and_a_problem(tmp_path: Path) -> None:
    rows = [["001", "5 mg", 1, True], [7, 1, True, 0], ["002", 2, 3, None]]
    table = read_table(save(tmp_path / "ae.json", metadata(rows=rows)))
    assert texts(table) == {
        "USUBJID": ["001", "7", "002"],
        "AVAL": ["5 mg", "1", "2"],
        "AESEQ": ["1", "TRUE", "3"],
        "DONE": ["TRUE", "0", None],
    }
    assert [(problem.line, problem.column, problem.value) for problem in table.problems] == [
        (1, "AVAL", "5 mg"),
        (2, "USUBJID", "7"),
        (2, "AESEQ", "TRUE"),
        (2, "DONE", "0"),
    ]


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (metadata(rows=ROWS[:2]), 0, "records states 3, the file holds 2"),
        (metadata(rows=[*ROWS[:2], ["x"]]), 3, "1 values where there are 4 columns"),
        (metadata(rows=[*ROWS[:2], [["x"], 1, 2, None]]), 3, "a value is an array or an object"),
        (metadata(rows=[*ROWS[:2], {}]), 3, "the record is no array"),
        (metadata(rows={}), 0, "rows is no array"),
        (metadata(datasetJSONVersion="1.0.0"), 0, "this is Dataset-JSON 1.0.0"),
        ({"clinicalData": {}}, 0, "this is no Dataset-JSON 1.1"),
        (metadata(columns=[COLUMNS[0], COLUMNS[0]]), 0, "two columns have this name"),
        (metadata(columns=[]), 0, "names no columns"),
        (b"", 0, "the file is empty"),
        (b"[1]", 1, "does not begin with the metadata"),
        (b'{"columns": [\n1, ', 2, "this is no JSON"),
        (b'{"a": 1, "a": 2}', 1, "a name occurs twice"),
        (b'{"a": NaN}', 1, "NaN is no JSON number"),
        (b'{"a": "\xff"}', 1, "is not UTF-8"),
        (b"[" * 100_000, 1, "this JSON cannot be read"),
    ],
)
def test_faults_have_their_place(tmp_path: Path, content: dict[str, Any] | bytes, line: int, message: str) -> None:
    error = refused(save(tmp_path / "ae.json", content))
    assert (error.line, message in str(error)) == (line, True), str(error)


def test_number_that_overflows_has_its_place(tmp_path: Path) -> None:
    content = json.dumps(metadata(rows=ROWS)).replace("0.1", "1e999").encode()
    error = refused(save(tmp_path / "ae.json", content))
    assert (error.line, error.column) == (2, "AVAL")


def test_cut_ndjson_has_its_line(tmp_path: Path) -> None:
    assert refused(save(tmp_path / "ae.ndjson", ndjson()[:-5])).line == 4


@pytest.mark.parametrize("name", ["ae.json.gz", "ae.dsjc"])
def test_damaged_compressed_files(tmp_path: Path, name: str) -> None:
    packed = gzip.compress(ndjson())
    assert "ends early" in str(refused(save(tmp_path / name, packed[:-20])))
    assert "not gzip or is damaged" in str(refused(save(tmp_path / name, b"A,B\n1,2\n")))
    assert "empty" in str(refused(save(tmp_path / name, b"")))


def test_file_that_unpacks_to_far_more_than_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "FREE_BYTES", 1 << 20)
    assert "bytes unpack to" in str(refused(save(tmp_path / "ae.json.gz", gzip.compress(b" " * (8 << 20)))))


# --- Parquet ------------------------------------------------------------------------------------------------


def parquet(path: Path, columns: dict[str, tuple[str, list[Any]]]) -> Path:
    """A Parquet file; columns: name to Arrow type and values."""
    arrow = pytest.importorskip("pyarrow")
    from pyarrow.parquet import write_table

    types = {
        "decimal": arrow.decimal128(10, 2),
        "dictionary": arrow.dictionary(arrow.int32(), arrow.string()),
        "list": arrow.list_(arrow.int64()),
        "utc": arrow.timestamp("us", "Asia/Shanghai"),
        "ns": arrow.timestamp("ns"),
        "time": arrow.time64("us"),
    }
    arrays = {
        name: arrow.array(values, types[kind] if kind in types else arrow.type_for_alias(kind))
        for name, (kind, values) in columns.items()
    }
    write_table(arrow.table(arrays), path, row_group_size=2)
    return path


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("string", ["001", None, " ", " a "], ["001", None, None, " a "]),
        ("dictionary", ["b", None, "a", "b"], ["b", None, "a", "b"]),
        ("int64", [5, None, -(2**63), 0], ["5", None, "-9223372036854775808", "0"]),
        ("float64", [5.0, None, float("nan"), 0.1], ["5", None, None, "0.1"]),
        ("float32", [5.0, None, 0.1, -0.0], ["5", None, "0.1", "0"]),
        ("bool", [True, None, False, True], ["TRUE", None, "FALSE", "TRUE"]),
        ("decimal", [Decimal("1.50"), None, Decimal("20.00"), Decimal("-0.05")], ["1.5", None, "20", "-0.05"]),
        ("date32", [date(2024, 2, 29), None, date(1900, 1, 1), None], ["2024-02-29", None, "1900-01-01", None]),
        ("ns", [0, None, 1, 86_400_000_000_000], ["1970-01-01T00:00:00", None, "1970-01-01T00:00:00.000000001",
                                                  "1970-01-02T00:00:00"]),
        ("utc", [1_000_000, None, -500_000, 0], ["1970-01-01T00:00:01Z", None, "1969-12-31T23:59:59.5Z",
                                                 "1970-01-01T00:00:00Z"]),
        ("time", [3_661_000_000, None, 0, 250_000], ["01:01:01", None, "00:00:00", "00:00:00.25"]),
    ],
)  # fmt: skip
def test_parquet_types(tmp_path: Path, kind: str, values: list[Any], expected: list[str | None]) -> None:
    path = parquet(tmp_path / "x.parquet", {"X": (kind, values), "__index_level_0__": ("int64", [0, 1, 2, 3])})
    table = read_table(path)
    assert (texts(table), table.line_numbers.tolist()) == ({"X": expected}, [1, 2, 3, 4])
    assert headers(path) == ["X"]


def test_parquet_without_records(tmp_path: Path) -> None:
    assert texts(read_table(parquet(tmp_path / "x.parquet", {"X": ("int64", [])}))) == {"X": []}


def test_parquet_values_that_are_no_cells(tmp_path: Path) -> None:
    error = refused(parquet(tmp_path / "x.parquet", {"A": ("string", ["a"]), "X": ("list", [[1]])}))
    assert error.column == "X" and "list<" in str(error)
    error = refused(parquet(tmp_path / "y.parquet", {"X": ("float64", [float("inf")])}))
    assert error.column == "X" and "inf" in str(error)


def test_file_that_is_no_parquet(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    assert "this is no Parquet file" in str(refused(save(tmp_path / "x.parquet", b"A,B\n1,2\n")))


def test_without_pyarrow_parquet_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "pip install pyarrow" in str(refused(save(tmp_path / "x.parquet", b"PAR1")))
