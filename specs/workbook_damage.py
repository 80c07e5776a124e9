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
            if found is not None:
                place = row.at(name)
                yield from _typed_fault(found, kinds[name], name, place) if known else _lost(found, place)
            elif cell.strip():
                yield from _text_fault(cell.strip(), kinds[name], row.at(name))


def _typed_fault(found: Typed, kind: str, name: str, place: Place) -> Iterator[Problem]:
    executable = kind in EXPRESSION_KINDS
    if found.kind == DATE and name not in _FREE:
        yield Problem(place, f"is a date of Excel, {found.text}; what was typed is lost", _RETYPE)
    elif found.kind == TRUTH and executable:
        word = "True" if found.text == "TRUE" else "False"
        yield Problem(place, f"is a truth value of Excel, {found.text}", f"type {word} in a cell formatted as text")
    elif found.kind == FORMULA and found.stored and executable:
        yield Problem(place, "is a formula of Excel", _RETYPE)
    else:
        yield from _lost(found, place)


def _lost(found: Typed, place: Place) -> Iterator[Problem]:
    """What no longer holds its value, whatever the cell is for."""
    if found.kind == ERROR:
        yield Problem(place, f"{found.text!r} is damaged", "Excel could not compute the cell; " + _RETYPE)
    elif found.kind == FORMULA and not found.stored:
        yield Problem(place, "is a formula of Excel without a stored value", _RETYPE)
    elif found.long:
        yield Problem(place, f"is a number of more than 15 digits, {found.text}; Excel has cut it", _RETYPE)


def _text_fault(cell: str, kind: str, place: Place) -> Iterator[Problem]:
    hint = damage(cell) if kind in EXPRESSION_KINDS or cell in LOST else ""
    if not hint and kind in _NAMES and cell.startswith("'"):
        hint = "Excel's apostrophe that marks a text stands before the cell; delete it"
    if hint:
        yield Problem(place, f"{cell!r} is damaged", hint)


def typed_columns(table: RawTable, sheet: Sheet, typed: dict[tuple[int, str], Typed]) -> Iterator[Problem]:
    """One remark per column of texts and kind of what it holds: numbers, truth values, formulas, dates where a table
    may hold them. What Excel shows is taken, of a number in another form than its own the number."""
    kinds = kinds_of(table.columns, sheet)
    for name in table.columns:
        found = [(line, cell) for (line, column), cell in typed.items() if column == name]
        ours = sheet.column(name) is not None or sheet.open
        odd = [(line, cell) for line, cell in found if _may_differ(cell, kinds[name], ours)]
        for alike in (lambda cell: cell.kind == DATE, lambda cell: cell.kind != DATE and cell.format,
                      lambda cell: cell.kind != DATE and not cell.format):  # fmt: skip
            some = [(line, cell) for line, cell in odd if alike(cell)]
            if some:
                yield _remark(Place(table.file, some[0][0], name), some[0][1], len(some))


def _remark(place: Place, cell: Typed, count: int) -> Problem:
    cells = f"{count} cells are" if count > 1 else "the cell is"
    message = f"{cells} {_MEANT[cell.kind]} of Excel, here {cell.text}; "
    if cell.kind == DATE:
        return Problem(place, message + "what was typed is lost", "look whether it was a date; " + _RETYPE)
    taken = f"shown by the format {cell.format}, taken as the number" if cell.format else "taken as shown"
    return Problem(place, message + taken, "zeros before or behind would be lost; format the column as text")


def _may_differ(cell: Typed, kind: str, ours: bool) -> bool:
    if cell.kind == DATE:
        return not ours
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
