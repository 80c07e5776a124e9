"""What a figure draws from: the computed results, the records of the datasets, and expressions over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from results import levels
from results.analysis import Analysis, Level
from results.computed import Computed
from results.evaluate import condition, known_name, number, text_values
from results.populations import name_of
from results.ready import with_subject_variables
from specs.model import Figure, Spec
from specs.problem import DataError, Problem, SpecError, nearest


@dataclass(frozen=True, eq=False)
class Source:
    """The data behind the figures of a build, and the row that is being drawn.

    frames: the ADaM datasets by name. computed: every call of Statistics with its estimates.
    """

    spec: Spec
    frames: Mapping[str, pd.DataFrame]
    computed: Sequence[Computed]
    row: Figure

    def wrong(self, message: str, hint: str = "") -> SpecError:
        """A fault of the call."""
        return SpecError([Problem(self.row.at("Figure"), message, hint)])

    def bad(self, message: str, hint: str = "") -> DataError:
        """A fault of the data that the call meets."""
        return DataError([Problem(self.row.at("Figure"), message, hint)])

    def calls(self, result: str) -> list[Computed]:
        """The calls of a result, in their order. SpecError for a result that is not there or computes nothing."""
        known_name(result, self.spec.results, "result", self.row.at("Figure"))
        found = [one for one in self.computed if one.analysis.result.id == result]
        if not found:
            raise self.wrong(f"result {result!r} has no row in Statistics", "add one, such as subjects()")
        return found

    def analysis(self, result: str) -> Analysis:
        """Population, records and Group of a result."""
        return self.calls(result)[0].analysis

    def population(self, analysis: Analysis) -> dict[Level, int | None]:
        """The number of subjects at each level of Group, None where there is no ADSL to count them in."""
        place = analysis.result.at("Population")
        known = analysis.subjects is not None
        return {level: analysis.subjects_at(level, "", place) if known else None for level in analysis.group_levels}

    def records(self, dataset: str, where: str, analysis: Analysis) -> pd.DataFrame:
        """The records of a dataset that meet a condition, of the subjects in the population of a result.

        Variables of ADSL that the dataset lacks are added by subject.
        """
        known_name(dataset, self.frames, "dataset", self.row.at("Figure"))
        frame = with_subject_variables(self.frames[dataset], self.frames.get("ADSL"))
        subjects = analysis.records if analysis.subjects is None else analysis.subjects
        frame = frame.loc[frame["USUBJID"].isin(subjects["USUBJID"])]
        return frame.loc[self.condition(where, frame)].reset_index(drop=True)

    def condition(self, text: str, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """One bool per record; an empty text holds for all."""
        return condition(text, frame, self.spec.study.constants, self.row.at("Figure"))

    def number(self, text: str, frame: pd.DataFrame) -> npt.NDArray[np.float64]:
        """One number per record, NaN missing."""
        return number(text, frame, self.spec.study.constants, self.row.at("Figure"))

    def texts(self, text: str, frame: pd.DataFrame) -> pd.Series:
        """One text per record, blank where missing; numbers as text."""
        return text_values(text, frame, self.spec.study.constants, self.row.at("Figure"))

    def keys(self, variables: Sequence[str], frame: pd.DataFrame, dataset: str) -> pd.Index:
        """The combination of variables of each record, as an index."""
        for name in variables:
            if name not in frame.columns:
                raise self.wrong(f"{dataset} has no variable {name}", nearest(name, frame.columns))
        columns = [levels.texts(frame[name]).where(~levels.blank(frame[name]), "") for name in variables]
        return pd.MultiIndex.from_arrays(columns, names=list(variables))

    def groups(self, analysis: Analysis) -> npt.NDArray[np.int64]:
        """The position of each record's level among the levels of Group."""
        if not analysis.groups:
            return np.zeros(len(analysis.records), dtype=np.int64)
        places = {level: place for place, level in enumerate(analysis.group_levels)}
        keys = self.keys(analysis.groups, analysis.records, analysis.result.dataset)
        found: npt.NDArray[np.int64] = keys.map(places).to_numpy(dtype=np.int64)
        return found

    def label(self, dataset: str, variable: str) -> str:
        """The label of a variable of a dataset, or of ADSL; the name where there is none."""
        found = self.spec.variables.get((dataset, variable)) or self.spec.variables.get(("ADSL", variable))
        return found.label if found and found.label else variable


def named(level: Level) -> str:
    """A level of Group as one text; `All` without a Group.

    >>> named(("Placebo", "F")), named(())
    ('Placebo, F', 'All')
    """
    return ", ".join(level) or "All"


def origin(analysis: Analysis, dataset: str = "", where: str = "") -> str:
    """The records behind a figure, as its last footnote says."""
    parts = [f"{analysis.result.dataset}, {analysis.where or 'all records'} ({analysis.result.id})"]
    if dataset:
        parts.append(f"{dataset}, {where or 'all records'}")
    return f"Source: {'; '.join(parts)}."


def population_line(source: Source, analysis: Analysis) -> str:
    """The population of a figure with its number of subjects at each level of Group."""
    name = name_of(source.spec, analysis.result.population)
    sizes = [(named(level), size) for level, size in source.population(analysis).items() if size is not None]
    return name + (": " + "; ".join(f"{level} N = {size}" for level, size in sizes) if sizes else "")
