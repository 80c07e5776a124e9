"""A build after a change: what changed and what depends on it is made anew, and the files are those of a full build."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

import pipeline
from cli import main
from pipeline import Cut
from pipeline_standing import program, status
from specs.problem import ProblemError

TINY = Path(__file__).parent / "tiny_study"
STAGES = ("sdtm", "adam")


def build(study: Path, out: Path, full: bool = False, **options: object) -> list[str]:
    """Build SDTM and ADaM; what was said, or the faults."""
    said: list[str] = []
    request = pipeline.Request(study, out, say=said.append, full=full, **options)  # type: ignore[arg-type]
    try:
        for stage in STAGES:
            getattr(pipeline, stage)(request)
    except ProblemError as error:
        return [str(problem) for problem in error.problems]
    return said


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def anew(said: list[str], stage: str) -> list[str]:
    """The datasets that a build said it made anew."""
    start = f"{stage}: built anew "
    found = [line.removeprefix(start).partition(";")[0] for line in said if line.startswith(start)]
    return found[0].split(", ") if found else []


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "study"))


@pytest.fixture
def built(study: Path, tmp_path: Path) -> Path:
    build(study, tmp_path / "out")
    return tmp_path / "out"


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    assert old in text, f"{old!r} is not in {path}"
    path.write_bytes(text.replace(old, new, 1).encode("utf-8", "surrogateescape"))


def same_as_full(study: Path, out: Path, tmp_path: Path) -> None:
    assert build(study, tmp_path / "full", full=True) == []  # no faults, and nothing that stays as it was
    assert (tmp_path / "full" / "adam" / "adlb.xpt").is_file()
    assert tree(out) == tree(tmp_path / "full")


# --- what is made anew ----------------------------------------------------------------------------------


def test_nothing_changed_leaves_every_file_untouched(study: Path, built: Path) -> None:
    before = {path: path.stat().st_ino for path in built.rglob("*.xpt")}
    said = build(study, built)
    assert said == [f"{stage}: nothing that it is made from has changed" for stage in STAGES]
    assert {path: path.stat().st_ino for path in built.rglob("*.xpt")} == before


def test_a_raw_value_makes_the_datasets_that_read_its_table(study: Path, built: Path, tmp_path: Path) -> None:
    edited(study / "raw" / "labs.csv", "13.5", "13.6")
    said = build(study, built)
    assert anew(said, "sdtm") == ["LB"]
    assert anew(said, "adam") == ["ADLB"]
    same_as_full(study, built, tmp_path)


def test_a_label_makes_its_dataset_and_what_reads_its_file(study: Path, built: Path, tmp_path: Path) -> None:
    edited(study / "adam" / "Variables.csv", "ADLB,ABLFL,,", "ADLB,ABLFL,Another Label,")
    said = build(study, built)
    assert said[0] == "sdtm: nothing that it is made from has changed"
    assert anew(said, "adam") == ["ADLB"]
    same_as_full(study, built, tmp_path)


def test_a_row_that_moved_changes_nothing(study: Path, built: Path) -> None:
    path = study / "sdtm" / "mapping" / "LB.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([head, *reversed(rows)]) + "\n", encoding="utf-8")
    assert build(study, built)[0] == "sdtm: nothing that it is made from has changed"


def _moved(path: Path, start: str) -> None:
    """Put a row of a table at its end."""
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    moved = next(row for row in rows if row.startswith(start))
    path.write_text("\n".join([head, *(row for row in rows if row != moved), moved]) + "\n", encoding="utf-8")


def test_records_with_equal_keys_have_the_order_of_sources(study: Path, tmp_path: Path) -> None:
    """One record of an adverse event becomes two, which only AESEQ parts: the block that stands first has the lower."""
    sources = study / "sdtm" / "Sources.csv"
    edited(sources, "AE,event,raw_events,,", "AE,event,raw_events,,\nAE,again,raw_events,,")
    edited(study / "sdtm" / "mapping" / "AE.csv", "Variable,Expression\n", "Variable,Block,Expression\n")
    path = study / "sdtm" / "mapping" / "AE.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    rows = [row.replace(",", ",,", 1) for row in rows]
    term = next(row for row in rows if row.startswith("AETERM"))
    rows[rows.index(term)] = term.replace(",,", ",event,", 1)
    path.write_text("\n".join([head, *rows, "AETERM,again,'AGAIN'"]) + "\n", encoding="utf-8")
    out = tmp_path / "out"
    assert build(study, out) == []
    before = (out / "sdtm" / "ae.xpt").read_bytes()
    _moved(sources, "AE,event")
    assert anew(build(study, out), "sdtm") == ["AE"]
    assert (out / "sdtm" / "ae.xpt").read_bytes() != before
    same_as_full(study, out, tmp_path)


def test_counts_of_a_block_that_is_gone_go_with_it(study: Path, tmp_path: Path) -> None:
    sources = study / "sdtm" / "Sources.csv"
    edited(sources, "AE,event,raw_events,,", "AE,event,raw_events,,\nAE,again,raw_events,,")
    assert build(study, tmp_path / "out") == []
    assert ",AE,again,rows used," in (tmp_path / "out" / "sdtm" / "qc" / "ledger.csv").read_text(encoding="utf-8")
    edited(sources, "\nAE,again,raw_events,,", "")
    build(study, tmp_path / "out")
    same_as_full(study, tmp_path / "out", tmp_path)


def test_sdtm_that_comes_out_the_same_leaves_adam_as_it_is(study: Path, built: Path, tmp_path: Path) -> None:
    path = study / "raw" / "labs.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    said = build(study, built)
    assert anew(said, "sdtm") == ["LB"]
    assert said[-1] == "adam: nothing that it is made from has changed"
    same_as_full(study, built, tmp_path)


def test_another_subject_in_dm_makes_everything_anew(study: Path, built: Path, tmp_path: Path) -> None:
    path = study / "raw" / "persons.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    build(study, built)  # ADaM is at fault: a laboratory record has no subject
    build(study, tmp_path / "full", full=True)
    assert tree(built / "sdtm") == tree(tmp_path / "full" / "sdtm")
    assert "subject_not_in_dm" in (built / "sdtm" / "qc" / "issues.csv").read_text(encoding="utf-8")


def test_a_constant_of_the_command_line_counts(study: Path, built: Path, tmp_path: Path) -> None:
    constants = {"STUDYID": "OTHER"}
    assert build(study, built, constants=constants) == []
    build(study, tmp_path / "full", full=True, constants=constants)
    assert tree(built) == tree(tmp_path / "full")


def test_a_further_format_is_made_and_kept(study: Path, built: Path, tmp_path: Path) -> None:
    build(study, built, formats=("json",))
    edited(study / "raw" / "labs.csv", "13.5", "13.6")
    assert anew(build(study, built, formats=("json",)), "sdtm") == ["LB"]
    build(study, tmp_path / "full", full=True, formats=("json",))
    assert tree(built) == tree(tmp_path / "full")
    build(study, built)
    assert not list(built.rglob("*.json")) or not (built / "sdtm" / "lb.json").exists()


def test_parts_make_anew_what_has_changed(study: Path, built: Path, tmp_path: Path) -> None:
    edited(study / "raw" / "labs.csv", "13.5", "13.6")
    said = build(study, built, cut=Cut(partitions=2))
    assert anew(said, "sdtm") == ["LB"] and anew(said, "adam") == ["ADLB"]
    same_as_full(study, built, tmp_path)


# --- what does not hold ---------------------------------------------------------------------------------


def test_a_file_that_was_changed_by_hand_is_made_anew(study: Path, built: Path, tmp_path: Path) -> None:
    path = built / "sdtm" / "ae.xpt"
    content = path.read_bytes()
    path.unlink()  # a link of another folder must not change with it
    path.write_bytes(content[:-1] + b"x")
    assert anew(build(study, built), "sdtm") == ["AE"]
    same_as_full(study, built, tmp_path)


def test_a_file_that_is_gone_is_made_anew(study: Path, built: Path, tmp_path: Path) -> None:
    (built / "adam" / "adlb.xpt").unlink()
    assert anew(build(study, built), "adam") == ["ADLB"]
    same_as_full(study, built, tmp_path)


@pytest.mark.parametrize("name", ["sdtm/suppdm.xpt", "sdtm/zz.xpt", "sdtm/dm.json", "adam/qc/kept.csv"])
def test_a_file_that_no_build_wrote_does_not_stay(study: Path, built: Path, tmp_path: Path, name: str) -> None:
    """ADaM would read it as qualifiers of DM; the manifest would hand it over."""
    stage, _, file = name.partition("/")
    other = {"xpt": "sdtm/ae.xpt", "csv": "adam/qc/ledger.csv"}.get(file[-3:], "manifest.json")
    shutil.copyfile(built / other, built / name)
    lines, stale = status(pipeline.Request(study, built))
    assert stale and f"{stage}: stale, the build did not write {file}" in lines
    build(study, built)
    same_as_full(study, built, tmp_path)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"version": 1}', '{"version": 99}', '{"version": 1, "issues": 3}'])
def test_a_damaged_state_counts_for_nothing(study: Path, built: Path, tmp_path: Path, damage: str) -> None:
    before = (built / "sdtm" / "dm.xpt").stat().st_ino
    (built / "sdtm" / "qc" / "state.json").write_text(damage, encoding="utf-8")
    build(study, built)
    assert (built / "sdtm" / "dm.xpt").stat().st_ino != before
    same_as_full(study, built, tmp_path)


def test_issues_changed_by_hand_make_everything_anew(study: Path, built: Path, tmp_path: Path) -> None:
    path = built / "sdtm" / "qc" / "issues.csv"
    text = path.read_text(encoding="utf-8")
    path.unlink()
    path.write_text(text + "x\n", encoding="utf-8")
    before = (built / "sdtm" / "dm.xpt").stat().st_ino
    build(study, built)
    assert (built / "sdtm" / "dm.xpt").stat().st_ino != before
    same_as_full(study, built, tmp_path)


def test_a_build_of_some_datasets_is_followed_by_a_full_one(study: Path, built: Path, tmp_path: Path) -> None:
    build(study, built, only=("LB",))
    assert not (built / "sdtm" / "qc" / "state.json").exists()
    build(study, built)
    same_as_full(study, built, tmp_path)


def test_a_fault_leaves_the_earlier_build_and_its_state(study: Path, built: Path) -> None:
    before = tree(built / "sdtm")
    edited(study / "sdtm" / "mapping" / "LB.csv", "LBORRES", "LBORES")
    assert "LBORES" in build(study, built)[0]
    assert tree(built / "sdtm") == before


def test_a_file_in_the_results_that_no_build_wrote_does_not_stay(study: Path, built: Path) -> None:
    pipeline.results(pipeline.Request(study, built))
    before = tree(built / "results")
    (built / "results" / "records").mkdir(exist_ok=True)
    (built / "results" / "records" / "other.csv").write_text("x", encoding="utf-8")
    pipeline.results(pipeline.Request(study, built))
    assert tree(built / "results") == before


def test_define_that_is_of_another_specification_does_not_stay(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for stage in (pipeline.sdtm, pipeline.adam, pipeline.define):
        stage(pipeline.Request(study, out))
    pipeline.sdtm(pipeline.Request(study, out))
    assert (out / "sdtm" / "define.xml").is_file()
    with (study / "sdtm" / "Define.csv").open("a", encoding="utf-8") as stream:
        stream.write("\n")
    pipeline.sdtm(pipeline.Request(study, out))
    assert not (out / "sdtm" / "define.xml").exists()


# --- everything -----------------------------------------------------------------------------------------


def everything(study: Path, out: Path, **options: object) -> tuple[list[str], list[tuple[object, ...]]]:
    said: list[str] = []
    lines = pipeline.everything(pipeline.Request(study, out, say=said.append, **options))  # type: ignore[arg-type]
    return said, [(line.stage, line.name, line.rows, line.variables) for line in lines]


def test_a_whole_build_again_says_the_same_and_touches_nothing(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    _, lines = everything(study, out)
    before = {path: path.stat().st_ino for path in out.rglob("*")}
    assert everything(study, out) == (["nothing has changed since the last build"], lines)
    assert {path: path.stat().st_ino for path in out.rglob("*")} == before


@pytest.mark.parametrize("path", ["results/index.html", "adam/define.xml", "qc/index.html", "manifest.json"])
def test_a_whole_build_puts_a_changed_file_right(study: Path, tmp_path: Path, path: str) -> None:
    out = tmp_path / "out"
    everything(study, out)
    before = tree(out)
    (out / path).unlink()
    (out / path).write_text("changed", encoding="utf-8")
    assert everything(study, out)[0][0] == "sdtm ..."
    assert tree(out) == before


def test_a_whole_build_after_a_change_of_the_results_alone(study: Path, tmp_path: Path) -> None:
    everything(study, tmp_path / "out")
    edited(study / "results" / "Analysis Displays.csv", "Rise of", "A Rise of")
    said, _ = everything(study, tmp_path / "out")
    assert "adam: nothing that it is made from has changed" in said
    everything(study, tmp_path / "full", full=True)
    assert tree(tmp_path / "out") == tree(tmp_path / "full")


# --- status ---------------------------------------------------------------------------------------------


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_status_before_and_after_a_build(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    before = run("status", study, "--out", out)
    assert before.exit_code == 1 and "sdtm: not built" in before.output
    assert run("all", study, "--out", out, "--quiet").exit_code == 0
    after = run("status", study, "--out", out)
    assert after.exit_code == 0, after.output
    assert after.output.splitlines() == [
        "sdtm: current", "sdtm/define.xml: current", "adam: current", "adam/define.xml: current", "results: current",
    ]  # fmt: skip


def test_status_names_the_file_the_rule_and_what_waits_for_them(study: Path, built: Path) -> None:
    edited(study / "raw" / "labs.csv", "13.5", "13.6")
    edited(study / "adam" / "mapping" / "ADLB.csv", "is_last", "is_first")
    lines, stale = status(pipeline.Request(study, built))
    assert stale
    assert "  LB: file of raw_labs has changed" in lines
    assert any(line.startswith("  ADLB: reads LB, which is stale") for line in lines)
    build(study, built)
    edited(study / "adam" / "mapping" / "ADLB.csv", "is_first", "is_last")
    lines, _ = status(pipeline.Request(study, built))
    assert "  ADLB: variable ADLB[HGB].ABLFL has changed" in lines


def test_status_of_adam_goes_by_the_sdtm_files_that_it_reads(study: Path, built: Path, tmp_path: Path) -> None:
    """The SDTM datasets of the output are stale, those that stand elsewhere are not."""
    given = Path(shutil.copytree(built / "sdtm", tmp_path / "given"))
    edited(study / "raw" / "labs.csv", "13.5", "13.6")
    lines, _ = status(pipeline.Request(study, built, sdtm=given))
    assert "sdtm: 1 of 3 datasets stale" in lines and "adam: current" in lines


def test_status_after_a_build_of_some_datasets(study: Path, built: Path) -> None:
    build(study, built, only=("LB",))
    lines, _ = status(pipeline.Request(study, built))
    assert "sdtm: stale, no whole build of it stands there" in lines


def test_status_does_not_depend_on_the_datasets_that_are_asked_for(study: Path, built: Path) -> None:
    lines, _ = status(pipeline.Request(study, built, only=("LB",)))
    assert "sdtm: current" in lines


def test_status_of_a_faulty_specification_is_its_faults(study: Path, built: Path) -> None:
    edited(study / "sdtm" / "mapping" / "LB.csv", "LBORRES", "LBORES")
    found = run("status", study, "--out", built)
    assert found.exit_code == 1 and "LBORES" in found.output


# --- any change -----------------------------------------------------------------------------------------

EDITS = st.tuples(
    st.sampled_from(sorted(path.relative_to(TINY).as_posix() for path in TINY.rglob("*.csv"))),
    st.sampled_from(["copy", "blank", "cut", "delete", "repeat", "swap"]),
    st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6),
)  # fmt: skip


def _edit(study: Path, edit: tuple[str, str, int, int, int]) -> None:
    """One change of a table: a cell takes the value of another row, or loses it; a row goes, repeats, or moves."""
    name, kind, first, second, third = edit
    path = study / name
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
        head, *rows = csv.reader(stream)
    if not rows:
        return
    row, column, other = first % len(rows), second % len(head), third % len(rows)
    cell = rows[row][column]
    if kind in ("copy", "blank", "cut"):
        rows[row][column] = {"copy": rows[other][column], "blank": "", "cut": cell[:-1]}[kind]
    elif kind == "delete":
        del rows[row]
    elif kind == "repeat":
        rows.insert(other, list(rows[row]))
    else:
        rows[row], rows[other] = rows[other], rows[row]
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([head, *rows])


@settings(max_examples=20, deadline=None)
@given(st.lists(EDITS, min_size=1, max_size=4), st.sampled_from([Cut(), Cut(partitions=3)]))
def test_after_any_changes_the_files_are_those_of_a_full_build(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, str, int, int, int]], cut: Cut
) -> None:
    folder = tmp_path_factory.mktemp("any")
    study = Path(shutil.copytree(TINY, folder / "study"))
    build(study, folder / "out")
    for number, edit in enumerate(edits):
        earlier = Path(shutil.copytree(study, folder / f"earlier-{number}"))
        _edit(study, edit)
        full = folder / f"full-{number}"
        wanted = build(study, full, full=True)
        found = build(study, folder / "out", cut=cut)
        if wanted and "built" not in wanted[0] and not (full / "adam").exists():  # a fault, the same for both
            assert found == wanted
            if (full / "sdtm").exists():  # the fault is one of ADaM
                assert tree(folder / "out" / "sdtm") == tree(full / "sdtm")
            shutil.rmtree(study)
            study = Path(shutil.copytree(earlier, study))
            build(study, folder / "out")
        else:
            assert tree(folder / "out") == tree(full)


def test_the_hash_of_the_program_is_that_of_its_files(tmp_path: Path) -> None:
    """It does not depend on the process, nor on the order of a set in it."""
    code = "from pipeline_standing import program; print(program())"
    for seed in ("1", "2"):
        again = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        assert again.stdout.strip() == program()


def test_the_state_does_not_depend_on_the_process(study: Path, tmp_path: Path) -> None:
    found = []
    for seed in ("1", "2"):
        out = tmp_path / seed
        words = [sys.executable, "-m", "cli", "sdtm", str(study), "--out", str(out), "-q"]
        subprocess.run(words, env={**os.environ, "PYTHONHASHSEED": seed}, check=True)
        found.append(json.loads((out / "sdtm" / "qc" / "state.json").read_text(encoding="utf-8")))
    assert found[0] == found[1]
