"""Delimited text read in pieces of whole records, each parsed by Arrow into columns of text.

A piece is accepted here only where nothing about it is doubtful; whatever is odd is left to the strict reading of
the whole file in `formats.delimited`, which says what is wrong and where.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from formats import delimited
from formats.delimited import TableError

PIECE_BYTES = 1 << 25
BLOCK_BYTES = 1 << 20  # what Arrow parses at a time; a record may be longer
_QUOTE, _LF, _CR = 34, 10, 13


class _Odd(Exception):
    """A piece that only the strict reading can judge."""


@dataclass(frozen=True, eq=False)
class Piece:
    """Some records of a file: their columns as Arrow text (blank for missing) and the line on which each starts."""

    columns: pa.Table
    lines: np.ndarray


def pieces(path: Path, encoding: str, delimiter: str | None, shown: str) -> Iterator[Piece]:
    """The records of a file in their order, at least one piece (which may have no record).

    delimiter None: the one that divides header and records alike. shown: the path as errors name it. Raises
    TableError, perhaps after some pieces were given: nothing may be made of a file before its last piece.
    """
    try:
        yield from _Reader(path, encoding, delimiter, shown).pieces()
    except _Odd as odd:
        _strict(path, encoding, delimiter, shown)
        # the strict reading finds nothing wrong: a fault of ours, not of the file
        raise RuntimeError(f"{shown} was refused ({odd}) although nothing is wrong with it") from None


def _strict(path: Path, encoding: str, delimiter: str | None, shown: str) -> None:
    """Read the whole file as `formats.delimited` does, which raises TableError for what is wrong with it."""
    text = delimited.to_utf8(path.read_bytes(), encoding, shown)
    names, delimiter = delimited.header(text, delimiter, shown)
    delimited.scan(text, delimiter, names, shown)


class _Reader:
    """Walks over a file; `line` is the line on which the next record starts."""

    def __init__(self, path: Path, encoding: str, delimiter: str | None, shown: str) -> None:
        self.path, self.encoding, self.delimiter, self.shown = path, encoding, delimiter, shown
        self.names: list[str] | None = None
        self.line = 1

    def pieces(self) -> Iterator[Piece]:
        given = False
        rest = b""
        for text in _utf8(self.path, self.encoding, self.shown):
            whole, rest = _whole_records(rest + text)
            for piece in self._piece(whole):
                given = True
                yield piece
        rest += b"\n" if rest.endswith(b"\r") else b""  # a line end that the end of the file cut
        for piece in self._piece(_without_blank_lines(rest), last=True):
            given = True
            yield piece
        if not given:
            yield Piece(pa.table({name: pa.array([], pa.string()) for name in self.names or ()}), np.empty(0, np.int64))

    def _piece(self, text: bytes, last: bool = False) -> Iterator[Piece]:
        """The records of a text of whole records; the first text begins with the header."""
        if self.names is None:
            if not text and not last:
                return
            try:
                self.names, self.delimiter = delimited.header(text, self.delimiter, self.shown)
            except (TableError, UnicodeDecodeError):
                raise _Odd("header") from None  # another fault of the file may come before it
            text = self._after_header(text)
        if not text:
            return
        feeds = _feeds(text)
        starts, nested = _record_lines(text, self._divider(), feeds)
        columns = self._parsed(text, nested)
        if columns.num_rows != len(starts) or (not nested and _has_blank_record(columns) and _has_blank_line(text)):
            raise _Odd("records")
        yield Piece(columns, starts + self.line)
        self.line += feeds

    def _divider(self) -> int:
        assert self.delimiter is not None
        return ord(self.delimiter)

    def _after_header(self, text: bytes) -> bytes:
        """The text without its first record, which may run over several lines."""
        end = text.find(b"\n")
        while end >= 0 and text.count(b'"', 0, end) % 2:
            end = text.find(b"\n", end + 1)
        head, body = (text, b"") if end < 0 else (text[: end + 1], text[end + 1 :])
        lone = b'"' not in head and b"\r" in head.removesuffix(b"\n").removesuffix(b"\r")
        feeds = _feeds(head)
        if lone or len(_record_lines(head, self._divider(), feeds)[0]) != 1:
            raise _Odd("header")
        self.line += feeds
        return body

    def _parsed(self, text: bytes, nested: bool) -> pa.Table:
        """The records of a text; nested: a quoted field holds a line end."""
        names = self.names or []
        # Arrow takes a line feed at the start of a block for the end of a line that a carriage return began, also in
        # quotes: where it may be a part of a value, the text is one block.
        block = len(text) + 1 if nested and b"\r\n" in text else BLOCK_BYTES
        while True:
            try:
                return arrow_csv.read_csv(
                    pa.BufferReader(text),
                    read_options=arrow_csv.ReadOptions(column_names=names, block_size=block),
                    parse_options=arrow_csv.ParseOptions(
                        delimiter=self.delimiter, ignore_empty_lines=False, newlines_in_values=nested,
                    ),
                    convert_options=arrow_csv.ConvertOptions(
                        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False,
                    ),
                )  # fmt: skip
            except pa.ArrowInvalid:
                # a record may be longer than a block; else its fields are not as many as the header has
                if block > len(text):
                    raise _Odd("fields") from None
                block = 2 * len(text) + BLOCK_BYTES


def _utf8(path: Path, encoding: str, shown: str) -> Iterator[bytes]:
    """The text as UTF-8, piece by piece, without byte order mark; UTF-8 itself is checked where it is parsed."""
    try:
        name = codecs.lookup(encoding).name.replace("utf-8-sig", "utf-8")
    except LookupError:
        raise _Odd("encoding") from None
    texts = _plain(path, shown, name == "ascii") if name in ("utf-8", "ascii") else _decoded(path, shown, name)
    first = True
    for text in texts:
        if b"\0" in text:
            raise _Odd("NUL")
        yield text.removeprefix(codecs.BOM_UTF8) if first else text
        first = False


def _plain(path: Path, shown: str, ascii_only: bool) -> Iterator[bytes]:
    for data in _parts(path, shown):
        if ascii_only and not data.removeprefix(codecs.BOM_UTF8).isascii():
            raise _Odd("encoding")
        yield data


def _decoded(path: Path, shown: str, name: str) -> Iterator[bytes]:
    decoder, evidence = codecs.getincrementaldecoder(name)(), _Evidence()
    for data in _parts(path, shown):
        evidence.add(data)
        try:
            yield decoder.decode(data, final=not data).encode("utf-8")
        except UnicodeError:
            raise _Odd("encoding") from None


def _parts(path: Path, shown: str) -> Iterator[bytes]:
    """The bytes of a file, an empty part at their end."""
    try:
        with open(path, "rb") as file:
            data = file.read(PIECE_BYTES)
            while data:
                yield data
                data = file.read(PIECE_BYTES)
            yield b""
    except OSError as error:
        raise TableError(shown, f"the file cannot be read: {error.strerror}") from None


class _Evidence:
    """Whether a file that is stated to be in another encoding is evidently UTF-8."""

    def __init__(self) -> None:
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.valid = True
        self.start = b""
        self.characters: set[str] = set()

    def add(self, data: bytes) -> None:
        """The next part of the file; the last is empty."""
        self.start = self.start or data
        if self.start.startswith(codecs.BOM_UTF8):
            raise _Odd("UTF-8")
        if not self.valid:
            return
        try:
            self.characters |= {c for c in set(self.decoder.decode(data, final=not data)) if ord(c) > 127}
        except UnicodeDecodeError:
            self.valid = False
        if not data and self.valid and len(self.characters) >= delimited.UTF8_EVIDENCE:
            raise _Odd("UTF-8")


def _whole_records(text: bytes) -> tuple[bytes, bytes]:
    """The text up to its last line end outside quotes, and the rest; blank lines at the end stay in the rest."""
    end = text.rfind(b"\n") + 1
    if text.count(b'"', 0, end) % 2:
        data = np.frombuffer(text, np.uint8, end)
        feeds = np.flatnonzero(data == _LF)
        outside = np.searchsorted(np.flatnonzero(data == _QUOTE), feeds) % 2 == 0
        end = int(feeds[outside][-1]) + 1 if outside.any() else 0
    kept = len(_without_blank_lines(text[:end]))
    return text[:kept], text[kept:]


def _without_blank_lines(text: bytes) -> bytes:
    """The text without the blank lines at its end; the end of its last record stays."""
    while True:
        for blank in (b"\r\n", b"\n"):
            if text.endswith(b"\n" + blank):
                text = text[: -len(blank)]
                break
        else:
            return b"" if text in (b"\r\n", b"\n") else text


def _feeds(text: bytes) -> int:
    """The number of line feeds; counted by numpy, which lets other threads run meanwhile."""
    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == _LF))


def _record_lines(text: bytes, delimiter: int, feeds: int) -> tuple[np.ndarray, bool]:
    """The line (from 0) on which each record of a text starts, and whether a quoted field holds a line end.

    feeds: the line feeds of the text.
    Raises _Odd for what the strict reading may refuse. To Arrow a carriage return that ends no line is a record too
    many, which the caller sees.
    """
    if b'"' in text:
        data = np.frombuffer(text, np.uint8)
        quotes = np.flatnonzero(data == _QUOTE)
        _check_quotes(data, quotes, delimiter)
        ends = (data == _LF) | (data == _CR)
        if np.logical_or.reduceat(ends, quotes)[0::2].any():
            return _lines_of_nested(text, data, quotes), True
    return np.arange(feeds + (not text.endswith(b"\n"))), False


def _has_blank_record(columns: pa.Table) -> bool:
    """Whether a record has nothing in any column, as a blank line gives."""
    if not columns.num_rows:
        return False
    blank = np.flatnonzero(pc.equal(columns.column(0), "").to_numpy())
    for column in columns.columns[1:]:
        if len(blank):
            blank = blank[pc.equal(column.take(pa.array(blank)), "").to_numpy()]
    return len(blank) > 0


def _has_blank_line(text: bytes) -> bool:
    """Whether a line is blank, perhaps within a quoted field."""
    return text.startswith((b"\n", b"\r\n")) or b"\n\n" in text or b"\n\r\n" in text


def _check_quotes(data: np.ndarray, quotes: np.ndarray, delimiter: int) -> None:
    """A quote opens a field, closes it or, doubled, stands for itself."""
    if len(quotes) % 2:
        raise _Odd("quotes")
    beside = np.zeros(256, bool)
    beside[[delimiter, _QUOTE, _LF]] = True
    opened, closed = quotes[0::2], quotes[1::2]
    before = beside[data[opened - 1]] | (opened == 0)
    beside[_CR] = True
    after = beside[data[np.minimum(closed + 1, len(data) - 1)]]
    if not (before.all() and after.all()):
        raise _Odd("quotes")


def _lines_of_nested(text: bytes, data: np.ndarray, quotes: np.ndarray) -> np.ndarray:
    """The line on which each record starts where quoted fields hold line ends."""
    feeds, returns = np.flatnonzero(data == _LF), np.flatnonzero(data == _CR)
    ending = _outside(feeds, quotes)
    lone = data[np.minimum(returns + 1, len(data) - 1)] != _LF
    if (lone & _outside(returns, quotes)).any():
        raise _Odd("carriage return")
    stops = feeds[ending] if text.endswith(b"\n") else np.append(feeds[ending], len(data))
    starts = np.append(0, stops[:-1] + 1)
    if (starts == stops - ((stops > starts) & (data[stops - 1] == _CR))).any():
        raise _Odd("blank line")
    return np.append(0, np.flatnonzero(ending) + 1)[: len(starts)]


def _outside(positions: np.ndarray, quotes: np.ndarray) -> np.ndarray:
    """True for the positions that stand in no quoted field."""
    return np.searchsorted(quotes, positions) % 2 == 0
