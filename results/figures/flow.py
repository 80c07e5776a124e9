"""Flow diagrams: who was screened, randomised, treated, followed and analysed (CONSORT)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from results import ard
from results.figures import flow_boxes
from results.figures.call import read_figure
from results.figures.flow_boxes import ADSL, Diagram
from results.figures.flow_layout import Layout, Line, Placed, laid_out, pad
from results.figures.picture import Frame, Page, Picture, table
from results.figures.registry import Variables, figure
from results.figures.sheet import HEIGHT, MARGIN, WIDTH, Sheet, line, sheet
from results.figures.source import Source
from results.figures.style import INK, clean
from specs.model import Spec

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.patches import Polygon

COLUMNS = ("box", "level", "from", "side", "group", "label", "kind", "reason", "subjects")
_FRAME = 0.9  # what title and footnotes usually take


@figure
def flow(source: Source, *, group: Variables = ()) -> Picture:
    """The flow of subjects through the study (CONSORT), from the boxes of the display in sheet Flow.

    group: variable of ADSL; a box with Group stands once for each of its levels, and so do all below it.

    The subjects of a box are those of the box above (From) who meet its condition. Boxes of one level (Order) that
    come from one box divide it: a subject in two of them is an error, and subjects in none are counted in the box
    above as `In no box below`. Another level that comes from the same box divides it once more. Reasons are listed
    with their counts, the greatest first; subjects without one are counted as not stated. Every count is a row of the
    analysis results data with the context `flow`.
    """
    if len(group) > 1:
        raise source.wrong("group is one variable of ADSL")
    display = source.row.display
    rows = flow_boxes.rows_of(source.spec, display)
    if not rows:
        raise source.wrong(f"{display} has no rows in Flow", "add its boxes")
    if ADSL not in source.frames:
        raise source.wrong("a flow diagram counts the subjects of ADSL, which is not there")
    diagram = flow_boxes.count(source.spec, rows, source.frames[ADSL], group[0] if group else "")
    page = Page(lambda frame: _figure(diagram, frame), _points(diagram), _alt(diagram))
    return Picture((page,), notes=_notes(diagram), source="Source: ADSL.")


def counts(spec: Spec, frames: Mapping[str, pd.DataFrame]) -> list[ard.Row]:
    """The counts of every flow diagram as analysis results data."""
    found: list[ard.Row] = []
    for row in spec.figures:
        call = read_figure(row.figure, row.at("Figure"), spec.study.constants)
        if call.known.function is flow and ADSL in frames:
            variables = call.arguments.get("group", ())
            group = str(variables[0]) if isinstance(variables, tuple) and variables else ""
            diagram = flow_boxes.count(spec, flow_boxes.rows_of(spec, row.display), frames[ADSL], group)
            found += flow_boxes.ard_rows(diagram, row.display)
    return found


def _notes(diagram: Diagram) -> tuple[str, ...]:
    left = [box for box in diagram.boxes if box.left]
    return ("In no box below: subjects of a box whom none of the boxes that divide it holds.",) if left else ()


def _points(diagram: Diagram) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    for box in diagram.boxes:
        row = box.row
        side = "Y" if row.side else ""
        head = (row.box, float(row.order), row.parent, side, box.group or "", clean(row.label))
        rows.append((*head, "box", "", box.subjects))
        rows += [(*head, "reason", text, number) for text, number in box.reasons]
        rows += [(*head, "remainder", "", number) for _, number in box.remainders]
    return table(COLUMNS, rows)


def _alt(diagram: Diagram) -> str:
    words = []
    for box in diagram.boxes:
        name = f"{clean(box.row.label)}{f', {clean(box.group)}' if box.group is not None else ''}: {box.subjects}"
        reasons = ", ".join(f"{clean(text)} {number}" for text, number in box.reasons)
        left = f", in no box below {box.left}" if box.left else ""
        words.append(name + (f" ({reasons})" if reasons else "") + left)
    return f"Flow diagram. {'; '.join(words)}."


# --- drawing --------------------------------------------------------------------------------------------


def _figure(diagram: Diagram, frame: Frame) -> Figure:
    layout = laid_out(diagram, WIDTH - 2 * MARGIN, HEIGHT - _FRAME)
    made = sheet(frame, layout.high + 0.1, least=layout.high + 0.1)
    top = made.high - 0.02
    for one in layout.lines:
        _line(made, one, top)
    for box in layout.boxes:
        _box(made, box, layout, top)
    return made.figure


def _box(made: Sheet, box: Placed, layout: Layout, top: float) -> None:
    from matplotlib.patches import Rectangle

    corner = ((MARGIN + box.left) / WIDTH, (top - box.bottom) / made.height)
    size = (box.wide / WIDTH, box.high / made.height)
    made.figure.add_artist(Rectangle(corner, *size, facecolor="#FFFFFF", edgecolor=INK, linewidth=0.9, zorder=2))
    for place, text in enumerate(box.lines):
        y = top - box.top - pad(layout.size) - (place + 0.5) * line(layout.size)
        options = {"fontsize": layout.size, "fontweight": "bold" if text.bold else "normal", "zorder": 3}
        made.text(MARGIN + box.left + pad(layout.size) + text.indent, y, text.text, **options)


def _line(made: Sheet, one: Line, top: float) -> None:
    from matplotlib.lines import Line2D

    points = [((MARGIN + x) / WIDTH, (top - y) / made.height) for x, y in one.points]
    x, y = [point[0] for point in points], [point[1] for point in points]
    made.figure.add_artist(Line2D(x, y, color=INK, linewidth=0.9, zorder=1))
    if one.head:
        made.figure.add_artist(_head(made, one.points, top))


def _head(made: Sheet, points: Sequence[tuple[float, float]], top: float) -> Polygon:
    """A triangle at the end of a line, in its direction."""
    from matplotlib.patches import Polygon

    (x0, y0), (x, y) = points[-2:]
    long, half = 0.075, 0.035
    right, down = (x > x0) - (x < x0), (y > y0) - (y < y0)
    corners = [
        (x, y),
        (x - right * long + down * half, y - down * long + right * half),
        (x - right * long - down * half, y - down * long - right * half),
    ]
    shape = [((MARGIN + a) / WIDTH, (top - b) / made.height) for a, b in corners]
    return Polygon(shape, closed=True, facecolor=INK, edgecolor="none", zorder=2.5)
