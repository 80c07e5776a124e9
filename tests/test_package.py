"""The submission folder: its tree, parts, checks, checksums and manifest; whole, or the one that was there before."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from click.testing import CliRunner
from package_study import files, package_of, study_folder
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, PdfObject

import pipeline
from cli import main
from formats import xpt
from formats.xpt_slice import write_slice
from specs.load import load_study
from specs.problem import DataError, SpecError
from submission.package import checks

HOME = "m5/datasets/tea-1"
SDTM, ADAM, PROGRAMS = f"{HOME}/tabulations/sdtm", f"{HOME}/analysis/adam/datasets", f"{HOME}/analysis/adam/programs"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return study_folder(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def package(study: Path) -> Path:
    return package_of(study, study.parent / "out")


def _text(path: Path) -> str:
    return " ".join("\n".join(page.extract_text() for page in PdfReader(path).pages).split())


def test_the_tree_is_that_of_an_ectd(package: Path) -> None:
    expected = {"manifest.json", "checksums.sha256"}
    expected |= {f"{SDTM}/{name}" for name in (
        "ae.xpt", "dm.xpt", "lb.xpt", "define.xml", "define2-1.xsl", "acrf.pdf", "csdrg.pdf",
    )}  # fmt: skip
    expected |= {f"{ADAM}/{name}" for name in ("adlb.xpt", "adsl.xpt", "define.xml", "define2-1.xsl", "adrg.pdf")}
    found = set(files(package))
    assert {name for name in found if not name.startswith(PROGRAMS)} == expected
    programs = {name.removeprefix(f"{PROGRAMS}/") for name in found if name.startswith(PROGRAMS)}
    assert {"readme.txt", "constants.txt", "adsl.txt", "adlb.txt", "table-windows.txt"} <= programs


def test_manifest_and_checksums_state_every_file(package: Path, study: Path) -> None:
    stated = json.loads((package / "manifest.json").read_text(encoding="utf-8"))
    content = {name: text for name, text in files(package).items() if name != "manifest.json"}
    assert {name: (one["sha256"], one["bytes"]) for name, one in stated["outputs"].items()} == {
        name: (hashlib.sha256(text).hexdigest(), len(text)) for name, text in content.items()
    }
    lines = content.pop("checksums.sha256").decode().splitlines()
    assert lines == [f"{hashlib.sha256(text).hexdigest()}  {name}" for name, text in content.items()]
    raw = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (study / "raw").iterdir()}
    assert stated["raw"] == raw
    assert stated["specification"]["sdtm/mapping/DM.csv"] == hashlib.sha256(
        (study / "sdtm" / "mapping" / "DM.csv").read_bytes()
    ).hexdigest()  # fmt: skip
    assert stated["code"]["sha256"] and stated["code"]["libraries"]["numpy"]


def _get(found: PdfObject, *names: str) -> DictionaryObject:
    """The dictionary at a path of names."""
    for name in names:
        found = cast(DictionaryObject, found.get_object())[name]
    return cast(DictionaryObject, found.get_object())


def test_every_font_of_the_documents_is_embedded(package: Path) -> None:
    for name in (f"{SDTM}/acrf.pdf", f"{SDTM}/csdrg.pdf", f"{ADAM}/adrg.pdf"):
        reader = PdfReader(package / name)
        fonts = [font for page in reader.pages for font in _get(page, "/Resources", "/Font").values()]
        found = [_get(font, "/FontDescriptor") for font in fonts]
        assert found and all("/FontFile2" in descriptor for descriptor in found), name


def test_two_packages_are_the_same_bytes(package: Path, study: Path, tmp_path: Path) -> None:
    again = package_of(study, tmp_path / "elsewhere", target=tmp_path / "delivery")
    assert files(again) == files(package)


def test_package_and_proof_in_parts_are_the_same(package: Path, study: Path, tmp_path: Path) -> None:
    asked = ["package", str(study), "--out", str(tmp_path), "--partitions", "3"]
    found = CliRunner().invoke(main, asked)
    assert found.exit_code == 0, found.output
    assert files(tmp_path / "package") == files(package)
    asked = ["verify", str(tmp_path / "package"), "--study", str(study), "--partitions", "2"]
    assert CliRunner().invoke(main, asked).exit_code == 0


def test_the_raw_tables_may_stand_elsewhere_and_constants_are_stated(study: Path, tmp_path: Path) -> None:
    asked = ["package", str(study), "--out", str(tmp_path), "--set", "RISE=4", "--raw", str(study / "raw")]
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 0, result.output
    assert f"build verify {tmp_path / 'package'}" in result.output
    stated = json.loads((tmp_path / "package" / "manifest.json").read_text(encoding="utf-8"))
    assert stated["constants"] == {"RISE": "4"}


def test_a_fault_leaves_the_package_that_was_there(study: Path, tmp_path: Path) -> None:
    own = study_folder(tmp_path)
    (tmp_path / "out" / "package").mkdir(parents=True)
    (tmp_path / "out" / "package" / "manifest.json").write_text("{}", encoding="utf-8")
    with (own / "sdtm" / "Guide.csv").open("a", encoding="utf-8") as stream:
        stream.write(",AE,2,A [link](nowhere.pdf).\n")
    result = CliRunner().invoke(main, ["package", str(own), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1, result.output
    assert f"{SDTM}/csdrg.pdf a link leads to nowhere.pdf, which is not there" in result.output
    assert files(tmp_path / "out") == {"package/manifest.json": b"{}"}


def test_a_folder_with_other_files_is_not_replaced(study: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    result = CliRunner().invoke(main, ["package", str(study), "--out", str(tmp_path / "o"), "--to", str(tmp_path)])
    assert result.exit_code == 1
    assert "holds files and is no package" in result.output
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_only_is_wrong_usage(study: Path) -> None:
    assert CliRunner().invoke(main, ["package", str(study), "--only", "DM"]).exit_code == 2


def test_a_specification_that_only_describes_has_no_package(tmp_path: Path) -> None:
    own = study_folder(tmp_path)
    for path in [*(own / "sdtm" / "mapping").iterdir(), *(own / "adam").rglob("*.csv")]:
        path.unlink()
    for name in ("Sources", "Tests", "Joins", "Forms", "Tables", "Collected", "Units"):
        (own / "sdtm" / f"{name}.csv").unlink(missing_ok=True)
    with pytest.raises(SpecError):
        package_of(own, tmp_path / "out")


# --- conformance ----------------------------------------------------------------------------------------

FINDINGS = """Rule,Severity,Dataset,Message,Explanation,Findings
SDTM-1,Warning,LB,a result without a range,The laboratory gives none.,7
SDTM-2,Error,DM,a subject without an age,,2
SDTM-2,Error,DM,a subject without an age,Asked the site.,2
ADAM-9,Warning,ADSL,a flag is missing,,1
"""


def test_without_a_conformance_report_the_guides_say_so(package: Path) -> None:
    assert "No conformance check was run on these data" in _text(package / SDTM / "csdrg.pdf")
    assert "No conformance check was run on these data" in _text(package / ADAM / "adrg.pdf")


def test_a_conformance_report_is_an_input(study: Path, tmp_path: Path) -> None:
    report = tmp_path / "findings.csv"
    report.write_text(FINDINGS, encoding="utf-8")
    asked = ["package", str(study), "--out", str(tmp_path / "out"), "--conformance", str(report)]
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 0, result.output
    found = tmp_path / "out" / "package"
    assert (found / "conformance.csv").read_text(encoding="utf-8") == FINDINGS
    stated = json.loads((found / "manifest.json").read_text(encoding="utf-8"))
    assert stated["conformance"] == hashlib.sha256(FINDINGS.encode()).hexdigest()
    text = _text(found / SDTM / "csdrg.pdf")
    assert "SDTM-1: a result without a range Warning 7 The laboratory gives none." in text
    assert "1 of the 2 lines below hold findings without an explanation." in text
    assert "Asked the site. 1 listed without an explanation." in text
    assert "ADAM-9" not in text
    assert "ADAM-9: a flag is missing Warning 1 None yet." in _text(found / ADAM / "adrg.pdf")
    proof = CliRunner().invoke(main, ["verify", str(found), "--study", str(study)])
    assert proof.exit_code == 0, proof.output
    (found / "conformance.csv").write_text(FINDINGS.replace("Asked", "Told"), encoding="utf-8")
    proof = CliRunner().invoke(main, ["verify", str(found), "--study", str(study)])
    assert proof.exit_code == 1
    assert "conformance.csv: is not the conformance report that the manifest states" in proof.output


def test_a_report_of_other_data_is_not_used(study: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "qc").mkdir(parents=True)
    (tmp_path / "out" / "qc" / "conformance.csv").write_text(FINDINGS, encoding="utf-8")
    said: list[str] = []
    import pipeline_submission

    found = pipeline_submission.package(pipeline.Request(study, tmp_path / "out", say=said.append)).folder
    assert any("is about other datasets than are built now" in line for line in said)
    assert not (found / "conformance.csv").exists()


def test_a_conformance_report_that_is_not_there(study: Path, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="is not there"):
        package_of(study, tmp_path, conformance=tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Rule,Severity\nA,B\n", "has no column Dataset, Message, Explanation"),
        ("Rule,Severity,Dataset,Message,Explanation,Count\nA,B,C,D,E,many\n", "'many' is no whole number"),
        ("", "is no CSV table"),
    ],
)
def test_a_table_that_is_no_conformance_report(tmp_path: Path, text: str, said: str) -> None:
    from submission.guide.conformance import read

    (tmp_path / "findings.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read(tmp_path / "findings.csv")


# --- size -----------------------------------------------------------------------------------------------


def test_a_dataset_above_the_limit_stands_in_parts_too(tmp_path: Path) -> None:
    own = study_folder(tmp_path, split_above='"3500 B"')
    found = package_of(own, tmp_path / "out")
    parts = sorted((found / SDTM / "split").iterdir())
    assert [path.name for path in parts] == ["lb1.xpt", "lb2.xpt"]
    whole = pyreadstat.read_xport(str(found / SDTM / "lb.xpt"))[0]
    held = [pyreadstat.read_xport(str(path)) for path in parts]
    assert [meta.table_name for _, meta in held] == ["LB1", "LB2"]
    assert [list(row) for data, _ in held for row in data.itertuples(index=False)] == [
        list(row) for row in whole.itertuples(index=False)
    ]
    subjects = [set(data["USUBJID"]) for data, _ in held]
    assert not subjects[0] & subjects[1]
    assert all(path.stat().st_size <= 3500 for path in parts)
    text = _text(found / SDTM / "csdrg.pdf")
    assert "LB1" in text and "records 1 to" in text


def test_a_subject_above_the_limit_is_an_error(tmp_path: Path) -> None:
    own = study_folder(tmp_path, split_above='"2500 B"')
    with pytest.raises(DataError, match="the records of one subject are more than a part may hold"):
        package_of(own, tmp_path / "out")


def test_a_slice_keeps_header_and_values(package: Path, tmp_path: Path) -> None:
    source = package / SDTM / "lb.xpt"
    write_slice(source, tmp_path / "lbx.xpt", 2, 5, "LBX")
    part, whole = xpt.read(tmp_path / "lbx.xpt"), xpt.read(source)
    assert (part.name, part.label, part.created, part.rows) == ("LBX", whole.label, whole.created, 3)
    for one, other in zip(part.columns, whole.columns):
        assert (one.name, one.label, one.length, one.format) == (other.name, other.label, other.length, other.format)
    frame = xpt.frame(whole).iloc[2:5].reset_index(drop=True)
    assert xpt.frame(part).equals(frame)
    with pytest.raises(xpt.XptError, match="no name for a dataset"):
        write_slice(source, tmp_path / "x.xpt", 0, 1, "NINECHARS")


# --- checks ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("m5/Define.xml", "'D' is not allowed in the name of a file or folder; names are in lower case"),
        ("m5/a b.pdf", "' ' is not allowed in the name"),
        ("m5/-a.pdf", "is no name for a file of an eCTD"),
        ("m5/a.b.pdf", "is no name for a file of an eCTD"),
        (f"m5/{'a' * 61}.pdf", "the name has 65 characters, at most 64 are allowed"),
        (f"m5/{'b' * 60}/{'c' * 60}/{'d' * 30}.pdf", "the path has 159 characters, at most 150 are allowed"),
    ],
)
def test_names_that_a_gateway_refuses(study: Path, tmp_path: Path, name: str, said: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    assert [said in str(problem) for problem in checks.check(tmp_path, load_study(study))] == [True]


def test_a_program_that_is_not_ascii(study: Path, tmp_path: Path) -> None:
    (tmp_path / "m5").mkdir()
    (tmp_path / "m5" / "a.txt").write_text("é", encoding="utf-8")
    found = checks.check(tmp_path, load_study(study))
    assert [str(problem) for problem in found] == ["m5/a.txt holds a character that is not ASCII; write it otherwise"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"Headache", b"Headach\xe9", "m5/ae.xpt [AETERM] record 1: 'Headaché' holds a character that is not"),
        (b"Headache", b"Head\tach", "m5/ae.xpt [AETERM] record 1: 'Head\\tach' holds a character that is not"),
        (b"Reported Term", b"Reported T\xebrm", "the label 'Reported Tërm for the Adverse Event' holds a character"),
        (b"SAS     AE      ", b"SAS     AX      ", "the dataset in it is named 'AX'"),
        (b"HEADER RECORD*******NAMESTR", b"HEADER RECORD*******NAMELESS", "m5/ae.xpt"),
    ],
)  # fmt: skip
def test_transport_files_that_a_reviewer_refuses(
    package: Path, study: Path, tmp_path: Path, old: bytes, new: bytes, said: str
) -> None:
    content = (package / SDTM / "ae.xpt").read_bytes()
    assert old in content
    (tmp_path / "m5").mkdir()
    (tmp_path / "m5" / "ae.xpt").write_bytes(content.replace(old, new, 1))
    found = [str(problem) for problem in checks.check(tmp_path, load_study(study))]
    assert any(said in line for line in found), found


def test_the_built_package_has_no_fault(package: Path, study: Path) -> None:
    assert checks.check(package, load_study(study)) == []


def test_programs_hold_the_rules_and_nothing_but_ascii(package: Path) -> None:
    text = (package / PROGRAMS / "adlb.txt").read_text(encoding="ascii")
    rule = [line.strip() for line in text.splitlines()]
    assert any(line.startswith("CHG") for line in rule) or any(line.startswith("AVAL") for line in rule)
    readme = (package / PROGRAMS / "readme.txt").read_text(encoding="ascii")
    assert "build verify PACKAGE" in readme


def test_first_text_of_each_variable_that_is_not_printable_ascii_is_told(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read in blocks of two records: B has it in the last, C in the first and again later."""
    monkeypatch.setattr(checks, "_STEP", 2)
    (tmp_path / "m5").mkdir()
    columns = {"A": list("abcde"), "N": np.arange(5.0), "B": list("abcd\u00e9"), "C": ["\u00b5b", *"abc", "\u00b5"]}
    frame = pd.DataFrame(columns)
    xpt.write_frame(tmp_path / "m5" / "xx.xpt", frame, dataset="XX", created=datetime(2026, 1, 5), encoding="latin-1")
    found = [str(problem) for problem in checks.check(tmp_path, load_study(study))]
    assert found == [
        "m5/xx.xpt [B] record 5: '\u00e9' holds a character that is not printable ASCII",
        "m5/xx.xpt [C] record 1: '\u00b5b' holds a character that is not printable ASCII",
    ]
