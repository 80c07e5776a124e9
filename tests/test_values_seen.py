"""Distinct values met block by block: of few, all are kept; of too many, what a define.xml states of all of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from define.facts import Facts, number_facts, text_facts
from define.items import data_type_of
from define.values_seen import NumbersSeen, TextsSeen
from specs.model import Record
from specs.problem import DataError, Place


def texts(*blocks: tuple[str, ...], limit: int | None = 4, encoding: str = "utf-8") -> Facts:
    seen = TextsSeen(encoding, limit)
    for block in blocks:
        seen.add(np.array(block, dtype=object))
    return seen.facts()


def numbers(*blocks: tuple[float, ...], limit: int | None = 4) -> Facts:
    seen = NumbersSeen(limit)
    for block in blocks:
        seen.add(np.array(block))
    return seen.facts()


def test_few_texts_are_all_kept_and_sorted() -> None:
    found = texts(("B", ""), ("A", "B"))
    assert (found.values, found.length, found.beyond) == (("A", "B"), 1, None)


def test_of_many_texts_the_first_half_of_the_limit_is_kept() -> None:
    assert texts(("E", "D", "C"), ("B", "A"), ("F",)).values == ("A", "B")


def test_a_first_text_that_comes_late_is_kept() -> None:
    assert texts(("D", "E", "F", "G", "H"), ("A",), ("B",)).values == ("A", "B")


def test_longest_text_counts_where_it_is_not_kept() -> None:
    assert texts(("A", "B", "C", "D", "Zµ"), ("E",)).length == 3  # µ takes two bytes in UTF-8
    assert texts(("A", "B", "C", "D", "Zµ"), ("E",), encoding="windows-1252").length == 2


def test_dates_that_are_not_kept_decide_the_type() -> None:
    days = tuple(f"2024-01-0{day}" for day in range(1, 7))
    assert texts(days).iso == "date"
    assert texts(days, ("2025-02",)).iso == "partialDate"
    assert texts(("2025-02", "2025-03", *days)).iso == "partialDate"
    assert texts(days, ("unknown",)).iso == ""


def test_numbers_as_texts_have_the_digits_of_all() -> None:
    found = texts(("1", "2", "3", "4", "12345.125")).as_numbers()
    assert found is not None and (found.length, found.digits, found.whole) == (8, 3, False)
    assert texts(("1", "2", "3", "4", "<5")).as_numbers() is None
    assert texts(("1", "2", "3", "4", "<5"), ("6", "7", "8")).as_numbers() is None


def test_every_text_is_kept_without_a_limit() -> None:
    assert texts(tuple("FEDCBA"), limit=None).values == tuple("ABCDEF")


def test_few_numbers_are_all_kept_and_sorted() -> None:
    found = numbers((2.5, 1.0), (1.0,))
    assert (found.values, found.length, found.digits, found.beyond) == (("1", "2.5"), 2, 1, None)


def test_digits_of_numbers_that_are_not_kept_count() -> None:
    found = numbers((1.0, 2.0, 3.0, 4.0, 1000.25))
    assert (found.values, found.length, found.digits) == (("1", "2"), 6, 2)
    assert found.fraction == "1000.25"


def test_a_number_that_is_whole_as_it_is_written_is_not_taken_for_a_fraction() -> None:
    found = numbers((1.0000000000000002, 2.0, 3.0, 4.0, 60000.5), limit=4)
    assert (found.fraction, found.digits) == ("60000.5", 1)


def test_a_negative_zero_is_zero() -> None:
    assert numbers((-0.0, 1.0)).values == ("0", "1")


def test_stated_integer_with_a_fraction_beyond_the_kept_names_it() -> None:
    row = Record(Place("adam/Variables.csv", 2), {"Data Type": "integer"})
    with pytest.raises(DataError, match=r"the data hold 7\.5, which is no integer"):
        data_type_of(row, "integer", "", numbers((1.0, 2.0, 3.0, 4.0, 7.5)))


_TEXTS = st.sampled_from(["2024-01-02", "2024-01", "12", "-3.75", "", "Aµ", "B", "C", "1.5", "2024-02-03", "007"])
_NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 3))


@given(st.lists(st.lists(_TEXTS, max_size=4), max_size=6))
def test_texts_in_blocks_have_the_facts_of_all(blocks: list[list[str]]) -> None:
    found, whole = texts(*map(tuple, blocks)), text_facts({text for block in blocks for text in block})
    assert (found.length, found.iso, found.empty) == (whole.length, whole.iso, whole.empty)
    assert found.values[:2] == whole.values[:2]
    one, other = found.as_numbers(), whole.as_numbers()
    assert (one and (one.length, one.digits)) == (other and (other.length, other.digits))


@given(st.lists(st.lists(_NUMBERS, max_size=4), max_size=6))
def test_numbers_in_blocks_have_the_facts_of_all(blocks: list[list[float]]) -> None:
    found = numbers(*map(tuple, blocks))
    whole = number_facts(np.unique([number for block in blocks for number in block]) + 0.0)
    assert (found.length, found.digits, found.whole, found.empty) == (
        whole.length, whole.digits, whole.whole, whole.empty)  # fmt: skip
    assert found.values[:2] == whole.values[:2]
