"""How a swimmer plot is drawn: lanes as bars, or as thin lines where there are many; marks, labels, legend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.figures.picture import Frame
from results.figures.sheet import BODY, MARGIN, WIDTH, Sheet, line, sheet
from results.figures.style import INK, SOFT, dark, fitted, width
from results.figures.swimmer_lanes import Lanes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LANE, _LEAST_LANE, _CONTENT = 0.2, 0.1, 4.3
PER_PAGE = int(_CONTENT / _LEAST_LANE)
LINES = int(_CONTENT * 160)  # what the PNG has room for
_HEAD, _AXIS, _LABEL = 0.24, 0.5, 1.15
_EVENT: dict[str, Any] = {"marker": "D", "markerfacecolor": "#000000", "markeredgecolor": "#FFFFFF"}
_CENSORED: dict[str, Any] = {"marker": "o", "markerfacecolor": "#FFFFFF", "markeredgecolor": "#000000"}
# Among thin lines marks touch each other, so an edge would cover them; blue differs from every grade and from black.
_SMALL: tuple[dict[str, Any], ...] = tuple(
    {"marker": "s", "color": colour, "markeredgewidth": 0} for colour in ("#000000", "#0072B2")
)


@dataclass(frozen=True)
class Texts:
    """What the axis, the values, the two marks and the lanes are called."""

    x: str
    value: str
    event: str
    censored: str
    unit: str


@dataclass(frozen=True, eq=False)
class Scene:
    """What every page shares."""

    lanes: Lanes
    names: tuple[str, ...]
    colours: dict[float, str]
    x: tuple[float, float]
    ticks: tuple[float, ...]
    texts: Texts


def drawn(scene: Scene, chosen: dict[int, npt.NDArray[np.intp]], small: bool, frame: Frame) -> Figure:
    """A page: some lanes of some levels of Group beside each other; `small`: as thin lines."""
    most = max((len(which) for which in chosen.values()), default=0)
    lane = min(max(_CONTENT / max(most, 1), _LEAST_LANE), _LANE)
    legend = line(BODY) + 0.1
    tall = _CONTENT if small else max(lane * most, 0.8)
    made = sheet(frame, legend + _HEAD + tall + _AXIS, least=legend + _HEAD + _AXIS + 0.8)
    _legend(made, scene, small, made.high - line(BODY) / 2)
    if not most:
        made.statement(f"No {scene.texts.unit} to show.")
        return made.figure
    label = 0.12 if small else _label_width(scene, chosen)
    each = (WIDTH - 2 * MARGIN - 0.2 * (len(chosen) - 1)) / len(chosen)
    for place, (group, which) in enumerate(chosen.items()):
        left = MARGIN + place * (each + 0.2)
        low, high = made.low + _AXIS, made.high - legend - _HEAD
        made.text(left, high + _HEAD / 2, _title(scene, group, which, each), fontsize=BODY, fontweight="bold")
        axes = made.axes(left + label, low, each - label, high - low)
        rows = len(which) if small else most
        _panel(axes, scene, which, rows, small, (each - label, (high - low) / max(most, 1) * 72))
    return made.figure


def _title(scene: Scene, group: int, which: npt.NDArray[np.intp], wide: float) -> str:
    total = int((scene.lanes.group == group).sum())
    count = f"{total:,}" if len(which) == total else f"{len(which):,} of {total:,}"
    text = f" ({count} {scene.texts.unit})"
    return fitted(scene.names[group], wide - width(text, BODY, bold=True), BODY, bold=True) + text


def _label_width(scene: Scene, chosen: dict[int, npt.NDArray[np.intp]]) -> float:
    labels = [label for which in chosen.values() for label in scene.lanes.label[which]]
    return min(max((width(label, 6.5) for label in labels), default=0.0), _LABEL) + 0.1


def _legend(made: Sheet, scene: Scene, small: bool, y: float) -> None:
    from matplotlib.patches import Rectangle

    made.text(MARGIN, y, scene.texts.value, fontsize=BODY)
    x = MARGIN + width(scene.texts.value, BODY) + 0.12
    for value, colour in scene.colours.items():
        place = (x / WIDTH, (y - 0.07) / made.height)
        size = (0.2 / WIDTH, 0.14 / made.height)
        made.figure.add_artist(Rectangle(place, *size, facecolor=colour, edgecolor=SOFT, linewidth=0.4))
        made.text(x + 0.1, y, f"{value:g}", ha="center", fontsize=7, color=_ink(colour))
        x += 0.26
    x += 0.16
    for text, options in zip((scene.texts.event, scene.texts.censored), _SMALL if small else (_EVENT, _CENSORED)):
        made.figure.add_artist(_marker(made, x, y, options))
        made.text(x + 0.1, y, text, fontsize=BODY)
        x += 0.3 + width(text, BODY)


def _marker(made: Sheet, x: float, y: float, options: dict[str, Any]) -> Any:
    from matplotlib.lines import Line2D

    place = ([x / WIDTH], [y / made.height])
    return Line2D(*place, linestyle="", markersize=6, transform=made.figure.transFigure, **options)


def _ink(colour: str) -> str:
    return "#FFFFFF" if dark(colour) else INK


def _panel(
    axes: Any, scene: Scene, which: npt.NDArray[np.intp], rows: int, small: bool, size: tuple[float, float]
) -> None:
    """The lanes of one level of Group; `size`: width of the panel in inches, height of a lane in points."""
    from matplotlib.ticker import MaxNLocator

    wide, points = size
    axes.set(xlim=scene.x, ylim=(max(rows, 1), 0), yticks=[])
    ticks = scene.ticks or MaxNLocator(7, integer=True).tick_values(*scene.x)
    axes.set_xticks([float(tick) for tick in ticks if scene.x[0] <= tick <= scene.x[1]])
    axes.tick_params(labelsize=BODY - 1)
    axes.set_xlabel(fitted(scene.texts.x, 3.5, BODY), fontsize=BODY)
    axes.spines[["top", "right", "left"]].set_visible(False)
    if not len(which):
        axes.text(0.5, 0.5, f"No {scene.texts.unit}", transform=axes.transAxes, ha="center", color=SOFT)
        return
    place = np.full(len(scene.lanes), -1, dtype=np.int64)
    place[which] = np.arange(len(which))
    segments = scene.lanes.segments
    segments = segments.assign(row=place[segments["lane"].to_numpy(dtype=np.int64)])
    segments = segments.loc[segments["row"] >= 0]
    if small:
        _raster(axes, scene, segments, len(which))
    else:
        _bars(axes, scene, segments, wide, points)
        for row, lane in enumerate(which):
            label = fitted(str(scene.lanes.label[lane]), _LABEL, min(6.5, 0.8 * points))
            options = {"ha": "right", "va": "center", "fontsize": min(6.5, 0.8 * points)}
            axes.annotate(label, (0, row + 0.5), (-4, 0), ("axes fraction", "data"), "offset points", **options)
    _marks(axes, scene, which, small, points)


def _bars(axes: Any, scene: Scene, segments: pd.DataFrame, wide: float, points: float) -> None:
    """A rectangle for each segment; a digit where the value changes and there is room for one."""
    from matplotlib.collections import PolyCollection

    for value, colour in scene.colours.items():
        mine = segments.loc[segments["value"] == value]
        row = mine["row"].to_numpy(dtype=float)
        left, right = mine["start"].to_numpy(), mine["end"].to_numpy()
        corners = [(left, row + 0.1), (right, row + 0.1), (right, row + 0.9), (left, row + 0.9)]
        shapes = np.stack([np.column_stack(pair) for pair in corners], axis=1)
        drawn = PolyCollection(list(shapes), facecolor=colour, edgecolor=SOFT, linewidth=0.3, zorder=2)
        axes.add_collection(drawn, autolim=False)
    last = (segments["lane"] == segments["lane"].shift(1)) & (segments["value"] == segments["value"].shift(1))
    run = (~last).cumsum()
    runs = segments.groupby(run, sort=False).agg(
        start=("start", "first"), end=("end", "last"), row=("row", "first"), value=("value", "first"),
        lane=("lane", "first"),
    )  # fmt: skip
    size = min(7.0, 0.72 * points)
    room = (scene.x[1] - scene.x[0]) / wide * (size * 0.62 / 72)
    for place, row, text, colour in _digits(scene, runs, room):
        axes.text(place, row + 0.52, text, ha="left", va="center_baseline", fontsize=size, color=colour, zorder=3)


def _digits(scene: Scene, runs: pd.DataFrame, room: float) -> Iterator[tuple[float, float, str, str]]:
    """Where digits stand: x, row, text, colour. `room` is the width of one.

    In its segment, behind the mark where that stands at the beginning; behind the segment, where that is the last of
    its lane and too short; nowhere, where there is no room.
    """
    lane = runs["lane"].to_numpy(dtype=np.int64)
    start, end, mark = runs["start"].to_numpy(), runs["end"].to_numpy(), scene.lanes.time[lane]
    inside = start + np.where(np.abs(mark - start) < room, 1.1, 0.25) * room
    last = np.append(lane[1:] != lane[:-1], True)
    fits = inside + room <= end
    place = np.where(fits, inside, end + 0.25 * room)
    clear = (mark > place + 1.6 * room) | (mark < place - 0.5 * room)
    for number in np.flatnonzero((fits | last) & clear & (place + room <= scene.x[1])):
        value = float(runs["value"].iloc[number])
        colour = _ink(scene.colours[value]) if fits[number] else INK
        yield float(place[number]), float(runs["row"].iloc[number]), f"{value:g}", colour


def _raster(axes: Any, scene: Scene, segments: pd.DataFrame, rows: int) -> None:
    """All lanes as an image: a line of picture elements for each lane, or for as many as there is room for."""
    from matplotlib.colors import ListedColormap

    low, high = int(np.floor(scene.x[0])), int(np.ceil(scene.x[1]))
    cells = np.full((rows, max(high - low, 1)), np.nan)
    start = np.clip(segments["start"].to_numpy() - low, 0, cells.shape[1]).astype(np.int64)
    end = np.clip(np.ceil(segments["end"].to_numpy() - low), 0, cells.shape[1]).astype(np.int64)
    length = np.maximum(end - start, 0)
    first = np.repeat(start - np.concatenate(([0], np.cumsum(length)[:-1])), length)
    codes = np.searchsorted(list(scene.colours), segments["value"].to_numpy())
    row = np.repeat(segments["row"].to_numpy(dtype=np.int64), length)
    cells[row, first + np.arange(int(length.sum()))] = np.repeat(codes, length)
    axes.imshow(
        np.ma.masked_invalid(cells),
        aspect="auto",
        extent=(low, high, rows, 0),
        cmap=ListedColormap(list(scene.colours.values())),
        vmin=-0.5,
        vmax=len(scene.colours) - 0.5,
        interpolation="nearest",
        zorder=2,
    )


def _marks(axes: Any, scene: Scene, which: Sequence[int] | npt.NDArray[np.intp], small: bool, points: float) -> None:
    """The event or the censoring of each lane."""
    rows = np.arange(len(which)) + 0.5
    time, censor = scene.lanes.time[which], scene.lanes.censor[which]
    looks = _SMALL if small else tuple({**look, "markeredgewidth": 0.7} for look in (_EVENT, _CENSORED))
    for look, mine in zip(looks, (censor == 0, censor != 0)):
        drawn = {**look, "markersize": 1.8 if small else min(5.5, 0.62 * points)}
        axes.plot(time[mine], rows[mine], linestyle="", zorder=5, clip_on=False, rasterized=small, **drawn)
