"""The lanes of a swimmer plot: what each held when, and when its event was, as arrays over lanes and segments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.analysis import Analysis
from results.figures.source import Source
from results.figures.style import clean

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Lanes:
    """Lanes in the order in which they are drawn, within their level of Group.

    group: position of the level. label, key: what the lane is called, the variables that tell it apart. time,
    censor: of its record in the result; censor 0 is an event. segments: one row per value from a time on: lane
    (position), start, end, value; in order. left_out: sentences on the records that are not drawn.
    """

    group: Ints
    label: npt.NDArray[np.object_]
    key: npt.NDArray[np.object_]
    time: Floats
    censor: Floats
    segments: pd.DataFrame
    left_out: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.group)

    def levels(self) -> Floats:
        """The distinct values of the segments, ascending."""
        found: Floats = np.unique(self.segments["value"].to_numpy(dtype=float))
        return found


@dataclass(frozen=True)
class Columns:
    """The expressions of a call: over the records of the result, and over those of the dataset."""

    lane: tuple[str, ...]
    label: str
    time: str
    censor: str
    dataset: str
    where: str
    x: str
    value: str


def lanes(source: Source, analysis: Analysis, columns: Columns, window: tuple[float, ...]) -> Lanes:
    """The lanes of a result: one per record, by time, events before censored ones.

    window: first and last x that is drawn; without it all is.
    """
    records = analysis.records
    keys = source.keys(columns.lane, records, analysis.result.dataset)
    if keys.has_duplicates:
        first = ", ".join(str(part) for part in keys[keys.duplicated()][0])
        names = " ".join(columns.lane)
        raise source.bad(f"{names} do not tell the records of {analysis.result.id} apart: {first}", "add a variable")
    time, censor = source.number(columns.time, records), source.number(columns.censor, records)
    labels = source.texts(columns.label, records) if columns.label else _joined(keys)
    group = source.groups(analysis)
    order = np.lexsort((np.arange(len(records)), censor != 0, time, group))
    left_out: list[str] = []
    segments = _segments(source, analysis, columns, keys[order], window, left_out)
    return Lanes(
        group[order],
        np.array([clean(str(label)) for label in labels.to_numpy()[order]], dtype=object),
        _joined(keys).to_numpy(dtype=object)[order],
        time[order],
        censor[order],
        segments,
        tuple(left_out),
    )


def _joined(keys: pd.Index) -> pd.Series:
    frame = keys.to_frame(index=False).astype(object)
    joined = frame.iloc[:, 0]
    for name in frame.columns[1:]:
        joined = joined + " " + frame[name]
    return pd.Series(joined.to_numpy(dtype=object), dtype=object)


def _segments(
    source: Source, analysis: Analysis, columns: Columns, keys: pd.Index, window: tuple[float, ...], left_out: list[str]
) -> pd.DataFrame:
    """One row per record of the dataset that is drawn: from its x to that of the next, the last for one unit."""
    records = source.records(columns.dataset, columns.where, analysis)
    found = pd.DataFrame(
        {
            "lane": keys.get_indexer(source.keys(columns.lane, records, columns.dataset)),
            "start": source.number(columns.x, records),
            "value": source.number(columns.value, records),
        }
    )
    found = _without(found, found["lane"] < 0, f"of no lane of {analysis.result.id}", left_out)
    found = _without(found, found["start"].isna(), f"without {columns.x}", left_out)
    found = _without(found, found["value"].isna(), f"without {columns.value}", left_out)
    found = found.sort_values(["lane", "start"], kind="stable")
    repeated = found.duplicated(["lane", "start"], keep="last")
    found = _without(found, repeated, "at the same time as a later one of the lane in the dataset", left_out)
    following = found["start"].shift(-1).where(found["lane"] == found["lane"].shift(-1))
    found["end"] = following.fillna(found["start"] + 1)
    if window:
        low, high = window
        outside = (found["end"] <= low) | (found["start"] > high)
        found = _without(found, outside, f"that hold at no time from {low:g} to {high:g}", left_out)
        found["start"], found["end"] = found["start"].clip(lower=low), found["end"].clip(upper=high + 1)
    return found[["lane", "start", "end", "value"]].reset_index(drop=True)


def _without(found: pd.DataFrame, which: pd.Series, why: str, left_out: list[str]) -> pd.DataFrame:
    """The records but those of a kind, which are counted."""
    count = int(which.sum())
    if count:
        left_out.append(f"{count:,} record{'s' if count > 1 else ''} {why}")
    return found.loc[~which]
