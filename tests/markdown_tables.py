"""The tables of a Markdown page, for the tests that compare them with what the code does."""

from __future__ import annotations

import re
from collections.abc import Iterator


def tables(text: str) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Header and rows of each Markdown table."""
    for block in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        rows = [[_plain(cell) for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])] for line in block.splitlines()]
        yield rows[0], rows[2:]


def _plain(cell: str) -> str:
    return cell.strip().strip("`").replace("\\|", "|").replace("\\<", "<")
