"""The smallest sets of variables that tell records apart, found from pairs of records that must be told apart.

A set of variables identifies records when every two of them differ in one of its variables. So each pair of
records gives a set of which the key must hold one: the variables in which the two differ. The smallest key is the
smallest set that meets all of them; sets are bits of an int, bit 0 for the first variable.
"""

from __future__ import annotations

from collections.abc import Iterable

LIMIT = 64
"""How many sets of one size are listed."""
EFFORT = 200_000
"""How many partial sets are tried before a size is given up."""


class TooHard(Exception):
    """The smallest set was not found with the effort allowed."""


def minimal(sets: Iterable[int]) -> list[int]:
    """Those that hold no other of them, the smallest first.

    >>> minimal([0b111, 0b011, 0b100, 0b110])
    [4, 3]
    """
    kept: list[int] = []
    for found in sorted(set(sets), key=lambda bits: (bits.bit_count(), bits)):
        if not any(other & found == other for other in kept):
            kept.append(found)
    return kept


def smallest(sets: Iterable[int]) -> list[int]:
    """The sets of the smallest size that meet every one of `sets`; earlier variables first.

    Raises TooHard.

    >>> smallest([0b011, 0b101])
    [1]
    >>> [bin(found) for found in smallest([0b0011, 0b1100])]
    ['0b101', '0b1001', '0b110', '0b1010']
    """
    wanted = minimal(sets)
    if 0 in wanted:
        raise ValueError("records that differ in nothing cannot be told apart")
    size = 0
    while True:
        found: set[int] = set()
        _extend(wanted, 0, size, found, [EFFORT])
        if found:
            return sorted(found, key=_rank)
        size += 1


def greedy(sets: Iterable[int]) -> int:
    """A set that meets every one of `sets`, not always of the smallest size; earlier variables first.

    >>> bin(greedy([0b011, 0b110, 0b100]))
    '0b101'
    """
    wanted, chosen = minimal(sets), 0
    while unmet := [bits for bits in wanted if not bits & chosen]:
        counts = [sum(bits >> place & 1 for bits in unmet) for place in range(max(unmet).bit_length())]
        chosen |= 1 << counts.index(max(counts))
    return chosen


def _rank(bits: int) -> list[int]:
    return [position for position in range(bits.bit_length()) if bits >> position & 1]


def _extend(wanted: list[int], chosen: int, size: int, found: set[int], effort: list[int]) -> None:
    """Add every set of `size` further variables that makes `chosen` meet all that is wanted."""
    effort[0] -= 1
    if effort[0] < 0 and not found:
        raise TooHard
    if effort[0] < 0 or len(found) >= LIMIT:
        return
    unmet = next((bits for bits in wanted if not bits & chosen), None)
    if unmet is None:
        found.add(chosen)
    elif size:
        for position in _rank(unmet):
            _extend(wanted, chosen | 1 << position, size - 1, found, effort)
