"""The decoded value of a term."""

from __future__ import annotations

from derivations.columns import condition_column, text_column, texts
from derivations.registry import Codelist, Problems, Text, derivation, problems_of

__all__ = ["decode", "problems", "text_column"]


@derivation(
    source="Define-XML 2.1: CodeListItem and its Decode",
    subject="Terms and codelists",
    also="decoded value, PUT with a format, ARM from ARMCD, TEST from TESTCD",
)
def decode(term: Text, codelist: Codelist) -> Text:
    """The decoded value that the codelist gives for the term.

    Args:
        term: a term of the codelist.
        codelist: terms and their decoded values.

    Missing: a missing term gives a missing text; so does a term without decoded value, which is reported.

    Example:
        >>> arms = Codelist("ARMCD", terms=("A",), decodes={"A": "Active"})
        >>> decode(text_column(["A", "B", None]), arms).tolist()
        ['Active', None, None]
    """
    decoded = [None if value is None else codelist.decodes.get(value.strip()) for value in texts(term)]
    return text_column(decoded, term.index)


@problems_of("decode")
def problems(term: Text, codelist: Codelist) -> Problems:
    """Terms without a decoded value."""
    lost = [value is not None and value.strip() not in codelist.decodes for value in texts(term)]
    return {"not_mapped": condition_column(lost, term.index)}
