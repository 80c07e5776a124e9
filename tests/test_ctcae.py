"""The published CTCAE sets grade as the criteria say: at each limit, one step below and above it, with gaps.

`ctcae/boundaries-<version>.csv` has the cases, each worked by hand from the text of the criteria.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from criteria_frame import graded

from language.parse import parse
from language.tree import Constant, walk
from specs.criteria_sets import CRITERIA, published_criteria
from specs.model import Criterion

CASES = Path(__file__).parent / "ctcae"
LAB_PARAMETERS = Path(__file__).parents[1] / "specs/nct06178146/adam/tables/lab_parameters.csv"
FIXTURES = Path(__file__).parents[2] / "shared/fixtures/ctcae"
NUMBERS = ["AVAL", "ANRLO", "ANRHI", "BASE"]
TERM = {"LOW": "ATOXDSCL", "HIGH": "ATOXDSCH"}
VERSIONS = ("4.03", "5.0")
_TERM = re.compile(r"ATOXDSC[LH] == '([^']*)'")
_VARIANT = re.compile(r" \((Asymptomatic|No [a-z ]+)\)$")


@cache
def _cases(version: str) -> pd.DataFrame:
    frame = pd.read_csv(CASES / f"boundaries-{version}.csv", dtype=str, keep_default_na=False)
    frame[NUMBERS] = frame[NUMBERS].replace("", np.nan).astype(float)
    return frame


def _graded(version: str, direction: str) -> pd.DataFrame:
    cases = _cases(version)
    cases = cases[cases["direction"] == direction].reset_index(drop=True)
    frame = cases.rename(columns={"term": TERM[direction]}).replace({"": None})
    values, issues = graded(frame, f"criteria('CTCAE {version} {direction}')")
    return cases.assign(found=["" if value is None else f"{value:g}" for value in values], issue=issues)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("direction", ["LOW", "HIGH"])
def test_grade_at_below_and_above_every_limit(version: str, direction: str) -> None:
    found = _graded(version, direction)
    wrong = found[found["found"] != found["grade"]]
    assert wrong.empty, wrong.to_string()


def test_a_value_that_cannot_be_graded_is_told() -> None:
    found = pd.concat([_graded("5.0", "LOW"), _graded("5.0", "HIGH")])
    expected = (found["grade"] == "") & found["AVAL"].notna()
    assert list(found["issue"] != "") == list(expected)
    told = found.set_index("case")["issue"]
    unit = "CTCAE 5.0 states no laboratory criterion for this term in this unit: not graded"
    assert told["a unit that the criterion does not state"] == unit
    assert told["a term that is not spelt as the criterion"] == unit
    assert told["seconds are no ratio"] == unit
    assert "ANRHI" in told["no upper limit of normal"].iloc[0]


def test_parameters_of_the_reference_study_have_cases_at_each_limit() -> None:
    parameters = pd.read_csv(LAB_PARAMETERS, dtype=str, keep_default_na=False)
    cases = _cases("5.0")
    for direction, column in TERM.items():
        for term in filter(None, parameters[column]):
            grades = {row.value for row in _rows("5.0", direction, term) if row.value}
            mine = cases[(cases["direction"] == direction) & (cases["term"] == term)]
            assert grades <= set(mine["grade"]), term
            assert len(mine["case"].unique()) >= len(grades), term


def _rows(version: str, direction: str, term: str) -> list[Criterion]:
    found = []
    for row in published_criteria(f"CTCAE {version}"):
        named = _TERM.match(row.where)
        if row.criteria.endswith(direction) and named and named[1] == term:
            found.append(row)
    return found


# --- the sets against the published text ------------------------------------------------------------------


def _published(version: str) -> Iterator[dict[str, str]]:
    path = FIXTURES / f"ncictcaev{version[0]}.json"
    if not path.exists():
        pytest.skip("needs the published criteria in ../shared/fixtures/ctcae")
    yield from json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_published_laboratory_term_has_criteria(version: str) -> None:
    wanted = {({"L": "LOW", "H": "HIGH"}[row["DIRECTION"]], row["TERM"]) for row in _published(version)}
    held = set()
    for row in published_criteria(f"CTCAE {version}"):
        named = _TERM.match(row.where)
        if named:
            held.add((row.criteria.rsplit(" ", 1)[1], _VARIANT.sub("", named[1])))
    assert held == wanted


@pytest.mark.parametrize("version", VERSIONS)
def test_reference_of_each_row_is_the_published_text_of_its_grade(version: str) -> None:
    texts = {row["TERM"]: row for row in _published(version)}
    for row in published_criteria(f"CTCAE {version}"):
        named = _TERM.match(row.where)
        if row.value in ("", "0"):
            assert row.reference == ""
            continue
        assert named is not None
        published = texts[_VARIANT.sub("", named[1])]
        assert row.reference == f"Grade {row.value}: {' '.join(published[f'GRADE_{row.value}'].split())}", row.place


_NUMBER = re.compile(r"(?<![\w^])\d[\d,]*\.?\d*")
# Numbers of the text that are no limits of a laboratory value, and those that stand in another unit in a row.
_NO_LIMIT = re.compile(r"10e9|/mm3")
_ALSO = {
    "Leukocytosis": {100.0}, "Lymphocyte count increased": {4.0, 20.0}, "Hemoglobin increased": {20.0, 40.0},
    "Fibrinogen decreased": {0.5, 0.25, 0.75}, "Hyperuricemia": {590.0},
}  # fmt: skip
_NOT_IN_ROWS = {"Fibrinogen decreased": {25.0, 75.0}, "Hyponatremia": {124.0, 125.0, 130.0}}


@pytest.mark.parametrize("version", VERSIONS)
def test_numbers_of_the_rows_are_those_of_the_text(version: str) -> None:
    for published in _published(version):
        term, direction = published["TERM"], {"L": "LOW", "H": "HIGH"}[published["DIRECTION"]]
        if "calcemia" in term or "glycemia" in term:
            continue  # one text for two terms: corrected and ionized, fasting and not; by the cases
        stated = {
            float(number.replace(",", "")) for grade in range(1, 5) for number in
            _NUMBER.findall(_NO_LIMIT.sub(" ", published[f"GRADE_{grade}"]))
        }  # fmt: skip
        held: set[float] = set()
        for row in _rows(version, direction, term):
            numbers = [node.value for node in walk(parse(row.where)) if isinstance(node, Constant)]
            held |= {float(value) for value in numbers if isinstance(value, float)}
        plain = {0.0, 1.0}  # "1 x baseline" is written BASE, ">0 above ULN" AVAL > ANRHI
        per_litre = {number * 1000 for number in stated} | {number / 1000 for number in stated}
        assert stated - held <= _NOT_IN_ROWS.get(term, set()) | plain, term
        assert held - stated <= _ALSO.get(term, set()) | per_litre, term


@pytest.mark.parametrize("standard", CRITERIA)
def test_set_ends_with_a_row_for_what_it_does_not_know(standard: str) -> None:
    for direction, variable in TERM.items():
        rows = [row for row in published_criteria(standard) if row.criteria == f"{standard} {direction}"]
        last = max(rows, key=lambda row: row.order)
        assert last.where == f"not missing({variable}) and not missing(AVAL)"
        assert last.value == "" and "not graded" in last.issue
        assert all(row.value in ("", "0", "1", "2", "3", "4") for row in rows)


def test_files_are_in_the_shape_of_the_sheet() -> None:
    for file in CRITERIA.values():
        path = Path(__file__).parents[1] / "specs/standards" / file
        with path.open(encoding="utf-8", newline="") as stream:
            header = next(csv.reader(stream))
        assert header == ["Criteria", "Order", "Where", "Value", "Issue", "Reference", "Comment"]
