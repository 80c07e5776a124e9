"""The page of the published sets of criteria: which terms they grade, in which units, and what they read."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from docs.markdown import cell
from language.parse import parse
from language.tree import Compare, Constant, Member, Name, Node, walk
from specs.criteria_sets import CRITERIA, published_criteria
from specs.model import Criterion

_INTRODUCTION = textwrap.dedent("""\
    A set of [Criteria](spec-tables.md#criteria) gives a record the value of its first row that holds;
    `criteria('NAME')` calls it. The sets below are published ones, kept as dated files. `ctcae = "5.0"` below
    `[standards]` in `study.toml` makes those of CTCAE 5.0 known to a study, without copying a row.

    They are written on the names of ADaM, as [laboratory data are graded](your-own-study.md#grading-laboratory-data)
    there: ATOXDSCL or ATOXDSCH names the term that grades the record in this direction, AVALU the unit of AVAL;
    ANRLO, ANRHI, BASE and BNRIND are the limits of normal and the baseline. Where a dataset calls one of them
    otherwise, or has none, an option says so: `criteria('CTCAE 5.0 LOW', AVALU=LB.LBSTRESU)`, `BASE=None`. A name that
    stands for nothing is a fault of the specification, and all of them are told at once.

    ## Conventions

    - Grade 0 is a value that was tested and that no grade applies to. Values are compared on 10 significant digits.
    - Limits stated in numbers hold in the unit in which they are stated; multiples of a limit of normal or of the
      baseline hold in any unit. Exact multiples of a stated unit stand beside it (100,000/mm3 and 100 10^9/L).
    - Grades that CTCAE states by clinical findings alone (life-threatening consequences) are not given.
    - "Normal" and "abnormal baseline": BNRIND HIGH or HIGH HIGH is abnormal, everything else, a missing baseline too,
      is normal. Grades by the baseline need no upper limit of normal.
    - A missing limit of normal leaves missing what it alone decides: hemoglobin below 100 g/L is grade 2 or 3 without
      a lower limit, a value above that has no grade.
    - Where a grade depends on symptoms or treatment that the laboratory does not know, the worst is assumed. The same
      term with the other assumption in brackets stands beside it: `INR increased (No anticoagulation)`.
    - A record that has a term and a value but no grade is an issue of kind `criterion`: no row for the term in this
      unit, no limit, no baseline.

    ## Compared with admiral

    Terms, directions and assumptions are those of admiral's `atoxgr_criteria_ctcv4` and `atoxgr_criteria_ctcv5`, but
    terms are matched letter by letter. Three limits follow the text of CTCAE where admiral does not: with an abnormal
    baseline the grade needs no upper limit of normal; GGT at exactly 2.0 times an abnormal baseline is grade 1, as
    alkaline phosphatase is; triglycerides at exactly 150 mg/dL or 1.71 mmol/L are grade 1. Percent decreases of
    fibrinogen are written on BASE, so PCHG is not needed.

    ## Rows of a study

    Rows of the study's own sheet Criteria under the name of a published set come before all of its rows. So a row
    overrides what the set says of a term, and it adds a unit or a term; only the rows that differ are written.

    | Criteria | Order | Where | Value |
    |---|---|---|---|
    | CTCAE 5.0 LOW | 1 | ATOXDSCL == 'Hyponatremia' and AVALU == 'mEq/L' and AVAL \\< 120 | 4 |

    """)


def page(note: str) -> str:
    """The page; `note` says that it is made and from what."""
    parts = ["# Grading criteria\n", note, _INTRODUCTION]
    for standard in CRITERIA:
        for direction in ("LOW", "HIGH"):
            name = f"{standard} {direction}"
            rows = [row for row in published_criteria(standard) if row.criteria == name]
            parts.append(f"## {name}\n")
            parts.append("| Term | Units | Reads | Grades | Note |\n|---|---|---|---|---|")
            parts.append("\n".join(_terms(rows)) + "\n")
    return "\n".join(parts)


def _terms(rows: Sequence[Criterion]) -> Iterator[str]:
    by_term: dict[str, list[Criterion]] = {}
    for row in rows:
        for term in _texts(row, "ATOXDSCL", "ATOXDSCH"):
            by_term.setdefault(term, []).append(row)
    for term, found in by_term.items():
        units = [unit for row in found for unit in _texts(row, "AVALU")]
        names = [name for row in found for name in _names(row) if name.startswith(("ANR", "BASE", "BNR"))]
        grades = sorted({row.value for row in found if row.value})
        note = next((row.cells["Comment"] for row in found if row.cells["Comment"]), "")
        shown = [term, ", ".join(dict.fromkeys(units)) or "any", ", ".join(sorted(set(names))), ", ".join(grades), note]
        yield "| " + " | ".join(cell(text) for text in shown) + " |"


def _texts(row: Criterion, *columns: str) -> list[str]:
    """The texts with which a row compares one of the columns."""
    found: list[Node] = []
    for node in walk(parse(row.where)):
        if isinstance(node, Compare | Member) and isinstance(node.left, Name) and node.left.name in columns:
            found += node.items if isinstance(node, Member) else (node.right,)
    return [str(node.value) for node in found if isinstance(node, Constant)]


def _names(row: Criterion) -> list[str]:
    return [node.name for node in walk(parse(row.where)) if isinstance(node, Name)]
