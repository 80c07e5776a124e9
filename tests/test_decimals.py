"""Rounding, written numbers and exact conversion, held against exact fractions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from derivations.columns import number_column, text_column
from derivations.decimals import fraction_half_up, plain_number
from derivations.number import number
from derivations.split_text import pieces
from derivations.text import text
from derivations.transliterate import transliterate
from derivations.unit_factors import converted

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(NUMBERS)
def test_a_number_written_as_text_is_the_number_read_back(value: float) -> None:
    assert number(text(number_column([value]))).tolist() == [value]


@given(st.fractions(), st.integers(0, 8))
def test_rounding_is_never_more_than_half_a_unit_off(value: Fraction, digits: int) -> None:
    rounded = Fraction(fraction_half_up(value, digits))
    assert abs(rounded - value) <= Fraction(1, 2 * 10**digits)
    assert fraction_half_up(-value, digits) == fraction_half_up(value, digits).copy_negate()


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_factors_are_exact(value: Decimal) -> None:
    x = Fraction(value)
    assert converted(x, "20/3") == x * Fraction(20, 3)
    assert converted(x, "88.4") == x * Fraction(884, 10)
    assert converted(x, "(x - 32) * 5 / 9") == (x - 32) * Fraction(5, 9)


@given(st.text(max_size=30))
@example("0\x1f")
def test_any_text_is_a_number_or_none(collected: str) -> None:
    assert plain_number(collected) is None or float(collected) == float(plain_number(collected) or 0)


@given(st.lists(st.text("abcdeé漢", min_size=1, max_size=12), min_size=1), st.integers(4, 20))
def test_pieces_fit_and_lose_no_word(words: list[str], length: int) -> None:
    found = pieces(" ".join(words), length)
    assert all(0 < len(piece.encode()) <= length for piece in found)
    assert "".join(found).replace(" ", "") == "".join(words)


@given(st.text(max_size=30))
def test_a_transliterated_text_is_printable_ascii_and_stays_so(collected: str) -> None:
    once = transliterate(text_column([collected]))
    assert once[0] is None or (once[0].isascii() and once[0].isprintable())
    assert transliterate(once).tolist() == once.tolist()
