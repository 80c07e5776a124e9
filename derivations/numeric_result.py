"""The numeric form of a character result."""

from __future__ import annotations

from derivations.columns import number_column, text_column, texts
from derivations.decimals import plain_number
from derivations.registry import Number, Text, derivation

__all__ = ["numeric_result", "text_column"]


@derivation(
    source="SDTMIG 3.4, section 6.3: --STRESN holds the numeric results of --STRESC",
    subject="Results and units",
    also="--STRESN, INPUT, AVAL",
)
def numeric_result(text: Text) -> Number:
    """The numeric result if the character result is a number; results such as NEGATIVE or <5 have none.

    Args:
        text: result in standard format (--STRESC).

    Missing: a missing result, and one that is no number, gives a missing number; neither is a problem.

    Example:
        >>> numeric_result(text_column(["121", "<5", "NEGATIVE", None])).tolist()
        [121.0, nan, nan, nan]
    """
    read = [None if value is None else plain_number(value) for value in texts(text)]
    return number_column([None if value is None else float(value) for value in read], text.index)
