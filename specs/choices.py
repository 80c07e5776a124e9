"""Columns whose cells are one of a few words, for the lists that a workbook offers.

What is allowed is checked where a sheet is read; here the same words stand by column, and a test holds the two
equal. `only` is False where other words are allowed too: the list is then a suggestion.
"""

from __future__ import annotations

from dataclasses import dataclass

from specs.closed_words import CODED_TYPES, DATA_TYPES, METHOD_TYPES, SEVERITIES, SOURCES, SUBCLASSES
from specs.define_sheet import ATTRIBUTES
from specs.origins import ORIGINS
from specs.records import ACTIONS, PICKS
from specs.standards import CLASSES
from specs.where_clauses import COMPARATORS

YES_NO = ("Yes", "No")
_ADAM_CLASSES = CLASSES[-4:]


@dataclass(frozen=True)
class Choice:
    """The words of a column; `only`: no other is allowed."""

    words: tuple[str, ...]
    only: bool = True


_EVERYWHERE = {
    "Mandatory": Choice(YES_NO),
    "Common": Choice(YES_NO),
    "Has No Data": Choice(YES_NO),
    "Repeating": Choice(YES_NO),
    "Reference Data": Choice(YES_NO),
    "Drop When Empty": Choice(YES_NO),
    "Exact": Choice(YES_NO),
    "Comparator": Choice(tuple(COMPARATORS)),
    "Action": Choice(ACTIONS),
    "Pick": Choice(PICKS),
    "Origin": Choice(ORIGINS),
    "Source": Choice(SOURCES),
}
_BY_SHEET = {
    ("Sources", "Pick"): Choice((*PICKS, "distinct")),
    ("Parameters", "Pick"): Choice((*PICKS, "distinct")),
    ("Variables", "Data Type"): Choice(DATA_TYPES),
    ("ValueLevel", "Data Type"): Choice(DATA_TYPES),
    ("Codelists", "Data Type"): Choice(CODED_TYPES),
    ("Dictionaries", "Data Type"): Choice(CODED_TYPES),
    ("Methods", "Type"): Choice(METHOD_TYPES),
    ("Datasets", "SubClass"): Choice(SUBCLASSES),
    ("Checks", "Severity"): Choice(SEVERITIES),
    ("Define", "Attribute"): Choice(ATTRIBUTES),
    ("Parameters", "PARAMTYP"): Choice(("DERIVED",), only=False),
}


def choice_of(sheet: str, column: str, stage: str) -> Choice | None:
    """The words that cells of a column may hold, None where they may hold anything.

    >>> choice_of("Joins", "Pick", "sdtm").words
    ('first', 'last')
    """
    if (sheet, column) == ("Datasets", "Class"):
        return Choice(_ADAM_CLASSES if stage == "adam" else CLASSES[:-4])
    return _BY_SHEET.get((sheet, column)) or _EVERYWHERE.get(column)
