"""What version 5 of the transport format cannot hold is refused, and damaged files are."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from strategies_xpt import rejected, reread, text, written

from formats import xpt
from formats.xpt import Coded, Column, XptError

# --- padding of the last card and damage --------------------------------------------------------------------


@pytest.mark.parametrize("rows", range(1, 12))
def test_records_shorter_than_a_card_are_told_from_padding(rows: int) -> None:
    values = [None] * (rows - 1) + ["x"]
    assert reread(Column("T", text(*values), length=8))["T"].texts.to_objects().tolist() == values


@pytest.mark.parametrize(
    ("rows", "length", "ambiguous"),
    [
        (1, 8, False),  # a card would not be there without a record
        (2, 8, True),
        (10, 8, True),
        (11, 8, False),
        (12, 8, True),
        (1, 80, False),
        (2, 50, False),
        (3, 50, True),
    ],
)
def test_blank_last_record_is_refused_only_where_it_would_be_lost(rows: int, length: int, ambiguous: bool) -> None:
    column = Column("T", Coded.missing(rows), length=length)
    if ambiguous:
        assert rejected(column).row == rows
    else:
        assert reread(column).rows == rows


def test_file_without_padding_is_read() -> None:
    data = written(Column("T", text("abc", "def")))
    assert len(data) % 80 == 0
    assert reread_bytes(data.rstrip(b" ")) == ["abc", "def"]


def reread_bytes(data: bytes) -> list[str | None]:
    return xpt.read(io.BytesIO(data)).columns[0].texts.to_objects().tolist()


def test_truncated_file_is_an_error() -> None:
    data = written(Column("T", text("a" * 100, "b" * 100)))
    with pytest.raises(XptError, match="DM record 2: the file ends within a record; it may be truncated"):
        reread_bytes(data[:-80])


@pytest.mark.parametrize("data", [b"USUBJID,SEX\n", b"**COMPRESSED** **COMPRESSED**", b"", b"\0" * 400])
def test_other_files_are_no_transport_files(data: bytes) -> None:
    with pytest.raises(XptError, match="not a SAS transport file"):
        xpt.read(io.BytesIO(data))


def test_missing_and_empty_file(tmp_path: Path) -> None:
    with pytest.raises(XptError, match="there is no such file"):
        xpt.read(tmp_path / "none.xpt")
    (tmp_path / "empty.xpt").touch()
    with pytest.raises(XptError, match="the file is empty"):
        xpt.read(tmp_path / "empty.xpt")


@pytest.mark.parametrize("cut", [100, 300, 500, 600, 700, 900])
def test_file_cut_within_its_headers_is_an_error(cut: int) -> None:
    with pytest.raises(XptError):
        xpt.read(io.BytesIO(written(Column("A", text("x"), "Label"), Column("N", np.array([1.0])))[:cut]))


# --- limits -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "LONGNAME9", "1ST", "A-B", "A B", "ÄGE", "AGE\n"])
def test_variable_name_that_sas_forbids(name: str) -> None:
    assert rejected(Column(name, text("x"))).variable == name


@pytest.mark.parametrize("name", ["", "LONGNAME9", "1DM", "D M"])
def test_dataset_name_that_sas_forbids(name: str) -> None:
    assert rejected(Column("A", text("x")), dataset=name).dataset == name


def test_limits_are_kept_to_the_byte() -> None:
    dataset = reread(Column("NAME5678", text("x" * 200), "l" * 40), dataset="DATASET8", label="d" * 40)
    column = dataset.columns[0]
    assert (dataset.name, dataset.label, column.label, column.length) == ("DATASET8", "d" * 40, "l" * 40, 200)


def test_label_too_long_or_not_in_the_encoding() -> None:
    assert "41 bytes, more than 40" in str(rejected(Column("A", text("x"), "l" * 41)))
    assert "41 bytes, more than 40" in str(rejected(Column("A", text("x")), label="l" * 41))
    assert "'≥' (U+2265)" in str(rejected(Column("A", text("x"), "Age ≥ 65")))
    assert "ends with a blank" in str(rejected(Column("A", text("x"), "Age ")))


def test_text_over_200_bytes_names_variable_and_record() -> None:
    error = rejected(Column("AETERM", text("short", "x" * 201, "x" * 201)))
    assert (error.variable, error.row, error.value) == ("AETERM", 2, "x" * 201)
    assert "201 bytes are more than 200" in str(error)


def test_limit_counts_bytes_not_characters() -> None:
    column = Column("AETERM", text("é" * 101))
    assert "202 bytes are more than 200" in str(rejected(column, encoding="utf-8"))
    assert written(column, encoding="latin-1")


def test_text_longer_than_the_stated_length_is_not_cut() -> None:
    error = rejected(Column("SEX", text("M", "FEMALE"), length=1))
    assert (error.row, error.value) == (2, "FEMALE")


def test_character_outside_the_encoding_is_named() -> None:
    error = rejected(Column("AETERM", text("rash", None, "γ-GT up")))
    assert "DM.AETERM record 3: the character 'γ' (U+03B3) of 'γ-GT up' is not in ascii" in str(error)


def test_the_first_record_is_named_whatever_the_order_of_the_dictionary() -> None:
    coded = text("α", "x" * 201, "β", "y" * 201).take(np.array([2, 0]))
    assert rejected(Column("T", coded)).value == "β"
    assert rejected(Column("T", text("x" * 201, "y" * 201).take(np.array([1, 0])))).value == "y" * 201


def test_nul_in_a_text() -> None:
    assert rejected(Column("T", text("a", "b\0c"))).row == 2


@pytest.mark.parametrize("encoding", ["utf-16", "none"])
def test_encoding_that_does_not_contain_ascii(encoding: str) -> None:
    assert "is not an encoding that contains ASCII" in str(rejected(Column("T", text("a")), encoding=encoding))


def test_other_encoding_when_the_study_says_so() -> None:
    data = written(Column("AETERM", text("皮疹")), encoding="gb18030")
    assert xpt.read(io.BytesIO(data), encoding="gb18030")["AETERM"].texts.values.tolist() == ["皮疹"]


def test_names_that_differ_in_case_only_are_the_same() -> None:
    assert "the name stands twice" in str(rejected(Column("AGE", text("x")), Column("age", text("y"))))


def test_columns_of_unequal_length() -> None:
    assert "1 values where A has 2" in str(rejected(Column("A", text("x", "y")), Column("B", text("x"))))


@pytest.mark.parametrize("length", [-1, 1, 9])
def test_length_of_a_number(length: int) -> None:
    assert "between 2 and 8" in str(rejected(Column("N", np.array([1.0]), length=length)))


@pytest.mark.parametrize("length", [-1, 201])
def test_length_of_a_text(length: int) -> None:
    assert "is not between 1 and 200" in str(rejected(Column("T", text("x"), length=length)))


@pytest.mark.parametrize("format_", ["DATE9", "DATE 9.", "$8.", ".", "VERYLONGNAME9."])
def test_format_that_is_none_or_does_not_suit_a_number(format_: str) -> None:
    assert rejected(Column("N", np.array([1.0]), format=format_)).value == format_


@pytest.mark.parametrize("format_", ["DATE9.", "8.2", "BEST12.", "E8601DA10.", "DATETIME20.", "DATE."])
def test_format_is_kept(format_: str) -> None:
    assert reread(Column("N", np.array([1.0]), format=format_))["N"].format == format_


@pytest.mark.parametrize("year", [1959, 2060])
def test_year_that_two_digits_cannot_tell(year: int) -> None:
    assert str(year) in str(rejected(Column("A", text("x")), created=datetime(year, 1, 1)))


@pytest.mark.parametrize(
    ("letter", "value"),
    [(ord("a"), np.nan), (ord("."), np.nan), (ord("A"), 1.0)],
    ids=["a", "point", "number"],
)
def test_wrong_special_missing_value_is_an_error(letter: int, value: float) -> None:
    column = Column("N", np.array([2.0, value]), special=np.array([0, letter], np.uint8))
    assert rejected(column).row == 2
