"""Rules of SDTM that CDISC CORE has too, held against what CORE finds in the CDISC pilot.

`tests/rules/core-pilot.csv` holds what the CORE engine (cdisc-rules-engine 0.17, SDTMIG 3.4, SDTM terminology of
2025-03-28) found in the pilot: for each rule that a row of ours names in its column CORE the findings by dataset.
Both judged the same files: CORE stops at a text that is not UTF-8, so the three right quotation marks of Windows-1252
in TS were written as apostrophes, and CORE reads no CSV, so VS is left out.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from conftest import needs_shared

from qc.conformance.opening import Asked, opened
from qc.conformance.validate import validate
from specs.conformance_rules import conformance_rules

Counts = dict[str, int]
RULES = {rule.rule: rule for rule in conformance_rules() if rule.group == "sdtm" and rule.core}

# Rules whose findings differ from CORE's: ours, and the reason. All others agree in every dataset.
DIFFERENT: dict[str, tuple[Counts, str]] = {
    "SDTM-112": (
        {"DM": 2, "QS": 1, "SV": 2, "TS": 3},
        "one finding for each variable that is not there; CORE has one for each dataset that lacks any",
    ),
    "SDTM-121": (
        {"DS": 1, "RELREC": 1},
        "one finding for each variable, with the number of records (58 in DS, 234 in RELREC) beside it; CORE has one "
        "for each record",
    ),
    "SDTM-432": ({}, "a rule on records; that a dataset has no EPOCH at all is SDTM-433"),
    "SDTM-433": (
        {"AE": 1, "DS": 1, "EX": 1, "QS": 1, "SC": 1},
        "one finding for a dataset that has no EPOCH; CORE has one for each of its records",
    ),
    "SDTM-454": (
        {},
        "CORE takes MHSTDTC 2012 and 2013-06 for later than RFSTDTC 2012-09-07 and 2013-06-08; a partial date is "
        "later only if every day that it may be is",
    ),
    "SDTM-517": (
        {},
        "CORE groups by QSSPEC and QSMETHOD, which QS does not have, and gives that as a finding without a dataset; "
        "the one test with a unit, ACITM10, has one",
    ),
    "SDTM-662": (
        {"DM": 6},
        "four subjects have an EXSTDTC after their RFXENDTC, whose EXENDTC is missing; two have no RFXENDTC, which "
        "CORE takes for equal to the missing EXENDTC",
    ),
    "SDTM-728": ({}, "CORE takes 08 and 09 for no numbers, but only because of the zero before them"),
    "SDTM-907": (
        {"TS": 3},
        "AGEMIN ('50 years') and LENGTH ('26 weeks') must be durations too; CORE looks at AGEMAX ('No maximum') alone",
    ),
}


@cache
def core() -> dict[str, Counts]:
    path = Path(__file__).parent / "rules" / "core-pilot.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {row["CORE"]: {d: int(n) for d, n in re.findall(r"(\w+) (\d+)", row["Findings"])} for row in rows}


def of_core(ids: tuple[str, ...]) -> Counts:
    """The findings of several rules of CORE: once, where they ask the same of the same dataset, else their sum."""
    found = [core()[name] for name in ids if core()[name]]
    if found and all(one == found[0] for one in found):
        return found[0]
    return dict(sum((Counter(one) for one in found), Counter()))


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Counts]:
    folder = tmp_path_factory.mktemp("pilot")
    for path in needs_shared("fixtures/cdiscpilot/sdtm").glob("*.xpt"):
        content = path.read_bytes()
        (folder / path.name).write_bytes(content.replace(b"\x92", b"'") if path.stem == "ts" else content)
    found: dict[str, Counts] = {name: {} for name in RULES}
    for one in validate(opened(Asked((folder,))), rules=list(RULES.values())).outcomes:
        if one.found:
            found[one.rule.rule][one.dataset] = one.found
    return found


def test_the_table_has_every_rule_of_core_that_ours_name() -> None:
    assert set(core()) == {name for rule in RULES.values() for name in rule.core}


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_agrees_with_core_on_the_pilot(rule: str, ours: dict[str, Counts]) -> None:
    expected, _ = DIFFERENT.get(rule, (of_core(RULES[rule].core), ""))
    assert ours[rule] == expected


def test_only_the_rules_that_are_listed_differ(ours: dict[str, Counts]) -> None:
    differ = {rule for rule in RULES if ours[rule] != of_core(RULES[rule].core)}
    assert differ == set(DIFFERENT)
