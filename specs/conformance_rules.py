"""The conformance rules: dated tables in `specs/standards/rules`, one for SDTM, one for ADaM, one for define.xml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from specs.cells import choice, names
from specs.columns import Column, Sheet
from specs.model_record import Record
from specs.problem import SpecError
from specs.read_csv import Faults, Row, check_columns, needed_cells, read_table

FOLDER = Path(__file__).parent / "standards" / "rules"
SETS = ("sdtm", "adam", "define")
SEVERITIES = ("Error", "Warning", "Note")
_FILE = re.compile(r"(?P<set>[a-z]+)-rules-(?P<date>\d{4}-\d\d-\d\d)\.csv")

SHEET = Sheet(
    "Rules",
    "Conformance rules.",
    (
        Column("Rule", "ID of the rule", "text", True),
        Column("Category", "What kind of rule it is", "text", True),
        Column("Dataset", "Dataset, class, table of metadata, `SUPP--`, or ALL", "text", True),
        Column("Where", "Records that are looked at", "condition"),
        Column("Condition", "What must hold where Where holds", "condition", True),
        Column("Optional", "Variables and datasets that may be absent; they count as missing, as empty", "names"),
        Column("Message", "What is wrong where it does not", "text", True),
        Column("How To Mend", "What to look at, and what to do", "text", True),
        Column("Severity", "Error, Warning or Note", "text", True),
        Column("Reference", "Where the rule stands: document and section", "text", True),
        Column("CORE", "Rules of CDISC CORE that ask the same", "names"),
    ),
)


@dataclass(frozen=True)
class ConformanceRule(Record):
    """A row of a table of rules; `group` is its table: sdtm, adam, define, or study for a row of Checks."""

    rule: str
    group: str
    category: str
    dataset: str
    where: str
    condition: str
    optional: tuple[str, ...]
    message: str
    mend: str
    severity: str
    reference: str
    core: tuple[str, ...]


def held() -> dict[str, Path]:
    """The newest table of each set that `specs/standards/rules` holds."""
    found: dict[str, Path] = {}
    for path in sorted(FOLDER.glob("*.csv")):
        match = _FILE.fullmatch(path.name)
        if match and match["set"] in SETS:
            found[match["set"]] = path  # dates sort, so the last one is the newest
    return {name: found[name] for name in SETS if name in found}


def date_of(path: Path) -> str:
    """The date of a table."""
    match = _FILE.fullmatch(path.name)
    return match["date"] if match else ""


@cache
def conformance_rules() -> tuple[ConformanceRule, ...]:
    """Every rule of the newest tables, in their order. Raises SpecError for a table with faults."""
    faults = Faults()
    found: list[ConformanceRule] = []
    seen: dict[str, Row] = {}
    for group, path in held().items():
        table = read_table(path, f"rules/{path.name}", faults)
        if table is None:
            continue
        check_columns(table, SHEET, faults)
        for row in needed_cells(table.rows, SHEET, faults):
            before = seen.setdefault(row.get("Rule"), row)
            if before is not row:
                faults.add(row.at("Rule"), f"{row.get('Rule')!r} stands at {before.place} too", "number it anew")
            found.append(_rule(row, group, faults))
    if faults.problems:
        raise SpecError(faults.problems)
    return tuple(found)


def _rule(row: Row, group: str, faults: Faults) -> ConformanceRule:
    return ConformanceRule(
        row.place, row.cells, row.get("Rule"), group, row.get("Category"), row.get("Dataset"), row.get("Where"),
        row.get("Condition"), names(row.get("Optional")), row.get("Message"), row.get("How To Mend"),
        choice(row, "Severity", SEVERITIES, faults), row.get("Reference"), names(row.get("CORE")),
    )  # fmt: skip


def by_id() -> Mapping[str, ConformanceRule]:
    """The rules by their IDs."""
    return {rule.rule: rule for rule in conformance_rules()}
