"""Numbers of SAS transport files: IBM System/360 double precision floats.

An IBM float is a sign bit, a 7-bit exponent of 16 (excess 64) and a fraction of 56 bits:
value = (-1)^sign * fraction / 2^56 * 16^(exponent - 64). A missing value is one ASCII byte (`.` for the
ordinary one, `A` to `Z` and `_` for the special ones) followed by zeros, which no normalised number is.

Source: SAS technical note TS-140, "The record layout of a data set in SAS transport (XPORT) format".
"""

from __future__ import annotations

import sys

import numpy as np

ORDINARY = ord(".")
SPECIAL = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ_")
LARGEST_POWER = 251  # |x| < 2^252 = 16^63
SMALLEST_POWER = -260  # |x| >= 2^-260 = 16^-65
BLOCK_ROWS = 1 << 13  # numbers converted at a time: they stay in the cache of the processor

_FRACTION = np.uint64((1 << 56) - 1)
_MANTISSA = np.uint64((1 << 52) - 1)
_FIRST_BYTE = np.uint64(56)
_TOP = np.uint64(52)
_IS_MISSING = np.zeros(256, bool)
_IS_MISSING[[ORDINARY, *sorted(SPECIAL)]] = True
_SCALE = np.array([(-1.0) ** (byte >> 7) * 2.0 ** (4 * ((byte & 127) - 64) - 56) for byte in range(256)])

# By sign and exponent of a double (its first 12 bits): the hidden bit of its fraction (none for zero), how far the
# fraction moves to the left for the exponent to be one of 16, and the first byte of the IBM float.
_EXPONENT = np.arange(4096) & 0x7FF
_POWER = _EXPONENT - 1023
_HIDDEN_BIT = np.where(_EXPONENT == 0, 0, 1 << 52).astype(np.uint64)
_SHIFT = np.where(_EXPONENT == 0, 0, _POWER & 3).astype(np.uint64)
_HEAD = np.where(_EXPONENT == 0, 0, ((np.arange(4096) >> 11) << 63) | ((((_POWER >> 2) + 65) & 0x7F) << 56))
_HEAD = _HEAD.astype(np.uint64)
# By the first 16 bits of a double: may the format be unable to hold it? Zeros and missing values are looked at.
_DOUBTFUL = np.repeat((_POWER > LARGEST_POWER) | (_POWER < SMALLEST_POWER), 16)
_FIRST_QUARTER = 3 if sys.byteorder == "little" else 0


def unfit(values: np.ndarray, length: int = 8) -> np.ndarray:
    """bool per value: True where an IBM float of `length` bytes cannot hold the number exactly.

    values: float64; NaN (missing) always fits. Infinite, |x| >= 16^63 and 0 < |x| < 16^-65 never do; with
    fewer than 8 bytes neither do numbers with more significant bits than are left.
    """
    bits = np.ascontiguousarray(values, np.float64).view(np.uint64)
    power = _POWER[(bits >> _TOP).view(np.int64)]
    missing, zero = np.isnan(values), values == 0
    outside = ((power > LARGEST_POWER) | (power < SMALLEST_POWER)) & ~missing & ~zero
    if length < 8:
        lost = np.uint64((1 << (8 * (8 - length))) - 1)
        outside |= ~missing & ~zero & ((to_ibm(values) & lost) != 0)
    return outside


def first_unfit(values: np.ndarray, length: int = 8) -> int | None:
    """The first row (from 0) that `unfit` names, None when all numbers fit.

    >>> first_unfit(np.array([1.0, np.nan, 0.0])), first_unfit(np.array([1.0, np.inf])), first_unfit(np.array([0.1]), 4)
    (None, 1, 0)
    """
    numbers = np.ascontiguousarray(values, np.float64)
    if length < 8:
        rows = np.arange(len(numbers))
    else:
        rows = np.flatnonzero(_DOUBTFUL.take(numbers.view(np.uint16)[_FIRST_QUARTER::4]))
    wrong = unfit(numbers[rows], length)
    return int(rows[np.argmax(wrong)]) if wrong.any() else None


def to_ibm(values: np.ndarray, special: np.ndarray | None = None) -> np.ndarray:
    """IBM floats (uint64 in the machine's byte order) of float64 `values`; exact wherever `unfit` is False.

    NaN becomes the ordinary missing value, or the special one whose ASCII code stands in `special` (uint8, 0
    for none). Negative zero, which SAS does not know, becomes zero.

    >>> [f"{bits:016X}" for bits in to_ibm(np.array([1.0, -118.625, np.nan])).tolist()]
    ['4110000000000000', 'C276A00000000000', '2E00000000000000']
    """
    bits = np.ascontiguousarray(values, np.float64).view(np.uint64)
    top = (bits >> _TOP).view(np.int64)
    ibm = bits & _MANTISSA
    ibm |= _HIDDEN_BIT.take(top)
    ibm <<= _SHIFT.take(top)
    ibm |= _HEAD.take(top)
    missing = np.isnan(values)
    if missing.any():
        ibm[missing] = np.uint64(ORDINARY << 56)
        if special is not None:
            chosen = missing & (special != 0)
            ibm[chosen] = special[chosen].astype(np.uint64) << _FIRST_BYTE
    return ibm


def from_ibm(ibm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float64 values of IBM floats (uint64 in the machine's byte order), rounded to nearest even.

    A second array holds the ASCII code of each special missing value (uint8), 0 elsewhere.

    >>> values, special = from_ibm(np.array([0x4110000000000000, 0x5A << 56, 0x2E << 56], np.uint64))
    >>> values.tolist(), special.tolist()
    ([1.0, nan, nan], [0, 90, 0])
    """
    first = (ibm >> _FIRST_BYTE).view(np.int64)
    # The product is exact, for _SCALE holds powers of two.
    values = (ibm & _FRACTION).view(np.int64).astype(np.float64)
    values *= _SCALE.take(first)
    special = np.zeros(len(ibm), np.uint8)
    empty = np.flatnonzero(values == 0)
    if len(empty):
        bytes_ = first[empty]
        missing = _IS_MISSING[bytes_]
        values[empty] = np.where(missing, np.nan, 0.0)  # SAS knows no negative zero
        special[empty] = np.where(missing & (bytes_ != ORDINARY), bytes_, 0)
    return values, special
