"""What Excel did to cells of a specification: found at sheet, row and column before anything is written."""

from __future__ import annotations

from collections.abc import Iterator

from language.habits import damage
from specs.columns import EXPRESSION_KINDS, Sheet
from specs.format import kinds_of
from specs.problem import Place, Problem
from specs.read_csv import RawTable
from specs.structure import LOST
from specs.workbook_read import DATE, ERROR, FORMULA, NUMBER, TRUTH, Typed

_NAMES = ("name", "names", "list")
_FREE = ("Comment", "Developer Notes")
_RETYPE = "type it again in a cell formatted as text"
_MEANT = {
    DATE: "a date", TRUTH: "a truth value", NUMBER: "a number", FORMULA: "a formula", ERROR: "an error value",
}  # fmt: skip


def damaged(table: RawTable, sheet: Sheet, typed: dict[tuple[int, str], Typed]) -> Iterator[Problem]:
    """The faults of the cells of a sheet that we know. `typed`: cells that are no text, by row and column."""
    kinds = kinds_of(table.columns, sheet)
    for row in table.rows:
        for name, cell in row.cells.items():
            known = sheet.column(name) is not None or sheet.open
            found = typed.get((row.line, name))
            if found is not None and known:
                yield from _typed_fault(found, kinds[name], name, row.at(name))
            elif cell.strip():
                yield from _text_fault(cell.strip(), kinds[name], row.at(name))


def _typed_fault(found: Typed, kind: str, name: str, place: Place) -> Iterator[Problem]:
    executable = kind in EXPRESSION_KINDS
    if found.kind == ERROR:
        yield Problem(place, f"{found.text!r} is damaged", "Excel could not compute the cell; " + _RETYPE)
    elif found.kind == DATE and name not in _FREE:
        yield Problem(place, f"is a date of Excel, {found.text}; what was typed is lost", _RETYPE)
    elif found.kind == TRUTH and executable:
        word = "True" if found.text == "TRUE" else "False"
        yield Problem(place, f"is a truth value of Excel, {found.text}", f"type {word} in a cell formatted as text")
    elif found.kind == FORMULA and (executable or not found.text):
        yield Problem(place, "is a formula of Excel" + ("" if found.text else " without a stored value"), _RETYPE)
    elif found.long:
        yield Problem(place, f"is a number of more than 15 digits, {found.text}; Excel has cut it", _RETYPE)


def _text_fault(cell: str, kind: str, place: Place) -> Iterator[Problem]:
    hint = damage(cell) if kind in EXPRESSION_KINDS or cell in LOST else ""
    if not hint and kind in _NAMES and cell.startswith("'"):
        hint = "Excel's apostrophe that marks a text stands before the cell; delete it"
    if hint:
        yield Problem(place, f"{cell!r} is damaged", hint)


def typed_columns(table: RawTable, sheet: Sheet, typed: dict[tuple[int, str], Typed]) -> Iterator[Problem]:
    """One remark per column of texts that holds numbers, truth values or formulas: what Excel shows is taken."""
    kinds = kinds_of(table.columns, sheet)
    for name in table.columns:
        found = [(line, cell) for (line, column), cell in typed.items() if column == name]
        odd = [(line, cell) for line, cell in found if _may_differ(cell, kinds[name])]
        if odd:
            line, cell = odd[0]
            count = f"{len(odd)} cells are" if len(odd) > 1 else "the cell is"
            message = f"{count} {_MEANT[cell.kind]} of Excel, here {cell.text}; taken as shown"
            hint = "zeros before or behind would be lost; format the column as text"
            yield Problem(Place(table.file, line, name), message, hint)


def _may_differ(cell: Typed, kind: str) -> bool:
    if cell.kind in (NUMBER, FORMULA):
        return kind not in ("number", *EXPRESSION_KINDS)
    return cell.kind == TRUTH and kind not in EXPRESSION_KINDS


def repeated_orders(table: RawTable, sheet: Sheet) -> Iterator[Problem]:
    """Positions of variables that stand twice in a dataset, which happens when a person inserts a row in Excel."""
    if sheet.name != "Variables":
        return
    seen: dict[tuple[str, str], int] = {}
    for row in table.rows:
        key = row.get("Dataset"), row.get("Order")
        if key[1] and key in seen:
            message = f"{key[1]} stands a second time in {key[0]}, first in row {seen[key]}"
            hint = "number the variables in the order of the dataset; equal numbers keep the order of the rows"
            yield Problem(row.at("Order"), message, hint)
        seen.setdefault(key, row.line)
