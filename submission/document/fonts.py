"""The fonts of PDF documents, embedded: those of the study, or DejaVu Sans, which the package matplotlib carries.

A character that the font does not have would be a blank box, so it is an error that names it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from specs.model import Study
from specs.problem import DataError, Place, Problem

REGULAR, BOLD, ITALIC, BOLD_ITALIC, MONO = "Doc", "Doc-Bold", "Doc-Italic", "Doc-BoldItalic", "Doc-Mono"
_SHIPPED = {
    REGULAR: "DejaVuSans.ttf",
    BOLD: "DejaVuSans-Bold.ttf",
    ITALIC: "DejaVuSans-Oblique.ttf",
    BOLD_ITALIC: "DejaVuSans-BoldOblique.ttf",
    MONO: "DejaVuSansMono.ttf",
}
_FROM_BOLD = (BOLD, BOLD_ITALIC)


def files_of(study: Study) -> dict[str, Path]:
    """The file of each font. Raises DataError for one that is not in the folder of the study."""
    own, bold = study.package.font, study.package.font_bold or study.package.font
    if not own:
        return {name: _shipped() / file for name, file in _SHIPPED.items()}
    found = {name: study.folder / (bold if name in _FROM_BOLD else own) for name in _SHIPPED}
    missing = sorted({path for path in found.values() if not path.is_file()})
    if missing:
        hint = "put it there, or take it out of [package] in study.toml"
        raise DataError([Problem(Place(str(path)), "is not there", hint) for path in missing])
    return found


def _shipped() -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def register(study: Study) -> None:
    """Make the fonts known to the PDF library. Raises DataError for a file that is no TrueType font."""
    from reportlab.lib.fonts import addMapping
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    for name, path in files_of(study).items():
        try:
            pdfmetrics.registerFont(TTFont(name, str(path)))
        except (TTFError, OSError) as error:
            raise DataError([Problem(Place(str(path)), f"is no TrueType font: {error}")]) from None
    for bold, italic, name in ((0, 0, REGULAR), (1, 0, BOLD), (0, 1, ITALIC), (1, 1, BOLD_ITALIC)):
        addMapping(REGULAR, bold, italic, name)
    addMapping(MONO, 0, 0, MONO)


def check_characters(texts: Iterable[str], document: str) -> None:
    """Raise DataError for a character that the registered font does not have."""
    from reportlab.pdfbase import pdfmetrics

    known = pdfmetrics.getFont(REGULAR).face.charToGlyph
    seen: dict[str, str] = {}
    for text in texts:
        for sign in set(text):
            if ord(sign) not in known and sign not in "\n\t":
                seen.setdefault(sign, text)
    hint = "write it otherwise, or name a font that has it: font below [package] in study.toml"
    problems = [
        Problem(Place(document), f"the font has no {sign!r} (U+{ord(sign):04X}), in {text[:60]!r}", hint)
        for sign, text in sorted(seen.items())
    ]
    if problems:
        raise DataError(problems)
