"""Numbers of equal width."""

from __future__ import annotations

from derivations.columns import text_column, texts
from derivations.registry import Text, derivation

__all__ = ["text_column", "zfill"]


@derivation(
    source="SAS 9.4 Formats: Zw.d",
    subject="Texts",
    also="Z format, leading zeros, str_pad",
)
def zfill(text: Text, width: int) -> Text:
    """The text, its ends trimmed, filled with zeros on the left up to the given width; a longer text stays
    whole.

    Args:
        text: usually digits.
        width: least number of characters.

    Missing: a missing text stays missing.

    Example:
        >>> zfill(text_column(["7", "123", None]), 2).tolist()
        ['07', '123', None]
    """
    return text_column([value and value.strip().zfill(width) for value in texts(text)], text.index)
