"""Conditions on two rows: rows that ask the same are asked once, in parts of bounded size, with the same answer."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from engine_study import filled

from engine import matching

RULES = (
    "_LO | number(LO)",
    "_ALL | count(where=raw_b.K == K or number(raw_b.V) < _LO)",
    "_LAST | last(raw_b.K, order=(number(raw_b.V), raw_b.K), where=number(raw_b.V) * 2 <= _LO or raw_b.K == K)",
    "_SUM | sum(number(raw_b.V), by=SIDE, where=number(raw_b.V) + 1 > _LO)",
    "_AGG | count(where=number(raw_b.V) > count(raw_a) or raw_b.K == K)",
)


def tables(seed: int, rows: int) -> tuple[str, str]:
    made = random.Random(seed)
    a = [",".join(made.choice(part) for part in ("12", ["x", "y", ""], "lr", ["1", "3", ""])) for _ in range(rows)]
    b = [f"{made.choice('123')},{made.choice(['x', 'z'])},{made.choice('lr')},{n % 5}" for n in range(40)]
    return "SUBJ,K,SIDE,LO\n" + "\n".join(a) + "\n", "SUBJ,K,SIDE,V\n" + "\n".join(dict.fromkeys(b)) + "\n"


def values(folder: Path, seed: int, rows: int) -> list[list[object]]:
    a, b = tables(seed, rows)
    ran = filled(folder, a, *RULES, b=b)
    return [ran.values(rule.split(" | ")[0]) for rule in RULES]


@pytest.mark.parametrize("chunk", [1, 7, 50])
@pytest.mark.parametrize("seed", range(3))
def test_size_of_the_parts_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, chunk: int
) -> None:
    whole = values(tmp_path / "whole", seed, 60)
    monkeypatch.setattr(matching, "CHUNK", chunk)
    assert values(tmp_path / "parts", seed, 60) == whole


def test_rows_that_ask_the_same_are_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    plain = matching._paired

    def counted(found: matching.Matched, context: matching.Context, rows: matching.Array, counts: matching.Array):  # type: ignore[no-untyped-def]
        sizes.append(len(rows))
        return plain(found, context, rows, counts)

    monkeypatch.setattr(matching, "CHUNK", 10)
    monkeypatch.setattr(matching, "_paired", counted)
    a, b = tables(0, 60)
    filled(tmp_path, a, "_ALL | count(where=raw_b.K == K or number(raw_b.V) < 3)", b=b)
    assert sizes == [6]  # two subjects, three values of K
