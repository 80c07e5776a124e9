"""Kaplan-Meier figures: the curves by level of Group, censoring, and the numbers at risk below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from results import levels
from results.analysis import Level
from results.computed import Computed
from results.figures.picture import Frame, Page, Picture
from results.figures.registry import figure
from results.figures.sheet import BODY, WIDTH, Sheet, line, sheet
from results.figures.source import Source, named, origin
from results.figures.style import FAINT, SOFT, clean, counted, fitted, look
from results.populations import name_of
from results.statistics import KaplanMeier
from results.template import formatted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COORDINATES = ("group", "time", "at_risk", "events", "censored", "survival", "std_error", "lower", "upper")
Floats = npt.NDArray[np.float64]
_LEFT, _RIGHT = 0.85, 0.25


@dataclass(frozen=True)
class Options:
    """What a call asks for."""

    bands: bool = False
    median: bool = False
    censored: bool = True
    incidence: bool = False
    x_label: str = ""
    y_label: str = ""


@dataclass(frozen=True, eq=False)
class _Curve:
    """A curve with the name of its level and the subjects of the population there."""

    name: str
    subjects: int | None
    of: KaplanMeier


@figure
def survival(
    source: Source,
    *,
    result: str,
    order: float | None = None,
    bands: bool = False,
    median: bool = False,
    censored: bool = True,
    incidence: bool = False,
    x_label: str = "",
    y_label: str = "",
) -> Picture:
    """Kaplan-Meier curves of a result at every level of Group, with the numbers at risk.

    result: ID of a result with a call of kaplan_meier. order: Order of that call in Statistics, where the result
    has several. A call with By gives a page for each level. bands: the confidence limits of the curve as shaded
    bands, on the scale of the call. median: lines from the axis to each median. censored: a mark for each time of
    a censored record. incidence: 1 less the estimate, a curve that rises. x_label: text of the axis of time; blank
    is the text of the parameter. y_label: that of the other axis.

    A curve ends at the last time of its records. The axis has the times at which the call tabulates the curve.
    """
    return of_call(source, _call(source, result, order), Options(bands, median, censored, incidence, x_label, y_label))


def of_call(source: Source, one: Computed, options: Options | None = None) -> Picture:
    """The figure of one call of kaplan_meier."""
    options = options or Options()
    options = replace(options, x_label=options.x_label or _time_label(one))
    population = source.population(one.analysis)
    pages = tuple(_page(one, level, population, options) for level in one.by_levels)
    where = one.analysis.result.population
    medians = [_median(curve) for curve in one.estimates.values() if isinstance(curve, KaplanMeier) and curve.records]
    return Picture(
        pages,
        one.analysis.result.id,
        one.analysis.result.description,
        (name_of(source.spec, where),) if where else (),
        _notes(options, " ".join(medians)),
        origin(one.analysis),
    )


def _call(source: Source, result: str, order: float | None) -> Computed:
    calls = [one for one in source.calls(result) if one.call.known.name == "kaplan_meier"]
    found = [one for one in calls if order is None or one.statistic.order == order]
    if len(found) == 1:
        return found[0]
    orders = ", ".join(one.order for one in calls)
    if not calls:
        raise source.wrong(f"result {result!r} has no call of kaplan_meier")
    raise source.wrong(f"result {result!r} has {len(found)} such calls of kaplan_meier", f"name one: order={orders}")


def _time_label(one: Computed) -> str:
    """The text of the parameter, where the records have one, else the expression of the time."""
    return one.analysis.parameter or one.call.variable


def _notes(options: Options, medians: str) -> tuple[str, ...]:
    marks = [
        "Kaplan-Meier estimate",
        *(["vertical marks: censored"] if options.censored else []),
        "broken line: probability 0.5",
        *(["thin lines down: median"] if options.median else []),
        *(["bands: pointwise confidence limits"] if options.bands else []),
    ]
    words = {"CI": "CI: confidence interval.", "NE": "NE: not estimable."}
    return (" ".join(["; ".join(marks) + ".", *(text for word, text in words.items() if word in medians)]),)


def _page(one: Computed, level: Level, population: Mapping[Level, int | None], options: Options) -> Page:
    curves = [
        _Curve(clean(named(group)), population.get(group), estimate)
        for (group, at), estimate in one.estimates.items()
        if at == level and isinstance(estimate, KaplanMeier)
    ]
    texts = [one.analysis.decodes.get(pair, pair[1]) for pair in zip(one.statistic.by, level)]
    words = " ".join(f"{_alt(curve)}." for curve in curves) or "No subjects, so no curve."
    alt = f"Kaplan-Meier curves, {clean(options.x_label)}. {words}"
    return Page(lambda frame: _figure(curves, frame, options), _points(curves), alt, clean(", ".join(texts)))


def _alt(curve: _Curve) -> str:
    events = int(curve.of.events.sum())
    subjects = "" if curve.subjects is None else f"{counted(curve.subjects, 'subject')}, "
    records = counted(curve.of.records, "record")
    return f"{curve.name}: {subjects}{records}, {counted(events, 'event')}, {_median(curve.of)}"


def _median(curve: KaplanMeier) -> str:
    found = curve.quantiles["median"]
    times = [formatted(time, ".1f").removesuffix(".0") for time in (found.time, found.lower, found.upper)]
    text = f"median {times[0]}"
    if {found.time, found.lower, found.upper} != {None}:
        limits = times[1] if found.lower is found.upper is None else f"{times[1]} to {times[2]}"
        text += f" ({formatted(curve.level, '%')} CI {limits})"
    return text


# --- drawing --------------------------------------------------------------------------------------------


def _figure(curves: Sequence[_Curve], frame: Frame, options: Options) -> Figure:
    size = max(len(curves), 1)
    legend, risk = line(BODY) * size + 0.06, line(BODY) * (1 + 2 * size) + 0.12
    if not curves:
        made = sheet(frame, 1.2)
        made.statement("No subjects, so no curve.")
        return made.figure
    made = sheet(frame, 3.9 + legend + risk, least=2.9 + legend + risk)
    low = made.low + risk + 0.62
    axes = made.axes(_LEFT, low, WIDTH - _LEFT - _RIGHT, made.high - low - legend)
    last = max((curve.of.last for curve in curves), default=0.0) or 1.0
    for position, curve in enumerate(curves):
        _draw(axes, curve.of, position, options)
        _legend(made, curve, position, made.high - line(BODY) * (position + 0.5))
    axes.axhline(0.5, color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    if not any(curve.of.records for curve in curves):
        axes.text(0.5, 0.6, "No records", transform=axes.transAxes, ha="center", fontsize=11, color=SOFT)
    ticks = _ticks(curves, last)
    axes.set(xlim=(0, last * 1.03), ylim=(0, 1.04), xticks=ticks, yticks=np.linspace(0, 1, 5))
    axes.set_xticklabels([levels.shown(tick) for tick in ticks])
    axes.set_xlabel(fitted(clean(options.x_label), WIDTH - _LEFT - _RIGHT, BODY), fontsize=BODY)
    axes.set_ylabel(fitted(clean(options.y_label or _y_label(options)), 3.2, BODY), fontsize=BODY)
    axes.spines[["top", "right"]].set_visible(False)
    _risk_table(made, curves, ticks, last * 1.03, made.low + risk)
    return made.figure


def _y_label(options: Options) -> str:
    return "Cumulative incidence" if options.incidence else "Probability of no event"


def _legend(made: Sheet, curve: _Curve, position: int, y: float) -> None:
    """A line above the axes, where no curve can run under it."""
    colour, style = look(position)
    made.figure.add_artist(_stroke(made, (_LEFT, _LEFT + 0.38), y, color=colour, linestyle=style, linewidth=2))
    count = "" if curve.subjects is None else f"N = {curve.subjects}, "
    events = int(curve.of.events.sum())
    text = f" ({count}{events} of {curve.of.records} with event): {_median(curve.of)}"
    if not curve.of.records:
        text = f" ({count}no records)"
    name = fitted(curve.name, WIDTH - _LEFT - 0.6 - len(text) * 0.075, BODY)
    made.text(_LEFT + 0.46, y, name + text, fontsize=BODY)


def _stroke(made: Sheet, x: tuple[float, float], y: float, **options: Any) -> Any:
    from matplotlib.lines import Line2D

    places = [value / WIDTH for value in x]
    return Line2D(places, [y / made.height] * 2, transform=made.figure.transFigure, **options)


def _draw(axes: Any, curve: KaplanMeier, position: int, options: Options) -> None:
    if not curve.records:
        return
    colour, style = look(position)

    def height(survival: Floats) -> Floats:
        return 1 - survival if options.incidence else survival

    time = np.concatenate(([0.0], curve.time, [curve.last]))
    at = np.concatenate(([1.0], curve.survival, curve.survival[-1:] if len(curve.time) else [1.0]))
    axes.step(time, height(at), where="post", color=colour, linestyle=style, linewidth=2, zorder=3)
    if options.bands:
        _band(axes, curve, time, colour, style, height)
    if options.censored:
        marks = np.unique(curve.censored)
        at = np.concatenate(([1.0], curve.survival))[np.searchsorted(curve.time, marks, side="right")]
        mark = {"linestyle": "", "marker": "|", "markersize": 9, "markeredgewidth": 1.6}
        axes.plot(marks, height(at), color=colour, zorder=4, **mark)
    middle = curve.quantiles["median"].time
    if options.median and middle is not None:
        axes.plot([middle, middle], [0, 0.5], color=colour, linestyle=style, linewidth=0.9, zorder=2)


def _band(axes: Any, curve: KaplanMeier, time: Floats, colour: str, style: Any, height: Any) -> None:
    """The limits, where they are defined; thin lines in the style of the curve keep bands apart without colour."""
    for_steps = [np.concatenate(([np.nan], limit, limit[-1:])) for limit in (curve.lower, curve.upper)]
    if not len(curve.time):
        return
    low, high = (height(limit) for limit in for_steps)
    axes.fill_between(time, low, high, step="post", color=colour, alpha=0.13, linewidth=0, zorder=1)
    for limit in (low, high):
        axes.step(time, limit, where="post", color=colour, linestyle=style, linewidth=0.6, zorder=2)


def _ticks(curves: Sequence[_Curve], last: float) -> list[float]:
    """The times that the curves are tabulated at, as far as they fit; else round numbers."""
    from matplotlib.ticker import MaxNLocator

    points = {point.time for curve in curves for point in curve.of.points}
    at = sorted(time for time in points if time <= last * 1.03)
    if 1 < len(at) < 16:
        return [0.0, *(time for time in at if time > 0)]
    return [float(tick) for tick in MaxNLocator(6, integer=True).tick_values(0, last) if 0 <= tick <= last * 1.03]


def _risk_table(made: Sheet, curves: Sequence[_Curve], ticks: Sequence[float], end: float, top: float) -> None:
    wide = WIDTH - _LEFT - _RIGHT
    made.text(_LEFT, top - line(BODY) / 2, "Number at risk", fontsize=BODY, fontweight="bold")
    for position, curve in enumerate(curves):
        colour, _ = look(position)
        y = top - line(BODY) * (1.5 + 2 * position) - 0.02
        made.text(_LEFT, y, fitted(curve.name, wide, BODY), fontsize=BODY, color=colour)
        for tick in ticks:
            count = curve.of.records - int(_before(curve.of, tick))
            place = {"ha": "center", "color": colour, "fontsize": BODY}
            made.text(_LEFT + wide * tick / end, y - line(BODY), str(count), **place)


def _before(curve: KaplanMeier, time: float) -> int:
    """The number of records whose time lies before it."""
    return int(curve.events[curve.time < time].sum()) + int((curve.censored < time).sum())


# --- points ---------------------------------------------------------------------------------------------


def _points(curves: Sequence[_Curve]) -> pd.DataFrame:
    """The coordinates of the figure: the steps of each curve, with limits, and the censored times."""
    parts = [_points_of(curve) for curve in curves if curve.of.records]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COORDINATES))


def _points_of(curve: _Curve) -> pd.DataFrame:
    of = curve.of
    time = np.union1d(of.time, of.censored)
    step = np.searchsorted(of.time, time, side="right") - 1
    event = (step >= 0) & np.isin(time, of.time)
    events = np.where(event, np.concatenate((of.events, [0]))[step], 0)
    left = np.searchsorted(of.censored, time, side="right")
    censored = np.diff(left, prepend=0)
    before = np.concatenate(([0], np.cumsum(events + censored)))[:-1]
    found = {
        "group": curve.name,
        "time": time,
        "at_risk": of.records - before,
        "events": events,
        "censored": censored,
    }
    arrays = (of.survival, of.std_error, of.lower, of.upper)
    heights = {
        name: np.where(step >= 0, np.concatenate((array, [np.nan]))[step], np.nan)
        for name, array in zip(COORDINATES[5:], arrays)
    }
    heights["survival"] = np.where(step >= 0, heights["survival"], 1.0)
    return pd.DataFrame({**found, **heights})[list(COORDINATES)]
