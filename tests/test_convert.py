"""`build convert` and `--format`: any format into any, the same bytes on the way back, refusals with their place."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyreadstat
import pytest
from click.testing import CliRunner, Result
from pyarrow import parquet as pq
from strategies_dataset import CREATED, coded

from cli import main
from formats import convert, xpt
from formats.dataset import Column, Dataset
from formats.tables import read_table

TINY = Path(__file__).parent / "tiny_study"
PILOT = Path(__file__).parents[2] / "shared" / "fixtures" / "cdiscpilot" / "adam"
FURTHER = ("json", "ndjson", "dsjc", "parquet")


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def converted(source: Path, target: Path, *words: str) -> str:
    result = run("convert", source, target, *words)
    assert result.exit_code == 0, result.output
    return result.output


def refused(source: Path, target: Path, *words: str) -> str:
    result = run("convert", source, target, *words)
    assert (result.exit_code, target.exists()) == (1, False), result.output
    return result.output


def saved(folder: Path, *columns: Column) -> Path:
    path = folder / "lb.json"
    convert.write(path, Dataset("LB", columns, "Laboratory Test Results", CREATED))
    return path


@pytest.mark.parametrize("kind", FURTHER)
def test_transport_file_comes_back_byte_for_byte(tmp_path: Path, kind: str) -> None:
    columns = [
        Column("USUBJID", coded(["01", None, "02"]), "Unique Subject Identifier", 8),
        Column("ADT", np.array([22000.0, np.nan, -1.0]), "Analysis Date", 8, "DATE9."),
        Column("AVAL", np.array([0.1, 5.0, np.nan]), "Analysis Value", 8),
    ]
    xpt.write(tmp_path / "lb.xpt", columns, dataset="ADLB", label="Laboratory", created=CREATED)
    converted(tmp_path / "lb.xpt", tmp_path / f"lb.{kind}")
    converted(tmp_path / f"lb.{kind}", tmp_path / "back.xpt")
    assert (tmp_path / "back.xpt").read_bytes() == (tmp_path / "lb.xpt").read_bytes()


@pytest.mark.skipif(not PILOT.is_dir(), reason=f"{PILOT} is absent")
@pytest.mark.parametrize("kind", FURTHER)
def test_values_of_the_pilot_come_back(tmp_path: Path, kind: str) -> None:
    said = converted(PILOT / "adsl.xpt", tmp_path / f"adsl.{kind}")
    assert ("informat of TRTSDT" in said) == (kind != "parquet")
    converted(tmp_path / f"adsl.{kind}", tmp_path / "adsl.xpt")
    ours, theirs = xpt.read(tmp_path / "adsl.xpt"), xpt.read(PILOT / "adsl.xpt")
    for column, other in zip(ours.columns, theirs.columns, strict=True):
        same = ("name", "label", "length", "format")
        assert [getattr(column, what) for what in same] == [getattr(other, what) for what in same]
    assert xpt.frame(ours).equals(xpt.frame(theirs))


def test_text_that_version_5_cannot_hold(tmp_path: Path) -> None:
    path = saved(tmp_path, Column("AETERM", coded(["ok", "γ-GT up"])))
    said = refused(path, tmp_path / "lb.xpt")
    assert "LB.AETERM record 2: the character 'γ' (U+03B3)" in said and "ascii" in said
    converted(path, tmp_path / "lb.xpt", "--encoding", "utf-8")


def test_name_that_needs_version_8(tmp_path: Path) -> None:
    path = saved(tmp_path, Column("A_LONG_NAME", coded(["x" * 201])))
    assert "A_LONG_NAME" in refused(path, tmp_path / "lb.xpt")
    converted(path, tmp_path / "lb.xpt", "--xpt-version", "8")


def test_trailing_blank_would_be_lost(tmp_path: Path) -> None:
    said = refused(saved(tmp_path, Column("T", coded(["a", "b "]))), tmp_path / "lb.xpt")
    assert "LB.T record 2: 'b ' ends with a blank" in said


def test_text_of_blanks_alone_would_be_lost(tmp_path: Path) -> None:
    assert "record 1" in refused(saved(tmp_path, Column("T", coded([" ", "b"]))), tmp_path / "lb.xpt")


def test_special_missing_value_would_be_lost(tmp_path: Path) -> None:
    special = Column("N", np.array([1.0, np.nan]), special=np.array([0, ord("A")], np.uint8))
    xpt.write(tmp_path / "lb.xpt", [special], dataset="LB", created=CREATED)
    for kind in FURTHER:
        assert "LB.N record 2: the special missing value .A" in refused(tmp_path / "lb.xpt", tmp_path / f"x.{kind}")


def test_attributes_without_a_place_are_named(tmp_path: Path) -> None:
    path = saved(tmp_path, Column("T", coded(["a"]), key=1, oid="IT.OWN"))
    said = converted(path, tmp_path / "lb.xpt")
    assert "not carried over: keySequence of T" in said and "not carried over: itemOID of T" in said


def test_dataset_is_chosen_from_several(tmp_path: Path) -> None:
    datasets = [Dataset(name, (Column("A", coded(["x"])),), "", CREATED) for name in ("DM", "AE")]
    xpt.write_all(tmp_path / "all.xpt", datasets)
    assert "the file holds the datasets DM, AE; choose one: --dataset NAME" in refused(
        tmp_path / "all.xpt", tmp_path / "ae.json"
    )
    converted(tmp_path / "all.xpt", tmp_path / "ae.json", "--dataset", "ae")
    assert convert.read(tmp_path / "ae.json").name == "AE"


@pytest.mark.parametrize("name", ["lb.csv", "lb.sas7bdat", "lb.json.gz"])
def test_target_that_is_not_written(tmp_path: Path, name: str) -> None:
    assert "lb." in refused(saved(tmp_path, Column("T", coded(["a"]))), tmp_path / name)


def test_source_that_is_not_there(tmp_path: Path) -> None:
    assert "there is no such file" in refused(tmp_path / "none.xpt", tmp_path / "x.json")


# --- --format -------------------------------------------------------------------------------------------


def test_build_writes_the_same_datasets_in_every_format(tmp_path: Path) -> None:
    result = run("all", TINY, "--out", tmp_path / "out", "--quiet", "--format", ",".join(("xpt", *FURTHER)))
    assert result.exit_code == 0, result.output
    files = sorted((tmp_path / "out").glob("*/*.xpt"))
    assert len(files) > 3
    for number, path in enumerate(files):
        for kind in FURTHER:
            back = tmp_path / f"{number}.xpt"
            assert convert.read(path.with_suffix(f".{kind}")).name == path.stem.upper()
            converted(path.with_suffix(f".{kind}"), back)
            assert back.read_bytes() == path.read_bytes()


def test_only_leaves_the_other_datasets_in_every_format(tmp_path: Path) -> None:
    words = ("sdtm", TINY, "--out", tmp_path / "out", "--quiet")
    assert run(*words, "--format", "json").exit_code == 0
    before = (tmp_path / "out" / "sdtm" / "ae.json").read_bytes()
    assert run(*words, "--only", "DM").exit_code == 0
    assert (tmp_path / "out" / "sdtm" / "ae.json").read_bytes() == before
    assert not (tmp_path / "out" / "sdtm" / "dm.json").exists()


def test_format_that_is_none_is_wrong_usage(tmp_path: Path) -> None:
    result = run("sdtm", TINY, "--out", tmp_path / "out", "--format", "csv")
    assert result.exit_code == 2 and "csv: datasets are written as xpt, json" in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", FURTHER)
def test_written_file_is_a_raw_table(tmp_path: Path, kind: str) -> None:
    columns = (Column("T", coded(["a", None])), Column("N", np.array([5.0, 0.1])))
    convert.write(tmp_path / f"x.{kind}", Dataset("X", columns, "", CREATED))
    table = read_table(tmp_path / f"x.{kind}")
    found = {name: column.to_objects().tolist() for name, column in table.columns.items()}
    assert found == {"T": ["a", None], "N": ["5", "0.1"]}


# --- what a target must not lose, and where it is written -------------------------------------------------


def stated(folder: Path, columns: list[dict[str, str]], rows: list[list[object]]) -> Path:
    path = folder / "in.json"
    head = {"datasetJSONVersion": "1.1.0", "datasetJSONCreationDateTime": "2026-01-05T00:00:00", "name": "LB"}
    path.write_text(json.dumps({**head, "label": "", "columns": columns, "records": len(rows), "rows": rows}))
    return path


@pytest.mark.parametrize("target", ["integer", "decimal"])
def test_fraction_of_a_moment_comes_back(tmp_path: Path, target: str) -> None:
    """1,900,828,800.123456 s: 21,999 days to 2020-03-25, and the time. A target type of integer would cut them."""
    moment = {"name": "M", "dataType": "datetime", "targetDataType": target, "displayFormat": "E8601DT26.6"}
    path = stated(tmp_path, [moment], [["2020-03-25T08:00:00.123456"], [None], [""]])
    for kind in ("xpt", "parquet", "json"):
        converted(path, tmp_path / f"a.{kind}")
        converted(tmp_path / f"a.{kind}", tmp_path / f"b.{kind}.json")
        found = json.loads((tmp_path / f"b.{kind}.json").read_text())
        assert found["rows"] == [["2020-03-25T08:00:00.123456"], [None], [None]]
        assert found["columns"][0]["targetDataType"] == "decimal"
    frame = pyreadstat.read_xport(tmp_path / "a.xpt", disable_datetime_conversion=True)[0]
    assert frame["M"][0] == 21999 * 86400 + 8 * 3600 + 0.123456


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2020-03-25T08:00:00.123456789", "the fraction of '2020-03-25T08:00:00.123456789' is finer than"),
        ("9999-12-31T23:59:59.999999", "is finer than a number holds"),
        ("2020-03-25T08:00:00Z", "it has a UTC offset"),
        ("2020-03-25", "'2020-03-25' is no complete datetime"),
    ],
)
def test_moment_that_no_number_holds(tmp_path: Path, text: str, why: str) -> None:
    moment = {"name": "M", "dataType": "datetime", "targetDataType": "decimal"}
    path = stated(tmp_path, [moment], [[None], [text]])
    said = refused(path, tmp_path / "x.xpt")
    assert "LB.M record 2: " in said and why in said and "leave targetDataType out" in said


def test_decimal_with_zeros_at_its_end_is_a_number_of_a_transport_file(tmp_path: Path) -> None:
    path = stated(tmp_path, [{"name": "N", "dataType": "decimal", "targetDataType": "decimal"}], [["1.10"], [None]])
    converted(path, tmp_path / "x.xpt")
    assert pyreadstat.read_xport(tmp_path / "x.xpt")[0]["N"].tolist()[0] == 1.1
    converted(path, tmp_path / "x.json")
    assert json.loads((tmp_path / "x.json").read_text())["rows"] == [["1.10"], [""]]


def test_missing_number_that_is_a_text_without_characters(tmp_path: Path) -> None:
    columns = [{"name": "N", "dataType": "float"}, {"name": "B", "dataType": "boolean"}]
    converted(stated(tmp_path, columns, [[1.5, True], ["", ""]]), tmp_path / "x.json")
    assert json.loads((tmp_path / "x.json").read_text())["rows"] == [[1.5, True], [None, None]]


def test_two_variables_of_one_name_are_a_fault(tmp_path: Path) -> None:
    twice = pa.table([pa.array(["a"]), pa.array(["b"])], names=["A", "A"])
    pq.write_table(twice, tmp_path / "lb.parquet")
    for kind in ("xpt", "json", "parquet"):
        said = refused(tmp_path / "lb.parquet", tmp_path / f"x.{kind}", "--created", "2026-01-05")
        assert "LB.A: two variables have this name; rename one of them" in said


def test_folder_of_the_target_is_made(tmp_path: Path) -> None:
    path = saved(tmp_path, Column("T", coded(["a"])))
    converted(path, tmp_path / "a" / "b" / "lb.parquet")
    long = saved(tmp_path, Column("A_LONG_NAME", coded(["a"])))
    refused(long, tmp_path / "c" / "d" / "lb.xpt")
    assert not (tmp_path / "c").exists()


def test_target_that_is_a_folder_or_below_a_file(tmp_path: Path) -> None:
    path = saved(tmp_path, Column("T", coded(["a"])))
    (tmp_path / "x.json").mkdir()
    for target, why in ((tmp_path / "x.json", "is a folder"), (path / "x.json", "is a file, not a folder")):
        result = run("convert", path, target)
        assert result.exit_code == 1 and why in result.output and "Errno" not in result.output
    assert "is a folder, not a file" in refused(tmp_path, tmp_path / "y.json")
    assert sorted(found.name for found in tmp_path.iterdir()) == ["lb.json", "x.json"]


@pytest.mark.parametrize("moment", ["1948-01-03T02:21:41.999999", "2020-03-25T08:00:00.1", "1960-01-01T00:00:00"])
def test_moment_of_parquet_keeps_its_fraction(tmp_path: Path, moment: str) -> None:
    pq.write_table(pa.table({"M": pa.array([datetime.fromisoformat(moment)])}), tmp_path / "lb.parquet")
    converted(tmp_path / "lb.parquet", tmp_path / "lb.json", "--created", "2026-01-05")
    assert json.loads((tmp_path / "lb.json").read_text())["rows"] == [[moment]]


def test_moment_of_parquet_that_no_number_holds(tmp_path: Path) -> None:
    pq.write_table(pa.table({"M": pa.array([datetime(9000, 1, 1, 0, 0, 0, 1)])}), tmp_path / "lb.parquet")
    said = refused(tmp_path / "lb.parquet", tmp_path / "lb.json", "--created", "2026-01-05")
    assert "LB.M: the fraction of a moment is finer than a number of that size holds" in said
