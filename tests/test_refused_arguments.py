"""Constants that a function cannot work with, and None where a condition belongs: faults before any data are read."""

from __future__ import annotations

from pathlib import Path

import pytest
from language_study import fault, faults, mapping


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("extract(OUT, '(', 'n')", "extract: '(' is not a regular expression"),
        ("impute_date(AESTDTC, 'frist')", "impute_date: the rule is one of"),
        ("assign_datetime(OUT, 'q-q-q')", "assign_datetime: 'q-q-q' needs one y"),
        ("assign_datetime(OUT, 'd.n.y')", "assign_datetime: 'd.n.y' has a day d and no month; write m or MMM for it"),
        ("assign_datetime(OUT, 'yyyy-MM-dd')", "assign_datetime: 'yyyy-MM-dd' has a day d and no month"),
        ("assign_datetime(OUT, 'y-M')", "assign_datetime: 'y-M' has a minute M and no hour H; a month is m or MMM"),
        ("scan(OUT, 0, ' ')", "scan: n must not be 0"),
        ("split_text(OUT, 0)", "split_text: part is 1 or more"),
        ("text(number(GRADE), digits=-2)", "text: digits is 0 to 50, but it is -2"),
        ("text(number(GRADE), digits=1000000000)", "text: digits is 0 to 50, but it is 1000000000"),
        ("round_half_up(number(GRADE), 401)", "round_half_up: digits is -50 to 50, but it is 401"),
        ("zfill(OUT, 1000000000)", "zfill: width is 1 to 200, but it is 1000000000"),
        ("zfill(OUT, -1)", "zfill: width is 1 to 200, but it is -1"),
        ("flag(matches(OUT, ''))", "matches: the pattern is empty, which no text fits"),
        ("flag(contains(OUT, ''))", "contains: part is empty"),
        ("flag(starts_with(OUT, None))", "starts_with: part is empty"),
        ("flag(matches(OUT, '[[:digit:]]+'))", "matches: '[[:digit:]]+': [:digit:] is a class of POSIX, which these "
         "patterns do not have; write \\d inside the brackets"),
        ("extract(OUT, '(?P<a>[0-9[:alpha:]])', 'a')", "extract: '(?P<a>[0-9[:alpha:]])': [:alpha:] is a class of "
         "POSIX, which these patterns do not have; write A-Za-z inside the brackets"),
        ("flag(matches(OUT, '[[:^space:]]'))", "matches: '[[:^space:]]': [:^space:] is a class of POSIX, which these "
         "patterns do not have; write out the characters"),
        ("flag(matches(OUT, '[a--b]'))", "matches: '[a--b]': possible set difference at position 2, which other tools"),
    ],
)
def test_constant_that_a_derivation_cannot_work_with(tmp_path: Path, text: str, part: str) -> None:
    assert fault(tmp_path, text).startswith(part)


@pytest.mark.parametrize(
    "text",
    ["flag(None)", "yn('')", "flag(not None)", "flag(None and OUT == 'A')", "flag(OUT == 'A' or None)",
     "'A' if None else 'B'", "count(DS, where=None) * 1", "flag(any(None, where=DS.DSSEQ > 1))"],
)  # fmt: skip
def test_none_is_no_condition(tmp_path: Path, text: str) -> None:
    assert "needs a condition, but None is missing; a condition is true or false" in fault(tmp_path, text)


def test_a_variable_that_is_always_missing_is_no_condition(tmp_path: Path) -> None:
    found = faults(tmp_path, {"mapping/AE": mapping(("_C", "None"), ("AEOUT", "flag(_C)"))})
    assert any("flag needs a condition, but _C is missing" in text for text in found)
