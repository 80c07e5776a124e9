"""Parts of a transport file: some of its records under another dataset name, every other byte of the header kept.

Source of the record layout: SAS technical note TS-140.
"""

from __future__ import annotations

import os
from pathlib import Path

from formats.mapped import release
from formats.xpt_layout import CARD, XptError
from formats.xpt_read import Member, members

_LONGEST_NAME = 8
_NAME = 5 * CARD + 8  # the sixth card is the first of the member's descriptor; its name follows eight bytes
_BLOCK = 1 << 24


def header_bytes(path: Path) -> int:
    """The bytes before the first record of a file with one dataset."""
    member = _only(path)
    rows, length = member.area.shape
    return os.path.getsize(path) - CARD * -(-rows * length // CARD)


def write_slice(source: Path, target: Path, first: int, last: int, dataset: str) -> None:
    """Write the records `first` to `last` (counted from 0, `last` not included) as a dataset of another name.

    Raises XptError for a file that holds several datasets, and for a name that the format cannot hold.
    """
    if not (dataset.isascii() and 0 < len(dataset) <= _LONGEST_NAME):
        raise XptError(f"{dataset!r} is no name for a dataset", path=str(target))
    member = _only(source)
    with source.open("rb") as stream:
        header = bytearray(stream.read(header_bytes(source)))
    header[_NAME : _NAME + _LONGEST_NAME] = dataset.ljust(_LONGEST_NAME).encode("ascii")
    step = max(1, _BLOCK // max(1, member.area.shape[1]))
    with target.open("wb") as stream:
        stream.write(header)
        for start in range(first, last, step):
            stream.write(member.area[start : min(start + step, last)].tobytes())
            release(member.area)
        stream.write(b" " * (-stream.tell() % CARD))


def _only(path: Path) -> Member:
    found = members(path, encoding="latin-1")
    if len(found) != 1:
        raise XptError(f"{len(found)} datasets where one is expected", path=str(path))
    return found[0]
