"""study.toml: constants, standards, `--set`; and faults of several files reported together."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_study import SDTM, TOML, faults, study, variables

from specs.load import load, load_study
from specs.problem import SpecError


def test_constants_and_settings(tmp_path: Path) -> None:
    found = load_study(study(tmp_path, SDTM, {"study.toml": TOML + '[rules]\nnot_mapped = "M-01"\n'}))
    assert found.id == "S1"
    assert found.constants == {"STUDYID": "S1", "CUTOFF": "2025-04-30", "DOSE": 1.6, "SOC_IN_EX": False}
    assert found.settings["rules"] == {"not_mapped": "M-01"}


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
