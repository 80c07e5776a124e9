"""The structure of delimited text (CSV): where its records start, and the faults that would shift its values.

Source: RFC 4180; line ends may be LF or CRLF, the delimiter a comma, semicolon, tab or bar.
"""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass

import numpy as np

DELIMITERS = ",;\t|"
CANDIDATE_ENCODINGS = ("utf-8", "gb18030", "big5", "shift_jis", "euc_kr", "cp1252")
WINDOW = 1 << 24
SNIFFED_RECORDS = 100
_QUOTE, _LF, _CR = 34, 10, 13
_BOM = codecs.BOM_UTF8
_DELIMITER_NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
# So many different characters that are all valid UTF-8 do not come about by chance in another encoding.
UTF8_EVIDENCE = 8


class TableError(Exception):
    """A raw table that cannot be read as it stands: file, line (from 1, 0 unknown), column, what to do."""

    def __init__(self, path: str, message: str, *, line: int = 0, column: str = "", hint: str = "") -> None:
        self.path, self.message, self.line, self.column, self.hint = path, message, line, column, hint
        place = path + (f":{line}" if line else "") + (f" [{column}]" if column else "")
        super().__init__(f"{place} {message}" + (f"; {hint}" if hint else ""))


@dataclass(frozen=True, eq=False)
class Records:
    """Where the records of a text lie (in bytes of UTF-8), the header being the first.

    start, end: of each record, without its line end. line: its first line, from 1. fields: how many it has.
    """

    start: np.ndarray
    end: np.ndarray
    line: np.ndarray
    fields: np.ndarray


def to_utf8(data: bytes, encoding: str, path: str) -> bytes:
    """The text as UTF-8 without byte order mark.

    Raises TableError when a byte is not in `encoding`, and when the text is evidently UTF-8 although another
    encoding, which would turn it into nonsense, is stated.
    """
    try:
        name = codecs.lookup(encoding).name.replace("utf-8-sig", "utf-8")
    except LookupError:
        message = f"the encoding {encoding!r} is unknown"
        raise TableError(path, message, hint=f"for instance {', '.join(CANDIDATE_ENCODINGS)}") from None
    if name in ("utf-8", "ascii"):
        data = data.removeprefix(_BOM)
    elif data.startswith(_BOM) or _is_evidently_utf8(data):
        raise TableError(path, f"the file is UTF-8, not {encoding}", hint="state the encoding utf-8")
    try:
        text = data.decode(name)
    except UnicodeDecodeError as error:
        raise _undecodable(data, error, name, encoding, path) from None
    utf8 = data if name in ("utf-8", "ascii") else text.encode("utf-8").removeprefix(_BOM)
    nul = utf8.find(b"\0")
    if nul >= 0:
        hint = "the file is no text, or its encoding is utf-16"
        raise TableError(path, f"byte {nul + 1} is NUL", line=_line(utf8, nul), hint=hint)
    return utf8


def _is_evidently_utf8(data: bytes) -> bool:
    try:
        return sum(ord(character) > 127 for character in set(data.decode("utf-8"))) >= UTF8_EVIDENCE
    except UnicodeDecodeError:
        return False


def _line(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1


def _undecodable(data: bytes, error: UnicodeDecodeError, name: str, encoding: str, path: str) -> TableError:
    possible = [candidate for candidate in CANDIDATE_ENCODINGS if _decodes(data, candidate)]
    hint = (
        f"state its encoding; it would decode as {', '.join(possible)}"
        if possible
        else "no known encoding fits the whole file: mend the value, or export the table again"
    )
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        hint = "state the encoding utf-16"
    column, value = _cell(data, error.start, name, path)
    message = f"byte {error.start + 1} ({data[error.start]:02X}) is not in {encoding}"
    message += f", in {value!r}" if value else ""
    return TableError(path, message, line=_line(data, error.start), column=column, hint=hint)


def _cell(data: bytes, position: int, name: str, path: str) -> tuple[str, str]:
    """The column and the value in which a byte stands that is no text, shown as U+FFFD; "" where that is not known."""
    try:
        text = data.decode(name, "replace").encode("utf-8")
        names, delimiter = header(text, None, path)
        records = scan(text, delimiter, names, path)
    except TableError:
        return "", ""
    place = len(data[:position].decode(name).encode("utf-8"))
    record = int(np.searchsorted(records.start, place, side="right")) - 1
    start, end = int(records.start[record]), int(records.end[record])
    before = len(_split(text[start:place].decode("utf-8"), delimiter)) or 1
    fields = _split(text[start:end].decode("utf-8"), delimiter)
    return names[before - 1] if record else "", fields[before - 1]


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def header(text: bytes, delimiter: str | None, path: str) -> tuple[list[str], str]:
    """Names of the columns and the delimiter of a UTF-8 text; raises TableError for a header that is none."""
    record, *others = _first_records(text)
    if not record.strip():
        message = (
            "the file is empty" if not text.strip() else "the first line, which names the columns, is blank"
        )
        raise TableError(
            path, message, line=1 if text.strip() else 0, hint="the first line names the columns"
        )
    delimiter = delimiter or _sniff(record, others, path)
    names = [name.strip() for name in _split(record, delimiter)]
    seen: set[str] = set()
    for number, name in enumerate(names, 1):
        if not name:
            raise TableError(
                path, f"column {number} has no name", line=1, hint="name every column in the first line"
            )
        if name in seen:
            raise TableError(
                path, "two columns have this name", line=1, column=name, hint="rename one of them"
            )
        seen.add(name)
    return names, delimiter


def _first_records(text: bytes) -> list[str]:
    """The header and the records after it, as far as they are needed to tell the delimiter."""
    records, lines = [], []
    for line in io.BytesIO(text):
        lines.append(line.decode("utf-8"))
        if "".join(lines).count('"') % 2 == 0:
            records.append("".join(lines).rstrip("\r\n"))
            lines = []
        if len(records) > SNIFFED_RECORDS or len(lines) > SNIFFED_RECORDS:
            break
    return records or ["".join(lines)]


def _split(record: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter), [""])
    except csv.Error:  # a field over the limit of the csv module
        return [record]


def _sniff(record: str, others: list[str], path: str) -> str:
    """The delimiter of the header that divides every record into as many fields."""
    found = [delimiter for delimiter in DELIMITERS if len(_split(record, delimiter)) > 1]
    if len(found) > 1:
        others = [other for other in others if other]
        regular = [d for d in found if all(len(_split(o, d)) == len(_split(record, d)) for o in others)]
        found = regular if len(regular) == 1 else found
    if len(found) > 1:
        names = " or ".join(_DELIMITER_NAMES[delimiter] for delimiter in found)
        raise TableError(path, f"the delimiter may be {names}", line=1, hint="state the delimiter")
    return found[0] if found else ","


def scan(text: bytes, delimiter: str, names: list[str], path: str) -> Records:
    """Find the records of a UTF-8 text; raises TableError for the first that is not whole."""
    records = _Scanner(text, delimiter, path).records()
    kept = len(records.start)
    blank = records.start == records.end
    while kept > 1 and blank[kept - 1]:
        kept -= 1
    wrong = (records.fields != len(names)) | blank
    wrong[kept:] = False
    if wrong.any():
        first = int(np.argmax(wrong))
        last_unended = first == len(records.start) - 1 and not text.endswith(b"\n")
        raise _irregular(path, records, first, len(names), last_unended)
    return Records(records.start[:kept], records.end[:kept], records.line[:kept], records.fields[:kept])


def _irregular(path: str, records: Records, index: int, expected: int, last_unended: bool) -> TableError:
    line, fields = int(records.line[index]), int(records.fields[index])
    if records.start[index] == records.end[index]:
        return TableError(path, "the line is blank", line=line, hint="delete it")
    if last_unended and fields < expected:
        message = f"the file ends after {fields} of {expected} fields"
        return TableError(path, message, line=line, hint="it may be truncated; export it again")
    hint = (
        "quote fields that hold a delimiter" if fields > expected else "a field or a line end may be missing"
    )
    return TableError(path, f"{fields} fields where the header has {expected}", line=line, hint=hint)


class _Scanner:
    """Walks over the text in windows; only what counts for each record is kept."""

    def __init__(self, text: bytes, delimiter: str, path: str) -> None:
        self.text, self.path, self.delimiter = text, path, ord(delimiter)
        self.bytes = np.frombuffer(text, np.uint8)
        self.quotes = self.lines = self.delimiters = 0

    def records(self) -> Records:
        parts = [self._window(start) for start in range(0, len(self.text), WINDOW)]
        ends, lines, counts = (np.concatenate([part[i] for part in parts]) for i in range(3))
        if self.quotes % 2:
            opening = self.text.rfind(b'"')
            message = "the file ends within a quoted field"
            raise self._fail(message, opening, "close the quote; the file may be truncated")
        if not self.text.endswith(b"\n"):
            ends, lines = np.append(ends, len(self.text)), np.append(lines, self.lines + 1)
            counts = np.append(counts, self.delimiters)
        starts = np.append(0, ends[:-1] + 1)
        crlf = (ends > starts) & (self.bytes[np.maximum(ends - 1, 0)] == _CR)
        fields = np.diff(counts, prepend=0) + 1
        return Records(starts, ends - crlf, np.append(1, lines[:-1] + 1), fields)

    def _fail(self, message: str, position: int, hint: str) -> TableError:
        return TableError(self.path, message, line=_line(self.text, position), hint=hint)

    def _window(self, start: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Per record that ends here: where, on which line, and how many delimiters stood before."""
        window = self.bytes[start : start + WINDOW]
        quotes = np.flatnonzero(window == _QUOTE)
        self._check_quotes(quotes + start)
        self._check_returns(np.flatnonzero(window == _CR), quotes, start)
        feeds = np.flatnonzero(window == _LF)
        delimiters = np.flatnonzero(window == self.delimiter)
        ending = self._outside(feeds, quotes)
        dividing = delimiters[self._outside(delimiters, quotes)]
        counts = self.delimiters + np.searchsorted(dividing, feeds[ending])
        lines = self.lines + 1 + np.flatnonzero(ending)
        self.quotes += len(quotes)
        self.lines += len(feeds)
        self.delimiters += len(dividing)
        return feeds[ending] + start, lines, counts

    def _outside(self, positions: np.ndarray, quotes: np.ndarray) -> np.ndarray:
        return (self.quotes + np.searchsorted(quotes, positions)) % 2 == 0

    def _neighbour(self, positions: np.ndarray, step: int) -> np.ndarray:
        """The bytes before or after `positions`; a line feed beyond the ends of the text."""
        at = positions + step
        inside = (at >= 0) & (at < len(self.bytes))
        return np.where(inside, self.bytes[np.clip(at, 0, len(self.bytes) - 1)], _LF)

    def _check_quotes(self, positions: np.ndarray) -> None:
        """A quote opens a field, closes it or, doubled, stands for itself; anywhere else it hides a fault."""
        opening = (self.quotes + np.arange(len(positions))) % 2 == 0
        neighbour = np.where(opening, self._neighbour(positions, -1), self._neighbour(positions, 1))
        wrong = ~np.isin(neighbour, [self.delimiter, _QUOTE, _LF]) & (opening | (neighbour != _CR))
        if wrong.any():
            first = int(np.argmax(wrong))
            message = "a quote stands inside a field" if opening[first] else "a text follows a closing quote"
            hint = "put the field in quotes and double the quotes within it"
            raise self._fail(message, int(positions[first]), hint)

    def _check_returns(self, returns: np.ndarray, quotes: np.ndarray, start: int) -> None:
        lone = self._outside(returns, quotes) & (self._neighbour(returns + start, 1) != _LF)
        if lone.any():
            position = int(returns[np.argmax(lone)]) + start
            raise self._fail(
                "a carriage return ends no line", position, "save the file with LF or CRLF line ends"
            )
