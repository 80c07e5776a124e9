"""The rows of delimited text that hold given texts in given columns, found by their bytes: the file is not parsed.

What is found is then parsed, so a row that only looks as if it held the text is left out. The lines of the file are
counted, as are its quotes, so that a record that begins on one line and ends on another is found whole.
"""

from __future__ import annotations

import codecs
import csv
import io
import mmap
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from formats import delimited
from formats.raw_table import RawTable, TableError, from_rows

HEAD = 1 << 17
CHUNK = 1 << 20
SHORT = 5  # a shorter text is searched for with its delimiters, because it stands in too many places
_LF, _QUOTE = 10, 34
_OTHER = (".xlsx", ".xlsm", ".xml", ".sas7bdat", ".xpt", ".json", ".ndjson", ".gz", ".dsjc", ".parquet")

Wanted = Sequence[Mapping[str, str]]


def rows_holding(path: str | os.PathLike[str], wanted: Wanted, encoding: str = "utf-8") -> RawTable | None:
    """The rows for which one of `wanted` (column to text) holds, in the order of the file, all columns as text.

    Blanks at the end of a cell do not count.

    None where the file cannot be searched so: it is no delimited text, its encoding is wider than bytes, or a column
    is not in it. Raises TableError for a file that is not there or whose header is none.
    """
    file = Path(path)
    if file.suffix.lower() in _OTHER or "#" in os.fspath(path) or not _bytewise(encoding):
        return None
    try:
        with file.open("rb") as stream:
            data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        raise TableError(str(path), "the file cannot be read, or is empty") from None
    found = _Search(data, encoding, str(path))
    if any(name not in found.names for one in wanted for name in one):
        return None
    return found.rows(wanted)


def _bytewise(encoding: str) -> bool:
    try:
        return ',"\n0A'.encode(encoding) == b',"\n0A' and not encoding.lower().startswith(("utf-16", "utf_16"))
    except LookupError:
        return False


class _Search:
    """One file: its header, its delimiter, its bytes."""

    def __init__(self, data: mmap.mmap, encoding: str, path: str) -> None:
        self.data, self.encoding, self.path = data, encoding, path
        self.bytes = np.frombuffer(data, np.uint8)
        head = data[:HEAD]
        if len(head) == HEAD:
            head = head[: head.rfind(b"\n") + 1] or data[:]
        self.names, self.delimiter = delimited.header(delimited.to_utf8(head, encoding, path), None, path)
        self.sample = head
        self.quoted = self._count(_QUOTE, 0, len(self.bytes)) > 0

    def _count(self, byte: int, start: int, stop: int) -> int:
        """How often a byte stands between two places."""
        return sum(
            int(np.count_nonzero(self.bytes[at : min(at + CHUNK, stop)] == byte)) for at in range(start, stop, CHUNK)
        )

    def rows(self, wanted: Wanted) -> RawTable:
        starts: dict[int, tuple[int, int]] = {}
        for one in wanted:
            for start, stop, line in self._records(self._places(one)):
                starts[start] = (stop, line)
        found: list[list[str]] = []
        lines: list[int] = []
        for start in sorted(starts):
            stop, line = starts[start]
            cells = self._parsed(start, stop)
            if line > 1 and len(cells) == len(self.names) and any(self._meets(one, cells) for one in wanted):
                found.append(cells)
                lines.append(line)
        columns = from_rows(self.names, found)
        return RawTable(columns, len(found), np.array(lines, np.int64), self.path)

    def _meets(self, one: Mapping[str, str], cells: list[str]) -> bool:
        return all(cells[self.names.index(name)].rstrip(" ") == text for name, text in one.items())

    def _parsed(self, start: int, stop: int) -> list[str]:
        text = self.data[start:stop].rstrip(b"\r\n")
        if start == 0:
            text = text.removeprefix(codecs.BOM_UTF8)
        try:
            decoded = text.decode(self.encoding)
        except UnicodeDecodeError:
            raise TableError(self.path, f"a byte is not in {self.encoding}", line=0) from None
        return next(csv.reader(io.StringIO(decoded, newline=""), delimiter=self.delimiter), [])

    def _places(self, one: Mapping[str, str]) -> Iterator[int]:
        """Where the rarest of some texts stands."""
        texts = sorted(one.values(), key=lambda text: (self.sample.count(self._encoded(text)), -len(text)))
        literal = self._encoded(texts[0])
        if len(literal) >= SHORT:
            yield from self._found(literal)
            return
        edge = self.delimiter.encode()
        for before in (edge, b"\n", b'"', codecs.BOM_UTF8):
            yield from self._found(before + literal)

    def _encoded(self, text: str) -> bytes:
        return text.replace('"', '""').encode(self.encoding)

    def _found(self, literal: bytes) -> Iterator[int]:
        at = self.data.find(literal)
        while at >= 0:
            yield at + len(literal) - 1
            at = self.data.find(literal, at + 1)

    def _records(self, places: Iterator[int]) -> Iterator[tuple[int, int, int]]:
        """Start, end and line of the record around each place, each record once."""
        done, lines, quotes = 0, 1, 0  # counted so far: up to `done`
        last = -1
        for place in sorted(places):
            if place < last:
                continue
            start = self._line_start(place)
            if start < done:
                start = done
            lines += self._count(_LF, done, start)
            if self.quoted:
                quotes += self._count(_QUOTE, done, start)
            done = start
            line = lines
            if quotes % 2:
                start, line = self._opened(start, lines)
            last = self._end(start)
            yield start, last, line

    def _line_start(self, place: int) -> int:
        return self.data.rfind(b"\n", 0, place) + 1

    def _opened(self, start: int, line: int) -> tuple[int, int]:
        """The start and the line of the record of which a line within quotes is part."""
        odd = True
        while odd and start > 0:
            before = self._line_start(start - 1)
            odd ^= bool(self._count(_QUOTE, before, start) % 2)
            start, line = before, line - 1
        return start, line

    def _end(self, start: int) -> int:
        """Where the record that begins at `start` ends: at a line feed outside quotes."""
        at, odd = start, False
        while True:
            stop = self.data.find(b"\n", at)
            stop = len(self.bytes) if stop < 0 else stop + 1
            if self.quoted:
                odd ^= bool(self._count(_QUOTE, at, stop) % 2)
            if not odd or stop >= len(self.bytes):
                return stop
            at = stop
