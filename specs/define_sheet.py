"""The attributes of the Define sheet: what they are, and whether the tables of a stage are complete in themselves.

As a rule a blank cell takes what the standard says. Tables that came from a workbook or a define.xml of others say
themselves what they mean, blank cells too: their Define sheet has the attribute `FromStandard` with the value No.
"""

from __future__ import annotations

import re

from specs.cells import choice, duplicates
from specs.problem import nearest
from specs.read_csv import Faults, Row

FROM_STANDARD = "FromStandard"
LANGUAGE = "Language"
ATTRIBUTES = (
    "StudyName", "StudyDescription", "ProtocolName", "StandardName", "StandardVersion", LANGUAGE, "Originator",
    "Context", FROM_STANDARD,
)  # fmt: skip
_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")  # xs:language, which xml:lang has


def complete(rows: list[Row], faults: Faults) -> bool:
    """True where the rows of Define say that nothing is to be taken from the standard."""
    found = [row for row in rows if row.get("Attribute") == FROM_STANDARD]
    return any(choice(row, "Value", ("Yes", "No"), faults) == "No" for row in found)


def attributes(rows: list[Row], faults: Faults, whole: bool = False) -> dict[str, str]:
    """The value of each attribute. An unknown one, one that stands twice, a language that is none are faults.

    whole: the tables came from others, whose tools know further attributes; those are left alone, unless one is nearly
    one of ours.
    """
    for row in rows:
        name = row.get("Attribute")
        near = nearest(name, ATTRIBUTES)
        if name not in ATTRIBUTES and (near or not whole):
            faults.add(row.at("Attribute"), f"{name!r} is no attribute", near or f"one of {', '.join(ATTRIBUTES)}")
        if row.get("Attribute") == LANGUAGE and row.get("Value") and not _TAG.fullmatch(row.get("Value")):
            faults.add(row.at("Value"), f"{row.get('Value')!r} is no language tag", "such as en, zh or zh-CN")
    duplicates(((row.get("Attribute"), row) for row in rows), "the attribute", "Attribute", faults)
    return {row.get("Attribute"): row.get("Value") for row in rows}
