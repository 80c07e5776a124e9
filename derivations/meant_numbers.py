"""Results that are meant as numbers and cannot be read as such.

Which sign or digit was meant is not guessed: a result with a minus of typesetting (U+2212), a dash, or digits of
another script has no number, and is told.
"""

from __future__ import annotations

import re
import unicodedata

from derivations.columns import clean
from derivations.operators import read_result

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u02d7\u207b\u208b"
_SPELLED = str.maketrans({**dict.fromkeys(_DASHES, "-"), **dict.fromkeys("≦⩽⪯", "≤"), **dict.fromkeys("≧⩾⪰", "≥")})
_OPERATOR = r"(?:[<>≤≥]=?|=)?\s*"
# What begins as a number, signs and brackets before it or not, is meant as one, but for a grade (2+), a ratio (1:40)
# and a range (0-2).
_BEGINS_AS_NUMBER = re.compile(rf"{_OPERATOR}[^\w\s]*\s*[.,]?\d", re.ASCII)
_KNOWN = re.compile(
    rf"{_OPERATOR}(?:\d+\+{{1,4}}|\+{{1,4}}\d*|\d+ ?[:/] ?\d+|\d+(?:\.\d+)? ?- ?\d+(?:\.\d+)?)", re.ASCII
)
_NO_NUMBER = ("nan", "inf", "-inf", "+inf", "infinity", "-infinity", "#num!", "#value!", "#n/a")


def meant_as_number(text: str) -> bool:
    """Whether a text that is no number, alone or behind an operator, was meant as one.

    >>> meant_as_number("164,5"), meant_as_number("−5.2"), meant_as_number("1:40"), meant_as_number("GRADE 3")
    (True, True, False, False)
    """
    written = _in_ascii(clean(text))
    if written.casefold() in _NO_NUMBER or read_result(written) is not None:
        return True
    return _BEGINS_AS_NUMBER.match(written) is not None and _KNOWN.fullmatch(written) is None


def _in_ascii(text: str) -> str:
    """The text with its signs and digits as ASCII has them, and without characters that nobody sees."""
    if text.isascii():
        return text
    seen = (one for one in text.translate(_SPELLED) if unicodedata.category(one) not in ("Cf", "Cc"))
    return "".join(str(unicodedata.decimal(one, one)) for one in seen).strip()
