"""The datasets of a stage folder as `define` measures them: records, and what the transport files say of themselves."""

from __future__ import annotations

from pathlib import Path

from define.measured import FileAttributes, Measured
from formats import xpt
from specs.model import Spec
from specs.problem import DataError, Place, Problem


def read_data(spec: Spec, folder: Path) -> dict[str, Measured]:
    """The datasets of the specification that have a file in `folder`, by name.

    Raises DataError for a file that is no transport file.
    """
    found: dict[str, Measured] = {}
    for name in spec.datasets:
        path = folder / f"{name.lower()}.xpt"
        if path.is_file():
            try:
                found[name] = measured(xpt.read(path, encoding=spec.study.encoding), spec.study.encoding)
            except xpt.XptError as error:
                place = Place(f"{spec.stage}/{path.name}")
                raise DataError([Problem(place, error.message, f"run: build {spec.stage}")]) from None
    return found


def measured(dataset: xpt.Dataset, encoding: str) -> Measured:
    """A dataset with its file's attributes, among them the encoding of its texts."""
    columns = dataset.columns
    texts = {column.name: column.length for column in columns if isinstance(column.values, xpt.Coded)}
    attributes = FileAttributes(
        dataset.label, {c.name: c.label for c in columns}, texts, {c.name: c.format for c in columns}, encoding
    )
    return Measured(xpt.frame(dataset, text="category"), attributes)
