"""What a name means in each cell: the paragraphs Names, Aggregates and Windows, and sections 2.3 to 2.6."""

from __future__ import annotations

from pathlib import Path

import pytest
from language_study import INPUTS, TEXT, Rows, build, fault, faults, mapping, node

from language.tree import Aggregate, Call, Column, Constant, Exists, Key, Node, Window, walk
from specs.compiled import InputTable
from specs.problem import SpecError

JOINS = ("Dataset", "Name", "From", "By", "Where", "Order", "Pick")
SOURCES = ("Dataset", "Block", "From", "Where", "Tests", "Expand", "One Per", "Order", "Pick", "Keep")


def columns(found: Node) -> list[tuple[str, str, str]]:
    return [(part.kind, part.table, part.name) for part in walk(found) if isinstance(part, Column)]


def joins(*rows: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [JOINS, *rows]


def sources(*rows: tuple[str, ...]) -> list[tuple[str, ...]]:
    base = [("DM", "dm", "raw_dm"), ("AE", "ae", "raw_ae"), ("LB", "lb", "raw_lb"), ("DS", "ds", "raw_ds")]
    return [SOURCES, *[(*row, *[""] * (len(SOURCES) - len(row))) for row in (*base, *rows)]]


# --- bare names ---------------------------------------------------------------------------------------------


def test_bare_name_is_a_variable_before_a_source_column(tmp_path: Path) -> None:
    rules = mapping(("TERM", "OUT"), ("_X", "TERM"))
    (found,) = faults(tmp_path / "a", {"mapping/AE": rules})
    assert "AE.TERM is filled here but is not in Variables" in found
    ready = mapping(("_TERM", "OUT"))
    wide = {"raw_ae": InputTable("raw_ae", {**INPUTS["raw_ae"].columns, "_TERM": TEXT}, raw=True)}
    stage = build(tmp_path / "b", {"mapping/AE": [*ready, *mapping(("_X", "_TERM"))[1:]]}, wide)
    assert columns(stage.rules["AE", "ae", "_X"][0].value) == [("own", "AE", "_TERM")]


def test_bare_name_is_a_source_column_before_a_constant(tmp_path: Path) -> None:
    wide = {"raw_ae": InputTable("raw_ae", {"DOSE": TEXT}, raw=True)}
    stage = build(tmp_path, {"mapping/AE": mapping(("_X", "DOSE"))}, wide)
    assert columns(stage.rules["AE", "ae", "_X"][0].value) == [("source", "raw_ae", "DOSE")]


def test_bare_name_is_a_constant_of_the_study_last(tmp_path: Path) -> None:
    assert node(tmp_path / "a", "DOSE + 0").left == Constant(1.6, "number")  # type: ignore[attr-defined]
    assert node(tmp_path / "b", "SOC_IN_EX") == Constant(False, "condition")


def test_bare_name_in_the_rule_that_fills_it_is_the_source_column(tmp_path: Path) -> None:
    wide = {"raw_ae": InputTable("raw_ae", {"AETERM": TEXT, "AEOUT": TEXT}, raw=True)}
    rules = mapping(("AETERM", "", "", "AEOUT == 'FATAL'", "upper(AETERM)"), ("AEOUT", "AEOUT"), ("_X", "AETERM"))
    stage = build(tmp_path, {"mapping/AE": rules}, wide)
    (term,) = stage.rules["AE", "ae", "AETERM"]
    assert term.where is not None
    assert columns(term.value) == [("source", "raw_ae", "AETERM")]
    assert columns(term.where) == [("own", "AE", "AEOUT")]
    assert columns(stage.rules["AE", "ae", "_X"][0].value) == [("own", "AE", "AETERM")]


def test_rule_that_fills_a_name_its_source_does_not_have(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, {"mapping/AE": mapping(("AEOUT", "upper(AEOUT)"))})
    assert found == (
        "sdtm/mapping/AE.csv:2 [Expression] in a rule that fills AEOUT, AEOUT is the column of raw_ae, "
        "which has none of that name; did you mean 'OUT'?"
    )


def test_unknown_name_has_the_nearest(tmp_path: Path) -> None:
    assert fault(tmp_path / "a", "TREM") == "unknown name 'TREM'; did you mean 'TERM'?"
    assert fault(tmp_path / "b", "term") == "unknown name 'term'; did you mean 'TERM'?"
    assert fault(tmp_path / "c", "NULL") == "unknown name 'NULL'; a missing value is None, and missing(X) asks for one"
    assert fault(tmp_path / "d", "drugs") == "unknown name 'drugs'; drugs is a table: write drugs.X, or count(drugs)"


def test_backticks_name_a_column_that_is_a_keyword(tmp_path: Path) -> None:
    assert columns(node(tmp_path, "`class`")) == [("source", "raw_ae", "class")]


def test_subject_key_is_a_name_everywhere(tmp_path: Path) -> None:
    assert columns(node(tmp_path, "USUBJID")) == [("own", "AE", "USUBJID")]
    stage = build(tmp_path, {"mapping/AE": mapping(("USUBJID", "USUBJID"))})
    assert columns(stage.rules["AE", "ae", "USUBJID"][0].value) == [("key", "", "USUBJID")]


# --- T.X ----------------------------------------------------------------------------------------------------


def test_column_of_the_source_row(tmp_path: Path) -> None:
    assert columns(node(tmp_path, "raw_ae.TERM")) == [("source", "raw_ae", "TERM")]


def test_column_of_the_one_row_of_the_subject(tmp_path: Path) -> None:
    assert columns(node(tmp_path / "a", "DM.SEX")) == [("subject", "DM", "SEX")]
    assert columns(node(tmp_path / "b", "raw_dm.SITE")) == [("subject", "raw_dm", "SITE")]


def test_several_rows_outside_an_aggregate_are_an_error_before_data(tmp_path: Path) -> None:
    assert fault(tmp_path, "LB.LBORRES") == (
        "LB may have several rows per subject, so LB.LBORRES is not one value; "
        "aggregate it (first, last, only, min, max ...) or pick a row of LB in Joins"
    )


def test_own_dataset_outside_an_aggregate(tmp_path: Path) -> None:
    assert fault(tmp_path, "AE.AETERM") == "AE.AETERM outside an aggregate is not one value; write AETERM"


def test_working_dataset_with_one_record_per_subject_is_one_row(tmp_path: Path) -> None:
    made = sources(("_FIRST", "one", "raw_ds", "", "", "", "USUBJID", "RECID", "first"), ("_ALL", "all", "raw_ds"))
    rules = {"Sources": made, "mapping/_FIRST": mapping(("_R", "REASON")), "mapping/_ALL": mapping(("_R", "REASON"))}
    stage = build(tmp_path / "a", {**rules, "mapping/AE": mapping(("_X", "_FIRST._R"))})
    assert columns(stage.rules["AE", "ae", "_X"][0].value) == [("subject", "_FIRST", "_R")]
    (found,) = faults(tmp_path / "b", {**rules, "mapping/AE": mapping(("_X", "_ALL._R"))})
    assert "_ALL may have several rows per subject" in found


def test_unknown_table_and_column_have_the_nearest(tmp_path: Path) -> None:
    assert fault(tmp_path / "a", "first(raw_sd.WHEN, order=raw_sd.RECID)") == (
        "'raw_sd' is no table, dataset, block or join; did you mean 'raw_ds'?"
    )
    assert fault(tmp_path / "b", "DM.SEXX") == "DM has no column 'SEXX'; did you mean 'SEX'?"


# --- aggregates ---------------------------------------------------------------------------------------------


def aggregate(found: Node) -> Aggregate:
    assert isinstance(found, Aggregate)
    return found


def test_inner_and_outer_column_of_one_name(tmp_path: Path) -> None:
    rules = mapping(("_ADT", "number(GRADE)"))
    found = aggregate(node(tmp_path, "any(DS.DSSEQ > _ADT, where=DS.DSSEQ < _ADT)", mapping_AE=rules))
    assert columns(found.values[0]) == [("inner", "DS", "DSSEQ"), ("own", "AE", "_ADT")]
    assert found.match is not None and found.match.filters == () and len(found.match.residual) == 1
    own = aggregate(node(tmp_path, "any(AE.AESEQ < AESEQ)"))
    assert columns(own.values[0]) == [("inner", "AE", "AESEQ"), ("own", "AE", "AESEQ")]


def test_without_a_table_it_ranges_over_the_own_records(tmp_path: Path) -> None:
    found = aggregate(node(tmp_path, "max(AESTDY, by=AETERM, where=AEOUT == 'FATAL')"))
    assert found.match is None
    assert columns(found.by[0]) == [("own", "AE", "AETERM")]


def test_many_row_table_in_where_alone(tmp_path: Path) -> None:
    found = aggregate(node(tmp_path, "count(where=DS.DSTERM == TERM)"))
    assert found.match is not None and found.match.table == "DS"
    assert [columns(inner) for inner, _ in found.match.pairs] == [[("inner", "DS", "DSTERM")]]


def test_one_row_table_inside_an_aggregate_stays_the_row_of_the_subject(tmp_path: Path) -> None:
    found = aggregate(node(tmp_path, "any(LB.LBDTC > DM.RFSTDTC)"))
    assert columns(found.values[0]) == [("inner", "LB", "LBDTC"), ("subject", "DM", "RFSTDTC")]


def test_aggregate_over_a_block_of_the_dataset(tmp_path: Path) -> None:
    found = aggregate(node(tmp_path, "count(ae.AETERM)"))
    assert found.match is not None and found.match.table == "ae"


def test_aggregate_over_a_lookup_does_not_cut_by_subject(tmp_path: Path) -> None:
    found = aggregate(node(tmp_path, "only(drugs.TRT, where=drugs.TRT == TERM)"))
    assert found.match is not None and found.match.subjects_all


def test_dataset_made_of_lookups_has_no_subject(tmp_path: Path) -> None:
    made = {"Sources": sources(("_TX", "tx", "drugs")), "mapping/_TX": mapping(("_TRT", "TRT"))}
    stage = build(tmp_path, {**made, "mapping/AE": mapping(("_X", "count(where=_TX._TRT == TERM)"))})
    match = aggregate(stage.rules["AE", "ae", "_X"][0].value).match
    assert match is not None and match.subjects_all


def test_equal_texts_are_keys_and_dates_are_not(tmp_path: Path) -> None:
    found = aggregate(node(tmp_path, "count(where=LB.LBTESTCD == TERM and LB.LBDTC == AESTDTC and LB.LBSEQ == AESEQ)"))
    assert found.match is not None
    assert [columns(inner)[0][2] for inner, _ in found.match.pairs] == ["LBTESTCD"]
    assert [columns(inner)[0][2] for inner, _ in found.match.numbers] == ["LBSEQ"]
    assert [columns(part)[0][2] for part in found.match.residual] == ["LBDTC"]


def test_by_adds_to_the_subject(tmp_path: Path) -> None:
    wide = {"raw_lb": InputTable("raw_lb", {"TERM": TEXT, "WHEN": TEXT}, raw=True)}
    stage = build(tmp_path, {"mapping/AE": mapping(("_X", "count(raw_lb.WHEN, by=TERM)"))}, wide)
    match = aggregate(stage.rules["AE", "ae", "_X"][0].value).match
    assert match is not None
    assert columns(match.pairs[0][0]) == [("inner", "raw_lb", "TERM")]
    assert columns(match.pairs[0][1]) == [("source", "raw_ae", "TERM")]


def test_part_of_where_without_a_column_of_the_table(tmp_path: Path) -> None:
    assert fault(tmp_path, "any(DS.DSSEQ > 1, where=DS.DSTERM == 'X' and OUT == 'FATAL')") == (
        "a part of where names no column of DS; "
        "every part joined by 'and' must; put the condition into the Where cell of the row"
    )


def test_two_many_row_tables(tmp_path: Path) -> None:
    assert fault(tmp_path, "any(DS.DSSEQ > LB.LBSEQ)") == (
        "any ranges over one table, here are DS and LB; keep one, and put the other into a working variable or a join"
    )


def test_extremes_of_several_columns_of_several_tables(tmp_path: Path) -> None:
    found = node(tmp_path, "max(AE.AESTDTC, LB.LBDTC, DM.RFSTDTC)", "DS")
    assert isinstance(found, Call) and found.function == "greatest"
    tables = [aggregate(part).match for part in found.arguments]
    assert [match.table for match in tables if match] == ["AE", "LB", "DM"]


@pytest.mark.parametrize(("function", "other"), [("max", "greatest"), ("min", "least")])
def test_several_bare_names_suggest_greatest(tmp_path: Path, function: str, other: str) -> None:
    assert fault(tmp_path, f"{function}(AESTDTC, AESTDTC)") == (
        f"{function} of several columns ranges over records; these are of one record; write {other}(...)"
    )


def test_bare_name_beside_a_table_suggests_greatest(tmp_path: Path) -> None:
    assert fault(tmp_path, "max(AESTDTC, LB.LBDTC)").endswith("write greatest(AESTDTC, max(...))")


def test_subjects_all_is_said(tmp_path: Path) -> None:
    assert aggregate(node(tmp_path / "a", "count(DS.DSTERM, subjects='all')")).subjects_all
    assert fault(tmp_path / "b", "count(DS.DSTERM, subjects='each')") == "subjects= takes the one value 'all'"


def test_first_needs_an_order(tmp_path: Path) -> None:
    assert fault(tmp_path, "first(DS.DSTERM)") == "first needs order=; say by which column the rows are ordered"


def test_table_is_counted_not_picked(tmp_path: Path) -> None:
    assert aggregate(node(tmp_path / "a", "count(DS)")).values == ()
    assert fault(tmp_path / "b", "only(DS)") == "DS is a table; only takes a column: DS.X"


# --- windows ------------------------------------------------------------------------------------------------


def test_sequence_follows_the_keys_without_itself(tmp_path: Path) -> None:
    stage = build(tmp_path, {"mapping/AE": mapping(("AESEQ", "sequence()"))})
    found = stage.rules["AE", "ae", "AESEQ"][0].value
    assert isinstance(found, Window)
    assert found.order == (Key(Column("own", "AE", "AETERM", TEXT)),)


def test_window_ranges_over_the_dataset_or_in_a_row_with_block_over_the_block(tmp_path: Path) -> None:
    for block, expected in (("", False), ("ae", True)):
        rules = mapping(("_X", block, "", "", "is_first(order=AESEQ)"))
        found = build(tmp_path / (block or "all"), {"mapping/AE": rules}).rules["AE", "ae", "_X"][0].value
        assert isinstance(found, Window) and found.block is expected


def test_window_orders_down_with_desc(tmp_path: Path) -> None:
    found = node(tmp_path, "row_number(by=AETERM, order=(desc(AESTDTC), AESEQ), where=AEOUT == 'FATAL')")
    assert isinstance(found, Window)
    assert [key.descending for key in found.order] == [True, False]


def test_window_needs_order_and_known_options(tmp_path: Path) -> None:
    assert fault(tmp_path / "a", "is_first(by=AETERM)").startswith("is_first needs order=")
    assert fault(tmp_path / "b", "is_first(ordre=AESEQ)") == "is_first has no option 'ordre'; did you mean 'order'?"
    assert fault(tmp_path / "c", "lag(order=AESEQ)") == "lag takes one argument before its options"
    assert fault(tmp_path / "d", "desc(AESEQ)") == "desc(...) works in order= and in Order cells only"


def test_window_in_where_of_sources_comes_too_early(tmp_path: Path) -> None:
    made = [row if row[0] != "AE" else ("AE", "ae", "raw_ae", "is_first(order=RECID)", *row[4:]) for row in sources()]
    (found,) = faults(tmp_path, {"Sources": made})
    assert found.startswith("sdtm/Sources.csv:3 [Where] is_first would range over records of AE that are still to be")


def test_where_of_sources_reads_a_variable_that_ranges_over_records(tmp_path: Path) -> None:
    made = [row if row[0] != "AE" else ("AE", "ae", "raw_ae", "_N == 1", *row[4:]) for row in sources()]
    (found,) = faults(tmp_path, {"Sources": made, "mapping/AE": mapping(("_N", "row_number(order=RECID)"))})
    assert found.startswith("sdtm/mapping/AE.csv:2 [Expression] row_number would range over records of AE")


# --- joins --------------------------------------------------------------------------------------------------


def test_column_of_the_picked_row(tmp_path: Path) -> None:
    rows = joins(("AE", "D", "drugs", "", "drugs.TRT == TERM", "", ""))
    assert columns(node(tmp_path / "a", "D.CODE + 0", Joins=rows)) == [("join", "D", "CODE")]
    assert node(tmp_path / "b", "exists(D)", Joins=rows) == Exists("D")


def test_join_may_bear_the_name_of_its_table(tmp_path: Path) -> None:
    rows = joins(("AE", "drugs", "drugs", "", "drugs.TRT == TERM", "", ""))
    assert columns(node(tmp_path, "drugs.TRT", Joins=rows)) == [("join", "drugs", "TRT")]


def test_join_by_names_that_both_have(tmp_path: Path) -> None:
    rows = joins(("AE", "L", "raw_lb", "TERM", "", "", ""))
    stage = build(tmp_path / "a", {"Joins": rows, "mapping/AE": mapping(("_X", "L.WHEN"))})
    match = stage.joins["AE", "ae", "L", False].match
    assert [columns(inner) + columns(outer) for inner, outer in match.pairs] == [
        [("inner", "raw_lb", "TERM"), ("source", "raw_ae", "TERM")]
    ]
    (found,) = faults(tmp_path / "b", {"Joins": joins(("AE", "L", "raw_lb", "OUT", "", "", ""))})
    assert found == "sdtm/Joins.csv:2 [By] raw_lb has no column 'OUT'"


def test_join_of_candidates_is_there_for_a_where_that_reads_a_variable(tmp_path: Path) -> None:
    rows = joins(("AE", "D", "drugs", "", "drugs.TRT == TERM", "", ""))
    made = [row if row[0] != "AE" else ("AE", "ae", "raw_ae", "_TRT == 'X'", *row[4:]) for row in sources()]
    stage = build(tmp_path, {"Joins": rows, "Sources": made, "mapping/AE": mapping(("_TRT", "D.TRT"))})
    assert ("AE", "ae", "D", True) in stage.joins


def test_exists_takes_a_join(tmp_path: Path) -> None:
    rows = joins(("AE", "DRUG", "drugs", "", "drugs.TRT == TERM", "", ""))
    assert fault(tmp_path / "a", "exists(DRGU)", Joins=rows) == "AE has no join 'DRGU'; did you mean 'DRUG'?"
    assert fault(tmp_path / "b", "exists(DS)") == "DS is a table, exists takes a join; write count(DS) > 0"


# --- names that clash ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["AE", "ae", "Ae"])
def test_raw_table_with_the_name_of_a_dataset(tmp_path: Path, name: str) -> None:
    found = faults(tmp_path, {}, {name: InputTable(name, {"X": TEXT}, raw=True)})
    assert any(f"table {name} bears the name of dataset AE; call it raw_ae" in text for text in found)


def test_block_with_the_name_of_a_table(tmp_path: Path) -> None:
    found = faults(tmp_path, {"Sources": sources(("AE", "DM", "raw_ds"), ("AE", "drugs", "raw_lb"))})
    assert found == [
        "sdtm/Sources.csv:6 [Block] block DM of AE bears the name of a table; rename the block",
        "sdtm/Sources.csv:7 [Block] block drugs of AE bears the name of a table; rename the block",
    ]


def test_join_with_the_name_of_another_table_or_block(tmp_path: Path) -> None:
    rows = joins(("AE", "DS", "drugs", "", "drugs.TRT == 'A'", "", ""))
    assert faults(tmp_path / "a", {"Joins": rows}) == [
        "sdtm/Joins.csv:2 [Name] join DS of AE bears the name of a table from which it does not pick; rename the join"
    ]
    rows = joins(("AE", "ae", "drugs", "", "drugs.TRT == 'A'", "", ""))
    with pytest.raises(SpecError, match=r"sdtm/Joins.csv:2 \[Name\] join ae bears the name of a block of AE"):
        build(tmp_path / "b", {"Joins": rows})


# --- mapping files for many datasets ------------------------------------------------------------------------


def test_prefix_in_mapping_for_all(tmp_path: Path) -> None:
    rules = [("Dataset", "Variable", "Expression"), ("", "--SEQ", "sequence()"), ("FINDINGS, DM", "--ORRES SEX", "'M'")]
    rules += [("", "--STDY", "study_day(--STDTC, DM.RFSTDTC)")]
    stage = build(tmp_path, {"mapping/all": rules})
    assert isinstance(stage.rules["LB", "lb", "LBSEQ"][0].value, Window)
    assert columns(stage.rules["AE", "ae", "AESTDY"][0].value) == [
        ("own", "AE", "AESTDTC"),
        ("subject", "DM", "RFSTDTC"),
    ]
    assert stage.rules["LB", "lb", "LBORRES"] and stage.rules["DM", "dm", "SEX"]
    assert not stage.rules["AE", "ae", "AETERM"]


def test_mapping_for_all_gives_way_to_the_dataset(tmp_path: Path) -> None:
    rules = [("Dataset", "Variable", "Expression"), ("", "--TERM", "'general'")]
    stage = build(tmp_path, {"mapping/all": rules, "mapping/AE": mapping(("AETERM", "TERM"))})
    assert columns(stage.rules["AE", "ae", "AETERM"][0].value) == [("source", "raw_ae", "TERM")]
    assert stage.rules["DS", "ds", "DSTERM"][0].value == Constant("general", TEXT)


def test_mapping_for_all_fills_listed_variables_only(tmp_path: Path) -> None:
    stage = build(tmp_path, {"mapping/all": [("Dataset", "Variable", "Expression"), ("", "--MODIFY", "'x'")]})
    assert not any(name.endswith("MODIFY") for _, name in stage.types)


def test_star_of_a_table_takes_the_column_of_the_same_name(tmp_path: Path) -> None:
    made = sources(("DS", "dead", "AE", "AE.AEOUT == 'FATAL'"))
    rules = mapping(("USUBJID STUDYID", "dead", "", "", "AE.*"))
    stage = build(tmp_path, {"Sources": made, "mapping/DS": rules})
    assert columns(stage.rules["DS", "dead", "USUBJID"][0].value) == [("source", "AE", "USUBJID")]
    assert columns(stage.rules["DS", "dead", "STUDYID"][0].value) == [("source", "AE", "STUDYID")]


def test_variable_star_takes_every_listed_variable_from_its_column(tmp_path: Path) -> None:
    ready = {
        "raw_ds": InputTable(
            "raw_ds", dict.fromkeys(("STUDYID", "USUBJID", "DSTERM", "DSDECOD", "DSSTDTC"), TEXT), raw=True
        )
    }
    rules = mapping(("*", "*"), ("DSSEQ", "sequence()"))
    stage = build(tmp_path / "a", {"mapping/DS": rules}, ready)
    assert columns(stage.rules["DS", "ds", "DSDECOD"][0].value) == [("source", "raw_ds", "DSDECOD")]
    assert isinstance(stage.rules["DS", "ds", "DSSEQ"][0].value, Window)
    found = faults(tmp_path / "b", {"mapping/DS": rules})
    assert any("is the column of raw_ds, which has none of that name" in text for text in found)


def test_domain_gives_the_two_letters(tmp_path: Path) -> None:
    assert node(tmp_path, "domain()") == Constant("AE", TEXT)


# --- blocks and precedence ----------------------------------------------------------------------------------


def test_precedence_is_block_then_order_then_where(tmp_path: Path) -> None:
    rules = mapping(
        ("_X", "", "", "", "'last'"),
        ("_X", "", "", "OUT == 'A'", "'where'"),
        ("_X", "", "2", "OUT == 'A'", "'order 2'"),
        ("_X", "", "1", "OUT == 'A'", "'order 1'"),
        ("_X", "ae", "", "OUT == 'A'", "'block'"),
        ("_X", "ae", "9", "OUT == 'A'", "'block 9'"),
    )
    stage = build(tmp_path, {"mapping/AE": rules})
    values = [rule.value.value for rule in stage.rules["AE", "ae", "_X"]]  # type: ignore[attr-defined]
    assert values == ["block 9", "block", "order 1", "order 2", "where", "last"]


def test_order_of_the_rows_does_not_matter(tmp_path: Path) -> None:
    rows = [("_X", "", "", "", "'b'"), ("_X", "", "1", "OUT == 'A'", "'a'")]
    for name, ordered in (("a", rows), ("b", rows[::-1])):
        stage = build(tmp_path / name, {"mapping/AE": mapping(*ordered)})
        assert [rule.value.value for rule in stage.rules["AE", "ae", "_X"]] == ["a", "b"]  # type: ignore[attr-defined]


def test_two_rules_for_every_record(tmp_path: Path) -> None:
    assert faults(tmp_path, {"mapping/AE": mapping(("AEOUT", "OUT"), ("AEOUT", "'X'"))}) == [
        "sdtm/mapping/AE.csv:3 [Expression] AEOUT is filled for every record here and at "
        "sdtm/mapping/AE.csv:2 [Expression]; give one of them an Order or a Where"
    ]


def test_rule_without_block_is_not_asked_of_a_block_with_its_own(tmp_path: Path) -> None:
    made = sources(("AE", "extra", "raw_ds"))
    rules = mapping(("AETERM", "TERM"), ("AETERM", "extra", "", "", "REASON"))
    stage = build(tmp_path, {"Sources": made, "mapping/AE": rules})
    assert columns(stage.rules["AE", "extra", "AETERM"][0].value) == [("source", "raw_ds", "REASON")]
    assert len(stage.rules["AE", "extra", "AETERM"]) == 1


def test_name_that_one_block_does_not_have(tmp_path: Path) -> None:
    made = sources(("AE", "extra", "raw_ds"))
    assert faults(tmp_path, {"Sources": made, "mapping/AE": mapping(("AETERM", "TERM"))}) == [
        "sdtm/mapping/AE.csv:2 [Expression] unknown name 'TERM' in block extra (from raw_ds); did you mean 'AETERM'?"
    ]


def test_supplemental_qualifier_is_a_bare_name_of_its_parent(tmp_path: Path) -> None:
    keys = [("Dataset", "Key Variables"), ("DM", "USUBJID"), ("AE", "USUBJID, AESEQ"), ("SUPPAE", "")]
    listed = [("DM", "USUBJID"), ("AE", "USUBJID"), ("AE", "AESEQ")]
    sheets: dict[str, Rows] = {
        "Datasets": keys,
        "Variables": [
            ("Dataset", "Variable", "Label"),
            *[(*row, "") for row in listed],
            ("SUPPAE", "AEIRAE", "Immune-Related"),
        ],
        "Sources": [("Dataset", "Block", "From"), ("DM", "dm", "raw_dm"), ("AE", "ae", "raw_ae")],
        "mapping/SUPPAE": [("Variable", "Expression"), ("AEIRAE", "yn(GRADE == '3')")],
        "mapping/AE": mapping(("_X", "AEIRAE")),
    }
    stage = build(tmp_path, sheets)
    assert columns(stage.rules["AE", "ae", "_X"][0].value) == [("own", "AE", "AEIRAE")]
    assert stage.rules["AE", "ae", "AEIRAE"][0].place.file == "sdtm/mapping/SUPPAE.csv"
