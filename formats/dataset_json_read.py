"""Reads Dataset-JSON 1.1 as a dataset with types: `.json`, `.ndjson`, `.dsjc`, also gzipped.

Source: CDISC Dataset-JSON v1.1. What `formats.dataset_json` reads as a raw table of texts is read here as numbers and
texts with their attributes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from formats import dataset_json, sas_moments
from formats.coded import Coded
from formats.dataset import Column, Dataset, DatasetError
from formats.dataset_json_write import EXACT, MOMENTS, VERSION, group_oid, item_oid, number_text
from formats.raw_table import TableError

_ATTRIBUTES = {
    "itemOID", "name", "label", "dataType", "targetDataType", "length", "displayFormat", "keySequence",
}  # fmt: skip
_OWN = {"datasetJSONCreationDateTime", "dbLastModifiedDateTime", "records", "name", "label", "columns", "rows"}
_ZONE = re.compile(r"T.*(?:Z|[+-]\d\d(?::?\d\d)?)$")
_NUMBERS = ("integer", "float", "double")
_TEXTS = ("string", "URI", *MOMENTS)


def read(path: Path) -> Dataset:
    """The dataset of a file; null and "" are missing.

    Columns of type integer, float, double and boolean (0 and 1) are numbers, and so are those with a
    `targetDataType`: dates become SAS days, moments and times seconds. A decimal is a number where its text is the
    shortest one of a float64, else the column stays text. Raises DatasetError for a value that is not of its type.
    """
    try:
        found = dataset_json.contents(path)
    except TableError as error:
        raise DatasetError(str(error)) from None
    head = found.metadata
    name = str(head.get("name") or path.name.partition(".")[0].upper())
    by_column = zip(*found.rows) if found.rows else [()] * len(found.names)
    columns = [_Reader(stated, name, path).column(values) for stated, values in zip(found.columns, by_column)]
    about = {key: value for key, value in head.items() if key not in _OWN}
    if about.get("itemGroupOID") == group_oid(name):
        del about["itemGroupOID"]
    if about.get("datasetJSONVersion") == VERSION:
        del about["datasetJSONVersion"]
    created = _moment(head, "datasetJSONCreationDateTime", path)
    modified = _moment(head, "dbLastModifiedDateTime", path)
    return Dataset(name, tuple(columns), str(head.get("label") or ""), created, modified, about=about)


def _moment(head: dict[str, Any], key: str, path: Path) -> datetime | None:
    stated = head.get(key)
    if stated is None:
        return None
    try:
        return datetime.fromisoformat(str(stated))
    except ValueError:
        raise DatasetError(f"{key} {stated!r} is no ISO 8601 date and time", path=str(path)) from None


class _Reader:
    """Reads the values of one column."""

    def __init__(self, stated: dict[str, Any], dataset: str, path: Path) -> None:
        self.stated, self.dataset, self.path = stated, dataset, str(path)
        self.type = str(stated.get("dataType", "string"))
        self.target = str(stated.get("targetDataType", ""))
        unknown = sorted(set(stated) - _ATTRIBUTES)
        if unknown:
            raise self._fail(f"{', '.join(unknown)}: no attribute of a column in Dataset-JSON 1.1")
        if self.type not in (*_NUMBERS, *_TEXTS, "decimal", "boolean"):
            raise self._fail(f"there is no dataType {self.type!r} in Dataset-JSON 1.1")

    def _fail(self, message: str, **more: Any) -> DatasetError:
        name = str(self.stated["name"])
        return DatasetError(message, dataset=self.dataset, variable=name, path=self.path, **more)

    def column(self, values: Sequence[Any]) -> Column:
        """The column with its attributes."""
        made, oid = self._values(values), str(self.stated.get("itemOID", ""))
        numeric = not isinstance(made, Coded)
        length, key = (self._whole(name) for name in ("length", "keySequence"))
        return Column(
            str(self.stated["name"]),
            made,
            str(self.stated.get("label", "")),
            0 if numeric else length,
            str(self.stated.get("displayFormat", "")),
            data_type=self.type,
            target_type=self.target,
            digits=length if numeric else 0,
            key=key,
            oid="" if oid == item_oid(self.dataset, str(self.stated["name"])) else oid,
        )

    def _whole(self, name: str) -> int:
        value = self.stated.get(name, 0)
        if type(value) is not int or value < 0:
            raise self._fail(f"{name} is {value!r} where a whole number is expected")
        return value

    def _values(self, values: Sequence[Any]) -> Coded | np.ndarray:
        if self.type in _NUMBERS:
            return self._numbers(values)
        if self.type == "boolean":
            values = _blank_is_missing(values)
            self._check_kinds(values, {bool, type(None)})
            return np.array(values, np.float64) if values else np.empty(0)
        coded = self._texts(values)
        if self.type in MOMENTS and self.target:
            return self._moments(coded)
        if self.type == "decimal":
            return self._decimals(coded)
        return coded

    def _check_kinds(self, values: Sequence[Any], allowed: set[type]) -> None:
        if set(map(type, values)) <= allowed:
            return
        row = next(row for row, value in enumerate(values) if type(value) not in allowed)
        hint = "state the type that the values have"
        raise self._fail(f"{values[row]!r} is no value of type {self.type}", row=row + 1, value=values[row], hint=hint)

    def _numbers(self, values: Sequence[Any]) -> np.ndarray:
        values = _blank_is_missing(values)
        self._check_kinds(values, {int, float, type(None)})
        try:
            numbers = np.array(values, np.float64) if values else np.empty(0)
        except OverflowError:
            raise self._fail("a number is larger than a float64 holds") from None
        doubtful = np.abs(numbers) >= EXACT
        if self.type == "integer":
            doubtful |= np.nan_to_num(numbers) % 1 != 0
        for row in np.flatnonzero(doubtful).tolist():
            value = values[row]
            if self.type == "integer" or (isinstance(value, int) and int(numbers[row]) != value):
                message = f"{value!r} is no integer that a float64 holds for certain"
                raise self._fail(message, row=row + 1, value=value)
        return numbers

    def _texts(self, values: Sequence[Any]) -> Coded:
        self._check_kinds(values, {str, type(None)})
        objects = np.empty(len(values), object)
        objects[:] = values
        codes, distinct = pd.factorize(objects, use_na_sentinel=True)
        empty = np.flatnonzero(distinct == "")
        codes = np.where(np.isin(codes, empty), -1, codes).astype(np.int32)
        return Coded(codes, distinct)

    def _moments(self, coded: Coded) -> np.ndarray:
        texts = [str(text) for text in coded.values.tolist()]
        numbers = [sas_moments.number(text, self.type) if text else None for text in texts]
        for code, (text, value) in enumerate(zip(texts, numbers)):
            if (value is None or not sas_moments.keeps(text, self.type)) and (coded.codes == code).any():
                row = int(np.argmax(coded.codes == code))
                raise self._no_moment(text, value is not None, row + 1)
        return np.array([*numbers, None], np.float64)[coded.codes]

    def _no_moment(self, text: str, complete: bool, row: int) -> DatasetError:
        hint = "leave targetDataType out, and it stays a text"
        if complete:
            return self._fail(f"the fraction of {text!r} is finer than a number holds", row=row, value=text, hint=hint)
        zone = "" if not _ZONE.search(text) else ": it has a UTC offset, for which a number has no place"
        return self._fail(f"{text!r} is no complete {self.type}{zone}", row=row, value=text, hint=hint)

    def _decimals(self, coded: Coded) -> Coded | np.ndarray:
        numbers = []
        for text in coded.values.tolist():
            try:
                value = float(text) if text else float("nan")
            except ValueError:
                value = float("nan")
            if text and number_text(value) != text:
                return coded
            numbers.append(value)
        return np.array([*numbers, np.nan])[coded.codes]


def _blank_is_missing(values: Sequence[Any]) -> Sequence[Any]:
    """The values of a column of numbers, in which "" is as missing as null."""
    return [None if value == "" else value for value in values] if str in set(map(type, values)) else values


def exact_number(text: str) -> float | None:
    """The float64 that stands for a decimal and for no other; None where there is none.

    >>> exact_number("1.10"), exact_number("0.12345678901234567891"), exact_number("one")
    (1.1, None, None)
    """
    try:
        stated = Decimal(text)
        found = float(stated)
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return found if stated.is_finite() and Decimal(repr(found)) == stated else None
