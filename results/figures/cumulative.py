"""Cumulative amounts: what each level of Group has received by each day, from records of intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from results.analysis import Analysis
from results.figures.picture import Frame, Page, Picture
from results.figures.registry import Expression, figure
from results.figures.sheet import BODY, WIDTH, Sheet, line, sheet
from results.figures.source import Source, named, origin, population_line
from results.figures.style import FAINT, SOFT, clean, counted, fitted, look
from results.statistics import Summary
from results.template import formatted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_LEFT, _RIGHT = 0.95, 0.25
_VECTOR = 200  # more lines than these are drawn as an image inside the SVG
TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class _Amounts:
    """By day, the last axis: of each subject the amount received by its end.

    days: from the first on. group: the position of each subject's level. cumulative: subjects by days.
    """

    days: Ints
    subjects: npt.NDArray[np.object_]
    group: Ints
    cumulative: Floats

    def mean(self, group: int) -> Floats:
        """The mean over the subjects of a level, NaN without subjects."""
        mine = self.cumulative[self.group == group]
        found: Floats = mine.mean(axis=0) if len(mine) else np.full(len(self.days), np.nan)
        return found

    def treated(self, group: int) -> Ints:
        """How many subjects of a level have received any by each day."""
        found: Ints = (self.cumulative[self.group == group] > 0).sum(axis=0)
        return found

    def size(self, group: int) -> int:
        """The subjects of a level."""
        return int((self.group == group).sum())


@figure
def cumulative(
    source: Source,
    *,
    result: str,
    dataset: str,
    amount: Expression,
    start: Expression,
    end: Expression,
    origin_date: Expression,
    last: int,
    where: Expression = "",
    individual: bool = False,
    ticks: tuple[float, ...] = (),
    x_label: str = "Day",
    y_label: str = "Cumulative amount",
) -> Picture:
    """The mean cumulative amount by day at every level of Group, from records of intervals.

    result: ID of a result; the subjects that have a record in it are those of the mean. dataset, where: the records
    of intervals. amount: of the whole interval. start, end: its first and last day, as numeric dates. origin_date:
    the date of Day 1. last: the last day that is drawn. individual: a thin line for each subject too. ticks: marks
    of the axis. x_label, y_label: texts of the axes; the unit belongs into the second.

    An amount is spread evenly over the days of its interval, so that each day of it has the same part. Every subject
    counts on every day, with 0 before the first interval and the amount reached after the last one, whether the
    subject is still observed or not. Below the axis stands how many subjects have received any by the day.
    Where the result has a call of summary without By, its mean must be the last value of the curve; another mean is
    an error, since figure and table would contradict each other.
    """
    if last < 1:
        raise source.wrong(f"last={last} is no day", "the first day is 1")
    analysis = source.analysis(result)
    found, notes = _amounts(source, analysis, dataset, where, (amount, start, end, origin_date), last)
    names = tuple(clean(named(level)) for level in analysis.group_levels)
    agrees = _agrees(source, result, found, names)
    texts = (clean(x_label), clean(y_label))
    page = Page(
        lambda frame: _figure(found, names, individual, ticks, texts, frame),
        _points(found, names, individual),
        _alt(found, names, texts),
    )
    spread = "Mean over all subjects. An amount is spread evenly over the days of its interval."
    end_note = f" The last value is the mean of {result}." if agrees else ""
    thin = " Thin lines: subjects." if individual else ""
    return Picture(
        (page,),
        result,
        analysis.result.description,
        (population_line(source, analysis),),
        (spread + end_note + thin, *notes),
        origin(analysis, dataset, where),
    )


def _amounts(
    source: Source, analysis: Analysis, dataset: str, where: str, texts: Sequence[str], last: int
) -> tuple[_Amounts, tuple[str, ...]]:
    """The amounts by subject and day, and what is said of records that do not count."""
    subjects, group = _subjects(source, analysis)
    records = source.records(dataset, where, analysis)
    amount, start, end, first = (source.number(text, records) for text in texts)
    place = pd.Index(subjects).get_indexer(pd.Index(records["USUBJID"]))
    first_day, last_day = _day(start, first), _day(end, first)
    notes: list[str] = []
    counts = np.ones(len(records), dtype=bool)
    for bad, why in (
        (place < 0, f"of subjects without a record of {analysis.result.id}"),
        (np.isnan(first_day) | np.isnan(last_day), "without a first or a last day"),
        (np.isnan(amount), "without an amount"),
        (last_day < first_day, "with an end before the start"),
        ((last_day < 1) | (first_day > last), f"outside Day 1 to {last}"),
    ):
        number = int((bad & counts).sum())
        notes += [f"{number:,} record{'s' if number > 1 else ''} {why}"] if number else []
        counts &= ~bad
    rate = np.where(counts, amount / np.where(counts, end - start + 1, 1), 0.0)
    low, high = np.maximum(first_day, 1), np.minimum(last_day, last)
    daily = np.zeros((len(subjects), last + 1))
    np.add.at(daily, (place[counts], low[counts].astype(np.int64) - 1), rate[counts])
    np.add.at(daily, (place[counts], high[counts].astype(np.int64)), -rate[counts])
    total = np.cumsum(np.cumsum(daily, axis=1)[:, :last], axis=1)
    # Rates that are added and taken away again leave rounding errors where nothing was given.
    total[np.abs(total) < TOLERANCE] = 0.0
    cut = int(((first_day < 1) | (last_day > last))[counts].sum())
    notes += [f"the days outside Day 1 to {last} of {cut:,} record{'s' if cut > 1 else ''}"] if cut else []
    said = (f"Not counted: {'; '.join(notes)}.",) if notes else ()
    return _Amounts(np.arange(1, last + 1), subjects, group, total), said


def _day(date: Floats, first: Floats) -> Floats:
    """The day of a date: 1 on the date of Day 1, -1 on the day before it."""
    found: Floats = date - first + (date >= first)
    return found


def _subjects(source: Source, analysis: Analysis) -> tuple[npt.NDArray[np.object_], Ints]:
    """The subjects of a result and the level of Group of each; DataError for one that has records at several."""
    pairs = pd.DataFrame({"subject": analysis.records["USUBJID"], "group": source.groups(analysis)}).drop_duplicates()
    twice = pairs.loc[pairs["subject"].duplicated(), "subject"]
    if len(twice):
        raise source.bad(f"{len(twice)} subject(s) have records at several levels of Group, the first {twice.iloc[0]}")
    return pairs["subject"].to_numpy(dtype=object), pairs["group"].to_numpy(dtype=np.int64)


def _agrees(source: Source, result: str, found: _Amounts, names: Sequence[str]) -> bool:
    """Whether the result has means to compare with; DataError where the last values are others."""
    calls = [one for one in source.calls(result) if one.call.known.name == "summary" and not one.statistic.by]
    if len(calls) != 1 or not names:
        return False
    compared = 0
    for position, group in enumerate(calls[0].analysis.group_levels):
        estimated = calls[0].estimates.get((group, ()))
        if not isinstance(estimated, Summary) or estimated.mean is None:
            continue
        last = float(found.mean(position)[-1])
        if not abs(last - estimated.mean) <= TOLERANCE * max(1.0, abs(estimated.mean)):
            message = f"the curve of {names[position]} ends at {last:.10g}, but the mean of {result} is"
            hint = "the figure and the result need the same records, amounts and days"
            raise source.bad(f"{message} {estimated.mean:.10g}", hint)
        compared += 1
    return compared > 0


def _points(found: _Amounts, names: Sequence[str], individual: bool) -> pd.DataFrame:
    """A row for each level and day; with individual lines one for each subject and day too."""
    parts = []
    for position, name in enumerate(names):
        columns = {
            "group": name,
            "subject": "",
            "day": found.days,
            "subjects": found.size(position),
            "treated": found.treated(position),
            "cumulative": found.mean(position),
        }
        parts.append(pd.DataFrame(columns))
    if individual and len(names):
        count = len(found.days)
        columns = {
            "group": np.repeat(np.array(names, dtype=object)[found.group], count),
            "subject": np.repeat(found.subjects, count),
            "day": np.tile(found.days, len(found.subjects)),
            "subjects": 1,
            "treated": (found.cumulative > 0).ravel().astype(np.int64),
            "cumulative": found.cumulative.ravel(),
        }
        parts.append(pd.DataFrame(columns))
    heads = ["group", "subject", "day", "subjects", "treated", "cumulative"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=heads)


def _alt(found: _Amounts, names: Sequence[str], texts: tuple[str, str]) -> str:
    last = int(found.days[-1])
    words = []
    for position, name in enumerate(names):
        size, mean = found.size(position), found.mean(position)[-1]
        amount = f", {formatted(float(mean), '.1f')} by day {last}" if size else ""
        words.append(f"{name}: {counted(size, 'subject')}{amount}")
    return f"{texts[1]}, mean by day. {'; '.join(words) or 'No subjects'}."


# --- drawing --------------------------------------------------------------------------------------------


def _figure(
    found: _Amounts,
    names: Sequence[str],
    individual: bool,
    ticks: tuple[float, ...],
    texts: tuple[str, str],
    frame: Frame,
) -> Figure:
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    size = max(len(names), 1)
    legend, table = line(BODY) * size + 0.06, line(BODY) * (1 + 2 * size) + 0.12
    if not names:
        made = sheet(frame, 1.2)
        made.statement("No subjects, so no amounts.")
        return made.figure
    made = sheet(frame, 3.9 + legend + table, least=2.6 + legend + table)
    low, wide = made.low + table + 0.62, WIDTH - _LEFT - _RIGHT
    axes = made.axes(_LEFT, low, wide, made.high - low - legend)
    last = int(found.days[-1])
    for position, name in enumerate(names):
        _draw(axes, found, position, individual)
        _legend(made, name, position, found, made.high - line(BODY) * (position + 0.5))
    if not len(found.subjects):
        axes.text(0.5, 0.5, "No records", transform=axes.transAxes, ha="center", fontsize=11, color=SOFT)
    shown = [tick for tick in (ticks or MaxNLocator(8, integer=True).tick_values(1, last)) if 0 <= tick <= last]
    axes.set(xlim=(0, last * 1.02), xticks=shown)
    axes.set_ylim(0, max(axes.get_ylim()[1], 1.0))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}" if axes.get_ylim()[1] >= 5 else "{x:g}"))
    axes.set_xlabel(fitted(texts[0], wide, BODY), fontsize=BODY)
    axes.set_ylabel(fitted(texts[1], 3.2, BODY), fontsize=BODY)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=FAINT, linewidth=0.4, alpha=0.6)
    _table(made, found, names, [tick for tick in shown if tick >= 1], last * 1.02, made.low + table)
    return made.figure


def _draw(axes: Any, found: _Amounts, position: int, individual: bool) -> None:
    """The mean, from 0 at the beginning of Day 1; thin lines for the subjects."""
    from matplotlib.collections import LineCollection
    from matplotlib.patheffects import withStroke

    colour, style = look(position)
    days = np.concatenate(([0], found.days))
    mine = found.cumulative[found.group == position]
    if individual and len(mine):
        lines = np.stack([np.broadcast_to(days, (len(mine), len(days))), np.pad(mine, ((0, 0), (1, 0)))], axis=2)
        many = len(mine) > _VECTOR
        alpha = min(0.35, max(0.05, 12 / len(mine)))
        drawn = LineCollection(list(lines), color=colour, linewidth=0.5, alpha=alpha, zorder=2, rasterized=many)
        axes.add_collection(drawn)
        axes.autoscale_view()
    if len(mine):
        mean = np.concatenate(([0.0], found.mean(position)))
        casing = [withStroke(linewidth=4.5, foreground="#FFFFFF")] if individual else []
        axes.plot(days, mean, color=colour, linestyle=style, linewidth=2, zorder=3, path_effects=casing)


def _legend(made: Sheet, name: str, position: int, found: _Amounts, y: float) -> None:
    from matplotlib.lines import Line2D

    colour, style = look(position)
    places = [_LEFT / WIDTH, (_LEFT + 0.38) / WIDTH]
    options = {"color": colour, "linestyle": style, "linewidth": 2, "transform": made.figure.transFigure}
    made.figure.add_artist(Line2D(places, [y / made.height] * 2, **options))
    size = found.size(position)
    mean = formatted(float(found.mean(position)[-1]), ".1f") if size else ""
    text = f" ({counted(size, 'subject')}" + (f", {mean} by Day {int(found.days[-1])})" if size else ")")
    name = fitted(name, WIDTH - _LEFT - 0.6 - len(text) * 0.075, BODY)
    made.text(_LEFT + 0.46, y, name + text, fontsize=BODY)


def _table(made: Sheet, found: _Amounts, names: Sequence[str], ticks: Sequence[float], end: float, top: float) -> None:
    wide = WIDTH - _LEFT - _RIGHT
    made.text(_LEFT, top - line(BODY) / 2, "Subjects with any by the day", fontsize=BODY, fontweight="bold")
    for position, name in enumerate(names):
        colour, _ = look(position)
        y = top - line(BODY) * (1.5 + 2 * position) - 0.02
        made.text(_LEFT, y, fitted(name, wide, BODY), fontsize=BODY, color=colour)
        treated = found.treated(position)
        for tick in ticks:
            count = f"{int(treated[int(tick) - 1])}"
            place = {"ha": "center", "color": colour, "fontsize": BODY}
            made.text(_LEFT + wide * tick / end, y - line(BODY), count, **place)
