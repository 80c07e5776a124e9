"""The figures of a build: the rows of Figures, and a Kaplan-Meier figure for displays that have none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from results import levels
from results.computed import Computed
from results.figures import picture
from results.figures.call import read_figure
from results.figures.picture import Drawn, Frame, Picture
from results.figures.source import Source
from results.figures.style import clean, drawing
from results.figures.survival import of_call
from specs.cells import LAST
from specs.model import Figure, Spec
from specs.problem import Problem, SpecError


@dataclass(frozen=True, eq=False)
class Sheet:
    """A page of a figure that is to be drawn, with the name of its files; number: its place among all its pages."""

    row: Figure
    made: Picture
    name: str
    number: int


def draw(spec: Spec, computed: Sequence[Computed], frames: Mapping[str, pd.DataFrame]) -> tuple[Drawn, ...]:
    """Every figure, a page each, in the order of the displays; two builds of the same data give the same bytes.

    SpecError and DataError collect the faults of all rows.
    """
    return drawn(spec, pages(spec, computed, frames))


def pages(spec: Spec, computed: Sequence[Computed], frames: Mapping[str, pd.DataFrame]) -> list[Sheet]:
    """Every page of every figure, in the order of the displays. SpecError and DataError collect the faults of all."""
    found: list[Sheet] = []
    names: set[str] = set()
    for row, made in _pictures(spec, computed, frames):
        name = _name(row, made, names)
        names.add(name)
        found += [Sheet(row, made, name, number) for number in range(1, len(made.pages) + 1)]
    return found


def drawn(spec: Spec, sheets: Sequence[Sheet]) -> tuple[Drawn, ...]:
    """Some pages, drawn."""
    with drawing():
        return tuple(_drawn(spec, sheet) for sheet in sheets)


def check(spec: Spec, computed: Sequence[Computed], frames: Mapping[str, pd.DataFrame]) -> None:
    """What `draw` would refuse, found without drawing; SpecError with every fault."""
    problems = _undrawn(spec)
    try:
        list(_pictures(spec, computed, frames))
    except SpecError as error:
        problems += error.problems
    if problems:
        raise SpecError(problems)


def _undrawn(spec: Spec) -> list[Problem]:
    """The flow diagrams whose display has no row that draws them."""
    with_flow = {row.display for row in spec.figures if row.figure.strip().startswith("flow(")}
    boxes = {box.display: box for box in reversed(spec.boxes) if box.display not in with_flow}
    return [
        Problem(box.at("Display"), f"{display} has boxes, but no row flow() in Figures", "add it, or leave them out")
        for display, box in boxes.items()
    ]


def _pictures(
    spec: Spec, computed: Sequence[Computed], frames: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[Figure, Picture]]:
    problems: list[Problem] = []
    found = []
    for row, one in _rows(spec, computed):
        source = Source(spec, frames, computed, row)
        try:
            found.append((row, of_call(source, one) if one else _picture(source)))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    yield from found


def _picture(source: Source) -> Picture:
    call = read_figure(source.row.figure, source.row.at("Figure"), source.spec.study.constants)
    try:
        return call.known.function(source, **call.arguments)
    except ValueError as error:
        raise source.wrong(f"{call.known.name}(): {error}") from None


def _rows(spec: Spec, computed: Sequence[Computed]) -> list[tuple[Figure, Computed | None]]:
    """The rows of Figures; for a display without one, each kaplan_meier call without By as if it had a row."""
    with_rows = {row.display for row in spec.figures}
    automatic: list[tuple[Figure, Computed | None]] = [
        (Figure(one.statistic.place, {}, one.analysis.result.display, one.statistic.order, "", "", ""), one)
        for one in computed
        if one.call.known.name == "kaplan_meier"
        and one.analysis.result.display not in with_rows
        and not one.statistic.by
        and one.estimates
    ]
    places = {display: place for place, display in enumerate(spec.displays)}

    def place(pair: tuple[Figure, Computed | None]) -> tuple[float, float]:
        return places.get(pair[0].display, LAST), pair[0].order if pair[1] is None else LAST

    return sorted([*((row, None) for row in spec.figures), *automatic], key=place)


def _name(row: Figure, made: Picture, taken: set[str]) -> str:
    """The name of the files: display and result; the Order is added where another figure of the two has it."""
    stem = re.sub(r"[^\w.-]", "_", "-".join(part for part in (row.display, made.result) if part))
    names = [stem, f"{stem}-{levels.shown(row.order)}"]
    names += [f"{names[-1]}-{number}" for number in range(2, len(taken) + 3)]
    return next(name for name in names if name not in taken)


def _drawn(spec: Spec, sheet: Sheet) -> Drawn:
    row, made, page = sheet.row, sheet.made, sheet.made.pages[sheet.number - 1]
    display = spec.displays.get(row.display)
    text = row.title or made.title or (display.title if display else row.display)
    footnotes = tuple(clean(note) for note in (row.footnote, *made.notes, made.source) if note)
    parts = [page.part] if page.part else []
    if len(made.pages) > 1:
        parts.append(f"page {sheet.number} of {len(made.pages)}")
    title = clean(text + (f" ({', '.join(parts)})" if parts else ""))
    frame = Frame(title, made.below, footnotes)
    files = picture.files(page.draw(frame), title, page.alt, page.points)
    of_page = sheet.name + (f"-p{sheet.number}" if len(made.pages) > 1 else "")
    return Drawn(of_page, row.display, made.result, title, files, page.alt, "\n".join(footnotes))
