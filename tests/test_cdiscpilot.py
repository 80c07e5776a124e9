"""A second study from SDTM to ADaM by spec rows alone: ADSL and ADAE of the CDISC pilot, cell by cell.

`cdiscpilot/README.md` says where the data come from. The study is built by the command, as a user would.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from click.testing import CliRunner, Result
from conftest import needs_shared

from cli import main

STUDY = Path(__file__).parent / "cdiscpilot"
SDTM = "fixtures/cdiscpilot/sdtm"
KEYS = {"adsl": ["USUBJID"], "adae": ["USUBJID", "AESEQ"]}
SIZES = {"adsl": (254, 49), "adae": (1191, 55)}


def command(name: str, out: Path, *more: str) -> Result:
    folder = needs_shared(SDTM)
    found = CliRunner().invoke(main, [name, str(STUDY), "--sdtm", str(folder), "--out", str(out), *more])
    assert found.exit_code == 0, found.output
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a build of everything that the study has."""
    out = tmp_path_factory.mktemp("cdiscpilot") / "out"
    command("all", out)
    return out


@cache
def _read(path: Path) -> tuple[pd.DataFrame, pyreadstat.metadata_container]:
    frame, metadata = pyreadstat.read_xport(str(path), disable_datetime_conversion=True)
    return frame, metadata


def _published(dataset: str) -> Path:
    return needs_shared(f"fixtures/cdiscpilot/adam/{dataset}.xpt")


@cache
def _paired(folder: Path, dataset: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The built and the published records, one beside the other by their key."""
    keys = KEYS[dataset]
    found, wanted = (
        _read(path)[0].sort_values(keys, ignore_index=True)
        for path in (folder / "adam" / f"{dataset}.xpt", _published(dataset))
    )
    assert not wanted.duplicated(keys).any()
    pd.testing.assert_frame_equal(found[keys], wanted[keys])
    return found, wanted


def _equal(folder: Path, dataset: str, variable: str) -> np.ndarray:
    found, wanted = _paired(folder, dataset)
    if variable not in found:
        return np.zeros(len(wanted), bool)
    both = found[variable].isna() & wanted[variable].isna()
    return ((found[variable] == wanted[variable]) | both).to_numpy()


@pytest.mark.parametrize("dataset", SIZES)
def test_every_cell_is_the_published_one(built: Path, dataset: str) -> None:
    names = list(_read(_published(dataset))[0].columns)
    equal = {name: _equal(built, dataset, name) for name in names}
    lines = [f"{name:9}{int(cells.sum()):>7}{int((~cells).sum()):>11}" for name, cells in equal.items()]
    closed = sum(cells.all() for cells in equal.values())
    print("", f"{dataset.upper():9}{'equal':>7}{'different':>11}", *lines, sep="\n")
    print(f"{closed} of {len(names)} variables are equal in every record")
    assert {name: int((~cells).sum()) for name, cells in equal.items() if not cells.all()} == {}
    assert (len(_paired(built, dataset)[1]), closed) == SIZES[dataset]


@pytest.mark.parametrize("dataset", SIZES)
def test_variables_are_described_as_published(built: Path, dataset: str) -> None:
    (_, found), (_, wanted) = _read(built / "adam" / f"{dataset}.xpt"), _read(_published(dataset))
    for what in ("column_names", "column_labels", "variable_storage_width", "original_variable_types", "file_label"):
        assert getattr(found, what) == getattr(wanted, what), what


def test_every_record_of_the_source_is_accounted_for(built: Path) -> None:
    ledger = pd.read_csv(built / "qc" / "ledger.csv", keep_default_na=False)
    found = {(row.Table, row.Dataset, row.Step): row.Rows for row in ledger.itertuples()}
    assert found["DM", "ADSL", "rows used"] == 254
    assert found["DM", "ADSL", "left out: Where: ARM != 'Screen Failure'"] == 52
    assert found["AE", "ADAE", "rows used"] == 1191


def test_nothing_is_doubted_on_the_way(built: Path) -> None:
    assert pd.read_csv(built / "qc" / "issues.csv", keep_default_na=False).to_dict("records") == []


def test_each_record_names_the_row_it_came_from(built: Path) -> None:
    lineage = pd.read_csv(built / "adam" / "qc" / "lineage.csv")
    events = lineage[lineage["Dataset"] == "ADAE"]
    assert set(events["Table"]) == {"AE"} and sorted(events["Row"]) == list(range(1, 1192))


def test_the_define_xml_is_valid_and_states_the_rules(built: Path) -> None:
    text = (built / "adam" / "define.xml").read_text(encoding="utf-8")
    assert "DISP is the first row of DS ordered by DS.DSSEQ where DS.DSCAT is &apos;DISPOSITION EVENT&apos;" in (
        text.replace("'", "&apos;")
    )
    assert text.count("<ItemGroupDef") == 2


def test_two_builds_are_byte_identical(built: Path, tmp_path: Path) -> None:
    command("adam", tmp_path / "again", "--quiet")
    for name in SIZES:
        file = f"adam/{name}.xpt"
        assert (built / file).read_bytes() == (tmp_path / "again" / file).read_bytes()


def test_the_specification_checks_without_faults(tmp_path: Path) -> None:
    said = command("check", tmp_path / "nothing").output.splitlines()
    assert said[-1].startswith("adam: 2 datasets, 104 variables") and said[-1].endswith("no faults")


def test_without_the_folder_of_the_sdtm_files_the_command_says_what_to_do(tmp_path: Path) -> None:
    found = CliRunner().invoke(main, ["check", str(STUDY), "--out", str(tmp_path)])
    assert found.exit_code == 1
    assert "--sdtm DIR" in found.output and "Traceback" not in found.output
