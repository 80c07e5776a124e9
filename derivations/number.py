"""A text read as a number."""

from __future__ import annotations

import pandas as pd

from derivations.columns import number_column, text_column, texts
from derivations.decimals import plain_float
from derivations.registry import Number, Problems, Text, derivation, problems_of

__all__ = ["number", "problems", "text_column"]


@derivation(
    source="SAS 9.4 Formats and Informats: w.d informat, restricted to plain decimal numbers",
    subject="Numbers",
    also="INPUT, as.numeric, COMMA informat",
)
def number(text: Text) -> Number:
    """The number that the text writes: an optional sign, digits, a decimal point, an exponent.

    Blanks around it do not count. Thousands separators, decimal commas, units and operators are not part of a
    number.

    Args:
        text: digits as collected.

    Missing: a missing text, or one that is no number, gives a missing number; the latter is reported.

    Example:
        >>> number(text_column(["12.5", " -3 ", "1,250", None])).tolist()
        [12.5, -3.0, nan, nan]
    """
    return number_column([None if value is None else plain_float(value) for value in texts(text)], text.index)


@problems_of("number")
def problems(text: Text) -> Problems:
    """Texts that are no numbers."""
    wrong = [value is not None and plain_float(value) is None for value in texts(text)]
    return {"not_a_number": pd.Series(wrong, index=text.index, dtype=bool)}
