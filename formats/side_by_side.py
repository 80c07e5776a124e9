"""Columns of a large file worked on by several threads: what numpy, pandas and Arrow do to one lets others run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

LARGE = 1 << 24  # bytes of all columns from which threads are worth their start
_MOST = 4  # more threads wait for the memory

Item = TypeVar("Item")
Made = TypeVar("Made")


def side_by_side(work: Callable[[Item], Made], items: Iterable[Item], size: int) -> list[Made]:
    """`work` done to each item, in their order; by several threads where the items have many bytes together."""
    threads = min(os.cpu_count() or 1, _MOST)
    if size < LARGE or threads < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))
