"""One call made beside what this process does, by a copy of it, where the system can copy a process."""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Made = TypeVar("Made")


class NoCopyError(Exception):
    """No copy of the process is to be had, or it ended without a result."""


@contextmanager
def beside(work: Callable[[], Made]) -> Iterator[Callable[[], Made]]:
    """Begin `work`; what is given waits for its result. Who leaves without asking for it ends the work.

    `work` depends on nothing that happens after it began, changes nothing but what it returns, and returns what
    can be sent to another process. It is done here, when its result is asked for, where no second processor or no
    copy is to be had; and again where the copy failed or was killed, so that its errors are those of a call made here.
    """
    if not can_copy():
        yield work
        return

    def result() -> Made:
        try:
            return theirs()
        except NoCopyError:
            return work()

    with copied(work) as theirs:
        yield result


@contextmanager
def copied(work: Callable[[], Made]) -> Iterator[Callable[[], Made]]:
    """As `beside`, but `work` is never done here: without a copy, or where that fails, NoCopyError is raised."""
    if not can_copy():
        raise NoCopyError
    from multiprocessing import get_context

    copies = get_context("fork")
    answer, sending = copies.Pipe(duplex=False)
    process = copies.Process(target=_answer, args=(work, sending, os.getpid()))
    with warnings.catch_warnings():
        # Python 3.12 warns of any thread; those that are left belong to libraries that know how to be copied.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    sending.close()
    try:
        yield lambda: _received(answer)
    finally:
        answer.close()
        process.kill()
        process.join()


def can_copy() -> bool:
    """Whether a copy is of use: there is a second processor, and no other thread.

    A copy has the one thread that made it: another one may hold a lock that nobody would open in the copy.
    """
    if sys.platform != "linux" or threading.active_count() > 1:
        return False
    return len(os.sched_getaffinity(0)) > 1


def _answer(work: Callable[[], object], sending: Connection[Any, Any], parent: int) -> None:
    """What the copy does; who gets no whole answer knows that it failed."""
    try:
        _end_with(parent)
        sending.send(work())
    except BaseException:
        os._exit(1)
    os._exit(0)


_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>


def _end_with(parent: int) -> None:
    """Have the system end this copy when its parent is killed: it holds the lock of a folder that the parent writes."""
    import ctypes

    ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _received(answer: Connection[Any, Any]) -> Any:
    try:
        return answer.recv()
    except (EOFError, OSError):
        raise NoCopyError from None
