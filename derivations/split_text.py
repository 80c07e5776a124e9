"""Long texts in pieces."""

from __future__ import annotations

from derivations.columns import condition_column, text_column, texts
from derivations.registry import Pieces, Problems, Text, derivation, problems_of

__all__ = ["pieces", "problems", "split_text", "text_column"]


@derivation(
    source="SDTMIG 3.4, section 4.5.3.2: texts longer than 200 characters",
    subject="Texts",
    also="200 characters, long text, AETERM1, COVAL1, supplemental qualifier",
)
def split_text(text: Text, part: int, length: int = 200, asked: Pieces | None = None) -> Text:
    """The given piece of a text that is cut between words into pieces of limited length.

    Each piece takes as many words as fit. A word that is longer than a piece is cut. The blank at a cut is
    dropped.

    Args:
        text: any text.
        part: number of the piece, from 1.
        length: greatest length of a piece, in bytes of UTF-8.

    Missing: missing if the text is missing or has fewer pieces. Text after the last piece that a rule of the
    same records asks for is reported as an error.

    Example:
        >>> words = text_column(["pain in the left arm", None])
        >>> split_text(words, 1, 12).tolist(), split_text(words, 2, 12).tolist()
        (['pain in the', None], ['left arm', None])
    """
    if part < 1 or length < 4:
        raise ValueError(f"split_text: part is 1 or more, length 4 or more; they are {part} and {length}")
    cut = [[] if value is None else pieces(value, length) for value in texts(text)]
    return text_column([found[part - 1] if len(found) >= part else None for found in cut], text.index)


@problems_of("split_text")
def problems(text: Text, part: int, length: int = 200, asked: Pieces | None = None) -> Problems:
    """Texts that go on after the last piece that a rule asks for; the call for that piece tells it."""
    last = max(part, asked.last if asked is not None else 0)
    left = [part == last and value is not None and len(pieces(value, length)) > last for value in texts(text)]
    return {"text_left": condition_column(left, text.index)}


def pieces(text: str, length: int) -> list[str]:
    """The pieces of one text, each of at most `length` bytes.

    >>> pieces("abcdefgh ij", 4)
    ['abcd', 'efgh', 'ij']
    """
    found = []
    rest = text.strip()
    while rest:
        fits = len(rest.encode()[:length].decode(errors="ignore"))
        if fits < len(rest) and not rest[fits].isspace():
            blank = max(rest.rfind(" ", 0, fits), rest.rfind("\n", 0, fits), rest.rfind("\t", 0, fits))
            fits = blank if blank > 0 else fits
        found.append(rest[:fits].rstrip())
        rest = rest[fits:].lstrip()
    return found
