"""Writes a document as DOCX, for those who go on writing in it. Two writes of one document are the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_BREAK
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Inches, Pt, RGBColor

from specs.markup import Inline, Run
from submission.document.model import Bullets, Document, Heading, Paragraph, Table

_STAMP = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP file can state
_RULE, _SHADE = "9FB0C0", "EEF2F6"
_FONT, _INK, _LINK = "Arial", RGBColor(0x1B, 0x27, 0x33), "0B4F9C"
_SIZES = {1: 15, 2: 12, 3: 10.5}


def docx_bytes(document: Document) -> bytes:
    """The document as a DOCX file."""
    word = docx.Document()
    _looks(word)
    _properties(word, document)
    _furniture(word, document)
    word.add_paragraph(document.title, style="Title")
    for line in (f"Study {document.study}", *document.lines):
        word.add_paragraph(line)
    word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    _contents(word, document.headings)
    for number, block in enumerate(document.blocks):
        if isinstance(block, Heading):
            _bookmark(word.add_heading(block.text, block.level), block.anchor, number)
        elif isinstance(block, Paragraph):
            _runs(word.add_paragraph(), block.runs, bold=block.minor)
        elif isinstance(block, Bullets):
            for item in block.items:
                _runs(word.add_paragraph(style="List Bullet"), item)
        else:
            _table(word, block)
    stream = io.BytesIO()
    word.save(stream)
    return _repacked(stream.getvalue())


def _looks(word: Any) -> None:
    section = word.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Inches(8.5), Inches(11)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Inches(0.85)
    for name, size in (("Normal", 9.5), ("Title", 22), *((f"Heading {level}", size) for level, size in _SIZES.items())):
        style = word.styles[name]
        style.font.name, style.font.size = _FONT, Pt(size)
        style.font.color.rgb = _INK
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{kind}"), _FONT)
        for theme in ("asciiTheme", "hAnsiTheme", "cstheme", "eastAsiaTheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
    word.styles["Normal"].paragraph_format.space_after = Pt(5)


def _properties(word: Any, document: Document) -> None:
    known = word.core_properties
    known.title, known.subject, known.author = document.title, f"Study {document.study}", document.study
    known.created = known.modified = document.created
    known.last_modified_by, known.comments, known.keywords, known.revision = document.study, "", "", 1


def _furniture(word: Any, document: Document) -> None:
    """Header and page number."""
    section = word.sections[0]
    section.header.paragraphs[0].text = f"Study {document.study} - {document.title}"
    footer = section.footer.paragraphs[0]
    footer.add_run("Page ")
    _field(footer, "PAGE", "1")


def _field(paragraph: Any, code: str, shown: str) -> None:
    """A field, with what it shows until the reader's program computes it."""
    for kind in ("begin", "separate", "end"):
        run = paragraph.add_run()
        mark = OxmlElement("w:fldChar")
        mark.set(qn("w:fldCharType"), kind)
        if kind == "separate":
            instruction = OxmlElement("w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = f" {code} "
            run._r.append(instruction)
        run._r.append(mark)
        if kind == "separate":
            paragraph.add_run(shown)


def _contents(word: Any, headings: Sequence[Heading]) -> None:
    """The headings as links; page numbers are the business of the program that shows the file."""
    _runs(word.add_paragraph(), (Run("Contents"),), bold=True)
    for heading in headings:
        paragraph = word.add_paragraph()
        paragraph.paragraph_format.left_indent = Inches(0.25 * (heading.level - 1))
        paragraph.paragraph_format.space_after = Pt(1)
        _runs(paragraph, (Run(heading.text, link=f"#{heading.anchor}"),))
    word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _bookmark(paragraph: Any, anchor: str, number: int) -> None:
    for kind in ("bookmarkStart", "bookmarkEnd"):
        mark = OxmlElement(f"w:{kind}")
        mark.set(qn("w:id"), str(number))
        if kind == "bookmarkStart":
            mark.set(qn("w:name"), bookmark_name(anchor))
            paragraph._p.insert(1, mark)
        else:
            paragraph._p.append(mark)


def bookmark_name(anchor: str) -> str:
    """An anchor as a bookmark: a letter, then letters, digits and `_`, at most 40.

    >>> bookmark_name("sec-2.3")
    'b_sec_2_3'
    """
    return f"b_{re.sub(r'[^A-Za-z0-9]', '_', anchor)}"[:40]


def _runs(paragraph: Any, runs: Inline, bold: bool = False, size: float = 0) -> None:
    for run in runs:
        target = _linked(paragraph, run.link) if run.link else paragraph._p
        piece = paragraph.add_run(run.text)
        piece.bold, piece.italic = run.bold or bold or None, run.italic or None
        if run.code:
            piece.font.name = "Courier New"
        if size:
            piece.font.size = Pt(size)
        if run.link:
            piece.font.color.rgb, piece.font.underline = RGBColor.from_string(_LINK), True
            target.append(piece._r)


def _linked(paragraph: Any, link: str) -> Any:
    element = OxmlElement("w:hyperlink")
    if link.startswith("#"):
        element.set(qn("w:anchor"), bookmark_name(link[1:]))
    else:
        key = paragraph.part.relate_to(link, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        element.set(qn("r:id"), key)
    paragraph._p.append(element)
    return element


def _table(word: Any, table: Table) -> None:
    headed = any(table.head)
    grid = word.add_table(rows=headed + len(table.rows), cols=len(table.head), style="Table Grid")
    grid.autofit = False
    share = 6.8 / sum(table.widths)
    for column, width in zip(grid.columns, table.widths):
        column.width = Inches(width * share)
    _ruled(grid)
    head = [tuple((Run(name, bold=True),) for name in table.head)] if headed else []
    lines = [*head, *table.rows]
    # python-docx finds a cell anew each time that it is asked; the cells of the whole table once are far quicker.
    cells = list(grid._cells)
    for number, line in enumerate(lines):
        for place, runs in enumerate(line):
            cell = cells[number * len(table.head) + place]
            cell.width = Inches(table.widths[place] * share)
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(1)
            _runs(paragraph, runs, size=8)
    if headed:
        grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for cell in cells[: len(table.head)]:
            cell._tc.get_or_add_tcPr().append(_element("shd", val="clear", color="auto", fill=_SHADE))
    word.add_paragraph().paragraph_format.space_after = Pt(2)


def _ruled(grid: Any) -> None:
    """Thin grey lines between the rows, and none between the columns."""
    borders = OxmlElement("w:tblBorders")
    for edge in ("top", "left", "bottom", "right", "insideH", "insideV"):
        shown = "nil" if edge in ("left", "right", "insideV") else "single"
        borders.append(_element(edge, val=shown, sz="4", space="0", color=_RULE))
    grid._tbl.tblPr.append(borders)


def _element(name: str, **attributes: str) -> Any:
    found = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        found.set(qn(f"w:{key}"), value)
    return found


def _repacked(content: bytes) -> bytes:
    """The parts of the file in their order with one time, so that nothing says when it was written."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            new.writestr(entry, old.read(name))
    return stream.getvalue()
