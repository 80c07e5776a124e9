"""A transport file from files that hold its records in parts: the same bytes as if it were written at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from formats.coded import Coded
from formats.xpt_layout import CARD, V5

BLOCK_BYTES = 1 << 20


def text_length(coded: Coded, encoding: str) -> int:
    """The length in bytes that a text variable needs for these values, at least 1, at most what a variable may have.

    Values that are not in the encoding do not count: writing refuses them.
    """
    values = coded.values[coded.used()]
    if encoding.lower().replace("_", "-") in ("ascii", "us-ascii", "utf-8"):
        try:
            longest = pc.max(pc.binary_length(pc.utf8_rtrim(pa.array(values, pa.string()), " "))).as_py()
            return min(max(1, longest or 0), V5.text)
        except UnicodeEncodeError:
            pass  # a lone surrogate
    lengths = (len(value.rstrip(" ").encode(encoding, "ignore")) for value in values.tolist())
    return min(max(1, max(lengths, default=0)), V5.text)


def join(parts: Sequence[tuple[Path, int]], record: int, target: Path) -> None:
    """Put files of one dataset together whose variables have the same attributes and lengths.

    parts: files that formats.xpt wrote and the number of records of each, at least one; each is removed when it was
    copied, so that the disk never holds the dataset twice. record: bytes of a record.
    """
    size = 0
    with target.open("wb") as joined:
        for path, rows in parts:
            data = rows * record
            with path.open("rb") as file:
                start = path.stat().st_size - data - (-data % CARD)
                if not size:
                    joined.write(file.read(start))
                file.seek(start)
                _copy(file, joined, data)
            path.unlink()
            size += data
        joined.write(b" " * (-size % CARD))


def _copy(source: BinaryIO, target: BinaryIO, size: int) -> None:
    while size:
        data = source.read(min(size, BLOCK_BYTES))
        target.write(data)
        size -= len(data)
