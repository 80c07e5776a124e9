"""Writes a document as PDF: title page, table of contents, bookmarks, named destinations, embedded fonts.

Two writes of one document are the same bytes: dates come from the document, the identifier from its content.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    ListFlowable,
    ListItem,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Spacer,
)
from reportlab.platypus import Paragraph as Lines
from reportlab.platypus import Table as Cells
from reportlab.platypus.tableofcontents import TableOfContents

from specs.markup import Inline, Run, plain
from specs.model import Study
from submission.document import fonts
from submission.document.canvas import NamingCanvas
from submission.document.model import Block, Bullets, Document, Heading, Paragraph, Table

MARGIN = 0.85 * inch
WIDTH = letter[0] - 2 * MARGIN
_INK, _LINK, _RULE, _SHADE = "#1b2733", "#0b4f9c", "#9fb0c0", "#eef2f6"
# What must fit below a heading, or it starts the next page.
_ROOM = 1.3 * inch
_SIZES = {1: 15, 2: 12, 3: 10.5}


def _style(name: str, size: float, **further: Any) -> ParagraphStyle:
    given = {"fontName": fonts.REGULAR, "bulletFontName": fonts.REGULAR, "textColor": colors.HexColor(_INK)}
    given |= {"leading": size * 1.38, **further}
    return ParagraphStyle(name, fontSize=size, **given)


def styles() -> dict[str, ParagraphStyle]:
    """The styles of text, by name."""
    found = {
        "body": _style("body", 9.2, spaceAfter=5),
        "minor": _style("minor", 9.6, fontName=fonts.BOLD, spaceBefore=5, spaceAfter=3),
        "cell": _style("cell", 7.6, leading=9.8, splitLongWords=1),
        "head": _style("head", 7.6, fontName=fonts.BOLD, leading=9.8),
        "title": _style("title", 23, fontName=fonts.BOLD, spaceAfter=10),
        "study": _style("study", 13, spaceAfter=24),
        "line": _style("line", 10, spaceAfter=4),
        "contents": _style("contents", 15, fontName=fonts.BOLD, spaceAfter=8),
    }
    for level, size in _SIZES.items():
        found[f"h{level}"] = _style(
            f"h{level}", size, fontName=fonts.BOLD, spaceBefore=16 - 3 * level, spaceAfter=5
        )
        found[f"toc{level}"] = _style(f"toc{level}", 9.2, leftIndent=14 * (level - 1), leading=13)
    return found


class Pages(BaseDocTemplate):
    """Pages with a header line and page numbers; headings become bookmarks, destinations and lines of contents.

    places: after the build, the page of every named destination.
    """

    def __init__(self, stream: io.BytesIO, title: str, study: str, created: datetime, size: Any = letter) -> None:
        super().__init__(
            stream, pagesize=size, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
            invariant=1, title=title, author=study, subject=f"Study {study}", creator="trialspec", lang="en-US",
        )  # fmt: skip
        self.shown, self.study, self.created = title, study, created
        self.places: dict[str, int] = {}
        frame = Frame(MARGIN, MARGIN, size[0] - 2 * MARGIN, size[1] - 2 * MARGIN, 0, 0, 0, 0, id="page")
        self.addPageTemplates(
            [PageTemplate("first", [frame], onPage=self.dated), PageTemplate("later", [frame], onPage=self.furniture)]
        )

    def dated(self, canvas: Any, document: Any) -> None:
        """What is said once of the file: its date, and that readers show the bookmarks."""
        moment = self.created
        canvas.setDateFormatter(lambda *parts: f"D:{moment:%Y%m%d%H%M%S}Z")
        canvas.showOutline()
        canvas.setViewerPreference("DisplayDocTitle", "true")

    def furniture(self, canvas: Any, document: Any) -> None:
        """Header and footer."""
        self.dated(canvas, document)
        width, height = self.pagesize
        canvas.saveState()
        canvas.setFont(fonts.REGULAR, 7.5)
        canvas.setFillColor(colors.HexColor("#55677a"))
        canvas.drawString(MARGIN, height - MARGIN * 0.6, f"Study {self.study}")
        canvas.drawRightString(width - MARGIN, height - MARGIN * 0.6, self.shown)
        canvas.drawRightString(width - MARGIN, MARGIN * 0.55, f"Page {canvas.getPageNumber()}")
        canvas.restoreState()

    def afterPage(self) -> None:
        self.places = dict(sorted(self.canv.places.items()))

    def afterFlowable(self, flowable: Any) -> None:
        heading = getattr(flowable, "heading", None)
        if heading is None:
            return
        top = self.frame._y + flowable.height + 4
        self.canv.bookmarkHorizontalAbsolute(heading.anchor, top, left=0)
        self.canv.addOutlineEntry(heading.text, heading.anchor, heading.level - 1, closed=heading.level > 1)
        self.notify("TOCEntry", (heading.level - 1, escape(heading.text), self.page, heading.anchor))


def pdf_bytes(document: Document, study: Study) -> bytes:
    """The document as a PDF file. Raises DataError for a character that the font does not have."""
    fonts.register(study)
    fonts.check_characters(_texts(document), document.title)
    stream = io.BytesIO()
    looks = styles()
    contents = TableOfContents(levelStyles=[looks[f"toc{level}"] for level in _SIZES], dotsMinLevel=0)
    story: list[Flowable] = [
        Spacer(1, 2 * inch), Lines(escape(document.title), looks["title"]),
        Lines(escape(f"Study {document.study}"), looks["study"]),
        *(Lines(escape(line), looks["line"]) for line in document.lines),
        NextPageTemplate("later"), PageBreak(), Lines("Contents", looks["contents"]), contents, PageBreak(),
    ]  # fmt: skip
    for block in document.blocks:
        story += _flowables(block, looks)
    Pages(stream, document.title, document.study, document.created).multiBuild(story, canvasmaker=NamingCanvas)
    return stream.getvalue()


def _texts(document: Document) -> Iterator[str]:
    yield from (document.title, document.study, *document.lines)
    for block in document.blocks:
        if isinstance(block, Heading):
            yield block.text
        elif isinstance(block, Paragraph):
            yield plain(block.runs)
        elif isinstance(block, Bullets):
            yield from (plain(item) for item in block.items)
        else:
            yield from (*block.head, *(plain(cell) for row in block.rows for cell in row))


def _flowables(block: Block, looks: dict[str, ParagraphStyle]) -> list[Flowable]:
    if isinstance(block, Heading):
        line = Lines(escape(block.text), looks[f"h{block.level}"])
        line.heading = block
        return [CondPageBreak(_ROOM), line]
    if isinstance(block, Paragraph):
        line = Lines(inline_xml(block.runs), looks["minor" if block.minor else "body"])
        leads = block.minor or plain(block.runs).endswith(":")
        return [CondPageBreak(_ROOM / 2), line] if leads else [line]
    if isinstance(block, Bullets):
        items = [ListItem(Lines(inline_xml(item), looks["body"]), leftIndent=12, spaceAfter=1) for item in block.items]
        return [ListFlowable(items, bulletType="bullet", start="•", bulletFontName=fonts.REGULAR, leftIndent=12)]
    return [_table(block, looks), Spacer(1, 8)]


def _table(table: Table, looks: dict[str, ParagraphStyle]) -> Cells:
    share = WIDTH / sum(table.widths)
    headed = any(table.head)
    lines = [[Lines(escape(name), looks["head"]) for name in table.head]] if headed else []
    lines += [[Lines(inline_xml(cell), looks["cell"]) for cell in row] for row in table.rows]
    rule = colors.HexColor(_RULE)
    return Cells(
        lines, [width * share for width in table.widths], repeatRows=int(headed),
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.35, rule),
            ("LINEABOVE", (0, 0), (-1, 0), 0.7, rule),
            ("BACKGROUND", (0, 0), (-1, int(headed) - 1), colors.HexColor(_SHADE if headed else "#ffffff")),
            ("LEFTPADDING", (0, 0), (-1, -1), 4), ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ],
    )  # fmt: skip


def inline_xml(runs: Inline) -> str:
    """Runs in the markup of the PDF library."""
    return "".join(_run(run) for run in runs)


def _run(run: Run) -> str:
    text = escape(run.text).replace("\n", "<br/>")
    if run.code:
        text = f'<font face="{fonts.MONO}" size="-0.8">{text}</font>'
    if run.italic:
        text = f"<i>{text}</i>"
    if run.bold:
        text = f"<b>{text}</b>"
    if run.link:
        address = f"pdf:{run.link}" if run.link.endswith(".pdf") else run.link
        text = f'<a href="{escape(address, {chr(34): "&quot;"})}" color="{_LINK}">{text}</a>'
    return text
