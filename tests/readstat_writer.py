"""SAS datasets for the tests, written by ReadStat itself: pyreadstat ships its writer without a Python function."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path

import pytest

_POINTER = ctypes.c_void_p
_SINK = ctypes.CFUNCTYPE(ctypes.c_ssize_t, _POINTER, ctypes.c_size_t, _POINTER)
_TEXT, _NUMBER = 0, 5  # READSTAT_TYPE_STRING, READSTAT_TYPE_DOUBLE
_ENCODING_BYTE = 70
ENCODINGS = {"utf-8": 20, "latin-1": 29, "windows-1252": 62, "gbk": 126, "shift_jis": 138}

Value = float | bytes | str | None


class _Library:
    """The functions of ReadStat that write; the test is skipped where they are not to be had."""

    def __init__(self) -> None:
        from pyreadstat import _readstat_writer

        library = ctypes.CDLL(_readstat_writer.__file__)
        p, i, s = _POINTER, ctypes.c_int, ctypes.c_char_p
        try:
            self.init = self._typed(library.readstat_writer_init, p)
            self.sink = self._typed(library.readstat_set_data_writer, i, p, _SINK)
            self.compress = self._typed(library.readstat_writer_set_compression, i, p, i)
            self.add = self._typed(library.readstat_add_variable, p, p, s, i, ctypes.c_size_t)
            self.format = self._typed(library.readstat_variable_set_format, None, p, s)
            self.begin = self._typed(library.readstat_begin_writing_sas7bdat, i, p, p, ctypes.c_long)
            self.begin_row = self._typed(library.readstat_begin_row, i, p)
            self.end_row = self._typed(library.readstat_end_row, i, p)
            self.text = self._typed(library.readstat_insert_string_value, i, p, p, s)
            self.number = self._typed(library.readstat_insert_double_value, i, p, p, ctypes.c_double)
            self.missing = self._typed(library.readstat_insert_missing_value, i, p, p)
            self.special = self._typed(library.readstat_insert_tagged_missing_value, i, p, p, ctypes.c_char)
            self.end = self._typed(library.readstat_end_writing, i, p)
            self.free = self._typed(library.readstat_writer_free, None, p)
        except AttributeError:
            pytest.skip("this pyreadstat does not export the writer of ReadStat, which makes the SAS datasets")

    @staticmethod
    def _typed(function: ctypes._NamedFuncPointer, result: type | None, *arguments: type) -> ctypes._NamedFuncPointer:
        function.restype, function.argtypes = result, list(arguments)
        return function


def write(
    path: Path,
    columns: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[Value]],
    *,
    encoding: str = "utf-8",
    compressed: bool = False,
) -> Path:
    """Write a SAS dataset.

    columns: names with formats, "$20" for texts of 20 bytes. rows: texts as bytes, numbers, None for missing,
    a letter (str) for a special missing value. encoding: the one that the header states.
    """
    library, parts = _Library(), []

    @_SINK
    def sink(data: int, length: int, _: int) -> int:
        parts.append(ctypes.string_at(data, length))
        return length

    writer = library.init()
    _done(library.sink(writer, sink))
    _done(library.compress(writer, int(compressed)))
    variables = [_variable(library, writer, name, sas_format) for name, sas_format in columns]
    _done(library.begin(writer, None, len(rows)))
    for row in rows:
        _done(library.begin_row(writer))
        for variable, value in zip(variables, row, strict=True):
            _done(_insert(library, writer, variable, value))
        _done(library.end_row(writer))
    _done(library.end(writer))
    library.free(writer)
    content = bytearray(b"".join(parts))
    content[_ENCODING_BYTE] = ENCODINGS[encoding]
    path.write_bytes(content)
    return path


def _done(code: int) -> None:
    assert code == 0, f"ReadStat error {code}"


def _variable(library: _Library, writer: int, name: str, sas_format: str) -> int:
    if sas_format.startswith("$"):
        return library.add(writer, name.encode(), _TEXT, int(sas_format[1:]))
    variable = library.add(writer, name.encode(), _NUMBER, 8)
    if sas_format:
        library.format(variable, sas_format.encode())
    return variable


def _insert(library: _Library, writer: int, variable: int, value: Value) -> int:
    if value is None:
        return library.missing(writer, variable)
    if isinstance(value, bytes):
        return library.text(writer, variable, value)
    if isinstance(value, str):
        return library.special(writer, variable, value.encode())
    return library.number(writer, variable, value)
