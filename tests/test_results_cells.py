"""Every cell of the RTF tables of the reference study, made again from ard.csv and Lines.csv alone.

Its own reading of templates and its own rounding (decimal, halves away from zero): nothing of the results package.
"""

from __future__ import annotations

import csv
import re
import shlex
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

LINES = Path(__file__).parent.parent / "specs" / "nct06178146" / "results" / "Lines.csv"
Table = list[dict[str, str]]


def rounded(value: str, spec: str) -> str:
    if not value:
        return "NE"
    number = Decimal(f"{float(value):.12g}")
    if spec == "p":
        return "<0.0001" if number < Decimal("0.0001") else str(number.quantize(Decimal("0.0001"), ROUND_HALF_UP))
    digits, percent = int((re.findall(r"\d", spec) or ["0"])[0]), spec.endswith("%")
    found = (number * (100 if percent else 1)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{abs(found) if found == 0 else found}" + "%" * percent


def cell(template: str, values: dict[str, str]) -> str:
    """The template filled; NE in place of a bracket, or of the whole, of which nothing is estimable."""

    def put(text: str) -> str:
        return re.sub(r"{(\w+):?([^}]*)}", lambda field: rounded(values[field[1]], field[2]), text)

    def empty(text: str) -> bool:
        names = re.findall(r"{(\w+)", text)
        return bool(names) and not any(values[name] for name in names)

    if empty(template):
        return "NE"
    return put(re.sub(r"\(([^()]*)\)", lambda inner: "(NE)" if empty(inner[1]) else inner[0], template))


def expected(ard: Table, lines: Table, display: str) -> Counter[tuple[str, ...]]:
    """The cells of each row of a display, empty where there is no statistic of the column."""
    groups = [row["group1_level"] for row in ard if row["context"] == "population" and row["group1"].startswith("TRT")]
    found: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        if line["Display"] != display or not line["Result"]:
            continue
        mine = [row for row in ard if row["result"] == line["Result"]]
        word, *rest = shlex.split(line["Statistic"]) or [mine[0]["statistic"]]
        mine = [row for row in mine if word in (row["statistic"], row["context"])]
        keyed: dict[tuple[str, ...], dict[str, dict[str, str]]] = {}
        for row in mine:
            pairs = [
                (row[f"group{place}"], row[f"group{place}_level"]) for place in range(1, 9) if row.get(f"group{place}")
            ]
            column = pairs.pop(0)[1] if pairs and pairs[0][0].startswith("TRT") else ""
            level = tuple(level for _, level in pairs)
            if rest[: len(level)] not in ([], list(level)):
                continue
            if row["variable_level"] in ("", *rest[len(level) :]):
                keyed.setdefault(level, {}).setdefault(column, {})[row["stat_name"]] = row["stat"]
        for columns in keyed.values():
            # A test over all arms gives the events of each arm too, but its p-value once.
            whole = [one for one in columns.values() if set(re.findall(r"{(\w+)", line["Template"])) <= set(one)]
            found[tuple(sorted(cell(line["Template"], values) for values in whole))] += 1
    assert groups
    return found


def shown(rtf: str) -> Counter[tuple[str, ...]]:
    """The cells of each row of a table with any; rows that a page repeats are told by their label."""
    found: Counter[tuple[str, ...]] = Counter()
    for row in re.findall(r"\\trowd(.*?)\\row", rtf, re.DOTALL):
        texts = [re.sub(r"\\u(-?\d+)\?", lambda sign: chr(int(sign[1]) % 65536), text) for text in
                 re.findall(r"(?:^| )((?:[^\\{}]|\\u-?\d+\?|\\line |\\[{}])*)\\cell", row)]  # fmt: skip
        cells = [text for text in texts[1:] if text]
        if cells and "(N=" not in cells[0] and "(continued)" not in texts[0]:
            found[tuple(sorted(cells))] += 1
    return found


@pytest.mark.parametrize("build", ["golden_build", "study_build"])
def test_cells_of_every_table_are_the_values_of_the_results_data(build: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(build) / "results"
    with (folder / "ard.csv").open(encoding="utf-8", newline="") as file:
        ard = list(csv.DictReader(file))
    with LINES.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    displays = dict.fromkeys(line["Display"] for line in lines)
    rows = 0
    for display in displays:
        found = shown((folder / "tables" / f"{display}.rtf").read_text(encoding="ascii"))
        wanted = expected(ard, lines, display)
        assert found == wanted, (display, found - wanted, wanted - found)
        rows += found.total()
    assert rows > 200
