"""PPROTFL and PPEXRS computed again from the files, rule by rule of the study design 4.8, in plain pandas."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

PLANNED = (1, 4, 8, 11, 15, 18, 22, 25, 29, 32, 36, 39, 43, 46, 50, 53)


@cache
def _read(out: Path, name: str) -> pd.DataFrame:
    path = out / ("adam" if name.startswith("AD") else "sdtm") / f"{name.lower()}.xpt"
    return pyreadstat.read_xport(str(path), disable_datetime_conversion=True)[0]


def _days(texts: pd.Series) -> pd.Series:
    return (pd.to_datetime(texts.str[:10]) - pd.Timestamp(1960, 1, 1)).dt.days


def _reason(out: Path, subject: pd.Series) -> str:
    """The first rule of 4.8 that a subject of the full analysis set fails."""

    def mine(name: str) -> pd.DataFrame:
        data = _read(out, name)
        return data[data["USUBJID"] == subject["USUBJID"]]

    criteria = mine("IE")
    if (criteria["VISIT"] != "PREVIOUS SCREENING").any():
        return "INCLUSION/EXCLUSION CRITERIA NOT MET"
    responses = mine("ADIRAE")
    targets = set(responses.loc[responses["PARAMCD"] == "RELW1", "AELNKID"])
    if not targets:
        return "NO TARGET IRAE OF GRADE 2-4 AT BASELINE"
    early = responses[(responses["PARAMCD"] == "IRAEGR") & responses["ADY"].between(2, 9)]
    if targets - set(early["AELNKID"]):
        return "NO GRADE OF A TARGET IRAE ON DAY 2-9"
    injections = mine("EX")
    injections = injections[injections["EXTRT"] == "THYMALFASIN"]
    given = (_days(injections["EXSTDTC"]) - subject["RANDDT"] + 1).tolist()
    if subject["ARM"].startswith("Thymosin"):
        if len({day for day in given if day in PLANNED and day <= 7}) < 2:
            return "FEWER THAN 2 PLANNED INJECTIONS BY DAY 7"
        if _compliance(out, subject, given) < 80:
            return "COMPLIANCE BELOW 80 PERCENT"
    elif given:
        return "THYMOSIN PRODUCT IN CONTROL ARM"
    return ""


def _compliance(out: Path, subject: pd.Series, given: list[float]) -> float:
    """Percent of the injections planned up to the first grade <=1 of all events, end of treatment or death."""
    times = _read(out, "ADTTE")
    relief = times[(times["USUBJID"] == subject["USUBJID"]) & (times["PARAMCD"] == "TTG1S") & (times["CNSR"] == 0)]
    last = min([56.0, *relief["ADY"]])
    ends = _read(out, "DS")
    ends = ends[(ends["USUBJID"] == subject["USUBJID"]) & (ends["DSSCAT"] == "STUDY TREATMENT")]
    stop = [*(_days(ends["DSSTDTC"]) - subject["RANDDT"] + 1), subject["DTHDT"] - subject["RANDDT"] + 1]
    planned = min([last, *(day for day in stop if day == day)])
    return 100 * sum(day <= last for day in given) / sum(day <= planned for day in PLANNED)


@pytest.mark.parametrize("build", ["golden_build", "study_build"])
def test_per_protocol_set_by_the_rules_of_the_design(request: pytest.FixtureRequest, build: str) -> None:
    out: Path = request.getfixturevalue(build)
    subjects = _read(out, "ADSL")
    reasons = set()
    for _, subject in subjects.iterrows():
        randomised = subject["FASFL"] == "Y"
        expected = _reason(out, subject) if randomised else ""
        assert subject["PPEXRS"] == expected, subject["USUBJID"]
        assert subject["PPROTFL"] == ("Y" if randomised and not expected else "N"), subject["USUBJID"]
        reasons.add(expected)
    assert len(reasons) > 1


def test_re_screened_person_is_judged_by_the_screening_that_led_to_the_study(study_build: Path) -> None:
    subjects = _read(study_build, "ADSL").set_index("USUBJID")
    earlier = _read(study_build, "IE")
    earlier = set(earlier.loc[earlier["VISIT"] == "PREVIOUS SCREENING", "USUBJID"])
    assert earlier and all(subjects.loc[list(earlier), "PPEXRS"] == "")
