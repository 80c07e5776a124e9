"""Which records a dataset has, and which rule fills each: Sources, Tests, Joins, precedence of Mapping."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_study import Ran, faults, filled, rules, sdtm

A = "SUBJ,N,C\n1,1,x\n1,2,y\n2,3,x\n2,4,\n"


def made(folder: Path, head: str, *sources: str, a: str = A, mapping: str = "", **more: str) -> Ran:
    files = {
        "raw/a.csv": a,
        "sdtm/Sources.csv": "\n".join([head, *sources]) + "\n",
        "sdtm/mapping/ZZ.csv": mapping or rules("_N | N"),
        **more,
    }
    return sdtm(folder, files)


# --- Where, Expand, One Per -----------------------------------------------------------------------------


def test_where_uses_source_columns_and_own_variables(tmp_path: Path) -> None:
    mapping = rules("_N | N", "_BIG | number(N) > 2")
    ran = made(
        tmp_path,
        "Dataset,Block,From,Where",
        "ZZ,a,raw_a,C == 'x' and _BIG",
        "none,b,raw_a,not (C == 'x' and number(N) > 2)",
        mapping=mapping,
    )
    assert ran.values("_N") == ["3"]


def test_row_that_reaches_no_dataset_is_an_error(tmp_path: Path) -> None:
    ran = made(tmp_path, "Dataset,Block,From,Where", "ZZ,a,raw_a,C == 'x'")
    found = faults(tmp_path, ran.ledger)
    assert "2 rows of a.csv reach no dataset (lines 3, 5)" in found[0]


def test_none_row_accounts_for_rows_left_out_on_purpose(tmp_path: Path) -> None:
    ran = made(tmp_path, "Dataset,Block,From,Where", "ZZ,a,raw_a,C == 'x'", "none,b,raw_a,C != 'x'")
    found = {line[1:4]: line[4] for line in ran.ledger()}
    assert found["", "", "rows read"] == 4
    assert (found["ZZ", "a", "rows used"], found["ZZ", "a", "left out: Where: C == 'x'"]) == (2, 2)
    assert found["", "", "unaccounted"] == 0


def test_expand_dates_gives_a_record_per_day_and_drops_backward_ranges(tmp_path: Path) -> None:
    days = "SUBJ,N,FROM,TO\n1,1,10,12\n1,2,31,31\n2,3,5,4\n2,4,,9\n"
    source = 'ZZ,a,raw_a,"_ADT in dates(number(FROM), number(TO))"'
    ran = made(tmp_path, "Dataset,Block,From,Expand", source, a=days, mapping=rules("_N | N", "_DAY | _ADT"))
    assert ran.values("_N") == ["1", "1", "1", "2"]
    assert ran.values("_DAY") == [10.0, 11.0, 12.0, 31.0]
    assert ("raw_a", "ZZ", "a", "left out: Expand", 2) in ran.ledger()


def test_expand_every_second_day(tmp_path: Path) -> None:
    source = 'ZZ,a,raw_a,"_D in dates(number(N), 6, every=2)"'
    ran = made(tmp_path, "Dataset,Block,From,Expand", source, mapping=rules("_N | N", "_T | _D"))
    assert list(zip(ran.values("_N"), ran.values("_T"))) == [
        ("1", 1.0), ("1", 3.0), ("1", 5.0), ("2", 2.0), ("2", 4.0), ("2", 6.0),
        ("3", 3.0), ("3", 5.0), ("4", 4.0), ("4", 6.0),
    ]  # fmt: skip


@pytest.mark.parametrize("every", ["number(C)", "0", "-1"])
def test_expand_without_a_step_is_an_error_that_names_the_row(tmp_path: Path, every: str) -> None:
    source = f'ZZ,a,raw_a,"_D in dates(number(N), 6, every={every})"'
    (found,) = faults(tmp_path, lambda: made(tmp_path, "Dataset,Block,From,Expand", source))
    assert "every= is" in found and "of subject '1' (a.csv line 2); it must be more than 0" in found


@pytest.mark.parametrize("every", ["1 / 3", "0.1", "2 / 7"])
def test_expand_reaches_an_end_that_lies_on_a_step(tmp_path: Path, every: str) -> None:
    """0.1 * 3 is no exact number: the last step is counted by the digits on which numbers compare."""
    source = f'ZZ,a,raw_a,"_D in dates(0, 30 * ({every}), every={every})"'
    ran = made(tmp_path, "Dataset,Block,From,Expand", source, a="SUBJ,N,C\n1,1,x\n", mapping=rules("_T | _D"))
    assert len(ran.values("_T")) == 31


def test_expand_values_gives_a_record_per_value(tmp_path: Path) -> None:
    ran = made(
        tmp_path,
        "Dataset,Block,From,Where,Expand",
        "ZZ,a,raw_a,N == '1',\"_W in values('p', 'q')\"",
        "none,n,raw_a,N != '1',",
        mapping=rules("_V | _W"),
    )
    assert ran.values("_V") == ["p", "q"]


ONE = "Dataset,Block,From,One Per,Order,Pick"


def test_one_per_keeps_the_first_and_merges_the_rest(tmp_path: Path) -> None:
    ran = made(tmp_path, ONE, "ZZ,a,raw_a,USUBJID,number(N),")
    assert ran.values("_N") == ["1", "3"]
    assert ("raw_a", "ZZ", "a", "left out: merged (One Per)", 2) in ran.ledger()


def test_one_per_keeps_the_last(tmp_path: Path) -> None:
    assert made(tmp_path, ONE, "ZZ,a,raw_a,USUBJID,number(N),last").values("_N") == ["2", "4"]


def test_one_per_is_within_the_subject(tmp_path: Path) -> None:
    assert made(tmp_path, ONE, "ZZ,a,raw_a,C,number(N),").values("_N") == ["1", "2", "3", "4"]


def test_one_per_tie_on_order_is_an_error_that_names_both_lines(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: made(tmp_path, ONE, "ZZ,a,raw_a,USUBJID,SUBJ,"))
    assert "two rows claim one record of subject '1' (a.csv lines 2 and 3)" in found[0]


def test_one_per_of_two_rows_without_order_is_an_error(tmp_path: Path) -> None:
    assert "distinct" in faults(tmp_path, lambda: made(tmp_path, ONE, "ZZ,a,raw_a,USUBJID,,"))[0]


def test_distinct_gives_one_record_per_key(tmp_path: Path) -> None:
    mapping = rules("_S | SUBJ")
    assert made(tmp_path, ONE, "ZZ,a,raw_a,USUBJID,,distinct", mapping=mapping).values("_S") == ["1", "2"]


def test_distinct_takes_no_value_in_which_the_rows_differ(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: made(tmp_path, ONE, "ZZ,a,raw_a,USUBJID,,distinct"))
    assert found == [
        "sdtm/mapping/ZZ.csv:2 [Expression] raw_a.N differs between rows that One Per (Pick distinct) makes one:"
        " '1' and '2' for the row of raw_a for ZZ of subject '1' (a.csv line 3); add it to One Per, aggregate it, or"
        " give Order and Pick"
    ]


def test_keep_copies_variables_of_the_source_block(tmp_path: Path) -> None:
    ran = made(tmp_path, "Dataset,Block,From,Where,Keep", "ZZ,a,raw_a,,", "ZZ,b,a,a._N == '3',_N")
    assert ran.values("_N", block="b") == ["3"]
    assert ran.values("USUBJID", block="b") == ["2"]


# --- Tests ----------------------------------------------------------------------------------------------

FINDINGS = {
    "sdtm/Datasets.csv": 'Dataset,Key Variables\nVS,"USUBJID, VSTESTCD, VSSEQ"\n',
    "sdtm/Variables.csv": "Dataset,Variable,Codelist,Mandatory\nVS,USUBJID,,\nVS,VSSEQ,,\n"
    "VS,VSTESTCD,none,\nVS,VSTEST,none,\nVS,VSORRES,none,\nVS,VSORRESU,none,\n",
}


def test_long_tests_take_code_and_name_from_the_collected_code(tmp_path: Path) -> None:
    files = {
        **FINDINGS,
        "raw/a.csv": "SUBJ,CODE,RES\n1,wt,70\n1,HT,180\n1,zz,5\n1,,6\n",
        "sdtm/Sources.csv": "Dataset,Block,From,Tests\nVS,a,raw_a,CODE\n",
        "sdtm/Tests.csv": "Dataset,Block,Collected,Test Code,Test\nVS,a,WT; KG,WEIGHT,Weight\nVS,a,HT,HEIGHT,Height\n",
        "sdtm/mapping/VS.csv": "Variable,Expression\nVSORRES,RES\nVSSEQ,sequence()\n",
    }
    ran = sdtm(tmp_path, files)
    assert ran.values("VSTESTCD", "VS") == ["WEIGHT", "HEIGHT"]
    assert ran.values("VSTEST", "VS") == ["Weight", "Height"]
    assert ran.issues("Kind", "Row", "Column", "Value") == [
        ("test_not_mapped", 4, "CODE", "zz"), ("test_not_mapped", 5, "CODE", ""),
    ]  # fmt: skip
    assert ("raw_a", "VS", "a", "left out: no row in Tests", 2) in ran.ledger()


def test_row_of_tests_with_a_where_comes_before_the_one_without(tmp_path: Path) -> None:
    files = {
        **FINDINGS,
        "raw/a.csv": "SUBJ,CODE,POS,RES\n1,BP,up,120\n1,BP,,130\n",
        "sdtm/Sources.csv": "Dataset,Block,From,Tests\nVS,a,raw_a,CODE\n",
        "sdtm/Tests.csv": "Dataset,Block,Collected,Where,Test Code,Test\n"
        "VS,a,BP,,SYSBP,Systolic Blood Pressure\nVS,a,BP,POS == 'up',BPUP,Up\n",
        "sdtm/mapping/VS.csv": "Variable,Expression\nVSORRES,RES\nVSSEQ,sequence()\n",
    }
    assert sdtm(tmp_path, files).values("VSTESTCD", "VS") == ["BPUP", "SYSBP"]


def test_wide_tests_give_a_record_where_an_expression_has_a_value(tmp_path: Path) -> None:
    files = {
        **FINDINGS,
        "raw/a.csv": "SUBJ,WT,HT,U\n1,70,180,kg\n2,,175,\n3,,,\n",
        "sdtm/Sources.csv": "Dataset,Block,From\nVS,a,raw_a\n",
        "sdtm/Tests.csv": "Dataset,Block,Test Code,Test,--ORRES,--ORRESU\n"
        "VS,a,WEIGHT,Weight,WT,U\nVS,a,HEIGHT,Height,HT,\n",
        "sdtm/mapping/VS.csv": "Variable,Expression\nVSSEQ,sequence()\n",
    }
    ran = sdtm(tmp_path, files)
    found = list(zip(*(ran.values(name, "VS") for name in ("USUBJID", "VSTESTCD", "VSORRES", "VSORRESU"))))
    assert found == [("1", "WEIGHT", "70", "kg"), ("1", "HEIGHT", "180", None), ("2", "HEIGHT", "175", None)]
    assert ("raw_a", "VS", "a", "rows used", 2) in ran.ledger()
    assert ("raw_a", "VS", "a", "left out: no result", 1) in ran.ledger()


# --- precedence -----------------------------------------------------------------------------------------


def test_block_comes_before_order_before_where(tmp_path: Path) -> None:
    mapping = rules(
        "_X | | 2 | | 'order 2'", "_X | | 1 | N == '1' | 'order 1'", "_X | a | | N == '2' | 'block'",
        "_Y | N == '3' | 'where'", "_Y | 'rest'",
    )  # fmt: skip
    ran = made(tmp_path, "Dataset,Block,From", "ZZ,a,raw_a", mapping=mapping)
    assert ran.values("_X") == ["order 1", "block", "order 2", "order 2"]
    assert ran.values("_Y") == ["rest", "rest", "where", "rest"]


def test_row_order_of_mapping_does_not_matter(tmp_path: Path) -> None:
    given = [
        "_X | | 2 | | 'order 2'",
        "_X | | 1 | N == '1' | 'order 1'",
        "_X | a | | N == '2' | 'block'",
    ]
    one = made(tmp_path / "1", "Dataset,Block,From", "ZZ,a,raw_a", mapping=rules(*given)).values("_X")
    other = made(tmp_path / "2", "Dataset,Block,From", "ZZ,a,raw_a", mapping=rules(*reversed(given))).values("_X")
    assert one == other


def test_two_rules_of_equal_rank_that_claim_a_record_are_an_error(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: filled(tmp_path, A, "_X | C == 'x' | 1", "_X | N == '3' | 2"))
    assert found == [
        "sdtm/mapping/ZZ.csv:3 [Expression] _X: this rule and the one at sdtm/mapping/ZZ.csv:2 both claim the ZZ record"
        " of subject '2' (a.csv line 4); give one of them an Order or a narrower Where"
    ]


def test_three_rules_of_equal_rank_name_the_one_that_claimed_the_record(tmp_path: Path) -> None:
    work = lambda: filled(tmp_path, A, "_X | N == '1' | 1", "_X | N == '2' | 2", "_X | SUBJ == '1' and C == 'y' | 3")  # noqa: E731
    assert "and the one at sdtm/mapping/ZZ.csv:3 both claim" in faults(tmp_path, work)[0]


def test_two_rules_of_equal_rank_that_claim_a_row_before_it_is_a_record_are_an_error(tmp_path: Path) -> None:
    mapping = rules("_X | C == 'x' | 1", "_X | N == '3' | 2")
    found = faults(tmp_path, lambda: made(tmp_path, "Dataset,Block,From,Where", "ZZ,a,raw_a,_X > 0", mapping=mapping))
    assert found == [
        "sdtm/mapping/ZZ.csv:3 [Expression] _X: this rule and the one at sdtm/mapping/ZZ.csv:2 both claim the row of"
        " raw_a for ZZ of subject '2' (a.csv line 4); give one of them an Order or a narrower Where"
    ]


def test_rules_before_there_are_records_have_the_precedence_of_records(tmp_path: Path) -> None:
    mapping = rules("_X | | 1 | N == '3' | 1", "_X | | 2 | C == 'x' | 2", "_X | | 2 | SUBJ == '2' | 3")
    sources = ["ZZ,a,raw_a,_X >= 1", "none,b,raw_a,N == '2'"]
    assert made(tmp_path, "Dataset,Block,From,Where", *sources, mapping=mapping).values("_X") == [2, 1, 3]


def test_rules_of_equal_rank_may_overlap_where_a_better_rule_took_the_record(tmp_path: Path) -> None:
    ran = filled(tmp_path, A, "_X | | 1 | N == '3' | 1", "_X | | 2 | C == 'x' | 2", "_X | | 2 | SUBJ == '2' | 3")
    assert ran.values("_X") == [2.0, None, 1.0, 3.0]


def test_records_that_no_rule_claims_are_missing(tmp_path: Path) -> None:
    assert filled(tmp_path, A, "_X | C == 'y' | 'only here'").values("_X") == [None, "only here", None, None]


# --- joins ----------------------------------------------------------------------------------------------

B = "SUBJ,K,V,W\n1,x,one,1\n1,y,two,2\n1,y,three,3\n2,x,four,4\n"


def joined(folder: Path, join: str, *rows: str, b: str = B) -> Ran:
    files = {
        "raw/a.csv": A,
        "raw/b.csv": b,
        "sdtm/Tables.csv": "Table,File,Subject\nraw_a,a.csv,SUBJ\nraw_b,b.csv,SUBJ\n",
        "sdtm/Joins.csv": "Dataset,Name,From,By,Where,Order,Pick\n" + join + "\n",
        "sdtm/mapping/ZZ.csv": rules(*rows),
    }
    return sdtm(folder, files)


def test_join_picks_by_where_order_and_pick(tmp_path: Path) -> None:
    ran = joined(tmp_path, "ZZ,J,raw_b,,raw_b.K == C,number(raw_b.W),last", "_V | J.V", "_E | yn(exists(J))")
    assert ran.values("_V") == ["one", "three", "four", None]
    assert ran.values("_E") == ["Y", "Y", "Y", "N"]


def test_join_by_uses_columns_of_both(tmp_path: Path) -> None:
    b = B.replace("SUBJ,K", "SUBJ,C")
    ran = joined(tmp_path, "ZZ,J,raw_b,C,,number(raw_b.W),first", "_V | J.V", b=b)
    assert ran.values("_V") == ["one", "two", "four", None]


def test_join_with_two_matches_and_no_order_names_the_key(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: joined(tmp_path, "ZZ,J,raw_b,,raw_b.K == C,,", "_V | J.V"))
    assert "subject '1', K 'y' has two matching rows of raw_b (b.csv lines 3 and 4)" in found[0]
    assert found[0].startswith("sdtm/Joins.csv:2")


def test_join_tie_on_order_is_an_error(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: joined(tmp_path, "ZZ,J,raw_b,,raw_b.K == C,raw_b.K,last", "_V | J.V"))
    assert "b.csv lines 3 and 4" in found[0]


def test_join_adds_no_records_and_no_lines_to_the_ledger(tmp_path: Path) -> None:
    ran = joined(tmp_path, "ZZ,J,raw_b,,raw_b.K == C,number(raw_b.W),last", "_V | J.V")
    assert ran.values("USUBJID") == ["1", "1", "2", "2"]
    assert ("raw_b", "", "", "rows read through joins and aggregates only", 4) in ran.ledger()


def test_missing_key_joins_nothing(tmp_path: Path) -> None:
    ran = joined(tmp_path, "ZZ,J,raw_b,,raw_b.K == C,,", "_V | J.V", b="SUBJ,K,V,W\n2,,blank,1\n2,x,full,2\n")
    assert ran.values("_V") == [None, None, "full", None]
