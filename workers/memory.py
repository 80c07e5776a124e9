"""A process made ready for large columns: freed memory is used again, garbage is looked for seldom."""

from __future__ import annotations

import atexit
import ctypes
import gc
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # numbers of <malloc.h>
_LARGEST = 2**31 - 1


def ready_for_large_columns() -> None:
    """Make this process ready for a build; what it computes stays the same.

    By default the C library asks the system for each large piece of memory and gives it back at once, and each new
    page is filled with zeros first: a quarter of the processor's time of a large build. With glibc the freed pieces are
    kept for the next ones; another C library is left as it is. Nearly all objects that a build makes live to its end:
    looking for garbage as often as Python does finds little, and at the end of the process nothing that the system does
    not take back by itself.
    """
    gc.set_threshold(100_000, 20, 100)
    atexit.register(gc.freeze)
    if sys.platform != "linux":
        return
    try:
        tell = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    tell(_MMAP_THRESHOLD, _LARGEST)
    tell(_TRIM_THRESHOLD, _LARGEST)
