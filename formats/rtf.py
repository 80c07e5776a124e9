"""Rich Text Format: documents of sections with running heads, tables whose header rows repeat, and pictures.

The words used here are those of the RTF specification 1.9.1 (Microsoft, 2008) that Word and LibreOffice read. All
lengths are twips, 1/1440 inch. What is written is ASCII; two calls with the same arguments give the same bytes.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

INCH = 1440
_SIGNS = {"\\": r"\\", "{": r"\{", "}": r"\}", "\n": r"\line ", "\t": r"\tab "}
_RULE = r"\brdrs\brdrw10"
PAGE = r"{\field{\*\fldinst PAGE}{\fldrslt 1}}"


def pages(count: int) -> str:
    """The field of the number of pages, which shows `count` until it is brought up to date."""
    return rf"{{\field{{\*\fldinst NUMPAGES}}{{\fldrslt {count}}}}}"


@dataclass(frozen=True)
class Font:
    """A font at a size in points, with lines of exactly `line` twips."""

    name: str
    size: float
    line: int

    @property
    def words(self) -> str:
        """Font, size and spacing of a paragraph."""
        return rf"\plain\f0\fs{round(2 * self.size)}\sl-{self.line}\slmult0"


@dataclass(frozen=True)
class Cell:
    """A cell: its text (escaped by `row`), the right edge, alignment `l`, `c` or `r`, and the rules above and below."""

    text: str
    right: int
    align: str = "l"
    indent: int = 0
    above: bool = False
    below: bool = False
    bold: bool = False
    bottom: bool = False


@dataclass(frozen=True)
class Section:
    """Pages with one running head and foot: of the first page, of the others. `body` is made by the functions here."""

    first_head: str
    head: str
    foot: str
    body: str
    top: int
    bottom: int


def escaped(text: str) -> str:
    r"""A text as RTF: signs of the format, and characters outside ASCII by their UTF-16 numbers.

    >>> print(escaped("a{b}\\c ≤ 5"))
    a\{b\}\\c \u8804? 5
    """
    out = []
    for sign in text:
        if sign in _SIGNS:
            out.append(_SIGNS[sign])
        elif " " <= sign <= "~":
            out.append(sign)
        elif sign >= "\x80":
            units = sign.encode("utf-16-le", "replace")
            out += [rf"\u{unit}?" for (unit,) in struct.iter_unpack("<h", units)]
    return "".join(out)


def paragraph(content: str, font: Font, align: str = "l", words: str = "") -> str:
    """A paragraph of content that is RTF already; `words` further control words."""
    return rf"\pard{font.words}\q{align}{words} {content}\par" + "\n"


def row(cells: Sequence[Cell], font: Font, header: bool = False) -> str:
    """A row of a table that stays on one page; a header row is repeated where the table breaks by itself."""
    out = [r"\trowd\trgaph0\trleft0\trkeep" + (r"\trhdr" if header else "") + "\n"]
    for cell in cells:
        rules = "".join(rf"\clbrdr{side}{_RULE}" for side, wanted in (("t", cell.above), ("b", cell.below)) if wanted)
        out.append(rf"{rules}\clvertal{'b' if cell.bottom else 't'}\cellx{cell.right}" + "\n")
    for cell in cells:
        indent = rf"\li{cell.indent}" if cell.indent else ""
        bold = r"\b" if cell.bold else ""
        out.append(rf"\pard\intbl{font.words}\q{cell.align}{indent}{bold} {escaped(cell.text)}\cell" + "\n")
    return "".join(out) + r"\row" + "\n"


def picture(png: bytes, width: int, height: int) -> str:
    """A PNG in the size that keeps its shape inside width and height."""
    across, down = struct.unpack(">II", png[16:24])
    scale = min(width / across, height / down)
    size = rf"\picw{across}\pich{down}\picwgoal{round(across * scale)}\pichgoal{round(down * scale)}"
    lines = re.sub("(.{128})", r"\1\n", png.hex())
    return rf"{{\pict\pngblip{size}" + "\n" + lines + "}"


def page_break(font: Font) -> str:
    """A page begins here: a paragraph too low to be seen that stands on top of it, between two tables."""
    return rf"\pard{font.words}\fs2\sl-20\pagebb \par" + "\n"


def edge(font: Font) -> str:
    """A paragraph too low to be seen. One has to follow a table; LibreOffice loses a section that begins with one."""
    return rf"\pard{font.words}\fs2\sl-20 \par" + "\n"


def document(title: str, sections: Iterable[Section], font: Font, width: int, height: int, margin: int) -> bytes:
    """A document on pages of width and height, with the same margin left, right, above the head, below the foot."""
    wide = width > height
    out = [
        r"{\rtf1\ansi\ansicpg1252\uc1\deff0\deflang1033",
        rf"{{\fonttbl{{\f0\fmodern\fprq1\fcharset0 {font.name};}}}}",
        rf"{{\info{{\title {escaped(title)}}}}}",
        rf"\paperw{width}\paperh{height}\margl{margin}\margr{margin}" + (r"\landscape" if wide else ""),
    ]
    size = rf"\pgwsxn{width}\pghsxn{height}" + (r"\lndscpsxn" if wide else "")
    for position, section in enumerate(sections):
        out.append((r"\sect" if position else "") + r"\sectd\sbkpage" + size)
        out += _section(section, margin)
    return ("\n".join(out) + "}\n").encode("ascii")


def _section(section: Section, margin: int) -> list[str]:
    edges = rf"\marglsxn{margin}\margrsxn{margin}\margtsxn{section.top}\margbsxn{section.bottom}"
    return [
        rf"{edges}\headery{margin // 2}\footery{margin // 2}\titlepg",
        rf"{{\headerf {section.first_head}}}",
        rf"{{\header {section.head}}}",
        rf"{{\footerf {section.foot}}}",
        rf"{{\footer {section.foot}}}",
        section.body,
    ]
