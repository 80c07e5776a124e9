"""The attributes of the Define sheet: what they are, and whether the tables of a stage are complete in themselves.

As a rule a blank cell takes what the standard says. Tables that came from a workbook or a define.xml of others say
themselves what they mean, blank cells too: their Define sheet has the attribute `FromStandard` with the value No.
"""

from __future__ import annotations

import re

from specs.cells import choice, duplicates
from specs.closed_words import CONTEXTS
from specs.guide_names import as_published, parts
from specs.problem import nearest
from specs.read_csv import Faults, Row

FROM_STANDARD = "FromStandard"
LANGUAGE = "Language"
CONTEXT = "Context"
STANDARD_NAME, STANDARD_VERSION = "StandardName", "StandardVersion"
ATTRIBUTES = (
    "StudyName", "StudyDescription", "ProtocolName", STANDARD_NAME, STANDARD_VERSION, LANGUAGE, "Originator", CONTEXT,
    FROM_STANDARD,
)  # fmt: skip
_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")  # xs:language, which xml:lang has


def complete(rows: list[Row], faults: Faults) -> bool:
    """True where the rows of Define say that nothing is to be taken from the standard."""
    found = [row for row in rows if row.get("Attribute") == FROM_STANDARD]
    return any(choice(row, "Value", ("Yes", "No"), faults) == "No" for row in found)


def attributes(rows: list[Row], faults: Faults, whole: bool = False, guide: str = "") -> dict[str, str]:
    """The value of each attribute. An unknown one, one that stands twice, a value that cannot be are faults.

    whole: the tables came from others, whose tools know further attributes; those are left alone, unless one is nearly
    one of ours. guide: the implementation guide of the stage by study.toml, which StandardName may not contradict.
    """
    duplicates(((row.get("Attribute"), row) for row in rows), "the attribute", "Attribute", faults)
    found = {row.get("Attribute"): row.get("Value") for row in rows}
    for row in rows:
        name = row.get("Attribute")
        near = nearest(name, ATTRIBUTES)
        if name not in ATTRIBUTES and (near or not whole):
            faults.add(row.at("Attribute"), f"{name!r} is no attribute", near or f"one of {', '.join(ATTRIBUTES)}")
        if name == LANGUAGE and row.get("Value") and not _TAG.fullmatch(row.get("Value")):
            faults.add(row.at("Value"), f"{row.get('Value')!r} is no language tag", "such as en, zh or zh-CN")
        if name == CONTEXT:
            choice(row, "Value", CONTEXTS, faults)
        if name == STANDARD_NAME and row.get("Value") and not whole:
            _same_guide(row, found.get(STANDARD_VERSION, ""), guide, faults)
    return found


def _same_guide(row: Row, version: str, guide: str, faults: Faults) -> None:
    """StandardName, with its version if that is stated, is the guide that study.toml names."""
    name, dated = parts(guide)
    stated = as_published(row.get("Value"), version or dated)
    if stated != guide:
        said = " ".join(text for text in (row.get("Value"), version) if text)
        hint = f"write {name} and {dated} here, or change study.toml; datasets with another guide have it in Standard"
        faults.add(row.at("Value"), f"the standard {said!r} is not that of study.toml, {guide}", hint)
