"""Somebody saves a table while a build runs: the next build takes it, and the manifest states what was read."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

import pipeline
from pipeline_standing import status
from results import made

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
