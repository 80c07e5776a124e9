"""Texts in a row."""

from __future__ import annotations

from derivations.columns import text_column, texts
from derivations.registry import Text, Texts, derivation

__all__ = ["join", "text_column"]


@derivation(
    source="SAS 9.4 Functions: CATX",
    subject="Texts",
    also="CATX, CATS, paste, concatenate",
)
def join(separator: str, *values: Texts) -> Text:
    """The texts that are not missing, one after the other, with the separator between them.

    Args:
        separator: what stands between two texts.
        values: the texts, in order.

    Missing: missing texts are skipped; missing if all are.

    Example:
        >>> join("; ", text_column(["a", None, None]), text_column(["b", "b", None])).tolist()
        ['a; b', 'b', None]
    """
    rows = zip(*(texts(column) for column in values), strict=True)
    joined = [separator.join(value for value in row if value is not None) for row in rows]
    return text_column(joined, values[0].index)
