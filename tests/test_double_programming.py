"""The ADaM datasets agree with their independent programming (`double/`), but for the differences listed there.

`double/open_differences.csv` names each difference that is still open: in which data, dataset and variable, for
which subjects and parameters (blank: any), and why. Kind says who is thought to be right: `production` is to be
mended, `open` is for the study's lead to decide, `decided` was, `wording` is not laid down by the design. A
difference without a row fails, and so does a row without a difference: whoever settles one takes its row out.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from double.compare import differences, produced
from double.datasets import KEYS, program

import pipeline
import simulate

OPEN = Path(__file__).parent / "double" / "open_differences.csv"
BENCH_SUBJECTS = 300


@pytest.fixture(scope="module")
def bench_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SDTM and ADaM of the first subjects of a bench run, with its messiness."""
    folder = tmp_path_factory.mktemp("double")
    simulate.write("bench", folder / "raw", subjects=BENCH_SUBJECTS)
    request = pipeline.Request(pipeline.REFERENCE, folder / "out", folder / "raw")
    pipeline.sdtm(request)
    pipeline.adam(request)
    return folder / "out"


@pytest.fixture(scope="module", params=["golden", "study", "bench"])
def compared(request: pytest.FixtureRequest) -> tuple[str, dict[str, pd.DataFrame]]:
    """The name of the data, and what differs by dataset."""
    folder: Path = request.getfixturevalue(f"{request.param}_build")
    return request.param, _compared(folder)


@cache
def _compared(folder: Path) -> dict[str, pd.DataFrame]:
    own = program(folder / "sdtm")
    written = {path.stem.upper() for path in (folder / "adam").glob("*.xpt")}
    return {
        name: differences(own[name], produced(folder / "adam", name), KEYS[name]) for name in own if name in written
    }


def _entries(data: str, dataset: str) -> Iterator[dict[str, str]]:
    """Rows of the register for one dataset, one variable each."""
    with OPEN.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if data in row["Data"].split() and dataset in row["Dataset"].split():
                yield from ({**row, "Variable": variable} for variable in row["Variable"].split())


def _covered(found: pd.DataFrame, entry: dict[str, str]) -> pd.Series:
    """Which differences an entry is about."""
    covered = found["variable"] == entry["Variable"]
    if entry["Subjects"]:
        covered &= found["USUBJID"].str.rsplit("-", n=1).str[-1].isin(entry["Subjects"].split())
    if entry["Parameters"]:
        covered &= found["PARAMCD"].isin(entry["Parameters"].split())
    return covered.astype(bool)


@pytest.mark.parametrize("dataset", KEYS)
def test_no_difference_is_unlisted(compared: tuple[str, dict[str, pd.DataFrame]], dataset: str) -> None:
    data, found = compared
    if dataset not in found:
        pytest.skip(f"{dataset} is not built yet")
    rows = found[dataset]
    for entry in _entries(data, dataset):
        rows = rows[~_covered(rows, entry)]
    assert rows.empty, f"{len(rows)} unlisted differences\n{rows.head(20).to_string()}"


@pytest.mark.parametrize("dataset", KEYS)
def test_no_listed_difference_is_gone(compared: tuple[str, dict[str, pd.DataFrame]], dataset: str) -> None:
    data, found = compared
    if dataset not in found:
        pytest.skip(f"{dataset} is not built yet")
    gone = [entry for entry in _entries(data, dataset) if not _covered(found[dataset], entry).any()]
    assert not gone, f"take these out of {OPEN.name}: {gone}"


def test_another_rule_in_production_is_found(study_build: Path, tmp_path: Path) -> None:
    """Adverse events count as treatment-emergent for 14 days after treatment instead of 30."""
    shutil.copytree(study_build / "sdtm", tmp_path / "sdtm")
    pipeline.adam(pipeline.Request(pipeline.REFERENCE, tmp_path, constants={"TEAE_DAYS": "14"}))
    own = program(study_build / "sdtm")["ADAE"]
    found = differences(own, produced(tmp_path / "adam", "ADAE"), KEYS["ADAE"])
    assert {"TRTEMFL", "ANL01FL", "FUPFL"} <= set(found["variable"])


def test_a_changed_value_is_found(golden_build: Path) -> None:
    """The comparison itself: one cell changed, one record removed."""
    own = program(golden_build / "sdtm")["ADAE"]
    changed = own.copy()
    changed.loc[changed.index[0], "ADURN"] += 1
    found = differences(own, changed.drop(index=changed.index[1]), KEYS["ADAE"])
    assert sorted(found["variable"]) == ["ADURN", "_record"]
