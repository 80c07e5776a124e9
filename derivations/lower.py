"""Small letters."""

from __future__ import annotations

from derivations.columns import text_column, texts
from derivations.registry import Text, derivation

__all__ = ["lower", "text_column"]


@derivation(
    source="SAS 9.4 Functions: LOWCASE",
    subject="Texts",
    also="LOWCASE, tolower",
)
def lower(text: Text) -> Text:
    """The text in small letters.

    Args:
        text: any text.

    Missing: a missing text stays missing.

    Example:
        >>> lower(text_column(["NAUSEA", None])).tolist()
        ['nausea', None]
    """
    return text_column([value and value.lower() for value in texts(text)], text.index)
