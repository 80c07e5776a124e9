"""The golden subjects have the values that were worked by hand in the study design.

`golden/expected.csv` states one value per row: dataset, the records it is about (`column=value` pairs),
variable, value, and where the value stands. An empty value means missing, `(no record)` that there is no such
record. A date stands for the numeric date of ADaM and for the day of a date with time.
"""

from __future__ import annotations

import csv
import datetime
from functools import cache
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

EXPECTED = Path(__file__).parent / "golden" / "expected.csv"
NO_RECORD = "(no record)"
_EPOCH = datetime.date(1960, 1, 1)


def _cases() -> list[dict[str, str]]:
    with EXPECTED.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _name(case: dict[str, str]) -> str:
    where = case["where"].replace("USUBJID=NCT06178146-01-", "")
    return f"{case['dataset']}.{case['variable']}[{where}]"


@cache
def _dataset(folder: Path, name: str) -> pd.DataFrame:
    stage = "adam" if name.startswith("AD") else "sdtm"
    path = folder / stage / f"{name.lower()}.xpt"
    return pyreadstat.read_xport(str(path), disable_datetime_conversion=True)[0]


def _text(value: object) -> str:
    """A value as the expectations write it: missing is empty, a whole number has no decimals."""
    if value is None or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).rstrip(" ")


def _records(data: pd.DataFrame, where: str) -> pd.DataFrame:
    for pair in where.split("; "):
        column, _, value = pair.partition("=")
        data = data[data[column].map(_text) == value]
    return data


def _agrees(value: object, expected: str) -> bool:
    """True if `value` is the expected one, to the decimals in which that is written."""
    text = _text(value)
    if expected == "" or not isinstance(value, (int, float)):
        day_of_datetime = len(expected) == 10 and text[10:11] == "T"
        return (text[:10] if day_of_datetime else text) == expected
    if expected.count("-") == 2:
        return float(value) == (datetime.date.fromisoformat(expected) - _EPOCH).days
    decimals = len(expected.partition(".")[2])
    tolerance = 0.5 * 10**-decimals if decimals else 1e-9
    return abs(float(value) - float(expected)) <= tolerance


@pytest.mark.parametrize("case", _cases(), ids=_name)
def test_golden_value(golden_build: Path, case: dict[str, str]) -> None:
    found = _records(_dataset(golden_build, case["dataset"]), case["where"])
    if case["expected"] == NO_RECORD:
        assert found.empty, f"{len(found)} records, but {case['source']} has none"
        return
    assert not found.empty, f"no record of {case['dataset']} where {case['where']}"
    values = list(found[case["variable"]])
    assert all(_agrees(value, case["expected"]) for value in values), (
        f"{values}, but {case['source']} has {case['expected'] or 'nothing'}"
    )


def test_every_expectation_is_stated_once() -> None:
    keys = [(case["dataset"], case["where"], case["variable"]) for case in _cases()]
    assert len(keys) == len(set(keys))


def test_numeric_dates_and_decimals_are_compared_as_stated() -> None:
    assert _agrees(23439.0, "2024-03-04")
    assert not _agrees(23440.0, "2024-03-04")
    assert _agrees(35.4609929, "35.461")
    assert not _agrees(35.4618, "35.461")
    assert _agrees("2024-03-04T10:00", "2024-03-04")
    assert not _agrees("2024-04", "")
