"""The analysis datasets hold what section 4 of the study design names: variables, parameters, windows, sets.

`adam_section4.csv` lists the variables dataset by dataset. Imputation flags that no record needs are left out of a
dataset, and so are reasons that no subject specified.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

LISTED = Path(__file__).with_name("adam_section4.csv")
WHEN_NEEDED = {"TRTSDTF", "TRTEDTF", "DCTREASP", "DCSREASP", "DTHDTF"}
PARAMETERS = {
    "ADIRAE": "IRAEGR RELW1 RELW1V RELW1P RELW1T G1W2 G1W4 G1W6 G1W8 G1W2V G1W4V G1W6V G1W8V"
    " SRELW1 SG1W2 SG1W4 SG1W6 SG1W8 SRELW1I SG1W8I",
    "ADTTE": "TTG1E TTG1S TTR1E TTR1S TTG1ET TTG1ESU TTG1ECD TTCSOFF",
    "ADCS": "CSCUM CSCUMKG CSDUR CSIVYN CSIVPCT CSIVDPC CSMAXD CSCUMALL CSPRE ISYN",
    "ADLB": "HGB WBC NEUT LYM PLAT PT APTT INR ALT AST ALP GGT BILI BILDIR CREAT ALB HCG"
    " CRCLCG ALTXULN ASTXULN BILIXULN APTTXULN PTXULN INRXULN",
}
# AVISIT: AVISITN, target day, first and last day of the window
WINDOWS = {
    "Baseline": (0, 1, None, 1), "Day 4": (1, 4, 2, 5), "Week 1": (2, 8, 6, 11), "Week 2": (3, 15, 12, 18),
    "Week 3": (4, 22, 19, 25), "Week 4": (5, 29, 26, 36), "Week 6": (6, 43, 37, 50), "Week 8": (7, 57, 51, 71),
    "Follow-up": (8, 87, 72, None),
}  # fmt: skip


def _read(out: Path, dataset: str) -> pd.DataFrame:
    path = out / "adam" / f"{dataset.lower()}.xpt"
    return pyreadstat.read_xport(str(path), disable_datetime_conversion=True)[0]


def _listed() -> list[tuple[str, list[str]]]:
    with LISTED.open(encoding="utf-8", newline="") as stream:
        return [(row["Dataset"], row["Variables"].split()) for row in csv.DictReader(stream)]


@pytest.mark.parametrize(("dataset", "variables"), _listed(), ids=[name for name, _ in _listed()])
def test_every_variable_of_section_4_is_there(study_build: Path, dataset: str, variables: list[str]) -> None:
    found = set(_read(study_build, dataset).columns)
    assert set(variables) - found == set()


@pytest.mark.parametrize("dataset", PARAMETERS)
def test_every_parameter_of_section_4_is_there(study_build: Path, dataset: str) -> None:
    assert set(_read(study_build, dataset)["PARAMCD"]) == set(PARAMETERS[dataset].split())


@pytest.mark.parametrize("dataset", ["ADIRAE", "ADLB"])
def test_windows_are_those_of_section_4(study_build: Path, dataset: str) -> None:
    data = _read(study_build, dataset)
    data = data[data["AVISIT"] != ""]
    for visit, records in data.groupby("AVISIT"):
        number, target, first, last = WINDOWS[str(visit)]
        assert set(records["AVISITN"]) == {number} and set(records["AWTARGET"]) == {target}
        assert first is None or records["ADY"].min() >= first
        assert last is None or records["ADY"].max() <= last
        across = ((records["ADY"] < 0) & (records["AWTARGET"] > 0)).astype(int)  # there is no Day 0
        assert ((records["ADY"] - records["AWTARGET"]).abs() - across == records["AWTDIFF"]).all()
    blood_is_drawn = set(WINDOWS) - {"Day 4"}
    assert set(data["AVISIT"]) >= (set(WINDOWS) if dataset == "ADIRAE" else blood_is_drawn)


def test_population_flags_of_every_set_are_y_or_n(study_build: Path) -> None:
    subjects = _read(study_build, "ADSL")
    for flag in ("RANDFL", "ITTFL", "FASFL", "SAFFL", "PPROTFL", "W1EVALFL"):
        assert set(subjects[flag]) <= {"Y", "N"}
    randomised = subjects["RANDDT"].notna()
    for flag in ("RANDFL", "ITTFL", "FASFL"):
        assert list(subjects[flag] == "Y") == list(randomised)
    assert set(subjects.loc[~randomised, "PPROTFL"]) == {"N"}
    excluded = randomised & (subjects["PPROTFL"] == "N")
    assert list(subjects["PPEXRS"] != "") == list(excluded)


def test_subgroups_of_section_4_have_both_sides(study_build: Path) -> None:
    subjects = _read(study_build, "ADSL")
    randomised = subjects[subjects["FASFL"] == "Y"]
    assert set(randomised["IDXORG"]) == {"LIVER", "LUNG", "GASTROINTESTINAL", "SKIN"}
    assert set(randomised["MAXGRGR1"]) == {"Grade 2", "Grade 3-4"}
    assert set(randomised["AGEGR1"]) == {"<65", ">=65"}
    assert set(randomised["SEX"]) == {"M", "F"} and set(randomised["CSPREFL"]) == {"Y", "N"}
    assert "COMBINATION" in set(randomised["ICICLAS"]) and set(randomised["NIRAE"]) >= {1, 2}


@pytest.mark.parametrize("dataset", ["ADAE", "ADIRAE", "ADTTE", "ADCM", "ADCS", "ADLB"])
def test_variables_of_the_subject_are_those_of_adsl(study_build: Path, dataset: str) -> None:
    subjects = _read(study_build, "ADSL").set_index("USUBJID")
    data = _read(study_build, dataset)
    named = {"TRTP": "TRT01P", "TRTPN": "TRT01PN", "TRTA": "TRT01A", "TRTAN": "TRT01AN"}
    shared = [name for name in data.columns if named.get(name, name) in subjects.columns]
    assert {"SUBJID", "FASFL", "PPROTFL", "RANDDT"} <= set(shared)
    for name in shared:
        expected = subjects[named.get(name, name)].reindex(data["USUBJID"]).to_numpy()
        assert pd.Series(expected).equals(data[name].reset_index(drop=True)), name
