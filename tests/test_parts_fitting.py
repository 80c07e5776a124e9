"""A stage that the free memory does not hold as a whole is built in parts without being asked, and says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from engine_study import write
from test_parts import STUDY, outcome

import pipeline
import pipeline_parts
from cli import main
from formats.folders import hashes
from pipeline import Cut, Request
from specs.compiled import CompiledStage
from workers import memory

GB = 1 << 30
MEMORY = "MemTotal:       24000000 kB\nMemFree:          100000 kB\nMemAvailable:    2097152 kB\n"


def free(monkeypatch: pytest.MonkeyPatch, size: int | None) -> None:
    monkeypatch.setattr(pipeline_parts, "free_memory", lambda: size)


def built(study: Path, out: Path, cut: Cut) -> list[str]:
    said: list[str] = []
    pipeline.sdtm(Request(study, out, cut=cut, say=said.append))
    return said


def test_a_stage_too_large_for_the_memory_is_built_in_parts_with_the_same_bytes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    study = write(tmp_path / "study", STUDY)
    expected = outcome(study, tmp_path / "one", Cut())
    free(monkeypatch, 100)
    notice = "notice: sdtm is built in 2 parts of the subjects: about 0.0 GB of memory would be needed as a whole"
    [said] = built(study, tmp_path / "parts", Cut())
    assert said.startswith(notice)
    assert hashes(tmp_path / "parts", ("sdtm", "qc")) == expected


def test_a_stage_that_the_memory_holds_is_built_as_a_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    study = write(tmp_path / "study", STUDY)
    free(monkeypatch, 8 * GB)
    assert built(study, tmp_path / "out", Cut()) == []


def test_nothing_is_cut_where_the_system_does_not_say_what_is_free(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    study = write(tmp_path / "study", STUDY)
    free(monkeypatch, None)
    assert built(study, tmp_path / "out", Cut()) == []


def test_a_cut_that_was_asked_for_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    study = write(tmp_path / "study", STUDY)
    free(monkeypatch, 100)
    assert built(study, tmp_path / "three", Cut(partitions=3)) == []
    assert built(study, tmp_path / "one", Cut(partitions=1)) == []


class Sized:
    """A stage of which `fitting` asks the name alone."""

    class spec:
        stage = "sdtm"


def cut_of(monkeypatch: pytest.MonkeyPatch, cut: Cut, size: int, available: int) -> Cut:
    free(monkeypatch, available)
    monkeypatch.setattr(pipeline_parts, "sizes_of", lambda stage, source: {"LB": size})
    monkeypatch.setattr(pipeline_parts, "processors", lambda: 8)
    return pipeline_parts.fitting(cut, Sized(), Path())[0]  # type: ignore[arg-type]


def test_as_many_processes_as_the_memory_holds_build_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """2.5 GB of raw tables need 25 GB; 70 % of 20 GB hold four processes of 3 GB; 2,560 MB are 27 parts of 96 MB."""
    expected = Cut(jobs=4, partitions=27)
    assert cut_of(monkeypatch, Cut(), 5 * GB // 2, 20 * GB) == expected
    assert cut_of(monkeypatch, Cut(alone=True), 5 * GB // 2, 20 * GB) == replace(expected, jobs=1, alone=True)
    assert cut_of(monkeypatch, Cut(), 5 * GB // 2, 200 * GB) == Cut()


def test_a_process_is_left_where_the_memory_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cut_of(monkeypatch, Cut(), GB, GB) == Cut(jobs=1, partitions=11)


def test_jobs_one_means_one_process_also_in_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    study = write(tmp_path / "study", STUDY)
    seen: list[Cut] = []
    monkeypatch.setattr(pipeline_parts, "processors", lambda: 8)
    free(monkeypatch, 100)
    fitted = pipeline_parts.fitting

    def noted(cut: Cut, stage: CompiledStage, source: Path) -> tuple[Cut, str]:
        seen.append(cut)
        return fitted(cut, stage, source)

    monkeypatch.setattr("pipeline_stages.fitting", noted)
    result = CliRunner().invoke(main, ["sdtm", str(study), "--out", str(tmp_path / "out"), "--jobs", "1"])
    assert result.exit_code == 0, result.output
    assert [cut.alone for cut in seen] == [True]


# --- what is free ---------------------------------------------------------------------------------------


def files(monkeypatch: pytest.MonkeyPatch, folder: Path, system: str, limit: str = "", used: str = "") -> None:
    for name, text in (("_SYSTEM", system), ("_LIMIT", limit), ("_USED", used)):
        path = folder / name
        if text:
            path.write_text(text)
        monkeypatch.setattr(memory, name, path)


def test_free_memory_is_what_the_system_calls_available(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    files(monkeypatch, tmp_path, MEMORY)
    assert memory.free_memory() == 2 * GB


def test_the_limit_of_a_container_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    files(monkeypatch, tmp_path, MEMORY, f"{GB}\n", f"{GB // 4}\n")
    assert memory.free_memory() == GB - GB // 4
    files(monkeypatch, tmp_path, MEMORY, "max\n", f"{GB // 4}\n")
    assert memory.free_memory() == 2 * GB


@pytest.mark.parametrize("system", ["", "MemTotal: 24000000 kB\n", "nothing"])
def test_free_memory_is_unknown_where_the_system_does_not_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: str
) -> None:
    files(monkeypatch, tmp_path, system)
    assert memory.free_memory() is None
