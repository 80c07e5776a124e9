"""Properties of the engine that hold for any data: comparisons against brute force, order of rows, partitions."""

from __future__ import annotations

import datetime
import itertools
import tempfile
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from pathlib import Path

import numpy as np
import pandas as pd
from engine_study import sdtm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.columns import Column, Text, group_codes
from engine.compare import compare, same_number
from engine.sorting import dense_ranks

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12).filter(
    lambda value: value == 0 or abs(value) > 1e-200
)
NEAR = st.tuples(NUMBERS, st.sampled_from([0.0, 1e-13, 4e-11, 1e-10, 5e-10, 1e-9, 3e-9])).map(
    lambda pair: (pair[0], pair[0] * (1 + pair[1]))
)


@settings(deadline=None)
@given(NEAR | st.tuples(NUMBERS, NUMBERS))
def test_same_number_is_rounding_to_ten_digits_in_decimal(pair: tuple[float, float]) -> None:
    left, right = pair
    digits = Context(prec=10, rounding=ROUND_HALF_EVEN)
    whole = left.is_integer() and right.is_integer()
    expected = left == right if whole else digits.plus(Decimal(left)) == digits.plus(Decimal(right))
    assert same_number(np.array([left]), np.array([right])).tolist() == [expected]


@st.composite
def iso_texts(draw: st.DrawFn) -> str:
    day = draw(st.dates(datetime.date(2023, 11, 1), datetime.date(2024, 3, 31)))
    cut = draw(st.sampled_from(["day", "day", "time", "time", "month", "year", ""]))
    hour = draw(st.sampled_from(["T08:00", "T08:00:00", "T09:30", "T00:00"]))
    whole = day.isoformat()
    return {"day": whole, "time": whole + hour, "month": whole[:7], "year": whole[:4], "": ""}[cut]


def possible(text: str) -> list[tuple[datetime.date, str]]:
    """Every day that a text may stand for, with its time ('' for none)."""
    if not text:
        return []
    day, _, time = text.partition("T")
    first = datetime.date(int(day[:4]), int(day[5:7] or 1), int(day[8:10] or 1))
    days = [first + datetime.timedelta(days=ahead) for ahead in range(366)]
    return [
        (found, time.ljust(8, "x").replace("xxx", ":00") if time else "")
        for found in days
        if found.isoformat().startswith(day)
    ]


def holds(operator: str, left: tuple[datetime.date, str], right: tuple[datetime.date, str]) -> bool:
    (day, time), (other, other_time) = left, right
    order = (day > other) - (day < other)
    if order == 0 and time and other_time:
        order = (time > other_time) - (time < other_time)
    return {"==": order == 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[operator]


@settings(max_examples=150, deadline=None)
@given(iso_texts(), iso_texts(), st.sampled_from(["==", "<", "<=", ">", ">="]))
def test_iso_comparison_holds_where_it_holds_for_every_day(left: str, right: str, operator: str) -> None:
    pairs = list(itertools.product(possible(left), possible(right)))
    expected = bool(pairs) and all(holds(operator, a, b) for a, b in pairs)
    assert bool(compare(operator, Text.of([left]), Text.of([right]), "iso")[0]) == expected
    if operator == "==":
        assert bool(compare("!=", Text.of([left]), Text.of([right]), "iso")[0]) is not expected


CELLS = st.sampled_from(["", "a", "B", "b", "é", "10", "9"])


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, st.sampled_from([np.nan, -1.0, 0.0, 2.5]), st.booleans()), max_size=12))
def test_groups_and_ranks_are_those_of_python(rows: list[tuple[str, float, bool]]) -> None:
    texts, numbers, flags = (list(column) for column in zip(*rows)) if rows else ([], [], [])
    columns: list[Column] = [Text.of(texts), np.array(numbers, float), np.array(flags, bool)]
    codes, groups = group_codes(columns, len(rows))
    keys = [(text, str(number), flag) for text, number, flag in rows]
    assert groups == max(len(set(keys)), 1)
    assert all((codes[i] == codes[j]) == (keys[i] == keys[j]) for i in range(len(rows)) for j in range(len(rows)))
    ranks = dense_ranks([(columns[0], False), (columns[1], True)], len(rows))
    order = [(text, number if number != number else -number, number != number) for text, number, _ in rows]
    plain = [(text, 1 if missing else 0, 0.0 if missing else number) for text, number, missing in order]
    wanted = {key: rank for rank, key in enumerate(sorted(set(plain)))}
    assert ranks.tolist() == [wanted[key] for key in plain]


# --- whole builds ---------------------------------------------------------------------------------------

RULES = [
    "_N,,,number(N)", "_D,,,\"iso8601('2024', M, D)\"", "_K,,K != 'z',K", "_K,,,'other'",
    '_SEQ,,,"row_number(order=(_N, _K, number(REC)))"', "_BEST,,,\"last(raw_b.V, order=(number(raw_b.N), "
    "number(raw_b.REC)), where=number(raw_b.N) <= _N)\"",
    "_SUM,,,sum(_N)", "_FIRST,,,min(_D)", "_FLAG,,,\"flag(is_first(by=_K, order=(_D, "
    "number(REC)), where=not missing(_D)))\"",
    '_PREV,,,"lag(_K, order=(_N, number(REC)))"', "_CNT,,,\"count(raw_b.V, by=K, where=raw_b.N != '3')\"",
]  # fmt: skip
EVERYONE = "_ALL,,,\"count(raw_b.V, subjects='all')\""
LINE = st.tuples(
    st.sampled_from("1234"), st.sampled_from(["", "1", "2", "3"]), st.sampled_from(["x", "y", "z", ""]),
    st.sampled_from(["01", "02", "UNK"]), st.sampled_from(["01", "15", "UN"]),
)  # fmt: skip
LINES = st.lists(LINE, min_size=1, max_size=12)


def built(a: list[str], b: list[str], rules: list[str]) -> pd.DataFrame:
    """The records of ZZ as a table, sorted by subject and record identifier."""
    with tempfile.TemporaryDirectory() as folder:
        files = {
            "raw/a.csv": "SUBJ,N,K,M,D,REC\n" + "".join(a),
            "raw/b.csv": "SUBJ,N,K,V,D,REC\n" + "".join(b),
            "sdtm/Tables.csv": "Table,File,Subject,Record\nraw_a,a.csv,SUBJ,REC\nraw_b,b.csv,SUBJ,REC\n",
            "sdtm/mapping/ZZ.csv": "Variable,Order,Where,Expression\n_REC,,,number(REC)\n"
            + "".join(f"{rule}\n" for rule in rules),
        }
        ran = sdtm(Path(folder), files)
        names = ["_REC", "USUBJID", *sorted({rule.partition(",")[0] for rule in rules})]
        frame = pd.DataFrame({name: ran.values(name) for name in names}, dtype=object)
    return frame.sort_values(["USUBJID", "_REC"], ignore_index=True)


def lines(rows: Sequence[tuple[str, ...]]) -> list[str]:
    return [",".join([*row, str(number)]) + "\n" for number, row in enumerate(rows)]


SLOW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(LINES, LINES, st.randoms(use_true_random=False))
def test_order_of_rows_of_data_and_specification_does_not_matter(
    a: list[tuple[str, ...]], b: list[tuple[str, ...]], random: object
) -> None:
    one, two, rules = lines(a), lines(b), list(RULES)
    before = built(one, two, rules)
    for rows in (one, two, rules):
        random.shuffle(rows)  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(built(one, two, rules), before)


@SLOW
@given(LINES, LINES)
def test_subsets_of_subjects_built_apart_are_the_whole(a: list[tuple[str, ...]], b: list[tuple[str, ...]]) -> None:
    """What ranges over all subjects (subjects='all') is the exception: a part of the study gives that of the part."""
    one, two = lines(a), lines(b)
    whole = built(one, two, [*RULES, EVERYONE])
    assert set(whole.pop("_ALL")) == {len(two)}
    parts = []
    for some in ("13", "24"):
        left, right = ([line for line in rows if line[0] in some] for rows in (one, two))
        part = built(left, right, [*RULES, EVERYONE])
        assert set(part.pop("_ALL")) <= {len(right)}
        if len(part):
            parts.append(part)
    together = pd.concat(parts, ignore_index=True).sort_values(["USUBJID", "_REC"], ignore_index=True)
    pd.testing.assert_frame_equal(together, whole)


def test_what_ranges_over_all_subjects_needs_the_whole_study_in_one_build() -> None:
    one, two = lines([("1", "", "x", "01", "01"), ("2", "", "x", "01", "01")]), lines([("2", "1", "x", "01", "01")])
    assert built(one, two, [EVERYONE])["_ALL"].tolist() == [1, 1]
    assert built(one[:1], [], [EVERYONE])["_ALL"].tolist() == [0]


# --- the sorted merge -----------------------------------------------------------------------------------

NEAR_DAYS = st.integers(1, 5).map(str) | st.just("")
OUTER = st.lists(st.tuples(st.sampled_from("12"), NEAR_DAYS, NEAR_DAYS), min_size=1, max_size=6)
INNER = st.lists(st.tuples(st.sampled_from("12"), NEAR_DAYS, NEAR_DAYS), min_size=1, max_size=10)
WITHIN = "where=number(LOW) < number(raw_b.X) and number(raw_b.X) <= number(HIGH)"
MERGED = {
    "_COUNT": f"count(raw_b.V, {WITHIN})",
    "_MIN": f"min(number(raw_b.V), {WITHIN})",
    "_MAX": f"max(number(raw_b.V), {WITHIN})",
    "_ANY": f"yn(any(raw_b.V == '3', {WITHIN}))",
    "_FIRST": f"first(raw_b.V, order=(number(raw_b.X), number(raw_b.REC)), {WITHIN})",
    "_LAST": f"last(raw_b.V, order=(raw_b.V, number(raw_b.REC)), {WITHIN})",
}


def by_hand(outer: tuple[str, str, str], inner: list[tuple[str, str, str]]) -> dict[str, object]:
    """The aggregates of MERGED for one row, one inner row after the other."""
    subject, low, high = outer
    held = [
        (x, value, place)
        for place, (who, x, value) in enumerate(inner)
        if who == subject and low and high and x and int(low) < int(x) <= int(high)
    ]
    numbers = [int(value) for _, value, _ in held if value]
    return {
        "_COUNT": len(numbers),
        "_MIN": min(numbers, default=None),
        "_MAX": max(numbers, default=None),
        "_ANY": "Y" if 3 in numbers else "N",
        "_FIRST": min(held, key=lambda row: (int(row[0]), row[2]))[1] or None if held else None,
        "_LAST": max(held, key=lambda row: (row[1], row[2]))[1] or None if held else None,
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(OUTER, INNER)
def test_range_on_both_rows_is_what_a_loop_over_pairs_gives(
    outer: list[tuple[str, str, str]], inner: list[tuple[str, str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rules = [f'{name},"{expression}"' for name, expression in MERGED.items()]
        files = {
            "raw/a.csv": "SUBJ,LOW,HIGH,REC\n" + "".join(lines(outer)),
            "raw/b.csv": "SUBJ,X,V,REC\n" + "".join(lines(inner)),
            "sdtm/Tables.csv": "Table,File,Subject,Record\nraw_a,a.csv,SUBJ,REC\nraw_b,b.csv,SUBJ,REC\n",
            "sdtm/mapping/ZZ.csv": "Variable,Expression\n" + "\n".join(rules) + "\n",
        }
        ran = sdtm(Path(folder), files)
        found = {name: ran.values(name) for name in MERGED}
    expected = [by_hand(row, inner) for row in outer]
    assert found == {name: [row[name] for row in expected] for name in MERGED}
