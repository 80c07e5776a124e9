"""Results such as `<5`: a number below or above which the true value lies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from derivations.columns import clean
from derivations.decimals import plain_number

_RESULT = re.compile(r"(?P<operator>[<>]=?|[≤≥])?\s*(?P<number>\S+)")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?", re.ASCII)
_SPELLED = {"≤": "<=", "≥": ">="}
REVERSED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "": ""}


@dataclass(frozen=True)
class Result:
    """A numeric result: operator (blank, <, <=, > or >=) and number."""

    operator: str
    number: Decimal


def read_result(text: str) -> Result | None:
    """The operator and number of a result, thousands separators allowed; None for a text such as NEGATIVE.

    >>> read_result("< 5"), read_result("1,250").number, read_result("NEGATIVE")
    (Result(operator='<', number=Decimal('5')), Decimal('1250'), None)
    """
    match = _RESULT.fullmatch(clean(text))
    if match is None:
        return None
    digits = match["number"]
    number = plain_number(digits.replace(",", "") if _THOUSANDS.fullmatch(digits) else digits)
    operator = match["operator"] or ""
    return None if number is None else Result(_SPELLED.get(operator, operator), number)
