"""Conformance traps T-02 to T-15 and T-20 of the study design: each test fails where its rule is taken out.

The study build holds the messiness that springs the traps; what it does not hold is planted.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from study_data import Row, dataset, iso, issues, person, places, record, records, rows, where

import pipeline
import simulate
from specs.problem import DataError

STANDARD = Path(pipeline.__file__).parent / "specs" / "standards" / "sdtmig-3.4.csv"
COMPLETE = re.compile(r"\d{4}-\d{2}-\d{2}(T.*)?")


def names(out: Path) -> list[str]:
    return [path.stem.upper() for path in sorted((out / "sdtm").glob("*.xpt"))]


def days(data: pd.DataFrame) -> list[tuple[str, str]]:
    """The pairs of date and study day that a dataset has."""
    pairs = [(name, f"{name[:-3]}DY") for name in data.columns if name.endswith("DTC")]
    return [(date, day) for date, day in pairs if day in data.columns]


# --- T-02, T-03: arms -----------------------------------------------------------------------------------


def test_t02_a_subject_never_injected_keeps_the_planned_arm(study_build: Path) -> None:
    subject = record(study_build, "DM", USUBJID="NCT06178146-01-9007")
    assert (subject["ARMCD"], subject["ACTARMCD"], subject["ARMNRS"]) == ("TA1", "CTRL", "")
    randomised = {person(study_build, row["SUBJECT"]): row["ARM_C"] for row in rows(study_build, "rand")}
    given = {person(study_build, row["SUBJECT"]) for row in rows(study_build, "sd") if row["GIVEN_C"] == "1"}
    for _, found in dataset(study_build, "DM").iterrows():
        usubjid = found["USUBJID"]
        assert found["ARMCD"] == {"A": "TA1", "B": "CTRL"}.get(randomised.get(usubjid, ""), "")
        actual = ("TA1" if usubjid in given else "CTRL") if usubjid in randomised else ""
        assert found["ACTARMCD"] == actual


def test_t03_reference_dates_and_arms_go_together(study_build: Path) -> None:
    for _, subject in dataset(study_build, "DM").iterrows():
        arms = {subject[name] == "" for name in ("ARMCD", "ARM", "ACTARMCD", "ACTARM", "RFSTDTC", "RFENDTC")}
        assert arms == {subject["ARMNRS"] != ""}, subject["USUBJID"]
    assert "Screen Failure" not in set(dataset(study_build, "DM")["ARM"])


# --- T-04: findings about events ------------------------------------------------------------------------


def test_t04_the_object_is_the_preferred_term_of_the_linked_event(study_build: Path) -> None:
    events = dataset(study_build, "AE").set_index(["USUBJID", "AELNKID"])["AEDECOD"]
    grades = dataset(study_build, "FAAE")
    assert list(grades["FAOBJ"]) == [events[key] for key in zip(grades["USUBJID"], grades["FALNKID"], strict=True)]
    terms = {(person(study_build, row["SUBJECT"]), row["AENO"].zfill(2)): row["PT"] for row in rows(study_build, "ae")}
    assert all(terms[row["USUBJID"], row["FALNKID"]] == row["FAOBJ"] for _, row in grades.iterrows())


# --- T-05: exposure -------------------------------------------------------------------------------------


def test_t05_first_and_last_treatment_are_the_texts_of_ex(study_build: Path) -> None:
    given: dict[str, list[str]] = {}
    for row in where(study_build, "sd", lambda row: row["GIVEN_C"] == "1"):
        given.setdefault(person(study_build, row["SUBJECT"]), []).append(f"{iso(row, 'SD')}T{row['SDTIM']}")
    for _, subject in dataset(study_build, "DM").iterrows():
        times = given.get(subject["USUBJID"], [""])
        assert (subject["RFXSTDTC"], subject["RFXENDTC"]) == (min(times), max(times))


def test_d06_a_missed_injection_is_in_ec_with_its_reason(study_build: Path) -> None:
    reasons = {"药品未到": "Study drug not delivered", "研究者决定": "Investigator decision",
               "患者未到访": "Subject did not attend"}  # fmt: skip
    for row in where(study_build, "sd", lambda row: row["GIVEN_C"] == "0"):
        missed = record(study_build, "EC", ECSPID=row["RECID"])
        assert (missed["ECOCCUR"], missed["ECREASOC"]) == ("N", reasons[row["SDREAS"]])
        assert missed["ECDOSE"] != missed["ECDOSE"] and missed["ECSTDTC"] == iso(row, "SD")
        assert records(study_build, "EX", EXSPID=row["RECID"]).empty
    taken = records(study_build, "EC", ECOCCUR="Y")
    assert list(taken["ECLNKID"]) == list(dataset(study_build, "EX")["EXLNKID"])


# --- T-06: study days -----------------------------------------------------------------------------------


def test_t06_study_days_have_no_zero_and_need_complete_dates(study_build: Path) -> None:
    start = dataset(study_build, "DM").set_index("USUBJID")["RFSTDTC"]
    seen = 0
    for name in names(study_build):
        data = dataset(study_build, name)
        for date, day in days(data):
            assert not (data[day] == 0).any(), f"{name}.{day}"
            for usubjid, text, value in zip(data["USUBJID"], data[date], data[day], strict=True):
                known = bool(COMPLETE.fullmatch(text)) and start[usubjid] != ""
                assert (value == value) == known, f"{name}.{day} of {usubjid}: {text}"
                if known:
                    gap = (pd.Timestamp(text[:10]) - pd.Timestamp(start[usubjid])).days
                    assert value == gap + (gap >= 0)
                seen += 1
    assert seen > 1000


# --- T-07 to T-09: results and doses --------------------------------------------------------------------


def test_t07_a_result_with_an_operator_keeps_its_reference_range(study_build: Path) -> None:
    for row in where(study_build, "lb", lambda row: row["LBRES"] == "<5"):
        kept = record(study_build, "LB", USUBJID=person(study_build, row["SUBJECT"]), LBREFID=row["LBSPID"],
                      LBTESTCD=row["LBCODE"])  # fmt: skip
        assert (kept["LBORNRLO"], kept["LBORNRHI"]) == (row["LBLO"], row["LBHI"])
        assert (kept["LBSTRESC"], kept["LBNRIND"]) == ("<5", "LOW")


def test_t08_a_dose_is_a_number_or_a_text(study_build: Path) -> None:
    doses = dataset(study_build, "CM")
    texts = doses[doses["CMDOSTXT"] != ""]
    assert len(texts) and not texts["CMDOSE"].notna().any()
    assert not texts["CMDOSTXT"].str.fullmatch(r"[\d.]+").any()
    bare = doses[(doses["CMDOSE"].notna() | (doses["CMDOSTXT"] != "")) & (doses["CMDOSU"] == "")]
    found = {form: issues(study_build, "T-08", form) for form in ("cm", "cs")}
    assert {f"{form.upper()}-{r}" for form in found for _, _, r in found[form]} == set(bare["CMSPID"])


def test_t09_one_standard_unit_per_test_and_numbers_where_the_text_is_one(study_build: Path) -> None:
    for name, letters in (("LB", "LB"), ("VS", "VS"), ("FAAE", "FA"), ("RS", "RS")):
        data = dataset(study_build, name)
        text = data[f"{letters}STRESC"]
        numeric = text.str.fullmatch(r"-?\d+(\.\d+)?")
        assert list(data[f"{letters}STRESN"].notna()) == list(numeric)
        if f"{letters}STRESU" in data:
            units = data[text != ""].groupby(f"{letters}TESTCD")[f"{letters}STRESU"].nunique()
            assert (units == 1).all()


# --- T-10 to T-12: events -------------------------------------------------------------------------------


def test_t10_ends_agree_with_outcomes(study_build: Path) -> None:
    death = dataset(study_build, "DM").set_index("USUBJID")["DTHDTC"]
    events = dataset(study_build, "AE")
    fatal = events[events["AEOUT"] == "FATAL"]
    known = fatal[fatal["USUBJID"].map(death) != ""]
    assert len(known) and list(known["AEENDTC"]) == list(known["USUBJID"].map(death))
    open_ended = events[events["AEOUT"] == "NOT RECOVERED/NOT RESOLVED"]
    assert len(open_ended) and set(open_ended["AEENDTC"]) == {""}
    recovered = events[events["AEOUT"].isin(["RECOVERED/RESOLVED", "RECOVERED/RESOLVED WITH SEQUELAE"])]
    without = recovered[recovered["AEENDTC"] == ""]
    late = {r for _, _, r in issues(study_build, "T-10", "ae") | issues(study_build, "M-24", "ae")
            | issues(study_build, "M-18", "ae")}  # fmt: skip
    told = {(person(study_build, r["SUBJECT"]), r["AENO"].zfill(2)) for r in rows(study_build, "ae")
            if r["RECID"] in late}  # fmt: skip
    assert set(zip(without["USUBJID"], without["AESPID"], strict=True)) <= told


def test_t11_death_is_one_date_in_every_dataset(study_build: Path) -> None:
    for row in where(study_build, "dd", lambda row: True):
        usubjid = person(study_build, row["SUBJECT"])
        subject = record(study_build, "DM", USUBJID=usubjid)
        (left,) = [ds for ds in rows(study_build, "ds") if ds["SUBJECT"] == row["SUBJECT"] and ds["EOSREAS_C"] == "2"]
        death = iso(left, "EOS") if iso(left, "EOS").startswith(iso(row, "DTH")) else iso(row, "DTH")
        assert (subject["DTHFL"], subject["DTHDTC"]) == ("Y", death)
        assert set(records(study_build, "DS", USUBJID=usubjid, DSDECOD="DEATH")["DSSTDTC"]) == {death}
        assert record(study_build, "DD", USUBJID=usubjid)["DDTESTCD"] == "PRCDTH"
        assert subject["RFENDTC"] == death
    alone = {r["SUBJECT"] for r in rows(study_build, "ae") if r["AEOUT_C"] == "5"}
    alone -= {r["SUBJECT"] for r in rows(study_build, "dd")}
    assert alone
    for subject in alone:
        left = next(row for row in rows(study_build, "ds") if row["SUBJECT"] == subject)
        assert left["EOSREAS_C"] == "2"
        assert record(study_build, "DM", USUBJID=person(study_build, subject))["DTHDTC"] == iso(left, "EOS")


def test_t11_a_partial_date_of_death_gives_way_to_the_complete_one_of_the_disposition(study_build: Path) -> None:
    ends = {row["SUBJECT"]: row for row in rows(study_build, "ds")}
    partial = where(study_build, "dd", lambda row: len(iso(row, "DTH")) == 7)
    assert places("dd", partial) == issues(study_build, "T-11", "dd")
    for row in partial:
        death = iso(ends[row["SUBJECT"]], "EOS")
        assert len(death) == 10 and death.startswith(iso(row, "DTH"))
        usubjid = person(study_build, row["SUBJECT"])
        subject = record(study_build, "DM", USUBJID=usubjid)
        assert (subject["DTHDTC"], subject["RFENDTC"]) == (death, death)
        assert set(records(study_build, "DS", USUBJID=usubjid, DSDECOD="DEATH")["DSSTDTC"]) == {death}
        assert set(records(study_build, "AE", USUBJID=usubjid, AEOUT="FATAL")["AEENDTC"]) == {death}


@pytest.mark.parametrize(
    ("cells", "death"),
    [({"DTH_MM": "03", "DTH_DD": "UN"}, "2024-03"), ({"DTH_DD": "18"}, "2024-04-18"),
     ({"DTH_DD": "UN"}, "2024-04-19"), ({"DTH_MM": "UNK", "DTH_DD": "UN"}, "2024-04-19")],
    ids=["another month", "another day", "the month of the disposition", "the year of the disposition"],
)  # fmt: skip
def test_t11_death_forms_that_differ_are_reported(tmp_path: Path, cells: dict[str, str], death: str) -> None:
    # the form of the end of study of 9004 says: death on 2024-04-19
    pipeline.sdtm(_planted(tmp_path, "dd", "9004", "1", **cells))
    out = tmp_path / "out"
    (form,) = [row for row in rows(out, "dd") if row["SUBJECT"] == "9004"]
    assert places("dd", [form]) == issues(out, "T-11", "dd")
    usubjid = "NCT06178146-01-9004"
    assert record(out, "DM", USUBJID=usubjid)["DTHDTC"] == death
    assert set(records(out, "DS", USUBJID=usubjid, DSDECOD="DEATH")["DSSTDTC"]) == {death}


def _planted(tmp_path: Path, form: str, subject: str, aeno: str = "", **cells: str) -> pipeline.Request:
    """The golden export with other cells in the rows of one subject."""
    simulate.write("golden", tmp_path / "raw")
    path = tmp_path / "raw" / f"raw_{form}.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        table = list(csv.DictReader(stream))
    for row in table:
        if row["SUBJECT"] == subject and row.get("AENO", "") == aeno:
            row.update(cells)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    return pipeline.Request(pipeline.REFERENCE, tmp_path / "out", tmp_path / "raw")


@pytest.mark.parametrize(
    ("cells", "rule"),
    [({"AESER_C": "0", "AESER": "No", "SHOSP_C": "1", "SHOSP": "Yes"}, "T-12"),
     ({"AESER_C": "1", "AESER": "Yes", "SHOSP_C": "0", "SHOSP": "No"}, "T-12"),
     ({"AEOUT_C": "3", "AEOUT": "Not recovered", "AEONGO_C": "0"}, "T-10"),
     ({"AEEN_YY": "", "AEEN_MM": "", "AEEN_DD": "", "AEENDAT": ""}, "T-10"),
     ({"PT": "", "PTCD": ""}, "A-22")],
    ids=["not serious, hospitalised", "serious, no criterion", "not recovered, ended", "recovered, no end", "no term"],
)  # fmt: skip
def test_t12_and_t10_contradictions_on_the_event_form_are_reported_not_mended(
    tmp_path: Path, cells: dict[str, str], rule: str
) -> None:
    pipeline.sdtm(_planted(tmp_path, "ae", "9001", "1", **cells))
    out = tmp_path / "out"
    row = next(row for row in rows(out, "ae") if row["SUBJECT"] == "9001" and row["AENO"] == "1")
    assert places("ae", [row]) <= issues(out, rule, "ae")
    event = record(out, "AE", USUBJID="NCT06178146-01-9001", AESPID="01")
    assert event["AESER"] == {"1": "Y", "0": "N"}[row["AESER_C"]]
    if row["AEOUT_C"] == "3":
        assert event["AEENDTC"] == ""


@pytest.mark.parametrize("cells", [{"AEEN_YY": "", "AEEN_MM": "", "AEEN_DD": ""}, {"AEEN_DD": "18"}],
                         ids=["no end date", "another end date"])  # fmt: skip
def test_t10_a_fatal_event_ends_on_the_day_of_death(tmp_path: Path, cells: dict[str, str]) -> None:
    pipeline.sdtm(_planted(tmp_path, "ae", "9004", "1", **cells))
    event = record(tmp_path / "out", "AE", USUBJID="NCT06178146-01-9004", AESPID="01")
    assert (event["AEOUT"], event["AEENDTC"]) == ("FATAL", "2024-04-19")


def test_t04_a_grade_without_its_event_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="T-04"):
        pipeline.sdtm(_planted(tmp_path, "irae", "9001", "1", AENO="7"))


def test_m16_a_criterion_that_the_protocol_lacks_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="M-16"):
        pipeline.sdtm(_planted(tmp_path, "ic", "9008", IETESTCD="INCL99"))


# --- T-13, T-14: disposition and the end of participation -----------------------------------------------


def test_t13_one_disposition_of_a_kind_in_an_epoch(study_build: Path) -> None:
    found = dataset(study_build, "DS")
    events = found[found["DSCAT"] == "DISPOSITION EVENT"]
    assert not events.duplicated(["USUBJID", "DSSCAT", "EPOCH"]).any()
    assert not (events["EPOCH"] == "").any()
    assert set(events.loc[events["DSDECOD"] == "COMPLETED", "DSTERM"]) == {"COMPLETED"}
    assert set(events.loc[events["DSTERM"] == "COMPLETED", "DSDECOD"]) == {"COMPLETED"}


def test_t13_consent_is_the_first_of_the_forms(study_build: Path) -> None:
    consents: dict[str, list[str]] = {}
    for row in where(study_build, "ic", lambda row: row["IC_YY"] != ""):
        consents.setdefault(person(study_build, row["SUBJECT"]), []).append(f"{iso(row, 'IC')}T{row['ICTIM']}")
    assert max(len(found) for found in consents.values()) > 1
    for usubjid, found in consents.items():
        consent = record(study_build, "DS", USUBJID=usubjid, DSDECOD="INFORMED CONSENT OBTAINED")
        assert consent["DSSTDTC"] == record(study_build, "DM", USUBJID=usubjid)["RFICDTC"] == min(found)


def test_t14_nothing_that_ends_before_the_cut_off_ends_after_participation(study_build: Path) -> None:
    end = dataset(study_build, "DM").set_index("USUBJID")["RFPENDTC"]
    for name in ("AE", "CM", "EX", "LB", "VS", "FAAE", "SV", "DS"):
        data = dataset(study_build, name)
        for column in [c for c in data if c.endswith("DTC")]:
            dates = data[data[column].str.len() >= 10]
            late = dates[dates[column].str[:10] > dates["USUBJID"].map(end)]
            assert (late[column] > "2025-04-30").all(), f"{name}.{column}"
    reported = issues(study_build, "T-14", "cm")
    assert reported == places("cm", where(study_build, "cm", lambda row: iso(row, "CMEN") > "2025-04-30"))


# --- T-15: epochs and visits ----------------------------------------------------------------------------


def test_t15_an_epoch_is_missing_only_before_consent_or_for_a_partial_date(study_build: Path) -> None:
    consent = dataset(study_build, "DM").set_index("USUBJID")["RFICDTC"].str[:10]
    for name, date in (("AE", "AESTDTC"), ("CM", "CMSTDTC"), ("LB", "LBDTC"), ("FAAE", "FADTC"), ("VS", "VSDTC")):
        data = dataset(study_build, name)
        complete = data[data[date].str.len() >= 10]
        before = complete[date].str[:10] < complete["USUBJID"].map(consent)
        assert list(complete["EPOCH"] == "") == list(before), name
        assert set(data["EPOCH"]) <= {"", *dataset(study_build, "TA")["EPOCH"]}


def test_t15_visits_are_those_of_tv_and_sv(study_build: Path) -> None:
    planned = dataset(study_build, "TV").set_index("VISITNUM")[["VISIT", "VISITDY"]]
    visits = dataset(study_build, "SV")
    assert not visits[["VISITNUM", "VISIT"]].drop_duplicates().duplicated("VISIT").any()
    assert not visits[["VISITNUM", "VISIT"]].drop_duplicates().duplicated("VISITNUM").any()
    for _, visit in visits.iterrows():
        if visit["SVPRESP"] == "Y":
            assert (visit["VISIT"], visit["VISITDY"]) == tuple(planned.loc[visit["VISITNUM"]])
        else:
            assert visit["VISITNUM"] not in planned.index and visit["VISITDY"] != visit["VISITDY"]
    known = set(zip(visits["USUBJID"], visits["VISITNUM"], strict=True))
    for name in ("LB", "VS", "FAAE", "RS", "IE"):
        data = dataset(study_build, name)
        assert set(zip(data["USUBJID"], data["VISITNUM"], strict=True)) <= known, name


def test_t19_a_parameter_has_a_value_or_a_null_flavour(study_build: Path) -> None:
    summary = dataset(study_build, "TS")
    assert list(summary["TSVAL"] == "") == list(summary["TSVALNF"] != "")
    assert set(summary.loc[summary["TSVAL"] == "", "TSPARMCD"]) == {"NCOHORT", "PCLAS", "STRATFCT"}
    assert not summary.duplicated(["TSPARMCD", "TSSEQ"]).any() and "PCLASS" not in set(summary["TSPARMCD"])
    randomised = len(rows(study_build, "rand"))
    assert record(study_build, "TS", TSPARMCD="ACTSUB")["TSVAL"] == str(randomised)


# --- T-20: files ----------------------------------------------------------------------------------------


def _standard() -> dict[str, list[Row]]:
    with STANDARD.open(encoding="utf-8", newline="") as stream:
        found: dict[str, list[Row]] = {}
        for row in csv.DictReader(stream):
            found.setdefault(row["dataset"], []).append(row)
    return found


def test_t20_names_labels_and_values_are_short_ascii(study_build: Path) -> None:
    for name in names(study_build):
        data, meta = pyreadstat.read_xport(str(study_build / "sdtm" / f"{name.lower()}.xpt"))
        assert len(name) <= 8 and 0 < len(meta.file_label or "") <= 40
        for column, text in meta.column_names_to_labels.items():
            label = text or ""
            assert re.fullmatch(r"[A-Z][A-Z0-9]{0,7}", column)
            assert 0 < len(label) <= 40 and label.isascii() and not label[0].islower()
        for column in data.select_dtypes(exclude="number"):
            texts = dataset(study_build, name)[column]
            assert texts.map(str.isascii).all() and texts.str.len().max() <= 200, f"{name}.{column}"
            assert not texts.isin([".", "nan", "None"]).any(), f"{name}.{column}"


def test_t20_variables_stand_in_the_order_of_the_guide_and_none_that_is_expected_lacks(study_build: Path) -> None:
    standard = _standard()
    for name in names(study_build):
        listed = standard["FA" if name == "FAAE" else "SUPPQUAL" if name.startswith("SUPP") else name]
        order = [row["variable"] for row in listed]
        have = list(dataset(study_build, name).columns)
        assert [v for v in have if v in order] == [v for v in order if v in have], name
        assert {row["variable"] for row in listed if row["core"] in ("Req", "Exp")} <= set(have), name
        required = [row["variable"] for row in listed if row["core"] == "Req"]
        data = dataset(study_build, name)[required]
        assert not ((data == "") | data.isna()).any(axis=None), name


def test_t20_terms_are_those_of_the_codelists(study_build: Path) -> None:
    assert set(dataset(study_build, "EX")["EXLOC"]) == {"ARM", "THIGH", "ABDOMINAL WALL"}
    assert "s" in set(dataset(study_build, "LB")["LBSTRESU"])
    assert not {"sec", "秒"} & set(dataset(study_build, "LB")["LBORRESU"])
    assert dataset(study_build, "TI")["IETEST"].str.len().max() <= 200
    assert len(dataset(study_build, "TI")) == 27
