"""Swimmer plots: a lane per subject or event, with its value over time, the event and the censoring."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.figures.picture import Page, Picture
from results.figures.registry import Expression, Variables, figure
from results.figures.source import Source, named, origin, population_line
from results.figures.style import STEPS, clean
from results.figures.swimmer_drawing import LINES, PER_PAGE, Scene, Texts, drawn
from results.figures.swimmer_lanes import Columns, Lanes, lanes

_SIDE = 2  # levels of Group beside each other


@figure
def swimmer(
    source: Source,
    *,
    result: str,
    lane: Variables,
    time: Expression,
    censor: Expression,
    dataset: str,
    x: Expression,
    value: Expression,
    where: Expression = "",
    label: Expression = "",
    window: tuple[float, ...] = (),
    ticks: tuple[float, ...] = (),
    levels: tuple[float, ...] = (0, 1, 2, 3, 4, 5),
    pages: int = 3,
    x_label: str = "Day",
    value_label: str = "Grade",
    event_label: str = "Event",
    censored_label: str = "Censored",
    unit: str = "lanes",
) -> Picture:
    """A lane for each record of a result: its value over time from another dataset, the event and the censoring.

    result: ID of a result, whose records are the lanes and whose Group parts them. lane: variables that both
    datasets have and that tell lanes apart. time, censor: of the record of the result; censor 0 is an event.
    dataset, where: the records with the values. x, value: their time, on the same scale as `time`, and their value.
    label: what a lane is called; left out, the variables of `lane`. window: the first and last x that is drawn; left
    out, all. ticks: marks of the axis. levels: the values that may occur, at most six, in order. pages: more lanes
    than fit on so many pages are drawn on one as thin lines without label and digit. x_label, value_label,
    event_label, censored_label, unit: what is said of the axis, the values, the marks, and of several lanes.

    Lanes are sorted by time, events before censored ones. A value holds from its record to the next one of the lane;
    the last is drawn for one unit of time, since nothing is known after it. What is not drawn is counted below.
    """
    analysis = source.analysis(result)
    columns = Columns(lane, label, time, censor, dataset, where, x, value)
    if window and (len(window) != 2 or not window[0] < window[1]):
        raise source.wrong(f"window={window!r} is not a first and a last time", "such as window=(1, 57)")
    found = lanes(source, analysis, columns, window)
    scene = Scene(
        found,
        tuple(clean(named(level)) for level in analysis.group_levels),
        _colours(source, found, levels),
        _ends(found, window),
        ticks,
        Texts(*(clean(text) for text in (x_label, value_label, event_label, censored_label, unit))),
    )
    shown, notes = _pages(scene, pages)
    return Picture(
        shown,
        result,
        analysis.result.description,
        (population_line(source, analysis),),
        (*notes, *_left_out(found)),
        origin(analysis, dataset, where),
    )


def _colours(source: Source, found: Lanes, levels: tuple[float, ...]) -> dict[float, str]:
    if not 0 < len(set(levels)) <= len(STEPS):
        raise source.wrong(f"levels are one to {len(STEPS)} values, not {len(set(levels))}")
    ordered = sorted(float(level) for level in set(levels))
    other = [value for value in found.levels() if value not in ordered]
    if other:
        shown = ", ".join(f"{value:g}" for value in other[:5])
        hint = "name it in levels=(...), or leave it out by where"
        raise source.bad(f"the value {shown} is none of the levels", hint)
    return dict(zip(ordered, STEPS))


def _ends(found: Lanes, window: tuple[float, ...]) -> tuple[float, float]:
    """The ends of the axis."""
    if window:
        return window[0], window[1] + 1
    known = [*found.segments["start"], *found.segments["end"], *found.time[np.isfinite(found.time)]]
    return (float(min(known)), float(max(known))) if known else (0.0, 1.0)


def _left_out(found: Lanes) -> tuple[str, ...]:
    return (f"Not drawn: {'; '.join(found.left_out)}.",) if found.left_out else ()


# --- pages ----------------------------------------------------------------------------------------------


def _pages(scene: Scene, most: int) -> tuple[tuple[Page, ...], tuple[str, ...]]:
    """The pages, and what is said of how they are drawn."""
    sizes = np.bincount(scene.lanes.group, minlength=max(len(scene.names), 1))
    needed = max(-(-int(sizes.max()) // PER_PAGE), 1) if len(sizes) else 1
    small = needed > most
    parts = range(0, max(len(scene.names), 1), _SIDE)
    shown: list[Page] = []
    for first in parts:
        groups = range(first, min(first + _SIDE, len(scene.names)))
        count = 1 if small else max(-(-max((int(sizes[group]) for group in groups), default=0) // PER_PAGE), 1)
        for number in range(count):
            chosen = {group: _slice(scene, group, number, count) for group in groups}
            shown.append(_page(scene, chosen, small))
    return tuple(shown), _notes(scene, small)


def _slice(scene: Scene, group: int, number: int, count: int) -> npt.NDArray[np.intp]:
    """The lanes of a level of Group on a page: about the same number on each."""
    mine = np.flatnonzero(scene.lanes.group == group)
    each = -(-len(mine) // count)
    return mine[number * each : (number + 1) * each]


def _notes(scene: Scene, small: bool) -> tuple[str, ...]:
    texts = scene.texts
    first = f"Sorted by time to {texts.event[:1].lower()}{texts.event[1:]}."
    held = f"{texts.value}: from each assessment to the next; the last is drawn for one unit of time."
    if small:
        count = f"{len(scene.lanes):,} {texts.unit} are drawn as thin lines, without labels and digits"
        most = int(np.bincount(scene.lanes.group).max())
        shared = " Neighbours share a line of the picture, where one is seen." if most > LINES else ""
        return (f"{first} {held} {count}; the CSV has all.{shared}",)
    return (f"{first} {held} It stands as a digit where there is room.",)


def _page(scene: Scene, chosen: dict[int, npt.NDArray[np.intp]], small: bool) -> Page:
    points = _points(scene, np.concatenate([*chosen.values(), np.array([], dtype=np.intp)]))
    words = []
    for group, lanes_of in chosen.items():
        events = int((scene.lanes.censor[lanes_of] == 0).sum())
        words.append(f"{scene.names[group]}: {len(lanes_of):,} {scene.texts.unit}, {events:,} with {scene.texts.event}")
    alt = f"Swimmer plot of {scene.texts.value} by {scene.texts.x}. {'; '.join(words) or f'No {scene.texts.unit}'}."
    return Page(lambda frame: drawn(scene, chosen, small, frame), points, alt)


def _points(scene: Scene, which: npt.NDArray[np.intp]) -> pd.DataFrame:
    """A row for each segment and each mark of some lanes."""
    segments = scene.lanes.segments
    segments = segments.loc[segments["lane"].isin(which)].assign(kind="value")
    marks = pd.DataFrame(
        {
            "lane": which,
            "start": scene.lanes.time[which],
            "end": np.full(len(which), np.nan),
            "value": scene.lanes.censor[which],
            "kind": np.where(scene.lanes.censor[which] == 0, "event", "censored"),
        }
    )
    found = pd.concat([segments, marks]) if len(segments) else marks
    place = np.empty(len(scene.lanes), dtype=np.int64)
    place[which] = np.arange(len(which))
    found = found.iloc[np.lexsort((found["kind"] != "value", place[found["lane"]]))]
    at = found["lane"].to_numpy(dtype=np.int64)
    names = np.array([*scene.names, ""], dtype=object)
    return pd.DataFrame(
        {
            "group": names[scene.lanes.group[at]],
            "lane": scene.lanes.key[at],
            "label": scene.lanes.label[at],
            "kind": found["kind"].to_numpy(dtype=object),
            "start": found["start"].to_numpy(dtype=float),
            "end": found["end"].to_numpy(dtype=float),
            "value": found["value"].to_numpy(dtype=float),
        }
    )
