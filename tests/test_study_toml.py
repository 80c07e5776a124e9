"""study.toml: constants, standards, `--set`; and faults of several files reported together."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest
from small_study import SDTM, TOML, faults, study, variables

import pipeline
from specs.load import load, load_study
from specs.problem import SpecError

TINY = Path(__file__).parent / "tiny_study"


def test_constants_and_settings(tmp_path: Path) -> None:
    found = load_study(study(tmp_path, SDTM, {"study.toml": TOML + '[rules]\nnot_mapped = "M-01"\n'}))
    assert found.id == "S1"
    assert found.constants == {"STUDYID": "S1", "CUTOFF": "2025-04-30", "DOSE": 1.6, "SOC_IN_EX": False}
    assert found.settings["rules"] == {"not_mapped": "M-01"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[datacutt]\ndate = 'X'\n",
         "study.toml [datacutt] is no section or setting of a study; did you mean 'datacut'?"),
        ("[results]\nqestion = 'X'\n",
         "study.toml [results.qestion] is not a setting of the results; did you mean 'question'?"),
        ("colour = 'red'\n", "study.toml [colour] is no section or setting of a study; known: title, constants, "),
    ],
)  # fmt: skip
def test_section_or_setting_that_nobody_knows_is_a_fault(tmp_path: Path, text: str, said: str) -> None:
    """A misspelled data cut would be no data cut."""
    with pytest.raises(SpecError) as caught:
        load_study(study(tmp_path, SDTM, {"study.toml": f"{text}{TOML}" if text.startswith("colour") else TOML + text}))
    assert str(caught.value).startswith(said)


def test_set_replaces_a_constant_in_its_type(tmp_path: Path) -> None:
    changes = {"DOSE": "2", "SOC_IN_EX": "true", "STUDYID": "007"}
    found = load_study(study(tmp_path, SDTM, {}), changes).constants
    assert (found["DOSE"], found["SOC_IN_EX"], found["STUDYID"]) == (2.0, True, "007")


def test_set_of_an_unknown_constant_and_of_another_type(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        load_study(study(tmp_path, SDTM, {}), {"SOCINEX": "true", "DOSE": "much"})
    assert [str(problem) for problem in caught.value.problems] == [
        "--set [DOSE] 'much' is not a number; the constant is 1.6",
        "--set [SOCINEX] study.toml has no constant 'SOCINEX'; did you mean 'SOC_IN_EX'?",
    ]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1" + "0" * 400])
def test_constant_that_is_no_number(tmp_path: Path, value: str) -> None:
    with pytest.raises(SpecError) as caught:
        load_study(study(tmp_path, SDTM, {"study.toml": TOML.replace("DOSE = 1.6", f"DOSE = {value}")}))
    assert "study.toml [DOSE]" in str(caught.value) and "is no number that can be held" in str(caught.value)


@pytest.mark.parametrize("value", ["nan", "inf", "1_000", "1e400", "٣"])
def test_set_to_what_only_python_takes_for_a_number(tmp_path: Path, value: str) -> None:
    with pytest.raises(SpecError) as caught:
        load_study(study(tmp_path, SDTM, {}), {"DOSE": value})
    assert str(caught.value.problems[0]) == f"--set [DOSE] {value!r} is not a number; the constant is 1.6"


def test_constant_twice(tmp_path: Path) -> None:
    content = TOML + "[constants]\nDOSE = 2\n"
    assert faults(tmp_path, {"study.toml": content}) == [
        "study.toml [DOSE] the constant is given twice; keep one of the two"
    ]


def test_toml_that_cannot_be_read(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, {"study.toml": "STUDYID = S1\n"})
    assert fault.startswith("study.toml:1 not valid TOML")


def test_standard_that_is_missing_or_unknown(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, {"study.toml": '[standards]\nsdtmig = "3.9"\n'})
    assert fault == "study.toml [standards.sdtmig] version 3.9 is not in specs/standards; there is SDTMIG 3.4"
    (fault,) = faults(tmp_path, {"study.toml": '[standards]\ndefine = "2.0"\n'})
    assert fault == 'study.toml [standards.define] Define-XML 2.0 is not written; Define-XML 2.1 is: write "2.1"'
    found = faults(tmp_path, {"study.toml": '[standards]\nsdtmig = "3.4"\n'})
    assert found[0].startswith("study.toml [standards.sdtmct] is missing")


def test_folder_that_is_no_study(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"study\.toml is not in"):
        load(tmp_path, "sdtm")


def test_all_faults_are_reported_together(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        {
            **variables("DN,SEX,,"),
            "sdtm/mapping/AE.csv": "Variable,Order,Expression\n_X,a,\n",
            "sdtm/Codelists.csv": "ID,Term\nSEX,X\n",
        },
    )
    assert [fault.split()[0] for fault in found] == [
        "sdtm/Codelists.csv:2",
        "sdtm/Variables.csv:11",
        "sdtm/mapping/AE.csv:2",
    ]


# --- the tables [output], [rules], [standards] --------------------------------------------------------------


def test_output_and_rules_are_read_once(tmp_path: Path) -> None:
    content = TOML + '[output]\ncreated = "2025-04-30T12:00:00"\nencoding = "latin-1"\n[rules]\nduplicate = "R-1"\n'
    found = load_study(study(tmp_path, SDTM, {"study.toml": content}))
    assert (found.created, found.encoding) == (datetime(2025, 4, 30, 12), "latin-1")
    assert found.rules == {"duplicate": "R-1"}
    assert found.standards["sdtmig"] == "3.4"


def test_output_and_rules_that_are_not_given(tmp_path: Path) -> None:
    found = load_study(study(tmp_path, SDTM, {}))
    assert (found.created, found.encoding, found.rules) == (datetime(1960, 1, 1), "ascii", {})


@pytest.mark.parametrize("value", ["2025-04-30T00:00:00", "2025-04-30"])
def test_created_may_be_a_date_of_toml(tmp_path: Path, value: str) -> None:
    content = TOML + f"[output]\ncreated = {value}\n"
    assert load_study(study(tmp_path, SDTM, {"study.toml": content})).created == datetime(2025, 4, 30)


SECTION_FAULTS = [
    ('[output]\ncreated = "30APR2025"', "output.created", "'30APR2025' is not an ISO 8601 date and time"),
    ("[output]\ncreated = 2025", "output.created", "2025 is not an ISO 8601 date and time"),
    ('[output]\nencoding = ["utf-8"]', "output.encoding", "['utf-8'] is not an encoding of transport files"),
    ('[output]\nencoding = "utf8x"', "output.encoding", "'utf8x' is not an encoding of transport files"),
    ('[output]\nencoding = "utf-16"', "output.encoding", "'utf-16' is not an encoding of transport files"),
    ('[output]\nencoding = "rot13"', "output.encoding", "'rot13' is not an encoding of transport files"),
    ('[output]\nencodng = "utf-8"', "output.encodng", "is not a setting of the output; did you mean 'encoding'?"),
    ('[[output]]\ncreated = "2025-04-30"', "output", "is not a table"),
    ("[rules]\nduplicate = 2", "rules.duplicate", "is not text"),
]


@pytest.mark.parametrize(("section", "key", "message"), SECTION_FAULTS)
def test_faults_of_the_sections(tmp_path: Path, section: str, key: str, message: str) -> None:
    (found,) = faults(tmp_path, {"study.toml": TOML + section + "\n"})
    assert found.startswith(f"study.toml [{key}] {message}")


def test_rules_that_are_a_list(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, {"study.toml": 'rules = ["R-1"]\n' + TOML})
    assert found == 'study.toml [rules] is not a table; write [rules] and duplicate = "M-02" below it'


def test_study_identifier_that_is_a_number(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, {"study.toml": TOML.replace('STUDYID = "S1"', "STUDYID = 6178146")})
    assert found == 'study.toml [STUDYID] is not text; write it in quotes: STUDYID = "6178146"'


@pytest.mark.parametrize(
    ("name", "folder"),
    [("NCT06178146", "NCT06178146"), ("../a", ".._a"), ("..", "__"), (".", "_"), ("A/1 ü", "A_1__"), ("/etc", "_etc")],
)
def test_folder_name_is_one_folder(tmp_path: Path, name: str, folder: str) -> None:
    content = TOML.replace('STUDYID = "S1"', f'STUDYID = "{name}"')
    assert load_study(study(tmp_path, SDTM, {"study.toml": content})).folder_name == folder


@pytest.mark.parametrize(("encoding", "written"), [("latin-1", b"caf\xe9"), ("utf-8", b"caf\xc3\xa9")])
def test_every_stage_uses_the_encoding_of_the_study(tmp_path: Path, encoding: str, written: bytes) -> None:
    folder = Path(shutil.copytree(TINY, tmp_path / "study"))
    for name, old, new in (
        ("raw/events.csv", "Headache", "Headache at the café"),
        ("sdtm/Codelists.csv", "Ginger tea", "Ginger tea of the café"),
        ("study.toml", "[output]", f'[output]\nencoding = "{encoding}"'),
    ):
        text = (folder / name).read_text(encoding="utf-8")
        assert text.count(old) == 1
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    out = tmp_path / "out"
    pipeline.everything(pipeline.Request(folder, out))
    assert written in (out / "sdtm" / "ae.xpt").read_bytes()
    assert written in (out / "adam" / "adsl.xpt").read_bytes()
    assert "Ginger tea of the café" in (out / "sdtm" / "define.xml").read_text(encoding="utf-8")
    assert "Ginger tea of the café" in (out / "results" / "index.html").read_text(encoding="utf-8")
