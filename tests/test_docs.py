"""The documentation is true: links lead somewhere, examples give what is written, nothing is left undocumented."""

from __future__ import annotations

import csv
import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from markdown_tables import tables

import cli
import derivations
import pipeline
import sdtm
from formats import xpt
from language import functions
from results.statistics import STATISTICS
from specs.columns import SHEETS
from specs.problem import SpecError

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT))

from docs import build as docs_build  # noqa: E402
from docs import generate  # noqa: E402

LANGUAGE = (DOCS / "language.md").read_text(encoding="utf-8")


# --- pages ----------------------------------------------------------------------------------------------


def test_docs_build_without_broken_links(tmp_path: Path) -> None:
    files = docs_build.build(tmp_path / "docs")
    index = (tmp_path / "docs" / "index.html").read_text(encoding="utf-8")
    assert len(files) == len(docs_build.PAGES) + 3
    assert "http" not in re.sub(r"<main>.*</main>", "", index, flags=re.DOTALL)
    assert "RELW1" in index


def test_broken_link_is_an_error() -> None:
    page = docs_build.read("docs/language.md", "language.html")
    with pytest.raises(docs_build.BrokenLink, match=r"the link 'derivations\.md' leads nowhere"):
        docs_build.relink([page])


def test_every_page_of_docs_is_rendered() -> None:
    listed = {source for source, _ in docs_build.PAGES}
    assert {f"docs/{path.name}" for path in DOCS.glob("*.md")} | {"README.md", "CHANGELOG.md"} == listed


def test_wrong_arguments_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert docs_build.main(["--what"]) == 2
    assert "usage" in capsys.readouterr().err


def test_search_index_holds_every_heading(tmp_path: Path) -> None:
    docs_build.build(tmp_path)
    index = (tmp_path / "search-index.js").read_text(encoding="utf-8")
    assert '"derivations.html#study_day"' in index
    assert '"spec-tables.html#variables"' in index


@pytest.mark.parametrize("name", ["spec-tables.md", "derivations.md"])
def test_generated_page_is_current(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == generate.pages()[name], "run: python docs/build.py --write"


def test_every_sheet_and_column_is_documented() -> None:
    text = (DOCS / "spec-tables.md").read_text(encoding="utf-8")
    for sheet in SHEETS.values():
        section = text.split(f"### {sheet.name}\n")[1].split("### ")[0]
        for column in sheet.columns:
            assert f"| {column.name} | " in section, (sheet.name, column.name)
            assert column.description.strip(), (sheet.name, column.name)


def test_every_function_is_documented() -> None:
    derived = (DOCS / "derivations.md").read_text(encoding="utf-8")
    words = set(re.findall(r"`([a-z_0-9]+)[(`]", LANGUAGE.split("## Functions of the language")[1]))
    own = {*functions.ROWWISE, *functions.AGGREGATES, *functions.WINDOWS, *functions.EXPANDERS, "desc"}
    assert own <= words
    for name in [*derivations.REGISTRY, *STATISTICS]:
        assert f"### {name}\n" in derived


def test_every_kind_of_issue_is_documented() -> None:
    from derivations.registry import PROBLEM_KINDS

    names = [f"sdtm.{found.name}" for found in pkgutil.iter_modules(sdtm.__path__)]
    intake = [kind for name in names for kind in getattr(importlib.import_module(name), "INTAKE_KINDS", ())]
    assert intake
    text = (DOCS / "outputs.md").read_text(encoding="utf-8")
    for kind in (*PROBLEM_KINDS, *intake, "test_not_mapped", "criterion", "not_in_codelist", "duplicate_key", "check"):
        assert f"`{kind}`" in text, kind


# --- commands -------------------------------------------------------------------------------------------


def _commands(text: str) -> Iterator[str]:
    for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL):
        for line in block.splitlines():
            if line.startswith("build "):
                yield line.partition("#")[0].strip()


def _all_commands() -> list[str]:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *sorted(DOCS.glob("*.md")))]
    return sorted({command for text in texts for command in _commands(text)})


@pytest.mark.parametrize("command", _all_commands())
def test_command_exists_with_its_options(command: str) -> None:
    words = command.split()[1:]
    names = words[:2] if words[0] == "spec" else words[:1]
    shown = CliRunner().invoke(cli.main, [*names, "--help"])
    assert shown.exit_code == 0, command
    for option in re.findall(r" (--[a-z]+)", command):
        assert option in shown.output, command


def test_readme_shows_every_command() -> None:
    shown = {command.split()[1] for command in _commands((ROOT / "README.md").read_text(encoding="utf-8"))}
    assert shown == set(cli.main.commands)


def test_readme_map_names_what_exists() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## What is where")[1].split("## ")[0]
    for name in re.findall(r"`([\w./]+)`", section):
        if name not in ("study.toml", "raw/", "results/", "build"):
            assert (ROOT / name).exists() or (ROOT / "specs" / "nct06178146" / name).exists(), name


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{path.name}" for path in sorted(DOCS.glob("*.md")))])
def test_paths_of_code_exist(page: str) -> None:
    """Python files and what lies in folders that no study has; paths inside a study or an output are its own."""
    text = re.sub(r"```.*?```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    for name in re.findall(r"`((?:[\w-]+/)+[\w.-]+\.(?:py|md|csv))`", text):
        if name.endswith(".py") or name.split("/")[0] in ("docs", "specs", "tests"):
            assert (ROOT / name).exists(), name


def test_row_of_the_readme_stands_in_the_study() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8").split("## A row and what it gives")[1]
    header, rows = next(tables(text))
    with (pipeline.REFERENCE / "adam" / "Parameters.csv").open(encoding="utf-8", newline="") as stream:
        row = next(row for row in csv.DictReader(stream) if row["PARAMCD"] == "RELW1")
    assert [row[name] for name in header] == rows[0]


def test_result_of_the_readme_is_that_of_the_golden_subjects(golden_build: Path) -> None:
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    with (golden_build / "results" / "ard.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["result"] == "AR.1" and row["context"] == "proportion"]
    shown = []
    for arm in dict.fromkeys(row["group1_level"] for row in rows):
        stat = {row["stat_name"]: row["stat"] for row in rows if row["group1_level"] == arm}
        low, high = (f"{100 * float(stat[name]):.1f}%" for name in ("conf_low", "conf_high"))
        shown.append(f"{stat['n']}/{stat['N']} ({float(stat['pct']):.1f}%), {low} to {high}")
    assert len(shown) == 2
    assert f"{shown[0]}, and {shown[1]}" in text


def test_show_prints_what_getting_started_says() -> None:
    text = (DOCS / "getting-started.md").read_text(encoding="utf-8")
    for line in CliRunner().invoke(cli.main, ["show", "AE", "AESTDTC"]).output.splitlines():
        assert line.rpartition(":")[0] in text


# --- the change log -------------------------------------------------------------------------------------


def test_change_log_names_every_dataset_and_parameter() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for stage in ("sdtm", "adam"):
        spec = pipeline.load(pipeline.REFERENCE, stage)
        for name in spec.datasets:
            count = len([v for (dataset, _), v in spec.variables.items() if dataset == name and not v.supplemental])
            assert re.search(rf"^\| {name} \| {count} \|", text, flags=re.MULTILINE), (name, count)
        for variable in spec.variables.values():
            if variable.supplemental:
                assert variable.variable in text, variable.variable
        for parameter in spec.parameters:
            if not parameter.paramcd.startswith("_") and not parameter.dataset.startswith("_"):
                assert parameter.paramcd in text, parameter.paramcd


def test_import_table_is_that_of_the_test() -> None:
    from test_architecture import ALLOWED

    text = (DOCS / "architecture.md").read_text(encoding="utf-8").split("## Who may import whom")[1].split("## ")[0]
    written: dict[str, set[str]] = {}
    for _, rows in tables(text):
        for names, allowed in rows:
            for name in names.replace(" (empty so far)", "").split(", "):
                written[name] = set() if allowed == "nothing of ours" else set(allowed.split(", "))
    assert written.pop("pipeline") == {"all but cli"}
    assert written == {name: found for name, found in ALLOWED.items() if name != "pipeline"}


def test_change_log_says_who_is_affected() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for entry in text.split("\n## ")[1:]:
        assert "Affects" in entry


# --- the second study -----------------------------------------------------------------------------------


def _own_study(folder: Path) -> Path:
    """The files of your-own-study.md: each block of code that is headed by a path."""
    text = (DOCS / "your-own-study.md").read_text(encoding="utf-8")
    files = re.compile(r"^`([\w./ ]+)`:\n\n```(?:csv|toml)\n(.*?)```", flags=re.DOTALL | re.MULTILINE)
    for name, content in files.findall(text):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def _dataset(path: Path) -> list[dict[str, object]]:
    return [{str(k): v for k, v in row.items()} for row in xpt.frame(xpt.read(path)).to_dict("records")]


def test_second_study_is_built_as_described(tmp_path: Path) -> None:
    request = pipeline.Request(_own_study(tmp_path / "my-study"), tmp_path / "out")
    text = (DOCS / "your-own-study.md").read_text(encoding="utf-8")
    shown = [line for line in text.splitlines() if line.endswith(": no faults") or line.startswith("notice: ")]
    assert pipeline.check(request) == shown
    pipeline.everything(request)
    events = _dataset(tmp_path / "out" / "sdtm" / "ae.xpt")
    assert [(row["AETERM"], row["AESTDTC"], row["AESTDY"]) for row in events][1:] == [
        ("Headache", "2025-03-04", 2.0), ("Fall", "2025-03-08", -2.0),
    ]  # fmt: skip
    flags = [(row["AETERM"], row["ASTDT"], row["TRTEMFL"]) for row in _dataset(tmp_path / "out" / "adam" / "adae.xpt")]
    assert [flag if isinstance(flag, str) else None for *_, flag in flags] == ["Y", "Y", None]
    with (tmp_path / "out" / "results" / "ard.csv").open(encoding="utf-8", newline="") as stream:
        ard = list(csv.DictReader(stream))
    subjects = [row["stat"] for row in ard if row["context"] == "subjects" and row["stat_name"] == "n"]
    assert subjects == ["1", "0"]


def test_second_study_is_canonical(tmp_path: Path) -> None:
    folder = _own_study(tmp_path / "my-study")
    shown = CliRunner().invoke(cli.main, ["spec", "format", str(folder), "--check"])
    assert shown.exit_code == 0, shown.output


def test_first_faults_of_the_second_study(tmp_path: Path) -> None:
    folder = _own_study(tmp_path / "my-study")
    text = (DOCS / "your-own-study.md").read_text(encoding="utf-8")
    for file, right, wrong in (
        ("DM", "min(EX.EXSTDTC)", "min(EX.EXSTDT)"),
        ("EX", "number(DOSE)\n", "DOSE\n"),
        ("AE", "iso8601(", "is8601("),
    ):
        path = folder / "sdtm" / "mapping" / f"{file}.csv"
        path.write_text(path.read_text(encoding="utf-8").replace(right, wrong), encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        pipeline.check(pipeline.Request(folder, tmp_path / "out"))
    for problem in caught.value.problems:
        assert str(problem) in text
    assert len(caught.value.problems) == 3


def test_build_runs_as_a_script(tmp_path: Path) -> None:
    command = [sys.executable, str(DOCS / "build.py"), str(tmp_path / "site")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "language.html").exists()
