"""What a figure is before and after it is drawn: its pages with their points, and the files made of them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd

from formats.safe_csv import safe

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Frame:
    """What stands around a figure: the title, the lines below it, the footnotes."""

    title: str
    below: tuple[str, ...] = ()
    footnotes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Page:
    """A page of a figure, not drawn yet.

    draw: makes the drawing inside its frame. points: what it shows, one row a point. alt: the same in words.
    part: which part of the figure the page is, blank for the whole.
    """

    draw: Callable[[Frame], Figure]
    points: pd.DataFrame
    alt: str
    part: str = ""


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure: its pages, the lines below the title, and what it says below about what it did."""

    pages: tuple[Page, ...]
    result: str = ""
    title: str = ""
    below: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Drawn:
    """A figure: `name` of its files, what it shows, and the content of each file by its ending (svg, png, csv).

    display: ID of its display. result: ID of the result it shows, blank for none. alt: the figure in words.
    footnote: the text below it, one line a note.
    """

    name: str
    display: str
    result: str
    title: str
    files: Mapping[str, bytes] = field(repr=False)
    alt: str = ""
    footnote: str = ""

    @property
    def svg(self) -> str:
        """The figure as SVG text."""
        return self.files["svg"].decode("utf-8")


def files(figure: Figure, title: str, alt: str, points: pd.DataFrame) -> dict[str, bytes]:
    """The figure as SVG and PNG, its points as CSV; the same figure gives the same bytes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    svg, png = io.BytesIO(), io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None, "Title": title})
    FigureCanvasAgg(figure)
    figure.savefig(png, format="png", metadata={"Software": None, "Title": title})
    return {"svg": described(svg.getvalue(), title, alt), "png": png.getvalue(), "csv": points_csv(points)}


def described(svg: bytes, title: str, alt: str) -> bytes:
    """An SVG with the title and the description that a screen reader reads."""
    text = svg.decode("utf-8")
    inside = f"\n <title>{escape(title)}</title>\n <desc>{escape(alt)}</desc>"
    return re.sub(r"<svg [^>]*>", lambda found: found[0] + inside, text, count=1).encode("utf-8")


def points_csv(points: pd.DataFrame) -> bytes:
    """The points as CSV: whole numbers without decimals, others in their shortest exact form, missing blank.

    A text that a spreadsheet would run as a formula has an apostrophe before it.
    """
    shown = {name: _column(points[name]) for name in points.columns}
    text = pd.DataFrame(shown, columns=list(points.columns)).to_csv(index=False, lineterminator="\n")
    return text.encode("utf-8")


def _column(column: pd.Series) -> pd.Series:
    if pd.api.types.is_float_dtype(column.dtype):
        known = column.to_numpy()[np.isfinite(column.to_numpy())]
        whole = bool((known == np.floor(known)).all() and (np.abs(known) < 2**53).all())
        return column.astype("Int64") if whole else column
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    return column.map({value: safe(value) for value in column.drop_duplicates()})


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> pd.DataFrame:
    """Points from rows."""
    return pd.DataFrame({name: [row[place] for row in rows] for place, name in enumerate(columns)})
