"""The datasets of a built stage, as far as a guide counts them: columns are read when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from formats import xpt
from formats.xpt_read import members, read
from specs.problem import DataError, Place, Problem

_SUBJECT = "USUBJID"
_RECORDS, _COUNTED = "records counted", "subjects counted"


class StageData:
    """The transport files of a folder, each under the name of its dataset."""

    def __init__(self, folder: Path, encoding: str) -> None:
        self.folder, self.encoding = folder, encoding
        self.paths = {path.stem.upper(): path for path in sorted(folder.glob("*.xpt"))}
        self._columns: dict[str, tuple[str, ...]] = {}

    def __contains__(self, dataset: str) -> bool:
        return dataset in self.paths

    def columns(self, dataset: str) -> tuple[str, ...]:
        """The variables of a dataset, none for one that has no file."""
        if dataset not in self._columns:
            found = self._read(dataset, None, 0).columns if dataset in self else ()
            self._columns[dataset] = tuple(column.name for column in found)
        return self._columns[dataset]

    def frame(self, dataset: str, names: Sequence[str]) -> pd.DataFrame:
        """Those of the named variables that the dataset has, texts as categories."""
        wanted = [name for name in names if name in self.columns(dataset)]
        if not wanted:
            return pd.DataFrame({})
        return xpt.frame(self._read(dataset, wanted, None), text="category")

    def rows(self, dataset: str) -> int:
        """The number of records."""
        return members(self.paths[dataset], encoding=self.encoding)[0].rows if self.columns(dataset) else 0

    def subjects(self, dataset: str) -> int | None:
        """The number of subjects with a record, None for a dataset that is not about subjects."""
        if _SUBJECT not in self.columns(dataset):
            return None
        found = int(self.frame(dataset, [_SUBJECT])[_SUBJECT].nunique())
        return found if found or not self.rows(dataset) else None

    def counts(self, dataset: str, names: Sequence[str]) -> list[tuple[tuple[str, ...], int, int]]:
        """The combinations of values of some variables, in the order of the file: values, records, subjects."""
        names = [name for name in names if name in self.columns(dataset)]
        frame = self.frame(dataset, [*names, _SUBJECT])
        if not names or not len(frame):
            return []
        texts = frame[names].astype(object).where(frame[names].notna(), "")
        if _SUBJECT not in frame:
            sizes = texts.groupby(names, sort=False, dropna=False).size().reset_index(name=_RECORDS)
            return [(tuple(map(shown, line[:-1])), int(line[-1]), 0) for line in sizes.itertuples(index=False)]
        grouped = texts.assign(**{_COUNTED: frame[_SUBJECT].astype(object)}).groupby(names, sort=False, dropna=False)
        counts = grouped[_COUNTED].agg(["size", "nunique"]).reset_index()
        return [(tuple(map(shown, line[:-2])), int(line[-2]), int(line[-1])) for line in counts.itertuples(index=False)]

    def _read(self, dataset: str, columns: Sequence[str] | None, most: int | None) -> xpt.Dataset:
        try:
            return read(self.paths[dataset], encoding=self.encoding, columns=columns, max_rows=most)
        except xpt.XptError as error:
            place = Place(f"{self.folder.name}/{self.paths[dataset].name}")
            raise DataError([Problem(place, error.message, "build the stage again")]) from None


def shown(value: object) -> str:
    """A value as readers write it: whole numbers without decimals.

    >>> shown(3.0), shown(0.5), shown("A"), shown(None)
    ('3', '0.5', 'A', '')
    """
    if isinstance(value, float):
        return "" if value != value else f"{value:.12g}"
    return "" if value is None else str(value)
