"""How values, keys and differences are written in the reports for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

MISSING_NUMBER = "."
_AROUND = 10


def value(text: str | None, numeric: bool) -> str:
    """A value as it is read: `.` for a missing number, nothing for a missing text, quotes where blanks would hide.

    Control characters, with which a value could write to a terminal, are shown as escapes.

    >>> value(None, True), value(None, False), value("", False), value("A ", False), value("a\\x1b[2J", False)
    ('.', '', '""', '"A "', 'a\\\\x1b[2J')
    """
    if text is None:
        return MISSING_NUMBER if numeric else ""
    shown = printable(text)
    return f'"{shown}"' if shown != shown.strip() or not shown else shown


def printable(text: str) -> str:
    """The text with control characters, line ends and marks of direction as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c == " " or c.isprintable() else _escape(c) for c in text)


def _escape(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return f"\\u{ord(character):04x}"
    return character.encode("unicode_escape").decode("ascii")


def windows(base: str, compare: str, width: int) -> tuple[str, str]:
    """Two texts cut to `width` characters so that their first difference is seen; `+` marks what was cut.

    >>> windows("the first dose was given late", "the first dose was given early", 14)
    ('+was given late', '+was given earl+')
    """
    if max(len(base), len(compare)) <= width:
        return base, compare
    at = next((i for i, (a, b) in enumerate(zip(base, compare)) if a != b), min(len(base), len(compare)))
    start = max(0, at - _AROUND) if at >= width else 0
    return _window(base, start, width), _window(compare, start, width)


def _window(text: str, start: int, width: int) -> str:
    part = text[start : start + width]
    return ("+" if start else "") + part + ("+" if start + width < len(text) else "")


def number(amount: float | None, digits: int = 6) -> str:
    """A difference: up to `digits` significant digits, nothing where there is none.

    >>> number(None), number(0.1 + 0.2 - 0.3), number(-3.0), number(12345678.0)
    ('', '5.55112e-17', '-3', '12345678')
    """
    if amount is None:
        return ""
    if amount == int(amount) and abs(amount) < 1e15:
        return str(int(amount))
    return f"{amount:.{digits}g}"


def key(names: Sequence[str], values: Sequence[str]) -> str:
    """A key in one line, as the register of accepted differences takes it.

    >>> key(["USUBJID", "AESEQ"], ["01-001", "3"])
    'USUBJID=01-001; AESEQ=3'
    """
    return "; ".join(f"{name}={printable(text)}" for name, text in zip(names, values))


def counted(count: int, thing: str, things: str = "") -> str:
    """A count and its noun.

    >>> counted(1, "value"), counted(3, "entry", "entries")
    ('1 value', '3 entries')
    """
    return f"{count} {thing if count == 1 else things or thing + 's'}"
