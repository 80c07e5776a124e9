"""Parquet files as datasets with attributes, which stand in the metadata of the schema and of its fields.

Texts are written as strings, numbers as float64, both with null for missing. The metadata of a field has what applies
of: label, length, format, informat, dataType, targetDataType, keySequence, itemOID; that of the schema: dataset,
label, created, modified, about. Files without them are read too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet as pq

from formats.arrow_text import dictionary_encoded
from formats.coded import Coded
from formats.dataset import Column, Dataset, DatasetError
from formats.whole_file import Target, opened

ROW_GROUP = 1 << 17
_INDEX = "__index_level_"
_EPOCH_DAYS = 3653  # from 1960-01-01 to 1970-01-01
_DAY_SECONDS = 86400
_EXACT = 2**53
_FRACTIONS_BELOW = 2.0**33  # seconds up to which a float64 tells microseconds apart: until the year 2232
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6}
_TEXTS = {  # names in the file and of Column
    "label": "label", "format": "format", "informat": "informat", "dataType": "data_type",
    "targetDataType": "target_type", "itemOID": "oid",
}  # fmt: skip
_WHOLE = {"length": "length", "digits": "digits", "keySequence": "key"}


def write(target: Target, dataset: Dataset) -> None:
    """Write a dataset to a path (whole or not at all) or to a binary file object.

    Raises DatasetError for special missing values, which Parquet has no place for.
    """
    arrays, fields = [], []
    for column in dataset.columns:
        if len(column) != dataset.rows:
            message = f"{len(column)} values where there are {dataset.rows} records"
            raise DatasetError(message, dataset=dataset.name, variable=column.name)
        arrays.append(_array(column, dataset.name))
        fields.append(pa.field(column.name, arrays[-1].type, metadata=_field_metadata(column)))
    schema = pa.schema(fields, metadata=_schema_metadata(dataset))
    with opened(target) as file:
        pq.write_table(pa.table(arrays, schema=schema), file, row_group_size=ROW_GROUP, compression="zstd")


def _array(column: Column, dataset: str) -> pa.Array:
    if isinstance(column.values, Coded):
        codes = pa.array(column.values.codes, mask=column.values.codes < 0)
        return pa.array(column.values.values, pa.string()).take(codes)
    if column.special is not None and column.special.any():
        row = int(np.argmax(column.special != 0))
        message = f"the special missing value .{chr(column.special[row])} has no place in Parquet"
        hint = "make it an ordinary missing value and give the reason in a variable of its own"
        raise DatasetError(message, dataset=dataset, variable=column.name, row=row + 1, hint=hint)
    return pa.array(column.values, pa.float64(), mask=np.isnan(column.values))


def _field_metadata(column: Column) -> dict[str, str]:
    found = {name: str(getattr(column, attribute)) for name, attribute in (_TEXTS | _WHOLE).items()}
    return {name: value for name, value in found.items() if value not in ("", "0")}


def _schema_metadata(dataset: Dataset) -> dict[str, str]:
    moments = {"created": dataset.created, "modified": dataset.modified}
    found = {"dataset": dataset.name, "label": dataset.label}
    found |= {name: moment.isoformat() for name, moment in moments.items() if moment is not None}
    return found | ({"about": json.dumps(dict(dataset.about))} if dataset.about else {})


def read(path: str | os.PathLike[str]) -> Dataset:
    """The dataset of a file; null and NaN are missing.

    Whole numbers, decimals of up to 15 digits and truth values (1 and 0) become numbers; dates become SAS days,
    timestamps and times seconds, with a format that says so. Raises DatasetError for what a dataset cannot hold.
    """
    try:
        table = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError, ValueError) as error:
        message = f"this is no Parquet file that can be read: {str(error).splitlines()[0]}"
        raise DatasetError(message, path=str(path)) from None
    stated = _decoded(table.schema.metadata)
    name = stated.get("dataset") or Path(path).name.partition(".")[0].upper()
    columns = [
        _column(table.schema.field(i), table.column(i), name)
        for i in range(table.num_columns)
        if not table.schema.field(i).name.startswith(_INDEX)
    ]
    created, modified = (_moment(stated.get(key)) for key in ("created", "modified"))
    about = json.loads(stated["about"]) if "about" in stated else {}
    return Dataset(name, tuple(columns), stated.get("label", ""), created, modified, about=about)


def _decoded(metadata: Mapping[bytes, bytes] | None) -> dict[str, str]:
    return {key.decode("utf-8", "replace"): value.decode("utf-8", "replace") for key, value in (metadata or {}).items()}


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _column(field: pa.Field, values: pa.ChunkedArray, dataset: str) -> Column:
    stated = _decoded(field.metadata)
    made, format = _values(field, values, dataset)
    attributes: dict[str, Any] = {"format": format}
    attributes |= {attribute: stated[name] for name, attribute in _TEXTS.items() if name in stated}
    attributes |= {
        attribute: int(stated[name]) for name, attribute in _WHOLE.items() if stated.get(name, "").isdigit()
    }
    return Column(field.name, made, **attributes)


def _values(field: pa.Field, values: pa.ChunkedArray, dataset: str) -> tuple[Coded | np.ndarray, str]:
    """The values, and the format that says what numbers of dates and times mean."""
    types = pa.types

    def fail(message: str, hint: str = "write the column as text") -> DatasetError:
        return DatasetError(message, dataset=dataset, variable=field.name, hint=hint)

    if types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    kind = values.type
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind) or types.is_null(kind):
        return _texts(values.cast(pa.string())), ""
    if types.is_boolean(kind):
        return _floats(values.cast(pa.uint8())), ""
    if types.is_floating(kind):
        return _floats(values), ""
    if types.is_integer(kind):
        return _integers(values, fail), ""
    if types.is_decimal(kind) and kind.precision <= 15:
        return _floats(values), ""
    if types.is_date(kind):
        return _floats(values.cast(pa.date32()).cast(pa.int32())) + _EPOCH_DAYS, "E8601DA."
    if types.is_timestamp(kind) and kind.tz is None:
        return _seconds(values, kind, fail, _EPOCH_DAYS * _DAY_SECONDS), "E8601DT."
    if types.is_time(kind):
        return _seconds(values, kind, fail, 0), "E8601TM."
    raise fail(f"values of type {kind} are no text, numbers, dates or times that a dataset holds")


def _texts(values: pa.ChunkedArray) -> Coded:
    codes, dictionary = dictionary_encoded(values)
    texts = dictionary.to_numpy(zero_copy_only=False)
    codes = np.where(np.isin(codes, np.flatnonzero(texts == "")), -1, codes).astype(np.int32)
    return Coded(codes, texts)


def _floats(values: pa.ChunkedArray) -> np.ndarray:
    return np.array(values.cast(pa.float64()).to_numpy())


def _integers(values: pa.ChunkedArray, fail: Callable[[str], DatasetError]) -> np.ndarray:
    ends = pc.min_max(values).as_py()
    if ends["max"] is not None and max(-ends["min"], ends["max"]) > _EXACT:
        raise fail("a whole number is larger than a float64 holds for certain")
    return _floats(values)


def _seconds(
    values: pa.ChunkedArray, kind: pa.DataType, fail: Callable[[str], DatasetError], origin: int
) -> np.ndarray:
    units = values.cast(pa.int32() if kind.bit_width == 32 else pa.int64())
    unit = kind.unit
    if unit == "ns":
        micro = pc.divide(units, 1000)
        if pc.any(pc.not_equal(pc.multiply(micro, 1000), units)).as_py():
            raise fail("a moment is finer than a microsecond")
        units, unit = micro, "us"
    per = _PER_SECOND[unit]
    whole = pc.divide(units, per)
    seconds, rest = _floats(whole) + origin, _floats(pc.subtract(units, pc.multiply(whole, per)))
    if ((np.abs(seconds) >= _FRACTIONS_BELOW) & (rest != 0)).any():
        raise fail("the fraction of a moment is finer than a number of that size holds")
    return seconds + rest / per
