"""Parquet files: as raw tables, and tables of results. pyarrow is imported only where one is read or written."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from formats.coded import Coded
from formats.raw_table import TRUTH, RawTable, TableError, check_names, clock_text, number_text

if TYPE_CHECKING:
    import pyarrow

_INDEX = "__index_level_"


def read(path: Path) -> RawTable:
    """The table as text; null and NaN are missing. Line numbers: of the records, from 1. Raises TableError.

    A timestamp with a zone is its moment in UTC, with Z.
    """
    file = _opened(path)
    found = _names(file, path)
    columns: dict[str, Coded] = {}
    rows = file.metadata.num_rows
    for name in found:
        read_one = partial(file.read, columns=[name])
        columns[name] = _column(_call(path, read_one).column(0), name, path)
    return RawTable(columns, rows, np.arange(1, rows + 1), str(path))


def write(columns: Mapping[str, tuple[str, Sequence[object]]]) -> bytes:
    """A Parquet file of columns in their order: name to kind (`text`, `number`, `whole`) and values, None missing.

    Two calls with the same columns give the same bytes, under one version of pyarrow.
    """
    import pyarrow
    from pyarrow import parquet

    types = {"text": pyarrow.string(), "number": pyarrow.float64(), "whole": pyarrow.int64()}
    arrays = {name: pyarrow.array(values, type=types[kind]) for name, (kind, values) in columns.items()}
    out = io.BytesIO()
    parquet.write_table(pyarrow.table(arrays), out, compression="zstd")
    return out.getvalue()


def names(path: Path) -> list[str]:
    """The names of the columns, from the footer of the file. Raises TableError."""
    return _names(_opened(path), path)


def _opened(path: Path) -> Any:
    if importlib.util.find_spec("pyarrow") is None:
        message = "Parquet files need the package pyarrow, which is not installed"
        raise TableError(str(path), message, hint="pip install pyarrow")
    from pyarrow.parquet import ParquetFile

    return _call(path, lambda: ParquetFile(path))


def _call(path: Path, action: Callable[[], Any]) -> Any:
    from pyarrow import ArrowException

    try:
        return action()
    except (ArrowException, OSError, ValueError) as error:
        message = f"this is no Parquet file that can be read: {str(error).splitlines()[0]}"
        raise TableError(str(path), message) from None


def _names(file: Any, path: Path) -> list[str]:
    """The columns; an index that pandas wrote beside them is none."""
    schema = file.schema_arrow
    found = [name for name in schema.names if not name.startswith(_INDEX)]
    check_names(found, str(path))
    return found


def _column(values: pyarrow.ChunkedArray, name: str, path: Path) -> Coded:
    """Distinct values become text once."""
    import pyarrow

    if not pyarrow.types.is_dictionary(values.type):
        read = _reader(values.type)
        values = values.dictionary_encode() if read and len(values) else values
    else:
        read = _reader(values.type.value_type)
        values = values.unify_dictionaries()
    if read is None:
        message = f"values of type {values.type} are no text, numbers, dates or truth values"
        raise TableError(str(path), message, column=name, hint="write the column as text")
    if not len(values):
        return Coded.missing(0)
    codes = np.concatenate([_codes(chunk) for chunk in values.chunks])
    texts = [_text(value, read, name, path) for value in _distinct(values)]
    return Coded.from_objects(np.array([*texts, None], object)[codes])


def _codes(chunk: Any) -> np.ndarray:
    return chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)


def _distinct(values: pyarrow.ChunkedArray) -> list[Any]:
    import pyarrow

    dictionary = values.chunk(0).dictionary
    if pyarrow.types.is_temporal(dictionary.type):
        return _raw_moments(dictionary)
    if pyarrow.types.is_float32(dictionary.type) or pyarrow.types.is_float16(dictionary.type):
        return list(dictionary.to_numpy(zero_copy_only=False))  # keeps the width, and with it the short text
    return dictionary.to_pylist()


def _raw_moments(dictionary: Any) -> list[Any]:
    """Days, or nanoseconds as integers: datetime of Python knows microseconds only."""
    import pyarrow
    import pyarrow.compute

    kind = dictionary.type
    if pyarrow.types.is_date(kind):
        return dictionary.cast(pyarrow.date32()).cast(pyarrow.int32()).to_pylist()
    whole = pyarrow.int32() if kind.bit_width == 32 else pyarrow.int64()
    scale = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}[kind.unit]
    return [None if value is None else value * scale for value in dictionary.cast(whole).to_pylist()]


def _text(value: Any, read: Callable[[Any], str | None], name: str, path: Path) -> str | None:
    if value is None:
        return None
    try:
        return read(value)
    except (ValueError, OverflowError) as error:
        raise TableError(str(path), f"the value {value} cannot be written: {error}", column=name) from None


def _reader(kind: pyarrow.DataType) -> Callable[[Any], str | None] | None:
    """How a value of an Arrow type becomes text; None for types that are no values of a raw table."""
    import pyarrow.types as types

    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind) or types.is_null(kind):
        return str
    if types.is_boolean(kind):
        return TRUTH.__getitem__
    if types.is_integer(kind):
        return str
    if types.is_floating(kind):
        return _float
    if types.is_decimal(kind):
        return _decimal
    if types.is_date(kind):
        return lambda days: (date(1970, 1, 1) + timedelta(days=days)).isoformat()
    if types.is_timestamp(kind):
        return lambda units: _moment(units) + ("Z" if kind.tz else "")
    if types.is_time(kind):
        return _clock
    return None


def _float(value: Any) -> str | None:
    if np.isnan(value):
        return None
    if not isinstance(value, float) and np.isfinite(value):  # a float of 16 or 32 bits has its own shortest text
        return str(value + type(value)(0)).removesuffix(".0")
    return number_text(float(value))


def _decimal(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _moment(nanoseconds: int) -> str:
    days, rest = divmod(nanoseconds, 86400 * 10**9)
    return f"{(date(1970, 1, 1) + timedelta(days=days)).isoformat()}T{_clock(rest)}"


def _clock(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, 10**9)
    fraction = f".{rest:09}".rstrip("0") if rest else ""
    return clock_text(seconds) + fraction
