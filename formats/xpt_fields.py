"""Variables of a transport file on their way out: checked against the limits, encoded, laid into records."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from formats import ibm_float
from formats.coded import Coded
from formats.xpt_layout import MAX_LABEL, MAX_NAME, MAX_TEXT, Column, XptError, parse_format

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


# The first byte of ASCII that is no control character.
SPACE = ord(" ")


def check_name(name: str, what: str, **place: Any) -> None:
    """Raise XptError unless `name` is a SAS name of at most 8 bytes."""
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise XptError(
            f"the {what} {name!r} is not 1 to {MAX_NAME} letters, digits and underscores, the first no digit",
            value=name,
            **place,
        )


def encode_attribute(text: str, limit: int, what: str, encoding: str, **place: Any) -> bytes:
    """A label or header field in bytes; raises XptError when it is too long or not in the encoding."""
    try:
        encoded = text.encode(encoding)
    except UnicodeEncodeError as error:
        character = named(text[error.start])
        message = f"the character {character} of the {what} {text!r} is not in {encoding}"
        raise XptError(message, value=text, hint="transliterate it", **place) from None
    if len(encoded) > limit or text != text.rstrip(" ") or not text.isprintable():
        why = f"has {len(encoded)} bytes, more than {limit}" if len(encoded) > limit else "ends with a blank"
        why = why if text.isprintable() else "holds a control character"
        raise XptError(f"the {what} {text!r} {why}", value=text, **place)
    return encoded


def named(character: str) -> str:
    """The character and its code point.

    >>> named("\u03b1")
    "'\u03b1' (U+03B1)"
    """
    return f"{character!r} (U+{ord(character):04X})"


def _encode(value: str, encoding: str) -> bytes | None:
    """The value without its trailing blanks, which mean nothing in SAS; None when it cannot be written."""
    try:
        return None if "\0" in value else value.rstrip(" ").encode(encoding)
    except UnicodeEncodeError:
        return None


def _plain_bytes(values: np.ndarray, encoding: str) -> tuple[np.ndarray, np.ndarray] | None:
    """The bytes of texts one behind the other, without trailing blanks, and the number of each; None where one of
    them may be refused, or its bytes are not those of UTF-8.
    """
    if encoding.lower().replace("_", "-") not in ("ascii", "us-ascii", "utf-8"):
        return None
    try:
        texts = pc.utf8_rtrim(pa.array(values, pa.string()), " ")
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        return None
    lengths = pc.binary_length(texts).to_numpy()
    data = np.frombuffer(texts.buffers()[2] or b"", np.uint8)[: int(lengths.sum())]
    limit = 255 if encoding.lower().startswith("utf") else 127
    return (data, lengths) if data.min(initial=SPACE) >= SPACE and data.max(initial=SPACE) <= limit else None


def _padded(data: np.ndarray, lengths: np.ndarray, rows: np.ndarray, count: int, length: int) -> np.ndarray:
    """`count` texts of `length` bytes, blank but for those at `rows`, whose bytes stand one behind the other."""
    table = np.full(count * length, SPACE, np.uint8)
    begins = np.cumsum(lengths) - lengths
    table[np.repeat(rows * length - begins, lengths) + np.arange(len(data))] = data
    return table.view(f"S{length}")


def _first(coded: Coded, codes: list[int]) -> tuple[int, str]:
    """The first row (from 1) that holds one of the values, and that value."""
    row = int(np.argmax(np.isin(coded.codes, codes)))
    return row + 1, coded.values[coded.codes[row]]


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


class Field:
    """One variable as bytes: for text the encoded dictionary, for numbers the checked column."""

    def __init__(self, column: Column, dataset: str, encoding: str) -> None:
        self.column, self.dataset, self.encoding = column, dataset, encoding
        place = {"dataset": dataset, "variable": column.name}
        check_name(column.name, "name", **place)
        self.label = encode_attribute(column.label, MAX_LABEL, "label", encoding, **place)
        self.formats = [self._format(column.format), self._format(column.informat)]
        self.codes: np.ndarray | None = None
        if isinstance(column.values, Coded):
            self.codes = column.values.codes
            self.length, self.table = self._encoded(column.values)
            self.type = np.dtype(f"S{self.length}")
        else:
            self.length = column.length or 8
            self._check_numbers(column.values)
            self.type = np.dtype(">u8") if self.length == 8 else np.dtype((np.uint8, (self.length,)))

    def _fail(self, message: str, **more: Any) -> XptError:
        return XptError(message, dataset=self.dataset, variable=self.column.name, **more)

    def _format(self, text: str) -> tuple[str, int, int]:
        try:
            name, width, decimals = parse_format(text)
        except ValueError as error:
            raise self._fail(str(error), value=text) from None
        if name and name.startswith("$") != (not self.column.numeric):
            kind = "a number" if self.column.numeric else "text"
            raise self._fail(f"the format {text} does not suit {kind}", value=text)
        return name, width, decimals

    def _encoded(self, coded: Coded) -> tuple[int, np.ndarray]:
        """The length in bytes and the encoded values, blank-padded, with a blank one at the end (code -1)."""
        if len(coded) and not -1 <= coded.codes.min() <= coded.codes.max() < len(coded.values):
            raise self._fail("a code stands outside the dictionary of the column")
        used = coded.used()
        plain = _plain_bytes(coded.values[used], self.encoding)
        length = self.column.length or int(max(1, plain[1].max(initial=1)) if plain is not None else 0)
        if plain is not None and plain[1].max(initial=0) <= length <= MAX_TEXT and self.column.length >= 0:
            return length, _padded(*plain, np.flatnonzero(used), len(coded.values) + 1, length)
        return self._encoded_one_by_one(coded, used)

    def _encoded_one_by_one(self, coded: Coded, used: np.ndarray) -> tuple[int, np.ndarray]:
        """As `_encoded` for texts that are not plain, one of which may be refused."""
        encoded = [_encode(value, self.encoding) if used[i] else b"" for i, value in enumerate(coded.values)]
        unencoded = [code for code, text in enumerate(encoded) if text is None]
        if unencoded:
            raise self._not_encoded(coded, unencoded)
        texts = [text or b"" for text in encoded]
        controls = [code for code, text in enumerate(texts) if min(text, default=SPACE) < SPACE]
        if controls:
            row, value = _first(coded, controls)
            message = f"a control character or line break stands in {_shown(value)}"
            raise self._fail(message, row=row, value=value, hint="take it out in the mapping: transliterate(...)")
        length = self.column.length or max(map(len, [*texts, b" "]))
        limit = min(length, MAX_TEXT)
        if length < 1 or self.column.length > MAX_TEXT:
            raise self._fail(f"the length {length} is not between 1 and {MAX_TEXT}", value=length)
        too_long = [code for code, text in enumerate(texts) if len(text) > limit]
        if too_long:
            row, value = _first(coded, too_long)
            message = f"{len(texts[coded.codes[row - 1]])} bytes are more than {limit}: {_shown(value)}"
            hint = "split the text into further variables" if limit == MAX_TEXT else "raise the length"
            raise self._fail(message, row=row, value=value, hint=hint)
        return length, np.array([text.ljust(length) for text in [*texts, b""]], f"S{length}")

    def _not_encoded(self, coded: Coded, codes: list[int]) -> XptError:
        row, value = _first(coded, codes)
        if "\0" in value:
            return self._fail(f"a NUL stands in {_shown(value)}", row=row, value=value, hint="remove it")
        character = next(character for character in value if _encode(character, self.encoding) is None)
        message = f"the character {named(character)} of {_shown(value)} is not in {self.encoding}"
        return self._fail(message, row=row, value=value, hint="transliterate it, or state another encoding")

    def ends_blank(self) -> bool:
        """Is the field blank in the last record?"""
        return self.codes is not None and not self.table[self.codes[-1]].strip()

    def _check_numbers(self, values: np.ndarray) -> None:
        if values.dtype != np.float64:
            raise self._fail(f"numbers of type {values.dtype} where float64 is expected")
        if not 2 <= self.length <= 8:
            raise self._fail(f"the length {self.length} of a number is not between 2 and 8", value=self.length)
        unfit = ibm_float.unfit(values, self.length)
        if unfit.any():
            row = int(np.argmax(unfit))
            raise self._fail(
                f"{values[row]!s} cannot be held exactly in an IBM float of {self.length} bytes",
                row=row + 1,
                value=float(values[row]),
                hint="numbers lie between 16**-65 and 16**63 in size",
            )
        special = self.column.special
        if special is None:
            return
        if len(special) != len(values):
            raise self._fail(f"{len(special)} special missing values for {len(values)} numbers")
        wrong = (special != 0) & (~np.isin(special, sorted(ibm_float.SPECIAL)) | ~np.isnan(values))
        if wrong.any():
            row = int(np.argmax(wrong))
            raise self._fail("special missing values are .A to .Z and ._, where the number is NaN", row=row + 1)

    def describe(self, namestr: np.ndarray, number: int, position: int) -> None:
        """Fill the variable's NAMESTR record."""
        column = self.column
        namestr["ntype"] = 1 if column.numeric else 2
        namestr["nlng"], namestr["nvar0"], namestr["npos"] = self.length, number, position
        namestr["nname"], namestr["nlabel"] = column.name.encode().ljust(8), self.label.ljust(40)
        (form, width, decimals), (inform, in_width, in_decimals) = self.formats
        namestr["nform"], namestr["nfl"], namestr["nfd"] = form.encode().ljust(8), width, decimals
        namestr["niform"], namestr["nifl"], namestr["nifd"] = inform.encode().ljust(8), in_width, in_decimals
        namestr["nfj"] = int(column.right_justified)

    def fill(self, field: np.ndarray, rows: slice) -> None:
        """Put the values of `rows` into their field of the records."""
        if self.codes is not None:
            field[:] = self.table.take(self.codes[rows], mode="wrap")
            return
        special = None if self.column.special is None else self.column.special[rows]
        ibm = ibm_float.to_ibm(np.asarray(self.column.values)[rows], special)
        if self.length == 8:
            field[:] = ibm
        else:
            field[:] = ibm.astype(">u8").view(np.uint8).reshape(-1, 8)[:, : self.length]
