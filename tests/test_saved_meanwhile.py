"""Somebody saves a table while a build runs: the next build takes it, and the manifest states what was read."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import pipeline
import pipeline_quality
import pipeline_stages
import pipeline_submission
from pipeline_standing import status
from results import made
from specs.model import Spec
from specs.problem import DataError, SpecError
from submission.stage_folder import Written

TINY = Path(__file__).parent / "tiny_study"
COMPARED = ("results/ard.csv", "sdtm/lb.xpt", "adam/adlb.xpt", "results/state.json")
LABS = ("raw/labs.csv", b",13.5,", b",23.5,")
LEVEL = ("results/Statistics.csv", b"level=0.95", b"level=0.80")


def change(study: Path, file: str, old: bytes, new: bytes) -> None:
    path = study / file
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


def tiny(folder: Path) -> Path:
    shutil.copytree(TINY, folder / "study")
    return folder / "study"


def same(one: Path, other: Path) -> None:
    for name in COMPARED:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


@pytest.mark.parametrize(
    ("when", "saved"),
    [
        ("adam ...", LABS),
        ("define ...", ("adam/Parameters.csv", b"Hemoglobin (g", b"HemoglobiN (g")),
        ("define ...", LEVEL),
        ("results ...", LEVEL),
    ],
)
def test_a_table_saved_while_all_is_built_is_taken_by_the_next_build(
    tmp_path: Path, when: str, saved: tuple[str, bytes, bytes]
) -> None:
    study, out = tiny(tmp_path), tmp_path / "out"

    def say(text: str) -> None:
        if text == when:
            change(study, *saved)

    pipeline.everything(pipeline.Request(study, out, say=say))
    if saved[1] in (study / saved[0]).read_bytes():  # without a second processor nobody waits for the results
        change(study, *saved)
    assert status(pipeline.Request(study, out))[1]
    pipeline.everything(pipeline.Request(study, out))
    pipeline.everything(pipeline.Request(study, tmp_path / "fresh"))
    same(out, tmp_path / "fresh")


def test_a_table_saved_while_results_are_computed_is_taken_by_the_next_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, out = tiny(tmp_path), tmp_path / "out"
    pipeline.everything(pipeline.Request(study, out))
    written = made.write

    def write(found: made.Made, folder: Path) -> made.Summary:
        change(study, *LEVEL)
        return written(found, folder)

    monkeypatch.setattr(made, "write", write)
    pipeline.results(pipeline.Request(study, out, full=True))
    monkeypatch.setattr(made, "write", written)
    assert "results: stale" in status(pipeline.Request(study, out))[0]


def test_the_manifest_states_the_raw_files_that_sdtm_was_made_from(tmp_path: Path) -> None:
    study, out = tiny(tmp_path), tmp_path / "out"
    read = hashlib.sha256((study / "raw" / "labs.csv").read_bytes()).hexdigest()
    pipeline.everything(pipeline.Request(study, out))
    change(study, *LABS)
    change(study, *LEVEL)
    for command in (pipeline.define, pipeline.results, pipeline.adam):
        command(pipeline.Request(study, out, full=True))
        assert json.loads((out / "manifest.json").read_text())["raw"]["labs.csv"] == read
    pipeline.sdtm(pipeline.Request(study, out))
    now = hashlib.sha256((study / "raw" / "labs.csv").read_bytes()).hexdigest()
    assert json.loads((out / "manifest.json").read_text())["raw"]["labs.csv"] == now


def test_the_manifest_states_the_tables_that_each_part_was_made_from(tmp_path: Path) -> None:
    study, out = tiny(tmp_path), tmp_path / "out"
    before = hashlib.sha256((study / "adam" / "Parameters.csv").read_bytes()).hexdigest()
    pipeline.everything(pipeline.Request(study, out))
    change(study, "adam/Parameters.csv", b"Hemoglobin (g", b"HemoglobiN (g")
    change(study, *LEVEL)
    pipeline.results(pipeline.Request(study, out))
    stated = json.loads((out / "manifest.json").read_text())["specification"]
    assert stated["adam/Parameters.csv"] == before
    assert stated["results/Statistics.csv"] == hashlib.sha256((study / LEVEL[0]).read_bytes()).hexdigest()


def after(monkeypatch: pytest.MonkeyPatch, stage: str, then: Callable[[], None]) -> None:
    """Have something done as soon as a stage is built."""
    build = pipeline_stages.stage

    def built(request: pipeline.Request, spec: Spec) -> list[Written]:
        found = build(request, spec)
        if spec.stage == stage:
            then()
        return found

    monkeypatch.setattr(pipeline_stages, "stage", built)


@pytest.mark.parametrize(
    ("stage", "saved"),
    [
        ("adam", ("results/Analysis Results.csv", b"AVISIT == 'Baseline'", b"AVISIT == 'Week 2'")),
        ("sdtm", ("results/Analysis Results.csv", b"AVISIT == 'Baseline'", b"AVISIT == 'Week 2'")),
        ("sdtm", ("study.toml", b"RISE = 5", b"RISE = 50")),
    ],
)
def test_a_change_that_is_taken_back_leaves_no_output_that_is_called_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, saved: tuple[str, bytes, bytes]
) -> None:
    study, out = tiny(tmp_path), tmp_path / "out"
    before, said = (study / saved[0]).read_bytes(), list[str]()
    with monkeypatch.context() as patched:
        after(patched, stage, lambda: change(study, *saved))
        pipeline.everything(pipeline.Request(study, out, say=said.append))
    assert any(line.startswith(f"notice: {saved[0]} changed while this was made") for line in said)
    stated = json.loads((out / "manifest.json").read_text())
    assert {name for names in stated["changed while it was made"].values() for name in names} == {saved[0]}
    assert "results" in stated["changed while it was made"]
    (study / saved[0]).write_bytes(before)
    assert status(pipeline.Request(study, out))[1]
    pipeline.everything(pipeline.Request(study, out))
    pipeline.everything(pipeline.Request(study, tmp_path / "fresh"))
    same(out, tmp_path / "fresh")
    assert json.loads((out / "manifest.json").read_text()).keys() == json.loads(
        (tmp_path / "fresh" / "manifest.json").read_text()
    ).keys()  # fmt: skip


def test_sdtm_files_from_elsewhere_that_change_are_taken_by_the_next_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, out = tiny(tmp_path), tmp_path / "out"
    pipeline.sdtm(pipeline.Request(study, tmp_path / "other"))
    given = tmp_path / "given"
    shutil.copytree(tmp_path / "other" / "sdtm", given)

    def saved() -> None:
        content = bytearray((given / "lb.xpt").read_bytes())
        content[content.rfind(b"2024") + 3] = ord("5")
        (given / "lb.xpt").write_bytes(content)

    with monkeypatch.context() as patched:
        after(patched, "adam", saved)
        pipeline.everything(pipeline.Request(study, out, sdtm=given))
    said: list[str] = []
    pipeline.everything(pipeline.Request(study, out, sdtm=given, say=said.append))
    assert "nothing has changed since the last build" not in said
    pipeline.everything(pipeline.Request(study, tmp_path / "fresh", sdtm=given))
    assert (out / "adam" / "adlb.xpt").read_bytes() == (tmp_path / "fresh" / "adam" / "adlb.xpt").read_bytes()


def test_quality_control_calls_an_output_of_other_raw_tables_stale(tmp_path: Path) -> None:
    study, out = tiny(tmp_path), tmp_path / "out"
    pipeline.everything(pipeline.Request(study, out))
    change(study, *LABS)
    pipeline.adam(pipeline.Request(study, out))
    lines, is_open = pipeline_quality.quality(pipeline.Request(study, out), {})
    assert is_open
    assert any("outputs are stale (sdtm: 1 of 3 datasets stale" in line for line in lines)


def test_the_manifest_states_with_what_an_earlier_command_made_a_part(tmp_path: Path) -> None:
    study, out = tiny(tmp_path), tmp_path / "out"
    before = hashlib.sha256((study / "study.toml").read_bytes()).hexdigest()
    pipeline.sdtm(pipeline.Request(study, out, constants={"SITE": "99"}))
    change(study, "study.toml", b"RISE = 5", b"RISE = 6")
    pipeline.adam(pipeline.Request(study, out))
    stated = json.loads((out / "manifest.json").read_text())
    assert stated["constants"] == {}
    assert stated["made before with"] == {"sdtm": {"constants": {"SITE": "99"}, "study.toml": before}}
    pipeline.sdtm(pipeline.Request(study, out))
    assert "made before with" not in json.loads((out / "manifest.json").read_text())


def test_no_package_is_made_of_tables_that_change_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study, out = tiny(tmp_path), tmp_path / "out"
    after(monkeypatch, "adam", lambda: change(study, "study.toml", b"RISE = 5", b"RISE = 6"))
    with pytest.raises(DataError, match=r"study\.toml changed while the package was made"):
        pipeline_submission.package(pipeline.Request(study, out))
    assert not (out / "package").exists()


def test_a_change_that_is_taken_back_with_its_time_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `cp -p` puts back an earlier version of the same size."""
    study, out = tiny(tmp_path), tmp_path / "out"
    pipeline.everything(pipeline.Request(study, out))
    path = study / LEVEL[0]
    before, times = path.read_bytes(), path.stat()
    written = made.write

    def write(found: made.Made, folder: Path) -> made.Summary:
        change(study, *LEVEL)
        path.write_bytes(before)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        return written(found, folder)

    monkeypatch.setattr(made, "write", write)
    said: list[str] = []
    pipeline.results(pipeline.Request(study, out, full=True, say=said.append))
    assert f"notice: {LEVEL[0]} changed while this was made; the next build makes it anew" in said


def test_what_a_stage_does_not_read_may_change_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables of ADaM and results are edited while SDTM is built; a spreadsheet is opened beside the raw files."""
    study, out = tiny(tmp_path), tmp_path / "out"

    def saved() -> None:
        change(study, "adam/Parameters.csv", b"Hemoglobin (g", b"HemoglobiN (g")
        change(study, *LEVEL)
        (study / "raw" / "~$labs.xlsx").write_bytes(b"open")
        (study / "sdtm" / ".~lock.Tables.csv#").write_text("open")

    after(monkeypatch, "sdtm", saved)
    said: list[str] = []
    pipeline.sdtm(pipeline.Request(study, out, say=said.append))
    assert not [line for line in said if line.startswith("notice")]
    assert (out / "sdtm" / "qc" / "state.json").is_file()


def test_a_raw_file_that_changes_is_named_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study, out = tiny(tmp_path), tmp_path / "out"
    after(monkeypatch, "sdtm", lambda: change(study, *LABS))
    said: list[str] = []
    pipeline.sdtm(pipeline.Request(study, out, say=said.append))
    assert [line for line in said if line.startswith("notice")] == [
        "notice: raw/labs.csv changed while this was made; the next build makes it anew"
    ]
    assert not (out / "sdtm" / "qc" / "state.json").exists()
    monkeypatch.undo()
    pipeline.adam(pipeline.Request(study, out))  # the manifest goes on to say it of SDTM
    assert json.loads((out / "manifest.json").read_text())["changed while it was made"] == {"sdtm": ["raw/labs.csv"]}
    pipeline.sdtm(pipeline.Request(study, out))
    assert "changed while it was made" not in json.loads((out / "manifest.json").read_text())


def test_quality_control_does_not_ask_for_raw_tables_from_elsewhere(tmp_path: Path) -> None:
    study, out = tiny(tmp_path), tmp_path / "out"
    shutil.copytree(study / "raw", tmp_path / "cut")
    pipeline.everything(pipeline.Request(study, out, tmp_path / "cut"))
    change(study, *LABS)  # the raw tables in the study are of another cut
    lines, _ = pipeline_quality.quality(pipeline.Request(study, out), {})
    assert not [line for line in lines if "stale" in line]


@pytest.mark.parametrize("part", ["adam", "sdtm/mapping", "results"])
def test_outputs_do_not_go_into_the_tables_of_the_study(tmp_path: Path, part: str) -> None:
    study = tiny(tmp_path)
    with pytest.raises(SpecError, match="is a folder of tables, or in it"):
        pipeline.everything(pipeline.Request(study, study / part / "out"))


def test_the_manifest_goes_on_to_state_sdtm_files_from_elsewhere(tmp_path: Path) -> None:
    study, out = tiny(tmp_path), tmp_path / "out"
    pipeline.sdtm(pipeline.Request(study, tmp_path / "other"))
    given = tmp_path / "other" / "sdtm"
    pipeline.adam(pipeline.Request(study, out, sdtm=given))
    stated = json.loads((out / "manifest.json").read_text())
    assert stated["sdtm"]["lb.xpt"] == hashlib.sha256((given / "lb.xpt").read_bytes()).hexdigest()
    assert stated["raw"] == {}, "no command has read a raw file"
    pipeline.results(pipeline.Request(study, out))
    assert json.loads((out / "manifest.json").read_text())["sdtm"] == stated["sdtm"]


def test_a_part_that_is_no_longer_in_the_study_was_not_made_before(tmp_path: Path) -> None:
    study, out = tiny(tmp_path), tmp_path / "out"
    pipeline.everything(pipeline.Request(study, out))
    shutil.rmtree(study / "results")
    change(study, "study.toml", b"RISE = 5", b"RISE = 6")
    pipeline.everything(pipeline.Request(study, out))
    assert "made before with" not in json.loads((out / "manifest.json").read_text())
