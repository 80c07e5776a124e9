"""A part of a text by pattern."""

from __future__ import annotations

import functools
import re

from derivations.columns import clean, condition_column, text_column, texts
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
        pattern: regular expression with named groups, such as "(?P<value>[0-9.]+) *(?P<unit>[a-z]*)".
        group: name of the group.

    Missing: missing if the text is missing, does not fit (which is reported) or has nothing in the group.

    Example:
        >>> dose = "(?P<value>[0-9.]+) *(?P<unit>[a-z]*)"
        >>> extract(text_column(["1.6MG", "40 mg", "0.5-1", None]), dose, "value").tolist()
        ['1.6', '40', None, None]
    """
    compiled = _compiled(pattern, group)
    found = [None if value is None else compiled.fullmatch(clean(value)) for value in texts(text)]
    parts = [match[group] if match else None for match in found]
    return text_column([part and part.strip() for part in parts], text.index)


@problems_of("extract")
def problems(text: Text, pattern: str, group: str) -> Problems:
    """Texts that the pattern does not fit."""
    compiled = _compiled(pattern, group)
    wrong = [value is not None and not compiled.fullmatch(clean(value)) for value in texts(text)]
    return {"no_match": condition_column(wrong, text.index)}


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str, group: str) -> re.Pattern[str]:
    """The pattern, ready for use; ValueError if it is no regular expression or lacks the group."""
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"extract: {pattern!r} is not a regular expression: {error}") from error
    if group not in compiled.groupindex:
        named = ", ".join(compiled.groupindex) or "none"
        raise ValueError(f"extract: the pattern has no group {group!r}; its named groups: {named}")
    return compiled
