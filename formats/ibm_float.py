"""Numbers of SAS transport files: IBM System/360 double precision floats.

An IBM float is a sign bit, a 7-bit exponent of 16 (excess 64) and a fraction of 56 bits:
value = (-1)^sign * fraction / 2^56 * 16^(exponent - 64). A missing value is one ASCII byte (`.` for the
ordinary one, `A` to `Z` and `_` for the special ones) followed by zeros, which no normalised number is.

Source: SAS technical note TS-140, "The record layout of a data set in SAS transport (XPORT) format".
"""

from __future__ import annotations

import numpy as np

ORDINARY = ord(".")
SPECIAL = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ_")
LARGEST_POWER = 251  # |x| < 2^252 = 16^63
SMALLEST_POWER = -260  # |x| >= 2^-260 = 16^-65

_FRACTION = np.uint64((1 << 56) - 1)
_HIDDEN_BIT = np.uint64(1 << 52)
_MANTISSA = np.uint64((1 << 52) - 1)
_FIRST_BYTE = np.uint64(56)
_IS_MISSING = np.zeros(256, bool)
_IS_MISSING[[ORDINARY, *sorted(SPECIAL)]] = True
_SCALE = np.array([(-1.0) ** (byte >> 7) * 2.0 ** (4 * ((byte & 127) - 64) - 56) for byte in range(256)])


def unfit(values: np.ndarray, length: int = 8) -> np.ndarray:
    """bool per value: True where an IBM float of `length` bytes cannot hold the number exactly.

    values: float64; NaN (missing) always fits. Infinite, |x| >= 16^63 and 0 < |x| < 16^-65 never do; with
    fewer than 8 bytes neither do numbers with more significant bits than are left.
    """
    bits = np.ascontiguousarray(values, np.float64).view(np.uint64)
    power = ((bits >> np.uint64(52)) & np.uint64(0x7FF)).astype(np.int16) - np.int16(1023)
    missing, zero = np.isnan(values), values == 0
    outside = ((power > LARGEST_POWER) | (power < SMALLEST_POWER)) & ~missing & ~zero
    if length < 8:
        lost = np.uint64((1 << (8 * (8 - length))) - 1)
        outside |= ~missing & ~zero & ((to_ibm(values) & lost) != 0)
    return outside


def to_ibm(values: np.ndarray, special: np.ndarray | None = None) -> np.ndarray:
    """IBM floats (uint64 in the machine's byte order) of float64 `values`; exact wherever `unfit` is False.

    NaN becomes the ordinary missing value, or the special one whose ASCII code stands in `special` (uint8, 0
    for none). Negative zero, which SAS does not know, becomes zero.

    >>> [f"{bits:016X}" for bits in to_ibm(np.array([1.0, -118.625, np.nan])).tolist()]
    ['4110000000000000', 'C276A00000000000', '2E00000000000000']
    """
    bits = np.ascontiguousarray(values, np.float64).view(np.uint64)
    power = ((bits >> np.uint64(52)) & np.uint64(0x7FF)).astype(np.int64) - 1023
    fraction = ((bits & _MANTISSA) | _HIDDEN_BIT) << (power & 3).astype(np.uint64)
    exponent = ((power >> 2) + 65).astype(np.uint64) & np.uint64(0x7F)
    ibm = (bits & np.uint64(1 << 63)) | (exponent << _FIRST_BYTE) | fraction
    ibm[np.asarray(values) == 0] = 0
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
    first = (ibm >> _FIRST_BYTE).astype(np.uint8)
    fraction = ibm & _FRACTION
    # Adding zero turns a negative zero into zero; the product is exact, for _SCALE holds powers of two.
    values = fraction.astype(np.float64) * _SCALE[first] + 0.0
    special = np.zeros(len(ibm), np.uint8)
    empty = fraction == 0
    if empty.any():
        missing = empty & _IS_MISSING[first]
        values[missing] = np.nan
        special[missing] = np.where(first[missing] == ORDINARY, 0, first[missing])
    return values, special
