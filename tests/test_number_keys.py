"""Equal numbers as keys: whole ones exactly, others on 10 significant digits, whatever the column is called."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_study import Ran, adam, filled

from engine import matching

B = "SUBJ,X,V\n1,{},hit\n1,7,other\n"


def found(folder: Path, a: str, b: str, name: str = "X") -> list[object]:
    rule = "_HIT | only(raw_b.V, where=number(raw_b.X) == _N)".replace("_N", f"_{name}")
    return filled(folder, f"SUBJ,N\n1,{a}\n", f"_{name} | number(N)", rule, b=B.format(b)).values("_HIT")


@pytest.mark.parametrize("name", ["X", "XDT", "XSEQ"])
def test_numbers_that_are_not_whole_are_equal_on_ten_digits(tmp_path: Path, name: str) -> None:
    assert found(tmp_path, "0.3", "0.30000000000000004", name) == ["hit"]
    assert found(tmp_path, "0.3", "0.3000001", name) == [None]


@pytest.mark.parametrize("name", ["X", "XDT", "XSEQ"])
def test_whole_numbers_are_equal_exactly(tmp_path: Path, name: str) -> None:
    assert found(tmp_path, "12345678901", "12345678901", name) == ["hit"]
    assert found(tmp_path, "12345678901", "12345678902", name) == [None]


def test_one_side_that_is_not_whole_compares_on_ten_digits(tmp_path: Path) -> None:
    assert found(tmp_path, "2", "2.00000000001") == ["hit"]


def test_missing_equals_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, "", "") == [None]


def test_whole_numbers_are_a_key_and_make_no_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand numbers on each side: pairs of all of them would be a million, keys give a thousand."""
    sizes: list[int] = []
    plain = matching.pairs

    def counted(*arguments: matching.Matched) -> object:
        sizes.append(len(arguments[0].residual))
        return plain(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("engine.aggregates.pairs", counted)
    numbers = "".join(f"1,{n}\n" for n in range(1000))
    ran = filled(tmp_path, f"SUBJ,N\n{numbers}", "_N | number(N)", "_HIT | count(where=number(raw_b.N) == _N)",
                 b=f"SUBJ,N\n{numbers}")  # fmt: skip
    assert ran.values("_HIT") == [1.0] * 1000
    assert sizes == []  # without a condition on both rows nothing is paired


# --- By, by=, One Per, Expand ---------------------------------------------------------------------------

# 0.1 + 0.2 is 0.30000000000000004, one value with 0.3; so it is to the language, whatever asks for equality
COMPUTED = "SUBJ,N,M,V\n1,0.1,0.2,a\n1,0.3,0,b\n1,0.1,0.3,c\n"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("count(V, by=_N)", [2, 2, 1]),
        ("row_number(by=_N, order=V)", [1, 2, 1]),
        ("count_distinct(_N)", [2, 2, 2]),
        ("only(_N, where=V != 'c') == 0.3", [True, True, True]),
    ],
)
def test_number_computed_in_two_ways_is_one_value_of_own_records(
    tmp_path: Path, expression: str, expected: list[object]
) -> None:
    assert filled(tmp_path, COMPUTED, "_N | number(N) + number(M)", f"_X | {expression}").values("_X") == expected


DECIMALS = {
    "adam/Datasets.csv": "Dataset,Label,Class,Structure,Key Variables\nADXX,Test,BASIC DATA STRUCTURE,One,USUBJID\n",
    "adam/Variables.csv": "Dataset,Variable,Label,Data Type,Mandatory\nADXX,USUBJID,,text,No\n",
    "adam/mapping/ADXX.csv": "Variable,Expression\nUSUBJID,AA.USUBJID\n_V,HIT.V\n_C,\"count(BB, by=N)\"\n_N,AA.N\n",
    "adam/Joins.csv": "Dataset,Name,From,By\nADXX,HIT,BB,N\n",
}


def decimals(folder: Path, a: str, b: str, source: str) -> Ran:
    tables = {"AA": f"USUBJID,n:N\n1,{a}\n", "BB": f"USUBJID,n:N,V\n1,{b}\n"}
    return adam(folder, tables, {**DECIMALS, "adam/Sources.csv": source})


@pytest.mark.parametrize(
    ("a", "b", "hit"),
    [
        ("0.3", "0.30000000000000004,hit", True),
        ("0.3", "0.3000001,hit", False),
        ("3", "3.0000000000000004,hit", True),
        ("12345678901.5", "12345678901.500002,hit", True),
        ("12345678901", "12345678902,hit", False),
        ("", ",hit", False),  # a missing value of By finds no row
    ],
)
def test_join_and_aggregate_by_a_number_compare_as_the_language_does(tmp_path: Path, a: str, b: str, hit: bool) -> None:
    ran = decimals(tmp_path, a, b, "Dataset,Block,From\nADXX,A,AA\n")
    assert (ran.values("_V", "ADXX"), ran.values("_C", "ADXX")) == (["hit" if hit else None], [1 if hit else 0])


def test_one_per_and_expand_make_one_record_of_a_number_computed_in_two_ways(tmp_path: Path) -> None:
    tables = "0.3,a\n1,0.30000000000000004,b\n1,0.4,c"
    one = "Dataset,Block,From,One Per,Order,Pick\nADXX,A,BB,N,V,last\n"
    files = {**DECIMALS, "adam/Joins.csv": "Dataset,Name,From\n", "adam/Sources.csv": one,
             "adam/mapping/ADXX.csv": "Variable,Expression\nUSUBJID,BB.USUBJID\n_V,V\n"}  # fmt: skip
    given = {"AA": "USUBJID\n1\n", "BB": f"USUBJID,n:N,V\n1,{tables}\n"}
    assert adam(tmp_path / "per", given, files).values("_V", "ADXX") == ["b", "c"]
    files["adam/Sources.csv"] = "Dataset,Block,From,Expand\nADXX,A,AA,_E in values(BB.N)\n"
    files["adam/mapping/ADXX.csv"] = "Variable,Expression\nUSUBJID,AA.USUBJID\n"
    assert adam(tmp_path / "expand", given, files).values("_E", "ADXX") == [0.3, 0.4]
