"""Numbers of equal width."""

from __future__ import annotations

from derivations.columns import text_column, texts
from derivations.registry import Text, derivation

__all__ = ["text_column", "zfill"]

WIDEST = 200  # characters; a value of a dataset has no more bytes


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
        width: least number of characters, 1 to 200.

    Missing: a missing text stays missing.

    Example:
        >>> zfill(text_column(["7", "123", None]), 2).tolist()
        ['07', '123', None]
    """
    if not 1 <= width <= WIDEST:
        raise ValueError(f"zfill: width is 1 to {WIDEST}, but it is {width}")
    return text_column([value and value.strip().zfill(width) for value in texts(text)], text.index)
