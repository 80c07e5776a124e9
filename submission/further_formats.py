"""The datasets of a stage in further formats, beside their transport files and made from these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from define.datasets import item_oid, study_oid, version_oid
from formats import convert, sas_moments
from formats.coded import Coded
from formats.dataset import Column, Dataset, DatasetError
from specs.model import Spec, Variable
from specs.problem import DataError, Place, Problem

KNOWN = convert.WRITTEN
_TYPES = {"integer": "integer", "float": "float"}
_MOMENTS = ("date", "datetime", "time")


def write(spec: Spec, folder: Path, names: Sequence[str], formats: Sequence[str]) -> None:
    """Write datasets of `folder`, of which the transport files are there, in further formats.

    Types, keys and OIDs are those of the specification and its define.xml. Raises DataError.
    """
    if not formats:
        return
    for name in names:
        try:
            dataset = described(spec, convert.read(folder / f"{name.lower()}.xpt", encoding=spec.study.encoding))
            for kind in formats:
                convert.write(folder / f"{name.lower()}.{kind}", dataset)
        except DatasetError as error:
            place = Place(f"{spec.stage}/{name.lower()}", error.row, error.variable)
            raise DataError([Problem(place, error.message, error.hint)]) from None


def described(spec: Spec, dataset: Dataset) -> Dataset:
    """The dataset with what the specification says and a transport file does not hold."""
    variables = {variable.variable: variable for variable in spec.variables_of(dataset.name)}
    row = spec.datasets.get(dataset.name)
    keys = list(row.key_variables) if row is not None else []
    columns = [
        replace(
            column,
            data_type=_type(column, variables.get(column.name)),
            length=0 if column.numeric else column.length,
            key=keys.index(column.name) + 1 if column.name in keys else 0,
            oid=item_oid(dataset.name, column.name),
        )
        for column in dataset.columns
    ]
    about = {
        "studyOID": study_oid(spec),
        "metaDataVersionOID": version_oid(spec),
        "metaDataRef": "define.xml",
    }
    return replace(dataset, columns=tuple(columns), about=about)


def _type(column: Column, variable: Variable | None) -> str:
    """The dataType of Dataset-JSON; "" leaves it to the values and the SAS format.

    A text is a date or a time only where every value is a complete one.
    """
    stated = variable.data_type if variable is not None else ""
    if isinstance(column.values, Coded):
        texts = column.values.values[column.values.used()].tolist()
        complete = stated in _MOMENTS and all(sas_moments.number(text, stated) is not None for text in texts)
        return stated if complete else "string"
    return "" if sas_moments.kind_of(column.format) else _TYPES.get(stated, "")
