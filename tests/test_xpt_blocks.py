"""Transport files written and read block by block, numbers of every length, version 8."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_xpt import CREATED, columns, numbers, rejected, reread, text, written

from formats import ibm_float, side_by_side, xpt
from formats.xpt import Coded, Column, Dataset, Writer, XptError


def attributes(*drawn: Column) -> Dataset:
    return Dataset("DM", drawn, "Demographics", CREATED).attributes()


def in_blocks(drawn: list[Column], cuts: list[int]) -> bytes:
    """The columns, written by `Writer` in blocks that end at the cuts."""
    target, rows = io.BytesIO(), len(drawn[0])
    edges = [0, *sorted(min(cut, rows) for cut in cuts), rows]
    with Writer(target, attributes(*drawn)) as writer:
        for start, stop in pairwise(edges):
            writer.append([column.slice(start, stop) for column in drawn])
    return target.getvalue()


# --- the writer that takes blocks -----------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(columns(), st.lists(st.integers(0, 12), max_size=4))
def test_bytes_do_not_depend_on_the_blocks(drawn: list[Column], cuts: list[int]) -> None:
    assert in_blocks(drawn, cuts) == written(*drawn, label="Demographics")


def test_text_that_grows_in_a_later_block() -> None:
    column = Column("T", text("a", "bb", None, "a longer text"))
    data = in_blocks([column], [1, 2])
    assert data == written(column, label="Demographics")
    assert xpt.read(io.BytesIO(data))["T"].length == 13


def test_stated_length_is_kept_whatever_the_blocks_hold() -> None:
    column = Column("T", text("a", "b"), length=7)
    assert xpt.read(io.BytesIO(in_blocks([column], [1])))["T"].length == 7


def test_error_in_a_later_block_names_the_record_and_leaves_the_previous_file(tmp_path: Path) -> None:
    path = tmp_path / "dm.xpt"
    path.write_bytes(b"previous")
    wrong = r"DM\.T record 3: the character 'β'"
    with pytest.raises(XptError, match=wrong), Writer(path, attributes(Column("T", text()))) as writer:
        writer.append([Column("T", text("a", "b"))])
        writer.append([Column("T", text("β"))])
    assert path.read_bytes() == b"previous"
    assert [entry.name for entry in tmp_path.iterdir()] == ["dm.xpt"]


def test_blank_record_at_the_end_is_refused_by_the_writer_too(tmp_path: Path) -> None:
    made = Writer(tmp_path / "dm.xpt", attributes(Column("T", text(), length=8)))
    with pytest.raises(XptError, match="record 3: the last record is blank"), made as writer:
        writer.append([Column("T", text("a", "b"))])
        writer.append([Column("T", text(None))])
    assert not list(tmp_path.iterdir())


def test_file_of_a_writer_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "dm.xpt"
    with Writer(path, attributes(Column("T", text()))) as writer:
        writer.append([Column("T", text("a"))])
        assert not path.exists()
    assert xpt.read(path)["T"].texts.to_objects().tolist() == ["a"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["dm.xpt"]


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ([Column("U", text("a"))], "has the variables U where T are expected"),
        ([Column("T", np.array([1.0]))], "numbers where text are expected"),
        ([], "has the variables  where T are expected"),
    ],
)
def test_block_of_other_variables(block: list[Column], message: str) -> None:
    made = Writer(io.BytesIO(), attributes(Column("T", text())))
    with pytest.raises(xpt.DatasetError, match=message), made as writer:
        writer.append(block)


def test_dataset_without_blocks_keeps_its_variables(tmp_path: Path) -> None:
    with Writer(tmp_path / "dm.xpt", attributes(Column("T", text(), "Text"))):
        pass
    found = xpt.read(tmp_path / "dm.xpt")
    assert (found.rows, found["T"].label) == (0, "Text")


# --- reading in blocks ----------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(columns(), st.integers(1, 5))
def test_blocks_hold_what_the_file_holds(drawn: list[Column], block_rows: int) -> None:
    data = written(*drawn)
    parts = [list(part) for part in xpt.blocks(io.BytesIO(data), rows=block_rows)]
    whole = xpt.read(io.BytesIO(data))
    assert sum(len(part[0]) for part in parts) == whole.rows
    for number, column in enumerate(whole.columns):
        if isinstance(column.values, Coded):
            found = [value for part in parts for value in part[number].texts.to_objects().tolist()]
            assert found == column.texts.to_objects().tolist()
        else:
            values = [part[number].numbers for part in parts] or [np.empty(0)]
            np.testing.assert_array_equal(np.concatenate(values), column.numbers)


def test_byte_outside_the_encoding_is_named_by_its_record_in_the_file() -> None:
    data = written(Column("T", text("a", "b", "é")), encoding="latin-1")
    with pytest.raises(XptError, match=r"DM\.T record 3: byte E9"):
        list(xpt.blocks(io.BytesIO(data), rows=2))


# --- numbers --------------------------------------------------------------------------------------------


def held(bits: int, length: int) -> Fraction:
    """The value of an IBM float, by the definition of the format in whole numbers."""
    fraction = bits & ((1 << 56) - 1)
    fraction -= fraction % (1 << (8 * (8 - length)))
    return (-1) ** (bits >> 63) * fraction * Fraction(16) ** (((bits >> 56) & 127) - 64) / 2**56


@settings(max_examples=200, deadline=None)
@given(st.lists(numbers(), min_size=1, max_size=20))
def test_every_double_within_the_range_comes_back_exactly(drawn: list[float]) -> None:
    values = np.array(drawn)
    for value, bits in zip(drawn, ibm_float.to_ibm(values).tolist()):
        if value == value:
            assert held(bits, 8) == Fraction(value)
    np.testing.assert_array_equal(reread(Column("N", values))["N"].numbers, values)


@settings(max_examples=200, deadline=None)
@given(st.floats(allow_nan=False), st.integers(3, 8))
def test_double_is_kept_exactly_or_refused(value: float, length: int) -> None:
    column = Column("N", np.array([value]), length=length)
    finite = np.isfinite(value) and (value == 0 or 2.0**-260 <= abs(value) < 2.0**252)
    bits = int(ibm_float.to_ibm(np.array([value]))[0]) if finite else 0
    if finite and held(bits, length) == Fraction(value):
        assert reread(column)["N"].numbers.tolist() == [value]
    else:
        assert rejected(column).row == 1


@pytest.mark.parametrize(
    ("length", "largest"), [(3, 2**12), (4, 2**20), (5, 2**28), (6, 2**36), (7, 2**44), (8, 2**52)]
)
def test_whole_numbers_that_a_length_holds(tmp_path: Path, length: int, largest: int) -> None:
    """The fraction has length - 1 bytes, of which the first hexadecimal digit may lose three bits."""
    column = Column("N", np.array([float(largest), float(largest - 1)]), length=length)
    (tmp_path / "n.xpt").write_bytes(written(column))
    assert xpt.read(tmp_path / "n.xpt")["N"].length == length
    found = pyreadstat.read_xport(str(tmp_path / "n.xpt"))[0]
    assert found["N"].tolist() == [largest, largest - 1]


# --- version 8 ------------------------------------------------------------------------------------------

LONG = "A label that is longer than the forty bytes of version 5, β included"


def test_version_8_keeps_long_names_labels_and_texts(tmp_path: Path) -> None:
    drawn = [
        Column("a_name_of_its_own", text("x" * 3000, None), LONG),
        Column("N", np.array([1.0, np.nan]), "short", format="DATE9.", special=np.array([0, 65], np.uint8)),
    ]
    path = tmp_path / "long.xpt"
    xpt.write(path, drawn, dataset="LONG_TABLE", created=CREATED, encoding="utf-8", version=8)
    found = xpt.read(path, encoding="utf-8")
    assert (found.name, [column.label for column in found.columns]) == ("LONG_TABLE", [LONG, "short"])
    assert found["a_name_of_its_own"].texts.to_objects().tolist() == ["x" * 3000, None]
    assert found["N"].special is not None and found["N"].special.tolist() == [0, 65]
    table, meta = pyreadstat.read_xport(str(path))
    assert (meta.table_name, meta.column_names) == ("LONG_TABLE", ["a_name_of_its_own", "N"])
    assert [label or "" for label in meta.column_labels] == [LONG, "short"]
    assert table["a_name_of_its_own"].tolist() == ["x" * 3000, ""]


def test_writer_of_version_8_states_the_number_of_records(tmp_path: Path) -> None:
    column = Column("T", text("a", None), length=8)
    with Writer(tmp_path / "dm.xpt", attributes(column), version=8) as writer:
        writer.append([column])
    assert xpt.read(tmp_path / "dm.xpt")["T"].texts.to_objects().tolist() == ["a", None]


def test_other_versions_are_unknown() -> None:
    with pytest.raises(XptError, match="there is no version 6"):
        written(Column("A", text("x")), version=6)


def test_attributes_are_those_of_the_variables() -> None:
    dataset = Dataset("DM", (Column("A", text("x"), "Label", special=None),), "L", CREATED)
    assert (dataset.attributes().rows, dataset.attributes()["A"].label) == (0, "Label")
    assert replace(dataset, name="AE").name == "AE"


@settings(max_examples=60, deadline=None)
@given(columns())
def test_threads_change_nothing_of_what_is_read(drawn: list[Column]) -> None:
    data = written(*drawn)
    alone = xpt.frame(xpt.read(io.BytesIO(data)), text="str")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(side_by_side, "LARGE", 0)
        patch.setattr(side_by_side.os, "cpu_count", lambda: 3)
        threads = xpt.frame(xpt.read(io.BytesIO(data)), text="str")
    pd.testing.assert_frame_equal(alone, threads)


def test_a_number_that_needs_a_greater_length_is_told_so(tmp_path: Path) -> None:
    third = xpt.Column("X", np.array([1.0, 1 / 3]), length=4)
    with pytest.raises(xpt.XptError, match=r"record 2: .* of 4 bytes; 8 bytes hold the numbers"):
        xpt.write(tmp_path / "x.xpt", [third], dataset="X", created=CREATED)
