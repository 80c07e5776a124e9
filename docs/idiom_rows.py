"""Idioms: rows of Mapping for what programmers know by a name, with the data that they are shown and tested on.

`idioms/idioms.csv` has one row per rule: rows of one Idiom belong together, Gives is the value for each record of
the dataset in its order. The other files of the folder are the datasets, and the look-up tables (lower case).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from docs.markdown import cell

FOLDER = Path(__file__).resolve().parent / "idioms"


@dataclass(frozen=True)
class Row:
    """One rule of an idiom; `gives` is blank for a working variable."""

    group: str
    idiom: str
    also: str
    sheet: str
    dataset: str
    variable: str
    where: str
    expression: str
    gives: str


def rows() -> list[Row]:
    """The rows of all idioms, in their order."""
    with (FOLDER / "idioms.csv").open(encoding="utf-8", newline="") as lines:
        return [Row(**{name.lower(): text for name, text in row.items()}) for row in csv.DictReader(lines)]


def groups() -> Mapping[str, str]:
    """The groups of idioms, each with the names under which its idioms may be looked for."""
    found: dict[str, list[str]] = {}
    for row in rows():
        names = found.setdefault(row.group, [])
        names += [name.strip() for name in row.also.split(",") if name.strip() and name.strip() not in names]
    return {group: ", ".join(names) for group, names in found.items()}


def data() -> Mapping[str, list[dict[str, str]]]:
    """The tables that the idioms are shown on, by name."""
    found = {}
    for path in sorted(FOLDER.glob("*.csv")):
        if path.stem != "idioms":
            with path.open(encoding="utf-8", newline="") as lines:
                found[path.stem] = list(csv.DictReader(lines))
    return found


def section() -> str:
    """The section of the page."""
    parts = [
        "## Idioms\n",
        "Rows of a specification for what is one clear expression of the language already. Each is run as a test on "
        "the tables below; *Gives* has the value for each record in its order, a dot where it is missing. Dates are "
        "shown as dates and are numbers, but for --DTC.\n",
    ]
    for group, also in groups().items():
        parts += [f"### {group}\n", _table([row for row in rows() if row.group == group]), f"Also: {cell(also)}\n"]
    parts.append("### Tables of the idioms\n")
    for name, table in data().items():
        parts += [f"{name}:\n", _data(table)]
    return "\n".join(parts)


def _table(found: list[Row]) -> str:
    lines = ["| What | Fills | Where | Expression | Gives |", "|---|---|---|---|---|"]
    before = ""
    for row in found:
        what = "" if row.idiom == before else cell(row.idiom)
        fills = f"{row.dataset}.{row.variable}" if row.sheet == "Mapping" else f"{row.sheet} {row.variable}"
        where = f"`{row.where}`" if row.where else ""
        lines.append(f"| {what} | {fills} | {where} | `{row.expression}` | {cell(row.gives)} |")
        before = row.idiom
    return "\n".join(lines) + "\n"


def _data(table: list[dict[str, str]]) -> str:
    heads = list(table[0])
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(cell(row[head]) for head in heads) + " |" for row in table]
    return "\n".join(lines) + "\n"
