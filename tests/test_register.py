"""The messiness register M-01 to M-24 of the study design, from the raw rows to the data and the issues.

Every hit stands in qc/issues.csv with the file, line and record of its raw row, and is treated as the register
says. Expectations come from the raw files, read here by the csv module.
"""

from __future__ import annotations

import csv
import datetime
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from study_data import (
    KEYS,
    Row,
    all_rows,
    dataset,
    duplicates,
    inactive,
    iso,
    issues,
    person,
    places,
    record,
    records,
    rows,
    superseded,
    where,
)

import pipeline
import simulate
from specs.problem import DataError

UNKNOWN = ("UN", "UNK")
ENGLISH = {
    "患者拒绝": "Subject refused", "因距离未能到访": "Could not attend because of the distance",
    "因疫情未能到访": "Could not attend because of the pandemic", "标本溶血": "Specimen haemolysed",
    "研究者未评估": "Not assessed by the investigator",
}  # fmt: skip


def seen(value: object) -> bool:
    """True if a value of a dataset is not missing."""
    return value == value and value != ""


# --- rows that do not count -----------------------------------------------------------------------------


def test_m01_inactivated_rows_are_left_out(study_build: Path) -> None:
    for form in ("dm", "irae", "vs"):
        found = inactive(study_build, form)
        assert found
        assert issues(study_build, "M-01", form, kind="inactive") == places(form, found)
    used = set(dataset(study_build, "FAAE")["FASPID"])
    assert not used & {row["RECID"] for row in inactive(study_build, "irae")}


def test_m01_of_two_entries_the_one_saved_last_stays(study_build: Path) -> None:
    for form in ("dm", "irae", "vs"):
        found = superseded(study_build, form)
        assert found
        assert issues(study_build, "M-01", form, kind="superseded") == places(form, found)
    for old in superseded(study_build, "irae"):
        same = [r for r in rows(study_build, "irae") if all(r[k] == old[k] for k in KEYS["irae"].split())]
        assert len(same) == 1 and same[0]["SAVETS"] >= old["SAVETS"]
        assert records(study_build, "FAAE", FASPID=old["RECID"]).empty
        assert record(study_build, "FAAE", FASPID=same[0]["RECID"])["FAORRES"] == same[0]["GRADE_C"]


def test_m02_of_exact_duplicates_the_smallest_record_number_stays(study_build: Path) -> None:
    for form in ("lb", "vs", "cm", "cs"):
        found = duplicates(study_build, form)
        assert found
        assert issues(study_build, "M-02", form, kind="duplicate") == places(form, found)
    for form in ("cm", "cs"):
        used = set(dataset(study_build, "CM")["CMSPID"])
        assert not used & {f"{form.upper()}-{row['RECID']}" for row in duplicates(study_build, form)}


def test_m21_of_two_results_of_a_specimen_the_one_saved_last_stays(study_build: Path) -> None:
    found = superseded(study_build, "lb")
    assert found
    assert issues(study_build, "M-21", "lb", kind="superseded") == places("lb", found)
    for old in found:
        same = [r for r in rows(study_build, "lb") if all(r[k] == old[k] for k in KEYS["lb"].split())]
        results = records(study_build, "LB", USUBJID=person(study_build, old["SUBJECT"]), LBREFID=old["LBSPID"])
        assert same[0]["LBRES"] in set(results["LBORRES"])
        assert len(results) == len({r["LBCODE"] for r in rows(study_build, "lb") if r["LBSPID"] == old["LBSPID"]
                                    and r["SUBJECT"] == old["SUBJECT"]})  # fmt: skip


# --- codes, decodes, characters -------------------------------------------------------------------------


def test_m03_spelling_of_the_decode_does_not_count(study_build: Path) -> None:
    """Blanks at the end are none of the spelling: the same table as a SAS file does not have them."""
    odd = where(study_build, "dm", lambda row: row["SEX"].rstrip(" ") not in ("Male", "Female"))
    assert issues(study_build, "M-03", "dm", kind="check") == places("dm", odd)
    for row in odd:
        sex = record(study_build, "DM", USUBJID=person(study_build, row["SUBJECT"]))["SEX"]
        assert sex == {"1": "M", "2": "F"}[row["SEX_C"]]


def test_m03_a_grade_without_a_code_is_read_from_the_decode(study_build: Path) -> None:
    found = where(study_build, "irae", lambda row: row["GRADE"] != "" and row["GRADE_C"] == "")
    assert places("irae", found) <= issues(study_build, "M-03", "irae", kind="check")
    for row in found:
        assert record(study_build, "FAAE", FASPID=row["RECID"])["FAORRES"] == re.sub(r"\D", "", row["GRADE"])


def test_m03_full_width_codes_are_read(study_build: Path) -> None:
    found = where(study_build, "irae", lambda row: not row["GRADE_C"].isascii())
    assert places("irae", found) <= issues(study_build, "M-03", "irae", kind="check")
    for row in found:
        assert record(study_build, "FAAE", FASPID=row["RECID"])["FAORRES"] == str(int(row["GRADE_C"]))


def test_m04_the_code_wins_over_another_decode(study_build: Path) -> None:
    sex = {"1": "male", "2": "female"}
    found = where(study_build, "dm", lambda row: row["SEX"].strip().lower() != sex[row["SEX_C"]])
    assert issues(study_build, "M-04", "dm") == places("dm", found)
    for row in found:
        usubjid = person(study_build, row["SUBJECT"])
        assert record(study_build, "DM", USUBJID=usubjid)["SEX"] == {"1": "M", "2": "F"}[row["SEX_C"]]
    grades = where(study_build, "irae", lambda row: bool(re.search(r"\d", row["GRADE"])) and row["GRADE_C"].isdigit()
                   and int(re.sub(r"\D", "", row["GRADE"])) != int(row["GRADE_C"]))  # fmt: skip
    assert issues(study_build, "M-04", "irae") == places("irae", grades)
    for row in grades:
        assert record(study_build, "FAAE", FASPID=row["RECID"])["FASTRESC"] == row["GRADE_C"]


@pytest.mark.parametrize(
    ("form", "item", "dataset_name", "identifier", "variable"),
    [("mh", "MHDX", "MH", "MHSPID", "MHSTDTC"), ("cm", "CMST", "CM", "CMSPID", "CMSTDTC"),
     ("cs", "CSEN", "CM", "CMSPID", "CMENDTC"), ("ici", "ICIST", "CM", "CMSPID", "CMSTDTC")],
)  # fmt: skip
def test_m05_partial_dates_keep_what_is_known(
    study_build: Path, form: str, item: str, dataset_name: str, identifier: str, variable: str
) -> None:
    found = where(study_build, form, lambda r: r[f"{item}_DD"] in UNKNOWN or r[f"{item}_MM"] in UNKNOWN)
    rejected = {record for _, _, record in issues(study_build, "M-07", form, kind="rejected")}
    assert places(form, [row for row in found if row["RECID"] not in rejected]) <= issues(study_build, "M-05", form)
    for row in found:
        spid = row["RECID"] if form == "mh" else f"{form.upper()}-{row['RECID']}"
        if row["RECID"] not in rejected:
            assert record(study_build, dataset_name, **{identifier: spid})[variable] == iso(row, item)


def test_m05_a_day_without_its_month_is_cut_to_the_year(study_build: Path) -> None:
    found = where(study_build, "cm", lambda row: row["CMST_MM"] == "UNK" and row["CMST_DD"].isdigit())
    assert issues(study_build, "M-05", "cm", kind="day_without_month") == places("cm", found)
    for row in found:
        assert record(study_build, "CM", CMSPID=f"CM-{row['RECID']}")["CMSTDTC"] == row["CMST_YY"]


def test_m06_an_impossible_date_is_left_empty(study_build: Path) -> None:
    found = where(study_build, "cm", lambda row: (row["CMST_MM"], row["CMST_DD"]) == ("02", "31"))
    assert issues(study_build, "M-06", "cm", kind="illegal_date") == places("cm", found)
    for row in found:
        assert record(study_build, "CM", CMSPID=f"CM-{row['RECID']}")["CMSTDTC"] == ""


def test_m06_an_end_before_the_start_is_kept_and_never_swapped(study_build: Path) -> None:
    def backwards(row: Row) -> bool:
        start, end = iso(row, "CMST"), iso(row, "CMEN")
        return len(start) == 10 and len(end) == 10 and end < start

    found = where(study_build, "cm", backwards)
    assert places("cm", found) <= issues(study_build, "M-06", "cm", kind="check")
    for row in found:
        kept = record(study_build, "CM", CMSPID=f"CM-{row['RECID']}")
        assert (kept["CMSTDTC"], kept["CMENDTC"]) == (iso(row, "CMST"), iso(row, "CMEN"))


def test_m06_a_date_after_the_cut_off_is_kept(study_build: Path) -> None:
    found = where(study_build, "cm", lambda row: iso(row, "CMEN") > "2025-04-30")
    assert places("cm", found) <= issues(study_build, "M-06", "cm", kind="check")
    for row in found:
        assert record(study_build, "CM", CMSPID=f"CM-{row['RECID']}")["CMENDTC"] == iso(row, "CMEN")


def test_m07_without_an_english_term_a_row_is_rejected(study_build: Path) -> None:
    for form, name in (("ae", "AETERM"), ("cm", "CMTRT")):
        found = [row for row in rows(study_build, form) if not row[name].isascii() and row[f"{name}_EN"] == ""]
        assert found
        assert places(form, found) == issues(study_build, "M-07", form, kind="rejected")
        for row in found:
            if form == "cm":
                assert records(study_build, "CM", CMSPID=f"CM-{row['RECID']}").empty
            else:
                usubjid = person(study_build, row["SUBJECT"])
                assert records(study_build, "AE", USUBJID=usubjid, AESPID=row["AENO"].zfill(2)).empty


def test_m07_chinese_terms_give_way_to_the_english_column(study_build: Path) -> None:
    found = where(study_build, "mh", lambda row: not row["MHTERM"].isascii() and row["MHTERM_EN"] != "")
    for row in found:
        assert record(study_build, "MH", MHSPID=row["RECID"])["MHTERM"] == row["MHTERM_EN"]


def test_m07_no_question_mark_stands_for_a_character(study_build: Path) -> None:
    for path in sorted((study_build / "sdtm").glob("*.xpt")):
        data = dataset(study_build, path.stem.upper())
        for column in data.select_dtypes(exclude="number"):
            assert not data[column].str.contains("?", regex=False).any(), f"{path.stem}.{column}"


# --- results, units, doses ------------------------------------------------------------------------------


def _result(out: Path, row: Row, test: str) -> object:
    usubjid = person(out, row["SUBJECT"])
    return record(out, "LB", USUBJID=usubjid, LBREFID=row["LBSPID"], LBTESTCD=test)


def test_m08_operators_stay_in_the_text_and_the_number_is_missing(study_build: Path) -> None:
    found = where(study_build, "lb", lambda row: row["LBRES"][:1] in ("<", ">", "≥", "≤"))
    codes = {"DBIL": "BILDIR"}
    assert places("lb", found) == issues(study_build, "M-08", "lb")
    for row in found:
        text = row["LBRES"].replace("≥", ">=").replace("≤", "<=")
        kept = _result(study_build, row, codes.get(row["LBCODE"], row["LBCODE"]))
        assert kept["LBORRES"] == text  # type: ignore[index]
        assert kept["LBSTRESC"][:1] == text[:1]  # type: ignore[index]
        assert not seen(kept["LBSTRESN"])  # type: ignore[index]


def test_m09_an_unknown_unit_gives_no_result(study_build: Path) -> None:
    found = where(study_build, "lb", lambda row: row["LBUNIT"] == "mg%")
    reported = issues(study_build, "M-09", "lb", kind="unit_without_factor")
    assert places("lb", found) == reported
    for row in found:
        kept = _result(study_build, row, "CREAT")
        assert (kept["LBORRES"], kept["LBSTRESC"]) == (row["LBRES"], "")  # type: ignore[index]
        assert not seen(kept["LBSTRESN"])  # type: ignore[index]


@pytest.mark.parametrize(
    ("code", "test", "unit", "factor"),
    [("CREA", "CREAT", "mg/dL", 88.4), ("TBIL", "BILI", "mg/dL", 17.1), ("HB", "HGB", "g/dL", 10),
     ("ALT", "ALT", "IU/L", 1), ("WBC", "WBC", "/uL", 0.001), ("WBC", "WBC", "×10⁹/L", 1)],
)  # fmt: skip
def test_m09_results_are_converted_with_the_factor_of_the_test(
    study_build: Path, code: str, test: str, unit: str, factor: float
) -> None:
    found = where(study_build, "lb", lambda row: row["LBCODE"] == code and row["LBUNIT"] == unit)
    for row in found:
        if row["LBRES"][:1] not in ("<", ">", "≥"):
            number = float(row["LBRES"].replace(",", "")) * factor
            assert _result(study_build, row, test)["LBSTRESN"] == pytest.approx(number, rel=1e-9)  # type: ignore[index]


def test_m09_a_height_in_metres_is_converted(study_build: Path) -> None:
    for row in where(study_build, "vs", lambda row: row["HT"] != "" and float(row["HT"]) < 3):
        usubjid = person(study_build, row["SUBJECT"])
        heights = records(study_build, "VS", USUBJID=usubjid, VSTESTCD="HEIGHT", VSORRES=row["HT"])
        assert set(heights["VSSTRESN"]) == {round(float(row["HT"]) * 100)}
        assert set(heights["VSORRESU"]) == {"m"}


def test_m10_units_and_decimal_commas_inside_a_dose_are_read(study_build: Path) -> None:
    for row in where(study_build, "sd", lambda row: not re.fullmatch(r"[\d.]*", row["SDDOSE"])):
        kept = record(study_build, "EX", EXSPID=row["RECID"])
        assert (kept["EXDOSE"], kept["EXDOSU"]) == (1.6, "mg")
    for row in where(study_build, "cs", lambda row: bool(re.fullmatch(r"\d+ ?mg.*", row["CSDOSE"]))):
        kept = record(study_build, "CM", CMSPID=f"CS-{row['RECID']}")
        assert (kept["CMDOSE"], kept["CMDOSU"]) == (int(re.sub(r"\D", "", row["CSDOSE"])), "mg")
        assert kept["CMDOSFRQ"] != ""


@pytest.mark.parametrize(("form", "column"), [("cm", "CMDOSE"), ("cs", "CSDOSE")])
def test_m11_a_dose_that_is_no_number_is_dose_text(study_build: Path, form: str, column: str) -> None:
    texts = {"0.5–1": "0.5-1", "1片": "1 tablet", "遵医嘱": "As prescribed by the physician"}
    found = where(study_build, form, lambda row: row[column] in texts)
    assert places(form, found) == issues(study_build, "M-11", form)
    assert places(form, found) <= issues(study_build, "M-10", form, kind="no_match")
    for row in found:
        kept = record(study_build, "CM", CMSPID=f"{form.upper()}-{row['RECID']}")
        assert kept["CMDOSTXT"] == texts[row[column]] and not seen(kept["CMDOSE"])


# --- visits and assessments -----------------------------------------------------------------------------


def test_m12_a_grade_not_done_has_its_reason_and_no_result(study_build: Path) -> None:
    found = where(study_build, "irae", lambda row: row["GRADE_C"] == "ND")
    assert places("irae", found) == issues(study_build, "M-12", "irae")
    for row in found:
        kept = record(study_build, "FAAE", FASPID=row["RECID"])
        assert (kept["FASTAT"], kept["FAREASND"]) == ("NOT DONE", ENGLISH[row["NDREAS"]])
        assert (kept["FAORRES"], kept["FASTRESC"]) == ("", "")


def test_m12_a_panel_not_done_is_one_record(study_build: Path) -> None:
    found = where(study_build, "lb", lambda row: row["LBND_C"] == "1")
    assert places("lb", found) == issues(study_build, "M-12", "lb")
    for row in found:
        kept = _result(study_build, row, "LBALL")
        assert (kept["LBSTAT"], kept["LBREASND"]) == ("NOT DONE", ENGLISH[row["LBNDREAS"]])  # type: ignore[index]


def test_m13_a_missed_visit_is_recorded_and_nothing_is_invented_for_it(study_build: Path) -> None:
    found = where(study_build, "sv", lambda row: row["VISYN_C"] == "0")
    assert places("sv", found) == issues(study_build, "M-13", "sv")
    days = {"D4": 4, "W1": 8, "W2": 15, "W3": 22, "W4": 29, "W6": 43, "W8": 57, "FU": 87}
    for row in found:
        usubjid = person(study_build, row["SUBJECT"])
        kept = record(study_build, "SV", USUBJID=usubjid, VISITDY=days[row["FOLDER"]])
        assert (kept["SVOCCUR"], kept["SVREASOC"], kept["SVSTDTC"]) == ("N", ENGLISH[row["VISND"]], "")
        for name in ("FAAE", "LB", "VS"):
            assert records(study_build, name, USUBJID=usubjid, VISITNUM=kept["VISITNUM"]).empty


def test_m14_an_unscheduled_visit_follows_the_planned_one_before_it(study_build: Path) -> None:
    found = where(study_build, "sv", lambda row: row["FOLDER"] == "UNSCH")
    assert places("sv", found) == issues(study_build, "M-14", "sv")
    for row in found:
        visits = records(study_build, "SV", USUBJID=person(study_build, row["SUBJECT"]))
        kept = visits[(visits["SVSTDTC"] == iso(row, "VIS")) & visits["VISIT"].str.startswith("UNSCHEDULED")].iloc[0]
        planned = visits[(visits["VISITNUM"] % 1 == 0) & (visits["SVSTDTC"] <= kept["SVSTDTC"])]
        planned = planned[planned["SVSTDTC"] != ""]
        assert int(kept["VISITNUM"]) == planned["VISITNUM"].max()
        assert kept["VISIT"] == f"UNSCHEDULED {kept['VISITNUM']:.2f}"
        assert not seen(kept["VISITDY"]) and kept["SVPRESP"] == ""


def test_m15_form_date_and_visit_date_are_both_kept(study_build: Path) -> None:
    visit = {(r["SUBJECT"], r["FOLDER"], r["FOLDERSEQ"]): iso(r, "VIS") for r in rows(study_build, "sv")}
    found = where(study_build, "vs", lambda r: iso(r, "VS") != visit[r["SUBJECT"], r["FOLDER"], r["FOLDERSEQ"]])
    assert places("vs", found) == issues(study_build, "M-15", "vs")
    for row in found:
        usubjid = person(study_build, row["SUBJECT"])
        signs = records(study_build, "VS", USUBJID=usubjid, VSDTC=iso(row, "VS"))
        number = set(signs["VISITNUM"])
        assert len(number) == 1
        when = visit[row["SUBJECT"], row["FOLDER"], row["FOLDERSEQ"]]
        assert record(study_build, "SV", USUBJID=usubjid, VISITNUM=number.pop())["SVSTDTC"] == when


# --- persons --------------------------------------------------------------------------------------------


def test_m16_screen_failures_have_no_arm_and_no_study_day(study_build: Path) -> None:
    randomised = {row["SUBJECT"] for row in rows(study_build, "rand")}
    earlier = {row["PREVSUBJ"] for row in rows(study_build, "dm")}
    found = where(study_build, "dm", lambda row: row["SUBJECT"] not in randomised | earlier)
    assert places("dm", found) == issues(study_build, "M-16", "dm")
    for row in found:
        usubjid = person(study_build, row["SUBJECT"])
        kept = record(study_build, "DM", USUBJID=usubjid)
        assert [kept[name] for name in ("ARMCD", "ARM", "ACTARMCD", "ACTARM")] == [""] * 4
        assert kept["ARMNRS"] == "SCREEN FAILURE" and not seen(kept["DMDY"])
        assert not records(study_build, "LB", USUBJID=usubjid)["LBDY"].notna().any()
        assert len(records(study_build, "DS", USUBJID=usubjid, DSDECOD="SCREEN FAILURE")) == 1


def test_m16_criteria_not_met_are_in_ie(study_build: Path) -> None:
    found = where(study_build, "ic", lambda row: row["IETESTCD"] != "")
    for row in found:
        kept = record(study_build, "IE", IESPID=row["RECID"])
        assert kept["USUBJID"] == person(study_build, row["SUBJECT"])
        assert (kept["IETESTCD"], kept["IEORRES"]) == (row["IETESTCD"], "N" if row["IETESTCD"][0] == "I" else "Y")
    assert len(dataset(study_build, "IE")) == len(found)
    silent = where(study_build, "ic", lambda row: row["IEYN_C"] == "0" and row["IETESTCD"] == "")
    assert places("ic", silent) == issues(study_build, "M-16", "ic")


def test_m17_a_person_screened_twice_is_one_subject(study_build: Path) -> None:
    found = where(study_build, "dm", lambda row: row["PREVSUBJ"] != "")
    assert places("dm", found) == issues(study_build, "M-17", "dm")
    for row in found:
        usubjid = f"NCT06178146-01-{row['PREVSUBJ']}"
        assert record(study_build, "DM", USUBJID=usubjid)["SUBJID"] == row["SUBJECT"]
        assert records(study_build, "DM", USUBJID=f"NCT06178146-01-{row['SUBJECT']}").empty
        assert record(study_build, "SUPPDM", USUBJID=usubjid, QNAM="PREVSUBJ")["QVAL"] == row["PREVSUBJ"]
        events = [r for r in rows(study_build, "ae") if r["SUBJECT"] in (row["SUBJECT"], row["PREVSUBJ"])]
        ids = {r["AENO"].zfill(2) if r["SUBJECT"] == row["SUBJECT"] else f"{r['SUBJECT']}-{r['AENO'].zfill(2)}"
               for r in events}  # fmt: skip
        assert set(records(study_build, "AE", USUBJID=usubjid)["AESPID"]) == ids
        assert record(study_build, "SV", USUBJID=usubjid, VISITNUM=0.5)["VISIT"] == "PREVIOUS SCREENING"


# --- events ---------------------------------------------------------------------------------------------


def _event(out: Path, row: Row) -> object:
    return record(out, "AE", USUBJID=person(out, row["SUBJECT"]), AESPID=row["AENO"].zfill(2))


def _last_contacts(out: Path) -> dict[str, str]:
    """The last contact with each subject: the greatest of the last visit, death and the end of study."""
    last: dict[str, str] = {}
    for form, item in (("sv", "VIS"), ("dd", "DTH"), ("ds", "EOS")):
        for row in rows(out, form):
            if len(iso(row, item)) == 10:
                last[row["SUBJECT"]] = max(last.get(row["SUBJECT"], ""), iso(row, item))
    return last


def test_m18_the_end_date_wins_over_ongoing(study_build: Path) -> None:
    found = where(study_build, "ae", lambda row: row["AEONGO_C"] == "1" and row["AEEN_YY"] != "")
    assert places("ae", found) == issues(study_build, "M-18", "ae")
    for row in found:
        last = _last_contacts(study_build)[row["SUBJECT"]]
        kept = _event(study_build, row)
        within = iso(row, "AEEN") <= last
        assert kept["AEENDTC"] == (iso(row, "AEEN") if within else "")  # type: ignore[index]
        assert kept["AEENRTPT"] == ("" if within else "ONGOING")  # type: ignore[index]


def test_m18_an_end_date_between_the_last_visit_and_the_end_of_study_stays(study_build: Path) -> None:
    ends = {row["SUBJECT"]: iso(row, "EOS") for row in rows(study_build, "ds")}
    visits = {row["SUBJECT"]: iso(row, "VIS") for row in sorted(rows(study_build, "sv"), key=lambda r: iso(r, "VIS"))}
    found = where(study_build, "ae", lambda row: row["AEONGO_C"] == "1"
                  and visits[row["SUBJECT"]] < iso(row, "AEEN") <= ends[row["SUBJECT"]])  # fmt: skip
    for row in found:
        kept = _event(study_build, row)
        assert (kept["AEENDTC"], kept["AEENRTPT"]) == (iso(row, "AEEN"), "")  # type: ignore[index]


def test_m18_ongoing_is_said_of_the_last_contact(study_build: Path) -> None:
    last = _last_contacts(study_build)
    enrolled = dataset(study_build, "DM").set_index("USUBJID")["SUBJID"]
    for _, event in records(study_build, "AE", AEENRTPT="ONGOING").iterrows():
        assert event["AEENTPT"] == last[enrolled[event["USUBJID"]]] >= event["AESTDTC"]
    late = set()
    for _, given in records(study_build, "CM", CMENRTPT="ONGOING").iterrows():
        assert given["CMENTPT"] == last[enrolled[given["USUBJID"]]]
        if given["CMSTDTC"] > given["CMENTPT"]:
            late.add(given["CMSPID"])
    started = [row for row in rows(study_build, "cm") if f"CM-{row['RECID']}" in late]
    assert len(started) == len(late) > 0
    assert places("cm", started) <= issues(study_build, "M-24", "cm", kind="check")


def test_m19_an_event_reported_twice_is_not_merged(study_build: Path) -> None:
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows(study_build, "ae"):
        groups.setdefault((row["SUBJECT"], row["PT"]), []).append(row)
    reported = issues(study_build, "M-19", "ae")
    assert reported
    for file, line, recid in reported:
        row = next(r for r in rows(study_build, "ae") if r["RECID"] == recid)
        assert (file, str(line)) == ("raw_ae.csv", row["LINE"])
        twins = groups[row["SUBJECT"], row["PT"]]
        assert len(twins) > 1
        assert len({id(_event(study_build, twin)) for twin in twins}) == len(twins)


def test_m20_death_is_taken_from_either_form(study_build: Path) -> None:
    dead = {row["SUBJECT"] for row in rows(study_build, "dd")}
    fatal = {row["SUBJECT"] for row in rows(study_build, "ae") if row["AEOUT_C"] == "5"}
    no_form = where(study_build, "ae", lambda row: row["AEOUT_C"] == "5" and row["SUBJECT"] not in dead)
    no_event = where(study_build, "dd", lambda row: row["SUBJECT"] not in fatal)
    assert places("ae", no_form) == issues(study_build, "M-20", "ae")
    assert places("dd", no_event) == issues(study_build, "M-20", "dd")
    flagged = records(study_build, "DM", DTHFL="Y")
    assert set(flagged["USUBJID"]) == {person(study_build, subject) for subject in dead | fatal}
    assert set(dataset(study_build, "DM")["DTHFL"]) == {"", "Y"}


def test_m20_a_death_without_a_death_form_is_dated_by_the_end_of_study(study_build: Path) -> None:
    dead = {row["SUBJECT"] for row in rows(study_build, "dd")}
    found = where(study_build, "ds", lambda row: row["EOSREAS_C"] == "2" and row["SUBJECT"] not in dead)
    for row in found:
        subject = record(study_build, "DM", USUBJID=person(study_build, row["SUBJECT"]))
        assert (subject["DTHFL"], subject["DTHDTC"], subject["RFENDTC"]) == ("Y", *[iso(row, "EOS")] * 2)
        analysed = record(study_build, "ADSL", USUBJID=subject["USUBJID"])
        day = (datetime.date.fromisoformat(iso(row, "EOS")) - datetime.date(1960, 1, 1)).days
        assert [analysed[name] for name in ("DTHDT", "EOSDT", "LSTALVDT")] == [day] * 3


def test_m20_a_death_in_the_eight_weeks_is_never_relieved(study_build: Path) -> None:
    # 0025: randomised 2023-10-04, dead on 2023-10-17 by the form of the end of study, no death form
    usubjid = "NCT06178146-01-0025"
    assert "0025" not in {row["SUBJECT"] for row in rows(study_build, "dd")}
    times = {row["PARAMCD"]: (row["AVAL"], row["CNSR"]) for _, row in
             records(study_build, "ADTTE", USUBJID=usubjid).iterrows()}  # fmt: skip
    assert times["TTG1E"] == times["TTR1E"] == times["TTG1S"] == (57, 3)
    assert times["TTG1ECD"] == (14, 5)
    responses = records(study_build, "ADIRAE", USUBJID=usubjid, PARAMCD="G1W8")
    assert set(responses["AVALRSN"]) == {"DEATH"}


def test_who_left_before_day_57_has_not_completed_eight_weeks(study_build: Path) -> None:
    subjects = dataset(study_build, "ADSL").set_index("USUBJID")
    completed = records(study_build, "ADTTE", EVNTDESC="Completed 8 weeks without event")
    assert len(completed)
    for _, row in completed.iterrows():
        subject = subjects.loc[row["USUBJID"]]
        assert subject["EOSSTT"] == "COMPLETED" or subject["EOSDT"] >= row["STARTDT"] + 56


# --- randomisation list ---------------------------------------------------------------------------------


def _other_arm(rows: list[Row]) -> list[Row]:
    return [{**rows[0], "ARM_C": {"A": "B", "B": "A"}[rows[0]["ARM_C"]]}, *rows[1:]]


def _subject_missing(rows: list[Row]) -> list[Row]:
    return rows[1:]


def _subject_too_many(rows: list[Row]) -> list[Row]:
    return [*rows, {**rows[0], "RANDNO": "R999", "SUBJECT": "9008"}]


@pytest.mark.parametrize("fault", [_other_arm, _subject_missing, _subject_too_many], ids=lambda f: f.__name__[1:])
def test_m22_an_allocation_list_that_differs_stops_the_run(
    tmp_path: Path, fault: Callable[[list[Row]], list[Row]]
) -> None:
    simulate.write("golden", tmp_path / "raw")
    path = tmp_path / "raw" / "raw_alloc.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        listed = list(csv.DictReader(stream))
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(listed[0]))
        writer.writeheader()
        writer.writerows(fault(listed))
    with pytest.raises(DataError, match="M-22"):
        pipeline.sdtm(pipeline.Request(pipeline.REFERENCE, tmp_path / "out", tmp_path / "raw"))
    assert not (tmp_path / "out" / "sdtm").exists()
    shutil.rmtree(tmp_path / "raw")


# --- conventional therapy -------------------------------------------------------------------------------


def test_m23_overlapping_courses_are_kept_as_collected(study_build: Path) -> None:
    def stops_when_next_starts(row: Row) -> bool:
        end = iso(row, "CSEN")
        return len(end) == 10 and any(
            other["RECPOS"] != row["RECPOS"] and iso(row, "CSST") <= iso(other, "CSST") <= end
            for other in rows(study_build, "cs")
            if all(other[name] == row[name] for name in ("SUBJECT", "CSTRT_C", "CSRTE_C"))
        )

    found = where(study_build, "cs", stops_when_next_starts)
    assert places("cs", found) <= issues(study_build, "M-23", "cs")
    for row in found:
        kept = record(study_build, "CM", CMSPID=f"CS-{row['RECID']}")
        assert (kept["CMSTDTC"], kept["CMENDTC"]) == (iso(row, "CSST"), iso(row, "CSEN"))
    systemic = [row for row in found if row["CSRTE_C"] in "123" and row["CSPURP_C"] == "1"]
    flags = {record(study_build, "ADCM", CMSPID=f"CS-{row['RECID']}")["CSADJFL"] for row in systemic}
    assert "Y" in flags


def test_m24_a_stop_after_death_is_left_empty(study_build: Path) -> None:
    death = {row["SUBJECT"]: iso(row, "DTH") for row in rows(study_build, "dd") if len(iso(row, "DTH")) == 10}
    found = where(study_build, "cs", lambda row: iso(row, "CSEN") > death.get(row["SUBJECT"], "9999"))
    assert places("cs", found) <= issues(study_build, "M-24", "cs", kind="after_limit")
    for row in found:
        assert record(study_build, "CM", CMSPID=f"CS-{row['RECID']}")["CMENDTC"] == ""


def test_m24_a_stop_after_the_last_contact_is_kept(study_build: Path) -> None:
    death = {row["SUBJECT"] for form in ("dd", "ds") for row in rows(study_build, form)
             if form == "dd" or row["EOSREAS_C"] == "2"}  # fmt: skip
    last = _last_contacts(study_build)
    found = where(study_build, "cs", lambda row: row["SUBJECT"] not in death and len(iso(row, "CSEN")) == 10
                  and iso(row, "CSEN") > last[row["SUBJECT"]])  # fmt: skip
    assert places("cs", found) <= issues(study_build, "M-24", "cs", kind="check")
    for row in found:
        assert record(study_build, "CM", CMSPID=f"CS-{row['RECID']}")["CMENDTC"] == iso(row, "CSEN")
        end = record(study_build, "DM", USUBJID=person(study_build, row["SUBJECT"]))["RFPENDTC"]
        assert end >= iso(row, "CSEN")


def test_every_row_of_every_form_was_read(study_build: Path) -> None:
    with (study_build / "qc" / "ledger.csv").open(encoding="utf-8-sig", newline="") as stream:
        read = {row["Table"]: int(row["Rows"]) for row in csv.DictReader(stream) if row["Step"] == "rows read"
                and row["Stage"] == "sdtm"}  # fmt: skip
    for form in KEYS:
        assert read[f"raw_{form}"] == len(all_rows(study_build, form))
