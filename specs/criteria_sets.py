"""The published sets of graded criteria in `specs/standards`, such as CTCAE, as rows of the sheet Criteria."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from specs.model import Criterion
from specs.problem import Place

FOLDER = Path(__file__).parent / "standards"
# A standard to its file; the names of its sets begin with it: CTCAE 5.0 LOW.
CRITERIA = {"CTCAE 4.03": "ctcae-4.03.csv", "CTCAE 5.0": "ctcae-5.0.csv"}


@cache
def published_criteria(standard: str) -> tuple[Criterion, ...]:
    """The rows of a standard such as `CTCAE 5.0`, in the order of the file; none for one that is not held."""
    if standard not in CRITERIA:
        return ()
    file = f"specs/standards/{CRITERIA[standard]}"
    with (FOLDER / CRITERIA[standard]).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return tuple(
        Criterion(
            Place(file, line), row, row["Criteria"], float(row["Order"]), row["Where"], row["Value"], row["Issue"],
            row["Reference"],
        )
        for line, row in enumerate(rows, 2)
    )  # fmt: skip
