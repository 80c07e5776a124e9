"""What a workbook says of its study beside the tables: the standard that it follows, and that it is complete."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from specs.columns import SHEETS
from specs.define_sheet import FROM_STANDARD
from specs.guide_names import as_published
from specs.problem import Place, Problem
from specs.read_csv import RawTable, Row
from specs.standards import GUIDES, PACKAGES
from specs.workbook_sheets import Table

if TYPE_CHECKING:
    from specs.workbook_import import Imported


def complete_define(book: str, tables: list[Table]) -> list[Table]:
    """The tables with the attribute FromStandard No: what the workbook leaves blank, no standard fills."""
    attribute = {"Attribute": FROM_STANDARD, "Value": "No"}
    known = next((table for table in tables if table.sheet and table.sheet.name == "Define"), None)
    if known is None:
        file = f"{book}#Define"
        raw = RawTable(file, SHEETS["Define"].names, (Row(file, 2, attribute),))
        return [Table("Define", SHEETS["Define"], raw), *tables]
    if not any(row.get("Attribute") == FROM_STANDARD for row in known.table.rows):
        last = max((row.line for row in known.table.rows), default=1)
        cells = {**dict.fromkeys(known.table.columns, ""), **attribute}
        rows = (*known.table.rows, Row(known.table.file, last + 1, cells))
        columns = tuple(dict.fromkeys([*known.table.columns, *SHEETS["Define"].names]))
        known.table = replace(known.table, columns=columns, rows=rows)
    return tables


def attributes(tables: Iterable[Table]) -> dict[str, str]:
    """The rows of the Define sheet."""
    rows = (row for table in tables if table.sheet and table.sheet.name == "Define" for row in table.table.rows)
    return {row.get("Attribute"): row.get("Value") for row in rows}


def stated_standard(tables: Iterable[Table]) -> str:
    """The implementation guide that StandardName and StandardVersion name (Define-XML 2.0), such as SDTMIG 3.2."""
    found = attributes(tables)
    return as_published(found.get("StandardName", ""), found.get("StandardVersion", ""))


def with_standard(tables: list[Table], result: Imported) -> list[Table]:
    """The tables with the stated guide in Standard of Datasets, where Define-XML 2.1 has it."""
    guide = stated_standard(tables)
    datasets = next((table for table in tables if table.sheet and table.sheet.name == "Datasets"), None)
    if not guide or datasets is None or any(row.get("Standard") for row in datasets.table.rows):
        return tables
    rows = tuple(replace(row, cells={**row.cells, "Standard": guide}) for row in datasets.table.rows)
    columns = tuple(dict.fromkeys([*datasets.table.columns, "Standard"]))
    datasets.table = replace(datasets.table, columns=columns, rows=rows)
    message = f"is filled with {guide}, which is named once for all datasets"
    result.remarks.append(Problem(Place(datasets.table.file, 0, "Standard"), message))
    return tables


def study_toml(source: str, tables: list[Table], created: str = "") -> str:
    """A study.toml for a study that has none. The versions are those that trialspec holds, to be confirmed.

    created: the time that the source states and that files of the study will state.
    """
    found = attributes(tables)
    name = found.get("StudyName") or found.get("ProtocolName") or "STUDY"
    rows = [row for table in tables if table.sheet and table.sheet.name == "Datasets" for row in table.table.rows]
    named = ", ".join(dict.fromkeys(row.get("Standard") for row in rows if row.get("Standard")))
    stated = stated_standard(tables) or named or "no standard"
    keys = {"SDTMIG": "sdtmig", "ADaMIG": "adamig", "ADaM-OCCDSIG": "occds", "ADaM-BDS-TTE": "tte",
            "SDTM": "sdtmct", "ADaM": "adamct", "DEFINE-XML": "definect"}  # fmt: skip
    lines = [f"# Made by `build spec import {_plain(source)}`.", f"STUDYID = {_quoted(name)}", "",
             f"# To confirm: the source names {_plain(stated)}; these are the versions that trialspec holds.",
             "[standards]"]  # fmt: skip
    for text in (*GUIDES, *PACKAGES):
        guide, _, version = text.rpartition(" ")
        if guide in keys:
            lines.append(f'{keys[guide]} = "{version}"')
    lines += ['define = "2.1"', *(["", "[output]", f"created = {_quoted(created)}"] if created else []), ""]
    return "\n".join(lines)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    kept = _plain(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{kept}"'
