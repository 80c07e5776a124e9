"""Records of two files of the same format compared as bytes, so that only what differs has to be decoded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from formats.mapped import release
from qc.compare.pairs import NUMBER, Pair
from qc.compare.table import Raw, Table

BLOCK, HELD = 1 << 15, 8  # records that are looked at together; blocks whose pages of the files stay in memory
_BLANK, _ZERO = 32, 0


def comparable_as_bytes(base: Table, compare: Table, pair: Pair) -> bool:
    """Do equal bytes mean equal values?"""
    if base.raw is None or compare.raw is None or pair.base.numeric != pair.compare.numeric:
        return False
    return not pair.base.numeric or pair.base.kind == pair.compare.kind or pair.how == NUMBER


def differing(
    base: Table, compare: Table, pairs: Sequence[Pair], rows: tuple[np.ndarray, np.ndarray]
) -> dict[str, np.ndarray]:
    """For each pair the positions in `rows` (of base, of compare) at which its bytes differ; all others are equal."""
    assert base.raw is not None and compare.raw is not None
    parts: dict[str, list[np.ndarray]] = {pair.name: [] for pair in pairs}
    alike = _same_layout(base.raw, compare.raw, pairs)
    for start, left, right in _blocks(base, compare, rows):
        places = np.arange(start, start + len(left))
        if alike:
            differ = _texts(left) != _texts(right)
            places, left, right = places[differ], left[differ], right[differ]
        if len(places):
            for pair in pairs:
                unequal = _fields_differ(pair, base.raw, compare.raw, left, right)
                parts[pair.name].append(places[unequal])
    return {name: np.concatenate(found) if found else np.empty(0, np.int64) for name, found in parts.items()}


def _same_layout(base: Raw, compare: Raw, pairs: Sequence[Pair]) -> bool:
    if base.area.shape[1] != compare.area.shape[1]:
        return False
    return all(base.spans[pair.base.name] == compare.spans[pair.compare.name] for pair in pairs)


def _blocks(
    base: Table, compare: Table, rows: tuple[np.ndarray, np.ndarray]
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """The records at `rows` in blocks that stay in the cache of the processor."""
    assert base.raw is not None and compare.raw is not None
    left, right = base.file_rows(rows[0]), compare.file_rows(rows[1])
    assert left is not None and right is not None
    for start in range(0, len(left), BLOCK):
        part = slice(start, start + BLOCK)
        yield start, base.raw.area[left[part]], compare.raw.area[right[part]]
        if start // BLOCK % HELD == HELD - 1:
            release(base.raw.area)
            release(compare.raw.area)


def _fields_differ(pair: Pair, base: Raw, compare: Raw, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    (a, b), (c, d) = base.spans[pair.base.name], compare.spans[pair.compare.name]
    width, pad = max(b - a, d - c), _ZERO if pair.base.numeric else _BLANK
    return _texts(_padded(left[:, a:b], width, pad)) != _texts(_padded(right[:, c:d], width, pad))


def _padded(field: np.ndarray, width: int, pad: int) -> np.ndarray:
    if field.shape[1] == width:
        return np.ascontiguousarray(field)
    found = np.full((len(field), width), pad, np.uint8)
    found[:, : field.shape[1]] = field
    return found


def _texts(field: np.ndarray) -> np.ndarray:
    """The lines of a block as byte strings; of equal width, two are equal where every byte is."""
    return np.ascontiguousarray(field).view(f"S{field.shape[1]}")[:, 0]
