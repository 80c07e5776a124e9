"""The datasets of a built stage, as far as a guide counts them: columns are read when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from formats import xpt
from formats.xpt_chosen import chosen
from formats.xpt_read import members, only_member, read
from specs.problem import DataError, Place, Problem

_SUBJECT = "USUBJID"


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
            found = self._read(dataset).columns if dataset in self else ()
            self._columns[dataset] = tuple(column.name for column in found)
        return self._columns[dataset]

    def frame(self, dataset: str, names: Sequence[str]) -> pd.DataFrame:
        """Those of the named variables that the dataset has, texts as categories."""
        wanted = [name for name in names if name in self.columns(dataset)]
        if not wanted:
            return pd.DataFrame({})
        return xpt.frame(self._read(dataset, wanted), text="category")

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
        each = np.zeros(len(frame), np.int64)
        for name in names:
            codes, distinct = pd.factorize(frame[name], use_na_sentinel=False)
            each = pd.factorize(each * len(distinct) + codes)[0]
        firsts = np.unique(each, return_index=True)[1]
        values = frame[names].iloc[firsts].astype(object)
        records, subjects = np.bincount(each).tolist(), _subjects(frame, each, len(firsts))
        lines = values.where(values.notna(), "").itertuples(index=False)
        return [(tuple(map(shown, line)), *counted) for line, *counted in zip(lines, records, subjects)]

    def _read(self, dataset: str, columns: Sequence[str] | None = None) -> xpt.Dataset:
        """Some variables of all records, read block by block; without names all variables of no record."""
        try:
            if columns is None:
                return read(self.paths[dataset], encoding=self.encoding, max_rows=0)
            return chosen(only_member(self.paths[dataset], encoding=self.encoding), columns, (), None, self.encoding)
        except xpt.XptError as error:
            place = Place(f"{self.folder.name}/{self.paths[dataset].name}")
            raise DataError([Problem(place, error.message, "build the stage again")]) from None


def _subjects(frame: pd.DataFrame, each: np.ndarray, count: int) -> list[int]:
    """The number of subjects among the records of each of `count` numbers."""
    if _SUBJECT not in frame:
        return [0] * count
    codes = pd.factorize(frame[_SUBJECT])[0]
    known = codes >= 0
    pairs = np.unique(each[known] * (int(codes.max(initial=0)) + 1) + codes[known])
    return np.bincount(pairs // (int(codes.max(initial=0)) + 1), minlength=count).tolist()


def shown(value: object) -> str:
    """A value as readers write it: whole numbers without decimals.

    >>> shown(3.0), shown(0.5), shown("A"), shown(None)
    ('3', '0.5', 'A', '')
    """
    if isinstance(value, float):
        return "" if value != value else f"{value:.12g}"
    return "" if value is None else str(value)
