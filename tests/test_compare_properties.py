"""Properties of a comparison on random data: equal under permutation, and each single edit found exactly."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.coded import Coded
from qc.compare.codes import as_text
from qc.compare.dataset import compare_tables
from qc.compare.options import Options
from qc.compare.result import DatasetResult
from qc.compare.table import Numbers, Table, Values, Variable, in_memory

Row = tuple[Any, ...]
TEXTS = st.one_of(st.none(), st.sampled_from(["", "a", "A", "a ", " a", "b", "é", "2024-01-05", "long text, more"]))
NUMBERS = st.one_of(st.sampled_from([None, ".A", ".Z", "._", 0.0, 1.0, -1.0, 0.1, 1e300, 2.5]), st.integers(-3, 3))
KEYED = ("K1", "K2")


def table(names: list[str], rows: list[Row]) -> Table:
    """A table in memory; a name that begins with N is a number."""
    columns: dict[str, Values] = {}
    for place, name in enumerate(names):
        values = [row[place] for row in rows]
        columns[name] = _numbers(values) if name.startswith("N") else _texts(values)
    variables = tuple(Variable(name, name.startswith("N"), label="") for name in names)
    return Table("T", len(rows), variables, in_memory(columns), trailing_blanks=True, empty_texts=True)


def _numbers(values: list[Any]) -> Numbers:
    letters = np.array([ord(v[1]) if isinstance(v, str) else 0 for v in values], np.uint8)
    numbers = [np.nan if v is None or isinstance(v, str) else float(v) for v in values]
    return Numbers(np.array(numbers, float), letters if letters.any() else None)


def _texts(values: list[Any]) -> Coded:
    known: dict[str, int] = {}
    codes = [-1 if v is None else known.setdefault(v, len(known)) for v in values]
    return Coded(np.array(codes, np.int32), np.array(list(known), object))


def shown(name: str, value: Any) -> str | None:
    """A value as the result of a comparison shows it."""
    column = _numbers([value]) if name.startswith("N") else _texts([value])
    found: str | None = as_text(column, "").to_objects()[0]
    return found


@st.composite
def datasets(draw: st.DrawFn, *, keyed: bool) -> tuple[list[str], list[Row]]:
    """Names and rows; `keyed` ones have a unique key in K1, K2."""
    names = ["K1", "NK"] if keyed else []
    names += draw(st.lists(st.sampled_from(["N1", "N2", "T1", "T2", "T3"]), min_size=1, max_size=5, unique=True))
    count = draw(st.integers(1, 12))
    rows = []
    for row in range(count):
        values = tuple(draw(NUMBERS if name.startswith("N") else TEXTS) for name in names[2 * keyed :])
        rows.append(((f"S-{row % 4}", row // 4) if keyed else ()) + values)
    return names, rows


def difference(result: DatasetResult) -> set[tuple[Any, ...]]:
    """Values and records that differ."""
    found: set[tuple[Any, ...]] = {
        (variable.name, one.base_record, one.compare_record, one.base, one.compare)
        for variable in result.variables
        for one in variable.first
    }
    return found | {(one.side, one.record) for one in result.only_records}


@settings(max_examples=150, deadline=None)
@given(datasets(keyed=False), st.randoms(use_true_random=False))
def test_table_equals_itself_in_any_order_of_records(data: tuple[list[str], list[Row]], random: Any) -> None:
    names, rows = data
    other = list(rows)
    random.shuffle(other)
    for by in ({}, {"": (names[0],)}, {"": tuple(names)}):
        result = compare_tables("T", table(names, rows), table(names, other), Options(by=by))
        assert (result.open, result.exit_code, result.common) == (0, 0, len(rows))


@settings(max_examples=200, deadline=None)
@given(datasets(keyed=True), st.data())
def test_single_edit_is_found_exactly(data: tuple[list[str], list[Row]], draw: st.DataObject) -> None:
    names, rows = data
    row = draw.draw(st.integers(0, len(rows) - 1))
    place = draw.draw(st.integers(2, len(names) - 1))
    name = names[place]
    value = draw.draw(NUMBERS if name.startswith("N") else TEXTS)
    order = draw.draw(st.permutations(range(len(rows))))
    edited = [list(one) for one in rows]
    edited[row][place] = value
    result = compare_tables(
        "T", table(names, rows), table(names, [tuple(edited[i]) for i in order]), Options(by={"": ("K1", "NK")})
    )
    before, after = shown(name, rows[row][place]), shown(name, value)
    expected = {(name, row + 1, order.index(row) + 1, before, after)} if before != after else set()
    assert difference(result) == expected
    assert result.open == len(expected)


@settings(max_examples=100, deadline=None)
@given(datasets(keyed=True), st.data())
def test_records_taken_out_are_listed_exactly(data: tuple[list[str], list[Row]], draw: st.DataObject) -> None:
    names, rows = data
    gone = [draw.draw(st.sets(st.integers(0, len(rows) - 1))) for _ in range(2)]
    sides = [[row for i, row in enumerate(rows) if i not in out] for out in gone]
    left, right = (table(names, side) for side in sides)
    result = compare_tables("T", left, right, Options(by={"": ("K1", "NK")}))
    assert result.only_counts == (len(gone[1] - gone[0]), len(gone[0] - gone[1]))
    assert {one.key for one in result.only_records if one.side == "base"} == {
        (rows[i][0], str(rows[i][1])) for i in gone[1] - gone[0]
    }
    assert result.common == len(rows) - len(gone[0] | gone[1]) and not result.unequal


@settings(max_examples=150, deadline=None)
@given(datasets(keyed=False), datasets(keyed=False))
def test_records_that_agree_in_everything_are_matched(
    one: tuple[list[str], list[Row]], other: tuple[list[str], list[Row]]
) -> None:
    """With every variable in the key a comparison is the difference of two multisets."""
    names = one[0]
    width = len(names)
    right = [tuple((list(row) * width)[:width]) for row in other[1]]
    right = [tuple(_fitting(name, value) for name, value in zip(names, row)) for row in right]
    result = compare_tables("T", table(names, one[1]), table(names, right), Options(by={"": tuple(names)}))
    left_count, right_count = (Counter(_shown(names, row) for row in side) for side in (one[1], right))
    assert result.only_counts == ((left_count - right_count).total(), (right_count - left_count).total())
    assert result.unequal == 0


def _fitting(name: str, value: Any) -> Any:
    if name.startswith("N"):
        return value if not isinstance(value, str) or value in (".A", ".Z", "._") else 9.0
    return value if value is None or isinstance(value, str) else "number"


def _shown(names: list[str], row: Row) -> tuple[str | None, ...]:
    return tuple(shown(name, value) for name, value in zip(names, row))


@settings(max_examples=150, deadline=None)
@given(datasets(keyed=False))
def test_key_that_is_found_is_the_smallest(data: tuple[list[str], list[Row]]) -> None:
    """Against every set of variables tried by brute force, on the distinct records, numbers with fractions last."""
    names, rows = data
    result = compare_tables("T", table(names, rows), table(names, rows), Options())
    cells = sorted({_shown(names, row) for row in rows}, key=repr)
    measured = [n for i, n in enumerate(names) if n.startswith("N") and any(_fraction(row[i]) for row in rows)]
    plain = [name for name in names if name not in measured]
    best = _smallest(names, plain, cells)
    best = best if best is not None else _smallest(names, names, cells)
    assert len(result.key) == best
    chosen = [names.index(name) for name in result.key]
    assert len({tuple(row[i] for i in chosen) for row in cells}) == len(cells)


def _fraction(value: Any) -> bool:
    return isinstance(value, float) and value != int(value)


def _smallest(names: list[str], candidates: list[str], cells: list[tuple[str | None, ...]]) -> int | None:
    for size in range(len(candidates) + 1):
        for chosen in combinations(candidates, size):
            places = [names.index(name) for name in chosen]
            if len({tuple(row[i] for i in places) for row in cells}) == len(cells):
                return size
    return None
