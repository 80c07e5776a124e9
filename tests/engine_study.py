"""Small stages for the tests of the engine: a study written to a folder, run on a few rows, its columns as lists.

The dataset ZZ is made from `raw_a`; its working variables (names that begin with `_`) hold what a test looks at.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from engine.columns import Column, Text
from engine.issues import IssueLog
from engine.ledger import ledger
from engine.run import Run
from engine.tables import lookup_inputs, lookup_tables, subject_codes, subject_names
from engine.views import Table
from sdtm.build import check
from sdtm.intake import take_in
from sdtm.rows_left_out import Intake
from specs.check import compile_stage
from specs.compiled import InputTable
from specs.load import load
from specs.problem import ProblemError

TOML = """
STUDYID = "S"
LIMIT = 3
[standards]
sdtmig = "3.4"
adamig = "1.3"
sdtmct = "2025-03-28"
adamct = "2025-03-28"
"""
SDTM = {
    "study.toml": TOML,
    "sdtm/Datasets.csv": "Dataset,Label,Class,Structure,Key Variables\nZZ,Test,FINDINGS,One record per row,USUBJID\n",
    "sdtm/Variables.csv": "Dataset,Variable,Label,Data Type,Mandatory\nZZ,USUBJID,Unique Subject Identifier,text,No\n",
    "sdtm/Tables.csv": "Table,File,Subject\nraw_a,a.csv,SUBJ\n",
    "sdtm/Sources.csv": "Dataset,Block,From\nZZ,a,raw_a\n",
    "sdtm/mapping/all.csv": "Variable,Expression\nUSUBJID,USUBJID\n",
}
ADAM = {
    "study.toml": TOML,
    "adam/Datasets.csv": "Dataset,Label,Class,Structure,Key Variables\n"
    'ADTTE,Test,BASIC DATA STRUCTURE,One record per subject,"USUBJID, PARAMCD"\n',
    "adam/Variables.csv": "Dataset,Variable,Label,Data Type,Mandatory\nADTTE,USUBJID,,text,No\n"
    "ADTTE,PARAMCD,,text,No\nADTTE,PARAM,,text,No\n",
}


@dataclass
class Ran:
    """A stage that ran: its values as lists, None for missing."""

    run: Run
    intake: Intake

    def values(self, name: str, dataset: str = "ZZ", block: str = "") -> list[object]:
        blocks = [block] if block else self.run.blocks(dataset)
        return [value for found in blocks for value in listed(self.run.value(dataset, found, name))]

    def issues(self, *columns: str) -> list[tuple[object, ...]]:
        return list(self.run.log.frame()[list(columns)].itertuples(index=False, name=None))

    def ledger(self) -> list[tuple[object, ...]]:
        frame = ledger(self.run, self.intake.read, self.intake.steps)
        return list(frame[["Table", "Dataset", "Block", "Step", "Rows"]].itertuples(index=False, name=None))


def listed(column: Column) -> list[object]:
    if isinstance(column, Text):
        return list(column.objects())
    return [None if value != value else value for value in column.tolist()]


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def sdtm(folder: Path, files: Mapping[str, str | bytes]) -> Ran:
    """Take in and run an SDTM stage. `files` add to or replace those of SDTM; raw tables are `raw/*.csv`."""
    write(folder, {**SDTM, **files})
    spec = load(folder, "sdtm")
    stage = check(spec, folder / "raw")
    log = IssueLog()
    tables, names, intake = take_in(stage, folder / "raw", log)
    run = Run(stage, tables, names, log)
    run.all()
    return Ran(run, intake)


def rules(*rows: str) -> str:
    """mapping/ZZ.csv from rows of `Variable | Expression`, `Variable | Where | Expression` or with Order, Block."""
    lines = [["Variable", "Block", "Order", "Where", "Expression"]]
    for row in rows:
        cells = [cell.strip() for cell in row.split("|")]
        padded = {2: ["", "", "", ""], 3: ["", "", "", ""], 5: [*cells[1:4], ""]}[len(cells)]
        if len(cells) == 3:
            padded[2] = cells[1]
        lines.append([cells[0], *padded[:3], cells[-1]])
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(lines)
    return stream.getvalue()


def filled(folder: Path, a: str, *rows: str, **raw: str) -> Ran:
    """ZZ made from `raw_a` (text of its file) by rows of mapping; `raw` are further raw tables (`b`: raw_b)."""
    tables = "Table,File,Subject\nraw_a,a.csv,SUBJ\n" + "".join(f"raw_{name},{name}.csv,SUBJ\n" for name in raw)
    files = {f"raw/{name}.csv": text for name, text in raw.items()}
    return sdtm(folder, {"raw/a.csv": a, "sdtm/Tables.csv": tables, "sdtm/mapping/ZZ.csv": rules(*rows), **files})


def value(folder: Path, a: str, expression: str, **raw: str) -> list[object]:
    """The values of one expression in the records of ZZ."""
    return filled(folder, a, f"_X | {expression}", **raw).values("_X")


def faults(folder: Path, work: object) -> list[str]:
    """The messages of the ProblemError that `work` raises."""
    with pytest.raises(ProblemError) as caught:
        work()  # type: ignore[operator]
    return [str(problem) for problem in caught.value.problems]


def adam(folder: Path, tables: Mapping[str, str], files: Mapping[str, str]) -> Ran:
    """Run an ADaM stage on tables given as CSV text; columns named in lower-case `n:` heads are numbers."""
    write(folder, {**ADAM, **files})
    spec = load(folder, "adam")
    inputs: dict[str, InputTable] = {}
    held: dict[str, Table] = {}
    keys: dict[str, Text | None] = {}
    for name, text in tables.items():
        lines = list(csv.reader(io.StringIO(text)))
        columns: dict[str, Column] = {}
        types: dict[str, str] = {}
        for place, head in enumerate(lines[0]):
            cells = [row[place] for row in lines[1:]]
            number = head.startswith("n:")
            column = head.removeprefix("n:")
            types[column] = "number" if number else "iso" if head.endswith("DTC") else "text"
            columns[column] = (
                np.array([float(cell) if cell else np.nan for cell in cells]) if number else Text.of(cells)
            )
        inputs[name] = InputTable(name, types, True, name == "DM")
        key = columns["USUBJID"]
        keys[name] = key if isinstance(key, Text) else None
        count = len(lines) - 1
        held[name] = Table(
            name, columns, count, np.empty(0, np.int32), np.arange(1, count + 1), None, f"{name.lower()}.xpt", False
        )
    names = subject_names(keys)
    for name, table in held.items():
        table.subject = subject_codes(keys[name], names, table.count)
    stage = compile_stage(spec, inputs | lookup_inputs(spec))
    run = Run(stage, {**held, **lookup_tables(spec)}, names, IssueLog())
    run.all()
    return Ran(run, Intake(run.log))
