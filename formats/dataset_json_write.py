"""Writes Dataset-JSON 1.1: `.json`, `.ndjson`, and `.dsjc` (NDJSON in one zlib stream).

Records are put together by column: each distinct value becomes JSON text once, and Arrow joins the texts of a block
of records. A missing text is "", a missing number null. The bytes depend on the dataset alone.

Source: CDISC Dataset-JSON v1.1 and Compressed Dataset-JSON v1.1.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from formats import sas_moments
from formats.coded import Coded
from formats.dataset import Column, Dataset, DatasetError
from formats.whole_file import Target, opened

JSON, NDJSON, DSJC = "json", "ndjson", "dsjc"
NUMBERS = ("integer", "float", "double", "decimal")
MOMENTS = ("date", "datetime", "time")
VERSION = "1.1.0"
BLOCK_ROWS = 1 << 13
EXACT = 2**53
_BEFORE_NAME = (
    "datasetJSONCreationDateTime", "datasetJSONVersion", "fileOID", "dbLastModifiedDateTime", "originator",
    "sourceSystem", "studyOID", "metaDataVersionOID", "metaDataRef", "itemGroupOID",
)  # fmt: skip


def write(target: Target, dataset: Dataset, *, kind: str = JSON) -> None:
    """Write a dataset to a path (whole or not at all) or to a binary file object.

    kind: "json", "ndjson" or "dsjc". The type of a column is its `data_type`; where none is stated, "string" for
    texts, "double" for numbers, and "date", "datetime" or "time" with a target type for numbers whose SAS format is
    one of dates or times. Raises DatasetError, before the target is touched, for what the format cannot hold:
    special missing values, numbers that are not finite, and values that are not of the stated type.
    """
    if kind not in (JSON, NDJSON, DSJC):
        raise DatasetError(f"there is no kind {kind!r} of Dataset-JSON", hint="json, ndjson or dsjc")
    columns = [_Cells(column, dataset) for column in dataset.columns]
    head = metadata(dataset, [cells.description() for cells in columns])
    with opened(target) as file:
        if kind == JSON:
            file.write(_text(head)[:-1] + b',"rows":[')
            for number, lines in enumerate(_blocks(columns, dataset.rows, ",")):
                file.write((b"," if number else b"") + lines[:-1])
            file.write(b"]}")
            return
        packed = zlib.compressobj(9) if kind == DSJC else None
        for data in chain([_text(head) + b"\n"], _blocks(columns, dataset.rows, "\n")):
            file.write(packed.compress(data) if packed else data)
        file.write(packed.flush() if packed else b"")


def group_oid(dataset: str) -> str:
    """The OID of a dataset where none is stated."""
    return f"IG.{dataset}"


def item_oid(dataset: str, variable: str) -> str:
    """The OID of a variable where none is stated."""
    return f"IT.{dataset}.{variable}"


def metadata(dataset: Dataset, columns: list[dict[str, Any]]) -> dict[str, Any]:
    """The attributes of the dataset, in the order of the standard."""
    if dataset.created is None:
        raise DatasetError("the time stamp `created` is missing", dataset=dataset.name)
    stated: dict[str, Any] = {
        "datasetJSONVersion": VERSION,
        "itemGroupOID": group_oid(dataset.name),
        **dataset.about,
        "datasetJSONCreationDateTime": dataset.created.isoformat(),
    }
    if dataset.modified is not None:
        stated["dbLastModifiedDateTime"] = dataset.modified.isoformat()
    found = {name: stated.pop(name) for name in _BEFORE_NAME if name in stated}
    named = {"records": dataset.rows, "name": dataset.name, "label": dataset.label}
    return found | named | stated | {"columns": columns}


def _text(found: Any) -> bytes:
    return _dumped(found).encode("utf-8")


def _dumped(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class _Cells:
    """A column as JSON texts."""

    def __init__(self, column: Column, dataset: Dataset) -> None:
        self.column, self.dataset = column, dataset.name
        self.item = column.oid or item_oid(dataset.name, column.name)
        if len(column) != dataset.rows:
            raise self._fail(f"{len(column)} values where there are {dataset.rows} records")
        if column.special is not None and column.special.any():
            row = int(np.argmax(column.special != 0))
            raise self._fail(
                f"the special missing value .{chr(column.special[row])} has no place in Dataset-JSON",
                row=row + 1,
                hint="make it an ordinary missing value and give the reason in a variable of its own",
            )
        self.type, self.target = self._types()
        self.codes, self.texts = self._coded()

    def _fail(self, message: str, **more: Any) -> DatasetError:
        return DatasetError(message, dataset=self.dataset, variable=self.column.name, **more)

    def _types(self) -> tuple[str, str]:
        column = self.column
        if not column.numeric:
            return column.data_type or "string", column.target_type
        if column.data_type:
            cut = column.target_type == "integer" and column.data_type in MOMENTS and not _whole(column.numbers)
            return column.data_type, "decimal" if cut else column.target_type  # a reader must not cut the fractions
        kind = sas_moments.kind_of(column.format)
        if kind and sas_moments.fit(column.numbers, kind):
            return kind, "integer" if _whole(column.numbers) else "decimal"
        return "double", ""

    def description(self) -> dict[str, Any]:
        """The metadata of the column, in the order of the standard."""
        column = self.column
        length = column.digits if column.numeric else column.length
        found: dict[str, Any] = {"itemOID": self.item, "name": column.name, "label": column.label}
        found |= {"dataType": self.type}
        more = {"targetDataType": self.target, "length": length}
        more |= {"displayFormat": column.format, "keySequence": column.key}
        return found | {name: value for name, value in more.items() if value}

    def _coded(self) -> tuple[np.ndarray, pa.Array]:
        """A code for each record (of the last text where the value is missing), and the JSON texts."""
        column = self.column
        if isinstance(column.values, Coded):
            if self.type in (*NUMBERS[:3], "boolean") or (self.target and self.type != "decimal"):
                raise self._fail(f"texts where the type is {self.type}")
            used = column.values.used()
            texts = [_dumped(text) if held else "" for text, held in zip(column.values.values.tolist(), used)]
            return _missing_last(column.values.codes, [*texts, '""'])
        codes, values = pd.factorize(column.numbers, use_na_sentinel=True)
        return _missing_last(codes, [*self._numbers(codes, values), "null"])

    def _numbers(self, codes: np.ndarray, values: np.ndarray) -> list[str]:
        written = self._writer()
        texts = []
        for code, value in enumerate(values.tolist()):
            text = written(value)
            if text is None:
                row = int(np.argmax(codes == code)) + 1
                raise self._fail(f"{value!r} cannot be written as {self.type}", row=row, value=value)
            texts.append(text)
        return texts

    def _writer(self) -> Callable[[float], str | None]:
        """What makes the JSON text of a number; None for one that the type does not hold."""
        if self.type == "boolean":
            return {0.0: "false", 1.0: "true"}.get
        if self.type in MOMENTS:
            kind = self.type
            return lambda value: _quoted(sas_moments.text(value, kind))
        if self.type == "integer":
            return lambda value: str(int(value)) if value % 1 == 0 and abs(value) < EXACT else None
        if self.type == "decimal":
            return lambda value: _quoted(number_text(value))
        if self.type in NUMBERS:
            return number_text
        raise self._fail(f"numbers where the type is {self.type}")

    def block(self, rows: slice) -> pa.Array:
        """The JSON texts of some records."""
        return self.texts.take(pa.array(self.codes[rows]))


def _whole(numbers: np.ndarray) -> bool:
    return bool((np.nan_to_num(numbers) % 1 == 0).all())


def _quoted(text: str | None) -> str | None:
    return None if text is None else f'"{text}"'


def number_text(value: float) -> str | None:
    """The shortest text of a JSON number that gives the value back; None for infinity.

    >>> number_text(5.0), number_text(0.1), number_text(1e300), number_text(float("inf"))
    ('5', '0.1', '1e+300', None)
    """
    if not np.isfinite(value):
        return None
    return str(int(value)) if value % 1 == 0 and abs(value) < EXACT else repr(value)


def _missing_last(codes: np.ndarray, texts: list[str]) -> tuple[np.ndarray, pa.Array]:
    return np.where(codes < 0, len(texts) - 1, codes).astype(np.int32), pa.array(texts, pa.large_string())


def _blocks(columns: list[_Cells], rows: int, after: str) -> Iterator[bytes]:
    """The records, some at a time, each followed by `after`."""
    begin, end, nothing = (pa.scalar(text, pa.large_string()) for text in ("[", f"]{after}", ""))
    comma = pa.scalar(",", pa.large_string())
    for start in range(0, rows, BLOCK_ROWS):
        cells = [column.block(slice(start, start + BLOCK_ROWS)) for column in columns]
        lines = pc.binary_join_element_wise(begin, pc.binary_join_element_wise(*cells, comma), end, nothing)
        size = int(pc.sum(pc.binary_length(lines)).as_py())
        yield lines.buffers()[2].to_pybytes()[:size]
