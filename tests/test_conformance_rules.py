"""Every conformance rule: a small study that meets it, and a change to that study that breaks it.

How many records a change makes a rule find was worked out by hand from the change. Changes that find nothing are for
rules that have nothing to look at in the study as it is.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from functools import cache

import pytest
from rule_cases import FOLDER, base, changed

from qc.conformance.result import ABSENT, FAULTY, Validation
from qc.conformance.validate import validate
from specs.conformance_rules import SETS, by_id, conformance_rules, held

with (FOLDER / "cases.csv").open(encoding="utf-8", newline="") as _stream:
    CASES = [(row["Rule"], row["Change"], int(row["Finds"])) for row in csv.DictReader(_stream)]


@cache
def validated_base() -> Validation:
    return validate(base().data())


@pytest.mark.parametrize(("rule", "change", "finds"), CASES, ids=[f"{rule}: {change}" for rule, change, _ in CASES])
def test_the_rule_finds_what_the_change_breaks(rule: str, change: str, finds: int) -> None:
    outcomes = validate(changed(change).data(), rules=[by_id()[rule]]).outcomes
    assert [one.reason for one in outcomes if one.state == FAULTY] == []
    assert sum(one.found for one in outcomes) == finds
    assert sum(one.checked for one in outcomes) > 0


def test_the_study_as_it_is_meets_every_rule() -> None:
    found = validated_base()
    assert [(one.rule.rule, one.dataset) for one in found.outcomes if one.found] == []
    assert [(one.rule.rule, one.reason) for one in found.outcomes if one.state == FAULTY] == []


def test_each_rule_has_a_case_that_breaks_it_and_one_that_meets_it() -> None:
    breaks = {rule for rule, _, finds in CASES if finds}
    meets = {rule for rule, _, finds in CASES if not finds}
    checked: Counter[str] = Counter()
    for outcome in validated_base().outcomes:
        checked[outcome.rule.rule] += outcome.checked
    meets |= {rule for rule, count in checked.items() if count}
    names = {rule.rule for rule in conformance_rules()}
    assert breaks == names
    assert meets >= names


def test_only_optional_names_may_be_absent_in_the_study_as_it_is() -> None:
    """The study has something for each rule to look at, but for those that look at what it may not have."""
    absent = {rule.rule for rule in validated_base().rules_in(ABSENT)}
    assert absent == {"ADAM-313"}


def test_there_are_rules_for_sdtm_adam_and_define() -> None:
    assert tuple(held()) == SETS
    counts = Counter(rule.group for rule in conformance_rules())
    assert counts["sdtm"] >= 150 and counts["adam"] >= 60 and counts["define"] >= 40


@pytest.mark.parametrize("rule", conformance_rules(), ids=lambda rule: rule.rule)
def test_a_rule_says_where_it_stands_and_how_to_mend_it(rule: object) -> None:
    known = by_id()[getattr(rule, "rule")]  # noqa: B009
    assert re.fullmatch(r"(SDTM|ADAM|DEF)-\d{3}", known.rule)
    assert known.reference and known.mend.endswith(".") and not known.message.endswith(".")
    assert all(re.fullmatch(r"CORE-\d{6}|AD\d{4}", core) for core in known.core)
    assert len(known.message) <= 120


def test_rules_know_no_study() -> None:
    words = ("NCT0", "THYMALFASIN", "CORTICO", "TA1", "RELW1")
    for rule in conformance_rules():
        text = f"{rule.where} {rule.condition} {rule.message}".upper()
        assert not [word for word in words if word in text], rule.rule
