"""Every idiom of the function page, run as rows of a specification, gives what is written beside it."""

from __future__ import annotations

import csv
import io
import itertools
import re
import sys
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import pytest
from engine_study import Ran, adam

sys.path.insert(0, str(Path(__file__).parents[1]))

from docs import idiom_rows

TABLES = idiom_rows.data()
INPUTS = {"ADSL": "DM", "ADLB": "LB", "ADAE": "AE", "EX": "EX"}
CLASSES = {
    "ADSL": "SUBJECT LEVEL ANALYSIS DATASET",
    "ADLB": "BASIC DATA STRUCTURE",
    "ADAE": "OCCURRENCE DATA STRUCTURE",
}
KEYS = {"ADSL": "USUBJID", "ADLB": "USUBJID, PARAMCD, ADT", "ADAE": "USUBJID, AEDECOD, AESEQ"}
OF_SUBJECT = ("TRTSDT", "TRTEDT")
ROWS = {name: list(found) for name, found in itertools.groupby(idiom_rows.rows(), lambda row: (row.group, row.idiom))}


def _number(text: str) -> float | None:
    """A number, or the number of a date or a moment; None for a text that is none."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return float((date.fromisoformat(text) - date(1960, 1, 1)).days)
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", text):
        return (datetime.fromisoformat(text) - datetime(1960, 1, 1)).total_seconds()
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else None


def _values(row: idiom_rows.Row) -> list[str]:
    return [text.strip() for text in row.gives.split(",")] if row.gives else []


def _numeric(name: str, cells: Iterable[str]) -> bool:
    given = [cell for cell in cells if cell not in ("", ".")]
    return name != "USUBJID" and not name.endswith("DTC") and all(_number(cell) is not None for cell in given)


def _csv(rows: Iterable[Iterable[object]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def _input(name: str) -> str:
    """A table as `adam` reads it: `n:` before numbers, dates as numbers."""
    rows = TABLES[name]
    numeric = {head: _numeric(head, (row[head] for row in rows)) for head in rows[0]}
    heads = [f"n:{head}" if number else head for head, number in numeric.items()]
    cells = [[_number(row[head]) if numeric[head] and row[head] else row[head] for head in row] for row in rows]
    return _csv([heads, *cells])


def _types() -> dict[tuple[str, str], str]:
    """Text or float of every variable, from its values."""
    found = {
        (name, head): "float" if _numeric(head, (row[head] for row in TABLES[name])) else "text"
        for name in CLASSES
        for head in TABLES[name][0]
    }
    found |= {(name, head): "float" for name in CLASSES for head in OF_SUBJECT}
    for row in idiom_rows.rows():
        if row.sheet == "Mapping" and row.gives:
            found[row.dataset, row.variable] = "float" if _numeric(row.variable, _values(row)) else "text"
    return found


def _mapping(dataset: str, rows: list[idiom_rows.Row]) -> str:
    """The columns of the table as they are, the treatment dates of the subject, and the rules of the idiom."""
    own = [row for row in rows if row.dataset == dataset]
    filled = {row.variable for row in own}
    base = {head: f"{INPUTS[dataset]}.{head}" for head in TABLES[dataset][0]}
    if dataset != "ADSL":
        base |= {name: f"ADSL.{name}" for name in OF_SUBJECT}
    lines = [[name, "", expression] for name, expression in base.items() if name not in filled]
    lines += [[row.variable, row.where, row.expression] for row in own]
    return _csv([("Variable", "Where", "Expression"), *lines])


def _files(rows: list[idiom_rows.Row]) -> dict[str, str]:
    criteria = [row for row in rows if row.sheet == "Criteria"]
    datasets = [(name, name, kind, "Records", KEYS[name]) for name, kind in CLASSES.items()]
    variables = [(*place, place[1], kind, "No") for place, kind in _types().items() if not place[1].startswith("_")]
    files = {
        "adam/Datasets.csv": _csv([("Dataset", "Label", "Class", "Structure", "Key Variables"), *datasets]),
        "adam/Variables.csv": _csv([("Dataset", "Variable", "Label", "Data Type", "Mandatory"), *variables]),
        "adam/Sources.csv": _csv([("Dataset", "Block", "From"), *((n, n.lower(), INPUTS[n]) for n in CLASSES)]),
        "adam/Criteria.csv": _csv(
            [("Criteria", "Order", "Where", "Value"), *((r.variable, n, r.where, r.expression)
                                                        for n, r in enumerate(criteria, 1))]
        ),
    }  # fmt: skip
    files |= {f"adam/tables/{name}.csv": _csv([TABLES[name][0], *(row.values() for row in TABLES[name])])
              for name in TABLES if name.islower()}  # fmt: skip
    return files | {f"adam/mapping/{name}.csv": _mapping(name, rows) for name in CLASSES}


def _ran(folder: Path, rows: list[idiom_rows.Row]) -> Ran:
    return adam(folder, {table: _input(name) for name, table in INPUTS.items()}, _files(rows))


def _same(found: object, text: str) -> bool:
    if found is None or text == ".":
        return found is None and text == "."
    return found == text if isinstance(found, str) else found == pytest.approx(_number(text), rel=1e-14)


@pytest.mark.parametrize("idiom", list(ROWS), ids=[" - ".join(name) for name in ROWS])
def test_idiom_gives_what_is_written(idiom: tuple[str, str], tmp_path: Path) -> None:
    rows = ROWS[idiom]
    ran = _ran(tmp_path, rows)
    shown = {(row.dataset, row.variable): _values(row) for row in rows if row.gives}
    assert shown, "the value of an idiom is shown"
    for (dataset, variable), texts in shown.items():
        found = ran.values(variable, dataset)
        assert len(found) == len(texts) == len(TABLES[dataset])
        assert [_same(value, text) for value, text in zip(found, texts)] == [True] * len(texts), (variable, found)


def test_rows_of_an_idiom_stand_together() -> None:
    places = [(row.group, row.idiom) for row in idiom_rows.rows()]
    assert len({*places}) == len([place for place, _ in itertools.groupby(places)])
    assert all(row.group and row.idiom and row.expression for row in idiom_rows.rows())
