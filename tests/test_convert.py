"""`build convert` and `--format`: any format into any, the same bytes on the way back, refusals with their place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
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
