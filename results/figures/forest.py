"""Forest plots: the estimates of a comparison with their limits, overall and in subgroups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from results.computed import Computed
from results.figures import forest_rows
from results.figures.forest_rows import ForestRow
from results.figures.picture import Frame, Page, Picture, table
from results.figures.registry import figure
from results.figures.sheet import BODY, MARGIN, WIDTH, Sheet, line, sheet
from results.figures.source import Source, origin, population_line
from results.figures.style import COLOURS, INK, SOFT, clean, fitted, wrapped
from results.template import formatted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = (
    "label", "result", "level", "group", "reference", "compared", "reference_count", "records", "reference_records",
    "estimate", "low", "high", "text", "flagged",
)  # fmt: skip
_LABEL, _COUNT, _TEXT, _GAP = 2.35, 0.95, 1.6, 0.12
_ROW, _LEAST_ROW, _AXIS = 0.22, 0.15, 0.62
_MOST = 26
_RATIOS = tuple(part * 10.0**power for power in range(-4, 5) for part in (1, 2, 5))
FLAG = "*"


@dataclass(frozen=True)
class _Axis:
    """The axis of the estimates: its ends, its scale, where it says that there is no effect."""

    low: float
    high: float
    log: bool
    null: float
    percent: bool
    label: str
    favours: tuple[str, ...]

    def inside(self, value: float | None) -> bool:
        """Whether a value can be drawn."""
        return value is not None and self.low <= value <= self.high


@figure
def forest(
    source: Source,
    *,
    results: tuple[str, ...],
    statistic: str = "",
    estimate: str = "estimate",
    limits: tuple[str, ...] = ("conf_low", "conf_high"),
    log: bool = False,
    null: float | None = None,
    axis: tuple[float, ...] = (),
    percent: bool = False,
    template: str = "",
    overall: str = "Overall",
    headings: tuple[str, ...] = (),
    favours: tuple[str, ...] = (),
    flag: int = 5,
    x_label: str = "",
) -> Picture:
    """The estimates of one comparison with their limits: of the whole, then of every level of By.

    results: IDs of the results; each gives a row for its call without By, then its calls with By, whose levels
    stand under headings. statistic: the one that is shown, where the results have several with an
    estimate and limits. estimate, limits: the names of its values. log: a logarithmic axis, for ratios. null: the
    value of no effect, a line; left out it is 0, or 1 with log. axis: the ends of the axis; left out, those of the
    data. percent: values as percentages. template: how the values read, as in Lines; left out, the estimate with its
    limits. overall: what the row of the whole is called, where there is one result. headings: a text for each call
    with By; left out, the labels of its variables. favours: two texts, for the two
    sides of no effect. flag: rows with fewer records in an arm are marked. x_label: text of the axis; left out, the
    label of the estimate.

    The counts of each arm stand beside the labels: n1/N1 and n2/N2 of the statistic, for one that has none the
    number of records. A limit beyond the axis, or one that the statistic does not give, is an arrow. What is not
    estimable reads NE and has no mark. A square is larger for more records.
    """
    if len(limits) != 2:
        raise source.wrong(f"limits={limits!r} are not the names of two values", "such as ('conf_low', 'conf_high')")
    names = (estimate, limits[0], limits[1])
    calls = forest_rows.chosen(source, results, statistic, names)
    known = forest_rows.names_of(source, calls, names, percent, template)
    found = list(forest_rows.rows(source, calls, known, overall, headings))
    what = x_label or forest_rows.label(calls, estimate)
    ends = _ends(source, found, log, (1.0 if log else 0.0) if null is None else null, axis)
    scale = _Axis(*ends, log, (1.0 if log else 0.0) if null is None else null, percent, clean(what), favours)
    _check(source, scale)
    analysis = calls[0].analysis
    heads = _heads(found, calls, bool(known.compared))
    return Picture(
        tuple(_page(part, heads, scale, flag) for part in _parts(found)),
        analysis.result.id,
        analysis.result.description,
        (population_line(source, analysis),),
        _notes(found, scale, flag),
        " ".join(origin(one.analysis) for one in _each_result(calls)),
    )


def _each_result(calls: Sequence[Computed]) -> list[Computed]:
    return list({one.analysis.result.id: one for one in calls}.values())


def _check(source: Source, scale: _Axis) -> None:
    if not scale.low < scale.high or (scale.log and scale.low <= 0):
        raise source.wrong(f"axis={scale.low:g}, {scale.high:g} is no axis", "write the lower end, then the upper one")
    if scale.favours and len(scale.favours) != 2:
        raise source.wrong("favours has two texts: for the lower side, then for the upper one")
    if not scale.low <= scale.null <= scale.high:
        raise source.wrong(f"null={scale.null:g} lies outside the axis, {scale.low:g} to {scale.high:g}")


def _ends(
    source: Source, rows: Sequence[ForestRow], log: bool, null: float, given: tuple[float, ...]
) -> tuple[float, float]:
    """The ends of the axis: those given, or those of the data; of ratios at most 20 times beyond no effect."""
    if given:
        if len(given) != 2:
            raise source.wrong(f"axis={given!r} has not two ends", "such as axis=(-1, 1)")
        return given[0], given[1]
    known = [value for row in rows for value in (row.estimate, row.low, row.high) if value is not None]
    if log:
        known = [value for value in known if value > 0]
        low, high = min([null / 2, *known]), max([null * 2, *known])
        centre = [row.estimate for row in rows if row.estimate]
        low = max(low, min([null / 20, *(value / 1.5 for value in centre)]))
        high = min(high, max([null * 20, *(value * 1.5 for value in centre)]))
        return low / 1.1, high * 1.1
    low, high = min([null, *known]), max([null, *known])
    pad = 0.06 * (high - low) or 1.0
    return low - pad, high + pad


def _heads(rows: Sequence[ForestRow], calls: Sequence[Computed], counted: bool) -> tuple[str, str, str]:
    """The heads of the counts of the two arms, and of the estimates."""
    compared = list(dict.fromkeys(row.group for row in rows if not row.heading))
    unit = "n/N" if counted else "records"
    values = (value for call in calls for value in call.call.of_nothing().values())
    levels = {value.value for value in values if value.name == "conf_level"}
    limits = f"{formatted(next(iter(levels)), '%')} CI" if len(levels) == 1 else "limits"
    return (
        f"{compared[0] if len(compared) == 1 else 'Compared'} {unit}",
        f"{clean(calls[0].call.reference) or 'Reference'} {unit}",
        f"Estimate ({limits})",
    )


def _parts(rows: Sequence[ForestRow]) -> list[list[ForestRow]]:
    """The rows of each page, of about the same number; a heading is not the last of its page."""
    pages = max(-(-len(rows) // _MOST), 1)
    each = -(-len(rows) // pages)
    found: list[list[ForestRow]] = [[]]
    for row in rows:
        if len(found[-1]) >= each or (row.heading and len(found[-1]) >= each - 1):
            found.append([])
        found[-1].append(row)
    return found


def _notes(rows: Sequence[ForestRow], scale: _Axis, flag: int) -> tuple[str, ...]:
    shown = [row for row in rows if not row.heading]
    notes = ["Squares: estimates, larger for more records; lines: confidence limits."]
    if any(_beyond(row, scale) for row in shown):
        notes.append("Arrows: the interval goes on beyond the axis or has no limit on that side.")
    if any(min(row.sizes) < flag for row in shown):
        notes.append(f"{FLAG} fewer than {flag} records in an arm.")
    if any("NE" in row.text for row in shown):
        notes.append("NE: not estimable.")
    return (" ".join(notes),)


def _beyond(row: ForestRow, scale: _Axis) -> bool:
    return row.estimate is not None and (row.low, row.high) != (None, None) and not (
        scale.inside(row.low) and scale.inside(row.high)
    )  # fmt: skip


def _page(rows: list[ForestRow], heads: tuple[str, str, str], scale: _Axis, flag: int) -> Page:
    shown = [row for row in rows if not row.heading]
    words = "; ".join(f"{row.label}: {row.text}" for row in shown[:12])
    more = f"; and {len(shown) - 12} further rows" if len(shown) > 12 else ""
    alt = f"Forest plot, {scale.label}. {words}{more}." if shown else "Forest plot without rows."
    cells = [
        (row.label, row.result, row.level, row.group, row.against, row.compared, row.reference, *row.sizes,
         row.estimate, row.low, row.high, row.text, "Y" if min(row.sizes) < flag else "")
        for row in shown
    ]  # fmt: skip
    points = table(COLUMNS, cells).astype(dict.fromkeys(("estimate", "low", "high"), float))
    return Page(lambda frame: _figure(rows, heads, scale, flag, frame), points, alt)


# --- drawing --------------------------------------------------------------------------------------------


def _figure(rows: Sequence[ForestRow], heads: tuple[str, str, str], scale: _Axis, flag: int, frame: Frame) -> Figure:
    size = max(len(rows), 1)
    head = 3 * line(BODY) + 0.1
    made = sheet(frame, head + _ROW * size + _AXIS, least=head + _LEAST_ROW * size + _AXIS)
    left = MARGIN + _LABEL + 2 * _COUNT + _GAP
    wide = WIDTH - MARGIN - _TEXT - _GAP - left
    _head(made, heads, scale, left)
    if not rows:
        made.statement("No comparison to show.")
        return made.figure
    top, low = made.high - head, made.low + _AXIS
    step = (top - low) / size
    axes = made.axes(left, low, wide, top - low)
    _axis(axes, scale, size)
    for place, row in enumerate(rows):
        _row_texts(made, row, top - (place + 0.5) * step, left + wide + _GAP, min(row.sizes) < flag)
        if row.estimate is not None:
            _mark(axes, row, place, scale, max(sum(other.sizes) for other in rows))
    if scale.favours:
        _favours(made, scale, left, wide, made.low + 0.12)
    return made.figure


def _head(made: Sheet, heads: tuple[str, str, str], scale: _Axis, left: float) -> None:
    from matplotlib.lines import Line2D

    low = made.high - 3 * line(BODY)
    for place, head in enumerate(heads[:2]):
        lines = wrapped(head, _COUNT - 0.06, BODY - 1, bold=True, most=3)
        for number, text in enumerate(reversed(lines)):
            x = MARGIN + _LABEL + (place + 0.5) * _COUNT
            y = low + (number + 0.5) * line(BODY)
            made.text(x, y, text, ha="center", fontsize=BODY - 1, fontweight="bold")
    made.text(WIDTH - MARGIN - _TEXT, low + 0.5 * line(BODY), heads[2], fontsize=BODY - 1, fontweight="bold")
    places = [MARGIN / WIDTH, 1 - MARGIN / WIDTH]
    made.figure.add_artist(Line2D(places, [(low - 0.04) / made.height] * 2, color=INK, linewidth=0.8))


def _row_texts(made: Sheet, row: ForestRow, y: float, right: float, flagged: bool) -> None:
    weight = "bold" if row.heading or not row.indent else "normal"
    indent = 0.16 * row.indent
    room = _LABEL + (2 * _COUNT if row.heading else 0) - indent - 0.05
    label = row.label + (f" {FLAG}" if flagged and not row.heading else "")
    made.text(MARGIN + indent, y, fitted(label, room, BODY, weight == "bold"), fontsize=BODY, fontweight=weight)
    if row.heading:
        return
    for place, text in enumerate((row.compared, row.reference)):
        made.text(MARGIN + _LABEL + (place + 0.5) * _COUNT, y, text, ha="center", fontsize=BODY)
    made.text(right, y, fitted(row.text, _TEXT, BODY - 0.5), fontsize=BODY - 0.5)


def _axis(axes: Any, scale: _Axis, size: int) -> None:
    from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator

    axes.set(xlim=(scale.low, scale.high), ylim=(size - 0.5, -0.5), yticks=[])
    if scale.log:
        axes.set_xscale("log")
        ticks = [tick for tick in _RATIOS if scale.low <= tick <= scale.high]
        while len(ticks) > 7:
            ticks = ticks[:: 3 if len(ticks) > 14 else 2]
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        ticks = [float(tick) for tick in MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]).tick_values(scale.low, scale.high)]
        ticks = [tick for tick in ticks if scale.low <= tick <= scale.high]
    axes.set_xticks(ticks)
    axes.set_xticklabels([f"{100 * tick:g}%" if scale.percent else f"{tick:g}" for tick in ticks])
    axes.tick_params(labelsize=BODY - 1)
    axes.set_xlabel(fitted(scale.label, 3.2, BODY), fontsize=BODY)
    axes.axvline(scale.null, color=SOFT, linewidth=0.9, zorder=1)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _mark(axes: Any, row: ForestRow, y: int, scale: _Axis, most: int) -> None:
    """The square of the estimate and the line of the interval, with arrows where it goes on."""
    assert row.estimate is not None
    colour = COLOURS[0]
    if row.low is not None or row.high is not None:
        low = scale.low if row.low is None else max(row.low, scale.low)
        high = scale.high if row.high is None else min(row.high, scale.high)
        if low <= high:
            axes.plot([low, high], [y, y], color=colour, linewidth=1.3, solid_capstyle="butt", zorder=2)
        for value, end, sign, beyond in (
            (row.low, scale.low, "<", row.low is None or row.low < scale.low),
            (row.high, scale.high, ">", row.high is None or row.high > scale.high),
        ):
            if beyond:
                axes.plot(end, y, marker=sign, markersize=5, color=colour, clip_on=False, zorder=3)
            elif scale.inside(value):
                axes.plot(value, y, marker="|", markersize=5, color=colour, zorder=3)
    if scale.inside(row.estimate):
        side = max(8 * np.sqrt(sum(row.sizes) / most), 3.0) if most else 5.0
        axes.plot(row.estimate, y, marker="s", markersize=side, color=colour, markeredgewidth=0, zorder=4)
    else:
        sign, end = ("<", scale.low) if row.estimate < scale.low else (">", scale.high)
        axes.plot(end, y, marker=sign, markersize=5, color=colour, clip_on=False, zorder=3)


def _favours(made: Sheet, scale: _Axis, left: float, wide: float, y: float) -> None:
    place = _position(scale, scale.null)
    centre = left + wide * place
    made.text(centre - 0.06, y, "← " + fitted(clean(scale.favours[0]), 2.2, BODY - 1), ha="right", fontsize=BODY - 1)
    made.text(centre + 0.06, y, fitted(clean(scale.favours[1]), 1.9, BODY - 1) + " →", ha="left", fontsize=BODY - 1)


def _position(scale: _Axis, value: float) -> float:
    if scale.log:
        low, high, at = np.log([scale.low, scale.high, value])
        return float((at - low) / (high - low))
    return (value - scale.low) / (scale.high - scale.low)
