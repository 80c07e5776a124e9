"""Commands whose output nobody reads to its end (`build ... | head`): they end without a word."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import Command
from cli_stages import READER_GONE

TINY = str(Path(__file__).parent / "tiny_study")


def run(*words: str, closed: str = "stdout") -> tuple[int, str]:
    """The exit code of a command, one of whose streams is closed at once, and what it printed on the other."""
    started = [sys.executable, "-m", "cli", *words]
    with subprocess.Popen(started, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        shut, other = process.stdout, process.stderr
        if closed == "stderr":
            shut, other = other, shut
        shut.close()
        said = other.read()
        return process.wait(), said


@pytest.mark.parametrize(
    "words",
    [
        ("check", TINY),
        ("show", "DM", "RFPENDTC"),
        ("impact", "raw_lb"),
        ("status", TINY),
        ("spec", "format", "--check", TINY),
        ("compare", f"{TINY}/raw/labs.csv", f"{TINY}/raw/labs.csv"),
    ],
)
def test_a_closed_output_is_no_fault(words: tuple[str, ...], tmp_path: Path) -> None:
    code, said = run(*words)
    assert said == ""
    assert code in (READER_GONE, 0)  # 0: there was nothing to print


def test_all_is_built_although_nobody_reads_the_summary(tmp_path: Path) -> None:
    code, said = run("all", TINY, "--out", str(tmp_path / "out"))
    assert said.splitlines() == ["sdtm ...", "adam ...", "define ...", "results ..."]
    assert code == READER_GONE
    assert (tmp_path / "out" / "manifest.json").is_file()


def test_a_build_that_cannot_say_what_it_does_leaves_nothing_half_written(tmp_path: Path) -> None:
    assert run("all", TINY, "--out", str(tmp_path / "out"), closed="stderr") == (READER_GONE, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="the system has no SIGINT")
def test_a_stopped_build_says_so_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    # what a shell runs in the background begins with Ctrl-C ignored, this test too
    program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); import cli; cli.main()"
    started = [sys.executable, "-c", program, "all", "--out", str(tmp_path / "out")]  # the reference study
    with subprocess.Popen(started, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "sdtm ...\n"
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait() == 130
    assert said == "stopped; stages that were whole by then are in place: see build status\n"
    assert not list((tmp_path / "out").glob(".*"))


@pytest.mark.parametrize("error", [BrokenPipeError(32, "Broken pipe"), OSError(28, "No space left on device")])
def test_another_pipe_that_broke_is_told(error: OSError) -> None:
    """The streams of this process are read, so it was the pipe of something else."""

    def work() -> None:
        raise error

    found = CliRunner().invoke(Command("work", callback=work))
    assert found.exit_code == 1
    assert f"the system: {error.strerror}\n1 fault" in found.output
