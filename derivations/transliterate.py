"""Texts in ASCII."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from derivations.columns import condition_column, text_column, texts
from derivations.registry import Problems, Text, derivation, problems_of

__all__ = ["problems", "text_column", "transliterate"]

TABLE = Path(__file__).with_name("transliteration-2026-11-22.csv")


def _load(where: str) -> Mapping[str, str]:
    """The entries of the table for a place in the text: `start`, or blank for anywhere."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    spelled = {"".join(chr(int(point[2:], 16)) for point in row["Code Points"].split()): row for row in rows}
    return {text: row["ASCII"] for text, row in spelled.items() if row["Where"] == where}


def _any_of(entries: Mapping[str, str]) -> str:
    """A pattern for any entry, the longest first."""
    return "|".join(re.escape(text) for text in sorted(entries, key=lambda text: (-len(text), text)))


AT_START, ANYWHERE = _load("start"), _load("")
_START = re.compile(_any_of(AT_START))
_FOUND = re.compile(_any_of(ANYWHERE))
_IN_TABLE = frozenset("".join([*AT_START, *ANYWHERE]))


@derivation(
    source="FDA Study Data Technical Conformance Guide, section 3.3: ASCII text",
    subject="Texts",
    also="ASCII, Greek letters, special characters, encoding, KCVT, iconv",
)
def transliterate(text: Text) -> Text:
    """The text in ASCII: Greek letters by name, symbols and superscripts as they are typed, accents dropped.

    Full-width and other compatibility forms become the plain ones, blanks at the ends are dropped and several
    together become one. A text with a character that the table does not know, such as Chinese, is left out as
    a whole. The table is dated and part of the program.

    Args:
        text: any text.

    Missing: a missing text stays missing. A text that was changed for its characters is reported, and so is
    one that was left out.

    Example:
        >>> transliterate(text_column(["Tα1  ≥ 5 µg", "×10⁹/L", "café", "皮疹", None])).tolist()
        ['Talpha1 >= 5 ug', '10^9/L', 'cafe', None, None]
    """
    return text_column([value and _ascii(value) for value in texts(text)], text.index)


@problems_of("transliterate")
def problems(text: Text) -> Problems:
    """Texts changed for their characters, and texts that cannot be written in ASCII."""
    pairs = [(value, value and _ascii(value)) for value in texts(text)]
    changed = [bool(value and plain is not None and not value.isascii()) for value, plain in pairs]
    lost = [bool(value and plain is None) for value, plain in pairs]
    return {
        "transliterated": condition_column(changed, text.index),
        "not_ascii": condition_column(lost, text.index),
    }


def _ascii(text: str) -> str | None:
    """One text in ASCII, or None if it holds a character that has no ASCII form or cannot be printed."""
    plain = "".join(_decomposed(character) for character in text).strip()
    plain = _START.sub(lambda match: AT_START[match[0]], plain, count=1) if _START.match(plain) else plain
    plain = _FOUND.sub(lambda match: ANYWHERE[match[0]], plain)
    plain = " ".join(plain.split())
    return plain if plain.isascii() and plain.isprintable() else None


def _decomposed(character: str) -> str:
    """A character without its accents, in its plain form; those of the table wait for the table."""
    if character in _IN_TABLE:
        return character
    parts = unicodedata.normalize("NFKD", character)
    return "".join(part for part in parts if unicodedata.category(part) != "Mn")
