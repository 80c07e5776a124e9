"""Reads SAS transport files of version 5, and of version 8 with its long names and labels.

Source: SAS technical notes TS-140, "The record layout of a data set in SAS transport (XPORT) format", and its
successor for version 8 and 9 data sets.
"""

from __future__ import annotations

import mmap
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from formats.coded import Coded
from formats.mapped import release
from formats.xpt_layout import CARD, NAMESTR, Column, Dataset, XptError, format_text, parse_timestamp
from formats.xpt_records import Member, Variable

_CARD_START = b"HEADER RECORD*******"
_MEMBER = re.compile(rb"HEADER RECORD\*{7}MEMB(?:ER|V8)  HEADER RECORD!{7}")
_BLANKS = b" \0"
_CARDS = 1 << 20  # looked at before their memory is given back: 80 MB


def read(
    source: str | os.PathLike[str] | BinaryIO,
    *,
    encoding: str = "ascii",
    columns: Sequence[str] | None = None,
    max_rows: int | None = None,
) -> Dataset:
    """Read a transport file that holds one dataset.

    Texts lose their trailing blanks; an all-blank text is missing. encoding: of texts and labels; a byte that
    is not in it raises XptError. columns: the variables to read (all when None), returned in the order of the
    file. max_rows: read no more than so many records; 0 reads the attributes alone.
    """
    return _one(read_all(source, encoding=encoding, columns=columns, max_rows=max_rows), source)


def _one(datasets: list[Dataset], source: str | os.PathLike[str] | BinaryIO) -> Dataset:
    if len(datasets) != 1:
        names = ", ".join(dataset.name for dataset in datasets)
        raise XptError(f"{len(datasets)} datasets where one is expected: {names}", path=_name(source))
    return datasets[0]


def read_all(
    source: str | os.PathLike[str] | BinaryIO,
    *,
    encoding: str = "ascii",
    columns: Sequence[str] | None = None,
    max_rows: int | None = None,
) -> list[Dataset]:
    """Read every dataset of a transport file, in the order of the file."""
    return _File(_bytes(source), _name(source), encoding).datasets(columns, max_rows)


def blocks(
    source: str | os.PathLike[str] | BinaryIO,
    *,
    encoding: str = "ascii",
    columns: Sequence[str] | None = None,
    rows: int = 1 << 16,
) -> Iterator[list[Column]]:
    """The records of a file that holds one dataset, `rows` at a time: each time its variables with these values.

        for part in blocks("lb.xpt", columns=["USUBJID", "LBSTRESN"]):
            usubjid, result = part

    The file is mapped into memory, not read as a whole. Attributes of the dataset: `read(..., max_rows=0)`.
    """
    found = members(source, encoding=encoding)
    _one([member.attributes for member in found], source)
    yield from found[0].blocks(encoding, rows, columns)


def members(source: str | os.PathLike[str] | BinaryIO, *, encoding: str = "ascii") -> list[Member]:
    """The datasets of a transport file, open to be read column by column; no value is decoded yet."""
    return _File(_bytes(source), _name(source), encoding).members()


def only_member(source: str | os.PathLike[str] | BinaryIO, *, encoding: str = "ascii") -> Member:
    """The dataset of a file that holds one, open to be read; the file is not searched for others."""
    return _File(_bytes(source), _name(source), encoding).first_member()


def _name(source: str | os.PathLike[str] | BinaryIO) -> str:
    return os.fspath(source) if isinstance(source, (str, os.PathLike)) else str(getattr(source, "name", ""))


def _bytes(source: str | os.PathLike[str] | BinaryIO) -> bytes | mmap.mmap:
    if not isinstance(source, (str, os.PathLike)):
        return source.read()
    path = Path(source)
    if not path.is_file():
        raise XptError("there is no such file", path=str(path))
    if not path.stat().st_size:
        raise XptError("the file is empty", path=str(path))
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


class _File:
    """The bytes of a transport file and where its sections start."""

    def __init__(self, data: bytes | mmap.mmap, path: str, encoding: str) -> None:
        self.data, self.path, self.encoding = data, path, encoding
        self.v8 = data[20:28] == b"LIBV8   "
        if data[:20] != _CARD_START or not (self.v8 or data[20:28] == b"LIBRARY "):
            hint = "CPORT files and SAS datasets are other formats" if data[:20] != _CARD_START else ""
            raise XptError("the file is not a SAS transport file", path=path, hint=hint)

    def _fail(
        self, message: str, dataset: str = "", variable: str = "", row: int = 0, hint: str = ""
    ) -> XptError:
        return XptError(message, path=self.path, dataset=dataset, variable=variable, row=row, hint=hint)

    def datasets(self, columns: Sequence[str] | None, max_rows: int | None) -> list[Dataset]:
        return [self._dataset(member, columns, max_rows) for member in self.members()]

    def members(self) -> list[Member]:
        starts = [place for place in self._header_cards() if _MEMBER.match(self.data, place)]
        if not starts or starts[0] != 3 * CARD:
            raise self._fail("no member header follows the library header")
        ends = [*starts[1:], len(self.data)]
        return [self._member(start, end) for start, end in zip(starts, ends)]

    def first_member(self) -> Member:
        """The first dataset, as if it were the only one."""
        if not _MEMBER.match(self.data, 3 * CARD):
            raise self._fail("no member header follows the library header")
        return self._member(3 * CARD, len(self.data))

    def _header_cards(self) -> list[int]:
        """Where the cards begin that look like headers; looking at the start of each card is quicker than a search."""
        cards = len(self.data) // CARD
        wanted = np.frombuffer(_CARD_START[:8], np.uint64)[0]
        found: list[int] = []
        for first in range(0, cards, _CARDS):
            count = min(_CARDS, cards - first)
            starts = np.ndarray(count, np.uint64, self.data, first * CARD, strides=(CARD,))
            found += ((np.flatnonzero(starts == wanted) + first) * CARD).tolist()
            if cards > _CARDS:
                release(starts)
        return found

    def _dataset(self, member: Member, columns: Sequence[str] | None, max_rows: int | None) -> Dataset:
        variables = member.chosen(columns)
        if max_rows is not None:
            member = replace(member, area=member.area[:max_rows])
        return replace(member.attributes, columns=tuple(member.decoded(variables, self.encoding)))

    def _member(self, start: int, end: int) -> Member:
        first = self.data[start + 2 * CARD : start + 3 * CARD]
        second = self.data[start + 3 * CARD : start + 4 * CARD]
        name_end = 40 if self.v8 else 16
        name = _ascii(first[8:name_end])
        version, system = (first[48:56], first[56:64]) if self.v8 else (first[24:32], first[32:40])
        label = self._text(second[32:72], name, "the dataset label")
        variables, data_start, rows = self._variables(start, end, name)
        dataset = Dataset(
            name,
            tuple(variable.column for variable in variables),
            label,
            parse_timestamp(_ascii(first[64:80])),
            parse_timestamp(_ascii(second[:16])),
            _ascii(version),
            _ascii(system),
            _ascii(second[72:80]),
        )
        record = max((variable.position + variable.length for variable in variables), default=0)
        rows = self._rows(data_start, end, record, rows, name)
        area = np.frombuffer(self.data, np.uint8, rows * record, data_start).reshape(rows, record)
        return Member(dataset, area, variables, self.path)

    def _text(self, raw: bytes, dataset: str, what: str) -> str:
        try:
            return raw.rstrip(_BLANKS).decode(self.encoding)
        except UnicodeDecodeError as error:
            message = f"byte {raw[error.start]:02X} of {what} is not in {self.encoding}"
            raise self._fail(message, dataset, hint="state the encoding of the file") from None

    def _variables(self, start: int, end: int, dataset: str) -> tuple[list[Variable], int, int | None]:
        """The variables, where the records start, and how many there are if the file says so (version 8)."""
        card = self.data[start + 4 * CARD : start + 5 * CARD]
        kind = b"NAMSTV8 " if self.v8 else b"NAMESTR "
        observations = b"OBSV8   " if self.v8 else b"OBS     "
        at = start + 5 * CARD
        after = self._next_card(at, end)
        if card[20:28] != kind or after < 0:
            raise self._fail("the descriptors of the variables are missing", dataset)
        size = self._number(start + 75, start + 78, dataset)
        if size not in (136, NAMESTR.itemsize):
            raise self._fail(f"the descriptors of the variables have {size} bytes, not 140", dataset)
        count = (after - at) // size
        stated = count if self.v8 else self._number(at - CARD + 52, at - CARD + 58, dataset)
        if count != stated:
            raise self._fail(f"{count} variables are described where the header says {stated}", dataset)
        records = np.zeros((count, NAMESTR.itemsize), np.uint8)
        records[:, :size] = np.frombuffer(self.data, np.uint8, count * size, at).reshape(count, size)
        variables = [self._variable(record, dataset) for record in records.view(NAMESTR)[:, 0]]
        rows = None
        if self.data[after + 20 : after + 27] in (b"LABELV8", b"LABELV9"):
            after = self._long_labels(after, end, variables, dataset)
        if after < 0 or self.data[after + 20 : after + 28] != observations:
            raise self._fail("the header of the records is missing", dataset)
        if self.v8 and self.data[after + 48 : after + 63].strip().isdigit():
            rows = int(self.data[after + 48 : after + 63])
        return variables, after + CARD, rows

    def _number(self, start: int, end: int, dataset: str) -> int:
        digits = bytes(self.data[start:end]).strip()
        if not digits.isdigit():
            raise self._fail(
                f"{digits!r} stands where a header has a number", dataset, hint="the file is damaged"
            )
        return int(digits)

    def _next_card(self, at: int, end: int) -> int:
        """Where the next header card starts, -1 when there is none."""
        found = self.data.find(_CARD_START, at, end)
        while found >= 0 and found % CARD:
            found = self.data.find(_CARD_START, found + 1, end)
        return found

    def _variable(self, namestr: np.void, dataset: str) -> Variable:
        long_name = bytes(namestr["longname"]).rstrip(_BLANKS) if self.v8 else b""
        name = (long_name or bytes(namestr["nname"]).rstrip(_BLANKS)).decode("latin-1")
        kind, length, position = int(namestr["ntype"]), int(namestr["nlng"]), int(namestr["npos"])
        numeric = kind == 1
        if kind not in (1, 2) or position < 0 or length < 1 or (numeric and not 2 <= length <= 8):
            raise self._fail(f"type {kind} and length {length} are not those of a variable", dataset, name)
        column = Column(
            name,
            np.empty(0) if numeric else Coded.missing(0),
            self._text(bytes(namestr["nlabel"]), dataset, f"the label of {name}"),
            length,
            format_text(_ascii(namestr["nform"]), int(namestr["nfl"]), int(namestr["nfd"])),
            format_text(_ascii(namestr["niform"]), int(namestr["nifl"]), int(namestr["nifd"])),
            right_justified=int(namestr["nfj"]) == 1,
        )
        return Variable(column, numeric, length, position)

    def _long_labels(self, at: int, end: int, variables: list[Variable], dataset: str) -> int:
        """Take names, labels and formats from the label section; returns where the next card starts."""
        counts = 5 if self.data[at + 26 : at + 27] == b"9" else 3
        entries = self._number(at + 48, at + 80, dataset)
        at += CARD
        for _ in range(entries):
            if at + 2 * counts > end:
                raise self._fail("the file ends within the labels", dataset, hint="it may be truncated")
            numbers = np.frombuffer(self.data, ">u2", counts, at).tolist()
            at += 2 * counts
            texts = []
            for size in numbers[1:]:
                texts.append(self._text(self.data[at : at + size], dataset, "a label"))
                at += size
            if not 1 <= numbers[0] <= len(variables):
                raise self._fail(f"a label is given for variable {numbers[0]} of {len(variables)}", dataset)
            variable = variables[numbers[0] - 1]
            formats = {"format": texts[2] or "", "informat": texts[3] or ""} if counts == 5 else {}
            variable.column = replace(variable.column, name=texts[0], label=texts[1], **formats)
        return self._next_card(at, end)

    def _rows(self, start: int, end: int, record: int, stated: int | None, dataset: str) -> int:
        """The number of records: whole ones, without those that are the padding of the last card."""
        size = end - start
        if not record:
            return 0
        rows = size // record
        if stated is not None:
            if stated > rows:
                raise self._fail(f"the file ends after {rows} of {stated} records", dataset, row=rows + 1)
            return stated
        rest = self.data[start + rows * record : end]
        if rest.strip(b" ") or len(rest) >= CARD:
            raise self._fail(
                "the file ends within a record", dataset, row=rows + 1, hint="it may be truncated"
            )
        blank = b" " * record
        while rows and size - (rows - 1) * record < CARD and self._record(start, rows - 1, record) == blank:
            rows -= 1
        return rows

    def _record(self, start: int, row: int, record: int) -> bytes:
        return self.data[start + row * record : start + (row + 1) * record]


def _ascii(raw: bytes) -> str:
    return bytes(raw).rstrip(_BLANKS).decode("latin-1")
