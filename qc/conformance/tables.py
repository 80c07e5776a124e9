"""The reports of a validation as tables: findings, rules by dataset, explanations; as CSV and as XLSX."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from formats.safe_csv import safe
from qc.compare.shown import printable
from qc.conformance.result import ABSENT, Finding, Outcome, Validation

FINDINGS = (
    "Rule", "Severity", "Category", "Dataset", "Variable", "USUBJID", "Sequence", "Record", "Values", "Message",
    "Explanation", "Who", "How To Mend", "Reference", "CORE", "Findings",
)  # fmt: skip
OVERVIEW = (
    "Rule", "Severity", "Category", "Dataset", "State", "Checked", "Findings", "Explained", "Open", "Message",
    "How To Mend", "Reference", "CORE", "Reason",
)  # fmt: skip
EXPLANATIONS = ("Place", "Rule", "Dataset", "Where", "Explanation", "Who", "Explains")
Row = tuple[object, ...]
_CREATED = "1980-01-01T00:00:00Z"
_MOMENT = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


def findings(found: Validation) -> Iterator[Row]:
    """A row for each finding that is listed, the gravest first."""
    for outcome in found.with_findings():
        for finding in outcome.findings:
            yield _finding(found, outcome, finding)


def _finding(found: Validation, outcome: Outcome, finding: Finding) -> Row:
    rule = outcome.rule
    row = found.explanations[finding.explained].row if finding.explained is not None else None
    return (
        rule.rule, rule.severity, rule.category, outcome.dataset, finding.variable, finding.subject,
        int(finding.sequence) if finding.sequence.isdecimal() else finding.sequence,
        finding.record if finding.record is not None else "", values(finding), rule.message,
        row.explanation if row else "", row.who if row else "", rule.mend, rule.reference, ", ".join(rule.core),
        outcome.found,
    )  # fmt: skip


def values(finding: Finding) -> str:
    """The values of a finding in one text: `AESER = 'N'; AESDTH is missing`."""
    return "; ".join(f"{name} = {value!r}" if value else f"{name} is missing" for name, value in finding.values)


def overview(found: Validation) -> Iterator[Row]:
    """A row for each rule and dataset that it looked at, or could not look at."""
    for outcome in found.outcomes:
        rule = outcome.rule
        yield (
            rule.rule, rule.severity, rule.category, outcome.dataset, outcome.state, outcome.checked, outcome.found,
            outcome.explained, outcome.open, rule.message, rule.mend, rule.reference, ", ".join(rule.core),
            outcome.reason,
        )  # fmt: skip


def explanations(found: Validation) -> Iterator[Row]:
    """A row for each explanation, with the number of findings that it explains."""
    for one in found.explanations:
        row = one.row
        yield str(row.place), row.rule, row.dataset, row.where, row.explanation, row.who, one.covered


def csv(found: Validation) -> str:
    """The findings as CSV, which a spreadsheet may open without running what a value says."""
    rows = [[_plain(cell) for cell in row] for row in findings(found)]
    return str(pd.DataFrame(rows, columns=list(FINDINGS)).to_csv(index=False, lineterminator="\n"))


def _plain(cell: object) -> object:
    return safe(printable(cell)) if isinstance(cell, str) else cell


# --- XLSX -----------------------------------------------------------------------------------------------


def xlsx(found: Validation) -> bytes:
    """A workbook of four sheets. Every text is stored as a text, so that none runs as a formula."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    run = [row for row in overview(found) if row[4] != ABSENT]
    _sheet(book, "Summary", ("", ""), _summary(found), (24, 80))
    _sheet(book, "Rules", OVERVIEW, run, (10, 9, 18, 10, 13, 9, 9, 9, 9, 60, 60, 40, 14, 30))
    widths = (10, 9, 18, 10, 11, 22, 9, 8, 60, 60, 40, 14, 60, 40, 14, 9)
    _sheet(book, "Findings", FINDINGS, list(findings(found)), widths)
    _sheet(book, "Explanations", EXPLANATIONS, list(explanations(found)), (26, 10, 10, 40, 70, 14, 9))
    stream = io.BytesIO()
    book.save(stream)
    return _dated(stream.getvalue())


def _summary(found: Validation) -> list[Row]:
    counts = found.open()
    return [
        *((f"{severity}s open", counts[severity]) for severity in ("Error", "Warning", "Note")),
        ("Explained", found.covered()),
        ("Described by", found.described or "nothing"),
        ("Rules", "; ".join(found.rules)),
        ("Terminology", "; ".join(found.terminology)),
        *((f"Dataset {one.name}", f"{one.records:,d} records, {one.guide}, {one.path}") for one in found.datasets),
        *(("Note", note) for note in found.notes),
    ]


def _sheet(book: Any, title: str, header: Sequence[str], rows: Sequence[Row], widths: Sequence[int]) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(title)
    for place, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    if any(header):
        sheet.freeze_panes = "B2"
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}{len(rows) + 1}"
        sheet.append([_cell(sheet, name, Font(bold=True)) for name in header])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet: Any, value: object, font: Any = None) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value=value)
    cell = WriteOnlyCell(sheet, value="")
    cell.value = printable(value)[:32767]
    cell.data_type = "s"
    cell.quotePrefix = value.startswith(("=", "+", "-", "@"))
    if font is not None:
        cell.font = font
    return cell


def _dated(content: bytes) -> bytes:
    """The workbook without the time at which it was made, so that two runs give the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = _MOMENT.sub(rb"\g<1>" + _CREATED.encode(), part)
            new.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), part, zipfile.ZIP_DEFLATED)
    return made.getvalue()
