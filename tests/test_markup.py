"""The markup of texts that reviewers read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specs.markup import Grid, Items, MarkupError, Run, Text, inline, parse, plain


def test_paragraphs_lists_tables_and_headings() -> None:
    found = parse("# Head\nOne\nline.\n\nTwo.\n- a\n- b\n| A | B |\n| 1 | |\n")
    assert found == (
        Text((Run("Head"),), heading=True), Text((Run("One line."),)), Text((Run("Two."),)),
        Items(((Run("a"),), (Run("b"),))), Grid((((Run("A"),), (Run("B"),)), ((Run("1"),), ()))),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("**a** b", (Run("a", bold=True), Run(" b"))),
        ("*a*", (Run("a", italic=True),)),
        ("`a*b*`", (Run("a*b*", code=True),)),
        ("[x **y**](a.pdf#b)", (Run("x ", link="a.pdf#b"), Run("y", bold=True, link="a.pdf#b"))),
        (r"\*a\* \{B}", (Run("*a* {B}"),)),
        ("2 * 3 * 4", (Run("2 * 3 * 4"),)),
        ("<b>&amp;", (Run("<b>&amp;"),)),
        ("{SITE}, {RATE}", (Run("01, 2.5"),)),
    ],
)
def test_marks_within_a_line(text: str, runs: tuple[Run, ...]) -> None:
    assert inline(text, {"SITE": "01", "RATE": 2.5}) == runs


@pytest.mark.parametrize("target", ["/etc/passwd", "https://x.org", "../a.pdf", "a/../../b.pdf", "data:x", "//x"])
def test_links_stay_in_the_submission(target: str) -> None:
    with pytest.raises(MarkupError, match="leads out of the submission"):
        inline(f"[x]({target})")


def test_an_unknown_constant_is_named() -> None:
    with pytest.raises(MarkupError) as error:
        inline("{SITTE}", {"SITE": "01"})
    assert "{SITTE} is no constant" in error.value.message and "SITE" in error.value.hint


@given(st.text(alphabet=st.characters(blacklist_characters="*`[]{}\\|", blacklist_categories=("Cs", "Cc"))))
def test_plain_text_is_kept_as_it_is(text: str) -> None:
    assert plain(inline(text)) == text
