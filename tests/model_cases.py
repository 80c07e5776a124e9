"""Data sets of tests/data/models_data.csv, and models of them by the text of a call."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from statistic_cases import DATA

from results.call import Call, read_call
from results.statistics.model_terms import ModelTerms
from results.statistics.registry import Estimated, Modelled
from specs.problem import Place

Cells = dict[tuple[str, str], Estimated]


@cache
def tables() -> dict[str, pd.DataFrame]:
    """The data sets by name: subject, visit, arm, y, covariates x1 and x2, classes c1 and c2."""
    texts = {"subject": str, "visit": str, "arm": str, "c1": str, "c2": str}
    everything = pd.read_csv(DATA / "models_data.csv", dtype=texts)
    return {str(case): frame.reset_index(drop=True) for case, frame in everything.groupby("case", sort=False)}


def codes(column: pd.Series) -> Any:
    return pd.Categorical(column, categories=sorted(column.dropna().unique())).codes.astype(np.int64)


def call_of(statistic: str, options: str) -> Call:
    given = ", ".join(text for text in ("y", "reference='A'", options) if text)
    return read_call(f"{statistic}({given})", Place("Statistics.csv"))


def fitted(frame: pd.DataFrame, call: Call) -> Modelled:
    """The model of a frame, with the arms A, B, C in this order."""
    none = np.empty((len(frame), 0))
    passed = {
        "arms": codes(frame["arm"]),
        "reference": sorted(frame["arm"].unique()).index(call.reference),
        "subject": frame["subject"].to_numpy(dtype=object),
        "visits": codes(frame["visit"]),
        "periods": codes(frame["visit"]),
        "terms": ModelTerms(
            call.covariates,
            np.column_stack([none, *(frame[name].to_numpy(dtype=float) for name in call.covariates)]),
            call.classes,
            np.column_stack([none, *(codes(frame[name]) for name in call.classes)]).astype(np.int64),
            call.interactions,
            "arm",
            call.visit,
        ),
    }  # fmt: skip
    given = {name: passed[kind] for name, kind in call.known.passed.items()}
    found: Modelled = call.known.function(frame["y"].to_numpy(dtype=float), **given, **call.constants)
    return found


def value(model: Modelled, frame: pd.DataFrame, arm: str, visit: str, name: str) -> Any:
    """A statistic of a cell. visit: a visit, a term whose test is meant, or blank for the mean over the visits."""
    known = sorted(frame["visit"].dropna().unique())
    cell = model.cell(sorted(frame["arm"].unique()).index(arm), known.index(visit) if visit in known else None)
    point = "" if visit in known else visit
    found = {one.name: one.value for one in cell.values() if ("" if one.level is None else one.level) == point}
    return found[name]


