"""A process made ready for large columns: freed memory is used again, garbage is looked for seldom."""

from __future__ import annotations

import atexit
import ctypes
import gc
import os
import sys
from contextlib import suppress
from pathlib import Path

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # numbers of <malloc.h>
_LARGEST = 2**31 - 1
_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")  # read by the libraries that numpy may be built with


def ready_for_large_columns() -> None:
    """Make this process ready for a build; what it computes stays the same.

    By default the C library asks the system for each large piece of memory and gives it back at once, and each new
    page is filled with zeros first: a quarter of the processor's time of a large build. With glibc the freed pieces are
    kept for the next ones, and threads take theirs from the same store, where another one's pieces can be used
    again; another C library is left as it is. The linear algebra of numpy, which must not be imported yet, gets one
    thread: more would wait for work beside a build, and the last digit of a sum depends on how many there are. Nearly
    all objects that a build makes live to its end: looking for garbage as often as Python does finds little, and at the
    end of the process nothing that the system does not take back by itself.
    """
    os.environ.update(dict.fromkeys(_THREADS, "1"))
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
    tell(_ARENA_MAX, 1)


def give_back() -> None:
    """Give the memory that was freed and kept back to the system: of use before the process is copied.

    Each page of it would be copied as soon as one of the two processes used it again, which is dearer than a new page.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)


_LIMIT, _USED = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
_SYSTEM = Path("/proc/meminfo")


def free_memory() -> int | None:
    """The bytes of memory that a new process can have without swapping; None where the system does not say.

    The least of what Linux calls available and what is left of the limit of a container (control groups, version 2).
    """
    try:
        lines = dict(line.split(":", 1) for line in _SYSTEM.read_text(encoding="ascii").splitlines())
        found = int(lines["MemAvailable"].split()[0]) << 10
    except (OSError, ValueError, KeyError, IndexError):
        return None
    try:
        return min(found, int(_LIMIT.read_text(encoding="ascii")) - int(_USED.read_text(encoding="ascii")))
    except (OSError, ValueError):  # no container, or one without a limit ("max")
        return found
