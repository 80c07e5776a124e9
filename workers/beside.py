"""Calls made beside what this process does, by a copy of it, where the system can copy a process."""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from workers.memory import give_back

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
    with ExitStack() as stack:
        try:
            theirs = stack.enter_context(copied(work))
        except NoCopyError:
            yield work
            return

        def result() -> Made:
            try:
                return theirs()
            except NoCopyError:
                return work()

        yield result


@contextmanager
def copied(work: Callable[[], Made]) -> Iterator[Callable[[], Made]]:
    """As `beside`, but `work` is never done here: without a copy, or where that fails, NoCopyError is raised."""
    if not can_copy():
        raise NoCopyError
    with _copy([work]) as copy:
        try:
            copy.send(0)
        except OSError:  # the copy was killed as it began
            raise NoCopyError from None
        yield lambda: _received(copy)


class Turns:
    """Calls that a copy of the process makes, each when it is told to begin; one after the other.

    What holds for the work of `beside` holds for each from its beginning on, but for what the copy itself has kept in
    memory: of all that this process did since the copy was made, a call sees the files alone.
    """

    def __init__(self, calls: Sequence[Callable[[], Any]], copy: Connection[Any, Any] | None) -> None:
        self._calls, self._copy = calls, copy
        self._begun: list[int] = []
        self._made: dict[int, Any] = {}

    def begin(self, place: int) -> None:
        """Have the copy make the call at a place among all calls, after those that were begun before."""
        if self._copy is None:
            return
        try:
            self._copy.send(place)
        except OSError:
            self._copy = None  # the copy was killed; what it was to do is done here
        else:
            self._begun.append(place)

    def result(self, place: int) -> Any:
        """Wait for the result of a call, which is made here where it was not begun, or where the copy failed."""
        while self._copy is not None and place in self._begun and place not in self._made:
            following = self._begun[len(self._made)]
            try:
                self._made[following] = _received(self._copy)
            except NoCopyError:
                self._copy = None
        return self._made[place] if place in self._made else self._calls[place]()


@contextmanager
def in_turn(*calls: Callable[[], Any]) -> Iterator[Turns]:
    """A copy of the process that waits to make some calls; it ends with the block."""
    with ExitStack() as stack:
        copy = None
        if can_copy():
            with suppress(NoCopyError):
                copy = stack.enter_context(_copy(calls))
        yield Turns(calls, copy)


@contextmanager
def _copy(calls: Sequence[Callable[[], Any]]) -> Iterator[Connection[Any, Any]]:
    """A copy of the process that answers the place of a call with its result. Raises NoCopyError.

    The system may refuse a further process: no memory is left, or the user has as many processes as are allowed.
    """
    from multiprocessing import get_context

    copies = get_context("fork")
    try:
        mine, theirs = copies.Pipe()
        process = copies.Process(target=_answer, args=(calls, theirs, mine, os.getpid()))
        with warnings.catch_warnings():
            # Python 3.12 warns of any thread; those that are left belong to libraries that know how to be copied.
            warnings.simplefilter("ignore", DeprecationWarning)
            give_back()
            process.start()
    except OSError:
        raise NoCopyError from None
    theirs.close()
    try:
        yield mine
    finally:
        mine.close()
        process.kill()
        process.join()


def can_copy() -> bool:
    """Whether a copy is of use: there is a second processor, and no other thread.

    A copy has the one thread that made it: another one may hold a lock that nobody would open in the copy.
    """
    if sys.platform != "linux" or threading.active_count() > 1:
        return False
    return len(os.sched_getaffinity(0)) > 1


def _answer(
    calls: Sequence[Callable[[], object]], asked: Connection[Any, Any], other: Connection[Any, Any], parent: int
) -> None:  # fmt: skip
    """What the copy does until it is ended; who gets no whole answer knows that it failed."""
    try:
        _end_with(parent)
        other.close()
        while True:
            asked.send(calls[asked.recv()]())
    except BaseException:
        os._exit(1)


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
