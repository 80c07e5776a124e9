"""Files that are mapped into memory: their pages count as memory of the process until they are given back."""

from __future__ import annotations

import mmap

import numpy as np


def release(area: np.ndarray) -> None:
    """Give back the memory of a file that is mapped: its pages are read again when they are asked for.

    area: any view of the bytes of the file; nothing happens where they are not those of a mapped file.
    """
    base: object = area
    while isinstance(base, np.ndarray) and base.base is not None:
        base = base.base
    data = base.obj if isinstance(base, memoryview) else base
    if isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        data.madvise(mmap.MADV_DONTNEED)
