"""Texts that hold a part."""

from __future__ import annotations

from derivations.columns import condition_column, text_column, texts
from derivations.registry import Condition, Text, Texts, derivation

__all__ = ["contains", "text_column"]


@derivation(
    source="SAS 9.4 Functions: INDEX",
    subject="Texts",
    also="INDEX, FIND, grepl, str_detect, PRXMATCH",
)
def contains(text: Text, part: str, *more: Texts) -> Condition:
    """Whether the text contains the given part, or one of several given parts; case counts.

    Args:
        text: any text.
        part: what to look for.
        more: further parts, any of which will do.

    Missing: false for a missing text.

    Example:
        >>> contains(text_column(["SKIN RASH", "NAUSEA", None]), "RASH").tolist()
        [True, False, False]
        >>> contains(text_column(["BLISTER"]), "RASH", text_column(["BLIST"])).tolist()
        [True]
    """
    if not part:
        raise ValueError("contains: part is empty, which says nothing of a text; missing(X) asks for a missing one")
    others = zip(*([part] * len(text), *(texts(column) for column in more)), strict=True)
    rows = zip(texts(text), others, strict=True)
    found = [value is not None and any(one in value for one in parts if one) for value, parts in rows]
    return condition_column(found, text.index)
