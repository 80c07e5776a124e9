"""Stages built in parts of the subjects: the same bytes for any cutting, and nothing wrong when a worker dies."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import test_data_cut
from click.testing import CliRunner
from engine_study import rules, write
from test_adam_inputs import write as write_xpt

import pipeline
import pipeline_parts
import sdtm.parts
import simulate
from cli import main
from formats.folders import hashes
from pipeline import Cut, Request
from specs.compiled import CompiledStage
from specs.problem import ProblemError
from workers.here import WorkersError


def whole_tree(cut: Cut, mode: str, folder: Path) -> dict[str, str]:
    simulate.write(mode, folder / "raw")
    pipeline.everything(Request(pipeline.REFERENCE, folder / "out", folder / "raw", cut=cut))
    return hashes(folder / "out", (".",))


def test_seven_partitions_give_the_bytes_of_one_run(study_build: Path, tmp_path: Path) -> None:
    """The simulated subjects have persons with two numbers, rows entered twice, rejected rows, rows without subject."""
    assert whole_tree(Cut(partitions=7), "study", tmp_path) == hashes(study_build, (".",))


def test_two_jobs_give_the_bytes_of_one_run(golden_build: Path, tmp_path: Path) -> None:
    assert whole_tree(Cut(jobs=2), "golden", tmp_path) == hashes(golden_build, (".",))


def test_a_dask_cluster_gives_the_bytes_of_one_run(golden_build: Path, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed (the extra dask)")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=str(tmp_path / "dask")
    )
    try:
        tree = whole_tree(Cut(scheduler=cluster.scheduler_address), "golden", tmp_path)
    finally:
        cluster.close()
    assert tree == hashes(golden_build, (".",))


def test_a_scheduler_that_does_not_answer_is_a_clear_error(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed (the extra dask)")
    from workers.cluster import Cluster

    with pytest.raises(WorkersError, match="does not answer"):
        Cluster("tcp://127.0.0.1:9", timeout=0.2)


# --- a study in which everything crosses subjects --------------------------------------------------------

PEOPLE = ["P05", "P01", "P03", "P02", "P04", "P06"]
RAW_A = "SUBJ,V,T,WAS,REC,SYS\n" + "".join(
    f"{who},{number * 7 % 11},{'x' if number % 3 else 'y'},{'P01' if who == 'P06' and number > 6 else ''},{number},s\n"
    for number, who in enumerate(PEOPLE * 3, 1)
)


def padded(table: str) -> str:
    """A table whose short rows get blank cells at their end."""
    width = table.partition("\n")[0].count(",")
    return "".join(line + "," * (width - line.count(",")) + "\n" for line in table.splitlines())


STUDY = {
    "sdtm/Datasets.csv": (
        "Dataset,Label,Class,Structure,Key Variables\n"
        "DM,Demographics,SPECIAL PURPOSE,One record per subject,USUBJID\n"
        'ZZ,Test,FINDINGS,One record per row,"USUBJID, ZZSEQ"\n'
        'YY,Other,FINDINGS,One record per row,"YYTEST, YYNUM"\n'
        "XX,Look-up,TRIAL DESIGN,One record per code,XXCODE\nSUPPZZ,,,,\n"
    ),
    "sdtm/Variables.csv": padded(
        "Dataset,Variable,Label,Data Type,Mandatory,Drop When Empty,Origin\n"
        "DM,USUBJID,Unique Subject Identifier,text,Yes,\n"
        "ZZ,STUDYID,Study Identifier,text,Yes,\nZZ,USUBJID,Unique Subject Identifier,text,No,\n"
        "ZZ,ZZSEQ,Sequence,integer,No,\nZZ,ZZORRES,Result,text,No,\nZZ,ZZMEAN,Mean,float,No,\n"
        "ZZ,ZZRANK,Rank,integer,No,\nZZ,ZZMAX,Highest,float,No,\nZZ,ZZONCE,Of one subject,text,No,Yes\n"
        "ZZ,ZZNEVER,Of none,text,No,Yes\nZZ,ZZPICK,Picked,text,No,\n"
        "YY,USUBJID,Unique Subject Identifier,text,No,\nYY,YYTEST,Test,text,No,\nYY,YYNUM,Number,integer,No,\n"
        "XX,XXCODE,Code,text,No,\nXX,XXCOUNT,Count,integer,No,\nSUPPZZ,ZZEXTRA,Extra,text,No,,Collected\n"
    ),
    "sdtm/Tables.csv": (
        "Table,File,Subject,Previous,System,Record,Key,Version\n"
        "raw_a,a.csv,SUBJ,WAS,\"REC, SYS\",REC,,\nraw_b,b.csv,,,,,,\nraw_d,d.csv,SUBJ,,,,,\n"
    ),
    "sdtm/Sources.csv": (
        "Dataset,Block,From,Where\nDM,d,raw_d,\nZZ,a,raw_a,\nYY,y,raw_a,V != '3'\nXX,x,raw_b,\n"
    ),
    "sdtm/mapping/all.csv": "Variable,Expression\nUSUBJID,USUBJID\n",
    "sdtm/mapping/ZZ.csv": rules(
        "STUDYID | 'S'", "ZZORRES | raw_a.T", "_V | number(raw_a.V)", "ZZSEQ | sequence()", "_REC | number(raw_a.REC)",
        "ZZMEAN | mean(_V, subjects='all') * 3", "ZZRANK | row_number(order=(_V, _REC), subjects='all')",
        "ZZMAX | max(number(raw_a.V), subjects='all') + count(YY, subjects='all')",
        "ZZONCE | REC == '4' | 'once'", "_NEXT | min(number(raw_a.V), where=number(raw_a.V) > _V, subjects='all')",
        "ZZPICK | first(raw_a.REC, order=raw_a.REC, where=number(raw_a.V) == _NEXT, subjects='all')",
    ),
    "sdtm/mapping/YY.csv": "Variable,Expression\nYYTEST,T\nYYNUM,number(V)\n",
    "sdtm/mapping/XX.csv": "Variable,Expression\nXXCODE,CODE\nXXCOUNT,\"count(raw_a, where=raw_a.T == CODE)\"\n",
    "sdtm/mapping/SUPPZZ.csv": "Variable,Where,Expression\nZZEXTRA,V == '5','extra'\n",
    "sdtm/Checks.csv": (
        "Rule,Dataset,Where,Condition,Message,Action\n"
        "R1,raw_a,,\"number(V) < max(number(V), subjects='all')\",the greatest,reject\n"
        "R2,raw_a,,V != '8',no eight,reject\nR3,raw_b,,CODE != 'z',no z,reject\nR4,raw_b,,CODE != 'y',y,issue\n"
        "R5,ZZ,,\"count_distinct(USUBJID, by=ZZORRES, subjects='all') < 4\",many subjects,issue\n"
        "R7,ZZ,,\"count(by=ZZORRES, subjects='all') < 9\",many records,issue\n"
        "R6,ZZ,_V > 5,ZZRANK > 99,small,issue\n"
    ),
    "raw/a.csv": RAW_A + "P03,5,y,,99,other\nP03,5,y,,98,other\n,4,x,,77,s\n",
    "raw/b.csv": "CODE\nx\ny\nz\n",
    "raw/d.csv": "SUBJ\n" + "".join(f"{who}\n" for who in PEOPLE if who not in ("P04", "P06")),
    "study.toml": 'STUDYID = "S"\n[standards]\nsdtmig = "3.4"\nsdtmct = "2025-03-28"\n',
}


def changed(name: str, old: str, new: str) -> dict[str, str]:
    assert old in STUDY[name]
    return {name: STUDY[name].replace(old, new)}


def outcome(study: Path, out: Path, cut: Cut) -> dict[str, str] | list[str]:
    """The files that a build wrote, or the faults that it found."""
    try:
        pipeline.sdtm(Request(study, out, cut=cut))
    except ProblemError as error:
        assert not (out / "sdtm").exists()
        return [str(problem) for problem in error.problems]
    return hashes(out, ("sdtm", "qc"))


CHANGES: dict[str, dict[str, str]] = {
    "as it is": {},
    "a table without rows": {"raw/b.csv": "CODE\n"},
    "errors of raw checks": changed("sdtm/Checks.csv", "issue", "error"),
    "errors of checks": changed("sdtm/Checks.csv", "many subjects,issue", "many subjects,error"),
    "a check that stops": changed("sdtm/Checks.csv", "V != '8',no eight,reject", "V != '2',two,stop"),
    "two records of a subject in DM": {"raw/d.csv": STUDY["raw/d.csv"] + "P01\nP06\n"},
    "a required value is missing": changed("sdtm/Variables.csv", "ZZPICK,Picked,text,No", "ZZPICK,Picked,text,Yes"),
    "rows that reach no dataset": changed("sdtm/Sources.csv", "ZZ,a,raw_a,", "ZZ,a,raw_a,V == '5'"),
    "a value that the format cannot hold": changed("raw/a.csv", ",x,", ",\u03b2,"),
    "a file of another width": {"raw/a.csv": STUDY["raw/a.csv"] + "P01,3\n"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_crosses_subjects_is_that_of_one_run(tmp_path: Path, change: str) -> None:
    study = write(tmp_path / "study", {**STUDY, **CHANGES[change]})
    expected = outcome(study, tmp_path / "one", Cut())
    assert (isinstance(expected, list)) == (change not in ("as it is", "a table without rows")), expected
    for partitions in (2, 3, 9):
        assert outcome(study, tmp_path / f"in-{partitions}", Cut(partitions=partitions)) == expected


# --- ADaM -----------------------------------------------------------------------------------------------


def shuffled(data: Mapping[str, Any]) -> dict[str, list[Any]]:
    count = len(data["USUBJID"])
    return {name: [values[row * 5 % count] for row in range(count)] for name, values in data.items()}


def test_a_data_cut_on_files_in_any_order_is_that_of_one_run(tmp_path: Path) -> None:
    study = test_data_cut.study(tmp_path / "study")
    write_xpt(study / "out", "AE", shuffled(test_data_cut.AE))
    trees = []
    for number, cut in enumerate((Cut(), Cut(partitions=2), Cut(partitions=4))):
        out = tmp_path / str(number)
        pipeline.adam(Request(study, out, sdtm=study / "out", cut=cut))
        trees.append(hashes(out, ("adam", "qc")))
    assert trees[1] == trees[0] and trees[2] == trees[0]


def test_a_byte_outside_the_encoding_is_named_with_its_record(tmp_path: Path) -> None:
    study = test_data_cut.study(tmp_path / "study")
    path = study / "out" / "ae.xpt"
    path.write_bytes(path.read_bytes().replace(b"on the day", b"on the d\xe4y"))
    found = []
    for number, cut in enumerate((Cut(), Cut(partitions=4))):
        with pytest.raises(ProblemError) as caught:
            pipeline.adam(Request(study, tmp_path / str(number), sdtm=study / "out", cut=cut))
        found.append(str(caught.value))
    assert found[0] == found[1] and "record 6" in found[0]


# --- when a worker dies ---------------------------------------------------------------------------------


def killed_in_the_middle(out: Path) -> None:
    """Kill a worker once a part has left records."""
    end = time.monotonic() + 120
    while not list(out.glob(".sdtm.new-*/.parts/records-*")):
        if time.monotonic() > end:
            return
        time.sleep(0.01)
    os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")
def test_a_killed_worker_is_a_clear_error_and_leaves_the_tree_as_it_was(golden_build: Path, tmp_path: Path) -> None:
    simulate.write("golden", tmp_path / "raw")
    out = Path(shutil.copytree(golden_build, tmp_path / "out"))
    killer = threading.Thread(target=killed_in_the_middle, args=(out,))
    killer.start()
    words = ["sdtm", "--raw", str(tmp_path / "raw"), "--out", str(out), "--full", "--jobs", "2", "--partitions", "8"]
    result = CliRunner().invoke(main, words)
    killer.join()
    assert result.exit_code == 1 and "a worker process ended" in result.output and "nothing" in result.output
    assert hashes(out, (".",)) == hashes(golden_build, (".",))
    assert not list(out.glob(".*new-*"))


def test_what_cannot_be_cut_is_built_as_a_whole_and_said(tmp_path: Path) -> None:
    study = write(tmp_path / "study", {**STUDY, **changed("sdtm/Tables.csv", "REC, SYS", "REC, SUBJ")})
    said: list[str] = []
    pipeline.sdtm(Request(study, tmp_path / "parts", cut=Cut(partitions=3), say=said.append))
    assert said == ["notice: sdtm is built as a whole: sdtm/Tables.csv:2 [Subject] reads a column of System"]
    assert outcome(study, tmp_path / "one", Cut()) == hashes(tmp_path / "parts", ("sdtm", "qc"))


# --- the command ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["--jobs", "0"], ["--partitions", "0"], ["--jobs", "two"]])
def test_a_number_of_parts_that_is_none_is_wrong_usage(words: list[str]) -> None:
    assert CliRunner().invoke(main, ["sdtm", *words]).exit_code == 2


def test_size_of_the_data_says_how_many_parts_there_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    study = write(tmp_path / "study", STUDY)
    seen: list[int] = []
    cutting = sdtm.parts.cutting
    monkeypatch.setattr(pipeline_parts, "PART_BYTES", 100)

    def noted(stage: CompiledStage, raw: Path, parts: int) -> sdtm.parts.Cutting:
        seen.append(parts)
        return cutting(stage, raw, parts)

    monkeypatch.setattr(sdtm.parts, "cutting", noted)
    pipeline.sdtm(Request(study, tmp_path / "out", cut=Cut(partitions=0, jobs=2)))
    size = sum((study / "raw" / f"{name}.csv").stat().st_size for name in "abd")
    assert seen == [-(-size // 100)]
