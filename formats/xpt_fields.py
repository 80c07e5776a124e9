"""Variables of a transport file on their way out: checked against the limits, encoded, laid into records."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from formats import ibm_float
from formats.coded import Coded
from formats.xpt_layout import Column, Version, XptError, parse_format
from formats.xpt_text import encoded, first_row, named, shown

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
NUMBER_LENGTH = 8


def check_name(name: str, what: str, limit: int, **place: Any) -> None:
    """Raise XptError unless `name` is a SAS name of at most `limit` bytes."""
    if not _NAME.fullmatch(name) or len(name) > limit:
        raise XptError(
            f"the {what} {name!r} is not 1 to {limit} letters, digits and underscores, the first no digit",
            value=name,
            **place,
        )


def encode_attribute(text: str, limit: int, what: str, encoding: str, **place: Any) -> bytes:
    """A label or header field in bytes; raises XptError when it is too long or not in the encoding."""
    try:
        found = text.encode(encoding)
    except UnicodeEncodeError as error:
        character = named(text[error.start])
        message = f"the character {character} of the {what} {text!r} is not in {encoding}"
        raise XptError(message, value=text, hint="transliterate it", **place) from None
    if len(found) > limit or text != text.rstrip(" ") or not text.isprintable():
        why = f"has {len(found)} bytes, more than {limit}" if len(found) > limit else "ends with a blank"
        why = why if text.isprintable() else "holds a control character"
        raise XptError(f"the {what} {text!r} {why}", value=text, **place)
    return found


class Variable:
    """The attributes of one variable, checked. `length` is 0 for a text whose length is that of its values."""

    def __init__(self, column: Column, dataset: str, encoding: str, version: Version) -> None:
        self.column, self.dataset, self.encoding, self.version = column, dataset, encoding, version
        place = {"dataset": dataset, "variable": column.name}
        check_name(column.name, "name", version.name, **place)
        self.label = encode_attribute(column.label, version.label, "label", encoding, **place)
        self.formats = [self._format(column.format), self._format(column.informat)]
        self.length = column.length or (NUMBER_LENGTH if column.numeric else 0)
        if column.numeric and not 2 <= self.length <= NUMBER_LENGTH:
            raise self.fail(f"the length {self.length} of a number is not between 2 and 8", value=self.length)
        if not column.numeric and not 0 <= self.length <= version.text:
            raise self.fail(f"the length {self.length} is not between 1 and {version.text}", value=self.length)

    def fail(self, message: str, **more: Any) -> XptError:
        """The error for a value or an attribute of this variable."""
        return XptError(message, dataset=self.dataset, variable=self.column.name, **more)

    def _format(self, text: str) -> tuple[str, int, int]:
        try:
            name, width, decimals = parse_format(text)
        except ValueError as error:
            raise self.fail(str(error), value=text) from None
        if name and name.startswith("$") != (not self.column.numeric):
            kind = "a number" if self.column.numeric else "text"
            raise self.fail(f"the format {text} does not suit {kind}", value=text)
        if len(name) > self.version.format_name:
            message = f"the name of the format {text} is longer than {self.version.format_name}"
            raise self.fail(message, value=text, hint="version 8 of the format has 32")
        return name, width, decimals

    @property
    def long(self) -> bool:
        """Do name or label need a place beside the NAMESTR record (version 8)?"""
        return len(self.column.name) > 8 or len(self.label) > 40 or self.long_format

    @property
    def long_format(self) -> bool:
        """Is the name of a format longer than 8 bytes (version 9 of the label section)?"""
        return any(len(name) > 8 for name, _, _ in self.formats)

    def describe(self, namestr: np.ndarray, number: int, position: int, length: int) -> None:
        """Fill the variable's NAMESTR record."""
        column = self.column
        namestr["ntype"] = 1 if column.numeric else 2
        namestr["nlng"], namestr["nvar0"], namestr["npos"] = length, number, position
        namestr["nname"], namestr["nlabel"] = column.name.encode()[:8].ljust(8), self._short_label().ljust(40)
        (form, width, decimals), (inform, in_width, in_decimals) = self.formats
        namestr["nform"], namestr["nfl"], namestr["nfd"] = form.encode()[:8].ljust(8), width, decimals
        namestr["niform"], namestr["nifl"], namestr["nifd"] = inform.encode()[:8].ljust(8), in_width, in_decimals
        namestr["nfj"] = int(column.right_justified)
        if self.version.number > 5:
            namestr["longname"], namestr["labeln"] = column.name.encode().ljust(32), len(self.label)

    def _short_label(self) -> bytes:
        """The first 40 bytes of the label, whole characters only."""
        return self.label[:40].decode(self.encoding, errors="ignore").encode(self.encoding)

    def field(self, column: Column, before: int = 0) -> TextField | NumberField:
        """The values of a column of this variable, checked; `before`: records that stand before its own.

        Raises XptError for the first value that the format cannot hold.
        """
        if isinstance(column.values, Coded):
            return TextField(self, column.values, before)
        return NumberField(self, column.values, column.special, before)


class TextField:
    """Texts: the encoded dictionary and the codes. length: bytes that they need, or that the variable states."""

    def __init__(self, variable: Variable, coded: Coded, before: int) -> None:
        self.codes = coded.codes
        low, high = (int(self.codes.min()), int(self.codes.max())) if len(coded) else (-1, -1)
        if not -1 <= low <= high < len(coded.values):
            raise variable.fail("a code stands outside the dictionary of the column")
        self.constant = low == high
        self.encoded = encoded(coded, variable.encoding, lambda message, row, **more: variable.fail(
            message, row=before + row, **more))  # fmt: skip
        self._check_lengths(variable, coded, before)
        self.length = variable.length or max(self.encoded.longest, 1)
        self._table = np.empty(0, "V1")

    def _check_lengths(self, variable: Variable, coded: Coded, before: int) -> None:
        most = variable.version.text
        limit = variable.length or most
        if self.encoded.longest <= limit:
            return
        row, value = first_row(coded, np.flatnonzero(self.encoded.lengths > limit))
        size = self.encoded.lengths[coded.codes[row - 1]]
        hint = "split the text into further variables" if limit == most else "raise the length"
        raise variable.fail(
            f"{size} bytes are more than {limit}: {shown(value)}", row=before + row, value=value, hint=hint
        )

    def prepare(self, length: int) -> None:
        """Make ready to fill fields of `length` bytes."""
        self._table = self.encoded.table(length)

    def value(self) -> np.ndarray:
        """The value of every row, where they are all the same."""
        return self._table[self.codes[0]]

    def fill(self, field: np.ndarray, rows: slice) -> None:
        """Put the values of `rows` into their field of the records (dtype V)."""
        field[:] = self._table.take(self.codes[rows], mode="wrap")

    def ends_blank(self) -> bool:
        """Is the field blank in the last record?"""
        code = int(self.codes[-1])
        return code < 0 or not self.encoded.lengths[code]


class NumberField:
    """Numbers, which every variable holds in its stated length."""

    constant = False

    def __init__(self, variable: Variable, values: np.ndarray, special: np.ndarray | None, before: int) -> None:
        self.length = variable.length
        if values.dtype != np.float64:
            raise variable.fail(f"numbers of type {values.dtype} where float64 is expected")
        row = ibm_float.first_unfit(values, self.length)
        if row is not None:
            raise variable.fail(
                f"{values[row]!s} cannot be held exactly in an IBM float of {self.length} bytes",
                row=before + row + 1,
                value=float(values[row]),
                hint=f"{NUMBER_LENGTH} bytes hold the numbers between 16**-65 and 16**63 in size",
            )
        if special is not None:
            _check_special(variable, values, special, before)
        self.values, self.special = values, special

    def prepare(self, length: int) -> None:
        """Nothing is converted yet."""
        self._start, self._converted = 0, np.empty(0, f"V{self.length}")

    def fill(self, field: np.ndarray, rows: slice) -> None:
        """Put the values of `rows` into their field of the records (dtype V)."""
        if not self._start <= rows.start or rows.stop > self._start + len(self._converted):
            self._convert(rows)
        field[:] = self._converted[rows.start - self._start : rows.stop - self._start]

    def _convert(self, rows: slice) -> None:
        """Convert the values of `rows`, and those that follow them if they are few: one call costs as much as many."""
        self._start = rows.start
        wanted = slice(rows.start, max(rows.stop, min(rows.start + ibm_float.BLOCK_ROWS, len(self.values))))
        special = None if self.special is None else self.special[wanted]
        ibm = ibm_float.to_ibm(self.values[wanted], special).astype(">u8")
        self._converted = np.ndarray(len(ibm), f"V{self.length}", ibm, strides=(NUMBER_LENGTH,))

    def value(self) -> np.ndarray:
        """Not asked for: no number counts as constant."""
        raise NotImplementedError

    def ends_blank(self) -> bool:
        """No number is blank."""
        return False


def _check_special(variable: Variable, values: np.ndarray, special: np.ndarray, before: int) -> None:
    if len(special) != len(values):
        raise variable.fail(f"{len(special)} special missing values for {len(values)} numbers")
    wrong = (special != 0) & (~np.isin(special, sorted(ibm_float.SPECIAL)) | ~np.isnan(values))
    if wrong.any():
        message = "special missing values are .A to .Z and ._, where the number is NaN"
        raise variable.fail(message, row=before + int(np.argmax(wrong)) + 1)
