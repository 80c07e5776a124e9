"""How a sheet looks and what helps to fill it in: header, frozen panes, filter, widths, lists of allowed words."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from specs.choices import Choice, choice_of
from specs.columns import EXPRESSION_KINDS, SPECIFICATION
from specs.workbook_tables import BookSheet

_NARROW, _WIDE = 8, 60
_LAST_ROW = 1_048_576
_LONGEST_LIST = 255  # characters of a list that stands in the rule itself
_MOST_FROZEN = 3
_INDUSTRY, _OURS, _FREE = "1F4E79", "375623", "7F6000"
_LINE = Side(style="thin", color="BFBFBF")
_WRAPPED = ("text", "verbatim", *EXPRESSION_KINDS)


def dress(page: Worksheet, sheet: BookSheet, stage: str, sheets: Sequence[BookSheet]) -> None:
    """Header, panes, filter, widths, text format for cells still to be filled, lists."""
    width = len(sheet.columns)
    last = get_column_letter(width)
    page.freeze_panes = f"{get_column_letter(_frozen(sheet) + 1)}2"
    page.auto_filter.ref = f"A1:{last}{len(sheet.rows) + 1}"
    page.sheet_properties.tabColor = _colour(sheet)
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.print_title_rows = "1:1"
    for position, name in enumerate(sheet.columns, start=1):
        letter = get_column_letter(position)
        page.column_dimensions[letter].width = _width(sheet, position - 1)
        page.column_dimensions[letter].number_format = "@"
        page.column_dimensions[letter].alignment = _alignment(sheet, name)
        _head(page, position, sheet, name)
        for number in range(2, len(sheet.rows) + 2):
            cell = page.cell(number, position)
            cell.number_format = "@"
            cell.alignment = _alignment(sheet, name)
    for rule in _rules(sheet, stage, sheets):
        page.add_data_validation(rule)


def dress_grid(page: Worksheet) -> None:
    """A sheet that is kept as it stands."""
    page.sheet_properties.tabColor = "A6A6A6"


def _frozen(sheet: BookSheet) -> int:
    """The columns at the left that name a row: as far as the needed ones reach, three at most."""
    known = {column.name: column.needed for column in sheet.sheet.columns} if sheet.sheet else {}
    needed = [position for position, name in enumerate(sheet.columns[:_MOST_FROZEN], start=1) if known.get(name)]
    return max(needed, default=1)


def _colour(sheet: BookSheet) -> str:
    if sheet.sheet is None:
        return _FREE
    return _INDUSTRY if sheet.sheet in SPECIFICATION else _OURS


def _head(page: Worksheet, position: int, sheet: BookSheet, name: str) -> None:
    cell = page.cell(1, position)
    column = sheet.sheet.column(name) if sheet.sheet else None
    ours = column is None or column.ours or sheet.sheet not in SPECIFICATION
    colour = _FREE if column is None else _OURS if ours else _INDUSTRY
    underline = "single" if column and column.needed else None
    cell.font = Font(name="Calibri", size=11, bold=True, color="FFFFFF", underline=underline)
    cell.fill = PatternFill("solid", start_color=colour)
    cell.border = Border(right=_LINE, bottom=_LINE)
    cell.alignment = Alignment(vertical="center", wrap_text=True)
    if column:
        note = Comment(column.description + (" (needed)" if column.needed else ""), "trialspec", 120, 320)
        cell.comment = note


def _alignment(sheet: BookSheet, name: str) -> Alignment:
    return Alignment(vertical="top", wrap_text=sheet.kinds[name] in _WRAPPED)


def _width(sheet: BookSheet, position: int) -> float:
    """As wide as nine cells in ten need, within bounds; a long text wraps."""
    lengths = sorted(max(map(len, row[position].split("\n"))) for row in sheet.rows if row[position])
    usual = lengths[len(lengths) * 9 // 10] if lengths else 0
    return float(min(max(usual + 2, len(sheet.columns[position]) + 4, _NARROW), _WIDE))


def _rules(sheet: BookSheet, stage: str, sheets: Sequence[BookSheet]) -> list[DataValidation]:
    rules = []
    for position, name in enumerate(sheet.columns, start=1):
        letter = get_column_letter(position)
        rule = _rule(sheet, name, stage, sheets)
        if rule is not None:
            rule.add(f"{letter}2:{letter}{_LAST_ROW}")
            rules.append(rule)
    return rules


def _rule(sheet: BookSheet, name: str, stage: str, sheets: Sequence[BookSheet]) -> DataValidation | None:
    if sheet.sheet is None or sheet.sheet.column(name) is None:
        return None
    allowed = choice_of(sheet.sheet.name, name, stage)
    if allowed is not None and len(",".join(allowed.words)) <= _LONGEST_LIST:
        return _list(f'"{",".join(allowed.words)}"', name, allowed)
    kind, _, target = sheet.kinds[name].partition(":")
    if kind == "reference" and any(other.title == target for other in sheets):
        return _list(f"{quote_sheetname(target)}!$A$2:$A${_LAST_ROW}", name, Choice((), only=False))
    if (kind, name) == ("name", "Dataset") and sheet.sheet.name != "Datasets":
        return _list(f"Datasets!$A$2:$A${_LAST_ROW}", name, Choice((), only=False))
    return None


def _list(formula: str, name: str, allowed: Choice) -> DataValidation:
    rule = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=allowed.only)
    rule.errorTitle = name
    rule.error = f"One of: {', '.join(allowed.words)}"[:250] if allowed.only else None
    rule.errorStyle = "stop"
    return rule
