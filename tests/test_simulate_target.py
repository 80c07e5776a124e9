"""`build simulate` replaces what it wrote itself and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def simulated_in(folder: Path, *more: str) -> Result:
    return run("simulate", "--mode", "golden", "--out", folder, *more)


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["raw_dm.csv", "raw_pk.csv", "notes.txt"])
@pytest.mark.parametrize("force", [(), ("--force",)])
def test_simulate_never_touches_files_it_did_not_write(name: str, force: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / name).write_bytes(b"SUBJECT,CONC\n1,2\n")
    result = simulated_in(folder, *force)
    assert result.exit_code == 1 and f"it holds {name}" in result.output and "another folder" in result.output
    assert files_of(folder) == {name: b"SUBJECT,CONC\n1,2\n"}


def test_collected_file_among_simulated_tables_stays(tmp_path: Path) -> None:
    assert simulated_in(tmp_path / "raw").exit_code == 0
    (tmp_path / "raw" / "raw_pk.csv").write_bytes(b"SUBJECT,CONC\n")
    before = files_of(tmp_path / "raw")
    assert simulated_in(tmp_path / "raw", "--force").exit_code == 1
    assert files_of(tmp_path / "raw") == before


def test_simulated_tables_are_replaced_by_simulated_tables(tmp_path: Path) -> None:
    assert simulated_in(tmp_path / "raw").exit_code == 0
    before = files_of(tmp_path / "raw")
    assert simulated_in(tmp_path / "raw").exit_code == 0
    assert files_of(tmp_path / "raw") == before
    assert run("simulate", "--mode", "clean", "--out", tmp_path / "raw").exit_code == 0
    assert files_of(tmp_path / "raw")["raw_dm.csv"] != before["raw_dm.csv"]


def test_edited_simulated_table_is_replaced_with_force_only(tmp_path: Path) -> None:
    assert simulated_in(tmp_path / "raw").exit_code == 0
    before = files_of(tmp_path / "raw")
    (tmp_path / "raw" / "raw_dm.csv").write_bytes(before["raw_dm.csv"] + b"mine\r\n")
    result = simulated_in(tmp_path / "raw")
    assert result.exit_code == 1 and "raw_dm.csv, which was changed after" in result.output
    assert (tmp_path / "raw" / "raw_dm.csv").read_bytes().endswith(b"mine\r\n")
    assert simulated_in(tmp_path / "raw", "--force").exit_code == 0
    assert files_of(tmp_path / "raw") == before


def test_the_marker_of_simulated_tables_is_no_raw_table(tmp_path: Path) -> None:
    simulated_in(tmp_path / "raw")
    result = run("check", "--raw", tmp_path / "raw")
    assert result.exit_code == 0 and ".simulated" not in result.output
