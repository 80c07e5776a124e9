"""Kaplan-Meier figures: the curves by arm, censoring, and the numbers at risk below."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from formats.safe_csv import safe
from results import levels
from results.ard import exact
from results.compute import Computed
from results.statistics import KaplanMeier
from results.template import formatted

# Dark blue and orange of the Okabe-Ito palette and two more, of falling darkness; the line style tells them
# apart without colour.
COLOURS = ("#0B3C6F", "#D55E00", "#007A5E", "#8A8A8A")
STYLES: tuple[Any, ...] = ("-", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)))
COORDINATES = ("group", "time", "at_risk", "events", "censored", "survival", "std_error", "lower", "upper")
INK, FAINT = "#1F2933", "#9AA5B1"
SETTINGS: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.fonttype": "none",
    "svg.hashsalt": "trialspec",
    # A text of the data is shown as it stands, `$` included.
    "text.parse_math": False,
    "path.simplify": False,
}


@dataclass(frozen=True)
class Drawn:
    """A figure: `name` of its files, what it shows, and the content of each file by its ending."""

    name: str
    display: str
    result: str
    title: str
    files: Mapping[str, bytes]

    @property
    def svg(self) -> str:
        """The figure as SVG text."""
        return self.files["svg"].decode("utf-8")


def typographic(text: str) -> str:
    """The ASCII comparisons of a label as signs.

    >>> typographic("Grade <=1")
    'Grade ≤1'
    """
    return text.replace("<=", "≤").replace(">=", "≥")


def draw(computed: Sequence[Computed]) -> tuple[Drawn, ...]:
    """A figure for every kaplan_meier call without By; two builds of the same data give the same bytes."""
    found: list[Drawn] = []
    for one in computed:
        if one.call.known.name == "kaplan_meier" and not one.statistic.by:
            curves = {
                ", ".join(group) or "All": estimate
                for (group, _), estimate in one.estimates.items()
                if isinstance(estimate, KaplanMeier)
            }
            if not curves:
                continue
            result = one.analysis.result
            title = typographic(result.description)
            files = {**_pictures(curves, title, _time_label(one)), "csv": _points(curves)}
            name = re.sub(r"[^\w.-]", "_", f"{result.display}-{result.id}")
            if any(figure.name == name for figure in found):
                name = f"{name}-{one.order}"
            found.append(Drawn(name, result.display, result.id, title, files))
    return tuple(found)


def _time_label(one: Computed) -> str:
    """The text of the parameter, where the records have one, else the expression of the time."""
    return typographic(one.analysis.parameter or one.call.variable)


def _pictures(curves: Mapping[str, KaplanMeier], title: str, label: str) -> dict[str, bytes]:
    with matplotlib.rc_context(SETTINGS):
        figure = _figure(curves, title, label)
        svg, png = io.BytesIO(), io.BytesIO()
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None, "Title": title})
        FigureCanvasAgg(figure)
        figure.savefig(png, format="png", dpi=160, metadata={"Software": None, "Title": title})
    return {"svg": svg.getvalue(), "png": png.getvalue()}


def _figure(curves: Mapping[str, KaplanMeier], title: str, label: str) -> Figure:
    below, above = 0.22 + 0.42 * len(curves), 0.44 + 0.21 * len(curves)
    height = 3.7 + below + above
    figure = Figure(figsize=(7.4, height))
    bottom = (below + 0.7) / height
    axes = figure.add_axes((0.115, bottom, 0.855, 1 - bottom - above / height))
    risk = figure.add_axes((0.115, 0.06 / height, 0.855, below / height), sharex=axes)
    last = max((curve.last for curve in curves.values()), default=0.0) or 1.0
    for position, (name, curve) in enumerate(curves.items()):
        _curve(axes, curve, name, position)
    axes.axhline(0.5, color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    ticks = _ticks(curves, last)
    axes.set(xlim=(0, last * 1.03), ylim=(0, 1.04), xticks=ticks, yticks=np.linspace(0, 1, 5))
    axes.set_xlabel(label, labelpad=5)
    axes.set_ylabel("Probability of no event")
    figure.text(0.012, 1 - 0.2 / height, title, fontsize=10.5, fontweight="bold", va="center")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    # Above the axes, where no curve can run under it.
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        borderaxespad=0.1,
        borderpad=0,
        frameon=False,
        handlelength=2.8,
        labelspacing=0.25,
    )
    _risk_table(risk, curves, ticks)
    return figure


def _curve(axes: Any, curve: KaplanMeier, name: str, position: int) -> None:
    colour, style = COLOURS[position % len(COLOURS)], STYLES[position % len(STYLES)]
    median = curve.quantiles["median"]
    times = [formatted(time, ".1f").removesuffix(".0") for time in (median.time, median.lower, median.upper)]
    label = f"{name}: median {times[0]}"
    if {median.time, median.lower, median.upper} != {None}:
        label += f" ({curve.level:.0%} CI {times[1]} to {times[2]})"
    time = np.concatenate(([0.0], curve.time, [curve.last]))
    height = np.concatenate(([1.0], curve.survival, curve.survival[-1:] if len(curve.time) else [1.0]))
    axes.step(time, height, where="post", color=colour, linestyle=style, linewidth=2, label=label, zorder=3)
    marks = np.unique(curve.censored)
    steps = np.searchsorted(curve.time, marks, side="right")
    at = np.concatenate(([1.0], curve.survival))[steps]
    axes.plot(marks, at, linestyle="", marker="|", markersize=9, markeredgewidth=1.6, color=colour, zorder=4)


def _ticks(curves: Mapping[str, KaplanMeier], last: float) -> list[float]:
    """The times that the curves are tabulated at, as far as they fit; else round numbers."""
    points = {point.time for curve in curves.values() for point in curve.points}
    at = sorted(time for time in points if time <= last * 1.03)
    if len(at) > 1:
        return [0.0, *(time for time in at if time > 0)]
    return [float(tick) for tick in MaxNLocator(6, integer=True).tick_values(0, last) if 0 <= tick <= last]


def _risk_table(axes: Any, curves: Mapping[str, KaplanMeier], ticks: Sequence[float]) -> None:
    axes.set_ylim(2 * len(curves), -1.0)
    axes.axis("off")
    axes.text(0, -0.4, "Number at risk", transform=axes.get_yaxis_transform(), va="center", fontweight="bold")
    for position, (name, curve) in enumerate(curves.items()):
        colour = COLOURS[position % len(COLOURS)]
        axes.text(0, 2 * position + 0.5, name, transform=axes.get_yaxis_transform(), va="center", color=colour)
        for tick in ticks:
            count = curve.records - int(_before(curve, tick))
            axes.text(tick, 2 * position + 1.4, str(count), ha="center", va="center", color=colour)


def _before(curve: KaplanMeier, time: float) -> int:
    """The number of records whose time lies before it."""
    return int(curve.events[curve.time < time].sum()) + int((curve.censored < time).sum())


def _points(curves: Mapping[str, KaplanMeier]) -> bytes:
    """The coordinates of the figure: the steps of each curve, with limits, and the censored times."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COORDINATES)
    for name, curve in curves.items():
        for time in np.union1d(curve.time, curve.censored):
            step = int(np.searchsorted(curve.time, time, side="right")) - 1
            event = step >= 0 and curve.time[step] == time
            at = (curve.survival, curve.std_error, curve.lower, curve.upper)
            heights = [float(array[step]) if step >= 0 else float("nan") for array in at]
            numbers = [exact(None if np.isnan(height) else height) for height in heights]
            if step < 0:
                numbers[0] = "1.0"
            counts = (
                curve.records - _before(curve, time),
                int(curve.events[step]) if event else 0,
                int((curve.censored == time).sum()),
            )
            writer.writerow((safe(name), levels.shown(float(time)), *counts, *numbers))
    return out.getvalue().encode("utf-8")
