"""The sheet a figure is drawn on: title, the lines below it, footnotes; the rest is left to the figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from results.figures.picture import Frame
from results.figures.style import INK, SOFT, clean, wrapped

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# A page of 11 by 8.5 inches or A4 turned, less margins of an inch and what a running head needs.
WIDTH, HEIGHT = 8.6, 6.2
MARGIN = 0.1
TITLE, BELOW, BODY, NOTE = 10.5, 8.5, 9.0, 7.5
_LINE = 1.32 / 72  # inches of a line for a point of type


@dataclass(frozen=True)
class Sheet:
    """A figure with its frame drawn; places are inches from the lower left. The content lies from `low` to `high`."""

    figure: Figure
    height: float
    low: float
    high: float

    def text(self, x: float, y: float, text: str, **options: Any) -> None:
        """A text at a place; `va` is centre where it is not given."""
        self.figure.text(x / WIDTH, y / self.height, text, **{"va": "center", **options})

    def axes(self, left: float, low: float, wide: float, high: float, **options: Any) -> Any:
        """Axes with their lower left corner at a place."""
        return self.figure.add_axes((left / WIDTH, low / self.height, wide / WIDTH, high / self.height), **options)

    def statement(self, text: str) -> None:
        """A sentence in the middle of a figure that has nothing to draw."""
        self.text(WIDTH / 2, (self.low + self.high) / 2, text, ha="center", fontsize=11, color=SOFT)


def line(size: float) -> float:
    """The height in inches of a line of type of a size in points."""
    return size * _LINE


def sheet(frame: Frame, content: float, least: float = 0.0) -> Sheet:
    """A sheet for a content of so many inches; it is made lower, down to `least`, where the page would not hold it."""
    from matplotlib.figure import Figure

    wide = WIDTH - 2 * MARGIN
    title = wrapped(clean(frame.title), wide, TITLE, bold=True, most=3)
    below = [part for text in frame.below for part in wrapped(clean(text), wide, BELOW, most=2)]
    notes = [part for text in frame.footnotes for part in wrapped(clean(text), wide, NOTE)]
    top = MARGIN + len(title) * line(TITLE) + len(below) * line(BELOW) + 0.08
    foot = MARGIN + len(notes) * line(NOTE) + (0.06 if notes else 0)
    content = max(min(content, HEIGHT - top - foot), min(least, content) or content)
    height = top + content + foot
    made = Sheet(Figure(figsize=(WIDTH, height)), height, foot, foot + content)
    _lines(made, height - MARGIN, title, TITLE, fontweight="bold", color=INK)
    _lines(made, height - MARGIN - len(title) * line(TITLE), below, BELOW, color=SOFT)
    _lines(made, foot - 0.06, notes, NOTE, color=SOFT)
    return made


def _lines(made: Sheet, top: float, lines: Sequence[str], size: float, **options: Any) -> None:
    for place, text in enumerate(lines):
        made.text(MARGIN, top - (place + 0.5) * line(size), text, fontsize=size, **options)
