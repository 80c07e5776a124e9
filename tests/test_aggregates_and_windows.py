"""Aggregates over a table or the own records, and windows over a dataset or a block."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_study import Ran, faults, filled, rules, sdtm, value

A = "SUBJ,K,LIM\n1,x,2\n1,y,9\n2,x,2\n3,x,2\n"
B = "SUBJ,K,V,D,T\n1,x,1,2024-01-05,b\n1,x,3,2024-01-02,a\n1,y,2,2024-01-09,a\n2,x,,2024-02-01,c\n2,y,5,,c\n"


def agg(folder: Path, expression: str) -> list[object]:
    """The expression in the records of A (subjects 1, 1, 2, 3), over raw_b."""
    return value(folder, A, expression, b=B)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("count(raw_b)", [3, 3, 2, 0]),
        ("count(raw_b.V)", [3, 3, 1, 0]),
        ("count_distinct(raw_b.T)", [2, 2, 1, 0]),
        ("sum(number(raw_b.V))", [6, 6, 5, None]),
        ("mean(number(raw_b.V))", [2, 2, 5, None]),
        ("min(number(raw_b.V))", [1, 1, 5, None]),
        ("max(number(raw_b.V))", [3, 3, 5, None]),
        ("any(raw_b.V == '3')", [True, True, False, False]),
        ("all(raw_b.V != '3')", [False, False, True, True]),
        ("first(raw_b.V, order=raw_b.D)", ["3", "3", "5", None]),  # missing D sorts first
        ("last(raw_b.V, order=raw_b.D)", ["2", "2", None, None]),  # the picked row, even if its V is missing
        ("last(raw_b.V, order=raw_b.D, where=not missing(raw_b.V))", ["2", "2", "5", None]),
        ("first(raw_b.V, order=desc(raw_b.D))", ["2", "2", None, None]),
        ("only(raw_b.T, where=raw_b.K == 'y')", ["a", "a", "c", None]),
        ("covered_days(number(raw_b.V), number(raw_b.V) + 1)", [4, 4, 2, None]),  # days 1-2, 3-4, 2-3
        ("count(raw_b, subjects='all')", [5, 5, 5, 5]),
        ("max(number(raw_b.V), subjects='all')", [5, 5, 5, 5]),
    ],
)
def test_aggregate_over_a_table(tmp_path: Path, expression: str, expected: list[object]) -> None:
    if expression.startswith(("any", "all")):
        expression, expected = f"yn({expression})", ["Y" if held else "N" for held in expected]
    assert agg(tmp_path, expression) == expected


S = "SUBJ,K,F,T\n1,x,10.9,12.1\n1,x,20,19\n1,y,30,\n2,x,7.9,7.1\n3,y,50,40\n3,x,48,40\n"


def test_covered_days_are_whole_days(tmp_path: Path) -> None:
    # subject 1: 10 to 12, one reversed, one open; 2: one day, whatever the times; 3: none that counts
    assert value(tmp_path, A, "covered_days(number(raw_b.F), number(raw_b.T))", b=S) == [3, 3, 1, None]


def test_an_interval_that_ends_before_it_starts_is_told_with_its_days(tmp_path: Path) -> None:
    found = filled(tmp_path, A, "_X | covered_days(number(raw_b.F), number(raw_b.T))", b=S)
    columns = ("Kind", "Severity", "Variable", "USUBJID", "Row", "Column", "Value")
    told = [("end_before_start", "warning", "_X", who, row, "raw_b.F | raw_b.T", days) for who, row, days in
            (("1", 2, "1960-01-21 | 1960-01-20"), ("1", 3, "1960-01-21 | 1960-01-20"),
             ("3", 5, "1960-02-18 | 1960-02-10"))]  # fmt: skip
    assert found.issues(*columns) == told


def test_where_leaves_out_what_is_told(tmp_path: Path) -> None:
    rule = "covered_days(number(raw_b.F), number(raw_b.T), where=number(raw_b.T) >= number(raw_b.F))"
    assert filled(tmp_path, A, f"_X | {rule}", b=S).issues("Kind") == []


def test_an_interval_of_the_own_records_and_one_with_an_end_of_the_record_are_told(tmp_path: Path) -> None:
    own = filled(tmp_path, S, "_F | number(F)", "_T | number(T)", "_X | covered_days(_F, _T, by=K)")
    assert own.issues("USUBJID", "Row", "Value") == [
        ("1", 2, "1960-01-21 | 1960-01-20"), ("1", 3, "1960-01-21 | 1960-01-20"),
        ("3", 6, "1960-02-20 | 1960-02-10"), ("3", 7, "1960-02-18 | 1960-02-10"),
    ]  # fmt: skip
    outer = filled(tmp_path / "o", A, "_X | covered_days(number(raw_b.F), number(LIM), by=K)", b=S)
    assert outer.issues("USUBJID", "Row", "Value") == [
        ("1", 2, "1960-01-11 | 1960-01-03"), ("1", 3, "1960-01-31 | 1960-01-10"), ("2", 4, "1960-01-08 | 1960-01-03"),
        ("3", 5, "1960-02-18 | 1960-01-03"),
    ]  # fmt: skip


def test_covered_days_of_moments_is_an_error(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: value(tmp_path, A, "covered_days(0, 2025167400)"))
    assert "covered_days counts days since 1960-01-01, but 2025167400 is none" in found[0]


def test_by_adds_to_the_subject(tmp_path: Path) -> None:
    assert agg(tmp_path, "sum(number(raw_b.V), by=K)") == [4, 2, None, None]


def test_condition_on_both_rows(tmp_path: Path) -> None:
    # LIM is 2, 9, 2, 2: rows of raw_b of the subject with a smaller V
    assert agg(tmp_path, "count(raw_b.V, where=number(raw_b.V) < number(LIM))") == [1, 3, 0, 0]


def test_range_on_both_rows_picks_the_last_before(tmp_path: Path) -> None:
    found = agg(tmp_path, "last(raw_b.V, order=(number(raw_b.V), raw_b.D), where=number(raw_b.V) <= number(LIM))")
    assert found == ["2", "3", None, None]


def test_condition_on_the_value_of_an_aggregate(tmp_path: Path) -> None:
    assert agg(tmp_path, "yn(any(number(raw_b.V) > number(LIM)))") == ["Y", "N", "Y", "N"]


def test_part_of_where_without_a_column_of_the_table_is_an_error(tmp_path: Path) -> None:
    assert (
        "names no column of raw_b"
        in faults(tmp_path, lambda: agg(tmp_path, "count(raw_b, where=K == 'x' and raw_b.T == 'a')"))[0]
    )


def test_only_with_two_values_names_the_subject_and_both(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: agg(tmp_path, "only(raw_b.T)"))
    assert "raw_b, subject '1': only() found two values" in found[0]
    assert "'b'" in found[0] and "'a'" in found[0]


def test_first_of_rows_that_tie_with_different_values_is_an_error(tmp_path: Path) -> None:
    assert "subject '1'" in faults(tmp_path, lambda: agg(tmp_path, "first(raw_b.V, order=raw_b.K)"))[0]


def test_first_of_rows_that_tie_with_one_value_is_that_value(tmp_path: Path) -> None:
    assert agg(tmp_path, "first(raw_b.SUBJ, order=raw_b.T)") == ["1", "1", "2", None]


def test_several_columns_of_several_tables_in_max(tmp_path: Path) -> None:
    c = "SUBJ,W\n1,2\n3,7\n"
    assert value(tmp_path, A, "max(number(raw_b.V), number(raw_c.W))", b=B, c=c) == [3, 3, 5, 7]


def test_several_bare_names_in_max_suggest_greatest(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: filled(tmp_path, A, "_P | 1", "_Q | 2", "_X | max(_P, _Q)"))
    assert "greatest" in found[0]


def test_two_many_row_tables_in_one_aggregate_are_an_error(tmp_path: Path) -> None:
    work = lambda: value(tmp_path, A, "count(raw_b, where=raw_b.V == raw_c.V)", b=B, c=B)  # noqa: E731
    assert "raw_c may have several rows per subject" in faults(tmp_path, work)[0]


OWN = "SUBJ,N,G,P,REC\n1,2,g,b,1\n1,1,g,a,2\n1,3,h,c,3\n2,5,g,,4\n2,4,g,z,5\n"


def own(folder: Path, *rows: str) -> Ran:
    return filled(folder, OWN, "_N | number(N)", "_G | G", "_P | P", "_R | number(REC)", *rows)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("max(_N)", [3, 3, 3, 5, 5]),
        ("sum(_N, by=_G)", [3, 3, 3, 9, 9]),
        ("last(_P, order=_N)", ["c", "c", "c", None, None]),
        ("first(_P, order=_N, where=_G == 'h')", ["c", "c", "c", None, None]),
        ("count(_P)", [3, 3, 3, 1, 1]),
        ("max(_N, subjects='all')", [5, 5, 5, 5, 5]),
        ("row_number(order=_N)", [2, 1, 3, 2, 1]),
        ("row_number(order=desc(_N))", [2, 3, 1, 1, 2]),
        ("row_number(by=_G, order=_N)", [2, 1, 1, 2, 1]),
        ("row_number(order=_P)", [2, 1, 3, 1, 2]),  # missing sorts first
        ("row_number(order=_N, where=_N > 1)", [1, None, 2, 2, 1]),
        ("row_number(order=_N, subjects='all')", [2, 1, 3, 5, 4]),
        ("lag(_P, order=_N)", ["a", None, "b", "z", None]),
        ("lead(_P, order=_N)", ["c", "b", None, None, None]),
        ("lag(_N, order=_N, where=_G == 'g')", [1, None, 2, 4, None]),
        ("yn(is_first(order=_N))", ["N", "Y", "N", "N", "Y"]),
        ("yn(is_last(by=_G, order=_N))", ["Y", "N", "Y", "Y", "N"]),
        ("yn(is_last(order=_N, where=_N < 3))", ["Y", "N", "N", "N", "N"]),
        ("yn(is_last(order=_P, where=missing(_P)))", ["N", "N", "N", "Y", "N"]),
    ],
)
def test_over_the_own_records(tmp_path: Path, expression: str, expected: list[object]) -> None:
    assert own(tmp_path, f"_X | {expression}").values("_X") == expected


def test_texts_sort_by_code_point(tmp_path: Path) -> None:
    a = "SUBJ,P\n1,b\n1,B\n1,é\n1,_\n1,10\n1,9\n"
    # U+0031 '1', U+0039 '9', U+0042 'B', U+005F '_', U+0062 'b', U+00E9
    assert filled(tmp_path, a, "_P | P", "_X | row_number(order=_P)").values("_X") == [5, 3, 6, 4, 1, 2]


def test_row_number_of_tied_records_is_an_error_that_names_the_subject(tmp_path: Path) -> None:
    assert "subject '1'" in faults(tmp_path, lambda: own(tmp_path, "_X | row_number(order=_G)"))[0]


def test_ties_away_from_the_end_do_not_matter_to_is_last(tmp_path: Path) -> None:
    assert filled(tmp_path, "SUBJ,N,I\n1,1,a\n1,1,b\n1,2,c\n", "_N | number(N)", "_X | yn(is_last(order=_N))").values(
        "_X"
    ) == ["N", "N", "Y"]
    found = faults(
        tmp_path / "2",
        lambda: filled(
            tmp_path / "2", "SUBJ,N,I\n1,1,a\n1,1,b\n1,2,c\n", "_N | number(N)", "_X | yn(is_first(order=_N))"
        ),
    )
    assert "is_first cannot tell two records apart" in found[0]


def test_lag_of_tied_records_needs_one_value(tmp_path: Path) -> None:
    a = "SUBJ,N,P,I\n1,1,same,a\n1,1,same,b\n1,2,z,c\n"
    assert filled(tmp_path, a, "_N | number(N)", "_P | P", "_X | lag(_P, order=_N)").values("_X") == [
        None,
        None,
        "same",
    ]
    b = a.replace("1,1,same,b", "1,1,other,b")
    found = faults(
        tmp_path / "2", lambda: filled(tmp_path / "2", b, "_N | number(N)", "_P | P", "_X | lag(_P, order=_N)")
    )
    assert "lag finds two records that tie" in found[0]


BLOCKS = {
    "raw/a.csv": "SUBJ,N\n1,1\n1,2\n",
    "raw/b.csv": "SUBJ,N\n1,3\n1,0\n",
    "sdtm/Tables.csv": "Table,File,Subject\nraw_a,a.csv,SUBJ\nraw_b,b.csv,SUBJ\n",
    "sdtm/Sources.csv": "Dataset,Block,From\nZZ,a,raw_a\nZZ,b,raw_b\n",
}


def test_window_in_a_row_with_block_ranges_over_that_block(tmp_path: Path) -> None:
    mapping = rules("_N | number(N)", "_X | a | | | row_number(order=_N)", "_X | row_number(order=_N)")
    ran = sdtm(tmp_path, {**BLOCKS, "sdtm/mapping/ZZ.csv": mapping})
    assert ran.values("_X", block="a") == [1, 2]  # of its own block
    assert ran.values("_X", block="b") == [4, 1]  # of the dataset: 0, 1, 2, 3


def test_aggregate_over_one_block(tmp_path: Path) -> None:
    mapping = rules("_N | number(N)", "_X | max(a._N)", "_Y | max(_N)")
    ran = sdtm(tmp_path, {**BLOCKS, "sdtm/mapping/ZZ.csv": mapping})
    assert (ran.values("_X"), ran.values("_Y")) == ([2, 2, 2, 2], [3, 3, 3, 3])


def test_sequence_follows_keys_and_breaks_ties_by_source(tmp_path: Path) -> None:
    files = {
        "raw/a.csv": "SUBJ,T,D,I\n1,b,2,1\n1,a,9,2\n1,b,1,3\n2,b,1,4\n1,a,9,5\n",
        "sdtm/Datasets.csv": 'Dataset,Key Variables\nAE,"USUBJID, AETERM, AESTDTC, AESEQ"\n',
        "sdtm/Variables.csv": "Dataset,Variable,Mandatory\nAE,USUBJID,\nAE,AESEQ,\nAE,AETERM,\nAE,AESTDTC,\n",
        "sdtm/Sources.csv": "Dataset,Block,From\nAE,a,raw_a\n",
        "sdtm/mapping/AE.csv": "Variable,Expression\nAETERM,T\n"
        "AESTDTC,\"iso8601('202' + D, '01', '01')\"\nAESEQ,sequence()\n",
    }
    assert sdtm(tmp_path, files).values("AESEQ", "AE") == [4, 1, 3, 1, 2]


def test_datasets_may_refer_to_each_other(tmp_path: Path) -> None:
    files = {
        "raw/a.csv": "SUBJ,N\n1,5\n2,7\n",
        "raw/b.csv": "SUBJ,M\n1,6\n1,3\n",
        "sdtm/Tables.csv": "Table,File,Subject\nraw_a,a.csv,SUBJ\nraw_b,b.csv,SUBJ\n",
        "sdtm/Datasets.csv": "Dataset,Label,Class,Structure,Key Variables\n"
        'ZZ,Test,FINDINGS,One record per subject,USUBJID\nYY,Test,FINDINGS,One record per row,"USUBJID, YYSEQ"\n',
        "sdtm/Variables.csv": "Dataset,Variable,Label,Data Type,Mandatory\nZZ,USUBJID,Subject,text,No\n"
        "YY,USUBJID,Subject,text,No\nYY,YYSEQ,Sequence,integer,No\n",
        "sdtm/Sources.csv": "Dataset,Block,From\nZZ,a,raw_a\nYY,b,raw_b\n",
        "sdtm/mapping/ZZ.csv": rules("_N | number(N)", "_MOST | max(YY._M)", "_SUM | sum(YY._D)"),
        "sdtm/mapping/YY.csv": rules("_M | number(M)", "_D | _M - ZZ._N", "_TOP | yn(_M == ZZ._MOST)"),
    }
    ran = sdtm(tmp_path, files)
    assert ran.values("_MOST") == [6, None]
    assert ran.values("_D", "YY") == [1, -2]
    assert ran.values("_TOP", "YY") == ["Y", "N"]
    assert ran.values("_SUM") == [-1, None]


@pytest.mark.parametrize("shift", ["lag", "lead"])
@pytest.mark.parametrize("values", ["xyy", "yxy", "yyx"])
def test_one_of_three_nearest_records_that_tie_may_not_differ(tmp_path: Path, shift: str, values: str) -> None:
    rows = "".join(f"1,1,{letter},{number}\n" for number, letter in enumerate(values))
    other = 0 if shift == "lead" else 2
    table = f"SUBJ,N,V,R\n{rows}1,{other},z,9\n"
    found = faults(tmp_path, lambda: value(tmp_path, table, f"{shift}(V, order=number(N))"))
    assert f"{shift} finds two records that tie on order= and have different values" in found[0]


def test_record_that_ties_with_this_one_is_neither_before_nor_behind_it(tmp_path: Path) -> None:
    rows = "SUBJ,N,V\n1,1,x\n1,2,y\n1,2,z\n"
    assert value(tmp_path / "lag", rows, "lag(V, order=number(N))") == [None, "x", "x"]
    assert value(tmp_path / "lead", rows.replace("2", "0"), "lead(V, order=number(N))") == [None, "x", "x"]
