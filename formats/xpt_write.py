"""Writes SAS transport files: of version 5 (the format that regulators accept) and, when asked, of version 8.

Everything that the format cannot hold is raised as an XptError with its place: nothing is cut, rounded or replaced.
The bytes depend on the data and the attributes alone, not on how the data are cut into blocks.

Source: SAS technical note TS-140, "The record layout of a data set in SAS transport (XPORT) format", and its
successor for data sets of version 8 and 9.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np

from formats.dataset import check_block
from formats.whole_file import Target, beside, opened, told
from formats.xpt_layout import V5, VERSIONS, Column, Dataset, Version, XptError
from formats.xpt_member import Member, block_rows_for, check_encoding, padding, records, widened


def write(
    target: Target,
    columns: Sequence[Column],
    *,
    dataset: str,
    label: str = "",
    created: datetime,
    modified: datetime | None = None,
    encoding: str = "ascii",
    version: int = 5,
    block_rows: int = 0,
) -> None:
    """Write one dataset to a path (whole or not at all) or to a binary file object.

    created, modified: the time stamps of the header, in the time zone that they state, to the second.
    encoding: of texts and labels; limits (label 40, text 200) are counted in bytes of it. version: 5, or 8 with names
    of 32, labels of 256 and texts of 32,767 bytes. block_rows: records converted at a time, 0 for what suits the
    processor. Raises XptError before the first byte is written.
    """
    member = Dataset(dataset, tuple(columns), label, created, modified or created)
    write_all(target, [member], encoding=encoding, version=version, block_rows=block_rows)


def write_all(
    target: Target,
    datasets: Sequence[Dataset],
    *,
    encoding: str = "ascii",
    version: int = 5,
    block_rows: int = 0,
) -> None:
    """Write several datasets into one transport file, with the header fields that each carries."""
    if not datasets:
        raise XptError("a transport file holds at least one dataset")
    check_encoding(encoding)
    members = [_Whole(dataset, encoding, _version(version)) for dataset in datasets]
    with opened(target) as file:
        file.write(members[0].member.library())
        for member in members:
            member.write(file, block_rows)


def write_part(path: Path, part: Dataset, before: int, total: int, *, encoding: str = "ascii") -> None:
    """Write some records of a dataset (version 5) into their place in its file, which other processes may fill beside.

    Once every part has been written the bytes are those of `write_all`. All parts have the same attributes, and each
    states the lengths of its texts. before, total: the records before these, and of all parts. The head comes with the
    first record, the padding with the last. Raises XptError before a byte is written, and OSError with the path.
    """
    check_encoding(encoding)
    stop = before + part.rows
    whole = _Whole(part, encoding, V5, total if stop == total else None)
    with told(path), open(path, "wb", opener=_kept) as file:
        head = whole.head(total)
        if not before:
            file.write(head)
        file.seek(len(head) + before * whole.size)
        whole.write_records(file)
        if stop == total:
            file.write(padding(total * whole.size))


def _kept(path: str, flags: int) -> int:
    """Open a file for writing, with what stands in it."""
    return os.open(path, flags & ~os.O_TRUNC, 0o666)


def _version(number: int) -> Version:
    if number not in VERSIONS:
        raise XptError(f"there is no version {number} of the transport format", hint="5 or 8")
    return VERSIONS[number]


class _Whole:
    """Records that are there as a whole: everything about them is checked at the start.

    total: the records of the file if these end it, None where others follow; their own number if it is not given.
    """

    def __init__(self, dataset: Dataset, encoding: str, version: Version, total: int | None = -1) -> None:
        self.member, self.rows = Member(dataset, encoding, version), dataset.rows
        for column in dataset.columns:
            if len(column) != self.rows:
                message = f"{len(column)} values where {dataset.columns[0].name} has {self.rows}"
                raise self.member.fail(message, variable=column.name)
        self.fields = [variable.field(column) for variable, column in zip(self.member.variables, dataset.columns)]
        self.lengths = [field.length for field in self.fields]
        self.size = sum(self.lengths)
        if total is not None:
            blank = bool(self.rows) and all(field.ends_blank() for field in self.fields)
            before = max(total - self.rows, 0)
            self.member.check_last_record(blank, before + self.rows, self.size, before)

    def write(self, file: BinaryIO, block_rows: int) -> None:
        file.write(self.member.head(self.lengths, self.rows))
        self.write_records(file, block_rows)
        file.write(padding(self.rows * self.size))

    def head(self, total: int) -> bytes:
        """What stands in a file of one dataset before its records."""
        return self.member.library() + self.member.head(self.lengths, total)

    def write_records(self, file: BinaryIO, block_rows: int = 0) -> None:
        for block in records(self.fields, self.lengths, self.rows, block_rows):
            file.write(block)


class Writer:
    """Writes one dataset block by block; the memory it needs is that of a block.

        with Writer("lb.xpt", attributes) as writer:
            for columns in blocks:
                writer.append(columns)

    attributes: the dataset with its variables, whose values do not count (`Dataset.attributes`); `created` must be
    set. A text variable of length 0 gets the length of its longest text. Where that grows while blocks come, the
    records that were written before are laid out anew at the end. The target is there when `close` has returned;
    when the `with` block ends with an error, or by `discard`, it stays as it was. Raises XptError.
    """

    def __init__(self, target: Target, attributes: Dataset, *, encoding: str = "ascii", version: int = 5) -> None:
        self.member = Member(attributes, encoding, _version(version))
        self.rows = 0
        self._lengths = [variable.length or 1 for variable in self.member.variables]
        self._layouts: list[tuple[list[int], int]] = []  # lengths, and how many records have them
        self._blank = False
        self._target = target
        self._path = Path(target) if isinstance(target, (str, os.PathLike)) else None
        self._file = self._temporary(0)
        self._file.write(bytes(self._head_size()))

    def _temporary(self, number: int) -> BinaryIO:
        """A file beside the target, or anywhere if that is no path."""
        if self._path is None:
            return tempfile.TemporaryFile()
        return open(f"{beside(self._path)}.{number}", "w+b")

    def _head(self) -> bytes:
        return self.member.library() + self.member.head(self._lengths, self.rows)

    def _head_size(self) -> int:
        return len(self._head())

    def append(self, columns: Sequence[Column]) -> None:
        """Add the records of a block: the dataset's variables in their order, all of one length."""
        rows = check_block(self.member.dataset, columns)
        if not rows:
            return
        fields = [variable.field(column, self.rows) for variable, column in zip(self.member.variables, columns)]
        lengths = [max(length, field.length) for length, field in zip(self._lengths, fields)]
        if lengths != self._lengths or not self._layouts:
            self._lengths = lengths
            self._layouts.append((lengths, 0))
        for block in records(fields, lengths, rows):
            self._file.write(block)
        self._layouts[-1] = (lengths, self._layouts[-1][1] + rows)
        self._blank = all(field.ends_blank() for field in fields)
        self.rows += rows

    def close(self) -> None:
        """Finish the file and put it in its place."""
        self.member.check_last_record(self._blank, self.rows, sum(self._lengths))
        if len(self._layouts) > 1:
            self._lay_out_anew()
        self._file.write(padding(self.rows * sum(self._lengths)))
        self._file.seek(0)
        self._file.write(self._head())
        if self._path is not None:
            name = self._file.name
            self._file.close()
            os.replace(name, self._path)
        else:
            assert not isinstance(self._target, (str, os.PathLike))
            self._file.seek(0)
            shutil.copyfileobj(self._file, self._target)
            self._file.close()

    def discard(self) -> None:
        """Give up: the target stays as it was."""
        self._file.close()
        if self._path is not None:
            Path(self._file.name).unlink(missing_ok=True)

    def _lay_out_anew(self) -> None:
        """Give the records written before a text was longer their final lengths."""
        old, self._file = self._file, self._temporary(1)
        try:
            self._file.write(bytes(old_size := self._head_size()))
            old.seek(old_size)
            for lengths, rows in self._layouts:
                step = block_rows_for(sum(self._lengths))
                for start in range(0, rows, step):
                    data = old.read(min(step, rows - start) * sum(lengths))
                    self._file.write(widened(np.frombuffer(data, np.uint8), lengths, self._lengths).data)
        finally:
            old.close()
            if self._path is not None:
                Path(old.name).unlink(missing_ok=True)

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.discard()
            return
        try:
            self.close()
        except BaseException:
            self.discard()
            raise
