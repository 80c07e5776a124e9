"""`build compare` holds production against the independent programming (`double/`), and finds planted faults."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from double.datasets import KEYS, program

import pipeline
from cli import main
from formats import xpt

OPEN = Path(__file__).parent / "double" / "open_differences.csv"
COMPARED = ("ADSL", "ADAE", "ADTTE")


@pytest.fixture(scope="module")
def double(study_build: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the datasets of the independent programming, and the register of what is accepted."""
    folder = tmp_path_factory.mktemp("double")
    for name, frame in program(study_build / "sdtm").items():
        if name in COMPARED:
            kept = frame[[column for column in frame if column.isupper()]]
            kept.to_parquet(folder / f"{name.lower()}.parquet", index=False)
    with (folder / "accepted.csv").open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow(["Dataset", "Variable", "Key or Condition", "Reason", "Who", "Until"])
        out.writerows(_entries())
    return folder


def _entries() -> list[list[str]]:
    """The rows of the register of open differences, as `build compare` reads them."""
    found = []
    with OPEN.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            conditions = [f"matches(USUBJID, '.*-{one}')" for one in row["Subjects"].split()]
            parameters = row["Parameters"].split()
            if parameters:
                conditions.append(" or ".join(f"PARAMCD == '{code}'" for code in parameters))
            for dataset in set(row["Dataset"].split()) & set(COMPARED):
                if "study" in row["Data"].split():
                    where, why = " and ".join(conditions), row["Reason"]
                    found += [[dataset, variable, where, why, "study lead", ""] for variable in row["Variable"].split()]
    return found


def compared(adam: Path, double: Path, name: str, report: Path) -> tuple[int, dict[str, int]]:
    """Exit code of `build compare`, and the number of differing values by variable that nobody accepted."""
    production = adam / f"{name.lower()}.xpt"
    own = pd.read_parquet(double / f"{name.lower()}.parquet")
    common = [column for column in own if column in columns(production)]
    arguments = [
        "compare", str(production), str(double / f"{name.lower()}.parquet"), "--by", ",".join(KEYS[name]),
        "--only", ",".join(common), "--ignore", "attributes", "--blank-is-missing", "--method", "relative",
        "--criterion", "1e-9", "--accepted", str(double / "accepted.csv"), "--json", str(report), "--quiet",
    ]  # fmt: skip
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code in (0, 1), result.output
    (dataset,) = json.loads(report.read_text(encoding="utf-8"))["datasets"]
    return result.exit_code, {one["name"]: one["open"] for one in dataset["variables"] if one["open"]}


def columns(path: Path) -> list[str]:
    return [column.name for column in xpt.read(path, max_rows=0).columns]


@pytest.mark.parametrize("name", COMPARED)
def test_nothing_differs_that_is_not_accepted(study_build: Path, double: Path, name: str, tmp_path: Path) -> None:
    assert compared(study_build / "adam", double, name, tmp_path / "report.json") == (0, {})


# Files, rows of production as they are and with a fault, and the variables that then differ.
FAULTS = [
    ("Events.csv", {"ADIRAE.AVAL <= _GOAL,": "ADIRAE.AVAL < _GOAL,"}, "ADTTE", {"AVAL", "CNSR", "ADT"}),
    ("mapping/ADAE.csv", {"flag(_WORST > number(AEBLGR))": "flag(_WORST >= number(AEBLGR))"}, "ADAE", {"TRTEMFL"}),
    ("mapping/ADSL.csv", {"AGE < 65": "AGE < 60", "AGE >= 65": "AGE >= 60"}, "ADSL", {"AGEGR1", "AGEGR1N"}),
]


@pytest.mark.parametrize(("file", "faults", "name", "wanted"), FAULTS, ids=[fault[2] for fault in FAULTS])
def test_planted_fault_of_the_specification_is_found(
    study_build: Path, double: Path, tmp_path: Path, file: str, faults: dict[str, str], name: str, wanted: set[str]
) -> None:
    study = tmp_path / "study"
    shutil.copytree(pipeline.REFERENCE, study)
    text = (study / "adam" / file).read_text(encoding="utf-8")
    for right, wrong in faults.items():
        assert right in text
        text = text.replace(right, wrong)
    (study / "adam" / file).write_text(text, encoding="utf-8")
    shutil.copytree(study_build / "sdtm", tmp_path / "out" / "sdtm")
    pipeline.adam(pipeline.Request(study, tmp_path / "out"))
    code, found = compared(tmp_path / "out" / "adam", double, name, tmp_path / "report.json")
    assert code == 1 and wanted <= set(found), found
