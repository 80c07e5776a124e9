"""The numeric form of a character result."""

from __future__ import annotations

from derivations.columns import condition_column, number_column, text_column, texts
from derivations.decimals import plain_float
from derivations.meant_numbers import meant_as_number
from derivations.operators import read_result
from derivations.registry import Number, Problems, Text, derivation, problems_of

__all__ = ["numeric_result", "problems", "text_column"]


@derivation(
    source="SDTMIG 3.4, section 6.3: --STRESN holds the numeric results of --STRESC",
    subject="Results and units",
    also="--STRESN, INPUT, AVAL",
)
def numeric_result(text: Text) -> Number:
    """The numeric result if the character result is a number; results such as NEGATIVE or <5 have none.

    Args:
        text: result in standard format (--STRESC).

    Missing: a missing result, and one that is no number, gives a missing number. A text such as NEGATIVE, an
    operator with a number, a grade (2+), a ratio (1:40) or a range (0-2) is no problem; another text that begins
    as a number (164,5 or 16A4), with signs before it or not (~5), a number with a dash for its minus or with digits
    of another script, a number too great to be held, and what software writes for no number (NaN) are reported.

    Example:
        >>> numeric_result(text_column(["121", "<5", "NEGATIVE", None])).tolist()
        [121.0, nan, nan, nan]
    """
    return number_column([None if value is None else plain_float(value) for value in texts(text)], text.index)


@problems_of("numeric_result")
def problems(text: Text) -> Problems:
    """Results that are meant as numbers and cannot be read as such."""
    return {"no_result": condition_column([_doubtful(value) for value in texts(text)], text.index)}


def _doubtful(text: str | None) -> bool:
    if text is None or plain_float(text) is not None:
        return False
    found = read_result(text)
    if found is not None:
        return not found.operator  # a number written otherwise, such as 1,250
    return meant_as_number(text)
