"""Hints for what Excel and SAS leave in expressions; the parser asks for one when it cannot read a text."""

from __future__ import annotations

import re

_TEXT = re.compile(r"'[^']*'|\"[^\"]*\"")
_EXCEL_ERRORS = ("#NAME?", "#REF!", "#VALUE!", "#N/A", "#DIV/0!", "#NUM!", "#NULL!")
_CURLY = {"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2018": "'", "\u2019": "'", "\u201a": "'"}
_WORDS = {"ne": "!=", "eq": "==", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_SAS = (
    (re.compile(r"\|\|"), "write + between texts, or join('', a, b), instead of ||"),
    (re.compile(r"\^=|~=|¬=|<>"), "write != instead of {0}"),
    (re.compile(r"&(?!&)"), "write `and` instead of &"),
    (re.compile(r"(?<![A-Za-z0-9_])\.(?![A-Za-z0-9_])"), "a missing value is None, not a point"),
    (
        re.compile(r"\b(?:then|do|end)\b\s*;?", re.IGNORECASE),
        "write `a if condition else b`, or rows with Where",
    ),
    (re.compile(r"\b(?:AND|OR|NOT|IN|NOTIN)\b"), "write {0} in small letters (NOTIN is `not in`)"),
    (re.compile(r"\b(?:TRUE|FALSE)\b"), "Excel wrote TRUE or FALSE; write True or False"),
    (re.compile(r";\s*$"), "leave out the semicolon at the end"),
)


def damage(text: str) -> str:
    """What Excel did to an expression, as a hint, or "" when it looks sound. Quoted texts are not looked into.

    >>> damage("#NAME?")
    'Excel took the cell for a formula and lost it; type it again in a cell formatted as text'
    """
    code = _TEXT.sub("''", text)
    if any(error in code for error in _EXCEL_ERRORS):
        return "Excel took the cell for a formula and lost it; type it again in a cell formatted as text"
    found = next((character for character in code if character in _CURLY), "")
    if found:
        return f"write the straight quote {_CURLY[found]} instead of the curly {found}"
    if text.startswith("'") and text.count("'") == 1:
        return "Excel's apostrophe that marks a text stands before the cell; delete it"
    return ""


def habits(text: str) -> str:
    """A hint for the first habit of SAS or Excel that `text` shows, or "" when it shows none.

    Quoted texts are not looked into.

    >>> habits("AESEV ne 'MILD'")
    'write != instead of ne'
    >>> habits("AESEV = 'MILD'")
    'write == to compare'
    """
    found = damage(text)
    if found:
        return found
    code = _TEXT.sub("''", text)
    for word, sign in _WORDS.items():
        seen = re.search(rf"(?<=[\w')\"\]])\s+({word})\s+(?=[\w'(\"\-])", code, re.IGNORECASE)
        if seen:
            return f"write {sign} instead of {seen[1]}"
    for pattern, hint in _SAS:
        match = pattern.search(code)
        if match:
            return hint.format(match[0])
    if _assigns(code):
        return "write == to compare"
    if code.lstrip().startswith("="):
        return "leave out the = at the beginning"
    return ""


def _assigns(code: str) -> bool:
    """True for a single `=` that compares: outside brackets of a call, where it would name an argument."""
    depth = 0
    for position, character in enumerate(code):
        depth += (character in "([{") - (character in ")]}")
        single = character == "=" and code[position - 1 : position] not in ("=", "!", "<", ">")
        if single and code[position + 1 : position + 2] != "=" and depth == 0 and position > 0:
            return True
    return False
