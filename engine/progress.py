"""What a long build is doing, said about once a second to whoever asked for it; never part of an output."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Event, Thread

from engine.run import Run
from specs.compiled import Step

Say = Callable[[str], None]
SECONDS = 1.0


class Doing(str):
    """What is being done, as a line for reading, and its parts.

    of: what the steps are steps of. done, total: how many of them, 0 where that is not known.
    """

    of: str = ""
    done: int = 0
    total: int = 0


class Progress:
    """Holds what is being done: `progress("reading raw_lb.csv")`, `progress("LB LBSTRESN", 4821)` with its rows."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self._doing = ""
        self._rows: int | None = None
        self._of, self._done, self._total = "", 0, 0
        self.silent: Callable[[], AbstractContextManager[None]] = nullcontext  # nobody is told while it lasts

    def __call__(self, what: str, rows: int | None = None) -> None:
        self._doing, self._rows = what, rows

    def steps(self, of: str, done: int, total: int) -> None:
        """So many of the steps of something are done."""
        self._of, self._done, self._total = of, done, total

    def parts(self, what: str, done: int, total: int) -> None:
        """So many of the parts of a study are done with something."""
        self.steps(what, done, total)
        self(f"{what}, part {min(done + 1, total)} of {total}")

    def text(self) -> Doing:
        """The stage, what is being done, the rows where they are known; "" before anything was."""
        rows = f" ({self._rows:,d} row{'' if self._rows == 1 else 's'})" if self._rows is not None else ""
        found = Doing(f"{self.stage}: {self._doing}{rows}" if self._doing else "")
        found.of, found.done, found.total = f"{self.stage} {self._of}", self._done, self._total
        return found


@contextmanager
def reported(stage: str, say: Say | None, seconds: float = SECONDS) -> Iterator[Progress]:
    """The progress of a stage, passed to `say` every so many seconds for as long as the block runs.

    `say` is called from a thread of its own, so that one step that takes long is named too; if anything was said, it
    gets "" at the end, to clear a line of a terminal. None: nothing is said.
    """
    progress = Progress(stage)
    if say is None:
        yield progress
        return
    spoken = Event()
    telling = _Telling(progress, say, seconds, spoken)
    progress.silent = telling.silent
    telling.begin()
    try:
        yield progress
    finally:
        telling.end()
        if spoken.is_set():
            say("")


class _Telling:
    """The thread that tells what is being done."""

    def __init__(self, progress: Progress, say: Say, seconds: float, spoken: Event) -> None:
        self._progress, self._say, self._seconds, self._spoken = progress, say, seconds, spoken

    def begin(self) -> None:
        self._done = Event()
        self._thread = Thread(target=self._tell, name="progress", daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._done.set()
        self._thread.join()

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Without the thread: a process that has only one can be copied."""
        self.end()
        try:
            yield
        finally:
            self.begin()

    def _tell(self) -> None:
        while not self._done.wait(self._seconds):
            if text := self._progress.text():
                self._spoken.set()
                self._say(text)


def run_all(run: Run, progress: Progress) -> None:
    """Compute every step of a stage, each named before it begins. Raises DataError."""
    run_steps(run, frozenset(run.stage.order), progress)


def run_steps(run: Run, steps: Collection[Step], progress: Progress, done: int = 0, total: int = 0) -> None:
    """As `run_all` for some of the steps, in the order of the stage; those that are done cost nothing.

    done, total: the steps that were computed before, and of how many in all progress tells; 0 for these alone.
    """
    mine = [step for step in run.stage.order if step in steps]
    for place, step in enumerate(mine, done):
        progress.steps("steps", place, total or len(mine))
        kind, dataset, block, *name = step
        if kind == "rows":
            progress(f"records of {dataset} {block}")
        elif kind in ("variable", "events") and block in run.blocks(dataset):
            progress(f"{dataset} {block} {' '.join(name)}".rstrip(), run.records(dataset, block).count)
        run.step(step)
    progress.steps("", 0, 0)
