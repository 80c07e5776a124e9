"""The recorded cases of admiral about records, each as a small study: tables of the recording, spec rows of ours.

Spec rows are written one a line, cells parted by `|`, the name of the sheet first:

    Sources | dataset | block | from | where | expand | one per | order | pick | keep
    Joins   | dataset | name | from | by | where | order | pick
    Map     | dataset | variables | block | where | expression
    Checks  | dataset | condition

Cells to the right that are blank may be left out. Columns of the recording are written in capitals, dates as days and
date-times as seconds since 1960-01-01, and a table without subjects gets the subject '1'.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from engine_study import Ran, adam
from oak_cases import Case, Row, listed, rows

from engine.verify import verify
from language.expanding import expanded_names

SHARED = Path(__file__).parents[2] / "shared" / "fixtures" / "cases"
ABSENT = "../shared/fixtures/cases is not here (shared material is not part of the project)"
GROUPS = (
    "derive_var_base", "derive_var_extreme_flag", "derive_locf_records", "derive_var_obs_number", "derive_vars_query",
    "derive_var_extreme_date", "create_single_dose_dataset", "derive_summary_records", "derive_param_extreme_record",
    "derive_vars_joined_summary", "derive_extreme_records", "derive_extreme_event", "derive_merged", "derive_joined",
    "derive_vars_transposed", "period_dataset", "derive_var_dthcaus", "derive_var_relative_flag", "filter_relative",
    "derive_expected_records",
)  # fmt: skip
HEADS = {
    "Sources": ("Dataset", "Block", "From", "Where", "Expand", "One Per", "Order", "Pick", "Keep"),
    "Joins": ("Dataset", "Name", "From", "By", "Where", "Order", "Pick"),
    "Map": ("Dataset", "Variable", "Block", "Where", "Expression"),
    "Checks": ("Dataset", "Condition"),
}
NUMERIC = ("numeric", "integer", "Date", "POSIXct")
Cells = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Said:
    """A recorded call in spec rows.

    tables, lookups: the argument of the call (`#1`, `source_datasets.ae`) behind each table of the study; rename: what
    a column of the recording is called here; only: the variables compared, where it is not all of them.
    """

    tables: Mapping[str, str]
    rows: str
    lookups: Mapping[str, str] = field(default_factory=dict)
    rename: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()


@cache
def cases() -> dict[str, Case]:
    """Every recorded case of the groups, by group and place; none where the shared material is absent."""
    if not SHARED.exists():
        return {}
    recorded = json.loads((SHARED / "admiral_other.json").read_text(encoding="utf-8"))
    return {f"{name}.{place}": case for name in GROUPS for place, case in enumerate(recorded[name]["cases"])}


def argument(case: Case, name: str) -> Mapping[str, Any]:
    """A table among the arguments of a recorded call, or of another one: `derive_merged.1:dataset_add`."""
    other, _, name = name.rpartition(":")
    found: Any = (cases()[other] if other else case)["actual"]["args"]
    for part in name.split("."):
        found = found[part]
    return dict(found)


def frame(table: Mapping[str, Any], said: Said) -> tuple[dict[str, bool], list[Row]]:
    """The columns of a recorded data frame, whether each is a number, and its rows."""
    kinds = dict(zip(listed(table["columns"]), listed(table["types"]), strict=True))
    names = {name: said.rename.get(name.upper(), name.upper()) for name in kinds}
    columns = {names[name]: kind in NUMERIC and names[name] != "USUBJID" for name, kind in kinds.items()}
    made = [{names[name]: _value(value, kinds[name]) for name, value in row.items()} for row in rows(table)]
    return columns, [{name: _text(row[name]) if name == "USUBJID" else row[name] for name in columns} for row in made]


def _value(value: Any, kind: str) -> Any:
    if value is None or value == "":
        return None
    if kind == "Date":
        return float((date.fromisoformat(value) - date(1960, 1, 1)).days)
    if kind.startswith("POSIX"):
        return (datetime.fromisoformat(value) - datetime(1960, 1, 1)).total_seconds()
    return float(value) if kind in NUMERIC else str(value)


def _text(value: Any) -> str | None:
    return f"{value:g}" if isinstance(value, float) else value


def run(case: Case, said: Said, folder: Path) -> Ran:
    """The study of a case, run by the engine, its checks too."""
    spec = _spec(said, case)
    tables = {name: _csv(*frame(argument(case, path), said), True) for name, path in said.tables.items()}
    lookups = {
        f"adam/tables/{name}.csv": _csv(*frame(argument(case, path), said), False)
        for name, path in said.lookups.items()
    }
    ran = adam(folder, tables, {**spec, **lookups})
    verify(ran.run, {})
    return ran


def _csv(columns: Mapping[str, bool], table: Iterable[Row], subjects: bool) -> str:
    extra = [] if "USUBJID" in columns or not subjects else ["USUBJID"]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*extra, *(f"n:{name}" if number and subjects else name for name, number in columns.items())])
    for row in table:
        cells = [row[name] for name in columns]
        writer.writerow(["1" for _ in extra] + ["" if cell is None else _shown(cell) for cell in cells])
    return stream.getvalue()


def _shown(cell: Any) -> str:
    return repr(cell).removesuffix(".0") if isinstance(cell, float) else str(cell)


def _spec(said: Said, case: Case) -> dict[str, str]:
    sheets: dict[str, list[list[str]]] = {name: [] for name in HEADS}
    for line in filter(str.strip, said.rows.splitlines()):
        sheet, *cells = [cell.strip() for cell in line.split("|")]
        sheets[sheet].append([*cells, *[""] * (len(HEADS[sheet]) - len(cells))])
    numbers = _variables(said, case, sheets)
    variables = [["AD", name, "float" if number else "text", name, "No"] for name, number in numbers.items()]
    dataset = ["AD", "Analysis", "BASIC DATA STRUCTURE", "One record per row", ", ".join(numbers)]
    files = {
        "adam/Datasets.csv": _sheet(("Dataset", "Label", "Class", "Structure", "Key Variables"), [dataset]),
        "adam/Variables.csv": _sheet(("Dataset", "Variable", "Data Type", "Label", "Mandatory"), variables),
        "adam/Sources.csv": _sheet(HEADS["Sources"], sheets["Sources"]),
        "adam/Joins.csv": _sheet(HEADS["Joins"], sheets["Joins"]),
    }
    checks = [[f"C{n}", dataset, text, text, "error"] for n, (dataset, text) in enumerate(sheets["Checks"])]
    files["adam/Checks.csv"] = _sheet(("Rule", "Dataset", "Condition", "Message", "Action"), checks)
    for owner in dict.fromkeys(row[0] for row in sheets["Map"]):
        mapped = [row[1:] for row in sheets["Map"] if row[0] == owner]
        files[f"adam/mapping/{owner}.csv"] = _sheet(HEADS["Map"][1:], mapped)
    return files


def _sheet(head: Sequence[str], table: Cells) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([head, *table])
    return stream.getvalue()


def _variables(said: Said, case: Case, sheets: Mapping[str, list[list[str]]]) -> dict[str, bool]:
    """The variables of AD and whether they are numbers: those of the expected table, and those that are mapped."""
    expected = case["expected"]
    known: dict[str, bool] = {}
    for path in said.tables.values():
        known |= frame(argument(case, path), said)[0]
    names = [name for row in sheets["Map"] if row[0] == "AD" for name in row[1].split()]
    names += [name for row in sheets["Sources"] if row[0] == "AD" for name in expanded_names(row[4])]
    mapped = {name: known.get(name, False) for name in names if not name.startswith("_")}
    made = frame(expected, said)[0] if "columns" in expected else mapped
    return {"USUBJID": False} | made


def found_rows(ran: Ran, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """The records of AD, in an order of their own."""
    columns = [ran.values(name, "AD") for name in names]
    return ordered(zip(*columns, strict=True))


def wanted_rows(case: Case, said: Said, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """The recorded records, in the same order."""
    _, table = frame(case["expected"], said)
    return ordered(tuple(row.get(name) for name in names) for row in table)


def ordered(table: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted((tuple(_rounded(cell) for cell in row) for row in table), key=repr)


def _rounded(cell: Any) -> Any:
    return float(f"{cell:.12g}") if isinstance(cell, (float, int, np.floating)) else cell


def compared(case: Case, said: Said) -> tuple[str, ...]:
    """The variables that are compared."""
    return said.only or tuple(frame(case["expected"], said)[0])


__all__ = ["ABSENT", "Said", "cases", "compared", "found_rows", "run", "wanted_rows"]
