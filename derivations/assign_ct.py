"""Collected values as terms of controlled terminology."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from derivations.columns import clean, condition_column, text_column, texts
from derivations.registry import Codelist, Problems, Text, Texts, derivation, problems_of

__all__ = ["assign_ct", "fold", "problems", "text_column"]

Lookup = Callable[[str | None], str | None]


def fold(text: str) -> str:
    """What counts when a collected value is compared: trimmed, compatibility forms replaced, case ignored.

    >>> fold(" Ｍale "), fold("MALE")
    ('male', 'male')
    """
    return clean(text).casefold()


@derivation(
    source="sdtm.oak 0.2: assign_ct(); NCI EVS controlled terminology of CDISC",
    subject="Terms and codelists",
    also="sdtm.oak assign_ct, ct_map, codelist, controlled terminology, collected values, format catalog, PUT",
)
def assign_ct(
    *values: Texts, codelist: Codelist, items: tuple[str, ...] = (), otherwise: str | None = None
) -> Text:
    """The term of the codelist to which the collected value maps, the first of several values that maps.

    A collected value matches without regard to case, blanks at its ends and full-width forms: first the
    values given for its item, then those for any item, then the terms themselves.

    Args:
        values: collected values, the one that counts (the code) first.
        codelist: terms and the collected values that mean them.
        items: the raw column behind each value, blank where there is none.
        otherwise: the term where no value maps, missing values included.

    Missing: missing, or the term given for that, if no value maps. What is reported: values of which none has a
    term, also where the term given for that was taken; a value without a term before the one that was used; a
    second value that maps to a different term.

    Example:
        >>> sex = Codelist("SEX", terms=("F", "M"), collected={"1": "M", "2": "F", "male": "M"})
        >>> code, decode = text_column(["1", " 2 ", None, "9"]), text_column(["Male", "Male", "MALE", None])
        >>> assign_ct(code, decode, codelist=sex).tolist()
        ['M', 'F', 'M', None]
        >>> assign_ct(code, codelist=sex, otherwise="U").tolist()
        ['M', 'F', 'U', 'U']
    """
    mapped = _mapped(values, codelist, items)
    return text_column([next(filter(None, row), otherwise) for row in mapped], values[0].index)


@problems_of("assign_ct")
def problems(
    *values: Texts, codelist: Codelist, items: tuple[str, ...] = (), otherwise: str | None = None
) -> Problems:
    """Collected values without a term, alone or before one that has a term, and values that name different terms."""
    mapped = _mapped(values, codelist, items)
    collected = list(zip(*(texts(column) for column in values), strict=True))
    none = [not any(terms) and any(row) for terms, row in zip(mapped, collected, strict=True)]
    passed_over = [any(terms) and _passed_over(terms, row) for terms, row in zip(mapped, collected, strict=True)]
    disagree = [len({term for term in terms if term}) > 1 for terms in mapped]
    index = values[0].index
    return {
        "not_mapped" if otherwise is None else "otherwise_taken": condition_column(none, index),
        "passed_over": condition_column(passed_over, index),
        "disagrees": condition_column(disagree, index),
    }


def _passed_over(terms: tuple[str | None, ...], row: tuple[str | None, ...]) -> bool:
    """True where a value that is there, but has no term, stands before the first that has one."""
    used = next(place for place, term in enumerate(terms) if term)
    return any(row[:used])


def _mapped(
    values: tuple[pd.Series, ...], codelist: Codelist, items: tuple[str, ...]
) -> list[tuple[str | None, ...]]:
    """For each row the term to which each of its values maps."""
    named = (*items, *[""] * (len(values) - len(items)))
    lookups = [_lookup(codelist, item) for item in named]
    columns = [
        [look(value) for value in texts(column)] for look, column in zip(lookups, values, strict=False)
    ]
    return list(zip(*columns, strict=True))


def _lookup(codelist: Codelist, item: str) -> Lookup:
    """The function from a collected value of an item to its term."""
    exact = frozenset(codelist.terms)
    of_item = codelist.item_collected.get(item, {})
    folded: dict[str, set[str]] = {}
    for term in codelist.terms:
        folded.setdefault(fold(term), set()).add(term)

    def look(value: str | None) -> str | None:
        if value is None:
            return None
        key, written = fold(value), clean(value)
        collected = of_item.get(key) or codelist.collected.get(key)
        if collected or written in exact:
            return collected or written
        # Terms that differ in case alone (units have such) are told apart by their case or not at all.
        terms = folded.get(key, set())
        return next(iter(terms)) if len(terms) == 1 else None

    return look
