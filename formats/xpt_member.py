"""One dataset of a transport file on its way out: its header cards, and its records from its variables' fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from formats.xpt_fields import NumberField, TextField, Variable, check_name, encode_attribute
from formats.xpt_layout import CARD, MAX_VARIABLES, NAMESTR, V5, Dataset, Version, XptError, header, timestamp
from formats.xpt_text import SPACE

BLOCK_BYTES = 1 << 20  # records put together at a time: they stay in the cache of the processor


class Member:
    """The attributes of a dataset, checked, and what its headers say."""

    def __init__(self, dataset: Dataset, encoding: str, version: Version) -> None:
        self.dataset, self.encoding, self.version = dataset, encoding, version
        check_encoding(encoding)
        self._check()
        self.variables = [Variable(column, dataset.name, encoding, version) for column in dataset.columns]

    def fail(self, message: str, **more: Any) -> XptError:
        """The error for something of this dataset."""
        return XptError(message, dataset=self.dataset.name, **more)

    def _check(self) -> None:
        dataset, version = self.dataset, self.version
        check_name(dataset.name, "dataset name", version.name, dataset=dataset.name)
        encode_attribute(dataset.label, 40, "dataset label", self.encoding, dataset=dataset.name)
        for text in (dataset.sas_version, dataset.system, dataset.type):
            encode_attribute(text, 8, "header field", "ascii", dataset=dataset.name)
        if len(dataset.columns) > MAX_VARIABLES:
            raise self.fail(f"{len(dataset.columns)} variables are more than {MAX_VARIABLES}")
        seen: set[str] = set()
        for column in dataset.columns:
            if column.name.upper() in seen:
                raise self.fail("the name stands twice", variable=column.name)
            seen.add(column.name.upper())
        for moment in (dataset.created, dataset.modified or dataset.created):
            self._stamp(moment)

    def _stamp(self, moment: datetime | None) -> str:
        if moment is None:
            raise self.fail("the time stamp `created` is missing", hint="give the time that the study states")
        try:
            return timestamp(moment)
        except ValueError as error:
            raise self.fail(str(error), value=moment) from None

    def check_last_record(self, blank: bool, rows: int, size: int, before: int = 0) -> None:
        """Refuse a blank record at the end that a reader would take for the padding of the last card.

        before: of the records those that were written before, which the place of the error does not count.
        """
        if not blank or self.version is not V5 or not rows or not size:
            return
        if -(-rows * size // CARD) * CARD - (rows - 1) * size < CARD:
            raise self.fail(
                "the last record is blank and cannot be told from the padding of the file",
                row=rows - before,
                hint="leave out the record, or give a variable a value or a greater length",
            )

    # --- header cards ---------------------------------------------------------------------------------------

    def library(self) -> bytes:
        """The cards with which the file begins."""
        return header(self.version.library) + self._real_header("SASLIB")

    def head(self, lengths: Sequence[int], rows: int) -> bytes:
        """All cards of the dataset before its first record; their number does not depend on lengths and rows."""
        count = len(self.variables)
        namestrs = np.zeros(count, NAMESTR)
        position = 0
        for i, (variable, length) in enumerate(zip(self.variables, lengths)):
            variable.describe(namestrs[i], i + 1, position, length)
            position += length
        version = self.version
        records = header(version.records) if version is V5 else header(version.records, f"{rows:>15}{'':15}")
        parts = (
            header(version.member, "000000000000000001600000000140"),
            header(version.descriptor),
            self._real_header("SASDATA"),
            header(version.variables, f"000000{count:04}"),
            namestrs.tobytes() + padding(namestrs.nbytes),
            self._long_labels() if version is not V5 else b"",
            records,
        )
        return b"".join(parts)

    def _real_header(self, kind: str) -> bytes:
        """The two cards with versions, time stamps and, for a dataset, its name, label and type."""
        dataset = self.dataset
        is_library = kind == "SASLIB"
        created, modified = self._stamp(dataset.created), self._stamp(dataset.modified or dataset.created)
        width = 8 if is_library or self.version is V5 else 32
        owner = "SAS" if is_library else dataset.name
        text = f"{'SAS':<8}{owner:<{width}}{kind:<8}{dataset.sas_version:<8}{dataset.system:<8}"
        label = b"" if is_library else dataset.label.encode(self.encoding)
        type_ = "" if is_library else dataset.type
        return f"{text:<64}{created}{modified:<32}".encode("ascii") + label.ljust(40) + f"{type_:<8}".encode("ascii")

    def _long_labels(self) -> bytes:
        """The section with the names, labels and formats that NAMESTR records cannot hold (version 8)."""
        long = [number for number, variable in enumerate(self.variables, 1) if variable.long]
        if not long:
            return b""
        kind = "LABELV9" if any(variable.long_format for variable in self.variables) else "LABELV8"
        entries = []
        for number in long:
            variable = self.variables[number - 1]
            column = variable.column
            texts = [column.name.encode(), variable.label]
            texts += [column.format.encode(), column.informat.encode()] if kind == "LABELV9" else []
            entries.append(np.array([number, *map(len, texts)], ">u2").tobytes() + b"".join(texts))
        section = b"".join(entries)
        return header(kind, f"{len(long):<30}") + section + padding(len(section))


def check_encoding(encoding: str) -> None:
    """Raise XptError unless the encoding is known and contains ASCII."""
    try:
        suits = " A".encode(encoding) == b" A"
    except LookupError:
        suits = False
    if not suits:
        raise XptError(
            f"{encoding!r} is not an encoding that contains ASCII", hint="for instance ascii or utf-8"
        )


def padding(size: int) -> bytes:
    """The blanks that fill the last card of `size` bytes."""
    return b" " * (-size % CARD)


def views(buffer: np.ndarray, lengths: Sequence[int]) -> list[np.ndarray]:
    """The fields of the records in `buffer` (uint8), one dtype V array for each length."""
    record = sum(lengths)
    rows = len(buffer) // record if record else 0
    starts = np.cumsum([0, *lengths]).tolist()
    return [
        np.ndarray(rows, f"V{length}", buffer.data, offset=start if rows else 0, strides=(record,))
        for start, length in zip(starts, lengths)
    ]


def block_rows_for(record: int) -> int:
    """How many records are put together at a time."""
    return max(1, BLOCK_BYTES // max(record, 1))


def records(
    fields: Sequence[TextField | NumberField], lengths: Sequence[int], rows: int, block_rows: int = 0
) -> Iterator[memoryview]:
    """The records of the fields, some at a time; what is given holds until the next is asked for."""
    record = sum(lengths)
    if not record or not rows:
        return
    size = min(block_rows or block_rows_for(record), rows)
    buffer = np.empty(size * record, np.uint8)
    places = views(buffer, lengths)
    for field, place, length in zip(fields, places, lengths):
        field.prepare(length)
        if field.constant:
            place[:] = field.value()
    changing = [(field, place) for field, place in zip(fields, places) if not field.constant]
    for start in range(0, rows, size):
        stop = min(start + size, rows)
        for field, place in changing:
            field.fill(place[: stop - start], slice(start, stop))
        yield buffer[: (stop - start) * record].data


def widened(source: np.ndarray, old: Sequence[int], new: Sequence[int]) -> np.ndarray:
    """Records (uint8) of the lengths `old` with the fields of lengths `new`, none of them shorter."""
    rows = len(source) // sum(old)
    buffer = np.full(rows * sum(new), SPACE, np.uint8)
    starts = np.cumsum([0, *new]).tolist()
    for field, start, length in zip(views(source, old), starts, old):
        np.ndarray(rows, f"V{length}", buffer.data, offset=start, strides=(sum(new),))[:] = field
    return buffer
