"""The displays as RTF in the form of a clinical study report: landscape, one width of sign, heads on every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from formats import rtf
from results import pages
from results.figures import Drawn, typographic
from results.layout import Column
from results.pages import Broken
from results.shown import Shown
from specs.model import Study

# US Letter, landscape; a text of 9 by 6.5 inches at most, which fits A4 too.
WIDTH, HEIGHT, MARGIN = 11 * rtf.INCH, 17 * rtf.INCH // 2, rtf.INCH
ACROSS = WIDTH - 2 * MARGIN
FONT = "Courier New"
# Sizes in points that are tried until no cell is broken, with the height of a line; a sign is 0.6 of the size wide.
SIZES = ((9.0, 200), (8.0, 180), (7.0, 160))
# Notes of more lines than this stand after the table instead of at the foot of each page.
FOOT_MOST = 12


@dataclass(frozen=True)
class _Form:
    """How a display is set: font, signs across, the width of each column in signs."""

    font: rtf.Font
    room: int
    widths: tuple[int, ...]

    def edge(self, columns: int) -> int:
        """The right edge of the labels and so many columns."""
        if columns == len(self.widths) - 1:
            return ACROSS
        return round(sum(self.widths[: columns + 1]) * ACROSS / self.room)


def files(shown: Sequence[Shown], study: Study) -> dict[str, bytes]:
    """`tables/<display>.rtf` of each display, and `tables.rtf` of all."""
    out: dict[str, bytes] = {}
    made = [(one, section(one, study)) for one in shown]
    for one, (built, count) in made:
        out[f"tables/{one.name}.rtf"] = _document(f"{one.number} {one.title}", [_counted(built, count)])
    if made:
        total = sum(count for _, (_, count) in made)
        out["tables.rtf"] = _document(f"{study.id}: tables", [_counted(built, total) for _, (built, _) in made])
    return out


def _document(title: str, sections: Sequence[rtf.Section]) -> bytes:
    return rtf.document(typographic(title), sections, rtf.Font(FONT, *SIZES[0]), WIDTH, HEIGHT, MARGIN)


def _counted(section: rtf.Section, count: int) -> rtf.Section:
    """The section with the number of pages in its heads."""
    first, other = (text.replace(_COUNT, rtf.pages(count)) for text in (section.first_head, section.head))
    return rtf.Section(first, other, section.foot, section.body, section.top, section.bottom)


_COUNT = "\x00pages\x00"


def section(shown: Shown, study: Study) -> tuple[rtf.Section, int]:
    """A display as a section, and how many pages it has; the number of pages is put in by `files`."""
    form = _form(shown)
    notes = _notes(shown, form.room)
    in_foot = notes if len(notes) <= FOOT_MOST else []
    foot = [*in_foot, *pages.broken(typographic(shown.source), form.room)]
    titles = _titles(shown)
    line = form.font.line
    top = MARGIN // 2 + (len(titles) + 3) * line
    bottom = MARGIN // 2 + (len(foot) + 1) * line
    body, count = _body(shown, form, (HEIGHT - top - bottom - 2 * 20) // line - 1, [] if in_foot else notes)
    heads = [_head(study.id, titles, form.font, continued) for continued in ("", pages.CONTINUED)]
    return rtf.Section(heads[0], heads[1], _foot(foot, form.font), body, top, bottom), count


def _form(shown: Shown) -> _Form:
    """The largest font at which no cell is broken, else the smallest."""
    for size, line in SIZES:
        room = int(ACROSS / (size * 0.6 * 20))
        if pages.needed(shown) <= room or (size, line) == SIZES[-1]:
            break
    return _Form(rtf.Font(FONT, size, line), room, pages.widths(shown, room))


def _titles(shown: Shown) -> list[str]:
    return [typographic(text) for text in (shown.number, shown.title, shown.subtitle, shown.population) if text]


def _notes(shown: Shown, room: int) -> list[str]:
    texts = [*shown.notes, *([shown.abbreviations] if shown.abbreviations else [])]
    return [line for text in texts for line in pages.broken(typographic(text), room)]


def _head(study: str, titles: Sequence[str], font: rtf.Font, continued: str) -> str:
    number = rf"\tab Page {rtf.PAGE} of {_COUNT}"
    lines = [rtf.paragraph(rtf.escaped(study) + number, font, words=rf"\tqr\tx{ACROSS}"), rtf.paragraph("", font)]
    lines += [
        rtf.paragraph(rtf.escaped(text + (continued if position == 0 else "")), font, "c")
        for position, text in enumerate(titles)
    ]
    return "".join(lines)


def _foot(lines: Sequence[str], font: rtf.Font) -> str:
    first = r"\brdrt\brdrs\brdrw5\brsp40"
    return "".join(
        rtf.paragraph(rtf.escaped(line), font, words=first if position == 0 else "")
        for position, line in enumerate(lines)
    )


def _body(shown: Shown, form: _Form, most: int, notes: Sequence[str]) -> tuple[str, int]:
    """The pages of the table, then the notes that did not fit the foot, then a page for each figure."""
    head, used = _columns(shown, form)
    found = pages.paged(pages.rows(_typographic(shown), form.widths), most - used) if shown.columns else []
    parts = [head + "".join(_row(row, form, row is page[-1]) for row in page) for page in found]
    if not parts and not shown.figures:
        parts.append(rtf.paragraph(rtf.escaped("No subjects, so no columns and no numbers."), form.font))
    taken = sum(row.lines for row in found[-1]) + used if found else 0
    texts = ["".join(rtf.paragraph(rtf.escaped(note), form.font) for note in notes)] if notes else []
    if notes and found and taken + len(notes) + 1 <= most:
        parts[-1] += rtf.paragraph("", form.font) + texts.pop()
    parts += texts
    parts += [_picture(figure, form.font, most) for figure in shown.figures]
    edge = rtf.edge(form.font)
    return edge + rtf.page_break(form.font).join(parts) + edge, len(parts)


def _typographic(shown: Shown) -> Shown:
    """A table with the comparisons of its texts as signs; a listing shows its values as the data have them."""
    if shown.is_listing:
        return shown
    rows = tuple(
        replace(row, label=typographic(row.label), cells=tuple(typographic(cell) for cell in row.cells))
        for row in shown.rows
    )
    return replace(shown, rows=rows)


def _columns(shown: Shown, form: _Form) -> tuple[str, int]:
    """The header rows, and how many lines they take."""
    labels = [pages.broken(_label(column), width - pages.GAP) for column, width in zip(shown.columns, form.widths[1:])]
    cells = [] if shown.is_listing else [rtf.Cell("", form.edge(0), above=True, below=True)]
    plain = not shown.heading
    align = "l" if shown.is_listing else "c"
    cells += [
        rtf.Cell("\n".join(label), form.edge(position), align, above=plain, below=True, bottom=True)
        for position, label in enumerate(labels, 1)
    ]
    lines = max((len(label) for label in labels), default=1)
    head = ""
    if shown.heading:
        over = rtf.Cell(typographic(shown.heading), ACROSS, "c", above=True, below=True)
        edge = [] if shown.is_listing else [rtf.Cell("", form.edge(0), above=True)]
        head = rtf.row([*edge, over], form.font, header=True)
        if edge:
            cells[0] = rtf.Cell("", form.edge(0), below=True)
    return head + rtf.row(cells, form.font, header=True), lines + (1 if shown.heading else 0)


def _label(column: Column) -> str:
    text = typographic(column.label)
    return text if column.subjects is None else f"{text}\n(N={column.subjects})"


def _row(row: Broken, form: _Form, last: bool) -> str:
    indent = round(row.indent * pages.STEP * form.font.size * 12)
    if not row.cells:
        return rtf.row([rtf.Cell(row.label, ACROSS, indent=indent, below=last)], form.font)
    cells = [rtf.Cell(row.label, form.edge(0), indent=indent, below=last)] if form.widths[0] else []
    align = "c" if form.widths[0] else "l"
    cells += [rtf.Cell(cell, form.edge(at), align, below=last) for at, cell in enumerate(row.cells, 1)]
    return rtf.row(cells, form.font)


def _picture(figure: Drawn, font: rtf.Font, most: int) -> str:
    files: Mapping[str, bytes] = figure.files
    picture = rtf.picture(files["png"], ACROSS, (most - 1) * font.line)
    return rf"\pard\plain\qc {picture}\par" + "\n"
