"""Parquet files as tables to compare, column by column; needs pyarrow, which trialspec itself does not require.

Whole numbers and decimals that a float64 cannot hold, and moments finer than a microsecond, stay texts, so that
no two different values become equal.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from formats import sas_values
from formats.coded import Coded
from formats.raw_table import TableError, check_names
from qc.compare.table import DATE, DATETIME, FRACTIONS_BELOW, TIME, Numbers, Table, Values, Variable

if TYPE_CHECKING:
    import pyarrow

_INDEX = "__index_level_"
_STATED = ("label", "length", "format", "informat")
_EXACT = 2**53
_DIGITS = 15
_EPOCH_DAYS = 3653  # from 1960-01-01 to 1970-01-01
_DAY_SECONDS = 86400
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def read(path: Path, name: str) -> Table:
    """The file as a table; its columns are read when they are asked for. Raises TableError."""
    file = _opened(path)
    schema = file.schema_arrow
    names = [column for column in schema.names if not column.startswith(_INDEX)]
    check_names(names, str(path))
    stated = {column: _stated(schema.field(column).metadata) for column in names}
    said = {attribute for found in stated.values() for attribute in found}
    variables = tuple(_variable(column, schema.field(column).type, path, stated[column], said) for column in names)

    def load(wanted: Sequence[str], rows: np.ndarray | None) -> dict[str, Values]:
        columns = _call(path, lambda: file.read(columns=list(wanted)))
        found = {column: _values(columns.column(column)) for column in wanted}
        return found if rows is None else {column: values.take(rows) for column, values in found.items()}

    rows = file.metadata.num_rows
    label = _stated(schema.metadata).get("label")
    return Table(
        name, rows, variables, load, "parquet", str(path), label=label, trailing_blanks=True, empty_texts=True
    )  # fmt: skip


def _opened(path: Path) -> Any:
    if importlib.util.find_spec("pyarrow") is None:
        message = "Parquet files need the package pyarrow, which is not installed"
        raise TableError(str(path), message, hint="pip install pyarrow")
    from pyarrow.parquet import ParquetFile, read_schema

    def opened() -> Any:
        schema = read_schema(path)
        texts = [field.name for field in schema if _is_text(field.type)]
        return ParquetFile(path, read_dictionary=texts)

    return _call(path, opened)


def _call(path: Path, action: Callable[[], Any]) -> Any:
    from pyarrow import ArrowException

    try:
        return action()
    except (ArrowException, OSError, ValueError) as error:
        message = f"this is no Parquet file that can be read: {str(error).splitlines()[0]}"
        raise TableError(str(path), message) from None


def _is_text(kind: pyarrow.DataType) -> bool:
    from pyarrow import types

    return types.is_string(kind) or types.is_large_string(kind)


def _value_type(kind: pyarrow.DataType) -> pyarrow.DataType:
    from pyarrow import types

    return kind.value_type if types.is_dictionary(kind) else kind


def _stated(metadata: Mapping[bytes, bytes] | None) -> dict[str, str]:
    """What the metadata of a schema or a field say, under the names that `formats.parquet_dataset` writes."""
    named = {key.decode("utf-8", "replace"): value for key, value in (metadata or {}).items()}
    return {name: value.decode("utf-8", "replace") for name, value in named.items() if name in _STATED}


def _variable(
    name: str, kind: pyarrow.DataType, path: Path, stated: Mapping[str, str], said: Collection[str]
) -> Variable:
    """A variable. stated: its attributes; said: those that the file states of any variable: what it does not state of
    this one is blank, what it states of none is not known."""
    from pyarrow import types

    kind = _value_type(kind)
    label, format, informat = (stated.get(key, "" if key in said else None) for key in ("label", "format", "informat"))
    length = int(stated["length"]) if stated.get("length", "").isdigit() else None
    if _is_text(kind) or types.is_null(kind) or types.is_string_view(kind):
        typed = not types.is_null(kind)
        return Variable(name, False, "", typed, None, length, label, format, informat)
    kinds = ((DATE, types.is_date), (DATETIME, types.is_timestamp), (TIME, types.is_time))
    what = next((name for name, is_kind in kinds if is_kind(kind)), "")
    if what or types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        # A number with a SAS format of dates is one, as in a transport file.
        what = what or ("" if types.is_boolean(kind) else sas_values.kind(format))
        return Variable(name, True, what, True, str(kind), length, label, format, informat)
    message = f"values of type {kind} are no text, numbers, dates or truth values"
    raise TableError(str(path), message, column=name, hint="write the column as text, or leave it out of the file")


def _values(column: pyarrow.ChunkedArray) -> Values:
    from pyarrow import types

    kind = _value_type(column.type)
    if _is_text(kind) or types.is_null(kind) or types.is_string_view(kind):
        return _texts(column)
    if types.is_dictionary(column.type):
        column = column.cast(kind)
    if types.is_boolean(kind):
        return Numbers(_floats(column.cast("uint8")))
    if types.is_floating(kind):
        return Numbers(_floats(column))
    if types.is_decimal(kind):
        fits = kind.precision <= _DIGITS
        return Numbers(_floats(column.cast("float64"))) if fits else _written(column)
    if types.is_date(kind):
        return Numbers(_floats(column.cast("date32").cast("int32")) + _EPOCH_DAYS)
    if types.is_timestamp(kind):
        return _moments(column, kind.unit, _EPOCH_DAYS * _DAY_SECONDS)
    if types.is_time(kind):
        return _moments(column, kind.unit, 0)
    return _integers(column, kind)


def _as_moment(texts: Coded) -> Coded:
    """The texts of moments as ISO 8601, without zeros at the end of the seconds."""
    values = [text.replace(" ", "T").rstrip("Z") for text in texts.values.tolist()]
    return Coded(texts.codes, np.array([v.rstrip("0").rstrip(".") if "." in v else v for v in values], object))


def _floats(column: pyarrow.ChunkedArray) -> np.ndarray:
    """The numbers, NaN for null."""
    return column.cast("float64").to_numpy()


def _integers(column: pyarrow.ChunkedArray, kind: pyarrow.DataType) -> Values:
    from pyarrow import compute

    if kind.bit_width == 64 and len(column):
        ends = compute.min_max(column).as_py()
        if ends["max"] is not None and max(-ends["min"], ends["max"]) > _EXACT:
            return _written(column)
    return Numbers(_floats(column))


def _moments(column: pyarrow.ChunkedArray, unit: str, origin: int) -> Values:
    """Seconds from 1960-01-01, or from midnight for times."""
    from pyarrow import compute

    units = column.cast("int32" if column.type.bit_width == 32 else "int64")
    if unit == "ns":
        micro = compute.divide(units, 1000)
        if compute.any(compute.not_equal(compute.multiply(micro, 1000), units)).as_py():
            return _as_moment(_written(column))
        units, unit = micro, "us"
    per = _PER_SECOND[unit]
    whole = compute.divide(units, per)
    rest = compute.subtract(units, compute.multiply(whole, per))
    found = _floats(whole) + origin
    if bool(((np.abs(found) >= FRACTIONS_BELOW) & (_floats(rest) != 0)).any()):
        return _as_moment(_written(column))
    return Numbers(found + _floats(rest) / per)


def _written(column: pyarrow.ChunkedArray) -> Coded:
    return _texts(column.cast("string"))


def _texts(column: pyarrow.ChunkedArray) -> Coded:
    """The texts as codes; a text of no characters stays apart from a missing one."""
    from pyarrow import types

    if not len(column) or types.is_null(column.type):
        return Coded.missing(len(column))
    if not types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries()
    codes = [chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False) for chunk in column.chunks]
    dictionary = column.chunk(0).dictionary
    values = dictionary.to_numpy(zero_copy_only=False).astype(object)
    joined = np.concatenate(codes).astype(np.int32)
    if not dictionary.null_count and len(dictionary.unique()) == len(values):
        return Coded(joined, values)
    known, distinct = pd.factorize(values, use_na_sentinel=True)
    return Coded(np.append(known, -1).astype(np.int32)[joined], distinct)
