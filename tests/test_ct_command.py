"""`build ct diff` as a command: what it prints, and its exit code."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner
from small_study import SDTM, study
from test_ct import CT, edited, published, write

from cli import main


def run(*arguments: object) -> tuple[int, str]:
    found = CliRunner().invoke(main, ["ct", "diff", *map(str, arguments)])
    return found.exit_code, found.output


def test_packages_alone_exit_with_zero(tmp_path: Path) -> None:
    new = write(tmp_path / "new.csv", published("NY"))
    code, output = run(CT, CT)
    assert (code, output.splitlines()[-1]) == (0, "no change")
    assert run(CT, new)[0] == 0


def test_exit_code_says_whether_the_study_is_touched(tmp_path: Path) -> None:
    study(tmp_path, SDTM, {})
    rows = published("NY", "OUT")
    old = write(tmp_path / "old.csv", rows)
    new = write(tmp_path / "new.csv", edited("NY", "", codelist_name="Yes No")(rows))
    code, output = run(old, new, tmp_path, "--out", tmp_path / "out", "--csv", tmp_path / "changes.csv")
    assert code == 1 and "sdtm/Variables.csv" in output
    assert (tmp_path / "changes.csv").is_file()
    assert run(old, old, tmp_path)[0] == 0


def test_package_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    code, output = run(CT, tmp_path / "none.txt")
    assert code == 1 and "neither a terminology package that we hold nor a file" in output
