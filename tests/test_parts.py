"""Stages built in parts of the subjects: the same bytes for any cutting, and nothing wrong when a worker dies."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import pipeline
import pipeline_parts
import simulate
from engine_study import rules, write
from formats.folders import hashes
from pipeline import Cut, Request
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
RAW_A = "SUBJ,V,W,WAS,REC\n" + "".join(
    f"{who},{number},{'x' if number % 2 else 'y'},{'P01' if who == 'P06' and number > 14 else ''},{number}\n"
    for number, who in enumerate(PEOPLE * 3, 1)
)
CROSSING = {
    "sdtm/Datasets.csv": (
        "Dataset,Label,Class,Structure,Key Variables\n"
        "DM,Demographics,SPECIAL PURPOSE,One record per subject,USUBJID\n"
        "ZZ,Test,FINDINGS,One record per row,\"USUBJID, _N\"\n"
        "YY,Other,FINDINGS,One record per row,\"YYTEST, YYSEQ\"\n"
        "XX,Look-up,TRIAL DESIGN,One record per code,XXCODE\n"
    ),
    "sdtm/Variables.csv": (
        "Dataset,Variable,Label,Data Type,Mandatory\n"
        "DM,USUBJID,Unique Subject Identifier,text,Yes\n"
        "ZZ,USUBJID,Unique Subject Identifier,text,No\nZZ,ZZORRES,Result,text,No\nZZ,ZZMEAN,Mean,float,No\n"
        "ZZ,ZZRANK,Rank,integer,No\nZZ,ZZFIRST,First,text,No\n"
        "YY,USUBJID,Unique Subject Identifier,text,No\nYY,YYTEST,Test,text,No\nYY,YYSEQ,Number,integer,No\n"
        "XX,XXCODE,Code,text,No\nXX,XXCOUNT,Count,integer,No\n"
    ),
    "sdtm/Tables.csv": "Table,File,Subject,Previous,Key,Version,Record\nraw_a,a.csv,SUBJ,WAS,,,REC\nraw_b,b.csv,,,,,\n",
    "sdtm/Sources.csv": "Dataset,Block,From,Where\nDM,d,raw_a,V in ('1' '2')\nZZ,a,raw_a,\nYY,y,raw_a,\nXX,x,raw_b,\n",
    "raw/a.csv": RAW_A,
    "raw/b.csv": "CODE\nx\ny\n",
}


def outcome(study: Path, out: Path, cut: Cut) -> dict[str, str] | list[str]:
    """The files that a build wrote, or the faults that it found."""
    try:
        pipeline.sdtm(Request(study, out, cut=cut))
    except ProblemError as error:
        return [str(problem) for problem in error.problems]
    return hashes(out, ("sdtm", "qc"))


@pytest.fixture
def crossing_study(tmp_path: Path) -> Path:
    return write(tmp_path / "study", {**TINY_SDTM, **CROSSING_RULES})


TINY_SDTM = {
    "study.toml": '[standards]\nsdtmig = "3.4"\nsdtmct = "2025-03-28"\n',
}
CROSSING_RULES: dict[str, str] = {}
