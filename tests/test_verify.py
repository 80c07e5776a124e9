"""The drift proof: what is changed in a built package, `build verify` names by file, dataset, variable and record."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from package_study import package_of, rewritten, study_folder

from cli import main
from formats.coded import Coded
from formats.xpt import Column

SDTM, ADAM = "m5/datasets/tea-1/tabulations/sdtm", "m5/datasets/tea-1/analysis/adam/datasets"
PROGRAMS = "m5/datasets/tea-1/analysis/adam/programs"
Columns = list[Column]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study and its package."""
    folder = tmp_path_factory.mktemp("verify")
    package_of(study_folder(folder), folder / "out")
    return folder


def _with(name: str, change: Callable[[Column], Column]) -> Callable[[Columns, str], tuple[Columns, str]]:
    return lambda columns, label: ([change(c) if c.name == name else c for c in columns], label)


def _taken(column: Column, rows: np.ndarray) -> Column:
    values = column.values.take(rows) if isinstance(column.values, Coded) else column.values[rows]
    return replace(column, values=values, special=None)


def _rows(rows: list[int]) -> Callable[[Columns, str], tuple[Columns, str]]:
    return lambda columns, label: ([_taken(column, np.array(rows)) for column in columns], label)


def _replaced(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


@pytest.fixture(scope="module")
def said(home: Path) -> list[str]:
    """What `build verify` says of a package with a change of each kind, in a file each."""
    package = home / "changed"
    shutil.copytree(home / "out" / "package", package)
    sdtm, adam, programs = package / SDTM, package / ADAM, package / PROGRAMS
    _replaced(sdtm / "dm.xpt", b"1990-12-31", b"1990-12-30")
    rewritten(sdtm / "ae.xpt", _with("AETERM", lambda c: replace(c, label="Reported Term")))
    rewritten(sdtm / "lb.xpt", _with("LBTEST", lambda c: replace(c, length=12)))
    _replaced(sdtm / "define.xml", b'CodedValue="MODERATE"', b'CodedValue="MODEST"')
    rewritten(adam / "adsl.xpt", _rows([0, 1, 2]))
    rewritten(adam / "adlb.xpt", _rows([*range(11), 10]))
    _replaced(adam / "define.xml", b'Length="28"', b'Length="29"')
    with (sdtm / "csdrg.pdf").open("ab") as stream:
        stream.write(b"\n")
    _replaced(programs / "adsl.txt", b"SAFFL", b"SAFFX")
    (programs / "notes.txt").write_bytes(b"by hand\n")
    (programs / "constants.txt").unlink()
    asked = ["verify", str(package), "--study", str(home / "study"), "--raw", str(home / "study" / "raw")]
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 1, result.output
    return result.output.splitlines()


def test_an_untouched_package_is_proved(home: Path) -> None:
    result = CliRunner().invoke(main, ["verify", str(home / "out" / "package"), "--study", str(home / "study")])
    assert result.exit_code == 0, result.output
    assert "files are what the" in result.output


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("byte of a value", f"{SDTM}/dm.xpt: DM.BRTHDTC record 3: the value is '1990-12-30', would be '1990-12-31' "
                            "(USUBJID TEA-1-003)"),
        ("label", f"{SDTM}/ae.xpt: AE.AETERM: label is 'Reported Term', "
                  "would be 'Reported Term for the Adverse Event'"),
        ("length", f"{SDTM}/lb.xpt: LB.LBTEST: length is '12', would be '10'"),
        ("length in define.xml", f"{ADAM}/define.xml: ADLB.PARAM: IT.ADLB.PARAM Length is '29', would be '28'"),
        ("file that is new", f"{PROGRAMS}/notes.txt: is not what specification and raw data give"),
        ("file that is gone", f"{PROGRAMS}/constants.txt: is missing"),
    ],
)  # fmt: skip
def test_a_change_is_named(said: list[str], kind: str, line: str) -> None:
    assert line in said, "\n".join(said)


@pytest.mark.parametrize(
    ("kind", "file", "parts"),
    [
        ("codelist term", f"{SDTM}/define.xml", ("AE.AESEV", "CL.AESEV", "MODEST", "is not what specification")),
        ("codelist term that is missing", f"{SDTM}/define.xml", ("AE.AESEV", "CL.AESEV", "MODERATE", "is missing")),
        ("record removed", f"{ADAM}/adsl.xpt", ("ADSL: a record is missing", "USUBJID TEA-1-004")),
        ("record added", f"{ADAM}/adlb.xpt", ("ADLB record 12", "do not give it")),
        ("line of a program", f"{PROGRAMS}/adsl.txt", ("line ", "SAFFX", "SAFFL")),
        ("byte of a document", f"{SDTM}/csdrg.pdf", ("differs from byte",)),
        ("hash", f"{SDTM}/dm.xpt", ("has another SHA-256 than the manifest states",)),
        ("size", f"{SDTM}/csdrg.pdf", ("bytes, the manifest states",)),
        ("file that the manifest lacks", f"{PROGRAMS}/notes.txt", ("the manifest does not list it",)),
        ("file that the manifest has", f"{PROGRAMS}/constants.txt", ("the manifest lists it",)),
    ],
)
def test_a_change_is_named_at_its_file(said: list[str], kind: str, file: str, parts: tuple[str, ...]) -> None:
    lines = [line for line in said if line.startswith(f"{file}: ") and all(part in line for part in parts)]
    assert lines, "\n".join(said)


def test_a_change_that_its_manifest_covers_is_found(home: Path, tmp_path: Path) -> None:
    """Whoever changes a value, the checksums and the manifest is found by the build from specification and raw data."""
    from formats.folders import hashes

    package = tmp_path / "package"
    shutil.copytree(home / "out" / "package", package)
    _replaced(package / SDTM / "dm.xpt", b"1990-12-31", b"1990-12-30")
    content = json.loads((package / "manifest.json").read_text(encoding="utf-8"))
    content["outputs"][f"{SDTM}/dm.xpt"]["sha256"] = hashes(package, (f"{SDTM}/dm.xpt",))[f"{SDTM}/dm.xpt"]
    (package / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    study = tmp_path / "study"
    shutil.copytree(home / "study", study)
    _replaced(study / "raw" / "labs.csv", b"V2,Hb,118", b"V2,Hb,119")
    result = CliRunner().invoke(main, ["verify", str(package), "--study", str(study)])
    assert result.exit_code == 1, result.output
    lines = result.output.splitlines()
    assert "raw data: labs.csv: is not the file that the package was made with" in lines
    assert any(line.startswith(f"{SDTM}/dm.xpt: DM.BRTHDTC record 3: ") for line in lines)
    values = [line for line in lines if line.startswith(f"{SDTM}/lb.xpt: LB.LBORRES record ")]
    assert ["'118', would be '119'" in line for line in values] == [True]
    assert not any("SHA-256" in line for line in lines)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "holds no manifest.json"),
        ("[]", "is no manifest of a package"),
        ("{", "is no manifest of a package"),
        ('{"manifest": 7}', "is no manifest of a package"),
    ],
)
def test_a_folder_that_is_no_package_is_not_proved(tmp_path: Path, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content, encoding="utf-8")
    result = CliRunner().invoke(main, ["verify", str(tmp_path)])
    assert result.exit_code == 2
    assert said in result.output
    assert "nothing was proved" in result.output


def test_a_package_of_another_study_is_not_proved(home: Path) -> None:
    result = CliRunner().invoke(main, ["verify", str(home / "out" / "package")])
    assert result.exit_code == 2
    assert "is of study TEA-1, not of NCT06178146" in result.output


def test_other_code_and_libraries_are_told(home: Path) -> None:
    from submission.package import manifest
    from submission.verify.inputs import code_notes

    stated = manifest.read(home / "out" / "package")
    assert code_notes(stated) == []
    code = {**stated.code, "sha256": "0", "python": "3.1", "libraries": {**stated.code["libraries"], "numpy": "1.0"}}
    notes = code_notes(replace(stated, code=code))
    assert len(notes) == 3
    assert "other code" in notes[0] and "Python 3.1" in notes[1] and "numpy 1.0" in notes[2]
