"""The examples of docs/record-rules.md give what is written there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest
from engine_study import adam
from markdown_tables import tables

from engine.verify import verify

PAGE = (Path(__file__).parents[1] / "docs" / "record-rules.md").read_text(encoding="utf-8")
SECTIONS = {section.partition("\n")[0]: section for section in PAGE.split("\n## ")[1:]}
HIDDEN_NUMBERS = ("STARTDT",)
TEXTS = re.compile(r"USUBJID|.*(ORRES|STRESC|AVALC)")
Table = tuple[list[str], list[list[str]]]


def named(section: str) -> Iterator[tuple[str, str, Table]]:
    """Kind (Input, Look-up, Result or "" for a sheet), name and content of each table of a section."""
    for kind, name, text in re.findall(r"^(?:(\S+) )?`([\w/]+)`:\n\n((?:\|.*\n)+)", section + "\n", re.MULTILINE):
        yield kind, name, next(tables(text))


def number(cell: str) -> float | None:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
        return float((date.fromisoformat(cell) - date(1960, 1, 1)).days)
    return float(cell) if re.fullmatch(r"-?\d+(\.\d+)?", cell) else None


def numeric(name: str, cells: Sequence[str]) -> bool:
    """Numbers and numeric dates; texts of digits are named, and --DTC is a text."""
    used = [cell for cell in cells if cell]
    return bool(used) and not TEXTS.fullmatch(name) and not name.endswith("DTC") and all(
        number(cell) is not None for cell in used
    )  # fmt: skip


def columns(table: Table) -> dict[str, list[str]]:
    return {name: [row[place] for row in table[1]] for place, name in enumerate(table[0])}


def written(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([head, *body])
    return stream.getvalue()


def data(table: Table) -> str:
    kinds = {name: numeric(name, cells) for name, cells in columns(table).items()}
    return written([f"n:{name}" if kind else name for name, kind in kinds.items()], table[1])


def study(section: str) -> tuple[str, Table, dict[str, str], dict[str, str]]:
    """The dataset that a section shows, what it gives, the input tables, and the files of the specification."""
    found = list(named(section))
    ((dataset, result),) = [(name, table) for kind, name, table in found if kind == "Result"]
    kinds = {name: numeric(name, cells) for name, cells in columns(result).items()}
    files = {f"adam/{name}.csv": written(*table) for kind, name, table in found if kind in ("", "Look-up")}
    listed = {name: name in HIDDEN_NUMBERS for name in others(files, dataset)} | kinds
    rows = [[dataset, name, name, "float" if kind else "text", "No"] for name, kind in listed.items()]
    files["adam/Variables.csv"] = written(("Dataset", "Variable", "Label", "Data Type", "Mandatory"), rows)
    head = ("Dataset", "Label", "Class", "Structure", "Key Variables")
    keys = "USUBJID" if dataset == "ADSL" else ", ".join(listed)
    files["adam/Datasets.csv"] = written(head, [[dataset, "Test", "BASIC DATA STRUCTURE", "One record per row", keys]])
    return dataset, result, {name: data(table) for kind, name, table in found if kind == "Input"}, files


def others(files: Mapping[str, str], dataset: str) -> Iterator[str]:
    """Variables of the dataset that are filled but not shown."""
    for row in csv.DictReader(io.StringIO(files.get(f"adam/mapping/{dataset}.csv", ""))):
        yield from (name for name in row["Variable"].split() if not name.startswith("_"))
    for row in csv.DictReader(io.StringIO(files.get("adam/Parameters.csv", ""))):
        yield from (name for name, cell in row.items() if cell and name in ("PARAMCD", "PARAM", "STARTDT"))


@pytest.mark.parametrize("name", SECTIONS)
def test_example_gives_what_is_written(tmp_path: Path, name: str) -> None:
    dataset, result, inputs, files = study(SECTIONS[name])
    ran = adam(tmp_path, inputs, files)
    verify(ran.run, {})
    ran.ledger()
    shown = {}
    for variable, cells in columns(result).items():
        kind = numeric(variable, cells)
        shown[variable] = [number(cell) if kind else cell or None for cell in cells]
    found = {variable: ran.values(variable, dataset) for variable in shown}
    assert order(found) == order(shown)


def order(found: Mapping[str, Sequence[object]]) -> list[tuple[object, ...]]:
    return sorted(zip(*found.values(), strict=True), key=repr)


def test_every_section_stands_in_the_table_of_functions() -> None:
    _, rows = next(tables(PAGE))
    links = {re.sub(r"`", "", functions): link for functions, link in rows}
    for name in SECTIONS:
        functions = re.findall(r"\w+_\w+", name)
        lines = [line for line in links if set(functions) <= set(line.split(", "))]
        assert len(lines) == 1, name
        assert re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-") in links[lines[0]]
    assert len(rows) == len(SECTIONS)
