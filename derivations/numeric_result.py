"""The numeric form of a character result."""

from __future__ import annotations

import re

from derivations.columns import clean, condition_column, number_column, text_column, texts
from derivations.decimals import plain_float
from derivations.operators import read_result
from derivations.registry import Number, Problems, Text, derivation, problems_of

__all__ = ["numeric_result", "problems", "text_column"]

# What begins as a number is meant as one, but for a grade (2+), a ratio (1:40) and a range (0-2).
_BEGINS_AS_NUMBER = re.compile(r"[<>≤≥]?=?\s*[+-]?[.,]?\d", re.ASCII)
_KNOWN = re.compile(r"\d+\+{1,4}|\+{1,4}\d*|\d+ ?[:/] ?\d+|\d+(\.\d+)? ?- ?\d+(\.\d+)?", re.ASCII)
_NO_NUMBER = ("nan", "inf", "-inf", "+inf", "infinity", "-infinity", "#num!", "#value!", "#n/a")


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
    as a number (164,5 or 16A4), a number too great to be held, and what software writes for no number (NaN) are
    reported.

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
    written = clean(text)
    if written.casefold() in _NO_NUMBER:
        return True
    return _BEGINS_AS_NUMBER.match(written) is not None and _KNOWN.fullmatch(written) is None
