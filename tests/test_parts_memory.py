"""Files larger than memory, in parts: what is read of them, and that nothing of them is kept."""

from __future__ import annotations

import errno
import itertools
import mmap
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from adam import transport
from engine import spill
from formats import safe_csv, xpt, xpt_read
from specs.problem import DataError

WHEN = datetime(2026, 1, 5)


def _write(path: Path, values: list[str], numbers: list[float]) -> None:
    columns = [xpt.Column("USUBJID", xpt.Coded.from_objects(values)), xpt.Column("AVAL", np.array(numbers))]
    xpt.write(path, columns, dataset="LB", created=WHEN)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    _write(tmp_path / "lb.xpt", ["01-2", "01-1", "01-1", "", "01-3", "01-2", "01-1"], [float(n) for n in range(7)])
    return tmp_path / "lb.xpt"


def test_a_column_read_block_by_block_has_the_values_of_its_rows(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "BLOCK_BYTES", 30)  # two records of 12 bytes
    found = transport.texts(file, "ascii", "USUBJID")
    assert found.objects().tolist() == ["01-2", "01-1", "01-1", None, "01-3", "01-2", "01-1"]


def test_a_byte_outside_the_encoding_is_named_with_its_record_in_a_later_block(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = file.read_bytes()
    file.write_bytes(data.replace(b"01-3", b"01-\xe9"))
    monkeypatch.setattr(transport, "BLOCK_BYTES", 30)
    with pytest.raises(DataError, match="record 5"):
        transport.texts(file, "ascii", "USUBJID")


def test_rows_of_a_part_are_read_without_a_search_of_the_whole_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def searched(self: object) -> list[int]:
        raise AssertionError("the file was searched")

    monkeypatch.setattr(xpt_read._File, "_header_cards", searched)
    columns, count = transport.columns(file, "ascii", slice(1, 3))
    assert count == 2
    assert np.asarray(columns["AVAL"]).tolist() == [1.0, 2.0]


def test_members_are_found_wherever_the_search_of_a_block_ends(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = tmp_path / "both.xpt"
    one = xpt.read(file)
    xpt.write_all(both, [one, one])
    for cards in (1, 2, 3, 7, 100):
        monkeypatch.setattr(xpt_read, "_CARDS", cards)
        assert [member.rows for member in xpt_read.members(both)] == [7, 7]


def test_pages_given_back_are_read_again_from_the_file(file: Path) -> None:
    member = xpt_read.members(file)[0]
    before = member.area.tobytes()
    xpt_read.release(member.area)
    assert member.area.tobytes() == before


def test_bytes_that_are_no_mapped_file_are_left_alone() -> None:
    area = np.arange(4, dtype=np.uint8)
    xpt_read.release(area[1:])
    assert area.tolist() == [0, 1, 2, 3]


def test_release_reaches_the_mapped_file_behind_a_view(file: Path) -> None:
    class Mapped(mmap.mmap):
        given = 0

        def madvise(self, *option: int) -> None:
            Mapped.given += 1

    with file.open("rb") as opened:
        data = Mapped(opened.fileno(), 0, access=mmap.ACCESS_READ)
    xpt_read.release(np.frombuffer(data, np.uint8)[80:160].reshape(2, 40))
    assert Mapped.given == 1


def _dataset(values: list[str | None], numbers: list[float]) -> xpt.Dataset:
    columns = (xpt.Column("USUBJID", xpt.Coded.from_objects(values), length=4), xpt.Column("AVAL", np.array(numbers)))
    return xpt.Dataset("LB", columns, created=WHEN)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_parts_written_in_any_order_are_the_bytes_of_one_file(tmp_path: Path, order: tuple[int, ...]) -> None:
    values, numbers = [f"01-{n}" for n in range(7)], [float(n) for n in range(7)]
    xpt.write_all(tmp_path / "whole.xpt", [_dataset(list(values), numbers)])
    cuts = ((0, 1), (1, 4), (4, 7))
    for start, stop in (cuts[place] for place in order):
        xpt.write_part(tmp_path / "parts.xpt", _dataset(list(values[start:stop]), numbers[start:stop]), start, 7)
    assert (tmp_path / "parts.xpt").read_bytes() == (tmp_path / "whole.xpt").read_bytes()


def test_a_part_that_is_written_once_more_changes_nothing(tmp_path: Path) -> None:
    """A worker that was lost may have written some of it."""
    path = tmp_path / "lb.xpt"
    first, last = _dataset(["01-1", "01-2"], [1.0, 2.0]), _dataset(["01-3"], [3.0])
    for part, before in ((first, 0), (last, 2), (first, 0)):
        xpt.write_part(path, part, before, 3)
    assert xpt.frame(xpt.read(path))["AVAL"].tolist() == [1.0, 2.0, 3.0]


def test_only_the_last_record_of_all_parts_may_not_be_blank(tmp_path: Path) -> None:
    def texts(*values: str | None) -> xpt.Dataset:
        return xpt.Dataset("LB", (xpt.Column("USUBJID", xpt.Coded.from_objects(list(values)), length=4),), created=WHEN)

    path = tmp_path / "lb.xpt"
    xpt.write_part(path, texts("01-1", None), 0, 3)
    xpt.write_part(path, texts("01-2"), 2, 3)
    assert xpt.frame(xpt.read(path))["USUBJID"].tolist() == ["01-1", None, "01-2"]
    with pytest.raises(xpt.XptError, match="the last record is blank") as error:
        xpt.write_part(tmp_path / "other.xpt", texts("01-2", None), 1, 3)
    assert error.value.row == 2
    assert not (tmp_path / "other.xpt").exists()


FULL = Path("/dev/full")  # a file on a disk that is full


@pytest.mark.skipif(not FULL.exists(), reason="the system has no /dev/full")
def test_a_full_disk_is_told_with_the_file(tmp_path: Path) -> None:
    numbers = np.arange(300_000.0)
    writers: list[Callable[[], object]] = [
        lambda: spill.write(FULL, {"AVAL": numbers}),
        lambda: xpt.write_part(FULL, _dataset(["01-1"] * 300_000, numbers.tolist()), 0, 300_000),
        lambda: safe_csv.write(pd.DataFrame({"AVAL": numbers}), FULL),
    ]
    for write in writers:
        with pytest.raises(OSError, match="No space left") as error:
            write()
        assert error.value.filename == str(FULL)
        assert error.value.errno == errno.ENOSPC
