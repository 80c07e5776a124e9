"""What `build all` has a copy of the process do beside the stages: the results.

The copy is made as soon as the specifications are loaded: it imports what the results need, and checks their tables,
while this process checks those of the stages; it computes the results while the datasets are described. Where no copy
is to be had, or where one fails, the same is done in turn by this process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pipeline import Request, needed, results_kept, spec_of
from specs.problem import ProblemError
from workers.beside import Turns, in_turn

if TYPE_CHECKING:
    from results.made import Made

_CHECK, _READY, _RESULTS = range(3)


class Ahead:
    """What the copy of a build has begun."""

    check: Callable[[], None] | None = None
    made: Callable[[], Made] | None = None

    def __init__(self, request: Request, turns: Turns | None) -> None:
        self._request, self._turns = request, turns
        if turns is not None:
            turns.begin(_CHECK)
            turns.begin(_READY)
            self.check = lambda: turns.result(_CHECK)

    def begin_results(self) -> None:
        """Begin to compute the results, whose datasets are built now, where an earlier build does not have them."""
        turns = self._turns
        if turns is not None and results_kept(self._request) is None:
            turns.begin(_RESULTS)
            self.made = lambda: turns.result(_RESULTS)


@contextmanager
def ahead(request: Request) -> Iterator[Ahead]:
    """The copy of a build of every stage, which begins to check the results; a study without results needs none."""
    if not (request.study / "results").is_dir():
        yield Ahead(request, None)
        return
    for stage in ("sdtm", "adam"):
        with suppress(ProblemError):  # told where the stage is checked
            spec_of(request, stage)
    with in_turn(lambda: _check(request), _ready, lambda: _make(request)) as turns:
        yield Ahead(request, turns)


def _check(request: Request) -> None:
    from results.run import check

    check(needed(request, "adam"))


def _ready() -> None:
    """Make ready what the copy will need: it has nothing else to do while the datasets are made."""
    import scipy.optimize  # noqa: F401

    from results.run import get_ready

    get_ready()


def _make(request: Request) -> Made:
    from results.run import make

    return make(needed(request, "adam"), request.folder / "adam")
