"""Every value of the built study follows from its leaves: random values of each dataset, computed again.

Each test explains random values of one dataset and computes every step of their trees again in plain Python
(`explained_again.py`), from raw cells, look-up tables and constants that are read with other programs. The value at
the root has to be the one in the file, as pyreadstat reads it. `--explained N` sets how many values of a dataset.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from explained_again import Again, transport
from impact_changes import with_change

import pipeline_explain
from engine.trace.node import Node, origin, walk
from pipeline import REFERENCE, Request, spec_of
from qc.explain.chain import Chain
from qc.explain.files import keys

SEED = 20_260_101
SPECS = [spec_of(Request(REFERENCE), stage) for stage in ("sdtm", "adam")]
DATASETS = [name for spec in SPECS if spec is not None for name in spec.datasets]


@pytest.fixture(scope="module")
def study(study_build: Path) -> Request:
    return Request(REFERENCE, study_build, study_build.parent / "raw")


@pytest.fixture(scope="module")
def chain(study: Request) -> Chain:
    return pipeline_explain.chain(study, "ADSL")


def sampled(table: pd.DataFrame, number: int, dataset: str) -> Iterator[tuple[int, str]]:
    """Random values of a dataset: record (from 0) and variable, the records in order so that a subject is run once."""
    some = random.Random(f"{SEED} {dataset}")
    return iter(sorted((some.randrange(len(table)), some.choice(list(table.columns))) for _ in range(number)))


def stored(table: pd.DataFrame, row: int, name: str) -> float | str | None:
    value = table[name].iloc[row]
    if isinstance(value, str):
        return value or None
    return None if pd.isna(value) else float(value)


def again_on(study: Request, raw: Path | None = None) -> Again:
    assert study.out is not None and study.raw is not None
    return Again(REFERENCE, raw or study.raw, study.out / "sdtm")


def test_another_leaf_is_noticed(study: Request, chain: Chain, tmp_path: Path) -> None:
    """The day of randomization in the raw file is another than the explanation says."""
    assert study.raw is not None
    files = chain.files["adam"]
    known = chain.explain("adam", "ADSL", 0, keys(files, "ADSL", np.array([0]))[0], ["RANDDT"])
    again = again_on(study)
    again.check(known.nodes["RANDDT"])
    (name, line, column) = next(leaf for leaf in again.leaves if leaf[2] == "RAND_DD")
    with_change(study.raw, tmp_path / "raw", name.removesuffix(".csv"), column, line - 1, "31")
    with pytest.raises(AssertionError, match="RAND_DD"):
        again_on(study, tmp_path / "raw").check(known.nodes["RANDDT"])


def test_another_value_of_a_step_is_noticed(study: Request, chain: Chain) -> None:
    files = chain.files["adam"]
    known = chain.explain("adam", "ADSL", 1, keys(files, "ADSL", np.array([1]))[0], ["AGE"])
    step = next(node for node in walk(known.nodes["AGE"]) if node.kind == "variable" and node.parts)
    held = origin(step)
    before, held.value = held.value, -1.0
    with pytest.raises(AssertionError):
        again_on(study).check(known.nodes["AGE"])
    held.value = before


@pytest.mark.parametrize("dataset", DATASETS)
def test_values_follow_from_their_leaves(dataset: str, study: Request, chain: Chain, explained_values: int) -> None:
    stage = "sdtm" if dataset in chain.files["sdtm"].spec.datasets else "adam"
    files = chain.files[stage]
    if not files.built(dataset):
        pytest.skip(f"the study has no record of {dataset}")
    again = again_on(study)
    table = transport(files.path(dataset))
    for row, name in sampled(table, explained_values, dataset):
        found = chain.explain(stage, dataset, row, keys(files, dataset, np.array([row]))[0], [name])
        assert not found.changed, (row, name)
        node: Node = found.nodes[name]
        assert node.value == stored(table, row, name), f"record {row + 1}: {name}"
        again.check(node)
