"""What a long build is doing, said about once a second to whoever asked for it; never part of an output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from engine.run import Run

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
    done = Event()
    spoken = Event()

    def tell() -> None:
        while not done.wait(seconds):
            if text := progress.text():
                spoken.set()
                say(text)

    thread = Thread(target=tell, name="progress", daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        done.set()
        thread.join()
        if spoken.is_set():
            say("")


def run_all(run: Run, progress: Progress) -> None:
    """Compute every step of a stage, each named before it begins. Raises DataError."""
    for done, step in enumerate(run.stage.order):
        progress.steps("steps", done, len(run.stage.order))
        kind, dataset, block, *name = step
        if kind == "rows":
            progress(f"records of {dataset} {block}")
        elif kind in ("variable", "events") and block in run.blocks(dataset):
            progress(f"{dataset} {block} {' '.join(name)}".rstrip(), run.records(dataset, block).count)
        run.step(step)
    progress.steps("", 0, 0)
