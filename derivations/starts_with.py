"""Texts that begin with a part."""

from __future__ import annotations

from derivations.columns import condition_column, text_column, texts
from derivations.registry import Condition, Text, Texts, derivation

__all__ = ["starts_with", "text_column"]


@derivation(
    source="SAS 9.4 Language Reference: the =: comparison",
    subject="Texts",
    also="=:, substr, startsWith",
)
def starts_with(text: Text, part: str, *more: Texts) -> Condition:
    """Whether the text begins with the given part, or with one of several given parts; case counts.

    Args:
        text: any text.
        part: what to look for.
        more: further parts, any of which will do.

    Missing: false for a missing text.

    Example:
        >>> starts_with(text_column(["<5", "5", None]), "<").tolist()
        [True, False, False]
    """
    if not part:
        raise ValueError("starts_with: part is empty, which says nothing of a text; missing(X) asks for a missing one")
    others = zip(*([part] * len(text), *(texts(column) for column in more)), strict=True)
    rows = zip(texts(text), others, strict=True)
    found = [
        value is not None and any(value.startswith(one) for one in parts if one) for value, parts in rows
    ]
    return condition_column(found, text.index)
