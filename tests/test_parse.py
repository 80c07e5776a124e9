"""Reading expressions: what is the language, what is not, and that nothing else happens."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from language import tree
from language.errors import ExpressionError
from language.parse import parse, parse_list, with_prefix
from language.tree import Attribute, Binary, Call, Choice, Compare, Constant, Logic, Member, Name, Node, Unary
from language.where_clause import parse_condition

_OPERATORS = ("==", "!=", "<", "<=", ">", ">=")
_NAMES = st.sampled_from(["AESTDTC", "_END", "X", "quoted_0_"])
_ODD = st.sampled_from(["a b", "class", "Größe (cm)", "--X", "'"])


def error(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    return caught.value


# --- round trip: a tree, the text of the tree, the tree again -----------------------------------------------


def _constants() -> st.SearchStrategy[tuple[str, Node]]:
    texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
    numbers = st.integers(0, 10**6) | st.decimals(0, 1000, places=3).map(float)
    return st.one_of(
        texts.map(lambda value: (repr(value), Constant(value, tree.TEXT))),
        numbers.map(lambda value: (repr(value), Constant(float(value), tree.NUMBER))),
        st.sampled_from([("True", Constant(True, "condition")), ("None", Constant(None, "none"))]),
    )


def _names() -> st.SearchStrategy[tuple[str, Node]]:
    name = _NAMES.map(lambda value: (value, value)) | _ODD.map(lambda value: (f"`{value}`", value))
    plain = name.map(lambda pair: (pair[0], Name(pair[1])))
    return plain | st.tuples(name, name).map(lambda two: (f"{two[0][0]}.{two[1][0]}", Attribute(two[0][1], two[1][1])))


def _larger(parts: st.SearchStrategy[tuple[str, Node]]) -> st.SearchStrategy[tuple[str, Node]]:
    several = st.lists(parts, min_size=2, max_size=3)
    return st.one_of(
        st.tuples(parts, st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), parts).map(
            lambda p: (f"({p[0][0]}) {p[1]} ({p[2][0]})", Binary(p[1], p[0][1], p[2][1]))
        ),
        st.tuples(parts, st.sampled_from(_OPERATORS), parts).map(
            lambda p: (f"({p[0][0]}) {p[1]} ({p[2][0]})", Compare(p[1], p[0][1], p[2][1]))
        ),
        parts.map(lambda p: (f"not ({p[0]})", Unary("not", p[1], "condition"))),
        st.tuples(several, st.sampled_from(["and", "or"])).map(
            lambda p: (f" {p[1]} ".join(f"({t})" for t, _ in p[0]), Logic(p[1], tuple(n for _, n in p[0])))
        ),
        st.tuples(parts, several).map(
            lambda p: (f"({p[0][0]}) in ({', '.join(t for t, _ in p[1])})", Member(p[0][1], tuple(n for _, n in p[1])))
        ),
        st.tuples(parts, parts, parts).map(
            lambda p: (f"({p[0][0]}) if ({p[1][0]}) else ({p[2][0]})", Choice(p[1][1], p[0][1], p[2][1]))
        ),
        st.tuples(several, parts).map(
            lambda p: (
                f"f({', '.join(t for t, _ in p[0])},\n where={p[1][0]})",
                Call("f", tuple(n for _, n in p[0]), {"where": p[1][1]}),
            )
        ),
    )


@settings(max_examples=200, deadline=None)
@given(st.recursive(_constants() | _names(), _larger, max_leaves=12))
def test_generated_expressions_read_back(pair: tuple[str, Node]) -> None:
    text, expected = pair
    assert parse(text) == expected


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_is_an_expression_error(text: str) -> None:
    for read in (parse, parse_list, parse_condition):
        try:
            read(text)
        except ExpressionError as fault:
            assert fault.message


_WORDS = r"""X AE.X 'a' " ` -- ( ) [ { , = == < and not in ** * # lambda : f' {x} 1e999 0x 1_0 \ . .. @ := if else"""
_PIECES = st.sampled_from([*_WORDS.split(), " ", "\n", "\x00", "\ud800"])


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=12).map("".join))
def test_pieces_of_python_are_read_or_are_an_expression_error(text: str) -> None:
    try:
        parse(text)
    except ExpressionError as fault:
        assert fault.message


# --- names and constants ------------------------------------------------------------------------------------


def test_backticks_take_names_that_are_no_identifiers_or_keywords() -> None:
    assert parse("`class` == T.`Größe (cm)`") == Compare("==", Name("class"), Attribute("T", "Größe (cm)"))


def test_a_name_that_looks_like_a_stand_in_stays_itself() -> None:
    assert parse("quoted_0_ + `a b`") == Binary("+", Name("quoted_0_"), Name("a b"))


def test_backtick_inside_a_text_is_a_character() -> None:
    assert parse("'`a`'") == Constant("`a`", tree.TEXT)


def test_open_backtick_has_a_hint() -> None:
    assert error("`AE TERM == 'x'").hint == "a name in backticks ends with a backtick"


def test_names_are_case_sensitive() -> None:
    assert parse("ae.x") != parse("AE.X")


def test_blank_text_is_missing() -> None:
    assert parse("''") == Constant(None, tree.NONE)


def test_a_cell_may_break_lines() -> None:
    assert parse("A == 1\r\n  and B == 2") == parse("A == 1 and B == 2")


def test_a_chain_is_two_comparisons() -> None:
    assert parse("1 < X <= 5") == Logic("and", (Compare("<", Constant(1.0, "number"), Name("X")), parse("X <= 5")))


def test_patterns_keep_their_backslashes_without_a_warning() -> None:
    parse.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parse(r"'\d+'") == Constant(r"\d+", tree.TEXT)


def test_backslash_that_would_become_a_control_character() -> None:
    fault = error(r"extract(X, '\bmg\b')")
    assert fault.message == r"a text holds the control character '\x08'"
    assert fault.hint == r"a backslash that is meant is written twice: '\\b'"


def test_prefix_stands_for_the_letters_of_the_domain() -> None:
    assert with_prefix("--STDTC <= `--X` and '--' == --TERM", "AE") == "AESTDTC <= `--X` and '--' == AETERM"


def test_minus_minus_of_a_number_is_not_a_prefix() -> None:
    assert with_prefix("X--1", "AE") == "X--1"


def test_prefix_outside_a_dataset() -> None:
    assert error("--STDTC").message == "'--' stands for the prefix of a dataset, and this cell belongs to none"


# --- what is no part of the language ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "lambda: 1",
        "[x for x in y]",
        "(x := 1)",
        "{1, 2}",
        "{'a': 1}",
        "x[0]",
        "x.y.z",
        "x.y()",
        "f(*a)",
        "f(**a)",
        "f'{x}'",
        "b'x'",
        "1j",
        "...",
        "await x",
        "(yield)",
        "~x",
        "a @ b",
        "a | b",
        "a << b",
        "a is b",
        "+x",
        "a in b",
        "a in ()[0]",
        "x; y",
        "import os",
        "x = 1",
        "",
        "  ",
    ],
)
def test_python_beyond_the_language_is_an_error(text: str) -> None:
    assert error(text).message


def test_nothing_is_executed(tmp_path: Path) -> None:
    path = str(tmp_path / "made")
    for text in (f"open({path!r}, 'w')", f"__import__('os').mkdir({path!r})", f"(lambda: open({path!r}, 'w'))()"):
        try:
            parse(text)
        except ExpressionError:
            continue
    assert not Path(path).exists()


def test_a_remark_is_an_error_not_silence() -> None:
    assert error("A > 1 # and B > 2").hint == "remarks belong into the Comment column"


def test_hash_inside_a_text_is_a_character() -> None:
    assert parse("'#1'") == Constant("#1", tree.TEXT)


@pytest.mark.parametrize("text", ["X in ('A' 'B', 'C')", "X == 'it''s'", '"a" "b"', "'''a'''"])
def test_texts_side_by_side_are_an_error(text: str) -> None:
    assert error(text).message.startswith("two texts stand side by side")


def test_apostrophe_in_a_text() -> None:
    assert parse(r"'it\'s'") == parse('"it\'s"') == Constant("it's", tree.TEXT)


def test_one_value_after_in_needs_a_comma() -> None:
    fault = error("X in ('A')")
    assert fault.message == "'in' needs a list in brackets: X in ('A', 'B')"
    assert fault.hint == "with one value write ('A',)"


@pytest.mark.parametrize("text", ["1e999", "1" + "0" * 400, "9" * 5000])
def test_numbers_that_are_too_large(text: str) -> None:
    assert error(text).message


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("AEOUT = 'FATAL'", "write == to compare"),
        ("AEOUT ne 'FATAL'", "write != instead of ne"),
        ("PARAMCD EQ RELW1", "write == instead of EQ"),
        ("A ^= B", "write != instead of ^="),
        ("A || B", "write + between texts, or join('', a, b), instead of ||"),
        ("AVAL > .", "a missing value is None, not a point"),
        ("A == 1 AND B == 2", "write AND in small letters (NOTIN is `not in`)"),
        ("#NAME?", "Excel took the cell for a formula and lost it; type it again in a cell formatted as text"),
        ("if X then Y", "write `a if condition else b`, or rows with Where"),
    ],
)
def test_habits_of_sas_have_hints(text: str, hint: str) -> None:
    assert error(text).hint == hint


# --- long and deep expressions ------------------------------------------------------------------------------


def test_many_alternatives_are_read() -> None:
    node = parse(" or ".join(f"X == '{number}'" for number in range(500)))
    assert isinstance(node, Logic) and len(node.items) == 500


@pytest.mark.parametrize(
    "text",
    [
        "(" * 300 + "X" + ")" * 300,
        "not " * 2000 + "X",
        "X" + "+X" * 3000,
        "f(" * 150 + "X" + ")" * 150,
        "-" * 9000 + "X",
    ],
    ids=["brackets", "not", "sum", "calls", "minus"],
)
def test_deep_expressions_are_an_error(text: str) -> None:
    assert error(text).message


def test_a_sum_of_eighty_parts_is_read() -> None:
    assert isinstance(parse("+".join(["X"] * 80)), Binary)


def test_too_long() -> None:
    assert error("X + " * 4000 + "X").message == "the expression is longer than 10000 characters"


# --- lists, and the spelling of the Pinnacle 21 workbook ---------------------------------------------------


def test_keys_parted_by_commas() -> None:
    assert parse_list("A, desc(B)").items == (Name("A"), Call("desc", (Name("B"),)))
    assert parse_list("A").items == parse_list("A,").items == (Name("A"),)


def test_brackets_of_a_list_must_close() -> None:
    with pytest.raises(ExpressionError):
        parse_list("A), (B")


@pytest.mark.parametrize(
    ("p21", "ours"),
    [
        ("PARAMCD EQ RELW1", "PARAMCD == 'RELW1'"),
        ("PARAMCD EQ 'A and B' and AESER NE Y", "PARAMCD == 'A and B' and AESER != 'Y'"),
        ('AVISIT IN (Week 2, "Week 4, late")', "AVISIT in ('Week 2', 'Week 4, late')"),
        ("ADSL.SAFFL NOTIN (N, U)", "ADSL.SAFFL not in ('N', 'U')"),
        ('AESER EQ ""', "missing(AESER)"),
        ('AESER NE ""', "not missing(AESER)"),
        ("AVAL >= 2 and PARAMCD == 'X'", "AVAL >= 2 and PARAMCD == 'X'"),
    ],
)
def test_spelling_of_the_workbook(p21: str, ours: str) -> None:
    assert parse_condition(p21) == parse(ours)


def test_number_of_the_workbook_may_be_a_text() -> None:
    assert parse_condition("AVISITN GE 4") == Compare(">=", Name("AVISITN"), Constant("4", tree.EITHER))


@pytest.mark.parametrize("text", ["PARAMCD EQ", "PARAMCD IN RELW1", "PARAMCD IN ()", "PARAMCD EQ A or AVISITN EQ 2"])
def test_workbook_condition_that_is_not_whole(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_condition(text)


def test_walk_visits_every_part_outermost_first() -> None:
    kinds = [type(part).__name__ for part in tree.walk(parse("max(T.X, where=T.Y == Z)"))]
    assert kinds == ["Call", "Attribute", "Compare", "Attribute", "Name"]
