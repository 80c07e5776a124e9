"""What changed between two builds, read from their files alone, and what an impact says may change."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pandas as pd
import pyreadstat

from pipeline import REFERENCE
from qc.explain.impact import Report
from specs.blocks import EVENT_VARIABLES
from specs.impact import DISPLAY, EVENTS, RECORDS, RESULT, VARIABLE

Changed = tuple[str, str, str]  # dataset, parameter ("" where the dataset has none), variable


def _read(path: Path) -> pd.DataFrame:
    return pyreadstat.read_xport(str(path), disable_datetime_conversion=True)[0]


@cache
def values_of(folder: Path) -> dict[Changed, list[tuple[str, str]]]:
    """The values of each variable by dataset and parameter, sorted with their subjects, so that order does not matter.

    Supplemental qualifiers are values of a variable of their parent, as in the specification.
    """
    found: dict[Changed, list[tuple[str, str]]] = {}
    for path in sorted((*(folder / "sdtm").glob("*.xpt"), *(folder / "adam").glob("*.xpt"))):
        name, table = path.stem.upper(), _read(path)
        subjects = table["USUBJID"] if "USUBJID" in table else pd.Series([""] * len(table))
        if name.startswith("SUPP"):
            for qualifier, rows in table.groupby("QNAM"):
                found[name[4:], "", str(qualifier)] = _sorted(subjects[rows.index], rows["QVAL"])
            continue
        groups = table.groupby("PARAMCD") if "PARAMCD" in table else [("", table)]
        for parameter, rows in groups:
            for column in table.columns:
                found[name, str(parameter), column] = _sorted(subjects[rows.index], rows[column])
    return found


def _sorted(subjects: pd.Series, values: pd.Series) -> list[tuple[str, str]]:
    return sorted(zip(map(repr, subjects.tolist()), map(repr, values.tolist()), strict=True))


def changed(before: Path, after: Path) -> set[Changed]:
    """The variables that differ between two builds."""
    one, other = values_of(before), values_of(after)
    return {key for key in {*one, *other} if one.get(key) != other.get(key)}


def changed_results(before: Path, after: Path) -> set[str]:
    """The results that differ between two builds, and the displays that count records themselves."""
    one, other = (_results(folder / "results" / "ard.json") for folder in (before, after))
    return {name for name in {*one, *other} if name and one.get(name) != other.get(name)}


def _results(path: Path) -> dict[str, list[str]]:
    ids = [row[1] for row in _rows(REFERENCE / "results" / "Analysis Results.csv")]
    found: dict[str, list[str]] = {}
    for row in json.loads(path.read_text(encoding="utf-8"))["rows"]:
        name = row["result"] if row["result"] in ids else row["display"]  # of a display: a box of a flow diagram
        found.setdefault(name, []).append(json.dumps(row, sort_keys=True))
    return found


class Predicted:
    """What an impact lets change."""

    def __init__(self, report: Report) -> None:
        self.variables: set[Changed] = set()
        self.records: set[tuple[str, str]] = set()
        self.results: set[str] = set()
        for one in report.reached():
            for block in one.blocks:
                if one.kind == VARIABLE:
                    self.variables.add((one.owner, block, one.name))
                elif one.kind == EVENTS:
                    events = report.stages[one.stage].events[one.owner, block]
                    names = {*EVENT_VARIABLES, *(text for event in events for text in event.texts)}
                    self.variables |= {(one.owner, block, name) for name in names}
                elif one.kind == RECORDS:
                    self.records.add((one.owner, block))
            if one.kind in (RESULT, DISPLAY):
                self.results.add(one.name)
        self._parameters = {
            (row.dataset, row.paramcd) for stage in report.stages.values() for row in stage.spec.parameters
        }

    def covers(self, one: Changed) -> bool:
        """Whether a variable may change. Where the file does not show the block of a record, any block will do."""
        dataset, parameter, name = one
        if parameter and (dataset, parameter) in self._parameters:
            return (dataset, parameter, name) in self.variables or (dataset, parameter) in self.records
        known = {(owner, variable) for owner, _, variable in self.variables}
        return (dataset, name) in known or dataset in {owner for owner, _ in self.records}


def with_change(raw: Path, target: Path, table: str, column: str, row: int, value: str) -> None:
    """A copy of raw tables with one other cell; row counts from 1, without the header."""
    shutil.copytree(raw, target)
    path = target / f"{table}.csv"
    rows = list(_rows(path))
    rows[row][rows[0].index(column)] = value
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield from csv.reader(stream)
