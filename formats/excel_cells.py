"""Cells of an Excel sheet as text: types, number formats, dates."""

from __future__ import annotations

import math
import re
from datetime import date
from functools import cache
from typing import NamedTuple

from lxml import etree

from formats.raw_table import DAY_SECONDS, TRUTH, clock_text, moment_text, number_text

_BUILT_IN_DATES = {14, 15, 16, 17, *range(27, 32), 34, 35, 36, *range(50, 59)}
_BUILT_IN_DATETIMES = {22}
_BUILT_IN_TIMES = {18, 19, 20, 21, 32, 33, 45, 47}
_ELAPSED = 46
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_LEAP_1900 = 60  # Excel counts a 29 February 1900
_LAST = 2958466  # 10000-01-01
_MILLISECONDS = 3
_MIDNIGHT = re.compile(r"T00:00:00(\.0+)?Z?$")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Cell(NamedTuple):
    """A cell as it is stored. shared: number of its text among the shared ones."""

    column: int
    type: str
    style: int
    value: str | None
    formula: bool
    shared: int | None

    @classmethod
    def of(cls, element: etree._Element, column: int) -> Cell:
        """The cell of a `c` element."""
        kind = element.get("t", "n")
        value, formula = None, False
        for child in element:
            tag = child.tag
            if tag.endswith("}v"):
                value = child.text or ""
            elif tag.endswith("}f"):
                formula = True
            elif tag.endswith("}is"):
                value = rich_text(child)
        shared = int(value) if kind == "s" and value else None
        return cls(column, kind, int(element.get("s") or 0), value, formula, shared)

    @property
    def filled(self) -> bool:
        """Does it hold anything? A formula always does, although its value may be missing."""
        return bool(self.value) or self.formula


@cache
def column_number(letters: str) -> int:
    """A to 1, Z to 26, AA to 27.

    >>> column_number("A"), column_number("AA"), column_number("XFD")
    (1, 27, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """1 to A, 27 to AA.

    >>> column_letters(1), column_letters(26), column_letters(27), column_letters(16384)
    ('A', 'Z', 'AA', 'XFD')
    """
    letters = ""
    while number:
        number, digit = divmod(number - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


def rich_text(element: etree._Element) -> str:
    """The text of a shared or inline string, of all its runs; phonetic hints are not part of it."""
    parts = []
    for text in element.iter("{*}t"):
        parent = text.getparent()
        if parent is None or not str(parent.tag).endswith("}rPh"):
            parts.append(text.text or "")
    return unescaped("".join(parts))


def unescaped(text: str) -> str:
    """The characters that XML cannot hold are written `_x000D_`.

    >>> unescaped("two_x000A_lines"), unescaped("_x005F_x000A_")
    ('two\\nlines', '_x000A_')
    """
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class Styles:
    """What the number format of each cell style says a number is."""

    def __init__(self, root: etree._Element | None, from_1904: bool) -> None:
        self.from_1904 = from_1904
        self.kinds: list[str] = []
        if root is None:
            return
        codes = {
            int(element.get("numFmtId", "0")): element.get("formatCode", "")
            for element in root.iterfind("{*}numFmts/{*}numFmt")
        }
        for element in root.iterfind("{*}cellXfs/{*}xf"):
            number = int(element.get("numFmtId") or 0)
            self.kinds.append(format_kind(codes[number]) if number in codes else _built_in(number))

    def kind(self, style: int) -> str:
        """ "", "date", "datetime", "time" or "elapsed"."""
        return self.kinds[style] if style < len(self.kinds) else ""


def _built_in(number: int) -> str:
    if number in _BUILT_IN_DATES:
        return "date"
    if number in _BUILT_IN_DATETIMES:
        return "datetime"
    if number in _BUILT_IN_TIMES:
        return "time"
    return "elapsed" if number == _ELAPSED else ""


def format_kind(code: str) -> str:
    """What a number format shows: "" a number, "date", "datetime", "time", or "elapsed" hours.

    >>> format_kind("yyyy-mm-dd"), format_kind("dd/mm/yyyy hh:mm"), format_kind("[h]:mm"), format_kind("mm:ss")
    ('date', 'datetime', 'elapsed', 'time')
    >>> format_kind("0.00"), format_kind('0 "days"'), format_kind("General"), format_kind("[Red]0")
    ('', '', '', '')
    """
    first = code.split(";")[0]
    bare = _LITERAL.sub("", first).lower()
    if bare.strip() in ("general", "@", ""):
        return ""
    if re.search(r"\[[hms]+\]", bare):
        return "elapsed"
    day = re.search(r"[ydm]|g{3}|e(?![+-])", bare) is not None
    clock = re.search(r"[hs]|am/pm|a/p", bare) is not None
    if re.search(r"[0#?]", re.sub(r"s\.0+", "s", bare)):
        return ""
    if day and clock:
        return "datetime" if re.search(r"[yd]|m{3,}|e", bare.replace("am/pm", "").replace("a/p", "")) else "time"
    return "date" if day else "time" if clock else ""


def read_cell(cell: Cell, styles: Styles, texts: dict[int, str]) -> str | None:
    """The text of a cell. Raises ValueError: what is wrong; what to do."""
    if cell.type == "e":
        raise ValueError(f"holds the error {cell.value}; mend the formula, or clear the cell")
    if cell.formula and not cell.value and cell.type != "str":
        raise ValueError("is a formula without a stored value; open the workbook in Excel and save it")
    if not cell.value:
        return None
    if cell.type == "s":
        return texts[cell.shared] if cell.shared in texts else _no_text(cell)
    if cell.type == "b":
        return TRUTH[cell.value in ("1", "true")]
    if cell.type == "n":
        return _number(cell.value, styles.kind(cell.style), styles.from_1904)
    if cell.type == "str":
        return unescaped(cell.value)
    if cell.type == "d":  # ISO 8601, in workbooks of the strict variant
        return _MIDNIGHT.sub("", cell.value) if styles.kind(cell.style) == "date" else cell.value
    return cell.value


def _no_text(cell: Cell) -> str:
    raise ValueError(f"refers to text {cell.shared}, which the workbook does not hold; save it anew")


def _number(value: str, kind: str, from_1904: bool) -> str:
    try:
        number = float(value)
    except ValueError:
        raise ValueError(f"holds {value!r} where a number is stored; save the workbook anew") from None
    if not math.isfinite(number):
        raise ValueError(f"holds {value!r}, which is no number; correct the cell")
    if kind == "elapsed":
        return clock_text(number * DAY_SECONDS, _MILLISECONDS)
    if kind == "time" and 0 <= number < 1:
        return clock_text(number * DAY_SECONDS, _MILLISECONDS)
    return _moment(number, kind, from_1904) if kind else number_text(_to_15_digits(number))


def _to_15_digits(number: float) -> float:
    """Excel knows numbers to 15 digits; programs that write workbooks store 8.2 as 8.199999999999999 too.

    Whole numbers are kept: identifiers may have more digits.
    """
    return number if number.is_integer() else float(f"{number:.15g}")


def _moment(number: float, kind: str, from_1904: bool) -> str:
    """The date, with its time where the format shows one or the value has one."""
    first = 0 if from_1904 else 1
    last = _LAST - 1462 if from_1904 else _LAST
    if not first <= number < last or (not from_1904 and int(number) == _LEAP_1900):
        raise ValueError(f"holds {number_text(number)} under a date format, which is no date; correct the cell")
    if from_1904:
        base = date(1904, 1, 1)
    else:
        base = date(1899, 12, 30) if number > _LEAP_1900 else date(1899, 12, 31)
    text = moment_text(base, number * DAY_SECONDS, _MILLISECONDS)
    return text.removesuffix("T00:00:00") if kind == "date" else text
