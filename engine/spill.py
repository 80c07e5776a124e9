"""Columns of the engine in a file of Arrow's, which another process reads without decoding them."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from engine.columns import Array, Column, Text
from engine.dictionary import Dictionary

Columns = dict[str, Column]


def write(path: Path, columns: Mapping[str, Column]) -> None:
    """Write columns of one length: numbers, conditions and texts with their codes. Raises OSError with the path."""
    batch = pa.record_batch([_array(column) for column in columns.values()], names=list(columns))
    try:
        with pa.OSFile(str(path), "wb") as file, ipc.new_file(file, batch.schema) as writer:
            writer.write_batch(batch)
    except OSError as error:  # Arrow does not say which file
        number = error.errno or errno.EIO
        raise OSError(number, os.strerror(number), str(path)) from None


def read(path: Path) -> Columns:
    """The columns as they were written; numbers lie in the mapped file and cannot be written to."""
    with pa.memory_map(str(path)) as file:
        batch = ipc.open_file(file).get_batch(0)
    return {name: _column(array) for name, array in zip(batch.schema.names, batch.columns)}


def _array(column: Column) -> pa.Array:
    if not isinstance(column, Text):
        return pa.array(column)
    column = column.compact()
    codes = pa.array(column.codes, pa.int32(), mask=column.codes < 0)
    return pa.DictionaryArray.from_arrays(codes, _texts(column.dictionary))


def _texts(dictionary: Dictionary) -> pa.Array:
    try:
        return dictionary.arrow()
    except (pa.ArrowInvalid, UnicodeEncodeError):  # a lone surrogate, which UTF-8 does not hold
        return pa.array([text.encode("utf-8", "surrogatepass") for text in dictionary.values], pa.binary())


def _column(array: pa.Array) -> Column:
    if not pa.types.is_dictionary(array.type):
        found: Array = array.to_numpy(zero_copy_only=False)
        return found
    indices = array.indices.fill_null(-1) if array.indices.null_count else array.indices
    texts = array.dictionary
    if pa.types.is_binary(texts.type):
        decoded = [text.decode("utf-8", "surrogatepass") for text in texts.to_pylist()]
        return Text(indices.to_numpy(), Dictionary(np.array(decoded, object)))
    return Text(indices.to_numpy(), Dictionary(arrow=texts))
