"""A part of a text by pattern."""

from __future__ import annotations

import functools
import re

from derivations.columns import clean, condition_column, text_column, texts
from derivations.patterns import compiled
from derivations.registry import Problems, Text, derivation, problems_of

__all__ = ["extract", "problems", "text_column"]


@derivation(
    source="Python 3.11 Library Reference: re, named groups",
    subject="Texts",
    also="PRXMATCH, PRXPOSN, regular expression, str_extract, str_match",
)
def extract(text: Text, pattern: str, group: str) -> Text:
    """The part of the text that the named group of the pattern takes; the pattern must fit the whole text.

    Full-width characters and blanks at the ends are normalised first (Unicode NFKC); case does not count.

    Args:
        text: any text.
        pattern: regular expression with named groups, such as "(?P<value>[0-9.]+) *(?P<unit>[a-z]*)"; a class of
            POSIX ([[:digit:]]) is a fault.
        group: name of the group.

    Missing: missing if the text is missing, does not fit (which is reported) or has nothing in the group.

    Example:
        >>> dose = "(?P<value>[0-9.]+) *(?P<unit>[a-z]*)"
        >>> extract(text_column(["1.6MG", "40 mg", "0.5-1", None]), dose, "value").tolist()
        ['1.6', '40', None, None]
    """
    fits = _compiled(pattern, group).fullmatch
    found = [None if value is None else fits(clean(value)) for value in texts(text)]
    parts = [match[group] if match else None for match in found]
    return text_column([part and part.strip() for part in parts], text.index)


@problems_of("extract")
def problems(text: Text, pattern: str, group: str) -> Problems:
    """Texts that the pattern does not fit."""
    fits = _compiled(pattern, group).fullmatch
    wrong = [value is not None and not fits(clean(value)) for value in texts(text)]
    return {"no_match": condition_column(wrong, text.index)}


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str, group: str) -> re.Pattern[str]:
    """The pattern, ready for use; ValueError if it is no regular expression or lacks the group."""
    found = compiled("extract", pattern, re.IGNORECASE)
    if group not in found.groupindex:
        named = ", ".join(found.groupindex) or "none"
        raise ValueError(f"extract: the pattern has no group {group!r}; its named groups: {named}")
    return found
