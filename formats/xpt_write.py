"""Writes SAS transport files of version 5 (the format that regulators accept).

Everything that the format cannot hold is found before the first byte is written and raised as an XptError:
nothing is cut, rounded or replaced. The bytes depend on the arguments alone.

Source: SAS technical note TS-140, "The record layout of a data set in SAS transport (XPORT) format".
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from formats.xpt_fields import Field, check_name, encode_attribute
from formats.xpt_layout import (
    CARD,
    MAX_LABEL,
    MAX_VARIABLES,
    NAMESTR,
    Column,
    Dataset,
    XptError,
    header,
    timestamp,
)

BLOCK_ROWS = 1 << 15


def write(
    target: str | os.PathLike[str] | BinaryIO,
    columns: Sequence[Column],
    *,
    dataset: str,
    label: str = "",
    created: datetime,
    modified: datetime | None = None,
    encoding: str = "ascii",
    block_rows: int = BLOCK_ROWS,
) -> None:
    """Write one dataset to a path (whole or not at all) or to a binary file object.

    created, modified: the time stamps of the header, in the time zone that they state, to the second.
    encoding: of texts and labels; limits (label 40, text 200) are counted in bytes of it. block_rows: records
    converted at a time. Raises XptError.
    """
    member = Dataset(dataset, tuple(columns), label, created, modified or created)
    write_all(target, [member], encoding=encoding, block_rows=block_rows)


def write_all(
    target: str | os.PathLike[str] | BinaryIO,
    datasets: Sequence[Dataset],
    *,
    encoding: str = "ascii",
    block_rows: int = BLOCK_ROWS,
) -> None:
    """Write several datasets into one transport file, with the header fields that each carries."""
    if not datasets:
        raise XptError("a transport file holds at least one dataset")
    _check_encoding(encoding)
    members = [_Member(dataset, encoding) for dataset in datasets]
    with _opened(target) as file:
        first = members[0]
        file.write(header("LIBRARY") + first.real_header("SAS", "SASLIB", "", ""))
        for member in members:
            file.write(member.head())
            for block in member.blocks(block_rows):
                file.write(block)


def _check_encoding(encoding: str) -> None:
    try:
        suits = " A".encode(encoding) == b" A"
    except LookupError:
        suits = False
    if not suits:
        raise XptError(
            f"{encoding!r} is not an encoding that contains ASCII", hint="for instance ascii or utf-8"
        )


@contextmanager
def _opened(target: str | os.PathLike[str] | BinaryIO) -> Iterator[BinaryIO]:
    """The target for writing; a path is replaced only by a file that was written to its end."""
    if not isinstance(target, (str, os.PathLike)):
        yield target
        return
    path = Path(target)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(temporary, "wb") as file:
            yield file
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


class _Member:
    """One dataset, checked, with its texts encoded and its record laid out."""

    def __init__(self, dataset: Dataset, encoding: str) -> None:
        self.dataset, self.encoding = dataset, encoding
        self._check_dataset()
        self.fields = [Field(column, dataset.name, encoding) for column in dataset.columns]
        self.record = np.dtype([(f"f{i}", field.type) for i, field in enumerate(self.fields)])
        self._check_last_record()

    def _fail(self, message: str, **more: Any) -> XptError:
        return XptError(message, dataset=self.dataset.name, **more)

    def _check_dataset(self) -> None:
        dataset = self.dataset
        check_name(dataset.name, "dataset name", dataset=dataset.name)
        encode_attribute(dataset.label, MAX_LABEL, "dataset label", self.encoding, dataset=dataset.name)
        for text, limit in ((dataset.sas_version, 8), (dataset.system, 8), (dataset.type, 8)):
            encode_attribute(text, limit, "header field", "ascii", dataset=dataset.name)
        if len(dataset.columns) > MAX_VARIABLES:
            raise self._fail(f"{len(dataset.columns)} variables are more than {MAX_VARIABLES}")
        seen: set[str] = set()
        for column in dataset.columns:
            if column.name.upper() in seen:
                raise self._fail("the name stands twice", variable=column.name)
            seen.add(column.name.upper())
            if len(column) != dataset.rows:
                raise self._fail(
                    f"{len(column)} values where {dataset.columns[0].name} has {dataset.rows}",
                    variable=column.name,
                )
        for moment in (dataset.created, dataset.modified or dataset.created):
            self._stamp(moment)

    def _stamp(self, moment: datetime | None) -> str:
        if moment is None:
            raise self._fail(
                "the time stamp `created` is missing", hint="give the time that the study states"
            )
        try:
            return timestamp(moment)
        except ValueError as error:
            raise self._fail(str(error), value=moment) from None

    def _check_last_record(self) -> None:
        """Refuse a blank record at the end that a reader would take for the padding of the last card."""
        rows, size = self.dataset.rows, self.record.itemsize
        if not rows or not size or -(-rows * size // CARD) * CARD - (rows - 1) * size >= CARD:
            return
        if all(field.ends_blank() for field in self.fields):
            raise self._fail(
                "the last record is blank and cannot be told from the padding of the file",
                row=rows,
                hint="leave out the record, or give a variable a value or a greater length",
            )

    def real_header(self, owner: str, kind: str, label: str, type_: str) -> bytes:
        """The two cards with versions, time stamps and, for a member, label and type."""
        dataset = self.dataset
        created = self._stamp(dataset.created)
        modified = self._stamp(dataset.modified or dataset.created)
        names = ("SAS", owner, kind, dataset.sas_version, dataset.system)
        text = "".join(f"{name:<8}" for name in names) + " " * 24 + created + modified + " " * 16
        return text.encode("ascii") + label.encode(self.encoding).ljust(40) + type_.encode("ascii").ljust(8)

    def head(self) -> bytes:
        """All cards of the member before its first record."""
        dataset, count = self.dataset, len(self.fields)
        namestrs = np.zeros(count, NAMESTR)
        position = 0
        for i, field in enumerate(self.fields):
            field.describe(namestrs[i], i + 1, position)
            position += field.length
        return b"".join(
            (
                header("MEMBER", "000000000000000001600000000140"),
                header("DSCRPTR"),
                self.real_header(dataset.name, "SASDATA", dataset.label, dataset.type),
                header("NAMESTR", f"000000{count:04}"),
                namestrs.tobytes() + _padding(namestrs.nbytes),
                header("OBS"),
            )
        )

    def blocks(self, block_rows: int) -> Iterator[bytes | memoryview]:
        """The records, `block_rows` at a time, and the padding of the last card; a block holds until the next."""
        rows = self.dataset.rows
        buffer = np.empty(min(block_rows, rows), self.record)
        for start in range(0, rows, block_rows):
            stop = min(start + block_rows, rows)
            block = buffer[: stop - start]
            for i, field in enumerate(self.fields):
                field.fill(block[f"f{i}"], slice(start, stop))
            yield block.view(np.uint8).data if self.record.itemsize else b""
        yield _padding(rows * self.record.itemsize)


def _padding(size: int) -> bytes:
    """The blanks that fill the last card of `size` bytes."""
    return b" " * (-size % CARD)
