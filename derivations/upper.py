"""Capital letters."""

from __future__ import annotations

from derivations.columns import text_column, texts
from derivations.registry import Text, derivation

__all__ = ["text_column", "upper"]


@derivation(
    source="SAS 9.4 Functions: UPCASE",
    subject="Texts",
    also="UPCASE, toupper",
)
def upper(text: Text) -> Text:
    """The text in capital letters.

    Args:
        text: any text.

    Missing: a missing text stays missing.

    Example:
        >>> upper(text_column(["Nausea", None])).tolist()
        ['NAUSEA', None]
    """
    return text_column([value and value.upper() for value in texts(text)], text.index)
