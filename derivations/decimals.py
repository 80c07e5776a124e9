"""Decimal arithmetic: numbers as people write them, halves rounded up, nothing lost to binary fractions."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from math import isinf

SIGNIFICANT = 12
MOST_DIGITS = 50  # decimals that a number is rounded or written to
WIDE = Context(prec=400, rounding=ROUND_HALF_UP)
_SIGNIFICANT = Context(prec=SIGNIFICANT, rounding=ROUND_HALF_UP)
_SEPARATOR = re.compile(r"[\x1c-\x1f]")
_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


def plain_number(text: str) -> Decimal | None:
    """The number that a text writes: sign, digits, decimal point, exponent; None for any other text.

    Blanks around it do not count. Python takes the separators of ASCII (1C to 1F) for blanks too; they are none.

    >>> plain_number(" -1.50 "), plain_number("1,250"), plain_number("5\\x1f")
    (Decimal('-1.50'), None, None)
    """
    return None if plain_float(text) is None else Decimal(text.strip())


def plain_float(text: str) -> float | None:
    """As `plain_number`, but the double that is nearest to the number.

    >>> plain_float(" -1.50 "), plain_float("1,250"), plain_float("1e309")
    (-1.5, None, None)
    """
    trimmed = text if _SEPARATOR.search(text) else text.strip()
    if not _PLAIN.fullmatch(trimmed):
        return None
    found = float(trimmed)
    return None if isinf(found) else found


def half_up(value: float, digits: int) -> Decimal:
    """`value`, read to 12 significant digits, rounded to `digits` decimals; halves go away from zero.

    >>> half_up(2.675, 2), half_up(-0.5, 0), half_up(1234.0, -2)
    (Decimal('2.68'), Decimal('-1'), Decimal('1.2E+3'))
    """
    return significant(value).quantize(Decimal(1).scaleb(-digits), context=WIDE)


def significant(value: float) -> Decimal:
    """`value` read to 12 significant digits; a whole number with all of its digits.

    >>> significant(0.1 + 0.2), significant(3e-13), significant(1234567890123456.0)
    (Decimal('0.300000000000'), Decimal('3E-13'), Decimal('1234567890123456.0'))
    """
    exact = Decimal(repr(float(value)))
    return exact if exact == exact.to_integral_value() else _SIGNIFICANT.plus(exact)


def fraction_half_up(value: Fraction, digits: int) -> Decimal:
    """An exact fraction rounded to `digits` decimals; halves go away from zero.

    >>> fraction_half_up(Fraction(1, 8), 2)
    Decimal('0.13')
    """
    scaled = abs(value) * Fraction(10) ** digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(-whole if value < 0 else whole).scaleb(-digits, context=WIDE)


def written(value: Decimal) -> str:
    """A decimal as text: no exponent, no trailing zero, no negative zero.

    >>> written(Decimal("1.2E+3")), written(Decimal("0.80")), written(Decimal("-0"))
    ('1200', '0.8', '0')
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
