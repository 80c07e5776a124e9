"""The recorded cases of sdtm.oak, each run in our words, or said to be none of ours.

A case passes with the recorded value, or it differs on purpose: then what we give and why stand in DIFFERENT.
NOT_OURS names the cases of things that we do not have, with the reason. Every case is one of the three.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest
from oak_cases import Built, Case, Row, Runner, cases, frame, listed, rows, texts

from derivations.assign_ct import assign_ct, fold
from derivations.assign_datetime import assign_datetime, problems
from derivations.columns import number_column, text_column
from derivations.date_part import date_part
from derivations.iso8601 import iso8601
from derivations.iso_calendar import valid
from derivations.join import join
from derivations.registry import Codelist
from derivations.scan import scan
from derivations.substr import substr
from derivations.text import text
from derivations.zfill import zfill
from engine.single import condition_on, evaluate_on

CASES = cases()
ABSENT = "../shared/fixtures/cases is not here (shared material is not part of the project)"
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

# The recording holds TRUE where a condition stood; these are the conditions of the published tests.
CONDITIONS = {
    "condition_add.1": ("x > 1", {}),
    "condition_add.2": ("x > 1 and y < 5", {}),
    "condition_add.3": ("x > 1 and y < 5", {}),
    "condition_add.5": ("x > 2 and y < 5 and z in ('c', 'd', 'e') and w in ('c', 'd', 'e')", {}),
    "condition_add.7": ("x > 1", {}),
    "condition_add.8": ("x > 2", {"x": 2.0}),
    "condition_add.9": ("x > 2", {"x": 2.0}),
    "condition_add.10": ("x > w and x < z", {"z": 3.0, "w": 1.0}),
}
RECODED = {1: "number(mapped) if missing(x) else coalesce(number(mapped), 0)", 2: "coalesce(mapped, x, 'uh?')"}

DIFFERENT: dict[str, tuple[Any, str]] = {
    "hardcode.1": (
        set(),
        "a value written out that is no term is a fault before data are read; here Codelists has the term",
    ),
    "create_iso8601.1": (
        [None, "--01", "--01", "--01", "--01", "--01"],
        "a month of one digit that stands alone can only be that month",
    ),
    "create_iso8601.2": (
        [None, None, "----01", "----01", "----10", "----31"],
        "there is no day 0: it is reported and left out",
    ),
    "create_iso8601.12": (
        [None, "2000-01-01T00:10", "1999-01-01T23:01", "1999-12-31"],
        "a date that cannot be read was collected: its time alone would say that it was not",
    ),
    "iso8601.7": (
        [None, None, None, "2050", "2068", "1969", "1990", "1999", "2000"],
        "a year of one digit is not one that a form collects: it is reported and left out",
    ),
    "iso8601.10": ([None, None, None, None], "there are no months 13 and 99: they are reported and left out"),
    "iso8601.11": (
        [None, "00", "01", "10", "59", None, None],
        "there is no second 99: it is reported and left out",
    ),
    "assign.0": (
        [None if code != "TEMP" or person == 101 else term for person, code, term in (
            (person, code, term)
            for person, term in zip(range(101, 106), ["", "AXILLA", "ANUS", "EAR", "FOREHEAD"], strict=True)
            for code in ("TEMP", "BPSYS", "BPDIAS", "HR")
        )],
        "a collected value without a term (Oral) is an issue, not written in capitals as if it were a term",
    ),
    "assign.1": (
        ["ASPIRIN EC", "IBUPROFEN LYSINE", None, None, None],
        "the rule holds where its Where holds: --MODIFY is filled where the name was modified",
    ),
}  # fmt: skip

CHECKED = "checks R arguments; here columns and functions are checked by `build check`, which has tests of its own"
INNER = "tests an inner function that has no counterpart here"
TERMINOLOGY = "tests the columns of the terminology file; here Codelists and Collected have them"
NOT_OURS: dict[str, str] = {
    "cal_min_max_date.0": CHECKED,
    "cal_min_max_date.2": CHECKED,
    **{f"ct.{n}": TERMINOLOGY for n in range(17)},
    **{f"derive_blfl.{n}": CHECKED for n in (1, 2, 3)},
    **{f"derive_seq.{n}": "tests the name of the variable; here the standard has it" for n in (1, 2)},
    **{f"derive_study_day.{n}": CHECKED for n in (0, 1, 2, 3)},
    **{f"dtc_utils.{n}": INNER for n in range(3, 10)},
    **{f"iso8601.{n}": INNER for n in (0, 1, 2, 3, 4, 5, 6, 12)},
    **{f"parse_dttm.{n}": INNER for n in (0, 1)},
    **{f"parse_dttm_fmt.{n}": INNER for n in range(15)},
    **{f"generate_sdtm_supp.{n}": CHECKED for n in (0, 1, 2)},
    **{f"condition_add.{n}": "tests the class of an R object" for n in (0, 4, 6)},
    "pseq.0": INNER,
}


def _created(case: Case) -> tuple[Any, Any]:
    args = case["actual"]["args"]
    formats = listed(args[".format"])
    timed = {"time": text_column(texts(args["#2"])), "time_format": formats[1]} if "#2" in args else {}
    found = assign_datetime(text_column(texts(args["#1"])), formats[0], **timed, hyphens=True)
    return found.tolist(), texts(case["expected"])


def _parsed(case: Case) -> tuple[Any, Any]:
    args = case["actual"]["args"]
    unknown = {"unknown": args["na"]} if "na" in args else {}
    formats = " | ".join(listed(args["#2"])).replace(r"\s+", " ")
    found = assign_datetime(text_column(texts(args["#1"])), formats, hyphens=True, **unknown)
    wanted = texts(case["expected"])
    count = len(wanted) // 6
    return found.tolist(), [_iso(wanted[place::count]) for place in range(count)]


def _iso(parts: list[str | None]) -> str | None:
    """One row of a matrix of year, month, day, hour, minute, second as ISO 8601 text."""
    year, month, day, *clock = (None if part == "UN" else part for part in parts)
    if month and month.lower() in MONTHS:
        month = f"{MONTHS.index(month.lower()) + 1:02d}"
    dates = "-".join(part or "-" for part in (year, month, day)).rstrip("-")
    times = ":".join(part for part in clock if part)
    return (f"{dates}T{times}" if times else dates) or None


def _formatted(case: Case) -> tuple[Any, Any]:
    columns = [listed(case["actual"]["args"]["#1"])[at : at + 3] for at in range(0, 18, 3)]
    year, month, day, *clock = (text_column(column) for column in columns)
    return iso8601(year, month, day, join(":", *clock), pivot=68).tolist(), texts(case["expected"])


def _years(case: Case) -> tuple[Any, Any]:
    args = case["actual"]["args"]
    given = listed(args["#1"])
    whole = not isinstance(given[0], str)
    years = zfill(text(number_column(given)), 2) if whole else text_column(given)
    blank = text_column([None] * len(given))
    return iso8601(years, blank, blank, pivot=args.get("cutoff_2000", 68)).tolist(), texts(case["expected"])


def _month(case: Case) -> tuple[Any, Any]:
    months = text_column(listed(case["actual"]["args"]["#1"]))
    blank = text_column([None] * len(months))
    return iso8601(blank, months, blank, hyphens=True).tolist(), texts(case["expected"])


def _second(case: Case) -> tuple[Any, Any]:
    found = assign_datetime(text_column(texts(case["actual"]["args"]["#1"])), "S", hyphens=True)
    return scan(found, -1, ":").tolist(), texts(case["expected"])


def _date_of(case: Case) -> tuple[Any, Any]:
    return date_part(text_column(texts(case["actual"]["args"]["#1"]))).tolist(), texts(case["expected"])


def _time_of(case: Case) -> tuple[Any, Any]:
    args = case["actual"]["args"]
    found = scan(text_column(texts(args["#1"])), 2, "T")
    return (substr(found, 1, 5) if args.get("ignore_seconds", True) else found).tolist(), texts(case["expected"])


def _is_iso(case: Case) -> tuple[Any, Any]:
    given = text_column(texts(case["actual"]["args"]["#1"])).dropna()
    return bool(valid(given.to_numpy()).all()), case["expected"]


def _formats(case: Case) -> tuple[Any, Any]:
    given = case["actual"]["args"]["#1"]
    formats = [one for part in (given if isinstance(given, list) else [given]) for one in listed(part)]
    for one in formats:
        assign_datetime(text_column([]), one, hyphens=True)
    return given, case["expected"]


def _recoded(case: Case, place: int) -> tuple[Any, Any]:
    args = case["actual"]["args"]
    given = texts(args["x"])
    old = texts(args["from"]) if "from" in args else [cell for cell in given if cell]
    new = texts(args["to"]) * (len(old) if "to" in args and len(texts(args["to"])) == 1 else 1) if "to" in args else old
    terms = Codelist("MADE", collected={fold(str(key)): str(term) for key, term in zip(old, new, strict=True)})
    x = text_column(given)
    otherwise = args[".no_match"] if isinstance(args.get(".no_match"), str) else None
    data = pd.DataFrame({"x": x, "mapped": assign_ct(x, codelist=terms, otherwise=otherwise)})
    found = evaluate_on(RECODED.get(place, "coalesce(mapped, x)"), data, {}).tolist()
    return [None if cell != cell else cell for cell in found], listed(case["expected"])


def _condition(case: Case, name: str) -> tuple[Any, Any]:
    inner = case["actual"]["args"]["#1"]["args"]
    words, constants = CONDITIONS[name]
    found = condition_on(words, frame(inner["dat"]), constants).tolist()
    if case["actual"]["call"] == "get_cnd_df_cnd":
        return found, case["expected"]["values"]
    return [sum(found), len(found) - sum(found), 0], case["expected"]["values"]


def _built(case: Case, name: str, built: Built) -> tuple[Any, Any]:
    """What the tiny study gives for a case, and what is recorded."""
    wanted = rows(case["expected"]) if "columns" in case["expected"] else []
    if name == "assign.0":
        terms = {(row["USUBJID"], row["VSTESTCD"]): row["VSLOC"] for row in built.records("VS", "A-")}
        keys = [(f"A-{row['patient_number']}", row["VSTESTCD"]) for row in wanted]
        return [terms[key] for key in keys], [row["VSLOC"] for row in wanted]
    if name == "assign.1":
        return [row["CMMODIFY"] for row in built.records("CM", "M-")], [row["CMMODIFY"] for row in wanted]
    if name == "assign_datetime.0":
        stated = int(re.findall(r"There were (\d+) parsing", case["expected"]["regexp"])[0])
        return built.issues("CM", "CMENDTC"), ["illegal_date"] * stated
    if name == "cal_min_max_date.1":
        return [row["RFICDTC"] for row in built.records("DM", "D-")], [row["datetime"] for row in wanted]
    if name == "oak_cal_ref_dates.0":
        return [row["RFSTDTC"] for row in built.records("DM", "XXXX-")], [row["RFSTDTC"] for row in wanted]
    if name == "derive_seq.0":
        names = ("USUBJID", "VSSPID", "VSTESTCD", "VSDTC", "VSTPTNUM", "VSSEQ")
        found = [[row[key] for key in names] for row in built.records("VS", "ABC123-")]
        return found, [[row[key] for key in names] for row in wanted]
    if name == "derive_study_day.4":
        return [row["AESTDY"] for row in built.records("AE", "study123-")], listed(case["expected"])
    if name == "hardcode.0":
        filled = {row["USUBJID"]: row["OEORRES"] for row in built.records("OE", "H-")}
        return [filled[f"H-{row['patient_number']}"] for row in wanted], [row["OEORRES"] for row in wanted]
    if name == "hardcode.1":
        return set(built.issues("CM", "CMCAT")), {"not_in_codelist"}
    observed = [_observation(row) for row in rows(case["actual"]["args"]["sdtm_in"])]
    flagged = [_observation(row) for row in built.records("VS", "test_study-") if row["VSLOBXFL"] == "Y"]
    # The recording holds no value; these records were picked by hand from the rule that sdtm.oak publishes.
    return sorted(observed.index(one) for one in flagged), [0, 5, 6, 8, 9]


def _observation(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("USUBJID", "VSTESTCD", "VSDTC", "VSORRES"))


RUNNERS: dict[str, Runner] = {
    "create_iso8601": _created,
    "parse_dttm": _parsed,
    "format_iso8601": _formatted,
    "yy_to_yyyy": _years,
    "iso8601_year": _years,
    "iso8601_mon": _month,
    "iso8601_sec": _second,
    "dtc_datepart": _date_of,
    "dtc_timepart": _time_of,
    "is_iso8601": _is_iso,
    "assert_dtc_fmt": _formats,
    "assert_dtc_format": _formats,
}
IN_STUDY = (
    "assign.0", "assign.1", "assign_datetime.0", "cal_min_max_date.1", "oak_cal_ref_dates.0", "derive_blfl.0",
    "derive_seq.0", "derive_study_day.4", "hardcode.0", "hardcode.1",
)  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return Built(tmp_path_factory.mktemp("oak"), CASES)


def _run(name: str, built: Built) -> tuple[Any, Any]:
    case = CASES[name]
    if name in IN_STUDY:
        return _built(case, name, built)
    if name in CONDITIONS:
        return _condition(case, name)
    if name.startswith("recode."):
        return _recoded(case, int(name.partition(".")[2]))
    return RUNNERS[case["actual"]["call"]](case)


RUN: list[Any] = [name for name in CASES if name not in NOT_OURS] or [
    pytest.param("", marks=pytest.mark.skip(reason=ABSENT), id="absent")
]


@pytest.mark.parametrize("name", RUN)
def test_recorded_case(name: str, built: Built) -> None:
    found, recorded = _run(name, built)
    if name not in DIFFERENT:
        assert found == recorded
        return
    ours, reason = DIFFERENT[name]
    assert found == ours
    assert found != recorded, "it differs no longer: take it out of DIFFERENT"
    assert reason


@pytest.mark.skipif(not CASES, reason=ABSENT)
def test_every_case_is_classified() -> None:
    calls = {name: case["actual"]["call"] for name, case in CASES.items()}
    run = {name for name in CASES if name in (*IN_STUDY, *CONDITIONS) or name.startswith("recode.")}
    run |= {name for name, call in calls.items() if call in RUNNERS and name not in NOT_OURS}
    assert run | set(NOT_OURS) == set(CASES)
    assert not run & set(NOT_OURS)
    assert set(DIFFERENT) <= run


@pytest.mark.skipif(not CASES, reason=ABSENT)
def test_table_of_the_cases(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print("\nsdtm.oak           cases  pass  differ  not ours")
        for section in dict.fromkeys(name.partition(".")[0] for name in CASES):
            print("{:<18} {:>5} {:>5} {:>7} {:>9}".format(section, *_counts(section)))
    assert _counts("") == (128, 52, 9, 67)


def _counts(section: str) -> tuple[int, int, int, int]:
    """Cases of a section (blank: of all): how many there are, pass, differ and are not ours."""
    found = [name for name in CASES if not section or name.partition(".")[0] == section]
    differ, other = (sum(name in known for name in found) for known in (DIFFERENT, NOT_OURS))
    return len(found), len(found) - differ - other, differ, other


@pytest.mark.skipif(not CASES, reason=ABSENT)
def test_problems_name_what_was_not_read() -> None:
    text_, fmt = text_column(["999999999", "31-FEB-2024", "04-MAR-2024", None]), "d-m-y"
    assert problems(text_, fmt)["illegal_date"].tolist() == [True, True, False, False]
