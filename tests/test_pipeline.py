"""Whole builds: the same bytes twice, all or nothing, and what a user sees when something is wrong."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import pipeline
import simulate
from cli import main
from formats.folders import FolderError, hashes, replaced

ROOT = Path(__file__).parents[1]


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def golden_raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    simulate.write("golden", folder)
    return folder


@pytest.fixture
def raw(golden_raw: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(golden_raw, tmp_path / "raw"))


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A copy of the reference study, without its raw tables, to plant faults in."""
    ignore = shutil.ignore_patterns("raw")
    return Path(shutil.copytree(pipeline.REFERENCE, tmp_path / "study", ignore=ignore))


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_bytes().decode("utf-8")
    assert old in text, f"{old!r} is not in {path}"
    path.write_bytes(text.replace(old, new, 1).encode("utf-8"))


def with_row(path: Path, **cells: str) -> None:
    """Add a row to a table of the specification, with the columns it needs."""
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        names = [*(reader.fieldnames or ()), *(name for name in cells if name not in (reader.fieldnames or ()))]
        rows = [*reader, cells]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


# --- the same bytes -------------------------------------------------------------------------------------


def test_two_builds_are_byte_identical(golden_build: Path, raw: Path, tmp_path: Path) -> None:
    """In processes that order sets, read the clock and sort texts in different ways."""
    words = [sys.executable, "-m", "cli", "all", "--raw", str(raw), "--out", str(tmp_path / "out"), "--quiet"]
    elsewhere = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai", "LC_ALL": "C", "PYTHONUTF8": "1"}
    subprocess.run(words, cwd=ROOT, env=elsewhere, check=True)
    assert hashes(tmp_path / "out", (".",)) == hashes(golden_build, (".",))


def test_only_rebuilds_the_datasets_asked_for(golden_build: Path, golden_raw: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(golden_build, tmp_path / "out"))
    before = {path.name: path.stat().st_ino for path in (out / "sdtm").glob("*.xpt")}
    assert run("sdtm", "--raw", golden_raw, "--out", out, "--only", "DM").exit_code == 0
    after = {path.name: path.stat().st_ino for path in (out / "sdtm").glob("*.xpt")}
    assert set(before) == set(after)
    assert [name for name in before if before[name] != after[name]] == ["dm.xpt"]


def test_only_says_what_was_kept_and_keeps_its_lineage(golden_build: Path, golden_raw: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(golden_build, tmp_path / "out"))
    before = (out / "sdtm" / "qc" / "lineage.csv").read_text().splitlines()
    assert run("sdtm", "--raw", golden_raw, "--out", out, "--only", "AE").exit_code == 0
    kept = json.loads((out / "manifest.json").read_text())["kept from an earlier build"]
    assert "DM" in kept and "AE" not in kept and "SUPPAE" not in kept
    after = (out / "sdtm" / "qc" / "lineage.csv").read_text().splitlines()
    assert sorted(after) == sorted(before)
    assert run("sdtm", "--raw", golden_raw, "--out", out).exit_code == 0
    assert json.loads((out / "manifest.json").read_text())["kept from an earlier build"] == []


def test_a_constant_can_be_set_for_one_build(golden_raw: Path, tmp_path: Path) -> None:
    result = run("sdtm", "--raw", golden_raw, "--out", tmp_path / "out", "--set", "SOC_IN_EX=true")
    assert result.exit_code == 0, result.output
    assert '"SOC_IN_EX": "true"' in (tmp_path / "out" / "manifest.json").read_text()


def test_the_manifest_has_every_file(golden_build: Path) -> None:
    manifest = json.loads((golden_build / "manifest.json").read_text())
    files = [path for part in ("sdtm", "adam", "results", "qc") for path in (golden_build / part).rglob("*")]
    found = {
        path.relative_to(golden_build).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_file() and path.name not in ("state.json", "define.json")
    }
    assert manifest["outputs"] == found
    assert set(manifest["raw"]) >= {"raw_dm.csv", "raw_alloc.csv"}


# --- all or nothing -------------------------------------------------------------------------------------


def test_a_failed_build_leaves_the_old_output(golden_build: Path, raw: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(golden_build, tmp_path / "out"))
    before = hashes(out, (".",))
    (raw / "raw_ae.csv").unlink()
    result = run("sdtm", "--raw", raw, "--out", out)
    assert result.exit_code == 1
    assert hashes(out, (".",)) == before


def test_a_target_that_cannot_be_written_is_a_message(golden_raw: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sdtm").write_text("a file where the folder should be")
    result = run("sdtm", "--raw", golden_raw, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "cannot be written" in result.output and "--out" in result.output
    assert (tmp_path / "out" / "sdtm").read_text() == "a file where the folder should be"


def test_a_build_killed_in_the_middle_leaves_the_old_output(
    golden_build: Path, golden_raw: Path, tmp_path: Path
) -> None:
    out = Path(shutil.copytree(golden_build, tmp_path / "out"))
    before = hashes(out / "sdtm", (".",))
    code = (
        "import sys, time, pipeline\n"
        "from pathlib import Path\n"
        "from submission import stage_folder\n"
        "write = stage_folder.write_dataset\n"
        "def slow(*parts):\n"
        "    write(*parts); print('writing', flush=True); time.sleep(60)\n"
        "stage_folder.write_dataset = slow\n"
        "pipeline.sdtm(pipeline.Request(pipeline.REFERENCE, Path(sys.argv[1]), Path(sys.argv[2]), full=True))\n"
    )
    words = [sys.executable, "-c", code, str(out), str(golden_raw)]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert hashes(out / "sdtm", (".",)) == before
    assert list(out.glob(".sdtm.new-*")), "the killed build was in the middle of writing"
    assert run("sdtm", "--raw", golden_raw, "--out", out).exit_code == 0
    assert not list(out.glob(".*")), "the next build clears away what the killed one left"


def test_a_swap_cut_between_its_renames_is_put_right(tmp_path: Path) -> None:
    """Killed after the old folder stepped aside and before the new one took its place."""
    old = tmp_path / ".sdtm.old"
    old.mkdir()
    (old / "dm.xpt").write_text("old")
    with pytest.raises(RuntimeError), replaced(tmp_path / "sdtm"):
        raise RuntimeError("the next build fails too")
    assert (tmp_path / "sdtm" / "dm.xpt").read_text() == "old"


def test_a_second_build_of_the_same_folder_is_refused_while_the_first_runs(tmp_path: Path) -> None:
    with replaced(tmp_path / "sdtm") as folder:
        (folder / "dm.xpt").write_text("first")
        with pytest.raises(FolderError, match="another build"), replaced(tmp_path / "sdtm"):
            pass
    assert (tmp_path / "sdtm" / "dm.xpt").read_text() == "first"


def test_a_swap_that_fails_puts_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "sdtm"
    target.mkdir()
    (target / "dm.xpt").write_text("old")
    rename = Path.rename

    def failing(self: Path, other: Path) -> Path:
        if ".new-" in self.name:
            raise OSError(28, "No space left on device", str(other))
        return rename(self, other)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(FolderError, match="No space left"), replaced(target) as folder:
        (folder / "dm.xpt").write_text("new")
    assert (target / "dm.xpt").read_text() == "old"


def test_the_current_folder_is_no_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("simulate", "--mode", "golden", "--out", ".")
    assert result.exit_code == 1 and "current folder" in result.output


def test_a_damaged_dataset_is_a_message(golden_build: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(golden_build, tmp_path / "out"))
    (out / "sdtm" / "dm.xpt").write_bytes(b"not a transport file")
    result = run("define", "--out", out)
    assert result.exit_code == 1 and "sdtm/dm.xpt" in result.output and "build sdtm" in result.output


def test_a_folder_without_permission_is_a_typed_error(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(FolderError), replaced(tmp_path / "sdtm"):
        pass


# --- bad input: what, where, what next -------------------------------------------------------------------


def misspelled_raw_column(study: Path, raw: Path) -> None:
    edited(study / "sdtm/mapping/AE.csv", "zfill(AENO, 2)", "zfill(AENUM, 2)")


def unknown_function(study: Path, raw: Path) -> None:
    edited(study / "sdtm/mapping/AE.csv", "zfill(AENO, 2)", "zfil(AENO, 2)")


def cyclic_mapping(study: Path, raw: Path) -> None:
    with_row(study / "sdtm/mapping/AE.csv", Variable="_A", Expression="_B")
    with_row(study / "sdtm/mapping/AE.csv", Variable="_B", Expression="_A")


def required_code_without_a_term(study: Path, raw: Path) -> None:
    edited(study / "sdtm/mapping/EX.csv", "'THYMALFASIN'", "\"assign_ct(SDLOT, codelist='NY')\"")


def two_rows_of_equal_rank(study: Path, raw: Path) -> None:
    with_row(study / "sdtm/mapping/DM.csv", Variable="COUNTRY", Where="AGE > 0", Expression="'CHN'")
    with_row(study / "sdtm/mapping/DM.csv", Variable="COUNTRY", Where="AGE > 1", Expression="'DEU'")


def join_with_two_matches(study: Path, raw: Path) -> None:
    with_row(study / "sdtm/Joins.csv", Dataset="DM", Name="ANYAE", From="AE")
    with_row(study / "sdtm/mapping/DM.csv", Variable="_ANY", Expression="ANYAE.AETERM")


def missing_raw_file(study: Path, raw: Path) -> None:
    (raw / "raw_vs.csv").unlink()


def empty_raw_file(study: Path, raw: Path) -> None:
    (raw / "raw_vs.csv").write_bytes(b"")


def truncated_csv(study: Path, raw: Path) -> None:
    data = (raw / "raw_lb.csv").read_bytes()
    (raw / "raw_lb.csv").write_bytes(data[: len(data) // 2].rpartition(b",")[0])


def gb18030_read_as_utf8(study: Path, raw: Path) -> None:
    text = (raw / "raw_lb.csv").read_bytes().decode("utf-8-sig")
    (raw / "raw_lb.csv").write_bytes(text.encode("gb18030"))


def duplicate_key(study: Path, raw: Path) -> None:
    lines = (raw / "raw_alloc.csv").read_bytes().splitlines(keepends=True)
    (raw / "raw_alloc.csv").write_bytes(b"".join([*lines, lines[1].replace(b",A,", b",B,")]))


def allocation_list_disagrees(study: Path, raw: Path) -> None:
    lines = (raw / "raw_alloc.csv").read_bytes().splitlines(keepends=True)
    (raw / "raw_alloc.csv").write_bytes(b"".join(lines[:-1]))


def unaccounted_rows(study: Path, raw: Path) -> None:
    edited(study / "sdtm/Sources.csv", "FAAE,irae,raw_irae,", "FAAE,irae,raw_irae,FOLDER != 'W1'")


def unknown_constant(study: Path, raw: Path) -> None:
    edited(study / "adam/mapping/ADAE.csv", "TEAE_DAYS", "TEAE_DAY")


Plant = Callable[[Path, Path], None]
CASES: list[tuple[Plant, str, str, tuple[str, ...]]] = [
    (misspelled_raw_column, "check", "sdtm/mapping/AE.csv:", ("[Expression]", "'AENUM'", "did you mean 'AENO'?")),
    (unknown_function, "check", "sdtm/mapping/AE.csv:", ("'zfil'", "did you mean 'zfill'?")),
    (cyclic_mapping, "check", "sdtm/mapping/AE.csv:", ("_A", "_B", "circle")),
    (required_code_without_a_term, "sdtm", "sdtm/Variables.csv:", ("EX.EXTRT", "raw_sd.csv line")),
    (two_rows_of_equal_rank, "sdtm", "sdtm/mapping/DM.csv:", ("COUNTRY", "both claim", "raw_dm.csv line")),
    (join_with_two_matches, "sdtm", "sdtm/Joins.csv:", ("ANYAE", "NCT06178146-01-9001", "Order and Pick")),
    (missing_raw_file, "sdtm", "raw_vs.csv", ("sdtm/Tables.csv:", "export")),
    (empty_raw_file, "sdtm", "raw_vs.csv", ("empty",)),
    (truncated_csv, "sdtm", "raw_lb.csv:", ("9 of 26 fields", "truncated")),
    (gb18030_read_as_utf8, "sdtm", "raw_lb.csv:", ("utf-8", "gb18030")),
    (duplicate_key, "sdtm", "raw_alloc.csv:9", ("line 2", "RANDNO")),
    (allocation_list_disagrees, "sdtm", "raw_rand.csv:", ("M-22",)),
    (unaccounted_rows, "sdtm", "sdtm/Tables.csv:", ("raw_irae.csv", "Dataset none")),
    (unknown_constant, "check", "adam/mapping/ADAE.csv:", ("'TEAE_DAY'", "did you mean 'TEAE_DAYS'?")),
]  # fmt: skip


@pytest.mark.parametrize(("plant", "command", "place", "words"), CASES, ids=[case[0].__name__ for case in CASES])
def test_bad_input_is_named_with_place_and_next_step(
    plant: Plant, command: str, place: str, words: tuple[str, ...], study: Path, raw: Path, tmp_path: Path
) -> None:
    plant(study, raw)
    out = tmp_path / "out"
    result = run(command, study, "--raw", raw, "--out", out)
    assert result.exit_code == 1, result.output
    assert not isinstance(result.exception, Exception) or isinstance(result.exception, SystemExit)
    assert place in result.output, result.output
    for word in words:
        assert word in result.output, result.output
    assert "Traceback" not in result.output
    assert ("nothing of this stage was written" in result.output) == (command != "check")
    assert not (out / "sdtm").exists()


def test_an_optional_code_without_a_term_is_an_issue(raw: Path, tmp_path: Path) -> None:
    lines = (raw / "raw_ae.csv").read_bytes().decode("utf-8-sig").split("\r\n")
    header = lines[0].split(",")
    cells = next(csv.reader([lines[1]]))
    cells[header.index("AEOUT_C")], cells[header.index("AEOUT")] = "77", "Unheard of"
    lines[1] = ",".join(f'"{cell}"' for cell in cells)
    (raw / "raw_ae.csv").write_bytes(("\ufeff" + "\r\n".join(lines)).encode("utf-8"))
    result = run("sdtm", "--raw", raw, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    with (tmp_path / "out" / "qc" / "issues.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["Variable"] == "AEOUT"]
    assert [(row["Kind"], row["File"], row["Row"], row["Record"]) for row in rows] == [
        ("not_mapped", "raw_ae.csv", "2", cells[header.index("RECID")])
    ]
    assert "77" in rows[0]["Value"]


def test_rows_of_a_subject_without_dm_are_error_issues(raw: Path, tmp_path: Path) -> None:
    lines = (raw / "raw_vs.csv").read_bytes().splitlines(keepends=True)
    cells = lines[1].split(b",")
    cells[2], cells[6] = b"7777", b"999999"
    (raw / "raw_vs.csv").write_bytes(b"".join([*lines, b",".join(cells)]))
    result = run("sdtm", "--raw", raw, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    with (tmp_path / "out" / "qc" / "issues.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["Kind"] == "subject_not_in_dm"]
    assert {(row["Severity"], row["USUBJID"], row["Table"], row["Row"]) for row in rows} == {
        ("error", "NCT06178146-01-7777", "raw_vs", str(len(lines) + 1))
    }
    assert [(row["Dataset"], row["File"], row["Record"], row["Column"], row["Value"]) for row in rows] == [
        (name, "raw_vs.csv", "999999", "SITENO | SUBJECT", "01 | 7777") for name in ("RS", "VS")
    ]
    assert f"issues: {len(rows)} errors" in result.output


def test_a_row_of_another_study_is_rejected_as_an_error(raw: Path, tmp_path: Path) -> None:
    lines = (raw / "raw_vs.csv").read_bytes().splitlines(keepends=True)
    cells = lines[1].split(b",")
    cells[0], cells[6] = b"NCT00000000", b"999999"
    (raw / "raw_vs.csv").write_bytes(b"".join([*lines, b",".join(cells)]))
    result = run("sdtm", "--raw", raw, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    with (tmp_path / "out" / "qc" / "issues.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["Rule"] == "M-25"]
    assert [(row["Kind"], row["Severity"], row["File"], row["Row"], row["Record"]) for row in rows] == [
        ("rejected", "error", "raw_vs.csv", str(len(lines) + 1), "999999")
    ]


def test_a_control_character_is_refused_with_its_record(study: Path, raw: Path, tmp_path: Path) -> None:
    lines = (raw / "raw_sd.csv").read_bytes().decode("utf-8-sig").splitlines()
    place = lines[0].split(",").index("SDLOT")
    cells = lines[1].split(",")
    cells[place] = "L\x07T"
    text = "\r\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\r\n"
    (raw / "raw_sd.csv").write_bytes(("\ufeff" + text).encode("utf-8"))
    result = run("sdtm", study, "--raw", raw, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "[ECLOT] record 1: a control character" in result.output, result.output
    assert "(from raw_sd, row 2)" in result.output
    assert not (tmp_path / "out" / "sdtm").exists()


def test_a_folder_with_files_of_the_user_is_not_replaced(study: Path, golden_raw: Path, tmp_path: Path) -> None:
    result = run("sdtm", study, "--raw", golden_raw, "--out", study)
    assert result.exit_code == 1 and "which no build wrote" in result.output
    assert (study / "sdtm" / "Datasets.csv").exists()


def test_all_checks_before_anything_is_written(study: Path, golden_raw: Path, tmp_path: Path) -> None:
    edited(study / "results" / "Analysis Results.csv", "FASFL == 'Y'", "FASFLL == 'Y'")
    result = run("all", study, "--raw", golden_raw, "--out", tmp_path / "out")
    assert result.exit_code == 1 and "FASFLL" in result.output
    assert not (tmp_path / "out").exists()


# --- usage ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["sdmt"], ["sdtm", "--set", "X"], ["sdtm", "--nonsense"], ["simulate"]])
def test_wrong_usage_exits_2(words: list[str]) -> None:
    assert run(*words).exit_code == 2


def test_a_misspelled_command_names_the_nearest() -> None:
    assert "Did you mean 'sdtm'?" in run("sdmt").output


def test_a_folder_that_is_no_study_is_a_message(tmp_path: Path) -> None:
    result = run("check", tmp_path)
    assert result.exit_code == 1 and "study.toml" in result.output


@pytest.mark.parametrize("command", ["", "sdtm", "adam", "define", "results", "all", "check", "simulate", "show"])
def test_help_teaches_by_example(command: str) -> None:
    result = run(*([command] if command else []), "--help")
    assert result.exit_code == 0
    assert f"build {command}".strip() in result.output


def test_help_answers_without_the_heavy_imports() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom cli import main\n"
        "CliRunner().invoke(main, ['sdtm', '--help'])\n"
        "print([name for name in ('pandas', 'numpy', 'lxml', 'matplotlib', 'scipy') if name in sys.modules])\n"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_an_unknown_dataset_in_only_is_named(golden_raw: Path, tmp_path: Path) -> None:
    result = run("sdtm", "--raw", golden_raw, "--out", tmp_path / "out", "--only", "XX")
    assert result.exit_code == 1 and "XX" in result.output


def test_show_prints_the_rules_of_a_parameter() -> None:
    lines = run("show", "ADIRAE", "RELW1").output
    assert "AVAL" in lines and "adam/Parameters.csv:" in lines


def test_show_names_the_nearest_variable() -> None:
    result = run("show", "DM", "RFPENDT")
    assert result.exit_code == 1 and "did you mean 'RFPENDTC'?" in result.output


def test_simulated_tables_are_all_or_nothing(tmp_path: Path) -> None:
    result = run("simulate", "--mode", "golden", "--subjects", "5", "--out", tmp_path / "raw")
    assert result.exit_code == 1 and not (tmp_path / "raw").exists()
    assert time.strftime("%Y") not in result.output
