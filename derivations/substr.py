"""A part of a text by position."""

from __future__ import annotations

from derivations.columns import text_column, texts
from derivations.registry import Text, derivation

__all__ = ["substr", "text_column"]


@derivation(
    source="SAS 9.4 Functions: SUBSTR (right of =)",
    subject="Texts",
    also="SUBSTR, substring",
)
def substr(text: Text, start: int, length: int = -1) -> Text:
    """The part of the text from the given position, counted from 1, and of the given length.

    Args:
        text: any text.
        start: position of the first character, from 1.
        length: number of characters; left out, all to the end.

    Missing: missing if the text is missing or has nothing but blanks there.

    Example:
        >>> substr(text_column(["2024-03", "20", None]), 6, 2).tolist()
        ['03', None, None]
    """
    if start < 1 or length < -1:
        raise ValueError(
            f"substr: start is 1 or more and length not negative, but they are {start} and {length}"
        )
    stop = None if length < 0 else start - 1 + length
    return text_column([value and value[start - 1 : stop] for value in texts(text)], text.index)
