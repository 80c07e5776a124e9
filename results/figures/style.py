"""How figures look: colours, line styles, type; texts made to fit, with the measure of the font."""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties


# Dark blue and orange of the Okabe-Ito palette and two more, of falling darkness; the line style tells them
# apart without colour.
COLOURS = ("#0B3C6F", "#D55E00", "#007A5E", "#8A8A8A")
STYLES: tuple[Any, ...] = ("-", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)))
# For values in order: from light to dark, so that they stay apart in black and white; from yellow to violet, which
# every common kind of colour blindness leaves apart.
STEPS = ("#EEEBDD", "#F0CB50", "#E8973B", "#C8573E", "#842A5B", "#260C3B")
INK, SOFT, FAINT = "#1F2933", "#52606D", "#9AA5B1"
FAMILY = "DejaVu Sans"
SETTINGS: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": [FAMILY],
    "font.size": 9.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.dpi": 160,
    "savefig.dpi": 160,
    "svg.fonttype": "none",
    "svg.hashsalt": "trialspec",
    # A text of the data is shown as it stands, `$` included.
    "text.parse_math": False,
    "path.simplify": False,
}
ELLIPSIS = "…"


@contextmanager
def drawing() -> Iterator[None]:
    """The settings of every figure, whatever those of the user are.

    A character that the font lacks is drawn as a box in the PNG and stands as itself in the SVG.
    """
    import matplotlib

    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from", category=UserWarning)
        matplotlib.rcdefaults()
        for name, value in SETTINGS.items():
            matplotlib.rcParams[name] = value
        yield


def get_ready() -> None:
    """Import what draws, and open the fonts."""
    from matplotlib.backends import backend_agg, backend_svg  # noqa: F401

    with drawing():
        for bold in (False, True):
            width(ELLIPSIS, 9.0, bold)


def look(position: int) -> tuple[str, Any]:
    """Colour and line style of the level of Group at a position; sixteen are told apart."""
    return COLOURS[position % 4], STYLES[(position + position // 4) % 4]


def typographic(text: str) -> str:
    """The ASCII comparisons of a label as signs.

    >>> typographic("Grade <=1")
    'Grade ≤1'
    """
    return text.replace("<=", "≤").replace(">=", "≥")


def counted(count: int, word: str) -> str:
    """A number of things.

    >>> counted(1, "subject"), counted(0, "subject")
    ('1 subject', '0 subjects')
    """
    return f"{count} {word}{'' if count == 1 else 's'}"


def clean(text: str) -> str:
    """A text of the data as one line that XML can hold.

    >>> clean("Arm A\\n\\x07(Grade <=1)")
    'Arm A (Grade ≤1)'
    """
    kept = "".join(" " if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in text)
    return typographic(re.sub(r"\s+", " ", kept).strip())


@cache
def _font(bold: bool) -> FontProperties:
    from matplotlib.font_manager import FontProperties

    return FontProperties(family=FAMILY, weight="bold" if bold else "normal")


@cache
def width(text: str, size: float, bold: bool = False) -> float:
    """The width of a text in inches; size in points."""
    if not text:
        return 0.0
    from matplotlib.textpath import TextToPath

    found, _, _ = TextToPath().get_text_width_height_descent(text, _font(bold), ismath=False)
    # The measure is for the size of the properties, which is that of the settings.
    return float(found) / _font(bold).get_size_in_points() * size / 72


def fitted(text: str, inches: float, size: float, bold: bool = False) -> str:
    """A text cut to a width, with an ellipsis in place of its end."""
    if width(text, size, bold) <= inches:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(text[:middle] + ELLIPSIS, size, bold) <= inches else (low, middle - 1)
    return text[:low].rstrip() + ELLIPSIS


def wrapped(text: str, inches: float, size: float, bold: bool = False, most: int = 99) -> list[str]:
    """A text in lines of a width; what is more than `most` lines is cut, with an ellipsis.

    No-break spaces hold words together.
    """
    lines: list[str] = []
    words = [word for word in text.split(" ") if word]
    while words and len(lines) < most:
        if len(lines) == most - 1:
            return [*lines, fitted(" ".join(words), inches, size, bold)]
        line, words = _line(words, inches, size, bold)
        lines.append(line)
    return lines


def _line(words: list[str], inches: float, size: float, bold: bool) -> tuple[str, list[str]]:
    """The words that fit into a line, and those that are left; a word that is too long is broken."""
    line = words[0]
    if width(line, size, bold) > inches:
        cut = max(len(fitted(line, inches, size, bold)) - 1, 1)
        return line[:cut], [line[cut:], *words[1:]]
    low, high, place = 1, len(words), len(words)  # most texts are one line
    while low < high:
        fits = width(" ".join(words[:place]), size, bold) <= inches
        low, high = (place, high) if fits else (low, place - 1)
        place = (low + high + 1) // 2
    return " ".join(words[:low]), words[low:]


def dark(colour: str) -> bool:
    """Whether white text reads better on a colour than dark text: by relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] < 0.22
