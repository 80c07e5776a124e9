"""Small drawings for the page: an estimate with its interval for each level of Group, on one axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from results.template import formatted

WIDTH, ROW, LEFT, RIGHT, AXIS = 240, 18, 6, 234, 16


@dataclass(frozen=True)
class Interval:
    """An estimate and its limits; None where not estimable. A limit that is missing is drawn to the end of the axis."""

    label: str
    value: float | None
    low: float | None
    high: float | None


def intervals(rows: Sequence[Interval], share: bool, drawn: str) -> Markup:
    """The rows as SVG with a text for those who do not see it; the axis is 0 to 1 for shares, else from 0 or below."""
    known = [number for row in rows for number in (row.value, row.low, row.high) if number is not None]
    if not known:
        return Markup("")
    # Room for the arrow of a limit that is missing.
    further = 1.25 if any(row.high is None and row.low is not None for row in rows) else 1.0
    least, most = 0.0 - _round_up(-min(0.0, *known)), _round_up(further * max(0.0, *known)) or 1.0
    if share:
        least, most = 0.0, 1.0
    scale = (RIGHT - LEFT) / ((most - least) or 1)
    height = ROW * len(rows) + AXIS
    parts = [_row(row, place, lambda number: LEFT + (number - least) * scale) for place, row in enumerate(rows)]
    parts.append(_axis(least, most, share, height))
    label = "; ".join(_words(row, share) for row in rows)
    head = f'<svg class="intervals" viewBox="0 0 {WIDTH} {height}" role="img"'
    return Markup(f'{head} aria-label="{escape(f"{drawn}: {label}")}">{"".join(parts)}</svg>')  # noqa: S704


def _round_up(number: float) -> float:
    """The next number with two digits, for the end of an axis: 0 for 0.

    >>> _round_up(5820), _round_up(44), _round_up(0.0)
    (5900.0, 45.0, 0.0)
    """
    if number <= 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(number)) - 1)
    return (math.floor(number / unit) + 1) * unit


def _words(row: Interval, share: bool) -> str:
    value, low, high = (formatted(number, ".1%" if share else ".1f") for number in (row.value, row.low, row.high))
    return f"{row.label} {value}" + (f" ({low} to {high})" if row.low is not None or row.high is not None else "")


def _row(row: Interval, place: int, at: Callable[[float], float]) -> str:
    y = ROW * place + ROW / 2
    kind = f"arm arm{place % 4}"
    if row.value is None and row.low is None and row.high is None:
        return f'<text class="{kind}" x="{LEFT}" y="{y + 3:g}">NE</text>'
    parts = []
    if row.low is not None or row.high is not None:
        start = at(row.low) if row.low is not None else LEFT
        end = at(row.high) if row.high is not None else RIGHT
        parts.append(f'<path d="M{start:.1f} {y:g}H{end:.1f}"/>')
        if row.high is None:
            parts.append(f'<path d="M{RIGHT - 5} {y - 4:g}L{RIGHT} {y:g}L{RIGHT - 5} {y + 4:g}"/>')
    if row.value is not None:
        parts.append(f'<circle cx="{at(row.value):.1f}" cy="{y:g}" r="4.2"/>')
    return f'<g class="{kind}">{"".join(parts)}</g>'


def _axis(least: float, most: float, share: bool, height: int) -> str:
    y = height - AXIS + 2
    ends = [(LEFT, "start", least), (RIGHT, "end", most)]
    texts = "".join(
        f'<text x="{x}" y="{height - 3}" text-anchor="{anchor}">{_tick(number, share)}</text>'
        for x, anchor, number in ends
    )
    return f'<g class="axis"><path d="M{LEFT} {y}H{RIGHT}"/>{texts}</g>'


def _tick(number: float, share: bool) -> str:
    return formatted(number, ".0%") if share else f"{number:.6g}"
