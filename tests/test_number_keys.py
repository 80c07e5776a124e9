"""Equal numbers as keys: whole ones exactly, others on 10 significant digits, whatever the column is called."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_study import filled

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
