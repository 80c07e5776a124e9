"""Texts that have a given form."""

from __future__ import annotations

import functools
import re

from derivations.columns import condition_column, text_column, texts
from derivations.registry import Condition, Text, derivation

__all__ = ["matches", "text_column"]


@derivation(
    source="Python 3.11 Library Reference: re.fullmatch",
    subject="Texts",
    also="PRXMATCH, regular expression, grepl, str_detect",
)
def matches(text: Text, pattern: str) -> Condition:
    """Whether the pattern fits the whole text; case counts, and nothing is normalised first.

    Args:
        text: any text.
        pattern: regular expression, such as "[A-Z][A-Z0-9_]{0,7}".

    Missing: false for a missing text.

    Example:
        >>> matches(text_column(["ALT", "8ALT", "alt", None]), "[A-Z][A-Z0-9]*").tolist()
        [True, False, False, False]
    """
    compiled = _compiled(pattern)
    found = [value is not None and compiled.fullmatch(value) is not None for value in texts(text)]
    return condition_column(found, text.index)


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, ready for use; ValueError if it is no regular expression."""
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(f"matches: {pattern!r} is not a regular expression: {error}") from error
