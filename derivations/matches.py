"""Texts that have a given form."""

from __future__ import annotations

import functools
import re

from derivations.columns import condition_column, text_column, texts
from derivations.patterns import compiled
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
        pattern: regular expression, such as "[A-Z][A-Z0-9_]{0,7}"; a class of POSIX ([[:digit:]]) is a fault.

    Missing: false for a missing text.

    Example:
        >>> matches(text_column(["ALT", "8ALT", "alt", None]), "[A-Z][A-Z0-9]*").tolist()
        [True, False, False, False]
    """
    fits = _compiled(pattern).fullmatch
    found = [value is not None and fits(value) is not None for value in texts(text)]
    return condition_column(found, text.index)


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return compiled("matches", pattern)
