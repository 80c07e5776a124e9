"""The datasets of a build made ready for the results: populations, and the variables of ADSL that a dataset lacks."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from results import levels
from results.evaluate import condition
from specs.model import Constant, Result


class Ready:
    """The datasets of a build, and the subjects of the populations, which the results share.

    frames: the datasets by name.
    """

    def __init__(self, frames: Mapping[str, pd.DataFrame], constants: Mapping[str, Constant]) -> None:
        self.frames, self.constants = frames, constants
        self._subjects: dict[str, pd.DataFrame] = {}

    @property
    def adsl(self) -> pd.DataFrame | None:
        return self.frames.get("ADSL")

    def subjects(self, result: Result) -> pd.DataFrame | None:
        """The records of ADSL in the population of a result, None without ADSL."""
        text = result.population
        if self.adsl is not None and text not in self._subjects:
            inside = condition(text, self.adsl, self.constants, result.at("Population"))
            self._subjects[text] = self.adsl.loc[inside]
        return self._subjects.get(text)

    def population(self, result: Result, needed: Collection[str] | None) -> pd.DataFrame:
        """The records of the dataset of a result in its population, with the variables of ADSL that it lacks."""
        frame, subjects = self.frames[result.dataset], self.subjects(result)
        if subjects is None:
            inside = condition(result.population, frame, self.constants, result.at("Population"))
        else:
            inside = frame["USUBJID"].isin(subjects["USUBJID"]).to_numpy(dtype=bool)
        columns = [name for name in frame.columns if needed is None or name in needed]
        return with_subject_variables(frame.loc[inside, columns], self.adsl, needed)


def with_subject_variables(
    frame: pd.DataFrame, adsl: pd.DataFrame | None, needed: Collection[str] | None = None
) -> pd.DataFrame:
    """The records with the variables of ADSL that the dataset lacks, by subject; of these the ones that are needed."""
    if adsl is None or adsl is frame or "USUBJID" not in frame.columns:
        return frame
    lacking = [n for n in adsl.columns if n not in frame.columns and (needed is None or n in needed)]
    if not lacking:
        return frame
    rows = pd.Index(adsl["USUBJID"]).get_indexer(pd.Index(frame["USUBJID"]))
    found = adsl[lacking].take(np.maximum(rows, 0)) if len(adsl) else adsl[lacking].reindex(frame.index)
    found.index = frame.index
    return pd.concat([frame, found.where(pd.Series(rows >= 0, index=frame.index))], axis=1)


def with_randomised(
    result: Result, groups: tuple[str, ...], adsl: pd.DataFrame, subjects: pd.DataFrame
) -> pd.DataFrame:
    """The subjects whose levels are shown: the population and, for the planned treatment, all randomised.

    Not all randomised where the Population itself names the treatments it wants.
    """
    planned = [name for name in levels.PLANNED if name in groups or levels.OF_SUBJECT.get(name) in groups]
    chosen = levels.selected(result.population)
    if not planned or levels.RANDOMISED not in adsl.columns or any(name in chosen for name in levels.PLANNED):
        return subjects
    return adsl.loc[adsl.index.isin(subjects.index) | (adsl[levels.RANDOMISED] == "Y").to_numpy(dtype=bool)]
