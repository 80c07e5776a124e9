"""The page of functions is complete, and every example of it gives what is written there."""

from __future__ import annotations

import json
import math
import re
import sys
from pathlib import Path

import pandas as pd
import pytest
from documented import events, given, of_dataset, of_record, ranging, same, value
from markdown_tables import tables

import derivations
from derivations.registry import SUBJECTS
from language import functions
from language.reference import AGGREGATES, FUNCTIONS, RECORDS, WINDOWS

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from docs import build as docs_build  # noqa: E402
from docs import function_page, idiom_rows  # noqa: E402

PAGE = (ROOT / "docs" / "derivations.md").read_text(encoding="utf-8")
GIVEN, RANGING = list(given(PAGE)), list(ranging(PAGE))
CASES = [row for header, rows in tables(PAGE) if header == ["Case", "Expression", "Gives"] for row in rows]
ONE = pd.DataFrame({"ONE": [1.0]})


def _value(text: str) -> object:
    """A value as the page writes it; a date or moment stands for its number."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return of_record(ONE, f"date('{text}')")
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text):
        return of_record(ONE, f"datetime('{text}')")
    found = value(text)
    return found.replace("\\*", "*") if isinstance(found, str) else found


def _close(found: object, wanted: object) -> bool:
    """As the page prints numbers: 15 digits."""
    if isinstance(found, float) and isinstance(wanted, float):
        return math.isclose(found, wanted, rel_tol=1e-14)
    return same(found, wanted)


@pytest.mark.parametrize(("case", "expression", "gives"), CASES, ids=[f"{row[1]} -> {row[2]}" for row in CASES])
def test_case_gives_what_is_written(case: str, expression: str, gives: str) -> None:
    assert _close(of_record(ONE, expression), _value(gives))


@pytest.mark.parametrize(("record", "expression", "gives"), GIVEN, ids=[f"{g[1]} -> {g[2]}" for g in GIVEN])
def test_example_gives_what_is_written(record: pd.DataFrame, expression: str, gives: str) -> None:
    assert same(of_record(record, expression), value(gives))


@pytest.mark.parametrize(("dataset", "expression", "gives"), RANGING, ids=[item[1] for item in RANGING])
def test_aggregate_and_window_give_what_is_written(dataset: str, expression: str, gives: list[str]) -> None:
    found = of_dataset(dataset, expression, events(PAGE))
    assert [same(each, value(text)) for each, text in zip(found, gives, strict=True)] == [True] * len(gives), found


def test_every_function_of_the_language_is_described() -> None:
    by_subject: dict[str, set[str]] = {}
    for entry in FUNCTIONS:
        by_subject.setdefault(entry.subject, set()).add(entry.name)
    assert by_subject.pop(AGGREGATES) == set(functions.AGGREGATES)
    assert by_subject.pop(WINDOWS) == {*functions.WINDOWS, "desc"}
    assert by_subject.pop(RECORDS) == set(functions.EXPANDERS)
    assert set().union(*by_subject.values()) == set(functions.ROWWISE)
    assert len({entry.name for entry in FUNCTIONS}) == len(FUNCTIONS)


@pytest.mark.parametrize("entry", FUNCTIONS, ids=[entry.name for entry in FUNCTIONS])
def test_description_has_rule_example_and_source(entry: function_page.Described) -> None:
    assert entry.call.startswith(entry.name)
    assert entry.subject in SUBJECTS and entry.rule.endswith(".") and entry.missing and entry.source
    assert bool(entry.examples) != bool(entry.shown)


@pytest.mark.parametrize("name", sorted(derivations.REGISTRY))
def test_derivation_has_a_subject_and_other_names(name: str) -> None:
    known = derivations.REGISTRY[name]
    assert known.subject in SUBJECTS, "say subject= in @derivation, so that the page has a place for it"
    assert known.also, "say also= in @derivation: the names under which a programmer may look for it"


@pytest.mark.parametrize("name", sorted(derivations.REGISTRY))
def test_derivation_has_examples_on_the_page(name: str) -> None:
    section = PAGE.split(f"### {name}\n")[1].split("\n## ")[0].split("\n### ")[0]
    assert f"`{name}(" in section or f">>> {name}(" in section
    assert "*Missing:*" in section and "*Source:*" in section and "Also: " in section


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("derive_vars_dy", "study_day"), ("INTCK", "duration"), ("AOCCPFL", "Flags of records"),
        ("derive_var_chg", "Baseline and change"), ("SMQ", "Values of other datasets"), ("UPCASE", "upper"),
        ("create_iso8601", "iso8601"), ("CKD-EPI", "egfr"), ("derive_locf_records", "Values carried and summed"),
        ("Last observation carried forward", "Values carried and summed"),
    ],
)  # fmt: skip
def test_search_finds_a_name_of_another_tool(query: str, heading: str, tmp_path: Path) -> None:
    docs_build.build(tmp_path)
    text = (tmp_path / "search-index.js").read_text(encoding="utf-8")
    index = json.loads(text.removeprefix("const INDEX = ").rstrip(";\n"))
    found = [item["text"] for item in index if query in [name.strip() for name in item["also"].split(",")]]
    assert heading in found


def test_names_of_other_tools_are_one_name_each() -> None:
    for name in function_page.names():
        assert name == name.strip() and 1 < len(name) <= 50, name
    assert all(also for also in idiom_rows.groups().values())
