"""What a process keeps of specifications it has loaded and resolved, and when it makes them anew."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pytest
from small_study import SDTM, study

from sdtm.build import check
from specs.kept import Kept
from specs.load import load
from specs.problem import SpecError

TINY = Path(__file__).parent / "tiny_study"


def test_same_tables_are_loaded_once(tmp_path: Path) -> None:
    study(tmp_path, SDTM, {})
    assert load(tmp_path, "sdtm") is load(tmp_path, "sdtm")


def test_changed_cell_is_seen_though_the_size_stays(tmp_path: Path) -> None:
    study(tmp_path, SDTM, {})
    load(tmp_path, "sdtm")
    path = tmp_path / "sdtm" / "mapping" / "AE.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("iso8601(Y, M, D)", "iso8601(Y, M, C)"), encoding="utf-8")
    assert load(tmp_path, "sdtm").rules[0].expression == "iso8601(Y, M, C)"
    path.write_text(text, encoding="utf-8")
    assert load(tmp_path, "sdtm").rules[0].expression == "iso8601(Y, M, D)"


def test_changed_constant_is_seen(tmp_path: Path) -> None:
    study(tmp_path, SDTM, {})
    load(tmp_path, "sdtm")
    study(tmp_path, {"study.toml": SDTM["study.toml"].replace("1.6", "1.7")}, {})
    assert load(tmp_path, "sdtm").study.constants["DOSE"] == 1.7


def test_constants_of_a_build_are_seen(tmp_path: Path) -> None:
    study(tmp_path, SDTM, {})
    assert load(tmp_path, "sdtm", {"STUDYID": "OTHER"}).study.id == "OTHER"
    assert load(tmp_path, "sdtm").study.id != "OTHER"


def test_faults_are_told_each_time(tmp_path: Path) -> None:
    study(tmp_path, SDTM, {})
    load(tmp_path, "sdtm")
    path = tmp_path / "sdtm" / "Variables.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text("", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(SpecError):
            load(tmp_path, "sdtm")
    path.write_text(text, encoding="utf-8")
    assert load(tmp_path, "sdtm").variables


def test_stage_is_resolved_once_for_the_same_headers(tmp_path: Path) -> None:
    folder = shutil.copytree(TINY, tmp_path / "study")
    first = check(load(folder, "sdtm"), folder / "raw")
    assert check(load(folder, "sdtm"), folder / "raw") is first
    one = next((folder / "raw").glob("*.csv"))
    header, line, rest = one.read_text(encoding="utf-8-sig").partition("\n")
    rows = rest.replace("\n", ",\n")
    one.write_text(f"{header},FURTHER{line}{rows}", encoding="utf-8")
    again = check(load(folder, "sdtm"), folder / "raw")
    assert again is not first
    assert any("FURTHER" in table.columns for table in again.inputs.values())


def test_last_few_are_kept() -> None:
    kept: Kept[list[int]] = Kept(most=2)
    made = [kept.get(number, partial(list, [number])) for number in (1, 2, 3)]
    assert kept.get(3, list) is made[2]
    assert kept.get(2, list) is made[1]
    assert kept.get(1, lambda: [0]) == [0]
