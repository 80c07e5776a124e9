"""Options that ask for what cannot be: each a message with what to do, and nothing is written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main

TINY = Path(__file__).parent / "tiny_study"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "study"))


def refused(result: Result, *parts: str) -> None:
    assert result.exit_code == 1, result.output
    for part in parts:
        assert part in result.output


def test_outputs_in_the_folder_of_the_raw_tables_are_refused(study: Path) -> None:
    refused(run("sdtm", study, "--out", study / "raw" / "x"), "--out", "raw tables")
    assert not (study / "raw" / "x").exists()


def test_a_raw_folder_that_is_not_there_is_one_fault(study: Path, tmp_path: Path) -> None:
    result = run("sdtm", study, "--raw", tmp_path / "none", "--out", tmp_path / "out")
    refused(result, "there is no such folder; say with --raw DIR", "1 fault")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["check", "status", "sdtm", "adam", "define", "results", "guide", "package", "all"])
@pytest.mark.parametrize("option", ["--raw", "--sdtm"])
def test_a_folder_that_is_named_and_not_there_is_one_fault(
    study: Path, tmp_path: Path, command: str, option: str
) -> None:
    result = run(command, study, option, tmp_path / "none", "--out", tmp_path / "out")
    refused(result, f"none there is no such folder; say with {option} DIR", "1 fault")
    assert not (tmp_path / "out").exists()


def test_the_folder_that_a_build_of_all_makes_may_be_named(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("all", study, "--out", out, "--sdtm", out / "sdtm", "-q").exit_code == 0


def test_an_explanation_needs_the_folders_that_are_named(study: Path, tmp_path: Path) -> None:
    for words in (("explain", "DM.AGE"), ("impact", "DM.AGE")):
        result = run(*words, "--study", study, "--raw", tmp_path / "none")
        refused(result, "none there is no such folder; say with --raw DIR")


def test_only_is_an_option_of_the_commands_that_write_datasets() -> None:
    options = {name: [text for option in one.params for text in option.opts] for name, one in main.commands.items()}
    taken = sorted(name for name, texts in options.items() if "--only" in texts)
    assert taken == ["adam", "all", "compare", "sdtm"]  # of build compare it names variables


@pytest.mark.parametrize("only", ["", " , ", ","])
def test_only_without_a_name_is_wrong_usage(study: Path, tmp_path: Path, only: str) -> None:
    result = run("sdtm", study, "--out", tmp_path / "out", "--only", only)
    assert result.exit_code == 2 and "--only names no dataset" in result.output


def test_a_raw_file_in_place_of_the_folder_is_one_fault(study: Path, tmp_path: Path) -> None:
    result = run("sdtm", study, "--raw", study / "study.toml", "--out", tmp_path / "out")
    refused(result, "is no folder", "1 fault")
    assert not (tmp_path / "out").exists()


def test_datasets_of_others_for_a_study_that_builds_its_own_are_refused(study: Path, tmp_path: Path) -> None:
    refused(run("define", study, "--out", tmp_path / "out", "--data", tmp_path), "--data", "builds its own")
    assert not (tmp_path / "out").exists()


def test_a_workbook_bears_the_name_of_one(study: Path, tmp_path: Path) -> None:
    refused(run("spec", "export", study, tmp_path / "x.csv", "--stage", "sdtm"), "name it .xlsx")
    assert not (tmp_path / "x.csv").exists()


def test_a_link_that_runs_something_is_a_fault_of_the_specification(study: Path) -> None:
    (study / "sdtm" / "Documents.csv").write_text("ID,Title,Href\nx,X,javascript:alert(1)\n", encoding="utf-8")
    found = run("check", study)
    refused(found, "sdtm/Documents.csv:2 [Href] 'javascript:alert(1)' is no relative path")
    assert "written" not in found.output  # a check writes nothing anyway


def test_only_names_datasets_of_any_stage(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("all", study, "--out", out, "-q").exit_code == 0
    before = (out / "adam" / "adsl.xpt").stat().st_ino, (out / "adam" / "adlb.xpt").stat().st_ino
    assert run("all", study, "--out", out, "--only", "ADLB", "-q").exit_code == 0
    after = (out / "adam" / "adsl.xpt").stat().st_ino, (out / "adam" / "adlb.xpt").stat().st_ino
    assert after[0] == before[0] and after[1] != before[1]
    refused(run("all", study, "--out", out, "--only", "ADLX"), "ADLX: no such dataset", "ADLB")


def test_what_guide_and_package_write_is_no_dataset(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("all", study, "--out", out, "-q").exit_code == 0
    shutil.copytree(out, tmp_path / "before")
    (out / "sdtm" / "acrf.csv").write_text("Form,Item\nDM,SEX\n", encoding="utf-8")
    (out / "package").mkdir()
    (out / "package" / "conformance.csv").write_text("Rule,Dataset\nX,DM\n", encoding="utf-8")
    found = run("compare", out, tmp_path / "before")
    assert found.exit_code == 0, found.output
    assert "ACRF" not in found.output and "CONFORMANCE" not in found.output
