"""The conformance rules: dated tables in `specs/standards/rules`, one for SDTM, one for ADaM, one for define.xml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from language.errors import ExpressionError
from language.parse import parse
from specs.cells import choice, names
from specs.closed_words import SEVERITIES
from specs.columns import Column, Sheet
from specs.model_record import Record
from specs.problem import Place, Problem, SpecError
from specs.read_csv import Faults, Row, check_columns, needed_cells, read_table

FOLDER = Path(__file__).parent / "standards" / "rules"
SETS = ("sdtm", "adam", "define")
OWN = "rules.csv"
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
    """A row of a table of rules; `group` is its table: sdtm, adam, define, own for one of a
    sponsor, study for a row of Checks."""

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
    seen: dict[str, Place] = {}
    found = [
        rule for group, path in held().items() for rule in _read(path, f"rules/{path.name}", group, seen, faults)
    ]  # fmt: skip
    if faults.problems:
        raise SpecError(faults.problems)
    return tuple(found)


def own_rules(path: Path, shown: str = "") -> tuple[ConformanceRule, ...]:
    """The rules of a sponsor's table, which has the columns of `SHEET`; they look at datasets of any standard.

    shown: how problems name the file. Raises SpecError for a table with faults.
    """
    faults = Faults()
    name = shown or str(path)
    if not path.is_file():
        raise SpecError([Problem(Place(name), "there is no such file")])
    found = tuple(_read(path, name, "own", {rule.rule: rule.place for rule in conformance_rules()}, faults))
    for rule in found:
        for column, text in (("Where", rule.where), ("Condition", rule.condition)):
            _check_expression(text, rule.at(column), faults)
    if faults.problems:
        raise SpecError(faults.problems)
    return found


def rules_of_study(folder: Path) -> tuple[ConformanceRule, ...]:
    """The rules of the sponsor that stand in a study, in `rules.csv`; none where there is no such file."""
    path = folder / OWN
    return own_rules(path, OWN) if path.is_file() else ()


def _read(path: Path, shown: str, group: str, seen: dict[str, Place], faults: Faults) -> Iterator[ConformanceRule]:
    table = read_table(path, shown, faults)
    if table is None:
        return
    check_columns(table, SHEET, faults)
    for row in needed_cells(table.rows, SHEET, faults):
        before = seen.setdefault(row.get("Rule"), row.place)
        if before != row.place:
            faults.add(row.at("Rule"), f"{row.get('Rule')!r} stands at {before} too", "number it anew")
        yield _rule(row, group, faults)


def _check_expression(text: str, place: Place, faults: Faults) -> None:
    try:
        if text:
            parse(text.replace("--", "XX"))
    except ExpressionError as error:
        faults.add(place, error.message, error.hint)


def _rule(row: Row, group: str, faults: Faults) -> ConformanceRule:
    return ConformanceRule(
        row.place, row.cells, row.get("Rule"), group, row.get("Category"), row.get("Dataset"), row.get("Where"),
        row.get("Condition"), names(row.get("Optional")), row.get("Message"), row.get("How To Mend"),
        choice(row, "Severity", SEVERITIES, faults), row.get("Reference"), names(row.get("CORE")),
    )  # fmt: skip


def by_id() -> Mapping[str, ConformanceRule]:
    """The rules by their IDs."""
    return {rule.rule: rule for rule in conformance_rules()}
