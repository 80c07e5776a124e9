"""What the tests of the reference study compare: raw rows as the csv module reads them, datasets, issues."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pyreadstat

Row = dict[str, str]
Place = tuple[str, int, str]

SYSTEM = ("STUDY", "FORM", "RECID", "ACTIVE", "SAVETS", "LINE")
KEYS = {
    # study design, section 2 and 10.1
    "dm": "SUBJECT", "ic": "SUBJECT ICDAT IETESTCD", "rand": "SUBJECT", "ici": "SUBJECT RECPOS",
    "irae": "SUBJECT AENO FOLDER FOLDERSEQ", "ae": "SUBJECT AENO", "sd": "SUBJECT FOLDER SDDAT SDTIM RECPOS",
    "cs": "SUBJECT RECPOS", "cm": "SUBJECT RECPOS", "lb": "SUBJECT LBSPID LBCODE",
    "vs": "SUBJECT FOLDER FOLDERSEQ", "sv": "SUBJECT FOLDER FOLDERSEQ", "mh": "SUBJECT RECPOS",
    "ds": "SUBJECT", "dd": "SUBJECT",
}  # fmt: skip


@cache
def all_rows(out: Path, form: str) -> tuple[Row, ...]:
    """Every row of a raw file, with its line (the header is line 1) under LINE."""
    with (out.parent / "raw" / f"raw_{form}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return tuple({**row, "LINE": str(line)} for line, row in enumerate(csv.DictReader(stream), start=2))


def inactive(out: Path, form: str) -> list[Row]:
    return [row for row in all_rows(out, form) if row["ACTIVE"] == "0"]


def duplicates(out: Path, form: str) -> list[Row]:
    """Active rows that repeat another in every column but the system's; the one with the smallest RECID is none."""
    first: dict[tuple[str, ...], str] = {}
    active = sorted((row for row in all_rows(out, form) if row["ACTIVE"] == "1"), key=lambda row: int(row["RECID"]))
    return [row for row in active if first.setdefault(_content(row), row["RECID"]) != row["RECID"]]


def _content(row: Row) -> tuple[str, ...]:
    return tuple(value for name, value in row.items() if name not in SYSTEM)


def superseded(out: Path, form: str) -> list[Row]:
    """Active rows of which a later version (SAVETS, RECID) has the same natural key."""
    gone = {row["RECID"] for row in duplicates(out, form)}
    newest: dict[tuple[str, ...], Row] = {}
    rows = [row for row in all_rows(out, form) if row["ACTIVE"] == "1" and row["RECID"] not in gone]
    for row in sorted(rows, key=lambda row: (row["SAVETS"], int(row["RECID"]))):
        newest[_key(row, form)] = row
    return [row for row in rows if newest[_key(row, form)] is not row]


def _key(row: Row, form: str) -> tuple[str, ...]:
    return tuple(row[name] for name in KEYS[form].split())


@cache
def rows(out: Path, form: str) -> tuple[Row, ...]:
    """The rows that count: active, once, the latest of their natural key."""
    left = {row["RECID"] for part in (inactive, duplicates, superseded) for row in part(out, form)}
    return tuple(row for row in all_rows(out, form) if row["RECID"] not in left)


def where(out: Path, form: str, holds: Callable[[Row], bool]) -> list[Row]:
    """The rows that count and for which `holds`; that there are some is part of every test."""
    found = [row for row in rows(out, form) if holds(row)]
    assert found, f"raw_{form}.csv has no such row"
    return found


def person(out: Path, subject: str) -> str:
    """USUBJID of a subject number: that of the first screening (M-17)."""
    earlier = {row["SUBJECT"]: row["PREVSUBJ"] for row in rows(out, "dm") if row["PREVSUBJ"]}
    return f"NCT06178146-01-{earlier.get(subject, subject)}"


def iso(row: Row, item: str) -> str:
    """The ISO 8601 date of the parts of a date item, as far as it is known (M-05)."""
    year, month, day = (row[f"{item}_{part}"] for part in ("YY", "MM", "DD"))
    if not year.isdigit():
        return ""
    if not month.isdigit():
        return year
    return f"{year}-{month}-{day}" if day.isdigit() else f"{year}-{month}"


@cache
def dataset(out: Path, name: str) -> pd.DataFrame:
    """A built dataset; texts without trailing blanks, missing texts blank, missing numbers NaN."""
    stage = "adam" if name.startswith("AD") else "sdtm"
    return pyreadstat.read_xport(str(out / stage / f"{name.lower()}.xpt"), disable_datetime_conversion=True)[0]


def record(out: Path, name: str, **values: object) -> pd.Series:
    """The one record of a dataset with these values."""
    found = records(out, name, **values)
    assert len(found) == 1, f"{len(found)} records of {name} with {values}"
    return found.iloc[0]


def records(out: Path, name: str, **values: object) -> pd.DataFrame:
    data = dataset(out, name)
    for column, value in values.items():
        data = data[data[column] == value]
    return data


@cache
def _issues(out: Path) -> tuple[Row, ...]:
    with (out / "qc" / "issues.csv").open(encoding="utf-8-sig", newline="") as stream:
        return tuple(csv.DictReader(stream))


def issues(out: Path, rule: str, form: str, **values: str) -> set[Place]:
    """Where issues of a rule stand: file, line and record of the raw row."""
    file = f"raw_{form}.csv"
    found = [row for row in _issues(out) if row["Rule"] == rule and row["File"] == file]
    found = [row for row in found if all(row[name.capitalize()] == value for name, value in values.items())]
    return {(row["File"], int(row["Row"]), row["Record"]) for row in found}


def places(form: str, found: list[Row]) -> set[Place]:
    return {(f"raw_{form}.csv", int(row["LINE"]), row["RECID"]) for row in found}
