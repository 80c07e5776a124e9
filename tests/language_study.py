"""A small study for the tests of the language: four SDTM datasets, raw tables by their headers, one look-up."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from small_study import TOML, study

from language.tree import EITHER, ISO, NUMBER, TEXT, Node
from specs.check import compile_stage
from specs.compiled import CompiledStage, InputTable
from specs.load import load
from specs.problem import SpecError

INPUTS = {
    "raw_dm": InputTable("raw_dm", dict.fromkeys(("SUBJECT", "SEX_C", "BIRTH", "SITE"), TEXT), True, True, True),
    "raw_ae": InputTable(
        "raw_ae", dict.fromkeys(("RECID", "TERM", "ST_YY", "ST_MM", "ST_DD", "OUT", "GRADE", "class"), TEXT), raw=True
    ),
    "raw_lb": InputTable(
        "raw_lb", dict.fromkeys(("RECID", "LBCODE", "RESULT", "UNIT", "WHEN", "TERM"), TEXT), raw=True
    ),
    "raw_ds": InputTable("raw_ds", dict.fromkeys(("RECID", "REASON", "WHEN"), TEXT), raw=True),
    "drugs": InputTable("drugs", {"CODE": EITHER, "TRT": TEXT, "DOSE": EITHER}, has_subject=False),
}
SHEETS: dict[str, Sequence[Sequence[str]]] = {
    "Datasets": [
        ("Dataset", "Key Variables"),
        ("DM", "STUDYID, USUBJID"),
        ("AE", "STUDYID, USUBJID, AETERM, AESEQ"),
        ("LB", "STUDYID, USUBJID, LBTESTCD, LBSEQ"),
        ("DS", "STUDYID, USUBJID, DSSEQ"),
    ],
    "Variables": [
        ("Dataset", "Variable"),
        *[("DM", name) for name in ("STUDYID", "USUBJID", "RFSTDTC", "SEX", "AGE", "DTHFL")],
        *[("AE", name) for name in ("STUDYID", "USUBJID", "AESEQ", "AETERM", "AEOUT", "AESTDTC", "AESTDY")],
        *[
            ("LB", name)
            for name in ("STUDYID", "USUBJID", "LBSEQ", "LBTESTCD", "LBTEST", "LBORRES", "LBSTRESN", "LBDTC")
        ],
        *[("DS", name) for name in ("STUDYID", "USUBJID", "DSSEQ", "DSTERM", "DSDECOD", "DSSTDTC")],
    ],
    "Sources": [
        ("Dataset", "Block", "From"),
        ("DM", "dm", "raw_dm"),
        ("AE", "ae", "raw_ae"),
        ("LB", "lb", "raw_lb"),
        ("DS", "ds", "raw_ds"),
    ],
}
Rows = Sequence[Sequence[str]]


def table(rows: Rows) -> str:
    """Rows as CSV."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def build(
    folder: Path,
    sheets: Mapping[str, Rows] | None = None,
    inputs: Mapping[str, InputTable] | None = None,
) -> CompiledStage:
    """The compiled stage of the small study, with sheets replaced (`mapping/AE`, `Joins`, ...)."""
    files = {f"sdtm/{name}.csv": table(rows) for name, rows in {**SHEETS, **(sheets or {})}.items()}
    spec = load(study(folder, {"study.toml": TOML}, {**files}), "sdtm")
    return compile_stage(spec, {**INPUTS, **(inputs or {})})


def mapping(*rows: Sequence[str]) -> Rows:
    """A mapping sheet of (Variable, Expression) or (Variable, Block, Order, Where, Expression)."""
    full = [row if len(row) == 5 else (row[0], "", "", "", row[1]) for row in rows]
    return [("Variable", "Block", "Order", "Where", "Expression"), *full]


def node(folder: Path, expression: str, dataset: str = "AE", **sheets: Rows) -> Node:
    """The resolved expression of a working variable of a dataset."""
    named = {name.replace("_", "/"): rows for name, rows in sheets.items()}
    extra = named.pop(f"mapping/{dataset}", mapping())[1:]
    stage = build(folder, {f"mapping/{dataset}": [*mapping(("_X", expression)), *extra], **named})
    return next(rules[0].value for (d, _, v), rules in stage.rules.items() if (d, v) == (dataset, "_X"))


def faults(folder: Path, sheets: Mapping[str, Rows], inputs: Mapping[str, InputTable] | None = None) -> list[str]:
    """Every fault of the small study with sheets replaced, as text."""
    with pytest.raises(SpecError) as caught:
        build(folder, sheets, inputs)
    return [str(problem) for problem in caught.value.problems]


def fault(folder: Path, expression: str, dataset: str = "AE", **sheets: Rows) -> str:
    """The one fault of an expression of a working variable, without its place."""
    named = {name.replace("_", "/"): rows for name, rows in sheets.items()}
    (found,) = faults(folder, {f"mapping/{dataset}": mapping(("_X", expression)), **named})
    place = f"sdtm/mapping/{dataset}.csv:2 [Expression] "
    assert found.startswith(place), found
    return found.removeprefix(place)


__all__ = ["EITHER", "INPUTS", "ISO", "NUMBER", "TEXT", "Rows", "build", "fault", "faults", "mapping", "node", "table"]
