"""The specification as programs: one ASCII text per analysis dataset and display, with the rows that run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from specs.columns import SHEETS
from specs.model import Record, Spec
from specs.problem import Place
from specs.rules import instances

WORKING, CONSTANTS, README = "working-datasets.txt", "constants.txt", "readme.txt"
_READ = """\
The programs of study {study}
{rule}

The analysis datasets and displays of this study were made by running its specification: tables of rules that the
software trialspec {version} resolves and computes. There is no other program. Each text in this folder holds the rows
behind one dataset or one display, with the file and line of the specification where they stand.

  <dataset>.txt          how the records of the dataset are made and what fills each variable
  working-datasets.txt   datasets that others are made from and that are not submitted
  <display>.txt          the results of a display: records, populations, statistics, layout
  table-<name>.txt       look-up tables
  constants.txt          constants that rules name

How to read a rule
  EPOCH   [sdtm/mapping/all.csv:9]
      where   the records that the rule is for; no line: every record
      =       the expression that fills the variable
  Rules of one variable stand in the order in which they are tried; the first whose condition holds fills the record.
  A name is a variable of the record or a column of its source, T.X is column X of table or join T. Functions are those
  of the language of trialspec; their definitions, with sources, are part of its documentation.

How to run it
  build adam STUDY --sdtm FOLDER_OF_THE_SDTM_FILES --out OUT     where STUDY is the folder of the specification
  build verify PACKAGE --study STUDY --raw RAW                   proves that this submission is what they give

Software
{software}
"""


def dataset_program(dataset: str) -> str:
    """The name of the program of a dataset."""
    return f"{_file(dataset)}.txt"


def display_program(display: str) -> str:
    """The name of the program of a display.

    >>> display_program("T14.2.1")
    't14-2-1.txt'
    """
    return f"{_file(display)}.txt"


def _file(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unnamed"


def programs(spec: Spec, datasets: Sequence[str], software: Iterable[tuple[str, str, str]]) -> dict[str, bytes]:
    """File name to content of every program of a stage."""
    found: dict[str, list[str]] = {}
    for name in datasets:
        found[dataset_program(name)] = list(_dataset(spec, name))
    made = [[row.dataset for row in rows] for rows in (spec.sources, spec.parameters, spec.events)]
    working = list(dict.fromkeys(name for names in made for name in names))
    texts = [line for name in working if name.startswith("_") for line in (*_dataset(spec, name), "")]
    if texts:
        found[WORKING] = texts
    for display in spec.displays.values():
        found[display_program(display.id)] = list(_display(spec, display.id))
    for name, rows in spec.lookups.items():
        found[f"table-{_file(name)}.txt"] = list(_lookup(name, rows))
    found[CONSTANTS] = [f"{name} = {value!r}" for name, value in sorted(spec.study.constants.items())]
    listed = list(software)
    version = next((number for name, number, _ in listed if name == "trialspec"), "")
    title = f"The programs of study {spec.study.id}"
    shown = "\n".join(f"  {name} {number}" for name, number, _ in listed)
    text = _READ.format(study=spec.study.id, rule="=" * len(title), version=version, software=shown)
    found[README] = text.splitlines()
    return {name: ascii_text("\n".join(lines) + "\n") for name, lines in found.items()}


def ascii_text(text: str) -> bytes:
    r"""ASCII with line feeds; a character outside it as \uXXXX, so that none is lost.

    >>> ascii_text("\u03b1 \u2264 5")
    b'\\u03b1 \\u2264 5'
    """
    return text.encode("ascii", "backslashreplace")


def _dataset(spec: Spec, name: str) -> Iterator[str]:
    dataset = spec.datasets.get(name)
    yield f"{name}{': ' + dataset.label if dataset else ''}"
    yield "=" * 78
    groups: tuple[tuple[str, str, Sequence[Record]], ...] = (
        ("Dataset", "Datasets", [dataset] if dataset else []),
        ("Records", "Sources", [row for row in spec.sources if row.dataset == name]),
        ("Parameters", "Parameters", [row for row in spec.parameters if row.dataset == name]),
        ("Events", "Events", [row for row in spec.events if row.dataset == name]),
        ("Tests", "Tests", [row for row in spec.tests if row.dataset == name]),
        ("Joins", "Joins", [row for row in spec.joins if name in row.datasets]),
    )
    for title, sheet, rows in groups:
        if rows:
            yield from _title(title)
            for row in rows:
                yield from _row(row, sheet)
    yield from _title("Rules")
    yield from _rules(spec, name)


def _title(text: str) -> Iterator[str]:
    yield from ("", text, "-" * len(text))


def _row(row: Record, sheet: str) -> Iterator[str]:
    """The filled cells of a row, in the order of its sheet."""
    known = SHEETS[sheet].names
    names = [*known, *(name for name in row.cells if name not in known)]
    filled = [(name, row.cells.get(name, "").strip()) for name in names]
    yield f"[{row.place}]"
    yield from (f"    {name:16} {_lines(cell)}" for name, cell in filled if cell)


def _lines(cell: str) -> str:
    return cell.replace("\n", "\n" + " " * 21)


def _rules(spec: Spec, name: str) -> Iterator[str]:
    comments: Mapping[Place, str] = {rule.place: rule.cells.get("Comment", "").strip() for rule in spec.rules}
    found = sorted(instances(spec, name), key=lambda rule: rule.rank)
    order = {variable.variable: variable.order for variable in spec.variables_of(name)}
    for variable in sorted({rule.variable for rule in found}, key=lambda text: (order.get(text, 9999), text)):
        for rule in (rule for rule in found if rule.variable == variable):
            if rule.fixed is None and not rule.test:
                block = f" in block {rule.block}" if rule.block else ""
                yield f"{variable}{block}   [{rule.place}]"
                yield from [f"    where   {_lines(rule.where)}"] if rule.where else []
                yield f"    =       {_lines(rule.expression)}"
                comment = comments.get(Place(rule.place.file, rule.place.row), "")
                yield from [f"    # {comment}"] if comment else []


def _display(spec: Spec, display: str) -> Iterator[str]:
    shown = spec.displays[display]
    yield f"{shown.id}: {shown.title}"
    yield "=" * 78
    results = [result for result in spec.results.values() if result.display == display]
    names = {result.id for result in results}
    groups: tuple[tuple[str, str, Sequence[Record]], ...] = (
        ("Results", "Analysis Results", results),
        ("Statistics", "Statistics", [row for row in spec.statistics if row.result in names]),
        ("Lines", "Lines", [row for row in spec.lines if row.display == display]),
        ("Figures", "Figures", [row for row in spec.figures if row.display == display]),
        ("Flow", "Flow", [row for row in spec.boxes if row.display == display]),
        ("Listings", "Listings", [row for row in spec.listings if row.display == display]),
    )
    for title, sheet, rows in groups:
        if rows:
            yield from _title(title)
            for row in rows:
                yield from _row(row, sheet)


def _lookup(name: str, rows: Sequence[Mapping[str, str]]) -> Iterator[str]:
    yield f"Look-up table {name}"
    yield "=" * 78
    if rows:
        yield " | ".join(rows[0])
        yield from (" | ".join(cell.replace("\n", " ") for cell in row.values()) for row in rows)
