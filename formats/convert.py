"""One dataset from a file of one format into a file of another, without loss of a value.

The format is that of the file's ending: `.xpt`; `.json`, `.ndjson`, `.dsjc` (Dataset-JSON 1.1); `.parquet`;
`.sas7bdat`, which is read only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from formats import dataset_json, dataset_json_read, dataset_json_write, parquet_dataset, sas7bdat, sas_moments, xpt
from formats.coded import Coded
from formats.dataset import Column, Dataset, DatasetError
from formats.raw_table import TableError

XPT, PARQUET, SAS7BDAT = "xpt", "parquet", "sas7bdat"
WRITTEN = (XPT, "json", "ndjson", "dsjc", PARQUET)


def kind_of(path: Path) -> str:
    """The format of a file, by its ending; DatasetError for an ending that says none."""
    name = path.name.lower()
    if name.endswith(dataset_json.SUFFIXES):
        return name.removesuffix(".gz").rpartition(".")[2]
    ending = name.rpartition(".")[2]
    if ending in (XPT, PARQUET, SAS7BDAT):
        return ending
    raise DatasetError(f"the ending of {path.name} says no format", hint=f"one of .{', .'.join((*WRITTEN, SAS7BDAT))}")


def convert(
    source: Path,
    target: Path,
    *,
    dataset: str = "",
    encoding: str = "ascii",
    version: int = 5,
    created: datetime | None = None,
) -> list[str]:
    """Write the dataset of `source` as `target`; the attributes that `target` has no place for, in words.

    dataset: which one, of a transport file with several. encoding: of the texts in a SAS file, read or written.
    version: of a transport file that is written. created: the time stamp, where the source has none or another is
    wanted. Raises DatasetError, and writes nothing, where a value would be lost or changed.
    """
    kind = kind_of(target)
    if kind == SAS7BDAT or target.name.lower().endswith(".gz"):
        raise DatasetError(f"{target.name} is read only", hint=f"write .{', .'.join(WRITTEN)}")
    found = read(source, dataset=dataset, encoding=encoding)
    found = replace(found, created=created or found.created)
    if found.created is None and kind != PARQUET:
        raise DatasetError("the source states no time of its making", path=str(source), hint="state it: --created")
    if kind == XPT:
        found = for_transport(found)
    left = left_behind(found, kind)
    with _placed(target):
        write(target, found, encoding=encoding, version=version)
    return left


@contextmanager
def _placed(target: Path) -> Iterator[None]:
    """The folder of a file that is to be written, made where it is not there; taken away again where nothing was."""
    if target.is_dir():
        raise DatasetError("is a folder", path=str(target), hint="give the name of a file in it")
    file = next((folder for folder in target.parents if folder.exists() and not folder.is_dir()), None)
    if file is not None:
        raise DatasetError("is a file, not a folder", path=str(file), hint="name another folder")
    made = [folder for folder in (target.parent, *target.parent.parents) if not folder.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException as error:
        for folder in made:
            with suppress(OSError):
                folder.rmdir()
        if isinstance(error, OSError):
            raise DatasetError(f"cannot be written: {error.strerror or error}", path=str(target)) from None
        raise


def read(path: Path, *, dataset: str = "", encoding: str = "ascii") -> Dataset:
    """The dataset of a file of any of the formats. Raises DatasetError."""
    found = _read(path, dataset, encoding)
    names = [column.name for column in found.columns]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise DatasetError(
            "two variables have this name", dataset=found.name, variable=twice, path=str(path),
            hint="rename one of them in the source",
        )  # fmt: skip
    return found


def _read(path: Path, dataset: str, encoding: str) -> Dataset:
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "there is no such file"
        raise DatasetError(what, path=str(path))
    kind = kind_of(path)
    if kind == XPT:
        return _one(xpt.read_all(path, encoding=encoding), dataset, path)
    if kind == SAS7BDAT:
        return _sas(path, encoding)
    return parquet_dataset.read(path) if kind == PARQUET else dataset_json_read.read(path)


def _one(found: list[Dataset], name: str, path: Path) -> Dataset:
    chosen = [each for each in found if not name or each.name.upper() == name.upper()]
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(each.name for each in found)
    raise DatasetError(f"the file holds the datasets {names}", path=str(path), hint="choose one: --dataset NAME")


def _sas(path: Path, encoding: str) -> Dataset:
    try:
        found, problems = sas7bdat.read_typed(path, "utf-8" if encoding == "ascii" else encoding)
    except TableError as error:
        raise DatasetError(str(error)) from None
    if problems:
        first = problems[0]
        raise DatasetError(first.message, path=str(path), variable=first.column, row=first.line, value=first.value)
    return found


def write(path: Path, dataset: Dataset, *, encoding: str = "ascii", version: int = 5) -> None:
    """Write a dataset in the format of the ending. Raises DatasetError."""
    kind = kind_of(path)
    if kind == XPT:
        xpt.write_all(path, [dataset], encoding=encoding, version=version)
    elif kind == PARQUET:
        parquet_dataset.write(path, dataset)
    else:
        dataset_json_write.write(path, dataset, kind=kind)


def for_transport(dataset: Dataset) -> Dataset:
    """The dataset as a transport file holds it. Raises DatasetError for texts that it would change."""
    columns = [_as_number(column) for column in dataset.columns]
    for column in columns:
        if isinstance(column.values, Coded):
            _check_texts(column, column.values, dataset.name)
    made = [
        replace(column, length=column.length if column.digits == 0 else 0) if column.numeric else column
        for column in columns
    ]
    zone = {"created": dataset.created, "modified": dataset.modified}
    for name, moment in zone.items():
        if moment is not None and (moment.tzinfo is not None or moment.microsecond):
            message = f"the time stamp {name}, {moment.isoformat()}, has a zone or parts of a second"
            raise DatasetError(message, dataset=dataset.name, hint="state one without: --created")
    return replace(dataset, columns=tuple(made))


def _as_number(column: Column) -> Column:
    """A decimal that was kept as text for its digits as the number that it is, where a float64 holds each: 1.10."""
    if column.data_type != "decimal" or not isinstance(column.values, Coded):
        return column
    numbers = [dataset_json_read.exact_number(text) for text in column.values.values.tolist()]
    if any(number is None and held for number, held in zip(numbers, column.values.used().tolist())):
        return column
    values = np.array([*numbers, None], np.float64)[column.values.codes]
    return replace(column, values=values, length=0, digits=column.length)


def _check_texts(column: Column, coded: Coded, dataset: str) -> None:
    def refuse(code: int, message: str, hint: str) -> DatasetError:
        row, value = int(np.argmax(coded.codes == code)) + 1, coded.values[code]
        return DatasetError(
            f"{value!r} {message}", dataset=dataset, variable=column.name, row=row, value=value, hint=hint
        )

    used = np.flatnonzero(coded.used()).tolist()
    if column.data_type == "decimal" and used:
        raise refuse(used[0], "is a decimal with more digits than a SAS number keeps", "make it a text, or a double")
    for code in used:
        if coded.values[code].endswith(" "):
            raise refuse(code, "ends with a blank, which a transport file does not keep", "trim it in the source")


_NO_PLACE: dict[str, tuple[tuple[str, Callable[[Column], object]], ...]] = {
    XPT: (
        ("dataType", lambda column: column.data_type if not _implied(column) else ""),
        ("keySequence", lambda column: column.key),
        ("itemOID", lambda column: column.oid),
        ("length of a number", lambda column: column.digits),
    ),
    "json": (
        ("informat", lambda column: column.informat),
        ("justification", lambda column: column.right_justified),
        ("bytes of a number", lambda column: column.numeric and column.length not in (0, 8)),
    ),
    PARQUET: (("justification", lambda column: column.right_justified),),
}


def _implied(column: Column) -> bool:
    """Does a transport file say as much as the data type of the column?"""
    if not column.numeric:
        return column.data_type == "string"
    return column.data_type == "double" or (bool(column.target_type) and sas_moments.kind_of(column.format) != "")


def left_behind(dataset: Dataset, kind: str) -> list[str]:
    """The attributes of a dataset that a format has no place for: what, and of which variables."""
    found = []
    for what, value_of in _NO_PLACE.get(kind, _NO_PLACE["json"]):
        names = [column.name for column in dataset.columns if value_of(column)]
        if names:
            found.append(f"{what} of {_some(names)}")
    if kind == XPT and dataset.about:
        found.append(f"{', '.join(dataset.about)} of the dataset")
    if kind != XPT and (dataset.system or dataset.type):
        found.append("operating system and type of the dataset")
    return found


def _some(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 5 else f"{', '.join(names[:5])} and {len(names) - 5} more"
