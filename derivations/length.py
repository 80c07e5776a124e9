"""The length of texts."""

from __future__ import annotations

import numpy as np

from derivations.columns import number_column, text_column, texts
from derivations.registry import Number, Text, derivation

__all__ = ["length", "text_column"]


@derivation(
    source="SAS 9.4 Functions: LENGTH; SDTMIG 3.4, section 4.2.1 (limits of names, labels and values)",
    subject="Texts",
    also="LENGTH, LENGTHN, nchar, str_length",
)
def length(text: Text) -> Number:
    """The length of the text in bytes of UTF-8, blanks at its end not counted.

    Args:
        text: any text.

    Missing: missing for a missing text.

    Example:
        >>> length(text_column(["RASH", "RASH ", "\\u00b5g", None])).tolist()
        [4.0, 4.0, 3.0, nan]
    """
    found = [np.nan if value is None else float(len(value.rstrip(" ").encode())) for value in texts(text)]
    return number_column(found, text.index)
