"""The independent programming gives the values worked by hand for the golden subjects (study design 6.1 and 10).

Each case is: dataset, subject, further key values, variable, value. A date is written as one; None is missing.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from double.datasets import program
from double.perprotocol import REASONS
from double.source import SAS_EPOCH

Case = tuple[str, str, dict[str, object], str, object]

SUBJECTS: list[Case] = [
    ("ADSL", "9001", {}, "RANDDT", 23439),
    ("ADSL", "9001", {}, "NINJ", 16),
    ("ADSL", "9001", {}, "TRCMP", 100),
    ("ADSL", "9001", {}, "TRTSDT", "2024-03-04"),
    ("ADSL", "9001", {}, "TRTEDT", "2024-04-25"),
    ("ADSL", "9001", {}, "TRTDURD", 53),
    ("ADSL", "9001", {}, "PPROTFL", "Y"),
    ("ADSL", "9002", {}, "NIRAE", 2),
    ("ADSL", "9002", {}, "IDXORG", "LIVER"),
    ("ADSL", "9002", {}, "IDXGR", 3),
    ("ADSL", "9002", {}, "ANCPTDT", "2024-03-11"),
    ("ADSL", "9003", {}, "FINJDT", "2024-04-03"),
    ("ADSL", "9003", {}, "ANCPTDT", "2024-04-03"),
    ("ADSL", "9003", {}, "PPROTFL", "N"),  # 10.13
    ("ADSL", "9003", {}, "PPEXRS", REASONS[4]),
    ("ADSL", "9004", {}, "DTHDT", "2024-04-19"),
    ("ADSL", "9004", {}, "DTHFL", "Y"),
    ("ADSL", "9004", {}, "LSTALVDT", "2024-04-19"),
    ("ADSL", "9004", {}, "MAXGRGR1", "Grade 3-4"),
    ("ADSL", "9005", {}, "EOSSTT", "DISCONTINUED"),
    ("ADSL", "9005", {}, "EOSDT", "2024-05-20"),
    ("ADSL", "9005", {}, "W1EVALFL", "N"),  # the only grade after Day 1 is on Day 9
    ("ADSL", "9005", {}, "TRTEDTF", "D"),
    ("ADSL", "9006", {}, "TRTEDT", "2024-07-07"),
    ("ADSL", "9007", {}, "TRT01P", "Thymosin Alpha-1 + CT"),
    ("ADSL", "9007", {}, "TRT01A", "Conventional Therapy"),
    ("ADSL", "9007", {}, "FASFL", "Y"),
    ("ADSL", "9007", {}, "SAFFL", "Y"),
    ("ADSL", "9007", {}, "FINJDT", None),
    ("ADSL", "9007", {}, "ANCPTDT", None),
    ("ADSL", "9008", {}, "TRT01P", "Screen Failure"),
    *(("ADSL", "9008", {}, f"{name}FL", "N") for name in ("RAND", "ITT", "FAS", "SAF", "PPROT", "W1EVAL")),
    ("ADSL", "9008", {}, "RANDDT", None),
    ("ADSL", "9008", {}, "WEIGHTBL", 52),
    ("ADSL", "9008", {}, "CRCLBL", 62.924),
]

EVENTS: list[Case] = [
    ("ADAE", "9001", {"AESEQ": 1}, "ASTDY", -13),
    ("ADAE", "9001", {"AESEQ": 1}, "AENDT", "2024-04-01"),
    ("ADAE", "9001", {"AESEQ": 1}, "ADURN", 42),
    ("ADAE", "9001", {"AESEQ": 1}, "PREFL", "Y"),
    ("ADAE", "9004", {"AESEQ": 1}, "AETOXGR", "5"),
    ("ADAE", "9004", {"AESEQ": 1}, "AENDT", "2024-04-19"),
    ("ADAE", "9005", {"AESEQ": 1}, "ASTDT", "2024-04-01"),
    ("ADAE", "9005", {"AESEQ": 1}, "ASTDTF", "D"),
    ("ADAE", "9006", {"AESEQ": 1}, "TRTEMFL", "Y"),
    ("ADAE", "9006", {"AESEQ": 1}, "ATOXGRN", 3),
    ("ADAE", "9006", {"AESEQ": 1}, "ADURN", None),
]


def _responses() -> list[Case]:
    """6.1, expected values of the responses: subject, event, parameters, AVALC, further variables."""
    rows = [
        ("9001", "01", "RELW1 G1W2 G1W4 G1W6 G1W8", "Y"),
        ("9002", "01", "RELW1", "Y"),
        ("9002", "02", "RELW1 G1W2 G1W4", "N"),
        ("9002", "02", "G1W6 G1W8", "Y"),
        ("9002", None, "SRELW1 SRELW1I SG1W2 SG1W4", "N"),
        ("9002", None, "SG1W6", "Y"),
        ("9003", "01", "RELW1 RELW1P G1W2", "Y"),
        ("9003", "01", "RELW1T", "N"),
        ("9004", "01", "RELW1 G1W2 G1W4 G1W6 G1W8", "N"),
        ("9005", "01", "RELW1", "N"),
        ("9005", "01", "RELW1V G1W2 G1W4 G1W6 G1W8", "Y"),
        ("9006", "01", "RELW1", "N"),
        ("9007", "01", "RELW1", "Y"),
        ("9007", "01", "RELW1P", "N"),
    ]
    cases: list[Case] = []
    for subject, event, codes, value in rows:
        for code in codes.split():
            key: dict[str, object] = {"PARAMCD": code, **({"AELNKID": event} if event else {})}
            cases.append(("ADIRAE", subject, key, "AVALC", value))
    return cases


RESPONSES: list[Case] = [
    *_responses(),
    ("ADIRAE", "9001", {"PARAMCD": "RELW1"}, "ADT", "2024-03-11"),
    ("ADIRAE", "9001", {"PARAMCD": "RELW1"}, "ADY", 8),
    ("ADIRAE", "9002", {"PARAMCD": "RELW1", "AELNKID": "01"}, "ADY", 8),
    ("ADIRAE", "9003", {"PARAMCD": "RELW1"}, "ADY", 3),
    ("ADIRAE", "9005", {"PARAMCD": "RELW1V"}, "ADY", 9),
    ("ADIRAE", "9007", {"PARAMCD": "RELW1"}, "ADY", 4),
    ("ADIRAE", "9004", {"PARAMCD": "RELW1"}, "AVALRSN", "ASSESSED, NOT MET"),
    ("ADIRAE", "9005", {"PARAMCD": "RELW1"}, "AVALRSN", "NO POST-BASELINE ASSESSMENT"),
    ("ADIRAE", "9006", {"PARAMCD": "IRAEGR", "VISIT": "WEEK 1"}, "AVAL", 3),
]


def _times() -> list[Case]:
    """6.1, expected values of the times: subject, event, parameter, AVAL, CNSR."""
    rows = [
        ("9001", "01", "TTG1E", 15, 0),
        ("9001", "01", "TTR1E", 8, 0),
        ("9001", "01", "TTG1ET", 15, 0),
        ("9002", "01", "TTG1E", 8, 0),
        ("9002", "02", "TTG1E", 43, 0),
        ("9002", None, "TTG1S", 43, 0),
        ("9003", "01", "TTG1E", 15, 0),
        ("9003", "01", "TTG1ET", 13, 0),
        ("9003", "01", "TTG1ESU", 29, 0),
        ("9004", "01", "TTG1E", 57, 3),
        ("9004", None, "TTG1S", 57, 3),
        ("9004", "01", "TTG1ECD", 12, 5),
        ("9005", "01", "TTG1E", 9, 0),
        ("9006", "01", "TTG1E", 57, 1),
        ("9006", None, "TTG1S", 57, 1),
        ("9007", "01", "TTG1E", 22, 2),
        ("9007", None, "TTG1S", 22, 2),
        # 10.12: last covered day 2024-06-19, last contact 06-24, within seven days after it
        ("9007", None, "TTCSOFF", 22, 1),
        # last covered day 2024-04-05 is Day 33; the seven days after it are without steroid
        ("9001", None, "TTCSOFF", 34, 0),
        ("9006", None, "TTCSOFF", 57, 0),
    ]
    cases: list[Case] = []
    for subject, event, code, value, censored in rows:
        key: dict[str, object] = {"PARAMCD": code, **({"AELNKID": event} if event else {})}
        cases += [("ADTTE", subject, key, "AVAL", value), ("ADTTE", subject, key, "CNSR", censored)]
    return cases


TIMES: list[Case] = [
    *_times(),
    ("ADTTE", "9004", {"PARAMCD": "TTG1E"}, "ADT", "2024-06-03"),
    ("ADTTE", "9004", {"PARAMCD": "TTG1E"}, "SRCVAR", "DTHDT"),  # 10.20
    ("ADTTE", "9006", {"PARAMCD": "TTG1E"}, "ADT", "2024-07-08"),
    ("ADTTE", "9003", {"PARAMCD": "TTG1ET"}, "STARTDT", "2024-04-03"),
]


def _doses() -> list[Case]:
    """6.1, expected values of the corticosteroid parameters."""
    rows: dict[str, dict[str, float]] = {
        "9001": {"CSCUM": 1410, "CSDUR": 33, "CSIVYN": 1, "CSIVPCT": 35.461, "CSIVDPC": 15.152},
        "9002": {"CSCUM": 1370, "CSDUR": 41, "CSIVPCT": 0, "CSIVYN": 0},
        "9003": {"CSCUM": 1960, "CSDUR": 49, "CSIVPCT": 35.714},
        "9004": {"CSCUM": 3225, "CSDUR": 12, "CSIVPCT": 100, "ISYN": 1},
        "9005": {"CSCUM": 750, "CSDUR": 15, "CSIVYN": 0},
        "9006": {"CSCUM": 1400, "CSDUR": 56},
        "9007": {"CSCUM": 1065, "CSCUMALL": 1118.333, "CSDUR": 17, "CSIVPCT": 21.127},
    }
    return [("ADCS", who, {"PARAMCD": code}, "AVAL", value) for who, row in rows.items() for code, value in row.items()]


MEDICATION: list[Case] = [
    *_doses(),
    ("ADCM", "9002", {"CMSEQ": 3}, "CSADJFL", "Y"),
    ("ADCM", "9002", {"CMSEQ": 3}, "CSWDAYS", 13),
    ("ADCM", "9005", {"CMSEQ": 2}, "AENDT", "2024-05-20"),
    ("ADCM", "9005", {"CMSEQ": 2}, "AENDTF", "D"),
    ("ADCM", "9004", {"CMSEQ": 4}, "AENDT", "2024-04-19"),
    ("ADCM", "9004", {"CMSEQ": 4}, "AENDTF", None),
]

LABORATORY: list[Case] = [
    ("ADLB", "9006", {"PARAMCD": "ALT", "DTYPE": "HALFLLOQ"}, "AVAL", 2.5),
    ("ADLB", "9006", {"PARAMCD": "ALT", "DTYPE": "HALFLLOQ"}, "ATOXGRH", "0"),
    ("ADLB", "9008", {"PARAMCD": "HGB"}, "AVAL", 121),
    ("ADLB", "9008", {"PARAMCD": "NEUT"}, "AVAL", 0.8),
    ("ADLB", "9008", {"PARAMCD": "NEUT"}, "ATOXGRL", "3"),
    ("ADLB", "9008", {"PARAMCD": "NEUT"}, "A1IND", "NOT MET"),
    ("ADLB", "9008", {"PARAMCD": "CRCLCG"}, "AVAL", 62.924),
]

CASES = [*SUBJECTS, *EVENTS, *RESPONSES, *TIMES, *MEDICATION, *LABORATORY]


@pytest.fixture(scope="module")
def datasets(golden_build: Path) -> dict[str, pd.DataFrame]:
    return program(golden_build / "sdtm")


def _name(case: Case) -> str:
    dataset, subject, key, variable, _ = case
    return f"{dataset}.{variable}[{' '.join([subject, *map(str, key.values())])}]"


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_value_worked_by_hand(datasets: dict[str, pd.DataFrame], case: Case) -> None:
    dataset, subject, key, variable, expected = case
    data = datasets[dataset]
    data = data[data["USUBJID"] == f"NCT06178146-01-{subject}"]
    for column, value in key.items():
        data = data[data[column] == value]
    (found,) = data[variable]
    if expected is None:
        assert pd.isna(found)
    elif variable.endswith("DT") and isinstance(expected, str):
        assert found == (pd.Timestamp(expected) - SAS_EPOCH).days
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, abs=0.0005)  # the design prints three decimals
    else:
        assert found == expected


def test_no_text_anchor_without_an_injection(datasets: dict[str, pd.DataFrame]) -> None:
    data = datasets["ADIRAE"]
    assert not ((data["USUBJID"] == "NCT06178146-01-9007") & (data["PARAMCD"] == "RELW1T")).any()


@pytest.mark.parametrize(
    ("code", "thymosin", "control"),
    [
        ("RELW1", (3, 4), (1, 4)),
        ("SRELW1", (3, 4), (0, 3)),
        ("RELW1V", (4, 4), (1, 4)),
        ("RELW1P", (2, 4), (1, 4)),
        ("RELW1T", (1, 3), (1, 4)),
        ("G1W2", (3, 4), (1, 4)),
        ("G1W4", (3, 4), (1, 4)),
        ("G1W6", (3, 4), (2, 4)),
        ("G1W8", (3, 4), (2, 4)),
        ("SG1W2", (3, 4), (0, 3)),
        ("SG1W4", (3, 4), (0, 3)),
        ("SG1W6", (3, 4), (1, 3)),
        ("SG1W8", (3, 4), (1, 3)),
    ],
)
def test_responders_by_arm(
    datasets: dict[str, pd.DataFrame], code: str, thymosin: tuple[int, int], control: tuple[int, int]
) -> None:
    data = datasets["ADIRAE"]
    arms = data[data["PARAMCD"] == code].groupby("TRTPN")["AVAL"].agg(["sum", "size"])
    assert tuple(arms.loc[1]) == thymosin
    assert tuple(arms.loc[2]) == control


@pytest.mark.parametrize(
    ("code", "arm", "expected"),
    [
        ("TTG1E", 1, [(9, 0), (15, 0), (15, 0), (22, 2)]),
        ("TTG1E", 2, [(8, 0), (43, 0), (57, 1), (57, 3)]),
        ("TTG1S", 1, [(9, 0), (15, 0), (15, 0), (22, 2)]),
        ("TTG1S", 2, [(43, 0), (57, 1), (57, 3)]),
    ],
)
def test_times_by_arm(datasets: dict[str, pd.DataFrame], code: str, arm: int, expected: list[tuple[int, int]]) -> None:
    data = datasets["ADTTE"]
    rows = data[(data["PARAMCD"] == code) & (data["TRTPN"] == arm)]
    assert sorted(zip(rows["AVAL"], rows["CNSR"], strict=True)) == expected


def test_doses_by_arm(datasets: dict[str, pd.DataFrame]) -> None:
    data = datasets["ADCS"]
    doses = data[data["PARAMCD"] == "CSCUM"].groupby("TRTPN")["AVAL"].agg(["mean", "std", "median"]).round(2)
    assert list(doses.loc[1]) == [1296.25, 518.13, 1237.5]
    assert list(doses.loc[2]) == [1998.33, 1062.43, 1400.0]
