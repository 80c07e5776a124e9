"""Writes the annotated CRF: a page or more per form, its questions with the SDTM variables beside them.

Look and wording follow CDISC's Metadata Submission Guidelines for SDTMIG (2.0, section 3): a colour per domain in the
order in which the domains stand on the form, black bold text in boxes, `when` for the records of one test, dashed
boxes for what is not collected, [NOT SUBMITTED], and bookmarks by visit and by form.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.platypus import Flowable, NextPageTemplate, PageBreak, Spacer
from reportlab.platypus import Paragraph as Lines
from reportlab.platypus import Table as Cells
from reportlab.platypus.tableofcontents import TableOfContents

from specs.model import Spec
from specs.wildcards import prefix
from submission.acrf.annotations import ALL, COLLECTED, RECORD
from submission.acrf.forms import HEADER, Box, Form, Question
from submission.document import fonts
from submission.document.canvas import PRIVATE, NamingCanvas
from submission.document.pdf import MARGIN, Pages, styles

TITLE = "Annotated Case Report Form"
_FIRST = "contents"
NOT_SUBMITTED = "[NOT SUBMITTED]"
# The four colours of the guidelines, then further light ones for forms that fill more domains.
_COLOURS = ("#bfffff", "#ffff96", "#96ff96", "#ffbe9b", "#e3d2ff", "#ffd6ec", "#d9e3ec", "#e8e8b8")
_WIDTHS = (0.17, 0.25, 0.22, 0.36)
_HEADS = ("Raw columns", "Question", "Codes", "SDTM annotation")
_NOTES = (
    "A page shows a raw form: its questions, the columns of the raw table that hold the answers, and beside them the "
    "SDTM variables that these columns fill. It is made from the mapping that builds the datasets.",
    "A box with a solid line is a variable whose origin is Collected; one with a dashed line is a variable that is "
    "assigned or derived from the answer, or says that the answer decides whether there is a record.",
    "Each domain of a form has a colour of its own. Variables of supplemental qualifiers are written with the name of "
    "the SUPP-- dataset. Every box is a named destination (such as AE.AETERM) to which define.xml refers.",
)


class _Box(Flowable):
    """An annotation: text in a coloured box, which is a named destination."""

    def __init__(self, text: str, colour: str, dashed: bool, destination: str = "") -> None:
        super().__init__()
        style = ParagraphStyle("box", fontName=fonts.BOLD, fontSize=7.6, leading=9.4, textColor=colors.black)
        self.words, self.colour, self.dashed, self.destination = Lines(escape(text), style), colour, dashed, destination

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        self.width = width
        _, inner = self.words.wrap(width - 8, height)
        self.height = inner + 5
        return width, self.height + 4

    def draw(self) -> None:
        canvas = self.canv
        canvas.saveState()
        canvas.setFillColor(colors.HexColor(self.colour))
        canvas.setLineWidth(0.6)
        if self.dashed:
            canvas.setDash(2.5, 1.8)
        canvas.rect(0, 1, self.width, self.height, stroke=1, fill=1)
        canvas.restoreState()
        self.words.drawOn(canvas, 4, 3.5)
        if self.destination:
            canvas.bookmarkHorizontal(self.destination, 0, self.height + 6)


class _Place(Flowable):
    """No ink: names of the place where it stands."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names = names

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return 0, 0

    def draw(self) -> None:
        for name in self.names:
            self.canv.bookmarkHorizontal(name, 0, 18)


class _Outline(Flowable):
    """No ink: the bookmarks, by visit and by form, once all places are known."""

    def __init__(self, entries: Sequence[tuple[str, str, int]]) -> None:
        super().__init__()
        self.entries = entries

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        return 0, 0

    def draw(self) -> None:
        for title, destination, level in self.entries:
            self.canv.addOutlineEntry(title, destination, level, closed=level == 1)


class _FormPages(Pages):
    """Pages whose form titles become lines of the contents."""

    def afterFlowable(self, flowable: Any) -> None:
        line = getattr(flowable, "line", None)
        if line is not None:
            self.notify("TOCEntry", (0, escape(line[0]), self.page, line[1]))


def acrf_bytes(spec: Spec, forms: Sequence[Form], visits: Sequence[str] = ()) -> tuple[bytes, dict[str, int]]:
    """The annotated CRF as a PDF file, and the page of every named destination.

    visits: the planned visits in order; those that forms name beside them follow. Raises DataError for a character
    that the font does not have.
    """
    study = spec.study
    fonts.register(study)
    fonts.check_characters(_texts(forms, spec), TITLE)
    looks = styles()
    stream = io.BytesIO()
    contents = TableOfContents(levelStyles=[looks["toc1"]], dotsMinLevel=0)
    story: list[Flowable] = [
        Spacer(1, 2 * inch), Lines(TITLE, looks["title"]), Lines(escape(f"Study {study.id}"), looks["study"]),
        *(Lines(escape(text), looks["line"]) for text in _NOTES),
        NextPageTemplate("later"), PageBreak(), _Place([_FIRST]), Lines("Contents", looks["contents"]), contents,
    ]  # fmt: skip
    entries = list(_entries(forms, visits))
    for form in forms:
        names = [form.destination, *(name for name, entry in _names(entries) if entry[1] == form.destination)]
        story += [PageBreak(), _Place(names), *_form(form, spec, looks)]
    story.append(_Outline([(title, name, level) for name, (title, _, level) in _names(entries)]))
    pages = _FormPages(stream, TITLE, study.id, study.created, letter)
    pages.multiBuild(story, canvasmaker=NamingCanvas)
    return stream.getvalue(), pages.places


def _texts(forms: Sequence[Form], spec: Spec) -> Iterator[str]:
    yield from (spec.study.id, *_NOTES)
    for form in forms:
        yield from (form.title, form.name, *form.visits)
        for question in form.questions:
            yield from (question.text, question.reason, *question.codes, *question.columns)
            yield from (box.annotation.text for box in question.boxes)


def shown_title(form: Form) -> str:
    """The title of a form with its raw table."""
    if form.name == HEADER:
        return form.title
    return f"{form.title} ({form.name})" if form.title else form.name


def _names(entries: Sequence[tuple[str, str, int]]) -> list[tuple[str, tuple[str, str, int]]]:
    """Each bookmark with a name of its own, for the PDF library knows only one bookmark of a name."""
    return [(f"{PRIVATE}{n}" if entry[1] != _FIRST else _FIRST, entry) for n, entry in enumerate(entries)]


def _entries(forms: Sequence[Form], visits: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """Title, destination and level of every bookmark."""
    yield "Contents", _FIRST, 0
    named = dict.fromkeys([*visits, *(visit for form in forms for visit in form.visits)])
    used = [visit for visit in named if any(visit in form.visits for form in forms)]
    for number, visit in enumerate(used):
        if not number:
            yield "Forms by visit", next(f.destination for f in forms if visit in f.visits), 0
        held = [form for form in forms if visit in form.visits]
        yield visit, held[0].destination, 1
        for form in held:
            yield shown_title(form), form.destination, 2
    yield "All forms", forms[0].destination, 0
    for form in forms:
        yield shown_title(form), form.destination, 1


def _form(form: Form, spec: Spec, looks: Mapping[str, ParagraphStyle]) -> Iterator[Flowable]:
    title = Lines(escape(shown_title(form)), looks["h1"])
    title.line = (shown_title(form), form.destination)
    yield title
    if form.visits:
        yield Lines(escape(f"Visits: {', '.join(form.visits)}"), looks["body"])
    tints = {name: _COLOURS[number % len(_COLOURS)] for number, name in enumerate(form.datasets)}
    if tints and form.name != HEADER:
        boxes = [_Box(_domain_title(spec, name), tint, dashed=False) for name, tint in tints.items()]
        rows = [boxes[start : start + 2] for start in range(0, len(boxes), 2)]
        width = (letter[0] - 2 * MARGIN) / 2
        yield Cells([[*row, *[""] * (2 - len(row))] for row in rows], [width] * 2, style=_BARE)
        yield Spacer(1, 5)
    yield _questions(form, tints, looks)


_BARE = [("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 6),
         ("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)]  # fmt: skip


def _domain_title(spec: Spec, name: str) -> str:
    """`AE (Adverse Events)`; a split dataset has its domain before it."""
    label = spec.datasets[name].label if name in spec.datasets else ""
    domain = prefix(name)
    shown = name if domain == name else f"{name}, domain {domain}"
    return f"{shown} ({label})" if label else shown


def _questions(form: Form, tints: Mapping[str, str], looks: Mapping[str, ParagraphStyle]) -> Cells:
    small = looks["cell"]
    lines: list[list[Any]] = [[Lines(name, looks["head"]) for name in _HEADS]]
    for question in form.questions:
        names = (f'<font face="{fonts.MONO}">{escape(name)}</font>' for name in question.columns)
        columns = Lines(" ".join(names), small)
        codes = Lines("<br/>".join(escape(code) for code in question.codes), small)
        boxes = _header_boxes(question) if form.name == HEADER else list(_boxes(question.boxes, tints))
        lines.append([columns, Lines(escape(question.text), small), codes, boxes or [_nothing(question)]])
    width = letter[0] - 2 * MARGIN
    rule = colors.HexColor("#9fb0c0")
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.35, rule),
        ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#eef2f6")),
        ("LEFTPADDING", (0, 0), (-1, -1), 3), ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 3), ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]  # fmt: skip
    return Cells(lines, [width * share for share in _WIDTHS], repeatRows=1, style=style)


def _boxes(boxes: Iterable[Box], tints: Mapping[str, str]) -> Iterator[_Box]:
    for box in boxes:
        one = box.annotation
        tint = tints.get(one.dataset.removeprefix("SUPP"), "#ffffff")
        yield _Box(one.text, tint, one.kind != COLLECTED, box.destination)


def _header_boxes(question: Question) -> list[Flowable]:
    """What a header item fills, variable by variable; each box names the places of all datasets."""
    by_variable: dict[tuple[str, bool], list[Box]] = {}
    for box in question.boxes:
        one = box.annotation
        if one.kind != RECORD:
            by_variable.setdefault((one.variable, one.kind == COLLECTED), []).append(box)
    found: list[Flowable] = []
    for (variable, collected), boxes in by_variable.items():
        datasets = [box.annotation.dataset for box in boxes if box.annotation.dataset != ALL]
        text = f"{variable} in {', '.join(dict.fromkeys(datasets))}" if datasets else variable
        found += [_Place([box.destination for box in boxes]), _Box(text, "#ffffff", not collected)]
    return found


def _nothing(question: Question) -> _Box:
    reason = f" {question.reason}" if question.reason else ""
    return _Box(f"{NOT_SUBMITTED}{reason}", "#ffffff", dashed=False)


def not_submitted(forms: Iterable[Form]) -> list[tuple[Form, Question]]:
    """The questions of which nothing is submitted."""
    return [(form, question) for form in forms for question in form.questions if not question.boxes]
