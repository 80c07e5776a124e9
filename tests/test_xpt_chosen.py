"""Some records of a transport file, chosen in blocks by what some of their variables hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from formats import xpt, xpt_chosen, xpt_decode
from formats.coded import Coded
from formats.xpt_chosen import chosen
from formats.xpt_read import only_member
from formats.xpt_records import Member

SUBJECTS = ["01", "01", "02", "02", "03", "03", "04"]
CODES = ["A", "B", "A", None, "B", "A", "C"]
VALUES = [1.0, 2.0, np.nan, 4.0, 5.0, 6.0, 7.0]


@pytest.fixture(autouse=True)
def two_records_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xpt_chosen, "block_rows", lambda member: 2)


def file(path: Path, subjects: Sequence[str] = SUBJECTS, encoding: str = "ascii") -> Member:
    special = np.array([0, 0, ord("M"), 0, 0, 0, 0], np.uint8)
    columns = [
        xpt.Column("USUBJID", xpt.Coded.from_objects(subjects), "Subject"),
        xpt.Column("PARAMCD", xpt.Coded.from_objects(CODES)),
        xpt.Column("AVAL", np.array(VALUES), format="8.1", special=special),
    ]
    xpt.write(path, columns, dataset="ADX", created=datetime(2026, 1, 5), encoding=encoding)
    return only_member(path, encoding="latin-1")


def code_is(code: str) -> Any:
    def choose(columns: Sequence[xpt.Column]) -> np.ndarray:
        (column,) = columns
        return np.array([text == code for text in column.texts.to_objects()])

    return choose


def test_chosen_records_stand_in_the_order_of_the_file_with_one_dictionary(tmp_path: Path) -> None:
    found = chosen(file(tmp_path / "x.xpt"), ["AVAL", "USUBJID"], ["PARAMCD"], code_is("A"), "ascii")
    assert [column.name for column in found.columns] == ["USUBJID", "AVAL"]
    assert found["USUBJID"].texts.to_objects().tolist() == ["01", "02", "03"]
    assert found["USUBJID"].texts.values.tolist() == ["01", "02", "03"]
    np.testing.assert_array_equal(found["AVAL"].numbers, [1.0, np.nan, 6.0])


def test_attributes_and_special_missing_values_are_kept(tmp_path: Path) -> None:
    found = chosen(file(tmp_path / "x.xpt"), ["USUBJID", "AVAL"], ["PARAMCD"], code_is("A"), "ascii")
    special = found["AVAL"].special
    assert special is not None and special.tolist() == [0, ord("M"), 0]
    assert (found["AVAL"].format, found["USUBJID"].label) == ("8.1", "Subject")
    without = chosen(file(tmp_path / "x.xpt"), ["AVAL"], ["PARAMCD"], code_is("B"), "ascii")
    assert without["AVAL"].special is None


def test_no_choice_gives_every_record_as_reading_does(tmp_path: Path) -> None:
    found = chosen(file(tmp_path / "x.xpt"), ["USUBJID", "PARAMCD", "AVAL"], [], None, "ascii")
    assert found["PARAMCD"].texts.to_objects().tolist() == CODES
    np.testing.assert_array_equal(found["AVAL"].numbers, VALUES)


def test_nothing_chosen_gives_columns_of_their_types(tmp_path: Path) -> None:
    found = chosen(file(tmp_path / "x.xpt"), ["USUBJID", "AVAL"], ["PARAMCD"], code_is("Z"), "ascii")
    assert (found.rows, found["USUBJID"].numeric, found["AVAL"].numeric) == (0, False, True)


def test_a_byte_outside_the_encoding_is_named_with_its_record_in_the_file(tmp_path: Path) -> None:
    member = file(tmp_path / "x.xpt", [*SUBJECTS[:5], "0é", "04"], "latin-1")
    with pytest.raises(xpt.XptError, match="record 6"):
        chosen(member, ["USUBJID"], ["PARAMCD"], code_is("A"), "ascii")
    with pytest.raises(xpt.XptError, match="record 6"):
        chosen(member, ["USUBJID"], [], None, "ascii")
    found = chosen(member, ["USUBJID"], ["PARAMCD"], code_is("B"), "ascii")  # the record is not read
    assert found["USUBJID"].texts.to_objects().tolist() == ["01", "03"]


def test_of_records_that_are_not_chosen_only_the_variables_of_the_choice_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = file(tmp_path / "x.xpt")
    decoded: list[tuple[tuple[str, ...], int]] = []
    original = Member.decoded

    def noted(self: Member, variables: Any, encoding: str, rows: Any = None) -> list[xpt.Column]:
        found = original(self, variables, encoding, rows)
        decoded.append((tuple(column.name for column in found), len(found[0])))
        return found

    monkeypatch.setattr(Member, "decoded", noted)
    chosen(member, ["USUBJID", "AVAL"], ["PARAMCD"], code_is("C"), "ascii")
    asked = [(("PARAMCD",), 2)] * 3 + [(("PARAMCD",), 1)]
    assert decoded == [*asked, (("USUBJID", "AVAL"), 1)]


def test_pages_of_a_large_file_are_given_back_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, count = tmp_path / "lb.xpt", 1000
    texts = Coded(np.arange(count, dtype=np.int32), np.array([f"T{n:05}" for n in range(count)], object))
    xpt.write(path, [xpt.Column("LBTEST", texts), xpt.Column("LBSEQ", np.arange(count, dtype=float))],
              dataset="LB", created=datetime(2026, 1, 5))  # fmt: skip
    given_back: list[int] = []
    monkeypatch.setattr(xpt_decode, "CHUNK_BYTES", 1400)
    monkeypatch.setattr(xpt_decode, "release", lambda area: given_back.append(area.nbytes))
    xpt.read(path)
    assert not given_back
    monkeypatch.setattr(xpt_decode, "HELD_BYTES", 1400)
    assert xpt.read(path)["LBTEST"].texts.to_objects().tolist() == [f"T{n:05}" for n in range(count)]
    assert given_back == [14 * count] * 10
