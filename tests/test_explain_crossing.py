"""Explanations in a study whose rules ask for the rows of other subjects: each value is the one that was built."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from engine_study import write
from test_parts import STUDY

import pipeline
import pipeline_explain
from engine.trace.node import walk
from pipeline import Request
from qc.explain.files import keys


@pytest.mark.parametrize("partitions", [1, 3])
def test_every_value_is_that_of_the_build(tmp_path: Path, partitions: int) -> None:
    """A check of raw rows, R1, rejects what is less than the greatest value of all subjects."""
    study, out = write(tmp_path / "study", STUDY), tmp_path / "out"
    pipeline.sdtm(Request(study, out, cut=pipeline.Cut(partitions=partitions)))
    chain = pipeline_explain.chain(Request(study, out), "ZZ")
    files, compared = chain.files["sdtm"], 0
    for dataset in ("DM", "ZZ", "YY", "XX", "SUPPZZ"):
        held = files.records(dataset)
        for row in range(len(held.rows)):
            found = chain.explain("sdtm", dataset, row, keys(files, dataset, np.array([row]))[0], list(held.names))
            for node in found.nodes.values():
                list(walk(node))
            assert not found.changed, (dataset, row, found.changed)
            compared += len(held.names)
    assert compared > 200
