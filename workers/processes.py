"""Parts run in several processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for
from typing import Any

from workers.here import WorkersError
from workers.memory import ready_for_large_columns

_GONE = (
    "a worker process ended before its part of the build was done; it was killed, perhaps because the memory ran out:"
    " more --partitions make each part smaller, fewer --jobs hold fewer of them at a time"
)


class Processes:
    """So many new processes; they end with this one, however it ends."""

    def __init__(self, count: int) -> None:
        self.count = count
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(count, context, initializer=_begin)

    def run(self, work: Callable[..., Any], given: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        """Call `work` with each of the arguments; which of them, and its result, in the order in which they end.

        Raises WorkersError when a process is gone.
        """
        waiting = iter(enumerate(given))
        running: dict[Future[Any], int] = {}
        try:
            while True:
                while len(running) < self.count and (following := next(waiting, None)) is not None:
                    running[self._pool.submit(work, *following[1])] = following[0]
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), future.result()
        except BrokenProcessPool:
            raise WorkersError(_GONE) from None

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(cancel_futures=True)


def _begin() -> None:
    ready_for_large_columns()
    _end_with_parent()


def _end_with_parent() -> None:
    """A process whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            wait_for([parent.sentinel])
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
