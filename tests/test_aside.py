"""A stage whose datasets two processes finish: the bytes, issues and faults are those of one process."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import simulate

ROOT = Path(__file__).parents[1]
TINY = ROOT / "tests" / "tiny_study"
REFERENCE = ROOT / "specs" / "nct06178146"
HEAD = "Rule,Dataset,Where,Condition,Message,Action,Severity,Reference\n"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux only")

PROGRAM = """
import os, signal, sys
import engine.aside as aside
import pipeline
from pathlib import Path
from specs.problem import ProblemError
processors, how, study, out, raw = int(sys.argv[1]), sys.argv[2], *map(Path, sys.argv[3:6])
os.sched_getaffinity = lambda who: set(range(processors))
aside._WORTH = aside._LARGE = -1.0
here, half = os.getpid(), aside._half
def seen(run, aside, names, *rest):
    os.write(2, f"{'copy' if os.getpid() != here else 'here'} {sorted(names)}\\n".encode())
    if how == "killed" and os.getpid() != here:
        os.kill(os.getpid(), signal.SIGKILL)
    return half(run, aside, names, *rest)
aside._half = seen
request = pipeline.Request(study, out, raw, full=True)
try:
    for stage in (pipeline.sdtm, pipeline.adam):
        print([(line.stage, line.name, line.rows, line.variables) for line in stage(request)])
except ProblemError as error:
    print(*error.problems, sep="\\n")
"""


def _built(processors: int, out: Path, study: Path, raw: Path, how: str = "") -> tuple[str, list[str]]:
    """What a build prints, and which datasets each process made."""
    words = [sys.executable, "-c", PROGRAM, str(processors), how, str(study), str(out), str(raw)]
    found = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout, found.stderr.splitlines()


def _tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "study"))


def test_two_processes_write_the_bytes_of_one(tmp_path: Path, study: Path) -> None:
    one, alone = _built(1, tmp_path / "one", study, study / "raw")
    two, halves = _built(2, tmp_path / "two", study, study / "raw")
    assert not alone
    assert sorted(line.split()[0] for line in halves) == ["copy", "copy", "here", "here"]  # of SDTM and of ADaM
    assert one == two
    assert _tree(tmp_path / "one") == _tree(tmp_path / "two")
    files = {"sdtm/lb.xpt", "sdtm/qc/state.json", "adam/adlb.xpt", "adam/qc/lineage.csv"}
    assert files <= _tree(tmp_path / "two").keys()


def test_reference_study_has_the_same_bytes(tmp_path: Path) -> None:
    simulate.write("study", tmp_path / "raw")
    one, _ = _built(1, tmp_path / "one", REFERENCE, tmp_path / "raw")
    two, halves = _built(2, tmp_path / "two", REFERENCE, tmp_path / "raw")
    assert len(halves) == 4
    assert one == two
    trees = _tree(tmp_path / "one"), _tree(tmp_path / "two")
    assert trees[0] == trees[1]
    assert trees[0]["sdtm/qc/issues.csv"].count(b"\n") > 100


def test_copy_that_is_killed_is_made_up_for(tmp_path: Path, study: Path) -> None:
    _built(1, tmp_path / "one", study, study / "raw")
    _, halves = _built(2, tmp_path / "two", study, study / "raw", "killed")
    assert sorted(line.split()[0] for line in halves) == ["copy", "copy", "here", "here"]
    assert _tree(tmp_path / "one") == _tree(tmp_path / "two")


def test_faults_of_both_halves_are_told_in_the_order_of_one(tmp_path: Path, study: Path) -> None:
    checks = [f"R{n},{name},,USUBJID == 'nobody',{name} has somebody,error,Error,\n" for n, name in
              enumerate(("LB", "DM", "AE", "LB", "DM", "AE"))]  # fmt: skip
    (study / "sdtm" / "Checks.csv").write_text(HEAD + "".join(checks), encoding="utf-8")
    one, _ = _built(1, tmp_path / "one", study, study / "raw")
    two, halves = _built(2, tmp_path / "two", study, study / "raw")
    assert halves, "two processes began"
    assert one == two
    told = [word for word in one.replace(":", " ").split() if word in {f"R{n}" for n in range(6)}]
    assert list(dict.fromkeys(told)) == [f"R{n}" for n in range(6)]
    assert not (tmp_path / "two" / "sdtm").exists()


def test_check_that_stops_hides_what_comes_after_it(tmp_path: Path, study: Path) -> None:
    checks = "".join(f"R{n},{name},,USUBJID == 'nobody',{name} has somebody,{action},Error,\n" for n, (name, action) in
                     enumerate((("AE", "error"), ("DM", "stop"), ("LB", "error"))))  # fmt: skip
    (study / "sdtm" / "Checks.csv").write_text(HEAD + checks, encoding="utf-8")
    one, _ = _built(1, tmp_path / "one", study, study / "raw")
    two, _ = _built(2, tmp_path / "two", study, study / "raw")
    assert one == two
    assert "R0" in one and "R1" in one and "R2" not in one


def test_value_that_transport_files_cannot_hold_is_told_with_its_row(tmp_path: Path, study: Path) -> None:
    raw = study / "raw" / "labs.csv"
    raw.write_bytes(raw.read_bytes().replace(b",13.5,", b",1E90,"))
    one, _ = _built(1, tmp_path / "one", study, study / "raw")
    two, _ = _built(2, tmp_path / "two", study, study / "raw")
    assert one == two
    assert "cannot be held exactly" in one


def test_subject_that_dm_does_not_have_is_found_by_both_processes(tmp_path: Path, study: Path) -> None:
    strangers = {"labs.csv": b"099,V1,Hb,13,g/dL,2024-01-10,99\n", "events.csv": b"098,Rash,2024-01-01,,1,98\n"}
    for name, line in strangers.items():
        with (study / "raw" / name).open("ab") as file:
            file.write(line)
    one, _ = _built(1, tmp_path / "one", study, study / "raw")
    two, _ = _built(2, tmp_path / "two", study, study / "raw")
    assert one == two
    trees = _tree(tmp_path / "one"), _tree(tmp_path / "two")
    assert trees[0] == trees[1]
    told = trees[0]["sdtm/qc/issues.csv"].decode().splitlines()
    assert [line.split(",")[3] for line in told if "subject_not_in_dm" in line] == ["AE", "LB"]
