"""The datasets of a build made ready for the results: populations, and the variables of ADSL that a dataset lacks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from results import levels
from results.evaluate import condition
from specs.model import Constant, Result

ADSL = "ADSL"
Positions = npt.NDArray[np.intp]


class Ready:
    """The datasets of a build, and the subjects of the populations, which the results share.

    frames: the datasets by name; one is asked for once, when the first of several results in a row needs it, and is not
    kept when another is asked for. present: the variables of each dataset.
    """

    def __init__(
        self,
        frames: Mapping[str, pd.DataFrame],
        present: Mapping[str, Collection[str]],
        constants: Mapping[str, Constant],
    ) -> None:
        self.present, self.constants = present, constants
        self.adsl = frames.get(ADSL)
        self._frames, self._name, self._frame = frames, "", pd.DataFrame()
        self._of_adsl: Positions | None = None
        self._subjects: dict[str, pd.DataFrame] = {}
        self._populations: dict[tuple[str, str], Positions] = {}
        self._levels: dict[tuple[str, tuple[str, ...], tuple[str, ...]], pd.DataFrame] = {}

    def frame(self, name: str) -> pd.DataFrame:
        """A dataset; the one that was asked for before is given back."""
        if name == ADSL and self.adsl is not None:
            return self.adsl
        if name != self._name:
            self._frame, self._of_adsl, self._populations = pd.DataFrame(), None, {}
            self._name, self._frame = name, self._frames[name]
        return self._frame

    def subjects(self, result: Result) -> pd.DataFrame | None:
        """The records of ADSL in the population of a result, None without ADSL."""
        text = result.population
        if self.adsl is not None and text not in self._subjects:
            inside = condition(text, self.adsl, self.constants, result.at("Population"))
            self._subjects[text] = self.adsl.loc[inside]
        return self._subjects.get(text)

    def population(self, result: Result) -> Positions:
        """The positions of the records of a result's dataset that are in its population."""
        frame, subjects = self.frame(result.dataset), self.subjects(result)
        if subjects is None:
            return np.flatnonzero(condition(result.population, frame, self.constants, result.at("Population")))
        key = (result.dataset, result.population)
        if key not in self._populations:
            inside = frame["USUBJID"].isin(subjects["USUBJID"]).to_numpy(dtype=bool)
            self._populations[key] = np.flatnonzero(inside)
        return self._populations[key]

    def records(self, dataset: str, rows: Positions, needed: Collection[str] | None) -> pd.DataFrame:
        """Some records of a dataset with the variables of ADSL that it lacks; of both only those that are needed."""
        frame = self.frame(dataset)
        places = [place for place, name in enumerate(frame.columns) if needed is None or name in needed]
        found = frame.iloc[rows, places].reset_index(drop=True)
        if self.adsl is None or frame is self.adsl or "USUBJID" not in frame.columns:
            return found
        names = [name for name in _lacking(self.adsl, frame) if needed is None or name in needed]
        if not names:
            return found
        if self._of_adsl is None:
            self._of_adsl = _rows_of(self.adsl, frame)
        return _beside(found, self.adsl[names], self._of_adsl[rows])

    def levels_of(
        self, result: Result, groups: tuple[str, ...], periods: tuple[str, ...], subjects: pd.DataFrame
    ) -> pd.DataFrame:
        """The levels of Group of the subjects of ADSL that a result shows; periods: those whose treatments count."""
        key = (result.population, groups, periods)
        if key not in self._levels and self.adsl is not None:
            shown = with_randomised(result, groups, self.adsl, subjects)
            self._levels[key] = levels.of_subjects(groups, shown, periods)
        return self._levels[key]


_HEADER = "variables of the file"


def with_header(frame: pd.DataFrame, header: Sequence[str]) -> pd.DataFrame:
    """A dataset that knows the variables of its file, of which some may not have been read."""
    frame.attrs[_HEADER] = tuple(header)
    return frame


def _lacking(adsl: pd.DataFrame, frame: pd.DataFrame) -> list[str]:
    """The variables of ADSL that a dataset does not have; not those of its own that were not read."""
    own = {*frame.columns, *frame.attrs.get(_HEADER, ())}
    return [name for name in adsl.columns if name not in own]


def with_subject_variables(frame: pd.DataFrame, adsl: pd.DataFrame | None) -> pd.DataFrame:
    """The records with the variables of ADSL that the dataset lacks, by subject."""
    if adsl is None or adsl is frame or "USUBJID" not in frame.columns:
        return frame
    lacking = _lacking(adsl, frame)
    return _beside(frame, adsl[lacking], _rows_of(adsl, frame)) if lacking else frame


def _rows_of(adsl: pd.DataFrame, frame: pd.DataFrame) -> Positions:
    """Where in ADSL the subject of each record stands, -1 for nowhere."""
    return pd.Index(adsl["USUBJID"]).get_indexer(pd.Index(frame["USUBJID"]))


def _beside(frame: pd.DataFrame, adsl: pd.DataFrame, rows: Positions) -> pd.DataFrame:
    """The records with variables of ADSL beside them, missing where `rows` is -1."""
    found = adsl.take(np.maximum(rows, 0)) if len(adsl) else adsl.reindex(frame.index)
    found.index = frame.index
    if (rows < 0).any():
        found = found.where(pd.Series(rows >= 0, index=frame.index))
    return pd.concat([frame, found], axis=1)


def with_randomised(
    result: Result, groups: tuple[str, ...], adsl: pd.DataFrame, subjects: pd.DataFrame
) -> pd.DataFrame:
    """The subjects whose levels are shown: the population and, for the planned treatment, all randomised.

    Not all randomised where the Population itself names the treatments it wants.
    """
    planned = [name for name in levels.PLANNED if name in groups]
    chosen = levels.selected(result.population)
    if not planned or levels.RANDOMISED not in adsl.columns or any(name in chosen for name in levels.PLANNED):
        return subjects
    return adsl.loc[adsl.index.isin(subjects.index) | (adsl[levels.RANDOMISED] == "Y").to_numpy(dtype=bool)]
