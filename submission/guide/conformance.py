"""The findings of a conformance check, as the guides list them: read from a CSV table.

Columns: Rule, Severity, Dataset, Message, Explanation; Count says how many findings a line stands for. Without Count
a line is one finding; Findings then says how many the rule has in the dataset, where not every one has a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from specs.problem import DataError, Place, Problem

NEEDED = ("Rule", "Severity", "Dataset", "Message", "Explanation")
_KEY = ["Rule", "Severity", "Dataset", "Message"]
_GRAVITY = ("error", "warning", "note", "notice")


@dataclass(frozen=True)
class Found:
    """The findings of a rule in a dataset, with the explanations that the study gives.

    open: findings without an explanation among those that the report lists.
    """

    rule: str
    severity: str
    dataset: str
    count: int
    open: int
    message: str
    explanation: str


def read(path: Path) -> list[Found]:
    """The findings by rule and dataset, the gravest first. Raises DataError for a table without the columns."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError([Problem(Place(str(path)), f"is no CSV table: {error}")]) from None
    missing = [name for name in NEEDED if name not in table.columns]
    if missing:
        hint = f"it needs {', '.join(NEEDED)}, and Count where a line stands for several findings"
        raise DataError([Problem(Place(str(path), 1), f"has no column {', '.join(missing)}", hint)])
    found = []
    for key, part in table.groupby(_KEY, sort=False):
        rule, severity, dataset, message = (str(value) for value in key)
        explanations = dict.fromkeys(text for text in part["Explanation"] if text)
        bare = part[part["Explanation"].str.strip() == ""]
        unexplained = _count(bare, path, whole=False) if len(bare) else 0
        found.append(Found(rule, severity, dataset, _count(part, path), unexplained, message, " ".join(explanations)))
    return sorted(found, key=lambda one: (_gravity(one.severity), one.dataset, one.rule))


def _count(part: pd.DataFrame, path: Path, whole: bool = True) -> int:
    """The findings of some lines; `whole`: of a rule, also those that have no line."""
    for column, combine in (("Count", sum), ("Findings", max)):
        if column in part.columns and (whole or column == "Count"):
            numbers = [text.strip() for text in part[column]]
            if not all(text.isdigit() for text in numbers):
                wrong = next(text for text in numbers if not text.isdigit())
                raise DataError([Problem(Place(str(path), 0, column), f"{wrong!r} is no whole number")])
            return int(combine(int(text) for text in numbers))
    return len(part)


def _gravity(severity: str) -> int:
    lower = severity.lower()
    return _GRAVITY.index(lower) if lower in _GRAVITY else len(_GRAVITY)
