"""The progress of a long build on a terminal; nothing of it where there is none."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from cli_progress import Shown
from cli_stages import progress
from engine.progress import Progress

ROOT = Path(__file__).parents[1]


def test_stage_dataset_and_rows_stand_in_one_line() -> None:
    written = io.StringIO()
    shown = Shown(Console(file=written, force_terminal=True, width=100))
    doing = Progress("sdtm")
    doing.steps("steps", 1, 4)
    doing("LB lb LBSTRESN", 4821)
    shown(doing.text())
    assert "sdtm: LB lb LBSTRESN (4,821 rows)" in written.getvalue() and "left" in written.getvalue()
    shown("")
    assert written.getvalue().endswith("\x1b[2K")


def test_what_is_done_of_the_parts_is_known() -> None:
    doing = Progress("adam")
    doing.parts("records", 2, 7)
    text = doing.text()
    assert (text, text.done, text.total) == ("adam: records, part 3 of 7", 2, 7)


def test_nothing_is_shown_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert progress(quiet=False) is None
    assert progress(quiet=True) is None


def test_help_imports_neither_rich_nor_numpy() -> None:
    code = "import sys, cli; sys.exit(any(name in sys.modules for name in ('rich', 'numpy', 'pandas', 'pyarrow')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
