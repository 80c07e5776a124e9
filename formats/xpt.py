"""SAS transport files (XPT) of version 5, and of version 8: read, written, to and from pandas.

Usable alone. A dataset as a whole:

    from datetime import datetime
    from formats import xpt

    table = xpt.frame(xpt.read("dm.xpt"))                       # a DataFrame
    xpt.write_frame("dm.xpt", table, dataset="DM", label="Demographics", created=datetime(2026, 1, 5),
                    labels={"USUBJID": "Unique Subject Identifier"}, formats={"RFSTDT": "DATE9."})

With all attributes, and special missing values (.A to .Z, ._):

    dataset = xpt.read("lb.xpt", encoding="windows-1252")       # dataset["LBSTRESN"].special
    xpt.write_all("lb.xpt", [dataset], encoding="windows-1252") # the same bytes again
    xpt.write("dm.xpt", [xpt.Column("USUBJID", xpt.Coded.from_objects(["01-001"]), "Unique Subject Identifier"),
                         xpt.Column("AGE", numpy.array([64.0]), "Age", length=3)],
              dataset="DM", created=datetime(2026, 1, 5))

Larger than memory, block by block:

    attributes = xpt.read("lb.xpt", max_rows=0)
    with xpt.Writer("copy.xpt", attributes) as writer:
        for block in xpt.blocks("lb.xpt"):
            writer.append(block)

Records that several processes write into one file: `xpt.write_part`.

A text is bytes of a stated encoding, ASCII by default. What the format cannot hold is an XptError that names dataset,
variable, record and value; nothing is cut, rounded or replaced, and no file is left half-written. Every double between
16**-65 and 16**63 in size is kept to the bit.

Source: SAS technical note TS-140, "The record layout of a data set in SAS transport (XPORT) format", and its
successor for data sets of version 8 and 9.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from formats.arrow_text import series_texts
from formats.coded import Coded
from formats.dataset import DatasetError
from formats.side_by_side import side_by_side
from formats.xpt_layout import Column, Dataset, XptError
from formats.xpt_read import blocks, read, read_all
from formats.xpt_write import Writer, write, write_all, write_part

__all__ = [
    "Coded",
    "Column",
    "Dataset",
    "DatasetError",
    "Writer",
    "XptError",
    "blocks",
    "frame",
    "read",
    "read_all",
    "write",
    "write_all",
    "write_frame",
    "write_part",
]

_EXACT_INTEGER = 2**53
_NUMBER = 8  # bytes
_ARROW_TEXT = ("string[pyarrow]", "large_string[pyarrow]")


def frame(dataset: Dataset, *, text: Literal["object", "category", "str"] = "object") -> pd.DataFrame:
    """A DataFrame of the dataset: numbers as float64, texts as str or None (`object`), as categories, or as the
    strings of pandas (`str`).

    Special missing values become NaN like ordinary ones.
    """
    made = {"object": _object_series, "category": _category_series, "str": _string_series}[text]

    def series(column: Column) -> pd.Series:
        return made(column.values) if isinstance(column.values, Coded) else pd.Series(column.values, copy=True)

    size = 0 if text == "object" else _NUMBER * dataset.rows * len(dataset.columns)  # objects let no other thread run
    found = side_by_side(series, dataset.columns, size)
    named = {column.name: one for column, one in zip(dataset.columns, found)}
    return pd.DataFrame(named, index=pd.RangeIndex(dataset.rows), copy=False)


def _object_series(coded: Coded) -> pd.Series:
    return pd.Series(coded.to_objects(), dtype=object)


def _category_series(coded: Coded) -> pd.Series:
    return pd.Series(pd.Categorical.from_codes(coded.codes, pd.Index(coded.values, dtype=object)))


def _string_series(coded: Coded) -> pd.Series:
    values = np.append(coded.values, [None])
    codes = np.where(coded.codes < 0, len(coded.values), coded.codes)
    return pd.Series(pd.array(pa.array(values, pa.large_string()).take(pa.array(codes)), dtype="str"))


def write_frame(
    target: str | os.PathLike[str] | BinaryIO,
    table: pd.DataFrame,
    *,
    dataset: str,
    label: str = "",
    created: datetime,
    modified: datetime | None = None,
    labels: Mapping[str, str] | None = None,
    lengths: Mapping[str, int] | None = None,
    formats: Mapping[str, str] | None = None,
    encoding: str = "ascii",
    version: int = 5,
) -> None:
    """Write a DataFrame: its numbers and booleans as numbers, its texts and categories of text as text.

    labels, lengths, formats: by column name. Dates and mixed columns raise XptError, for the type that they
    should have is a decision of the specification.
    """
    labels, lengths, formats = labels or {}, lengths or {}, formats or {}
    for name in sorted({*labels, *lengths, *formats} - set(table.columns)):
        raise XptError(
            "an attribute is given for a column that is not in the table", dataset=dataset, variable=name
        )
    columns = [
        Column(
            str(name),
            _values(table[name], dataset),
            labels.get(name, ""),
            lengths.get(name, 0),
            formats.get(name, ""),
        )
        for name in table.columns
    ]
    write(
        target, columns, dataset=dataset, label=label, created=created, modified=modified, encoding=encoding,
        version=version,
    )  # fmt: skip


def _values(series: pd.Series, dataset: str) -> Coded | np.ndarray:
    """The column's texts as Coded or its numbers as float64."""
    name = str(series.name)
    if pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_complex_dtype(series.dtype):
        numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
        if pd.api.types.is_integer_dtype(series.dtype) and (np.abs(numbers) >= _EXACT_INTEGER).any():
            row = int(np.argmax(np.abs(numbers) >= _EXACT_INTEGER))
            value = series.iloc[row]
            message = f"the integer {value} may lose digits as a number"
            raise XptError(
                message, dataset=dataset, variable=name, row=row + 1, value=value, hint="write it as text"
            )
        return numbers
    if not _may_be_text(series.dtype):
        hint = "convert it to SAS days, seconds or ISO 8601 text"
        raise XptError(
            f"the type {series.dtype} is neither text nor number", dataset=dataset, variable=name, hint=hint
        )
    try:
        return series_texts(series)
    except TypeError as error:
        raise XptError(
            str(error), dataset=dataset, variable=name, hint="convert the column to one type"
        ) from None


def _may_be_text(kind: Any) -> bool:
    is_text = isinstance(kind, (pd.StringDtype, pd.CategoricalDtype)) or str(kind) in _ARROW_TEXT
    return is_text or kind == np.dtype(object)
