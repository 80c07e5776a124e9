"""Define-XML: methods and comments say what runs, in words and as formal text."""

from __future__ import annotations

from pathlib import Path

import pytest
from define_study import ADAM, Described, at, described, method, spec_of

from define.formal import merged
from define.method_text import method_texts
from define.origin import origin_of
from define.rules import rules_of
from define.words import in_words
from language.parse import parse


@pytest.fixture(scope="module")
def sdtm(tmp_path_factory: pytest.TempPathFactory) -> Described:
    return described(tmp_path_factory.mktemp("sdtm"), "sdtm")


@pytest.fixture(scope="module")
def adam(tmp_path_factory: pytest.TempPathFactory) -> Described:
    return described(tmp_path_factory.mktemp("adam"), "adam")


def test_method_begins_with_the_docstring_of_its_derivation(sdtm: Described) -> None:
    text, formal = method(sdtm[1], "MT.DM.AGE")
    call = "age_years(iso8601(BRTH_YY, BRTH_MM, BRTH_DD), RFSTDTC)"
    assert text == f"Completed years between two dates.\n\nComputed as {call}."
    assert formal == f"AGE = {call}"


def test_method_has_a_sentence_per_rule_in_order(sdtm: Described) -> None:
    text, _ = method(sdtm[1], "MT.DM.RFSTDTC")
    assert text == "Where RANDYN_C is '1': iso8601(RAND_YY, RAND_MM, RAND_DD). Otherwise: the earliest LB.LBDTC."


def test_method_puts_working_variables_in_and_defines_them(sdtm: Described) -> None:
    text, formal = method(sdtm[1], "MT.LB.LBSTRESN")
    assert text == "Computed as the number in LBRES rounded to 2 decimals."
    assert formal == "LBSTRESN = round_half_up(_NUMBER, 2)\n_NUMBER = number(LBRES)"


def test_general_rule_is_shown_for_its_dataset(sdtm: Described) -> None:
    assert method(sdtm[1], "MT.LB.LBDY")[1] == "LBDY = study_day(LBDTC, DM.RFSTDTC)"


def test_written_method_stands_with_its_document(sdtm: Described) -> None:
    assert method(sdtm[1], "MT.M.USUBJID") == ("Study, site and subject, joined by hyphens.", "")
    assert at(sdtm[1], "//o:MethodDef[@OID='MT.M.USUBJID']//@PageRefs") == ["Keys"]


def test_method_of_a_parameter_defines_its_join(adam: Described) -> None:
    assert method(adam[1], "MT.ADIRAE.AVAL.RELW1")[1].splitlines() == [
        "AVAL = 1 if exists(HIT) else 0",
        "RELW1: rows of ADSL",
        "HIT: first row of FAAE where number(FAAE.FAORRES) <= _GOAL ordered by FAAE.FALNKID",
        "_GOAL = 1",
    ]


def test_method_says_what_a_join_picks(adam: Described) -> None:
    assert method(adam[1], "MT.ADIRAE.AVAL.RELW1")[0] == (
        "Computed as 1 if HIT exists, else 0.\nRELW1 has the rows of ADSL.\n"
        "HIT is the first row of FAAE ordered by FAAE.FALNKID where the number in FAAE.FAORRES <= 1."
    )


def test_rules_that_differ_in_their_block_alone_are_said_once(adam: Described) -> None:
    found = merged(rules_of(adam[2], "ADIRAE", "AVAL"))
    assert [(rule.block, rule.expression) for rule in found] == [
        ("GRADE", "number(FAAE.FAORRES)"), ("RELW1, RELW2", "1 if exists(HIT) else 0"),
    ]  # fmt: skip


def test_constant_and_absent_working_variable_are_defined(adam: Described) -> None:
    found = method_texts(adam[2])
    assert "LIMIT = 2" in found["ADIRAE", "AVAL.RELW2"].expression.splitlines()
    assert "_GOAL = LIMIT" in found["ADIRAE", "AVAL.RELW2"].expression.splitlines()


def test_method_of_an_event_lists_its_steps(adam: Described) -> None:
    text, _ = method(adam[1], "MT.ADTTE.CNSR.TTREL")
    assert text == (
        "The first of these steps that has a candidate decides:\n(1) CNSR 0: first ADIRAE.ADT of ADIRAE where "
        "ADIRAE.PARAMCD is 'RELW1' and ADIRAE.AVAL is 1.\n(2) CNSR 1: last ADSL.RANDDT of ADSL."
    )


def test_imputing_method_says_so(adam: Described) -> None:
    assert at(adam[1], "//o:MethodDef[@OID='MT.ADSL.RANDDT']/@Type") == ["Imputation"]
    assert at(adam[1], "//o:MethodDef[@OID='MT.ADSL.FASFL']/@Type") == ["Computation"]


def test_comment_is_written_once_and_referred_to(sdtm: Described) -> None:
    assert at(sdtm[1], "//o:ItemGroupDef[@Name='SUPPDM']/@d:CommentOID") == ["COM.C.SUPP"]
    assert at(sdtm[1], "//d:CommentDef/@OID") == ["COM.C.SUPP", "COM.NODATA"]


def test_rules_of_another_dataset_do_not_fill_a_variable(sdtm: Described) -> None:
    assert rules_of(sdtm[2], "FAAE", "AGE") == ()
    assert [rule.expression for rule in rules_of(sdtm[2], "SUPPDM", "RACEOTH")] == ["RACEOTH"]


# --- the rules are those of the engine ---


def test_rules_stand_in_the_order_in_which_the_engine_tries_them(tmp_path: Path) -> None:
    text = ADAM["adam/mapping/ADTTE.csv"].replace("Variable,", "Variable,Block,Order,")
    text = text.replace("AVAL,ADT", "AVAL,,,ADT") + "CNSR,,,9\nCNSR,TTREL,,8\nCNSR,,2,7\nCNSR,TTREL,1,6\n"
    spec = spec_of(tmp_path, "adam", {"adam/mapping/ADTTE.csv": text})
    assert [(rule.block, rule.expression) for rule in rules_of(spec, "ADTTE", "CNSR")] == [
        ("TTREL", "6"), ("TTREL", "8"), ("", "7"), ("", "9"),
    ]  # fmt: skip


def test_cell_of_a_parameter_comes_after_a_rule_with_order(tmp_path: Path) -> None:
    text = "Variable,Block,Order,Where,Expression\nAVAL,RELW1,1,FASFL == 'N',0\n"
    spec = spec_of(tmp_path, "adam", {"adam/mapping/ADIRAE.csv": text})
    found = method_texts(spec)["ADIRAE", "AVAL.RELW1"]
    assert found.expression.splitlines()[:2] == ["AVAL = 0 where FASFL == 'N'", "AVAL = 1 if exists(HIT) else 0"]
    assert found.description.startswith("Where FASFL is 'N': 0. Otherwise: 1 if HIT exists, else 0.\n")


def test_kept_variable_is_a_copy_of_its_source(tmp_path: Path) -> None:
    text = "Dataset,Block,From,Keep\nADSL,,DM,AGE\n"
    variables = ADAM["adam/Variables.csv"].replace("ADSL,AGE,,,,,,DM.AGE", "ADSL,AGE,,,,,,")
    spec = spec_of(tmp_path, "adam", {"adam/Sources.csv": text, "adam/Variables.csv": variables})
    assert [rule.expression for rule in rules_of(spec, "ADSL", "AGE")] == ["DM.AGE"]
    found = origin_of(spec, spec.variables["ADSL", "AGE"])
    assert (found.type, found.predecessor) == ("Predecessor", "DM.AGE")


def test_star_fills_only_what_no_other_rule_fills(tmp_path: Path) -> None:
    text = "Variable,Where,Expression\n*,,summary.*\nTSVAL,TSSEQ == '1',upper(TSVAL)\n"
    spec = spec_of(tmp_path, "sdtm", {"sdtm/mapping/TS.csv": text})
    assert [rule.expression for rule in rules_of(spec, "TS", "TSVAL")] == ["upper(TSVAL)"]
    assert [rule.expression for rule in rules_of(spec, "TS", "TSPARM")] == ["summary.TSPARM"]


# --- words ---


def window(tmp_path: Path, visit: str) -> tuple[str, str]:
    """(description, formal expression) of a parameter with a window, a visit that may be blank, and a category."""
    parameters = "Dataset,PARAMCD,PARAM,PARCAT1,From,AVAL,_GOAL,_VISIT\n"
    parameters += f"ADIRAE,RELW1,Relieved,EVENT,ADSL,1 if exists(HIT) else 0,_BASE - 1,{visit}\n"
    parameters += "ADIRAE,OTHER,Other,EVENT,ADSL,1,2,'WEEK 1'\n"
    joins = "Dataset,Name,From,By,Where,Order,Pick\n"
    joins += (
        "ADIRAE,HIT,FAAE,,number(FAAE.FAORRES) <= _GOAL and (FAAE.FADY < 9 or FAAE.VISIT == _VISIT),FAAE.FADY,last\n"
    )
    rules = "Variable,Where,Expression\n_BASE,PARCAT1 == 'EVENT',AVALBASE + 8 - 1\n"
    changes = {"adam/Parameters.csv": parameters, "adam/Joins.csv": joins, "adam/mapping/ADIRAE.csv": rules}
    found = method_texts(spec_of(tmp_path, "adam", changes))["ADIRAE", "AVAL.RELW1"]
    return found.description, found.expression


def test_condition_on_what_the_parameter_lacks_is_left_out(tmp_path: Path) -> None:
    text, formal = window(tmp_path, "")
    assert text == (
        "Computed as 1 if HIT exists, else 0.\nRELW1 has the rows of ADSL.\n"
        "HIT is the last row of FAAE ordered by FAAE.FADY "
        "where the number in FAAE.FAORRES <= AVALBASE + 6 and FAAE.FADY < 9."
    )
    assert "_VISIT = None" in formal.splitlines()
    assert "_BASE = AVALBASE + 8 - 1 where PARCAT1 == 'EVENT'" in formal.splitlines()


def test_condition_on_what_the_parameter_has_stands(tmp_path: Path) -> None:
    assert "(FAAE.FADY < 9 or FAAE.VISIT is 'WEEK 2')" in window(tmp_path, "'WEEK 2'")[0]


def test_working_dataset_and_its_variables_are_said(tmp_path: Path) -> None:
    changes = {
        "adam/Sources.csv": "Dataset,Block,From,Where\nADSL,,DM,\n_EVENT,,AE,AE.AESEV == 'SEVERE'\n",
        "adam/mapping/_EVENT.csv": "Variable,Expression\nSTART,date(AE.AESTDTC)\n",
        "adam/mapping/ADSL.csv": ADAM["adam/mapping/ADSL.csv"].replace("RANDDT > 0", "min(_EVENT.START) > LIMIT"),
    }
    found = method_texts(spec_of(tmp_path, "adam", changes))["ADSL", "W1EVALFL"]
    assert found.description == (
        "Where (the smallest _EVENT.START) > LIMIT: 'Y'. Otherwise: 'N'.\n"
        "_EVENT has the rows of AE where AE.AESEV is 'SEVERE'.\n_EVENT.START is the date of AE.AESTDTC.\nLIMIT is 2."
    )
    assert "_EVENT: rows of AE where AE.AESEV == 'SEVERE'" in found.expression.splitlines()


@pytest.mark.parametrize(("expression", "words"), [
    ("A != 'X' or not missing(B)", "A is not 'X' or B is not missing"),
    ("not A in ('X', 'Y')", "A is none of 'X' and 'Y'"),
    ("A in ('X',)", "A is 'X'"),
    ("not (A == 1 and B < 2)", "not (A is 1 and B < 2)"),
    ("(A == 1 or B == 2) and C", "(A is 1 or B is 2) and C"),
    ("A - (B - 1)", "A - (B - 1)"),
    ("(A + B) * 2 / C", "(A + B) * 2 / C"),
    ("W / (H / 100) ** 2", "W / (H / 100) ^ 2"),
    ("-A ** 2", "-A ^ 2"),
    ("'A' if X else 'B' if Y else None", "'A' if X, else 'B' if Y, else missing"),
    ("flag(is_last(by=A, order=(B, desc(C)), where=D > 1))",
     "'Y' if (the record is the last one ordered by B, C descending per A where D > 1)"),
    ("count(T) > 0", "(the number of rows of T) > 0"),
    ("any(T.X >= 2, by=K, where=T.D > D)", "T.X >= 2 in at least one row with the same K where T.D > D"),
    ("max(T.ADT, where=T.F == 'Y') - ADT", "(the latest T.ADT where T.F is 'Y') - ADT"),
    ("least(A, BDT)", "the smallest of A and BDT"),
    ("coalesce(A, date(B))", "the first of A and the date of B that is not missing"),
    ("only(T.X, subjects='all')", "the one value of T.X of all subjects"),
    ("count(by=A, subjects='all', where=B == 0) < 3",
     "(the number of records of all subjects with the same A where B is 0) < 3"),
    ("substr(A, 1, 2) + '-'", "substr(A, 1, 2) + '-'"),
    ("A == 'it\\'s'", 'A is "it\'s"'),
])  # fmt: skip
def test_expression_in_words(expression: str, words: str) -> None:
    assert in_words(parse(expression)) == words


def test_rule_that_is_tried_after_another_says_so(tmp_path: Path) -> None:
    text = "Variable,Order,Where,Expression\nTRT01P,,,'New'\nFASFL,,,'Y'\nRANDDT,,,1\n"
    text += "W1EVALFL,1,AGE < 2,'A'\nW1EVALFL,1,AGE > 3,'B'\nW1EVALFL,2,exists(R),'C'\nW1EVALFL,,,'D'\n"
    found = method_texts(spec_of(tmp_path, "adam", {"adam/mapping/ADSL.csv": text}))["ADSL", "W1EVALFL"]
    assert found.description == (
        "Where AGE < 2: 'A'. Where AGE > 3: 'B'. Else, where R exists: 'C'. Otherwise: 'D'."
    )  # fmt: skip


def test_rule_of_a_block_that_is_tried_after_another_says_so(tmp_path: Path) -> None:
    text = "Variable,Block,Where,Expression\nADT,RELW1,AVAL == 1,A\nADT,RELW1,,B\nADT,,AVAL == 0,C\n"
    parameters = ADAM["adam/Parameters.csv"].replace(",ADSL.RANDDT,", ",,")
    changes = {"adam/mapping/ADIRAE.csv": text, "adam/Parameters.csv": parameters}
    assert method_texts(spec_of(tmp_path, "adam", changes))["ADIRAE", "ADT"].description == (
        "In RELW1 records, where AVAL is 1: A. In RELW1 records otherwise: B. Else, where AVAL is 0: C."
    )


def test_or_within_and_is_bracketed_both_ways() -> None:
    assert in_words(parse("A == 1 or B == 2 and C < 3")) == "A is 1 or (B is 2 and C < 3)"


SUMMARY = {
    "adam/Sources.csv": "Dataset,Block,From,Where,Expand,One Per,Order,Pick\nADSL,,DM,,,,,\n"
    'ADIRAE,MEAN,EVENTS,,,"PARAMCD, AGE",,distinct\n'
    'ADIRAE,DAYS,DM,ADT > RANDDT,"ADT in dates(RANDDT, RANDDT + LIMIT, every=2), AGE in values(1, 2)",,,\n'
    'ADIRAE,SEEN,DM,,"(AVAL, ADT) in values(FAAE.FADY, FAAE.FADY, where=FAAE.FADY > AGE)",AVAL,desc(ADT),last\n',
    "adam/Parameters.csv": "Dataset,PARAMCD,PARAM,Group,From,Where,Keep\n"
    "ADIRAE,RELW1,Relieved,EVENTS,ADSL,AGE > LIMIT,AGE\n"
    "ADIRAE,RELW2,Relieved 2,EVENTS,ADSL,,AGE\n",
    "adam/mapping/ADIRAE.csv": "Variable,Block,Expression\nAVALC,MEAN,text(mean(EVENTS.AVAL))\nAVALC,DAYS,'D'\n"
    "AVALC,SEEN,'S'\nADT,EVENTS,RANDDT\nADT,RELW2,RANDDT + 1\n",
}


def test_records_of_a_block_are_said_where_a_rule_is_for_them(tmp_path: Path) -> None:
    found = method_texts(spec_of(tmp_path, "adam", SUMMARY))["ADIRAE", "AVALC"]
    assert found.description == (
        "In MEAN records: the text of (the mean of EVENTS.AVAL). In DAYS records: 'D'. In SEEN records: 'S'.\n"
        "MEAN has the rows of EVENTS, one record per PARAMCD and AGE.\n"
        "DAYS has the rows of DM where ADT > RANDDT, one record for each ADT from RANDDT to (RANDDT + LIMIT) in steps"
        " of 2 and AGE = 1 or 2.\n"
        "SEEN has the rows of DM, one record for each different AVAL and ADT of FAAE.FADY and FAAE.FADY where"
        " FAAE.FADY > AGE, the last one per AVAL ordered by ADT descending.\n"
        "EVENTS stands for RELW1 and RELW2.\nLIMIT is 2."
    )
    formal = found.expression.splitlines()
    assert "MEAN: rows of EVENTS one per PARAMCD, AGE the distinct one" in formal
    assert "EVENTS: RELW1, RELW2" in formal


def test_rule_for_a_group_is_one_for_each_of_its_parameters(tmp_path: Path) -> None:
    found = method_texts(spec_of(tmp_path, "adam", SUMMARY))
    assert found["ADIRAE", "ADT"].description == ("In RELW2 records: RANDDT + 1. In RELW1 records: RANDDT.")
