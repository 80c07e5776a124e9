"""Which types meet, and what the faults say: the paragraphs Missing, Dates, Numbers and Row-wise of the language."""

from __future__ import annotations

from pathlib import Path

import pytest
from language_study import ISO, NUMBER, TEXT, build, fault, faults, mapping, node

from language.resolve import resolve
from language.tree import Aggregate, Call, Choice, Column, Compare, Constant
from language.types import type_of
from language.where_clause import parse_condition
from specs.check import Compiler
from specs.scopes import RecordScope

DATES = mapping(("AESTDTC", "iso8601(ST_YY, ST_MM, ST_DD)"), ("_DAY", "date(AESTDTC)"), ("_N", "number(GRADE)"))


# --- missing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("OUT == None", "write missing(raw_ae.OUT)"),
        ("OUT != None", "write not missing(raw_ae.OUT)"),
        ("OUT == ''", "write missing(raw_ae.OUT)"),
        ("None == OUT", "write missing(raw_ae.OUT)"),
        ("OUT in ('A', None)", "write missing(raw_ae.OUT)"),
        ("upper(OUT) == None", "write missing(X)"),
    ],
)
def test_equal_to_none_suggests_missing(tmp_path: Path, text: str, hint: str) -> None:
    assert fault(tmp_path, text) == f"nothing is equal to a missing value; {hint}"


def test_missing_has_no_order(tmp_path: Path) -> None:
    assert fault(tmp_path, "number(GRADE) < None") == "a missing value has no order (operator <)"


def test_not_equal_is_a_comparison_of_its_own(tmp_path: Path) -> None:
    found = node(tmp_path, "OUT != 'NOT DONE'")
    assert isinstance(found, Compare) and found.operator == "!="


def test_missing_fits_every_type(tmp_path: Path) -> None:
    assert type_of(node(tmp_path, "None if OUT == 'X' else number(GRADE)")) == NUMBER


# --- texts and numbers --------------------------------------------------------------------------------------


def test_texts_have_no_order(tmp_path: Path) -> None:
    assert fault(tmp_path, "OUT < 'B'") == (
        "texts that are no ISO 8601 dates have no order (operator <); number(X) compares numbers, iso8601(...) dates"
    )


def test_text_and_number_do_not_meet(tmp_path: Path) -> None:
    assert fault(tmp_path, "GRADE == 3") == (
        "a number and a text do not go together; number(X) turns a text into a number, text(X) the reverse"
    )


def test_plus_joins_texts_or_adds_numbers(tmp_path: Path) -> None:
    assert type_of(node(tmp_path, "TERM + OUT")) == TEXT
    assert type_of(node(tmp_path, "number(GRADE) + 1")) == NUMBER
    assert fault(tmp_path, "TERM + 1").startswith("'+' needs a number, but raw_ae.TERM is a text; number(X)")


def test_lookup_column_of_numbers_is_what_the_context_asks(tmp_path: Path) -> None:
    joins = [("Dataset", "Name", "From", "Where"), ("AE", "D", "drugs", "drugs.TRT == TERM")]
    assert type_of(node(tmp_path / "a", "D.CODE == OUT", Joins=joins)) == "condition"
    assert type_of(node(tmp_path / "b", "coalesce(D.CODE, OUT)", Joins=joins)) == TEXT
    assert type_of(node(tmp_path / "c", "D.CODE + 1", Joins=joins)) == NUMBER
    assert type_of(node(tmp_path / "d", "D.CODE", Joins=joins)) == NUMBER
    assert type_of(node(tmp_path / "e", "D.CODE if OUT == 'A' else D.DOSE", Joins=joins)) == NUMBER
    assert type_of(node(tmp_path / "f", "upper(coalesce(D.CODE, D.DOSE))", Joins=joins)) == TEXT
    assert type_of(node(tmp_path / "g", "upper(D.CODE if OUT == 'A' else D.DOSE)", Joins=joins)) == TEXT
    assert type_of(node(tmp_path / "h", "D.CODE in ('1', '2')", Joins=joins)) == "condition"


def test_picked_lookup_column_is_a_text_where_a_text_is_wanted(tmp_path: Path) -> None:
    rules = mapping(("AEOUT", "only(drugs.CODE, where=drugs.TRT == TERM)"))
    (rule,) = build(tmp_path, {"mapping/AE": rules}).rules["AE", "ae", "AEOUT"]
    assert isinstance(rule.value, Aggregate)
    assert (rule.value.type, type_of(rule.value.values[0])) == (TEXT, TEXT)


def test_list_of_texts_and_numbers(tmp_path: Path) -> None:
    assert fault(tmp_path, "OUT in ('A', 1)").startswith("a number and a text do not go together")


def test_rule_of_another_type_than_its_variable(tmp_path: Path) -> None:
    rules = mapping(("AESTDY", "OUT"), ("AEOUT", "number(GRADE)"))
    assert faults(tmp_path, {"mapping/AE": rules}) == [
        "sdtm/mapping/AE.csv:2 [Expression] AESTDY is a number, the expression gives a text; "
        "number(X) turns a text into a number, text(X) the reverse",
        "sdtm/mapping/AE.csv:3 [Expression] AEOUT is a text, the expression gives a number; "
        "number(X) turns a text into a number, text(X) the reverse",
    ]


# --- dates --------------------------------------------------------------------------------------------------


def test_date_time_against_a_date_compares_as_dates(tmp_path: Path) -> None:
    found = node(tmp_path, "AESTDTC <= '2024-03-04'", mapping_AE=DATES)
    assert isinstance(found, Compare)
    assert (type_of(found.left), type_of(found.right)) == (ISO, ISO)


def test_constant_that_is_no_date(tmp_path: Path) -> None:
    rules = [*DATES, *mapping(("_X", "AESTDTC == '2024-3-4'"))[1:]]
    (found,) = faults(tmp_path, {"mapping/AE": rules})
    assert found.endswith("'2024-3-4' is no ISO 8601 date; write it like '2024-03-04'")


def test_year_without_quotes_in_the_spelling_of_the_workbook_is_a_date(tmp_path: Path) -> None:
    stage = build(tmp_path)
    scope = RecordScope(Compiler(stage.spec, stage.inputs), "AE", "ae")
    found = resolve(parse_condition("AESTDTC GE 2024"), scope)
    assert isinstance(found, Compare) and found.right == Constant("2024", ISO)
    assert resolve(parse_condition("AESEQ GE 4"), scope).right == Constant(4.0, NUMBER)  # type: ignore[attr-defined]
    assert resolve(parse_condition("AEOUT NE 4"), scope).right == Constant("4", TEXT)  # type: ignore[attr-defined]


def test_text_date_against_numeric_day(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, {"mapping/AE": [*DATES, *mapping(("_X", "AESTDTC <= _DAY"))[1:]]})
    assert found.endswith("date(X) turns an ISO 8601 date into a numeric day")


def test_date_in_takes_dates_of_one_kind(tmp_path: Path) -> None:
    assert type_of(node(tmp_path / "a", "date_in(AESTDTC, AESTDTC, None)", mapping_AE=DATES)) == "condition"
    assert type_of(node(tmp_path / "b", "date_in(_DAY, 0, _DAY)", mapping_AE=DATES)) == "condition"
    (found,) = faults(tmp_path / "c", {"mapping/AE": mapping(("_X", "date_in(OUT, OUT, OUT)"))})
    assert "date_in(date, start, end) works on dates" in found


def test_extremes_take_numbers_and_dates_only(tmp_path: Path) -> None:
    assert fault(tmp_path / "a", "max(raw_lb.RESULT)").startswith("max works on numbers and dates, but raw_lb.RESULT")
    assert fault(tmp_path / "b", "greatest(OUT, TERM)").startswith("greatest works on a number or an ISO 8601 date")


# --- conditions ---------------------------------------------------------------------------------------------


def test_flag_and_yn_turn_a_condition_into_text(tmp_path: Path) -> None:
    for name in ("flag", "yn"):
        found = node(tmp_path / name, f"{name}(OUT == 'FATAL')")
        assert isinstance(found, Call) and found.type == TEXT


def test_flag_needs_a_condition(tmp_path: Path) -> None:
    assert fault(tmp_path, "flag(OUT)") == "flag needs a condition, but raw_ae.OUT is a text"


def test_condition_is_kept_in_a_working_variable_and_never_written(tmp_path: Path) -> None:
    assert type_of(node(tmp_path / "a", "OUT == 'FATAL'")) == "condition"
    (found,) = faults(tmp_path / "b", {"mapping/AE": mapping(("AEOUT", "OUT == 'FATAL'"))})
    assert found.endswith("AEOUT is a text, the expression gives a condition; flag(...) or yn(...) turns "
                          "a condition into a text")  # fmt: skip


def test_or_needs_conditions(tmp_path: Path) -> None:
    assert fault(tmp_path, "OUT == 'A' or 'B'") == "'or' needs a condition, but 'B' is a text"


def test_choice_of_two_types(tmp_path: Path) -> None:
    assert isinstance(node(tmp_path / "a", "'Y' if OUT == 'A' else 'N'"), Choice)
    assert fault(tmp_path / "b", "'Y' if OUT == 'A' else 0").startswith("a number and a text do not go together")


# --- types of working variables -----------------------------------------------------------------------------


def test_type_follows_the_rules_through_a_long_chain(tmp_path: Path) -> None:
    chain = [(f"_A{n}", f"_A{n + 1} + 1") for n in range(300)] + [("_A300", "number(GRADE)")]
    stage = build(tmp_path, {"mapping/AE": mapping(*chain)})
    assert stage.types["AE", "_A0"] == NUMBER


def test_type_comes_from_the_rule_that_has_one(tmp_path: Path) -> None:
    rules = mapping(("_A", "", "1", "OUT == 'X'", "None"), ("_A", "", "2", "", "_B"), ("_B", "number(GRADE)"))
    stage = build(tmp_path, {"mapping/AE": rules})
    assert stage.types["AE", "_A"] == NUMBER
    first, second = stage.rules["AE", "ae", "_A"]
    assert first.value == Constant(None, NUMBER)
    assert isinstance(second.value, Column)


def test_rules_of_two_types_for_one_working_variable(tmp_path: Path) -> None:
    rules = mapping(("_A", "", "1", "OUT == 'X'", "TERM"), ("_A", "", "2", "", "number(GRADE)"))
    (found,) = faults(tmp_path, {"mapping/AE": rules})
    assert found.startswith("sdtm/mapping/AE.csv:3 [Expression] _A is a text, the expression gives a number")


def test_variable_of_a_dataset_has_the_type_of_its_row(tmp_path: Path) -> None:
    types = build(tmp_path).types
    assert types["AE", "AESTDTC"] == ISO
    assert types["AE", "AESTDY"] == NUMBER
    assert types["AE", "AETERM"] == TEXT
