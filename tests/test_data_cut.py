"""The data cut: records after the cut-off date are left out or changed by the rows of Data Cut, and counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_study import faults, write
from test_adam_inputs import write as write_xpt

from adam.build import build
from engine.outcome import Built
from specs.load import load
from specs.problem import SpecError

TOML = """
STUDYID = "S"
LOCK = "2024-06-30"
[standards]
sdtmig = "3.4"
adamig = "1.3"
occds = "1.1"
sdtmct = "2025-03-28"
adamct = "2025-03-28"
"""
STUDY = {
    "adam/Datasets.csv": "Dataset,Label,Class,Structure,Key Variables\n"
    'ADSL,,,,"STUDYID, USUBJID"\n'
    'ADAE,Events,OCCURRENCE DATA STRUCTURE,One record per event,"STUDYID, USUBJID, AESEQ"\n',
    "adam/Variables.csv": "Dataset,Variable,Label,Data Type,Predecessor,Mandatory\n"
    "ADSL,STUDYID,,,DM.STUDYID,No\nADSL,USUBJID,,,DM.USUBJID,No\nADSL,DTHFL,,,DM.DTHFL,No\n"
    "ADSL,CUTDT,Data Cut-Off,integer,,No\nADSL,NLAB,Laboratory Records,integer,,No\n"
    "ADAE,STUDYID,,,AE.STUDYID,No\nADAE,USUBJID,,,AE.USUBJID,No\nADAE,AESEQ,,,AE.AESEQ,No\n"
    "ADAE,AETERM,,,AE.AETERM,No\nADAE,AEOUT,,,AE.AEOUT,No\nADAE,AESTDTC,,,AE.AESTDTC,No\n"
    "ADAE,AEENDTC,,,AE.AEENDTC,No\n",
    "adam/Sources.csv": "Dataset,Block,From\nADSL,S,DM\nADAE,E,AE\n",
    "adam/mapping/ADSL.csv": "Variable,Expression\nCUTDT,date(DM.DCUTDTC)\nNLAB,count(LB)\n",
    "adam/Data Cut.csv": "Dataset,Where,Variable,Expression\n"
    "DM,RFICDTC > DCUTDTC,,\n"
    "DM,DTHDTC > DCUTDTC,DTHDTC DTHFL,\n"
    '"EVENTS, INTERVENTIONS",--STDTC > DCUTDTC,,\n'
    "FINDINGS,--DTC > DCUTDTC,,\n"
    "AE,AESTDTC > DCUTDTC,,\n"
    "AE,AEENDTC > DCUTDTC,AEENDTC,\n"
    "AE,AEENDTC > DCUTDTC,AEOUT,'NOT RECOVERED/NOT RESOLVED'\n",
}
DM = {
    "STUDYID": ["S"] * 4,
    "USUBJID": ["1", "2", "3", "4"],
    "RFICDTC": ["2024-01-05", "2024-06-30T23:00", "2024-07-01", "2024-02"],
    "DTHDTC": ["2024-07-02", "2024-06-30", "", ""],
    "DTHFL": ["Y", "Y", "", ""],
}
AE = {
    "STUDYID": ["S"] * 6,
    "USUBJID": ["1", "1", "1", "3", "4", "4"],
    "AESEQ": [1.0, 2.0, 3.0, 1.0, 1.0, 2.0],
    "AETERM": ["kept", "cut", "truncated", "of a subject who left", "partial", "on the day"],
    "AEOUT": ["RECOVERED/RESOLVED", "FATAL", "RECOVERED/RESOLVED", "UNKNOWN", "UNKNOWN", "UNKNOWN"],
    "AESTDTC": ["2024-06-01", "2024-07-01", "2024-06-20", "2024-06-01", "2024-06", "2024-06-30T10:00"],
    "AEENDTC": ["2024-06-30", "2024-07-02", "2024-07-03", "", "2024-07", "2024"],
}
LB = {
    "STUDYID": ["S"] * 3,
    "USUBJID": ["1", "1", "2"],
    "LBSEQ": [1.0, 2.0, 1.0],
    "LBTESTCD": ["ALT", "ALT", "ALT"],
    "LBDTC": ["2024-06-30T23:59", "2024-07-01T00:01", ""],
}


def study(folder: Path, datacut: str = '[datacut]\ndate = "2024-06-30"\n', **changes: str) -> Path:
    sdtm = folder / "out"
    sdtm.mkdir(parents=True, exist_ok=True)
    for name, data in (("DM", DM), ("AE", AE), ("LB", LB)):
        write_xpt(sdtm, name, data)
    named = {"cut": "adam/Data Cut.csv"}
    return write(folder, {"study.toml": TOML + datacut, **STUDY, **{named[key]: text for key, text in changes.items()}})


def built(folder: Path, *given: str, **changes: str) -> Built:
    return build(load(study(folder, *given, **changes), "adam"), None, folder / "out")


def column(found: Built, dataset: str, name: str) -> list[object]:
    values = found.outputs[dataset].frame()[name].astype(object)
    return [None if value != value else value for value in values]


def test_record_that_starts_after_the_cut_off_is_left_out(tmp_path: Path) -> None:
    found = built(tmp_path)
    assert column(found, "ADAE", "AETERM") == ["kept", "truncated", "partial", "on the day"]
    assert column(found, "ADSL", "NLAB") == [1, 1, 0]  # by the day, whatever the time; one without a date stays


def test_subject_who_enters_after_the_cut_off_leaves_with_every_record(tmp_path: Path) -> None:
    assert column(built(tmp_path), "ADSL", "USUBJID") == ["1", "2", "4"]


def test_end_after_the_cut_off_is_changed_as_stated(tmp_path: Path) -> None:
    found = built(tmp_path)
    assert column(found, "ADAE", "AEENDTC") == ["2024-06-30", None, None, "2024"]
    assert column(found, "ADAE", "AEOUT")[1:] == [*["NOT RECOVERED/NOT RESOLVED"] * 2, "UNKNOWN"]
    assert column(found, "ADSL", "DTHFL") == [None, "Y", None]  # who dies on the day of the cut is dead


def test_cut_is_counted_in_the_ledger(tmp_path: Path) -> None:
    frame = built(tmp_path).ledger
    rows = [tuple(row) for row in frame[frame["Dataset"] == ""][["Table", "Step", "Rows"]].itertuples(index=False)]
    assert rows == [
        ("AE", "rows read", 6),
        ("AE", "left out: data cut: AESTDTC > DCUTDTC", 1),
        ("AE", "left out: data cut: the subject is left out by DM", 1),
        ("AE", "rows kept", 4),
        ("DM", "rows read", 4),
        ("DM", "left out: data cut: RFICDTC > DCUTDTC", 1),
        ("DM", "rows kept", 3),
        ("LB", "rows read", 3),
        ("LB", "left out: data cut: --DTC > DCUTDTC", 1),
        ("LB", "left out: data cut: the subject is left out by DM", 0),
        ("LB", "rows kept", 2),
    ]


def test_each_changed_value_is_an_issue_with_its_record(tmp_path: Path) -> None:
    found = built(tmp_path).issues
    rows = found[["Severity", "Variable", "USUBJID", "File", "Row", "Value", "Message"]].itertuples(index=False)
    assert [tuple(row) for row in rows if row[1] in ("DTHFL", "AEENDTC")] == [
        ("note", "AEENDTC", "1", "ae.xpt", 3, "2024-07-03", "data cut, AEENDTC > DCUTDTC: it became missing"),
        ("note", "AEENDTC", "4", "ae.xpt", 5, "2024-07", "data cut, AEENDTC > DCUTDTC: it became missing"),
        ("note", "DTHFL", "1", "dm.xpt", 1, "Y", "data cut, DTHDTC > DCUTDTC: it became missing"),
    ]


def test_cut_off_may_differ_between_subjects(tmp_path: Path) -> None:
    found = built(tmp_path, '[datacut]\ndate = "greatest(RFICDTC, LOCK)"\n')
    assert column(found, "ADSL", "USUBJID") == ["1", "2", "3", "4"]
    assert column(found, "ADSL", "CUTDT") == [23557, 23557, 23558, 23557]  # 2024-06-30 and 07-01 as SAS dates


def test_without_a_data_cut_nothing_is_cut(tmp_path: Path) -> None:
    found = built(tmp_path, "")
    assert column(found, "ADSL", "USUBJID") == ["1", "2", "3", "4"]
    assert column(found, "ADSL", "CUTDT") == [None] * 4
    assert not (found.ledger["Dataset"] == "").any()


def test_subject_without_a_cut_off_is_an_error(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: built(tmp_path, '[datacut]\ndate = "DTHDTC"\n'))
    assert found == [
        "study.toml [datacut.date] 2 subjects have no complete cut-off date, the first '3' (missing); "
        "give every subject a day: least(X, '2024-06-30') skips missing dates"
    ]


def test_dated_dataset_without_a_row_is_a_fault(tmp_path: Path) -> None:
    text = "Dataset,Where,Variable,Expression\nDM,,,\nAE,AESTDTC > DCUTDTC,,\n"
    assert faults(tmp_path, lambda: built(tmp_path, cut=text)) == [
        "adam/Data Cut.csv no row is about LB, which has dates; say what is cut: Where --DTC > DCUTDTC; "
        "a blank Where keeps every record"
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("AX,AESTDTC > DCUTDTC,,", "[Dataset] 'AX' is no SDTM dataset or class; one of AE, DM, EVENTS,"),
        ("AE,AESTDT > DCUTDTC,,", "adam/Data Cut.csv:2 [Where] unknown name 'AESTDT'; did you mean 'AESTDTC'?"),
        ("AE,AESEQ > DCUTDTC,,", "date(X) turns an ISO 8601 date into a numeric day"),
        ("AE,AEENDTC > DCUTDTC,AEENDT,", "[Expression] AE has no column 'AEENDT'; did you mean 'AEENDTC'?"),
        ("AE,AEENDTC > DCUTDTC,AEOUT,1", "[Expression] AEOUT needs a text, but 1.0 is a number"),
        ("AE,AEENDTC > DCUTDTC,,'X'", "[Expression] fills no variable"),
        ("AE,,AEENDTC,", "[Where] is blank, so nothing is changed"),
    ],
)  # fmt: skip
def test_fault_of_a_row_is_found_before_the_data(tmp_path: Path, row: str, message: str) -> None:
    text = f"Dataset,Where,Variable,Expression\n{row}\nDM,,,\nAE,,,\nLB,,,\n"
    with pytest.raises(SpecError) as caught:
        built(tmp_path, cut=text)
    assert message in str(caught.value.problems[0])


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("[datacut]\n", 'is missing; write date = "2024-06-30"'),
        ('[datacut]\ndate = "2024-06"\n', "'2024-06' is no complete date"),
        ('[datacut]\ndate = "NOW"\n', "unknown name 'NOW'"),
        ('[datacut]\ndate = "STUDYID"\n', "the data cut-off needs an ISO 8601 date"),
        ('[datacut]\nday = "2024-06-30"\n', "[datacut.day] is not a setting of the data cut"),
    ],
)
def test_fault_of_the_cut_off_names_its_place(tmp_path: Path, section: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        built(tmp_path, section)
    assert any(message in str(problem) for problem in caught.value.problems)
