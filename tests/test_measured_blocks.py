"""A dataset measured in blocks: the answers are those of all records, whatever the blocks, and no records are kept."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from define.distinct import Column, column_of
from define.measured import FrameRecords, Measured
from define.questions import InOrder, Kinds, Slices, Values, ValuesWhere
from define.where_clause import RangeCheck
from formats import xpt
from specs.problem import DataError
from submission.define_data import measured

NAN = float("nan")
# Two subjects with two tests each; the last record repeats the key of the third.
DATA = pd.DataFrame(
    {
        "USUBJID": pd.Series(["01", "01", "02", "02", "02"], dtype=object),
        "TESTCD": pd.Series(["ALT", "AST", "ALT", None, "ALT"], dtype=object),
        "SEQ": [1.0, 2.0, 1.0, NAN, 1.0],
        "VALUE": [5.5, 7.0, 6.25, NAN, 8.0],
    }
)
ALT, AST = RangeCheck("TESTCD", "EQ", ("ALT",)), RangeCheck("TESTCD", "EQ", ("AST",))
HIGH = RangeCheck("VALUE", "GT", ("6",))


class Blocks:
    """The records of a frame, some at a time; notes the columns of each pass, and what is kept of blocks before
    the last one."""

    def __init__(self, frame: pd.DataFrame, rows: int = 2) -> None:
        self.frame, self.rows, self.asked, self.kept = frame, rows, list[set[str]](), 0

    @property
    def names(self) -> list[str]:
        return list(self.frame.columns)

    @property
    def numeric(self) -> frozenset[str]:
        return FrameRecords(self.frame).numeric

    def __len__(self) -> int:
        return len(self.frame)

    def blocks(self, columns: Collection[str]) -> Iterator[Mapping[str, Column]]:
        self.asked.append(set(columns))
        last: list[weakref.ref[Column]] = []
        before: list[weakref.ref[Column]] = []
        for start in range(0, len(self.frame), self.rows):
            part = self.frame.iloc[start : start + self.rows]
            block = {name: column_of(part[name]) for name in columns}
            self.kept += sum(one() is not None for one in before)
            before, last = last, [weakref.ref(column) for column in block.values()]
            yield block
            del block


def in_blocks(frame: pd.DataFrame = DATA, rows: int = 2) -> Measured:
    return Measured(Blocks(frame, rows))


# --- answers --------------------------------------------------------------------------------------------


def test_facts_and_missing_values_of_a_variable() -> None:
    data = in_blocks()
    assert (data.facts("TESTCD").values, data.missing("TESTCD")) == (("ALT", "AST"), 1)
    assert (data.facts("VALUE").values, data.facts("VALUE").digits) == (("5.5", "6.25", "7", "8"), 2)


def test_facts_by_the_values_of_another_variable() -> None:
    found = in_blocks().facts_by("TESTCD", "VALUE")
    assert {value: facts.values for value, facts in found.items()} == {"ALT": ("5.5", "6.25", "8"), "AST": ("7",)}
    assert list(found) == ["ALT", "AST"]


def test_facts_where_checks_hold() -> None:
    data = in_blocks()
    high = data.facts_where("VALUE", (ALT, HIGH))
    assert high is not None and high.values == ("6.25", "8")
    one = data.facts_where("VALUE", (AST,))
    assert one is not None and one.values == ("7",)
    assert data.facts_where("VALUE", (RangeCheck("TESTCD", "EQ", ("BILI",)),)) is None


def test_a_record_that_no_value_stands_in_is_met_all_the_same() -> None:
    found = in_blocks().facts_where("VALUE", (RangeCheck("TESTCD", "EQ", ("",)),))
    assert found is not None and found.empty


def test_values_that_no_clause_or_several_choose_are_counted_with_the_first() -> None:
    # 5.5, 7, 6.25 and 8 stand in records 0, 1, 2 and 4. ALT chooses 0, 2, 4; above 6 are 1, 2, 4.
    found = in_blocks().chosen("VALUE", [(ALT,), (HIGH,)])
    assert (found.values, found.by_none, found.by_several) == (4, (0, 0), (2, 2))
    alone = in_blocks().chosen("VALUE", [(ALT,)])
    assert (alone.values, alone.by_none, alone.by_several) == (4, (1, 1), (0, 0))


def test_repeated_keys_are_counted_with_the_first_across_blocks() -> None:
    assert in_blocks().repeated(("USUBJID", "TESTCD", "SEQ")) == (1, 4)
    assert in_blocks().repeated(("USUBJID", "TESTCD", "SEQ", "VALUE")) == (0, 0)


def test_records_in_the_order_of_their_keys_are_read_once() -> None:
    ordered = DATA.iloc[[0, 1, 3, 2]].reset_index(drop=True)  # a missing TESTCD is before ALT
    data = in_blocks(ordered)
    assert data.repeated(("USUBJID", "TESTCD")) == (0, 0)
    assert isinstance(data.records, Blocks) and data.records.asked == [{"USUBJID", "TESTCD"}]


def test_a_missing_key_is_a_value_of_its_own() -> None:
    twice = pd.DataFrame({"A": pd.Series([None, "", "x"], dtype=object), "B": [1.0, 1.0, NAN]})
    assert in_blocks(twice, 1).repeated(("A", "B")) == (1, 1)


def test_a_missing_key_is_the_same_in_a_block_without_texts() -> None:
    keys = pd.DataFrame({"K": pd.Series(["A", "A", None, None], dtype=object)})
    assert in_blocks(keys, 3).repeated(("K",)) == in_blocks(keys, 4).repeated(("K",)) == (2, 1)


def test_no_records_have_no_facts() -> None:
    data = in_blocks(DATA.iloc[:0])
    assert data.facts("TESTCD").empty and data.facts("VALUE").numeric and data.facts("VALUE").empty
    assert data.repeated(("USUBJID",)) == (0, 0)
    assert data.chosen("VALUE", [(ALT,)]).values == 0


_ROWS = st.lists(
    st.tuples(
        st.sampled_from(["01", "02", "03"]), st.sampled_from(["ALT", "AST", "", None]),
        st.sampled_from([1.0, 2.0, NAN]), st.sampled_from([5.5, -0.25, 7.0, NAN]),
    ),
    max_size=9,
)  # fmt: skip


@settings(deadline=None)
@given(_ROWS, st.integers(1, 4))
def test_answers_do_not_depend_on_the_blocks(rows: list[tuple[Any, ...]], size: int) -> None:
    frame = pd.DataFrame(rows, columns=list(DATA.columns)).astype(DATA.dtypes)
    one, many = in_blocks(frame, max(len(frame), 1)), in_blocks(frame, size)
    keys = ("USUBJID", "TESTCD", "SEQ")
    repeats = frame[list(keys)].replace({"": None}).duplicated().to_numpy()
    assert many.repeated(keys) == (int(repeats.sum()), int(np.argmax(repeats)) if repeats.any() else 0)
    for clauses in ([(ALT,), (AST,)], [(ALT, HIGH)], [(HIGH,), (AST,)]):
        assert many.chosen("VALUE", clauses) == one.chosen("VALUE", clauses)
    for name in DATA.columns:
        assert many.facts(name).values == one.facts(name).values
        assert many.missing(name) == one.missing(name)
        by, other = (data.facts_by("TESTCD", name) for data in (many, one))
        assert {key: facts.values for key, facts in by.items()} == {key: facts.values for key, facts in other.items()}


# --- memory ---------------------------------------------------------------------------------------------


def test_known_questions_take_one_pass_over_the_columns_that_they_name() -> None:
    data = in_blocks()
    slices, where = Slices("TESTCD", "VALUE"), ValuesWhere("VALUE", (HIGH,))
    data.ask([Values("VALUE"), slices, where, Kinds("VALUE", ("TESTCD",)), InOrder(("TESTCD",))])
    data.facts("VALUE"), data.facts_by("TESTCD", "VALUE"), data.chosen("VALUE", [(ALT,)])
    assert isinstance(data.records, Blocks) and data.records.asked == [{"VALUE", "TESTCD"}]


def test_no_block_but_the_last_is_kept_when_the_next_is_read() -> None:
    data = in_blocks(pd.concat([DATA] * 20, ignore_index=True), 3)
    data.ask([Values(name) for name in data.names])
    data.ask([Slices("TESTCD", "VALUE"), Kinds("VALUE", ("TESTCD", "SEQ")), InOrder(("USUBJID", "SEQ"))])
    data.repeated(("USUBJID", "SEQ"))
    assert isinstance(data.records, Blocks) and data.records.kept == 0


def test_answers_of_many_records_are_as_large_as_those_of_few() -> None:
    few, many = in_blocks(), in_blocks(pd.concat([DATA] * 50, ignore_index=True))
    for data in (few, many):
        data.ask([Values("VALUE"), Kinds("VALUE", ("TESTCD",))])
    kinds = [data._answers[Kinds("VALUE", ("TESTCD",))] for data in (few, many)]
    assert [[kind.values for kind in one] for one in kinds] == [[("ALT",), ("AST",)]] * 2
    assert [sum(kind.count for kind in one) for one in kinds] == [4, 200]


# --- files ----------------------------------------------------------------------------------------------


def _file(path: Path, encoding: str = "utf-8") -> Path:
    columns = [
        xpt.Column("USUBJID", xpt.Coded.from_objects(["01", "01", "02é"]), "Subject"),
        xpt.Column("AVAL", np.array([1.0, NAN, 2.5]), "Value", format="8.1"),
    ]
    xpt.write(path, columns, dataset="ADX", label="A dataset", created=datetime(2026, 1, 5), encoding=encoding)
    return path


def test_a_file_is_measured_with_its_attributes(tmp_path: Path) -> None:
    data = measured(_file(tmp_path / "adx.xpt"), "utf-8", "adam")
    assert (len(data), data.names) == (3, ["USUBJID", "AVAL"])
    assert data.file is not None
    assert (data.file.label, data.file.lengths, data.file.formats["AVAL"]) == ("A dataset", {"USUBJID": 4}, "8.1")
    assert (data.facts("USUBJID").values, data.facts("USUBJID").length) == (("01", "02é"), 4)
    assert (data.facts("AVAL").digits, data.missing("AVAL")) == (1, 1)


def test_bytes_that_are_no_text_are_a_fault_of_the_file(tmp_path: Path) -> None:
    data = measured(_file(tmp_path / "adx.xpt", "windows-1252"), "utf-8", "adam")
    with pytest.raises(DataError, match=r"adam/adx\.xpt.*E9.*run: build adam"):
        data.facts("USUBJID")
