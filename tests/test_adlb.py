"""ADLB computed again from LB and ADSL in plain pandas: baseline, ranges, derived parameters, windows, checks."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import pipeline
import simulate
from specs.problem import DataError, SpecError


@cache
def _read(out: Path, name: str) -> pd.DataFrame:
    path = out / ("adam" if name.startswith("AD") else "sdtm") / f"{name.lower()}.xpt"
    return pyreadstat.read_xport(str(path), disable_datetime_conversion=True)[0]


@pytest.fixture(scope="module")
def adlb(study_build: Path) -> pd.DataFrame:
    """ADLB with the date and time of LB and the baseline date beside each record, in the order of time."""
    data = _read(study_build, "ADLB")
    times = _read(study_build, "LB")[["USUBJID", "LBSEQ", "LBDTC"]]
    subjects = _read(study_build, "ADSL")[["USUBJID", "WEIGHTBL"]]
    ends = _read(study_build, "DM")[["USUBJID", "RFPENDTC"]]
    data = data.merge(times, on=["USUBJID", "LBSEQ"]).merge(subjects, on="USUBJID").merge(ends, on="USUBJID")
    end = (pd.to_datetime(data["RFPENDTC"]) - pd.Timestamp(1960, 1, 1)).dt.days
    data["_baseline_day"] = data["RANDDT"].fillna(end)
    order = ["USUBJID", "PARAMCD", "ADT", "LBDTC", "VISITNUM", "LBSEQ"]
    return data.sort_values(order, ignore_index=True)


def test_t16_baseline_is_the_last_value_before_treatment_and_one_a_parameter(adlb: pd.DataFrame) -> None:
    usable = adlb[(adlb["AVAL"].notna() | (adlb["AVALC"] != "")) & (adlb["ADT"] <= adlb["_baseline_day"])]
    expected = usable.groupby(["USUBJID", "PARAMCD"])["LBSEQ"].last()
    flagged = adlb[adlb["ABLFL"] == "Y"].set_index(["USUBJID", "PARAMCD"])["LBSEQ"]
    assert flagged.index.is_unique
    pd.testing.assert_series_equal(flagged.sort_index(), expected.sort_index())


def test_t16_base_change_and_baseline_grades_are_those_of_the_baseline_record(adlb: pd.DataFrame) -> None:
    base = adlb[adlb["ABLFL"] == "Y"].set_index(["USUBJID", "PARAMCD"])
    keys = pd.MultiIndex.from_frame(adlb[["USUBJID", "PARAMCD"]])
    for name, source in (("BASE", "AVAL"), ("BNRIND", "ANRIND"), ("BTOXGRL", "ATOXGRL"), ("BTOXGRH", "ATOXGRH")):
        expected = base[source].reindex(keys).reset_index(drop=True)
        blank = np.nan if name == "BASE" else ""
        assert expected.fillna(blank).equals(adlb[name].fillna(blank)), name
    assert np.allclose(adlb["CHG"], adlb["AVAL"] - adlb["BASE"], equal_nan=True)


def test_baseline_flag_of_randomised_subjects_agrees_with_lb(study_build: Path, adlb: pd.DataFrame) -> None:
    lb = _read(study_build, "LB")
    expected = set(map(tuple, lb.loc[lb["LBBLFL"] == "Y", ["USUBJID", "LBSEQ"]].to_numpy().tolist()))
    mine = adlb[(adlb["ABLFL"] == "Y") & (adlb["PARAMTYP"] == "") & adlb["RANDDT"].notna()]
    assert set(map(tuple, mine[["USUBJID", "LBSEQ"]].to_numpy().tolist())) == expected


def test_range_indicators_say_where_the_value_lies(adlb: pd.DataFrame) -> None:
    expected = np.select(
        [adlb["AVAL"] < adlb["ANRLO"], adlb["AVAL"] > adlb["ANRHI"],
         adlb["AVAL"].between(adlb["ANRLO"], adlb["ANRHI"])], ["LOW", "HIGH", "NORMAL"], "",
    )  # fmt: skip
    assert list(adlb["ANRIND"]) == list(expected)
    met = np.where(adlb["A1LO"].notna(), adlb["AVAL"] >= adlb["A1LO"], adlb["AVAL"] <= adlb["A1HI"])
    limited = (adlb["A1LO"].notna() | adlb["A1HI"].notna()) & adlb["AVAL"].notna()
    assert list(adlb["A1IND"]) == list(np.where(limited, np.where(met, "MET", "NOT MET"), ""))
    limits = adlb.groupby("PARAMCD")["A1LO"].first()
    assert limits.dropna().to_dict() == {"HGB": 90, "NEUT": 1, "LYM": 0.5, "PLAT": 75, "CRCLCG": 40}
    coagulation = adlb[adlb["PARAMCD"].isin(["PT", "APTT", "INR"])]
    assert np.allclose(coagulation["A1HI"], 1.5 * coagulation["ANRHI"])
    assert set(adlb.loc[adlb["PARAMCD"].isin(["PTXULN", "APTTXULN", "INRXULN"]), "A1HI"]) == {1.5}


@pytest.mark.parametrize("source", ["ALT", "AST", "BILI", "APTT", "PT", "INR"])
def test_multiples_of_the_upper_limit(adlb: pd.DataFrame, source: str) -> None:
    own = adlb[adlb["PARAMCD"] == source].set_index(["USUBJID", "LBSEQ"])
    ratio = adlb[adlb["PARAMCD"] == f"{source}XULN"].set_index(["USUBJID", "LBSEQ"])
    expected = (own["AVAL"] / own["ANRHI"]).dropna()
    assert np.allclose(ratio["AVAL"].reindex(expected.index), expected)
    assert len(ratio) == own["AVAL"].notna().sum()
    assert list(ratio["DTYPE"]) == list(own.loc[ratio.index, "DTYPE"])
    assert set(ratio["PARAMTYP"]) == {"DERIVED"}


def test_creatinine_clearance_by_cockcroft_and_gault(adlb: pd.DataFrame, study_build: Path) -> None:
    own = adlb[(adlb["PARAMCD"] == "CREAT") & adlb["AVAL"].notna()].set_index(["USUBJID", "LBSEQ"])
    milligrams = own["AVAL"] / 88.4
    expected = (140 - own["AGE"]) * own["WEIGHTBL"] / (72 * milligrams) * np.where(own["SEX"] == "F", 0.85, 1.0)
    found = adlb[adlb["PARAMCD"] == "CRCLCG"].set_index(["USUBJID", "LBSEQ"])
    assert len(found) == len(own) and np.allclose(found["AVAL"].reindex(own.index), expected)
    baseline = found[found["ABLFL"] == "Y"].reset_index().set_index("USUBJID")["AVAL"]
    subjects = _read(study_build, "ADSL").set_index("USUBJID")["CRCLBL"]
    assert np.allclose(subjects, baseline.reindex(subjects.index))


def test_flagged_result_of_a_visit_is_the_closest_then_the_later(adlb: pd.DataFrame) -> None:
    usable = adlb[(adlb["AVISIT"] != "") & (adlb["AVAL"].notna() | (adlb["AVALC"] != ""))]
    ordered = usable.sort_values(
        ["USUBJID", "PARAMCD", "AVISITN", "AWTDIFF", "ADT", "LBDTC", "VISITNUM", "LBSEQ"],
        ascending=[True, True, True, True, False, False, False, False],
    )
    expected = ordered.groupby(["USUBJID", "PARAMCD", "AVISITN"])["LBSEQ"].first()
    flagged = adlb[adlb["ANL01FL"] == "Y"].set_index(["USUBJID", "PARAMCD", "AVISITN"])["LBSEQ"]
    pd.testing.assert_series_equal(flagged.sort_index(), expected.sort_index())


def test_t16_parameters_are_one_to_one(adlb: pd.DataFrame) -> None:
    for left, right in (("PARAM", "PARAMCD"), ("PARAMN", "PARAMCD"), ("AVISIT", "AVISITN")):
        pairs = adlb[[left, right]].drop_duplicates().dropna()
        assert pairs[left].is_unique and pairs[right].is_unique
    assert {"Hemoglobin (g/L)", "Choriogonadotropin Beta"} <= set(adlb["PARAM"])


def test_t17_every_result_of_lb_is_there_once(study_build: Path, adlb: pd.DataFrame) -> None:
    lb = _read(study_build, "LB")
    wanted = lb.loc[lb["LBORRES"] != "", ["USUBJID", "LBSEQ"]]
    own = adlb.loc[adlb["PARAMTYP"] == "", ["USUBJID", "LBSEQ"]]
    assert sorted(map(tuple, own.to_numpy().tolist())) == sorted(map(tuple, wanted.to_numpy().tolist()))


# --- faults planted in the specification or the data ----------------------------------------------------------


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SDTM of the golden subjects, to build ADaM from again and again."""
    folder = tmp_path_factory.mktemp("planted")
    simulate.write("golden", folder / "raw")
    pipeline.sdtm(pipeline.Request(pipeline.REFERENCE, folder / "out", folder / "raw"))
    return folder


def _with(tmp_path: Path, golden: Path, file: str, old: str, new: str) -> pipeline.Request:
    """A request to build ADaM with one cell of the reference study changed."""
    study = tmp_path / "study"
    shutil.copytree(pipeline.REFERENCE, study, ignore=shutil.ignore_patterns("raw"))
    path = study / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    shutil.copytree(golden / "out", tmp_path / "out")
    return pipeline.Request(study, tmp_path / "out", golden / "raw")


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("T16-10", "LB.LBTEST + ' (' + LB.LBSTRESU + ')'", "LB.LBTEST + ' (' + LB.LBORRESU + ')'"),
        ("T16-14", "\"only(AVAL, by=PARAMCD, where=ABLFL == 'Y')\"", '"max(AVAL, by=PARAMCD)"'),
        ("T16-15", "AVAL - BASE", "BASE - AVAL"),
        ("T16-18", "text(ATOXGRLN)", "text(ATOXGRLN + 1)"),
        ("T17-16", "LB.LBSTRESN,", "LB.LBSTRESN + 1,"),
        ("T18-04", "date(LB.LBDTC)", "date(LB.LBDTC) + 1"),
    ],
)
def test_check_finds_a_fault_that_is_planted(tmp_path: Path, golden: Path, rule: str, old: str, new: str) -> None:
    request = _with(tmp_path, golden, "adam/mapping/ADLB.csv", old, new)
    with pytest.raises(DataError, match=rule):
        pipeline.adam(request)


def test_hepatitis_of_another_grade_than_alt_is_an_issue(tmp_path: Path, golden: Path) -> None:
    request = _with(tmp_path, golden, "adam/Parameters.csv", "OBS.AVAL / OBS.ANRHI,", "25 * OBS.AVAL / OBS.ANRHI,")
    pipeline.adam(request)
    found = pd.read_csv(tmp_path / "out/adam/qc/issues.csv", keep_default_na=False)
    told = found[found["Rule"] == "HEP-01"]
    assert len(told) > 0 and set(told["USUBJID"]) <= {"NCT06178146-01-9002", "NCT06178146-01-9005"}


def test_grading_without_a_unit_is_told(tmp_path: Path, golden: Path) -> None:
    request = _with(tmp_path, golden, "adam/mapping/ADLB.csv", "criteria('CTCAE 5.0 LOW', AVALU=LB.LBSTRESU)",
                    "criteria('CTCAE 5.0 LOW', AVALU=LB.LBTESTCD)")  # fmt: skip
    pipeline.adam(request)
    found = pd.read_csv(tmp_path / "out/adam/qc/issues.csv", keep_default_na=False)
    told = found[(found["Kind"] == "criterion") & (found["Variable"] == "ATOXGRLN")]
    lb = _read(tmp_path / "out", "LB")
    assert len(told) == lb["LBTESTCD"].isin(["HGB", "NEUT", "LYM", "PLAT", "ALB"]).sum()
    assert set(told["Rule"]) == {"CTCAE-01"}


def test_grading_without_a_column_is_found_before_data_are_read(tmp_path: Path, golden: Path) -> None:
    request = _with(tmp_path, golden, "adam/mapping/ADLB.csv", "criteria('CTCAE 5.0 LOW', AVALU=LB.LBSTRESU)",
                    "criteria('CTCAE 5.0 LOW')")  # fmt: skip
    with pytest.raises(SpecError, match=r"mapping/ADLB.csv:\d+ \[Expression\] criteria 'CTCAE 5.0 LOW' need AVALU"):
        pipeline.check(request)
