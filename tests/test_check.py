"""`build check`: faults of every table that holds expressions, each with file, row and column."""

from __future__ import annotations

from pathlib import Path

import pytest
from language_study import INPUTS, NUMBER, TEXT, Rows, build, fault, faults, mapping, node
from test_scope import columns, joins, sources

from language.tree import Column, Constant
from specs.compiled import InputTable

TESTS = ("Dataset", "Block", "Collected", "Where", "Test Code", "Test", "Standard Unit", "Decimals", "--ORRES", "--LOC")
CHECKS = ("Rule", "Dataset", "Where", "Condition", "Message", "Action")
CODELISTS = [
    ("ID", "Name", "Order", "Term", "Decoded Value"),
    ("ENDING", "Outcome", "1", "FATAL", "Fatal"),
    ("ENDING", "Outcome", "2", "RECOVERED", "Recovered"),
]


# --- functions and their arguments --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("uper(OUT)", "there is no function 'uper'; did you mean 'upper'?"),
        ("Missing(OUT)", "there is no function 'Missing'; did you mean 'missing'?"),
        ("count_distict(DS.DSTERM)", "there is no function 'count_distict'; did you mean 'count_distinct'?"),
        ("upper(OUT, TERM)", "upper takes at most 1 argument"),
        ("upper()", "upper needs the argument 'text'"),
        ("substr(OUT, 1, lenght=2)", "substr has no option 'lenght'; did you mean 'length'?"),
        ("impute_date(AESTDTC, ruel='first')", "impute_date has no option 'ruel'; did you mean 'rule'?"),
        ("missing(OUT, TERM)", "missing takes 1 argument, here are 2"),
        ("coalesce()", "coalesce takes 1 or more arguments, here are 0"),
        ("flag(OUT == 'A', where=True)", "flag takes no option 'where'"),
        ("any(DS.DSSEQ > 1, wher=DS.DSSEQ > 2)", "any has no option 'wher'; did you mean 'where'?"),
        ("dates(1, 2)", "dates(...) works in the Expand cell of Sources only"),
        ("OUT in values('A')", "values(...) works in the Expand cell of Sources only"),
        ("study_day(OUT, AESTDTC)", "study_day (date) needs a date, but raw_ae.OUT is a text"),
        ("substr(OUT, GRADE)", "substr (start) must be written as a constant"),
        ("substr(OUT, 1.5)", "substr (start) must be a whole number, not 1.5"),
        ("substr(OUT, 'a')", "substr (start) must be a whole number, not 'a'"),
        ("number(AESTDY)", "AESTDY is a number already; leave number(...) out"),
        ("substr(OUT, None)", "substr (start) must be a whole number, not None"),
        ("round_half_up(number(GRADE), digits=None)", "round_half_up (digits) must be a whole number, not None"),
        ("impute_result(OUT, factor=None)", "impute_result (factor) must be a number, not None"),
        ("duration(1, 2, add_one=None)", "duration (add_one) must be True or False, not None"),
        ("duration(1, 2, out_unit=None)", "duration: out_unit is one of years, months, weeks, days, hours, minutes, "
         "seconds, but it is ''"),
        ("join('-')", "join needs at least one text"),
        ("assign_ct(codelist='NY')", "assign_ct needs at least one text"),
    ],
)
def test_wrong_call(tmp_path: Path, text: str, message: str) -> None:
    assert fault(tmp_path, text) == message


def test_empty_text_is_a_separator(tmp_path: Path) -> None:
    found = node(tmp_path, "join('', TERM, OUT)")
    assert found.options["separator"] == Constant("", TEXT)  # type: ignore[attr-defined]


def test_unit_factor_that_is_no_number(tmp_path: Path) -> None:
    units = [
        ("Test Code", "Collected Unit", "Standard Unit", "Factor"),
        ("", "mg/dL", "g/L", "0.0l"),
        ("", "F", "C", "1/0"),
    ]
    found = faults(tmp_path, {"Units": units})
    assert [text.split("] ")[0] for text in found] == ["sdtm/Units.csv:2 [Factor", "sdtm/Units.csv:3 [Factor"]
    assert "write a number, a fraction such as 20/3, or a formula in x" in found[0]


# --- codelists ----------------------------------------------------------------------------------------------


def with_codelist(expression: str, codelist: str = "ENDING") -> dict[str, Rows]:
    listed = [
        ("Dataset", "Variable", "Codelist"),
        *[("AE", name, "") for name in ("STUDYID", "USUBJID", "AESEQ", "AETERM")],
    ]
    return {
        "Codelists": CODELISTS,
        "Variables": [*listed, ("AE", "AEOUT", codelist), *[(d, "USUBJID", "") for d in ("DM", "LB", "DS")],
                      ("DM", "STUDYID", ""), ("LB", "STUDYID", ""), ("LB", "LBTESTCD", ""), ("LB", "LBSEQ", ""),
                      ("DS", "STUDYID", ""), ("DS", "DSSEQ", "")],
        "mapping/AE": mapping(("AEOUT", expression)),
    }  # fmt: skip


def test_codelist_of_the_variable_is_supplied(tmp_path: Path) -> None:
    stage = build(tmp_path, with_codelist("assign_ct(OUT, TERM)"))
    call = stage.rules["AE", "ae", "AEOUT"][0].value
    assert call.supplied["codelist"].terms == ("FATAL", "RECOVERED")  # type: ignore[attr-defined]
    assert call.supplied["items"] == ("raw_ae.OUT", "raw_ae.TERM")  # type: ignore[attr-defined]


def test_codelist_that_is_named(tmp_path: Path) -> None:
    stage = build(tmp_path, with_codelist("decode(assign_ct(OUT, codelist='ENDING'), 'ENDING')", ""))
    call = stage.rules["AE", "ae", "AEOUT"][0].value
    assert call.supplied["codelist"].decodes["FATAL"] == "Fatal"  # type: ignore[attr-defined]


def test_codelist_that_is_not(tmp_path: Path) -> None:
    (found,) = faults(tmp_path / "a", with_codelist("assign_ct(OUT, codelist='ENDINGS')"))
    assert found.endswith("there is no codelist 'ENDINGS'; did you mean 'ENDING'?")
    assert fault(tmp_path / "b", "assign_ct(OUT)") == "assign_ct: _X has no codelist; name one: codelist='NY'"


# --- places -------------------------------------------------------------------------------------------------


def test_every_fault_of_a_stage_is_reported_together_in_order(tmp_path: Path) -> None:
    rules = mapping(("AEOUT", "", "", "OUTT == 'X'", "OUT"), ("AETERM", "TREM"))
    found = faults(tmp_path, {"mapping/AE": rules, "mapping/DS": mapping(("DSTERM", "REASN"))})
    assert [text.split("] ")[0] + "]" for text in found] == [
        "sdtm/mapping/AE.csv:2 [Where]",
        "sdtm/mapping/AE.csv:3 [Expression]",
        "sdtm/mapping/DS.csv:2 [Expression]",
    ]


SOURCE_FAULTS = [
    (("AE", "b", "raw_xx"), "[From] 'raw_xx' is no table, dataset or block"),
    (("AE", "b", "raw_ds", "REASN == 'X'"), "[Where] unknown name 'REASN' in block b (from raw_ds)"),
    (("AE", "b", "raw_ds", "REASON"), "[Where] a condition cell needs a condition, but raw_ds.REASON is a text"),
    (("AE", "b", "raw_ds", "", "", "", "RECD", "RECID", "first"), "[One Per] unknown name 'RECD'"),
    (("AE", "b", "raw_ds", "", "", "", "USUBJID", "RECD", "first"), "[Order] unknown name 'RECD'"),
    (
        ("AE", "b", "raw_ds", "", "", "", "USUBJID", "RECID", "frist"),
        "[Pick] 'frist' is not one of first, last, distinct",
    ),
    (("AE", "b", "raw_ds", "", "", "", "USUBJID"), "[One Per] which row is kept is not said"),
    (("AE", "b", "raw_ds", "", "", "", "", "RECID"), "[Order] Order has no meaning without One Per"),
    (("AE", "b", "raw_ds", "", "REASN"), "[Tests] raw_ds has no column 'REASN'; did you mean 'REASON'?"),
    (("AE", "b", "raw_ds", "", "", "_D in days(1, 2)"), "[Expand]"),
    (("AE", "b", "raw_ds", "", "", "_D in dates(WHEN, 2)"), "[Expand] dates needs a number, but raw_ds.WHEN is a text"),
    (("AE", "b", "raw_ds", "", "", "_D in values(DS.DSTERM, raw_ds.WHEN)"), "[Expand] values takes columns of one"),
    (("AE", "b", "raw_ds", "", "", "_D in values('A', where=WHEN == 'X')"), "[Expand] values takes values written"),
    (("AE", "b", "raw_ds", "", "", "(_D, _E) in values('A', 'B')"), "[Expand] each record needs 2 values; with sev"),
    (("AE", "b", "raw_ds", "", "", "(_D, _E) in values(drugs.TRT)"), "[Expand] 2 variables are filled with 1 columns"),
    (("AE", "b", "raw_ds", "", "", "(_D, _E) in dates(1, 2)"), "[Expand] dates fills one variable"),
    (("AE", "b", "raw_ds", "", "", "_D in values(1), _D in values(2)"), "[Expand] _D is filled twice"),
    (("AE", "b", "raw_ds", "", "", "_D in values(1, _D)"), "[Expand] a part of Expand reads what it fills itself"),
    (("AE", "b", "raw_ds", "", "", "_D in dates(1, _E), _E in values(1)"), "[Expand] a part of Expand reads what it"),
    (("AE", "b", "raw_ds", "", "", "_D in values('A', 1)"), "[Expand] a number and a text do not go together"),
    (("AE", "b", "raw_ds", "", "", "AESEQ in values('A')"), "[Expand] AESEQ is a number, values(...) gives a text"),
    (
        ("AE", "ae", "raw_ds"),
        "[Block] AE has two blocks named 'ae'; give each a name of its own; the other stands at sdtm/Sources.csv:3",
    ),
]


@pytest.mark.parametrize(("row", "message"), SOURCE_FAULTS)
def test_faults_of_sources(tmp_path: Path, row: tuple[str, ...], message: str) -> None:
    found = faults(tmp_path, {"Sources": sources(row)})
    assert any(text.startswith(f"sdtm/Sources.csv:6 {message}") for text in found), found


JOIN_FAULTS = [
    (("AE", "J", "raw_xx", "", "", "", ""), "[From] 'raw_xx' is no table, dataset or block; did you mean 'raw_"),
    (("AE", "J", "raw_ds", "", "raw_ds.REASN == 'A'", "", ""), "[Where] raw_ds has no column 'REASN'"),
    (("AE", "J", "raw_ds", "", "OUT == 'A'", "", ""), "[Where] a part of where names no column of raw_ds"),
    (("AE", "J", "raw_ds", "", "raw_ds.REASON", "", ""), "[Where] where needs a condition"),
    (("AE", "J", "raw_ds", "REASON", "", "", ""), "[By] unknown name 'REASON'"),
    (("AE", "J", "raw_ds", "", "", "raw_ds.RECD", "first"), "[Order] raw_ds has no column 'RECD'"),
    (("AE", "J", "raw_ds", "", "", "raw_ds.RECID", "frist"), "[Pick] 'frist' is not one of first, last"),
    (("AE", "J", "raw_ds", "", "", "", "first"), "[Pick] Pick needs Order"),
]


@pytest.mark.parametrize(("row", "message"), JOIN_FAULTS)
def test_faults_of_joins_that_nothing_uses(tmp_path: Path, row: tuple[str, ...], message: str) -> None:
    (found,) = faults(tmp_path, {"Joins": joins(row)})
    assert found.startswith(f"sdtm/Joins.csv:2 {message}")


CHECK_FAULTS = [
    (("R", "AEE", "", "AESEQ > 0", "m", "error"), "[Dataset] 'AEE' is no dataset, class or table; did you mean 'AE'?"),
    (("R", "AE", "", "AESQ > 0", "m", "error"), "[Condition] unknown name 'AESQ'; did you mean 'AESEQ'?"),
    (("R", "AE", "AESQ > 0", "AESEQ > 0", "m", "error"), "[Where] unknown name 'AESQ'"),
    (("R", "AE", "", "AESEQ", "m", "error"), "[Condition] a condition cell needs a condition, but AESEQ is a number"),
    (("R", "AE", "", "AESEQ > 0", "m", "warn"), "[Action] 'warn' is not one of stop, error, reject, issue"),
    (("R", "AE", "", "AESEQ > 0", "m", "reject"), "[Action] reject works on raw tables only"),
    (("R", "raw_ae", "", "AESEQ > 0", "m", "reject"), "[Condition] unknown name 'AESEQ'"),
]


@pytest.mark.parametrize(("row", "message"), CHECK_FAULTS)
def test_faults_of_checks(tmp_path: Path, row: tuple[str, ...], message: str) -> None:
    (found,) = faults(tmp_path, {"Checks": [CHECKS, row]})
    assert found.startswith(f"sdtm/Checks.csv:2 {message}")


def test_check_on_a_class_reaches_the_datasets_that_have_its_variables(tmp_path: Path) -> None:
    rows = [
        CHECKS,
        ("R1", "EVENTS", "", "not missing(--TERM)", "m", "error"),
        ("R2", "AE, raw_ae", "", "missing(USUBJID)", "m", "issue"),
    ]
    found = build(tmp_path, {"Checks": rows}).checks
    assert [(check.row.rule, check.dataset, check.raw) for check in found] == [
        ("R1", "AE", False), ("R1", "DS", False), ("R2", "AE", False), ("R2", "raw_ae", True),
    ]  # fmt: skip


TABLE_FAULTS = [
    (("raw_ae", "raw_ae.csv", "SUBJECT", "", "", ""), "[Subject] unknown name 'SUBJECT'"),
    (("raw_ae", "raw_ae.csv", "number(RECID)", "", "", ""), "[Subject] Subject needs a text"),
    (("raw_ae", "raw_ae.csv", "TERM", "TREM == 'A'", "", ""), "[Where] unknown name 'TREM'; did you mean 'TERM'?"),
    (("raw_ae", "raw_ae.csv", "TERM", "", "RECD", ""), "[Key] raw_ae has no column 'RECD'; did you mean 'RECID'?"),
    (("raw_ae", "raw_ae.csv", "TERM", "", "RECID", "desc(RECD)"), "[Version] unknown name 'RECD'"),
]


@pytest.mark.parametrize(("row", "message"), TABLE_FAULTS)
def test_faults_of_tables(tmp_path: Path, row: tuple[str, ...], message: str) -> None:
    sheet = [("Table", "File", "Subject", "Where", "Key", "Version"), row]
    (found,) = faults(tmp_path, {"Tables": sheet})
    assert found.startswith(f"sdtm/Tables.csv:2 {message}")


def test_where_clause_of_value_level_in_either_spelling(tmp_path: Path) -> None:
    rows = [
        ("Dataset", "Variable", "Where Clause"),
        ("LB", "LBORRES", "LBTESTCD EQ HGB"),
        ("LB", "LBORRES", "LBTESTCD == 'X'"),
    ]
    build(tmp_path / "a", {"ValueLevel": rows})
    (found,) = faults(tmp_path / "b", {"ValueLevel": [*rows[:2], ("LB", "LBORRES", "LBTSTCD EQ HGB")]})
    assert found.startswith("sdtm/ValueLevel.csv:3 [Where Clause] unknown name 'LBTSTCD'; did you mean 'LBTESTCD'?")


def test_rule_for_a_block_that_is_not(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, {"mapping/AE": mapping(("AETERM", "aee", "", "", "TERM"))})
    assert found == "sdtm/mapping/AE.csv:2 [Block] AE has no block 'aee'; did you mean 'ae'?"


def test_rules_of_a_dataset_without_records(tmp_path: Path) -> None:
    some = [row for row in sources() if row[0] != "DS"]
    assert faults(tmp_path, {"Sources": some, "mapping/DS": mapping(("DSTERM", "REASON"))}) == [
        "sdtm/mapping/DS.csv:2 DS has rules but no records; add its rows to Sources"
    ]


# --- findings -----------------------------------------------------------------------------------------------


def of_tests(*rows: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [TESTS, *rows]


def test_long_tests_are_looked_up_by_code(tmp_path: Path) -> None:
    made = [row if row[0] != "LB" else ("LB", "lb", "raw_lb", "", "LBCODE", *row[5:]) for row in sources()]
    rows = of_tests(("LB", "lb", "HGB; HB", "not missing(RESULT)", "HGB", "Hemoglobin", "", "1", "", ""))
    stage = build(tmp_path, {"Sources": made, "Tests": rows})
    (block,) = stage.blocks["LB"]
    assert block.test_column == "LBCODE"
    assert [test.test_code for test in block.tests] == ["HGB"]
    assert len(block.test_where) == 1 and block.test_where[0] is not None
    assert columns(stage.rules["LB", "lb", "LBTESTCD"][0].value) == [("test", "", "test_code")]
    assert stage.rules["LB", "lb", "LBTESTCD"][0].place.column == "Test Code"


def test_wide_tests_are_a_block_each(tmp_path: Path) -> None:
    rows = of_tests(
        ("LB", "lb", "", "UNIT == 'x'", "HGB", "Hemoglobin", "", "", "RESULT", "'LEFT'"),
        ("LB", "lb", "", "", "HGB", "Hemoglobin", "", "", "RESULT", "'RIGHT'"),
    )
    listed = [("Dataset", "Variable"), *[(d, v) for d, v in (("DM", "STUDYID"), ("DM", "USUBJID"))]]
    lab = [("LB", name) for name in ("STUDYID", "USUBJID", "LBSEQ", "LBTESTCD", "LBTEST", "LBORRES", "LBLOC")]
    keys = [("Dataset", "Key Variables"), ("DM", "STUDYID, USUBJID"), ("LB", "USUBJID, LBTESTCD, LBSEQ")]
    made = [row for row in sources() if row[0] not in ("AE", "DS")]
    rules = mapping(("LBSEQ", "sequence()"), ("_BLOCK", "lb", "", "", "is_first(order=LBSEQ)"))
    sheets: dict[str, Rows] = {
        "Datasets": keys,
        "Variables": [*listed, *lab],
        "Sources": made,
        "Tests": rows,
        "mapping/LB": rules,
    }
    stage = build(tmp_path, sheets)
    first, second = stage.blocks["LB"]
    assert (first.name, second.name, first.group) == ("lb/HGB", "lb/HGB#2", "lb")
    assert first.where is not None and second.where is None
    assert stage.rules["LB", "lb/HGB#2", "LBLOC"][0].value == Constant("RIGHT", TEXT)
    assert [columns(found) for found in second.exists] == [[("source", "raw_lb", "RESULT")], []]
    assert stage.rules["LB", "lb/HGB", "_BLOCK"]
    assert stage.rules["LB", "lb/HGB", "LBTESTCD"][0].value == Constant("HGB", TEXT)


def test_where_of_tests_cannot_read_what_tests_gives(tmp_path: Path) -> None:
    made = [row if row[0] != "LB" else ("LB", "lb", "raw_lb", "", "LBCODE", *row[5:]) for row in sources()]
    rows = of_tests(("LB", "lb", "HGB", "LBTESTCD == 'HGB'", "HGB", "Hemoglobin", "", "1", "", ""))
    (found,) = faults(tmp_path, {"Sources": made, "Tests": rows})
    assert "a cell of Tests is read before it is known which row of Tests a record of 'lb' takes" in found


def test_collected_codes_need_their_column(tmp_path: Path) -> None:
    rows = of_tests(("LB", "lb", "HGB", "", "HGB", "Hemoglobin", "", "", "", ""))
    (found,) = faults(tmp_path, {"Tests": rows})
    assert found.startswith(
        "sdtm/Tests.csv:2 [Collected] block 'lb' does not say which column holds the collected code"
    )


def test_tests_of_a_block_that_is_not(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, {"Tests": of_tests(("LB", "lab", "HGB", "", "HGB", "Hemoglobin", "", "", "", ""))})
    assert found.startswith("sdtm/Tests.csv:2 [Block] LB has no block 'lab'")


# --- Expand -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expand", "kind"),
    [("_V in values('A', 'B')", TEXT), ("_V in values((1, 2))", NUMBER), ("_V in values(drugs.CODE)", NUMBER),
     ("_V in values(drugs.TRT)", TEXT), ("_V in values(WHEN)", TEXT), ("AETERM in values(drugs.CODE)", TEXT),
     ("_V in dates(1, 5, every=2)", NUMBER)],
)  # fmt: skip
def test_type_of_what_expand_gives(tmp_path: Path, expand: str, kind: str) -> None:
    made = sources(("AE", "b", "raw_ds", "", "", expand))
    stage = build(tmp_path, {"Sources": made, "mapping/AE": mapping(("_X", "ae", "", "", "_V"))} if "_V" in expand
                  else {"Sources": made})  # fmt: skip
    block = stage.blocks["AE"][1]
    assert [part.types for part in block.expand] == [(kind,)]
    assert stage.types["AE", block.expand[0].variables[0]] == kind


# --- tables made by other tools -----------------------------------------------------------------------------


def test_column_with_an_odd_name(tmp_path: Path) -> None:
    wide = {"raw_ae": InputTable("raw_ae", {**INPUTS["raw_ae"].columns, "Start Date (local)": TEXT}, raw=True)}
    stage = build(tmp_path, {"mapping/AE": mapping(("_X", "raw_ae.`Start Date (local)`"))}, wide)
    found = stage.rules["AE", "ae", "_X"][0].value
    assert isinstance(found, Column) and found.name == "Start Date (local)"
