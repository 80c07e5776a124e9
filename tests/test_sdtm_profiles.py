"""Profiles and variants of the SDTM design that spec rows alone express: soc_in_ex (D-05) and ae_split (D-08)."""

from __future__ import annotations

import csv
import datetime
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd
import pytest
from study_data import dataset, iso, person, record, records, rows

import pipeline
import simulate
from specs.load import load

STEROIDS = ("10", "11", "12", "13", "14")
Table = list[dict[str, str]]


# --- soc_in_ex: conventional therapy after randomisation is exposure -------------------------------------


@pytest.fixture(scope="module")
def soc_in_ex(golden_build: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden subjects of golden_build in the profile that keeps conventional therapy in EX."""
    folder = tmp_path_factory.mktemp("soc_in_ex")
    shutil.copytree(golden_build.parent / "raw", folder / "raw")
    request = pipeline.Request(pipeline.REFERENCE, folder / "out", folder / "raw", constants={"SOC_IN_EX": "true"})
    for stage in (pipeline.sdtm, pipeline.adam, pipeline.define, pipeline.results):
        stage(request)
    return folder / "out"


def test_courses_after_randomisation_are_exposure(soc_in_ex: Path) -> None:
    randomised = {row["SUBJECT"]: iso(row, "RAND") for row in rows(soc_in_ex, "rand")}
    moved = 0
    for row in rows(soc_in_ex, "cs"):
        spid = f"CS-{row['RECID']}"
        if row["CSPURP_C"] == "1" and iso(row, "CSST") >= randomised[row["SUBJECT"]]:
            course = record(soc_in_ex, "EX", EXSPID=spid)
            assert course["EXCAT"] == "CONVENTIONAL THERAPY"
            steroid = row["CSTRT_C"] in STEROIDS
            assert course["EXSCAT"] == ("CORTICOSTEROID" if steroid else "OTHER IMMUNOSUPPRESSANT")
            assert course["EXSTDTC"] == iso(row, "CSST")
            assert records(soc_in_ex, "CM", CMSPID=spid).empty
            moved += 1
        else:
            assert record(soc_in_ex, "CM", CMSPID=spid)["CMCAT"] == "CONCOMITANT MEDICATION"
            assert records(soc_in_ex, "EX", EXSPID=spid).empty
    assert moved > 10


def test_every_randomised_subject_has_exposure(soc_in_ex: Path, golden_build: Path) -> None:
    randomised = {person(soc_in_ex, row["SUBJECT"]) for row in rows(soc_in_ex, "rand")}
    assert randomised == set(dataset(soc_in_ex, "EX")["USUBJID"])
    without = randomised - set(dataset(golden_build, "EX")["USUBJID"])
    # study design 6.1: the subjects for whom CORE-000885 and 886 fire in the default profile
    assert {usubjid[-4:] for usubjid in without} == {"9002", "9004", "9006", "9007"}


def test_the_default_profile_keeps_conventional_therapy_out_of_exposure(golden_build: Path) -> None:
    assert set(dataset(golden_build, "EX")["EXTRT"]) == {"THYMALFASIN"}
    assert {"EXSCAT", "EXENRTPT", "EXDOSTXT"}.isdisjoint(dataset(golden_build, "EX").columns)


def test_the_endpoints_are_those_of_the_default_profile(soc_in_ex: Path, golden_build: Path) -> None:
    results = [(out / "results" / "ard.csv").read_bytes() for out in (soc_in_ex, golden_build)]
    assert results[0] == results[1]
    for name in ("ADSL", "ADIRAE", "ADCS", "ADAE"):
        pd.testing.assert_frame_equal(dataset(soc_in_ex, name), dataset(golden_build, name))
    times = [dataset(out, "ADTTE") for out in (soc_in_ex, golden_build)]
    differ = [column for column in times[0] if not times[0][column].equals(times[1][column])]
    assert differ == ["SRCSEQ"]  # the record of ADCM that ended the treatment has another number


def test_an_ongoing_course_in_exposure_ends_with_observation(soc_in_ex: Path) -> None:
    row = next(row for row in rows(soc_in_ex, "cs") if row["SUBJECT"] == "9004" and row["CSONGO_C"] == "1")
    course = record(soc_in_ex, "EX", EXSPID=f"CS-{row['RECID']}")
    assert (course["EXENDTC"], course["EXENRTPT"]) == ("", "ONGOING")
    analysed = record(soc_in_ex, "ADCM", CMSPID=f"CS-{row['RECID']}")
    assert analysed["AENDT"] == (datetime.date(2024, 4, 19) - datetime.date(1960, 1, 1)).days


# --- ae_split: one adverse event record per interval of constant grade -----------------------------------


def _edit(folder: Path, sheet: str, change: Callable[[Table], Iterable[dict[str, str]]]) -> None:
    """Write a sheet of the specification with other rows."""
    path = folder / "sdtm" / sheet
    table: Table = []
    if path.exists():
        with path.open(encoding="utf-8", newline="") as stream:
            table = list(csv.DictReader(stream))
    written = list(change(table))
    columns = list(dict.fromkeys(column for row in written for column in row))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(written)


def _with(*added: dict[str, str]) -> Callable[[Table], Table]:
    return lambda table: [*table, *added]


def _calendar() -> Table:
    """Each day of the study with the parts of the day before it."""
    first = datetime.date(2023, 9, 1)
    days = [first + datetime.timedelta(days=n) for n in range(700)]
    before = [day - datetime.timedelta(days=1) for day in days]
    return [{"DTC": day.isoformat(), "YY": f"{b:%Y}", "MM": f"{b:%m}", "DD": f"{b:%d}"} for day, b in zip(days, before)]


def _intervals(table: Table) -> Table:
    """The block of AE gives one record per interval; other events have one."""
    expand = "_RUN in dates(1, greatest(1, count(_GRADE.RUN, where=_GRADE.LNK == AESPID)))"
    rows = [{**row, "Expand": expand if row["Dataset"] == "AE" else ""} for row in table]
    grades = {"Dataset": "_GRADE", "Block": "irae", "From": "raw_irae", "Where": "GRADE_C != 'ND'"}
    return [*rows, grades]


def _several_events(table: Table) -> Table:
    """Joins that find an event take its first interval."""
    first = {"Order": "AE.AESTDTC, AE.AESEQ", "Pick": "first"}
    rows = [{**row, **first} if row["From"] == "AE" else row for row in table]
    run = {"Dataset": "AE", "Name": "RUN", "From": "_GRADE", "Where": "_GRADE.LNK == AESPID and _GRADE.RUN == _RUN"}
    after = {**run, "Name": "NEXT", "Where": "_GRADE.LNK == AESPID and _GRADE.RUN == _RUN + 1"}
    before = {"Dataset": "AE", "Name": "calendar", "From": "calendar", "Where": "calendar.DTC == NEXT.DTC"}
    return [*rows, run, after, before]


def ae_split(folder: Path) -> Path:
    """A copy of the specification with the rows of variant ae_split (D-08)."""
    shutil.copytree(pipeline.REFERENCE, folder, ignore=shutil.ignore_patterns("raw", "adam", "results"))
    (folder / "sdtm" / "mapping" / "_GRADE.csv").write_text(
        "Variable,Where,Expression\n"
        "LNK,SUBJECT != DM.SUBJID,\"SUBJECT + '-' + zfill(AENO, 2)\"\n"
        'LNK,SUBJECT == DM.SUBJID,"zfill(AENO, 2)"\n'
        "TOX,,\"assign_ct(GRADE_C, GRADE, codelist='TOXGR')\"\n"
        'DTC,,"iso8601(AS_YY, AS_MM, AS_DD)"\n'
        '_BEFORE,,"lag(TOX, by=LNK, order=(DTC, number(RECID)))"\n'
        "_CHANGED,,_BEFORE != TOX\n"
        'RUN,,"row_number(by=LNK, order=(DTC, number(RECID)), where=_CHANGED)"\n',
        encoding="utf-8",
    )
    _edit(folder, "tables/calendar.csv", _with(*_calendar()))
    calendar = dict.fromkeys(("Subject", "Record", "System", "Where", "Version"), "none")
    calendar |= {"Table": "calendar", "File": "tables/*.csv", "Record": "", "Key": "DTC"}
    _edit(folder, "Tables.csv", _with(calendar))
    _edit(folder, "Sources.csv", _intervals)
    _edit(folder, "Joins.csv", _several_events)
    _edit(folder, "mapping/AE.csv", _with(
        {"Variable": "AEGRPID", "Expression": "AESPID"},
        {"Variable": "AESTDTC", "Order": "1", "Where": "exists(RUN)", "Expression": "RUN.DTC"},
        {"Variable": "AEENDTC", "Order": "0", "Where": "exists(NEXT)",
         "Expression": "iso8601(calendar.YY, calendar.MM, calendar.DD)"},
        {"Variable": "AETOXGR", "Order": "1", "Where": "exists(RUN)", "Expression": "RUN.TOX"},
    ))  # fmt: skip
    group = {"Dataset": "AE", "Variable": "AEGRPID", "Origin": "Assigned", "Source": "Sponsor"}
    _edit(folder, "Variables.csv", _with(group))
    return folder


@pytest.fixture(scope="module")
def clean_builds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Data without messiness, as shipped (SDTM and ADaM) and as variant ae_split (SDTM)."""
    folder = tmp_path_factory.mktemp("clean")
    simulate.write("clean", folder / "raw")
    shipped = pipeline.Request(pipeline.REFERENCE, folder / "shipped", folder / "raw")
    pipeline.sdtm(shipped)
    pipeline.adam(shipped)
    pipeline.sdtm(pipeline.Request(ae_split(folder / "spec"), folder / "split", folder / "raw"))
    return folder / "shipped", folder / "split"


def test_ae_split_is_a_specification_without_faults(tmp_path: Path) -> None:
    spec = load(ae_split(tmp_path / "spec"), "sdtm", {})
    assert "AEGRPID" in {variable.variable for variable in spec.variables_of("AE")}


def test_an_event_is_split_where_its_grade_changes(clean_builds: tuple[Path, Path]) -> None:
    # study design 6.1, G1: skin, grades 1:3, 4:3, 8:2, 15:1, 22:1, 29:0, 43:0, 57:0; randomised 2024-03-04
    _, split = clean_builds
    event = records(split, "AE", USUBJID="NCT06178146-01-9001", AEGRPID="01")
    assert list(event["AETOXGR"]) == ["3", "2", "1", "0"]
    assert list(event["AESTDY"]) == [1, 8, 15, 29]
    assert list(event["AEENDTC"]) == ["2024-03-10", "2024-03-17", "2024-03-31", "2024-04-01"]
    assert set(event["AESPID"]) == {"01"}


def test_ae_split_has_the_responders_of_the_graded_findings(clean_builds: tuple[Path, Path]) -> None:
    shipped, split = clean_builds
    relieved = records(shipped, "ADIRAE", PARAMCD="RELW1")
    expected = set(zip(*(relieved.loc[relieved["AVALC"] == "Y", name] for name in ("USUBJID", "AELNKID"))))
    events = records(split, "AE", AECAT="TARGET IRAE").sort_values(["USUBJID", "AEGRPID", "AESTDTC", "AESEQ"])
    found = set()
    for key, event in events.groupby(["USUBJID", "AEGRPID"]):
        grade, start = event["AETOXGR"].astype(int), event["AESTDY"]
        before = grade[start <= 1]
        if len(before) and ((start >= 2) & (start <= 8) & (grade <= before.iloc[-1] - 1)).any():
            found.add(key)
    assert found == expected and len(found) > 10
