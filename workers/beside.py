"""One call made beside what this process does, by a copy of it, where the system can copy a process."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Made = TypeVar("Made")


@contextmanager
def beside(work: Callable[[], Made]) -> Iterator[Callable[[], Made]]:
    """Begin `work`; what is given waits for its result. Who leaves without asking for it ends the work.

    `work` depends on nothing that happens after it began, changes nothing but what it returns, and returns what
    can be sent to another process. It is done here, when its result is asked for, where no second processor or no
    copy is to be had; and again where the copy failed or was killed, so that its errors are those of a call made here.
    """
    if not _can_copy():
        yield work
        return
    from multiprocessing import get_context

    copies = get_context("fork")
    answer, sending = copies.Pipe(duplex=False)
    process = copies.Process(target=_answer, args=(work, sending))
    with warnings.catch_warnings():
        # Python 3.12 warns of any thread; those that are left belong to libraries that know how to be copied.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    sending.close()
    try:
        yield lambda: _received(answer, work)
    finally:
        answer.close()
        process.kill()
        process.join()


def _can_copy() -> bool:
    """A copy has the one thread that made it: another one may hold a lock that nobody would open in the copy."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return False
    return len(os.sched_getaffinity(0)) > 1


def _answer(work: Callable[[], object], sending: Connection[Any, Any]) -> None:
    """What the copy does; without a whole answer the work is done again, and fails there."""
    try:
        sending.send(work())
    except BaseException:
        os._exit(1)
    os._exit(0)


def _received(answer: Connection[Any, Any], work: Callable[[], Made]) -> Made:
    try:
        made: Made = answer.recv()
    except (EOFError, OSError):
        return work()
    return made
