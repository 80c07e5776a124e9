"""One dataset in every format that a trial's programs write compares as equal, and one changed value is found."""

from __future__ import annotations

import datetime as dt
from itertools import permutations
from pathlib import Path

import pytest
from compare_data import Var, compare, findings, write_csv, write_json, write_xpt

# 22000 days and 1,900,800,000 seconds from 1960-01-01 are 2020-03-26 and 2020-03-26T00:00:00.
DAY, MOMENT = 22000.0, 1900800000.0
XPT = {
    "USUBJID": Var(["1", "2", "3"], length=4),
    "ADT": Var([DAY, None, DAY + 1], format="DATE9."),
    "ADTM": Var([MOMENT + 3600, MOMENT + 0.5, None], format="DATETIME20."),
    "ATM": Var([3600.0, None, 86399.0], format="TIME8."),
    "AVAL": Var([1.5, None, 3.0]),
    "AVALC": Var(["x", None, "y"], length=5),
}
DATES = ["2020-03-26", None, "2020-03-27"]
MOMENTS = ["2020-03-26T01:00:00", "2020-03-26T00:00:00.5", None]
TIMES = ["01:00:00", None, "23:59:59"]


def _json(path: Path, missing: str | None, target: bool) -> Path:
    """missing: how texts that are missing are written. target: dates as ISO 8601 texts for numbers, else numbers."""
    columns: list[dict[str, object]] = [{"name": "USUBJID", "dataType": "string"}]
    for name, kind, form in (("ADT", "date", "DATE9."), ("ADTM", "datetime", "DATETIME20."), ("ATM", "time", "TIME8.")):
        stated = {"dataType": kind, "targetDataType": "decimal"} if target else {"dataType": "double"}
        columns.append({"name": name, "displayFormat": form, **stated})
    columns += [{"name": "AVAL", "dataType": "double"}, {"name": "AVALC", "dataType": "string"}]
    numbers = [XPT[name].values for name in ("ADT", "ADTM", "ATM")]
    dates = [DATES, MOMENTS, TIMES] if target else numbers
    texts = ["x", missing, "y"]
    rows = [
        [str(i + 1), *(column[i] for column in dates), XPT["AVAL"].values[i], texts[i]] for i in range(3)
    ]
    if target and missing == "":
        rows = [["" if value is None and 1 <= at <= 3 else value for at, value in enumerate(row)] for row in rows]
    return write_json(path, columns, rows)


def _native(path: Path) -> Path:
    """As pyarrow or R write it: date and time types, no metadata."""
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = {
        "USUBJID": ["1", "2", "3"],
        "ADT": pa.array([dt.date(2020, 3, 26), None, dt.date(2020, 3, 27)]),
        "ADTM": pa.array([dt.datetime(2020, 3, 26, 1), dt.datetime(2020, 3, 26, 0, 0, 0, 500000), None]),
        "ATM": pa.array([dt.time(1), None, dt.time(23, 59, 59)]),
        "AVAL": [1.5, None, 3.0],
        "AVALC": ["x", None, "y"],
    }
    path.parent.mkdir(parents=True)
    parquet.write_table(pa.table(table), path)
    return path


def _csv(path: Path, moments: list[str | None], dates: list[str | None]) -> Path:
    cells = zip(["1", "2", "3"], dates, moments, TIMES, ["1.5", None, "3"], ["x", None, "y"])
    lines = [",".join(XPT), *(",".join(cell or "" for cell in row) for row in cells)]
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _files(folder: Path) -> dict[str, Path]:
    from formats.convert import convert

    xpt = write_xpt(folder / "xpt/t.xpt", XPT)
    (folder / "converted").mkdir()
    convert(xpt, folder / "converted/t.parquet")
    convert(xpt, folder / "converted/t.ndjson")
    sas = [None if m is None else f"26MAR2020:{m.partition('T')[2]}" for m in MOMENTS]
    pandas = [None if m is None else m.replace("T", " ") for m in MOMENTS]
    return {
        "xpt": xpt,
        "parquet": folder / "converted/t.parquet",
        "ndjson": folder / "converted/t.ndjson",
        "json, null": _json(folder / "j1/t.json", None, target=True),
        'json, ""': _json(folder / "j2/t.json", "", target=True),
        "json, numbers": _json(folder / "j3/t.json", None, target=False),
        "native": _native(folder / "native/t.parquet"),
        "csv": _csv(folder / "c1/t.csv", MOMENTS, DATES),
        "csv by SAS": _csv(folder / "c2/t.csv", sas, ["26MAR2020", None, "27MAR2020"]),
        "csv by pandas": _csv(folder / "c3/t.csv", pandas, DATES),
    }


UNLIKE = {"storage", "label", "length", "format"}  # of two files of one format, what one states and the other does not


def test_one_dataset_is_equal_in_every_pair_of_formats(tmp_path: Path) -> None:
    files = _files(tmp_path)
    for (one, base), (other, against) in permutations(files.items(), 2):
        found = findings(compare(base, against, by=("USUBJID",)))
        same = base.suffix == against.suffix or {base.suffix, against.suffix} == {".json", ".ndjson"}
        left = {item for item in found if not (same and item[0] == "attribute" and item[3] in UNLIKE)}
        texts = base.suffix == against.suffix == ".csv"  # nothing says what a text in both of them is
        assert texts or not left, (one, other, left)


@pytest.mark.parametrize("changed", ["ADT", "ADTM", "ATM", "AVAL", "AVALC"])
def test_changed_value_is_found_in_every_format(changed: str, tmp_path: Path) -> None:
    files = _files(tmp_path)
    old = XPT[changed].values[0]
    edited = {**XPT, changed: XPT[changed].put(0, "z" if isinstance(old, str) else old + 1)}
    base = write_xpt(tmp_path / "edited/t.xpt", edited)
    for name, path in files.items():
        found = findings(compare(base, path, by=("USUBJID",)))
        assert {item[:4] for item in found} == {("value", "T", changed, ("1",))}, name


def test_truth_values_in_delimited_text(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pa.table({"ID": ["a", "b", "c"], "F": [True, False, None]}), tmp_path / "t.parquet")
    (tmp_path / "t.csv").write_text("ID,F\na,True\nb,FALSE\nc,\n", encoding="utf-8")
    assert findings(compare(tmp_path / "t.parquet", tmp_path / "t.csv", by=("ID",))) == set()
    (tmp_path / "u.csv").write_text("ID,F\na,True\nb,true\nc,\n", encoding="utf-8")
    found = findings(compare(tmp_path / "t.parquet", tmp_path / "u.csv", by=("ID",)))
    assert {item[:4] for item in found} == {("value", "T", "F", ("b",))}


def test_microseconds_that_a_number_does_not_tell_apart_are_texts(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    columns = [{"name": "ID", "dataType": "string"},
               {"name": "M", "dataType": "datetime", "targetDataType": "decimal"}]  # fmt: skip
    for micro in (1, 2):
        write_json(tmp_path / f"{micro}/t.json", columns, [["a", f"9000-01-01T00:00:00.00000{micro}"]])
        moment = pa.array([dt.datetime(9000, 1, 1, 0, 0, 0, micro)])
        parquet.write_table(pa.table({"ID": ["a"], "M": moment}), tmp_path / f"{micro}/t.parquet")
    for kind in ("json", "parquet"):
        found = findings(compare(tmp_path / f"1/t.{kind}", tmp_path / f"2/t.{kind}", by=("ID",)))
        assert found == {("value", "T", "M", ("a",), "9000-01-01T00:00:00.000001", "9000-01-01T00:00:00.000002")}
    assert findings(compare(tmp_path / "1/t.json", tmp_path / "1/t.parquet", by=("ID",))) == set()


@pytest.mark.parametrize("text_is_base", [True, False])
def test_key_is_found_where_one_number_is_written_in_two_ways(text_is_base: bool, tmp_path: Path) -> None:
    """1 and 1.0 are one value beside numbers; a search for the key that took them for two never came to its end."""
    numbers = write_xpt(tmp_path / "1/t.xpt", {"A": Var([1.0, 1.0, 2.0]), "B": Var(["x", "x", "z"], length=1)})
    text = write_csv(tmp_path / "2/t.csv", "A,B\n1,x\n1.0,x\n2,z\n")
    pair = (text, numbers) if text_is_base else (numbers, text)
    found = compare(*pair)
    assert {item for item in findings(found) if item[0] != "repeated"} == set() and found.exit_code == 0


def test_numbers_of_seventeen_digits_in_delimited_text_are_numbers(tmp_path: Path) -> None:
    """As programs write a float64: 0.1 and 0.10000000000000001 are one, and a tolerance holds for the others."""
    base = write_csv(tmp_path / "1/t.csv", "ID,N\na,0.1\nb,33.333333333333336\nc,1.0\n")
    other = write_csv(tmp_path / "2/t.csv", "ID,N\na,0.10000000000000001\nb,33.3333333333\nc,1\n")
    found = findings(compare(base, other, by=("ID",)))
    assert found == {("value", "T", "N", ("b",), "33.333333333333336", "33.3333333333")}
    assert findings(compare(base, other, by=("ID",), tolerance=("N=1e-9",))) == set()
    long = [write_csv(tmp_path / f"{n}/t.csv", f"ID,N\na,1234567890123456{n}\n") for n in (3, 4)]
    assert len(findings(compare(long[0], long[1], by=("ID",)))) == 1
