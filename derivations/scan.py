"""A word of a text by number."""

from __future__ import annotations

import re

from derivations.columns import text_column, texts
from derivations.registry import Text, derivation

__all__ = ["scan", "text_column"]


@derivation(
    source="SAS 9.4 Functions: SCAN",
    subject="Texts",
    also="SCAN, word, str_split",
)
def scan(text: Text, n: int, delimiters: str = " ") -> Text:
    """The n-th word of the text, counted from the right if n is negative.

    Each character of the delimiters ends a word; several of them together, and those at the ends, count as
    one.

    Args:
        text: any text.
        n: number of the word; not 0.
        delimiters: the characters between words.

    Missing: missing if the text is missing or has no such word.

    Example:
        >>> scan(text_column(["701-1015", "701", None]), 2, "-").tolist()
        ['1015', None, None]
        >>> scan(text_column(["WEEK 4"]), -1).tolist()
        ['4']
    """
    if n == 0 or not delimiters:
        raise ValueError("scan: n must not be 0, and there must be a delimiter")
    between = re.compile(f"[{re.escape(delimiters)}]+")
    words = [[word for word in between.split(value or "") if word] for value in texts(text)]
    position = n - 1 if n > 0 else n
    return text_column([found[position] if len(found) >= abs(n) else None for found in words], text.index)
